"""A virtual participant who does what is asked at the moment, as a live assessment needs one."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.random import Generator

from rig.model.marks import STANCES, Test
from rig.model.setup import Course, Role
from rig.virtual.assessor import CHAIR_X, start_place
from rig.virtual.body import Body, Stand, Turn, Walk
from rig.virtual.gate_timer import Edge
from rig.virtual.imu import Chip, feel, felt_source
from rig.virtual.lab import FAMILIES, beam_edges, build_of
from rig.virtual.motion import GRID_S, Array, Motion
from rig.virtual.participant import Participant
from rig.virtual.randomness import stream
from rig.virtual.reel import Reel

LENGTHS_M = {Test.WALK_4M: 4.0, Test.WALK_6M: 6.0}
SEATED = frozenset({Test.CHAIR_SINGLE, Test.CHAIR, Test.TUG})
RISES = 5
HELD_S = 10.0
NEAR_CHAIR_M = 0.34
"""Where the turn to sit begins."""
TAKE_S = 200.0
"""Takes are multiples of this."""
IDLE_S = 40.0
"""How far idling is planned ahead."""
MARGIN_S = 5.0
LOOK_S = 0.25
"""From what the assessor sees to the key."""

Felt = Callable[[np.ndarray[tuple[int], np.dtype[np.int64]], Array], tuple[Array, Array]]


@dataclass(slots=True)
class _Scene:
    """A body in one place, since a moment of the room's clock; its dice, and how they lay at the beginning."""

    body: Body
    since_s: float
    seated: bool
    rng: Generator
    dice: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Done:
    """When an assessor would press the key, and which."""

    at_s: float
    reason: str


class Actor:
    """Obeys: gets ready for a test, starts at the cue. All times are seconds of the room's clock.

    Parameters
    ----------
    person, family, seed
        Who it is, how they move, and which day it is.
    course
        Whose beams are in the way.
    now_s
        The present.

    Attributes
    ----------
    done
        What the assessor would press for the present trial, once it is known.
    """

    def __init__(self, person: Participant, course: Course, family: str, seed: int, now_s: float) -> None:
        self.person = person
        self.done: Done | None = None
        self._course = course
        self._family = family
        self._seed = seed
        self._scenes = 0
        self._posed = False
        self._reaction = stream(seed, "reactions")
        self._scene = self._new_scene(now_s, seated=False)
        self._reel = Reel(self._scene.since_s, self._take(now_s))
        self._felt: dict[Role, tuple[float, Felt]] = {}
        self._edges: list[Edge] = []
        self._refresh(now_s)

    @property
    def body(self) -> Body:
        """Whom the acts are told to."""
        return self._scene.body

    @property
    def ready_s(self) -> float:
        """When all that was asked for is done."""
        return self._scene.since_s + self._scene.body.now

    def prepare(self, test: Test, now_s: float) -> None:
        """Go to where a test begins."""
        if self._scene.seated != (test in SEATED):
            self._scene = self._new_scene(now_s, seated=test in SEATED)
            if test in SEATED:
                self._sit_down()
            self._render(now_s)
        elif self._posed and test not in STANCES:
            self._leave_stance(now_s)

    def start(self, test: Test, now_s: float) -> None:
        """Get ready: for a stance, take it."""
        self.done = None
        self.prepare(test, now_s)
        if test in STANCES:
            self._catch_up(now_s + 0.4)
            self._scene.body.take_stance(test)
            self._posed = True
            self._render(now_s)

    def go(self, test: Test, now_s: float) -> None:
        """The cue sounds now, or the stance begins."""
        reaction = self.person.reaction_s * float(np.exp(self._reaction.normal(0, 0.12)))
        self._catch_up(now_s if test in STANCES else now_s + reaction)
        done = _ACTS[test](self, now_s - self._scene.since_s)
        self.done = None if done is None else Done(done.at_s + self._scene.since_s + LOOK_S, done.reason)
        self._render(now_s)

    def keep_up(self, now_s: float) -> None:
        """Go on idling; to be called now and then."""
        if now_s > self._reel.end_s - MARGIN_S:
            self._render(now_s)

    def felt(self, role: Role) -> Felt:
        """What a sensor feels, for its samples by number and by room time; it may be asked as time goes on."""

        def source(numbers: np.ndarray[tuple[int], np.dtype[np.int64]], times_s: Array) -> tuple[Array, Array]:
            start_s, felt = self._felt_now(role)
            return felt(numbers, times_s - start_s)

        return source

    def edges(self, until_s: float) -> list[Edge]:
        """Edges of the beams up to a time, each once."""
        ready = [edge for edge in self._edges if edge.at_s <= until_s]
        self._edges = self._edges[len(ready) :]
        return ready

    def _felt_now(self, role: Role) -> tuple[float, Felt]:
        found = self._felt.get(role)
        if found is None:
            start_s, motion = self._reel.view
            found = (start_s, felt_source(feel(role, motion), Chip(), stream(self._seed, f"sensor {role}")))
            self._felt[role] = found
        return found

    def _new_scene(self, now_s: float, *, seated: bool) -> _Scene:
        self._scenes += 1
        self._posed = False
        rng = stream(self._seed, f"scene {self._scenes}")
        body = FAMILIES[self._family](self.person, start_place(build_of(self.person)), rng)
        return _Scene(body, round(now_s / GRID_S) * GRID_S, seated, rng, rng.bit_generator.state)

    def _leave_stance(self, now_s: float) -> None:
        self._catch_up(now_s + 0.4)
        self.body.take_stance(None)
        self.body.go((Walk(start_place(build_of(self.person))),))
        self._posed = False
        self._render(now_s)

    def _sit_down(self) -> None:
        body = self._scene.body
        body.wait(1.0)
        body.go((Walk(CHAIR_X),), with_aid=False)
        body.wait(1.0)
        body.sit()
        body.wait(1.0)

    def _catch_up(self, now_s: float) -> None:
        """Idle up to now, if the body is not still busy."""
        body = self._scene.body
        body.wait(max(0.0, now_s - self._scene.since_s - body.now))

    def _render(self, now_s: float) -> None:
        """Perform what is planned, and idling after it, from now on."""
        self._reel.change(self._scene.since_s, self._take(now_s), now_s)
        self._refresh(now_s)

    def _take(self, now_s: float) -> Motion:
        """The scene's motion to the end of what is planned, and a while of idling.

        Takes of one length, drawn from one state of the dice, sway alike; so what has been seen stays as it was.
        """
        scene, body = self._scene, self._scene.body
        planned, dice = body.now, scene.rng.bit_generator.state
        needed_s = max(planned, now_s - scene.since_s) + IDLE_S
        body.now = TAKE_S * math.ceil(needed_s / TAKE_S)
        scene.rng.bit_generator.state = scene.dice
        motion = body.motion()
        body.now, scene.rng.bit_generator.state = planned, dice
        return motion

    def _refresh(self, now_s: float) -> None:
        """What follows from the poses, for the time from now on."""
        self._felt.clear()
        start_s, motion = self._reel.view
        edges = beam_edges(self._course, self.person, motion)
        self._edges = [Edge(e.at_s + start_s, e.gate, e.beam, e.level) for e in edges if e.at_s + start_s > now_s]


def _stance(actor: Actor, now_s: float, *, test: Test) -> Done | None:
    lasts = actor.person.step_out_s.get(test)
    if lasts is None or lasts >= HELD_S:
        return None
    actor.body.lose_balance(now_s + lasts)
    return Done(now_s + lasts, "stepped")


def _walk(actor: Actor, _: float, *, test: Test, length: float) -> Done:
    person, body = actor.person, actor.body
    end = length + 0.65 + 0.4 * min(1.2, person.speed_mps)
    stop = person.walk_stop
    halt = (Walk(stop.at_m), Stand(stop.seconds)) if stop is not None and stop.test == test else ()
    body.go((*halt, Walk(end)))
    passed = body.passed(length)
    body.wait(4.0)
    body.go((Turn(np.pi), Walk(start_place(build_of(person))), Turn(np.pi)))
    return Done(passed, "finished")


def _single_rise(actor: Actor, _: float) -> Done:
    person, body = actor.person, actor.body
    if person.cannot_rise:
        body.fail_to_rise(0.25)
        return Done(body.now, "tried_unable")
    stood = body.rise(by_arms=person.needs_arms)
    body.wait(1.2)
    body.sit()
    return Done(stood, "used_arms" if person.needs_arms else "finished")


def _five_rises(actor: Actor, _: float) -> Done:
    person, body = actor.person, actor.body
    for rise in range(1, RISES + 1):
        for failed in person.failed_rises:
            if failed.before == rise:
                body.fail_to_rise(failed.height)
        if rise > person.rises_possible:
            body.fail_to_rise(0.25)
            return Done(body.now, "unsafe")
        stood = body.rise()
        body.wait(person.standing_pause_s)
        body.sit(fully=rise == RISES)
        body.wait(person.seated_pause_s + sum(p.seconds for p in person.chair_pauses if p.after == rise))
    return Done(stood, "finished")


def _tug(actor: Actor, _: float) -> Done:
    person, body = actor.person, actor.body
    if person.cannot_rise:
        body.fail_to_rise(0.25)
        return Done(body.now, "tried_unable")
    body.rise(by_arms=person.needs_arms)
    body.wait(max(0.1, person.standing_pause_s))
    there, back = Turn(np.pi, hesitates=True), Turn(np.pi, drift_m=CHAIR_X - NEAR_CHAIR_M)
    body.go((Walk(person.tug_turn_at_m), there, Walk(NEAR_CHAIR_M), back))
    return Done(body.sit(overlap_s=person.sit_overlap_s) + 0.1, "finished")


_ACTS: Mapping[Test, Callable[[Actor, float], Done | None]] = {
    **{stance: partial(_stance, test=stance) for stance in STANCES},
    **{test: partial(_walk, test=test, length=length) for test, length in LENGTHS_M.items()},
    Test.CHAIR_SINGLE: _single_rise,
    Test.CHAIR: _five_rises,
    Test.TUG: _tug,
}
