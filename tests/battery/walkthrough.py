"""Presses a battery's keys in a test: marks are gathered, time is moved by hand."""

from dataclasses import dataclass, field

from rig.battery import Action, ActionKind, Battery, current_step, due, options, press, state_of
from rig.model.records import Json, Mark

NS = 1_000_000_000
START_NS = 5_000 * NS


@dataclass
class Walkthrough:
    """An assessment under test."""

    marks: list[Mark] = field(default_factory=list)
    now_ns: int = START_NS

    @property
    def state(self) -> Battery:
        return state_of(self.marks)

    @property
    def step(self) -> str:
        return current_step(self.state).value

    @property
    def kinds(self) -> tuple[str, ...]:
        return tuple(option.kind.value for option in options(self.state))

    def press(self, kind: str, **data: Json) -> None:
        self.marks += press(self.state, Action(ActionKind(kind), data), self.now_ns)

    def wait(self, seconds: float) -> None:
        """Let time pass, with what it asks for."""
        self.now_ns += round(seconds * NS)
        while marks := due(self.state, self.now_ns):
            self.marks += marks

    def introduce(self, **about: Json) -> None:
        self.press("participant", id="p1", age_years=81, sex="f", **about)
        self.press("eligibility", contraindications=[])
        self.press("confirm")

    def hold(self, seconds: float = 10.0) -> None:
        """A stance that the key ends, or ten seconds do."""
        self.press("start")
        self.wait(2)
        self.press("begin")
        if seconds < 10:
            self.wait(seconds)
            self.press("stop", reason="stepped")
        else:
            self.wait(10.5)
        self.wait(5)

    def trial(self, seconds: float, reason: str = "finished", **data: Json) -> None:
        """A trial with a cue."""
        self.press("start", **data)
        self.wait(2)
        self.press("cue")
        self.wait(seconds)
        self.press("stop", reason=reason)
        self.wait(10)

    def whole(self) -> None:
        """Everything, as a robust person does it."""
        self.introduce()
        for _ in range(3):
            self.hold()
        for _ in range(3):
            self.trial(5)
        self.trial(2)
        self.trial(12)
        self.trial(10)
        for _ in range(2):
            self.trial(7)
        self.press("questions", falls_last_year=0, fall_needed_care=False, cognitive_impairment=False)
        self.press("confirm")
        self.press("bottle", millilitres=400, lifts=30)
        self.press("close")
