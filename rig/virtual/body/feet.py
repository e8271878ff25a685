"""Feet on the floor: a footfall is one swing; between footfalls a foot does not move."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rig.virtual.body.curves import Ramp, minimum_jerk
from rig.virtual.motion import GRID_S, Array, Build, Pose, grid_times

Side = Literal["left", "right"]
LAND_CUT = 0.93
"""A swing is broken off here, so a foot meets the floor with some speed left."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a foot stands: its ankle's place on the floor and its direction."""

    x: float
    y: float
    yaw: float


@dataclass(frozen=True, slots=True)
class Footfall:
    """One swing of one foot.

    Attributes
    ----------
    off_s, on_s
        The toe leaves the floor; the foot touches it again.
    unload_s, load_s
        How long before `off_s` weight leaves the foot, how long after `on_s` it takes weight.
    heel_rise, toe_up
        Angles (rad) at foot-off and at contact.
    lift
        Height (m) of the arc in the middle of the swing.
    """

    side: Side
    to: Placement
    off_s: float
    on_s: float
    unload_s: float
    load_s: float
    heel_rise: float = 0.1
    toe_up: float = 0.05
    lift: float = 0.03


@dataclass(frozen=True, slots=True, eq=False)
class FootTrack:
    """A foot on the grid: pose of the sole's middle, the ankle's place (n, 2), and load it could bear (0 to 1)."""

    pose: Pose
    ankle: Array
    load: Array


def track_foot(start: Placement, falls: Sequence[Footfall], build: Build, count: int) -> FootTrack:
    """Lay a foot's swings on the grid."""
    columns = np.zeros((count, 5))  # x, y, z of the sole's middle, yaw, pitch
    load = np.ones(count)
    here, first = start, 0
    for fall in falls:
        begin, end = _index(fall.off_s - fall.unload_s, count), _index(fall.on_s + fall.load_s, count)
        columns[first:begin] = _resting(here, build)
        columns[begin:end] = _swing(here, fall, build, grid_times(begin, end))
        load[begin:end] = _load(fall, grid_times(begin, end))
        here, first = fall.to, end
    columns[first:] = _resting(here, build)
    return _as_track(columns, load, build)


def _as_track(columns: Array, load: Array, build: Build) -> FootTrack:
    yaw = columns[:, 3]
    back = build.sole_ahead * np.stack([np.cos(yaw), np.sin(yaw)], axis=1)
    pose = Pose(columns[:, :3], yaw, columns[:, 4], np.zeros(len(yaw)))
    return FootTrack(pose, columns[:, :2] - back, load)


def _index(time: float, count: int) -> int:
    return min(max(0, int(np.ceil(time / GRID_S))), count)


def _resting(place: Placement, build: Build) -> Array:
    x = place.x + build.sole_ahead * np.cos(place.yaw)
    y = place.y + build.sole_ahead * np.sin(place.yaw)
    return np.array([x, y, 0.0, place.yaw, 0.0])


def _swing(here: Placement, fall: Footfall, build: Build, time: Array) -> Array:
    """Heel rises about the toe, the foot flies, and rolls flat about the heel."""
    half = build.sole / 2
    pitch = _pitch(fall, time)
    leaving = _pivot(_resting(here, build), half, pitch)
    landing = _pivot(_resting(fall.to, build), -half, pitch)
    flight = _flight(here, fall, build, time, pitch)
    phase = np.digitize(time, [fall.off_s, fall.on_s])[:, None]
    return np.where(phase == 0, leaving, np.where(phase == 1, flight, landing))


def _pitch(fall: Footfall, time: Array) -> Array:
    up = Ramp(fall.off_s - fall.unload_s, fall.off_s, fall.heel_rise)
    swing = minimum_jerk((time - fall.off_s) / (fall.on_s - fall.off_s)) * (fall.heel_rise + fall.toe_up)
    flat = minimum_jerk((time - fall.on_s) / fall.load_s) * fall.toe_up
    return np.asarray(np.where(time < fall.off_s, up.at(time), fall.heel_rise - swing + flat))


def _pivot(resting: Array, arm: float, pitch: Array) -> Array:
    """The sole turned by `pitch` about the point `arm` ahead of its middle, which stays on the floor."""
    shift = arm * (1 - np.cos(pitch))
    x = resting[0] + shift * np.cos(resting[3])
    y = resting[1] + shift * np.sin(resting[3])
    z = arm * np.sin(pitch)
    return np.stack([x, y, z, np.full_like(pitch, resting[3]), pitch], axis=1)


def _flight(here: Placement, fall: Footfall, build: Build, time: Array, pitch: Array) -> Array:
    half = build.sole / 2
    begin = _pivot(_resting(here, build), half, np.array([fall.heel_rise]))[0]
    end = _pivot(_resting(fall.to, build), -half, np.array([-fall.toe_up]))[0]
    s = np.clip((time - fall.off_s) / (fall.on_s - fall.off_s), 0, 1)
    going = (minimum_jerk(LAND_CUT * s) / minimum_jerk(np.array(LAND_CUT)))[:, None]
    flight = begin + (end - begin) * going
    rolled = minimum_jerk(s)  # keeps toe and heel off the floor while the foot turns
    flight[:, 2] = begin[2] * (1 - rolled) + end[2] * rolled + fall.lift * _arc(s)
    flight[:, 4] = pitch
    return np.asarray(flight)


def _arc(s: Array) -> Array:
    """From 0 to 1 and back, quick to leave the floor, with some speed left at the end."""
    return np.asarray(np.sin(np.pi * s) ** 1.2)


def _load(fall: Footfall, time: Array) -> Array:
    leaving = 1 - minimum_jerk((time - fall.off_s + fall.unload_s) / fall.unload_s)
    taking = minimum_jerk((time - fall.on_s) / fall.load_s)
    return np.asarray(np.where(time < fall.on_s, leaving, taking))
