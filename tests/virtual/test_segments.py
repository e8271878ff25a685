"""The second movement family moves as a body can, repeats itself, and does what its participant says."""

import ast
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt
from scipy.spatial.transform import Rotation

import rig.virtual.body.segments as family
from rig.model.marks import Test
from rig.model.setup import Role
from rig.virtual import VirtualSession, run_session
from rig.virtual.body import Turn, Walk
from rig.virtual.body.segments import SegmentsBody
from rig.virtual.body.segments.manner import StepOut
from rig.virtual.imu import GRAVITY, feel, site
from rig.virtual.lab import Options
from rig.virtual.landmarks import Landmarks, sole_ends
from rig.virtual.motion import GRID_S, Array, Motion, Pose
from rig.virtual.participant import Participant
from rig.virtual.randomness import stream
from rig.virtual.spans import Span
from tests.virtual.bodies import legs_of, person, times, trials

PEOPLE = ("robust", "pre_frail", "frail_walker")
OPTIONS = Options(family="segments")
STEP_OUTS: tuple[StepOut, ...] = ("lateral", "backward", "pivot", "forward")


def new_body(who: Participant, seed: int = 1) -> SegmentsBody:
    body = SegmentsBody(who, -0.25, stream(seed, "body"))
    body.wait(2.0)
    return body


def walked(who: Participant, metres: float = 8.0, seed: int = 1) -> Landmarks:
    body = new_body(who, seed)
    body.go((Walk(metres),))
    body.wait(3.0)
    return Landmarks(body.motion())


def turned(who: Participant) -> Landmarks:
    body = new_body(who)
    body.go((Walk(3.0), Turn(np.pi, hesitates=True), Walk(0.5)))
    body.wait(3.0)
    return Landmarks(body.motion())


def risen(who: Participant, times: int = 3, seed: int = 1) -> tuple[Landmarks, Span]:
    body = new_body(who, seed)
    body.go((Walk(0.06),), with_aid=False)
    body.wait(1.5)
    body.sit()
    body.wait(1.5)
    start = body.now
    for _ in range(times):
        body.wait(1.6)
        body.rise()
        body.wait(1.5)
        body.sit()
    body.wait(2.0)
    return Landmarks(body.motion()), Span(start, body.now)


def motions(name: str) -> list[Motion]:
    who = person(name)
    return [walked(who, 5.0).motion, turned(who).motion, risen(who, 2)[0].motion]


def speed(path: Array) -> Array:
    return np.asarray(np.linalg.norm(np.gradient(path, GRID_S, axis=0), axis=1))


def low_pass(values: Array, hertz: float) -> Array:
    return np.asarray(sosfiltfilt(butter(2, hertz, fs=1 / GRID_S, output="sos"), values, axis=0))


@pytest.fixture(scope="module")
def session() -> VirtualSession:
    return run_session(person("tandem_step_out"), seed=1, options=OPTIONS)


def test_the_family_shares_no_movement_with_the_first_one() -> None:
    imported = set()
    for path in Path(str(family.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            imported |= {node.module} if isinstance(node, ast.ImportFrom) else set()
    bodies = {name for name in imported if name and name.startswith("rig.virtual.body.")}
    assert all(name.startswith("rig.virtual.body.segments") for name in bodies)


def test_the_same_seed_gives_the_same_session_and_another_one_does_not(session: VirtualSession) -> None:
    again = run_session(person("tandem_step_out"), seed=1, options=OPTIONS)
    assert again.records == session.records
    assert again.truth == session.truth
    other = run_session(person("tandem_step_out"), seed=2, options=OPTIONS)
    assert other.records != session.records


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("role", list(Role))
def test_integrating_what_is_felt_gives_back_the_path(name: str, role: Role) -> None:
    for motion in motions(name):
        felt = feel(role, motion)
        pose, offset = site(role, motion)
        turn = Rotation.from_matrix(pose.rotation()[0])
        middle = 0.5 * (felt.rate[1:] + felt.rate[:-1]) * GRID_S
        attitudes = [turn := turn * Rotation.from_rotvec(step) for step in middle[: int(3 / GRID_S)]]
        count = len(attitudes)
        world = Rotation.concatenate(attitudes).apply(felt.force[1 : count + 1]) - [0, 0, GRAVITY]
        path = np.cumsum(np.cumsum(world, axis=0), axis=0) * GRID_S**2
        true = pose.position + pose.rotation() @ offset
        lag = true[1 : count + 1] - true[0] - (true[1] - true[0]) * np.arange(1, count + 1)[:, None]
        assert np.abs(path - lag).max() < 0.03


@pytest.mark.parametrize("name", PEOPLE)
def test_feet_neither_slide_nor_sink(name: str) -> None:
    for motion in motions(name):
        for foot in (motion.foot_left, motion.foot_right):
            heel, toe = sole_ends(foot, motion.build.sole)
            assert min(heel[:, 2].min(), toe[:, 2].min()) > -1e-9
            flat = np.maximum(heel[:, 2], toe[:, 2]) < 1e-9
            edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(int)))
            for start, end in zip(edges[::2], edges[1::2], strict=True):
                assert np.ptp(foot.position[start:end], axis=0).max() < 1e-9
            for end_, other in ((heel, toe), (toe, heel)):
                pivot = (end_[:, 2] < 1e-9) & (other[:, 2] > 1e-6)
                assert speed(end_)[2:-2][pivot[1:-3] & pivot[3:-1]].max(initial=0) < 1e-6


@pytest.mark.parametrize("name", PEOPLE)
def test_legs_are_long_enough(name: str) -> None:
    """Hip to ankle exceeds thigh and shank by 6 % at most, as in the first family: these hips have no width."""
    for motion in motions(name):
        build = motion.build
        for foot in (motion.foot_left, motion.foot_right):
            back, up = foot.rotation()[:, :, 0], foot.rotation()[:, :, 2]
            ankle = foot.position - build.sole_ahead * back + build.ankle * up
            reach = np.linalg.norm(motion.pelvis.position - ankle, axis=1)
            assert reach.max() < 1.06 * legs_of(person(name))


@pytest.mark.parametrize("name", PEOPLE)
def test_movement_is_smooth_apart_from_contacts(name: str) -> None:
    for motion in motions(name):
        assert speed(motion.pelvis.position).max() < 2.5
        for pose in (motion.pelvis, motion.trunk, motion.thigh):
            assert np.linalg.norm(pose.rate(), axis=1).max() < 8.0
        for foot in (motion.foot_left, motion.foot_right):
            assert speed(foot.position).max() < 6.0
            assert np.linalg.norm(foot.rate(), axis=1).max() < 14.0


@pytest.mark.parametrize("name", PEOPLE)
def test_a_stand_reaches_the_standing_height_and_a_seat_the_seated_height(name: str) -> None:
    landmarks, span = risen(person(name))
    height, rest = landmarks.motion.pelvis.position[:, 2], landmarks.motion.rest
    assert height[: int(1 / GRID_S)] == pytest.approx(rest.standing_height, abs=0.004)
    seated = height[int(span.start / GRID_S) : int((span.start + 1.4) / GRID_S)]
    assert seated == pytest.approx(rest.seated_height, abs=0.0005)
    rises = landmarks.rises(span)
    assert len(rises) == 3
    for rise in rises:
        assert rise.standing is not None
        assert height[int((rise.standing + 1.0) / GRID_S)] == pytest.approx(rest.standing_height, abs=0.008)
    assert 0.25 < rest.excursion < 0.42


@pytest.mark.parametrize("seconds", [0.9, 1.5, 3.0, 5.0])
def test_a_rise_lasts_as_long_as_the_participant_says(seconds: float) -> None:
    landmarks, span = risen(person(rise_time_s=seconds))
    for rise in landmarks.rises(span):
        first = landmarks.first_movement(rise, span.start)
        assert rise.standing is not None
        assert rise.standing - first == pytest.approx(seconds, rel=0.22)
        assert 0.15 * seconds < rise.seat_off - first < 0.6 * seconds


@pytest.mark.parametrize(("rise_time_s", "least", "most"), [(0.9, 2.0, 6.0), (1.4, 0.9, 3.0), (4.0, 0.0, 0.8)])
def test_vertical_acceleration_of_a_rise(rise_time_s: float, least: float, most: float) -> None:
    landmarks, span = risen(person(rise_time_s=rise_time_s))
    path = landmarks.motion.pelvis.position[:, 2]
    push = low_pass(np.gradient(np.gradient(path, GRID_S), GRID_S), 5.0)
    for rise in landmarks.rises(span):
        assert least < push[int(rise.seat_off / GRID_S) - 50 : int((rise.standing or 0) / GRID_S)].max() < most


@pytest.mark.parametrize("name", ["robust", "pre_frail", "frail_walker"])
def test_trunk_leans_30_to_50_degrees_in_a_rise(name: str) -> None:
    assert 28 < np.degrees(risen(person(name))[0].motion.trunk.pitch.max()) < 52


def test_who_lets_go_lands_harder() -> None:
    def landing(control: float) -> float:
        landmarks, span = risen(person(landing=control))
        height = landmarks.motion.pelvis.position[:, 2]
        ends = [int((rise.seat_on or 0) / GRID_S) for rise in landmarks.rises(span)]
        return float(np.mean([np.gradient(height, GRID_S)[end - 5 : end].min() for end in ends]))

    assert landing(0.97) > landing(0.76) + 0.1


@pytest.mark.parametrize("pace", [0.25, 0.45, 0.8, 1.2, 1.5])
def test_walks_at_the_speed_and_the_cadence_of_people(pace: float) -> None:
    landmarks = walked(person(speed_mps=pace), 12.0)
    x = landmarks.motion.pelvis.position[:, 0]
    seconds = (np.argmax(x > 9) - np.argmax(x > 3)) * GRID_S
    assert 6 / seconds == pytest.approx(pace, rel=0.15)
    contacts = [step.contact for step in landmarks.all_steps[2:-3]]
    assert 40 < 60 / np.diff(contacts).mean() < 140


@pytest.mark.parametrize(("pace", "least", "most"), [(1.3, 1.0, 3.2), (0.7, 0.3, 1.4), (0.3, 0.05, 0.6)])
def test_vertical_acceleration_at_the_lower_back_when_walking(pace: float, least: float, most: float) -> None:
    motion = walked(person(speed_mps=pace)).motion
    x = motion.pelvis.position[:, 0]
    steady = slice(int(np.argmax(x > 2)), int(np.argmax(x > 6)))
    assert least < feel(Role.LOWER_BACK, motion).force[steady, 2].std() < most


@pytest.mark.parametrize(("pace", "least", "most"), [(1.2, 0.16, 0.34), (0.7, 0.26, 0.46), (0.3, 0.36, 0.62)])
def test_double_support_part_of_the_gait_cycle(pace: float, least: float, most: float) -> None:
    steps = walked(person(speed_mps=pace), 10.0).all_steps[3:-3]
    swing = np.array([step.contact - step.foot_off for step in steps])
    cycle = np.array([late.contact - early.contact for early, late in zip(steps, steps[2:], strict=False)])
    assert least < np.median(1 - 2 * swing[:-2] / cycle) < most


def test_the_trunk_starts_before_the_foot() -> None:
    for name in PEOPLE:
        landmarks = walked(person(name))
        off = landmarks.all_steps[0].foot_off
        assert 0.15 < off - landmarks.onset(off, 0.0) < 0.9


@pytest.mark.parametrize("name", PEOPLE)
def test_half_a_turn_is_half_a_turn(name: str) -> None:
    landmarks = turned(person(name))
    (turn,) = landmarks.turns(Span(0.0, float(landmarks.motion.time_s[-1])))
    assert np.degrees(turn.angle) == pytest.approx(180, abs=6)
    assert 0.5 * person(name).turn_time_s < turn.end - turn.start < 1.5 * person(name).turn_time_s


def test_quiet_standing_is_quiet_at_the_lower_back() -> None:
    body = new_body(person())
    body.take_stance(Test.SIDE_BY_SIDE)
    start = int((body.now + 0.5) / GRID_S)
    body.wait(12.0)
    felt = low_pass(feel(Role.LOWER_BACK, body.motion()).force[start:], 3.5)
    assert all(0.01 < felt[:, axis].std() < 0.15 for axis in (0, 1))


def stepped_out(kind: StepOut) -> tuple[float, Motion, float]:
    for seed in range(60):
        body = new_body(person("pre_frail"), seed)
        if body.manner.step_out == kind:
            body.take_stance(Test.TANDEM)
            begin = body.now
            body.lose_balance(begin + 4.0)
            body.wait(3.0)
            motion = body.motion()
            out = Landmarks(motion).step_out(Span(begin, body.now))
            assert out is not None
            return out - begin, motion, begin
    raise AssertionError(kind)


def heel(foot: Pose, motion: Motion) -> Array:
    return sole_ends(foot, motion.build.sole)[0]


@pytest.mark.parametrize("kind", STEP_OUTS)
def test_every_step_out_comes_when_it_should_and_moves_the_hips(kind: StepOut) -> None:
    out, motion, begin = stepped_out(kind)
    assert out == pytest.approx(4.0, abs=0.06)
    at = int((begin + out) / GRID_S)
    quiet = motion.pelvis.position[at - 500 : at - 250, :2]
    shift = np.linalg.norm(motion.pelvis.position[at : at + 250, :2] - quiet.mean(axis=0), axis=1).max()
    assert 0.015 < shift < 0.20


def test_a_pivot_turns_a_foot_about_its_heel() -> None:
    out, motion, begin = stepped_out("pivot")
    span = slice(int(begin / GRID_S), int((begin + out + 2) / GRID_S))
    turned_by = [np.ptp(foot.yaw[span]) for foot in (motion.foot_left, motion.foot_right)]
    foot = (motion.foot_left, motion.foot_right)[int(np.argmax(turned_by))]
    assert max(turned_by) > 0.3
    assert np.linalg.norm(heel(foot, motion)[span.stop, :2] - heel(foot, motion)[span.start, :2]) < 0.001


def test_a_whole_session_has_the_landmarks_of_its_participant(session: VirtualSession) -> None:
    (tandem,) = trials(session, Test.TANDEM)
    assert tandem.held_s == pytest.approx(6.4, abs=0.06)
    for trial in trials(session, Test.WALK_4M, Test.WALK_6M):
        length, gate = (4.0, 2) if trial.test == "walk_4m" else (6.0, 3)
        assert times(trial, "cue")[0] < times(trial, "onset")[0] < times(trial, "first_foot_off")[0]
        crossed = [times(trial, "crossing", g)[0] for g in range(gate + 1)]
        assert crossed == sorted(crossed)
        assert 0.75 * length / 0.95 < trial.times_s["sppb"] < 1.35 * length / 0.95 + 1.0
    (chair,) = trials(session, Test.CHAIR)
    (tug,) = trials(session, Test.TUG)
    assert (chair.rises, chair.failed_rises, tug.rises) == (5, 0, 1)
    assert len(tug.phases) == 6


def test_failed_rises_fail_and_unable_people_stay_seated() -> None:
    frail = run_session(person("frail_walker"), seed=2, options=OPTIONS)
    (chair,) = trials(frail, Test.CHAIR)
    assert (chair.rises, chair.failed_rises) == (5, 1)
    seated = run_session(person("cannot_rise"), seed=2, options=OPTIONS)
    assert [t.rises for t in trials(seated, Test.CHAIR_SINGLE)] == [0]
