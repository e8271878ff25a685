"""Stretches of time, and the instants on the grid at which something changes."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rig.virtual.motion import GRID_S, Array


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, half-open."""

    start: float
    end: float


def runs(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Half-open index ranges in which the mask is true."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def instant(values: Array, index: int, level: float) -> float:
    """Session second at which `values` passes `level` between index - 1 and index."""
    if index == 0 or values[index] == values[index - 1]:
        return index * GRID_S
    before, after = float(values[index - 1]), float(values[index])
    return (index - 1 + (level - before) / (after - before)) * GRID_S
