"""The same movement, done more slowly."""

import numpy as np

from rig_signal.attitude import estimate_up
from rig_signal.timebase import GRAVITY, regularise
from rig_signal.types import Array, Imu


def slowed(imu: Imu, k: float) -> Imu:
    """Time stretched by k: rate of turn over k, acceleration over k², gravity kept and turned along."""
    u = regularise(imu)
    assert u.gyr is not None
    up = estimate_up(u)
    source = np.arange(len(up)) / u.rate_hz
    time_s = np.arange(int((len(up) - 1) * k) + 1) / u.rate_hz

    def at(values: Array) -> Array:
        return np.stack([np.interp(time_s / k, source, column) for column in values.T], axis=1)

    turned = at(up)
    turned /= np.linalg.norm(turned, axis=1, keepdims=True)
    return Imu(k * u.start_s + time_s, at(u.acc - GRAVITY * up) / k**2 + GRAVITY * turned, at(u.gyr) / k)
