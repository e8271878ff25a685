"""Landmarks from noise-free poses, by the definitions of docs/landmarks.md.

Everything is found on the body's grid of 4 ms and refined by linear interpolation. Times are session seconds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

from rig.virtual.beams import Section, trunk_section
from rig.virtual.motion import GRID_S, Array, Motion, Pose
from rig.virtual.spans import Span, instant, runs

MOVING_RAD_S = 0.10
MOVING_M_S = 0.05
REST_S = 0.5
MOVING_SHARE = 0.10
REST_SHARE = 0.25
SEAT_M = 0.005
STAND_SHARE = 0.95
STAND_LEAN_RAD = np.radians(15)
STAND_HELD_S = 0.10
FLOOR_M = 0.001
"""A toe or heel higher than this has left the floor."""
STEP_OUT_M = 0.010
PAUSE_S = 2.0
TURN_RAD = np.radians(45)
TURN_EDGE = 0.05
STAND_DROP = 0.05
TURNING_RAD_S = 0.15
SWING_S = 0.25
SAME_PLACE_M = 0.30


@dataclass(frozen=True, slots=True)
class Rise:
    """Seat-off, the full stand it led to (None: a failed attempt), and the seat contact after it.

    `top` is when the way up ends: at the full stand, or where a failed attempt is highest.
    """

    seat_off: float
    standing: float | None
    seat_on: float | None
    top: float


@dataclass(frozen=True, slots=True)
class Step:
    """One swing: the toe leaves the floor, the foot touches it again."""

    foot_off: float
    contact: float


@dataclass(frozen=True, slots=True)
class TurnFound:
    """A turn, with its signed angle in radians."""

    start: float
    end: float
    angle: float


class Landmarks:
    """Finds landmarks in one session's motion."""

    def __init__(self, motion: Motion) -> None:
        self.motion = motion
        self._trunk: dict[float, Section] = {}

    def trunk_at(self, height: float) -> Section:
        """The trunk's section at a height, made once."""
        if height not in self._trunk:
            self._trunk[height] = trunk_section(self.motion, height)
        return self._trunk[height]

    @cached_property
    def moving(self) -> NDArray[np.bool_]:
        """Whether trunk or pelvis move faster than rest."""
        return np.asarray((self.turning > MOVING_RAD_S) | (self.speed > MOVING_M_S))

    @cached_property
    def turning(self) -> Array:
        """Angular speed of the trunk."""
        return np.asarray(np.linalg.norm(self.motion.trunk.rate(), axis=1))

    @cached_property
    def speed(self) -> Array:
        """Speed of the pelvis."""
        return np.asarray(np.linalg.norm(np.gradient(self.motion.pelvis.position, GRID_S, axis=0), axis=1))

    def onset(self, foot_off: float, not_before: float) -> float:
        """Start of the movement that leads to a foot-off, without a rest of 0.5 s in it."""
        first, last = (int(t / GRID_S) for t in (not_before, foot_off))
        resting = [run for run in runs(~self.moving[first:last]) if (run[1] - run[0]) * GRID_S >= REST_S]
        return (first + (resting[-1][1] if resting else 0)) * GRID_S

    def first_movement(self, rise: Rise, not_before: float) -> float:
        """Start of the movement that leads to a rise, without a rest of a quarter of the time then left to its top.

        What counts as movement is a share of the highest speeds of the rise's own lean and way up.
        """
        first, off, top = (int(t / GRID_S) for t in (not_before, rise.seat_off, rise.top))
        deepest = off + int(np.argmax(self.motion.trunk.pitch[off : top + 1]))
        highest = np.maximum.accumulate(self.turning[first : deepest + 1][::-1])[::-1][: off - first]
        fastest = self.speed[off : top + 1].max()
        turns = self.turning[first:off] > MOVING_SHARE * highest
        moving = turns | (self.speed[first:off] > MOVING_SHARE * fastest)
        resting = [end for start, end in runs(~moving) if end - start >= REST_SHARE * (top - first - end)]
        return (first + (resting[-1] if resting else 0)) * GRID_S

    def rises(self, span: Span) -> list[Rise]:
        """Every seat-off in a span."""
        height = self.motion.pelvis.position[:, 2]
        level = self.motion.rest.seated_height + SEAT_M
        first, last = _indices(span)
        found = []
        for off, on in runs(height[first:last] > level):
            if off > 0:
                seat_on = instant(height, first + on, level) if first + on < last else None
                stand = self._stand(first + off, first + on)
                top = (first + off + int(np.argmax(height[first + off : first + on]))) * GRID_S
                seat_off = instant(height, first + off, level)
                found.append(Rise(seat_off, stand, seat_on, top if stand is None else stand))
        return found

    def _stand(self, first: int, last: int) -> float | None:
        rest = self.motion.rest
        level = rest.seated_height + STAND_SHARE * rest.excursion
        high = self.motion.pelvis.position[first:last, 2] >= level
        upright = np.abs(self.motion.trunk.pitch[first:last] - rest.upright_pitch) <= STAND_LEAN_RAD
        held = [start for start, end in runs(high & upright) if (end - start) * GRID_S >= STAND_HELD_S]
        return (first + held[0]) * GRID_S if held else None

    def seated(self, contact: float, until: float) -> float:
        """First instant after a contact from which the pelvis stays slow."""
        first, last = int(contact / GRID_S), int(until / GRID_S)
        fast = np.flatnonzero(self.speed[first:last] >= MOVING_M_S)
        return contact if fast.size == 0 else (first + int(fast[-1]) + 1) * GRID_S

    def leaves_stand(self, before: float) -> float:
        """Last instant before the given one at which the pelvis was lower than a stand by 5 % of the excursion."""
        rest = self.motion.rest
        last = int(before / GRID_S)
        low = self.motion.pelvis.position[:last, 2] < rest.standing_height - STAND_DROP * rest.excursion
        return (int(np.flatnonzero(~low)[-1]) + 1) * GRID_S

    @cached_property
    def all_steps(self) -> list[Step]:
        """Every swing of either foot, by time of contact."""
        swings = [step for foot in self._feet() for step in self._swings(foot)]
        return sorted(swings, key=lambda step: step.contact)

    def _feet(self) -> tuple[Pose, Pose]:
        return self.motion.foot_left, self.motion.foot_right

    def _swings(self, foot: Pose) -> Iterator[Step]:
        heel, toe = sole_ends(foot, self.motion.build.sole)
        lowest = np.minimum(heel[:, 2], toe[:, 2])
        for off, on in runs(lowest > FLOOR_M):
            if off > 0 and on < lowest.size:
                yield Step(instant(lowest, off, FLOOR_M), instant(lowest, on, FLOOR_M))

    def steps(self, span: Span) -> list[Step]:
        """Swings that begin and end in a span."""
        return [s for s in self.all_steps if span.start <= s.foot_off and s.contact < span.end]

    def step_out(self, span: Span) -> float | None:
        """First instant at which any end of a sole is 10 mm from where it was at the span's start."""
        first, last = _indices(span)
        away = [
            np.linalg.norm(end[first:last] - end[first], axis=1)
            for foot in self._feet()
            for end in sole_ends(foot, self.motion.build.sole)
        ]
        furthest = np.max(away, axis=0)
        beyond = np.flatnonzero(furthest >= STEP_OUT_M)
        return None if beyond.size == 0 else first * GRID_S + instant(furthest, int(beyond[0]), STEP_OUT_M)

    def turns(self, span: Span) -> list[TurnFound]:
        """Changes of the trunk's heading by 45 degrees or more in one direction.

        A swing of less than half of that, as in sitting down, belongs to the level around it: alone between two turns
        or beside one it would leave too short a stretch to tell a level.
        """
        first, last = _indices(span)
        heading = self.motion.trunk.yaw[first:last]
        joined = _join(_turning(heading), heading, self.motion.pelvis.position[first:last, :2])
        windows = [(a, b) for a, b in joined if abs(heading[b - 1] - heading[a]) >= TURN_RAD / 2]
        bounds = [0, *(i for window in windows for i in window), heading.size]
        levels = [float(np.median(heading[a:b])) for a, b in zip(bounds[::2], bounds[1::2], strict=True)]
        turns = zip(windows, levels, levels[1:], strict=False)
        return [_edges(heading, w, a, b, span.start) for w, a, b in turns if abs(b - a) >= TURN_RAD]


def _turning(heading: Array) -> list[tuple[int, int]]:
    """Index ranges in which the heading goes one way; the swing of single steps is smoothed away."""
    rate = gaussian_filter1d(np.gradient(heading, GRID_S), SWING_S / GRID_S, mode="nearest")
    return sorted(runs(rate > TURNING_RAD_S) + runs(rate < -TURNING_RAD_S))


def _join(windows: list[tuple[int, int]], heading: Array, path: Array) -> list[tuple[int, int]]:
    """Join windows of one direction between which the body stays in place: a hesitation does not split a turn."""
    joined: list[tuple[int, int]] = []
    for start, end in windows:
        if joined and _goes_on(joined[-1], (start, end), heading, path):
            start = joined.pop()[0]
        joined.append((start, end))
    return joined


def _goes_on(before: tuple[int, int], after: tuple[int, int], heading: Array, path: Array) -> bool:
    ways = [heading[end - 1] - heading[start] for start, end in (before, after)]
    return bool(ways[0] * ways[1] > 0 and np.linalg.norm(path[after[0]] - path[before[1]]) < SAME_PLACE_M)


def sole_ends(foot: Pose, sole: float) -> tuple[Array, Array]:
    """Heel and toe, (n, 3) each."""
    reach = 0.5 * sole * foot.rotation()[:, :, 0]
    return foot.position - reach, foot.position + reach


def _indices(span: Span) -> tuple[int, int]:
    return round(span.start / GRID_S), round(span.end / GRID_S)


def _edges(heading: Array, window: tuple[int, int], before: float, after: float, origin: float) -> TurnFound:
    """Where the heading has left the level before by 5 % of the angle, and has reached 95 % of it."""
    margin = int(0.5 / GRID_S)
    first = max(0, window[0] - margin)
    done = (heading[first : window[1] + margin] - before) / (after - before)
    middle = int(np.argmax(done >= 0.5))
    leaves = int(np.flatnonzero(done[: middle + 1] <= TURN_EDGE)[-1]) + 1
    arrives = middle + int(np.argmax(done[middle:] >= 1 - TURN_EDGE))
    return TurnFound(
        origin + first * GRID_S + instant(done, leaves, TURN_EDGE),
        origin + first * GRID_S + instant(done, arrives, 1 - TURN_EDGE),
        after - before,
    )
