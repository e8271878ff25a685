"""Sessions at a chair in which rises are hard to count, drawn on purpose: who the person is, and what is done.

Failed attempts and partial rises anywhere, rises that stop half way, take 5 to 8 s or are made by the arms, rocking,
leans without a rise, bows and steps in the stand, tremor, long pauses, walking up and off, fewer than five rises or
none.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator, default_rng

from rig.model.marks import Test
from rig.virtual.body import Turn
from rig.virtual.motion import Motion
from rig.virtual.participant import Participant
from rig.virtual.randomness import stream
from rig.virtual.spans import Span
from tests.cohort.chair_moves import MOVERS, Mover

Habit = Literal[
    "arms", "tries_first", "tries_later", "tries_last", "leans", "rocks", "halts", "stands_long", "sits_long",
    "steps", "bows", "walks_up", "walks_off",
]  # fmt: skip
HABITS: dict[Habit, float] = {
    "arms": 0.3, "tries_first": 0.35, "tries_later": 0.4, "tries_last": 0.2, "leans": 0.3, "rocks": 0.3, "halts": 0.25,
    "stands_long": 0.25, "sits_long": 0.25, "steps": 0.15, "bows": 0.12, "walks_up": 0.3, "walks_off": 0.35,
}  # fmt: skip
"""Share of the people who have it; who has it does it now and then."""
RISES, RISES_SHARES = (0, 1, 2, 3, 5), (1 / 9, 1 / 9, 1 / 9, 1 / 9, 5 / 9)


@dataclass(frozen=True, slots=True, eq=False)
class Session:
    """What was done and which part of it is recorded; `seed` draws the sensor."""

    seed: int
    motion: Motion
    span: Span


def person(rng: Generator) -> Participant:
    """Draw one of them."""
    stoop = float(rng.uniform(0, 20))
    slow = rng.random() < 0.25
    return Participant(
        height_m=float(rng.uniform(1.45, 1.85)),
        seat_height_m=float(rng.uniform(0.40, 0.50)),
        speed_mps=float(rng.uniform(0.25, 1.0)),
        step_time_cv=float(rng.uniform(0.02, 0.1)),
        rise_time_s=float(rng.uniform(5, 8)) if slow else between(rng, 0.8, 5.0),
        sit_time_s=between(rng, 0.7, 4.0),
        stoop_deg=stoop,
        flexion_deg=float(rng.uniform(max(25.0, stoop + 12), 55)),
        recline_deg=float(rng.uniform(0, 20)),
        landing=float(rng.uniform(0.76, 0.97)),
        tremor_deg=float(rng.choice([0.02, 0.05, 0.1, 0.4, 1.0], p=[0.3, 0.25, 0.2, 0.15, 0.1])),
        sway_mm=float(rng.uniform(3, 12)),
        aid="walker" if rng.random() < 0.25 else "none",
        turn_time_s=float(rng.uniform(1.5, 6)),
    )


def between(rng: Generator, least: float, most: float) -> float:
    """Even on a logarithmic scale."""
    return float(np.exp(rng.uniform(np.log(least), np.log(most))))


@dataclass(frozen=True, slots=True)
class Sitter:
    """One person with habits, who does what is drawn."""

    who: Participant
    mover: Mover
    habits: frozenset[Habit]
    rng: Generator

    def now_and_then(self, habit: Habit, share: float = 0.45) -> bool:
        """Whether it happens this time."""
        return habit in self.habits and bool(self.rng.random() < share)

    def wait(self, *seconds: float) -> None:
        """One of a few pauses."""
        self.mover.body.wait(float(self.rng.choice(seconds)))

    def pause(self, least: float, most: float) -> None:
        """A pause of a length between two."""
        self.mover.body.wait(float(self.rng.uniform(least, most)))

    def arrive(self) -> None:
        """Walk up, perhaps turn round, or stand there already; sit down."""
        if "walks_up" in self.habits:
            self.mover.walk_on(float(self.rng.uniform(2, 4)))
            self.pause(0.1, 0.6)
            if self.rng.random() < 0.7:
                self.mover.body.go((Turn(float(self.rng.choice([-np.pi, np.pi]))),))
                self.pause(0.1, 1.0)
        self.mover.body.wait(0.3)
        self.mover.body.sit()

    def fidget(self) -> None:
        """Lean without rising, rock, or rest for long, on the seat."""
        if self.now_and_then("leans"):
            self.mover.body.fail_to_rise(0.0)
            self.pause(0.0, 1.0)
        if self.now_and_then("rocks"):
            self.rock(int(self.rng.integers(2, 6)))
        if self.now_and_then("sits_long"):
            self.pause(3, 15)

    def rock(self, swings: int) -> None:
        """Swing forward and back."""
        back, swing_s = float(np.radians(-self.who.recline_deg)), float(self.rng.uniform(0.35, 0.9))
        there = back + float(np.radians(self.rng.uniform(8, 22)))
        for lean in (there, back) * swings:
            self.mover.tilt(lean, swing_s)

    def attempts(self) -> None:
        """None, one or some that do not become a stand: falling back, or lowering again."""
        for _ in range(min(int(self.rng.geometric(0.3)) - 1, 3)):
            height = float(self.rng.uniform(0.3, 0.85) if self.rng.random() < 0.6 else self.rng.uniform(0.08, 0.5))
            if self.rng.random() < 0.5:
                self.mover.body.fail_to_rise(height)
            else:
                self.mover.push_up(height)
                self.wait(0.0, 0.4, 2.0)
                self.mover.body.sit()
            self.wait(0.0, 0.3, 1.5)

    def rise(self) -> None:
        """At once, or with a stop half way."""
        if self.now_and_then("halts"):
            height = float(self.rng.uniform(0.3, 0.85))
            self.mover.push_up(height)
            self.pause(0.5, 3.0)
            self.mover.push_on(height)
            self.wait(0.3)
        else:
            self.mover.body.rise(by_arms="arms" in self.habits)
        self.wait(0.25, 0.5, 1.2)

    def stand(self) -> None:
        """For long, stepping about or bowing, or just so."""
        if self.now_and_then("stands_long"):
            self.pause(5, 20)
        if self.now_and_then("steps"):
            self.mover.body.take_stance(Test.SIDE_BY_SIDE)
            self.mover.body.take_stance(None)
            self.wait(0.3)
        if self.now_and_then("bows"):
            for lean_deg in (float(self.rng.uniform(30, 70)), self.who.stoop_deg):
                self.mover.tilt(float(np.radians(lean_deg)), float(self.rng.uniform(0.8, 2)))
            self.wait(0.3)

    def sit(self) -> None:
        """Fully or not, and perhaps for a while."""
        self.mover.body.sit(fully=bool(self.rng.random() < 0.5))
        self.wait(0.0, 0.1, 0.5, 3.0)

    def cycle(self, habit: Habit) -> None:
        """All that comes between the seat and a stand."""
        self.fidget()
        if self.now_and_then(habit, 0.6):
            self.attempts()
        self.rise()
        self.stand()

    def leave(self) -> None:
        """Walk off, stay standing, or sit down, and perhaps try once more."""
        if "walks_off" in self.habits:
            self.pause(0.1, 1.0)
            self.mover.walk_on(float(self.rng.uniform(2, 4)))
        elif self.rng.random() < 0.7:
            self.sit()
            if "tries_last" in self.habits:
                self.attempts()

    def perform(self, rises: int) -> None:
        """So many rises, with what belongs to them."""
        for number in range(rises):
            self.cycle("tries_later" if number else "tries_first")
            if number < rises - 1:
                self.sit()
        if rises:
            self.leave()
        else:
            self.fidget()
            if self.habits & {"tries_first", "tries_last"}:
                self.attempts()


def performed(seed: int, family: str) -> Session:
    """One session of one person."""
    rng = default_rng([seed, 4244])
    habits = frozenset(habit for habit, share in HABITS.items() if rng.random() < share)
    rises = int(rng.choice(RISES, p=RISES_SHARES))
    who = person(rng)
    mover = MOVERS[family](who, stream(seed, "body"))
    sitter = Sitter(who, mover, habits, rng)
    mover.body.wait(2.0)
    came = mover.body.now - 0.3
    sitter.arrive()
    begin = came if "walks_up" in habits else mover.body.now
    sitter.pause(1.0, 4.0)
    sitter.perform(rises)
    sitter.pause(1.0, 4.0)
    return Session(seed, mover.body.motion(), Span(begin, mover.body.now - 0.1))
