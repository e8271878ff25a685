"""What is put back for lost samples is as far off as the mending was, and the middle of results is theirs."""

import numpy as np
import pytest

from rig_signal.losses import restore_losses
from rig_signal.types import Array, Imu, Moment
from tests.accuracy.lost_for_good import could_have_been, lose, middle_of
from tests.rig_signal.test_invariances import Found

RATE_HZ, LENGTH = 100.0, 4000


def swinging(hz: float, noise: float = 0.0) -> Imu:
    """Six axes that swing at several rates about the given one."""
    rng, time_s = np.random.default_rng(5), np.arange(LENGTH) / RATE_HZ
    swings = np.sin(2 * np.pi * hz * np.linspace(0.8, 1.2, 6) * time_s[:, None])
    values = swings + rng.normal(0, noise, swings.shape)
    return Imu(time_s, values[:, :3] + [0, 0, 9.81], values[:, 3:])


SHAKEN = np.arange(LENGTH) // 40 % 2 == 0


def shaken_by_turns() -> Imu:
    """Shaken and calm in turns, 0.4 s each."""
    calm, shaken = swinging(2.0, noise=0.02), swinging(2.0, noise=0.2)
    values = np.where(SHAKEN[:, None], axes(shaken), axes(calm))
    return Imu(calm.time_s, values[:, :3], values[:, 3:])


def axes(imu: Imu) -> Array:
    """All six, (n, 6)."""
    assert imu.gyr is not None
    return np.hstack([imu.acc, imu.gyr])


def test_what_was_kept_stays_and_what_was_lost_is_as_far_off_as_its_mending() -> None:
    imu, kept = shaken_by_turns(), np.random.default_rng(1).random(LENGTH) > 0.1
    others = list(could_have_been(imu, kept, np.random.default_rng(2), 20))
    values = np.array([axes(other) for other in others])
    own = axes(imu)
    assert (values[:, kept] == own[kept]).all()
    mended = values.mean(axis=0)
    for part in (SHAKEN, ~SHAKEN):
        lost = part & ~kept
        off, spread = np.median(np.abs(own - mended)[lost]), np.median(np.abs(values - mended)[:, lost])
        assert spread == pytest.approx(off, rel=0.2)


def highest(imu: Imu) -> Found:
    """An instant that a single sample decides."""
    return Found((1,), (Moment(float(imu.time_s[np.argmax(imu.acc[:, 0])]), 0.0),))


def middle_of_power(imu: Imu) -> Found:
    """An instant that all samples decide."""
    whole = restore_losses(imu)
    power = whole.acc[:, 0] ** 2
    return Found((1,), (Moment(float(whole.time_s @ power / power.sum()), 0.0),))


def test_what_a_sample_decides_is_lost_with_it_and_what_all_decide_is_not() -> None:
    firm = [lose(swinging(0.5, noise=0.01), middle_of_power, seed) for seed in range(20)]
    assert not any(loss.failed or loss.open_share for loss in firm)
    fragile = [lose(swinging(0.5, noise=0.3), highest, seed) for seed in range(60)]
    failed, expected = sum(loss.failed for loss in fragile), sum(loss.open_share for loss in fragile)
    assert failed > 0
    assert expected == pytest.approx(failed, rel=0.5)


def test_the_middle_is_of_the_results_that_most_are_like() -> None:
    results = [Found((2,), (Moment(t, 0.1),)) for t in (1.0, 1.2, 1.3)] + [Found((3,), (Moment(9.0, 0.1),))] * 2
    assert middle_of(results) == Found((2,), (Moment(1.2, 0.0),))
