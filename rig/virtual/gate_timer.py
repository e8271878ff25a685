"""A virtual photogate timer: its clock, its queue, its frames, and the serial traffic around it."""

from collections.abc import Iterator
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
from numpy.random import Generator

from rig.model.records import Direction, LinkEvent, Packet
from rig.model.setup import Gate
from rig.virtual.clocks import Oscillator, host_ns
from rig.virtual.frames import frame, schema_hash
from rig.virtual.serial_line import BYTE_S, TIMER_BYTE_S, TURN_ROUND_S, SerialLine, reads

TICK_S = 500e-9
BEEP = 1
BOOT_S = 0.25
ENDPOINT = "serial"


@dataclass(frozen=True, slots=True)
class Cue:
    """A start signal: when the rig asked for it, when it sounds, and its token."""

    token: int
    asked_s: float
    sounds_s: float
    delay_ms: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A beam of a gate is cut (`level` 1) or free again."""

    at_s: float
    gate: int
    beam: int
    level: int


@dataclass(frozen=True, slots=True)
class Ask:
    """A frame the rig writes, and when its last byte reaches the timer."""

    written_s: float
    received_s: float
    data: bytes
    token: int | None = None


def plan_cue(token: int, asked_s: float, delay_ms: int, line: SerialLine, rng: Generator) -> Cue:
    """Ask for a cue and learn when it will sound."""
    data = frame("CUE_REQUEST", token, BEEP, delay_ms)
    arrives = asked_s + line.out_delay(rng) + len(data) * BYTE_S
    return Cue(token, asked_s, arrives + delay_ms / 1000, delay_ms)


class GateTimer:
    """One timer over one session; `traffic` is all its packets."""

    def __init__(self, gates: tuple[Gate, ...], clock: Oscillator, line: SerialLine, rng: Generator) -> None:
        self.gates = gates
        self.clock = clock
        self.line = line
        self.rng = rng
        self._boot_id = int(rng.integers(1, 2**32))
        self._sequence = 0
        self._levels = 0
        self._free_s = 0.0

    def ticks(self, seconds: float) -> int:
        """The timer's count at a session second."""
        return int(self.clock.reading(seconds) / TICK_S)

    def traffic(self, source: str, until_s: float, edges: list[Edge], cues: list[Cue]) -> list[Packet]:
        """Everything sent and received from the connection to the end."""
        asks = self._asks(until_s, cues)
        for edge in (e for e in edges if e.at_s < BOOT_S):  # levels at power-up, for the first heartbeat
            self._see(edge)
        seen = [edge for edge in edges if edge.at_s >= BOOT_S]
        sent = list(self._answers(until_s, seen, cues, asks))
        packets = [_packet(source, Direction.LINK, 0.05, LinkEvent.CONNECTED.value.encode())]
        packets += [_packet(source, Direction.TX, ask.written_s, ask.data) for ask in asks]
        packets += [_packet(source, Direction.RX, t, data) for t, data in reads(sent, self.line, self.rng)]
        return sorted(packets, key=lambda packet: packet.t_ns)

    def _asks(self, until_s: float, cues: list[Cue]) -> list[Ask]:
        """HELLO, a PING every 0.6 to 0.7 s, and the requests for cues."""
        asks = [self._ask(0.6, frame("HELLO", 1, 0))]
        times = np.cumsum(self.rng.uniform(0.6, 0.7, int(until_s / 0.6))) + 0.8
        pings = times[times < until_s - 0.1]
        asks += [self._ask(float(t), frame("PING", i), i) for i, t in enumerate(pings)]
        asks += [
            Ask(c.asked_s, c.sounds_s - c.delay_ms / 1000, frame("CUE_REQUEST", c.token, BEEP, c.delay_ms))
            for c in cues
        ]
        return sorted(asks, key=lambda ask: ask.written_s)

    def _ask(self, written_s: float, data: bytes, token: int | None = None) -> Ask:
        return Ask(written_s, written_s + self.line.out_delay(self.rng) + len(data) * BYTE_S, data, token)

    def _answers(
        self, until_s: float, edges: list[Edge], cues: list[Cue], asks: list[Ask]
    ) -> Iterator[tuple[float, bytes]]:
        """Frames in the order in which they go out, each with the time of its first byte."""
        happens: list[tuple[float, Edge | Cue | Ask | str]] = [
            (BOOT_S, "INFO"),
            *((edge.at_s, edge) for edge in edges),
            *((cue.sounds_s, cue) for cue in cues),
            *((ask.received_s, ask) for ask in asks),
            *((float(t), "HEARTBEAT") for t in np.arange(0.5, until_s, 1.0)),
        ]
        for at, what in sorted(happens, key=itemgetter(0)):
            data = self._encode(at, what)
            if data:
                start = max(at + TURN_ROUND_S, self._free_s)
                self._free_s = start + len(data) * TIMER_BYTE_S
                yield start, data

    def _encode(self, at: float, what: "Edge | Cue | Ask | str") -> bytes:
        if isinstance(what, Edge):
            return self._edge(at, what)
        if isinstance(what, Cue):
            return frame("CUE", what.token, BEEP, self.ticks(at))
        if isinstance(what, Ask):
            return self._reply(what)
        return self._info(at) if what == "INFO" else self._heartbeat(at)

    def _see(self, edge: Edge) -> None:
        bit = 1 << (2 * edge.gate + edge.beam)
        self._levels = self._levels | bit if edge.level else self._levels & ~bit

    def _edge(self, at: float, edge: Edge) -> bytes:
        self._see(edge)
        sequence, self._sequence = self._sequence, (self._sequence + 1) % 65536
        return frame("EDGE", edge.gate, edge.beam, edge.level, sequence, 0, self.ticks(at))

    def _reply(self, ask: Ask) -> bytes:
        if ask.token is not None:
            leaves = max(ask.received_s + TURN_ROUND_S, self._free_s)
            return frame("PONG", ask.token, self.ticks(ask.received_s), self.ticks(leaves))
        return self._info(ask.received_s) if ask.data == frame("HELLO", 1, 0) else b""

    def _heartbeat(self, at: float) -> bytes:
        return frame("HEARTBEAT", self.ticks(at), self._levels, self._sequence, 0, 0)

    def _info(self, at: float) -> bytes:
        heights = [0] * 8
        for gate in self.gates:
            heights[2 * gate.gate : 2 * gate.gate + len(gate.beam_heights_mm)] = gate.beam_heights_mm
        fitted = sum(1 << i for i, height in enumerate(heights) if height)
        counts = (len(self.gates), fitted, round(TICK_S * 1e9), self.ticks(at))
        return frame("INFO", 1, 0, 1, 0, schema_hash(), self._boot_id, *counts, *heights)


def _packet(source: str, direction: Direction, seconds: float, data: bytes) -> Packet:
    return Packet(source, ENDPOINT, direction, host_ns(seconds), data)
