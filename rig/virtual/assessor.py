"""Runs the battery on a body: what is asked of the participant, and the marks a person at the keys would make."""

from dataclasses import dataclass, field
from typing import cast

import numpy as np
from numpy.random import Generator

from rig.model.marks import STANCES, MarkKind, Test
from rig.model.records import Json, Mark
from rig.virtual.body import Body, Leg, Stand, Turn, Walk
from rig.virtual.clocks import host_ns
from rig.virtual.gate_timer import Cue, plan_cue
from rig.virtual.motion import Build
from rig.virtual.participant import Participant
from rig.virtual.serial_line import SerialLine
from rig.virtual.spans import Span

BEFORE_CUE_S = 2.3
AFTER_LAST_S = 2.7
CUE_DELAY_MS = 400
CHAIR_X = 0.06
"""Where the ankles stand in front of a chair whose front edge is at 0 m."""
BEHIND_LINE_M = 0.05
GIVE_UP_S = 60.0
PRESS_S, PRESS_SPREAD_S = 0.25, 0.07
"""From what the eye sees to the key. The spread is that of 4,304 presses of a stopwatch (Am J Phys 87:110, 2019)."""


@dataclass(slots=True)
class Trial:
    """One trial as it is run; times in session seconds."""

    id: str
    test: Test
    ordinal: int
    aid: str
    start_s: float
    end_s: float = 0.0
    cue: Cue | None = None
    begin_s: float | None = None
    stop_s: float | None = None
    unable: str | None = None


@dataclass(slots=True)
class Log:
    """What the assessor leaves behind."""

    marks: list[Mark] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    cues: list[Cue] = field(default_factory=list)
    not_attempted: dict[str, str] = field(default_factory=dict)
    walks: list[Span] = field(default_factory=list)

    def mark(
        self, kind: MarkKind, seconds: float, data: dict[str, Json] | None = None, trial: Trial | None = None
    ) -> None:
        """Write a mark."""
        self.marks.append(Mark(kind.value, host_ns(seconds), trial.id if trial else None, data or {}))


class Assessor:
    """A person who runs the guide's battery, with the reaction times of a person."""

    def __init__(self, person: Participant, body: Body, build: Build, line: SerialLine, rng: Generator) -> None:
        self.person = person
        self.body = body
        self.build = build
        self.line = line
        self.rng = rng
        self.log = Log()

    @property
    def start_x(self) -> float:
        """Where the body stands when the toes are behind the line."""
        return start_place(self.build)

    def run(self) -> Log:
        """Everything, in the guide's order."""
        self._introduce()
        self._balance()
        self.body.go((Walk(self.start_x),))
        self._walks(Test.WALK_4M, 4.0, 3)
        self._to_chair()
        self._chair()
        self._tug()
        self._from_chair()
        self._walks(Test.WALK_6M, 6.0, 2)
        self.body.wait(1.0)
        return self.log

    def _introduce(self) -> None:
        person = self.person
        self.body.wait(3.0)
        about: dict[str, Json] = {
            "id": person.id,
            "age_years": person.age_years,
            "sex": person.sex,
            "rules": person.rules,
        }
        self.log.mark(MarkKind.PARTICIPANT, 1.6, about)
        self.log.mark(MarkKind.ANSWERS, 2.2, cast("dict[str, Json]", person.answers))

    def _refused(self, test: Test) -> bool:
        """Mark a test that is not attempted."""
        reason = self.person.refusals.get(test)
        if reason:
            self.body.wait(1.0)
            self.log.mark(MarkKind.UNABLE, self.body.now, {"test": test.value, "reason": reason})
            self.log.not_attempted[test.value] = reason
        return reason is not None

    def _open(self, test: Test, ordinal: int = 1, aid: str = "none") -> Trial:
        trial = Trial(f"{test.value}-{ordinal}", test, ordinal, aid, self.body.now)
        self.log.trials.append(trial)
        about: dict[str, Json] = {"test": test.value, "ordinal": ordinal, "aid": aid}
        self.log.mark(MarkKind.TRIAL_START, trial.start_s, about, trial)
        return trial

    def _close(self, trial: Trial) -> None:
        self.body.wait(AFTER_LAST_S)
        trial.end_s = self.body.now
        self.log.mark(MarkKind.TRIAL_END, trial.end_s, trial=trial)
        self.body.wait(0.5)

    def _stop(self, trial: Trial, seen_s: float, reason: str) -> None:
        trial.stop_s = seen_s + float(np.clip(self.rng.normal(PRESS_S, PRESS_SPREAD_S), 0.1, 0.5))
        self.log.mark(MarkKind.OPERATOR_STOP, trial.stop_s, {"reason": reason}, trial)

    def _give_up(self, trial: Trial, reason: str = "tried_unable") -> None:
        trial.unable = reason
        self.log.mark(MarkKind.UNABLE, self.body.now, {"reason": reason}, trial)

    def _cue(self, trial: Trial) -> None:
        """Ask the timer for a beep; the participant reacts to it."""
        self.body.wait(BEFORE_CUE_S + float(self.rng.uniform(0, 0.5)))
        token = len(self.log.cues) + 1
        cue = plan_cue(token, self.body.now, CUE_DELAY_MS, self.line, self.rng)
        self.log.cues.append(cue)
        self.log.mark(MarkKind.CUE, cue.sounds_s + 0.03, {"source": "gate_timer", "token": token}, trial)
        trial.cue = cue
        reaction = self.person.reaction_s * float(np.exp(self.rng.normal(0, 0.12)))
        self.body.wait(cue.sounds_s - self.body.now + reaction)

    def _balance(self) -> None:
        for stance in STANCES:
            if self._refused(stance) or not self._held(stance):
                break
        self.body.take_stance(None)

    def _held(self, stance: Test) -> bool:
        """Run one stance; whether it was held for ten seconds."""
        self.body.take_stance(stance)
        trial = self._open(stance)
        self.body.wait(BEFORE_CUE_S)
        trial.begin_s = self.body.now
        self.log.mark(MarkKind.BEGIN, trial.begin_s, trial=trial)
        lasts = self.person.step_out_s.get(stance)
        if lasts is None or lasts >= 10:
            self.body.wait(10.0)
            self._stop(trial, trial.begin_s + 10.0, "ten_seconds")  # the page stops the clock, the key confirms
        else:
            self.body.lose_balance(trial.begin_s + lasts)
            self._stop(trial, trial.begin_s + lasts, "stepped")
        self._close(trial)
        return lasts is None or lasts >= 10

    def _walks(self, test: Test, length: float, trials: int) -> None:
        if self._refused(test):
            return
        for ordinal in range(1, trials + 1):
            trial = self._open(test, ordinal, self.person.aid)
            self._cue(trial)
            self.body.go(self._out(test, length))
            self._stop(trial, self.body.passed(length), "finished")
            self.log.walks.append(Span(trial.start_s, self.body.now))
            self._close(trial)
            self.body.go((Turn(np.pi), Walk(self.start_x), Turn(np.pi)))

    def _out(self, test: Test, length: float) -> tuple[Leg, ...]:
        stop = self.person.walk_stop
        end = length + 0.65 + 0.4 * min(1.2, self.person.speed_mps)
        if stop is None or stop.test != test:
            return (Walk(end),)
        return Walk(stop.at_m), Stand(stop.seconds), Walk(end)

    def _to_chair(self) -> None:
        """The chair is put behind the participant, who sits down."""
        self.body.go((Walk(CHAIR_X),), with_aid=False)
        self.body.wait(1.5)
        self.body.sit()
        self.body.wait(1.5)

    def _chair(self) -> None:
        if self._refused(Test.CHAIR_SINGLE):
            return
        if self._single_rise() and not self._refused(Test.CHAIR):
            self._five_rises()

    def _single_rise(self) -> bool:
        """The test rise, arms crossed; whether it succeeded."""
        trial = self._open(Test.CHAIR_SINGLE)
        self._cue(trial)
        if self.person.cannot_rise:
            self._fail_before(1)
            self._give_up(trial)
        else:
            stood = self.body.rise(by_arms=self.person.needs_arms)
            self._stop(trial, stood, "used_arms" if self.person.needs_arms else "finished")
            if self.person.needs_arms:
                self._give_up(trial)
            self.body.wait(1.2)
            self.body.sit()
        self._close(trial)
        return trial.unable is None

    def _fail_before(self, rise: int) -> None:
        for failed in self.person.failed_rises:
            if failed.before == rise:
                self.body.fail_to_rise(failed.height)

    def _five_rises(self) -> None:
        trial = self._open(Test.CHAIR)
        self._cue(trial)
        began = self.body.now
        for rise in range(1, 6):
            if not self._one_of_five(trial, rise, began):
                break
        self._close(trial)

    def _one_of_five(self, trial: Trial, rise: int, began: float) -> bool:
        """One rise and the sitting down after it; whether there is another one."""
        person = self.person
        self._fail_before(rise)
        if rise > person.rises_possible:
            self.body.fail_to_rise(0.25)
            self._stop(trial, self.body.now, "unsafe")
            self._give_up(trial)
            return False
        stood = self.body.rise()
        self.body.wait(person.standing_pause_s)
        if rise == 5:
            self._stop(trial, stood, "finished")
        self.body.sit(fully=rise == 5)
        self.body.wait(person.seated_pause_s + sum(p.seconds for p in person.chair_pauses if p.after == rise))
        if rise < 5 and self.body.now - began > GIVE_UP_S:
            self._stop(trial, began + GIVE_UP_S, "sixty_seconds")
            return False
        return True

    def _tug(self) -> None:
        if self._refused(Test.TUG):
            return
        person = self.person
        trial = self._open(Test.TUG, aid=person.aid)
        if person.cannot_rise:
            self.body.wait(BEFORE_CUE_S)
            self._give_up(trial)
        else:
            self._cue(trial)
            self._out_and_back(trial)
        self._close(trial)

    def _out_and_back(self, trial: Trial) -> None:
        person = self.person
        self.body.rise(by_arms=person.needs_arms)
        self.body.wait(max(0.1, person.standing_pause_s))
        there, back = Turn(np.pi, hesitates=True), Turn(np.pi, drift_m=CHAIR_X - 0.34)
        self.body.go((Walk(person.tug_turn_at_m), there, Walk(0.34), back))
        seated = self.body.sit(overlap_s=person.sit_overlap_s)
        self._stop(trial, seated + 0.1, "finished")

    def _from_chair(self) -> None:
        """Stand up, with help where needed; the chair is taken away; step back behind the line."""
        person = self.person
        self.body.rise(by_arms=person.needs_arms or person.cannot_rise)
        self.body.wait(1.5)
        self.body.go((Walk(self.start_x),), with_aid=False)
        self.body.wait(0.5)


def start_place(build: Build) -> float:
    """Where the body stands with the toes 5 cm behind the 0 m line."""
    return -build.toe_ahead - BEHIND_LINE_M
