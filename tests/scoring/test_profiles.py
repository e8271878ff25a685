"""Timing profiles against rules section 6 and docs/landmarks.md."""

import re
from pathlib import Path

import pytest

from rig.model.marks import STANCES, Test
from rig.scoring.profiles import PROFILES, default_profile, profiles_of

LANDMARKS = Path(__file__).resolve().parents[2] / "docs" / "landmarks.md"

NAMES = {
    Test.SIDE_BY_SIDE: ["sppb"],
    Test.SEMI_TANDEM: ["sppb"],
    Test.TANDEM: ["sppb"],
    Test.CHAIR_SINGLE: [],
    Test.CHAIR: ["sppb", "five_sits", "movement"],
    Test.WALK_4M: ["sppb", "gates", "cue"],
    Test.TUG: ["sppb", "movement"],
    Test.WALK_6M: ["sppb", "gates", "cue"],
}


@pytest.mark.parametrize("test", Test)
def test_names(test: Test) -> None:
    assert [profile.name for profile in profiles_of(test)] == NAMES[test]


@pytest.mark.parametrize(
    ("test", "name", "start", "end"),
    [
        (Test.TANDEM, "sppb", ("begin", 1), ("hold_end", 1)),
        (Test.WALK_4M, "sppb", ("first_foot_off", 1), ("crossing_4m", 1)),
        (Test.WALK_4M, "gates", ("crossing_0m", 1), ("crossing_4m", 1)),
        (Test.WALK_6M, "sppb", ("first_foot_off", 1), ("crossing_6m", 1)),
        (Test.WALK_6M, "cue", ("cue", 1), ("crossing_6m", 1)),
        (Test.CHAIR, "sppb", ("cue", 1), ("standing", 5)),
        (Test.CHAIR, "five_sits", ("cue", 1), ("seat_on", 5)),
        (Test.CHAIR, "movement", ("first_movement", 1), ("standing", 5)),
        (Test.TUG, "sppb", ("cue", 1), ("seated", 1)),
        (Test.TUG, "movement", ("first_movement", 1), ("seated", 1)),
    ],
)
def test_events(test: Test, name: str, start: tuple[str, int], end: tuple[str, int]) -> None:
    (found,) = [profile for profile in profiles_of(test) if profile.name == name]
    assert (found.start, found.end) == (start, end)


def test_what_stands_for_a_start_that_cannot_be_told() -> None:
    found = {(p.test, p.name): (p.fallback.start.event, p.fallback.deviation) for p in PROFILES if p.fallback}
    assert found == {
        (Test.WALK_4M, "sppb"): ("crossing_0m", "start_by_gate"),
        (Test.WALK_4M, "cue"): ("first_foot_off", "no_cue"),
        (Test.WALK_6M, "sppb"): ("crossing_0m", "start_by_gate"),
        (Test.WALK_6M, "cue"): ("first_foot_off", "no_cue"),
        (Test.CHAIR, "sppb"): ("first_movement", "no_cue"),
        (Test.CHAIR, "five_sits"): ("first_movement", "no_cue"),
        (Test.TUG, "sppb"): ("first_movement", "no_cue"),
    }


@pytest.mark.parametrize("test", [*STANCES, Test.WALK_4M, Test.CHAIR, Test.TUG, Test.WALK_6M])
def test_default(test: Test) -> None:
    assert default_profile(test).name == "sppb"
    run_in = "gates" if test in (Test.WALK_4M, Test.WALK_6M) else "sppb"
    assert default_profile(test, "run_in").name == run_in


def test_the_single_rise_is_not_timed() -> None:
    with pytest.raises(LookupError, match="chair_single"):
        default_profile(Test.CHAIR_SINGLE)


def test_every_event_of_a_profile_is_a_defined_landmark() -> None:
    defined = set(re.findall(r"`(\w+)`", LANDMARKS.read_text(encoding="utf-8")))
    used = {mark.event for profile in PROFILES for mark in (profile.start, profile.end)}
    assert {re.sub(r"_\dm$", "", event) for event in used} <= defined
