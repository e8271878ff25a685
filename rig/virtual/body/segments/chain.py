"""Rising and sitting as a chain of shank, thigh and trunk over feet that stand still, driven by joint angles."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from rig.virtual.body.segments.manner import Manner
from rig.virtual.body.segments.shapes import Beta, Course, Settle
from rig.virtual.motion import GRID_S, Array, Build, grid_times
from rig.virtual.participant import Participant

GRAVITY = 9.80665
HIP_ABOVE_SEAT_M = 0.09
SHANK_STAND, SHANK_SEAT = np.radians(3.0), np.radians(5.0)
SHANK_FORWARD = np.radians(13.0)
THIGH_STAND = np.radians(85.0)
"""Elevation of the thigh above the horizontal; short of 90 degrees, since knees are not locked."""
MOVE_TO_STAND, LEAVE_TO_TOUCH = 0.86, 0.84
"""Parts of a whole rise from first movement to full stand, of a whole descent from leaving the stand to contact."""
LEAST_BOW_DEG = 8.0
"""Nobody gets onto a seat without leaning beyond the own stoop: the body's centre must stay over the feet."""
SURE_SHARE, SURE_LEAN = 0.962, np.radians(13.5)
"""The person feels to stand a moment after the landmark."""


@dataclass(frozen=True, slots=True)
class Touch:
    """Seat contact: when, and how fast (m/s) the hips still sink."""

    at: float
    speed: float


@dataclass(frozen=True, slots=True)
class Descent:
    """The thigh's way down: a controlled phase, then a drop under part of gravity from the share `given_up`.

    The controlled phase alone would take the whole time; the drop ends the movement at `share` 1 of its own,
    shorter time. `cut` is where control ends (share of the controlled time), `speed` and `pull` are in shares of
    the way per controlled time (squared).
    """

    beta: Beta
    cut: float
    speed: float
    pull: float
    length: float

    def __call__(self, share: Array) -> Array:
        """Share of the way that is done."""
        s = np.clip(share, 0.0, 1.0) * self.length
        rest = np.maximum(s - self.cut, 0.0)
        held = self.beta(np.minimum(s, self.cut))
        return np.asarray(held + self.speed * rest + 0.5 * self.pull * rest**2)

    @property
    def last_speed(self) -> float:
        """Speed at the end, shares of the way per controlled time."""
        return self.speed + self.pull * (self.length - self.cut)


def descent(beta: Beta, control: float, pull: float) -> Descent:
    """A descent whose control is given up when the share `control` of the way is done."""
    grid = np.linspace(0, 1, 2001)
    way = beta(grid)
    index = int(np.argmax(way >= control))
    cut, done = float(grid[index]), float(way[index])
    speed = float((way[index + 1] - way[index - 1]) / (grid[index + 1] - grid[index - 1]))
    left = 1 - done
    fall = (-speed + np.sqrt(speed**2 + 2 * pull * left)) / pull
    return Descent(beta, cut, speed, pull, cut + float(fall))


@dataclass(slots=True)
class Joints:
    """Shank leaning forward, thigh above the horizontal, trunk leaning forward (rad); twist of the trunk."""

    shank: Course
    thigh: Course
    trunk: Course
    twist: Course


def standing_joints(person: Participant) -> Joints:
    """Upright, as this person is."""
    upright = float(np.radians(person.stoop_deg))
    return Joints(Course(SHANK_STAND), Course(THIGH_STAND), Course(upright), Course(0.0))


def standing_height(build: Build) -> float:
    """Hips above the floor in the stand."""
    return float(build.ankle + build.shank * np.cos(SHANK_STAND) + build.thigh * np.sin(THIGH_STAND))


def seated_height(build: Build) -> float:
    """Hips above the floor on the seat."""
    return build.seat_height + HIP_ABOVE_SEAT_M


def thigh_seated(build: Build) -> float:
    """Elevation of the thigh on the seat."""
    rise = seated_height(build) - build.ankle - build.shank * np.cos(SHANK_SEAT)
    return float(np.arcsin(rise / build.thigh))


def hips(shank: Array, thigh: Array, build: Build) -> tuple[Array, Array]:
    """Hips ahead of the feet's middle (0 in the stand) and above the floor."""
    stand = build.shank * np.sin(SHANK_STAND) - build.thigh * np.cos(THIGH_STAND)
    ahead = build.shank * np.sin(shank) - build.thigh * np.cos(thigh) - stand
    return ahead, build.ankle + build.shank * np.cos(shank) + build.thigh * np.sin(thigh)


def rise(
    joints: Joints, person: Participant, manner: Manner, start: float, length: float, lean_deg: float, rng: Generator
) -> float:
    """Flex the hips for momentum, leave the seat, extend knees and hips, settle upright.

    Returns
    -------
    float
        When the person feels to be standing.
    """
    off, ends = start + manner.overlap * length, start + 0.97 * length
    joints.trunk.to(np.radians(lean_deg), start, (manner.overlap + 0.12) * length, Beta(*manner.flexion))
    turn = start + (manner.overlap + 0.10) * length
    joints.trunk.to(np.radians(person.stoop_deg), turn, start + 1.45 * length - turn, Settle())
    joints.shank.to(SHANK_FORWARD, off, 0.30 * length, Beta(2.5, 2.5))
    joints.shank.to(SHANK_STAND, off + 0.25 * length, ends - off - 0.25 * length, Beta(2.4, 2.4))
    _extend(joints.thigh, manner, off, ends, rng)
    time = grid_times(int(start / GRID_S), int((start + 1.6 * length) / GRID_S))
    return _sure(joints, time)


def _extend(thigh: Course, manner: Manner, off: float, ends: float, rng: Generator) -> None:
    """One push, or for a slow rise a second one that takes over before the first is spent."""
    shape, whole = Beta(*manner.extension), ends - off
    if whole < 1.6:
        thigh.to(THIGH_STAND, off, whole, shape)
        return
    part, there = float(rng.uniform(0.35, 0.65)), thigh.value
    thigh.to(there + part * (THIGH_STAND - there), off, 0.66 * whole, shape)
    thigh.to(THIGH_STAND, off + 0.34 * whole, 0.66 * whole, shape)


def _sure(joints: Joints, time: Array) -> float:
    low, high = joints.thigh.changes[-1], np.sin(THIGH_STAND)
    seat = np.sin(joints.thigh.value - sum(c.amount for c in joints.thigh.changes if c.end >= low.start))
    share = (np.sin(joints.thigh.at(time)) - seat) / (high - seat)
    upright = joints.trunk.at(time) <= joints.trunk.value + SURE_LEAN
    return float(time[np.argmax((share >= SURE_SHARE) & upright)])


def rock(trunk: Course, start: float, swings: int, period_s: float) -> float:
    """Swing forward and back to gather momentum; when it is over."""
    for number in range(swings):
        trunk.bump(np.radians(11), start + number * period_s, period_s)
    return start + swings * period_s


def attempt(
    joints: Joints, person: Participant, manner: Manner, build: Build, start: float, height: float
) -> tuple[Touch | None, float]:
    """Flex, push as far as `height` (share of the excursion), fall back; the touch and when all is over."""
    flexion = 0.45 * person.rise_time_s
    back = float(np.radians(-person.recline_deg))
    joints.trunk.to(np.radians(0.8 * person.flexion_deg), start, flexion, Beta(*manner.flexion))
    top = start + 1.25 * flexion + 0.25
    joints.trunk.to(back, top, 1.5, Settle(7.0))
    if height <= 0:
        return None, top + 1.5
    seat = thigh_seated(build)
    reached = np.arcsin(np.sin(seat) + height * (np.sin(THIGH_STAND) - np.sin(seat)))
    joints.thigh.to(float(reached), start + 0.75 * flexion, top - start - 0.75 * flexion, Beta(2.5, 2.2))
    touch = lower(joints.thigh, manner, build, top, 0.35 + 0.6 * height, 0.7)
    return touch, max(touch.at, top) + 1.5


def sit(
    joints: Joints, person: Participant, manner: Manner, build: Build, start: float, length: float, *, fully: bool
) -> Touch:
    """Reach for the seat with the trunk, lower the hips, give up control, meet the seat; `fully` leans back."""
    bow = max(manner.bow * person.flexion_deg, person.stoop_deg + LEAST_BOW_DEG)
    joints.trunk.to(np.radians(bow), start, 0.75 * length, Beta(2.3, 2.8))
    joints.shank.bump(SHANK_FORWARD - SHANK_STAND, start + 0.05 * length, 0.85 * length, 0.6)
    joints.shank.to(SHANK_SEAT, start + 0.1 * length, 0.8 * length, Beta(2.4, 2.4))
    touch = lower(joints.thigh, manner, build, start + 0.06 * length, 0.94 * length, person.landing)
    if fully:
        joints.twist.bump(manner.reach_rad, start, 1.15 * length, 0.6)
        joints.trunk.to(np.radians(-person.recline_deg), touch.at - 0.05, 2.0, Settle(7.0))
    else:
        joints.trunk.to(
            np.radians(0.15 * person.flexion_deg), touch.at - 0.15 * length, 0.6 + 0.2 * length, Settle(7.0)
        )
    return touch


def lower(thigh: Course, manner: Manner, build: Build, start: float, length: float, control: float) -> Touch:
    """Thigh down to the seat within about `length`."""
    way = thigh.value - thigh_seated(build)
    pull = manner.drop_g * GRAVITY / build.thigh / way * length**2
    shape = descent(Beta(2.3, 2.6), control, pull)
    thigh.to(thigh_seated(build), start, shape.length * length, shape)
    speed = shape.last_speed / length * way * build.thigh * np.cos(thigh_seated(build))
    return Touch(start + shape.length * length, float(speed))
