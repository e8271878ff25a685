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
from numpy.fft import rfft, rfftfreq
from scipy.fft import next_fast_len

from rig_signal.attitude import estimate_up, rest_bias, resting_level
from rig_signal.timebase import Uniform, means_of
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
    acc = _along(level, up, linear)
    forward = _forward_axes(acc, u.rate_hz)
    acc[:2] = forward @ acc[:2]
    gyr = np.zeros_like(acc) if u.gyr is None else _along(forward @ level, up, (u.gyr - bias).T)
    return Trunk(u.start_s, u.rate_hz, acc.T, gyr.T)


def _along(level: Array, up: Array, vectors: Array) -> Array:
    """(3, n) parts of (3, n) vectors along two level axes (2, 3) and (3, n) up."""
    return np.concatenate([level @ vectors, np.einsum("kn,kn->n", vectors, up)[None]])


def _fewer(u: Uniform, every: int) -> Uniform:
    """One sample in `every`: enough for gravity, which turns evenly between them."""
    gyr = None if u.gyr is None else u.gyr[::every]
    return replace(u, rate_hz=u.rate_hz / every, acc=u.acc[::every], gyr=gyr, bridged=u.bridged[::every])


def _between(few: Array, every: int, n: int) -> Array:
    """(k, n) what goes straight from one of (m, k) values to the next, `every` samples apart."""
    rows = few.T
    parts = np.empty((*rows.shape, every))
    parts[:, :, 0], parts[:, -1, 1:] = rows, rows[:, -1:]
    steps = (rows[:, 1:] - rows[:, :-1]) / every
    for i in range(1, every):
        np.add(parts[:, :-1, i - 1], steps, out=parts[:, :-1, i])
    return parts.reshape(len(rows), -1)[:, :n]


def _level_axes(up: Array) -> Array:
    """(2, 3) two level directions of the sensor, the second a quarter turn to the left of the first.

    Without branches on the direction: Duff et al., J Comput Graph Tech 6(1):1, 2017.
    """
    usual = up.sum(axis=1)
    x, y, z = (usual / math.sqrt(usual @ usual)).tolist()
    side = math.copysign(1.0, z)
    part = -1 / (side + z)
    return np.array(
        [[1 + side * x * x * part, side * x * y * part, -side * x], [x * y * part, side + y * y * part, -y]]
    )


def _forward_axes(acc: Array, rate_hz: float) -> Array:
    """(2, 2) forward and left among the two level directions of (3, n) accelerations, the third of them upward.

    Level directions are complex numbers here: the axis of several is the root of the sum of their squares.
    """
    thinned = max(1, int(rate_hz / _COARSE_HZ))
    coarse = means_of(acc, thinned)
    n = next_fast_len(coarse.shape[1], real=True)
    hz = rfftfreq(n, thinned / rate_hz)
    first = int(hz.searchsorted(_SLOWEST_HZ))
    ln_hz = np.log(hz[first:])
    *level, lift = rfft(coarse - means_of(coarse, coarse.shape[1]), n)[:, first:]
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
