"""Runs that cannot be trusted as they stand say so: the codes that need more than the gates."""

import dataclasses
from functools import cache

import msgspec
import numpy as np
import pytest

from rig.model.marks import Test
from rig.model.setup import parse_setup
from rig.pipeline.evidence import TrialData
from rig.pipeline.session import Source, analyse_session, analyse_trial
from rig.virtual import PRESETS, run_session

GRAVITY = 9.81


@cache
def walk(person: str) -> TrialData:
    session = run_session(PRESETS[person], seed=21)
    epoch_ns = int(str(session.facts["monotonic_start_ns"]))
    source = Source("t", "2026-01-01T00:00:00Z", epoch_ns, parse_setup(session.setup_toml), tuple(session.records))
    return next(d for d in analyse_session(source).data.values() if d.marks.test == Test.WALK_4M)


def lowered(data: TrialData, height_mm: int) -> TrialData:
    gates = tuple(msgspec.structs.replace(gate, beam_heights_mm=(height_mm,)) for gate in data.course.gates)
    return _with(data, course=msgspec.structs.replace(data.course, gates=gates))


def _with(data: TrialData, **changes: object) -> TrialData:
    return TrialData(**{name: getattr(data, name) for name in TrialData.__slots__} | changes)


def standing(data: TrialData) -> TrialData:
    """The same trial with a sensor that somebody wears who stands still."""
    rng = np.random.default_rng(1)
    still = {}
    for role, window in data.imus.items():
        changes = {
            "acc": np.array([0.0, 0.0, GRAVITY]) + 0.02 * rng.standard_normal(window.acc.shape),
            "gyr": 0.003 * rng.standard_normal(window.acc.shape),
        }
        kept = {name: getattr(window, name) for name in type(window).__slots__}
        still[role] = type(window)(**kept | changes)
    return _with(data, imus=still)


@pytest.mark.parametrize("height_mm", [1100, 950])
def test_an_aid_at_breastbone_beams_is_no_doubt(height_mm: int) -> None:
    assert "aid_with_low_beams" not in analyse_trial(lowered(walk("frail_walker"), height_mm)).quality


def test_an_aid_with_beams_at_the_hip_is_flagged() -> None:
    assert "aid_with_low_beams" in analyse_trial(lowered(walk("frail_walker"), 900)).quality


def test_hip_beams_without_an_aid_are_not() -> None:
    assert "aid_with_low_beams" not in analyse_trial(lowered(walk("robust"), 900)).quality


@pytest.mark.parametrize("person", ["robust", "frail_walker"])
def test_gates_that_somebody_else_broke_are_flagged(person: str) -> None:
    assert "no_walk_between_crossings" not in analyse_trial(walk(person)).quality
    assert "no_walk_between_crossings" in analyse_trial(standing(walk(person))).quality


@pytest.mark.parametrize(
    ("aid", "height_mm", "ratio"), [("cane", 1100, 1.0), ("rollator", 1100, 0.6), ("walker", 1000, 2.0)]
)
def test_arms_may_come_first_unless_a_frame_holds_them_below_the_beam(aid: str, height_mm: int, ratio: float) -> None:
    without = lowered(walk("robust"), height_mm)
    held = _with(without, marks=dataclasses.replace(without.marks, aid=aid))
    free_us, held_us = (
        next(event.u_us for event in analyse_trial(data).events if event.name == "crossing_4m")
        for data in (without, held)
    )
    assert held_us / free_us == pytest.approx(ratio, rel=0.1)
