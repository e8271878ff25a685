"""Feet on the floor: each step peels a foot off, carries it, puts it down; between steps it does not move."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from rig.virtual.body.segments.shapes import Beta, slot
from rig.virtual.motion import Array, Build, Pose, grid_times

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")
CARRY = Beta(2.3, 1.7)
"""Quick to leave, stopped rather than placed."""
ROLL = Beta(1.9, 2.1)
BEAR = Beta(2.2, 2.2)
EVEN = 0.5


@dataclass(frozen=True, slots=True)
class Place:
    """Where a foot stands: its ankle's place on the floor and its direction."""

    x: float
    y: float
    yaw: float

    def beside(self, side: Side, width: float, ahead: float = 0.0) -> "Place":
        """The place of one foot about this one as the middle."""
        out = 0.5 * width if side == "left" else -0.5 * width
        cos, sin = np.cos(self.yaw), np.sin(self.yaw)
        return Place(float(self.x + ahead * cos - out * sin), float(self.y + ahead * sin + out * cos), self.yaw)

    def pivoted(self, angle: float, build: Build) -> "Place":
        """The place after a turn about the heel."""
        heel = build.sole / 2 - build.sole_ahead
        yaw = self.yaw + angle
        x = self.x - heel * np.cos(self.yaw) + heel * np.cos(yaw)
        y = self.y - heel * np.sin(self.yaw) + heel * np.sin(yaw)
        return Place(float(x), float(y), yaw)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of one foot.

    Attributes
    ----------
    lift_s, land_s
        The foot leaves the floor; it touches it again. A foot that slides keeps `clearance`, `peel`, `strike` 0.
    unload_s, load_s
        How long before `lift_s` weight leaves the foot, how long after `land_s` it takes weight.
    peel
        Heel-up angle (rad) when the toe leaves.
    strike
        Toe-up angle (rad) at contact; negative lands on the forefoot.
    clearance
        Greatest height (m) of the carried foot above the line between its ends.
    early
        Part of the body's way that is done by the push at foot-off; the rest follows at contact.
    """

    side: Side
    to: Place
    lift_s: float
    land_s: float
    unload_s: float
    load_s: float
    peel: float = 0.08
    strike: float = 0.05
    clearance: float = 0.02
    early: float = EVEN


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """A foot on the grid: pose of the sole's middle, ankle's place on the floor (n, 2), bearing (0 to 1)."""

    pose: Pose
    ankle: Array
    bearing: Array


def trail_of(start: Place, steps: Sequence[Step], build: Build, count: int) -> Trail:
    """Lay the steps of one foot on the grid."""
    heel = np.zeros((count, 5))  # x, y, z of the heel, yaw, pitch
    bearing, here, done = np.ones(count), start, 0
    for step in steps:
        first, last = slot(step.lift_s - step.unload_s, step.land_s + step.load_s, count)
        heel[done:first] = _flat(here, build)
        heel[first:last] = _stepping(here, step, build, grid_times(first, last))
        bearing[first:last] = _bearing(step, grid_times(first, last))
        here, done = step.to, last
    heel[done:] = _flat(here, build)
    return _trail(heel, bearing, build)


def _trail(heel: Array, bearing: Array, build: Build) -> Trail:
    yaw, pitch = heel[:, 3], heel[:, 4]
    ahead = np.stack([np.cos(pitch) * np.cos(yaw), np.cos(pitch) * np.sin(yaw), -np.sin(pitch)], axis=1)
    middle = heel[:, :3] + 0.5 * build.sole * ahead
    back = build.sole_ahead * np.stack([np.cos(yaw), np.sin(yaw)], axis=1)
    return Trail(Pose(middle, yaw, pitch, np.zeros(yaw.size)), middle[:, :2] - back, bearing)


def _flat(place: Place, build: Build) -> Array:
    back = build.sole / 2 - build.sole_ahead
    return np.array([place.x - back * np.cos(place.yaw), place.y - back * np.sin(place.yaw), 0.0, place.yaw, 0.0])


def _stepping(here: Place, step: Step, build: Build, time: Array) -> Array:
    peel = step.peel * BEAR((time - step.lift_s + step.unload_s) / step.unload_s)
    left = _on_toe(_flat(here, build), peel, build.sole)
    flatten = 1 - BEAR((time - step.land_s) / step.load_s)
    down = _landed(_flat(step.to, build), -step.strike * flatten, build.sole)
    carried = _carried(here, step, build, (time - step.lift_s) / (step.land_s - step.lift_s))
    phase = np.digitize(time, [step.lift_s, step.land_s])[:, None]
    return np.where(phase == 0, left, np.where(phase == 1, carried, down))


def _on_toe(flat: Array, pitch: Array, sole: float) -> Array:
    """The heel while the toe stays: forward and up."""
    shift = sole * (1 - np.cos(pitch))
    x, y = flat[0] + shift * np.cos(flat[3]), flat[1] + shift * np.sin(flat[3])
    return np.stack([x, y, sole * np.sin(pitch), np.full(pitch.size, flat[3]), pitch], axis=1)


def _landed(flat: Array, pitch: Array, sole: float) -> Array:
    """The heel after contact: it stays, or (forefoot first) sinks about the toe."""
    if (pitch > 0).any():
        return _on_toe(flat, pitch, sole)
    still = np.broadcast_to(flat, (pitch.size, 5)).copy()
    still[:, 4] = pitch
    return still


def _carried(here: Place, step: Step, build: Build, share: Array) -> Array:
    """Ends of the sole run between where they leave and land, so neither sinks; an early hill lifts both."""
    one = np.ones(1)
    begin = _on_toe(_flat(here, build), step.peel * one, build.sole)[0]
    end = _landed(_flat(step.to, build), -step.strike * one, build.sole)[0]
    s = np.clip(share, 0.0, 1.0)
    heel = begin + (end - begin) * CARRY(s)[:, None]
    rolled = ROLL(s)
    heel[:, 2] = begin[2] * (1 - rolled) + end[2] * rolled + step.clearance * 2.6 * s * (1 - s) ** 0.8 * (1 - 0.45 * s)
    heel[:, 4] = np.arcsin(np.sin(begin[4]) * (1 - rolled) + np.sin(end[4]) * rolled)
    return np.asarray(heel)


def _bearing(step: Step, time: Array) -> Array:
    leaving = 1 - BEAR((time - step.lift_s + step.unload_s) / step.unload_s)
    taking = BEAR((time - step.land_s) / step.load_s)
    return np.asarray(np.where(time < step.land_s, leaving, taking))
