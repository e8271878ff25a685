"""The body moves as a body can, and sensors measure what it does."""

import numpy as np
import pytest
from numpy.random import default_rng
from scipy.spatial.transform import Rotation

from rig.model.setup import Role
from rig.virtual.body.feet import FootTrack
from rig.virtual.body.posture import _ankle
from rig.virtual.imu import GRAVITY, Chip, feel, measure, mounting, site
from rig.virtual.landmarks import sole_ends
from rig.virtual.motion import GRID_S, Array, Motion, Pose
from tests.virtual.bodies import legs_of, person, risen, turned, walked

IDEAL = Chip(acc_noise=0, gyr_noise=0, acc_bias=0, gyr_bias=0, scale=0, mounting_deg=0, gyr_range_dps=2000)
PEOPLE = ("robust", "pre_frail", "frail_walker")


def motions(name: str) -> list[Motion]:
    who = person(name)
    return [walked(who, 5.0).motion, turned(who).motion, risen(who, 2)[0].motion]


def speed(path: Array) -> Array:
    return np.asarray(np.linalg.norm(np.gradient(path, GRID_S, axis=0), axis=1))


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("role", list(Role))
def test_integrating_what_is_felt_gives_back_the_path(name: str, role: Role) -> None:
    """Specific force, turned into the world by the integrated rate, less gravity, integrated twice."""
    for motion in motions(name):
        felt = feel(role, motion)
        pose, offset = site(role, motion)
        turn = Rotation.from_matrix(pose.rotation()[0])
        middle = 0.5 * (felt.rate[1:] + felt.rate[:-1]) * GRID_S
        attitudes = [turn := turn * Rotation.from_rotvec(step) for step in middle[: int(3 / GRID_S)]]
        count = len(attitudes)
        world = Rotation.concatenate(attitudes).apply(felt.force[1 : count + 1]) - [0, 0, GRAVITY]
        velocity = np.cumsum(world, axis=0) * GRID_S
        path = np.cumsum(velocity, axis=0) * GRID_S
        true = pose.position + pose.rotation() @ offset
        lag = true[1 : count + 1] - true[0] - (true[1] - true[0]) * np.arange(1, count + 1)[:, None]
        assert np.abs(path - lag).max() < 0.03


@pytest.mark.parametrize("name", PEOPLE)
@pytest.mark.parametrize("role", list(Role))
def test_rates_add_up_to_the_change_of_pose(name: str, role: Role) -> None:
    for motion in motions(name):
        rate, (pose, _) = feel(role, motion).rate, site(role, motion)
        steps = Rotation.from_rotvec(0.5 * (rate[1:] + rate[:-1]) * GRID_S)
        turn = Rotation.from_matrix(pose.rotation()[0])
        for step in steps:
            turn = turn * step
        off = (turn.inv() * Rotation.from_matrix(pose.rotation()[-1])).magnitude()
        assert np.degrees(off) < 1.0


@pytest.mark.parametrize("role", list(Role))
def test_at_rest_a_sensor_feels_gravity_upwards(role: Role) -> None:
    landmarks, span = risen(person(), 1)
    felt = feel(role, landmarks.motion)
    seated = slice(int(span.start / GRID_S), int((span.start + 1.2) / GRID_S))
    assert np.linalg.norm(felt.force[seated], axis=1) == pytest.approx(GRAVITY, abs=0.05)
    up = site(role, landmarks.motion)[0].rotation()[seated] @ np.array([0, 0, 1.0])
    felt_up = np.einsum("nij,nj->ni", site(role, landmarks.motion)[0].rotation()[seated], felt.force[seated])
    assert (felt_up[:, 2] > 9.7).all()
    assert up.shape == felt_up.shape


@pytest.mark.parametrize("name", PEOPLE)
def test_a_stand_reaches_the_standing_height_and_a_seat_the_seated_height(name: str) -> None:
    landmarks, span = risen(person(name), 3)
    height, rest = landmarks.motion.pelvis.position[:, 2], landmarks.motion.rest
    assert height[: int(1 / GRID_S)] == pytest.approx(rest.standing_height, abs=0.004)
    seated = height[int(span.start / GRID_S) : int((span.start + 1.4) / GRID_S)]
    assert seated == pytest.approx(rest.seated_height, abs=0.002)
    for rise in landmarks.rises(span):
        assert rise.standing is not None
        at = int((rise.standing + 1.0) / GRID_S)
        assert height[at] == pytest.approx(rest.standing_height, abs=0.006)
    assert 0.25 < rest.excursion < 0.42


def stances(foot: Pose, sole: float) -> list[slice]:
    """Stretches in which heel and toe are both on the floor."""
    heel, toe = sole_ends(foot, sole)
    flat = np.maximum(heel[:, 2], toe[:, 2]) < 1e-9
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flat, [False]]).astype(int)))
    return [slice(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True)]


@pytest.mark.parametrize("name", PEOPLE)
def test_feet_neither_slide_nor_sink(name: str) -> None:
    for motion in motions(name):
        sole = motion.build.sole
        for foot in (motion.foot_left, motion.foot_right):
            heel, toe = sole_ends(foot, sole)
            assert min(heel[:, 2].min(), toe[:, 2].min()) > -1e-9
            standing = stances(foot, sole)
            assert len(standing) >= 2
            for stance in standing:
                assert np.ptp(foot.position[stance], axis=0).max() < 1e-9
            on_heel = (heel[:, 2] < 1e-9) & (toe[:, 2] > 1e-6)
            on_toe = (toe[:, 2] < 1e-9) & (heel[:, 2] > 1e-6)
            assert speed(heel)[2:-2][(on_heel[1:-3] & on_heel[3:-1])].max(initial=0) < 1e-6
            assert speed(toe)[2:-2][(on_toe[1:-3] & on_toe[3:-1])].max(initial=0) < 1e-6


@pytest.mark.parametrize("name", PEOPLE)
def test_legs_are_long_enough(name: str) -> None:
    """Hip to ankle exceeds thigh and shank by 6 % at most: pelvic drop and rotation, which these legs lack."""
    for motion in motions(name):
        for foot in (motion.foot_left, motion.foot_right):
            ankle = _ankle(FootTrack(foot, foot.position[:, :2], foot.yaw), motion.build)
            reach = np.linalg.norm(motion.pelvis.position - ankle, axis=1)
            assert reach.max() < 1.06 * legs_of(person(name))


@pytest.mark.parametrize("name", PEOPLE)
def test_movement_is_smooth_apart_from_contacts(name: str) -> None:
    """No jumps: positions move less than 2.5 m/s and angles turn less than 12 rad/s at every place of the body."""
    for motion in motions(name):
        assert speed(motion.pelvis.position).max() < 2.5
        for pose in (motion.pelvis, motion.trunk, motion.thigh):
            assert np.linalg.norm(pose.rate(), axis=1).max() < 8.0
        for foot in (motion.foot_left, motion.foot_right):
            assert speed(foot.position).max() < 6.0
            assert np.linalg.norm(foot.rate(), axis=1).max() < 14.0


@pytest.mark.parametrize("name", PEOPLE)
def test_the_seat_takes_up_the_speed_it_meets(name: str) -> None:
    """Velocity of the hips has no jump at the touch-down; acceleration may."""
    landmarks, _ = risen(person(name, landing=0.78), 3)
    velocity = np.gradient(landmarks.motion.pelvis.position[:, 2], GRID_S)
    assert velocity.min() < -0.2
    assert np.abs(np.diff(velocity)).max() < 0.09


def test_an_ideal_chip_gives_back_what_is_felt() -> None:
    motion = walked(person(), 3.0).motion
    felt = feel(Role.LOWER_BACK, motion)
    times = np.arange(2.0, 5.0, 1 / 104)
    samples = measure(felt, times, IDEAL, default_rng(1))
    turn = mounting(IDEAL, default_rng(1))
    rest = (samples.acc * IDEAL.acc_lsb) @ turn
    assert rest[0] == pytest.approx(felt.force[int(2.0 / GRID_S)], abs=0.02)
    gyr = np.radians(samples.gyr * IDEAL.gyr_lsb) @ turn
    want = np.stack([np.interp(times, motion.time_s, felt.rate[:, i]) for i in range(3)], axis=1)
    assert np.sqrt(np.mean((gyr - want) ** 2)) < 0.02


def test_worn_upright_the_sensor_reads_gravity_on_x() -> None:
    felt = feel(Role.LOWER_BACK, walked(person(stoop_deg=0.0), 3.0).motion)
    samples = measure(felt, np.array([1.0]), IDEAL, default_rng(1))
    assert samples.acc[0] * IDEAL.acc_lsb == pytest.approx([GRAVITY, 0, 0], abs=0.15)


def test_mounting_any_way_round_is_a_rotation() -> None:
    turns = [mounting(Chip(mounting_deg=180), default_rng(i)) for i in range(20)]
    assert all(np.linalg.det(turn) == pytest.approx(1.0) for turn in turns)
    assert np.std([turn[0, 0] for turn in turns]) > 0.3


def test_a_chip_clips_at_its_range_and_its_faults_show() -> None:
    motion = walked(person(), 3.0).motion
    felt = feel(Role.FOOT_LEFT, motion)
    times = np.arange(0.0, 5.0, 1 / 104)
    small = measure(felt, times, Chip(acc_range_g=1.5), default_rng(1))
    assert small.acc.max() == 32767
    still = feel(Role.LOWER_BACK, motion)
    early = np.arange(0.0, 1.5, 1 / 104)
    biased = measure(still, early, Chip(acc_bias=1.0, mounting_deg=0), default_rng(3)).acc * Chip().acc_lsb
    ideal = measure(still, early, IDEAL, default_rng(3)).acc * IDEAL.acc_lsb
    assert np.linalg.norm((biased - ideal).mean(axis=0)) > 0.3
    noisy = measure(still, early, Chip(acc_noise=0.3), default_rng(3)).acc * Chip().acc_lsb
    assert noisy.std(axis=0) == pytest.approx([0.3] * 3, rel=0.25)
