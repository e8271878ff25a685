"""The rules that are no tables: what is missing, unable, surplus, unknown (rules sections 2 to 4)."""

from typing import Any

import pytest

from rig.scoring import Assessment, Deviation, DeviationCode, Part, Timing, score
from tests.scoring.helpers import full, scored

REASONS = (
    "tried_unable",
    "not_unassisted",
    "assessor_unsafe",
    "participant_unsafe",
    "not_understood",
    "other",
    "refused",
)
OF_ABILITY = REASONS[:4]


@pytest.mark.parametrize(
    ("stances", "points"),
    [
        ({"side_by_side": 10, "semi_tandem": 10, "tandem": 10}, 4),
        ({"side_by_side": 9.9}, 0),
        ({"side_by_side": 10, "semi_tandem": 9.9}, 1),
        ({"side_by_side": {"unable": "tried_unable"}}, 0),
        ({"side_by_side": 10, "semi_tandem": {"unable": "refused"}}, 1),
        ({"side_by_side": 10, "semi_tandem": 10, "tandem": {"unable": "other"}}, 2),
        ({"unable": "assessor_unsafe"}, 0),
        ({"side_by_side": 10}, None),
        ({"side_by_side": 10, "semi_tandem": 10}, None),
        ({"semi_tandem": 10, "tandem": 10}, None),
        ({"side_by_side": 10, "tandem": 10}, None),
        ({"semi_tandem": 5}, None),
    ],
)
def test_balance(stances: dict[str, Any], points: int | None) -> None:
    found = scored(stances=stances)
    assert found["sppb"]["balance"] == points
    assert found["deviations"] == []


@pytest.mark.parametrize(
    ("stances", "points", "listed"),
    [
        ({"side_by_side": 9, "semi_tandem": 10, "tandem": 10}, 0, ["semi_tandem", "tandem"]),
        ({"side_by_side": 10, "semi_tandem": 2, "tandem": 10}, 1, ["tandem"]),
        ({"side_by_side": {"unable": "refused"}, "tandem": 4}, 0, ["tandem"]),
        ({"semi_tandem": 2, "tandem": 4}, None, ["tandem"]),
        ({"side_by_side": 9, "semi_tandem": {"unable": "refused"}}, 0, []),
    ],
)
def test_a_stance_recorded_after_a_failed_one_scores_nothing_and_is_listed(
    stances: dict[str, Any], points: int | None, listed: list[str]
) -> None:
    found = scored(stances=stances)
    assert found["sppb"]["balance"] == points
    assert found["deviations"] == [f"{name}:later_stance_after_failed" for name in listed]


@pytest.mark.parametrize(
    ("rules", "times", "points", "deviation"),
    [
        ("vivifrail", [9, 9, 4], 4, None),
        ("vivifrail", [9, 9, 9, 4], 1, "surplus_trials_ignored"),
        ("vivifrail", [9, 4], 4, "fewer_trials"),
        ("vivifrail", [4], 4, "fewer_trials"),
        ("nia", [9, 4], 4, None),
        ("nia", [9, 7, 4], 2, "surplus_trials_ignored"),
        ("nia", [7], 2, "fewer_trials"),
    ],
)
def test_walk_takes_the_fastest_of_the_trials_that_count(
    rules: str, times: list[float], points: int, deviation: str | None
) -> None:
    found = scored(rules=rules, walk_4m={"times_s": times})
    assert found["sppb"]["gait"] == points
    assert found["deviations"] == ([] if deviation is None else [f"walk_4m:{deviation}"])


@pytest.mark.parametrize(
    ("times", "category", "deviation"),
    [([9, 5], "D", None), ([9, 8, 5], "B", "surplus_trials_ignored"), ([13], "A", "fewer_trials")],
)
@pytest.mark.parametrize("rules", ["vivifrail", "nia"])
def test_walk_6m_takes_the_faster_of_two(rules: str, times: list[float], category: str, deviation: str | None) -> None:
    found = scored(rules=rules, walk_6m={"times_s": times})
    assert found["category"] == category
    assert found["deviations"] == ([] if deviation is None else [f"walk_6m:{deviation}"])


@pytest.mark.parametrize("reason", REASONS)
def test_unable_scores_nothing(reason: str) -> None:
    unable = {"unable": reason}
    found = scored(stances=unable, walk_4m=unable, chair=unable)
    assert found["sppb"] == {"balance": 0, "gait": 0, "chair": 0, "total": 0, "total_range": [0, 0]}
    assert (found["category"], found["category_from"], found["programme"]) == ("A", "sppb", "A")


def test_missing_is_not_zero() -> None:
    found = scored()
    assert found["sppb"] == {"balance": None, "gait": None, "chair": None, "total": None, "total_range": [0, 12]}
    nothing = ("category", "category_from", "fall_risk", "programme")
    assert [found[key] for key in nothing] == [None] * 4


@pytest.mark.parametrize("part", ["stances", "walk_4m", "chair"])
def test_one_missing_part_leaves_a_range(part: str) -> None:
    found = full(**{part: None, "walk_6m": None})
    assert found["sppb"]["total"] is None
    assert found["sppb"]["total_range"] == [6, 10]
    assert found["category"] is None


@pytest.mark.parametrize("reason", REASONS)
@pytest.mark.parametrize("part", ["tug", "walk_6m"])
def test_unable_counts_as_over_the_limit_only_for_want_of_ability(part: str, reason: str) -> None:
    found = full(**{part: {"unable": reason}})
    assert found["fall_risk"] is (True if reason in OF_ABILITY else None)
    assert found["fall_risk_because"] == ([part] if reason in OF_ABILITY else [])


@pytest.mark.parametrize("reason", REASONS)
def test_category_of_who_cannot_walk_6m(reason: str) -> None:
    found = full(chair=None, walk_6m={"unable": reason})
    assert found["category"] == ("A" if reason in OF_ABILITY else None)
    assert found["category_from"] == ("walk_6m" if reason in OF_ABILITY else None)


@pytest.mark.parametrize(
    ("falls", "care", "risk"),
    [
        (0, None, False),
        (0, False, False),
        (1, False, False),
        (1, True, True),
        (1, None, None),
        (2, None, True),
        (2, False, True),
        (7, True, True),
        (None, True, True),
        (None, False, None),
        (None, None, None),
    ],
)
def test_falls(falls: int | None, care: bool | None, risk: bool | None) -> None:
    found = full(falls_last_year=falls, fall_needed_care=care)
    assert found["fall_risk"] is risk
    assert found["fall_risk_because"] == (["falls"] if risk else [])


@pytest.mark.parametrize("part", ["tug", "walk_6m", "cognitive_impairment"])
def test_one_unknown_sign_leaves_fall_risk_unknown_unless_another_is_present(part: str) -> None:
    assert full(**{part: None})["fall_risk"] is None
    assert full(**{part: None, "falls_last_year": 2})["fall_risk"] is True


def test_signs_are_listed_in_the_order_of_the_tests() -> None:
    found = full(
        cognitive_impairment=True, walk_6m={"times_s": [8, 9]}, tug={"unable": "tried_unable"}, falls_last_year=3
    )
    assert found["fall_risk_because"] == ["falls", "tug", "walk_6m", "cognition"]


def test_7_50_s_over_6_m_is_category_b_without_fall_risk() -> None:
    found = full(chair=None, walk_6m={"times_s": [7.5, 8]})
    assert (found["category"], found["fall_risk"], found["programme"]) == ("B", False, "B")


@pytest.mark.parametrize(
    ("walk_6m_s", "without", "with_risk", "unknown"),
    [(13, None, "A", "A"), (8, None, "B+", None), (7, "C", "C+", None), (5, "D", "D", "D")],
)
def test_programme(walk_6m_s: float, without: str | None, with_risk: str, unknown: str | None) -> None:
    walk = {"times_s": [walk_6m_s, walk_6m_s]}
    if without is not None:
        assert full(chair=None, walk_6m=walk)["programme"] == without
    assert full(chair=None, walk_6m=walk, cognitive_impairment=True)["programme"] == with_risk
    known = full(chair=None, walk_6m=walk, tug=None)
    assert known["programme"] == (unknown if known["fall_risk"] is None else with_risk)


def test_the_6_m_walk_decides_only_where_there_is_no_total() -> None:
    assert full(walk_6m={"times_s": [13, 13]})["category_from"] == "sppb"
    assert full(walk_6m={"times_s": [13, 13]})["category"] == "C"


@pytest.mark.parametrize(
    ("codes", "withheld"),
    [
        ([], []),
        (["recent_fracture"], ["strength"]),
        (["recent_fracture", "recent_fracture"], ["strength"]),
        (["other"], ["all"]),
        (["recent_fracture", "hypertension"], ["all"]),
    ],
)
def test_withheld(codes: list[str], withheld: list[str]) -> None:
    found = full(contraindications=codes)
    assert found["withheld"] == withheld
    assert found["programme"] == "C"


def test_callers_deviations_are_merged_in_the_order_of_the_battery() -> None:
    walk = tuple(Timing(5_000_000) for _ in range(2))
    given = (
        Deviation(Part.TUG, DeviationCode.NO_CUE),
        Deviation(Part.WALK_4M, DeviationCode.START_BY_GATE),
        Deviation(Part.WALK_4M, DeviationCode.START_BY_GATE),
    )
    found = score(Assessment(age_years=60, walk_4m=walk, deviations=given))
    assert found.deviations == (
        "age_years:under_age_limit",
        "walk_4m:fewer_trials",
        "walk_4m:start_by_gate",
        "tug:no_cue",
    )


@pytest.mark.parametrize("text", ["", "甲", "a b\n"])
def test_id_is_any_text(text: str) -> None:
    assert scored(id=text)["id"] == text


def test_rules_default_to_vivifrail() -> None:
    assert scored()["rules"] == "vivifrail"
