"""Rest and movement, judged by the recording's own noise, never by what a healthy body would do."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d, uniform_filter1d

from rig_signal.order import quantile
from rig_signal.timebase import Mask, Uniform
from rig_signal.types import Array

FIRST_MOVEMENT_RAD_S = 0.10
"""Trunk angular speed that counts as movement (docs/landmarks.md, first movement)."""

REST_S = 0.5
"""Rest that separates one movement from the one before it (docs/landmarks.md, first movement)."""

_WINDOW_S = 0.3  # over which movement is judged
_AT_REST, _QUIETEST = 3.0, 0.02  # times the floor; m/s²
_START_POWER = 1.5
_START_SHARES, _HIGHEST_SHARE = (0.13, 0.35), 0.25  # of the peak


def smooth(x: Array, rate_hz: float, cutoff_hz: float) -> Array:
    """Low-pass along the first axis by a Gaussian, zero lag, half power at `cutoff_hz`; ends are held.

    The columns of the result lie one after the other in memory: what is done along them is then several times as fast.
    """
    rows = correlate1d(x.T, _gaussian(rate_hz / cutoff_hz), axis=-1, mode="nearest")
    return np.asarray(rows.T, dtype=np.float64)


@lru_cache(maxsize=256)
def _gaussian(period: float) -> Array:
    """Weights of a Gaussian whose half power lies at a wave of `period` samples, over four deviations."""
    width = np.sqrt(np.log(2)) / (2 * np.pi) * period
    weight = np.exp(-0.5 * (np.arange(-round(4 * width), round(4 * width) + 1) / width) ** 2)
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def shaking(u: Uniform) -> Array:
    """(n,) variance of the specific force within a centred window of 0.3 s, all axes together, (m/s²)²."""
    return moving_variance(u.acc, _window(u))


def activity(u: Uniform, shaken: Array) -> Array:
    """(n,) how much the sensor moves: spread of the specific force plus, with a gyroscope, angular speed.

    Both in m/s², the angular speed as the centripetal scale of a limb: 1 rad/s counts as 1 m/s². `shaken` is
    what `shaking` gives.
    """
    if u.gyr is None:
        return np.sqrt(shaken)
    turning = uniform_filter1d(np.einsum("ij,ij->i", u.gyr, u.gyr), _window(u), mode="nearest")
    return np.asarray(np.sqrt(shaken + np.maximum(turning, 0)), dtype=np.float64)


def still_mask(u: Uniform, shaken: Array | None = None) -> Mask:
    """(n,) True where the sensor is as quiet as this recording gets.

    Up to three times the recording's floor counts as rest; the floor is the 5 % quantile of activity.

    Parameters
    ----------
    u
        Evenly spaced samples.
    shaken
        What `shaking` gives, where it is known already.

    Notes
    -----
    Below a floor of 0.02 m/s² no sensor is trusted: a simulated or a lying one would make breathing a movement. Where
    nobody ever rests the quietest walking is not rest: an activity of 1 m/s² (or rad/s) never counts.
    """
    moving = activity(u, shaking(u) if shaken is None else shaken)
    floor = max(quantile(moving, 0.05), _QUIETEST)
    return np.asarray(moving < min(_AT_REST * floor, 1.0), dtype=np.bool_)


def _window(u: Uniform) -> int:
    return max(3, round(_WINDOW_S * u.rate_hz))


def onset(x: Array, rate_hz: float, peak: int, threshold: float, *, rest_s: float = REST_S) -> float | None:
    """When the movement that reaches its peak at sample `peak` began, as a fractional sample index.

    Goes back from the peak over everything above `threshold`, and over pauses shorter than `rest_s`, to the
    upward crossing that follows the last rest (docs/landmarks.md: "without coming back to rest").

    Parameters
    ----------
    x
        (n,) a speed or another non-negative signal, already smoothed.
    peak
        Index of a sample inside the movement.
    threshold
        Level that counts as movement.

    Returns
    -------
    index
        Fractional, by linear interpolation, or None if the recording begins in mid-movement.
    """
    above = (x[: peak + 1] > threshold).nonzero()[0]
    if not len(above):
        return float(peak)
    pause = (above[1:] - above[:-1] > rest_s * rate_hz).nonzero()[0]
    first = int(above[pause[-1] + 1] if len(pause) else above[0])
    return None if first == 0 else crossing(x, threshold, first - 1)


def leave_rest(speed: Array, distance: float, rate_hz: float, *, peak: int | None = None, error: float = 0.0) -> float:
    """Fractional index at which what moves off from rest with `speed` has come `distance` far.

    Near rest a speed is smaller than its error. So the instants are taken at which it last rises through 13 %
    and 35 % of its peak, and the power law between them (exponent 1.5, amid a jerk-limited start, 2, and an
    acceleration-limited one, 1) is followed back to where it began. An error that is larger raises both levels.

    Parameters
    ----------
    speed
        (n,) per second.
    distance
        How far from rest, in the speed's own length.
    rate_hz
        Samples per second.
    peak
        Index of the peak that ends the start; the highest if not given.
    error
        By how much the speed may be off rest.
    """
    peak = int(speed.argmax()) if peak is None else peak
    fastest = max(float(speed[peak]), 1e-9)
    share = max(_START_SHARES[0], min(_HIGHEST_SHARE, error / fastest))
    lower, upper = share * fastest, (share + _START_SHARES[1] - _START_SHARES[0]) * fastest
    low, high = (_rises_through(speed, level, peak) for level in (lower, upper))
    since_begin = max(high - low, 1e-3) / ((upper / max(lower, 1e-12)) ** (1 / _START_POWER) - 1)
    come = lower * since_begin / rate_hz / (_START_POWER + 1)
    scale = (distance / max(come, 1e-9)) ** (1 / (_START_POWER + 1))
    return float(min(peak, max(0.0, low + since_begin * (scale - 1))))


def _rises_through(x: Array, level: float, before: int) -> float:
    """Fractional index of the last upward crossing before an index; 0 if there is none."""
    under = x[:before] < level
    last = before - 1 - int(under[::-1].argmax()) if before else -1
    return crossing(x, level, last) if last >= 0 and under[last] else 0.0


def held_from(x: Array, samples: int) -> float | None:
    """Fractional index from which `x` is not negative for at least `samples` samples; None if it never is."""
    return held_from_each(x[None], samples)[0]


def held_from_each(rows: Array, samples: int) -> list[float | None]:
    """The same for each of (k, n) rows."""
    held = rows >= 0
    for _ in range(samples - 1):
        held = held[:, 1:] & held[:, :-1]
    if not held.shape[1]:
        return [None] * len(rows)
    first = zip(rows, held, held.argmax(axis=1).tolist(), strict=True)
    return [(crossing(x, 0.0, i - 1) if i else 0.0) if steady[i] else None for x, steady, i in first]


def crossing(x: Array, level: float, before: int) -> float:
    """Fractional index at which `x` passes `level` between samples `before` and `before + 1`."""
    a, b = float(x[before]), float(x[before + 1])
    return before + (0.5 if a == b else min(1.0, max(0.0, (level - a) / (b - a))))


def stretches(mask: Mask, shortest: int = 1) -> NDArray[np.int64]:
    """(m, 2) half-open index ranges in which `mask` holds for at least `shortest` samples."""
    edges = np.flatnonzero(np.diff(mask.astype(np.int8), prepend=0, append=0))
    ranges = edges.reshape(-1, 2)
    return ranges[ranges[:, 1] - ranges[:, 0] >= shortest]


def slope(x: Array) -> Array:
    """(n,) or (n, k) change from sample to sample, half of it to either neighbour; the ends' own at the ends."""
    change = np.zeros_like(x)
    if len(x) > 1:
        np.subtract(x[2:], x[:-2], out=change[1:-1])
        change[1:-1] /= 2
        change[0], change[-1] = x[1] - x[0], x[-1] - x[-2]
    return change


def moving_variance(values: Array, width: int) -> Array:
    """(n,) variance within a centred window of `width` samples, summed over the columns of (n, k)."""
    centred = (values - values.mean(axis=0)).T
    mean = uniform_filter1d(centred, width, axis=-1, mode="nearest")
    square = uniform_filter1d(np.einsum("kn,kn->n", centred, centred), width, mode="nearest")
    return np.asarray(np.maximum(square - np.einsum("kn,kn->n", mean, mean), 0), dtype=np.float64)
