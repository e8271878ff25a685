import importlib.util
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig.virtual.body import Body as LabBody
from rig.virtual.body import Turn, Walk
from rig.virtual.imu import Chip, feel, measure
from rig.virtual.lab import FAMILIES
from rig.virtual.landmarks import MOVING_SHARE, Landmarks
from rig.virtual.motion import GRID_S
from rig.virtual.participant import Participant
from rig.virtual.randomness import stream
from rig.virtual.spans import Span
from rig_signal import rising, transfers, trunk_rises
from rig_signal.chair import ChairResult, Rise, analyse_chair
from rig_signal.rises import FREE_S
from rig_signal.rising import Pelvis, follow_pelvis, full_stand, seats_on, see_body
from rig_signal.thigh_rises import find_spans
from rig_signal.timebase import regularise
from rig_signal.transfers import Transfer, follow_trunk, rest_to_rest, speed_gained
from rig_signal.trunk_rises import level, own_excursion, straightest
from rig_signal.types import Array, Imu, Moment, Placement, SignalError
from tests.rig_signal import synth_chair as synth
from tests.rig_signal.lab_signals import ROLES
from tests.rig_signal.slip import slipped
from tests.rig_signal.slow import slowed
from tests.rig_signal.synth_chair import Body, Style, five, truth_of, wear

PLACEMENTS: tuple[Placement, ...] = ("lower_back", "chest", "thigh")
TRUNK: tuple[Placement, ...] = ("lower_back", "chest")
SHAPES = (synth.minimum_jerk, synth.half_cosine, synth.early, synth.late)

STYLES = {
    "brisk": Style(rise_s=0.8, sit_s=0.9, lean_s=0.5),
    "usual": Style(rise_s=1.3, sit_s=1.4, lean_s=0.7),
    "slow": Style(rise_s=3.0, sit_s=3.2, lean_s=1.2, stoop=0.15),
    "very slow, trembling": Style(rise_s=5.0, sit_s=5.0, lean_s=1.6, stoop=0.2, tremor=1.0),
    "hardly leaning": Style(rise_s=1.5, sit_s=1.6, lean=0.2, lean_s=0.6),
    "high seat": Style(excursion=0.22, rise_s=1.5, sit_s=1.5),
    "leaning back": Style(rise_s=1.5, sit_s=1.4, recline=0.4, lean=0.8, lean_s=1.0),
    "falling into the seat": Style(rise_s=1.2, sit_s=0.9, hardness=1.0),
}


def times(moments: list[Moment]) -> Array:
    return np.array([m.t_s for m in moments])


def starts(rises: tuple[Rise, ...]) -> list[float]:
    return [rise.start.t_s for rise in rises if rise.start is not None]


def seat_ons(result: ChairResult) -> list[Moment]:
    return [rise.seat_on for rise in result.rises if rise.seat_on is not None]


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("name", STYLES)
def test_five_rises_are_counted_and_timed(name: str, placement: Placement) -> None:
    style = STYLES[name]
    body = five(style, seed=3)
    result = analyse_chair(wear(body, placement, offset=0.1, seed=5), placement)
    truth = truth_of(body)
    assert len(result.rises) == 5
    assert result.failed == ()
    slack = 0.05 + 0.03 * style.rise_s
    assert np.abs(times([r.standing for r in result.rises]) - truth.standing).max() < slack
    assert len(seat_ons(result)) == 5
    assert result.first_movement is not None
    if placement in TRUNK:
        assert result.first_movement.t_s == pytest.approx(truth.first_movement, abs=0.05)
        assert result.quality == ()


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("placement", TRUNK)
def test_the_shape_of_movement_does_not_matter(placement: Placement, shape: synth.Shape) -> None:
    body = five(replace(STYLES["usual"], shape=shape))
    result = analyse_chair(wear(body, placement), placement)
    truth = truth_of(body)
    assert len(result.rises) == 5
    assert np.abs(times([r.standing for r in result.rises]) - truth.standing).max() < 0.06
    assert np.abs(times([r.seat_off for r in result.rises]) - truth.seat_off).max() < 0.35
    five_rise = result.five_rise_time
    assert five_rise is not None
    assert five_rise.t_s == pytest.approx(truth.standing[4] - truth.first_movement, abs=0.08)


def cohort() -> Iterator[tuple[Style, int]]:
    """Forty people, half of them frail; parameters drawn, not chosen."""
    rng = np.random.default_rng(11)
    for seed in range(40):
        rise_s = float(rng.uniform(0.8, 1.6) if seed % 2 else rng.uniform(1.2, 5))
        yield (
            Style(
                excursion=float(rng.uniform(0.25, 0.48)),
                lean=float(rng.uniform(0.25, 0.9)),
                lean_s=float(rng.uniform(0.4, 0.9) * (1 + 0.2 * rise_s)),
                rise_s=rise_s,
                sit_s=float(rise_s * rng.uniform(0.8, 1.3)),
                overlap=float(rng.uniform(0, 0.6)),
                stoop=float(rng.uniform(-0.05, 0.2)),
                recline=float(rng.uniform(-0.1, 0.35)),
                shape=SHAPES[seed % 4],
                tremor=float(rng.uniform(0, 1)),
            ),
            seed,
        )


@pytest.mark.parametrize("placement", TRUNK)
def test_the_stated_uncertainty_of_the_five_rise_time_is_honest(placement: Placement) -> None:
    """The pelvis tilts a little before or after the trunk, as pelves do: `u_s` says that the lower back cannot tell."""
    ratios = []
    for style, seed in cohort():
        body = five(style, pause_s=0.4, seed=seed)
        lag_s = float(np.random.default_rng(seed).normal(0, 0.035))
        result = analyse_chair(wear(body, placement, offset=0.1, seed=seed, pelvis_lag_s=lag_s), placement)
        assert len(result.rises) == 5, style
        found, truth = result.five_rise_time, truth_of(body)
        assert found is not None
        ratios.append((found.t_s - (truth.standing[4] - truth.first_movement)) / found.u_s)
    assert 0.4 < np.sqrt(np.mean(np.square(ratios))) < 1.3


@pytest.mark.parametrize("rise_s", [0.7, 1.0, 1.5])
@pytest.mark.parametrize("shape", SHAPES[:2])
def test_the_full_stand_does_not_lag(shape: synth.Shape, rise_s: float) -> None:
    """A height that is low-passed lies below itself where a rise slows down: it came to its stand 5 to 8 ms late."""
    style = Style(rise_s=rise_s, lean=0.05, stoop=0.0, recline=0.0, shape=shape)  # no lever that could be wrong
    body = five(style, pause_s=1.0, seed=1)
    result = analyse_chair(wear(body, "lower_back", rate_hz=200, noise=(0.0, 0.0)), "lower_back")
    late = times([rise.standing for rise in result.rises]) - truth_of(body).standing
    assert len(late) == 5
    assert abs(np.median(late)) < 0.003


def test_an_attempt_ends_as_high_as_it_began() -> None:
    """What is left over at its end is the integrals' drift."""
    hump, drift = np.hanning(101), np.linspace(0, 0.4, 101)
    levelled = level(Pelvis(0, 50.0, hump + drift, np.gradient(hump + drift) * 50))
    assert levelled.height == pytest.approx(hump)
    assert levelled.speed == pytest.approx(np.gradient(hump) * 50)


def test_an_attempt_is_told_by_what_it_rises_beyond_the_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = see_body(follow_trunk(regularise(wear(five(STYLES["usual"]), "lower_back")), "lower_back"), "lower_back")
    course = 0.2 * np.hanning(151) + np.linspace(0, 0.5, 151)
    monkeypatch.setattr(trunk_rises, "_seated_pieces", lambda _: [Transfer(50, 200, 0.0, course)])
    (attempt,) = trunk_rises._attempts(seen, 0.4)
    assert attempt.reach == pytest.approx(0.5, abs=0.1)


def test_the_deepest_bend_since_a_node_is_that_of_all_steps_since() -> None:
    lean = np.array([0.0, 3.0, 0.0, 1.0, 0.0, 2.0, 0.0])
    assert transfers._deepest_since(lean, np.array([0, 2, 4, 6]), np.array([[2, 1, 0]])).tolist() == [[2.0, 2.0, 3.0]]


def test_who_is_up_straightens_until_the_trunk_bends_again() -> None:
    stand = np.radians([20.0, 12.0, 5.0, 8.0, 2.0, 4.0])
    seated = np.radians([15.0, 40.0, 10.0, -20.0])
    assert straightest(stand) == straightest(np.concatenate([stand, seated])) == np.radians(2.0)
    assert straightest(seated[2:]) == np.radians(-20.0)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_a_session_may_end_at_the_fifth_stand(placement: Placement) -> None:
    body = five(STYLES["usual"], last_sit=False)
    result = analyse_chair(wear(body, placement), placement)
    assert len(result.rises) == 5
    assert result.rises[4].seat_on is None
    assert result.five_rise_time is not None
    assert result.five_sits_time is None


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_failed_attempts_are_listed_and_not_counted(placement: Placement) -> None:
    body = Body(STYLES["usual"], 1).rest(3)
    for reach in (1.0, 0.45, 1.0, 0.35, 1.0):
        body.rise(reach).rest(0.3).sit().rest(1.0)
    body.rest(2)
    result = analyse_chair(wear(body, placement), placement)
    assert len(result.rises) == 3
    assert len(result.failed) == 2
    assert [f.reach for f in result.failed] == pytest.approx([0.45, 0.35], abs=0.15)
    assert result.first_movement == result.rises[0].start
    rises = times([r.seat_off for r in result.rises])
    failed = times([f.seat_off for f in result.failed])
    assert rises[0] < failed[0] < rises[1] < failed[1] < rises[2]


@pytest.mark.parametrize("placement", TRUNK)
def test_most_of_the_way_up_is_no_full_stand(placement: Placement) -> None:
    body = Body(STYLES["usual"], 1).rest(3)
    for reach in (1.0, 0.65, 1.0, 1.0):
        body.rise(reach).rest(0.3).sit().rest(1.0)
    result = analyse_chair(wear(body.rest(2), placement), placement)
    assert len(result.rises) == 3
    assert [f.reach for f in result.failed] == pytest.approx([0.65], abs=0.1)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_three_quarters_of_the_way_up_are_no_full_stand(placement: Placement) -> None:
    body = Body(replace(STYLES["usual"], rise_s=1.6), 1).rest(3)
    for reach in (0.75, 1.0, 1.0, 1.0, 1.0, 1.0):
        body.rise(reach).rest(0.3).sit().rest(0.6)
    result = analyse_chair(wear(body.rest(2), placement), placement)
    assert len(result.rises) == 5
    assert len(result.failed) == 1


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("reach", [0.8, 0.85])
def test_who_stays_bent_over_bent_knees_does_not_stand(reach: float, placement: Placement) -> None:
    """By its height alone four fifths of the way up may be a stand that was measured wrong."""
    for seed in range(3):
        body = Body(replace(STYLES["usual"], rise_s=1.6), seed).rest(3)
        for share in (1.0, reach, 1.0, 1.0):
            body.rise(share).rest(0.3).sit().rest(1.0)
        result = analyse_chair(wear(body.rest(2), placement, offset=0.1, seed=seed), placement)
        assert (len(result.rises), len(result.failed)) == (3, 1)


@pytest.mark.parametrize("placement", TRUNK)
def test_a_stand_is_full_when_the_trunk_is_upright(placement: Placement) -> None:
    body = Body(replace(STYLES["usual"], stoop=0.6, lean=0.7), 1).rest(3)
    straight = []
    for _ in range(3):
        begin = body.rise().samples
        straight.append(begin / synth.RATE_HZ + 0.5)
        body.lean(0.05, 1.0).rest(0.4).sit().rest(0.5)
    result = analyse_chair(wear(body.rest(2), placement), placement)
    assert times([r.standing for r in result.rises]) == pytest.approx(straight, abs=0.12)


def test_a_touch_of_the_height_is_no_full_stand() -> None:
    body = five(STYLES["usual"])
    trunk = follow_trunk(regularise(wear(body, "lower_back")), "lower_back")
    seen = see_body(trunk, "lower_back")
    height = np.concatenate([np.linspace(0, 0.97, 100), np.full(4, 0.97), np.full(50, 0.9), np.full(100, 1.0)])
    pelvis = Pelvis(0, 100.0, height, np.gradient(height) * 100)
    upright = float(seen.lean.max())
    assert full_stand(seen, pelvis, 0, upright).t_s == pytest.approx(1.54, abs=0.02)


def test_who_may_still_be_on_the_way_up_stands_less_surely() -> None:
    """An end that misses its rest by a speed: the height left is off by up to what fades in to that speed."""
    seen = see_body(follow_trunk(regularise(wear(five(STYLES["usual"]), "lower_back")), "lower_back"), "lower_back")
    seen = replace(seen, noise=0.0)
    time_s = np.arange(401) / 100
    height = 0.4 * synth.minimum_jerk(time_s / 4)
    pelvis = Pelvis(0, 100.0, height, np.gradient(height) * 100)
    upright = float(seen.lean.max())
    sure, unsure = (full_stand(seen, replace(pelvis, missed=missed), 0, upright) for missed in (0.0, 0.03))
    at, *span = np.interp([0.95, 0.93, 0.97], height / 0.4, time_s)
    assert sure.t_s == unsure.t_s == pytest.approx(at, abs=0.01)
    share = np.trapezoid(0.03 / 4 * time_s[time_s >= at], dx=0.01) / 0.4
    added_s = np.sqrt(unsure.u_s**2 - sure.u_s**2)
    assert added_s == pytest.approx(share / np.sqrt(12) * (span[1] - span[0]) / 0.04, rel=0.05)


@given(begin=st.floats(-0.5, 0.5), end=st.floats(-0.5, 0.5))
def test_a_height_does_not_depend_on_where_in_its_rests_samples_fall(begin: float, end: float) -> None:
    """Pushed off and braked hardest at both ends, as between two rises without a rest."""
    pace = np.pi / (50 + end - begin)
    acc = 0.2 * (50 * pace) ** 2 * np.cos(pace * (np.arange(51) - begin))
    height = rest_to_rest(acc, 50.0, (begin, end))
    assert height[-1] == pytest.approx(0.4, rel=0.01)
    assert speed_gained(acc, 50.0, (begin, end)) == pytest.approx(0.0, abs=0.002)
    assert speed_gained(acc + 0.1, 50.0, (begin, end)) == pytest.approx(0.1 * (50 + end - begin) / 50, abs=0.002)


@given(begin=st.floats(-0.5, 0.5), end=st.floats(-0.5, 0.5))
@settings(max_examples=10)
def test_a_pelvis_that_rests_between_samples_misses_no_rest(begin: float, end: float) -> None:
    seen = see_body(follow_trunk(regularise(wear(five(STYLES["usual"]), "lower_back")), "lower_back"), "lower_back")
    pace = np.pi / (50 + end - begin)
    acc = np.zeros(len(seen.trunk.acc))
    acc[:51] = 0.2 * (seen.trunk.u.rate_hz * pace) ** 2 * np.cos(pace * (np.arange(51) - begin))
    lost = np.full(len(acc), 0.5)
    for u in (seen.trunk.u, replace(seen.trunk.u, lost=lost)):
        still = replace(seen, trunk=replace(seen.trunk, u=u, acc=acc), swing=np.zeros(len(acc)))
        course = rest_to_rest(acc[:51], u.rate_hz, (begin, end))
        pelvis = follow_pelvis(still, Transfer(0, 50, 0.4, course, (begin, end)))
        assert pelvis.missed < 0.005
        assert pelvis.height[-1] == pytest.approx(0.4, rel=0.01)


def test_a_rise_without_the_stay_after_it_still_begins_between_samples() -> None:
    """0.4 of a sample before its first; then it stands for 3 s."""
    at = np.arange(201)
    acc = np.where(at < 50, 0.2 * np.pi**2 * np.cos(np.pi / 50.4 * (at + 0.4)), 0.0)
    lean = 0.5 * np.where(at < 50, np.sin(np.pi / 50 * at), 0.0)
    whole = Transfer(0, 200, 0.4, rest_to_rest(acc, 50.0), (-0.4, 0.0))
    found = transfers._without_stay(whole, acc, lean, 0.1, 50.0)
    assert found.last < 60
    assert found.off == whole.off
    np.testing.assert_allclose(found.course, rest_to_rest(acc[: found.last + 1], 50.0, whole.off))


@pytest.mark.parametrize("left", [20, 50, 120])
def test_noise_adds_to_the_height_that_is_left_what_a_bridge_does(left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rising, "_REST_FOUND_S", 0.0)
    noise = np.random.default_rng(4).normal(size=(2000, 201))
    heights = np.array([rest_to_rest(acc, 50.0) for acc in noise])
    share_off = heights[:, -1 - left] - rising.FULL_SHARE * heights[:, -1]
    assert rising._bridged(4.0, left / 50) / np.sqrt(50) == pytest.approx(share_off.std(), rel=0.06)


def test_a_landing_whose_jolt_was_lost_is_no_slow_landing() -> None:
    """What the speed lacks after it creeps to the next rest: a descent with the same creep in truth misses no rest."""
    seen = see_body(follow_trunk(regularise(wear(five(STYLES["usual"]), "lower_back")), "lower_back"), "lower_back")

    def descent(creep: float) -> Pelvis:
        speed = -np.concatenate([0.3 * np.hanning(102)[1:76], np.linspace(creep, 0.0, 75)])
        return Pelvis(0, 50.0, np.cumsum(speed) / 50, speed)

    crept = descent(0.06)
    whole, known, unknown = (sat.t_s for sat in seats_on(seen, [descent(0.0), replace(crept, missed=0.12), crept]))
    assert known == pytest.approx(whole, abs=0.01)
    assert unknown > whole + 0.2


def test_a_chest_that_sinks_on_with_the_spine_has_landed() -> None:
    seen = see_body(follow_trunk(regularise(wear(five(STYLES["usual"]), "chest")), "chest"), "chest")
    seen = replace(seen, lean=np.zeros(len(seen.lean)))

    def landing(slump: float) -> Moment:
        speed = -np.maximum(np.pad(0.5 * np.hanning(100), (0, 100)), slump * np.linspace(2, 0, 200).clip(0, 1))
        return seats_on(seen, [Pelvis(0, 100.0, np.cumsum(speed) / 100, speed)])[0]

    upright, slumped = landing(0.0), landing(0.12)
    assert slumped.t_s == pytest.approx(upright.t_s, abs=0.05)
    assert slumped.u_s > upright.u_s + 0.2


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_who_fails_at_first_has_begun(placement: Placement) -> None:
    body = Body(STYLES["usual"], 1).rest(3).rise(0.5).rest(0.2).sit().rest(2)
    for _ in range(5):
        body.rise().rest(0.3).sit().rest(0.3)
    result = analyse_chair(wear(body.rest(2), placement), placement)
    assert len(result.rises) == 5
    assert len(result.failed) == 1
    assert result.first_movement == result.failed[0].start
    assert result.failed[0].seat_off.t_s < result.rises[0].seat_off.t_s - 2


@pytest.mark.parametrize("placement", TRUNK)
def test_leaning_bending_and_squatting_are_no_rises(placement: Placement) -> None:
    style = STYLES["usual"]
    body = Body(style, 2).rest(2).lean(0.7, 0.8).rest(0.5).lean(body_upright(style), 0.8).rest(2)
    body.rise().rest(1.5).bob(0.12, 1.2, 0.3).rest(1).bob(0.02, 2.0, 1.0).rest(1.5).sit().rest(2)
    body.lean(0.8, 1.0).lean(body_upright(style), 1.0).rest(2)
    result = analyse_chair(wear(body, placement), placement)
    assert len(result.rises) == 1
    assert result.rises[0].standing.t_s == pytest.approx(truth_of(body).standing[0], abs=0.08)


def body_upright(style: Style) -> float:
    return -style.recline


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_walking_and_sitting_down_before_and_walking_after_are_left_alone(placement: Placement) -> None:
    style = STYLES["usual"]
    body = Body(style, 4)
    body.z, body.theta = style.excursion, style.stoop
    body.rest(1).walk(20).rest(1).sit().rest(4)
    for number in range(5):
        body.rise().rest(0.4)
        if number < 4:
            body.sit().rest(0.4)
    body.rest(1.5).walk(15).rest(1)
    result = analyse_chair(wear(body, placement), placement)
    truth = truth_of(body)
    assert len(result.rises) == 5
    assert np.abs(times([r.standing for r in result.rises]) - truth.standing).max() < 0.12


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("placement", TRUNK)
def test_who_walks_off_at_once_stood_before_the_walk(placement: Placement, seed: int) -> None:
    """No rest and no bend parts the last stand from the walk: a rise that ended with the recording stood too late."""
    body = Body(STYLES["usual"], seed).rest(3).rise().rest(0.3).sit().rest(0.3).rise().rest(0.3).walk(15)
    result = analyse_chair(wear(body, placement, offset=0.1, seed=seed), placement)
    assert len(result.rises) == 2
    assert np.abs(times([rise.standing for rise in result.rises]) - truth_of(body).standing).max() < 0.15


@pytest.mark.parametrize("placement", TRUNK)
@pytest.mark.parametrize("name", ["slow", "high seat"])
def test_who_walks_up_to_the_chair_sits_down_after_the_walk(name: str, placement: Placement) -> None:
    """A sitting down that began with the recording took the walk's errors for its height, and the rise with it."""
    style = STYLES[name]
    body = Body(style, 3)
    body.z, body.theta = style.excursion, style.stoop
    body.walk(20).sit().rest(2).rise().rest(1)
    result = analyse_chair(wear(body, placement, offset=0.1, seed=3), placement)
    assert [rise.standing.t_s for rise in result.rises] == pytest.approx(truth_of(body).standing, abs=0.15)


def worn(body: LabBody, placement: Placement, begin_s: float) -> Imu:
    """What a sensor with a chip's errors tells of a body of the lab."""
    time_s, chip = np.arange(begin_s, body.now, 0.01), Chip()
    samples = measure(feel(ROLES[placement], body.motion()), time_s, chip, np.random.default_rng(1))
    acc = np.asarray(samples.acc * chip.acc_lsb, dtype=np.float64)
    return Imu(time_s, acc, np.radians(samples.gyr * chip.gyr_lsb))


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("rise_s", [1.5, 3.0, 5.0, 6.5])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_who_walks_up_rises_slowly_and_walks_off_rose_once(family: str, rise_s: float, placement: Placement) -> None:
    """Bodies of the lab, with a sensor's errors: no stand is quiet, and the walks hold neither rests nor bends."""
    body = FAMILIES[family](Participant(rise_time_s=rise_s, sit_time_s=rise_s / 2, speed_mps=0.5), 0.0, stream(1, "b"))
    body.wait(0.5)
    body.go((Walk(4.0),))
    body.wait(0.3)
    body.sit()
    body.wait(2.0)
    begin_s = body.now
    body.rise()
    end_s = body.now
    body.wait(0.3)
    body.go((Walk(8.0),))
    imu = worn(body, placement, 0.0)
    standing = [rise.standing.t_s for rise in analyse_chair(imu, placement).rises]
    assert len(standing) == 1
    assert begin_s + rise_s / 2 < standing[0] < end_s + 0.15 * rise_s


@pytest.mark.parametrize("rise_s", [1.0, 2.5, 5.0])
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_thigh_that_walks_off_stood_before_it_swung(family: str, rise_s: float) -> None:
    """The furthest that a thigh swings is no rest: height between it and the seat told the stand from the seat."""
    body = FAMILIES[family](Participant(rise_time_s=rise_s, speed_mps=1.0, stoop_deg=10.0), 0.0, stream(1, "b"))
    body.go((Walk(0.06),))
    body.sit()
    begin_s = body.now + 0.5
    body.wait(3.0)
    body.rise()
    body.wait(0.3)
    body.go((Walk(3.0),))
    result = analyse_chair(worn(body, "thigh", begin_s), "thigh")
    assert (len(result.rises), len(result.failed)) == (1, 0)


WALKING_UP = {
    "segments": Participant(sit_time_s=1.0, speed_mps=0.4, height_m=1.5),
    "pendulum": Participant(
        rise_time_s=6.0, sit_time_s=1.5, speed_mps=0.4, aid="walker", turn_time_s=4.0, height_m=1.5, seat_height_m=0.48
    ),
}


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_who_walks_up_to_the_chair_and_turns_stands(family: str, placement: Placement) -> None:
    """A walk that is long without rest could be a rise by its height, but no trunk bends and every thigh swings."""
    who = WALKING_UP[family]
    for seed in range(6):
        body = FAMILIES[family](who, 0.0, stream(seed, "b"))
        body.go((Walk(0.06),))
        begin_s = body.now
        body.go((Walk(3.0), Turn(np.pi)))
        for _ in range(2):
            body.wait(0.3)
            body.sit()
            body.wait(2.0)
            body.rise()
        body.wait(2.0)
        result = analyse_chair(worn(body, placement, begin_s), placement)
        assert (len(result.rises), len(result.failed)) == (2, 0)


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_steps_tell_the_stand_of_a_thigh_whose_height_an_offset_turns_round(family: str) -> None:
    """Few and slow changes: an offset of 0.2 m/s² makes more height than the chair, but nobody steps on a seat."""
    who = Participant(rise_time_s=5.0, sit_time_s=5.0, speed_mps=0.5, stoop_deg=30.0)
    body = FAMILIES[family](who, 0.0, stream(0, "b"))
    body.go((Walk(0.06),))
    begin_s = body.now
    body.go((Walk(3.0), Turn(np.pi)))
    body.wait(0.3)
    body.sit()
    body.wait(1.0)
    body.rise()
    body.wait(0.3)
    body.go((Walk(3.0),))
    imu = worn(body, "thigh", begin_s)
    for offset in (*np.eye(3), *-np.eye(3)):
        result = analyse_chair(replace(imu, acc=imu.acc + 0.2 * offset), "thigh")
        assert (len(result.rises), len(result.failed)) == (1, 0)


def seated(who: Participant, family: str, seed: int) -> LabBody:
    """A body of the lab that has just sat down."""
    body = FAMILIES[family](who, 0.0, stream(seed, "b"))
    body.wait(0.5)
    body.go((Walk(0.06),))
    body.wait(0.3)
    body.sit()
    return body


def after_turns(body: LabBody, since_s: float) -> list[float]:
    """First instants after the turning points between sitting down and rising at which the trunk moves forward."""
    lab = Landmarks(body.motion())
    pitch, found = body.motion().trunk.pitch, []
    for before, rise in pairwise(lab.rises(Span(since_s, body.now))):
        assert before.seat_on is not None
        down, off, top = (int(t / GRID_S) for t in (before.seat_on, rise.seat_off, rise.top))
        turned = down + int(pitch[down:off].argmin())
        highest = lab.turning[turned : off + int(pitch[off:top].argmax())].max()
        found.append((turned + int((lab.turning[turned:off] > MOVING_SHARE * highest).argmax())) * GRID_S)
    return found


@pytest.mark.parametrize(("placement", "tilts_before_s"), [("lower_back", 0.1), ("chest", 0.02)])
@pytest.mark.parametrize("family", sorted(FAMILIES))
@pytest.mark.parametrize(("rise_s", "sit_s"), [(0.8, 0.7), (1.2, 0.9), (1.8, 1.4)])
def test_who_rises_again_at_once_moves_first_when_the_trunk_has_turned(
    rise_s: float, sit_s: float, family: str, placement: Placement, tilts_before_s: float
) -> None:
    body = seated(Participant(rise_time_s=rise_s, sit_time_s=sit_s, recline_deg=8.0), family, 1)
    begin_s = body.now
    body.wait(3.0)
    for rise in range(5):
        body.rise()
        body.wait(0.1)
        body.sit(fully=rise == 4)
    body.wait(2.0)
    result = analyse_chair(worn(body, placement, begin_s), placement)
    off_s = np.array(starts(result.rises[1:])) - after_turns(body, begin_s)
    assert len(off_s) == 4
    assert (np.abs(off_s) < tilts_before_s).all()
    assert np.ptp(off_s) < 0.02  # the same movement, wherever a sample or a node lies


@pytest.mark.parametrize("placement", TRUNK)
def test_who_rests_bent_while_standing_bends_forward_all_the_same(placement: Placement) -> None:
    """All the rest that this person finds is a stoop: by that alone, forward would be backward."""
    for seed in range(4):
        who = Participant(rise_time_s=1.2, sit_time_s=3.5, stoop_deg=14.0, flexion_deg=28.0, recline_deg=6.0)
        body = seated(who, "pendulum", seed)
        begin_s = body.now
        body.wait(2.0)
        for _ in range(5):
            body.rise()
            body.wait(1.0)
            body.sit()
            body.wait(0.3)
        result = analyse_chair(worn(body, placement, begin_s), placement)
        assert (len(result.rises), len(result.failed)) == (5, 0)


@pytest.mark.parametrize("placement", TRUNK)
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_who_only_leans_forward_has_not_risen(family: str, placement: Placement) -> None:
    """The other way round these bends would be where a trunk is upright, and rises would be found between them."""
    for seed in range(6):
        body = seated(Participant(rise_time_s=4.0, sit_time_s=2.0), family, seed)
        begin_s = body.now
        for _ in range(2):
            body.wait(3.0)
            body.fail_to_rise(0.0)
        body.wait(3.0)
        result = analyse_chair(worn(body, placement, begin_s), placement)
        assert (len(result.rises), len(result.failed)) == (0, 0)


@pytest.mark.parametrize("placement", TRUNK)
@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_who_only_tries_is_not_said_to_have_risen(family: str, placement: Placement) -> None:
    """Without a full stand nothing says how high one is: only that the trunk never straightened."""
    for seed in range(4):
        body = seated(Participant(rise_time_s=1.2), family, seed)
        begin_s = body.now
        body.wait(2.0)
        for reach in (0.65, 0.8, 0.75):
            body.fail_to_rise(reach)
            body.wait(1.0)
        result = analyse_chair(worn(body, placement, begin_s), placement)
        assert "count_unsure" in result.quality
        assert result.five_rise_time is None


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_thigh_tells_four_fifths_of_the_way_up_from_a_stand(family: str) -> None:
    body = seated(Participant(rise_time_s=2.0), family, 1)
    begin_s = body.now
    body.wait(2.0)
    for _ in range(2):
        body.rise()
        body.wait(0.5)
        body.sit()
        body.wait(1.0)
        body.fail_to_rise(0.84)
        body.wait(1.0)
    result = analyse_chair(worn(body, "thigh", begin_s), "thigh")
    assert (len(result.rises), len(result.failed)) == (2, 2)


@pytest.mark.parametrize("placement", TRUNK)
@pytest.mark.parametrize("name", ["usual", "leaning back", "falling into the seat"])
def test_no_transfer_holds_the_walk_between_rising_and_sitting_down(name: str, placement: Placement) -> None:
    body = Body(STYLES[name], 2).rest(3).rise().walk(12).sit().rest(3)
    found = follow_trunk(regularise(wear(body, placement, offset=0.1, seed=2), 50.0), placement).transfers
    begin, end = (mark[1] / synth.RATE_HZ for mark in body.marks)
    assert [transfer.height_m > 0 for transfer in found] == [True, False]
    assert found[0].last / 50.0 < begin + 4.0
    assert found[1].first / 50.0 > end - 2.0


def test_ways_up_and_down_that_a_lean_makes_unequal_are_one_stand() -> None:
    def way(height_m: float) -> Pelvis:
        return Pelvis(0, 50.0, np.array([0.0, height_m]), np.zeros(2))

    unequal = [way(height_m) for height_m in (0.20, -0.21, 0.26, -0.20, 0.27, -0.20)]
    assert own_excursion(unequal) == pytest.approx(0.2325)
    assert own_excursion([way(0.1), way(-0.1), way(0.4)]) == pytest.approx(0.4)
    assert own_excursion([way(-0.4)]) == pytest.approx(0.4)


@pytest.mark.parametrize("placement", TRUNK)
@pytest.mark.parametrize(("recline", "stoop"), [(0.1, 0.3), (0.1, 0.4), (0.3, 0.3)])
def test_who_stands_stooped_and_hardly_bends_to_rise_has_stood(
    recline: float, stoop: float, placement: Placement
) -> None:
    """Leaning back spans more than the trunk straightens: no turning point tells these stands from their bends."""
    style = Style(rise_s=1.0, sit_s=0.9, lean=stoop + 0.12, stoop=stoop, recline=recline, hardness=1.0)
    for seed in range(4):
        body = Body(style, seed).rest(3).lean(0.4, 1).lean(-recline - 0.2, 1).rest(1)
        for _ in range(5):
            body.rise().rest(0.05).sit().rest(0.05)
        result = analyse_chair(wear(body.rest(2), placement, offset=0.1, seed=seed), placement)
        assert (len(result.rises), len(result.failed)) == (5, 0)


@pytest.mark.parametrize("placement", ["lower_back", "thigh"])  # a chest leans to the trunk's fastest bend
@pytest.mark.parametrize("k", [0.7, 1.5, 4.0])
def test_seat_off_is_as_far_from_the_landmark_at_every_pace(placement: Placement, k: float) -> None:
    style = Style(rise_s=k, sit_s=1.2 * k, lean_s=0.5 * k)
    body = five(style, pause_s=0.5)
    found = analyse_chair(wear(body, placement), placement).rises
    early = times([rise.seat_off for rise in found]) - truth_of(body).seat_off
    assert np.median(early) == pytest.approx(-FREE_S, abs=0.04)


@pytest.mark.parametrize("placement", PLACEMENTS)
def test_pauses_and_a_slipping_sensor_are_survived(placement: Placement) -> None:
    body = Body(STYLES["usual"], 6).rest(3)
    for number in range(5):
        body.rise().rest(0.3 + 2.0 * (number % 2)).sit().rest(0.2 + 4.0 * (number % 3))
    slip = (body.marks[3][1] / synth.RATE_HZ + 0.5, 0.25)
    assert len(analyse_chair(wear(body, placement, slip=slip), placement).rises) == 5


def test_nothing_is_found_where_nobody_rises() -> None:
    sitting = Body(STYLES["usual"], 7).rest(20)
    walking = Body(STYLES["usual"], 8).rest(2).walk(30).rest(2)
    for body in (sitting, walking):
        for placement in PLACEMENTS:
            result = analyse_chair(wear(body, placement), placement)
            assert result.rises == ()
            assert result.first_movement is None
            assert "no_rise" in result.quality


def test_a_thigh_that_swings_in_walking_does_not_sit() -> None:
    swinging = 0.85 + 0.3 * np.sin(np.arange(500) / 8)
    share = np.concatenate([np.zeros(100), np.minimum(swinging, 1.0), np.zeros(100)])
    assert [span.standing for span in find_spans(share)] == [False, True, False]


@pytest.mark.parametrize(("reach", "stands"), [(0.7, False), (0.8, True)])
def test_a_thigh_that_comes_up_by_less_than_three_quarters_stays_seated(reach: float, stands: bool) -> None:
    share = np.concatenate([np.zeros(100), np.full(100, reach), np.zeros(100)])
    assert any(span.standing for span in find_spans(share)) is stands


def test_rises_before_the_cue_do_not_count() -> None:
    body = five(STYLES["usual"])
    imu = wear(body, "lower_back")
    all_of_them = analyse_chair(imu, "lower_back").rises
    cue_s = starts(all_of_them)[1] - 0.05
    result = analyse_chair(imu, "lower_back", cue_s=cue_s)
    assert result.rises == all_of_them[1:]
    assert result.five_rise_time is None
    early = analyse_chair(imu, "lower_back", cue_s=starts(all_of_them)[0] + 0.1)
    assert len(early.rises) == 5
    assert "movement_before_cue" in early.quality


def test_a_recording_that_begins_in_movement_has_no_first_movement() -> None:
    body = five(STYLES["usual"])
    imu = wear(body, "lower_back")
    begin = int(100 * (truth_of(body).first_movement + 0.2))
    assert imu.gyr is not None
    result = analyse_chair(Imu(imu.time_s[begin:], imu.acc[begin:], imu.gyr[begin:]), "lower_back")
    assert len(result.rises) == 5
    assert result.first_movement is None
    assert result.five_rise_time is None
    assert "begins_in_movement" in result.quality


def test_a_long_gap_inside_the_rises_is_no_time() -> None:
    body = five(STYLES["usual"], pause_s=1.5)
    imu = wear(body, "lower_back")
    lost = int(100 * (truth_of(body).seat_on[1] + 0.5))
    keep = np.ones(len(imu.time_s), dtype=bool)
    keep[lost : lost + 70] = False
    assert imu.gyr is not None
    result = analyse_chair(Imu(imu.time_s[keep], imu.acc[keep], imu.gyr[keep]), "lower_back")
    assert len(result.rises) == 5
    assert {"long_gap", "gap_in_rise"} <= set(result.quality)
    assert result.five_rise_time is None


def test_what_cannot_tell_a_rise_is_refused_in_words() -> None:
    imu = wear(five(STYLES["usual"]), "lower_back")
    with pytest.raises(SignalError, match="wear a sensor at lower back, chest or thigh"):
        analyse_chair(imu, "wrist")


def test_a_thigh_without_gyroscope_counts_and_times() -> None:
    for name, style in STYLES.items():
        body = five(style, seed=3)
        result = analyse_chair(replace(wear(body, "thigh", offset=0.1, seed=5), gyr=None), "thigh")
        truth, found = truth_of(body), [r.standing for r in result.rises]
        assert len(found) == 5, name
        assert "rates_inferred" in result.quality
        assert (np.abs(times(found) - truth.standing) < [0.05 + 3 * m.u_s for m in found]).all(), name


@pytest.mark.parametrize("placement", TRUNK)
def test_a_trunk_without_gyroscope_is_never_silently_wrong(placement: Placement) -> None:
    """Either five rises at their times, or the result says that it does not know."""
    told = 0
    for style, seed in cohort():
        body = five(style, pause_s=0.4, seed=seed)
        result = analyse_chair(replace(wear(body, placement, offset=0.1, seed=seed), gyr=None), placement)
        if "count_unsure" in result.quality:
            assert result.five_rise_time is None
        elif len(result.rises) == 5:
            told += 1
            off = times([r.standing for r in result.rises]) - truth_of(body).standing
            assert (np.abs(off) < [0.1 + 3 * r.standing.u_s for r in result.rises]).all(), style
    assert told >= 20


@pytest.mark.parametrize("placement", TRUNK)
def test_without_gyroscope_deep_bends_beside_the_rises_make_the_count_unsure(placement: Placement) -> None:
    style = STYLES["usual"]
    body = five(style, seed=1).rest(2)
    plain = wear(body, placement, offset=0.1, seed=1)
    for _ in range(2):
        body.lean(0.7, 0.8).rest(0.5).lean(body_upright(style), 0.8).rest(2)
    bent = wear(body, placement, offset=0.1, seed=1)
    assert "count_unsure" not in analyse_chair(replace(plain, gyr=None), placement).quality
    assert "count_unsure" not in analyse_chair(bent, placement).quality
    result = analyse_chair(replace(bent, gyr=None), placement)
    assert "count_unsure" in result.quality
    assert result.five_rise_time is None
    assert result.five_sits_time is None


@pytest.mark.shared
@pytest.mark.parametrize(("stream", "placement"), [("pelvis", "lower_back"), ("trunk", "chest"), ("thigh", "thigh")])
def test_real_rises_without_gyroscope_are_counted(shared_data: Path, stream: str, placement: Placement) -> None:
    for trial, count in (("5sts", 5), ("30sts", 14)):
        imu, _ = real(shared_data, f"bench_5sts/subject_01_{trial}", stream)
        result = analyse_chair(replace(imu, gyr=None), placement)
        assert len(result.rises) == count


BASE = {p: wear(five(STYLES["usual"], seed=9), p, rate_hz=400, noise=(0.0, 0.0)) for p in PLACEMENTS}


def events(imu: Imu, placement: Placement) -> list[Moment]:
    result = analyse_chair(imu, placement)
    assert len(result.rises) == 5
    assert result.first_movement is not None
    return [
        result.first_movement,
        *(m for r in result.rises for m in (r.seat_off, r.standing, r.seat_on) if m is not None),
    ]


REFERENCE = {p: events(BASE[p], p) for p in PLACEMENTS}


def assert_same(imu: Imu, placement: Placement, *, shift_s: float = 0.0, within_u: bool = False) -> None:
    for found, true in zip(events(imu, placement), REFERENCE[placement], strict=True):
        allowed = max(0.010, found.u_s) if within_u else 0.010
        assert abs(found.t_s - shift_s - true.t_s) <= allowed


def sampled(imu: Imu, rate_hz: float) -> Imu:
    time_s = np.arange(imu.time_s[0], imu.time_s[-1], 1 / rate_hz)
    assert imu.gyr is not None
    acc, gyr = (np.stack([np.interp(time_s, imu.time_s, c) for c in m.T], axis=1) for m in (imu.acc, imu.gyr))
    return Imu(time_s, acc, gyr)


@pytest.mark.parametrize(("degrees", "over_s"), [(10.0, 0.1), (10.0, 10.0), (30.0, 0.1)])
@pytest.mark.parametrize("placement", TRUNK)
@pytest.mark.parametrize("name", ["usual", "slow"])
def test_a_slipping_sensor_loses_no_rise(name: str, placement: Placement, degrees: float, over_s: float) -> None:
    body = five(STYLES[name], pause_s=0.4)
    truth = truth_of(body)
    for seed in range(3):
        imu = wear(body, placement, offset=0.1, seed=seed)
        axis = np.random.default_rng(seed).normal(size=3)
        imu = slipped(imu, imu.time_s[-1] * (0.3 + 0.1 * seed), degrees, over_s, axis)
        found = [rise.standing for rise in analyse_chair(imu, placement).rises]
        assert len(found) == 5
        assert (np.abs(times(found) - truth.standing) < [0.15 + 3 * m.u_s for m in found]).all()


@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("name", ["usual", "slow"])
@pytest.mark.parametrize("quiet_s", [3.0, 90.0])
def test_minutes_of_quiet_and_long_pauses_change_nothing(name: str, placement: Placement, quiet_s: float) -> None:
    body = Body(STYLES[name], 0).rest(quiet_s)
    for _ in range(5):
        body.rise().rest(0.4).sit().rest(20)
    result = analyse_chair(wear(body.rest(quiet_s), placement, offset=0.1, seed=0), placement)
    assert len(result.rises) == 5
    assert result.failed == ()
    assert times([r.standing for r in result.rises]) == pytest.approx(truth_of(body).standing, abs=0.15)


@pytest.mark.parametrize("rate_hz", [25.0, 400.0])
@pytest.mark.parametrize("placement", PLACEMENTS)
@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_fewer_than_five_rises_are_counted_at_every_rate(count: int, placement: Placement, rate_hz: float) -> None:
    body = Body(STYLES["usual"], count).rest(3)
    for _ in range(count):
        body.rise().rest(0.4).sit().rest(0.4)
    result = analyse_chair(wear(body.rest(2), placement, offset=0.1, rate_hz=rate_hz, seed=count), placement)
    assert len(result.rises) == count
    assert result.five_rise_time is None


@pytest.mark.parametrize("placement", TRUNK)
def test_rocking_before_the_rise_is_its_first_movement(placement: Placement) -> None:
    style = STYLES["usual"]
    body = Body(style, 2).rest(3)
    for _ in range(3):
        body.lean(0.45, 0.45).lean(body_upright(style), 0.45)
    for _ in range(5):
        body.rise().rest(0.4).sit().rest(0.4)
    result = analyse_chair(wear(body.rest(2), placement, offset=0.1, seed=2), placement)
    assert len(result.rises) == 5
    assert result.first_movement is not None
    assert result.first_movement.t_s == pytest.approx(truth_of(body).first_movement, abs=0.15)


def fidgeting(style: Style, rest_s: float) -> Body:
    """Leans a little, rests for so long, then rises five times."""
    body = Body(style, 4).rest(3).lean(body_upright(style) + 0.12, 0.7).rest(rest_s)
    for _ in range(5):
        body.rise().rest(0.5).sit().rest(0.5)
    return body.rest(2)


@pytest.mark.parametrize("k", [1.0, 1.5, 3.0, 5.0])
@pytest.mark.parametrize("placement", TRUNK)
@pytest.mark.parametrize("rest_s", [0.02, 0.35])
def test_the_first_movement_keeps_the_pace_of_the_rise(rest_s: float, placement: Placement, k: float) -> None:
    body = fidgeting(STYLES["usual"], rest_s)
    imu = wear(body, placement, noise=(0.01, 0.001))
    first = analyse_chair(slowed(imu, k), placement).first_movement
    truth = truth_of(body).first_movement
    assert (truth < 3.5) == (rest_s < 0.1)
    assert first is not None
    assert first.t_s / k == pytest.approx(truth, abs=0.03)


@pytest.mark.parametrize("placement", TRUNK)
def test_a_lean_that_a_gyroscope_hardly_sees_makes_the_first_movement_unsure(placement: Placement) -> None:
    """A tenth of its angular speed, 0.25 rad/s, is what the sensor reads at rest."""
    style = replace(STYLES["slow"], lean=0.35, lean_s=4.0, recline=-0.05)
    body = five(style, pause_s=1.0, seed=2)
    result = analyse_chair(wear(body, placement, seed=1), placement)
    plain = analyse_chair(wear(five(STYLES["slow"], pause_s=1.0, seed=2), placement, seed=1), placement)
    assert result.first_movement is not None
    assert plain.first_movement is not None
    assert result.first_movement.u_s > 2 * plain.first_movement.u_s
    assert abs(result.first_movement.t_s - truth_of(body).first_movement) < 2 * result.first_movement.u_s


@settings(max_examples=12)
@given(rate_hz=st.floats(50, 400), placement=st.sampled_from(PLACEMENTS))
def test_the_sampling_rate_does_not_matter(rate_hz: float, placement: Placement) -> None:
    assert_same(sampled(BASE[placement], rate_hz), placement)


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), placement=st.sampled_from(PLACEMENTS))
def test_the_mounting_does_not_matter(seed: int, placement: Placement) -> None:
    turn = synth.random_rotation(np.random.default_rng(seed))
    imu = BASE[placement]
    assert imu.gyr is not None
    assert_same(Imu(imu.time_s, imu.acc @ turn.T, imu.gyr @ turn.T), placement)


@settings(max_examples=8)
@given(shift_s=st.floats(-1e5, 1e5), placement=st.sampled_from(PLACEMENTS))
def test_the_origin_of_time_does_not_matter(shift_s: float, placement: Placement) -> None:
    assert_same(replace(BASE[placement], time_s=BASE[placement].time_s + shift_s), placement, shift_s=shift_s)


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), placement=st.sampled_from(PLACEMENTS))
def test_lost_samples_do_not_matter(seed: int, placement: Placement) -> None:
    imu = sampled(BASE[placement], 100)
    keep = np.random.default_rng(seed).random(len(imu.time_s)) > 0.1
    assert imu.gyr is not None
    assert_same(Imu(imu.time_s[keep], imu.acc[keep], imu.gyr[keep]), placement)


@settings(max_examples=12)
@given(seed=st.integers(0, 10_000), placement=st.sampled_from(PLACEMENTS))
def test_noise_stays_within_the_uncertainty(seed: int, placement: Placement) -> None:
    imu = sampled(BASE[placement], 100)
    rng = np.random.default_rng(seed)
    assert imu.gyr is not None
    noisy = Imu(imu.time_s, imu.acc + rng.normal(0, 0.1, imu.acc.shape), imu.gyr + rng.normal(0, 0.02, imu.gyr.shape))
    assert_same(noisy, placement, within_u=True)


# Real recordings: bench_5sts (seat force plate), ngimu_sts (video). They stay outside the project.


def real(folder: Path, trial: str, stream: str) -> tuple[Imu, dict[str, Any]]:
    spec = importlib.util.spec_from_file_location("load", folder / "load.py")
    assert spec is not None
    assert spec.loader is not None
    load = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(load)
    streams, truth = load.load_trial(folder / trial)
    return Imu(*load.on_acc_clock(streams[stream])), truth


BENCH: list[tuple[str, Placement]] = [("pelvis", "lower_back"), ("trunk", "chest"), ("thigh", "thigh")]


@pytest.mark.shared
@pytest.mark.parametrize(("stream", "placement"), BENCH)
@pytest.mark.parametrize(("trial", "count"), [("5sts", 5), ("30sts", 14), ("calib", 1)])
def test_rises_on_the_force_plate_are_all_counted(
    shared_data: Path, trial: str, count: int, stream: str, placement: Placement
) -> None:
    imu, _ = real(shared_data, f"bench_5sts/subject_01_{trial}", stream)
    result = analyse_chair(imu, placement)
    assert len(result.rises) == count
    assert result.failed == ()
    if trial == "calib":  # all three sensors show the one rise at 4 to 6 s
        assert 4.0 < result.rises[0].seat_off.t_s < result.rises[0].standing.t_s < 6.5


@pytest.mark.shared
@pytest.mark.parametrize(
    ("stream", "placement", "off_s", "on_s"),
    [("pelvis", "lower_back", 0.05, 0.10), ("trunk", "chest", 0.05, 0.10), ("thigh", "thigh", 0.10, 0.10)],
)
def test_seat_off_and_contact_agree_with_the_force_plate(
    shared_data: Path, stream: str, placement: Placement, off_s: float, on_s: float
) -> None:
    off, on = [], []
    for trial in ("5sts", "30sts"):
        imu, truth = real(shared_data, f"bench_5sts/subject_01_{trial}", stream)
        result = analyse_chair(imu, placement)
        plate = np.array(truth["intervals_s"]["seat_unloaded"])
        off.append(times([r.seat_off for r in result.rises]) - plate[:, 0])
        on.append(times(seat_ons(result)) - plate[:, 1])
    assert np.median(np.abs(np.concatenate(off))) <= off_s
    assert np.median(np.abs(np.concatenate(on))) <= on_s


@pytest.mark.shared
@pytest.mark.parametrize("trial", ["5sts", "30sts", "calib"])
def test_a_chest_meets_the_seat_when_the_pelvis_does(shared_data: Path, trial: str) -> None:
    pelvis, chest = (
        seat_ons(analyse_chair(real(shared_data, f"bench_5sts/subject_01_{trial}", stream)[0], placement))
        for stream, placement in BENCH[:2]
    )
    assert all(abs(above.t_s - below.t_s) < 2 * above.u_s for below, above in zip(pelvis, chest, strict=True))


@pytest.mark.shared
@pytest.mark.parametrize(("stream", "placement"), BENCH[:2])
def test_five_sits_take_as_long_as_the_authors_say(shared_data: Path, stream: str, placement: Placement) -> None:
    imu, truth = real(shared_data, "bench_5sts/subject_01_5sts", stream)
    found = analyse_chair(imu, placement).five_sits_time
    assert found is not None
    assert found.t_s == pytest.approx(truth["values"]["authors_results"]["5STS_duration"], abs=0.25)


@pytest.mark.shared
@pytest.mark.parametrize("placement", ["chest", "thigh"])
def test_every_stand_on_video_is_found_and_none_while_walking(shared_data: Path, placement: Placement) -> None:
    imu, truth = real(shared_data, "ngimu_sts/p1", placement)
    result = analyse_chair(imu, placement)
    stands = truth["intervals_s"]["standing"]
    assert len(result.rises) == len(stands) == 22
    for rise, (up_s, down_s) in zip(result.rises, stands, strict=True):
        assert rise.seat_off.t_s < up_s < rise.standing.t_s < down_s + 0.2


@pytest.mark.shared
@pytest.mark.parametrize("k", [1.5, 2.0, 3.0])
@pytest.mark.parametrize(("stream", "placement"), BENCH)
def test_slowed_rises_are_the_same_rises(shared_data: Path, stream: str, placement: Placement, k: float) -> None:
    imu, _ = real(shared_data, "bench_5sts/subject_01_5sts", stream)
    usual, slow = analyse_chair(imu, placement), analyse_chair(slowed(imu, k), placement)
    assert len(slow.rises) == len(usual.rises)
    span = times([usual.rises[0].standing, usual.rises[4].standing])
    slow_span = times([slow.rises[0].standing, slow.rises[4].standing])
    assert np.diff(slow_span)[0] == pytest.approx(k * np.diff(span)[0], rel=0.03)
    assert usual.five_sits_time is not None
    assert slow.five_sits_time is not None
    assert slow.five_sits_time.t_s == pytest.approx(k * usual.five_sits_time.t_s, rel=0.03)


@pytest.mark.shared
@pytest.mark.parametrize("k", [1.0, 3.0])
def test_two_swings_on_the_seat_make_it_no_stand(shared_data: Path, k: float) -> None:
    """The thigh sinks twice into the seat of this recording: the slower the rise, the less its height tells."""
    imu, _ = real(shared_data, "bench_5sts/subject_01_calib", "thigh")
    result = analyse_chair(slowed(imu, k), "thigh")
    assert len(result.rises) == 1
    assert result.rises[0].seat_on is not None


@pytest.mark.shared
@pytest.mark.parametrize("k", [1.5, 2.0, 3.0])
@pytest.mark.parametrize("placement", ["chest", "thigh"])
def test_slowed_stands_are_all_found(shared_data: Path, placement: Placement, k: float) -> None:
    imu, _ = real(shared_data, "ngimu_sts/p1", placement)
    usual, slow = analyse_chair(imu, placement).five_rise_time, analyse_chair(slowed(imu, k), placement)
    assert len(slow.rises) == 22
    assert usual is not None
    assert slow.five_rise_time is not None
    assert slow.five_rise_time.t_s == pytest.approx(k * usual.t_s, rel=0.03)


@pytest.mark.parametrize("placement", ["lower_back", "chest"])
def test_each_transfer_that_a_turn_of_the_height_tells_apart_begins_and_ends_at_rest(placement: Placement) -> None:
    """A trunk that hardly leans has no turning point in a short stand: what goes up and down is one step, and split."""
    u = regularise(wear(five(Style(lean=0.02, recline=-0.01), pause_s=0.3), placement), 50.0)
    transfers = follow_trunk(u, placement).transfers
    assert [transfer.height_m > 0 for transfer in transfers] == [True, False] * 5
    for transfer in transfers:
        assert len(transfer.course) == transfer.last - transfer.first + 1
        assert transfer.course[0] == 0
        assert transfer.course[-1] == pytest.approx(transfer.height_m, abs=0.05)
        assert np.abs(np.diff(transfer.course)[[0, -1]] * u.rate_hz).max() < 0.02
