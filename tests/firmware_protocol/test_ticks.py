"""Stamps that a sensor cuts off to whole milliseconds, taken off them by the samples counted in between."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from firmware_protocol.wearables.base import Ints, sample_times
from firmware_protocol.wearables.ticks import SPAN_NS, Floats, between_ticks

MS = 1_000_000
BLOCK_NS = 8e9 / 104
PERIOD_NS = 1e9 / 104
HOLE_NS = PERIOD_NS / 2
EIGHT = 8


def cut(true_ns: NDArray[np.floating[Any]]) -> Ints:
    """Stamps of a millisecond clock."""
    return np.asarray(true_ns // MS * MS).astype(np.int64)


def taken_off(stamps: Ints, tick_ns: int = MS, hole_ns: float = HOLE_NS) -> Ints:
    return between_ticks(stamps, np.full(len(stamps), EIGHT), PERIOD_NS, tick_ns, hole_ns)


def spread_ms(errors_ns: NDArray[np.floating[Any]]) -> float:
    """Largest error but for one that all share: what is cut off is half a tick in the mean."""
    return float(np.max(np.abs(errors_ns - errors_ns.mean()))) / MS


def test_cut_off_stamps_in_a_row_are_known_to_a_tenth_of_their_tick() -> None:
    true_ns = 5e12 + 300_000 + BLOCK_NS * np.arange(400)
    assert spread_ms(cut(true_ns) - true_ns) > 0.45
    assert spread_ms((taken_off(cut(true_ns)) - true_ns)[13:-13]) < 0.02
    assert spread_ms(taken_off(cut(true_ns)) - true_ns) < 0.15


@pytest.mark.parametrize("ppm", [-300.0, 45.0, 300.0])
def test_any_phase_and_rate_will_do(ppm: float) -> None:
    true_ns = 123_456 + BLOCK_NS * (1 + ppm * 1e-6) * np.arange(400)
    assert spread_ms((taken_off(cut(true_ns)) - true_ns)[13:-13]) < 0.1
    assert spread_ms(taken_off(cut(true_ns)) - true_ns) < 0.25


def test_sampling_that_strays_slowly_from_the_clock_is_followed() -> None:
    k = np.arange(3000)
    true_ns = BLOCK_NS * k + 20 * MS * np.sin(2 * np.pi * k / 3000)
    assert spread_ms((taken_off(cut(true_ns)) - true_ns)[13:-13]) < 0.2


def test_what_was_known_by_then_is_enough() -> None:
    """On line the newest stamps have none after them."""
    true_ns = 700_000 + BLOCK_NS * np.arange(200)
    newest = [(taken_off(cut(true_ns)[:n]) - true_ns[:n])[-1] for n in range(30, 200)]
    assert spread_ms(np.array(newest)) < 0.25


def test_stamps_of_no_tick_stay_what_they_are() -> None:
    stamps = cut(700_000 + BLOCK_NS * np.arange(50))
    assert taken_off(stamps, tick_ns=0).tolist() == stamps.tolist()


def test_a_stamp_that_is_off_by_more_than_its_rounding_keeps_that() -> None:
    stamps = cut(BLOCK_NS * np.arange(60))
    stamps[30] += 4 * MS
    found = taken_off(stamps)
    assert found[30] - stamps[30] == -MS // 2
    assert np.max(np.abs(found - stamps)) <= MS / 2


@pytest.mark.parametrize("off_ns", [HOLE_NS + 2 * MS, 3e9, -HOLE_NS - 2 * MS])
def test_stamps_on_both_sides_of_a_hole_know_nothing_of_each_other(off_ns: float) -> None:
    true_ns = 300_000 + BLOCK_NS * np.arange(80)
    before, after = cut(true_ns)[:40], cut(true_ns)[40:] + round(off_ns / MS) * MS
    assert taken_off(np.append(before, after)).tolist() == [*taken_off(before), *taken_off(after)]


def test_a_stray_as_long_as_the_limit_is_no_hole_yet() -> None:
    stamps = np.arange(80, dtype=np.int64) * 80 * MS
    stamps[40:] += 2 * MS
    found = [between_ticks(stamps, np.full(80, 8), 10.0 * MS, MS, limit) for limit in (2.0 * MS, 2.0 * MS - 1)]
    assert np.any(found[0] != stamps)
    assert found[1].tolist() == stamps.tolist()


def test_one_stamp_or_two_have_nothing_to_be_compared_with() -> None:
    for length in (1, 2):
        stamps = cut(BLOCK_NS * np.arange(length))
        assert taken_off(stamps).tolist() == stamps.tolist()


def lines_one_by_one(stamps: Ints, count: Ints, period_ns: float, half: int) -> Floats:
    """What `between_ticks` says, by a general fit for every stamp; without holes and limits."""
    places = np.arange(len(stamps))
    even = stamps[0] + period_ns * (np.cumsum(count) - count)
    lines = []
    for place in places:
        middle = np.clip(place, half, max(half, len(stamps) - 1 - half))
        near = np.abs(places - middle) <= half
        fit = np.polyfit(places[near] - place, (stamps - even)[near], 1)
        lines.append(even[place] + fit[1])
    return np.array(lines)


@given(st.lists(st.integers(-900_000, 900_000), min_size=2, max_size=60), st.integers(2, 9), st.integers(2, 30))
def test_it_is_the_line_of_least_squares_through_the_neighbours(off_ns: list[int], samples: int, blocks: int) -> None:
    period_ns = SPAN_NS / 2 / samples / blocks
    stamps = np.rint(period_ns * samples * np.arange(len(off_ns))).astype(np.int64) + np.array(off_ns)
    count = np.full(len(off_ns), samples)
    expected = lines_one_by_one(stamps, count, period_ns, half=blocks)
    np.testing.assert_allclose(between_ticks(stamps, count, period_ns, 10**9, 10**12), expected, rtol=0, atol=2)


@pytest.mark.parametrize(("block_ns", "half"), [(100e6, 10), (95e6, 11), (105e6, 10), (700e6, 1), (3e9, 1)])
def test_it_looks_a_second_each_way_and_at_least_at_both_neighbours(block_ns: float, half: int) -> None:
    off_ns = (np.arange(70) ** 2 * 7919) % 900_000
    stamps = np.rint(block_ns * np.arange(70)).astype(np.int64) + off_ns
    count = np.full(70, EIGHT)
    found = between_ticks(stamps, count, block_ns / EIGHT, 10**9, 10**12)
    np.testing.assert_allclose(found, lines_one_by_one(stamps, count, block_ns / EIGHT, half), rtol=0, atol=2)


@pytest.mark.parametrize(("tick_ns", "most_ns"), [(1, 0), (3, 2), (1001, 500)])
def test_half_an_odd_tick_is_a_half(tick_ns: int, most_ns: int) -> None:
    stamps = cut(BLOCK_NS * np.arange(60))
    moved = taken_off(stamps, tick_ns) - stamps
    assert (moved.min(), moved.max()) == (-most_ns, most_ns)


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(1, 16)), min_size=1, max_size=40), st.integers(0, 20))
def test_nothing_is_moved_by_more_than_half_a_tick_and_times_increase(
    blocks: list[tuple[int, int]], tick_ms: int
) -> None:
    stamps = np.cumsum([step * max(1, tick_ms) for step, _ in blocks]) * MS
    count = np.array([n for _, n in blocks])
    first = np.cumsum(count) - count
    times, _ = sample_times(stamps, count, 104.0, tick_ns=tick_ms * MS)
    assert np.max(np.abs(times[first] - stamps)) <= tick_ms * MS / 2
    assert len(times) == count.sum()
    assert np.all(np.diff(times) >= 0)


def test_stamps_of_last_samples_are_taken_off_alike() -> None:
    count = np.array([8, 7] * 60)
    true_ns = 400_000 + PERIOD_NS * np.cumsum(count)
    times, _ = sample_times(cut(true_ns), count, 104.0, of_last=True, tick_ns=MS)
    assert spread_ms((times[np.cumsum(count) - 1] - true_ns)[13:-13]) < 0.1


def test_samples_are_spread_between_stamps_that_are_off_their_ticks() -> None:
    """Also those before a hole, whose length stays what it was."""
    number = np.append(np.arange(0, 40), np.arange(55, 120)) * 8
    times, _ = sample_times(cut(100_000 + number * PERIOD_NS), np.full(len(number), 8), 104.0, tick_ns=MS)
    true_ns = 100_000 + PERIOD_NS * (number[:, None] + np.arange(8)).ravel()
    assert spread_ms(times - true_ns) < 0.3
    assert round(float(np.diff(times).max()) / PERIOD_NS) == 15 * 8 + 1
