"""When samples were taken that are stamped with when they arrived.

A phone hands samples over in batches: one arrives late and with it, stamped all but alike, those that waited behind
it. No sensor takes two samples in a quarter of its period. So what arrived together was taken one by one, from when
the sample before arrived to when the batch did. Nothing else is presumed of the clock, and nothing of how many samples
were lost: where none is, a phone's stamps are then off an even clock by 2.9 ms instead of 9.6 (standard deviation,
geotec_tug); what a batch has lost is shared out among all of it.
"""

import numpy as np

from rig_signal.order import median
from rig_signal.types import Array

_TOGETHER, _APART, _FARTHEST = 0.25, 0.8, 1.5  # of the period: who waited; how far they are parted, at least and most
SAME_S = 1e-7
"""Times this near to each other are one: where the recording's clock began must not decide."""


def parted(time_s: Array) -> Array:
    """Part samples that arrived together.

    Parameters
    ----------
    time_s
        (n,) stamps, s, that do not decrease.

    Returns
    -------
    time_s
        (n,) the same, but for what arrived within a quarter of the median step of the sample before it. The same
        array where nothing did, or where most samples arrive so.
    """
    steps = np.diff(time_s)
    period_s = median(steps)
    together = steps < _TOGETHER * period_s - SAME_S
    if not together.any():
        return time_s
    taken_s = time_s.copy()
    for first, last in _batches(time_s.tolist(), together.tolist(), _APART * period_s - SAME_S):
        apart_s = min((time_s[last] - time_s[first]) / (last - first), _FARTHEST * period_s)
        taken_s[first + 1 : last] = time_s[last] - apart_s * np.arange(last - first - 1, 0, -1)
    return taken_s


def _batches(time_s: list[float], together: list[bool], apart_s: float) -> list[tuple[int, int]]:
    """The sample before each batch, and its last: as many as it takes for them to be `apart_s` from each other."""
    batches: list[tuple[int, int]] = []
    for last in (i + 1 for i, short in enumerate(together) if short):
        first = last - 1
        while first and time_s[last] - time_s[first] < apart_s * (last - first):
            joined = batches and batches[-1][1] == first  # too near together to end another batch
            first = batches.pop()[0] if joined else first - 1
        batches.append((first, last))
    return batches
