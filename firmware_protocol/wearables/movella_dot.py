"""Movella DOT (Xsens DOT): one sample a notification, with a clock of microseconds that wraps after 71.6 minutes.

A payload begins with a little-endian u32 of microseconds; what follows depends on the mode that was started:

====  ======  ===================================================================
mode  length  after the stamp
====  ======  ===================================================================
20    34      acceleration, angular rate, magnetic field (3 × i16)
21    28      acceleration, angular rate
22    40      Euler angles, acceleration **without gravity**, angular rate
26    44      quaternion (4 × f32), acceleration, angular rate
====  ======  ===================================================================

xyz float32 each, m/s² and deg/s. Sources: "Movella DOT BLE Services Specifications"; xsens/xsens_dot_server.
"""

import struct
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_protocol.wearables.base import Decoder, Write
from firmware_protocol.wearables.blocks import GRAVITY, Layout
from firmware_protocol.wearables.stamped import StampedDecoder

_BASE = "1517{}-4947-11e9-8646-d663bd873d93"
SERVICE_UUIDS = (_BASE.format("1000"), _BASE.format("2000"))
DEVICE_CONTROL_UUID, MEASURE_UUID = _BASE.format("1002"), _BASE.format("2001")
LONG_UUID, MEDIUM_UUID = _BASE.format("2002"), _BASE.format("2003")
RATES_HZ = (1, 4, 10, 12, 15, 20, 30, 60)

_START, _STOP, _MEASUREMENT = 1, 0, 1
_SET_RATE = 0x10
_CONTROL = struct.Struct("<B23xH6x")
_STAMP = struct.Struct("<I")
_US = 1000
_LONGEST_MEDIUM = 40


class Mode(NamedTuple):
    """A payload: its length, where in it the used vectors stand, and how."""

    length: int
    used: slice
    layout: Layout


_BOTH = Layout("<f4", 2, acc=0, gyr=1, acc_limit=16 * GRAVITY, gyr_limit=2000.0)
MODES = {
    20: Mode(34, slice(4, 28), _BOTH),
    21: Mode(28, slice(4, None), _BOTH),
    22: Mode(40, slice(28, None), _BOTH._replace(vectors=1, acc=None, gyr=0)),
    26: Mode(44, slice(20, None), _BOTH),
}
_MODE_OF_LENGTH = {mode.length: number for number, mode in MODES.items()}


@dataclass(frozen=True, slots=True)
class MovellaDot:
    """A DOT that streams accelerations with gravity; `ValueError` for a rate or mode that does not."""

    rate_hz: int = 60
    mode: int = 20
    kind: str = field(default="movella-dot", init=False)
    read_uuids: tuple[str, ...] = field(default=(), init=False)
    notify_uuids: tuple[str, ...] = field(default=(LONG_UUID, MEDIUM_UUID), init=False)
    write_uuids: tuple[str, ...] = field(default=(DEVICE_CONTROL_UUID, MEASURE_UUID), init=False)

    def __post_init__(self) -> None:
        if self.rate_hz not in RATES_HZ:
            raise ValueError(f"a DOT does not stream at {self.rate_hz} Hz; choose one of {RATES_HZ}")
        if self.mode not in (20, 21, 26):
            raise ValueError(f"mode {self.mode} has no acceleration with gravity in it; choose 20, 21 or 26")

    def recognises(self, name: str | None, services: Iterable[str]) -> bool:
        """Whether an advertisement is a DOT's: by a service, else by its name."""
        own = not {s.lower() for s in services}.isdisjoint(SERVICE_UUIDS)
        return own or (name or "").lower().startswith(("movella dot", "xsens dot"))

    def start(self) -> tuple[Write, ...]:
        """Set the rate, then start the mode."""
        rate = _CONTROL.pack(_SET_RATE, self.rate_hz)
        return Write(DEVICE_CONTROL_UUID, rate), Write(MEASURE_UUID, bytes([_MEASUREMENT, _START, self.mode]))

    def stop(self) -> tuple[Write, ...]:
        """Stop the mode."""
        return (Write(MEASURE_UUID, bytes([_MEASUREMENT, _STOP, self.mode])),)

    def decoder(self) -> Decoder:
        """Decode this stream."""
        return MovellaDotDecoder(self.rate_hz)

    def characteristic(self, data: bytes, *, write: bool) -> str:
        """Tell control from measurement, and long from medium payloads, by length."""
        if write:
            return DEVICE_CONTROL_UUID if len(data) == _CONTROL.size else MEASURE_UUID
        return LONG_UUID if len(data) > _LONGEST_MEDIUM else MEDIUM_UUID


class MovellaDotDecoder(StampedDecoder):
    """Notifications to samples; the mode is the one that was started, or told by the length.

    Counts `blocks` (samples), `bad_length`, `duplicates`, `restarts`.
    """

    def __init__(self, rate_hz: float = 60.0) -> None:
        super().__init__(_US, 32, rate_hz)
        self._mode: int | None = None

    def wrote(self, uuid: str, data: bytes) -> None:
        """Take note of rate and mode."""
        if uuid == DEVICE_CONTROL_UUID and len(data) == _CONTROL.size and data[0] & _SET_RATE:
            rate = _CONTROL.unpack(data)[1]
            self._rate_hz = float(rate) if rate else self._rate_hz
        elif uuid == MEASURE_UUID and len(data) == 3 and data[:2] == bytes([_MEASUREMENT, _START]):
            self._mode = data[2]

    def feed(self, uuid: str, data: bytes, t_ns: int) -> None:
        """Take a notification and its host time."""
        if uuid not in (LONG_UUID, MEDIUM_UUID):
            return
        number = _MODE_OF_LENGTH.get(len(data)) if self._mode is None else self._mode
        mode = MODES.get(number) if number is not None else None
        if mode is None or len(data) != mode.length:
            self._counts["bad_length"] += 1
            return
        (raw,) = _STAMP.unpack_from(data)
        self._add(raw, mode.layout, data[mode.used], t_ns, t_ns)
