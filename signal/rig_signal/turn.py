"""Turns about the vertical, from the yaw rate of a sensor on the trunk or the thigh.

Turns are found in the heading, not in the rate: every threshold is an angle or a part of the turn's own angle
and duration, so that a turn taken three times as slowly is the same turn. A hesitation does not split it.

Sources: Pham et al., Front Neurol 8:135, 2017 (doi:10.3389/fneur.2017.00135) for turns as stretches of one
sign of the filtered yaw rate; Shah et al., J Neurophysiol 2021 for joining parts of one turn. Deviations: the
smoothing and the window in which parts are joined scale with the turn instead of being fixed (1.5 Hz, 50 ms,
0.5-10 s), no cap on duration, and start and end are the 5 % and 95 % points of the angle (docs/landmarks.md)
instead of a fixed rate, so that the sensor's drift and a slow start do not stretch a turn.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rig_signal.motion import crossing, stretches
from rig_signal.types import Array, Turn

_COARSE_S = 0.01  # grid on which turns are looked for
_SLOW_PART = 0.2  # of the turn's fastest rate: slower is a hesitation
_STANDSTILL_PART = 0.05  # of the turn's mean rate: who walks sways more than that
_STANDSTILL_PATIENCE = 4.0
_FULL_REVERSAL_DEG = 250.0
_CIRCLE_DEG = 360.0
_ABOUT = (0.8, 1.0, 1.2)
_TINY = 1e-9
_BORDER_U_S, _SWAY_SHARE, _LEAST_PART = 0.02, 1.6, 0.01  # two virtual families


class _Piece(NamedTuple):
    """A stretch of a heading, from one sample of the coarse grid to another, or parts of them; `turning` in motion.

    `start` and `end` are the half-open range of the samples in it.
    """

    begins: float
    ends: float
    turning: float = 0.0

    @property
    def start(self) -> int:
        return math.ceil(self.begins)

    @property
    def end(self) -> int:
        return math.floor(self.ends) + 1

    @property
    def length(self) -> float:
        return self.ends - self.begins


@dataclass(frozen=True, slots=True)
class Edges:
    """Where in its heading a turn begins and ends, and over what part of the turn the heading is averaged for it.

    The trunk's own heading is read as docs/landmarks.md has it.
    """

    part: float = 0.05
    averaged: float = 0.1


TRUNK = Edges()
THIGH = Edges(part=0.095, averaged=0.5)
"""A thigh swings about the vertical with every step: average it over half the turn. That spreads the edges."""

POCKET = Edges(part=0.12, averaged=0.5)
"""The same, as people who watch a turn on film mark it (15 adults, 145 tests): later and shorter."""


def find_turns(time_s: Array, yaw_rate: Array, *, smallest_deg: float = 45.0, edges: Edges = TRUNK) -> tuple[Turn, ...]:
    """Find the turns in a yaw rate.

    Parameters
    ----------
    time_s
        (n,) seconds, evenly spaced.
    yaw_rate
        (n,) rad/s about the vertical, counter-clockwise seen from above positive, bias removed as far as it is
        known (`attitude.yaw_rate`). What bias is left costs angle in proportion to the turn's duration, not more.
    smallest_deg
        Smaller changes of heading are no turns. Going back by half of it ends a turn.
    edges
        How start and end are read: `TRUNK`, `THIGH` or `POCKET`.

    Returns
    -------
    turns
        In order of time; empty where there is none.
    """
    step = max(1, round(_COARSE_S * (len(time_s) - 1) / max(float(time_s[-1] - time_s[0]), 1e-9)))
    heading = np.degrees(_integral(time_s, yaw_rate))
    coarse, coarse_s = heading[::step], time_s[::step]
    if len(coarse) < 3:
        return ()
    pieces = [
        piece for sweep in _sweeps(coarse, smallest_deg / 2) for piece in _turning_parts(coarse, sweep, smallest_deg)
    ]
    pieces = [piece for piece in pieces if _turned(piece, piece, coarse) >= smallest_deg / 2]
    return tuple(_measured(coarse, coarse_s, pieces, smallest_deg, edges))


def _integral(time_s: Array, rate: Array) -> Array:
    steps = (time_s[1:] - time_s[:-1]) * (rate[1:] + rate[:-1]) / 2
    whole = np.zeros(len(time_s))
    steps.cumsum(out=whole[1:])
    return whole


def _sweeps(heading: Array, back_deg: float) -> Iterator[_Piece]:
    """Cut the heading where it has gone back by `back_deg`: each part leads one way."""
    at = _turning_points(heading)
    last = high_at = low_at = direction = 0
    high = low = float(heading[0])
    for here, level in zip(at.tolist(), heading[at].tolist(), strict=True):
        if level > high:
            high, high_at = level, here
        if level < low:
            low, low_at = level, here
        if direction >= 0 and high - level >= back_deg:
            if high_at > last:
                yield _Piece(last, high_at)
            last, low, low_at, direction = high_at, level, here, -1
        elif direction <= 0 and level - low >= back_deg:
            if low_at > last:
                yield _Piece(last, low_at)
            last, high, high_at, direction = low_at, level, here, 1
    yield _Piece(last, len(heading) - 1)


def _turning_points(heading: Array) -> NDArray[np.intp]:
    """Samples at which the heading changes its course, both ends among them: the extremes are there."""
    course = np.sign(heading[1:] - heading[:-1])
    return np.concatenate([[0], (course[1:] != course[:-1]).nonzero()[0] + 1, [len(heading) - 1]])


def _turning_parts(heading: Array, sweep: _Piece, smallest_deg: float, *, seen_deg: float = math.inf) -> list[_Piece]:
    """The stretches of a sweep in which the heading changes, hesitations inside them kept.

    Each is looked at over a quarter of the sweep, or of `seen_deg`.
    """
    inside = heading[sweep.start : sweep.end]
    change = float(inside[-1] - inside[0])
    if abs(change) < smallest_deg or sweep.length < 2:
        return []
    forward = np.maximum.accumulate(math.copysign(1.0, change) * (inside - inside[0]))
    smooth = _averaged(forward, _time_of(forward, min(float(forward[-1]), seen_deg) / 4))
    rate = smooth[1:] - smooth[:-1]
    fast = _stretches(rate - _SLOW_PART * float(rate.max()), sweep.start)
    joined = _join(fast, heading)
    found = [part for piece in joined for part in _reversals(heading, piece, smallest_deg, seen_deg)]
    rest = _between(joined, sweep)
    return sorted(
        [*found, *(part for gap in rest for part in _turning_parts(heading, gap, smallest_deg))],
        key=lambda piece: piece.start,
    )


def _reversals(heading: Array, piece: _Piece, smallest_deg: float, seen_deg: float) -> list[_Piece]:
    """The turns of what is more than a reversal, looked at by quarters of a circle; itself, if it is one.

    Who turns to one side again and again has a sweep of which a quarter is a turn and the walk after it.
    """
    if _turned(piece, piece, heading) <= _FULL_REVERSAL_DEG or seen_deg <= _CIRCLE_DEG:
        return [piece]
    parts = _turning_parts(heading, piece, smallest_deg, seen_deg=_CIRCLE_DEG)
    return parts if len(parts) > 1 else [piece]


def _time_of(forward: Array, part: float) -> float:
    """Fewest samples, and parts of one, in which so much of the whole change is covered."""
    aim = forward + part
    level = aim[: aim.searchsorted(forward[-1], side="right")]
    passed = forward.searchsorted(level)
    beyond = (forward[passed] - level) / np.maximum(forward[passed] - forward[passed - 1], _TINY)
    return float((passed - beyond - np.arange(len(level))).min(initial=len(forward)))


def _averaged(x: Array, width: float) -> Array:
    """(n,) mean over so many samples, and parts of one, about each; the ends are held.

    A whole number of them would let the least change of a turn move what is averaged by a sample.
    """
    width = max(width, 1.0)
    inner = 2 * math.floor((width - 1) / 2) + 1
    beyond = inner // 2 + 1
    held = np.concatenate([x[:1].repeat(beyond), x, x[-1:].repeat(beyond)])
    total = held.cumsum()
    whole, parts = total[inner:-1] - total[: len(x)], held[: len(x)] + held[inner + 1 :]
    return np.asarray((whole + (width - inner) / 2 * parts) / width, dtype=np.float64)


def _stretches(above: Array, offset: int) -> list[_Piece]:
    """The stretches in which `above`, known between each sample and the next, is more than 0."""
    passed = ([offset + _passed(above, k) for k in edges] for edges in stretches(above > 0).tolist())
    return [_Piece(begins, ends, ends - begins) for begins, ends in passed]


def _passed(above: Array, k: int) -> float:
    """Sample, and parts of one, at which `above` passes 0 between its values before and at `k`; `k` at either end."""
    return crossing(above, 0.0, k - 1) + 0.5 if 0 < k < len(above) else k


def _join(parts: list[_Piece], heading: Array) -> list[_Piece]:
    joined: list[_Piece] = []
    for part, following in zip(parts, [*parts[1:], None], strict=True):
        if joined and _belongs_to(joined[-1], part, following, heading):
            before = joined.pop()
            part = _Piece(before.begins, part.ends, before.turning + part.turning)
        joined.append(part)
    return joined


def _belongs_to(before: _Piece, part: _Piece, following: _Piece | None, heading: Array) -> bool:
    """Whether the pause before a part is a hesitation; not where the next turn is nearer, and it cannot be of both."""
    pause = _pause(before, part, heading)
    if following is None or pause > 1 or _turned(before, following, heading) <= _FULL_REVERSAL_DEG:
        return pause <= 1
    return pause <= _pause(part, following, heading)


def _turned(first: _Piece, last: _Piece, heading: Array) -> float:
    return abs(_level(heading, last.ends) - _level(heading, first.begins))


def _level(heading: Array, at: float) -> float:
    """Between two samples, too: half a sample of a short part is more than its edges move by."""
    before = min(int(at), len(heading) - 2)
    level, following = heading[before : before + 2].tolist()
    return float(level + (at - before) * (following - level))


def _pause(before: _Piece, after: _Piece, heading: Array) -> float:
    """How long the pause between two parts is, against the longest that belongs to one turn.

    What is walked between must be short against the turning around it, the shorter the less one of the parts
    turns: two halves may lie as far apart as they take together, a tail of a few degrees must follow closely. A
    standstill may be four times as long. What would make more than a reversal are two turns.
    """
    if _turned(before, after, heading) > _FULL_REVERSAL_DEG:
        return math.inf
    first, second = (_turned(part, part, heading) for part in (before, after))
    turning = before.turning + after.turning
    margin = int(min((after.begins - before.ends) / 4, turning / 6))
    between = heading[before.end - 1 + margin : after.start + 1 - margin]
    steps = between[1:] - between[:-1]
    unrest = math.sqrt(steps @ steps / len(steps))
    stands = unrest < _STANDSTILL_PART * (first + second) / turning
    window = turning * 2 * min(first, second) / max(first + second, _TINY)
    patience = _STANDSTILL_PATIENCE if stands else 1.0
    return (after.begins - before.ends) / max(patience * window, _TINY)


def _between(parts: list[_Piece], whole: _Piece) -> list[_Piece]:
    edges = [whole.start, *(edge for part in parts for edge in (part.start, part.end)), whole.end]
    return [_Piece(a, b - 1) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a >= 3]


def _measured(heading: Array, time_s: Array, pieces: list[_Piece], smallest_deg: float, edges: Edges) -> Iterator[Turn]:
    """Angle between the levels before and after, and the borders, of each piece that turns far enough."""
    for k, piece in enumerate(pieces):
        earliest = min(pieces[k - 1].end, piece.start) if k else 0
        latest = max(pieces[k + 1].start, piece.end) if k + 1 < len(pieces) else len(heading)
        since, until = max(earliest, piece.begins - piece.length), min(latest - 1, piece.ends + piece.length)
        before = _mean(heading, since, piece.begins)
        angle = _mean(heading, piece.ends, until) - before
        if abs(angle) >= smallest_deg:
            first = math.ceil(since)
            turned = (heading[first : math.floor(until) + 1] - before) / (angle or _TINY)
            (start, start_u_s), (end, end_u_s) = _borders(turned, piece, first, time_s, edges)
            yield Turn(start, end, angle, start_u_s, end_u_s)


def _borders(
    turned: Array, piece: _Piece, first: int, time_s: Array, edges: Edges
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Start and end: where the edges' parts are passed of what is `turned`, 0 to 1, about a piece from `first` on."""
    part = _averaged(turned, edges.averaged * piece.length)
    start, last = piece.start - first, piece.end - 1 - first
    middle = start + int((part[start:] >= 0.5).argmax())
    lead, tail = _spread(part[: start + 1]), _spread(part[last:])
    return (
        _border(part[: middle + 1][::-1], edges.part, lead, first + middle, -1, time_s),
        _border(1 - part[middle:], edges.part, tail, first + middle, 1, time_s),
    )


def _mean(x: Array, since: float, until: float) -> float:
    """Of the samples from one to another, or parts of them: those at the ends count by their parts."""
    first, last = math.ceil(since), math.floor(until)
    early, late = first - since, until - last
    total = x[first : last + 1].sum() + early * x[first - 1] + late * x[min(last + 1, len(x) - 1)]
    return float(total / (last + 1 - first + early + late))


def _spread(x: Array) -> float:
    """Standard deviation."""
    off = x - x.sum() / len(x)
    return math.sqrt(off @ off / len(x))


def _border(left: Array, part: float, sway: float, origin: int, way: int, time_s: Array) -> tuple[float, float]:
    """Where but a part of the turn is left, and how uncertain that is: by how far the heading sways beyond it."""
    levels = [part + sway, max(part - sway, _LEAST_PART), *(share * part for share in _ABOUT)]
    since_s, step_s = float(time_s[origin]), way * float(time_s[1] - time_s[0])
    early, late, *at = (since_s + passed * step_s for passed in _passes(left, levels))
    return sum(at) / len(at), math.hypot(_BORDER_U_S, _SWAY_SHARE * abs(late - early) / 2)


def _passes(x: Array, levels: list[float]) -> list[float]:
    """Sample, and parts of one, at which `x` first falls to each level; its last where it never does."""
    falls = (-np.minimum.accumulate(x)).searchsorted([-level for level in levels]).tolist()
    return [
        crossing(x, level, k - 1) if 0 < k < len(x) else min(k, len(x) - 1)
        for k, level in zip(falls, levels, strict=True)
    ]
