"""Rises and failed attempts from a sensor on the thigh.

The thigh lies when the person sits and stands when they stand: its tilt has two levels of the person's own, and
turns the hip up around the knee. Which of the two levels is the stand is told by the height gained between
them, and by the steps that are made at one of them; from the tilt follows the share of the way up (law of the
circle around the knee; that the knee itself moves by a few centimetres is left out).

What a thigh does not show: the trunk's lean before the seat is left, so the first movement is inferred from
the pace of the rise, and whether the trunk is upright at the full stand. `u_s` says so.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.signal import find_peaks

from rig_signal import motion
from rig_signal.attitude import estimate_up, sagittal_angle, vertical_acceleration
from rig_signal.order import median, middle_of, quantile
from rig_signal.rises import SEATED_M, FailedRise, Found, Rise, landing_height, when_free
from rig_signal.timebase import Uniform
from rig_signal.transfers import fit_offset, height_error, rest_to_rest
from rig_signal.types import Array, Moment

_LEAST_TURN_RAD = 0.6  # between the levels; no seat is so high that a thigh on it turns less
_DOWN, _UP = 0.3, 0.75  # shares of the way up that make a change of level
_OUTER = 0.15
_STAND = 0.9  # quantile of the angle in a stand: thighs come there late
_LEVEL = 0.02  # of the turn between the levels, from the middle of a stay
_BEGINS_SEATED_M = 0.03
_STEPS_M = 0.15  # of height gained, that steps at one level weigh as much as
_WOBBLE, _SWING = 0.02, 0.1  # of the turn between the levels: the least swing, and an ordinary one
_FEW_SWINGS = 3 * _SWING
_MARGIN_S = 0.25
_CHANGES_TO_FIT = 4  # fewer would let the offset explain the movement away
_REST_VAR = 0.002  # (m/s)², of the speed at both ends of a change
_ATTEMPT_REACH = 0.2
_FULL_SHARE = 0.95
_THIGH_M = 0.4
_GIVE_S2_M = 0.4  # of the hip's fastest way down, which a thigh that still turns on the seat makes too fast
_CLEAR = 0.06  # of the way up: no thigh on a seat wobbles so far
_FITTED, _EVENLY = np.linspace(0.0, 0.15, 8), np.full(8, 1 / 8)
_TILT_HZ = 6.0


@dataclass(frozen=True, slots=True, eq=False)
class _Thigh:
    """`angle` (n,) rad, 0 on the seat and growing towards the stand; `share` (n,) of the way up."""

    u: Uniform
    angle: Array
    share: Array


@dataclass(frozen=True, slots=True)
class _Span:
    first: int
    last: int
    standing: bool


def find_rises(u: Uniform) -> Found:
    """Time every rise and every failed attempt."""
    thigh = _two_levels(u)
    if thigh is None:
        return Found((), ())
    spans = find_spans(thigh.share)
    rises: list[Rise] = []
    failed = _attempts(thigh, spans)
    for (before, span), after, reach in zip(pairwise(spans), [*spans[2:], None], _reaches(thigh, spans), strict=True):
        if span.standing:
            found = _rise(thigh, before, span, after, reach)
            if isinstance(found, Rise):
                rises.append(found)
            else:
                failed.append(found)
    failed.sort(key=lambda attempt: attempt.seat_off.t_s)
    return Found(tuple(rises), tuple(failed), ("start_inferred",))


def _two_levels(u: Uniform) -> _Thigh | None:
    """Split the tilt into seat and stand; None if it has no two levels."""
    up = estimate_up(u)
    angle, _ = sagittal_angle(motion.smooth(up, u.rate_hz, _TILT_HZ))
    low, high = _levels(angle)
    turn = high - low
    if turn < _LEAST_TURN_RAD:
        return None
    part = (angle - low) / turn
    if _height_gained(u, up, part) + _STEPS_M * _swings(part) < 0:
        angle, low = -angle, -high
    angle = angle - low
    share = (np.cos(turn - angle) - np.cos(turn)) / (1 - np.cos(turn))
    return _Thigh(u, angle, np.where(angle > turn, 1.0, share))


def _levels(angle: Array) -> tuple[float, float]:
    """Rest levels of two clusters, grown from the extremes: outer quantiles, since the way between counts to both."""
    ordered, half = np.sort(angle), -1
    low, high = float(ordered[0]), float(ordered[-1])
    for _ in range(20):
        before, half = half, int(ordered.searchsorted((low + high) / 2, side="right"))
        if half == len(ordered):
            return low, high
        if half == before:
            break
        low, high = middle_of(ordered[:half]), middle_of(ordered[half:])
    return quantile(ordered[:half], _OUTER), quantile(ordered[half:], 1 - _OUTER)


def _height_gained(u: Uniform, up: Array, part: Array) -> float:
    """Height gained, m, from the lower level (`part` 0) to the upper (1): a weighted mean over all changes.

    A recording that begins at the lower level has a small start: most begin on the chair.
    """
    begins = _BEGINS_SEATED_M * (1.0 if median(part[: round(u.rate_hz)]) < 0.5 else -1.0)
    changes = _changes(part, round(_MARGIN_S * u.rate_hz))
    if not changes:
        return begins
    raw = vertical_acceleration(u, up)
    rests = np.unique([i for a, b in changes for i in (a, b)])
    acc = raw - up @ fit_offset(raw, up, rests, u.rate_hz) if len(changes) >= _CHANGES_TO_FIT else raw
    gained = np.array([rest_to_rest(acc[a : b + 1], u.rate_hz)[-1] for a, b in changes])
    upward = np.array([1.0 if part[b] > part[a] else -1.0 for a, b in changes])
    weight = height_error(np.array([b - a for a, b in changes]) / u.rate_hz, _REST_VAR) ** -2.0
    return begins + float(np.sum(weight * upward * gained) / np.sum(weight))


def _swings(part: Array) -> float:
    """Whether the thigh swings out of its stays at the upper level (to 1) or at the lower one (to -1), and back.

    Who steps stands: with every stride the thigh swings to either side of its level. On a seat it cannot swing further
    down, and attempts to rise lift it inwards. A sensor that slips does not come back. Steps are many: no swing counts
    for more than an ordinary one.
    """
    beyond, upper = np.zeros(len(part)), part >= 0.5
    for span in find_spans(part, 0.5, 0.5):
        own = part[span.first : span.last]
        beyond[span.first : span.last] = np.maximum(0.0, (own - median(own)) * (1 if span.standing else -1))
    at, seen = find_peaks(beyond, prominence=_WOBBLE)
    swings = np.minimum(seen["prominences"], _SWING)
    up, down = float(swings[upper[at]].sum()), float(swings[~upper[at]].sum())
    return (up - down) / (up + down + _FEW_SWINGS)


def _changes(part: Array, margin: int) -> list[tuple[int, int]]:
    """From rest at one level to rest at the other, for every change: who drops into the seat is not at rest at once.

    The rests begin and end up to `margin` samples inside the stay at the level, if it lasts so long. A thigh that walks
    off swings beyond the level of its stand: the middle of the stay tells, not how far it ever goes.
    """
    rests = []
    for span in find_spans(part, 0.5, 0.5):
        angle = part[span.first : span.last] * (1 if span.standing else -1)
        level = span.first + motion.stretches(angle > median(angle) - _LEVEL)
        (_, first_end), (last_begin, _) = level[0], level[-1]
        enters, leaves = int(level[0][0]), int(level[-1][1]) - 1
        rests.append((min(enters + margin, int(first_end) - 1), max(leaves - margin, int(last_begin))))
    return [(leave, enter) for (_, leave), (enter, _) in pairwise(rests)]


def find_spans(share: Array, down: float = _DOWN, up: float = _UP) -> list[_Span]:
    """Sitting and standing in turns: a change counts when the share of the way up passes both marks."""
    mark = np.where(share > up, 1, np.where(share < down, -1, 0))
    known = np.flatnonzero(mark)
    change = known[np.flatnonzero(np.diff(mark[known], prepend=0))]
    ends = [*change[1:], len(share)]
    return [_Span(int(a), int(b), bool(mark[a] > 0)) for a, b in zip(change, ends, strict=True)]


def _reaches(thigh: _Thigh, spans: list[_Span]) -> list[float]:
    """Share of the person's own way up that each stay, from the second on, is away from the one before it.

    By how far the thigh turns between them: a sensor that slips shifts both. Their own is what it turns by at least
    twice.
    """
    angles = [quantile(thigh.angle[s.first : s.last], _STAND if s.standing else _OUTER) for s in spans]
    turns = np.abs(np.diff(angles))
    own = float(np.sort(turns)[-2:][0])
    left = np.cos(own - np.minimum(turns, own)) - np.cos(own)
    return list((left / (1 - np.cos(own))).tolist())


def _rise(thigh: _Thigh, before: _Span, span: _Span, after: _Span | None, reach: float) -> Rise | FailedRise:
    off = _seat_off(thigh, before.first, span.first)
    sat = None if after is None else _seat_on(thigh, _leaves(thigh.share, span), after.last)
    share = thigh.share[span.first : span.last]
    hold = max(1, round(0.1 * thigh.u.rate_hz))
    stand = motion.held_from(share - _FULL_SHARE * min(1.0, quantile(share, _STAND)), hold)
    standing = span.first + (hold if stand is None else stand)
    lean_s = 0.5 * (standing - off) / thigh.u.rate_hz
    start = _moment(thigh, max(0.0, off - lean_s * thigh.u.rate_hz), 0.1 + 0.5 * lean_s)
    if stand is None or reach < _FULL_SHARE:
        return FailedRise(start, _moment(thigh, off, 0.05), sat, reach)
    return Rise(
        start=start,
        seat_off=_moment(thigh, off, 0.05 + 0.1 * lean_s),
        standing=_moment(thigh, standing, 0.03 + 0.2 * lean_s),
        seat_on=sat,
    )


def _leaves(share: Array, span: _Span) -> int:
    """The last sample at which one who stands is up."""
    return span.first + int((share[span.first : span.last] > _UP).nonzero()[0][-1])


def _seat_off(thigh: _Thigh, begin: int, end: int) -> float:
    """Fractional sample at which the hip left the seat on its way to sample `end`."""
    off = _left(thigh.share[begin : end + 1], SEATED_M / _THIGH_M)
    return begin + when_free(off, thigh.u.rate_hz)


def _seat_on(thigh: _Thigh, begin: int, end: int) -> Moment:
    """Seat contact after the hip came down from sample `begin`: the same way, seen backwards."""
    low = (thigh.share[begin:end] < _CLEAR).nonzero()[0]
    down = int(low[0]) if len(low) else end - begin
    share = thigh.share[begin : min(end, begin + down + round(thigh.u.rate_hz))]
    speed = -motion.slope(share[:down]) * thigh.u.rate_hz * _THIGH_M
    fastest = int(np.argmax(speed))  # who drops into the seat meets it at the latest when it begins to brake them
    height = landing_height(float(speed[fastest]), _GIVE_S2_M) / _THIGH_M
    at = begin + len(share) - 1 - _left(share[::-1], min(height, float(share[fastest]), _UP - _FITTED[-1]))
    return _moment(thigh, at, 0.05 + 0.05 * (at - begin) / thigh.u.rate_hz)


def _left(share: Array, height: float) -> float:
    """Fractional index at which a hip that comes up to the end of `share` last was at a height, both of the way up.

    A lying thigh wobbles by a hundredth or two of the way. So the instants are taken at which it last passes
    heights well clear of that, and the constant acceleration that fits them best is followed back to where it began.
    """
    levels = max(height, _CLEAR) + _FITTED
    pace = np.sqrt(levels)
    middle = float(pace @ _EVENLY)
    off = pace - middle
    at = motion.rises_through(share, levels)
    return max(0.0, float(at @ _EVENLY + off @ at / (off @ off) * (math.sqrt(height) - middle)))


def _attempts(thigh: _Thigh, spans: list[_Span]) -> list[FailedRise]:
    """Lifts off the seat that came back before they were half a rise."""
    found = []
    for span in spans:
        share = thigh.share[span.first : span.last]
        if span.standing:
            continue
        for first, last in motion.stretches(share > 0.02, round(0.2 * thigh.u.rate_hz)):
            inside = first > 0 and last < len(share)
            if inside and share[first:last].max() > _ATTEMPT_REACH:
                off, on = (_moment(thigh, span.first + i, 0.06) for i in (first, last))
                lean_s = 0.5 * int(np.argmax(share[first:last])) / thigh.u.rate_hz
                start = Moment(max(off.t_s - lean_s, thigh.u.start_s), 0.1 + 0.5 * lean_s)
                found.append(FailedRise(start, off, on, float(share[first:last].max())))
    return found


def _moment(thigh: _Thigh, at: float, u_s: float) -> Moment:
    return Moment(float(thigh.u.start_s + at / thigh.u.rate_hz), float(u_s))
