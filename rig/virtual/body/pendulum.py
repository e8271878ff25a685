"""The first movement family: minimum-jerk joints, and a pendulum that follows the feet."""

from itertools import groupby

import numpy as np
from numpy.random import Generator

from rig.model.marks import Test
from rig.virtual.body import Leg, Stand, Turn, Walk, chair, gait
from rig.virtual.body.curves import Landing, Ring, Shock, Track
from rig.virtual.body.feet import Footfall, Placement, Side
from rig.virtual.body.posture import Score, perform
from rig.virtual.motion import Build, Motion
from rig.virtual.participant import Participant

SETTLE_S = 0.35
STEP_OUT_SWING_S = 0.24
RING_RAD = (0.012, 0.008, 0.006)
"""Wobble of a worn sensor about the pitch, roll and yaw axes after a contact at 1.2 m/s."""
STANCE_FEET = {
    Test.SIDE_BY_SIDE: (0.0, 0.10, 1.3),
    Test.SEMI_TANDEM: (0.5, 0.09, 1.6),
    Test.TANDEM: (1.02, 0.012, 2.2),
}
"""How far the right foot stands ahead (in soles) and beside (m) the left one, and how much more the body sways."""


class PendulumBody:
    """A body that keeps a score of what it is told and performs it all at the end."""

    def __init__(self, person: Participant, x: float, rng: Generator) -> None:
        self.now = 0.0
        self.person = person
        self.build = Build(person.height_m, person.trunk_depth_m, person.trunk_width_m, person.seat_height_m)
        self.rng = rng
        self.here = Placement(x, 0.0, 0.0)
        self._latest: list[tuple[float, float]] = []
        sides: tuple[Side, Side] = ("left", "right")
        feet = {side: gait.beside(self.here, side, person.step_width_m) for side in sides}
        self.score = Score(feet, self._standing())

    def _standing(self) -> chair.ChairTracks:
        upright = float(np.radians(self.person.stoop_deg))
        return chair.ChairTracks(Track(chair.SHANK_STANDING), Track(1.0), Track(upright))

    def wait(self, seconds: float) -> None:
        """Stay as it is."""
        self.now += seconds

    def take_stance(self, stance: Test | None) -> None:
        """Step into a stance; None is the usual stand."""
        ahead, width, sway = STANCE_FEET[stance] if stance else (0.0, self.person.step_width_m, 1.0)
        path = Placement(self.here.x + ahead * self.build.sole, self.here.y, self.here.yaw)
        self._place("left", gait.beside(self.here, "left", width))
        self._place("right", gait.beside(path, "right", width))
        self.score.shakes.sway.to(sway, self.now - 0.5, self.now + 0.5)
        self.now += SETTLE_S

    def _place(self, side: Side, to: Placement, swing_s: float = 0.55, unload_s: float = 0.5) -> None:
        off = self.now + unload_s
        self.score.falls.append(Footfall(side, to, off, off + swing_s, unload_s, 0.2, 0.08, 0.04, 0.025))
        self.now = off + swing_s + 0.25

    def lose_balance(self, at: float) -> None:
        """Sway more and more and step out at the given time."""
        calm = self.score.shakes.sway.value
        start = max(self.now, at - 1.5)
        self.score.shakes.sway.to(1.8 * calm, start, at)
        self.score.shakes.sway.to(1.0, at, at + 1.2)
        self.now = at - 0.11
        self._place("right", gait.beside(self.here, "right", 0.30), STEP_OUT_SWING_S, 0.2)
        self._place("left", gait.beside(self.here, "left", 0.16), 0.4, 0.3)

    def rise(self, *, by_arms: bool = False) -> float:
        """Stand up from the seat; returns about when the full stand is reached."""
        effort = 1.15 if by_arms else 1.0
        rise_s = self.person.rise_time_s * effort * float(np.exp(self.rng.normal(0, 0.04)))
        length = rise_s / chair.ONSET_TO_STAND
        self._effort(self.now + 0.3 * length, self.now + length)
        self.now = chair.rise(self.score.joints, self.person, self.now, length, self.rng)
        return self.now

    def _effort(self, start: float, end: float) -> None:
        middle = (start + end) / 2
        self.score.shakes.tremor.to(1.0, start, middle)
        self.score.shakes.tremor.to(0.0, middle, end + 0.2)

    def sit(self, *, overlap_s: float = 0.0, fully: bool = True) -> float:
        """Sit down, from `overlap_s` before now; returns about when the seat is touched."""
        length = self.person.sit_time_s / chair.STAND_TO_CONTACT * float(np.exp(self.rng.normal(0, 0.04)))
        start = self.now - overlap_s
        landing = chair.sit(self.score.joints, self.person, self.build, start, length, fully=fully)
        self._land(landing)
        self.now = landing.at + (1.0 if fully else 0.12)
        return landing.at

    def _land(self, landing: Landing) -> None:
        self.score.shakes.landings.append(landing)
        self.score.shakes.jolts.append(Shock(landing.at + 0.03, 0.06 * landing.speed, 0.02))

    def fail_to_rise(self, height: float) -> None:
        """Try to rise, reach `height` (part of the excursion), fall back."""
        landing, over = chair.attempt(self.score.joints, self.person, self.build, self.now, height)
        if landing:
            self._effort(self.now, landing.at)
            self._land(landing)
        self.now = over + 0.4 + 0.3 * self.person.rise_time_s

    def go(self, route: tuple[Leg, ...], *, with_aid: bool = True) -> None:
        """Walk a route without stopping between its legs, except where it says to stand."""
        self._latest = []
        began = self.now
        style = gait.style_of(self.person, with_aid=with_aid)
        for standing, legs in groupby(route, lambda leg: isinstance(leg, Stand)):
            for leg in legs if standing else ():
                self.now += leg.seconds if isinstance(leg, Stand) else 0.0
            if not standing:
                self._step(self._targets([leg for leg in legs if not isinstance(leg, Stand)], style), style)
        if with_aid and self.person.aid != "none":
            self.score.aid_in_use.append((began - 1.0, self.now + 1.0))

    def _targets(self, legs: list[Walk | Turn], style: gait.Style) -> list[gait.Target]:
        targets: list[gait.Target] = []
        for leg in legs:
            if isinstance(leg, Walk):
                targets += gait.walk_targets(self.here, leg, style, self.rng)
            else:
                targets += gait.turn_targets(self.here, leg, self.person)
            self.here = targets[-1].path
        return targets if isinstance(legs[-1], Turn) else [*targets, gait.closing(targets[-1], style)]

    def _step(self, targets: list[gait.Target], style: gait.Style) -> None:
        first: Side = "left" if self.rng.random() < 0.5 else "right"
        apa_s = 0.35 + 0.25 * (1 - min(1.0, style.vigour))
        falls = list(gait.footfalls(targets, first, self.now, style, self.rng, apa_s))
        self.score.falls += falls
        self.score.frame_moves += [
            (fall.off_s - fall.unload_s - target.delay_s, fall.off_s - fall.unload_s)
            for fall, target in zip(falls, targets, strict=True)
            if target.delay_s > 0 and style.frame_s > 0
        ]
        self._latest += [(fall.on_s, target.path.x) for fall, target in zip(falls, targets, strict=True)]
        self._strike(falls, style)
        self.now = falls[-1].on_s + SETTLE_S

    def _strike(self, falls: list[Footfall], style: gait.Style) -> None:
        """Every contact shakes the body, harder at speed."""
        for fall in falls:
            hard = style.vigour * float(np.exp(self.rng.normal(0, 0.25)))
            self.score.shakes.contacts.append((Shock(fall.on_s + 0.028, 0.6e-3 * hard), fall.side))
            pitch, roll, yaw = hard * np.array(RING_RAD) * self.rng.normal(1.0, 0.3, 3)
            rings = Ring(fall.on_s, pitch, 6.5), Ring(fall.on_s, roll, 8.0), Ring(fall.on_s, yaw, 7.2)
            self.score.shakes.rings.append(rings)

    def passed(self, x: float) -> float:
        """About when the body last passed the place x in the latest route."""
        times, places = np.array(self._latest).T
        beyond = np.flatnonzero(np.diff(np.sign(places - x)))
        return float(times[beyond[-1] + 1]) if beyond.size else self.now

    def motion(self) -> Motion:
        """All that was done, from session second 0 to now."""
        return perform(self.score, self.person, self.build, self.now, self.rng)
