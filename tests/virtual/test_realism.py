"""Magnitudes that published measurements give for these movements."""

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from rig.model.marks import Test
from rig.model.setup import Role
from rig.virtual.imu import feel
from rig.virtual.motion import GRID_S, Array
from tests.virtual.bodies import new_body, person, risen, turned, walked


def low_pass(values: Array, hertz: float) -> Array:
    return np.asarray(sosfiltfilt(butter(2, hertz, fs=1 / GRID_S, output="sos"), values, axis=0))


def vertical(path: Array) -> Array:
    return np.gradient(np.gradient(path[:, 2], GRID_S), GRID_S)


@pytest.mark.parametrize("name", ["robust", "pre_frail", "frail_walker", "tandem_step_out"])
def test_trunk_leans_30_to_50_degrees_in_a_rise(name: str) -> None:
    pitch = np.degrees(risen(person(name), 3)[0].motion.trunk.pitch)
    assert 30 < pitch.max() < 50


@pytest.mark.parametrize(("rise_time_s", "least", "most"), [(0.9, 2.0, 5.5), (1.4, 1.0, 3.0), (2.0, 0.5, 2.0)])
def test_vertical_acceleration_of_a_rise(rise_time_s: float, least: float, most: float) -> None:
    landmarks, span = risen(person(rise_time_s=rise_time_s), 3)
    rises = landmarks.rises(span)
    push = low_pass(vertical(landmarks.motion.pelvis.position), 5.0)
    for rise in rises:
        up = push[int(rise.seat_off / GRID_S) - 50 : int((rise.standing or 0) / GRID_S)]
        assert least < up.max() < most


def test_slow_rises_are_gentle() -> None:
    landmarks, span = risen(person(rise_time_s=4.0), 3)
    rise = landmarks.rises(span)[0]
    push = low_pass(vertical(landmarks.motion.pelvis.position), 5.0)
    assert push[int(rise.seat_off / GRID_S) : int((rise.standing or 0) / GRID_S)].max() < 0.8


@pytest.mark.parametrize(
    ("speed", "least", "most"), [(1.3, 1.3, 2.8), (1.1, 1.0, 2.0), (0.7, 0.4, 1.1), (0.4, 0.1, 0.5), (0.2, 0.03, 0.25)]
)
def test_vertical_acceleration_at_the_lower_back_when_walking(speed: float, least: float, most: float) -> None:
    motion = walked(person(speed_mps=speed)).motion
    x = motion.pelvis.position[:, 0]
    steady = slice(int(np.argmax(x > 2)), int(np.argmax(x > 6)))
    felt = feel(Role.LOWER_BACK, motion).force[steady]
    assert least < felt[:, 2].std() < most


@pytest.mark.parametrize(("speed", "least", "most"), [(1.2, 0.02, 0.05), (0.4, 0.002, 0.015)])
def test_the_pelvis_rises_and_falls(speed: float, least: float, most: float) -> None:
    motion = walked(person(speed_mps=speed)).motion
    x = motion.pelvis.position[:, 0]
    assert least < np.ptp(motion.pelvis.position[(x > 3) & (x < 5), 2]) < most


@pytest.mark.parametrize(("speed", "least", "most"), [(1.2, 0.16, 0.30), (0.7, 0.24, 0.42), (0.3, 0.34, 0.60)])
def test_double_support_part_of_the_gait_cycle(speed: float, least: float, most: float) -> None:
    steps = walked(person(speed_mps=speed), 10.0).all_steps[3:-3]
    swing = np.array([s.contact - s.foot_off for s in steps])
    cycle = np.array([b.contact - a.contact for a, b in zip(steps, steps[2:], strict=False)])
    double = 1 - 2 * swing[:-2] / cycle
    assert least < np.median(double) < most


@pytest.mark.parametrize(("name", "least", "most"), [("robust", 100, 230), ("frail_walker", 35, 95)])
def test_yaw_rate_of_a_turn(name: str, least: float, most: float) -> None:
    rate = np.degrees(turned(person(name)).motion.pelvis.rate()[:, 2])
    assert least < low_pass(rate, 3.0).max() < most


def test_the_trunk_starts_before_the_foot() -> None:
    for name in ("robust", "pre_frail", "frail_walker", "cannot_rise"):
        landmarks = walked(person(name))
        off = landmarks.all_steps[0].foot_off
        assert 0.15 < off - landmarks.onset(off, 0.0) < 0.7


def test_cadence_at_usual_speed() -> None:
    contacts = [s.contact for s in walked(person(speed_mps=1.2), 15.0).all_steps[2:-3]]
    assert 108 < 60 / np.diff(contacts).mean() < 124


def test_quiet_standing_is_quiet_at_the_lower_back() -> None:
    body = new_body(person())
    body.take_stance(Test.SIDE_BY_SIDE)
    start = int((body.now + 0.5) / GRID_S)
    body.wait(12.0)
    felt = low_pass(feel(Role.LOWER_BACK, body.motion()).force[start:], 3.5)
    assert all(0.01 < felt[:, axis].std() < 0.15 for axis in (0, 1))


def test_contacts_shake_a_foot_and_less_the_back() -> None:
    motion = walked(person()).motion
    foot = np.linalg.norm(feel(Role.FOOT_LEFT, motion).force, axis=1)
    back = np.linalg.norm(feel(Role.LOWER_BACK, motion).force, axis=1)
    assert foot.max() > 25
    assert 12 < back.max() < 25
