"""Timed Up and Go: phases of made-up people by their own truth, invariances, and real recordings against video."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from rig.virtual.body import Turn, Walk
from rig.virtual.body.pendulum import PendulumBody
from rig.virtual.body.segments import SegmentsBody
from rig.virtual.imu import feel as lab_feel
from rig.virtual.landmarks import Landmarks
from rig.virtual.motion import GRID_S, Motion, grid_times
from rig.virtual.participant import Participant
from rig.virtual.randomness import stream
from rig.virtual.spans import Span
from rig_signal import types
from rig_signal.attitude import estimate_up, pitch_axis
from rig_signal.timebase import join_clocks, regularise
from rig_signal.tug import TugResult, analyse_tug
from rig_signal.tug_body import Body, motion_of, pair_of
from rig_signal.tug_landing import Descent, Hinge, comes_to_rest
from rig_signal.tug_trunk import _humps
from rig_signal.types import Array, Imu, Moment, Placement, SignalError
from tests.rig_signal.lab_signals import ROLES
from tests.rig_signal.slow import slowed
from tests.rig_signal.synth_tug import Script, Truth, feel, make_poses, make_tug

USUAL = Script()
FRAIL = Script(rise=3.2, stand=1.0, walk=10.0, step=0.8, turn=4.5, sit=2.6)
PEOPLE = {
    "usual": USUAL,
    "brisk": Script(rise=0.8, walk=2.2, turn=1.0, sit=0.9, step=0.45, stand=0.05),
    "frail": FRAIL,
    "hesitates in the turn": Script(turn=3.0, hesitation=2.0),
    "stops half way": Script(walk=5.0, stop=6.0),
    "second attempt": Script(failed_rises=1),
    "third attempt after rests": Script(failed_rises=2, failed_rest=1.2, rise=2.0),
    "long quiet": Script(quiet_before=60.0, quiet_after=60.0),
    "turns twice to the same side": Script(turn_deg=(180.0, 180.0)),
    "turns to both sides": Script(turn_deg=(180.0, -180.0)),
    "sits while turning": Script(overlap=0.8),
    "sinks slowly and evenly": Script(sit=3.0, sinks_evenly=True, quiet_after=1.0),
    "hardly leans": Script(lean_deg=12.0, rise=1.2),
    "cut close": Script(quiet_before=0.6, quiet_after=0.3),
}
TRUNK: tuple[Placement, ...] = ("lower_back", "chest")


def borders(result: TugResult) -> Array:
    """The seven borders of the six phases."""
    assert result.phases, result.quality
    return np.array([result.phases[0].start_s, *(phase.end_s for phase in result.phases)])


def assert_same(
    found: TugResult, wanted: TugResult, within: float, *, stretch: float = 1.0, shift: float = 0.0
) -> None:
    np.testing.assert_allclose(borders(found), borders(wanted) * stretch + shift, atol=within, rtol=0)


@pytest.mark.parametrize("placement", TRUNK)
@pytest.mark.parametrize("person", PEOPLE)
def test_trunk_finds_all_borders(person: str, placement: Placement) -> None:
    script = PEOPLE[person]
    imu, truth = make_tug(script, placement)
    result = analyse_tug(imu, placement)
    np.testing.assert_allclose(borders(result), truth.borders, atol=0.08 * script.turn + 0.15)
    assert result.duration_s == pytest.approx(truth.duration, abs=0.15)
    assert [turn.angle_deg for turn in result.turns] == pytest.approx(truth.turned_deg, abs=8)


@pytest.mark.parametrize("over_s", [0.1, 1.0])
@pytest.mark.parametrize("placement", TRUNK)
def test_a_sensor_that_slips_in_the_walk_keeps_all_borders(placement: Placement, over_s: float) -> None:
    imu, truth = make_tug(USUAL, placement)
    angle = np.radians(30.0) * np.clip((imu.time_s - truth.borders[0] - 4.0) / over_s, 0, 1)
    back = Rotation.from_rotvec(-angle[:, None] * [0, 1, 0])
    assert imu.gyr is not None
    turning = np.gradient(angle, imu.time_s)[:, None] * [0, 1, 0]
    result = analyse_tug(Imu(imu.time_s, back.apply(imu.acc), back.apply(imu.gyr) + turning), placement)
    np.testing.assert_allclose(borders(result), truth.borders, atol=0.3)


@pytest.mark.parametrize("k", [1.0, 1.5, 3.0])
@pytest.mark.parametrize("placement", TRUNK)
def test_the_first_movement_keeps_the_pace_of_the_rise(placement: Placement, k: float) -> None:
    imu, truth = make_tug(replace(USUAL, recline_deg=30.0), placement)
    first = analyse_tug(slowed(imu, k), placement).first_movement
    assert first is not None
    assert first.t_s / k == pytest.approx(truth.borders[0], abs=0.02)


@pytest.mark.parametrize("placement", TRUNK)
def test_a_very_slow_rise_has_its_first_movement_and_says_how_unsure_the_stand_is(placement: Placement) -> None:
    imu, truth = make_tug(Script(rise=8.0), placement)
    result = analyse_tug(imu, placement)
    assert result.first_movement is not None
    assert result.first_movement.t_s == pytest.approx(truth.borders[0], abs=0.3)
    assert result.standing is not None
    assert abs(result.standing.t_s - truth.borders[1]) < 3 * result.standing.u_s


@pytest.mark.parametrize("placement", TRUNK)
@pytest.mark.parametrize("rise_s", [8.0, 10.0, 12.0])
def test_a_rise_that_seems_lower_than_the_descent_makes_the_stand_unsure(rise_s: float, placement: Placement) -> None:
    imu, truth = make_tug(Script(rise=rise_s), placement)
    standing = analyse_tug(imu, placement).standing
    assert standing is not None
    assert abs(standing.t_s - truth.borders[1]) < 2 * standing.u_s


@pytest.mark.parametrize("placement", TRUNK)
def test_who_still_glides_on_the_seat_is_not_seated_yet(placement: Placement) -> None:
    imu, truth = make_tug(USUAL, placement)
    plain = analyse_tug(imu, placement).seated
    u = regularise(imu)
    landed = truth.borders[6]
    speed = 0.3 * np.clip((landed + 0.3 - imu.time_s) / 0.6, 0, 1) * (imu.time_s > landed - 3.0)
    pushed = np.gradient(speed, imu.time_s)[:, None] * pitch_axis(u, estimate_up(u))
    result = analyse_tug(replace(imu, acc=imu.acc + pushed), placement).seated
    assert plain is not None
    assert result is not None
    assert plain.t_s == pytest.approx(landed, abs=0.05)
    assert result.t_s == pytest.approx(landed + 0.2, abs=0.06)


SLOW = Participant(
    speed_mps=0.45, step_time_cv=0.1, turn_time_s=5.0, turn_steps=9, rise_time_s=2.7, sit_time_s=2.6, landing=0.9,
    stoop_deg=15.0, sway_mm=9.0, tremor_deg=0.09,
)  # fmt: skip


def performed(body: PendulumBody | SegmentsBody, overlap_s: float = 0.0) -> Motion:
    """What a body of the virtual lab does that is told to get up and go."""
    body.sit()
    body.wait(3.0)
    body.rise()
    body.go((Walk(3.0), Turn(np.pi), Walk(0.34), Turn(np.pi, drift_m=-0.3)))
    body.sit(overlap_s=overlap_s)
    body.wait(2.0)
    return body.motion()


def felt_at(placement: Placement, motion: Motion) -> Imu:
    felt, time_s = lab_feel(ROLES[placement], motion), grid_times(0, len(motion.pelvis.position))
    noise = np.random.default_rng(1).normal(0, 0.012, felt.force.shape)
    return Imu(time_s[500:], (felt.force + noise)[500:], felt.rate[500:])


def true_ends(motion: Motion) -> tuple[float, float, float]:
    """First movement, standing, seated."""
    landmarks, end_s = Landmarks(motion), len(motion.pelvis.position) * GRID_S
    rise = landmarks.rises(Span(2.0, end_s))[-1]
    assert rise.standing is not None
    assert rise.seat_on is not None
    return landmarks.first_movement(rise, 2.0), rise.standing, landmarks.seated(rise.seat_on, end_s)


def of_the_lab(body: PendulumBody | SegmentsBody, placement: Placement) -> tuple[Imu, float]:
    """What a sensor feels of a body of the virtual lab, and when that body is seated again."""
    motion = performed(body)
    return felt_at(placement, motion), true_ends(motion)[2]


@pytest.mark.parametrize("family", [PendulumBody, SegmentsBody])
@pytest.mark.parametrize(("speed_mps", "rise_s", "sit_s"), [(1.1, 1.2, 1.0), (0.6, 2.0, 1.3), (1.1, 3.0, 2.0)])
def test_a_strapped_thigh_tells_the_ends_at_the_pace_of_the_transfers(
    speed_mps: float, rise_s: float, sit_s: float, family: type[PendulumBody] | type[SegmentsBody]
) -> None:
    who, off = Participant(speed_mps=speed_mps, rise_time_s=rise_s, sit_time_s=sit_s), []
    for seed in range(6):
        motion = performed(family(who, 0.0, stream(seed, "body")))
        result = analyse_tug(felt_at("thigh", motion), "thigh")
        ends = (result.first_movement, result.standing, result.seated)
        off.append([found.t_s - wanted for found, wanted in zip(ends, true_ends(motion), strict=True) if found])
    assert (np.abs(np.median(off, axis=0)) < [0.35, 0.2, 0.22]).all()


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("placement", TRUNK)
def test_a_landing_that_is_not_felt_is_as_unsure_as_it_is(placement: Placement, seed: int) -> None:
    imu, seated_s = of_the_lab(PendulumBody(SLOW, 0.0, stream(seed, "body")), placement)
    seated = analyse_tug(imu, placement).seated
    assert seated is not None
    assert abs(seated.t_s - seated_s) < max(0.05, 2 * seated.u_s)
    assert seated.u_s < 0.25


@pytest.mark.parametrize("family", [PendulumBody, SegmentsBody])
@pytest.mark.parametrize("placement", TRUNK)
def test_who_sinks_while_turning_leaves_the_stand_with_the_pelvis(
    placement: Placement, family: type[PendulumBody] | type[SegmentsBody]
) -> None:
    off = []
    for seed in range(6):
        motion = performed(family(SLOW, 0.0, stream(seed, "body")), overlap_s=2.5)
        result = analyse_tug(felt_at(placement, motion), placement)
        assert result.phases[5].start_s < result.turns[-1].end_s
        off.append(result.phases[5].start_s - Landmarks(motion).leaves_stand(true_ends(motion)[2]))
    assert abs(np.mean(off)) < 0.06
    assert np.abs(off).max() < 0.15


@pytest.mark.parametrize("placement", TRUNK)
def test_noise_makes_it_unsure_when_the_way_down_begins(placement: Placement) -> None:
    imu = felt_at(placement, performed(PendulumBody(SLOW, 0.0, stream(1, "body")), overlap_s=2.5))
    noise = np.random.default_rng(2).normal(0, 0.3, imu.acc.shape)
    quiet, loud = (analyse_tug(x, placement).phases[5].start for x in (imu, replace(imu, acc=imu.acc + noise)))
    assert loud.u_s > 1.5 * quiet.u_s
    assert abs(loud.t_s - quiet.t_s) < 2 * loud.u_s


LEANS_BACK = Participant(
    height_m=1.57, trunk_depth_m=0.306, seat_height_m=0.448, speed_mps=0.49, step_time_cv=0.087, step_width_m=0.086,
    rise_time_s=4.8, sit_time_s=2.1, flexion_deg=43.9, stoop_deg=16.8, recline_deg=15.5, landing=0.807, sway_mm=7.8,
    tremor_deg=0.0857, turn_time_s=4.28, turn_steps=8,
)  # fmt: skip


@pytest.mark.parametrize("seed", [382, 532, 573])
def test_the_trunk_that_leans_back_does_not_tell_of_a_descent_long_before(seed: int) -> None:
    imu, seated_s = of_the_lab(PendulumBody(LEANS_BACK, 0.0, stream(seed, "body")), "lower_back")
    seated = analyse_tug(imu, "lower_back").seated
    assert seated is not None
    assert abs(seated.t_s - seated_s) < 2 * seated.u_s
    assert seated.u_s < 0.25


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("placement", TRUNK)
def test_who_looks_back_for_the_seat_is_seated_no_later(placement: Placement, seed: int) -> None:
    imu, seated_s = of_the_lab(SegmentsBody(Participant(), 0.0, stream(seed, "body")), placement)
    seated = analyse_tug(imu, placement).seated
    assert seated is not None
    assert seated.t_s == pytest.approx(seated_s, abs=0.06)


def test_a_descent_that_seems_lower_than_the_rise_makes_the_seat_unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    imu, _ = make_tug(USUAL)
    alike = analyse_tug(imu, "lower_back").seated

    def twice_as_high(body: Body, descent: Descent, pelvis: Array, hinge: Hinge, rise_m: float, noise: float) -> Moment:
        return comes_to_rest(body, descent, pelvis, hinge, 2 * rise_m, noise)

    monkeypatch.setattr("rig_signal.tug_trunk.comes_to_rest", twice_as_high)
    unlike = analyse_tug(imu, "lower_back").seated
    assert alike is not None
    assert unlike is not None
    assert unlike.t_s == alike.t_s
    assert unlike.u_s > alike.u_s + 0.05


def test_the_walk_lasts_from_half_of_one_turn_to_half_of_the_other_whatever_their_tails() -> None:
    motion = motion_of(regularise(make_tug(USUAL)[0]))
    t_s = motion.u.start_s + np.arange(len(motion.yaw)) / motion.u.rate_hz
    turning = ((t_s > 5.0) & (t_s < 7.0)) | ((t_s > 12.0) & (t_s < 14.0))
    turned = replace(motion, yaw=np.where(turning, np.pi / 2, 0.0))
    pair = pair_of(turned, types.Turn(5.0, 9.0, 180.0, 0.1, 0.1), types.Turn(11.0, 14.0, 180.0, 0.1, 0.1))
    assert pair.walk_s == pytest.approx((6.0, 13.0), abs=0.02)


@pytest.mark.parametrize("placement", TRUNK)
def test_a_long_drift_while_walking_is_no_sitting_down(placement: Placement) -> None:
    imu, truth = make_tug(Script(rise=4.0, sit=4.0, walk=16.0, turn=4.0), placement)
    plain = analyse_tug(imu, placement)
    since_s = np.clip(imu.time_s - truth.borders[1] - 1.0, 0.0, 7.0)
    speed = -0.1 * np.sin(np.pi * since_s / 7.0)
    up = imu.acc.mean(axis=0) / np.linalg.norm(imu.acc.mean(axis=0))
    drifting = Imu(imu.time_s, imu.acc + np.gradient(speed, imu.time_s)[:, None] * up, imu.gyr)
    result = analyse_tug(drifting, placement)
    assert plain.duration_s is not None
    assert result.duration_s == pytest.approx(plain.duration_s, abs=0.3)


def test_what_noise_may_drift_by_is_no_change_of_height() -> None:
    t_s = np.arange(0.0, 20.0, 0.01)
    parts = ((-0.03, 3.0, 6.0), (0.02, 9.5, 2.0), (-0.15, 12.0, 3.0))
    speed = np.asarray(sum(fastest * np.sin(np.pi * np.clip((t_s - a) / b, 0, 1)) for fastest, a, b in parts))
    assert [round(hump.height_m, 2) for hump in _humps(speed, 100.0, noise=0.01)] == [-0.11, 0.03, -0.28]
    assert [round(hump.height_m, 1) for hump in _humps(speed, 100.0, noise=0.1)] == [-0.3]


@pytest.mark.parametrize("placement", TRUNK)
def test_a_hundred_seconds_are_no_limit(placement: Placement) -> None:
    script = Script(rise=6, stand=2, walk=36, step=1.1, turn=10, sit=5, quiet_before=30, quiet_after=20)
    imu, truth = make_tug(script, placement)
    result = analyse_tug(imu, placement)
    assert truth.duration > 100
    assert result.duration_s == pytest.approx(truth.duration, rel=0.01)


@pytest.mark.parametrize("person", PEOPLE)
def test_thigh_finds_all_phases(person: str) -> None:
    script = PEOPLE[person]
    imu, truth = make_tug(script, "thigh")
    result = analyse_tug(imu, "thigh")
    np.testing.assert_allclose(borders(result)[1:], truth.borders[1:], atol=0.12 * script.turn + 0.15)


def test_a_hesitation_in_a_turn_is_part_of_it_in_a_pocket_too() -> None:
    """Later and shorter, as people who watch a turn on film mark it, but not by the hesitation."""
    script = PEOPLE["hesitates in the turn"]
    imu, truth = make_tug(script, "thigh")
    turn = slice(2, 6)
    np.testing.assert_allclose(borders(analyse_tug(imu, "pocket"))[turn], truth.borders[turn], atol=0.35)


def test_phases_join_and_give_the_duration() -> None:
    result = analyse_tug(make_tug(USUAL)[0], "lower_back")
    names = [phase.name for phase in result.phases]
    assert names == ["sit_to_stand", "walk_out", "turn", "walk_back", "turn_to_sit", "stand_to_sit"]
    for before, after in zip(result.phases, result.phases[1:], strict=False):
        assert before.end_s == after.start_s
    assert result.first_movement is not None
    assert result.seated is not None
    assert result.duration_s == result.seated.t_s - result.first_movement.t_s
    assert result.u_s == pytest.approx(np.hypot(result.first_movement.u_s, result.seated.u_s))


def two_tests(first: Script, second: Script, placement: str = "lower_back") -> tuple[Imu, Truth, Truth]:
    """Two tests in one recording."""
    (one, truth_1), (two, truth_2) = make_tug(first, placement), make_tug(second, placement)
    shift = one.time_s[-1] + 0.01
    assert one.gyr is not None
    assert two.gyr is not None
    acc, gyr = np.concatenate([one.acc, two.acc]), np.concatenate([one.gyr, two.gyr])
    imu = Imu(np.concatenate([one.time_s, two.time_s + shift]), acc, gyr)
    return imu, truth_1, replace(truth_2, borders=tuple(b + shift for b in truth_2.borders))


def test_the_cue_chooses_the_test() -> None:
    imu, _, truth = two_tests(USUAL, Script(turn=2.6, walk=5.0))
    result = analyse_tug(imu, "lower_back", cue_s=truth.borders[0] - 0.4)
    np.testing.assert_allclose(borders(result), truth.borders, atol=0.35)


def test_the_first_movement_is_not_before_the_cue() -> None:
    imu, truth = make_tug(USUAL)
    late = truth.borders[0] + 0.3
    result = analyse_tug(imu, "lower_back", cue_s=late)
    assert result.first_movement is not None
    assert result.first_movement.t_s == late
    assert "moved_before_cue" in result.quality


def test_a_recording_that_begins_in_mid_movement_says_so() -> None:
    imu, truth = make_tug(USUAL)
    on = imu.time_s > truth.borders[0] + 0.2
    assert imu.gyr is not None
    assert "starts_in_motion" in analyse_tug(Imu(imu.time_s[on], imu.acc[on], imu.gyr[on]), "lower_back").quality


@pytest.mark.parametrize("placement", ["lower_back", "chest", "thigh", "pocket"])
@pytest.mark.parametrize("before_s", [0.1, 0.2, 0.3])
def test_a_recording_that_ends_on_the_way_down_says_so(placement: Placement, before_s: float) -> None:
    worn: Placement = "thigh" if placement == "pocket" else placement
    imu, truth = make_tug(replace(USUAL, quiet_after=2.0), worn)
    assert imu.gyr is not None
    on = imu.time_s < truth.borders[6] - before_s
    cut = analyse_tug(Imu(imu.time_s[on], imu.acc[on], imu.gyr[on]), placement)
    assert cut.seated is None or "recording_ends_early" in cut.quality
    assert "recording_ends_early" not in analyse_tug(imu, placement).quality


def test_nothing_of_two_tests_is_mixed() -> None:
    """The last turn of one and the first of the other are the best pair, but the person sat down in between."""
    imu, *truths = two_tests(Script(turn_deg=(150.0, 180.0)), Script(turn_deg=(180.0, 150.0)))
    found = borders(analyse_tug(imu, "lower_back"))
    assert any(np.abs(found - truth.borders).max() < 0.35 for truth in truths)


def test_of_two_tests_that_are_as_good_the_second_counts() -> None:
    """Whose turns are nearer to half a circle by a few degrees is chance; who does a test again means the second."""
    imu, _, truth = two_tests(USUAL, Script(turn_deg=(178.0, 176.0)))
    np.testing.assert_allclose(borders(analyse_tug(imu, "lower_back")), truth.borders, atol=0.35)


@pytest.mark.parametrize("rises", [0.5, 0.9])
def test_what_began_before_the_recording_is_not_the_test_where_there_is_a_whole_one(rises: float) -> None:
    """However near to half a circle its turns are: a phone on its way into a pocket lies and hangs like a thigh."""
    imu, first, truth = two_tests(USUAL, Script(turn_deg=(168.0, 166.0)), "thigh")
    assert imu.gyr is not None
    on = imu.time_s > first.borders[0] + rises
    cut = Imu(imu.time_s[on], imu.acc[on], imu.gyr[on])
    np.testing.assert_allclose(borders(analyse_tug(cut, "thigh"))[1:], truth.borders[1:], atol=0.35)


@pytest.mark.parametrize("placement", ["lower_back", "chest", "thigh"])
@pytest.mark.parametrize("times", [2, 3])
def test_of_several_tests_in_one_recording_one_is_found(placement: Placement, times: int) -> None:
    for seed in range(3):
        body = PendulumBody(Participant(), 0.0, stream(seed, "body"))
        for _ in range(times - 1):
            performed(body)
        result = analyse_tug(felt_at(placement, performed(body)), placement)
        assert len(result.phases) == 6, result.quality


def noiseless(rate_hz: float = 100.0) -> Imu:
    """What a perfect sensor feels at the lower back of the usual person."""
    return feel(make_poses(USUAL)[0], "lower_back", rate_hz=rate_hz)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=10)
def test_any_orientation(seed: int) -> None:
    imu, _ = make_tug(USUAL)
    turned = Rotation.random(random_state=seed).as_matrix()
    assert imu.gyr is not None
    rotated = Imu(imu.time_s, imu.acc @ turned.T, imu.gyr @ turned.T)
    assert_same(analyse_tug(rotated, "lower_back"), analyse_tug(imu, "lower_back"), 0.01)


@given(rate_hz=st.floats(50.0, 400.0))
@settings(max_examples=10)
def test_any_rate(rate_hz: float) -> None:
    found = analyse_tug(noiseless(rate_hz), "lower_back")
    assert_same(found, analyse_tug(noiseless(), "lower_back"), 0.01)


@given(shift=st.floats(-1e5, 2e9))
@settings(max_examples=10)
def test_any_origin_of_time(shift: float) -> None:
    imu, _ = make_tug(USUAL)
    found = analyse_tug(replace(imu, time_s=imu.time_s + shift), "lower_back")
    assert_same(found, analyse_tug(imu, "lower_back"), 0.01, shift=shift)


@given(seed=st.integers(0, 1000))
@settings(max_examples=10)
def test_a_tenth_of_the_samples_lost(seed: int) -> None:
    imu = noiseless()
    kept = np.random.default_rng(seed).random(len(imu.time_s)) > 0.1
    assert imu.gyr is not None
    thinned = Imu(imu.time_s[kept], imu.acc[kept], imu.gyr[kept])
    assert_same(analyse_tug(thinned, "lower_back"), analyse_tug(imu, "lower_back"), 0.01)


@given(seed=st.integers(0, 1000))
@settings(max_examples=10)
def test_noise(seed: int) -> None:
    imu, _ = make_tug(USUAL)
    rng = np.random.default_rng(seed)
    assert imu.gyr is not None
    noisy = Imu(imu.time_s, imu.acc + rng.normal(0, 0.1, imu.acc.shape), imu.gyr + rng.normal(0, 0.02, imu.gyr.shape))
    assert_same(analyse_tug(noisy, "lower_back"), analyse_tug(imu, "lower_back"), 0.06)


def test_an_arm_that_turns_in_the_rise_is_no_turn_of_its_owner() -> None:
    imu, truth = make_tug(USUAL)
    assert imu.gyr is not None
    rising = (imu.time_s > truth.borders[0] + 0.3) & (imu.time_s < truth.borders[1])
    rate = np.radians(100.0) / (truth.borders[1] - truth.borders[0] - 0.3)
    twisted = imu.gyr + np.where(rising, rate, 0.0)[:, None] * estimate_up(regularise(imu))
    result = analyse_tug(replace(imu, gyr=twisted), "wrist")
    assert [turn.angle_deg for turn in result.turns] == pytest.approx(truth.turned_deg, abs=8)


def test_no_test_no_number() -> None:
    imu, _ = make_tug(replace(USUAL, turn_deg=(20.0, -20.0)))
    result = analyse_tug(imu, "lower_back")
    assert result.duration_s is None
    assert result.u_s is None
    assert result.phases == ()
    assert result.quality == ("no_turns",)


def test_walking_to_and_fro_is_no_test() -> None:
    imu, truth = make_tug(Script(walk=6.0))
    on_foot = (imu.time_s > truth.borders[1] + 0.5) & (imu.time_s < truth.borders[5])
    assert imu.gyr is not None
    walk = Imu(imu.time_s[on_foot], imu.acc[on_foot], imu.gyr[on_foot])
    result = analyse_tug(walk, "lower_back")
    assert result.first_movement is None
    assert "no_transfers" in result.quality


def test_without_a_gyroscope_there_is_a_reason_and_no_number() -> None:
    result = analyse_tug(replace(make_tug(USUAL)[0], gyr=None), "lower_back")
    assert result.duration_s is None
    assert result.quality == ("no_gyroscope",)


def test_unusable_samples_are_refused_in_words() -> None:
    imu, _ = make_tug(USUAL)
    with pytest.raises(SignalError, match="foot"):
        analyse_tug(imu, "foot")
    with pytest.raises(SignalError, match="too few"):
        analyse_tug(Imu(imu.time_s[:3], imu.acc[:3], imu.acc[:3]), "lower_back")


# Real recordings.

STREAMS: dict[str, Placement] = {"phone_left_front_pocket": "pocket", "watch_left_wrist": "wrist"}


def recordings(shared_data: Path, stream: str) -> Iterator[tuple[Imu, dict[str, float]]]:
    for folder in sorted((shared_data / "geotec_tug").glob("s*_*")):
        events = json.loads((folder / "truth.json").read_text(encoding="utf-8"))["events_s"]
        with np.load(folder / f"{stream}.npz") as columns:
            acc, gyr = (
                np.stack([columns[f"{kind}_{a}"] for a in "xyz"], axis=1).astype(float) for kind in ("acc", "gyr")
            )
            yield join_clocks(columns["time_s"], acc, columns["gyr_time_s"], gyr), events


def errors(found: list[tuple[TugResult, dict[str, float]]]) -> Array:
    wanted = [events["sit_end"] - events["stand_start"] for _, events in found]
    return np.array([result.duration_s or np.inf for result, _ in found]) - wanted


@pytest.mark.shared
def test_phone_against_video(shared_data: Path) -> None:
    found = [(analyse_tug(imu, "pocket"), events) for imu, events in recordings(shared_data, "phone_left_front_pocket")]
    error = errors(found)
    assert len(error) == 145
    assert np.sqrt(np.mean(error**2)) <= 0.38
    assert np.median(np.abs(error)) <= 0.22
    assert np.mean(np.abs(error) <= 1.0) >= 0.99
    u_s = np.array([result.u_s for result, _ in found])
    assert 0.8 <= np.std(error / u_s) <= 1.25
    names = ("stand_start", "stand_end", "turn1_start", "turn1_end", "turn2_start", "turn2_end", "sit_end")
    limits = (0.12, 0.12, 0.15, 0.15, 0.15, 0.15, 0.18)
    off = np.array([borders(result) - [events[name] for name in names] for result, events in found])
    assert (np.median(np.abs(off), axis=0) <= limits).all()


@pytest.mark.shared
def test_watch_against_video(shared_data: Path) -> None:
    found = [(analyse_tug(imu, "wrist"), events) for imu, events in recordings(shared_data, "watch_left_wrist")]
    error = errors(found)
    assert np.sqrt(np.mean(error**2)) <= 0.50
    assert np.median(np.abs(error)) <= 0.28
    assert np.mean(np.abs(error) <= 1.0) >= 0.95
    assert all("wrist_has_no_phases" in result.quality and not result.phases for result, _ in found)


@pytest.mark.shared
@pytest.mark.parametrize("k", [1.5, 2.0, 3.0])
def test_a_slowed_person_has_the_same_phases(shared_data: Path, k: float) -> None:
    """All ends and borders within 3 %: a peak at the edge of a window must not be now inside it, now outside."""
    off = []
    for imu, _ in recordings(shared_data, "phone_left_front_pocket"):
        usual, slow = analyse_tug(imu, "pocket"), analyse_tug(slowed(imu, k), "pocket")
        assert usual.duration_s is not None
        off.append((borders(slow) - k * borders(usual)) / (k * usual.duration_s))
    assert np.abs(off).max() <= 0.03


@pytest.mark.shared
@pytest.mark.parametrize("k", [1.5, 2.0, 3.0])
def test_a_slowed_arm_has_the_same_duration(shared_data: Path, k: float) -> None:
    """Every recording: a sign that is as good at two instants must not choose between them by chance."""
    for imu, _ in recordings(shared_data, "watch_left_wrist"):
        usual, slow = analyse_tug(imu, "wrist"), analyse_tug(slowed(imu, k), "wrist")
        assert usual.duration_s is not None
        assert slow.duration_s == pytest.approx(k * usual.duration_s, rel=0.03)
        assert len(slow.turns) == len(usual.turns) == 2


@pytest.mark.shared
def test_an_arm_that_stirs_before_its_owner_rises_is_one_vote_of_three(shared_data: Path) -> None:
    moved = []
    for imu, events in recordings(shared_data, "watch_left_wrist"):
        assert imu.gyr is not None
        before = (imu.time_s > events["stand_start"] - 1.2) & (imu.time_s < events["stand_start"] - 0.1)
        stirs = np.where(before, np.sin(2 * np.pi * 2.0 * imu.time_s), 0.0)[:, None] * [0.6, 0.0, 0.8]
        busy = analyse_tug(replace(imu, acc=imu.acc + 3 * stirs, gyr=imu.gyr + 0.6 * stirs), "wrist").first_movement
        quiet = analyse_tug(imu, "wrist").first_movement
        assert busy is not None
        assert quiet is not None
        moved.append(abs(busy.t_s - quiet.t_s))
    assert np.mean(np.array(moved) > 0.25) < 0.1


@pytest.mark.shared
@pytest.mark.parametrize("before_s", [0.5, 1.0])
def test_a_phone_s_recording_that_ends_on_the_way_down_says_so(shared_data: Path, before_s: float) -> None:
    said = []
    for imu, events in recordings(shared_data, "phone_left_front_pocket"):
        assert imu.gyr is not None
        on = imu.time_s < events["sit_end"] - before_s
        cut = analyse_tug(Imu(imu.time_s[on], imu.acc[on], imu.gyr[on]), "pocket")
        said.append(cut.seated is None or "recording_ends_early" in cut.quality)
        assert "recording_ends_early" not in analyse_tug(imu, "pocket").quality
    assert np.mean(said) >= 0.95


@pytest.mark.shared
@pytest.mark.parametrize(("stream", "least"), [("phone_left_front_pocket", 0.95), ("watch_left_wrist", 0.75)])
def test_a_limb_s_recording_that_begins_in_the_rise_says_so(shared_data: Path, stream: str, least: float) -> None:
    said = []
    for imu, events in recordings(shared_data, stream):
        assert imu.gyr is not None
        on = imu.time_s > events["stand_start"] + 0.2
        cut = analyse_tug(Imu(imu.time_s[on], imu.acc[on], imu.gyr[on]), STREAMS[stream])
        said.append(cut.first_movement is None or "starts_in_motion" in cut.quality)
    assert np.mean(said) >= least
