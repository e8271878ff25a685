"""What the sensors say at this moment: beam states and short traces, decoded as they come, for the eye only."""

from collections import deque
from collections.abc import Mapping

import msgspec
import numpy as np

from firmware_protocol.gate_timer import Edge, GateTimerDecoder, Heartbeat, beam_index
from firmware_protocol.wearables import wearable
from firmware_protocol.wearables.base import Blocks, Decoder
from rig.model.records import Direction, Packet
from rig.model.setup import TIMERS, Device, Setup

GRAVITY = 9.80665
TRACE_HZ = 25.0
"""Points a second that an eye can follow."""


class Points(msgspec.Struct, frozen=True):
    """New points of one sensor's trace: host times, |specific force| less gravity, |angular rate|."""

    t_ms: list[int]
    acc: list[float]
    gyr: list[float]


class Now(msgspec.Struct, frozen=True):
    """What came since the last look.

    Attributes
    ----------
    beams
        Whether each beam is blocked, by "gate.beam".
    traces
        New points by device.
    last_ns
        Host time of each device's latest packet.
    """

    beams: dict[str, bool]
    traces: dict[str, Points]
    last_ns: dict[str, int]


class LiveView:
    """Decodes for the page; `put` may be called from any thread, `take` from one."""

    def __init__(self, setup: Setup) -> None:
        self._waiting: deque[Packet] = deque()
        self._gates = {device.id: GateTimerDecoder() for device in setup.devices if device.kind == "gate-timer"}
        self._sensors = {device.id: _Sensor(device) for device in setup.devices if device.kind not in TIMERS}
        self._beams: dict[str, bool] = {}
        self._last_ns: dict[str, int] = {}
        self._fitted = {f"{g.gate}.{b}" for g in setup.course.gates for b in range(len(g.beam_heights_mm))}

    def put(self, packet: Packet) -> None:
        """Take a packet."""
        self._waiting.append(packet)

    def take(self) -> Now:
        """What came since the last look."""
        while self._waiting:
            packet = self._waiting.popleft()
            if packet.direction is Direction.RX:
                self._last_ns[packet.source] = packet.t_ns
            if packet.source in self._gates:
                self._gate(self._gates[packet.source], packet)
            elif packet.source in self._sensors:
                self._sensors[packet.source].feed(packet)
        traces = {name: points for name, sensor in self._sensors.items() if (points := sensor.points()).t_ms}
        return Now(dict(self._beams), traces, dict(self._last_ns))

    def _gate(self, decoder: GateTimerDecoder, packet: Packet) -> None:
        if packet.direction is Direction.LINK:
            decoder.resync()
        elif packet.direction is Direction.RX:
            for received in decoder.feed(packet.data, packet.t_ns):
                self._beams |= _levels(received.message, self._fitted)


def _levels(message: object, fitted: set[str]) -> Mapping[str, bool]:
    """What a message says about beams."""
    if isinstance(message, Edge):
        return {f"{message.gate}.{message.beam}": bool(message.level)}
    if isinstance(message, Heartbeat):
        return {name: bool(message.levels >> _bit(name) & 1) for name in fitted}
    return {}


def _bit(name: str) -> int:
    gate, _, beam = name.partition(".")
    return beam_index(int(gate), int(beam))


class _Sensor:
    """One wearable's trace, thinned to what an eye can follow."""

    def __init__(self, device: Device) -> None:
        self._decoder: Decoder = wearable(device.kind).decoder()
        self._rate_hz = self._decoder.nominal_rate_hz
        self._left = 0

    def feed(self, packet: Packet) -> None:
        """Take one packet."""
        if packet.direction is Direction.RX:
            self._decoder.feed(packet.endpoint, packet.data, packet.t_ns)
        elif packet.direction is Direction.TX:
            self._decoder.wrote(packet.endpoint, packet.data)
        else:
            self._decoder.interrupt()

    def points(self) -> Points:
        """The new points; times are those of arrival, spread back over each block."""
        blocks = self._decoder.take()
        n = len(blocks.acc)
        if n == 0:
            return Points([], [], [])
        step = max(1, round(self._rate_hz / TRACE_HZ))
        pick = np.arange(self._left, n, step)
        self._left = (step - (n - self._left) % step) % step
        return Points(
            (_arrivals(blocks, self._rate_hz)[pick] // 1_000_000).tolist(),
            np.round(np.linalg.norm(blocks.acc[pick], axis=1) - GRAVITY, 3).tolist(),
            [] if blocks.gyr is None else np.round(np.linalg.norm(blocks.gyr[pick], axis=1), 3).tolist(),
        )


def _arrivals(blocks: Blocks, rate_hz: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Host time of each sample, as if blocks came at once after their last sample."""
    ends = np.cumsum(blocks.count)
    behind = np.repeat(ends, blocks.count) - 1 - np.arange(int(ends[-1]))
    return np.asarray(np.repeat(blocks.complete_ns, blocks.count) - (behind * (1e9 / rate_hz)).astype(np.int64))
