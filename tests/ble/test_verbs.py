"""`rig devices scan`, `identify --shake`, `sync`, with virtual sensors."""

import json
import time

import numpy as np
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from rig.cli.devices import command
from rig.cli.devices_ble import _delay_lines, alignments
from rig.model.records import Packet
from rig.model.setup import Course, Device, Gate, Role, Setup
from rig.virtual.ble_movesense import MovesenseVoice
from rig.virtual.ble_voice import Ints, Sampler, Source
from rig.virtual.clocks import Oscillator
from rig.virtual.gate_timer import Edge, GateTimer
from rig.virtual.motion import Array
from rig.virtual.radio import Radio
from rig.virtual.serial_line import SerialLine
from rig.virtual.wearables import SCRIPTS, voice_of
from rig.virtual.worn import traffic
from tests.ble import rooms


def shaking(_numbers: Ints, times_s: Array) -> tuple[Array, Array]:
    acc = np.zeros((len(times_s), 3))
    acc[:, 2] = 9.80665 + 12 * np.sin(2 * np.pi * 4 * times_s)
    return acc, np.zeros_like(acc)


def resting(_numbers: Ints, times_s: Array) -> tuple[Array, Array]:
    acc = np.zeros((len(times_s), 3))
    acc[:, 2] = 9.80665
    return acc, np.zeros_like(acc)


def voice(number: int, source: Source) -> MovesenseVoice:
    clock = Oscillator(time.perf_counter() - 50, 10.0)
    return MovesenseVoice(f"{number:012d}", Sampler(clock, 104.0, 8, source))


def test_scan_lists_wearables_as_json() -> None:
    with rooms.room(2):
        result = CliRunner().invoke(command, ["scan", "--seconds", "1", "--json"])
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert {row["address"] for row in rows} == {rooms.address(1), rooms.address(2)}
    assert {row["kind"] for row in rows} == {"movesense"}


def test_scan_finds_none_and_says_so() -> None:
    with rooms.air({}):
        result = CliRunner().invoke(command, ["scan", "--seconds", "0.5", "--language", "en"])
    assert result.exit_code == 1
    assert "No wearable is around" in result.stderr


def test_scan_without_bluetooth_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere/bus")
    result = CliRunner().invoke(command, ["scan", "--seconds", "0.5"])
    assert result.exit_code == 1
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_shaken_sensor_is_named_with_its_lines_for_rig_toml() -> None:
    voices = {rooms.address(1): voice(1, resting), rooms.address(2): voice(2, shaking)}
    with rooms.air(voices, rooms.FAST):
        arguments = ["identify", "--shake", "--role", "chest", "--seconds", "20", "--language", "en"]
        result = CliRunner().invoke(command, arguments)
    assert result.exit_code == 0, result.output
    assert "Movesense 000000000002" in result.stdout
    stanza = result.stdout.split("\n\n", 1)[1]
    assert stanza == f'[[devices]]\nid = "chest"\nkind = "movesense"\nrole = "chest"\naddress = "{rooms.address(2)}"\n'


def test_knocks_align_a_sensor_with_a_gate() -> None:
    rng = np.random.default_rng(5)
    blows_s = 8.0 + np.cumsum(rng.uniform(0.9, 1.5, 8))

    def knocking(_numbers: Ints, times_s: Array) -> tuple[Array, Array]:
        acc, gyr = resting(_numbers, times_s)
        after = times_s[:, None] - blows_s
        # a blow of 12 ms through the filter of a slow sensor, which widens it
        acc[:, 0] += (60 * np.exp(-0.5 * ((after - 0.005) / 0.006) ** 2)).sum(axis=1)
        return acc, gyr

    setup = Setup(
        Course(gates=(Gate(0, 0.0, (1100,)),)),
        (Device("gates", "gate-timer"), Device("waist", "rig-imu", Role.LOWER_BACK)),
    )
    edges = [Edge(float(at) + late, 0, 0, level) for at in blows_s for late, level in ((0.0, 1), (0.2, 0))]
    timer = GateTimer(setup.course.gates, Oscillator(0.2, 20.0), SerialLine(), rng)
    packets: list[Packet] = [*timer.traffic("gates", 22.0, edges, [])]
    spoken = voice_of("rig-imu", Oscillator(-100.0, 20.0), knocking)
    packets += traffic("waist", spoken, SCRIPTS["rig-imu"], Radio(), (0.2, 22.0), rng)
    (found,) = alignments(packets, setup).values()
    declared = Setup(setup.course, (setup.devices[0], replace(setup.devices[1], delay_ms=5.0)))
    assert alignments(packets, declared) == {"waist": found}  # the whole delay, whatever was declared before
    assert found is not None
    assert _delay_lines("waist", found)[2] == f"delay_ms = {found.delay_ns / 1e6:.1f}"
    assert found.knocks == 8
    # 4 ms in the sensor, 1.5 ms and more in the host and the link: what one-way stamps cannot show
    assert 2.0 < found.delay_ns / 1e6 < 12.0
    assert found.residual_ns < 8e6
