"""Landmarks of poses that are drawn for the purpose."""

import numpy as np
import pytest

from rig.virtual.landmarks import Landmarks
from rig.virtual.motion import GRID_S, Array, Build, Motion, Pose, Rest, grid_times
from rig.virtual.spans import Span, instant, runs

BUILD = Build(1.6, 0.24, 0.36, 0.45)
REST = Rest(0.5, 0.9, 0.0)


def drawn(seconds: float = 10.0, **channels: Array) -> Landmarks:
    """A body that does nothing but what `x`, `z` (pelvis), `pitch`, `yaw` (trunk) say."""
    count = round(seconds / GRID_S)
    zero = np.zeros(count)
    hips = np.stack([channels.get("x", zero), zero, channels.get("z", zero + 0.5)], axis=1)
    pose = Pose(hips, channels.get("yaw", zero), channels.get("pitch", zero), zero)
    foot = Pose(np.zeros((count, 3)), zero, zero, zero)
    return Landmarks(Motion(pose, pose, pose, foot, foot, zero * np.nan, REST, BUILD))


def grid(seconds: float = 10.0) -> Array:
    return grid_times(0, round(seconds / GRID_S))


def through(*points: tuple[float, float], pace: float = 1.0) -> Array:
    return np.asarray(np.interp(grid(10 * pace) / pace, *np.array(points).T))


def test_an_instant_lies_between_its_samples() -> None:
    values = grid() * 0.25
    assert instant(values, int(np.argmax(values > 0.7777)), 0.7777) == pytest.approx(4 * 0.7777, abs=1e-9)
    assert instant(np.array([5.0, 6.0]), 0, 3.0) == 0.0


def test_runs_are_half_open() -> None:
    assert runs(np.array([True, False, True, True])) == [(0, 1), (2, 4)]


@pytest.mark.parametrize(("rest", "first"), [(0.35, 2.0), (0.8, 3.8)])
def test_onset_looks_back_over_short_rests_only(rest: float, first: float) -> None:
    pitch = through((0, 0), (2, 0), (3, 0.5), (3 + rest, 0.5), (4 + rest, 1.0), (10, 1.0))
    found = drawn(pitch=pitch).onset(4.0 + rest, 0.0)
    assert found == pytest.approx(first, abs=2 * GRID_S)


@pytest.mark.parametrize(("rate", "moves"), [(0.09, False), (0.11, True)])
def test_onset_by_the_trunks_rate(rate: float, moves: bool) -> None:
    landmarks = drawn(pitch=through((0, 0), (4, 0), (6, 2 * rate), (10, 2 * rate)))
    assert landmarks.moving[1100:1400].any() == moves


@pytest.mark.parametrize(("speed", "moves"), [(0.045, False), (0.055, True)])
def test_onset_by_the_pelvis_speed(speed: float, moves: bool) -> None:
    assert drawn(x=through((0, 0), (4, 0), (10, 6 * speed))).moving[1100:].any() == moves


def rise(top: float, held: float) -> Array:
    return through((0, 0.5), (2, 0.5), (3, top), (3 + held, top), (4 + held, 0.5), (10, 0.5))


def first_movement(pace: float, rest: float, turns: float, slides: float = 0.0) -> float:
    """Of a rise in which a lean of 1 rad/s begins at 4 s, and a way up of 0.94 s at 0.4 m/s at 4.4 s, at a pace of 1.

    Before it, after a fidget of half a second at the given angular speed and speed, comes a rest.
    """
    begun, ended = 3.5 - rest, 4.0 - rest
    bent = 0.5 * turns
    pitch = through((begun, 0), (ended, bent), (4, bent), (4.5, 0.5 + bent), (5.3, 0), pace=pace)
    x = through((begun, 0), (ended, 0.5 * slides), pace=pace)
    landmarks = drawn(10 * pace, pitch=pitch, x=x, z=through((4.4, 0.5), (5.4, 0.9), (9, 0.9), (9.5, 0.5), pace=pace))
    (found,) = landmarks.rises(Span(0, 10 * pace))
    return landmarks.first_movement(found, 0.0) / pace


@pytest.mark.parametrize("pace", [0.7, 1.0, 3.0, 8.0])
@pytest.mark.parametrize(
    ("rest", "turns", "slides", "leads"),
    [
        (0.28, 0.5, 0.0, True),
        (0.39, 0.5, 0.0, False),
        (0.28, 0.11, 0.0, True),
        (0.28, 0.09, 0.0, False),
        (0.28, 0.0, 0.045, True),
        (0.28, 0.0, 0.035, False),
    ],
)
def test_first_movement_is_of_a_rises_own_pace(
    pace: float, rest: float, turns: float, slides: float, leads: bool
) -> None:
    first = first_movement(pace, rest, turns, slides)
    assert first == pytest.approx(3.5 - rest if leads else 4.0, abs=3 * GRID_S / min(pace, 1.0))


def test_the_peak_of_another_movement_does_not_count() -> None:
    assert first_movement(1.0, 1.0, 20.0) == pytest.approx(4.0, abs=3 * GRID_S)


def test_the_lean_is_followed_to_its_depth_after_the_seat_is_left() -> None:
    pitch = through((2.7, 0), (3.7, 0.1), (3.9, 0.1), (4.4, 0.3), (4.6, 0.6), (5.3, 0))
    landmarks = drawn(pitch=pitch, z=through((4.3, 0.5), (5.3, 0.9), (9, 0.9), (9.5, 0.5)))
    (found,) = landmarks.rises(Span(0, 10))
    assert landmarks.first_movement(found, 0.0) == pytest.approx(3.9, abs=2 * GRID_S)


def test_the_way_up_of_a_failed_attempt_ends_where_it_is_highest() -> None:
    (found,) = drawn(z=through((2, 0.5), (3, 0.6), (3.3, 0.5))).rises(Span(0, 10))
    assert found.standing is None
    assert found.top == pytest.approx(3.0, abs=GRID_S)


def test_a_rise_has_seat_off_stand_and_contact() -> None:
    (found,) = drawn(z=rise(0.9, 1.0)).rises(Span(0, 10))
    assert found.seat_off == pytest.approx(2 + 0.005 / 0.4, abs=1e-6)
    assert found.standing == pytest.approx(2.95, abs=2 * GRID_S)
    assert found.seat_on == pytest.approx(5 - 0.005 / 0.4, abs=1e-6)


def test_a_peak_is_no_stand_and_neither_is_a_height_below_95_per_cent() -> None:
    assert drawn(z=rise(0.9, 0.05)).rises(Span(0, 10))[0].standing is not None  # 0.05 + twice 0.05 s above 95 %
    assert drawn(z=rise(0.885, 0.04)).rises(Span(0, 10))[0].standing is None
    assert drawn(z=rise(0.875, 2.0)).rises(Span(0, 10))[0].standing is None
    assert drawn(z=rise(0.885, 2.0)).rises(Span(0, 10))[0].standing is not None


def test_a_leaning_stand_counts_when_the_trunk_is_up() -> None:
    pitch = through((0, 0), (2, 0.6), (3.5, 0.6), (4.1, 0.0), (10, 0))
    (found,) = drawn(z=rise(0.9, 3.0), pitch=pitch).rises(Span(0, 10))
    upright = 3.5 + 0.6 * (1 - np.radians(15) / 0.6)
    assert found.standing == pytest.approx(upright, abs=2 * GRID_S)


def test_leaving_the_seat_by_less_than_5_mm_is_nothing() -> None:
    assert drawn(z=rise(0.504, 1.0)).rises(Span(0, 10)) == []


def test_seated_waits_for_the_pelvis_to_be_slow() -> None:
    z = through((0, 0.9), (2, 0.9), (4, 0.5), (10, 0.5)) - 0.02 * np.exp(-(((grid() - 4.3) / 0.1) ** 2))
    landmarks = drawn(z=z)
    seated = landmarks.seated(3.98, 10.0)
    assert 4.3 < seated < 4.7
    assert (landmarks.speed[int(seated / GRID_S) + 1 :] < 0.05).all()


def test_the_stand_is_left_at_5_per_cent() -> None:
    z = through((0, 0.9), (4, 0.9), (6, 0.5), (10, 0.5))
    assert drawn(z=z).leaves_stand(9.0) == pytest.approx(4.1, abs=2 * GRID_S)


def smooth(before: float, after: float, start: float, end: float) -> Array:
    s = np.clip((grid() - start) / (end - start), 0, 1)
    return np.asarray(before + (after - before) * s**3 * (10 - 15 * s + 6 * s**2))


def test_turn_edges_are_5_and_95_per_cent() -> None:
    yaw = smooth(0.0, np.pi, 3.0, 6.0)
    (turn,) = drawn(yaw=yaw).turns(Span(0, 10))
    assert yaw[round(turn.start / GRID_S)] == pytest.approx(0.05 * np.pi, abs=0.01)
    assert yaw[round(turn.end / GRID_S)] == pytest.approx(0.95 * np.pi, abs=0.01)
    assert turn.angle == pytest.approx(np.pi, abs=0.01)


def test_two_turns_the_same_way_with_walking_between_are_two() -> None:
    yaw = smooth(0, 2.0, 2, 3.5) + smooth(0, 2.0, 6.0, 7.5)
    assert len(drawn(yaw=yaw, x=through((0, 0), (3.5, 0), (6, 2), (10, 2))).turns(Span(0, 10))) == 2
    assert len(drawn(yaw=yaw).turns(Span(0, 10))) == 1


def test_there_and_back_are_two_turns() -> None:
    yaw = smooth(0, 2.0, 2, 3.5) - smooth(0, 2.0, 3.7, 5.2)
    turns = drawn(yaw=yaw).turns(Span(0, 10))
    assert [round(turn.angle, 1) for turn in turns] == [2.0, -2.0]


def test_a_swing_right_after_a_turn_belongs_to_the_level_after_it() -> None:
    yaw = smooth(0, np.pi + 0.17, 3, 6) - smooth(0, 0.17, 6.1, 6.8)
    (turn,) = drawn(yaw=yaw).turns(Span(0, 10))
    assert turn.angle == pytest.approx(np.pi, abs=0.01)
    assert yaw[round(turn.end / GRID_S)] == pytest.approx(0.95 * np.pi, abs=0.01)
