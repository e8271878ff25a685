"""A gate timer that answers, as docs/gate-protocol.md asks for, but without a line; times are given to it."""

import heapq
import struct
from collections.abc import Iterable, Iterator

from rig.model.setup import Gate
from rig.virtual.frames import crc16, frame, schema_hash

TICK_NS = 500
SECOND_NS = 1_000_000_000
SELF_TEST_NS = SECOND_NS // 10
STUCK_NS = 5 * SECOND_NS
BEAMS = 8


class GateBrain:
    """One power-up of a timer.

    Parameters
    ----------
    gates
        What is fitted.
    boot_id
        Of this power-up.
    started_ns
        Host time at which its clock read zero.
    ppm
        How much faster than the host's its clock runs.
    levels
        Mask of the beams that are blocked as it starts.

    Notes
    -----
    All methods give the bytes that go out, in order; host times must not decrease from call to call.
    """

    def __init__(self, gates: Iterable[Gate], boot_id: int, started_ns: int, ppm: float = 0.0, levels: int = 0) -> None:
        self._gates = tuple(gates)
        self._boot_id = boot_id
        self._started_ns = started_ns
        self._ppm = ppm
        self._levels = levels
        self._sequence = 0
        self._changed_ns = [started_ns] * BEAMS
        self._edges_ns: list[list[int]] = [[] for _ in range(BEAMS)]
        self._cues: list[tuple[int, int, int]] = []
        self._pending = b""
        self._beat_ns = started_ns + SECOND_NS
        self._test_ns: int | None = None

    @property
    def levels(self) -> int:
        """Mask of the beams that are blocked."""
        return self._levels

    def ticks(self, t_ns: int) -> int:
        """Its count at a host time."""
        elapsed = t_ns - self._started_ns
        return (elapsed + round(elapsed * self._ppm * 1e-6)) // TICK_NS

    def info(self, t_ns: int) -> bytes:
        """Say who it is: first after power-up, and when asked."""
        heights = [0] * BEAMS
        for gate in self._gates:
            heights[2 * gate.gate : 2 * gate.gate + len(gate.beam_heights_mm)] = gate.beam_heights_mm
        fitted = sum(1 << i for i, height in enumerate(heights) if height)
        clock = (TICK_NS, self.ticks(t_ns))
        return frame("INFO", 1, 0, 1, 0, schema_hash(), self._boot_id, len(self._gates), fitted, *clock, *heights)

    def beam(self, t_ns: int, gate: int, beam: int, level: int) -> bytes:
        """Block or free a beam; an edge if that changes it."""
        index = 2 * gate + beam
        if self._levels >> index & 1 == level:
            return b""
        self._levels ^= 1 << index
        self._changed_ns[index] = t_ns
        self._edges_ns[index] = [*(t for t in self._edges_ns[index] if t > t_ns - SECOND_NS), t_ns]
        sequence, self._sequence = self._sequence, (self._sequence + 1) % 65536
        return frame("EDGE", gate, beam, level, sequence, 0, self.ticks(t_ns))

    def heard(self, data: bytes, t_ns: int) -> bytes:
        """Take what the rig sent; the answers."""
        *closed, self._pending = (self._pending + data).split(b"\0")
        bodies = (unstuff(piece) for piece in closed if piece)
        return b"".join(self._answer(body[0], body[1:-2], t_ns) for body in bodies if is_whole(body))

    def due(self, t_ns: int) -> bytes:
        """What it says by itself: heartbeats, cues and the self-test."""
        return b"".join(self._due(t_ns))

    def _due(self, t_ns: int) -> Iterator[bytes]:
        while self._cues and self._cues[0][0] <= t_ns:
            at_ns, token, kind = heapq.heappop(self._cues)
            yield frame("CUE", token, kind, self.ticks(at_ns))
        if t_ns >= self._beat_ns:
            self._beat_ns = t_ns + SECOND_NS - (t_ns - self._beat_ns) % SECOND_NS
            yield frame("HEARTBEAT", self.ticks(t_ns), self._levels, self._sequence, 0, 0)
        if self._test_ns is not None and t_ns >= self._test_ns:
            self._test_ns = t_ns + SELF_TEST_NS
            yield self._self_test(t_ns)

    def _answer(self, number: int, payload: bytes, t_ns: int) -> bytes:
        if number == 0x81:
            return self.info(t_ns)
        if number == 0x82:
            return frame("PONG", *struct.unpack_from("<I", payload), self.ticks(t_ns), self.ticks(t_ns))
        if number == 0x83:
            token, kind, delay_ms = struct.unpack_from("<HBH", payload)
            heapq.heappush(self._cues, (t_ns + delay_ms * 1_000_000, token, kind))
            return b""
        if number == 0x84:
            self._test_ns = t_ns if payload[0] else None
            return b""
        return frame("ERROR", 1, number, self.ticks(t_ns))

    def _self_test(self, t_ns: int) -> bytes:
        stuck = sum(1 << i for i in range(BEAMS) if self._levels >> i & 1 and t_ns - self._changed_ns[i] >= STUCK_NS)
        edges = [min(255, sum(t > t_ns - SECOND_NS for t in times)) for times in self._edges_ns]
        return frame("SELF_TEST", self.ticks(t_ns), self._levels, stuck, *edges)


def unstuff(piece: bytes) -> bytes:
    """Undo COBS; nothing where the piece is none."""
    out = bytearray()
    while piece:
        code, block, piece = piece[0], piece[1 : piece[0]], piece[piece[0] :]
        if len(block) != code - 1:
            return b""
        out += block + (b"\0" if piece and code < 255 else b"")
    return bytes(out)


def is_whole(body: bytes) -> bool:
    """Whether id, payload and checksum belong together."""
    return len(body) >= 3 and crc16(body[:-2]) == int.from_bytes(body[-2:], "big")
