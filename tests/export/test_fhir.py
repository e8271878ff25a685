"""The bundle is valid FHIR R4, keeps the invariants no offline library checks, and says what the document says."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle

from rig.export.fhir import CODES, PANEL, bundle
from rig.model.document import Document

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PEOPLE = sorted(path.parent.name for path in FIXTURES.glob("*/document.json"))
VERIFIED = {
    "62825-5", "66248-6", "66249-4", "66253-6", "66250-2", "66251-0", "66252-8", "66254-4", "66255-1", "66256-9",
    "66257-7", "66258-5", "66259-3", "66260-1", "66261-9", "66262-7", "66263-5", "66264-3", "83144-6", "83169-3",
    "83170-1", "83172-7", "89423-8", "89422-0", "66247-8",
}  # fmt: skip


def document_of(person: str) -> Document:
    return msgspec.json.decode((FIXTURES / person / "document.json").read_bytes(), type=Document)


def bundle_of(person: str) -> dict[str, Any]:
    return bundle(document_of(person), "ab" * 32)


def faults(found: dict[str, Any]) -> list[str]:
    """What is wrong with a bundle: types by the library, invariants and codes by hand."""
    try:
        Bundle.model_validate(found)
    except ValueError as error:
        return [str(error)]
    urls = {entry["fullUrl"] for entry in found["entry"]}
    return [fault for entry in found["entry"] for fault in _faults_of(entry["resource"], urls)]


def _faults_of(resource: dict[str, Any], urls: set[str]) -> list[str]:
    if resource["resourceType"] != "Observation":
        return []
    found = []
    for part in (resource, *resource.get("component", ())):
        valued = [key for key in part if key.startswith("value")]
        if valued and "dataAbsentReason" in part:
            found.append("obs-6: a value and a reason for its absence")
        if not valued and "dataAbsentReason" not in part and "hasMember" not in part:
            found.append("neither a value nor a reason")
        found += [f"code {c['code']} was not verified" for c in _loinc(part) if c["code"] not in VERIFIED]
    codes = [coding["code"] for coding in _loinc(resource)]
    inner = [coding["code"] for part in resource.get("component", ()) for coding in _loinc(part)]
    if set(codes) & set(inner) and any(key.startswith("value") for key in resource):
        found.append("obs-7: a component has the code of the whole, which has a value")
    references = [resource["subject"], *resource.get("hasMember", ())]
    return found + [f"{each['reference']} is not in the bundle" for each in references if each["reference"] not in urls]


def _loinc(part: dict[str, Any]) -> list[dict[str, str]]:
    return [coding for coding in part["code"].get("coding", ()) if coding["system"] == "http://loinc.org"]


@pytest.mark.parametrize("person", PEOPLE)
def test_the_fixtures_are_valid_and_the_same_each_time(person: str) -> None:
    assert faults(bundle_of(person)) == []
    assert json.dumps(bundle_of(person)) == json.dumps(bundle_of(person))


@pytest.mark.parametrize("person", PEOPLE)
def test_values_are_those_of_the_document(person: str) -> None:
    document = document_of(person)
    by_text = {entry["resource"].get("code", {}).get("text"): entry["resource"] for entry in bundle_of(person)["entry"]}
    assert by_text["SPPB total, 0 to 12 points"]["valueInteger"] == document.scores["sppb"]["total"]
    assert by_text["Total balance score"]["valueInteger"] == document.scores["sppb"]["balance"]
    assert by_text["Risk of falls (Vivifrail)"]["valueBoolean"] == document.scores["fall_risk"]
    walk = by_text["Shorter walk time"]
    assert walk["valueQuantity"]["value"] == min(document.assessment["walk_4m"]["times_s"])
    assert len(walk["component"]) == 3
    assert len(by_text[PANEL[1]]["hasMember"]) == len(by_text) - 2
    chair = by_text["Five chair rises, time"]
    unable = "time_s" not in document.assessment["chair"]
    assert ("dataAbsentReason" in chair) == unable
    assert unable or chair["valueQuantity"]["value"] == document.assessment["chair"]["time_s"]


def plant(change: Callable[[dict[str, Any]], object]) -> list[str]:
    found = copy.deepcopy(bundle_of("robust"))
    change(found["entry"][1]["resource"])
    return faults(found)


def test_planted_errors_are_caught() -> None:
    assert plant(lambda each: each.pop("status"))
    assert plant(lambda each: each.update(unheard_of=1))
    assert plant(lambda each: each.update(effectiveDateTime="yesterday"))
    assert plant(lambda each: each.update(dataAbsentReason={"text": "x"})) == [
        "obs-6: a value and a reason for its absence"
    ]
    assert plant(lambda each: each.update(subject={"reference": "urn:uuid:nobody"}))
    assert plant(lambda each: each["code"]["coding"][0].update(code="66266-8")) == ["code 66266-8 was not verified"]
    assert plant(lambda each: each.pop("valueInteger")) == ["neither a value nor a reason"]


def test_only_verified_codes_are_used() -> None:
    assert {code for code, _ in CODES.values()} | {PANEL[0]} <= VERIFIED


def test_what_is_missing_says_so() -> None:
    document = document_of("robust")
    sppb = {"balance": 4, "gait": None, "chair": 4, "total": None, "total_range": [8, 12]}
    scores = {**document.scores, "sppb": sppb, "fall_risk": None, "category": None}
    assessment = {key: value for key, value in document.assessment.items() if not key.startswith("walk")}
    trials = tuple(trial for trial in document.trials if not trial.test.startswith("walk"))
    changed = msgspec.structs.replace(document, scores=scores, assessment=assessment, trials=trials)
    found = bundle(changed, "cd" * 32)
    assert faults(found) == []
    absent = [e["resource"]["code"]["text"] for e in found["entry"] if "dataAbsentReason" in e["resource"]]
    assert len(absent) == 6
