"""Turns: angle, borders, hesitations, bias; real U-turns and turns of daily life."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from rig_signal.turn import POCKET, THIGH, TRUNK, Edges, _border, find_turns
from tests.rig_signal.synth_tug import smooth_step

Array = NDArray[np.float64]
RATE_HZ = 100.0


def yaw_of(heading_deg: Array, *, sway_deg: float = 0.0, step_s: float = 0.55) -> tuple[Array, Array]:
    """Times and yaw rate of a heading given at 100 Hz, with the trunk's sway of a walk on it."""
    time_s = np.arange(len(heading_deg)) / RATE_HZ
    heading = np.radians(heading_deg + sway_deg * np.sin(np.pi * time_s / step_s))
    return time_s, np.gradient(heading) * RATE_HZ


def steps(*parts: tuple[float, float, float], length_s: float = 30.0) -> Array:
    """Heading made of smooth steps (start, length, degrees)."""
    t = np.arange(0, length_s, 1 / RATE_HZ)
    return np.asarray(sum(angle * smooth_step(t, start, length) for start, length, angle in parts))


@pytest.mark.parametrize("length_s", [0.8, 1.5, 3.0, 6.0, 10.0])
@pytest.mark.parametrize("angle", [60.0, -90.0, 180.0, -180.0, 360.0])
def test_one_turn_has_its_angle_and_its_borders(length_s: float, angle: float) -> None:
    heading = steps((8.0, length_s, angle))
    (turn,) = find_turns(*yaw_of(heading, sway_deg=3.0))
    assert turn.angle_deg == pytest.approx(angle, abs=4.0)
    part = heading / angle
    assert turn.start_s == pytest.approx(np.argmax(part > 0.05) / RATE_HZ, abs=0.1 * length_s + 0.1)
    assert turn.end_s == pytest.approx(np.argmax(part > 0.95) / RATE_HZ, abs=0.1 * length_s + 0.1)


@pytest.mark.parametrize("edges", [TRUNK, THIGH, POCKET])
def test_the_borders_follow_a_turn_by_parts_of_a_sample(edges: Edges) -> None:
    """However its samples fall and however long it takes: what jumps by a sample moves by the least loss."""
    part = []
    for length_s in np.arange(1.3, 1.5, 0.006):
        (turn,) = find_turns(*yaw_of(steps((8.0 + length_s / 7, length_s, 180.0)), sway_deg=0.01), edges=edges)
        part.append([(t_s - 8.0 - length_s / 7) / length_s for t_s in (turn.start_s, turn.end_s)])
    assert (np.ptp(part, axis=0) < 0.002).all()


def test_a_tail_that_only_just_reaches_the_level_of_the_border_makes_no_great_difference() -> None:
    time_s = np.arange(300) / RATE_HZ
    left = np.repeat([1.0, 0.05, 0.0], 100)
    ends = [_border(left + off, 0.05, 0.001, 0, 1, time_s)[0] for off in (0.0005, -0.0005)]
    assert 0 <= ends[0] - ends[1] < 0.4


def test_the_borders_are_as_unsure_as_the_heading_sways() -> None:
    heading = steps((8.0, 2.5, 180.0))
    (steady,), (swaying,) = (find_turns(*yaw_of(heading, sway_deg=sway)) for sway in (0.5, 6.0))
    (slower,) = find_turns(*yaw_of(steps((8.0, 7.5, 180.0)), sway_deg=6.0))
    for name in ("start_u_s", "end_u_s"):
        assert 0.02 <= getattr(steady, name) < 0.5 * getattr(swaying, name)
        assert getattr(swaying, name) < getattr(slower, name)
    assert abs(swaying.start_s - steady.start_s) < 3 * swaying.start_u_s


@given(walks=st.lists(st.floats(3.0, 12.0), min_size=1, max_size=7), length_s=st.floats(1.5, 2.5))
def test_who_turns_to_one_side_again_and_again_makes_as_many_turns(walks: list[float], length_s: float) -> None:
    """However many tests one recording holds: a quarter of all that they turn may be a turn, or just not."""
    starts = [5.0, *(5.0 + np.cumsum(walks) + length_s * np.arange(1, len(walks) + 1))]
    heading = steps(*((start, length_s, 180.0) for start in starts), length_s=starts[-1] + 10.0)
    turns = find_turns(*yaw_of(heading, sway_deg=2.0), smallest_deg=90.0)
    assert [turn.angle_deg for turn in turns] == pytest.approx([180.0] * len(starts), abs=6)


@pytest.mark.parametrize("length_s", [1.5, 3.0, 6.0, 10.0])
def test_a_hesitation_of_a_second_does_not_split_a_turn(length_s: float) -> None:
    half = length_s / 2
    heading = steps((5.0, half, 90.0), (6.0 + half, half, 90.0))
    (turn,) = find_turns(*yaw_of(heading))
    assert turn.angle_deg == pytest.approx(180.0, abs=3.0)
    assert turn.end_s - turn.start_s == pytest.approx(length_s + 1.0, rel=0.25)


def test_a_long_standstill_does_not_split_a_turn_but_a_walk_does() -> None:
    heading = steps((5.0, 0.8, 90.0), (9.6, 0.8, 90.0))
    assert [round(turn.angle_deg / 10) for turn in find_turns(*yaw_of(heading))] == [18]
    assert [round(turn.angle_deg / 10) for turn in find_turns(*yaw_of(heading, sway_deg=3.0))] == [9, 9]


def test_how_long_a_hesitation_may_be_does_not_depend_on_where_samples_fall() -> None:
    """The longest of two veers of 24 and 31 degrees, as a multiple of how long they take, at ten paces."""

    def longest(pace: float) -> float:
        low, high = 0.0, 20.0
        while high - low > 1e-3:
            gap = (low + high) / 2
            veers = ((8.0, 1.2 * pace, 24.0), (8.0 + (1.2 + gap) * pace, 1.4 * pace, 31.0))
            joined = find_turns(*yaw_of(steps(*veers, length_s=70.0)))
            low, high = (gap, high) if joined else (low, gap)
        return low

    found = [longest(pace) for pace in np.linspace(1.0, 1.1, 10)]
    assert np.ptp(found) < 0.001 * np.mean(found)


def test_two_reversals_in_one_direction_are_two_turns() -> None:
    turns = find_turns(*yaw_of(steps((4.0, 1.0, 180.0), (7.0, 1.0, 180.0)), sway_deg=3.0))
    assert [round(turn.angle_deg / 10) for turn in turns] == [18, 18]


def test_two_corners_with_a_walk_between_are_two_turns() -> None:
    turns = find_turns(*yaw_of(steps((4.0, 1.0, 90.0), (9.0, 1.0, 90.0)), sway_deg=3.0))
    assert [round(turn.angle_deg / 5) for turn in turns] == [18, 18]


def test_the_first_part_of_a_halting_turn_is_not_of_the_slow_one_long_before() -> None:
    heading = steps((4.0, 8.0, 178.0), (17.5, 3.6, 71.0), (22.3, 4.7, 111.0), length_s=35.0)
    turns = find_turns(*yaw_of(heading))
    assert [round(turn.angle_deg / 10) for turn in turns] == [18, 18]
    assert turns[1].start_s == pytest.approx(18.4, abs=0.3)


def test_the_parts_of_one_turn_need_not_lie_evenly_apart() -> None:
    (turn,) = find_turns(*yaw_of(steps((5.0, 1.0, 60.0), (7.0, 1.0, 60.0), (8.3, 1.0, 60.0))))
    assert turn.angle_deg == pytest.approx(180.0, abs=3.0)
    assert turn.start_s < 6.0


def test_a_turn_back_at_once_is_another_turn() -> None:
    turns = find_turns(*yaw_of(steps((5.0, 1.5, 120.0), (6.5, 1.5, -120.0))))
    assert [round(turn.angle_deg / 10) for turn in turns] == [12, -12]


@pytest.mark.parametrize("bias_deg_s", [-1.0, 1.0])
def test_a_gyroscope_bias_costs_little_angle(bias_deg_s: float) -> None:
    time_s, rate = yaw_of(steps((8.0, 8.0, 180.0)))
    (turn,) = find_turns(time_s, rate + np.radians(bias_deg_s))
    assert turn.angle_deg == pytest.approx(180.0, abs=22.0)


def test_swaying_and_drifting_are_no_turns() -> None:
    time_s, rate = yaw_of(steps((3.0, 1.0, 30.0)), sway_deg=8.0)
    assert find_turns(time_s, rate) == ()
    assert find_turns(time_s, np.zeros_like(time_s)) == ()
    assert find_turns(time_s[:2], rate[:2]) == ()


@given(
    length_s=st.floats(0.8, 8.0),
    angle=st.floats(50.0, 200.0),
    sign=st.sampled_from([-1, 1]),
    stretch=st.floats(1.0, 3.0),
    noise=st.integers(0, 99),
)
def test_a_slower_turn_is_the_same_turn(length_s: float, angle: float, sign: int, stretch: float, noise: int) -> None:
    heading = steps((9.0, length_s, sign * angle))
    time_s, rate = yaw_of(heading)
    rate = rate + np.random.default_rng(noise).normal(0, 0.02, len(rate))
    (turn,) = find_turns(time_s, rate)
    (slow,) = find_turns(time_s * stretch, rate / stretch)
    assert slow.angle_deg == pytest.approx(turn.angle_deg, abs=1.0)
    assert slow.start_s == pytest.approx(turn.start_s * stretch, abs=0.03 * length_s * stretch + 0.02)
    assert slow.end_s == pytest.approx(turn.end_s * stretch, abs=0.03 * length_s * stretch + 0.02)


@given(shift=st.floats(-1e4, 1e6), mirrored=st.booleans())
def test_time_shift_and_mirror(shift: float, mirrored: bool) -> None:
    time_s, rate = yaw_of(steps((4.0, 2.0, 180.0), (12.0, 2.0, -90.0)), sway_deg=4.0)
    before = find_turns(time_s, rate)
    after = find_turns(time_s + shift, -rate if mirrored else rate)
    for a, b in zip(before, after, strict=True):
        assert b.start_s - shift == pytest.approx(a.start_s, abs=1e-3)
        assert b.angle_deg * (-1 if mirrored else 1) == pytest.approx(a.angle_deg, abs=1e-6)
