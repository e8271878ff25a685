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
from tests.cohort.people import person_of
from tests.cohort.trial import session_of, source_of

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


@cache
def limping() -> TrialData:
    """Somebody with a cane whose every second step is nearly twice as long, the first foot's."""
    source = source_of(session_of(person_of(62_000_001, "segments"), "segments"))
    return next(d for d in analyse_session(source).data.values() if d.marks.test == Test.WALK_6M)


def _foot_off_s(aid: str) -> tuple[float, float]:
    """When the first foot left the floor, and how well that is known."""
    data = limping()
    trial = analyse_trial(_with(data, marks=dataclasses.replace(data.marks, aid=aid)))
    off = next(event for event in trial.events if event.name == "first_foot_off")
    return off.t_us / 1e6, off.u_us / 1e6


def test_who_limps_at_a_cane_lifts_no_frame() -> None:
    """A frame's first swing is short, that of the weak leg long; of another aid nobody knows."""
    at_cane_s, known_s = _foot_off_s("cane")
    assert _foot_off_s("rollator") == _foot_off_s("none") == (at_cane_s, known_s)
    at_frame_s, _ = _foot_off_s("walker")
    other_s, open_s = _foot_off_s("other")
    assert at_frame_s - at_cane_s > 0.10
    assert other_s == pytest.approx(at_frame_s, abs=0.03)
    assert open_s > 1.3 * known_s
