"""Straight lines above and below clouds of points, exactly, by their convex hulls."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_PASSES = 6


def lower_hull(x: Floats, y: Floats) -> Floats:
    """(k, 2) corners of the lower convex hull, by increasing x.

    The monotone chain of A. M. Andrew, Inf. Process. Lett. 9(5), 1979, DOI 10.1016/0020-0190(79)90072-3. Deviation:
    points above the line between their neighbours, which are no corners, are left out beforehand.
    """
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    first = np.diff(x, prepend=-np.inf) > 0
    hull: list[list[float]] = []
    for point in np.column_stack(_low_points(x[first], y[first])).tolist():
        while len(hull) > 1 and _not_below(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return np.array(hull)


def _low_points(x: Floats, y: Floats) -> tuple[Floats, Floats]:
    """Leave out points above the line between their neighbours, a few times over."""
    for _ in range(_PASSES):
        low = np.ones(len(x), dtype=np.bool_)
        low[1:-1] = (x[1:-1] - x[:-2]) * (y[2:] - y[:-2]) >= (y[1:-1] - y[:-2]) * (x[2:] - x[:-2])
        x, y = x[low], y[low]
    return x, y


def upper_hull(x: Floats, y: Floats) -> Floats:
    """(k, 2) corners of the upper convex hull, by increasing x."""
    return lower_hull(x, -y) * (1.0, -1.0)


def _not_below(a: list[float], b: list[float], c: list[float]) -> bool:
    """Whether b lies on or above the line from a to c."""
    return (b[0] - a[0]) * (c[1] - a[1]) <= (b[1] - a[1]) * (c[0] - a[0])


@dataclass(frozen=True, slots=True, eq=False)
class Corridor:
    """Two parallel lines of every slope that matters: one rests on the low points, one hangs under the high ones.

    Both intercepts are piecewise linear in the slope, with corners at the slopes of the hulls' edges.

    Attributes
    ----------
    slope
        (k,) increasing: the limits, zero, and the corners between.
    floor
        (k,) intercept of the lowest line above all low points.
    ceiling
        (k,) intercept of the highest line below all high points.
    """

    slope: Floats
    floor: Floats
    ceiling: Floats

    @classmethod
    def between(cls, low: Floats, high: Floats, limit: float) -> "Corridor":
        """Lines between an upper hull of low points and a lower hull of high ones, of slopes within +-limit."""
        edges = [np.diff(hull[:, 1]) / np.diff(hull[:, 0]) for hull in (low, high)]
        slope = np.unique(np.clip(np.concatenate([*edges, [-limit, 0.0, limit]]), -limit, limit))
        return cls(slope, _intercepts(low, slope).max(axis=1), _intercepts(high, slope).min(axis=1))

    def open_part(self) -> "Corridor | None":
        """The slopes whose floor is not above the ceiling, cut exactly; None where there is none."""
        width = self.ceiling - self.floor
        if not np.any(width >= 0):
            return None
        shut = [k for k in range(len(width) - 1) if (width[k] < 0) != (width[k + 1] < 0)]
        ends = np.array([_zero(self.slope[k], width[k], self.slope[k + 1], width[k + 1]) for k in shut])
        return self.at(np.unique(np.concatenate([self.slope[width >= 0], ends])))

    def at(self, slope: Floats) -> "Corridor":
        """The lines of other slopes, increasing and within the limits; all corners between them have to be theirs."""
        return Corridor(slope, *(np.interp(slope, self.slope, line) for line in (self.floor, self.ceiling)))

    def midway(self, lean: float) -> Floats:
        """(k,) intercepts that far above the middle, but never outside; the middle where the lines have crossed."""
        room = np.maximum(0.0, self.ceiling - self.floor) / 2
        leaning: Floats = (self.floor + self.ceiling) / 2 + np.clip(lean, -room, room)
        return leaning


def _intercepts(points: Floats, slopes: Floats) -> Floats:
    """(slopes, points): where the line through each point with each slope meets x = 0."""
    return points[:, 1] - np.outer(slopes, points[:, 0])


def _zero(x0: float, y0: float, x1: float, y1: float) -> float:
    """Where the line through two points of opposite sign is zero."""
    return x0 + (x1 - x0) * y0 / (y0 - y1)
