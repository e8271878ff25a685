"""A motion that is made while it is watched: takes follow one another, each faded into the one before."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from rig.virtual.motion import GRID_S, Array, Motion, Pose, grid_times

Places = NDArray[np.int64]

FADE_S = 1.0
BEHIND_S = 2.0
"""How much of the past is kept: more than any filter or late batch of a sensor looks back."""


class Reel:
    """What is seen from a moment on; times are those of the room's clock in seconds.

    Attributes
    ----------
    view
        Time of the first row, and the poses to the end of what is planned; replaced as a whole.
    """

    def __init__(self, start_s: float, motion: Motion) -> None:
        self.view = (start_s, motion)

    @property
    def end_s(self) -> float:
        """How far it reaches."""
        start_s, motion = self.view
        return start_s + motion.pelvis.yaw.size * GRID_S

    def change(self, take_s: float, take: Motion, now_s: float) -> None:
        """From `now_s` on go over into a take whose own time zero is `take_s`, within `FADE_S`."""
        start_s, motion = self.view
        first = round((now_s - BEHIND_S - start_s) / GRID_S)
        first = max(0, min(first, motion.pelvis.yaw.size - 1))
        begin_s = start_s + first * GRID_S
        size = round((take_s - begin_s) / GRID_S) + take.pelvis.yaw.size
        old = _rows(motion, np.arange(first, first + size))
        new = _rows(take, np.arange(size) - round((take_s - begin_s) / GRID_S))
        weight = _smooth((begin_s + grid_times(0, size) - now_s) / FADE_S)
        self.view = (begin_s, _between(old, new, weight))


def _smooth(x: Array) -> Array:
    """0 before, 1 after, and a minimum-jerk way between."""
    x = np.clip(x, 0.0, 1.0)
    return np.asarray(x**3 * (10 - 15 * x + 6 * x**2))


def _rows(motion: Motion, places: Places) -> Motion:
    """Rows of a motion; it stands still before its beginning and after its end."""
    at = np.clip(places, 0, motion.pelvis.yaw.size - 1)
    return _posed(motion, motion.aid_ahead[at], lambda name: _pose_rows(getattr(motion, name), at))


def _posed(like: Motion, aid_ahead: Array, pose: Callable[[str], Pose]) -> Motion:
    """A motion of the same body with other poses."""
    return Motion(
        pelvis=pose("pelvis"),
        trunk=pose("trunk"),
        thigh=pose("thigh"),
        foot_left=pose("foot_left"),
        foot_right=pose("foot_right"),
        aid_ahead=aid_ahead,
        rest=like.rest,
        build=like.build,
    )


def _pose_rows(pose: Pose, at: Places) -> Pose:
    return Pose(pose.position[at], pose.yaw[at], pose.pitch[at], pose.roll[at])


def _between(old: Motion, new: Motion, weight: Array) -> Motion:
    """The way from one motion to another; whole turns between their headings are no turning."""
    middle = int(np.argmax(weight > 0.5))
    whole = 2 * np.pi * round(float((old.pelvis.yaw - new.pelvis.yaw)[middle]) / (2 * np.pi))
    aid = np.where(weight > 0.5, new.aid_ahead, old.aid_ahead)
    return _posed(new, aid, lambda name: _mixed(getattr(old, name), getattr(new, name), weight, whole))


def _mixed(old: Pose, new: Pose, weight: Array, whole: float) -> Pose:
    def mix(one: Array, other: Array) -> Array:
        share = weight[:, None] if one.ndim == 2 else weight
        return np.asarray(one + share * (other - one))

    yaw = mix(old.yaw, new.yaw + whole)
    return Pose(mix(old.position, new.position), yaw, mix(old.pitch, new.pitch), mix(old.roll, new.roll))
