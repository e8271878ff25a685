"""The trunk's motion in the walker's own directions, whatever way the sensor was put on.

Up comes from gravity. Forward comes from the walk itself: at every step the trunk rises and falls, and is pushed
and braked a quarter of a step ahead of that, while what is lateral repeats only every second step. So forward is
the level direction whose acceleration goes with the vertical one, and its sign is the one that leads.

Source of the mechanism: the inverted pendulum of Zijlstra & Hof, Gait Posture 18(2):1, 2003
(doi:10.1016/S0966-6362(02)00190-X). Deviation: they align the sensor by hand; here the coherence aligns it.
"""

import cmath
import math
from dataclasses import dataclass, replace

import numpy as np
from scipy.fft import next_fast_len

from rig_signal.attitude import estimate_up, rest_bias, resting_level
from rig_signal.timebase import Uniform
from rig_signal.types import Array

_SLOWEST_HZ = 0.25
_STEP_SPREAD = 0.4
_COARSE_HZ, _TURNING_HZ = 25.0, 50.0  # enough for steps; for which way is up


@dataclass(frozen=True, slots=True, eq=False)
class Trunk:
    """Motion of the trunk, gravity removed.

    Attributes
    ----------
    start_s, rate_hz
        Time of the first sample, samples per second.
    acc
        (n, 3) acceleration forward, to the left and up, m/s².
    gyr
        (n, 3) angular rate about forward (roll), left (pitch, positive leans forward) and up (yaw), rad/s;
        zeros where the sensor has no gyroscope.
    """

    start_s: float
    rate_hz: float
    acc: Array
    gyr: Array

    @property
    def time_s(self) -> Array:
        """(n,) times of the samples."""
        return self.start_s + np.arange(len(self.acc)) / self.rate_hz


def trunk_motion(u: Uniform) -> Trunk:
    """Turn the samples of a sensor on the trunk into the walker's directions.

    Parameters
    ----------
    u
        Evenly spaced samples from lower back or chest, any orientation that stays the same.
    """
    every = max(1, int(u.rate_hz / _TURNING_HZ))
    few = _fewer(u, every)
    bias = np.zeros(3) if few.gyr is None else rest_bias(few)
    up = _between(estimate_up(few, bias), every, len(u.acc))
    linear = u.acc.T - resting_level(few) * up
    level = _level_axes(up)
    vertical = np.einsum("kn,kn->n", linear, up)
    axes = _forward_axes(level @ linear, vertical, u.rate_hz) @ level
    acc = np.vstack([axes @ linear, vertical]).T
    if u.gyr is None:
        return Trunk(u.start_s, u.rate_hz, acc, np.zeros_like(acc))
    rates = (u.gyr - bias).T
    return Trunk(u.start_s, u.rate_hz, acc, np.vstack([axes @ rates, np.einsum("kn,kn->n", rates, up)]).T)


def _fewer(u: Uniform, every: int) -> Uniform:
    """One sample in `every`: enough for gravity, which turns evenly between them."""
    gyr = None if u.gyr is None else u.gyr[::every]
    return replace(u, rate_hz=u.rate_hz / every, acc=u.acc[::every], gyr=gyr, bridged=u.bridged[::every])


def _between(few: Array, every: int, n: int) -> Array:
    """(k, n) what goes straight from one of (m, k) values to the next, `every` samples apart."""
    rows = few.T
    steps = np.diff(rows, append=rows[:, -1:])
    parts = np.stack([rows + steps * (i / every) for i in range(every)], axis=2)
    return np.asarray(parts.reshape(len(rows), -1)[:, :n], dtype=np.float64)


def _level_axes(up: Array) -> Array:
    """(2, 3) two level directions of the sensor, the second a quarter turn to the left of the first.

    Without branches on the direction: Duff et al., J Comput Graph Tech 6(1):1, 2017.
    """
    mean = up.mean(axis=1)
    x, y, z = (mean / math.sqrt(mean @ mean)).tolist()
    side = math.copysign(1.0, z)
    part = -1 / (side + z)
    return np.array(
        [[1 + side * x * x * part, side * x * y * part, -side * x], [x * y * part, side + y * y * part, -y]]
    )


def _forward_axes(level_acc: Array, vertical: Array, rate_hz: float) -> Array:
    """(2, 2) forward and left among the two level directions of (2, n) accelerations.

    Level directions are complex numbers here: the axis of several is the root of the sum of their squares.
    """
    thinned = max(1, int(rate_hz / _COARSE_HZ))
    coarse = _thinned(np.vstack([level_acc, vertical]), thinned)
    n = next_fast_len(coarse.shape[1], real=True)
    hz = np.fft.rfftfreq(n, thinned / rate_hz)
    first = int(np.searchsorted(hz, _SLOWEST_HZ))
    ln_hz = np.log(hz[first:])
    *level, lift = np.fft.rfft(coarse - coarse.mean(axis=1, keepdims=True), n)[:, first:]
    speed = np.abs(lift / hz[first:]) ** 2
    off = ln_hz - speed @ ln_hz / max(float(speed.sum()), 1e-300)
    weighed = np.conj(lift) * np.exp(-0.5 * (off / _STEP_SPREAD) ** 2)
    with_lift = [complex(spectrum @ weighed) for spectrum in level]
    along, leading = (complex(*part) for part in zip(*((w.real, w.imag) for w in with_lift), strict=True))
    axis = cmath.sqrt(along**2 + leading**2) or 1j
    forward = axis / abs(axis)
    if (leading * forward.conjugate()).real < 0:
        forward = -forward
    return np.array([[forward.real, forward.imag], [-forward.imag, forward.real]])


def _thinned(values: Array, factor: int) -> Array:
    """Means of `factor` samples at a time, along (k, n) rows."""
    whole = values.shape[1] // factor * factor
    parts = values[:, :whole].reshape(len(values), -1, factor)
    return np.asarray(parts @ np.full(factor, 1 / factor), dtype=np.float64)
