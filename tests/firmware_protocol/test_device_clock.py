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
