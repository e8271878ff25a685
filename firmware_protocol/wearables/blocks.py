"""What decoders share: from stamped payloads to blocks of samples, whatever the order and type of their numbers."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from firmware_protocol.wearables.base import Blocks, Bools, Floats, Ints, Mark, Marks, Rates

GRAVITY = 9.80665
"""Standard gravity, m/s²."""
DEGREE = np.pi / 180
FULL_16_BIT = 32767
"""A 16-bit value of this size stands at the end of the range (the negative end reaches one further)."""


class Layout(NamedTuple):
    """How the bytes of a block become samples.

    Attributes
    ----------
    dtype
        Of one number.
    vectors
        Three-axis values in each sample.
    acc, gyr
        Places of acceleration and angular rate among them; None where there is none.
    acc_scale, gyr_scale
        What one unit of the numbers is, in m/s² and rad/s.
    acc_limit, gyr_limit
        Numbers of this size and more are saturated; infinite where the range is not known.
    by_vector
        All samples' first vectors come before all second ones; else sample by sample.
    scaled
        Whether the scales are the sensor's own, and not for want of them.
    """

    dtype: str
    vectors: int
    acc: int | None
    gyr: int | None
    acc_scale: float = 1.0
    gyr_scale: float = DEGREE
    acc_limit: float = np.inf
    gyr_limit: float = np.inf
    by_vector: bool = False
    scaled: bool = True

    @property
    def sample_bytes(self) -> int:
        """Length of a sample."""
        return self.vectors * 3 * np.dtype(self.dtype).itemsize


class Block(NamedTuple):
    """A complete payload with its unwrapped stamp."""

    device_ns: int
    epoch: int
    arrival_ns: int
    complete_ns: int
    layout: Layout
    payload: bytes

    @property
    def samples(self) -> int:
        """How many the payload holds."""
        return len(self.payload) // self.layout.sample_bytes


class _Samples(NamedTuple):
    """What the payloads of m blocks hold: (m,) how many each, (n, 3) vectors in SI units, (n,) marks."""

    each: Ints
    acc: Floats
    gyr: Floats
    marks: Marks


def whole(blocks: Sequence[Block]) -> Blocks:
    """Put blocks together whose samples have both vectors."""
    found = _read(blocks)
    return Blocks(**_stamps(blocks), count=found.each, acc=found.acc, gyr=found.gyr, marks=found.marks)


def apart(acc: Sequence[Block], gyr: Sequence[Block], *, of_last: bool) -> Blocks:
    """Put blocks of two streams together, one of accelerations and one of angular rates."""
    ours, turning = _read(acc), _read(gyr)
    marks = turning.marks & ~np.uint8(Mark.NO_ACC)  # it is in the other stream
    rates = Rates(**_stamps(gyr), count=turning.each, gyr=turning.gyr, marks=marks, of_last=of_last)
    return Blocks(
        **_stamps(acc), count=ours.each, acc=ours.acc, gyr=None, marks=ours.marks, of_last=of_last, rates=rates
    )


def _stamps(blocks: Sequence[Block]) -> dict[str, Any]:
    """Give the columns of `Stamps` that are of blocks."""
    names = ("device_ns", "epoch", "arrival_ns", "complete_ns")
    return {name: np.array([getattr(block, name) for block in blocks], dtype=np.int64) for name in names}


def _read(blocks: Sequence[Block]) -> _Samples:
    """Give all samples in order; blocks of one shape are read together."""
    shapes: dict[tuple[Layout, int], list[int]] = {}
    for place, block in enumerate(blocks):
        shapes.setdefault((block.layout, block.samples), []).append(place)
    each = np.array([block.samples for block in blocks], dtype=np.int64)
    total, first = int(each.sum()), np.cumsum(each) - each
    samples = _Samples(each, np.empty((total, 3)), np.empty((total, 3)), np.zeros(total, dtype=np.uint8))
    for (layout, length), which in shapes.items():
        rows = first[which][:, None] + np.arange(length)
        _fill(samples, rows, layout, b"".join(blocks[place].payload for place in which))
    return samples


def _fill(samples: _Samples, rows: Ints, layout: Layout, data: bytes) -> None:
    """Read what equal blocks hold into (blocks, samples in each) rows."""
    with np.errstate(invalid="ignore"):  # a signalling NaN becomes a quiet one
        values = np.frombuffer(data, dtype=layout.dtype).astype(np.float64)
    blocks, length = rows.shape
    if layout.by_vector:
        vectors = values.reshape(blocks, layout.vectors, length, 3).transpose(1, 0, 2, 3)
    else:
        vectors = values.reshape(blocks, length, layout.vectors, 3).transpose(2, 0, 1, 3)
    marks = np.full(rows.shape, 0 if layout.scaled else Mark.NO_SCALE, dtype=np.uint8)
    marks |= np.uint8(Mark.NO_ACC if layout.acc is None else 0)
    acc, gyr = _of(vectors, layout.acc), _of(vectors, layout.gyr)
    marks[_at_end(acc, layout.acc_limit)] |= np.uint8(Mark.ACC_SATURATED)
    marks[_at_end(gyr, layout.gyr_limit)] |= np.uint8(Mark.GYR_SATURATED)
    marks[_broken(vectors, layout.acc)] |= np.uint8(Mark.ACC_NOT_FINITE)
    marks[_broken(vectors, layout.gyr)] |= np.uint8(Mark.GYR_NOT_FINITE)
    samples.acc[rows], samples.gyr[rows], samples.marks[rows] = acc * layout.acc_scale, gyr * layout.gyr_scale, marks


def _at_end(values: Floats, limit: float) -> Bools:
    """Which samples stand at the end of the range; infinity is no number, and no end."""
    found: Bools = np.any(np.abs(values) >= limit, axis=2, where=np.isfinite(values))
    return found


def _broken(vectors: Floats, place: int | None) -> Bools:
    """Which samples were sent a vector that is no number."""
    found: Bools = (
        np.zeros(vectors.shape[1:3], dtype=bool) if place is None else ~np.isfinite(vectors[place]).all(axis=2)
    )
    return found


def _of(vectors: Floats, place: int | None) -> Floats:
    return np.full(vectors.shape[1:], np.nan) if place is None else vectors[place]
