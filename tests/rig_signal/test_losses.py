"""Samples that an even stream lost."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from rig_signal.losses import lost_share, restore_losses
from rig_signal.timebase import Mask, _curved
from rig_signal.types import Array, Imu

RATE_HZ = 100.0


def recording(*, seconds: float = 20.0, start_s: float = 0.0) -> Imu:
    """Six channels of what a body does, up to 15 Hz."""
    rng = np.random.default_rng(1)
    time_s = start_s + np.arange(0, seconds, 1 / RATE_HZ)
    frequency = rng.uniform(0.2, 15.0, (40, 1))
    waves = np.sin(2 * np.pi * frequency * (time_s - start_s) + rng.uniform(0, 7, (40, 1)))
    values = (rng.normal(0, 1, (6, 40)) / (1 + frequency[:, 0])) @ waves
    return Imu(time_s, values[:3].T, values[3:].T)


def without(imu: Imu, lost: Mask) -> Imu:
    assert imu.gyr is not None
    return Imu(imu.time_s[~lost], imu.acc[~lost], imu.gyr[~lost])


def a_tenth(imu: Imu) -> Mask:
    lost = np.random.default_rng(2).random(len(imu.time_s)) < 0.1
    lost[[0, 1, -2, -1]] = False
    return lost


def cubic(imu: Imu, lost: Mask) -> Array:
    return _curved(imu.time_s, imu.time_s[~lost], np.ascontiguousarray(imu.acc[~lost].T)).T


def error_of(acc: Array, imu: Imu, lost: Mask) -> float:
    return float(np.sqrt(np.mean((acc - imu.acc)[lost] ** 2)))


@pytest.mark.parametrize("start_s", [0.0, 1e5])
def test_lost_samples_come_back_nearer_than_by_a_local_cubic(start_s: float) -> None:
    imu = recording(start_s=start_s)
    lost = a_tenth(imu)
    back = restore_losses(without(imu, lost))
    assert np.abs(back.time_s - imu.time_s).max() < 1e-6
    assert (back.acc[~lost] == imu.acc[~lost]).all()
    assert error_of(back.acc, imu, lost) < 0.2 * error_of(cubic(imu, lost), imu, lost)


@pytest.mark.parametrize("row", [1, -2])
def test_a_loss_beside_either_end_comes_back_where_movement_is_slow(row: int) -> None:
    time_s = np.arange(0, 20.0, 1 / RATE_HZ)
    acc = np.sin(2 * np.pi * np.array([0.5, 0.9, 1.3]) * time_s[:, None] + 1.0)
    lost = np.zeros(len(time_s), dtype=np.bool_)
    lost[row] = True
    back = restore_losses(Imu(time_s[~lost], acc[~lost]))
    assert np.abs(back.acc[row] - acc[row]).max() < 5e-3


def test_many_losses_at_either_end_come_back_within_what_is_measured() -> None:
    time_s = np.arange(0, 20.0, 1 / RATE_HZ)
    acc = np.sin(2 * np.pi * np.array([0.5, 0.9, 1.3]) * time_s[:, None])
    acc += np.random.default_rng(4).normal(0, 0.02, acc.shape)
    from_end = np.array([1, 3, 4, 5, 6, 9])
    for rows in (from_end, len(time_s) - 1 - from_end):
        lost = np.zeros(len(time_s), dtype=np.bool_)
        lost[rows] = True
        back = restore_losses(Imu(time_s[~lost], acc[~lost]))
        assert np.abs(back.acc[rows] - acc[rows]).max() < 0.2


def test_the_rates_of_a_sensor_without_gyroscope_stay_away() -> None:
    imu, lost = recording(), a_tenth(recording())
    few = without(imu, lost)
    back = restore_losses(Imu(few.time_s, few.acc))
    assert back.gyr is None
    assert error_of(back.acc, imu, lost) < 0.2 * error_of(cubic(imu, lost), imu, lost)


def test_what_swings_about_a_joint_is_restored_from_both_sensors() -> None:
    imu = recording()
    assert imu.gyr is not None
    noise = np.random.default_rng(5).normal(0, 0.3, imu.acc.shape)  # what the rates do next, no axis tells by itself
    turning = np.cumsum(noise, axis=0) - imu.gyr
    swung = Imu(imu.time_s, 0.4 * np.gradient(turning, 1 / RATE_HZ, axis=0), turning)
    lost = a_tenth(swung)
    few = without(swung, lost)
    back, alone = restore_losses(few), restore_losses(Imu(few.time_s, few.acc))
    assert error_of(back.acc, swung, lost) < 0.8 * error_of(alone.acc, swung, lost)


@pytest.mark.parametrize("samples", [30, 60, 120])
def test_a_short_stream_is_not_taken_to_tell_how_its_axes_go_together(samples: int) -> None:
    whole = recording()
    assert whole.gyr is not None
    for since in range(0, 1800, 150):
        cut = slice(since, since + samples)
        noise = np.random.default_rng(since).normal(0, 0.1, (samples, 3))
        imu = Imu(whole.time_s[cut], whole.acc[cut] + noise, whole.gyr[cut])
        lost = a_tenth(imu)
        back = restore_losses(without(imu, lost))
        assert error_of(back.acc, imu, lost) < 1.5 * error_of(cubic(imu, lost), imu, lost)


@pytest.mark.parametrize("seconds", [0.6, 20.0])
def test_what_is_lost_comes_back_the_same_whichever_way_round_the_sensor_is_worn(seconds: float) -> None:
    imu = recording(seconds=seconds)
    lost = a_tenth(imu)
    assert imu.gyr is not None
    turn = Rotation.from_rotvec([0.4, -1.1, 0.7])
    worn = Imu(imu.time_s, turn.apply(imu.acc), turn.apply(imu.gyr))
    usual, turned = restore_losses(without(imu, lost)), restore_losses(without(worn, lost))
    assert usual.gyr is not None
    assert turned.gyr is not None
    assert np.abs(turn.apply(usual.acc) - turned.acc).max() < 1e-9
    assert np.abs(turn.apply(usual.gyr) - turned.gyr).max() < 1e-9


def test_nothing_lost_is_left_alone() -> None:
    imu = recording()
    assert restore_losses(imu) is imu


def test_a_longer_loss_stays_a_gap() -> None:
    imu = recording()
    lost = np.zeros(len(imu.time_s), dtype=np.bool_)
    lost[500:509] = True
    lost[1000:1010] = True
    back = restore_losses(without(imu, lost))
    assert np.flatnonzero(np.diff(back.time_s) > 0.015).tolist() == [999]
    assert len(back.time_s) == len(imu.time_s) - 10


@pytest.mark.parametrize("rate_hz", [100.0, 200.0])
def test_a_loss_of_many_samples_comes_back_nearer_than_by_a_line(rate_hz: float) -> None:
    time_s = np.arange(0, 20.0, 1 / rate_hz)
    acc = np.sin(2 * np.pi * np.array([2.0, 3.1, 4.3]) * time_s[:, None])
    acc += np.random.default_rng(6).normal(0, 0.02, acc.shape)
    lost = np.zeros(len(time_s), dtype=np.bool_)
    many = round(0.09 * rate_hz)
    for first in range(100, len(time_s) - 100, 97):
        lost[first : first + many] = True
    back = restore_losses(Imu(time_s[~lost], acc[~lost]))
    line = np.stack([np.interp(time_s, time_s[~lost], axis[~lost]) for axis in acc.T], axis=1)
    error, usual = (np.sqrt(np.mean((x - acc)[lost] ** 2)) for x in (back.acc, line))
    assert error < 0.5 * usual


def test_at_a_slow_rate_fewer_are_restored() -> None:
    imu = recording()
    assert imu.gyr is not None
    slow = Imu(imu.time_s[::3], imu.acc[::3], imu.gyr[::3])
    lost = np.zeros(len(slow.time_s), dtype=np.bool_)
    lost[[100, 101, 200, 201, 202]] = True
    back = restore_losses(without(slow, lost))
    assert np.flatnonzero(np.diff(back.time_s) > 0.045).tolist() == [199]


def test_uneven_stamps_are_left_alone() -> None:
    imu = recording()
    jitter = np.random.default_rng(3).normal(0, 0.001, len(imu.time_s))
    assert imu.gyr is not None
    thinned = without(Imu(imu.time_s + jitter, imu.acc, imu.gyr), a_tenth(imu))
    assert restore_losses(thinned) is thinned


@pytest.mark.parametrize("column", ["time", "acc", "gyr"])
def test_what_is_no_recording_is_left_for_the_time_base_to_refuse(column: str) -> None:
    imu = without(recording(), a_tenth(recording()))
    broken = {"time": imu.time_s, "acc": imu.acc, "gyr": imu.gyr}[column]
    assert broken is not None
    broken[7] = np.nan
    assert restore_losses(imu) is imu


def test_shapes_that_do_not_fit_are_left_for_the_time_base_to_refuse() -> None:
    imu = without(recording(), a_tenth(recording()))
    assert imu.gyr is not None
    for wrong in (Imu(imu.time_s, imu.acc[1:], imu.gyr), Imu(imu.time_s[:2], imu.acc[:2])):
        assert restore_losses(wrong) is wrong


def test_a_sensor_that_reads_nothing_but_one_value_is_restored_with_it() -> None:
    imu = without(recording(), a_tenth(recording()))
    back = restore_losses(Imu(imu.time_s, np.full_like(imu.acc, 9.81), np.zeros_like(imu.acc)))
    assert back.gyr is not None
    np.testing.assert_allclose(back.acc, 9.81)
    np.testing.assert_allclose(back.gyr, 0.0)


@pytest.mark.parametrize("start_s", [0.0, 1e5])
def test_where_samples_were_lost_is_known(start_s: float) -> None:
    imu = recording(start_s=start_s)
    lost = np.zeros(len(imu.time_s), dtype=np.bool_)
    lost[[500, 501, 502, 503, 900]] = True
    few = without(imu, lost)
    share = lost_share(few, restore_losses(few), imu.time_s)
    assert share is not None
    assert share[[300, 700]].max() == 0
    assert share[501] > 0.5 > share[900] > 0.1
    assert lost_share(imu, restore_losses(imu), imu.time_s) is None
