"""Median and quantile of one row of finite numbers: numpy's own values, without what it spends on every other case."""

import numpy as np

from rig_signal.types import Array


def median(x: Array) -> float:
    """Middle of (n,) finite numbers, n of 1 or more; of an even number the mean of the two in the middle."""
    half = len(x) // 2
    if len(x) % 2:
        return float(np.partition(x, half)[half])
    parted = np.partition(x, (half - 1, half))
    return float(parted[half - 1] + parted[half]) / 2


def quantile(x: Array, part: float) -> float:
    """Value below which a part (0 to 1) of (n,) finite numbers lies, linear between neighbours; n of 1 or more."""
    at = (len(x) - 1) * part
    low = int(at)
    high = min(low + 1, len(x) - 1)
    parted = np.partition(x, (low, high))
    below, above = float(parted[low]), float(parted[high])
    share = at - low
    return below + (above - below) * share if share < 0.5 else above - (above - below) * (1 - share)
