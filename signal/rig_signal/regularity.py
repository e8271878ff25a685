"""How much one step is like the next, and one stride like the next: the trunk's autocorrelation.

Source: Moe-Nilssen & Helbostad, J Biomech 37(1):121, 2004 (doi:10.1016/S0021-9290(03)00233-1). Deviations: taken on
the step clock, where a slow drift of the cadence does not blur the peaks; the peaks are looked for within a
quarter of a step of one and of two steps; only straight walking is used.
"""

from dataclasses import dataclass

import numpy as np

from rig_signal.rhythm import TICKS
from rig_signal.types import Array

FEWEST_STEPS = 8


@dataclass(frozen=True, slots=True)
class Regularity:
    """Autocorrelation coefficients of the trunk's vertical acceleration, 1 for a walk that repeats itself exactly.

    Attributes
    ----------
    step, stride
        At a delay of one step and of two.
    symmetry
        `step` / `stride`: 1 where left and right steps are alike, None where strides hardly repeat.
    """

    step: float
    stride: float
    symmetry: float | None


def regularity(acc: Array) -> Regularity:
    """Step and stride regularity of an acceleration sampled on the step clock.

    Parameters
    ----------
    acc
        (n,) at least `FEWEST_STEPS` steps of `rhythm.TICKS` samples.
    """
    step, stride = _peak(acc, 1), _peak(acc, 2)
    return Regularity(step, stride, step / stride if stride > 0.1 else None)


def _peak(acc: Array, steps: int) -> float:
    """Highest unbiased autocorrelation within a quarter of a step of `steps` steps."""
    centred = acc - acc.mean()
    power = float(centred @ centred) / len(acc)
    if power == 0:
        return 0.0
    delays = np.arange(round((steps - 0.25) * TICKS), round((steps + 0.25) * TICKS) + 1)
    products = [float(centred[d:] @ centred[:-d]) / (len(acc) - d) for d in delays]
    return float(max(products)) / power
