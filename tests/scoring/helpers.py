"""Ways to score from text."""

import json
import re
from typing import Any

import msgspec

from rig.scoring import read_assessment, score

FULL: dict[str, Any] = {
    "id": "a1",
    "rules": "vivifrail",
    "stances": {"side_by_side": 10, "semi_tandem": 10, "tandem": 6.2},
    "walk_4m": {"times_s": [5.10, 4.93, 5.02]},
    "chair": {"time_s": 13.2},
    "tug": {"time_s": 14.0},
    "walk_6m": {"times_s": [7.4, 7.3]},
    "falls_last_year": 0,
    "fall_needed_care": False,
    "cognitive_impairment": False,
}
"""The example of the contract."""


def number(text: object) -> str:
    """A number that is to stand in the JSON exactly as written."""
    return f"@{text}"


def to_json(document: object) -> str:
    """JSON in which every `number` is a bare number."""
    return re.sub(r'"@([^"]*)"', r"\1", json.dumps(document))


def scored_text(text: str | bytes) -> dict[str, Any]:
    """The output object for an input text."""
    found: dict[str, Any] = json.loads(msgspec.json.encode(score(read_assessment(text))))
    return found


def scored(**parts: object) -> dict[str, Any]:
    """The output object for the parts given."""
    return scored_text(to_json({"id": "x", **parts}))


def full(**changed: object) -> dict[str, Any]:
    """The output object for the contract's example with some parts changed; None leaves a part out."""
    parts = {key: value for key, value in {**FULL, **changed}.items() if value is not None}
    return scored_text(to_json(parts))
