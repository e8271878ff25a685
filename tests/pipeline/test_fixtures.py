"""The recorded fixtures: replay equals the golden document, and the document agrees with the truth."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from rig.model.document import to_json
from rig.replay import replay

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PEOPLE = sorted(path.parent.name for path in FIXTURES.glob("*/truth.json"))
TIME_TOLERANCE_S = 0.10


def load(person: str, name: str) -> Any:
    return json.loads((FIXTURES / person / name).read_text(encoding="utf-8"))


@pytest.fixture(scope="module", params=PEOPLE)
def person(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def document(person: str) -> dict[str, Any]:
    """The document as replayed now."""
    return dict(json.loads(to_json(replay(FIXTURES / person / "session").document)))


def differences(found: Any, golden: Any, path: str = "$") -> list[str]:
    """Where two documents differ by more than the last digit that another processor may round otherwise."""
    if isinstance(found, dict) and isinstance(golden, dict) and found.keys() == golden.keys():
        return [line for key in found for line in differences(found[key], golden[key], f"{path}.{key}")]
    if isinstance(found, list) and isinstance(golden, list) and len(found) == len(golden):
        pairs = enumerate(zip(found, golden, strict=True))
        return [line for i, (a, b) in pairs for line in differences(a, b, f"{path}[{i}]")]
    return [] if found == golden or last_digit(found, golden, path) else [f"{path}: {found!r} is not {golden!r}"]


def last_digit(found: Any, golden: Any, path: str) -> bool:
    """One step of the 100 us grid for times, one unit of the fifth significant digit for other figures."""
    if isinstance(found, bool) or isinstance(golden, bool):
        return False
    if path.endswith("_us"):
        return isinstance(found, int) and isinstance(golden, int) and abs(found - golden) <= 100
    both = isinstance(found, float) and isinstance(golden, float)
    return both and math.isclose(found, golden, rel_tol=1.01e-4)


def test_there_are_fixtures() -> None:
    assert len(PEOPLE) >= 5


def test_replay_equals_the_golden_document(person: str, document: dict[str, Any]) -> None:
    assert differences(document, load(person, "document.json")) == []


def test_replay_repeats_itself_byte_for_byte(person: str) -> None:
    folder = FIXTURES / person / "session"
    assert to_json(replay(folder).document) == to_json(replay(folder).document)


def test_times_agree_with_the_truth(person: str, document: dict[str, Any]) -> None:
    trials = {trial["trial"]: trial for trial in document["trials"]}
    for name, wanted in load(person, "expected.json")["times_s"].items():
        found = next((time["time_us"] for time in trials[name]["times"] if time["profile"] == "sppb"), None)
        if wanted is None:
            assert trials[name]["status"] == "unable", name
        else:
            assert found is not None, name
            assert found / 1e6 == pytest.approx(wanted, abs=TIME_TOLERANCE_S), name


def test_counts_agree_with_the_truth(person: str, document: dict[str, Any]) -> None:
    trials = {trial["trial"]: trial for trial in document["trials"]}
    for name, wanted in load(person, "expected.json")["rises"].items():
        counts = {measure["name"]: measure["value"] for measure in trials[name]["measures"]}
        assert counts["rises"] == wanted, name


def test_scores_agree_with_the_truth(person: str, document: dict[str, Any]) -> None:
    wanted = load(person, "expected.json")
    scores = document["scores"]
    assert {part: scores["sppb"][part] for part in ("balance", "gait", "chair")} == wanted["points"]
    assert scores["sppb"]["total"] == wanted["total"]
    assert scores["fall_risk"] == wanted["fall_risk"]
    assert scores["category"] == wanted["category"]
    assert scores["programme"] == wanted["programme"]


def test_fixtures_stay_small(person: str) -> None:
    assert sum(path.stat().st_size for path in (FIXTURES / person / "session").iterdir()) < 1_500_000
