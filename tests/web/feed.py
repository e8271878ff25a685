"""What twelve radios and a serial line give a desk: packets where a driver would call, at their own pace.

Twelve IMUs at 208 Hz, and the eight beams of a gate timer, which are all that one has.
"""

import threading
import time
from array import array
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

from rig.model.clock import SystemClock
from rig.model.records import Direction, LinkEvent, Packet
from rig.model.setup import Course, Device, Gate, Role, Setup
from rig.virtual.gate_brain import GateBrain
from rig.virtual.movesense import DATA, DATA_PART2, NOTIFY, OK, RESPONSE, SPLIT, STREAM_REF, SUBSCRIBE, WRITE
from rig.web.desk import Desk

IMUS, RATE_HZ, BATCH = 12, 208, 8
EDGE_EVERY_S = 0.9
GATES = tuple(Gate(n, float(n), (1100, 900)) for n in range(4))
SETUP = Setup(
    Course("static", GATES),
    (
        Device("gates", "gate-timer"),
        *(Device(f"imu-{n}", "movesense", list(Role)[n % len(Role)]) for n in range(IMUS)),
    ),
)


class Feed:
    """Calls the desk as twelve radios and a serial line would."""

    def __init__(self, desk: Desk, clock: SystemClock) -> None:
        self.count = 0
        self.edges_ms, self.levels = array("d"), array("b")
        self._desk, self._clock = desk, clock
        self._brain = GateBrain(SETUP.course.gates, 1, clock.monotonic_ns(), 0.0)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._radios, self._line)]

    def start(self) -> None:
        now_ns = self._clock.monotonic_ns()
        for n in range(IMUS):
            command = bytes([SUBSCRIBE, STREAM_REF]) + f"/Meas/IMU6/{RATE_HZ}".encode()
            self._put(Packet(f"imu-{n}", "", Direction.LINK, now_ns, LinkEvent.CONNECTED.value.encode()))
            self._put(Packet(f"imu-{n}", WRITE, Direction.TX, now_ns, command))
            self._put(Packet(f"imu-{n}", NOTIFY, Direction.RX, now_ns, bytes([RESPONSE, STREAM_REF]) + OK))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _put(self, packet: Packet) -> None:
        self._desk.put(packet)
        self.count += 1

    def _radios(self) -> None:
        """A batch of each sensor, one sensor after the other, at the pace of their rate."""
        began, made, pause = time.monotonic(), 0, BATCH / RATE_HZ
        while not self._over.wait(max(0.0, began + made * pause - time.monotonic())):
            parts = notifications(made)
            for n in range(IMUS):
                for part in parts:
                    self._put(Packet(f"imu-{n}", NOTIFY, Direction.RX, self._clock.monotonic_ns(), part))
            made += 1

    def _line(self) -> None:
        """Edges of all beams in turn, the first beam's with their moment."""
        level, beam, due_s = 1, 0, time.monotonic()
        while not self._over.wait(max(0.0, due_s - time.monotonic())):
            due_s += EDGE_EVERY_S / 8
            now_ns = self._clock.monotonic_ns()
            data = self._brain.due(now_ns) + self._brain.beam(now_ns, beam // 2, beam % 2, level)
            if beam == 0:
                self.edges_ms.append(time.time() * 1000)
                self.levels.append(level)
            self._put(Packet("gates", "serial", Direction.RX, now_ns, data))
            beam, level = (beam + 1, level) if beam < 7 else (0, 1 - level)


@contextmanager
def feeding(desk: Desk, clock: SystemClock) -> Iterator[Feed]:
    feed = Feed(desk, clock)
    feed.start()
    try:
        yield feed
    finally:
        feed.stop()


def notifications(made: int) -> tuple[bytes, bytes]:
    """A batch of `/Meas/IMU6` in its two parts: milliseconds, then accelerations and rates."""
    at_ms = round(1000 * made * BATCH / RATE_HZ)
    values = np.zeros((2, BATCH, 3), "<f4")
    values[0, :, 2] = 9.81 + 0.5 * np.sin(np.arange(BATCH) / 3 + made)
    payload = at_ms.to_bytes(4, "little") + values.tobytes()
    return bytes([DATA, STREAM_REF]) + payload[:SPLIT], bytes([DATA_PART2, STREAM_REF]) + payload[SPLIT:]
