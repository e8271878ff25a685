"""What people do at a chair besides rising and sitting: lean, rock, bow, push up in part, stop there, push on.

The bodies' public movements do not hold these, so each family's joints are moved here, one small class a family.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.random import Generator

from rig.virtual.body import Body, Walk, chair
from rig.virtual.body.pendulum import PendulumBody
from rig.virtual.body.segments import SegmentsBody, chain
from rig.virtual.body.segments.shapes import Beta, Settle
from rig.virtual.participant import Participant

FLEXION_SHARE = 0.85
"""Part of the usual lean that goes before a push that stops half way."""
EVEN = Beta(2.5, 2.5)


class Mover(Protocol):
    """A body and what it does besides; every method moves the body's `now` to the end of the movement."""

    @property
    def body(self) -> Body:
        """Who moves."""

    def tilt(self, lean: float, seconds: float) -> None:
        """Bring the trunk to a lean (rad) and change nothing else."""

    def push_up(self, height: float) -> None:
        """Lean, leave the seat, stop at `height` (part of the excursion)."""

    def push_on(self, height: float) -> None:
        """From `height` up to the full stand."""

    def walk_on(self, metres: float) -> None:
        """Walk straight ahead."""


def _flexion_s(who: Participant) -> float:
    return 0.4 * who.rise_time_s


def _push_s(who: Participant, height: float) -> float:
    return 0.3 + 0.45 * who.rise_time_s * height


def _push_on_s(who: Participant, height: float) -> float:
    return 0.4 + 0.6 * who.rise_time_s * (1 - height)


@dataclass(frozen=True, slots=True)
class PendulumMover:
    """Moves the tracks of the first family."""

    body: PendulumBody

    def tilt(self, lean: float, seconds: float) -> None:
        """Bring the trunk to a lean (rad) and change nothing else."""
        body = self.body
        body.score.joints.trunk.to(lean, body.now, body.now + seconds)
        body.now += seconds

    def push_up(self, height: float) -> None:
        """Lean, leave the seat, stop at `height` (part of the excursion)."""
        body, who, joints = self.body, self.body.person, self.body.score.joints
        lean_s, up_s = _flexion_s(who), _push_s(who, height)
        off = body.now + 0.7 * lean_s
        joints.trunk.to(np.radians(FLEXION_SHARE * who.flexion_deg), body.now, body.now + lean_s)
        joints.shank.to(chair.SHANK_MOST, off - 0.1 * lean_s, off + 0.8 * up_s)
        joints.height.to(height, off, off + up_s)
        self._strain(off - 0.2 * lean_s, off + up_s)
        body.now = off + up_s

    def push_on(self, height: float) -> None:
        """From `height` up to the full stand."""
        body, joints, up_s = self.body, self.body.score.joints, _push_on_s(self.body.person, height)
        end = body.now + up_s
        joints.trunk.to(np.radians(body.person.stoop_deg), body.now, end + 0.1 * up_s)
        joints.shank.to(chair.SHANK_STANDING, body.now, end)
        joints.height.to(1.0, body.now, end)
        self._strain(body.now, end)
        body.now = end + 0.05 * up_s

    def _strain(self, start: float, end: float) -> None:
        tremor, middle = self.body.score.shakes.tremor, (start + end) / 2
        tremor.to(1.0, start, middle)
        tremor.to(0.0, middle, end + 0.2)

    def walk_on(self, metres: float) -> None:
        """Walk straight ahead."""
        self.body.go((_ahead(self.body.here.x, self.body.here.yaw, metres),))


@dataclass(frozen=True, slots=True)
class SegmentsMover:
    """Moves the courses of the second family."""

    body: SegmentsBody

    def tilt(self, lean: float, seconds: float) -> None:
        """Bring the trunk to a lean (rad) and change nothing else."""
        self.body.sketch.joints.trunk.to(lean, self.body.now, seconds, Beta(2.4, 2.6))
        self.body.now += seconds

    def push_up(self, height: float) -> None:
        """Lean, leave the seat, stop at `height` (part of the excursion)."""
        body, who, joints = self.body, self.body.person, self.body.sketch.joints
        lean_s, up_s = _flexion_s(who), _push_s(who, height)
        off = body.now + 0.7 * lean_s
        low, high = np.sin([chain.thigh_seated(body.build), chain.THIGH_STAND])
        joints.trunk.to(np.radians(FLEXION_SHARE * who.flexion_deg), body.now, lean_s, EVEN)
        joints.shank.to(chain.SHANK_FORWARD, off, 0.8 * up_s, EVEN)
        joints.thigh.to(float(np.arcsin(low + height * (high - low))), off, up_s, Beta(2.5, 2.3))
        body.sketch.effort.bump(1.0, body.now, lean_s + up_s)
        body.now = off + up_s

    def push_on(self, height: float) -> None:
        """From `height` up to the full stand."""
        body, joints, up_s = self.body, self.body.sketch.joints, _push_on_s(self.body.person, height)
        joints.trunk.to(np.radians(body.person.stoop_deg), body.now, 1.3 * up_s, Settle())
        joints.shank.to(chain.SHANK_STAND, body.now, up_s, EVEN)
        joints.thigh.to(chain.THIGH_STAND, body.now, up_s, EVEN)
        body.sketch.effort.bump(1.0, body.now, up_s)
        body.now += 1.05 * up_s

    def walk_on(self, metres: float) -> None:
        """Walk straight ahead."""
        self.body.go((_ahead(self.body.here.x, self.body.here.yaw, metres),))


def _ahead(x: float, yaw: float, metres: float) -> Walk:
    return Walk(x + metres * float(np.cos(yaw)))


def _pendulum(who: Participant, rng: Generator) -> Mover:
    return PendulumMover(PendulumBody(who, 0.0, rng))


def _segments(who: Participant, rng: Generator) -> Mover:
    return SegmentsMover(SegmentsBody(who, 0.0, rng))


MOVERS: dict[str, Callable[[Participant, Generator], Mover]] = {"pendulum": _pendulum, "segments": _segments}
"""By the families of the virtual lab."""
