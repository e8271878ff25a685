import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from rig_signal import attitude
from rig_signal.timebase import Uniform
from rig_signal.types import Array, SignalError

GRAVITY = 9.80665
RATE_HZ = 100.0
TIME_S = np.arange(2000) / RATE_HZ


def rotations(axis: Array, angle: Array) -> Array:
    """(n, 3, 3) rotations about a fixed unit axis."""
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    s, c = np.sin(angle)[:, None, None], np.cos(angle)[:, None, None]
    return np.asarray(np.eye(3) + s * cross + (1 - c) * (cross @ cross))


def turned(seed: int) -> Array:
    q, r = np.linalg.qr(np.random.default_rng(seed).normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q if np.linalg.det(q) > 0 else -q)


def swinging(mount: Array, acc_world: Array, *, bias: float = 0.0, noise: float = 0.0) -> tuple[Uniform, Array]:
    """A sensor that pitches by up to 1 rad about the world's y while it is accelerated; and its true up."""
    angle = 0.5 + 0.5 * np.sin(2 * np.pi * 0.4 * TIME_S)
    world_from_body = rotations(np.array([0.0, 1.0, 0.0]), angle)
    rate = np.zeros((len(TIME_S), 3))
    rate[:, 1] = np.gradient(angle) * RATE_HZ
    force = np.einsum("nji,nj->ni", world_from_body, acc_world + np.array([0.0, 0.0, GRAVITY]))
    up = world_from_body[:, 2, :]
    rng = np.random.default_rng(0)
    gyr = rate @ mount.T + bias * mount[:, 0] + rng.normal(0, noise, rate.shape)
    return uniform(force @ mount.T + rng.normal(0, 5 * noise, force.shape), gyr), up @ mount.T


def uniform(acc: Array, gyr: Array | None) -> Uniform:
    return Uniform(0.0, RATE_HZ, acc, gyr, np.zeros(len(acc), dtype=np.bool_))


def jolts(size: float) -> Array:
    wave = size * np.sin(2 * np.pi * 0.9 * TIME_S + 0.3)
    return np.stack([wave, 0.5 * wave, 0.3 * wave], axis=1)


@given(seed=st.integers(0, 1000))
def test_up_is_found_in_any_mounting_amid_acceleration(seed: int) -> None:
    u, true = swinging(turned(seed), jolts(3.0), noise=0.02)
    up = attitude.estimate_up(u)
    error = np.degrees(np.arccos(np.clip(np.einsum("ij,ij->i", up, true), -1, 1)))
    assert np.median(error) < 1.5
    assert error.max() < 8


def test_up_has_no_transient_and_no_lag() -> None:
    u, true = swinging(np.eye(3), jolts(0.0))
    error = np.degrees(np.arccos(np.clip(np.einsum("ij,ij->i", attitude.estimate_up(u), true), -1, 1)))
    assert error[:50].max() < 1
    assert error.max() < 1


def test_up_stands_a_drifting_gyroscope() -> None:
    u, true = swinging(np.eye(3), jolts(1.0), bias=0.02)
    error = np.degrees(np.arccos(np.clip(np.einsum("ij,ij->i", attitude.estimate_up(u), true), -1, 1)))
    assert error[100:-100].max() < 2.5


def test_what_is_averaged_is_turned_into_the_frame_where_it_counts() -> None:
    """Sample by sample: each sum is of all samples, turned about an axis that wanders, and less by how far they are."""
    rng = np.random.default_rng(5)
    rate, acc = rng.normal(0.0, 3.0, (60, 3)), rng.normal([1.0, 2.0, 9.0], 1.0, (60, 3))
    turns = Rotation.from_rotvec((rate[1:] + rate[:-1]) / (2 * RATE_HZ))
    from_first = [np.eye(3)]
    for turn in turns.as_matrix():
        from_first.append(from_first[-1] @ turn)
    off = (np.linalg.norm(acc, axis=1) - GRAVITY) / attitude._SHOCK_M_S2
    felt = np.einsum("nij,nj->ni", from_first, acc / (1 + off[:, None] ** 2))
    apart = np.abs(np.arange(60)[:, None] - np.arange(60))
    fall = np.exp(-apart / (attitude._SPAN_S * RATE_HZ))
    expected = np.einsum("nji,nj->ni", from_first, fall @ fall @ felt)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(attitude.estimate_up(uniform(acc, rate), np.zeros(3)), expected, atol=1e-12)


def test_up_without_gyroscope_follows_slow_tilts() -> None:
    u, true = swinging(np.eye(3), jolts(0.0))
    error = np.degrees(
        np.arccos(np.clip(np.einsum("ij,ij->i", attitude.estimate_up(uniform(u.acc, None)), true), -1, 1))
    )
    assert np.median(error) < 8
    assert error.max() < 16


@given(seed=st.integers(0, 1000))
def test_vertical_acceleration_is_that_of_the_world(seed: int) -> None:
    true = 1.5 * np.sin(2 * np.pi * 0.8 * TIME_S)
    u, _ = swinging(turned(seed), np.stack([0 * true, 0 * true, true], axis=1))
    found = attitude.vertical_acceleration(u, attitude.estimate_up(u))
    assert np.corrcoef(found, true)[0, 1] > 0.99
    assert np.std(found - true) < 0.2


def test_a_scale_error_is_no_acceleration() -> None:
    acc = np.tile([0.0, 0.0, 1.03 * GRAVITY], (500, 1))
    u = uniform(acc, np.zeros((500, 3)))
    assert np.abs(attitude.vertical_acceleration(u, attitude.estimate_up(u))).max() < 1e-9


@given(seed=st.integers(0, 1000), sign=st.sampled_from([-1.0, 1.0]))
def test_yaw_is_counter_clockwise_positive_and_free_of_bias(seed: int, sign: float) -> None:
    mount = turned(seed)
    turning = np.where((TIME_S > 8) & (TIME_S < 10), sign * np.pi / 2, 0.0)
    gyr = np.stack([0 * turning, 0 * turning, turning], axis=1) @ mount.T + 0.03 * (mount[:, 1] + mount[:, 2])
    u = uniform(np.tile(GRAVITY * mount[:, 2], (len(TIME_S), 1)), gyr)
    yaw = attitude.yaw_rate(u, attitude.estimate_up(u))
    assert np.sum(yaw) / RATE_HZ == pytest.approx(sign * np.pi, abs=0.02)


@given(seed=st.integers(0, 1000))
def test_the_axis_of_bending_is_found(seed: int) -> None:
    mount = turned(seed)
    u, _ = swinging(mount, jolts(0.5), noise=0.01)
    up = attitude.estimate_up(u)
    assert abs(attitude.pitch_axis(u, up) @ mount[:, 1]) > 0.999
    assert np.allclose(np.einsum("ij,ij->i", attitude.horizontal_rate(u, up), up), 0, atol=1e-9)
    angle, toward = attitude.sagittal_angle(up)
    assert np.ptp(angle) == pytest.approx(1.0, abs=0.06)
    assert abs(toward @ mount[:, 1]) < 0.05


def test_tilt_is_an_angle_between_directions() -> None:
    up = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [0.0, 0.0, -1.0]])
    assert np.allclose(attitude.tilt_from(up, np.array([0.0, 0.0, 3.0])), [0, np.pi / 2, np.pi])


def test_bias_is_not_taken_from_slow_turning() -> None:
    rng = np.random.default_rng(3)
    slow = 0.2 * np.sin(2 * np.pi * 0.1 * TIME_S)
    gyr = np.stack([slow, 0 * slow, 0 * slow], axis=1) + rng.normal(0, 0.002, (len(TIME_S), 3))
    u = uniform(np.tile([0.0, 0.0, GRAVITY], (len(TIME_S), 1)), gyr)
    assert np.array_equal(attitude.rest_bias(u), np.zeros(3))


@given(seed=st.integers(0, 1000))
def test_the_bias_turns_with_the_sensor(seed: int) -> None:
    """As a point of space does: stretches of rest wander, and a few of them lie far off on one side."""
    rng, mount = np.random.default_rng(seed), turned(seed)
    aside = np.outer(rng.random(40) < 0.2, [0.01, 0.01, 0.0])
    rest = np.repeat(rng.normal([0.03, -0.02, 0.01], 0.002, (40, 3)) + aside, 50, axis=0)
    acc = np.tile([0.0, 0.0, GRAVITY], (2000, 1))
    bias = attitude.rest_bias(uniform(acc, rest))
    assert np.allclose(bias, [0.03, -0.02, 0.01], atol=0.003)
    assert np.allclose(attitude.rest_bias(uniform(acc, rest @ mount.T)), mount @ bias, atol=1e-12)


def test_rates_are_asked_for_in_words() -> None:
    u = uniform(np.tile([0.0, 0.0, GRAVITY], (100, 1)), None)
    with pytest.raises(SignalError, match="needs a gyroscope"):
        attitude.yaw_rate(u, attitude.estimate_up(u))


def test_tilting_is_inferred_without_a_gyroscope() -> None:
    u, _ = swinging(turned(5), jolts(0.3))
    assert u.gyr is not None
    inferred = attitude.with_inferred_rates(uniform(u.acc, None))
    assert inferred.flags == ("rates_inferred",)
    assert inferred.gyr is not None
    axis = turned(5)[:, 1]
    assert np.corrcoef(inferred.gyr @ axis, u.gyr @ axis)[0, 1] > 0.9
    assert np.std(inferred.gyr @ axis) == pytest.approx(np.std(u.gyr @ axis), rel=0.2)
    assert np.abs(np.einsum("ij,ij->i", inferred.gyr, attitude.estimate_up(inferred))).max() < 0.15


def test_a_gyroscope_is_believed_where_there_is_one() -> None:
    u, _ = swinging(np.eye(3), jolts(0.3))
    assert attitude.with_inferred_rates(u) is u
