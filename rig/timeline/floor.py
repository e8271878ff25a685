"""The floor of one-way delays, laid through many of its points instead of the two that a hull's edge rests on.

Where delays are sums of several waits (connection interval, coarse stamps, the host), the smallest of all is rare: the
hull's edge then rests on two lucky packets, and from one window to the next its height moves by a millisecond. The
smallest delay of every few packets is as rare in each of them, so a line through these minima moves three times less,
and what it lies higher is as constant as the link's own delay, with which a tap test takes it off.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from firmware_protocol.clock_sync import CRYSTAL_LIMIT, ClockMap
from rig.timeline.types import Floats, Ints

PART_PACKETS, PART_S = 60, 5.0
"""At least so many packets and seconds give one smallest delay: a beat of batches and intervals is shorter."""
LEAST_PARTS = 6
"""Fewer say less of the slope than the hull over all packets."""
FAR = 3.0
"""Minima above the median by more than this times their spread are of stalls."""
_LEAST_SPREAD_S = 2e-4
_SPREAD = 1.4826
_NS = 1e-9


def levelled(clock: ClockMap, ticks: Ints, arrival_ns: Ints, resolution_ns: int) -> ClockMap:
    """Move a one-way map from the lowest packets to the floor that the minima of all parts agree on.

    Parameters
    ----------
    clock
        Of `one_way`, from these stamps.
    ticks, arrival_ns
        (n,) device times in nanoseconds, increasing, and host times.
    resolution_ns
        How coarse the device's stamps are.

    Returns
    -------
    clock
        `bound_s` is how far the minima lie from the line, and the resolution.
    """
    x, above = _minima(_seconds(ticks - clock.tick0), _seconds(arrival_ns - clock.array_to_ns(ticks)))
    kept = above - np.median(above) <= FAR * _spread(above)
    x, above = x[kept], above[kept]
    tilt = float(np.polyfit(x, above, 1)[0]) if len(x) >= LEAST_PARTS else 0.0
    rate = float(np.clip(clock.rate + tilt, -CRYSTAL_LIMIT, CRYSTAL_LIMIT))
    left_over = above - (rate - clock.rate) * x
    height = float(np.median(left_over))
    bound = float(np.abs(left_over - height).max()) + resolution_ns * _NS
    return replace(clock, host0_ns=clock.host0_ns + round(height / _NS), rate=rate, bound_s=bound)


def _seconds(ns: Ints) -> Floats:
    return ns.astype(np.float64) * _NS


def _minima(x: Floats, above: Floats) -> tuple[Floats, Floats]:
    """Place and size of the smallest delay of every part."""
    parts = max(1, int(min(len(x) / PART_PACKETS, (x[-1] - x[0]) / PART_S)))
    bounds = np.linspace(0, len(x), parts + 1).astype(np.int64)
    lowest = np.array([a + int(np.argmin(above[a:b])) for a, b in pairwise(bounds.tolist())])
    return x[lowest], above[lowest]


def _spread(values: Floats) -> float:
    return max(_SPREAD * float(np.median(np.abs(values - np.median(values)))), _LEAST_SPREAD_S)
