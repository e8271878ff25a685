"""Who sinks softly has a time, and an honest one; who wears a phone in the pocket is seated when the back is."""

from dataclasses import replace
from functools import cache

import msgspec
import numpy as np
import pytest

from rig_signal.tug import analyse_tug
from rig_signal.types import Array, Imu, Placement
from tests.cohort.stooped import columns, found_of, performed, person, truth_of, worn

FAMILIES = ("pendulum", "segments")
PLACEMENTS: tuple[Placement, ...] = ("lower_back", "chest", "pocket")
SEEDS = range(7000, 7015)


@cache
def figures(family: str) -> dict[Placement, tuple[int, Array]]:
    people = [list(found_of(seed, family, PLACEMENTS)) for seed in SEEDS]
    return {where: columns([found[i] for found in people]) for i, where in enumerate(PLACEMENTS)}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("placement", ["lower_back", "chest"])
def test_who_sinks_softly_has_a_time_from_the_trunk(family: str, placement: Placement) -> None:
    none, timed = figures(family)[placement]
    error, u, *_ = timed.T
    assert none == 0
    assert np.abs(error).max() < 0.2
    assert np.std(error / u) < 1.6
    assert np.sqrt(np.mean((error / u) ** 2)) > 0.4


@pytest.mark.parametrize("placement", ["lower_back", "chest"])
def test_the_height_that_a_soft_landing_hangs_on_makes_it_unsure(placement: Placement) -> None:
    _, _, seated, seated_u, _ = figures("pendulum")[placement][1].T
    assert np.sqrt(np.mean((seated / seated_u) ** 2)) < 1.3


@pytest.mark.parametrize("family", FAMILIES)
def test_a_pocket_is_seated_when_the_back_is_and_says_how_far_that_is_from_the_landmark(family: str) -> None:
    none, timed = figures(family)["pocket"]
    _, _, seated, seated_u, back = timed.T
    assert none == 0
    assert abs(back.mean()) < 0.3
    assert (np.abs(seated) < 2.5 * seated_u).all()


def recorded(seed: int, family: str, placement: Placement) -> tuple[Imu, float, float]:
    """A recording, when the trunk first moves and when the body is seated again."""
    motion = performed(person(seed), family, seed)
    truth = truth_of(motion)
    return worn(motion, placement, seed), truth.first_s, truth.seated_s


@pytest.mark.parametrize(("family", "seed"), [("segments", 1031), ("segments", 1146)])
def test_a_sensor_that_the_lean_lifts_has_not_left_the_seat(family: str, seed: int) -> None:
    imu, first_s, _ = recorded(seed, family, "lower_back")
    first = analyse_tug(imu, "lower_back").first_movement
    assert first is not None
    assert first.t_s == pytest.approx(first_s, abs=0.1)


@pytest.mark.parametrize("seed", [1149])
def test_a_rise_no_faster_than_a_drift_is_a_rise(seed: int) -> None:
    imu, _, seated_s = recorded(seed, "pendulum", "lower_back")
    seated = analyse_tug(imu, "lower_back").seated
    assert seated is not None
    assert seated.t_s == pytest.approx(seated_s, abs=0.2)


@pytest.mark.parametrize("seed", [1002, 1004, 1008])
def test_who_sits_as_upright_as_she_stands_has_a_time(seed: int) -> None:
    who = msgspec.structs.replace(person(seed), stoop_deg=5.0, recline_deg=4.0, flexion_deg=35.0)
    motion = performed(who, "pendulum", seed)
    seated = analyse_tug(worn(motion, "lower_back", seed), "lower_back").seated
    assert seated is not None
    assert seated.t_s == pytest.approx(truth_of(motion).seated_s, abs=0.2)


@pytest.mark.parametrize("seed", [1000, 1004, 1047, 1113])
def test_a_back_that_knocks_at_the_backrest_has_landed_before(seed: int) -> None:
    imu, _, seated_s = recorded(seed, "pendulum", "lower_back")
    since = (imu.time_s - seated_s - 0.8) / 0.015
    knock = -2.0 * since * np.exp(0.5 - 0.5 * since**2)
    knocked = replace(imu, acc=imu.acc + knock[:, None] * np.array([0.6, 0.0, 0.8]))
    seated = analyse_tug(knocked, "lower_back").seated
    assert seated is not None
    assert seated.t_s == pytest.approx(seated_s, abs=0.12)
