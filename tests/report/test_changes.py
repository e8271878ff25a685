"""A change is judged against what repeating alone gives (findings/clinical.md, section 3)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.report.changes import ANCHORS, judge


def test_the_anchors_are_the_published_ones() -> None:
    assert {name: anchor.mdc95 for name, anchor in ANCHORS.items()} == {
        "total": (1.1, 1.2),
        "walk_4m": (0.77, 0.80),
        "gait_speed": (0.195, 0.347),
        "chair": (1.32, 4.52),
        "tug": (2.08, 2.08),
    }
    assert {name: anchor.mcid for name, anchor in ANCHORS.items() if anchor.mcid} == {
        "total": (0.5, 1.0),
        "gait_speed": (0.05, 0.10),
        "tug": (2.0, 2.0),
    }


@pytest.mark.parametrize(
    ("name", "difference", "verdict", "matters"),
    [
        ("total", 0, "noise", False),
        ("total", 1, "noise", True),
        ("total", -1, "noise", True),
        ("total", 2, "better", True),
        ("total", -2, "worse", True),
        ("gait_speed", 0.09, "noise", False),
        ("gait_speed", 0.25, "unsure", True),
        ("gait_speed", -0.4, "worse", True),
        ("chair", -1.0, "noise", None),
        ("chair", -3.0, "unsure", None),
        ("chair", -5.0, "better", None),
        ("chair", 5.0, "worse", None),
        ("tug", 2.05, "noise", True),
        ("tug", -2.5, "better", True),
    ],
)
def test_a_change_and_its_reading(name: str, difference: float, verdict: str, matters: bool | None) -> None:
    found = judge(ANCHORS[name], difference)
    assert (found.verdict, found.matters) == (verdict, matters)


def test_a_poor_measurement_widens_the_noise() -> None:
    assert judge(ANCHORS["tug"], -2.5, u=0.5).verdict == "better"
    assert judge(ANCHORS["tug"], -2.5, u=1.5).verdict == "noise"


@given(st.sampled_from(sorted(ANCHORS)), st.floats(-50, 50), st.floats(0, 5))
def test_better_there_is_worse_back(name: str, difference: float, u: float) -> None:
    there, back = judge(ANCHORS[name], difference, u), judge(ANCHORS[name], -difference, u)
    opposite = {"better": "worse", "worse": "better"}
    assert back.verdict == opposite.get(there.verdict, there.verdict)
    assert back.matters == there.matters
