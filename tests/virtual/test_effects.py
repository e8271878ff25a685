"""Every parameter of a participant does what its name says."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from rig.model.marks import Test
from rig.model.records import Packet
from rig.model.setup import Role
from rig.virtual import VirtualSession, run_session
from rig.virtual.imu import feel
from rig.virtual.landmarks import Landmarks
from rig.virtual.motion import GRID_S
from rig.virtual.participant import FailedRise, Participant, Pause, WalkStop
from tests.virtual.bodies import new_body, person, risen, times, trials, turned, walked

SHORT = person(refusals={Test.WALK_6M: "refused"})
CHANGES: dict[str, Any] = {
    "id": "another",
    "age_years": 91,
    "sex": "x",
    "rules": "nia",
    "height_m": 1.75,
    "trunk_depth_m": 0.30,
    "trunk_width_m": 0.45,
    "seat_height_m": 0.42,
    "speed_mps": 0.7,
    "cadence_spm": 95.0,
    "step_time_cv": 0.12,
    "step_width_m": 0.2,
    "reaction_s": 0.9,
    "rise_time_s": 2.0,
    "sit_time_s": 2.0,
    "standing_pause_s": 0.6,
    "seated_pause_s": 0.6,
    "flexion_deg": 48.0,
    "stoop_deg": 14.0,
    "recline_deg": 22.0,
    "landing": 0.78,
    "rises_possible": 2,
    "failed_rises": (FailedRise(2, 0.3),),
    "chair_pauses": (Pause(1, 2.0),),
    "needs_arms": True,
    "cannot_rise": True,
    "sway_mm": 9.0,
    "step_out_s": {Test.TANDEM: 5.0},
    "tremor_deg": 0.15,
    "aid": "cane",
    "turn_time_s": 3.5,
    "turn_steps": 9,
    "turn_hesitation_s": 1.5,
    "tug_turn_at_m": 3.0,
    "sit_overlap_s": 0.5,
    "walk_stop": WalkStop(Test.WALK_4M, 2.0, 3.0),
    "refusals": {Test.TUG: "other"},
    "answers": {"falls_last_year": 3},
}


def test_every_parameter_is_listed_here() -> None:
    assert set(CHANGES) == {field.name for field in msgspec.structs.fields(Participant)}


@pytest.fixture(scope="module")
def plain() -> VirtualSession:
    return run_session(SHORT, seed=4)


@pytest.mark.parametrize("name", CHANGES)
def test_every_parameter_changes_the_records(plain: VirtualSession, name: str) -> None:
    changed = run_session(msgspec.structs.replace(SHORT, **{name: CHANGES[name]}), seed=4)
    assert changed.records != plain.records
    if name in ("id", "age_years", "sex", "rules", "answers"):
        assert [r for r in changed.records if isinstance(r, Packet)] == [
            r for r in plain.records if isinstance(r, Packet)
        ]


def compare(name: str, values: tuple[Any, Any], measure: Callable[[Participant], float]) -> tuple[float, float]:
    one, other = (measure(person(**{name: value})) for value in values)
    return one, other


def gait_speed(who: Participant) -> float:
    x = walked(who).motion.pelvis.position[:, 0]
    a, b = (int(np.argmax(x > place)) for place in (2.0, 6.0))
    return 4.0 / ((b - a) * GRID_S)


def step_times(who: Participant) -> np.ndarray:
    return np.diff([step.contact for step in walked(who, 25.0).all_steps[2:-3]])


@pytest.mark.parametrize("speed", [0.2, 0.4, 0.7, 1.0, 1.3, 1.6])
@pytest.mark.parametrize("aid", ["none", "rollator", "walker"])
def test_speed_is_kept(speed: float, aid: str) -> None:
    assert gait_speed(person(speed_mps=speed, aid=aid)) == pytest.approx(speed, rel=0.07)


def test_cadence_is_kept() -> None:
    assert 60 / step_times(person(cadence_spm=90.0)).mean() == pytest.approx(90, rel=0.03)


@pytest.mark.parametrize("cv", [0.02, 0.06, 0.12])
def test_step_time_variability_is_kept(cv: float) -> None:
    steps = step_times(person(step_time_cv=cv))
    assert steps.std() / steps.mean() == pytest.approx(cv, rel=0.35)


def test_step_width_is_kept() -> None:
    for width in (0.08, 0.18):
        motion = walked(person(step_width_m=width)).motion
        apart = motion.foot_left.position[:, 1] - motion.foot_right.position[:, 1]
        assert np.median(apart) == pytest.approx(width, abs=0.01)


@pytest.mark.parametrize("seconds", [0.8, 1.5, 2.5, 4.0, 6.0])
def test_rise_time_is_first_movement_to_full_stand(seconds: float) -> None:
    landmarks, span = risen(person(rise_time_s=seconds))
    took = [
        rise.standing - landmarks.first_movement(rise, span.start)
        for rise in landmarks.rises(span)
        if rise.standing is not None
    ]
    assert len(took) == 4
    assert np.mean(took) == pytest.approx(seconds, rel=0.10)
    shares = [
        (rise.seat_off - first) / (rise.standing - first)
        for rise in landmarks.rises(span)
        if rise.standing is not None
        for first in [landmarks.first_movement(rise, span.start)]
    ]
    assert 0.25 < np.mean(shares) < 0.55


@pytest.mark.parametrize("seconds", [0.7, 1.5, 3.0])
def test_sit_time_is_leaving_the_stand_to_contact(seconds: float) -> None:
    landmarks, span = risen(person(sit_time_s=seconds))
    took = [r.seat_on - landmarks.leaves_stand(r.seat_on) for r in landmarks.rises(span) if r.seat_on is not None]
    assert np.mean(took) == pytest.approx(seconds, rel=0.08)


def peak_lean(who: Participant) -> float:
    return float(np.degrees(risen(who, 2)[0].motion.trunk.pitch.max()))


def test_flexion_stoop_and_recline() -> None:
    assert compare("flexion_deg", (30.0, 45.0), peak_lean) == pytest.approx((30.0, 45.0), abs=4.5)
    motion = risen(person(stoop_deg=12.0, recline_deg=20.0), 1)[0].motion
    assert np.degrees(motion.trunk.pitch[100]) == pytest.approx(12.0, abs=1.0)
    assert np.degrees(motion.trunk.pitch[-10]) == pytest.approx(-20.0, abs=1.0)


def hardest_landing(who: Participant) -> float:
    landmarks, span = risen(who, 3)
    felt = feel(Role.LOWER_BACK, landmarks.motion).force
    contacts = [r.seat_on for r in landmarks.rises(span) if r.seat_on is not None]
    near = [felt[int((t - 0.05) / GRID_S) : int((t + 0.2) / GRID_S), 2].max() for t in contacts]
    return float(np.mean(near))


def test_who_drops_into_the_seat_lands_harder() -> None:
    soft, hard = compare("landing", (0.95, 0.78), hardest_landing)
    assert soft < 13.0
    assert hard > soft + 3.0


def test_sway_is_kept_and_grows_with_the_stance() -> None:
    spread = {}
    for stance in (Test.SIDE_BY_SIDE, Test.TANDEM):
        body = new_body(person(sway_mm=6.0))
        body.take_stance(stance)
        start = body.now + 1.0
        body.wait(60.0)
        place = body.motion().pelvis.position[int(start / GRID_S) :, :2]
        spread[stance] = float(np.sqrt((place.std(axis=0) ** 2).sum())) * 1e3
    assert spread[Test.SIDE_BY_SIDE] == pytest.approx(6.0 * 1.3, rel=0.3)
    assert spread[Test.TANDEM] > 1.4 * spread[Test.SIDE_BY_SIDE]


def shaking(who: Participant) -> float:
    landmarks, span = risen(who, 3)
    band = butter(2, (3.5, 6.5), "bandpass", fs=1 / GRID_S, output="sos")
    rate = sosfiltfilt(band, landmarks.motion.trunk.rate()[:, 1])
    rises = [rate[int(r.seat_off / GRID_S) : int((r.standing or 0) / GRID_S)] for r in landmarks.rises(span)]
    return float(np.sqrt(np.mean(np.concatenate(rises) ** 2)))


def test_tremor_shakes_the_rise() -> None:
    calm, shaky = (shaking(person("frail_walker", tremor_deg=deg)) for deg in (0.0, 0.15))
    assert shaky > calm + 0.015


@pytest.mark.parametrize(("seconds", "steps"), [(1.3, 3), (1.8, 5), (3.0, 7), (4.5, 10), (6.0, 14)])
def test_turn_time_is_kept(seconds: float, steps: int) -> None:
    landmarks = turned(person(turn_time_s=seconds, turn_steps=steps))
    (turn,) = landmarks.turns(span_of(landmarks))
    assert turn.end - turn.start == pytest.approx(seconds, rel=0.20)
    assert np.degrees(turn.angle) == pytest.approx(180, abs=3)


@pytest.mark.parametrize("angle", [-np.pi, -np.pi / 2, np.pi / 2, np.radians(60)])
def test_turn_angles(angle: float) -> None:
    landmarks = turned(person(), angle)
    (turn,) = landmarks.turns(span_of(landmarks))
    assert np.degrees(turn.angle) == pytest.approx(np.degrees(angle), abs=3)


def test_small_turns_are_none() -> None:
    landmarks = turned(person(), np.radians(35))
    assert landmarks.turns(span_of(landmarks)) == []


def test_hesitation_lengthens_the_turn() -> None:
    plainly, late = (
        landmarks.turns(span_of(landmarks))[0]
        for landmarks in (turned(person()), turned(person(turn_hesitation_s=2.0)))
    )
    assert (late.end - late.start) - (plainly.end - plainly.start) == pytest.approx(2.0, abs=0.2)


def span_of(landmarks: Landmarks) -> Any:
    from rig.virtual.spans import Span

    return Span(0.0, float(landmarks.motion.time_s[-1]))


def test_reaction_is_cue_to_first_movement(plain: VirtualSession) -> None:
    slow = run_session(msgspec.structs.replace(SHORT, reaction_s=1.2), seed=4)
    for session, reaction in ((plain, SHORT.reaction_s), (slow, 1.2)):
        (chair,) = trials(session, Test.CHAIR)
        took = times(chair, "first_movement")[0] - times(chair, "cue")[0]
        assert took == pytest.approx(reaction, abs=0.25 * reaction + 0.1)


def test_sitting_down_while_still_turning(plain: VirtualSession) -> None:
    early = run_session(msgspec.structs.replace(SHORT, sit_overlap_s=1.2), seed=4)
    (tug,) = trials(early, Test.TUG)
    (turn_end,) = [times(tug, "turn_end")[-1]]
    sits = next(p for p in tug.phases if p.name == "stand_to_sit")
    assert (sits.start_ns - tug.start_ns) / 1e9 < turn_end - times(tug, "cue")[0] + 3.0
    assert tug.times_s["sppb"] < trials(plain, Test.TUG)[0].times_s["sppb"] - 0.8
