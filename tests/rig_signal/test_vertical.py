import numpy as np
import pytest

from rig_signal.timebase import Mask
from rig_signal.types import Array
from rig_signal.vertical import vertical_speed

RATE_HZ, THIN = 100.0, slice(5, None, 10)


def _fitted(parts: Array, prior: Array, speed: Array, spread: Array) -> Array:
    """Five rounds of weighted least squares: what is off by more than its spread counts by its absolute value."""
    off, found = np.zeros(len(speed)), np.zeros(parts.shape[1])
    for _ in range(5):
        weight = (spread * np.maximum(off, spread)) ** -0.5
        rows = np.vstack([weight[:, None] * parts, prior])
        found = np.linalg.lstsq(rows, np.concatenate([weight * speed, np.zeros(len(prior))]))[0]
        off = np.abs(speed - parts @ found)
    return found


def _plainly(acceleration: Array, up: Array, still: Mask) -> Array:
    """The same speed without bands: offsets, then a line through knots a second apart that hardly bends."""
    t_s = np.arange(len(acceleration)) / RATE_HZ
    turned = np.vstack([np.ones(len(t_s)), np.cumsum(up.T, axis=1) / RATE_HZ]).T
    speed, spread = np.cumsum(acceleration) / RATE_HZ, np.where(still[THIN], 0.02, 0.10)
    speed = speed - turned @ _fitted(turned[THIN], np.diag([0.0, 10.0, 10.0, 10.0]), speed[THIN], spread)
    knots_s = np.linspace(0, t_s[-1], max(3, round(t_s[-1]) + 1))
    tents = np.stack([np.interp(t_s, knots_s, knot) for knot in np.eye(len(knots_s))]).T
    bends = np.diff(np.eye(len(knots_s)), 2, axis=0) / 0.002
    return np.asarray(speed - tents @ _fitted(tents[THIN], bends, speed[THIN], spread), dtype=np.float64)


@pytest.mark.parametrize("n", [40, 730, 2604])
def test_a_drift_is_fitted_as_by_plain_least_squares(n: int) -> None:
    rng = np.random.default_rng(n)
    t_s = np.arange(n) / RATE_HZ
    up = np.stack([0.3 * np.sin(t_s), 0.1 * np.cos(2 * t_s), np.ones(n)]).T
    acceleration = np.sin(5 * t_s) + up @ [0.05, -0.1, 0.08] + 0.002 * rng.normal(size=n).cumsum()
    still = (t_s < 2) | (t_s > 0.8 * t_s[-1])
    speed = vertical_speed(acceleration, up / np.linalg.norm(up, axis=1)[:, None], still, RATE_HZ)
    expected = _plainly(acceleration, up / np.linalg.norm(up, axis=1)[:, None], still)
    np.testing.assert_allclose(speed, expected, rtol=0, atol=1e-8)
