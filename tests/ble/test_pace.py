"""How fast a hurried session goes, and a whole assessment received at such a pace."""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from rig.cli import main
from rig.cli.virtual_ble import FACTOR
from rig.devices.ble_hub import BleHub
from rig.model.document import Document, Trial
from rig.model.records import Packet
from rig.model.setup import Role, Setup
from rig.report.visit import read_visit
from rig.timeline import decode_session
from rig.virtual import ble_pace
from rig.virtual.ble_air import air
from rig.virtual.ble_movesense import MovesenseVoice
from rig.virtual.ble_pace import MOST_S, HurriedPace, PacedClock
from rig.virtual.ble_voice import Sampler, counting
from rig.virtual.clocks import Oscillator, host_ns
from tests.ble import rooms

takes_long = pytest.mark.skipif("RIG_SOAK" not in os.environ, reason="long: RIG_SOAK=1, or make soak")


class Clock:
    """The host's clock, in the hands of a test."""

    now = 1000.0

    def perf_counter(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(ble_pace, "time", made)
    return made


def test_a_session_goes_so_many_times_as_fast_as_long_as_the_air_is_alive(clock: Clock) -> None:
    pace = HurriedPace(6.0, -60.0)
    for _ in range(1000):
        clock.sleep(0.01)
        pace.beat()
    assert pace.now_s() == pytest.approx(0.0, abs=1e-6)
    assert pace.until_s(3.0) == pytest.approx(0.5, abs=1e-6)
    assert pace.until_s(-1.0) == 0.0


def test_it_stands_still_while_the_air_is_held_up(clock: Clock) -> None:
    pace = HurriedPace(6.0, 0.0)
    clock.sleep(20.0)
    assert pace.now_s() == pytest.approx(6 * MOST_S)
    pace.beat()
    clock.sleep(MOST_S / 2)
    assert pace.now_s() == pytest.approx(9 * MOST_S)


def test_who_waits_for_it_waits_as_long_as_it_is_held_up(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    pace = HurriedPace(6.0, 0.0)
    naps = []

    def nap(seconds: float) -> None:
        naps.append(seconds)
        clock.now += seconds + 0.001
        if len(naps) > 3:  # the air is back
            pace.beat()

    monkeypatch.setattr(clock, "sleep", nap)
    ble_pace.wait(pace, 3.0)
    assert pace.now_s() >= 3.0
    assert len(naps) > 4


def test_a_sensor_whose_air_is_held_up_says_nothing_late_and_nothing_before_its_time() -> None:
    pace, clock, packets = HurriedPace(2.0, 0.0), Oscillator(-100.0, 20.0), list[Packet]()
    voice = MovesenseVoice("000000000001", Sampler(clock, 104.0, 8, counting))
    with air({rooms.address(1): voice}, rooms.FAST, pace=pace) as made:
        hub = BleHub([rooms.declared(1)], packets.append, PacedClock(pace, "test"))
        hub.sensors[0].start()
        rooms.wait(rooms.connected(hub))
        for _ in range(8):
            before_s = pace.now_s()
            made.call(time.sleep, 0.5)
            time.sleep(0.5)
            assert pace.now_s() - before_s < 0.5  # 0.05 and what it goes on before and after
            time.sleep(0.1)
        hub.sensors[0].stop()
    blocks = decode_session(packets, Setup(devices=(rooms.declared(1),))).imus[Role.LOWER_BACK].blocks
    last = blocks.acc[np.cumsum(blocks.count) - 1, 0]
    delays_s = (blocks.complete_ns - host_ns(0.0)) / 1e9 - clock.instants(last / 104.0)
    assert len(delays_s) > 20
    assert delays_s.min() >= 0.0
    assert delays_s.max() < 0.5


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> tuple[Document, Document]:
    """The demo with its sensor received by Bluetooth, and without."""
    out = tmp_path_factory.mktemp("demo")
    for options in (["--ble"], []):
        told = CliRunner().invoke(main, ["demo", "--person", "pre_frail", "--out", str(out), *options])
        assert told.exit_code == 0, told.output
    return _read(out / "pre_frail-1-ble"), _read(out / "pre_frail-1")


def _read(folder: Path) -> Document:
    return read_visit(folder).document


def _found(trial: Trial) -> tuple[object, ...]:
    """What does not depend on milliseconds."""
    times = tuple((time.profile, time.start, time.end, time.reason) for time in trial.times)
    return trial.test, trial.status, tuple((event.name, event.ordinal) for event in trial.events), times, trial.quality


def _scores(found: Any) -> Any:
    """Points, classes and values; not how likely others are, since that follows from how well times are known."""
    if not isinstance(found, dict):
        return found
    return {k: _scores(v) for k, v in found.items() if not k.endswith("probability") and k != "borderline"}


@takes_long
def test_a_demo_over_bluetooth_finds_what_the_demo_finds(documents: tuple[Document, Document]) -> None:
    by_air, by_wire = documents
    assert _scores(by_air.scores) == _scores(by_wire.scores)
    assert [_found(trial) for trial in by_air.trials] == [_found(trial) for trial in by_wire.trials]


@takes_long
def test_its_times_are_those_of_the_demo_but_for_what_the_hurry_makes_of_a_few_milliseconds(
    documents: tuple[Document, Document],
) -> None:
    ours, theirs = ([t.time_us for trial in each.trials for t in trial.times] for each in documents)
    apart_us = [abs(a - b) for a, b in zip(ours, theirs, strict=True) if a is not None and b is not None]
    assert len(apart_us) > 20
    assert max(apart_us) < 5000 * FACTOR
