"""Our own open profile for wearables that one builds: docs/imu-profile.md is its definition.

The board counts its blocks (what is missing shows), stamps the first sample of each with its own microseconds, and
says in a readable characteristic what a count is worth.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_protocol.wearables.base import Decoder, Write
from firmware_protocol.wearables.blocks import FULL_16_BIT, Layout
from firmware_protocol.wearables.stamped import StampedDecoder

_BASE = "7d1a{}-52b6-4c55-9c0e-3a8f2b6d41e7"
SERVICE_UUID = _BASE.format("0000")
DATA_UUID, INFO_UUID, CONTROL_UUID = _BASE.format("0001"), _BASE.format("0002"), _BASE.format("0003")
MAX_SAMPLES = 14
"""In 182 bytes, what every central can take."""

_VERSION = 1
_SAMPLES = 0x11
"""Version 1 in the high half of the byte, samples of both vectors in the low half."""
_OVERRUN = 0x01
_STOP, _START = b"\x00", b"\x01"
_HEADER = struct.Struct("<BBHIB")
_INFO = struct.Struct("<BBHfff")
_SAMPLE_BYTES = 12
_US = 1000
_LOST_LIMIT = 0x8000
_MAX_RATE_HZ, _MAX_SCALE = 10_000, 1.0


class Info(NamedTuple):
    """What the board says of itself: version, reserved ×2, samples a second, m/s² and rad/s of a count."""

    version: int
    reserved: int
    reserved2: int
    rate_hz: float
    acc_scale: float
    gyr_scale: float

    @property
    def sound(self) -> bool:
        """Whether the numbers can be a board's."""
        scales = (self.acc_scale, self.gyr_scale)
        return (
            self.version == _VERSION
            and 1 <= self.rate_hz <= _MAX_RATE_HZ
            and all(0 < scale <= _MAX_SCALE for scale in scales)
        )


@dataclass(frozen=True, slots=True)
class RigImu:
    """A board that speaks the profile; it has one rate and says which."""

    kind: str = field(default="rig-imu", init=False)
    read_uuids: tuple[str, ...] = field(default=(INFO_UUID,), init=False)
    notify_uuids: tuple[str, ...] = field(default=(DATA_UUID,), init=False)
    write_uuids: tuple[str, ...] = field(default=(CONTROL_UUID,), init=False)

    def recognises(self, name: str | None, services: Iterable[str]) -> bool:
        """Whether an advertisement is of the profile: by its service, else by its name."""
        return SERVICE_UUID in {s.lower() for s in services} or (name or "").lower().startswith("rig-imu")

    def start(self) -> tuple[Write, ...]:
        """Start the stream."""
        return (Write(CONTROL_UUID, _START),)

    def stop(self) -> tuple[Write, ...]:
        """Stop it."""
        return (Write(CONTROL_UUID, _STOP),)

    def decoder(self) -> Decoder:
        """Decode this stream."""
        return RigImuDecoder()

    def characteristic(self, data: bytes, *, write: bool) -> str:
        """Tell data and self-description by the first byte."""
        if write:
            return CONTROL_UUID
        return INFO_UUID if len(data) == _INFO.size and data[0] == _VERSION else DATA_UUID


class RigImuDecoder(StampedDecoder):
    """Notifications to blocks of samples.

    Counts `blocks`, `lost_blocks` (by the sequence number), `overruns` (told by the board), `bad_length`, `bad_info`,
    `unknown`, `duplicates`, `restarts`.
    """

    def __init__(self) -> None:
        super().__init__(_US, 32, 100.0)
        self._layout = Layout(
            "<i2", 2, acc=0, gyr=1, gyr_scale=1.0, acc_limit=FULL_16_BIT, gyr_limit=FULL_16_BIT, scaled=False
        )
        self._sequence: int | None = None

    def wrote(self, uuid: str, data: bytes) -> None:
        """Nothing that is written changes the stream."""

    def interrupt(self) -> None:
        """Begin a new epoch; the board may have started again."""
        super().interrupt()
        self._sequence = None

    def feed(self, uuid: str, data: bytes, t_ns: int) -> None:
        """Take a notification, or the board's description of itself, and its host time."""
        if uuid == INFO_UUID:
            self._described(data)
        elif uuid == DATA_UUID:
            self._data(data, t_ns)

    def _described(self, data: bytes) -> None:
        info = Info(*_INFO.unpack(data)) if len(data) == _INFO.size else None
        if info is None or not info.sound:
            self._counts["bad_info"] += 1
            return
        self._rate_hz = info.rate_hz
        self._layout = self._layout._replace(acc_scale=info.acc_scale, gyr_scale=info.gyr_scale, scaled=True)

    def _data(self, data: bytes, t_ns: int) -> None:
        if len(data) < _HEADER.size or data[0] != _SAMPLES:
            self._counts["unknown"] += 1
            return
        _, flags, sequence, us, samples = _HEADER.unpack_from(data)
        if not 0 < samples <= MAX_SAMPLES or len(data) != _HEADER.size + samples * _SAMPLE_BYTES:
            self._counts["bad_length"] += 1
            return
        before = self._counts["blocks"]
        self._add(us, self._layout, data[_HEADER.size :], t_ns, t_ns)
        if self._counts["blocks"] > before:
            self._numbered(sequence, overrun=bool(flags & _OVERRUN))

    def _numbered(self, sequence: int, *, overrun: bool) -> None:
        """Count what is missing before a new block."""
        lost = 0 if self._sequence is None else (sequence - self._sequence - 1) % 2**16
        self._sequence = sequence
        self._counts["lost_blocks"] += lost if lost < _LOST_LIMIT else 0
        self._counts["overruns"] += overrun
