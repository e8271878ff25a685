"""What every wearable's decoder gives: blocks of samples with the device's own clock."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

_STAMP_JITTER_NS = 2_000_000
"""Two ticks of a millisecond clock: no excess below this is taken for a lost sample."""


@dataclass(frozen=True, slots=True, eq=False)
class Blocks:
    """Samples as a device batched them: m blocks of together n samples, in order of arrival.

    Attributes
    ----------
    device_ns
        (m,) device time of each block's first sample, unwrapped, in nanoseconds.
    arrival_ns
        (m,) host time at which the block's first byte was there.
    complete_ns
        (m,) host time at which its last part was there.
    epoch
        (m,) counts restarts of the device's clock and of the link; times of two epochs have nothing in common.
    count
        (m,) samples in the block.
    acc
        (n, 3) specific force, m/s².
    gyr
        (n, 3) angular rate, rad/s, or None where the stream has none.
    """

    device_ns: Ints
    arrival_ns: Ints
    complete_ns: Ints
    epoch: Ints
    count: Ints
    acc: Floats
    gyr: Floats | None


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

    def recognises(self, name: str | None, services: Iterable[str]) -> bool:
        """Whether an advertisement is of this kind."""

    def start(self) -> tuple[Write, ...]:
        """What to write, after subscribing, to start the stream."""

    def stop(self) -> tuple[Write, ...]:
        """What to write to stop it."""

    def decoder(self) -> Decoder:
        """Decode the traffic of one sensor of this kind."""


def sample_times(device_ns: Ints, count: Ints, nominal_rate_hz: float) -> tuple[Ints, float]:
    """Device time of every sample of consecutive blocks of one epoch.

    A block's samples are spread evenly up to the stamp of the next block. Where samples are missing between
    the two, and for the last block, they are spread by the period of the others.

    Parameters
    ----------
    device_ns, count
        (m,) stamps of the first samples, increasing, and samples per block.
    nominal_rate_hz
        The period where there are too few blocks to know better.

    Returns
    -------
    times_ns
        (sum of count,) device times.
    period_ns
        The period found.
    """
    period = mean_period_ns(device_ns, count, nominal_rate_hz)
    spacing = np.full(len(count), period)
    until_next = np.diff(device_ns)
    missing = until_next - period * count[:-1] > max(period / 2, _STAMP_JITTER_NS)
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
