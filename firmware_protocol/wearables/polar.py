"""Polar sensors by the Polar Measurement Data service (PMD): Verity Sense (acceleration and rate), H10 (acceleration).

Control point: settings of a stream are asked for, one of each kind is chosen and the stream started with them; the
answer to the start holds the factor of the streams whose numbers need one. Data: ``[type][u64 time][frame
type][numbers]``, the time in nanoseconds since 2000 **of the last sample**; bit 7 of the frame type says that the
numbers are a reference sample and blocks ``[bits][count][differences]``, least significant bit first, cumulative.

The sensors answer in turn: acceleration is settled before the angular rate is asked for. A stream that a lost
connection left running is stopped and started again. Sources: polarofficial/polar-ble-sdk, "Online measurement".
"""

import struct
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from firmware_protocol.wearables.base import Blocks, Decoder, Ints, Write
from firmware_protocol.wearables.blocks import FULL_16_BIT, GRAVITY, Block, Layout, apart
from firmware_protocol.wearables.device_clock import StampedClock

_BASE = "fb005c{}-02e7-f387-1cad-8acd2d8df0c8"
SERVICE_UUID, CONTROL_UUID, DATA_UUID = _BASE.format("80"), _BASE.format("81"), _BASE.format("82")

ACC, GYR = 2, 5
_SETTINGS, _START, _STOP = 1, 2, 3
_RESPONSE = 0xF0
_RATE, _RESOLUTION, _RANGE, _CHANNELS, _FACTOR = 0, 1, 2, 4, 5
_SIZE = {_RATE: 2, _RESOLUTION: 2, _RANGE: 2, 3: 4, _CHANNELS: 1, _FACTOR: 4}
_OK, _NO_SUCH_TYPE, _NOT_SUPPORTED, _ALREADY = 0, 2, 3, 6
_HEADER = struct.Struct("<BQB")
_FLOAT = struct.Struct("<f")
_TYPE_BITS = 0x3F
_DELTA = 0x80
_MILLI_G = GRAVITY / 1000
_MAX_BITS = 32
_MOVING = Layout("", 1, acc=0, gyr=None, acc_limit=FULL_16_BIT)
_TURNING = Layout("", 1, acc=None, gyr=0)


@dataclass(frozen=True, slots=True)
class Polar:
    """A Polar sensor; of what it offers, the settings next to these are chosen.

    Attributes
    ----------
    rate_hz, acc_range_g, gyr_range_dps
        Wanted.
    """

    rate_hz: int = 100
    acc_range_g: int = 8
    gyr_range_dps: int = 2000
    kind: str = field(default="polar", init=False)
    read_uuids: tuple[str, ...] = field(default=(), init=False)
    notify_uuids: tuple[str, ...] = field(default=(CONTROL_UUID, DATA_UUID), init=False)
    write_uuids: tuple[str, ...] = field(default=(CONTROL_UUID,), init=False)

    def recognises(self, name: str | None, services: Iterable[str]) -> bool:
        """Whether an advertisement is a Polar's that measures motion: by the service, else by its name."""
        known = ("polar h10", "polar sense", "polar verity", "polar oh1")
        return SERVICE_UUID in {s.lower() for s in services} or (name or "").lower().startswith(known)

    def start(self) -> tuple[Write, ...]:
        """Ask for the settings of accelerations; the decoder's replies do the rest."""
        return (Write(CONTROL_UUID, bytes([_SETTINGS, ACC])),)

    def stop(self) -> tuple[Write, ...]:
        """Stop both streams."""
        return Write(CONTROL_UUID, bytes([_STOP, ACC])), Write(CONTROL_UUID, bytes([_STOP, GYR]))

    def decoder(self) -> Decoder:
        """Decode both streams."""
        return PolarDecoder(self.rate_hz, {ACC: self.acc_range_g, GYR: self.gyr_range_dps})

    def characteristic(self, data: bytes, *, write: bool) -> str:
        """Tell answers of the control point from data by the first byte."""
        return CONTROL_UUID if write or data[:1] == bytes([_RESPONSE]) else DATA_UUID


class PolarDecoder:
    """Notifications to samples of two streams, and the talk that starts them.

    Counts `blocks`, `bad_length`, `bad_stamp`, `duplicates`, `restarts`, `unknown`, `refused_...` and `no_gyr`.

    Parameters
    ----------
    rate_hz
        Wanted, and to expect where the start was not recorded.
    ranges
        Wanted, in g and deg/s by stream.
    """

    def __init__(self, rate_hz: float = 100.0, ranges: Mapping[int, int] | None = None) -> None:
        self._wanted_hz = rate_hz
        self._ranges = ranges or {ACC: 8, GYR: 2000}
        self._rate_hz = {ACC: rate_hz, GYR: rate_hz}
        self._factor: dict[int, float] = {}
        self._started: dict[int, bytes] = {}
        self._tried_again: set[int] = set()
        self._replies: list[bytes] = []
        self._counts: Counter[str] = Counter()
        self._clock = StampedClock(1, 64, self._counts)
        self._blocks: dict[int, list[Block]] = {ACC: [], GYR: []}

    @property
    def counts(self) -> Mapping[str, int]:
        """Notifications by fate."""
        return self._counts

    @property
    def nominal_rate_hz(self) -> float:
        """The rate that accelerations were started with."""
        return self._rate_hz[ACC]

    @property
    def resolution_ns(self) -> int:
        """Stamps are whole nanoseconds."""
        return 1

    @property
    def counted(self) -> bool:
        """The sensor has a clock."""
        return False

    def missed(self) -> None:
        """Every notification stands alone: nothing to void."""

    def interrupt(self) -> None:
        """Begin a new epoch."""
        self._clock.interrupt()
        self._tried_again.clear()

    def replies(self) -> tuple[Write, ...]:
        """Give the next commands."""
        commands, self._replies = self._replies, []
        return tuple(Write(CONTROL_UUID, command) for command in commands)

    def wrote(self, uuid: str, data: bytes) -> None:
        """Take note of the settings that a stream is started with."""
        if uuid == CONTROL_UUID and len(data) >= 2 and data[0] == _START:
            rates = dict(_parameters(data[2:])).get(_RATE)
            self._started[data[1]] = data
            if rates and rates[0]:
                self._rate_hz[data[1]] = float(rates[0])

    def feed(self, uuid: str, data: bytes, t_ns: int) -> None:
        """Take an answer of the control point or a notification, and its host time."""
        if uuid == CONTROL_UUID:
            self._answered(data)
        elif uuid == DATA_UUID:
            self._data(data, t_ns)

    # -- talk --------------------------------------------------------------------------------------------------

    def _answered(self, data: bytes) -> None:
        """Take ``F0 command type status more parameters``."""
        if len(data) < 4 or data[0] != _RESPONSE or data[2] not in self._blocks:
            self._counts["unknown"] += 1
            return
        command, stream, status = data[1:4]
        if command == _STOP:
            self._stopped(stream)
        elif status != _OK:
            self._refused(command, stream, status)
        elif command == _SETTINGS:
            self._replies.append(self._choice(stream, dict(_parameters(data[5:]))))
        elif command == _START:
            self._running(stream, dict(_parameters(data[5:])))

    def _choice(self, stream: int, offered: Mapping[int, tuple[int, ...]]) -> bytes:
        """Start with one of each kind of setting that is offered."""
        wanted = {_RATE: self._wanted_hz, _RESOLUTION: 16, _RANGE: self._ranges[stream], _CHANNELS: 3}
        chosen = bytearray([_START, stream])
        for kind, values in sorted(offered.items()):
            if kind in wanted and values:
                best = min(values, key=lambda value: (abs(value - wanted[kind]), -value))
                chosen += bytes([kind, 1]) + best.to_bytes(_SIZE[kind], "little")
        return bytes(chosen)

    def _running(self, stream: int, parameters: Mapping[int, tuple[int, ...]]) -> None:
        for bits in parameters.get(_FACTOR, ())[:1]:
            (factor,) = _FLOAT.unpack(bits.to_bytes(4, "little"))
            if np.isfinite(factor) and factor > 0:
                self._factor[stream] = factor
        self._ask_on(stream)

    def _ask_on(self, stream: int) -> None:
        """Ask for the angular rate once the acceleration is settled."""
        if stream == ACC:
            self._replies.append(bytes([_SETTINGS, GYR]))

    def _refused(self, command: int, stream: int, status: int) -> None:
        if command == _START and status == _ALREADY and stream not in self._tried_again:
            self._tried_again.add(stream)
            self._replies.append(bytes([_STOP, stream]))
            return
        absent = stream == GYR and status in (_NO_SUCH_TYPE, _NOT_SUPPORTED)
        self._counts["no_gyr" if absent else f"refused_{status}"] += 1
        self._ask_on(stream)

    def _stopped(self, stream: int) -> None:
        """Start again what was stopped because it ran on from an earlier connection."""
        if stream in self._tried_again and stream in self._started:
            self._replies.append(self._started[stream])

    # -- data --------------------------------------------------------------------------------------------------

    def _data(self, data: bytes, t_ns: int) -> None:
        if len(data) <= _HEADER.size or (stream := data[0] & _TYPE_BITS) not in self._blocks:
            self._counts["unknown"] += 1
            return
        _, stamp, frame = _HEADER.unpack_from(data)
        numbers = _numbers(stream, frame, data[_HEADER.size :])
        if numbers is None:
            self._counts["bad_length"] += 1
            return
        device_ns = self._clock.place(stamp, t_ns, stream)
        if device_ns is not None:
            layout = self._layout(stream, frame)._replace(dtype=numbers[0])
            self._blocks[stream].append(Block(device_ns, self._clock.epoch, t_ns, t_ns, layout, numbers[1]))
            self._counts["blocks"] += 1

    def _layout(self, stream: int, frame: int) -> Layout:
        """Scale and limits of a kind of frame."""
        factor = self._factor.get(stream)
        if stream == GYR and frame & ~_DELTA:  # float32, deg/s
            return _TURNING
        if stream == GYR:
            scale = _TURNING.gyr_scale * (factor or 1.0)
            return _TURNING._replace(gyr_scale=scale, gyr_limit=FULL_16_BIT, scaled=factor is not None)
        if frame == _DELTA:  # counts, whose factor gives g
            return _MOVING._replace(acc_scale=(factor or 1.0) * GRAVITY, scaled=factor is not None)
        times = (factor or 1.0) if frame & _DELTA else 1.0
        return _MOVING._replace(acc_scale=_MILLI_G * times)

    def take(self) -> Blocks:
        """Give the samples that came since the last call."""
        acc, gyr = self._blocks[ACC], self._blocks[GYR]
        self._blocks = {ACC: [], GYR: []}
        return apart(acc, gyr, of_last=True)


def _parameters(data: bytes) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Read ``[kind][count][values]``, up to a kind that is not known or cut short."""
    at = 0
    while at + 2 <= len(data) and data[at] in _SIZE:
        kind, size, count = data[at], _SIZE[data[at]], data[at + 1]
        values = data[at + 2 : at + 2 + size * count]
        if len(values) < size * count:
            return
        yield kind, tuple(int.from_bytes(values[k : k + size], "little") for k in range(0, len(values), size))
        at += 2 + size * count


_RAW = {(ACC, 0): "<i1", (ACC, 1): "<i2", (ACC, 2): "<i3", (GYR, 0): "<i2", (GYR, 1): "<f4"}
_COUNTS, _PATTERNS = ("<i2", "<i8", "<i8"), ("<u4", "<u4", "<f4")
"""Types of the numbers of a reference, of the sums, and of what these are to be read as."""
_DELTAS = {(ACC, 0x80): _COUNTS, (ACC, 0x81): _COUNTS, (GYR, 0x80): _COUNTS, (GYR, 0x81): _PATTERNS}


def _numbers(stream: int, frame: int, data: bytes) -> tuple[str, bytes] | None:
    """Give type and bytes of a frame's numbers; None where they are not whole samples of a kind that is known."""
    if (dtype := _RAW.get((stream, frame))) is not None:
        size = int(dtype[2:]) * 3
        if not data or len(data) % size:
            return None
        return ("<i4", _widened(data)) if dtype == "<i3" else (dtype, data)
    if (types := _DELTAS.get((stream, frame))) is None:
        return None
    reference, sums, dtype = types
    head = int(reference[2:]) * 3
    values = _added(np.frombuffer(data[:head], dtype=reference), data[head:]) if len(data) >= head else None
    return None if values is None else (dtype, values.astype(sums).tobytes())


def _widened(data: bytes) -> bytes:
    """24-bit numbers as 32-bit ones."""
    narrow = np.frombuffer(data, dtype=np.uint8).reshape(len(data) // 3, 3)
    sign = np.where(narrow[:, 2:] >= 0x80, 0xFF, 0).astype(np.uint8)
    return np.hstack([narrow, sign]).tobytes()


def _added(reference: NDArray[np.integer], data: bytes) -> Ints | None:
    """Add up differences from the reference sample: (n, 3), the reference first; None where a block is cut short."""
    blocks, at = [], 0
    while at + 2 < len(data):
        bits, count = data[at : at + 2]
        if not bits or not count or bits > _MAX_BITS:
            return None
        blocks.append((at + 2, bits, count))
        at += 2 - (-bits * count * 3 // 8)
    if at != len(data):
        return None
    # Eight bytes from any place on, as one number.
    words = np.ndarray(len(data), dtype="<u8", buffer=data + bytes(7), strides=(1,))
    steps = [reference.astype(np.int64), *(_signed(words[at:], bits, count) for at, bits, count in blocks)]
    return np.vstack(steps).cumsum(axis=0)


def _signed(words: NDArray[np.uint64], bits: int, count: int) -> Ints:
    """Unpack (count, 3) signed numbers of so many bits, least significant bit first."""
    places, shifts = _places(bits, count)
    upper: Ints = (words[places] << shifts).view(np.int64)
    return upper >> (64 - bits)


@lru_cache(maxsize=1024)
def _places(bits: int, count: int) -> tuple[Ints, NDArray[np.uint64]]:
    """Byte at which each of (count, 3) numbers begins, and how far it must be shifted to end at bit 63."""
    begins = np.arange(count * 3).reshape(count, 3) * bits
    return begins // 8, (64 - bits - begins % 8).astype(np.uint64)
