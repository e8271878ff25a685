import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig_signal import motion
from rig_signal.timebase import Uniform
from rig_signal.types import Array

RATE_HZ = 100.0


def resting_then_moving(noise: float, size: float, *, begin: int = 500, end: int = 700, n: int = 1200) -> Uniform:
    rng = np.random.default_rng(2)
    acc = np.tile([0.0, 0.0, 9.81], (n, 1)) + rng.normal(0, noise, (n, 3))
    gyr = rng.normal(0, noise / 5, (n, 3))
    wave = np.sin(2 * np.pi * 1.7 * np.arange(end - begin) / RATE_HZ)
    acc[begin:end, 0] += size * wave
    gyr[begin:end, 1] += size * wave
    return Uniform(0.0, RATE_HZ, acc, gyr, np.zeros(n, dtype=np.bool_))


@given(noise=st.floats(0.005, 0.1), ratio=st.floats(25, 40))
def test_rest_is_relative_to_the_recording(noise: float, ratio: float) -> None:
    still = motion.still_mask(resting_then_moving(noise, ratio * noise))
    assert still[50:450].mean() > 0.98
    assert still[530:670].mean() < 0.1


def test_nobody_rests_while_walking() -> None:
    u = resting_then_moving(0.02, 3.0, begin=0, end=1200)
    assert not motion.still_mask(u).any()


def test_a_silent_sensor_still_rests() -> None:
    u = resting_then_moving(0.0, 1.0)
    assert motion.still_mask(u)[50:450].all()


def ramp(start: float, slope: float = 0.01) -> Array:
    return np.asarray(np.maximum(0.0, slope * (np.arange(1000) - start)))


@given(start=st.floats(100, 600))
def test_onset_is_where_the_movement_leaves_the_threshold(start: float) -> None:
    assert motion.onset(ramp(start), RATE_HZ, 800, 0.1) == pytest.approx(start + 10, abs=1e-6)


def test_onset_passes_short_pauses_and_stops_at_rest() -> None:
    x = np.zeros(1000)
    x[200:260] = x[330:400] = x[430:500] = 1.0
    assert motion.onset(x, RATE_HZ, 450, 0.5) == pytest.approx(329.5)
    x[260:290] = 1.0
    assert motion.onset(x, RATE_HZ, 450, 0.5) == pytest.approx(199.5)


def test_onset_says_if_the_recording_begins_in_movement() -> None:
    assert motion.onset(np.ones(300), RATE_HZ, 200, 0.5) is None


def test_a_rise_begins_after_a_rest_of_a_quarter_of_the_time_up() -> None:
    moving = np.zeros(500)
    moving[100:200] = moving[260:301] = moving[360:] = 1.0
    assert motion.first_movement(moving, 0.5, 700.0) == pytest.approx(99.5)  # 60 of 440 and of 340
    assert motion.first_movement(moving, 0.5, 590.0) == pytest.approx(359.5)  # 60 of 230
    assert motion.first_movement(np.ones(500), 0.5, 700.0) is None
    assert motion.first_movement(np.zeros(500), 0.5, 700.0) == 499.0


def test_a_turning_point_is_a_rest_however_short() -> None:
    moving = np.array([4.0, 3.0, 2.0, 0.5, 0.0, 0.5, 1.5, 2.0, 3.0, 4.0, 5.0])
    found = motion.first_after_turn(moving, 40.0, [0.0, 0.0, 0.2, 0.8, 1.0, 0.8, 0.2])
    assert found[0] == pytest.approx((2 * 0.2 + 5.5 * 2.6 + 6 * 0.2) / 3)
    assert motion.first_after_turn(moving, 40.0, [0.0, 0.0, 0.0, 1.0, 1.0]) == (5.5, 0.0)


def test_a_rest_that_follows_a_turning_point_is_sure() -> None:
    moving = np.ones(60) * 2
    moving[3], moving[6:40] = 0.5, 0.5
    weights = [1.0] * 9
    index, by = motion.first_after_turn(moving, 100.0, weights)
    assert index == pytest.approx(39 + 1 / 3)
    assert by == 0
    assert motion.first_after_turn(moving, 400.0, weights)[1] > 5


@given(low=st.floats(0.2, 1.8))
def test_a_turning_point_that_hardly_counts_as_a_rest_changes_nothing_at_once(low: float) -> None:
    def begun(lowest: float, other: float) -> float:
        moving = np.array([3.0, 2.0, lowest, 2.0, 2.5, 2.0, other, 2.0, 3.0, 4.0, 5.0])
        return motion.first_after_turn(moving, 60.0, [1 / x**2 for x in moving[:9]])[0]

    assert begun(low, 1.0) == pytest.approx(begun(low + 1e-6, 1.0), abs=1e-4)
    assert begun(low, low) == pytest.approx(begun(low + 1e-6, low - 1e-6), abs=1e-4)


@given(at=st.floats(-0.5, 0.5))
def test_a_parabola_tells_where_between_samples_it_is_lowest(at: float) -> None:
    assert motion.lowest(np.square(np.arange(-5.0, 6.0) - at), 5) == pytest.approx(5 + at)
    assert motion.lowest(np.arange(11.0), 5) == 5
    assert motion.lowest(np.arange(11.0), 0) == 0


def test_the_highest_turning_is_that_of_the_first_depth() -> None:
    turning = np.array([9.0, 0.0, 1.0, 3.0, 2.0, 4.0, 1.0, 8.0, 1.0])
    lean = np.array([0.4, 0.5, 0.6, 0.2, 0.9])
    assert motion.highest_until_deepest(turning, 4, lean).tolist() == [9.0, 4.0, 4.0, 4.0, 4.0]
    assert motion.highest_until_deepest(turning, 4, np.maximum(lean, 0.5)).tolist() == [9.0, 8.0, 8.0, 8.0, 8.0]
    assert motion.highest_until_deepest(turning, 4, lean[:1]).tolist() == [9.0, 3.0, 3.0, 3.0, 2.0]


def left(*speeds: Array, error: float = 0.0, noise: float = 0.0) -> list[list[float]]:
    """When each has come 0.01 far from rest."""
    alike = np.ones(len(speeds))
    return motion.leave_rest(speeds, 0.01 * alike, RATE_HZ, errors=error * alike, noises=noise * alike)


@given(peak=st.floats(40, 60))
def test_what_comes_far_at_its_highest_only_does_so_between_samples(peak: float) -> None:
    speed = np.exp(-(((np.arange(100) - peak) / 4) ** 2))
    index, *_ = motion.leave_rest([speed], np.ones(1), RATE_HZ, errors=np.zeros(1), noises=np.zeros(1))[0]
    assert index == pytest.approx(peak, abs=0.02)


@given(power=st.floats(1.0, 2.0), begin=st.integers(50, 300))
def test_leaving_rest_is_followed_back_below_what_shows(power: float, begin: int) -> None:
    t = np.arange(1000) / RATE_HZ - begin / RATE_HZ
    speed = np.where(t > 0, np.sin(np.clip(t, 0, np.pi / 2)) ** power, 0.0)
    come = np.cumsum(speed) / RATE_HZ
    true = float(np.interp(0.01, come, np.arange(1000)))
    noisy = speed + np.random.default_rng(1).normal(0, 0.005, 1000)
    assert left(noisy)[0][0] == pytest.approx(true, abs=6)


def after_drifting(drift: float) -> Array:
    """A speed that is off rest by a drift for 3 s before it rises to 1 in half a second."""
    t = np.arange(600) / RATE_HZ - 3.5
    return np.where(t < 0, drift, np.sin(np.clip(t * np.pi, 0, np.pi / 2)) ** 1.5 * (1 - drift) + drift)


@pytest.mark.parametrize(("drift", "error"), [(0.06, 0.0), (0.12, 0.0), (0.18, 0.2)])
def test_a_drift_before_does_not_count_as_leaving_rest(drift: float, error: float) -> None:
    assert left(after_drifting(drift), error=error)[0][0] == pytest.approx(350, abs=12)


def hesitating(kept: float) -> Array:
    """A speed that rises to a fifth, keeps a share of it in a dip, and then rises to 1."""
    at_s = np.arange(231) / RATE_HZ
    return np.asarray(np.interp(at_s, [0.0, 1.0, 1.2, 1.5, 1.8, 2.3], [0, 0, 0.2, 0.2 * kept, 0.2, 1.0]))


def test_a_dip_moves_the_leaving_of_rest_by_no_more_than_it_deepens() -> None:
    at = np.array(left(*(hesitating(kept) for kept in np.linspace(0.0, 1.0, 201))))[:, 0]
    assert at[0] > RATE_HZ * 1.7
    assert at[-1] < RATE_HZ * 1.3
    assert np.abs(np.diff(at)).max() < 0.04 * RATE_HZ


def test_what_noise_moves_is_what_a_drift_of_the_speed_moves() -> None:
    speed = after_drifting(0.0)
    (early, _), (late, _) = left(speed + 0.02, speed - 0.02, error=0.1)
    by = left(speed, error=0.1, noise=0.02)[0][1]
    assert by == pytest.approx((late - early) / 2, rel=0.2)
    assert left(speed, error=0.1)[0][1] == pytest.approx(0.0, abs=1e-9)


def test_each_leaves_rest_as_it_does_alone() -> None:
    speeds = [after_drifting(0.06), 2 * hesitating(0.5), after_drifting(0.0)[300:]]
    heights, errors, noises = np.array([[0.005, 0.02, 0.01], [0.1, 0.3, 0.0], [0.01, 0.0, 0.03]])
    together = motion.leave_rest(speeds, heights, RATE_HZ, errors=errors, noises=noises, shares=(0.35,))
    for k, own in enumerate(together):
        one = slice(k, k + 1)
        alone = motion.leave_rest(
            speeds[one], heights[one], RATE_HZ, errors=errors[one], noises=noises[one], shares=(0.35,)
        )  # fmt: skip
        assert own == pytest.approx(alone[0], abs=1e-9)
        assert len(own) == 3


def test_come_above_counts_what_lies_before_a_dip_by_what_the_dip_keeps() -> None:
    x = np.array([0.0, 4.0, 4.0, 1.0, 4.0, 4.0])
    after, before = 1 + 2 / 3, 2 / 3 * 1 / 2 + 1 * 1 / 2 + 1 / 2 * 1 / 2
    (found,) = motion.come_above([x], np.array([[0.5, 2.0]]))
    assert found.tolist() == pytest.approx([0.125, 5 - after - before])


def test_come_above_sees_nothing_before_a_row_or_its_last_rest() -> None:
    rows = [np.array([1.0, 3.0]), np.array([9.0, 9.0, -1.0, 3.0, 3.0]), np.array([2.0])]
    found = motion.come_above(rows, np.array([[0.5, 2.0], [1.0, 2.0], [1.0, 1.0]]))
    assert found.ravel().tolist() == pytest.approx([0.0, 0.5, 2.5, 2.75, 0.0, 0.0])


def test_rises_through_takes_the_last_way_up() -> None:
    x = np.array([3.0, 0.0, 2.0, 1.0, 3.0])
    assert motion.rises_through(x, np.array([0.5, 1.5, 2.5])).tolist() == pytest.approx([1.25, 3.25, 3.75])
    assert motion.rises_through(x + 1, np.array([0.5])).tolist() == [0.0]


def test_held_from_ignores_a_touch() -> None:
    x = np.full(200, -1.0)
    x[50:53] = 1.0
    x[120:] = 1.0
    assert motion.held_from(x, 10) == pytest.approx(119.5)
    assert motion.held_from(-np.ones(50), 10) is None
    assert motion.held_from(np.ones(50), 10) == 0.0


@pytest.mark.parametrize("samples", range(1, 18))
def test_held_from_asks_for_all_its_samples_and_no_more(samples: int) -> None:
    x = -np.ones(60)
    x[10 : 10 + samples - 1] = 1
    assert motion.held_from(x, samples) is None
    x[10 + samples - 1] = 1
    assert motion.held_from(x, samples) == 9.5


def test_smoothing_has_no_lag_and_halves_the_power_at_the_cutoff() -> None:
    t = np.arange(2000) / RATE_HZ
    wave = np.sin(2 * np.pi * 2.0 * t)
    passed = motion.smooth(wave, RATE_HZ, 2.0)[200:-200]
    assert np.sqrt(np.mean(passed**2) / np.mean(wave**2)) == pytest.approx(np.sqrt(0.5), abs=0.01)
    assert np.corrcoef(passed, wave[200:-200])[0, 1] > 0.9999


def test_stretches_are_half_open_and_long_enough() -> None:
    mask = np.array([1, 1, 0, 1, 0, 0, 1, 1, 1], dtype=np.bool_)
    assert motion.stretches(mask, 2).tolist() == [[0, 2], [6, 9]]
