"""A sensor whose mounting slips."""

import numpy as np
from scipy.spatial.transform import Rotation

from rig.virtual.body.curves import minimum_jerk
from rig_signal.types import Array, Imu


def slipped(imu: Imu, at_s: float, degrees: float, over_s: float, axis: Array) -> Imu:
    """The mounting turns about an axis, smoothly, from `at_s` on; the sensor feels and measures that turning."""
    axis = axis / np.linalg.norm(axis)
    angle = np.radians(degrees) * minimum_jerk((imu.time_s - at_s) / over_s)
    back = Rotation.from_rotvec(-angle[:, None] * axis)
    assert imu.gyr is not None
    turning = np.gradient(angle, imu.time_s)[:, None] * axis
    return Imu(imu.time_s, back.apply(imu.acc), back.apply(imu.gyr) + turning)
