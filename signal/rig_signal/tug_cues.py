"""Signs by which limbs tell when their owner leaves a chair and is back on it.

Each sign fails in its own way: a limb stirs early, or hardly at all, or goes on fidgeting. So several of different
nature are read, each moved by its usual delay against the landmark, and the middle one counts.
"""

import math
from dataclasses import dataclass

import numpy as np

from rig_signal.motion import slope, smooth
from rig_signal.order import median
from rig_signal.tug_body import Body, last_start
from rig_signal.types import Array, Moment
from rig_signal.vertical import vertical_speed

Delays = tuple[float | None, ...]
"""From each sign to the landmark, s at pace 1; None where the sign is not used."""

_FORCE_HZ = 8.0
_LEVEL_HZ = 2.0
_QUIET_PART = 0.05  # of the walk's level, below which all is rest
_AS_GOOD_PART = 0.05  # of the highest value: what is lower by so much counts for a third
_ABOUT = (0.8, 1.0, 1.2)
_FAR = 8.0  # of it, which counts for nothing
_TINY = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """How lively a limb is, (n,) each; what is smoothed is smoothed in keeping with the pace.

    Attributes
    ----------
    jerk
        How fast the specific force changes, m/s² a sample.
    turning
        Angular speed, rad/s.
    climbing
        Vertical speed, m/s.
    """

    jerk: Array
    turning: Array
    climbing: Array


def levels_of(body: Body, pace: float) -> Levels:
    """Read all levels off a sensor's motion."""
    change = slope(smooth(body.acc, body.rate_hz, _FORCE_HZ))
    size = np.sqrt(np.einsum("ij,ij->i", change, change))
    slow = smooth(np.array([size, body.speed]).T, body.rate_hz, _LEVEL_HZ / pace)
    return Levels(
        jerk=slow[:, 0],
        turning=slow[:, 1],
        climbing=vertical_speed(body.vertical, body.up, body.still, body.rate_hz),
    )


def begins(x: Array, level: float, rest: float) -> float:
    """Sample at which the movement that goes on at the end of `x` began, after a rest of so many samples.

    The mean over several levels about it: a rest that only just reaches the level then makes no great difference.
    """
    starts = [last_start(x > share * level, round(rest)) for share in _ABOUT]
    return sum(len(x) - 1 if start is None else start for start in starts) / len(starts)


def changes(x: Array, usual: float) -> float:
    """Sample at which `x` goes from low to high: the split of its logarithm into two levels that fits best."""
    return _splits(_loud(x, usual))


def changes_at_last(x: Array, usual: float, reach: float) -> float:
    """The same, looked for among about so many samples at the end of `x`: who fidgets earlier has not begun.

    The mean over several numbers of samples: how much rest is looked at then makes no great difference.
    """
    firsts = [max(0, len(x) - round(share * reach)) for share in _ABOUT]
    earliest = min(firsts)
    loud = _loud(x[earliest:], usual)
    return sum(first + _splits(loud[first - earliest :]) for first in firsts) / len(firsts)


def _loud(x: Array, usual: float) -> Array:
    return np.asarray(np.log(np.maximum(x, 0) + _QUIET_PART * usual), dtype=np.float64)


def _splits(loud: Array) -> float:
    return _highest((loud.sum() / len(loud) - loud).cumsum()) if len(loud) > 1 else 0.0


def peaks(x: Array, since: float, until: float, fade: float, part: float = _AS_GOOD_PART) -> float:
    """Sample of the greatest positive value between two samples; the first of them where there is nothing between.

    What lies at either of them counts for a half, less outside: it fades over so many samples, since a peak that is
    just within the one time and just without the other would be now here, now there. Of what is lower than the
    greatest by `part` of it counts a third.
    """
    first, last = since - fade / 2, until + fade / 2
    start, stop = max(0, math.ceil(first)), min(len(x), int(last) + 1)
    if stop <= start:
        return max(since, 0.0)
    at = np.arange(start, stop)
    inside = np.minimum(np.minimum(at - first, last - at) / fade, 1)
    return start + _highest(np.maximum(x[start:stop], 0) * inside**2 * (3 - 2 * inside), part)


def smooth_peaks(
    x: Array, rate_hz: float, cutoff_hz: float, since: float, until: float, fade: float, part: float = _AS_GOOD_PART
) -> float:
    """The same of `x` smoothed, of which only what is near is read: a wave of the cutoff on, it weighs nothing."""
    reach = fade + rate_hz / cutoff_hz
    first = max(0, math.floor(since - reach))
    near = x[first : max(0, math.ceil(until + reach))]
    if not len(near):
        return max(since, 0.0)
    return first + peaks(smooth(near, rate_hz, cutoff_hz), since - first, until - first, fade, part)


def _highest(x: Array, part: float = _AS_GOOD_PART) -> float:
    """Mean of the samples at which `x` is about as high as it gets, each by how near it comes.

    Where two are as good as each other, the least change of the signal would move the highest one from here to there.
    """
    top = float(x.max())
    scale = max(part * abs(top), _TINY)
    at = (x > top - _FAR * scale).nonzero()[0]
    weight = np.exp((x[at] - top) / scale)
    return float(weight @ at / weight.sum())


def middle(body: Body, signs: tuple[float, ...], delays: Delays, pace: float, u_s: float) -> Moment:
    """The median of the signs, each moved by its delay."""
    moved = [body.at(sign) + delay * pace for sign, delay in zip(signs, delays, strict=True) if delay is not None]
    return Moment(median(np.array(moved)), u_s * pace)
