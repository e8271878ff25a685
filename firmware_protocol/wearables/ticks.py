"""Where in its tick a stamp lies: samples are taken evenly, so stamps in a row tell more than one alone."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SPAN_NS = 2e9
"""Stamps within it tell of each other: a crystal keeps its rate for so long, and two dozen roundings average out."""


def between_ticks(stamps_ns: Ints, count: Ints, period_ns: float, tick_ns: int, hole_ns: float) -> Ints:
    """Stamps taken off their ticks.

    The distance of stamps from an even count of samples is rounding, and what the sampling strays from the device's
    clock, which is slow. A straight line through the distances of the stamps around it, as far as no sample is missing
    between, keeps the one and not the other.

    Parameters
    ----------
    stamps_ns
        (m,) device times of first samples, increasing.
    count
        (m,) samples from each stamp on.
    period_ns
        Mean time from sample to sample.
    tick_ns
        How coarse the stamps are. None is moved by more than half of it, so that what a device says beyond its
        rounding stays; 0 leaves all as they are.
    hole_ns
        Stamps that are farther than this from where the one before lets expect them have a hole between.

    Returns
    -------
    stamps_ns
        (m,) of the same order. Where stamps are cut off, not rounded, all keep the same half tick too little.
    """
    stray = np.diff(stamps_ns) - period_ns * count[:-1]
    whole = np.abs(stray) <= hole_ns
    distance = np.concatenate([[0.0], np.cumsum(np.where(whole, stray, 0.0))])
    run = np.concatenate([[0], np.cumsum(~whole)])
    half = max(1, round(SPAN_NS / 2 / (period_ns * count.mean())))
    moved = np.clip(_running_line(distance, run, half) - distance, -tick_ns / 2, tick_ns / 2)
    taken_off: Ints = stamps_ns + np.rint(moved).astype(np.int64)
    return taken_off


def _running_line(values: Floats, run: Ints, half: int) -> Floats:
    """At each of (m,) values, the line of least squares through it and `half` more on both sides, of its own run.

    At the ends of a run, where one side has fewer, the other has as many more.
    """
    place = np.arange(len(values))
    first, last = np.searchsorted(run, run), np.searchsorted(run, run, side="right")
    begin = np.maximum(first, np.minimum(place - half, last - 2 * half - 1))
    end = np.minimum(last, np.maximum(place + half, first + 2 * half) + 1)
    count, middle = end - begin, (begin + end - 1) / 2
    total = _between(values, begin, end)
    lean = _between(place * values, begin, end) - middle * total
    slope = lean / np.maximum(0.5, count * (count**2 - 1) / 12)  # 0.5 is that of two; one leans nowhere
    line: Floats = total / count + slope * (place - middle)
    return line


def _between(values: Floats, begin: Ints, end: Ints) -> Floats:
    """Sums of `values[begin:end]`."""
    sums = np.concatenate([[0.0], np.cumsum(values)])
    between: Floats = sums[end] - sums[begin]
    return between
