"""Signs by which limbs tell when their owner leaves a chair and is back on it.

Each sign fails in its own way: a limb stirs early, or hardly at all, or goes on fidgeting. So several of different
nature are read, each moved by its usual delay against the landmark, and the middle one counts.
"""

import numpy as np

from rig_signal.motion import smooth
from rig_signal.tug_body import Body, last_start
from rig_signal.types import Array, Moment

Delays = tuple[float | None, ...]
"""From each sign to the landmark, s at pace 1; None where the sign is not used."""

_LEVEL_HZ = 2.0
_QUIET_PART = 0.02  # of the walk's level, below which all is rest


def jerk_level(body: Body, pace: float) -> Array:
    """(n,) how fast the specific force changes, m/s² a sample, smoothed in keeping with the pace."""
    change = np.gradient(smooth(body.acc, body.rate_hz, 8.0), axis=0)
    return smooth(np.linalg.norm(change, axis=1), body.rate_hz, _LEVEL_HZ / pace)


def turning_level(body: Body, pace: float) -> Array:
    """(n,) angular speed, rad/s, smoothed in keeping with the pace."""
    return smooth(body.speed, body.rate_hz, _LEVEL_HZ / pace)


def begins(x: Array, level: float, rest: float) -> int:
    """Sample at which the movement that goes on at the end of `x` began, after a rest of so many samples."""
    start = last_start(x > level, round(rest))
    return len(x) - 1 if start is None else start


def changes(x: Array, usual: float) -> int:
    """Sample at which `x` goes from low to high: the split of its logarithm into two levels that fits best."""
    if len(x) < 2:
        return 0
    loud = np.log(np.maximum(x, 0) + _QUIET_PART * usual)
    return int(np.argmin(np.cumsum(loud - loud.mean())))


def peaks(x: Array, since: int, until: int) -> int:
    """Sample of the greatest value between two samples; the first of them where there is nothing between."""
    window = x[max(since, 0) : until]
    return max(since, 0) + (int(np.argmax(window)) if len(window) else 0)


def middle(body: Body, signs: tuple[int, ...], delays: Delays, pace: float, u_s: float) -> Moment:
    """The median of the signs, each moved by its delay."""
    moved = [body.at(sign) + delay * pace for sign, delay in zip(signs, delays, strict=True) if delay is not None]
    return Moment(float(np.median(moved)), u_s * pace)
