"""Angular rates that come on times of their own, at the instants of the accelerations."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_protocol.wearables.base import Mark
from rig.timeline.types import Floats, Ints

_HOLE_PERIODS = 1.5
"""Over a longer hole nothing is interpolated."""


@dataclass(frozen=True, slots=True, eq=False)
class Turning:
    """Angular rates of one epoch: (n,) session times, increasing, (n, 3) rad/s, (n,) marks, and their period."""

    t_ns: Ints
    gyr: Floats
    marks: NDArray[np.uint8]
    period_ns: float


def at_instants(t_ns: Ints, turning: Turning) -> Floats:
    """Interpolate linearly at (k,) session times; NaN in holes, before the first rate, after the last, without scale.

    The motion of a trunk or thigh has its power below 10 Hz, where a straight line between rates at 50 Hz is good to
    a few percent of what the sensor's own filter takes away.
    """
    known = np.where(((turning.marks & Mark.NO_SCALE) > 0)[:, None], np.nan, turning.gyr)
    axes = [np.interp(t_ns, turning.t_ns, axis, left=np.nan, right=np.nan) for axis in known.T]
    values = np.stack(axes, axis=1)
    after = np.clip(np.searchsorted(turning.t_ns, t_ns), 1, max(1, len(turning.t_ns) - 1))
    if len(turning.t_ns) > 1:
        hole = turning.t_ns[after] - turning.t_ns[after - 1] > _HOLE_PERIODS * turning.period_ns
        values[hole & ~np.isin(t_ns, turning.t_ns)] = np.nan
    return values
