"""MbientLab MetaMotion with a BMI160 (R, RL, C): accelerations and angular rates in streams of their own, no clock.

Commands are ``[module][register][data]``, notifications ``[module][register]`` and one sample or three packed ones,
xyz int16 little-endian. Modules 0x03 (accelerometer) and 0x13 (gyroscope); registers 1 start, 2 enable, 3
configuration ``[rate and filter][range]``, 4 and 0x1C (5 and 7) data single and packed.

Samples are counted: a lost notification cannot be seen, and shifts all that follow it.
Source of these facts: mbientlab/MetaWear-SDK-Cpp, its tests of accelerometer and gyroscope.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from firmware_protocol.wearables.base import Blocks, Decoder, Write
from firmware_protocol.wearables.blocks import DEGREE, FULL_16_BIT, GRAVITY, Block, Layout, apart
from firmware_protocol.wearables.device_clock import CountedClock

_BASE = "326a{}-85cb-9195-d9dd-464cfbbae75a"
SERVICE_UUID, COMMAND_UUID, NOTIFY_UUID = _BASE.format("9000"), _BASE.format("9001"), _BASE.format("9006")

_ACC, _GYR = 0x03, 0x13
_START, _ENABLE, _CONFIGURE = 1, 2, 3
_PACKED = {_ACC: 0x1C, _GYR: 0x07}
_SINGLE = {_ACC: 0x04, _GYR: 0x05}
_ACC_CODE = {2: 0x03, 4: 0x05, 8: 0x08, 16: 0x0C}
_GYR_CODE = {2000: 0, 1000: 1, 500: 2, 250: 3, 125: 4}
_RATE_CODE = {25.0: 6, 50.0: 7, 100.0: 8, 200.0: 9}
_NORMAL_FILTER = 0x20
_COUNTS_PER_DPS_AT_2000 = 16.4
_VECTOR_BYTES = 6
_CONFIGURED = {
    _ACC: {code: g for g, code in _ACC_CODE.items()},
    _GYR: {code: dps for dps, code in _GYR_CODE.items()},
}
_RATE_OF = {code: 100.0 * 2.0 ** (code - 8) for code in range(1, 14)}


@dataclass(frozen=True, slots=True)
class MetaMotion:
    """A MetaMotion whose both chips run at one rate; `KeyError` where the chip has no such range or rate."""

    rate_hz: float = 100.0
    acc_range_g: int = 8
    gyr_range_dps: int = 1000
    kind: str = field(default="metamotion", init=False)
    read_uuids: tuple[str, ...] = field(default=(), init=False)
    notify_uuids: tuple[str, ...] = field(default=(NOTIFY_UUID,), init=False)
    write_uuids: tuple[str, ...] = field(default=(COMMAND_UUID,), init=False)

    def recognises(self, name: str | None, services: Iterable[str]) -> bool:
        """Whether an advertisement is a MetaMotion's: by its service, else by its name."""
        return SERVICE_UUID in {s.lower() for s in services} or (name or "").lower().startswith(
            ("metamotion", "metawear")
        )

    def start(self) -> tuple[Write, ...]:
        """Configure, subscribe to packed data, enable and start each chip."""
        rate = _NORMAL_FILTER | _RATE_CODE[self.rate_hz]
        ranges = {_ACC: _ACC_CODE[self.acc_range_g], _GYR: _GYR_CODE[self.gyr_range_dps]}
        commands = [
            command
            for chip, code in ranges.items()
            for command in (
                (chip, _CONFIGURE, rate, code),
                (chip, _PACKED[chip], 1),
                (chip, _ENABLE, 1, 0),
                (chip, _START, 1),
            )
        ]
        return tuple(Write(COMMAND_UUID, bytes(command), response=False) for command in commands)

    def stop(self) -> tuple[Write, ...]:
        """Undo it in the opposite order."""
        commands = [
            command
            for chip in (_GYR, _ACC)
            for command in ((chip, _START, 0), (chip, _ENABLE, 0, 1), (chip, _PACKED[chip], 0))
        ]
        return tuple(Write(COMMAND_UUID, bytes(command), response=False) for command in commands)

    def decoder(self) -> Decoder:
        """Decode both streams."""
        return MetaMotionDecoder(self.rate_hz, self.acc_range_g, self.gyr_range_dps)

    def characteristic(self, data: bytes, *, write: bool) -> str:  # noqa: ARG002  # part of the protocol
        """There is one each way."""
        return COMMAND_UUID if write else NOTIFY_UUID


class _Chip(NamedTuple):
    """How a chip was set: its layout and samples a second."""

    layout: Layout
    rate_hz: float


def _layout(chip: int, full_range: int) -> Layout:
    if chip == _ACC:
        return Layout("<i2", 1, acc=0, gyr=None, acc_scale=full_range / 32768 * GRAVITY, acc_limit=FULL_16_BIT)
    scale = full_range / 2000 / _COUNTS_PER_DPS_AT_2000 * DEGREE
    return Layout("<i2", 1, acc=None, gyr=0, gyr_scale=scale, gyr_limit=FULL_16_BIT)


class MetaMotionDecoder:
    """Notifications to counted samples.

    Counts `blocks`, `bad_length`, `unknown`.

    Parameters
    ----------
    rate_hz, acc_range_g, gyr_range_dps
        The settings to expect where the configuration was not recorded.
    """

    def __init__(self, rate_hz: float = 100.0, acc_range_g: int = 8, gyr_range_dps: int = 1000) -> None:
        ranges = {_ACC: acc_range_g, _GYR: gyr_range_dps}
        self._chips = {chip: _Chip(_layout(chip, full), rate_hz) for chip, full in ranges.items()}
        self._blocks: dict[int, list[Block]] = {_ACC: [], _GYR: []}
        self._clock = CountedClock()
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """Notifications by fate."""
        return self._counts

    @property
    def nominal_rate_hz(self) -> float:
        """The rate that the accelerometer was set to."""
        return self._chips[_ACC].rate_hz

    @property
    def resolution_ns(self) -> int:
        """Samples are counted, exactly."""
        return 1

    @property
    def counted(self) -> bool:
        """There is no clock."""
        return True

    def replies(self) -> tuple[Write, ...]:
        """Nothing: the start says it all."""
        return ()

    def missed(self) -> None:
        """Begin a new epoch: how many samples are missing cannot be counted."""
        self._clock.interrupt()

    def interrupt(self) -> None:
        """Begin a new epoch."""
        self._clock.interrupt()

    def wrote(self, uuid: str, data: bytes) -> None:
        """Take note of a chip's configuration; a chip that is started counts anew."""
        if uuid != COMMAND_UUID or len(data) < 3 or data[0] not in self._chips:
            return
        if data[1] == _START and data[2] == 1:
            self._clock.restart(data[0])
        elif data[1] == _CONFIGURE and len(data) == 4:
            self._configured(data[0], data[2] & 0x0F, data[3])

    def _configured(self, chip: int, rate_code: int, range_code: int) -> None:
        full_range, rate_hz = _CONFIGURED[chip].get(range_code), _RATE_OF.get(rate_code)
        if full_range is None or rate_hz is None:
            self._counts["unknown"] += 1
            return
        self._clock.restart(chip)
        self._chips[chip] = _Chip(_layout(chip, full_range), rate_hz)

    def feed(self, uuid: str, data: bytes, t_ns: int) -> None:
        """Take a notification and its host time."""
        if uuid != NOTIFY_UUID:
            return
        samples = _samples(data) if len(data) >= 2 else 0
        if not samples:
            self._counts["unknown"] += 1
        elif len(data) != 2 + samples * _VECTOR_BYTES:
            self._counts["bad_length"] += 1
        else:
            chip, setting = data[0], self._chips[data[0]]
            device_ns = self._clock.place(samples, setting.rate_hz, chip)
            self._blocks[chip].append(Block(device_ns, self._clock.epoch, t_ns, t_ns, setting.layout, data[2:]))
            self._counts["blocks"] += 1

    def take(self) -> Blocks:
        """Give the samples that came since the last call."""
        acc, gyr = self._blocks[_ACC], self._blocks[_GYR]
        self._blocks = {_ACC: [], _GYR: []}
        return apart(acc, gyr, of_last=False)


def _samples(data: bytes) -> int:
    """How many samples a notification of this register holds; 0 for other registers."""
    if _PACKED.get(data[0]) == data[1]:
        return 3
    return int(_SINGLE.get(data[0]) == data[1])
