"""A short assessment recorded live: walks through two gates, whose cable is pulled during one of them."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from firmware_protocol.clock_sync import two_way
from firmware_protocol.gate_timer import PING_WIRE_NS, PONG_WIRE_NS
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
from rig.timeline.gate_epochs import EpochReader
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
CLOCK_NS = 2_500_000
"""Half of what a trial's clock bound may be: to either side, so however the map lies, the whole is within it."""
AHEAD_NS = 10_000_000_000
"""Longer than a walk takes, on a busy host too."""
CLOCK_WITHIN_S = 60.0
LOOK_S = 0.25


@dataclass
class Recorded:
    """The result, what the tap at the driver saw, what of it the recording holds, and how long each walk was."""

    document: Document
    tapped: list[Packet]
    recorded: list[Packet]
    walked_s: dict[int, float]

    def trial(self, ordinal: int) -> Trial:
        return next(trial for trial in self.document.trials if trial.ordinal == ordinal)

    def timer_flags(self, ordinal: int) -> set[str]:
        """What a trial's result says against its gate times."""
        return {flag for flag in self.trial(ordinal).quality if flag.startswith("gate")}


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


def clock_is_known(tap: Tap) -> bool:
    """Whether the stamps so far will do for a whole walk, even if the timer were not heard again during it.

    Later ones can only narrow what they leave open. So a host that holds the timer up costs time before a walk, but no
    walk its clock.
    """
    reader = EpochReader()
    for packet in sorted(tap.packets, key=lambda p: p.t_ns):
        reader.take(packet)
    if not reader.epochs or not reader.epochs[-1].exchanges:
        return False
    epoch, now_ns = reader.epochs[-1], SystemClock().monotonic_ns()
    clock = two_way(epoch.exchanges, epoch.tick_ns, PING_WIRE_NS, PONG_WIRE_NS, (now_ns, now_ns + AHEAD_NS))
    return clock.bound_s * 1e9 <= CLOCK_NS


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
        wait_for(lambda: clock_is_known(tap), "the timer's clock", CLOCK_WITHIN_S, LOOK_S)
        assessor = Assessor(pump.put, bench)

        def pull_and_plug() -> None:
            bench.pull()
            wait_for(lambda: not device.status().connected, "the loss")
            bench.plug_in()
            wait_for(lambda: device.status().connected, "connected again")

        assessor.walk(1)
        assessor.walk(2, pull_and_plug)
        wait_for(lambda: clock_is_known(tap), "the clock of the timer that came back", CLOCK_WITHIN_S, LOOK_S)
        assessor.walk(3)
        time.sleep(0.3)
        device.stop()
    kept = [r for r in read_session(folder).records if isinstance(r, Packet)]
    return Recorded(replay(folder).document, tap.packets, kept, assessor.walked_s)
