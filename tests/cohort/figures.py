"""Shares, spreads and agreement, with 95 % intervals that draw people, not trials."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
DRAWS = 1000
TOP = 4
"""Points of a part of the battery run from 0 to 4."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A value with its interval."""

    value: float
    low: float
    high: float

    def shown(self, digits: int = 3) -> str:
        """As in a table."""
        if not np.isfinite(self.value):
            return "-"
        return f"{self.value:.{digits}f} ({self.low:.{digits}f}..{self.high:.{digits}f})"


NOTHING = Figure(float("nan"), float("nan"), float("nan"))


def share(hits: Sequence[bool]) -> Figure:
    """A proportion with Wilson's interval."""
    n = len(hits)
    if not n:
        return NOTHING
    p, z = sum(hits) / n, 1.96
    middle, half = p + z * z / (2 * n), z * float(np.sqrt(p * (1 - p) / n + z * z / (4 * n * n)))
    return Figure(p, max(0.0, (middle - half) / (1 + z * z / n)), min(1.0, (middle + half) / (1 + z * z / n)))


def mean(values: Sequence[float], people: Sequence[int]) -> Figure:
    """Arithmetic mean."""
    return _drawn(_moments(values, people), lambda m: m[..., 1] / m[..., 0])


def spread(values: Sequence[float], people: Sequence[int]) -> Figure:
    """Standard deviation about the mean."""
    return _drawn(_moments(values, people), _deviation)


def rms(values: Sequence[float], people: Sequence[int]) -> Figure:
    """Root mean square: the spread about zero, what is always off counted in."""
    return _drawn(_moments(values, people), lambda m: np.sqrt(m[..., 2] / m[..., 0]))


def _deviation(moments: Array) -> Array:
    n, total, squares = moments[..., 0], moments[..., 1], moments[..., 2]
    return np.asarray(np.sqrt(np.maximum(squares - total**2 / n, 0.0) / np.maximum(n - 1, 1)))


def _moments(values: Sequence[float], people: Sequence[int]) -> Array:
    """Count, sum and sum of squares by person, (people, 3)."""
    known, index = np.unique(np.array(people, dtype=np.int64), return_inverse=True)
    e = np.array(values, dtype=np.float64)
    return np.stack([np.bincount(index, weights, len(known)) for weights in (np.ones(e.size), e, e * e)], axis=1)


def kappa(truth: Sequence[int], found: Sequence[int]) -> Figure:
    """Weighted kappa with quadratic weights (Cohen 1968, doi:10.1037/h0026256); one pair a person."""
    pairs = np.zeros((len(truth), (TOP + 1) ** 2))
    pairs[np.arange(len(truth)), np.array(truth, dtype=int) * (TOP + 1) + np.array(found, dtype=int)] = 1.0
    return _drawn(pairs, _agreement)


def _agreement(cells: Array) -> Array:
    table = cells.reshape(*cells.shape[:-1], TOP + 1, TOP + 1)
    weight = np.subtract.outer(np.arange(TOP + 1), np.arange(TOP + 1)) ** 2.0
    chance = (
        table.sum(axis=-1)[..., :, None] * table.sum(axis=-2)[..., None, :] / table.sum(axis=(-1, -2))[..., None, None]
    )
    seen, blind = ((weight * cell).sum(axis=(-1, -2)) for cell in (table, chance))
    return np.asarray(1 - np.divide(seen, blind, out=np.zeros_like(seen), where=blind > 0))


def _drawn(by_person: Array, statistic: Callable[[Array], Array]) -> Figure:
    """The statistic of the summed rows, and its percentiles when people are drawn again (seeded)."""
    n = len(by_person)
    if n < 2:
        return NOTHING
    weights = np.random.default_rng(1).multinomial(n, np.full(n, 1 / n), size=DRAWS)
    draws = statistic(weights @ by_person)
    low, high = np.percentile(draws, [2.5, 97.5])
    return Figure(float(statistic(by_person.sum(axis=0))), float(low), float(high))
