"""The whole score against an independent rewriting of the rules."""

from typing import Any

from hypothesis import example, given, settings

from tests.scoring.helpers import FULL, scored_text, to_json
from tests.scoring.oracle import expected
from tests.scoring.strategies import as_numbers, documents


@given(documents())
@settings(max_examples=1000)
@example({"id": "p", "stances": {"tandem": "10"}})
@example({"id": "p", "stances": {"semi_tandem": "3", "tandem": "10"}})
@example({"id": "p", "stances": {"side_by_side": "10", "tandem": {"unable": "refused"}}})
def test_score_equals_the_oracle(document: dict[str, Any]) -> None:
    assert scored_text(to_json(as_numbers(document))) == expected(document)


def test_example_of_the_contract() -> None:
    assert scored_text(to_json(FULL)) == {
        "id": "a1",
        "rules": "vivifrail",
        "rules_version": "1.0",
        "sppb": {"balance": 3, "gait": 3, "chair": 3, "total": 9, "total_range": [9, 9]},
        "category": "C",
        "category_from": "sppb",
        "fall_risk": False,
        "fall_risk_because": [],
        "programme": "C",
        "withheld": [],
        "deviations": [],
    }


def test_keys_stand_in_the_order_of_the_contract() -> None:
    assert list(scored_text(to_json(FULL))) == [
        *("id", "rules", "rules_version", "sppb", "category", "category_from"),
        *("fall_risk", "fall_risk_because", "programme", "withheld", "deviations"),
    ]
