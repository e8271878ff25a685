"""Vertical speed of the trunk over a whole recording, from integrated acceleration.

Two things make an integrated acceleration drift: the accelerometer's own constant error, which turns with the trunk,
and what wanders beside it. Both are fitted to what is known of a person's speed: zero at rest, zero on average while
walking. A rise or a descent is the exception to both, and so is a descent so smooth that it passes for rest;
therefore distances count by their square near the fit only, by their absolute value beyond.

Source of the first part: zero-velocity updates, Skog et al., IEEE Trans Biomed Eng 57:2657, 2010
(doi:10.1109/TBME.2010.2060723). Deviations: one robust fit over the whole recording instead of resets, because
rest cannot be told from a slow, even descent.
"""

from collections.abc import Callable

import numpy as np

from rig_signal.definite import solve, solve_banded
from rig_signal.timebase import Mask
from rig_signal.types import Array

_THIN = 10
_KNOT_S = 1.0
_REST_M_S = 0.02  # how well the speed at rest is known to be zero
_MOVING_M_S = 0.10  # and that of a moving trunk; what is beyond it weighs by its absolute value
_OFFSET_M_S2 = 0.1  # standard deviation of an accelerometer's error
_BEND_M_S = 0.002  # by which the wandering part changes its course from knot to knot
_ROUNDS = 5
_OFFSET_PRIOR = np.diag([0.0, *3 * [_OFFSET_M_S2**-2]])


def vertical_speed(acceleration: Array, up: Array, still: Mask, rate_hz: float, unknown: Mask | None = None) -> Array:
    """Integrate a vertical acceleration and take the drift out.

    Parameters
    ----------
    acceleration
        (n,) m/s², upward, gravity removed.
    up
        (n, 3) unit vector up in the sensor's frame.
    still
        (n,) True where the sensor is quiet.
    unknown
        (n,) True where a transfer is known to be, so that the speed need not be zero on average.

    Returns
    -------
    speed
        (n,) m/s upward.
    """
    t_s = np.arange(len(acceleration)) / rate_hz
    raw = acceleration.cumsum() / rate_hz
    turned = up.T.cumsum(axis=1)
    thin = slice(min(_THIN // 2, len(raw) - 1), None, _THIN)
    spread = np.where(still[thin], _REST_M_S, _MOVING_M_S)
    if unknown is not None:
        spread[unknown[thin]] = np.inf
    offset = _fit_offset(turned[:, thin] / rate_hz, raw[thin], spread)
    raw -= offset[0] + offset[1:] / rate_hz @ turned
    last_s = float(t_s[-1])
    knots = max(3, round(last_s / _KNOT_S) + 1)
    knots_s = np.arange(knots, dtype=np.float64) * (last_s / (knots - 1))
    wander = _fit_wander(t_s[thin], raw[thin], spread, knots_s)
    return np.asarray(raw - np.interp(t_s, knots_s, wander), dtype=np.float64)


def _fit_offset(turned: Array, speed: Array, spread: Array) -> Array:
    """Speed at the start, m/s, and the accelerometer's error, m/s², that explain the drift: (4,).

    `turned` is (3, m) the sum of up until then, s.
    """
    turned = np.concatenate([np.ones((1, len(speed))), turned])

    def fit(weight: Array) -> Array:
        weighted = turned * weight
        return solve(weighted @ turned.T + _OFFSET_PRIOR, weighted @ speed)

    return _robust(fit, lambda fitted: speed - fitted @ turned, spread)


def _fit_wander(t_s: Array, speed: Array, spread: Array, knots_s: Array) -> Array:
    """Values at the knots of a piecewise straight line that bends as little as it must."""
    n = len(knots_s)
    at = t_s / (knots_s[1] - knots_s[0])
    left = np.minimum(at.astype(np.int64), n - 2)
    far = at - left
    near, right = 1 - far, left + 1
    parts = np.array([near**2, near * far, far**2, near * speed, far * speed])  # of the equations of the knots beside
    into = np.concatenate([left, n + left, right, 3 * n + left, 3 * n + right])
    stiff = _stiffness(n)

    def fit(weight: Array) -> Array:
        sums = np.bincount(into, (parts * weight).ravel(), 4 * n).reshape(4, n)
        return solve_banded(stiff + sums[:3], sums[3])

    return _robust(fit, lambda line: speed - near * line[left] - far * line[right], spread)


def _robust(fit: Callable[[Array], Array], misses: Callable[[Array], Array], spread: Array) -> Array:
    """What `fit` gives for weights by which a miss counts by its square up to `spread`, by its size beyond."""
    fitted = fit(spread**-2)
    for _ in range(_ROUNDS - 1):
        fitted = fit(1 / (spread * np.maximum(np.abs(misses(fitted)), spread)))
    return fitted


def _stiffness(n: int) -> Array:
    """Lower bands (3, n) of the equations that keep a line of (n,) values straight."""
    bands = np.zeros((3, n))
    bands[0, : n - 2] += 1
    bands[0, 1 : n - 1] += 4
    bands[0, 2:] += 1
    bands[1, : n - 2] -= 2
    bands[1, 1 : n - 1] -= 2
    bands[2, : n - 2] += 1
    return bands / _BEND_M_S**2
