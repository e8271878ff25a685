"""WitMotion WT901BLE and kin: frames in a stream of bytes, with the device's calendar clock or without.

A frame is ``55 61`` and nine int16 little-endian: acceleration (16 g = 32768), angular rate (2000 deg/s), angle; 20
bytes. Some firmware adds its calendar, ``YY MM DD hh mm ss`` and u16 milliseconds: 28 bytes. ``55 71`` answers a
question in 20 bytes. There is no checksum, and frames straddle notifications, so a frame counts only where the next
one follows it, and a calendar must be one. Frames without it are counted at the nominal rate.
Sources: WITMOTION/WitBluetooth_BWT901BLE5_0; the longer frames were seen in recordings.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firmware_protocol.wearables.base import Blocks, Decoder, Write
from firmware_protocol.wearables.blocks import DEGREE, FULL_16_BIT, GRAVITY, Block, Layout, whole
from firmware_protocol.wearables.device_clock import CountedClock, StampedClock

_BASE = "0000{}-0000-1000-8000-00805f9a34fb"
SERVICE_UUID, NOTIFY_UUID, WRITE_UUID = _BASE.format("ffe5"), _BASE.format("ffe4"), _BASE.format("ffe9")

_HEADS = (b"\x55\x61", b"\x55\x71")
_DATA, _ANSWER = _HEADS
_SHORT, _LONG = 20, 28
_UNLOCK = bytes.fromhex("ffaa6988b5")
_SET = b"\xff\xaa"
_RATE_REGISTER = 0x03
_RATE_CODE = {0.2: 1, 0.5: 2, 1.0: 3, 2.0: 4, 5.0: 5, 10.0: 6, 20.0: 7, 50.0: 8, 100.0: 9, 200.0: 11}
_RATE_OF = {code: rate for rate, code in _RATE_CODE.items()}
_VECTORS = slice(2, 14)
_CALENDAR = slice(20, 28)
_EPOCH = datetime(2000, 1, 1)  # noqa: DTZ001  # the device's clock knows no zone
_DOUBT = 4
"""So many frames in a row that do not fit, and their length is found out again."""
_MS = 1_000_000
_LAYOUT = Layout(
    "<i2",
    2,
    acc=0,
    gyr=1,
    acc_scale=16 / 32768 * GRAVITY,
    gyr_scale=2000 / 32768 * DEGREE,
    acc_limit=FULL_16_BIT,
    gyr_limit=FULL_16_BIT,
)


@dataclass(frozen=True, slots=True)
class WitMotion:
    """A WitMotion sensor; it streams from the moment of subscription and cannot be stopped."""

    rate_hz: float = 50.0
    kind: str = field(default="witmotion", init=False)
    read_uuids: tuple[str, ...] = field(default=(), init=False)
    notify_uuids: tuple[str, ...] = field(default=(NOTIFY_UUID,), init=False)
    write_uuids: tuple[str, ...] = field(default=(WRITE_UUID,), init=False)

    def recognises(self, name: str | None, services: Iterable[str]) -> bool:
        """Whether an advertisement is a WitMotion's: by its service, else by its name."""
        return SERVICE_UUID in {s.lower() for s in services} or (name or "").lower().startswith("wt")

    def start(self) -> tuple[Write, ...]:
        """Unlock and set the rate, which is not saved; `KeyError` where there is no such rate."""
        rate = _SET + bytes([_RATE_REGISTER, _RATE_CODE[self.rate_hz], 0])
        return Write(WRITE_UUID, _UNLOCK, response=False), Write(WRITE_UUID, rate, response=False)

    def stop(self) -> tuple[Write, ...]:
        """Nothing stops it but the end of the subscription."""
        return ()

    def decoder(self) -> Decoder:
        """Decode this stream."""
        return WitMotionDecoder(self.rate_hz)

    def characteristic(self, data: bytes, *, write: bool) -> str:  # noqa: ARG002  # part of the protocol
        """There is one each way."""
        return WRITE_UUID if write else NOTIFY_UUID


class WitMotionDecoder:
    """Notifications to samples.

    Counts `blocks` (samples), `stray_bytes`, `orphans` (half frames), `duplicates`, `restarts`.

    Parameters
    ----------
    rate_hz
        The rate to expect where the setting was not recorded.
    """

    def __init__(self, rate_hz: float = 50.0) -> None:
        self._rate_hz = rate_hz
        self._counts: Counter[str] = Counter()
        self._stamped = StampedClock(_MS, 64, self._counts)
        self._numbered = CountedClock()
        self._buffer = b""
        self._now_ns = 0
        self._length: int | None = None
        self._misfits = 0
        self._counted = False
        self._blocks: list[Block] = []

    @property
    def counts(self) -> Mapping[str, int]:
        """What came, by fate."""
        return self._counts

    @property
    def nominal_rate_hz(self) -> float:
        """The rate that was set."""
        return self._rate_hz

    @property
    def resolution_ns(self) -> int:
        """Milliseconds; counted samples are exact."""
        return 1 if self._counted else _MS

    @property
    def counted(self) -> bool:
        """Whether the last frames had no calendar."""
        return self._counted

    def replies(self) -> tuple[Write, ...]:
        """Nothing: the start says it all."""
        return ()

    def wrote(self, uuid: str, data: bytes) -> None:
        """Take note of the rate."""
        if uuid == WRITE_UUID and data[:3] == _SET + bytes([_RATE_REGISTER]) and len(data) == 5:
            rate_hz = _RATE_OF.get(data[3], self._rate_hz)
            if rate_hz != self._rate_hz:
                self._rate_hz = rate_hz
                self._numbered.interrupt()

    def missed(self) -> None:
        """Void a half-received frame; counted samples cannot go on."""
        self._counts["orphans"] += bool(self._buffer)
        self._buffer = b""
        self._numbered.interrupt()

    def interrupt(self) -> None:
        """Void a half-received frame and begin a new epoch."""
        self.missed()
        self._stamped.interrupt()
        self._length = None

    def feed(self, uuid: str, data: bytes, t_ns: int) -> None:
        """Take a notification and its host time."""
        if uuid != NOTIFY_UUID:
            return
        self._buffer, self._now_ns, at = self._buffer + data, t_ns, 0
        while (length := self._next(at)) is not None:
            if length > 1:
                self._frame(self._buffer[at : at + length])
            at += length
        self._buffer = self._buffer[at:]

    def _next(self, at: int) -> int | None:
        """Length of the frame at this place of the buffer, 1 for a stray byte, None where more bytes are needed."""
        rest = len(self._buffer) - at
        if rest < 2:
            return self._stray() if rest and self._buffer[at] != _DATA[0] else None
        head = self._buffer[at : at + 2]
        if head not in _HEADS:
            return self._stray()
        known = _SHORT if head == _ANSWER else self._length
        return self._known(at, rest, known) if known else self._learn(at, rest)

    def _stray(self) -> int:
        self._counts["stray_bytes"] += 1
        return 1

    def _known(self, at: int, rest: int, length: int) -> int | None:
        """Take a frame of the length that all have had so far, if it looks like one."""
        if rest < length:
            return None
        follows = rest == length or self._buffer[at + length] == _DATA[0]
        if follows and (length == _SHORT or _calendar_ms(self._buffer[at:][_CALENDAR]) is not None):
            self._misfits = 0
            return length
        self._misfits += 1
        self._length = None if self._misfits >= _DOUBT else self._length
        return self._stray()

    def _learn(self, at: int, rest: int) -> int | None:
        """Find out the length by what follows the shorter frame: a head or a calendar."""
        if self._buffer[at + _SHORT : at + _SHORT + 2] in _HEADS:
            self._length = _SHORT
        elif rest >= _LONG:
            if _calendar_ms(self._buffer[at:][_CALENDAR]) is None:
                return self._stray()
            self._length = _LONG
        else:
            return None
        return self._length

    def _frame(self, frame: bytes) -> None:
        """Keep a frame; it came when its last byte did."""
        if frame[:2] == _DATA:
            if self._counted != (len(frame) == _SHORT):  # times of the two kinds have nothing in common
                self._counted = not self._counted
                self._stamped.interrupt()
                self._numbered.interrupt()
            placed = self._counted_place() if self._counted else self._stamped_place(frame)
            if placed is not None:
                self._blocks.append(Block(*placed, self._now_ns, self._now_ns, _LAYOUT, frame[_VECTORS]))
                self._counts["blocks"] += 1

    def _counted_place(self) -> tuple[int, int]:
        device_ns = self._numbered.place(1, self._rate_hz)
        return device_ns, self._epoch

    def _stamped_place(self, frame: bytes) -> tuple[int, int] | None:
        moment = _calendar_ms(frame[_CALENDAR])
        device_ns = None if moment is None else self._stamped.place(moment, self._now_ns)
        return None if device_ns is None else (device_ns, self._epoch)

    @property
    def _epoch(self) -> int:
        """Either clock's restart begins an epoch."""
        return self._stamped.epoch + self._numbered.epoch

    def take(self) -> Blocks:
        """Give the samples that came since the last call; a single frame at the end is taken for the shorter kind."""
        if self._length is None and len(self._buffer) == _SHORT:
            self._frame(self._buffer)
            self._buffer = b""
        blocks, self._blocks = self._blocks, []
        return whole(blocks)


def _calendar_ms(data: bytes) -> int | None:
    """Milliseconds since 2000 of ``YY MM DD hh mm ss`` and u16 milliseconds; None for what is no such time."""
    year, month, day, hour, minute, second = data[:6]
    ms = int.from_bytes(data[6:8], "little")
    try:
        moment = datetime(2000 + year, month, day, hour, minute, second)  # noqa: DTZ001  # as above
    except ValueError:
        return None
    return (moment - _EPOCH) // timedelta(milliseconds=1) + ms if ms < 1000 else None
