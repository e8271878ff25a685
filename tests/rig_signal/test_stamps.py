"""Stamps of arrival."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig_signal.stamps import parted
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


def test_a_row_that_is_repeated_is_one_sample() -> None:
    time_s = np.insert(taken(), 500, taken()[500])
    values = turning(time_s)
    level = np.tile([0.0, 0.0, 9.80665], (len(time_s), 1)) + values / 10
    once, twice = (
        regularise(Imu(t, a, v))
        for t, a, v in ((taken(), np.delete(level, 500, 0), np.delete(values, 500, 0)), (time_s, level, values))
    )
    assert np.array_equal(once.acc, twice.acc)


def off_an_even_clock_s(stamps: Array) -> float:
    number = np.arange(len(stamps))
    return float(np.std(stamps - np.polyval(np.polyfit(number, stamps, 1), number)))


@pytest.mark.shared
@pytest.mark.usefixtures("shared_data")
def test_stamps_of_real_phones_come_nearer_to_an_even_clock() -> None:
    stamps = [trial.columns("phone_left_front_pocket")["time_s"] for trial in recordings("geotec_tug")]
    before, after = (np.median([off_an_even_clock_s(t) for t in told]) for told in (stamps, map(parted, stamps)))
    assert before == pytest.approx(0.0096, abs=0.0001)
    assert after == pytest.approx(0.0029, abs=0.0001)
