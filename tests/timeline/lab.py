"""Small stand-ins for devices, with truth: what they would put on the line, and when it would arrive."""

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from firmware_protocol.gate_timer import (
    PING_WIRE_NS,
    PONG_WIRE_NS,
    SCHEMA_HASH,
    Edge,
    Heartbeat,
    Info,
    Message,
    Ping,
    Pong,
    encode,
    wire_ns,
)
from firmware_protocol.wearables.movesense import NOTIFY_UUID, Movesense
from rig.model.records import Direction, LinkEvent, Packet
from rig.model.setup import Course, Device, Gate, Role, Setup

S = 1_000_000_000
TICK_NS = 500

SETUP = Setup(
    course=Course(gates=tuple(Gate(n, x, (1100, 900)) for n, x in enumerate((0.0, 3.0, 4.0, 6.0)))),
    devices=(
        Device("gates", "gate-timer"),
        Device("back", "movesense", Role.LOWER_BACK),
        Device("chest", "movesense", Role.CHEST),
        Device("thigh", "movesense", Role.THIGH),
    ),
)

INFO = Info(1, 0, 1, 0, SCHEMA_HASH, 7, 4, 0xFF, TICK_NS, 0, (1100, 900) * 4)


def rx(source: str, t_ns: int, data: bytes, endpoint: str = "serial") -> Packet:
    return Packet(source, endpoint, Direction.RX, t_ns, data)


def link(source: str, t_ns: int, event: LinkEvent) -> Packet:
    return Packet(source, "", Direction.LINK, t_ns, event.value.encode())


@dataclass(frozen=True)
class Oscillator:
    """A device clock: zero at host time `start_ns`, `ppm` faster than the host's."""

    start_ns: int = 0
    ppm: float = 0.0

    def device_ns(self, host_ns: int) -> int:
        elapsed = host_ns - self.start_ns
        return elapsed + round(elapsed * self.ppm * 1e-6)


@dataclass
class Timer:
    """A gate timer on a serial line; edges and messages are appended as they happen.

    `jitter_ns` is the largest extra delay of a read, as a latency timer makes it.
    """

    clock: Oscillator
    seed: int = 0
    jitter_ns: int = 1_000_000
    source: str = "gates"
    sequence: int = 0
    overruns: int = 0
    levels: int = 0

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.packets: list[Packet] = []

    def ticks(self, host_ns: int) -> int:
        return self.clock.device_ns(host_ns) // TICK_NS

    def say(self, host_ns: int, message: Message) -> None:
        data = encode(message)
        delay = wire_ns(len(data)) + int(self.random.integers(0, self.jitter_ns))
        self.packets.append(rx(self.source, host_ns + delay, data))

    def info(self, host_ns: int, **changes: int) -> None:
        self.say(host_ns, replace(INFO, ticks=self.ticks(host_ns), **changes))  # type: ignore[arg-type]  # open keywords

    def edge(self, host_ns: int, gate: int, beam: int, *, blocked: bool, lost: bool = False) -> None:
        bit = 1 << (2 * gate + beam)
        self.levels = self.levels | bit if blocked else self.levels & ~bit
        message = Edge(gate, beam, int(blocked), self.sequence, self.overruns, self.ticks(host_ns))
        self.sequence = (self.sequence + 1) % 65536
        if not lost:
            self.say(host_ns, message)

    def heartbeat(self, host_ns: int) -> None:
        self.say(host_ns, Heartbeat(self.ticks(host_ns), self.levels, self.sequence, self.overruns, 0))

    def ping(self, host_ns: int, token: int) -> None:
        self.packets.append(Packet(self.source, "serial", Direction.TX, host_ns, encode(Ping(token))))
        received = host_ns + PING_WIRE_NS + int(self.random.integers(0, 1_000_000))
        answered = received + 60_000
        data = encode(Pong(token, self.ticks(received), self.ticks(answered)))
        read = answered + PONG_WIRE_NS + int(self.random.integers(0, self.jitter_ns))
        self.packets.append(rx(self.source, read, data))

    def live(self, start_ns: int, end_ns: int, *, pings: bool = True, offset_ns: int = 0) -> None:
        """Heartbeats and pings, once a second each."""
        for k, t in enumerate(range(start_ns, end_ns, S)):
            self.heartbeat(t + 500_000_000 + offset_ns)
            if pings:
                self.ping(t + 100_000_000, (start_ns // S) * 10_000 + k)


@dataclass(frozen=True)
class Worn:
    """A Movesense: blocks of eight samples, each split over two notifications.

    The samples carry their own number, so that every one can be found again: it is acc x and gyr z.
    """

    clock: Oscillator
    source: str = "back"
    rate_hz: float = 104.0
    seed: int = 0
    interval_ns: int = 30_000_000

    def host_ns(self, number: int) -> int:
        """True host time of a sample."""
        device = number * S / self.rate_hz
        return self.clock.start_ns + round(device / (1 + self.clock.ppm * 1e-6))

    def block(self, first: int) -> tuple[bytes, bytes]:
        acc = np.zeros((8, 3), "<f4")
        acc[:, 0], acc[:, 2] = np.arange(first, first + 8), 9.81
        gyr = np.full((8, 3), 90.0, "<f4")
        gyr[:, 2] = acc[:, 0]
        ms = int(first * 1000 / self.rate_hz)
        payload = struct.pack("<I", ms) + acc.tobytes() + gyr.tobytes()
        return b"\x02\x63" + payload[:150], b"\x03\x63" + payload[150:]

    def packets(self, blocks: Iterable[int]) -> list[Packet]:
        """Notifications of these blocks (0 is the first of the session), with a radio's delays."""
        random = np.random.default_rng(self.seed)
        out: list[Packet] = []
        latest = 0
        for number in blocks:
            ready = self.host_ns(8 * number + 7)
            for part in self.block(8 * number):
                event = -(-(ready + 3_000_000) // self.interval_ns) + int(random.random() < 0.05)
                latest = max(latest + 500_000, event * self.interval_ns)
                out.append(rx(self.source, latest, part, NOTIFY_UUID))
        return out

    def subscribe(self, t_ns: int) -> Packet:
        write = Movesense().start()[-1]
        return Packet(self.source, write.uuid, Direction.TX, t_ns, write.data)


def session(*parts: Sequence[Packet]) -> list[Packet]:
    """All packets by host time."""
    return sorted((p for part in parts for p in part), key=lambda p: p.t_ns)
