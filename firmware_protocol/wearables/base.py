"""What every wearable's decoder gives: blocks of samples with the device's own clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntFlag
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from firmware_protocol.wearables.ticks import between_ticks

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Marks = NDArray[np.uint8]

_STAMP_JITTER_NS = 2_000_000
"""Two ticks of a millisecond clock: no excess below this is taken for a lost sample."""


class Mark(IntFlag):
    """What a reader of a sample has to know of it."""

    ACC_SATURATED = 1
    """The accelerometer stood at the end of its range."""
    GYR_SATURATED = 2
    """The gyroscope did."""
    NO_SCALE = 4
    """The sensor's scale was not heard: the values are counts as if one count were one unit."""
    NO_ACC = 8
    """The stream has no acceleration with gravity in it; `acc` is NaN."""
    ACC_NOT_FINITE = 16
    """The sensor sent an acceleration that is no number."""
    GYR_NOT_FINITE = 32
    """It sent an angular rate that is none."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Stamps:
    """When samples came, as a device batched them: m blocks of together n samples, in order of arrival.

    Attributes
    ----------
    device_ns
        (m,) device time of each block's first sample (of its last where `of_last`), unwrapped, in nanoseconds.
    arrival_ns
        (m,) host time at which the block was first heard of: of its first part, never before its last sample.
    complete_ns
        (m,) host time at which its last part was there.
    epoch
        (m,) counts restarts of the device's clock and of the link; times of two epochs have nothing in common.
    count
        (m,) samples in the block.
    marks
        (n,) `Mark` of each sample.
    of_last
        Whether stamps are of last samples.
    """

    device_ns: Ints
    arrival_ns: Ints
    complete_ns: Ints
    epoch: Ints
    count: Ints
    marks: Marks
    of_last: bool = False

    def times(self, which: Bools | slice, nominal_rate_hz: float, tick_ns: int = 0) -> tuple[Ints, float]:
        """Device times of all samples of these blocks, which are of one epoch, and the period; see `sample_times`."""
        device_ns, count = self.device_ns[which], self.count[which]
        return sample_times(device_ns, count, nominal_rate_hz, of_last=self.of_last, tick_ns=tick_ns)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Rates(Stamps):
    """Angular rates that a device sends on their own.

    Attributes
    ----------
    gyr
        (n, 3) angular rate, rad/s.
    """

    gyr: Floats


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Blocks(Stamps):
    """Samples of a device.

    Attributes
    ----------
    acc
        (n, 3) specific force, m/s².
    gyr
        (n, 3) angular rate of the same instants, rad/s, or None.
    rates
        Angular rates at instants of their own, on the same clock and with the same epochs, or None.
    """

    acc: Floats
    gyr: Floats | None
    rates: Rates | None = None


@dataclass(frozen=True, slots=True)
class Write:
    """Bytes for a characteristic; `response` asks the sensor to acknowledge them."""

    uuid: str
    data: bytes
    response: bool = True


class Decoder(Protocol):
    """Sans-IO decoder of one sensor's traffic; UUIDs in lower case, those of other characteristics are passed over."""

    def wrote(self, uuid: str, data: bytes) -> None:
        """Take note of what was written to the sensor."""

    def feed(self, uuid: str, data: bytes, t_ns: int) -> None:
        """Take a notification, an indication or a value that was read, and its host time."""

    def replies(self) -> tuple[Write, ...]:
        """Give what has to be written next in answer to what came, each once."""

    def missed(self) -> None:
        """Void what is half received: notifications are known to be missing, but the link is the same."""

    def interrupt(self) -> None:
        """Void what is half received and begin a new epoch: the link was lost or came back."""

    def take(self) -> Blocks:
        """Give the samples that are complete, each once."""

    @property
    def counts(self) -> Mapping[str, int]:
        """What was received and thrown away so far, by name."""

    @property
    def nominal_rate_hz(self) -> float:
        """The rate that the sensor was asked for."""

    @property
    def resolution_ns(self) -> int:
        """How coarse the sensor's stamps are."""

    @property
    def counted(self) -> bool:
        """Whether the sensor has no clock: times are then sample numbers at the nominal rate."""


class Wearable(Protocol):
    """A kind of sensor with its settings: how to know it, what to write, how to read it.

    In this order: read `read_uuids`, subscribe to `notify_uuids`, write `start`; whenever something has come, write
    what the decoder `replies`; write `stop` before leaving. Everything read, received and written goes to the decoder.
    """

    @property
    def kind(self) -> str:
        """The kind as `rig.toml` names it."""

    @property
    def read_uuids(self) -> tuple[str, ...]:
        """Characteristics to read once after connecting."""

    @property
    def notify_uuids(self) -> tuple[str, ...]:
        """Characteristics that notify or indicate, to be subscribed to in this order before the start."""

    @property
    def write_uuids(self) -> tuple[str, ...]:
        """Characteristics that take commands."""

    def recognises(self, name: str | None, services: Iterable[str]) -> bool:
        """Whether an advertisement is of this kind."""

    def start(self) -> tuple[Write, ...]:
        """What to write, after subscribing, to start the stream."""

    def stop(self) -> tuple[Write, ...]:
        """What to write to stop it."""

    def decoder(self) -> Decoder:
        """Decode the traffic of one sensor of this kind."""

    def characteristic(self, data: bytes, *, write: bool) -> str:
        """Which characteristic these bytes were sent by (or written to) where nobody noted it."""


def sample_times(
    device_ns: Ints, count: Ints, nominal_rate_hz: float, *, of_last: bool = False, tick_ns: int = 0
) -> tuple[Ints, float]:
    """Device time of every sample of consecutive blocks of one epoch.

    A block's samples are spread evenly up to the stamp of the next block (down to that of the one before where
    stamps are `of_last` samples). Where samples are missing between the two, and for the block at the end (at the
    beginning), they are spread by the period of the others.

    Parameters
    ----------
    device_ns, count
        (m,) stamps, increasing, and samples per block.
    nominal_rate_hz
        The period where there are too few blocks to know better.
    of_last
        Whether stamps are of last samples instead of first ones.
    tick_ns
        Stamps are taken off their ticks of this length (`between_ticks`); with 0 they stay what the device says.

    Returns
    -------
    times_ns
        (sum of count,) device times.
    period_ns
        The period found.
    """
    if of_last:  # the same, seen in a mirror
        mirrored, period = sample_times(-device_ns[::-1], count[::-1], nominal_rate_hz, tick_ns=tick_ns)
        return -mirrored[::-1], period
    period = mean_period_ns(device_ns, count, nominal_rate_hz)
    hole_ns = max(period / 2, _STAMP_JITTER_NS)
    missing = np.diff(device_ns) - period * count[:-1] > hole_ns
    device_ns = between_ticks(device_ns, count, period, tick_ns, hole_ns)
    spacing = np.full(len(count), period)
    until_next = np.diff(device_ns)
    spacing[:-1][~missing] = (until_next / count[:-1])[~missing]
    first = np.cumsum(count) - count
    place = np.arange(int(count.sum())) - np.repeat(first, count)
    times = np.repeat(device_ns, count) + np.rint(place * np.repeat(spacing, count)).astype(np.int64)
    return times, period


def mean_period_ns(device_ns: Ints, count: Ints, nominal_rate_hz: float) -> float:
    """Mean period over the blocks whose own period is within a tenth of the median."""
    nominal = 1e9 / nominal_rate_hz
    if len(count) < 8:
        return nominal
    until_next = np.diff(device_ns)
    each = until_next / count[:-1]
    # An upper median, which is one of the values; between two values there might be none.
    median = np.sort(each)[len(each) // 2]
    usual = np.abs(each - median) < 0.1 * median
    return float(until_next[usual].sum() / count[:-1][usual].sum())
