"""A serial line: bytes take their time on the wire, and the host reads when its driver lets it."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

BYTE_S = 10 / 115200
"""A byte from the host."""
TIMER_BYTE_S = BYTE_S / 1.021
"""A byte from the timer, whose rate is 2.1 % high."""
TURN_ROUND_S = 60e-6
LATE_POLLS = 3


@dataclass(frozen=True, slots=True)
class SerialLine:
    """Delays and faults of a line.

    Attributes
    ----------
    driver
        `acm`: reads every millisecond. `ftdi`: reads when a 16 ms latency timer runs out.
    busy_s
        Mean of an exponential delay of every read.
    late
        Probability that the host misses a chance to read, so that what is there comes with the next read.
    corrupt, lost
        Probability that a byte has one bit flipped; that a read never arrives.
    """

    driver: Literal["acm", "ftdi"] = "acm"
    busy_s: float = 0.0001
    late: float = 0.05
    corrupt: float = 0.0
    lost: float = 0.0

    @property
    def poll_s(self) -> float:
        """Time between reads."""
        return 0.001 if self.driver == "acm" else 0.016

    def out_delay(self, rng: Generator) -> float:
        """Write to first bit on the wire."""
        return float(rng.uniform(0, 0.001) + rng.exponential(0.00005))


def reads(bytes_sent: list[tuple[float, bytes]], line: SerialLine, rng: Generator) -> list[tuple[float, bytes]]:
    """Turn frames, each with the time its first byte begins, into reads as the host stamps them."""
    data = np.frombuffer(b"".join(chunk for _, chunk in bytes_sent), dtype=np.uint8)
    arrival = np.concatenate([start + TIMER_BYTE_S * np.arange(1, len(chunk) + 1) for start, chunk in bytes_sent])
    phase = rng.uniform(0, line.poll_s)
    poll = np.ceil((arrival - phase) / line.poll_s)
    first = _first_bytes(poll, line.late, rng)
    last = np.append(first[1:], arrival.size) - 1
    due = phase + poll[last] * line.poll_s + rng.exponential(line.busy_s, first.size)
    times = np.maximum.accumulate(due)
    spoiled = _spoil(data, line.corrupt, rng)
    kept = rng.random(first.size) >= line.lost
    pieces = np.split(spoiled, first[1:])
    return [(float(t), piece.tobytes()) for t, piece, keep in zip(times, pieces, kept, strict=True) if keep]


def _first_bytes(poll: NDArray[np.float64], late: float, rng: Generator) -> NDArray[np.int64]:
    """Index of the first byte of every read; a late read takes along what comes within the next polls."""
    since = np.diff(poll, prepend=-np.inf)
    begins = (since > 0) & ((rng.random(poll.size) >= late) | (since > LATE_POLLS))
    return np.flatnonzero(begins)


def _spoil(data: NDArray[np.uint8], corrupt: float, rng: Generator) -> NDArray[np.uint8]:
    hit = rng.random(data.size) < corrupt
    bit = (1 << rng.integers(0, 8, data.size)).astype(np.uint8)
    return np.where(hit, data ^ bit, data)
