"""What a body did: noise-free poses of its segments on a uniform grid of times.

This is all that sensors, beams and landmarks see, so a second movement family only has to yield this.
World frame: x along the corridor, y to the left, z up. Angles are yaw (about z), pitch (about y, positive
leans forward or puts toes down) and roll (about x), applied in this order (intrinsic z-y'-x'').
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

GRID_S = 0.004
"""Grid spacing: 250 Hz keeps second differences within 1 % up to 11 Hz."""


def grid_times(first: int, last: int) -> Array:
    """Session seconds of the grid's indices `first` to `last` (excluded)."""
    return np.arange(first, last, dtype=np.float64) * GRID_S


@dataclass(frozen=True, slots=True)
class Build:
    """Body measures in metres, from height by standard proportions (Winter 2009, Table 4.1)."""

    height: float
    trunk_depth: float
    trunk_width: float
    seat_height: float

    @property
    def thigh(self) -> float:
        """Hip to knee."""
        return 0.245 * self.height

    @property
    def shank(self) -> float:
        """Knee to ankle."""
        return 0.246 * self.height

    @property
    def ankle(self) -> float:
        """Ankle above the floor."""
        return 0.039 * self.height

    @property
    def trunk(self) -> float:
        """Hip to shoulder."""
        return 0.288 * self.height

    @property
    def sole(self) -> float:
        """Heel to toe."""
        return 0.152 * self.height

    @property
    def sole_ahead(self) -> float:
        """Middle of the sole ahead of the ankle."""
        return 0.25 * self.sole

    @property
    def toe_ahead(self) -> float:
        """Toe ahead of the ankle."""
        return self.sole_ahead + self.sole / 2


@dataclass(frozen=True, slots=True, eq=False)
class Pose:
    """Position (n, 3) and angles (n,) of a segment, one row per grid time."""

    position: Array
    yaw: Array
    pitch: Array
    roll: Array

    def rotation(self) -> Array:
        """(n, 3, 3) matrices that take segment axes to world axes."""
        cy, sy = np.cos(self.yaw), np.sin(self.yaw)
        cp, sp = np.cos(self.pitch), np.sin(self.pitch)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        rows = (
            (cy * cp, cy * sp * sr - sy * cr, cy * sp * cr + sy * sr),
            (sy * cp, sy * sp * sr + cy * cr, sy * sp * cr - cy * sr),
            (-sp, cp * sr, cp * cr),
        )
        return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)

    def rate(self) -> Array:
        """(n, 3) angular rate in rad/s, in the segment's own axes."""
        yaw, pitch, roll = (np.gradient(angle, GRID_S) for angle in (self.yaw, self.pitch, self.roll))
        cp, sp = np.cos(self.pitch), np.sin(self.pitch)
        cr, sr = np.cos(self.roll), np.sin(self.roll)
        return np.stack([roll - yaw * sp, pitch * cr + yaw * cp * sr, yaw * cp * cr - pitch * sr], axis=-1)


@dataclass(frozen=True, slots=True)
class Rest:
    """The person's own resting values: pelvis heights and the trunk pitch of the upright stand."""

    seated_height: float
    standing_height: float
    upright_pitch: float

    @property
    def excursion(self) -> float:
        """Standing height minus seated height."""
        return self.standing_height - self.seated_height


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """Poses of a whole session.

    Attributes
    ----------
    pelvis
        At the hip joints' midpoint; its angles are those of the lumbar spine's lower end.
    trunk
        At the same point, with the angles of the trunk.
    thigh, foot_left, foot_right
        Right thigh at the hip; feet at the middle of the sole.
    aid_ahead
        (n,) metres by which the walking aid's front stands ahead of the pelvis, NaN where it is not in use.
    """

    pelvis: Pose
    trunk: Pose
    thigh: Pose
    foot_left: Pose
    foot_right: Pose
    aid_ahead: Array
    rest: Rest
    build: Build

    @property
    def time_s(self) -> Array:
        """Grid times in session seconds."""
        return grid_times(0, self.pelvis.yaw.size)
