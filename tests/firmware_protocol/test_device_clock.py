"""Clocks of devices with several streams: one epoch for all, wraps and restarts told from delays."""

from collections import Counter

import pytest

from firmware_protocol.wearables.device_clock import CountedClock, StampedClock

US = 1000
S = 1_000_000_000
WRAP_US = 2**32


def clock() -> tuple[StampedClock, Counter[str]]:
    counts: Counter[str] = Counter()
    return StampedClock(US, 32, counts), counts


@pytest.mark.parametrize("ahead_us", [-1_000_000, 0, 7, 1_000_000])
@pytest.mark.parametrize("apart_s", [0, 3, 3600])
def test_a_second_stream_is_placed_beside_the_first_also_over_the_wrap(apart_s: int, ahead_us: int) -> None:
    own, counts = clock()
    first = WRAP_US - 500_000
    assert own.place(first, 5 * S, 0) == first * US
    later = first + apart_s * 1_000_000 + ahead_us
    assert own.place(later % WRAP_US, (5 + apart_s) * S, 1) == later * US
    assert own.epoch == 0
    assert dict(counts) == {}


@pytest.mark.parametrize(("ahead_s", "restarts"), [(10, 0), (11, 1), (-10, 0), (-11, 1)])
def test_a_second_stream_far_from_the_first_is_of_a_clock_that_started_again(ahead_s: int, restarts: int) -> None:
    own, counts = clock()
    own.place(100_000_000, 0, 0)
    assert own.place((100 + ahead_s) * 1_000_000, 0, 1) == (100 + ahead_s) * S
    assert (own.epoch, counts["restarts"]) == (restarts, restarts)


@pytest.mark.parametrize("stream", [0, 1])
def test_the_host_s_time_between_two_blocks_is_their_difference(stream: int) -> None:
    """Also where the two arrivals have no binary digit in common."""
    own, counts = clock()
    own.place(7_000_000, 2**42 - S, 0)
    assert own.place(9_000_000, 2**42 + S, stream) == 9 * S
    assert dict(counts) == {}


@pytest.mark.parametrize(("ahead_s", "restarts"), [(10, 0), (11, 1), (-10, 0), (-11, 1)])
def test_a_second_stream_may_begin_later_by_the_host_s_time_and_ten_seconds(ahead_s: int, restarts: int) -> None:
    own, counts = clock()
    own.place(100_000_000, 7 * S, 0)
    own.place((150 + ahead_s) * 1_000_000, 57 * S, 1)
    assert counts["restarts"] == restarts


@pytest.mark.parametrize("slow_s", [500, 1500, 2000])
def test_a_clock_that_fell_behind_by_less_than_half_its_range_goes_on(slow_s: int) -> None:
    own, counts = clock()
    own.place(1_000_000, 0)
    assert own.place((3601 - slow_s) * 1_000_000, 3600 * S) == (3601 - slow_s) * S
    assert dict(counts) == {}


@pytest.mark.parametrize("stream", [0, 1])
def test_no_nanosecond_is_lost_of_long_times(stream: int) -> None:
    own = StampedClock(1, 64, Counter())
    own.place(2**60 + 1, 0, 0)
    assert own.place(2**60 + 3, 2, stream) == 2**60 + 3


def test_a_wrap_in_an_hour_of_silence_is_told_by_the_host_s_time() -> None:
    own, _ = clock()
    own.place(0, 3 * S)
    later_us = WRAP_US + 500_000_000
    assert own.place(later_us % WRAP_US, 3 * S + later_us * US) == later_us * US


def test_counted_samples_are_at_the_nearest_nanosecond() -> None:
    own = CountedClock()
    assert [own.place(1, 60.0) for _ in range(3)] == [0, 16_666_667, 33_333_333]
    own.place(10**12, 1000.0, 1)
    assert own.place(1, 1000.0, 1) == 10**18


@pytest.mark.parametrize(
    ("step_ns", "counted"),
    [
        (1 - 2 * S, "duplicates"),
        (-2 * S, "restarts"),
        (10 * S + 5, None),
        (10 * S + 6, "restarts"),
        (0, "duplicates"),
        (1, None),
    ],
)
def test_what_a_step_means_is_decided_to_the_nanosecond(step_ns: int, counted: str | None) -> None:
    counts: Counter[str] = Counter()
    own = StampedClock(1, 64, counts)
    own.place(50 * S, 0)
    own.place(50 * S + step_ns, 5)
    assert dict(counts) == ({counted: 1} if counted else {})


@pytest.mark.parametrize(
    ("stamp_ns", "counted"), [(2**61 + S, None), (2**62 + 1, "restarts"), (2**63 + 1, "bad_stamp")]
)
def test_times_far_beyond_any_session_are_not_followed(stamp_ns: int, counted: str | None) -> None:
    counts: Counter[str] = Counter()
    own = StampedClock(1, 64, counts)
    own.place(min(stamp_ns, 2**62) - S, 0)
    own.place(stamp_ns, S)
    assert dict(counts) == ({counted: 1} if counted else {})


def test_stamps_beyond_what_can_be_kept_are_refused_and_very_far_ones_begin_anew() -> None:
    counts: Counter[str] = Counter()
    own = StampedClock(1, 64, counts)
    assert own.place(2**63, 0) is None
    assert own.place(2**62 - S, 0) == 2**62 - S
    assert own.place(2**62, S) == 2**62
    assert dict(counts) == {"bad_stamp": 1, "restarts": 1}


def test_an_interruption_of_counted_samples_needs_samples() -> None:
    own = CountedClock()
    own.restart(1)
    own.interrupt()
    assert [own.place(3, 100.0, 1), own.place(3, 100.0, 1), own.place(1, 50.0, 2)] == [0, 30_000_000, 0]
    own.restart(3)
    assert own.epoch == 0
    own.restart(2)
    assert (own.epoch, own.place(2, 100.0, 1)) == (1, 0)
