"""Movesense sensors by the GATT SensorData Protocol (GSP): IMU6 and IMU9 streams.

Commands are ``[command][reference][data]``, notifications ``[type][reference][payload]``. A block of samples is
a little-endian u32 of milliseconds (of the first sample), then all accelerations, then all angular rates (and in
IMU9 all magnetic fields), xyz float32 each; a block too long for one notification comes in two parts.
Source: Movesense documentation, "GATT SensorData Protocol", and the vendor's sample `GATTSensorDataClient`.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_protocol.wearables.base import Decoder, Write
from firmware_protocol.wearables.blocks import Layout
from firmware_protocol.wearables.stamped import StampedDecoder

SERVICE_UUID = "34802252-7185-4d5d-b431-630e7050e8f0"
WRITE_UUID = "34800001-7185-4d5d-b431-630e7050e8f0"
NOTIFY_UUID = "34800002-7185-4d5d-b431-630e7050e8f0"

_HELLO, _SUBSCRIBE, _UNSUBSCRIBE = 0, 1, 2
_RESPONSE, _DATA, _DATA_PART2 = 1, 2, 3
_LAYOUTS = {resource: Layout("<f4", n, acc=0, gyr=1, by_vector=True) for resource, n in (("IMU6", 2), ("IMU9", 3))}
_RATES = ("13", "26", "52", "104", "208", "416", "833", "1666")
_STAMP = struct.Struct("<I")
_MS = 1_000_000
_HELLO_REFERENCE, _REFERENCE = 0x01, 0x63


class Stream(NamedTuple):
    """A resource that can be subscribed to, such as ``/Meas/IMU6/104``.

    Attributes
    ----------
    path
        As the sensor names it.
    layout
        Of its payloads.
    rate_hz
        The label of the rate; the true one is in the stamps.
    """

    path: str
    layout: Layout
    rate_hz: float

    @classmethod
    def parse(cls, path: str) -> "Stream":
        """Read a path; `ValueError` where it is none of IMU6 or IMU9 with a rate."""
        match path.split("/"):
            case ["", "Meas", resource, rate] if resource in _LAYOUTS and rate in _RATES:
                return cls(path, _LAYOUTS[resource], float(rate))
        raise ValueError(f"{path!r} is not a Movesense IMU path; expected for instance /Meas/IMU6/104")


@dataclass(frozen=True, slots=True)
class Movesense:
    """A Movesense sensor whose firmware speaks GSP."""

    path: str = "/Meas/IMU6/104"
    reference: int = _REFERENCE
    kind: str = field(default="movesense", init=False)
    read_uuids: tuple[str, ...] = field(default=(), init=False)
    notify_uuids: tuple[str, ...] = field(default=(NOTIFY_UUID,), init=False)
    write_uuids: tuple[str, ...] = field(default=(WRITE_UUID,), init=False)

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

    def decoder(self) -> Decoder:
        """Decode this stream."""
        return MovesenseDecoder(self.path, self.reference)

    def characteristic(self, data: bytes, *, write: bool) -> str:  # noqa: ARG002  # part of the protocol
        """There is one each way."""
        return WRITE_UUID if write else NOTIFY_UUID


class _Half(NamedTuple):
    """The first part of a payload that waits for its second."""

    t_ns: int
    payload: bytes


class MovesenseDecoder(StampedDecoder):
    """Notifications to blocks of samples.

    Counts `blocks`, `orphans`, `bad_length`, `duplicates`, `unknown`, `refused_...`, `restarts`.

    Parameters
    ----------
    path, reference
        The stream to expect where the subscription itself was not recorded.
    """

    def __init__(self, path: str = "/Meas/IMU6/104", reference: int = _REFERENCE) -> None:
        super().__init__(_MS, 32, Stream.parse(path).rate_hz)
        self._stream = Stream.parse(path)
        self._reference = reference
        self._half: _Half | None = None

    def wrote(self, uuid: str, data: bytes) -> None:
        """Take note of a command to the sensor: a subscription tells what its data will be."""
        if uuid != WRITE_UUID or not data.startswith(bytes([_SUBSCRIBE])):
            return
        try:
            stream = Stream.parse(data[2:].decode("ascii", "replace"))
        except ValueError:
            return
        if (stream, data[1]) != (self._stream, self._reference):
            self._stream, self._reference, self._rate_hz = stream, data[1], stream.rate_hz
            self.interrupt()

    def missed(self) -> None:
        """Void a half-received block: notifications are known to be missing."""
        if self._half is not None:
            self._counts["orphans"] += 1
            self._half = None

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
        status = int.from_bytes(payload, "big")
        if len(payload) == 2 and 300 <= status < 600:
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
        samples, rest = divmod(len(payload) - _STAMP.size, self._stream.layout.sample_bytes)
        return samples > 0 and not rest

    def _complete(self, payload: bytes, arrival_ns: int, complete_ns: int) -> None:
        (raw,) = _STAMP.unpack_from(payload)
        self._add(raw, self._stream.layout, payload[_STAMP.size :], arrival_ns, complete_ns)
