"""A foot's swings: synthetic feet with truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from rig_signal.types import Imu, SignalError
from rig_signal.walk import analyse_walk, foot_off_from_foot
from tests.rig_signal.synth_foot import foot


@pytest.mark.parametrize("stride_s", [0.9, 1.4, 2.4])
def test_swings_are_timed(stride_s: float) -> None:
    made = foot(stride_s=stride_s, swing_s=0.3 + 0.1 * stride_s)
    result = analyse_walk(made.imu, "foot")
    np.testing.assert_allclose(result.initial_contacts_s, made.contact_s, atol=0.05)
    assert result.first_foot_off is not None
    assert result.first_foot_off.t_s == pytest.approx(made.off_s[0], abs=0.06)
    assert result.cadence_steps_per_min == pytest.approx(120 / stride_s, rel=0.03)
    assert "one_foot" in result.quality


def test_a_shuffling_foot_is_timed_too() -> None:
    made = foot(heel_rad=0.12, toe_rad=0.08, stride_m=0.3, swing_s=0.35)
    result = analyse_walk(made.imu, "foot")
    np.testing.assert_allclose(result.initial_contacts_s, made.contact_s, atol=0.08)


def test_the_foot_off_is_the_first_of_the_walk() -> None:
    made = foot(seed=3)
    off = foot_off_from_foot(made.imu)
    assert off is not None
    assert off.t_s == pytest.approx(made.off_s[0], abs=2.5 * off.u_s)


def test_a_foot_that_stands_has_no_foot_off() -> None:
    rng = np.random.default_rng(0)
    times = np.arange(0, 10, 0.01)
    acc = np.tile([0.0, 0.0, 9.80665], (len(times), 1)) + 0.03 * rng.standard_normal((len(times), 3))
    imu = Imu(times, acc, 0.005 * rng.standard_normal((len(times), 3)))
    assert foot_off_from_foot(imu) is None
    assert "no_walk" in analyse_walk(imu, "foot").quality


def test_a_stop_in_the_same_direction_is_a_pause() -> None:
    result = analyse_walk(foot(swings=8, stop_after=4, stop_s=5).imu, "foot")
    assert len(result.bouts) == 1
    assert len(result.pauses) == 1


def test_a_walk_in_another_direction_is_another_walk() -> None:
    result = analyse_walk(foot(swings=8, stop_after=4, stop_s=5, turned_rad=1.5).imu, "foot")
    assert len(result.bouts) == 2


@given(seed=st.integers(0, 2**31))
@settings(max_examples=8)
def test_the_sensor_may_be_put_on_any_way_round(seed: int) -> None:
    made = foot(seed=1)
    turn = Rotation.random(rng=seed)
    assert made.imu.gyr is not None
    other = Imu(made.imu.time_s, turn.apply(made.imu.acc), turn.apply(made.imu.gyr))
    before, after = (analyse_walk(imu, "foot") for imu in (made.imu, other))
    np.testing.assert_allclose(after.initial_contacts_s, before.initial_contacts_s, atol=0.002)


def test_a_foot_needs_a_gyroscope() -> None:
    made = foot()
    with pytest.raises(SignalError, match="gyroscope"):
        analyse_walk(Imu(made.imu.time_s, made.imu.acc), "foot")
