"""Stamps of arrival."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.interpolate import Akima1DInterpolator

from rig_signal.stamps import _shared_out, even_clock, parted
from rig_signal.timebase import join_clocks, regularise
from rig_signal.types import Array, Imu
from tests.accuracy.recordings import recordings

PERIOD_S = 0.01


def taken(seconds: float = 20.0) -> Array:
    return np.arange(0, seconds, PERIOD_S)


def arrived(taken_s: Array, seed: int = 1) -> Array:
    """Now and then everything waits for up to 60 ms and then comes at once; whole milliseconds."""
    rng = np.random.default_rng(seed)
    held_s = taken_s + np.where(rng.random(len(taken_s)) < 0.06, rng.uniform(0.01, 0.06, len(taken_s)), 0.0)
    held_s[:10] = taken_s[:10]  # of what waits before anything has arrived nothing is known
    return np.round(np.maximum.accumulate(held_s) + 1e-9, 3)


@given(seed=st.integers(0, 2**31))
def test_what_waited_is_put_back_to_where_it_was_taken(seed: int) -> None:
    taken_s = taken()
    stamps = arrived(taken_s, seed)
    found = parted(stamps)
    assert np.sqrt(np.mean((found - taken_s) ** 2)) < 0.4 * np.sqrt(np.mean((stamps - taken_s) ** 2))
    assert (found <= stamps + 1e-9).all()
    assert (np.diff(found) > 0).all()


@given(seed=st.integers(0, 2**31), shift_s=st.floats(-1e5, 1e5), period_s=st.sampled_from([0.008, 0.01]))
def test_where_the_clock_began_does_not_decide_who_waited(seed: int, shift_s: float, period_s: float) -> None:
    stamps = arrived(np.arange(600, dtype=np.float64) * period_s, seed)
    assert np.allclose(parted(stamps + shift_s) - shift_s, parted(stamps), atol=1e-9)


def test_who_came_late_one_after_the_other_is_of_one_batch() -> None:
    stamps = np.concatenate([np.arange(30) * PERIOD_S, [0.318, 0.326, 0.326, 0.328], 0.34 + taken(0.3)])
    assert np.allclose(parted(stamps)[29:34], np.linspace(0.29, 0.328, 5))


def test_a_batch_is_shared_out_from_the_sample_before_it() -> None:
    stamps = np.concatenate([np.arange(30) * PERIOD_S, [0.34, 0.34, 0.341, 0.342, 0.343], 0.35 + taken(0.3)])
    found = parted(stamps)
    assert np.allclose(found[30:35], np.linspace(0.29, 0.343, 6)[1:])
    assert (np.delete(found, range(30, 34)) == np.delete(stamps, range(30, 34))).all()


def test_what_a_batch_has_lost_is_shared_by_all_of_it() -> None:
    stamps = np.concatenate([np.arange(30) * PERIOD_S, [0.34, 0.34, 0.34, 0.34], 0.35 + taken(0.3)])
    assert np.allclose(parted(stamps)[29:34], np.linspace(0.29, 0.34, 5))


def test_a_gap_before_a_batch_stays_a_gap() -> None:
    stamps = np.concatenate([np.arange(30) * PERIOD_S, [2.0, 2.0, 2.0], 2.01 + taken(0.3)])
    found = parted(stamps)
    assert found[30] > 1.95
    level = np.tile([0.0, 0.0, 9.80665], (len(stamps), 1)) + turning(found) / 100
    assert regularise(Imu(stamps, level)).gaps[0] == pytest.approx((0.29, 1.97), abs=0.01)


@pytest.mark.parametrize("jitter_s", [0.0, 0.002])
def test_stamps_without_batches_are_left_alone(jitter_s: float) -> None:
    stamps = taken() + np.random.default_rng(1).uniform(0, jitter_s, 2000)
    assert parted(stamps) is stamps


def test_where_most_samples_share_a_stamp_nothing_is_known() -> None:
    stamps = np.repeat(taken(), 3)
    assert parted(stamps) is stamps


def test_where_every_row_is_told_twice_there_is_one_sample_of_each() -> None:
    stamps, rates = np.repeat(taken(), 2), np.repeat(turning(taken()), 2, axis=0)
    assert even_clock(stamps) is None
    assert len(join_clocks(stamps, rates + 9.0, stamps, rates).time_s) == len(taken())


def test_a_long_recording_of_batches_takes_no_long_time() -> None:
    """With so many stamps alike every batch reaches back to the start: to look at it anew each time takes minutes."""
    stamps = np.repeat(np.arange(0, 1000, PERIOD_S), np.resize([1, 1, 2], 100_000))
    found = parted(stamps)
    assert np.allclose(np.diff(found)[100:-100], 0.75 * PERIOD_S)


def turning(time_s: Array) -> Array:
    return 3 * np.sin(2 * np.pi * 1.5 * time_s)[:, None] * [0.6, 0.8, 0.0]


def test_a_stream_that_arrives_in_batches_is_as_good_as_one_that_does_not() -> None:
    taken_s = taken()
    stamps, rates = arrived(taken_s), turning(taken_s)
    level = np.tile([0.0, 0.0, 9.80665], (len(taken_s), 1))
    late = np.abs(np.interp(taken_s, stamps, rates[:, 0]) - rates[:, 0])[100:-100]
    for imu in (Imu(stamps, level, rates), join_clocks(stamps, level, stamps, rates)):
        u = regularise(imu)
        assert u.gyr is not None
        off = np.abs(u.gyr - turning(u.time_s))[100:-100, 0]
        assert np.sqrt(np.mean(off**2)) < 0.4 * np.sqrt(np.mean(late**2))


def test_batches_are_parted_though_no_stamp_is_shared() -> None:
    stamps = np.concatenate([np.arange(30) * PERIOD_S, [0.34, 0.3405, 0.341, 0.342, 0.343], 0.35 + taken(0.3)])
    acc = np.stack([0 * stamps, np.sin(9 * stamps), np.full(len(stamps), 9.8)], axis=1)
    early, late = regularise(Imu(stamps, acc)), regularise(Imu(parted(stamps), acc))
    np.testing.assert_array_equal(early.acc, late.acc)


def test_who_rests_and_is_told_twice_at_one_time_was_measured_twice() -> None:
    """A sensor that lies reads the same again and again: only the clock tells a sample from a row that is repeated."""
    stamps = arrived(taken())
    level = np.tile([0.0, 0.0, 9.80665], (len(stamps), 1))
    joined = join_clocks(stamps, level, stamps, 0.0 * level)
    assert len(joined.time_s) == len(stamps)
    assert np.ptp(np.diff(joined.time_s)) < 1e-9


def test_a_row_that_is_repeated_is_one_sample() -> None:
    time_s = np.insert(taken(), 500, taken()[500])
    values = turning(time_s)
    level = np.tile([0.0, 0.0, 9.80665], (len(time_s), 1)) + values / 10
    once, twice = (
        regularise(Imu(t, a, v))
        for t, a, v in ((taken(), np.delete(level, 500, 0), np.delete(values, 500, 0)), (time_s, level, values))
    )
    assert np.array_equal(once.acc, twice.acc)


@given(seed=st.integers(0, 2**31), period_s=st.floats(0.005, 0.02))
def test_of_an_even_clock_what_arrived_late_is_known_to_a_tenth_of_a_period(seed: int, period_s: float) -> None:
    taken_s = np.arange(600) * period_s
    rng = np.random.default_rng(seed)
    held_s = taken_s + np.where(rng.random(600) < 0.2, rng.uniform(0.5, 6, 600), rng.uniform(0, 0.1, 600)) * period_s
    found = parted(np.maximum.accumulate(held_s))
    assert np.abs(found - taken_s).max() < 0.15 * period_s
    assert np.diff(found) == pytest.approx(period_s, rel=1e-3)


@given(lost=st.integers(110, 490))
def test_who_lost_a_sample_has_no_even_clock(lost: int) -> None:
    stamps = np.delete(arrived(taken(6.0)), lost)
    assert np.ptp(np.diff(parted(stamps))) > 0.5 * PERIOD_S


@pytest.mark.parametrize("seconds", [1.5, 2.5])
def test_a_moment_s_stamps_have_no_clock_of_their_own(seconds: float) -> None:
    assert np.ptp(np.diff(parted(arrived(taken(seconds))))) > 0.1 * PERIOD_S


def test_a_clock_that_wanders_is_not_straightened() -> None:
    """By 30 ms up and down: the stamps of a host that is being put right."""
    taken_s = taken(60.0) + 0.03 * np.sin(2 * np.pi * taken(60.0) / 60)
    found = parted(arrived(taken_s))
    assert np.sqrt(np.mean((found - taken_s) ** 2)) < 0.005


def foretold(time_s: Array, values: Array) -> float:
    """Root mean square error of every fourth sample, told from those around it."""
    seen = np.arange(len(time_s)) % 4 != 2
    time_s = time_s + 1e-6 * np.arange(len(time_s))  # a few share a stamp
    curve = Akima1DInterpolator(time_s[seen], values[seen], method="makima")
    return float(np.sqrt(np.nanmean((curve(time_s[~seen]) - values[~seen]) ** 2)))


def off_an_even_clock_s(stamps: Array, lost: int) -> float:
    number = np.delete(np.arange(len(stamps) + 1), lost)
    return float(np.std(stamps - np.polyval(np.polyfit(number, stamps, 1), number)))


PHONE = "phone_left_front_pocket"


@pytest.mark.shared
@pytest.mark.usefixtures("shared_data")
def test_by_an_even_clock_rates_of_real_phones_are_foretold_best() -> None:
    errors = []
    for columns in (trial.columns(PHONE) for trial in recordings("geotec_tug")):
        stamps, rates = columns["gyr_time_s"], np.stack([columns[f"gyr_{axis}"] for axis in "xyz"], axis=1)
        together = np.diff(stamps) < 0.0025
        shared_s = _shared_out(stamps, together, float(np.median(np.diff(stamps))))
        errors.append([foretold(times_s, rates) for times_s in (shared_s, parted(stamps))])
        assert np.ptp(np.diff(parted(stamps))) < 1e-9
    shared, even = np.median(errors, axis=0)
    assert shared == pytest.approx(0.055, abs=0.001)
    assert even == pytest.approx(0.031, abs=0.001)


@pytest.mark.shared
@pytest.mark.usefixtures("shared_data")
def test_stamps_of_real_phones_that_lost_a_sample_come_nearer_to_an_even_clock() -> None:
    whole = [trial.columns(PHONE)["time_s"] for trial in recordings("geotec_tug")]
    stamps = [np.delete(stamps, len(stamps) // 2) for stamps in whole]
    before = [off_an_even_clock_s(told, (len(told) + 1) // 2) for told in stamps]
    after = [off_an_even_clock_s(parted(told), (len(told) + 1) // 2) for told in stamps]
    assert np.median(before) == pytest.approx(0.0096, abs=0.0001)
    assert np.median(after) == pytest.approx(0.0029, abs=0.0001)
