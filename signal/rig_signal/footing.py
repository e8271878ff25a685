"""When a foot that stood is displaced, from a sensor on that foot."""

import math

import numpy as np
from scipy.signal import lfilter

from rig_signal.attitude import rest_bias
from rig_signal.timebase import GRAVITY, Uniform
from rig_signal.types import Array, Moment

DISPLACED_M = 0.010
"""Docs/landmarks.md, step-out: any part of the sole 10 mm from its place."""
LEVER_M = 0.16
"""From the instep to either end of the sole 0.12 m, and a third more for what the memory below loses."""
REST_S = 0.3
TURN_MEMORY_S, PLACE_MEMORY_S, LEAN_MEMORY_S = 1.0, 0.3, 0.5
"""Integrals forget over these times: no drift adds up, and a foot leaves its place faster. Measured: median 0.01 s from
the truth of simulated feet, 0.01 s from the optical markers of one real recording."""


def first_displacement(foot: Uniform, begin_s: float, until_s: float) -> Moment | None:
    """Find when the sole first has an end 10 mm away from where it stood.

    Rotation and displacement are integrated with a short memory; an end of the sole is away by the displacement of the
    sensor and by the rotation times the lever. A foot that rolls on its sole by two degrees stays below 10 mm.

    Parameters
    ----------
    foot
        Samples of a sensor on the instep, ankle or heel, with a gyroscope.
    begin_s, until_s
        The foot stands at `begin_s`; displacements are looked for up to `until_s`.

    Returns
    -------
    Moment or None
        `u_s` is the time in which the displacement grows from 7 to 13 mm, taken as rectangular.
    """
    first, last = np.searchsorted(foot.time_s, [begin_s, until_s])
    rest = round(REST_S * foot.rate_hz)
    if last - first <= rest or foot.gyr is None:
        return None
    away = _away_m(foot.acc[first:last], (foot.gyr - rest_bias(foot))[first:last], rest, foot.rate_hz)
    if away.max() < DISPLACED_M:
        return None
    less, one, more = (int(np.argmax(away >= share * DISPLACED_M)) for share in (0.7, 1.0, 1.3))
    u_s = math.hypot((max(more, one) - less) / math.sqrt(12), 0.5) / foot.rate_hz
    return Moment(float(foot.time_s[first]) + one / foot.rate_hz, u_s)


def _away_m(acc: Array, rate: Array, rest: int, rate_hz: float) -> Array:
    standing = np.median(acc[:rest], axis=0)
    scale = GRAVITY / float(np.linalg.norm(standing))
    turned = _integral(rate, TURN_MEMORY_S, rate_hz)
    pushed = (acc - standing + np.cross(turned, standing)) * scale
    lean = _integral(pushed, LEAN_MEMORY_S, rate_hz) / LEAN_MEMORY_S
    moved = _integral(_integral(pushed - lean, PLACE_MEMORY_S, rate_hz), PLACE_MEMORY_S, rate_hz)
    return np.asarray(np.linalg.norm(moved, axis=1) + LEVER_M * np.linalg.norm(turned, axis=1), dtype=np.float64)


def _integral(x: Array, memory_s: float, rate_hz: float) -> Array:
    keep = math.exp(-1 / (memory_s * rate_hz))
    return np.asarray(lfilter([1 / rate_hz], [1.0, -keep], x, axis=0), dtype=np.float64)
