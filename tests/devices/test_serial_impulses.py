"""Sports timers in a session: walks from single impulses, by the timer's own clock, at a lower grade."""

import os
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from firmware_protocol.timers import tag_heuer
from rig.devices.pump import Pump
from rig.devices.serial_open import serial_device
from rig.model.clock import SystemClock
from rig.model.document import Document, Time, Trial
from rig.model.marks import MarkKind, Test
from rig.model.records import Direction, Json, LinkEvent, Mark, Packet, Record
from rig.model.session import SessionHeader
from rig.model.setup import Course, Device, Gate, Setup, parse_setup
from rig.pipeline.session import Source, analyse_session
from rig.recording import SessionWriter
from rig.replay import replay
from rig.timeline import decode_session
from rig.timeline.impulses import DELAY_NS
from tests.devices.serial_lab import wait_for

S = 1_000_000_000
MORNING_S = 9 * 3600.0
COURSE = Course("run_in", (Gate(0, 0.0, (1100,)), Gate(2, 4.0, (1100,))))


def clock_text(seconds: float) -> str:
    us = round(seconds * 1e6) % (24 * 3600 * 1_000_000)
    minutes, rest = divmod(us, 60_000_000)
    return f"{minutes // 60:02d}:{minutes % 60:02d}:{rest // 1_000_000:02d}.{rest % 1_000_000 // 100:04d}"


def alge(gate: int, seconds: float, state: str = " ", suffix: str = " ") -> bytes:
    return f"{state}0001 C{gate}{suffix} {clock_text(seconds)} 00\r".encode()


def tag(gate: int, seconds: float) -> bytes:
    record = f"TN 0001 0072 {gate:02d} {clock_text(seconds)} 12345"
    return f"{record} {tag_heuer.checksum(record)}\r\n".encode()


def microgate(gate: int, seconds: float) -> bytes:
    digits = clock_text(seconds).replace(":", "").replace(".", "")
    return f"  R  SO00000100007000001000{gate:03d}0{digits}05062026\r".encode()


@dataclass
class Bought:
    """A sports timer that was switched on at a time of day, and prints late by up to `late_s`."""

    kind: str = "alge-timy"
    line: Callable[[int, float], bytes] = alge
    of_day_s: float = MORNING_S
    late_s: float = 0.05
    records: list[Record] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(4)

    def impulse(self, gate: int, at_s: float, line: bytes | None = None, late_s: float | None = None) -> None:
        data = line if line is not None else self.line(gate, self.of_day_s + at_s)
        late_s = float(self.random.uniform(0, self.late_s)) if late_s is None else late_s
        arrival_s = at_s + late_s + len(data) * 10 / 9600
        # The line comes in two reads, as it would.
        self.records.append(Packet("bought", "serial", Direction.RX, round((arrival_s - 0.01) * S), data[:7]))
        self.records.append(Packet("bought", "serial", Direction.RX, round(arrival_s * S), data[7:]))

    def link(self, event: LinkEvent, at_s: float) -> None:
        self.records.append(Packet("bought", "serial", Direction.LINK, round(at_s * S), event.value.encode()))

    def walk(self, start_s: float, times_s: Iterable[float]) -> None:
        self.trial(start_s)
        for gate, at_s in zip((0, 2), times_s, strict=True):
            self.impulse(gate, at_s)

    def trial(self, start_s: float, lasts_s: float = 8.0) -> None:
        name = f"walk_4m-{start_s:g}"
        data: dict[str, Json] = {"test": Test.WALK_4M.value, "ordinal": 1, "aid": "none"}
        self.records.append(Mark(MarkKind.TRIAL_START, round(start_s * S), name, data))
        self.records.append(Mark(MarkKind.TRIAL_END, round((start_s + lasts_s) * S), name))

    def document(self) -> Document:
        device = Device("bought", self.kind, channels=self.channels())  # type: ignore[arg-type]  # parametrized
        setup = Setup(COURSE, (device,))
        return analyse_session(Source("s", "2026-01-01T00:00:00Z", 0, setup, tuple(self.records))).document

    def channels(self) -> dict[str, int]:
        names = {"alge-timy": "C{}", "tag-heuer-cp": "{:02d}", "microgate": "{:03d}"}
        return {names[self.kind].format(gate): gate for gate in (0, 2)}

    def only_trial(self) -> Trial:
        (trial,) = self.document().trials
        return trial


def gates(trial: Trial) -> Time:
    return next(found for found in trial.times if found.profile == "gates")


@pytest.mark.parametrize(
    ("kind", "line"), [("alge-timy", alge), ("tag-heuer-cp", tag), ("microgate", microgate)], ids=lambda v: str(v)[:9]
)
def test_a_walk_is_timed_by_the_timers_own_clock(kind: str, line: Callable[[int, float], bytes]) -> None:
    timer = Bought(kind, line)
    timer.walk(100.0, (102.1234, 107.2345))
    trial = timer.only_trial()
    assert gates(trial).time_us == 5_111_100
    assert trial.status == "completed"
    assert {"gate_0:single_impulse", "gate_2:single_impulse"} <= set(trial.quality)
    assert not [flag for flag in trial.quality if flag.startswith("bought:")]


def test_a_single_impulse_is_of_a_lower_grade() -> None:
    timer = Bought()
    timer.walk(100.0, (102.0, 107.0))
    u_us = gates(timer.only_trial()).u_us
    assert u_us is not None
    assert u_us >= 70_000


def test_beside_another_clock_its_unknown_delay_belongs_to_the_uncertainty() -> None:
    timer = Bought()
    timer.walk(100.0, (102.0, 107.0))
    timer.records.append(Mark(MarkKind.CUE, 101 * S, "walk_4m-100", {"source": "page"}))
    trial = timer.only_trial()
    crossing = next(event for event in trial.events if event.name == "crossing_4m")
    by_cue = next(found for found in trial.times if found.profile == "cue")
    assert by_cue.u_us is not None
    assert by_cue.u_us**2 - crossing.u_us**2 >= (DELAY_NS / 1000) ** 2 / 3


@pytest.mark.parametrize("of_day_s", [24 * 3600 - 105.0, 24 * 3600 - 102.05])
def test_midnight_passes_unnoticed(of_day_s: float) -> None:
    timer = Bought(of_day_s=of_day_s)
    timer.walk(100.0, (102.0, 107.0))
    assert gates(timer.only_trial()).time_us == 5_000_000


def test_the_place_in_the_session_is_that_of_the_least_late_line() -> None:
    timer = Bought()
    timer.impulse(0, 60.0, late_s=0.0)
    timer.walk(100.0, (102.0, 107.0))
    events = {event.name: event.t_us for event in timer.only_trial().events}
    assert events["crossing_0m"] == pytest.approx(102_000_000, abs=200)


def test_a_clock_that_is_set_during_the_walk_gives_no_time() -> None:
    timer = Bought()
    timer.trial(100.0)
    timer.impulse(0, 102.0)
    timer.of_day_s += 3600
    timer.impulse(2, 107.0)
    trial = timer.only_trial()
    assert (trial.status, gates(trial).time_us) == ("missing", None)
    assert "bought:clock_jump" in trial.quality


def test_on_two_clocks_nothing_is_placed() -> None:
    timer = Bought()
    timer.impulse(0, 102.0)
    timer.of_day_s += 3600
    timer.impulse(2, 107.0)
    packets = [record for record in timer.records if isinstance(record, Packet)]
    timeline = decode_session(packets, Setup(COURSE, (Device("bought", "alge-timy", channels=timer.channels()),)))
    assert timeline.gates is not None
    window = timeline.gates.window(100 * S, 110 * S, 112 * S)
    assert (window.clock.kind, window.impulses) == ("none", ())
    window = timeline.gates.window(100 * S, 105 * S, 112 * S)
    assert window.impulses is not None
    assert [impulse.gate for impulse in window.impulses] == [0]


def test_a_line_that_was_held_back_gives_no_time() -> None:
    timer = Bought()
    timer.trial(100.0, lasts_s=20.0)
    timer.impulse(0, 102.0)
    timer.impulse(2, 107.0, late_s=6.0)
    trial = timer.only_trial()
    assert gates(trial).time_us is None
    assert "bought:clock_jump" in trial.quality


def test_a_pulled_cable_costs_only_the_trial_in_progress() -> None:
    timer = Bought()
    timer.walk(100.0, (102.0, 107.0))
    timer.trial(120.0)
    timer.impulse(0, 122.0)
    timer.link(LinkEvent.LOST, 123.0)
    timer.link(LinkEvent.CONNECTED, 124.0)
    timer.impulse(2, 127.0)
    timer.walk(140.0, (141.0, 147.0))
    first, second, third = timer.document().trials
    assert (gates(first).time_us, gates(second).time_us, gates(third).time_us) == (5_000_000, None, 6_000_000)
    assert "bought:link_lost" in second.quality
    assert not [flag for flag in (*first.quality, *third.quality) if flag.startswith("bought:")]


def test_half_a_line_is_not_joined_across_a_loss() -> None:
    timer = Bought()
    timer.walk(100.0, (102.0, 107.0))
    timer.records.append(Packet("bought", "serial", Direction.RX, 109 * S, b" 0001 C2 "))
    timer.link(LinkEvent.LOST, 110.0)
    timer.impulse(2, 127.0)
    assert timer.document().devices[0].facts["impulses"] == 3


def test_an_impulse_that_was_taken_back_is_left_out() -> None:
    timer = Bought()
    timer.walk(100.0, (102.0, 105.0))
    timer.impulse(2, 105.2, line=alge(2, MORNING_S + 105.0, state="c"))
    timer.impulse(2, 107.0)
    trial = timer.only_trial()
    assert gates(trial).time_us == 5_000_000
    assert "bought:cleared_impulse" in trial.quality


@pytest.mark.parametrize(("state", "suffix", "flag"), [(" ", "M", "manual_impulse"), ("i", " ", "inserted_impulse")])
def test_what_people_key_in_is_said_and_not_used(state: str, suffix: str, flag: str) -> None:
    timer = Bought()
    timer.trial(100.0)
    timer.impulse(0, 102.0)
    timer.impulse(2, 105.0, line=alge(2, MORNING_S + 105.0, state, suffix))
    timer.impulse(2, 107.0)
    trial = timer.only_trial()
    assert gates(trial).time_us == 5_000_000
    assert f"bought:{flag}" in trial.quality


def test_an_input_without_a_gate_is_named() -> None:
    timer = Bought()
    timer.walk(100.0, (102.0, 107.0))
    timer.impulse(7, 103.0)
    document = timer.document()
    assert gates(document.trials[0]).time_us == 5_000_000
    messages = [damage.message for damage in document.damage]
    assert messages == ["bought: channel C7 sent impulses but stands for no gate in rig.toml, so they are not used"]


def test_a_silent_timer_and_one_that_speaks_otherwise_are_named() -> None:
    silent, foreign = Bought(), Bought("tag-heuer-cp", alge)
    silent.trial(100.0)
    foreign.walk(100.0, (102.0, 107.0))
    assert "nothing was received" in silent.document().damage[0].message
    assert "no line was understood" in foreign.document().damage[0].message
    assert foreign.document().devices[0].facts["refused_lines"] == 2


def test_a_timer_without_laps_says_so_in_the_timed_up_and_go() -> None:
    timer = Bought()
    timer.records.append(Mark(MarkKind.TRIAL_START, 0, "tug-1", {"test": Test.TUG.value, "ordinal": 1, "aid": "none"}))
    timer.records.append(Mark(MarkKind.TRIAL_END, 20 * S, "tug-1"))
    assert "no_gates" in timer.only_trial().quality


TIMY = """schema = 1
[course]
start = "run_in"
[[course.gates]]
gate = 0
position_m = 0.0
beam_heights_mm = [1100]
[[course.gates]]
gate = 2
position_m = 4.0
beam_heights_mm = [1100]
[[devices]]
id = "timy"
kind = "alge-timy"
port = "{port}"
channels = {{ C0 = 0, C1 = 2 }}
"""


def test_a_live_timer_is_recorded_and_scored(tmp_path: Path) -> None:
    master, slave = os.openpty()
    (tmp_path / "timy").symlink_to(os.ttyname(slave))
    setup_text, clock = TIMY.format(port=tmp_path / "timy"), SystemClock()
    writer = SessionWriter.create(tmp_path / "session", SessionHeader("timy"), setup_text, clock)
    with writer, Pump(writer, fail) as pump:
        device = serial_device(parse_setup(setup_text).devices[0], pump.put, clock)
        device.start()
        wait_for(lambda: device.status().connected, "an open port")
        walk: dict[str, Json] = {"test": Test.WALK_4M.value, "ordinal": 1, "aid": "none"}
        pump.put(Mark(MarkKind.TRIAL_START, clock.monotonic_ns(), "walk_4m-1", walk))
        time.sleep(0.5)  # the second line comes 0.23 s early, which puts both impulses before their lines
        for line in (alge(0, MORNING_S), alge(1, MORNING_S + 1.2345)):
            os.write(master, line)
            time.sleep(1.0)
        pump.put(Mark(MarkKind.TRIAL_END, clock.monotonic_ns() + S, "walk_4m-1"))
        device.stop()
    os.close(master)
    os.close(slave)
    document = replay(tmp_path / "session").document
    assert gates(document.trials[0]).time_us == 1_234_500
    assert "gate_2:single_impulse" in document.trials[0].quality
    assert document.damage == ()


def fail(error: Exception) -> None:
    raise AssertionError(error)
