"""`python -m tests.ble.soak`: five emulated sensors on a poor link for twenty minutes, received through bleak.

Prints one line a sensor and a verdict on every criterion; exit 1 if one is missed.
"""

import argparse
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rig.devices.base import fan_out
from rig.devices.ble_hub import BleHub
from rig.devices.pump import Pump
from rig.model.clock import SystemClock
from rig.model.records import Direction, Packet
from rig.model.session import SessionHeader
from rig.model.setup import Setup
from rig.recording import SessionWriter, read_session
from rig.timeline import ImuTrack, decode_session
from rig.virtual.ble_air import BUS_VARIABLE
from rig.virtual.setup_file import write_setup
from tests.ble.rooms import ROLES, connected, declared, links, of, wait
from tests.ble.soak_air import RATE_HZ, Truth, serve

TRIAL_S = 30.0
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Run:
    """A run: what was taken, the truth, the receiver's part of a core, and whether the recording holds the same."""

    packets: list[Packet]
    truth: Truth
    core: float
    recorded: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """One sensor's figures.

    Attributes
    ----------
    undelivered, duplicates
        Values that were delivered and not taken, or taken otherwise; samples that came twice.
    holes, missed_holes, worst_hole
        True gaps; how many are not found; by how many samples a length is wrong.
    bias_ms, error_ms
        Median error of sample times, trial by trial, and 95th percentile of its size, by the clock map alone: it
        contains the smallest delay of the link, which no one-way stamp can show.
    synced_ms
        The 95th percentile once the median error of the first trial is taken off, as a tap test takes it off.
    duration_ms
        95th percentile of the error of intervals as long as a trial.
    reconnect_s
        Longest time from when the sensor could be reached again to when the link was made.
    """

    undelivered: int
    duplicates: int
    holes: int
    missed_holes: int
    worst_hole: int
    bias_ms: float
    error_ms: float
    synced_ms: float
    duration_ms: float
    reconnect_s: float

    def failures(self) -> list[str]:
        """Criteria that are not met."""
        limits = {
            "samples lost that were delivered": self.undelivered > 0,
            "duplicates": self.duplicates > 0,
            "gaps not found": self.missed_holes > 0,
            "length of a gap": self.worst_hole > 1,
            "sample times": self.synced_ms > 2.0,
            "durations": self.duration_ms > 1.0,
            "reconnect": self.reconnect_s > 5.0,
        }
        return [name for name, missed in limits.items() if missed]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it and judge."""
    parser = argparse.ArgumentParser(prog="tests.ble.soak")
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--sensors", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args(arguments)
    run = stream_for(chosen.sensors, chosen.minutes * 60, chosen.seed)
    failures = [] if run.recorded else ["the recording differs from what came"]
    failures += ["one core above 25 %"] if run.core > 0.25 else []
    print(f"receiver: {run.core:.1%} of one core; {len(run.packets)} packets; recording equal: {run.recorded}")
    for number in range(1, chosen.sensors + 1):
        verdict = judge(run, number)
        print(f"sensor {number}: " + ", ".join(f"{k} {v:.3g}" for k, v in asdict(verdict).items()))
        failures += [f"sensor {number}: {name}" for name in verdict.failures()]
    print("\n".join(failures) or "all criteria met")
    return 1 if failures else 0


def stream_for(sensors: int, seconds: float, seed: int) -> Run:
    """Receive for so long, with recording, and measure the receiver's use of the processor."""
    with _other_end(sensors, seconds, seed) as pipe, tempfile.TemporaryDirectory() as folder:
        packets: list[Packet] = []
        setup = Setup(devices=tuple(declared(number) for number in range(1, sensors + 1)))
        clock = SystemClock()
        writing = SessionWriter.create(Path(folder) / "soak", SessionHeader("soak"), write_setup(setup), clock)
        with writing as writer, Pump(writer, _give_up) as pump:
            hub = BleHub(setup.devices, fan_out(packets.append, pump.put), clock)
            core = _receive(hub, pipe, seconds)
        recorded = [r for r in read_session(Path(folder) / "soak").records if isinstance(r, Packet)]
        same = [(p.source, p.endpoint, p.direction, p.data) for p in packets]
        pipe.send("truth")
        truth = pipe.recv()
        pipe.send("end")
        return Run(packets, truth, core, same == [(p.source, p.endpoint, p.direction, p.data) for p in recorded])


def _give_up(error: Exception) -> None:
    raise SystemExit(f"the recording failed: {error}")


@contextmanager
def _other_end(sensors: int, seconds: float, seed: int) -> Iterator[Connection]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve, args=(theirs, sensors, seconds, seed))
    process.start()
    os.environ[BUS_VARIABLE] = ours.recv()
    try:
        yield ours
    finally:
        process.join(30)


def _receive(hub: BleHub, pipe: Connection, seconds: float) -> float:
    for sensor in hub.sensors:
        sensor.start()
    wait(connected(hub), 60)
    pipe.send("begin")
    begun, used = time.perf_counter(), _used()
    time.sleep(seconds)
    core = (_used() - used) / (time.perf_counter() - begun)
    for sensor in hub.sensors:
        sensor.stop()
    return core


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def judge(run: Run, number: int) -> Verdict:
    """Compare what the timeline makes of one sensor's packets with the truth."""
    device = declared(number)
    taken = [p.data for p in of(run.packets, device.id, Direction.RX) if not p.endpoint.startswith("00002a19")]
    delivered = run.truth.delivered[number - 1]
    own = [packet for packet in run.packets if packet.source == device.id]
    track = decode_session(own, Setup(devices=(device,))).imus[ROLES[number - 1]]
    end_ns = track.heard_until_ns
    window = track.window(own[0].t_ns, end_ns, end_ns)
    came = np.rint(window.acc[:, 0]).astype(np.int64)
    trials = _trials(run, number, track, own)
    error_s = np.concatenate([errors for errors, _ in trials])
    tapped_s = np.median(trials[0][0])
    steps = np.diff(came)
    true_holes = (steps[steps > 1] - 1).tolist()
    found = [round((b - a) / 1e9 * RATE_HZ) - 1 for a, b in window.gaps if a >= window.t_ns[0] and b <= window.t_ns[-1]]
    paired = list(zip(true_holes, found, strict=False))
    return Verdict(
        undelivered=sum(a != b for a, b in zip(taken, delivered, strict=False)) + abs(len(delivered) - len(taken)),
        duplicates=int(np.sum(steps <= 0)),
        holes=len(true_holes),
        missed_holes=abs(len(true_holes) - len(found)),
        worst_hole=max((abs(a - b) for a, b in paired), default=0),
        bias_ms=float(np.median(error_s) * 1e3),
        error_ms=float(np.percentile(np.abs(error_s), 95) * 1e3),
        synced_ms=float(np.percentile(np.abs(error_s - tapped_s), 95) * 1e3),
        duration_ms=float(np.percentile([abs(e[-1] - e[0]) * 1e3 for e, whole in trials if whole], 95)),
        reconnect_s=_reconnect_s(run, number, own),
    )


def _true_s(run: Run, number: int, numbers: NDArray[np.int64]) -> Floats:
    return run.truth.clocks[number - 1].instants(numbers / RATE_HZ)


def _trials(run: Run, number: int, track: ImuTrack, own: Sequence[Packet]) -> list[tuple[Floats, bool]]:
    """Errors of sample times (s) trial by trial, each mapped as a trial is, with what was known two seconds after it.

    With each goes whether the link held: a trial in which it was lost is flagged and has no duration.
    """
    trial_ns, more_ns = int(TRIAL_S * 1e9), 2_000_000_000
    trials = []
    for start in range(own[0].t_ns, track.heard_until_ns - trial_ns - more_ns, trial_ns):
        window = track.window(start, start + trial_ns, start + trial_ns + more_ns)
        numbers = np.rint(window.acc[:, 0]).astype(np.int64)
        trials.append((window.t_ns / 1e9 - _true_s(run, number, numbers), "link_lost" not in window.flags))
    return trials


def _reconnect_s(run: Run, number: int, own: Sequence[Packet]) -> float:
    """Longest time from when the sensor could be reached again to when the link was made."""
    made = [p.t_ns / 1e9 for p in own if p.direction is Direction.LINK and p.data == b"connected"][1:]
    back = run.truth.back_s[number - 1]
    if len(made) != len(back):
        print(f"sensor {number}: links {links(own, declared(number).id)}", file=sys.stderr)
        return float("inf")
    return max(a - b for a, b in zip(made, sorted(back), strict=True))


if __name__ == "__main__":
    sys.exit(main())
