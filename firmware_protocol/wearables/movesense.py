"""Movesense sensors by the GATT SensorData Protocol (GSP): IMU6 and IMU9 streams.

Commands are ``[command][reference][data]``, notifications ``[type][reference][payload]``. A block of samples is
a little-endian u32 of milliseconds (of the first sample), then all accelerations, then all angular rates (and in
IMU9 all magnetic fields), xyz float32 each; a block too long for one notification comes in two parts.
Source: Movesense documentation, "GATT SensorData Protocol", and the vendor's sample `GATTSensorDataClient`.
"""

import struct
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from firmware_protocol.wearables.base import Blocks, Floats, Ints, Write

SERVICE_UUID = "34802252-7185-4d5d-b431-630e7050e8f0"
WRITE_UUID = "34800001-7185-4d5d-b431-630e7050e8f0"
NOTIFY_UUID = "34800002-7185-4d5d-b431-630e7050e8f0"

_HELLO, _SUBSCRIBE, _UNSUBSCRIBE = 0, 1, 2
_RESPONSE, _DATA, _DATA_PART2 = 1, 2, 3
_VECTORS = {"IMU6": 2, "IMU9": 3}
_VECTOR_BYTES = 12
_STAMP = struct.Struct("<I")
_MS = 1_000_000
_STALE_MS = 2_000
_JUMP_MS = 10_000
_HELLO_REFERENCE, _REFERENCE = 0x01, 0x63


@dataclass(frozen=True, slots=True)
class Stream:
    """A resource that can be subscribed to, such as ``/Meas/IMU6/104``.

    Attributes
    ----------
    path
        As the sensor names it.
    vectors
        Three-axis values in each sample.
    rate_hz
        The label of the rate; the true one is in the stamps.
    """

    path: str
    vectors: int
    rate_hz: float

    @classmethod
    def parse(cls, path: str) -> "Stream":
        """Read a path; `ValueError` where it is none of IMU6 or IMU9 with a rate."""
        match path.split("/"):
            case ["", "Meas", resource, rate] if resource in _VECTORS and rate.isdecimal() and int(rate) > 0:
                return cls(path, _VECTORS[resource], float(rate))
        raise ValueError(f"{path!r} is not a Movesense IMU path; expected for instance /Meas/IMU6/104")


@dataclass(frozen=True, slots=True)
class Movesense:
    """A Movesense sensor whose firmware speaks GSP."""

    path: str = "/Meas/IMU6/104"
    reference: int = _REFERENCE
    kind: str = "movesense"
    read_uuids: tuple[str, ...] = ()
    notify_uuids: tuple[str, ...] = (NOTIFY_UUID,)

    def recognises(self, name: str | None, services: Iterable[str]) -> bool:
        """Whether an advertisement is a Movesense's: by its service, else by its name."""
        return SERVICE_UUID in {s.lower() for s in services} or (name or "").lower().startswith("movesense")

    def start(self) -> tuple[Write, ...]:
        """Ask who it is, then subscribe to the stream."""
        subscription = bytes([_SUBSCRIBE, self.reference]) + self.path.encode("ascii")
        return Write(WRITE_UUID, bytes([_HELLO, _HELLO_REFERENCE])), Write(WRITE_UUID, subscription)

    def stop(self) -> tuple[Write, ...]:
        """Unsubscribe from it."""
        return (Write(WRITE_UUID, bytes([_UNSUBSCRIBE, self.reference])),)

    def decoder(self) -> "MovesenseDecoder":
        """Decode this stream."""
        return MovesenseDecoder(self.path, self.reference)


@dataclass(frozen=True, slots=True)
class _Block:
    """A complete payload with its unwrapped stamp."""

    ms: int
    epoch: int
    arrival_ns: int
    complete_ns: int
    vectors: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class _Half:
    """The first part of a payload that waits for its second."""

    t_ns: int
    payload: bytes


class MovesenseDecoder:
    """Notifications to blocks of samples.

    Parameters
    ----------
    path, reference
        The stream to expect where the subscription itself was not recorded.
    """

    def __init__(self, path: str = "/Meas/IMU6/104", reference: int = _REFERENCE) -> None:
        self._stream = Stream.parse(path)
        self._reference = reference
        self._half: _Half | None = None
        self._blocks: list[_Block] = []
        self._last: _Block | None = None
        self._epoch = 0
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """Notifications by fate: `blocks`, `orphans`, `bad_length`, `duplicates`, `unknown`, `refused`, `restarts`."""
        return self._counts

    @property
    def nominal_rate_hz(self) -> float:
        """The label of the rate."""
        return self._stream.rate_hz

    @property
    def resolution_ns(self) -> int:
        """Stamps are whole milliseconds."""
        return _MS

    def replies(self) -> tuple[Write, ...]:
        """Nothing: the start says it all."""
        return ()

    def wrote(self, uuid: str, data: bytes) -> None:
        """Take note of a command to the sensor: a subscription tells what its data will be."""
        if uuid != WRITE_UUID or len(data) < 3 or data[0] != _SUBSCRIBE:
            return
        try:
            stream = Stream.parse(data[2:].decode("ascii", "replace"))
        except ValueError:
            return
        if (stream, data[1]) != (self._stream, self._reference):
            self._stream, self._reference = stream, data[1]
            self.interrupt()

    def missed(self) -> None:
        """Void a half-received block: notifications are known to be missing."""
        if self._half is not None:
            self._counts["orphans"] += 1
            self._half = None

    def interrupt(self) -> None:
        """Void a half-received block and begin a new epoch."""
        self.missed()
        if self._last is not None:
            self._last = None
            self._epoch += 1

    def feed(self, uuid: str, data: bytes, t_ns: int) -> None:
        """Take a notification and its host time."""
        if uuid != NOTIFY_UUID:
            return
        if len(data) < 2:
            self._counts["unknown"] += 1
        elif data[0] == _RESPONSE:
            self._response(data[2:])
        elif data[1] != self._reference or data[0] not in (_DATA, _DATA_PART2):
            self._counts["unknown"] += 1
        elif data[0] == _DATA:
            self._first_part(data[2:], t_ns)
        else:
            self._second_part(data[2:], t_ns)

    def _response(self, payload: bytes) -> None:
        status = int.from_bytes(payload, "big") if len(payload) == 2 else 0
        if 300 <= status < 600:
            self._counts[f"refused_{status}"] += 1

    def _first_part(self, payload: bytes, t_ns: int) -> None:
        self.missed()
        if self._whole(payload):
            self._complete(payload, t_ns, t_ns)
        else:
            self._half = _Half(t_ns, payload)

    def _second_part(self, payload: bytes, t_ns: int) -> None:
        half, self._half = self._half, None
        if half is None:
            self._counts["orphans"] += 1
        elif self._whole(half.payload + payload):
            self._complete(half.payload + payload, half.t_ns, t_ns)
        else:
            self._counts["bad_length"] += 1

    def _whole(self, payload: bytes) -> bool:
        samples, rest = divmod(len(payload) - _STAMP.size, self._stream.vectors * _VECTOR_BYTES)
        return samples > 0 and rest == 0

    def _complete(self, payload: bytes, arrival_ns: int, complete_ns: int) -> None:
        ms = self._unwrapped(_STAMP.unpack_from(payload)[0], arrival_ns)
        if ms is None:
            self._counts["duplicates"] += 1
            return
        self._last = _Block(ms, self._epoch, arrival_ns, complete_ns, self._stream.vectors, payload[_STAMP.size :])
        self._blocks.append(self._last)
        self._counts["blocks"] += 1

    def _unwrapped(self, raw_ms: int, arrival_ns: int) -> int | None:
        """Milliseconds that go on from the last block's; None for a block already seen; a restart is a new epoch."""
        last = self._last
        if last is None:
            return raw_ms
        step = (raw_ms - last.ms + 2**31) % 2**32 - 2**31
        if -_STALE_MS < step <= 0:
            return None
        if step < 0 or step - (arrival_ns - last.arrival_ns) // _MS > _JUMP_MS:
            self._counts["restarts"] += 1
            self._epoch += 1
            return raw_ms
        return last.ms + step

    def take(self) -> Blocks:
        """Give the blocks completed since the last call."""
        blocks, self._blocks = self._blocks, []
        count = np.array([len(b.payload) // (b.vectors * _VECTOR_BYTES) for b in blocks], dtype=np.int64)
        acc, gyr = _vectors(blocks, count)
        return Blocks(
            device_ns=np.array([b.ms for b in blocks], dtype=np.int64) * _MS,
            arrival_ns=np.array([b.arrival_ns for b in blocks], dtype=np.int64),
            complete_ns=np.array([b.complete_ns for b in blocks], dtype=np.int64),
            epoch=np.array([b.epoch for b in blocks], dtype=np.int64),
            count=count,
            acc=acc,
            gyr=np.radians(gyr),
        )


def _vectors(blocks: list[_Block], count: Ints) -> tuple[Floats, Floats]:
    """(n, 3) first and second vectors of all samples; blocks of one shape are read together."""
    first = np.cumsum(count) - count
    out = np.empty((2, int(count.sum()), 3))
    shapes = {(b.vectors, len(b.payload)) for b in blocks}
    for vectors, length in sorted(shapes):
        which = [i for i, b in enumerate(blocks) if (b.vectors, len(b.payload)) == (vectors, length)]
        samples = length // (vectors * _VECTOR_BYTES)
        joined = np.frombuffer(b"".join(blocks[i].payload for i in which), dtype="<f4")
        values = joined.reshape(len(which), vectors, samples, 3)
        rows = first[which][:, None] + np.arange(samples)
        with np.errstate(invalid="ignore"):  # a signalling NaN becomes a quiet one; the timeline flags it
            out[:, rows] = np.moveaxis(values[:, :2], 1, 0)
    return out[0], out[1]
