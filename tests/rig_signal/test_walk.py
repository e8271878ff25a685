"""Walking: synthetic walks whose truth is known, and what is no walk."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline
from scipy.spatial.transform import Rotation

from rig_signal.edges import _limp_s
from rig_signal.timebase import Mask
from rig_signal.types import Array, Imu, Placement
from rig_signal.walk import WalkResult, analyse_walk
from tests.rig_signal.real_walks import matched
from tests.rig_signal.synth_walk import GRAVITY, Plan, speed_plan, walk

SPEEDS = [0.2, 0.3, 0.5, 0.8, 1.1, 1.4, 1.8]


@pytest.mark.parametrize("speed", SPEEDS)
def test_every_step_is_found_at_every_speed(speed: float) -> None:
    made = walk(speed_plan(speed, seed=3))
    result = analyse_walk(made.imu, "lower_back")
    assert matched(np.array(result.initial_contacts_s), made.contacts_s, 0.25) == (len(made.contacts_s), 0, 0)
    assert result.last_contact is not None
    assert result.last_contact.t_s == pytest.approx(made.contacts_s[-1], abs=0.2)


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_first_foot_off_starts_the_clock(speed: float) -> None:
    made = walk(speed_plan(speed, seed=1))
    off = analyse_walk(made.imu, "lower_back").first_foot_off
    assert off is not None
    assert off.t_s == pytest.approx(made.first_foot_off_s, abs=0.15)
    assert abs(off.t_s - made.first_foot_off_s) < 2 * off.u_s


def test_the_first_foot_off_is_within_a_tenth_of_a_second_in_most_frail_walks() -> None:
    late = []
    for seed in range(12):
        rng = np.random.default_rng(seed)
        plan = speed_plan(rng.uniform(0.3, 0.9), seed=seed, swing_s=rng.uniform(0.38, 0.52), jitter=0.05, bob=0.6)
        made = walk(plan)
        off = analyse_walk(made.imu, "lower_back").first_foot_off
        assert off is not None
        late.append(off.t_s - made.first_foot_off_s)
    assert np.mean(np.abs(late) < 0.10) >= 0.75
    assert np.max(np.abs(late)) < 0.25


def test_the_first_step_to_a_walking_frame_is_short() -> None:
    imu = walk(speed_plan(0.4, seed=1)).imu
    usual, framed = (analyse_walk(imu, "lower_back", frame=frame).first_foot_off for frame in (False, True))
    assert usual is not None
    assert framed is not None
    assert 0.03 < framed.t_s - usual.t_s < 0.12


def _late_s(plan: Plan, *, frame: bool | None) -> tuple[float, float]:
    """Mean error of the first foot-off over some walks, and the mean of what it is said to be."""
    offs = []
    for seed in range(4):
        made = walk(replace(plan, seed=seed))
        off = analyse_walk(made.imu, "lower_back", frame=frame).first_foot_off
        assert off is not None
        offs.append((off.t_s - made.first_foot_off_s, off.u_s))
    late_s, u_s = np.mean(offs, axis=0).tolist()
    return late_s, u_s


@pytest.mark.parametrize("limp_s", [-0.3, -0.16, 0.16, 0.3])
def test_who_limps_swings_the_first_foot_as_in_the_walk(limp_s: float) -> None:
    """Of 0.3 s half is swing, of that half is this foot's: the first foot-off lies 0.075 s off an even walker's."""
    plan = Plan(steps=12, step_s=0.7)
    even_s, _ = _late_s(plan, frame=False)
    late_s, _ = _late_s(replace(plan, limp_s=limp_s), frame=False)
    assert late_s == pytest.approx(even_s, abs=0.03)


def test_steps_by_twos_are_a_frame_or_a_limp_where_nobody_says() -> None:
    """A frame is lifted before the first step: where the other foot's steps are long, it is a limp."""
    plan = Plan(steps=12, step_s=0.7, limp_s=0.36)
    limping_s, known_s = _late_s(plan, frame=False)
    unsaid_s, open_s = _late_s(plan, frame=None)
    assert 0.05 < unsaid_s - limping_s < 2 * open_s
    assert open_s > 1.3 * known_s
    other_foot = replace(plan, limp_s=-0.36)
    assert _late_s(other_foot, frame=None) == _late_s(other_foot, frame=False)


@pytest.mark.parametrize("jitter", [0.02, 0.08])
def test_chance_makes_no_limp(jitter: float) -> None:
    """Steps of an even walker differ between the feet by chance, the more the fewer they are."""
    limps = [_limp_s(0.6 * (1 + jitter * np.random.default_rng(seed).standard_normal(8))) for seed in range(200)]
    assert np.median(np.abs(limps)) == 0.0
    assert np.std(limps) < 0.2 * jitter * 0.6


@pytest.mark.parametrize(("speed", "stop_s"), [(0.5, 0.9), (0.8, 0.7), (0.8, 1.1)])
def test_a_halt_after_the_first_step_does_not_hide_that_step(speed: float, stop_s: float) -> None:
    made = walk(speed_plan(speed, steps=7, stop_after=1, stop_s=stop_s, seed=2))
    off = analyse_walk(made.imu, "lower_back").first_foot_off
    assert off is not None
    assert off.t_s == pytest.approx(made.first_foot_off_s, abs=0.05)
    assert off.u_s > 0.1


def test_three_steps_are_a_walk() -> None:
    made = walk(Plan(steps=2, seed=5))
    result = analyse_walk(made.imu, "lower_back")
    assert matched(np.array(result.initial_contacts_s), made.contacts_s, 0.25) == (3, 0, 0)
    assert "few_steps" in result.quality
    assert result.step_time_cv is None


def test_onset_leads_and_reaction_is_counted_from_the_cue() -> None:
    made = walk(Plan(seed=2))
    result = analyse_walk(made.imu, "lower_back", cue_s=made.begins_s - 0.5)
    assert result.onset is not None
    assert result.onset.t_s == pytest.approx(made.begins_s + 0.1, abs=0.15)
    assert result.reaction_s == pytest.approx(result.onset.t_s - made.begins_s + 0.5)
    assert analyse_walk(made.imu, "lower_back").reaction_s is None


@pytest.mark.parametrize("stop_s", [2.5, 5.0])
def test_a_stop_in_mid_walk_is_a_pause_of_one_bout(stop_s: float) -> None:
    made = walk(Plan(steps=10, stop_after=5, stop_s=stop_s, seed=4))
    result = analyse_walk(made.imu, "lower_back")
    assert len(result.bouts) == 1
    assert len(result.pauses) == 1
    # whether the feet were brought together, and apart again, does not show at the trunk: a step either way
    assert result.pauses[0].start_s == pytest.approx(made.contacts_s[4], abs=0.65)
    assert result.pauses[0].end_s == pytest.approx(made.contacts_s[5], abs=0.65)
    assert result.first_foot_off is not None
    assert result.first_foot_off.t_s == pytest.approx(made.first_foot_off_s, abs=0.15)
    assert result.cadence_steps_per_min == pytest.approx(100, abs=6)


def test_walks_twenty_seconds_apart_are_two() -> None:
    made = walk(Plan(steps=12, stop_after=6, stop_s=20, seed=4))
    result = analyse_walk(made.imu, "lower_back")
    assert len(result.bouts) == 2
    assert result.pauses == ()


def test_a_walk_cut_at_its_edges_says_so() -> None:
    made = walk(Plan(steps=12, seed=6))
    inside = (made.imu.time_s > made.contacts_s[2]) & (made.imu.time_s < made.contacts_s[9])
    result = analyse_walk(_part(made.imu, inside), "lower_back")
    assert result.first_foot_off is None
    assert result.onset is None
    assert {"starts_in_walk", "ends_in_walk"} <= set(result.quality)
    assert len(result.initial_contacts_s) >= 6


def test_lost_samples_inside_a_walk_are_flagged() -> None:
    made = walk(Plan(steps=12, seed=6))
    kept = ~((made.imu.time_s > made.contacts_s[4]) & (made.imu.time_s < made.contacts_s[4] + 0.8))
    assert "gap_in_walk" in analyse_walk(_part(made.imu, kept), "lower_back").quality


def test_without_a_gyroscope_steps_are_still_found() -> None:
    made = walk(Plan(seed=7))
    result = analyse_walk(Imu(made.imu.time_s, made.imu.acc), "lower_back")
    assert "no_gyroscope" in result.quality
    hits, extra, missed = matched(np.array(result.initial_contacts_s), made.contacts_s, 0.25)
    assert hits >= 7
    assert extra + missed <= 2


def test_steady_steps_vary_less_than_unsteady_ones() -> None:
    cv = [analyse_walk(walk(Plan(steps=30, jitter=j, seed=8)).imu, "lower_back").step_time_cv for j in (0.01, 0.08)]
    assert cv[0] is not None
    assert cv[1] is not None
    assert cv[0] < 0.03
    assert cv[1] == pytest.approx(0.08, abs=0.03)


def test_it_is_said_of_how_many_steps_the_variability_is() -> None:
    result = analyse_walk(walk(Plan(steps=30, seed=8)).imu, "lower_back")
    assert result.straight_steps == pytest.approx(28, abs=2)
    assert analyse_walk(walk(Plan(steps=2, seed=5)).imu, "lower_back").straight_steps <= 1


def test_cadence_counts_the_steps_between_contacts() -> None:
    made = walk(Plan(steps=30, seed=8))
    cadence = analyse_walk(made.imu, "lower_back").cadence_steps_per_min
    assert cadence == pytest.approx(60 / np.diff(made.contacts_s).mean(), rel=0.02)


def test_who_steps_unevenly_is_known_to_less() -> None:
    """The first foot-off's uncertainty is the walker's own."""
    stated: dict[float, list[float]] = {jitter: [] for jitter in (0.01, 0.08)}
    for jitter, found in stated.items():
        for seed in range(4):
            off = analyse_walk(walk(Plan(steps=14, jitter=jitter, seed=seed)).imu, "lower_back").first_foot_off
            assert off is not None
            found.append(off.u_s)
    assert np.mean(stated[0.08]) > 1.4 * np.mean(stated[0.01])


def _contacts_with_jolts(late_s: float) -> Array:
    made = walk(speed_plan(0.5, seed=3))
    acc = made.imu.acc.copy()
    for contact in made.contacts_s:
        since = made.imu.time_s - contact - late_s
        acc[:, 1] += 3 * np.where(since > 0, np.sin(2 * np.pi * 12 * since) * np.exp(-since / 0.03), 0.0)
    return np.array(analyse_walk(Imu(made.imu.time_s, acc, made.imu.gyr), "lower_back").initial_contacts_s)


def test_contacts_follow_the_jolts_they_give() -> None:
    early, late = _contacts_with_jolts(0.01), _contacts_with_jolts(0.07)
    assert len(early) == len(late)
    assert np.median(late - early) == pytest.approx(0.06, abs=0.005)


def test_a_step_that_is_late_is_told_by_its_jolt() -> None:
    """What is uneven its wave evens out; without jolts, it is off by a tenth of a second."""
    made = walk(speed_plan(0.5, steps=12, seed=3))
    acc = made.imu.acc.copy()
    landed_s = made.contacts_s + np.where(np.arange(len(made.contacts_s)) % 2, 0.12, 0.0)
    for landing in landed_s:
        since = made.imu.time_s - landing - 0.03
        acc[:, 1] += 3 * np.where(since > 0, np.sin(2 * np.pi * 12 * since) * np.exp(-since / 0.03), 0.0)
    found = np.array(analyse_walk(Imu(made.imu.time_s, acc, made.imu.gyr), "lower_back").initial_contacts_s)
    assert len(found) == len(landed_s)
    assert np.std(found - landed_s) < 0.02


def test_a_regular_walk_is_regular() -> None:
    regular = analyse_walk(walk(Plan(steps=30, jitter=0.005, seed=9)).imu, "lower_back").regularity
    unsteady = analyse_walk(walk(Plan(steps=30, jitter=0.10, seed=9)).imu, "lower_back").regularity
    assert regular is not None
    assert unsteady is not None
    assert regular.step > 0.85
    assert unsteady.stride < regular.stride


@pytest.mark.parametrize("placement", ["wrist", "pocket", "thigh"])
def test_other_placements_give_bouts_only(placement: Placement) -> None:
    made = walk(Plan(seed=10))
    result = analyse_walk(made.imu, placement)
    assert "bouts_only" in result.quality
    assert result.initial_contacts_s == ()
    assert result.first_foot_off is None
    assert len(result.bouts) == 1


def _quiet(seconds: float, seed: int = 0) -> tuple[Array, Array, Array]:
    rng = np.random.default_rng(seed)
    times = np.arange(0, seconds, 0.01)
    acc = np.tile([0.0, 0.0, GRAVITY], (len(times), 1)) + 0.02 * rng.standard_normal((len(times), 3))
    return times, acc, 0.003 * rng.standard_normal((len(times), 3))


def _nothing(result: WalkResult) -> bool:
    return result.bouts == () and result.initial_contacts_s == () and "no_walk" in result.quality


def test_quiet_standing_is_no_walk() -> None:
    assert _nothing(analyse_walk(Imu(*_quiet(20)), "lower_back"))


def test_swaying_is_no_walk() -> None:
    times, acc, gyr = _quiet(20)
    acc[:, 1] += 0.6 * np.sin(2 * np.pi * 0.5 * times)
    acc[:, 0] += 0.4 * np.sin(2 * np.pi * 0.37 * times)
    acc[:, 2] += 0.01 * np.sin(2 * np.pi * times)
    assert _nothing(analyse_walk(Imu(times, acc, gyr), "lower_back"))


@pytest.mark.parametrize("rise_s", [0.8, 1.5, 3.0])
def test_rising_from_a_chair_is_no_walk(rise_s: float) -> None:
    times, acc, gyr = _quiet(12 * rise_s + 6)
    cycle = (times - 3) / (2 * rise_s)
    moving = (cycle > 0) & (cycle < 5)
    height = np.where(moving, 0.175 * (1 - np.cos(2 * np.pi * cycle)), 0.0)
    acc[:, 2] += np.gradient(np.gradient(height, times), times)
    gyr[:, 1] += np.where(moving, 1.2 / rise_s * np.sin(4 * np.pi * cycle), 0.0)
    assert _nothing(analyse_walk(Imu(times, acc, gyr), "lower_back"))


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.0])
def test_short_recordings_are_answered(seconds: float) -> None:
    assert _nothing(analyse_walk(Imu(*_quiet(seconds)), "lower_back"))


MADE = walk(speed_plan(0.7, seed=11))
BASE = analyse_walk(MADE.imu, "lower_back")


def _part(imu: Imu, kept: Mask) -> Imu:
    assert imu.gyr is not None
    return Imu(imu.time_s[kept], imu.acc[kept], imu.gyr[kept])


def _same(other: WalkResult, shift_s: float = 0.0, slack_s: float = 0.01) -> None:
    assert BASE.first_foot_off is not None
    assert other.first_foot_off is not None
    assert len(other.initial_contacts_s) == len(BASE.initial_contacts_s)
    inner = slice(0, -1)  # the closing step hardly shows: its time is known to its u_s only
    np.testing.assert_allclose(
        np.array(other.initial_contacts_s)[inner] - shift_s, BASE.initial_contacts_s[inner], atol=slack_s
    )
    assert other.first_foot_off.t_s - shift_s == pytest.approx(BASE.first_foot_off.t_s, abs=slack_s)


@given(seed=st.integers(0, 2**31))
@settings(max_examples=8)
def test_any_rotation_of_the_sensor_gives_the_same_walk(seed: int) -> None:
    turn = Rotation.random(rng=seed)
    assert MADE.imu.gyr is not None
    _same(analyse_walk(Imu(MADE.imu.time_s, turn.apply(MADE.imu.acc), turn.apply(MADE.imu.gyr)), "lower_back"))


@given(shift=st.floats(-1e5, 1e5))
@settings(max_examples=5)
def test_a_shift_of_time_shifts_the_walk(shift: float) -> None:
    moved = analyse_walk(Imu(MADE.imu.time_s + shift, MADE.imu.acc, MADE.imu.gyr), "lower_back")
    _same(moved, shift, 0.002)


@given(rate=st.floats(50, 400))
@settings(max_examples=8)
def test_any_sampling_rate_gives_the_same_walk(rate: float) -> None:
    assert MADE.imu.gyr is not None
    times = np.arange(MADE.imu.time_s[0], MADE.imu.time_s[-1], 1 / rate)
    acc, gyr = (CubicSpline(MADE.imu.time_s, values)(times) for values in (MADE.imu.acc, MADE.imu.gyr))
    _same(analyse_walk(Imu(times, acc, gyr), "lower_back"))


@given(seed=st.integers(0, 2**31))
@settings(max_examples=8)
def test_dropped_samples_and_noise_do_not_move_the_walk(seed: int) -> None:
    rng = np.random.default_rng(seed)
    kept = rng.random(len(MADE.imu.time_s)) > 0.1
    _same(analyse_walk(_part(MADE.imu, kept), "lower_back"))
    assert MADE.imu.gyr is not None
    acc = MADE.imu.acc + 0.1 * rng.standard_normal(MADE.imu.acc.shape)
    gyr = MADE.imu.gyr + 0.02 * rng.standard_normal(MADE.imu.gyr.shape)
    assert BASE.first_foot_off is not None
    _same(analyse_walk(Imu(MADE.imu.time_s, acc, gyr), "lower_back"), slack_s=BASE.first_foot_off.u_s)


def test_the_samples_are_left_as_they_were() -> None:
    before = MADE.imu.acc.copy()
    analyse_walk(MADE.imu, "lower_back")
    np.testing.assert_array_equal(MADE.imu.acc, before)


def test_the_walk_begins_after_the_cue() -> None:
    made = walk(Plan(steps=14, seed=12))
    cue_s = float(made.contacts_s[4]) - 0.5
    result = analyse_walk(made.imu, "lower_back", cue_s=cue_s)
    assert min(result.initial_contacts_s) > cue_s


def test_a_walk_out_of_swaying_says_so() -> None:
    made = walk(Plan(seed=13))
    sway = 1.2 * np.sin(2 * np.pi * 0.7 * made.imu.time_s)[:, None] * _level(made.imu)
    result = analyse_walk(Imu(made.imu.time_s, made.imu.acc + sway, made.imu.gyr), "lower_back")
    assert "unquiet_start" in result.quality
    assert result.first_foot_off is not None
    assert result.first_foot_off.u_s > 0.2


def _level(imu: Imu) -> Array:
    """A level direction in the sensor's frame."""
    up = imu.acc[:200].mean(axis=0)
    level = np.cross(up, [1.0, 0.3, 0.2])
    return np.asarray(level / np.linalg.norm(level))
