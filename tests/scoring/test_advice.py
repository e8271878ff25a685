"""Which lines of advice go with a result (rules sections 2, 4 and 5)."""

import pytest

from rig.scoring import Assessment, Category, Contraindication, Osteoporosis, Programme
from rig.scoring.advice import FALL_RISK_ADVICE, bone_health_lines, fall_risk_lines
from rig.scoring.programme import FACTS, Line, programme_lines


def messages(lines: tuple[Line, ...]) -> list[str]:
    return [line.message for line in lines]


@pytest.mark.parametrize("programme", Programme)
def test_facts_of_a_handbook(programme: Programme) -> None:
    assert FACTS[programme].session_min == ((30, 45) if programme == "A" else (45, 60))
    assert FACTS[programme].walks_from_start is (programme != "A")
    lines = {line.message: dict(line.values) for line in programme_lines(programme, frozenset())}
    assert f"programme.for_whom.{programme[0]}" in lines
    assert ("programme.walking_later" in lines) is (programme == "A")
    assert lines["programme.duration"] == {"weeks": 12}
    assert lines["programme.load.bottles"] == {"bottles": 2, "millilitres": 500}
    assert lines["programme.load.adjust"] == {"lifts": 30}
    assert lines["programme.load.repeat"] == {"weeks": 6}
    assert lines["programme.reassess"] == {"weeks": 12}


def test_a_recent_fracture_takes_the_place_of_the_load() -> None:
    found = messages(programme_lines(Programme.B, frozenset({Contraindication.RECENT_FRACTURE})))
    assert "programme.session" in found
    assert not [message for message in found if message.startswith("programme.load")]
    assert found[found.index("withheld.strength") + 1] == "contraindication.recent_fracture"


def test_any_other_contraindication_takes_the_place_of_all() -> None:
    codes = frozenset({Contraindication.RECENT_FRACTURE, Contraindication.ARRHYTHMIA})
    assert messages(programme_lines(Programme.B, codes)) == [
        "withheld.all",
        "contraindication.arrhythmia",
        "contraindication.recent_fracture",
    ]


def test_fall_risk_advice_leaves_open_what_is_not_known() -> None:
    found = fall_risk_lines(Assessment(), None)
    assert messages(found) == [message for message, _ in FALL_RISK_ADVICE]
    assert [line.message for line in found if line.applies] == [
        "advice.fall.together",
        "advice.fall.geriatric_assessment",
    ]


def test_fall_risk_advice_marks_what_applies() -> None:
    codes = frozenset(
        {Contraindication.DIABETES, Contraindication.POSTURAL_HYPOTENSION, Contraindication.RECENT_FRACTURE}
    )
    assessment = Assessment(
        contraindications=codes,
        cognitive_impairment=True,
        osteoporosis=Osteoporosis.SEVERE,
        falls_last_year=2,
    )
    known = {line.message.rpartition(".")[2] for line in fall_risk_lines(assessment, Category.B) if line.applies}
    assert known == {
        *("diabetes", "postural_hypotension", "nutrition", "cognition", "dementia", "together"),
        *("osteoporosis", "earlier_fracture", "home_hazards", "geriatric_assessment"),
    }


def test_fall_risk_advice_leaves_out_what_is_known_not_to_apply() -> None:
    assessment = Assessment(cognitive_impairment=False, osteoporosis=Osteoporosis.NONE, falls_last_year=1)
    left_out = {message for message, _ in FALL_RISK_ADVICE} - set(messages(fall_risk_lines(assessment, Category.C)))
    assert {message.rpartition(".")[2] for message in left_out} == {
        *("nutrition", "cognition", "dementia", "osteoporosis", "home_hazards"),
    }


FOR_ALL = [
    *("balance", "aerobic", "calcium", "vitamin_d", "protein", "weight", "tobacco_alcohol", "drugs"),
    *("dexa_follow_up", "measure_again"),
]


@pytest.mark.parametrize(
    ("severity", "added"),
    [
        (Osteoporosis.NONE, set()),
        (Osteoporosis.MILD_TO_MODERATE, {"resistance_moderate"}),
        (Osteoporosis.SEVERE, {"resistance_severe"}),
        (Osteoporosis.UNKNOWN, {"dexa_would_tell"}),
        (None, {"dexa_would_tell"}),
    ],
)
def test_bone_health_by_severity(severity: Osteoporosis | None, added: set[str]) -> None:
    found = messages(bone_health_lines(Assessment(osteoporosis=severity)))
    assert {message.removeprefix("advice.bone.") for message in found} == {*FOR_ALL, *added}


def test_bone_health_exercise_is_held_back_too() -> None:
    fracture = frozenset({Contraindication.RECENT_FRACTURE})
    severe = Osteoporosis.SEVERE
    found = messages(bone_health_lines(Assessment(osteoporosis=severe, contraindications=fracture)))
    assert found[:3] == ["withheld.strength", "contraindication.recent_fracture", "advice.bone.balance"]
    found = messages(
        bone_health_lines(Assessment(osteoporosis=severe, contraindications=frozenset({Contraindication.OTHER})))
    )
    assert found[:3] == ["withheld.all", "contraindication.other", "advice.bone.calcium"]
