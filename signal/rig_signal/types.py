"""Types that the measures share: samples in, moments out."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]
Placement = Literal["lower_back", "chest", "thigh", "wrist", "pocket", "foot"]


@dataclass(frozen=True, slots=True, eq=False)
class Imu:
    """Samples of one inertial sensor, as they were taken.

    Attributes
    ----------
    time_s
        (n,) seconds, any origin; may jitter, repeat or have gaps; must not decrease.
    acc
        (n, 3) specific force, m/s², sensor frame: at rest the axis pointing up reads +9.81.
    gyr
        (n, 3) angular rate, rad/s, same frame and same times, or None where the sensor has no gyroscope.
    """

    time_s: Array
    acc: Array
    gyr: Array | None = None


@dataclass(frozen=True, slots=True)
class Moment:
    """An event's time and its standard uncertainty, both in seconds on the clock of the samples."""

    t_s: float
    u_s: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of the trunk about the vertical; positive angles are counter-clockwise seen from above.

    `start_u_s` and `end_u_s` are the standard uncertainties of its borders.
    """

    start_s: float
    end_s: float
    angle_deg: float
    start_u_s: float
    end_u_s: float


class SignalError(ValueError):
    """The samples cannot be analysed; the message says what is wrong, where, and what to do."""
