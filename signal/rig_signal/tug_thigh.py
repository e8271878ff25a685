"""The ends of a Timed Up and Go from the thigh: the leg lies while its owner sits and hangs while he stands.

Upright is the thigh's mean direction in the nearer part of the walk, seated is how it rests nearest beyond; what lies
between them is measured along the arc from one to the other. So a pocket that holds its phone askew, lets it tilt
by 25 degrees only, or lets it slip on the way, changes nothing.

The thigh is not the trunk. It moves when the seat is left, after the trunk has leant forward, and rests when the seat
is touched, before the trunk has come upright again. Each end is therefore the mean of two cues that err
independently, moved by what trunk and thigh differ in people who rise at their own pace; those times are fitted
to video (doi:10.1109/JBHI.2024.3456169; medians over subjects left out in turn), in units of the person's pace.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from rig_signal.motion import smooth
from rig_signal.tug_body import Body, Ends, Pair, first_index, last_index, last_start
from rig_signal.types import Array, Moment

_LYING_RAD = np.radians(15.0)
_RESTING_RAD_S = 0.25
_REST_PART = 0.03  # of the time between the turns
_UPRIGHT_PART = 0.25  # of the time between the turns, before either turn
_LIES_PART = 0.1  # of the time between the turns
_ARC_CUTOFF_HZ = 3.0

_USUAL_S = (0.41, 0.53, 4.8)  # half of the rise, half of the descent, both turns and the walk between: pace 1
_LEAN_S = 0.33  # the trunk moves before the thigh
_STRAIGHTEN_S = (0.43, 0.09)  # a stand after the thigh's half way, and after its strongest braking
_SETTLE_S = (0.30, 0.57)  # the trunk rests after the thigh does, and after its landing
_MOVES_RAD_S = 0.20
_MOVES_REST_S = 0.3
_SETTLED_RAD_S = 0.40
_SETTLED_S = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class _Arc:
    """(n,) the thigh's way between hanging (0) and lying (1), and the sample where it rests lying."""

    part: Array
    rest: int


@dataclass(frozen=True, slots=True)
class _Transfer:
    """A passage between chair and stand: samples of its half way and of its outer end, 20 % of the peak rate."""

    half: int
    outer: int


def thigh_ends(body: Body, pair: Pair) -> Ends | None:
    """Find rise and sitting down around a pair of turns; None where the leg does not lie on both sides of them."""
    far, last = body.index(pair.far.start_s), body.index(pair.last.start_s)
    end = body.index(pair.last.end_s)
    span = max(end - far, 10)
    rising = _arc(body, range(far, -1, -1), _upright(body, far, body.index(pair.far.end_s), span), span)
    sitting = _arc(body, range((last + end) // 2, len(body.yaw)), _upright(body, last, end, span), span)
    if rising is None or sitting is None or _lies_between(body, rising, far, last):
        return None
    half_up, half_down = _half_up(rising, far), _half_down(sitting, last)
    if half_up is None or half_down is None:
        return None
    rise, sit = _rise(rising, half_up), _descent(body, half_down)
    pace = _pace(body, rise, sit, span)
    return Ends(
        first_movement=_first_movement(body, rise, pace),
        standing=_standing(body, rise, pace),
        seated=_seated(body, sit, pace),
    )


def _upright(body: Body, start: int, end: int, span: int) -> Array:
    mean = body.up[max(0, start - round(_UPRIGHT_PART * span)) : end].mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float64)


def _arc(body: Body, way: range, upright: Array, span: int) -> _Arc | None:
    """Look along `way`, away from the walk, for the nearest rest of a lying thigh, or how it lies at the end."""
    at = np.array(way)
    tilt = np.arccos(np.clip(body.up @ upright, -1, 1))
    quiet = uniform_filter1d(body.speed, max(3, round(_REST_PART * span)), mode="nearest") < _RESTING_RAD_S
    found = first_index(((tilt > _LYING_RAD) & quiet)[at])
    rest = int(at[-1 if found is None else found])
    if tilt[rest] < _LYING_RAD:
        return None
    seat = body.up[rest] - np.cos(tilt[rest]) * upright
    angle = np.arctan2(body.up @ (seat / np.linalg.norm(seat)), body.up @ upright)
    return _Arc(smooth(angle / tilt[rest], body.rate_hz, _ARC_CUTOFF_HZ), rest)


def _lies_between(body: Body, arc: _Arc, far: int, last: int) -> bool:
    """Whether the person sat between the turns: they belong to two walks then."""
    lying = (arc.part[far:last] > 0.75) & (body.speed[far:last] < _RESTING_RAD_S)
    return bool(lying.mean() > _LIES_PART) if last > far else False


def _half_up(arc: _Arc, until: int) -> int | None:
    """Sample at which the leg, for the last time on its way up, is half way."""
    part = arc.part[arc.rest : until]
    low = last_index(part > 0.75) or 0
    half = first_index(part[low:] < 0.5)
    return None if half is None else arc.rest + low + half


def _half_down(arc: _Arc, since: int) -> int | None:
    """Sample at which the leg, for the first time on its way down, is half way."""
    part = arc.part[since : arc.rest + 1]
    lying = first_index(part > 0.75)
    return None if lying is None else since + (last_index(part[:lying] < 0.5) or 0)


def _rise(arc: _Arc, half: int) -> _Transfer:
    rate = -np.gradient(arc.part[arc.rest : half + 1]) if half > arc.rest else np.zeros(1)
    slow = last_index(rate < 0.2 * rate.max())
    return _Transfer(half, arc.rest + (slow or 0))


def _descent(body: Body, half: int) -> _Transfer:
    settled = first_index(body.speed[half:] < _SETTLED_RAD_S)
    return _Transfer(half, half + settled if settled is not None else len(body.speed) - 1)


def _pace(body: Body, rise: _Transfer, sit: _Transfer, span: int) -> float:
    """How slow the person is against a usual pace: the middle one of three signs of it."""
    taken = np.array([rise.half - rise.outer, sit.outer - sit.half, span]) / body.rate_hz
    return float(np.median(taken / _USUAL_S))


def _first_movement(body: Body, rise: _Transfer, pace: float) -> Moment:
    stirs = body.speed[: rise.half + 1] > _MOVES_RAD_S / pace
    start = last_start(stirs, round(_MOVES_REST_S * pace * body.rate_hz))
    cues = (body.at(rise.outer) - _LEAN_S * pace, body.at(rise.outer if start is None else start))
    return _mean(cues, 0.22 * pace)


def _standing(body: Body, rise: _Transfer, pace: float) -> Moment:
    since = rise.half - round(0.1 * pace * body.rate_hz)
    window = smooth(body.vertical, body.rate_hz, 4.0)[max(0, since) : rise.half + round(0.7 * pace * body.rate_hz)]
    braking = max(0, since) + int(np.argmin(window))
    after_half, after_braking = (delay * pace for delay in _STRAIGHTEN_S)
    return _mean((body.at(rise.half) + after_half, body.at(braking) + after_braking), 0.15 * pace)


def _seated(body: Body, sit: _Transfer, pace: float) -> Moment:
    quiet = body.speed[sit.half :] < _SETTLED_RAD_S / pace
    held = round(_SETTLED_S * pace * body.rate_hz)
    settled = first_index(np.convolve(quiet, np.ones(held + 1), "valid") > held) if len(quiet) > held else None
    rests = sit.half + settled if settled is not None else len(body.speed) - 1
    window = smooth(body.vertical, body.rate_hz, 6.0)[sit.half : sit.half + round(1.2 * pace * body.rate_hz)]
    after_rest, after_landing = (delay * pace for delay in _SETTLE_S)
    landing = sit.half + int(np.argmax(window))
    return _mean((body.at(rests) + after_rest, body.at(landing) + after_landing), 0.28 * pace)


def _mean(cues: tuple[float, float], u_s: float) -> Moment:
    return Moment(sum(cues) / 2, u_s)
