"""Which parts cut which beam when."""

import numpy as np
import pytest

from rig.virtual.beams import Section, blocked, crossings, sections, trunk_section
from rig.virtual.body import Turn, Walk
from rig.virtual.landmarks import Landmarks
from rig.virtual.motion import GRID_S, Motion
from rig.virtual.participant import Participant
from rig.virtual.spans import Span
from tests.virtual.bodies import new_body, person, walked

CHEST, HIP = 1.10, 0.82
GATES = (0.0, 3.0, 4.0, 6.0)


def cuts(motion: Motion, who: Participant, x: float, height: float) -> list[tuple[float, float]]:
    found = blocked(sections(motion, who, height), x)
    return [(cut, free if free is not None else np.inf) for cut, free in found]


@pytest.mark.parametrize("aid", ["none", "cane", "walker", "rollator"])
@pytest.mark.parametrize("preset", ["robust", "pre_frail"])
def test_chest_beams_are_cut_in_order_and_first_by_the_trunk(preset: str, aid: str) -> None:
    who = person(preset, aid=aid)
    landmarks = walked(who)
    everything = Span(0.0, float(landmarks.motion.time_s[-1]))
    first = [cuts(landmarks.motion, who, x, CHEST)[0] for x in GATES]
    assert [cut for cut, _ in first] == sorted(cut for cut, _ in first)
    for x, (cut, free) in zip(GATES, first, strict=True):
        trunk = crossings(trunk_section(landmarks.motion, CHEST), x, everything)
        assert trunk[0] - 0.12 <= cut <= trunk[0] + 1e-9
        assert 0.10 / who.speed_mps < free - cut < 0.60 / who.speed_mps


def test_an_arm_can_cut_the_beam_before_the_trunk() -> None:
    """Upper arms swing past the chest of a thin, fast walker now and then; a thick trunk hides them."""
    thin, thick = person(trunk_depth_m=0.18, speed_mps=1.5), person(trunk_depth_m=0.34, speed_mps=1.5)
    early = []
    for who in (thin, thick):
        landmarks = walked(who)
        span = Span(0.0, float(landmarks.motion.time_s[-1]))
        trunk = [crossings(trunk_section(landmarks.motion, CHEST), x, span)[0] for x in GATES]
        early.append(max(t - cuts(landmarks.motion, who, x, CHEST)[0][0] for t, x in zip(trunk, GATES, strict=True)))
    assert early[0] > 0.005
    assert early[1] < 0.005


@pytest.mark.parametrize(("aid", "lead_m"), [("walker", 0.15), ("rollator", 0.28)])
def test_a_frame_cuts_a_hip_beam_long_before_the_trunk(aid: str, lead_m: float) -> None:
    who = person("frail_walker", aid=aid)
    motion = walked(who).motion
    span = Span(0.0, float(motion.time_s[-1]))
    for x in GATES[1:]:
        trunk = crossings(trunk_section(motion, CHEST), x, span)[0]
        assert trunk - cuts(motion, who, x, HIP)[0][0] > lead_m / (3 * who.speed_mps)


def test_a_picked_up_frame_stands_still_between_its_moves() -> None:
    motion = walked(person("frail_walker")).motion
    used = np.isfinite(motion.aid_ahead)
    front = (motion.pelvis.position[:, 0] + motion.aid_ahead)[used]
    speed = np.abs(np.gradient(front, GRID_S))
    moving = speed > 0.08
    assert 0.2 < moving.mean() < 0.6
    assert front[-1] - front[0] > 7.5
    assert np.nanmin(motion.aid_ahead) > 0.05
    assert np.nanmax(motion.aid_ahead) < 1.0


def test_a_cane_gives_short_cuts_of_its_own() -> None:
    who = person("pre_frail", aid="cane")
    motion = walked(who).motion
    lengths = [free - cut for x in GATES for cut, free in cuts(motion, who, x, 0.5)]
    assert min(lengths) < 0.3
    assert len(lengths) >= len(GATES)


def test_an_assessor_behind_cuts_the_beam_again() -> None:
    who = person()
    motion = walked(who).motion
    alone = blocked(sections(motion, who, CHEST), 4.0)
    followed = blocked(sections(motion, who, CHEST, (Span(0.0, float(motion.time_s[-1])),)), 4.0)
    assert followed[0] == alone[0]
    assert len(followed) == len(alone) + 1
    assert 0.2 < followed[1][0] - (alone[0][1] or 0.0) < 1.5


def test_out_and_back_through_a_gate_or_turning_inside_it() -> None:
    for turn_at, count in ((3.5, 2), (3.0, 1)):
        who = person(tug_turn_at_m=turn_at)
        body = new_body(who)
        body.go((Walk(turn_at), Turn(np.pi), Walk(0.5)))
        body.wait(1.0)
        motion = body.motion()
        assert len(crossings(trunk_section(motion, CHEST), 3.0, Span(0.0, body.now))) == count


def test_a_leaning_trunk_is_further_ahead_at_breastbone_height() -> None:
    upright, stooped = (walked(person(stoop_deg=deg)).motion for deg in (0.0, 20.0))
    lead = trunk_section(stooped, CHEST).middle[0] - trunk_section(upright, CHEST).middle[0]
    assert lead == pytest.approx((CHEST - stooped.trunk.position[0, 2]) * np.tan(np.radians(20)), abs=0.012)


def test_a_trunk_seen_from_the_side_covers_its_width() -> None:
    body = new_body(person())
    body.go((Turn(np.pi / 2),))
    body.wait(1.0)
    motion = body.motion()
    half = trunk_section(motion, CHEST).half
    assert half[0] == pytest.approx(person().trunk_depth_m / 2, abs=0.003)
    assert half[-1] == pytest.approx(person().trunk_width_m / 2, abs=0.003)


def test_seated_nobody_is_in_the_beam_above_the_head() -> None:
    body = new_body(person())
    body.go((Walk(0.06),))
    body.sit()
    body.wait(1.0)
    motion = body.motion()
    assert all(np.isnan(part.middle[-1]) for part in sections(motion, person(), 1.45))


def test_cover_of_an_absent_part_is_no_cover() -> None:
    part = Section(np.array([np.nan, 1.0]), np.array([0.1, 0.1]))
    assert (part.cover(1.05) > 0).tolist() == [False, True]


def test_landmarks_and_beams_use_one_section() -> None:
    landmarks = walked(person())
    assert isinstance(landmarks, Landmarks)
    assert landmarks.trunk_at(CHEST) is landmarks.trunk_at(CHEST)
