"""Device clocks on the host's clock: envelopes of one-sided delays.

A message is never received before it was sent, and everything that delays it (latency timers, radio intervals,
a busy host) adds; so the *edges* of the stamps' cloud carry the time, while averages carry the traffic.

Two ways (`two_way`): with PING and PONG the true offset lies between an upper and a lower edge, and both are
fitted with one slope. One way (`one_way`): only the upper edge exists; it is the lower hull of arrival against
device time, and a constant smallest link delay stays unknown.

The linear-programming envelope of two-way stamps follows L. Ridoux, J. Veitch, "Principles of robust timing over the
Internet", Commun. ACM 53(5), 2010, DOI 10.1145/1735223.1735241, and the convex-hull estimator S. B. Moon,
P. Skelly, D. Towsley, "Estimation and removal of clock skew from network delay measurements", INFOCOM 1999,
DOI 10.1109/INFCOM.1999.749287. Differences: one slope for both directions, limited to what an oscillator can
do, and the middle between the edges instead of either of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RESONATOR_LIMIT = 1e-2
"""Largest rate error of a two-way clock: ceramic resonators are 0.2 % off, so 1 % is generous."""
CRYSTAL_LIMIT = 1e-4
"""Largest rate error of a one-way clock: wearables have crystals."""
SHORT_SPAN_S = 15.0
"""Below this span the lower hull's slope is worse than the crystal's own; the nominal slope is taken."""
LINK_DELAY_S = 0.010
"""Largest constant delay of a radio link and its sensor that one-way stamps cannot show (2-10 ms, not measured)."""

_NS = 1e-9


@dataclass(frozen=True, slots=True)
class ClockMap:
    """A straight line from device ticks to host time.

    Attributes
    ----------
    tick0, host0_ns
        A point of the line, exact integers.
    tick_ns
        Nominal length of a tick in nanoseconds.
    rate
        Relative excess of the slope: one nominal device second lasts `1 + rate` host seconds.
    bound_s
        Half width of the interval that the mapped time is known to, in seconds.
    delay_bound_s
        Largest constant delay on top of `bound_s` that the stamps cannot show; 0 for two-way stamps. Every time of
        the device may be late by it, so it cancels in differences of times of one device.
    first_ns, last_ns
        Host times of the oldest and the newest stamp used.
    """

    tick0: int
    host0_ns: int
    tick_ns: int
    rate: float
    bound_s: float
    delay_bound_s: float
    first_ns: int
    last_ns: int

    @property
    def rate_ppm(self) -> float:
        """How much faster than the host's the device's clock runs, in parts per million."""
        return (1.0 / (1.0 + self.rate) - 1.0) * 1e6

    def to_ns(self, ticks: int) -> int:
        """Host time of a tick count; exact integers apart from the small rate term."""
        elapsed = (ticks - self.tick0) * self.tick_ns
        return self.host0_ns + elapsed + round(self.rate * elapsed)

    def array_to_ns(self, ticks: Ints) -> Ints:
        """`to_ns` of (n,) int64 tick counts."""
        elapsed = (ticks - self.tick0) * self.tick_ns
        drift: Ints = np.rint(self.rate * elapsed).astype(np.int64)
        return self.host0_ns + elapsed + drift

    def age_s(self, start_ns: int, end_ns: int) -> float:
        """How far, in seconds, `[start_ns, end_ns)` reaches beyond the stamps, into past or future."""
        return max(0, end_ns - self.last_ns, self.first_ns - start_ns) * _NS


@dataclass(frozen=True, slots=True)
class Exchange:
    """The four stamps of a PING: sent (host), received and answered (device), answer received (host)."""

    t1_ns: int
    rx_ticks: int
    tx_ticks: int
    t4_ns: int


def two_way(exchanges: Sequence[Exchange], tick_ns: int, out_ns: int = 0, back_ns: int = 0) -> ClockMap:
    """Fit the same-slope envelope of four-stamp exchanges.

    Finds slope and intercepts such that every `t1 <= slope * rx + lo` and `slope * tx + up <= t4`, with the least
    sum of what is left over; the map runs midway between the two lines. The problem is piecewise linear and
    convex in the slope alone, so it is solved exactly on the corners of two convex hulls.

    Parameters
    ----------
    exchanges
        At least one.
    tick_ns
        Nominal tick in nanoseconds.
    out_ns, back_ns
        Known times on the wire, taken off the delays.
    """
    if not exchanges:
        raise ValueError("no clock exchange: the timer answered no PING in this stretch")
    middle = exchanges[len(exchanges) // 2]
    tick0, host0 = middle.rx_ticks, middle.t1_ns
    t1 = _seconds([e.t1_ns + out_ns - host0 for e in exchanges])
    rx = _seconds([(e.rx_ticks - tick0) * tick_ns for e in exchanges])
    tx = _seconds([(e.tx_ticks - tick0) * tick_ns for e in exchanges])
    t4 = _seconds([e.t4_ns - back_ns - host0 for e in exchanges])
    rate, low, high = _envelope(rx, t1 - rx, tx, t4 - tx)
    offset = (low + high) / 2
    first, last = min(e.t1_ns for e in exchanges), max(e.t4_ns for e in exchanges)
    return ClockMap(tick0, host0 + round(offset / _NS), tick_ns, rate, abs(high - low) / 2, 0.0, first, last)


def _seconds(ns: list[int]) -> Floats:
    return np.array(ns, dtype=np.float64) * _NS


def _envelope(x_low: Floats, y_low: Floats, x_high: Floats, y_high: Floats) -> tuple[float, float, float]:
    """Slope, and intercepts of two parallel lines above all low points and below all high ones, closest to them."""
    low, high = _upper_hull(x_low, y_low), _lower_hull(x_high, y_high)
    slopes = _corners(low, high)
    above = _intercepts(low, slopes).max(axis=1)
    below = _intercepts(high, slopes).min(axis=1)
    cost = slopes * np.sum(x_low - x_high) + len(x_low) * (above - below)
    # Where several slopes are as good (a single exchange), the nominal one is the likeliest.
    best = min(range(len(slopes)), key=lambda i: (cost[i] > cost.min() + 1e-12, abs(slopes[i])))
    return float(slopes[best]), float(above[best]), float(below[best])


def _corners(low: Floats, high: Floats) -> Floats:
    """Slopes among which the best must be: those of the hulls' edges, the limits, and the nominal one."""
    edges = [np.diff(hull[:, 1]) / np.diff(hull[:, 0]) for hull in (low, high)]
    slopes = np.concatenate([*edges, [0.0]])
    return np.unique(np.clip(slopes, -RESONATOR_LIMIT, RESONATOR_LIMIT))


def _intercepts(points: Floats, slopes: Floats) -> Floats:
    """(slopes, points): where the line through each point with each slope meets x = 0."""
    return points[:, 1] - np.outer(slopes, points[:, 0])


def _upper_hull(x: Floats, y: Floats) -> Floats:
    return _lower_hull(x, -y) * (1.0, -1.0)


def _lower_hull(x: Floats, y: Floats) -> Floats:
    """(k, 2) corners of the lower convex hull, by increasing x (Andrew's monotone chain)."""
    hull: list[tuple[float, float]] = []
    for point in sorted(zip(x.tolist(), y.tolist(), strict=True)):
        if hull and hull[-1][0] == point[0]:
            continue
        while len(hull) > 1 and _not_below(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return np.array(hull)


def _not_below(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> bool:
    """Whether b lies on or above the line from a to c."""
    return (b[0] - a[0]) * (c[1] - a[1]) <= (b[1] - a[1]) * (c[0] - a[0])


def one_way(ticks: Ints, arrival_ns: Ints, tick_ns: int = 1) -> ClockMap:
    """Fit the lower hull of arrival against device time.

    The hull's edge over the middle of the span gives the slope, limited to `CRYSTAL_LIMIT`; spans below
    `SHORT_SPAN_S` keep the nominal slope. The line touches the earliest arrival from below. `bound_s` is how far
    the edge of the cloud leaves the line: the largest, over eighths of the span, of the smallest delay there.

    Parameters
    ----------
    ticks
        (n,) device time of each packet's last sample, increasing.
    arrival_ns
        (n,) host time of each packet.
    tick_ns
        Nominal tick in nanoseconds.
    """
    if not len(ticks):
        raise ValueError("no packets: a clock cannot be mapped")
    middle = len(ticks) // 2
    tick0, host0 = int(ticks[middle]), int(arrival_ns[middle])
    device = (ticks - tick0) * tick_ns
    x = device.astype(np.float64) * _NS
    delay = (arrival_ns - host0 - device).astype(np.float64) * _NS
    rate = _hull_slope(x, delay)
    left_over = delay - rate * x
    offset = float(left_over.min())
    bound = _edge_spread(x, left_over - offset)
    return ClockMap(
        tick0, host0 + round(offset / _NS), tick_ns, rate, bound, LINK_DELAY_S, int(arrival_ns[0]), int(arrival_ns[-1])
    )


def _hull_slope(x: Floats, delay: Floats) -> float:
    if x[-1] - x[0] < SHORT_SPAN_S:
        return 0.0
    hull = _lower_hull(x, delay)
    edge = int(np.clip(np.searchsorted(hull[:, 0], (x[0] + x[-1]) / 2), 1, len(hull) - 1))
    slope = (hull[edge, 1] - hull[edge - 1, 1]) / (hull[edge, 0] - hull[edge - 1, 0])
    return float(np.clip(slope, -CRYSTAL_LIMIT, CRYSTAL_LIMIT))


def _edge_spread(x: Floats, delay: Floats, parts: int = 8) -> float:
    """Largest of the smallest delays in equal parts of the span."""
    part = np.minimum((x - x[0]) / max(x[-1] - x[0], _NS) * parts, parts - 1).astype(np.int64)
    smallest = np.full(parts, np.inf)
    np.minimum.at(smallest, part, delay)
    return float(smallest[np.isfinite(smallest)].max())
