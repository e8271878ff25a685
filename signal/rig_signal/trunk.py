"""The trunk's motion in the walker's own directions, whatever way the sensor was put on.

Up comes from gravity. Forward comes from the walk itself: at every step the trunk rises and falls, and is pushed
and braked a quarter of a step ahead of that, while what is lateral repeats only every second step. So forward is
the level direction whose acceleration goes with the vertical one, and its sign is the one that leads.

Source of the mechanism: the inverted pendulum of Zijlstra & Hof, Gait Posture 18(2):1, 2003
(doi:10.1016/S0966-6362(02)00190-X). Deviation: they align the sensor by hand; here the coherence aligns it.
"""

from dataclasses import dataclass

import numpy as np
from scipy.fft import next_fast_len
from scipy.signal import hilbert

from rig_signal.attitude import estimate_up, rest_bias, vertical_acceleration
from rig_signal.filters import both_ways, butterworth
from rig_signal.timebase import Uniform
from rig_signal.types import Array

_STEP_BAND_HZ = (0.25, 5.0)
_COARSE_HZ = 25.0  # enough for that band


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
    bias = np.zeros(3) if u.gyr is None else rest_bias(u)
    up = estimate_up(u, bias)
    vertical = vertical_acceleration(u, up)
    level = _level_axes(up)
    linear = u.acc - up * (np.einsum("ij,ij->i", u.acc, up) - vertical)[:, None]
    axes = _forward_axes(linear @ level.T, vertical, u.rate_hz) @ level
    acc = np.column_stack([linear @ axes.T, vertical])
    if u.gyr is None:
        return Trunk(u.start_s, u.rate_hz, acc, np.zeros_like(acc))
    rates = u.gyr - bias
    return Trunk(u.start_s, u.rate_hz, acc, np.column_stack([rates @ axes.T, np.einsum("ij,ij->i", rates, up)]))


def _level_axes(up: Array) -> Array:
    """(2, 3) two level directions of the sensor, the second a quarter turn to the left of the first."""
    mean = up.mean(axis=0)
    mean /= np.linalg.norm(mean)
    first = np.cross(np.eye(3)[np.argmin(np.abs(mean))], mean)
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(mean, first)])


def _forward_axes(level_acc: Array, vertical: Array, rate_hz: float) -> Array:
    """(2, 2) forward and left among the two level directions."""
    thinned = max(1, int(rate_hz / _COARSE_HZ))
    coarse, coarse_hz = _thinned(np.column_stack([level_acc, vertical]), thinned), rate_hz / thinned
    filtered = both_ways(butterworth(2, _STEP_BAND_HZ, coarse_hz), coarse, int(2 * coarse_hz))
    lift = hilbert(filtered[:, 2], next_fast_len(len(coarse)))[: len(coarse)]
    leading = filtered[:, :2].T @ np.conj(lift)
    forward = np.linalg.eigh(np.real(np.outer(leading, np.conj(leading))))[1][:, -1]
    if np.imag(leading @ forward) < 0:
        forward = -forward
    return np.array([forward, [-forward[1], forward[0]]])


def _thinned(values: Array, factor: int) -> Array:
    """Means of `factor` samples at a time."""
    whole = len(values) // factor * factor
    return np.asarray(values[:whole].reshape(-1, factor, values.shape[1]).mean(axis=1), dtype=np.float64)
