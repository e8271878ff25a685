"""The bundle is valid FHIR R4, keeps the invariants no offline library checks, and says what the document says."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fhirkit
import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle

from rig.export.fhir import CODES, bundle
from rig.locale import LANGUAGES
from rig.model.document import Document
from rig.report.words import words
from tests.report.visits import with_trial

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PEOPLE = sorted(path.parent.name for path in FIXTURES.glob("*/document.json"))
VERIFIED = {
    "62825-5", "66248-6", "66249-4", "66253-6", "66250-2", "66251-0", "66252-8", "66254-4", "66255-1", "66256-9",
    "66257-7", "66258-5", "66259-3", "66260-1", "66261-9", "66262-7", "66263-5", "66264-3", "83144-6", "83169-3",
    "83170-1", "83172-7", "89423-8", "89422-0", "66247-8",
}  # fmt: skip

STATUSES = {"registered", "preliminary", "final", "amended", "corrected", "cancelled", "entered-in-error", "unknown"}
GENDERS = {"male", "female", "other", "unknown"}
BUNDLE_TYPES = {
    "document", "message", "transaction", "transaction-response", "batch", "batch-response", "history", "searchset",
    "collection",
}  # fmt: skip
REASONS = {"unknown", "error", "not-performed"}
"""Required bindings of R4, which neither library checks; of the reasons for absence those that the rig uses."""


def document_of(person: str) -> Document:
    return msgspec.json.decode((FIXTURES / person / "document.json").read_bytes(), type=Document)


def bundle_of(person: str, language: str = "en") -> dict[str, Any]:
    return bundle(document_of(person), "ab" * 32, words(language))


def faults(found: dict[str, Any]) -> list[str]:
    """What is wrong with a bundle: types by two libraries, required codes, invariants and references by hand.

    `fhirkit` holds the resources of R4 (4.0.1) themselves, `fhir.resources` those of R4B, which for these are the same.
    """
    wrong = [str(issue) for issue in fhirkit.validate(json.dumps(found)) if issue.severity == "error"]
    try:
        Bundle.model_validate(found)
    except (ValueError, KeyError) as error:
        wrong.append(str(error))
    if wrong:
        return wrong
    urls = [entry["fullUrl"] for entry in found["entry"]]
    wrong += ["bdl-7: a fullUrl twice"] if len(set(urls)) < len(urls) else []
    wrong += [] if found["type"] in BUNDLE_TYPES else ["no type of a bundle"]
    return wrong + [fault for entry in found["entry"] for fault in _faults_of(entry["resource"], set(urls))]


def _faults_of(resource: dict[str, Any], urls: set[str]) -> list[str]:
    if resource["resourceType"] != "Observation":
        return [] if resource.get("gender", "unknown") in GENDERS else ["no gender of FHIR"]
    found = [] if resource["status"] in STATUSES else ["no status of an observation"]
    for part in (resource, *resource.get("component", ())):
        valued = [key for key in part if key.startswith("value")]
        if valued and "dataAbsentReason" in part:
            found.append("obs-6: a value and a reason for its absence")
        if not valued and "dataAbsentReason" not in part and "hasMember" not in part:
            found.append("neither a value nor a reason")
        found += [f"code {c['code']} was not verified" for c in _loinc(part) if c["code"] not in VERIFIED]
        absent = part.get("dataAbsentReason", {}).get("coding", ())
        found += [f"no reason {c['code']}" for c in absent if c["code"] not in REASONS]
    codes = [coding["code"] for coding in _loinc(resource)]
    inner = [coding["code"] for part in resource.get("component", ()) for coding in _loinc(part)]
    if set(codes) & set(inner) and any(key.startswith("value") for key in resource):
        found.append("obs-7: a component has the code of the whole, which has a value")
    references = [resource["subject"], *resource.get("hasMember", ())]
    return found + [f"{each['reference']} is not in the bundle" for each in references if each["reference"] not in urls]


def _loinc(part: dict[str, Any]) -> list[dict[str, str]]:
    return [coding for coding in part["code"].get("coding", ()) if coding["system"] == "http://loinc.org"]


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_fixtures_are_valid_and_the_same_each_time(person: str, language: str) -> None:
    assert faults(bundle_of(person, language)) == []
    assert json.dumps(bundle_of(person, language)) == json.dumps(bundle_of(person, language))


def test_a_language_changes_words_only() -> None:
    english, chinese = (wordless(bundle_of("cannot_rise", language)) for language in ("en", "zh_Hant_TW"))
    assert english == chinese
    assert "五次起立，時間" in json.dumps(bundle_of("cannot_rise", "zh_Hant_TW"), ensure_ascii=False)


def wordless(value: Any) -> Any:
    """Without what is for people."""
    if isinstance(value, dict):
        return {key: wordless(part) for key, part in value.items() if key not in ("text", "language")}
    return [wordless(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("person", PEOPLE)
def test_values_are_those_of_the_document(person: str) -> None:
    document = document_of(person)
    by_text = {entry["resource"].get("code", {}).get("text"): entry["resource"] for entry in bundle_of(person)["entry"]}
    assert by_text["SPPB total, 0 to 12 points"]["valueInteger"] == document.scores["sppb"]["total"]
    assert by_text["SPPB balance, 0 to 4 points"]["valueInteger"] == document.scores["sppb"]["balance"]
    assert by_text["Fall risk (Vivifrail)"]["valueBoolean"] == document.scores["fall_risk"]
    walk = by_text["4 m walk at usual pace, shortest time"]
    assert walk["valueQuantity"]["value"] == min(document.assessment["walk_4m"]["times_s"])
    times = [float(component["valueQuantity"]["value"]) for component in walk["component"]]
    assert times == document.assessment["walk_4m"]["times_s"]
    assert [component["code"]["text"] for component in walk["component"]] == [f"4 m walk {n}" for n in (1, 2, 3)]
    assert len(by_text["Short Physical Performance Battery"]["hasMember"]) == len(by_text) - 2
    chair = by_text["Five chair rises, time"]
    unable = "time_s" not in document.assessment["chair"]
    assert ("dataAbsentReason" in chair) == unable
    assert unable or chair["valueQuantity"]["value"] == document.assessment["chair"]["time_s"]


@pytest.mark.parametrize(
    ("status", "reason", "code", "text"),
    [("unable", "refused", "not-performed", "Refused"), ("missing", "no_seated", "error", "not found in the signals")],
)
def test_why_a_trial_has_no_time(status: str, reason: str, code: str, text: str) -> None:
    changed = with_trial(document_of("robust"), "tug-1", status=status, reason=reason, times=())
    found = bundle(changed, "ab" * 32, words("en"))
    assert faults(found) == []
    (tug,) = [
        e["resource"] for e in found["entry"] if e["resource"].get("code", {}).get("text", "").startswith("Timed")
    ]
    for part in (tug, tug["component"][0]):
        assert part["dataAbsentReason"]["coding"][0]["code"] == code
        assert text in part["dataAbsentReason"]["text"]


def test_people_without_a_name_are_not_one_person() -> None:
    nobody = msgspec.structs.replace(document_of("robust").participant, id=None)
    unnamed = msgspec.structs.replace(document_of("robust"), participant=nobody)
    first, second = (bundle(unnamed, content * 32, words("en"))["entry"][0]["fullUrl"] for content in ("ab", "cd"))
    assert first != second
    named, again = (bundle(document_of("robust"), c * 32, words("en"))["entry"][0]["fullUrl"] for c in ("ab", "cd"))
    assert named == again


def plant(change: Callable[[dict[str, Any]], object], place: int = 1) -> list[str]:
    """Faults of the bundle after a change to one of its resources, by default the first observation."""
    found = copy.deepcopy(bundle_of("robust"))
    change(found["entry"][place]["resource"])
    return faults(found)


def test_planted_errors_are_caught() -> None:
    assert plant(lambda each: each.pop("status"))
    assert plant(lambda each: each.update(unheard_of=1))
    assert plant(lambda each: each.update(effectiveDateTime="yesterday"))
    assert plant(lambda each: each.update(effectiveDateTime="2025-03-04T01:30:00"))
    assert plant(lambda each: each.update(valueString="four"))
    assert plant(lambda each: each.update(valueInteger="4"))
    assert plant(lambda each: each.update(component=[]))
    assert plant(lambda each: each["component"][0].pop("code"))
    assert plant(lambda each: each["component"][0]["valueQuantity"].update(value="10"))
    assert plant(lambda each: each.update(resourceType="Measurement"))
    assert plant(lambda each: each.update(bodyStructure={"text": "only in R5"}))
    assert plant(lambda each: each.update(status="done")) == ["no status of an observation"]
    assert plant(lambda each: each.update(gender="f"), place=0) == ["no gender of FHIR"]
    assert plant(lambda each: each.update(dataAbsentReason={"text": "x"})) == [
        "obs-6: a value and a reason for its absence"
    ]
    assert plant(lambda each: each["component"][0].update(code=each["code"]))[0].startswith("obs-7")
    assert plant(lambda each: each.update(subject={"reference": "urn:uuid:nobody"}))
    assert plant(lambda each: each["code"]["coding"][0].update(code="66266-8")) == ["code 66266-8 was not verified"]
    assert plant(lambda each: each.pop("valueInteger")) == ["neither a value nor a reason"]
    twice = bundle_of("robust")
    assert faults({**twice, "entry": [*twice["entry"], twice["entry"][0]]}) == ["bdl-7: a fullUrl twice"]
    assert faults({**twice, "type": "list"}) == ["no type of a bundle"]


def test_only_verified_codes_are_used() -> None:
    assert set(CODES.values()) <= VERIFIED


def test_what_is_missing_says_so() -> None:
    document = document_of("robust")
    sppb = {"balance": 4, "gait": None, "chair": 4, "total": None, "total_range": [8, 12]}
    scores = {**document.scores, "sppb": sppb, "fall_risk": None, "category": None}
    assessment = {key: value for key, value in document.assessment.items() if not key.startswith("walk")}
    trials = tuple(trial for trial in document.trials if not trial.test.startswith("walk"))
    changed = msgspec.structs.replace(document, scores=scores, assessment=assessment, trials=trials)
    found = bundle(changed, "cd" * 32, words("en"))
    assert faults(found) == []
    absent = [e["resource"]["code"]["text"] for e in found["entry"] if "dataAbsentReason" in e["resource"]]
    assert len(absent) == 6
