"""The ends of a Timed Up and Go from the thigh: the leg lies while its owner sits and hangs while he stands.

Upright is the thigh's mean direction in the nearer part of the walk, seated is how it rests nearest beyond; what lies
between them is measured along the arc from one to the other. So a pocket that holds its phone askew, lets it tilt
by 25 degrees only, or lets it slip on the way, changes nothing.

The thigh is not the trunk. It moves when the seat is left, after the trunk has leant forward, and rests when the seat
is touched, before the trunk has come upright again. So the landmarks are read from several signs (`tug_cues`), each
with its usual delay; those of the pocket are medians over 145 filmed tests of 15 people
(doi:10.1109/JBHI.2024.3456169), in units of the person's pace; subjects left out in turn decided on the signs.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from rig_signal.motion import slope, smooth, stretches
from rig_signal.order import median
from rig_signal.timebase import Mask
from rig_signal.tug_body import Body, Ends, Pair, crossed, first_index, last_index
from rig_signal.tug_cues import Delays, Levels, begins, changes_at_last, levels_of, middle, peaks, smooth_peaks
from rig_signal.types import Array

_LYING_RAD = np.radians(15.0)
_RESTING_PART = 0.15  # of the thigh's usual speed from the first turn to the last
_REST_PART = 0.03  # of the time between the turns
_LASTS_PART = 0.04  # of the time between the turns
_UPRIGHT_PART = 0.25  # of the time between the turns, before either turn
_BETWEEN_PART = 0.1  # of the time between the turns
_ARC_CUTOFF_HZ = 3.0
_BRAKING_HZ = 4.0
_BRAKES_PART, _SINKS_PART = 0.125, 0.1  # of the peak: waves or a plateau of about that height are as good
_DRIFTS_S = 1.2  # at pace 1: over so long an integrated speed drifts evenly

Samples: TypeAlias = NDArray[np.intp]
Shares: TypeAlias = tuple[float, float, float, float, float]

_USUAL_S = np.array([0.42, 0.53, 1.1, 0.9, 4.6])  # half a rise, half a descent, turns, both with their walk: pace 1
_LIES_PART = 0.9
_MOVES_RAD_S = 0.15
_SETTLED_RAD_S = 0.50
_ABOUT = np.array([0.8, 1.0, 1.2])
_RISE_S, _DESCENT_S = 2.0, 2.5  # at pace 1, before the one's half and after the other's: with rest on the far side


@dataclass(frozen=True, slots=True)
class Wearing:
    """What the thigh's signs mean, by how the sensor is worn: delays to the landmarks and standard uncertainties.

    Attributes
    ----------
    first_movement
        From when the thigh leaves the seat, stirs, changes its level of turning.
    standing
        From when it is half way up, brakes strongest.
    seated
        From when it lies, rests, sinks fastest, changes its level of jerk.
    u_s
        Of the three, s at pace 1.
    rises_by, sits_by
        The pace that the delays of the rise keep, and those of the descent: shares of the five signs of it (`_paces`).
    """

    first_movement: Delays
    standing: Delays
    seated: Delays
    u_s: tuple[float, float, float]
    rises_by: Shares
    sits_by: Shares


_EVENLY = (0.2, 0.2, 0.2, 0.2, 0.2)

STRAPPED = Wearing(
    (-0.49, None, None),
    (0.29, None),
    (0.215, 0.065, None, None),
    u_s=(0.13, 0.06, 0.06),
    rises_by=(1, 0, 0, 0, 0),
    sits_by=(0, 1, 0, 0, 0),
)
"""Fixed to the thigh, against the landmarks of docs/landmarks.md in 120 virtual people of two families, half of them
frail or dependent: a rise keeps its own pace, whatever its owner's walk does. Who rocks to and fro before rising does
it above a thigh that lies still: it tells the last swing, up to 3 s late, and cannot know."""

POCKETED = Wearing(
    (-0.305, 0.085, 0.045),
    (0.455, 0.11),
    (0.52, None, 0.966, -0.265),
    u_s=(0.21, 0.20, 0.24),
    rises_by=_EVENLY,
    sits_by=_EVENLY,
)
"""A phone loose in the trouser pocket, against people filmed (15 adults, 145 tests): it stirs when the trunk leans,
filming counts as seated who has come upright against the backrest, and how long a transfer takes shows too roughly to
be its only measure."""


@dataclass(frozen=True, slots=True, eq=False)
class _Arc:
    """(n,) the thigh's way between hanging (0) and lying (1), and the sample where it rests lying."""

    part: Array
    rest: int


@dataclass(frozen=True, slots=True)
class _Transfer:
    """A passage between chair and stand: where it is half way and at its outer end, 20 % of the peak rate.

    In samples and parts of them.
    """

    half: float
    outer: float


def thigh_ends(body: Body, pair: Pair, wearing: Wearing) -> Ends | None:
    """Find rise and sitting down around a pair of turns; None where the leg does not lie on both sides of them."""
    far, last = body.index(pair.far.start_s), body.index(pair.last.start_s)
    far_end, end = body.index(pair.far.end_s), body.index(pair.last.end_s)
    span = max(end - far, 10)
    resting = _RESTING_PART * median(body.speed[far:end])
    calm = uniform_filter1d(body.speed, max(3, round(_REST_PART * span)), output=np.float64, mode="nearest") < resting
    before, after = np.arange(far, -1, -1), np.arange((last + end) // 2, len(body.yaw))
    rising = _arc(body, before, _upright(body, far, far_end, span), calm, span)
    sitting = _arc(body, after, _upright(body, last, end, span), calm, span)
    if rising is None or sitting is None or _lies_between(body, rising, range(far, last), resting):
        return None
    half_up, half_down = _half_up(rising, far), _half_down(sitting, last)
    if half_up is None or half_down is None:
        return None
    rise, sit = _rise(rising, half_up), _descent(body, half_down, span)
    paces, walk = _paces(body, pair, rise, sit), range((far + far_end) // 2, (last + end) // 2)
    pace, rises, sits = (_mean(paces, shares) for shares in (_EVENLY, wearing.rises_by, wearing.sits_by))
    levels, second = levels_of(body, pace), pace * body.rate_hz
    starts = _starts(body, levels, rise, walk, second)
    settles = _settles(body, levels, sitting, half_down, walk, second)
    return Ends(
        first_movement=middle(body, starts, wearing.first_movement, rises, wearing.u_s[0]),
        standing=middle(body, _stands(body, rise, second), wearing.standing, rises, wearing.u_s[1]),
        seated=middle(body, settles, wearing.seated, sits, wearing.u_s[2]),
    )


def _upright(body: Body, start: int, end: int, span: int) -> Array:
    mean = body.up[max(0, start - round(_UPRIGHT_PART * span)) : end].mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float64)


def _arc(body: Body, way: Samples, upright: Array, calm: Mask, span: int) -> _Arc | None:
    """Look along `way`, away from the walk, for the nearest rest of a lying thigh, or how it lies at the end."""
    along = body.up @ upright
    tilts = np.arccos(along[way].clip(-1, 1))
    nearest = _nearest_rest((tilts > _LYING_RAD) & calm[way], round(_LASTS_PART * span))
    rest, tilt = int(way[nearest]), float(tilts[nearest])
    if tilt < _LYING_RAD:
        return None
    seat = body.up[rest] - np.cos(tilt) * upright
    angle = np.arctan2(body.up @ (seat / np.linalg.norm(seat)), along)
    return _Arc(smooth(angle / tilt, body.rate_hz, _ARC_CUTOFF_HZ), rest)


def _nearest_rest(lies: Mask, shortest: int) -> int:
    """Index of the nearest sample of a thigh that lies for long enough; else of the nearest that lies; -1 if none.

    In walking a thigh is held forward as well, for moments only.
    """
    found = stretches(lies, shortest)
    return int(found[0, 0]) if len(found) else -1 if not lies.any() else int(lies.argmax())


def _lies_between(body: Body, arc: _Arc, walk: range, resting: float) -> bool:
    """Whether the person sat between the turns: they belong to two walks then."""
    lying = (arc.part[walk.start : walk.stop] > 0.75) & (body.speed[walk.start : walk.stop] < resting)
    return bool(lying.any() and lying.mean() > _BETWEEN_PART)


def _half_up(arc: _Arc, until: int) -> float | None:
    """Where the leg, for the last time on its way up, is half way."""
    part = arc.part[arc.rest : until]
    low = last_index(part > 0.75) or 0
    half = first_index(part[low:] < 0.5)
    return None if half is None else crossed(arc.part, arc.rest + low + half, 0.5)


def _half_down(arc: _Arc, since: int) -> float | None:
    """Where the leg, for the first time on its way down, is half way."""
    part = arc.part[since : arc.rest + 1]
    lying = first_index(part > 0.75)
    return None if lying is None else since + _after(part, last_index(part[:lying] < 0.5) or 0, 0.5)


def _rise(arc: _Arc, half: float) -> _Transfer:
    until = int(np.ceil(half)) + 1
    rate = -slope(arc.part[arc.rest : until]) if until > arc.rest + 1 else np.zeros(1)
    level = 0.2 * float(rate.max())
    slow = last_index(rate < level)
    return _Transfer(half, arc.rest + (0.0 if slow is None else _after(rate, slow, level)))


def _descent(body: Body, half: float, span: int) -> _Transfer:
    slow = _USUAL_S[-1] * body.rate_hz / span
    levels = _SETTLED_RAD_S * slow * _ABOUT
    return _Transfer(half, sum(_falls_below(body.speed, int(half), float(level)) for level in levels) / len(levels))


def _falls_below(x: Array, since: int, level: float) -> float:
    """Where `x` first is below a level, from a sample on; its last sample where it never is."""
    found = first_index(x[since:] < level)
    return len(x) - 1.0 if found is None else crossed(x, since + found, level) if found else float(since)


def _after(x: Array, index: int, level: float) -> float:
    """Where between this sample and the next `x` passes a level; the sample itself if it is the last."""
    return crossed(x, index + 1, level) if index + 1 < len(x) else float(index)


def _paces(body: Body, pair: Pair, rise: _Transfer, sit: _Transfer) -> Array:
    """(5,) how slow the person is against a usual pace, by half a rise, half a descent, turns, both with their walk."""
    taken = (
        (rise.half - rise.outer) / body.rate_hz,
        (sit.outer - sit.half) / body.rate_hz,
        pair.far.end_s - pair.far.start_s,
        pair.last.end_s - pair.last.start_s,
        pair.last.end_s - pair.far.start_s,
    )
    return np.asarray(np.maximum(taken, 1 / body.rate_hz) / _USUAL_S, dtype=np.float64)


def _mean(paces: Array, shares: Shares) -> float:
    """Geometric mean."""
    return float(np.exp(np.log(paces) @ shares))


def _starts(body: Body, levels: Levels, rise: _Transfer, walk: range, second: float) -> tuple[float, ...]:
    rising, usual = slice(int(rise.half) + 1), median(levels.turning[walk.start : walk.stop])
    return (
        rise.outer,
        begins(body.speed[rising], _MOVES_RAD_S * body.rate_hz / second, 0.2 * second),
        changes_at_last(levels.turning[rising], usual, _RISE_S * second),
    )


def _stands(body: Body, rise: _Transfer, second: float) -> tuple[float, ...]:
    since, until = rise.half - 0.1 * second, rise.half + 0.7 * second
    return rise.half, smooth_peaks(-body.vertical, body.rate_hz, _BRAKING_HZ, since, until, 0.2 * second, _BRAKES_PART)


def _settles(body: Body, levels: Levels, arc: _Arc, down: float, walk: range, second: float) -> tuple[float, ...]:
    sit, usual = int(down), median(levels.jerk[walk.start : walk.stop])
    return (
        _falls_below(-arc.part, sit, -_LIES_PART),
        _falls_below(body.speed, sit, _SETTLED_RAD_S * body.rate_hz / second),
        _sinks(levels.climbing, down, second),
        len(levels.jerk) - 1 - changes_at_last(levels.jerk[sit:][::-1], usual, _DESCENT_S * second),
    )


def _sinks(climbing: Array, down: float, second: float) -> float:
    """Where it sinks fastest about the middle of a descent: against the straight line through its speed around there.

    What of the drift is left in an integrated speed differs with every sample lost, and tilts the top of a descent.
    """
    first = max(0, int(down - _DRIFTS_S * second))
    sinking = -climbing[first : int(down + _DRIFTS_S * second) + 1]
    since, until = (down + way * 0.6 * second - first for way in (-1, 1))
    return first + peaks(_untilted(sinking), since, until, 0.2 * second, _SINKS_PART)


def _untilted(x: Array) -> Array:
    """Without the straight line that fits best."""
    off = np.arange(len(x)) - (len(x) - 1) / 2
    mean = x.sum() / len(x)
    return np.asarray(x - mean - off * (off @ x / max(float(off @ off), 1.0)), dtype=np.float64)
