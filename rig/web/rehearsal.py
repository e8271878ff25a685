"""A virtual participant at the desk: hears what the operator presses, as a real one would."""

from typing import Protocol

from rig.battery import Battery, Phase, current_step
from rig.battery.plan import test_of
from rig.model.marks import Test


class Lab(Protocol):
    """What a participant can be told; `rig.virtual.direct.DirectLab`."""

    def prepare(self, test: Test) -> None:
        """A test comes next."""
        ...

    def start(self, test: Test) -> None:
        """A trial begins: get ready."""
        ...

    def go(self, *, beeped: bool) -> None:
        """The cue is given, by the timer's beep or by voice; or the stance begins."""
        ...


class Rehearsal:
    """Tells the participant what changes at the desk."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._next: Test | None = None
        self._trial: str | None = None
        self._went: str | None = None

    def see(self, state: Battery) -> None:
        """Look at the desk; to be called often."""
        test = test_of(current_step(state))
        if test is not None and test != self._next and state.active is None:
            self._lab.prepare(test)
        self._next = test
        trial = state.active
        if trial is None:
            return
        if trial.id != self._trial:
            self._trial = trial.id
            self._lab.start(trial.test)
        if trial.phase is Phase.RUNNING and trial.id != self._went:
            self._went = trial.id
            self._lab.go(beeped=trial.cued_by == "gate_timer")
