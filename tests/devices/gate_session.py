"""A short assessment recorded live: walks through two gates, whose cable is pulled during one of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from rig.devices.base import fan_out
from rig.devices.pump import Pump
from rig.devices.serial_open import serial_device
from rig.model.clock import SystemClock
from rig.model.document import Document, Trial
from rig.model.marks import MarkKind, Test
from rig.model.records import Mark, Packet
from rig.model.session import SessionHeader
from rig.model.setup import parse_setup
from rig.recording import SessionWriter, read_session
from rig.replay import replay
from tests.devices.gate_bench import Bench
from tests.devices.serial_lab import Tap, wait_for

SETUP = """schema = 1
[course]
start = "run_in"
[[course.gates]]
gate = 0
position_m = 0.0
beam_heights_mm = [1100, 900]
[[course.gates]]
gate = 2
position_m = 4.0
beam_heights_mm = [1100, 900]
[[devices]]
id = "gates"
kind = "gate-timer"
port = "{port}"
"""
WALK_S = 1.7
TRUNK_S = 0.15
LINE_FLAGS = {"gates:link_lost", "gates:device_reset", "gates:no_sync", "gates:sequence_gap"}
"""What a pulled cable does to a trial. (A busy machine alone can loosen the clock's bound: `sync_bound`.)"""


@dataclass
class Recorded:
    """The result, what the tap at the driver saw, what of it the recording holds, and how long each walk was."""

    document: Document
    tapped: list[Packet]
    recorded: list[Packet]
    walked_s: dict[int, float]

    def trial(self, ordinal: int) -> Trial:
        return next(trial for trial in self.document.trials if trial.ordinal == ordinal)


class Assessor:
    """Starts and ends trials, and walks through the beams."""

    def __init__(self, put: Callable[[Mark], None], bench: Bench) -> None:
        self._put = put
        self._bench = bench
        self._clock = SystemClock()
        self.walked_s: dict[int, float] = {}

    def walk(self, ordinal: int, on_the_way: Callable[[], None] = lambda: None) -> None:
        trial = f"walk_4m-{ordinal}"
        self._mark(MarkKind.TRIAL_START, trial, test=Test.WALK_4M.value, ordinal=ordinal, aid="none")
        self._mark(MarkKind.CUE, trial, source="operator")
        time.sleep(0.2)
        began_ns = self._pass(0)
        on_the_way()
        time.sleep(max(0.0, WALK_S - (self._clock.monotonic_ns() - began_ns) * 1e-9))
        self.walked_s[ordinal] = (self._pass(2) - began_ns) * 1e-9
        time.sleep(0.2)
        self._mark(MarkKind.TRIAL_END, trial)

    def _mark(self, kind: MarkKind, trial: str, **data: str | int) -> None:
        self._put(Mark(kind, self._clock.monotonic_ns(), trial, dict(data)))

    def _pass(self, gate: int) -> int:
        """Go through a gate; when its first beam was blocked."""
        began_ns = self._clock.monotonic_ns()
        for level in (1, 0):
            for beam in (0, 1):
                self._bench.beam(gate, beam, level)
            time.sleep(TRUNK_S)
        return began_ns


def fail(error: Exception) -> None:
    raise AssertionError(error)


def record(bench: Bench, folder: Path) -> Recorded:
    """Three walks; in the second the cable is pulled and plugged in again."""
    setup_text, clock, tap = SETUP.format(port=bench.port), SystemClock(), Tap()
    writer = SessionWriter.create(folder, SessionHeader("pulled"), setup_text, clock)
    with writer, Pump(writer, fail) as pump:
        device = serial_device(parse_setup(setup_text).devices[0], fan_out(tap, pump.put), clock)
        device.start()
        wait_for(lambda: device.status().connected, "connected")
        time.sleep(0.7)
        assessor = Assessor(pump.put, bench)

        def pull_and_plug() -> None:
            bench.pull()
            wait_for(lambda: not device.status().connected, "the loss")
            bench.plug_in()
            wait_for(lambda: device.status().connected, "connected again")

        assessor.walk(1)
        assessor.walk(2, pull_and_plug)
        time.sleep(0.7)
        assessor.walk(3)
        time.sleep(0.3)
        device.stop()
    kept = [r for r in read_session(folder).records if isinstance(r, Packet)]
    return Recorded(replay(folder).document, tap.packets, kept, assessor.walked_s)
