"""The tap test from end to end: knocks on a gate, a line for `rig.toml`, and sample times that are the truth's."""

import threading
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from click.testing import CliRunner
from numpy.random import Generator, default_rng

from firmware_protocol.wearables.movesense import WRITE_UUID
from rig.cli.devices import command
from rig.cli.devices_ble import _delay_lines, alignments
from rig.model.clock import SystemClock
from rig.model.records import Packet
from rig.model.setup import Course, Device, Gate, Role, Setup, parse_setup
from rig.timeline import ImuWindow, decode_session
from rig.virtual.ble_movesense import MovesenseVoice
from rig.virtual.ble_voice import Ints, Sampler
from rig.virtual.clocks import Oscillator, host_ns
from rig.virtual.gate_timer import Edge, GateTimer
from rig.virtual.motion import Array
from rig.virtual.pty_gate_timer import PtyGateTimer
from rig.virtual.radio import Radio
from rig.virtual.serial_line import SerialLine
from rig.virtual.setup_file import write_setup
from rig.virtual.worn import Script, traffic
from tests.ble import rooms

RATE_HZ = 104.0
GATES = (Gate(0, 0.0, (1100,)),)
SCRIPT = Script(((WRITE_UUID, b"\x00\x01"), (WRITE_UUID, b"\x01\x63/Meas/IMU6/104")))
COVERED = ((1, 0.0), (0, 0.2))
"""Level of the beam, and seconds after the blow."""


@dataclass
class Fist:
    """A sensor in a fist: its samples tell their number (gyr z, deg/s) and, in acc x, the blows that it deals."""

    clock: Oscillator
    blows_s: Array

    @property
    def voice(self) -> MovesenseVoice:
        return MovesenseVoice("000000000001", Sampler(self.clock, RATE_HZ, 8, self.feels))

    def feels(self, numbers: Ints, times_s: Array) -> tuple[Array, Array]:
        acc, gyr = np.zeros((len(numbers), 3)), np.zeros((len(numbers), 3))
        # Half a sine of 12 ms through a filter 4 ms wide, which is very nearly this.
        after_s = times_s[:, None] - self.blows_s
        acc[:, 0] = (95 * np.exp(-0.5 * ((after_s - 0.006) / 0.0048) ** 2)).sum(axis=1)
        acc[:, 2], gyr[:, 2] = 9.80665, np.radians(numbers)
        return acc, gyr

    def errors_ms(self, window: ImuWindow) -> Array:
        """How far the samples' times are from when they were taken."""
        assert window.gyr is not None
        taken_s = self.clock.instants(np.rint(np.degrees(window.gyr[:, 2])) / RATE_HZ)
        return np.asarray(window.t_ns - host_ns(0.0)) / 1e6 - taken_s * 1e3


def _window(packets: list[Packet], setup: Setup) -> ImuWindow:
    last_ns = packets[-1].t_ns
    return decode_session(packets, setup).imus[Role.LOWER_BACK].window(packets[0].t_ns, last_ns, last_ns)


def _on_air(fist: Fist, span_s: tuple[float, float], rng: Generator) -> list[Packet]:
    """What a link with missed events makes of the sensor's stream."""
    return traffic("waist", fist.voice, SCRIPT, Radio(), span_s, rng)


def _synced(seed: int, ppm: float) -> Array:
    """Errors (ms) of a walk's sample times, on another link than that of the knocks by which they were set."""
    rng = default_rng(seed)
    fist = Fist(Oscillator(-float(rng.uniform(60, 4000)), ppm), 8 + np.cumsum(rng.uniform(0.9, 1.5, 10)))
    setup = Setup(Course(gates=GATES), (Device("gates", "gate-timer"), Device("waist", "movesense", Role.LOWER_BACK)))
    edges = [Edge(float(blow) + after, 0, 0, level) for blow in fist.blows_s for level, after in COVERED]
    end_s = float(fist.blows_s[-1]) + 2
    timer = GateTimer(GATES, Oscillator(0.2, 900.0), SerialLine(), rng)
    knocked = [*timer.traffic("gates", end_s, edges, []), *_on_air(fist, (0.2, end_s), rng)]
    found = alignments(knocked, setup)["waist"]
    assert found is not None
    assert found.knocks == 10
    declared = parse_setup(write_setup(setup) + _delay_lines("waist", found)[-1])  # the last device of the file
    return fist.errors_ms(_window(_on_air(fist, (300.0, 360.0), rng), declared))


def test_after_ten_knocks_sample_times_are_within_two_milliseconds_of_the_truth() -> None:
    errors_ms = np.concatenate([_synced(seed, ppm) for ppm in (-40.0, 20.0, 60.0) for seed in range(6)])
    assert len(errors_ms) > 18 * 59 * RATE_HZ
    assert np.percentile(np.abs(errors_ms), 95) < 2.0


def _knock(fist: Fist, voice: MovesenseVoice, timer: PtyGateTimer) -> None:
    """Wait until the sensor streams, then knock."""
    rooms.wait(lambda: voice.due_s() is not None, 60)
    fist.blows_s = time.perf_counter() + 1.0 + 0.5 * np.arange(4, dtype=np.float64)
    for blow_s in fist.blows_s:
        for level, after_s in COVERED:
            timer.beam(0, 0, level, round((blow_s + after_s) * 1e9))


def test_knocks_on_a_serial_port_and_on_the_air_give_the_line_that_moves_the_samples(tmp_path: Path) -> None:
    fist, packets, file = (
        Fist(Oscillator(time.perf_counter() - 80.0, 20.0), np.empty(0)),
        list[Packet](),
        tmp_path / "t",
    )
    voice, port = fist.voice, tmp_path / "timer"
    waist = Device("waist", "movesense", Role.LOWER_BACK, address=rooms.address(1))
    plain = Setup(Course(gates=GATES), (Device("gates", "gate-timer", port=str(port)), waist))
    file.write_text(write_setup(plain), "utf-8")
    with PtyGateTimer(GATES, port, SystemClock(), ppm=900.0) as timer, rooms.air({rooms.address(1): voice}):
        threading.Thread(target=_knock, args=(fist, voice, timer), daemon=True).start()
        told = CliRunner().invoke(command, ["sync", "--setup", str(file), "--seconds", "5", "--language", "en"])
        assert told.exit_code == 0, told.output
        declared = parse_setup(file.read_text("utf-8") + told.stdout.splitlines()[-1])
        with rooms.hub([waist], packets):
            rooms.wait(lambda: len(packets) > 20)
    moved_ns = round(declared.devices[1].delay_ms * 1e6)
    assert 0 < moved_ns < 60_000_000  # the emulation's own delay is in it, which on a busy machine is long
    assert np.all(_window(packets, plain).t_ns - _window(packets, declared).t_ns == moved_ns)
    assert _window(packets, declared).clock.delay_bound_ns == 6_000_000
