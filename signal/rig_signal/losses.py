"""Samples that an even stream lost here and there, restored as smoothly as its own samples run.

A sensor's clock is even: where a radio loses a sample, its time is known and only its value is not. A curve through the
two neighbours alone cuts the corner of a landing by tenths of its height, and speeds and heights integrate that.
So the lost samples are those that leave the third differences of the whole stream smallest: some samples to
either side decide. On recordings of people with a tenth of their samples taken out the values are as near as a local
cubic's or nearer, by up to a third; higher differences follow the noise.

Source: E. T. Whittaker, "On a new method of graduation", Proc Edinburgh Math Soc 41:63, 1923
(doi:10.1017/S0013091500077853). Deviation: what was measured is kept as it is.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solveh_banded

from rig_signal.order import median
from rig_signal.types import Array, Imu

_MOST_LOST, _LONGEST_S = 5, 0.1
"""In a row, and between two samples; longer gaps are anybody's guess, which `timebase.regularise` bridges."""

_EVEN_SHARE = 0.05  # of the period, by which stamps of an even clock may be off
_EVENLY = 0.98  # of the steps; with fewer, stamps say when a sample arrived, not when it was taken
_DIFFERENCE = np.array([1.0, -3.0, 3.0, -1.0])
_KEPT = 1e6  # weight of a measured sample


def restore_losses(imu: Imu) -> Imu:
    """Fill in up to five samples lost in a row, over 0.1 s at most, wherever the stream is even; leave anything else.

    Parameters
    ----------
    imu
        Samples as they were taken.

    Returns
    -------
    imu
        The same samples and, between them, the lost ones. The same object where none is missing or the stamps
        are uneven.
    """
    columns = _columns(imu)
    step = np.diff(imu.time_s)
    if columns is None or not (step > 0).all():
        return imu  # `timebase.regularise` says what is wrong, or settles it
    period_s = median(step)
    periods = step / period_s
    whole = np.round(periods)
    few = whole - 1 <= min(_MOST_LOST, _LONGEST_S / period_s - 1 + _EVEN_SHARE)
    lost = np.where(few, whole - 1, 0).clip(0).astype(np.int64)
    if not lost.any() or np.mean(np.abs(periods - whole) < _EVEN_SHARE) < _EVENLY:
        return imu
    at = np.concatenate([[0], np.cumsum(1 + lost)])
    time_s = np.interp(np.arange(at[-1] + 1), at, imu.time_s)
    values = _smoothest(columns, at)
    return Imu(time_s, values[:, :3], None if imu.gyr is None else values[:, 3:])


def _columns(imu: Imu) -> Array | None:
    """(n, 3 or 6) all columns of numbers that belong together, None where they do not."""
    n = len(imu.time_s)
    parts = [imu.acc] if imu.gyr is None else [imu.acc, imu.gyr]
    if n < len(_DIFFERENCE) or any(part.shape != (n, 3) for part in parts):
        return None
    columns = np.hstack([imu.time_s[:, None], *parts])
    return columns[:, 1:] if np.isfinite(columns).all() else None


def _smoothest(values: Array, at: NDArray[np.int64]) -> Array:
    """(m, k) rows among which `values` stand at the rows `at` and whose third differences are smallest."""
    n, reach = int(at[-1]) + 1, len(_DIFFERENCE)
    bands, known = np.zeros((reach, n)), np.zeros((n, values.shape[1]))
    for i, a in enumerate(_DIFFERENCE):
        for j, b in enumerate(_DIFFERENCE[i:], i):
            bands[reach - 1 - (j - i), j : n - reach + 1 + j] += a * b
    bands[-1, at] += _KEPT
    known[at] = _KEPT * values
    filled = np.asarray(solveh_banded(bands, known, check_finite=False), dtype=np.float64)
    filled[at] = values
    return filled
