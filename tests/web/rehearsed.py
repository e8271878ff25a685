"""A whole assessment of a virtual participant, pressed by an operator who looks at them."""

from pathlib import Path
from typing import cast

from rig.battery import Phase, current_step
from rig.model.clock import ManualClock
from rig.model.marks import STANCES
from rig.model.records import Json
from rig.virtual import DEFAULT_SETUP, PRESETS
from rig.virtual.direct import DirectLab
from rig.virtual.setup_file import write_setup
from rig.web.analyst import Analyst
from rig.web.opening import begin
from rig.web.rehearsal import Rehearsal
from tests.web.bench import Bench, Incurious

BEGIN_NS = 5_000_000_000_000


class Rehearsed(Bench):
    """A bench whose packets come from a direct lab, and an operator's rounds."""

    def __init__(self, folder: Path, person: str, seed: int = 1, analyst: Analyst | None = None) -> None:
        clock = ManualClock(BEGIN_NS)
        opened = begin(folder, f"{person}-live", write_setup(DEFAULT_SETUP), clock)
        super().__init__(opened, clock, analyst=analyst or Incurious())
        self.person = PRESETS[person]
        self.lab = DirectLab(DEFAULT_SETUP, self.person, self.desk.put, clock, seed=seed)
        self.desk.give_cue = self.lab.give_cue
        self.desk.on_tick = Rehearsal(self.lab).see
        self.lab.connect()

    def until(self, t_ns: int, step_s: float = 0.05) -> None:
        while (now := self.clock.monotonic_ns()) < t_ns:
            self.clock.advance(min(round(step_s * 1e9), t_ns - now))
            self.lab.advance()
            self.desk.tick()
            self.pause()

    def pause(self) -> None:
        """Let somebody else work; nobody has to where analyses are done at once."""

    def introduce(self) -> None:
        self.wait(5)
        who = self.person
        self.press("participant", id=who.id.replace("_", "-"), age_years=who.age_years, sex=who.sex, aid=who.aid)
        self.press("eligibility", contraindications=[])
        self.press("confirm")

    def round(self) -> None:
        """Do what the page asks for next, as the participant does it."""
        step = current_step(self.desk.state).value
        refused = self.person.refusals.get(step)  # type: ignore[call-overload]  # steps that are no tests are asked for, too
        if step == "questions":
            answers = cast("dict[str, Json]", self.person.answers)
            self.press("questions", **{key: value for key, value in answers.items() if key in QUESTIONS})
        elif step == "bottle":
            self.press("bottle", millilitres=300, lifts=30)
        elif step in {"result", "close"}:
            self.press("confirm" if step == "result" else "close")
        elif refused is not None:
            self.press("unable", reason=refused)
        else:
            self.trial()

    def trial(self) -> None:
        """Run one trial."""
        self.wait(1)
        self._until_ready()
        self.press("start")
        test = self.desk.state.trials[-1].test
        self.wait(0.1)
        self._until_ready()
        self.press("begin" if test in STANCES else "cue")
        self.wait(0.1)
        while self.desk.state.active is not None and self.desk.state.active.phase is Phase.RUNNING:
            done = self.lab.actor.done
            if done is not None and self.clock.monotonic_ns() >= done.at_s * 1e9:
                self._press_done(done.reason)
            self.wait(0.05)
        while self.desk.state.active is not None or self.desk.busy:
            self.wait(0.5)

    def _until_ready(self) -> None:
        """Wait for the participant, and two quiet seconds more."""
        self.until(max(self.clock.monotonic_ns(), round(self.lab.actor.ready_s * 1e9)) + 2_500_000_000)

    def _press_done(self, reason: str) -> None:
        if reason == "tried_unable":
            self.press("unable", reason=reason)
        else:
            self.press("stop", reason=reason)

    def whole(self) -> None:
        """From the first press to the last."""
        self.introduce()
        while not self.desk.state.closed:
            self.round()
        while not self.desk.over:
            self.wait(0.2)


QUESTIONS = ("falls_last_year", "fall_needed_care", "cognitive_impairment")
