"""What a virtual wearable says over Bluetooth: its services, its answers, its samples as they fall due."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rig.virtual.clocks import Oscillator
from rig.virtual.motion import Array

Ints = NDArray[np.int64]
Source = Callable[[Ints, Array], tuple[Array, Array]]
"""Specific force (m/s²) and angular rate (rad/s), (n, 3) each, of samples by number and by host seconds."""


@dataclass(frozen=True, slots=True)
class Said:
    """A value that is notified through a characteristic."""

    uuid: str
    value: bytes


@dataclass(frozen=True, slots=True)
class Trait:
    """A characteristic: `flags` are of `read`, `write`, `write-without-response`, `notify`; `value` is what is read."""

    uuid: str
    flags: tuple[str, ...]
    value: bytes = b""


class Voice(Protocol):
    """One kind of sensor, sans-IO."""

    @property
    def name(self) -> str:
        """Advertised name."""
        ...

    @property
    def advertised(self) -> Sequence[str]:
        """Advertised services."""
        ...

    @property
    def services(self) -> Mapping[str, Sequence[Trait]]:
        """Characteristics by service."""
        ...

    def hear(self, uuid: str, data: bytes, now_s: float) -> Sequence[Said]:
        """Take what is written to a characteristic; give the answers."""
        ...

    def due_s(self) -> float | None:
        """Host second at which the next batch of samples is complete; None while nothing streams."""
        ...

    def speak(self) -> Sequence[Said]:
        """Give the batch that is due."""
        ...

    def hang_up(self) -> None:
        """The connection ended."""
        ...


@dataclass(slots=True)
class Sampler:
    """Samples on the sensor's own clock: sample k is taken when that clock reads k / rate, from switch-on for ever.

    Numbers go on while nothing streams, so that a hole in what arrives has a known length.

    Attributes
    ----------
    clock
        The sensor's clock; session seconds are host seconds.
    rate_hz, batch
        True rate by that clock, and samples in a batch.
    source
        What the samples are.
    next
        Number of the next sample; None while nothing streams.
    """

    clock: Oscillator
    rate_hz: float
    batch: int
    source: Source
    next: int | None = None

    def begin(self, now_s: float) -> None:
        """Stream from the next sample on."""
        self.next = int(float(self.clock.reading(now_s)) * self.rate_hz) + 1

    def end(self) -> None:
        """Stream no more."""
        self.next = None

    def due_s(self) -> float | None:
        """Host second of the last sample of the batch in work."""
        return None if self.next is None else float(self.times_s(np.array([self.next + self.batch - 1]))[0])

    def times_s(self, numbers: Ints) -> Array:
        """Host seconds of samples: the truth."""
        return self.clock.instants(numbers / self.rate_hz)

    def take(self) -> tuple[int, Array, Array]:
        """Number of the first sample, and the batch."""
        first = self.next or 0
        self.next = first + self.batch
        numbers = np.arange(first, first + self.batch)
        return (first, *self.source(numbers, self.times_s(numbers)))


def counting(numbers: Ints, _times_s: Array) -> tuple[Array, Array]:
    """A source whose samples carry their own number, so that a test sees which arrived: acc x in m/s², others still."""
    acc = np.zeros((len(numbers), 3))
    acc[:, 0], acc[:, 2] = numbers, 9.80665
    return acc, np.zeros_like(acc)


BATTERY_SERVICE = "0000180f-0000-1000-8000-00805f9b34fb"
BATTERY_LEVEL = "00002a19-0000-1000-8000-00805f9b34fb"


def battery(percent: int) -> Mapping[str, Sequence[Trait]]:
    """The standard battery service."""
    return {BATTERY_SERVICE: (Trait(BATTERY_LEVEL, ("read",), bytes([percent])),)}
