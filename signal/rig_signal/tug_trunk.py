"""The ends of a Timed Up and Go from the trunk: the body's height changes twice, before and after the turns.

Neither posture shows on the trunk itself, but the vertical speed does: integrated, and taken against its running
median, it is a hump up the height of the seat in rising and one down in sitting; steps are a tenth of that. The
median's window is the time between the turns, so a slow person's slow hump is not taken for drift.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import median_filter

from rig_signal.motion import FIRST_MOVEMENT_RAD_S, REST_S, smooth
from rig_signal.tug_body import Body, Ends, Pair, first_index, last_index, last_start
from rig_signal.types import Array, Moment

_SEAT_M = 0.12  # no seat lets a grown person's trunk rise by less
_ALIKE = 2.5  # rise and descent of one person on one chair, with all error of integration
_THIN = 4
_SEATED_M_S = 0.05  # docs/landmarks.md, seated
_STAND_PART = 0.95  # docs/landmarks.md, standing
_STAND_RAD = np.radians(15.0)  # docs/landmarks.md, standing
_LEAVES_PART = 0.05  # docs/landmarks.md, phases of the Timed Up and Go


@dataclass(frozen=True, slots=True, eq=False)
class _Hump:
    """A change of height: half-open samples, signed height in m, height so far at each of them."""

    start: int
    end: int
    height_m: float
    so_far: Array

    def passes(self, part: float) -> int:
        """First sample at which this part of the height is behind."""
        return self.start + int(np.argmax(self.so_far >= part * self.so_far[-1]))


def trunk_ends(body: Body, pair: Pair) -> Ends | None:
    """Find rise and sitting down around a pair of turns; None where the trunk does not rise before and sink after."""
    span_s = pair.last.end_s - pair.far.start_s
    velocity = _velocity(body, span_s)
    humps = _humps(velocity, body.rate_hz, span_s)
    middle = body.index((pair.far.start_s + pair.far.end_s) / 2)
    turning = body.index(pair.last.start_s)
    rise = next((hump for hump in reversed(humps) if hump.height_m > _SEAT_M and hump.start < middle), None)
    sit = next((hump for hump in humps if hump.height_m < -_SEAT_M and hump.end > turning), None)
    if rise is None or sit is None or not 1 / _ALIKE < rise.height_m / -sit.height_m < _ALIKE:
        return None
    return Ends(
        first_movement=_first_movement(body, rise),
        standing=_standing(body, rise, middle, turning),
        leaves_stand_s=body.at(sit.passes(_LEAVES_PART)),
        seated=_seated(body, sit),
    )


def _velocity(body: Body, span_s: float) -> Array:
    velocity = np.cumsum(body.vertical) / body.rate_hz
    thin = velocity[::_THIN]
    window = round(span_s * body.rate_hz / _THIN) | 1
    drift = median_filter(thin, min(window, len(thin)), mode="nearest")
    at = np.arange(len(velocity))
    return np.asarray(velocity - np.interp(at, at[::_THIN], drift), dtype=np.float64)


def _humps(velocity: Array, rate_hz: float, span_s: float) -> list[_Hump]:
    slow = smooth(velocity, rate_hz, min(2.0, 5.0 / span_s))
    edges = np.flatnonzero(np.diff(np.sign(slow))) + 1
    starts, ends = [0, *edges], [*edges, len(slow)]
    return [_hump(slow, int(a), int(b), rate_hz) for a, b in zip(starts, ends, strict=True)]


def _hump(velocity: Array, start: int, end: int, rate_hz: float) -> _Hump:
    so_far = np.abs(np.cumsum(velocity[start:end])) / rate_hz
    return _Hump(start, end, float(np.sign(velocity[start]) * so_far[-1]), so_far)


def _first_movement(body: Body, rise: _Hump) -> Moment:
    fastest = rise.passes(0.5)
    start = last_start(body.speed[: fastest + 1] > FIRST_MOVEMENT_RAD_S, round(REST_S * body.rate_hz))
    return Moment(body.at(rise.start if start is None else start), 0.1)


def _standing(body: Body, rise: _Hump, far: int, last: int) -> Moment:
    upright = body.up[far:last].mean(axis=0)
    bent = body.up[rise.start : far] @ upright < np.cos(_STAND_RAD) * np.linalg.norm(upright)
    straight = rise.start + (last_index(bent[: rise.end - rise.start + round(body.rate_hz)]) or 0)
    return Moment(body.at(max(rise.passes(_STAND_PART), min(straight, far))), 0.15)


def _seated(body: Body, sit: _Hump) -> Moment:
    half = sit.passes(0.5)
    after = body.vertical[half:]
    rest = first_index(_still(body, half))
    settled = len(after) - 1 if rest is None else rest
    speed = np.cumsum(after[: settled + 1]) / body.rate_hz
    falling = last_index(np.abs(speed - speed[-1]) > _SEATED_M_S)
    return Moment(body.at(half + (falling or 0) + 1), 0.1)


def _still(body: Body, since: int) -> np.ndarray:
    """Where the trunk begins to rest for half a second."""
    held = round(REST_S * body.rate_hz)
    quiet = body.speed[since:] < FIRST_MOVEMENT_RAD_S
    if len(quiet) <= held:
        return np.zeros(0, dtype=np.bool_)
    return np.convolve(quiet, np.ones(held), "valid") >= held
