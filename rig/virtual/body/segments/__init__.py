"""The second movement family: linked segments driven by joint angles, and a compass walk of uneven steps.

Nothing here is shared with the first family but the participant and the poses it yields.
"""

from itertools import groupby

import numpy as np
from numpy.random import Generator

from rig.model.marks import Test
from rig.virtual.body import Leg, Stand, Turn, Walk
from rig.virtual.body.segments import chain, gait
from rig.virtual.body.segments.chain import Touch
from rig.virtual.body.segments.feet import SIDES, Place, Side, Step
from rig.virtual.body.segments.manner import manner_of
from rig.virtual.body.segments.perform import perform
from rig.virtual.body.segments.shapes import Beta, Course
from rig.virtual.body.segments.sketch import Blow, Fall, Heading, Sketch
from rig.virtual.motion import Build, Motion
from rig.virtual.participant import Participant

SETTLE_S = 0.5
EASE = Beta(2.2, 2.2)
STANCES = {
    Test.SIDE_BY_SIDE: (0.0, 0.085, 1.2),
    Test.SEMI_TANDEM: (0.55, 0.10, 1.5),
    Test.TANDEM: (1.0, 0.02, 2.0),
}
"""How far the left foot stands ahead (in soles) and beside (m) the right one, and how much more the body sways."""
STEP_OUT_M = 0.010


class SegmentsBody:
    """A body that sketches what it is told and performs it at the end."""

    def __init__(self, person: Participant, x: float, rng: Generator) -> None:
        self.now = 0.0
        self.person = person
        self.build = Build(person.height_m, person.trunk_depth_m, person.trunk_width_m, person.seat_height_m)
        self.rng = rng
        self.manner = manner_of(person, rng)
        self.here = Place(x, 0.0, 0.0)
        self.feet: dict[Side, Place] = {side: self.here.beside(side, person.step_width_m) for side in SIDES}
        self.sketch = Sketch(dict(self.feet), chain.standing_joints(person), Course(1.0), Course(0.0))
        self._rested = True
        self._latest: list[tuple[float, float]] = []

    def wait(self, seconds: float) -> None:
        """Stay as it is."""
        self._rested = self._rested or seconds > 1.0
        self.now += seconds

    def take_stance(self, stance: Test | None) -> None:
        """Step into a stance; None is the usual stand."""
        ahead, width, sway = STANCES[stance] if stance else (0.0, self.person.step_width_m, 1.0)
        half = 0.5 * ahead * self.build.sole
        self._put("right", self.here.beside("right", width, -half), 0.6)
        self._put("left", self.here.beside("left", width, half), 0.6)
        self.sketch.sway.to(sway, self.now, 1.0, EASE)
        self.now += SETTLE_S

    def _put(self, side: Side, to: Place, swing_s: float) -> None:
        lift = self.now + 0.45
        self._add(Step(side, to, lift, lift + swing_s, 0.45, 0.25, 0.06, 0.03, 0.02))
        self.now = lift + swing_s + 0.3

    def _add(self, step: Step) -> None:
        self.feet[step.side] = step.to
        self.sketch.steps.append(step)

    def lose_balance(self, at: float) -> None:
        """Topple, step out at the given time as this person does, come to rest."""
        side: Side = "left" if self.rng.random() < 0.5 else "right"
        size, up_s = float(self.rng.uniform(0.03, 0.06)), float(self.rng.uniform(0.18, 0.40))
        outward = 1.0 if side == "left" else -1.0
        self.now = max(self.now, at - 0.05)
        here = self.feet[side]
        kind = self.manner.step_out
        if kind == "pivot":
            turned = here.pivoted(outward * float(self.rng.uniform(0.35, 0.6)), self.build)
            self._flee(Step(side, turned, 0.0, 0.3, 0.1, 0.15, 0.04, 0.05, 0.004), at)
            self._fall(at, 0.2 * size, 0.7 * outward * size, 0.08 * outward, up_s)
        elif kind == "lateral":
            self._flee(Step(side, here.beside("left", 2 * outward * 0.16), 0.0, 0.22, 0.12, 0.2, 0.05, -0.03, 0.02), at)
            self._fall(at, 0.0, outward * size, 0.0, up_s)
        else:
            self._shuffle(side, -0.07 if kind == "backward" else 0.22, at)
            self._fall(at, -size if kind == "backward" else size, 0.2 * outward * size, 0.0, up_s)
        self.sketch.sway.to(1.0, at, 1.5, EASE)
        self.now = max(self.now, at) + 0.8

    def _shuffle(self, side: Side, way: float, at: float) -> None:
        """The foot goes ahead or back; the other follows."""
        quick = 0.20 if way < 0 else 0.30
        low = 0.006 if way < 0 else 0.025
        self._flee(Step(side, self.feet[side].beside("left", 0.0, way), 0.0, quick, 0.1, 0.2, 0.04, -0.03, low), at)
        other: Side = "right" if side == "left" else "left"
        lift = self.now + 0.35
        self._add(Step(other, self.feet[other].beside("left", 0.0, way), lift, lift + 0.3, 0.2, 0.2, 0.04, 0.03, low))
        self.now = lift + 0.5

    def _flee(self, step: Step, at: float) -> None:
        """Place a step in time so that the sole has moved by a centimetre at the given instant."""
        early = step.unload_s * 0.75  # the heel peels off before the toe
        lift = at + step.unload_s - early
        swing = step.land_s - step.lift_s
        placed = Step(
            step.side, step.to, lift, lift + swing, step.unload_s, step.load_s, step.peel, step.strike, step.clearance
        )
        self._add(placed)
        self.sketch.blows.append(Blow(placed.land_s, float(self.rng.uniform(0.2, 0.7)), step.side))
        self.now = placed.land_s + step.load_s

    def _fall(self, at: float, ahead: float, aside: float, twist: float, up_s: float) -> None:
        self.sketch.falls.append(Fall(at + 0.12, ahead, aside, twist, up_s, 0.8 * up_s))

    def rise(self, *, by_arms: bool = False) -> float:
        """Stand up from the seat; returns about when the full stand is reached, and `now` is then."""
        person, manner = self.person, self.manner
        start = self.now
        if self._rested and manner.rocks:
            start = chain.rock(self.sketch.joints.trunk, self.now, manner.rocks, 0.7 + 0.1 * person.rise_time_s)
        length = person.rise_time_s / chain.MOVE_TO_STAND * (1.2 if by_arms else 1.0)
        length *= float(np.exp(self.rng.normal(0, 0.05)))
        lean = (0.75 if by_arms else 1.0) * person.flexion_deg + float(self.rng.normal(0, 2.0))
        self._strain(start + manner.overlap * length, 0.6 * length)
        self.now = chain.rise(self.sketch.joints, person, manner, start, length, lean, self.rng)
        self._rested = False
        return self.now

    def _strain(self, start: float, length: float) -> None:
        self.sketch.effort.bump(1.0, start, length)

    def sit(self, *, overlap_s: float = 0.0, fully: bool = True) -> float:
        """Sit down, from `overlap_s` before now; returns about when the seat is touched.

        `fully` leans back and comes to rest; otherwise `now` is just after the touch.
        """
        length = self.person.sit_time_s / chain.LEAVE_TO_TOUCH * float(np.exp(self.rng.normal(0, 0.05)))
        start = self.now - overlap_s
        touch = chain.sit(self.sketch.joints, self.person, self.manner, self.build, start, length, fully=fully)
        self._touch(touch)
        self.now = touch.at + (1.6 if fully else 0.15)
        return touch.at

    def _touch(self, touch: Touch) -> None:
        self.sketch.touches.append(touch)
        self.sketch.blows.append(Blow(touch.at, 1.2 * touch.speed, "left"))

    def fail_to_rise(self, height: float) -> None:
        """Try to rise, reach `height` (part of the excursion), fall back."""
        touch, over = chain.attempt(self.sketch.joints, self.person, self.manner, self.build, self.now, height)
        if touch:
            self._strain(self.now, touch.at - self.now)
            self._touch(touch)
        self.now = over + 0.3 + 0.3 * self.person.rise_time_s
        self._rested = True

    def go(self, route: tuple[Leg, ...], *, with_aid: bool = True) -> None:
        """Walk a route without stopping between its legs, except where it says to stand."""
        self._latest = []
        began = self.now
        style = gait.style_of(self.person, self.manner, with_aid=with_aid)
        for standing, legs in groupby(route, lambda leg: isinstance(leg, Stand)):
            if standing:
                self.now += sum(leg.seconds for leg in legs if isinstance(leg, Stand))
            else:
                self._walk(self._aims([leg for leg in legs if not isinstance(leg, Stand)], style), style)
        if with_aid and self.person.aid != "none":
            self.sketch.aid_in_use.append((began - 1.0, self.now + 1.0))

    def _aims(self, legs: list[Walk | Turn], style: gait.Style) -> list[gait.Aim]:
        aims: list[gait.Aim] = []
        for leg in legs:
            if isinstance(leg, Walk):
                aims += gait.walk_aims(self.here, leg, style, self.rng)
            else:
                aims += gait.turn_aims(self.here, leg, self.person, self.rng)
            self.here = aims[-1].middle
        return aims if isinstance(legs[-1], Turn) else [*aims, gait.closing(aims[-1], style)]

    def _walk(self, aims: list[gait.Aim], style: gait.Style) -> None:
        first: Side = "left" if self.rng.random() < 0.5 else "right"
        prepare_s = 0.45 + 0.3 * max(0.0, 1 - style.pace)
        steps = list(gait.steps_of(aims, first, self.now, prepare_s, style, self.rng))
        for aim, step in zip(aims, steps, strict=True):
            self._head(step, aim)
            self._add(step)
            strength = style.pace * (0.4 if aim.turns else 1.0)
            self.sketch.blows.append(Blow(step.land_s, strength, step.side))
            self._latest.append((step.land_s, aim.middle.x))
            if aim.delay_s > 0 and style.frame_s > 0 and not aim.turns:
                middle = step.lift_s - step.unload_s
                self.sketch.frame_moves.append((middle - aim.delay_s, middle))
        self.now = steps[-1].land_s + SETTLE_S

    def _head(self, step: Step, aim: gait.Aim) -> None:
        """The trunk turns by half of what the foot turns, while the foot is in the air."""
        part = 0.5 * (step.to.yaw - self.feet[step.side].yaw)
        if part:
            swing = step.land_s - step.lift_s
            lead = self.manner.lead_s if aim.turns else 0.0
            at = step.lift_s + 0.5 * swing - lead
            self.sketch.headings.append(Heading(at, max(0.05, 0.17 * swing), part))

    def passed(self, x: float) -> float:
        """About when the body last passed the place x in the latest route."""
        pairs = list(zip(self._latest, self._latest[1:], strict=False))
        through = [late[0] for early, late in pairs if (early[1] - x) * (late[1] - x) <= 0 and early[1] != late[1]]
        return through[-1] if through else self.now

    def motion(self) -> Motion:
        """All that was done, from session second 0 to now."""
        return perform(self.sketch, self.person, self.manner, self.build, self.now, self.rng)
