"""`python -m tests.web.wired robust`: a whole assessment in real time over a pty and bleak; minutes, hardly any CPU.

Ends with 0 if the result is that of a replay and every trial was completed or is the participant's own inability.
"""

import json
import sys
import tempfile
import time
from pathlib import Path

from rig.battery import Action, ActionKind, Phase, current_step
from rig.devices.fleet import Fleet
from rig.model.clock import SystemClock
from rig.model.document import to_json
from rig.model.marks import STANCES
from rig.model.records import Json
from rig.replay import replay
from rig.virtual import DEFAULT_SETUP, PRESETS
from rig.virtual.setup_file import write_setup
from rig.virtual.wired import WiredLab, wired_lab
from rig.web.analyst import process_analyst
from rig.web.desk import Desk
from rig.web.opening import begin
from rig.web.rehearsal import Rehearsal

QUIET_S = 2.5


class Operator:
    """Looks at the participant and presses."""

    def __init__(self, desk: Desk, lab: WiredLab) -> None:
        self.desk = desk
        self.lab = lab

    def press(self, kind: str, **data: Json) -> None:
        print(f"{time.perf_counter():9.1f} {current_step(self.desk.state):14} {kind} {data or ''}", flush=True)
        self.desk.press(Action(ActionKind(kind), data))

    def wait(self, seconds: float) -> None:
        until = time.perf_counter() + seconds
        while time.perf_counter() < until:
            self.desk.tick()
            time.sleep(0.05)

    def trial(self) -> None:
        self._until_ready()
        self.press("start")
        self.wait(0.1)
        self._until_ready()
        test = self.desk.state.trials[-1].test
        self.press("begin" if test in STANCES else "cue")
        self.wait(0.1)
        while (trial := self.desk.state.active) is not None and trial.phase is Phase.RUNNING:
            done = self.lab.actor.done
            if done is not None and time.perf_counter() >= done.at_s:
                kind = "unable" if done.reason == "tried_unable" else "stop"
                self.press(kind, reason=done.reason)
            self.wait(0.05)
        while self.desk.state.active is not None or self.desk.busy:
            self.wait(0.2)

    def _until_ready(self) -> None:
        self.wait(max(0.0, self.lab.actor.ready_s - time.perf_counter()) + QUIET_S)


def assess(person: str, folder: Path) -> bytes:
    """Run everything; the bytes of the result."""
    clock = SystemClock()
    who = PRESETS[person]
    with process_analyst() as analyst, wired_lab(DEFAULT_SETUP, who, folder / "gates") as lab:
        opened = begin(folder / "session", f"{person}-wired", write_setup(lab.setup), clock)
        fleet = Fleet(opened.setup, lambda packet: desk.put(packet), clock)
        desk = Desk(opened, clock, analyst, fleet.give_cue, Rehearsal(lab).see)
        operator = Operator(desk, lab)
        fleet.start()
        operator.wait(12)
        print([(status.id, status.message) for status in fleet.statuses()])
        operator.press("participant", id=who.id.replace("_", "-"), age_years=who.age_years, aid=who.aid)
        operator.press("eligibility", contraindications=[])
        operator.press("confirm")
        while (step := current_step(desk.state).value) != "questions":
            refused = {test.value: reason for test, reason in who.refusals.items()}.get(step)
            if refused is None:
                operator.trial()
            else:
                operator.press("unable", reason=refused)
        operator.press("questions", falls_last_year=0, fall_needed_care=False, cognitive_impairment=False)
        operator.press("confirm")
        operator.press("bottle", millilitres=300)
        fleet.stop()
        operator.press("close")
        while not desk.over:
            operator.wait(0.1)
        if desk.result is None:
            raise RuntimeError(f"no result: {desk.trouble}")
        return desk.result.document


def main() -> int:
    """Run for the person named."""
    person = sys.argv[1] if len(sys.argv) > 1 else "robust"
    with tempfile.TemporaryDirectory() as place:
        begun = time.process_time()
        found = assess(person, Path(place))
        same = found == to_json(replay(Path(place) / "session").document)
    document = json.loads(found)
    for trial in document["trials"]:
        time_us = next((t["time_us"] for t in trial["times"]), None)
        print(f"{trial['trial']:16} {trial['status']:10} {time_us} {trial['quality']}")
    print(document["scores"]["sppb"], "as replayed:", same, f"CPU {time.process_time() - begun:.0f} s")
    well = all(trial["status"] in ("completed", "unable") for trial in document["trials"])
    return 0 if same and well else 1


if __name__ == "__main__":
    sys.exit(main())
