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
_RESTING_PART = 0.15  # of the thigh's usual speed from the first turn to the last
_REST_PART = 0.03  # of the time between the turns
_UPRIGHT_PART = 0.25  # of the time between the turns, before either turn
_BETWEEN_PART = 0.1  # of the time between the turns
_ARC_CUTOFF_HZ = 3.0

_USUAL_S = np.array([0.42, 0.53, 1.1, 0.9, 4.6])  # half a rise, half a descent, turns, both with their walk: pace 1
_LIES_PART = 0.9
_MOVES_RAD_S = 0.20
_MOVES_REST_S = 0.3
_SETTLED_RAD_S = 0.50


@dataclass(frozen=True, slots=True)
class Delays:
    """By what the trunk's landmark differs from each cue of the thigh, s at pace 1; None: the cue is not used.

    Attributes
    ----------
    first_movement
        After the thigh leaves the seat, after it first stirs.
    standing
        After the thigh is half way up, after its strongest braking.
    seated
        After the thigh lies, after it rests, after it lands.
    u_s
        Standard uncertainties of the three.
    """

    first_movement: tuple[float | None, ...]
    standing: tuple[float | None, ...]
    seated: tuple[float | None, ...]
    u_s: tuple[float, float, float]


STRAPPED = Delays((-0.40, None), (0.24, None), (0.16, 0.05, None), (0.20, 0.15, 0.15))
"""A sensor fixed to the thigh, against the landmarks of docs/landmarks.md in model bodies that lean and then rise."""

FILMED = Delays((-0.31, 0.0), (0.44, 0.12), (0.51, 0.40, 0.54), (0.24, 0.20, 0.28))
"""A phone loose in the trouser pocket, against people filmed (15 adults, 145 tests): it stirs when the trunk leans,
and filming counts as seated who has come upright against the backrest."""


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


def thigh_ends(body: Body, pair: Pair, delays: Delays) -> Ends | None:
    """Find rise and sitting down around a pair of turns; None where the leg does not lie on both sides of them."""
    far, last = body.index(pair.far.start_s), body.index(pair.last.start_s)
    end = body.index(pair.last.end_s)
    span = max(end - far, 10)
    resting = _RESTING_PART * float(np.median(body.speed[far:end]))
    rising = _arc(body, range(far, -1, -1), _upright(body, far, body.index(pair.far.end_s), span), span, resting)
    sitting = _arc(body, range((last + end) // 2, len(body.yaw)), _upright(body, last, end, span), span, resting)
    if rising is None or sitting is None or _lies_between(body, rising, range(far, last), resting):
        return None
    half_up, half_down = _half_up(rising, far), _half_down(sitting, last)
    if half_up is None or half_down is None:
        return None
    rise, sit = _rise(rising, half_up), _descent(body, half_down, span)
    pace = _pace(body, pair, rise, sit)
    return Ends(
        first_movement=_mean(_starts(body, rise, pace), delays.first_movement, pace, delays.u_s[0]),
        standing=_mean(_stands(body, rise, pace), delays.standing, pace, delays.u_s[1]),
        seated=_mean(_settles(body, sitting, half_down, pace), delays.seated, pace, delays.u_s[2]),
    )


def _upright(body: Body, start: int, end: int, span: int) -> Array:
    mean = body.up[max(0, start - round(_UPRIGHT_PART * span)) : end].mean(axis=0)
    return np.asarray(mean / np.linalg.norm(mean), dtype=np.float64)


def _arc(body: Body, way: range, upright: Array, span: int, resting: float) -> _Arc | None:
    """Look along `way`, away from the walk, for the nearest rest of a lying thigh, or how it lies at the end."""
    at = np.array(way)
    tilt = np.arccos(np.clip(body.up @ upright, -1, 1))
    quiet = uniform_filter1d(body.speed, max(3, round(_REST_PART * span)), mode="nearest") < resting
    found = first_index(((tilt > _LYING_RAD) & quiet)[at])
    rest = int(at[-1 if found is None else found])
    if tilt[rest] < _LYING_RAD:
        return None
    seat = body.up[rest] - np.cos(tilt[rest]) * upright
    angle = np.arctan2(body.up @ (seat / np.linalg.norm(seat)), body.up @ upright)
    return _Arc(smooth(angle / tilt[rest], body.rate_hz, _ARC_CUTOFF_HZ), rest)


def _lies_between(body: Body, arc: _Arc, walk: range, resting: float) -> bool:
    """Whether the person sat between the turns: they belong to two walks then."""
    lying = (arc.part[walk.start : walk.stop] > 0.75) & (body.speed[walk.start : walk.stop] < resting)
    return bool(lying.any() and lying.mean() > _BETWEEN_PART)


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


def _descent(body: Body, half: int, span: int) -> _Transfer:
    slow = _USUAL_S[-1] * body.rate_hz / span
    settled = first_index(body.speed[half:] < _SETTLED_RAD_S * slow)
    return _Transfer(half, half + settled if settled is not None else len(body.speed) - 1)


def _pace(body: Body, pair: Pair, rise: _Transfer, sit: _Transfer) -> float:
    """How slow the person is against a usual pace: the geometric mean of five signs of it."""
    taken = (
        (rise.half - rise.outer) / body.rate_hz,
        (sit.outer - sit.half) / body.rate_hz,
        pair.far.end_s - pair.far.start_s,
        pair.last.end_s - pair.last.start_s,
        pair.last.end_s - pair.far.start_s,
    )
    return float(np.exp(np.mean(np.log(np.maximum(taken, 1 / body.rate_hz) / _USUAL_S))))


def _starts(body: Body, rise: _Transfer, pace: float) -> tuple[float, ...]:
    stirs = last_start(body.speed[: rise.half + 1] > _MOVES_RAD_S / pace, round(_MOVES_REST_S * pace * body.rate_hz))
    return body.at(rise.outer), body.at(rise.outer if stirs is None else stirs)


def _stands(body: Body, rise: _Transfer, pace: float) -> tuple[float, ...]:
    since = max(0, rise.half - round(0.1 * pace * body.rate_hz))
    window = smooth(body.vertical, body.rate_hz, 4.0)[since : rise.half + round(0.7 * pace * body.rate_hz)]
    return body.at(rise.half), body.at(since + int(np.argmin(window)))


def _settles(body: Body, arc: _Arc, sit: int, pace: float) -> tuple[float, ...]:
    lies = first_index(arc.part[sit:] > _LIES_PART)
    rests = first_index(body.speed[sit:] < _SETTLED_RAD_S / pace)
    window = smooth(body.vertical, body.rate_hz, 6.0)[sit : sit + round(1.5 * pace * body.rate_hz)]
    last = len(body.speed) - 1 - sit
    cues = (last if lies is None else lies, last if rests is None else rests, int(np.argmax(window)))
    return tuple(body.at(sit + cue) for cue in cues)


def _mean(cues: tuple[float, ...], delays: tuple[float | None, ...], pace: float, u_s: float) -> Moment:
    moved = [cue + delay * pace for cue, delay in zip(cues, delays, strict=True) if delay is not None]
    return Moment(sum(moved) / len(moved), u_s * pace)
