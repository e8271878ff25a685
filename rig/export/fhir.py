"""A session as a FHIR R4 bundle: Observations with LOINC codes where they were verified, text where not.

Codes were read at their source one by one; those of the chair time, the chair score and the SPPB total were not, so
these are text. LOINC is (c) Regenstrief Institute and the LOINC Committee, free under the licence at
https://loinc.org/license. The bundle is a plain dict, so that no FHIR library is needed to write it.
"""

import uuid
from collections.abc import Iterator
from typing import Any

from rig.archive.rows import LENGTH_M
from rig.model.document import Document, Trial
from rig.model.marks import Test
from rig.pipeline.assess import counted_time
from rig.report.items import missing_reason
from rig.report.words import Words

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
CODES = {
    "panel": "62825-5",
    "balance": "66253-6",
    "gait": "66258-5",
    "walk_4m": "66257-7",
    "walk_4m trial": "66255-1",
    "stance trial": "66252-8",
    "tug": "89423-8",
}
"""Verified codes; what stands beside them in words are the rig's own."""
_SPACE = uuid.UUID("5f2b7f54-6d0c-4a43-9d3e-7a9f5c5f9a10")
_SEX = {"f": "female", "m": "male", "x": "other"}
_STANCES = ("side_by_side", "semi_tandem", "tandem")


def bundle(document: Document, content: str, words: Words) -> dict[str, Any]:
    """The result document as a collection bundle; the same document gives the same bundle.

    Parameters
    ----------
    document
        The session's result.
    content
        Hash of its recording: identifiers are made of it, and it names the raw data.
    words
        Language of what stands beside the codes.
    """
    who = document.participant.id
    subject = f"urn:uuid:{uuid.uuid5(_SPACE, f'participant {content if who is None else who}')}"
    observations = list(_observations(document, content, subject, words))
    entries = [{"fullUrl": subject, "resource": _patient(document, subject)}]
    entries += [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in observations]
    return {
        "resourceType": "Bundle",
        "id": str(uuid.uuid5(_SPACE, content)),
        "language": words.html,
        "type": "collection",
        "timestamp": document.started_utc,
        "entry": entries,
    }


def _patient(document: Document, subject: str) -> dict[str, Any]:
    """A pseudonym and the sex: nothing else is known here."""
    person = document.participant
    patient: dict[str, Any] = {"resourceType": "Patient", "id": subject.removeprefix("urn:uuid:")}
    if person.id is not None:
        patient["identifier"] = [{"system": "urn:sppb-rig:pseudonym", "value": person.id}]
    if person.sex is not None:
        patient["gender"] = _SEX.get(person.sex, "unknown")
    return patient


def _observations(document: Document, content: str, subject: str, words: Words) -> Iterator[dict[str, Any]]:
    def made(name: str, **value: Any) -> dict[str, Any]:
        return {
            "resourceType": "Observation",
            "id": str(uuid.uuid5(_SPACE, f"{content} {name}")),
            "status": "final",
            "code": _coded(name, words.t(f"export.fhir.{name}")),
            "subject": {"reference": subject, "type": "Patient"},
            "effectiveDateTime": document.started_utc,
            "method": {"text": f"sppb-rig {document.versions['sppb-rig']}, rules {document.versions['rules']}"},
            **value,
        }

    parts = [made(name, **value) for name, value in _parts(document, words)]
    yield from parts
    members = [{"reference": f"urn:uuid:{part['id']}", "type": "Observation"} for part in parts]
    raw = {"identifier": {"system": "urn:sppb-rig:content-hash", "value": content}, "display": "recording"}
    yield {**made("panel"), "hasMember": members, "derivedFrom": [raw]}


def _parts(document: Document, words: Words) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and content of every single observation."""
    scores = document.scores
    sppb, category, risk = scores["sppb"], scores["category"], scores["fall_risk"]
    stances = _components(document, _STANCES, words, "stance trial")
    yield "balance", {**_points(sppb["balance"]), **stances}
    yield "gait", _points(sppb["gait"])
    yield "chair", _points(sppb["chair"])
    yield "total", _points(sppb["total"])
    walks = _components(document, ("walk_4m",), words, "walk_4m trial")
    yield "walk_4m", {**_fastest(document, "walk_4m", words), **walks}
    yield "chair_time", {**_last(document, "chair", words), **_components(document, ("chair",), words)}
    yield "tug", {**_last(document, "tug", words), **_components(document, ("tug",), words)}
    yield "walk_6m", {**_fastest(document, "walk_6m", words), **_components(document, ("walk_6m",), words)}
    yield "category", _absent("unknown") if category is None else {"valueString": category}
    yield "fall_risk", _absent("unknown") if risk is None else {"valueBoolean": risk}


def _coded(name: str | None, text: str) -> dict[str, Any]:
    """A verified code where there is one, and words."""
    coding = {"coding": [{"system": LOINC, "code": CODES[name]}]} if name in CODES else {}
    return {**coding, "text": text}


def _points(value: int | None) -> dict[str, Any]:
    return _absent("unknown") if value is None else {"valueInteger": value}


def _absent(code: str, why: str = "") -> dict[str, Any]:
    reason: dict[str, Any] = {"coding": [{"system": ABSENT, "code": code}]}
    return {"dataAbsentReason": {**reason, "text": why} if why else reason}


def _quantity(time_s: float) -> dict[str, Any]:
    return {"valueQuantity": {"value": time_s, "unit": "s", "system": UCUM, "code": "s"}}


def _held(document: Document, test: str) -> list[Trial]:
    return [trial for trial in document.trials if trial.test == test and trial.status != "aborted"]


def _timed(trial: Trial, document: Document, words: Words) -> dict[str, Any]:
    """The time of a trial that counts, or why there is none."""
    time = counted_time(trial, str(document.course.get("start", "static")))
    if time is not None and time.time_us is not None:
        return _quantity(time.time_us / 1e6)
    if trial.status == "unable":
        return _absent("not-performed", words.t(f"unable.{trial.reason}"))
    return _absent("error", "" if trial.reason is None else missing_reason(trial.reason, words))


def _fastest(document: Document, test: str, words: Words) -> dict[str, Any]:
    """Of the trials that count, as the scored assessment has them; with the speed in a note."""
    told = document.assessment.get(test, {})
    if "times_s" not in told:
        return _absent("not-performed", words.t(f"unable.{told['unable']}") if "unable" in told else "")
    allowed = 2 if test == "walk_6m" or document.scores["rules"] == "nia" else 3
    fastest = min(float(value) for value in told["times_s"][:allowed])
    return {**_quantity(fastest), "note": [{"text": f"{LENGTH_M[Test(test)] / fastest:.3f} m/s"}]}


def _last(document: Document, test: str, words: Words) -> dict[str, Any]:
    held = _held(document, test)
    return _timed(held[-1], document, words) if held else _absent("not-performed")


def _components(document: Document, tests: tuple[str, ...], words: Words, code: str | None = None) -> dict[str, Any]:
    """Every trial as a component; none: no component at all."""
    found = [
        {"code": _coded(code, f"{words.t(f'part.{test}')} {trial.ordinal}"), **_timed(trial, document, words)}
        for test in tests
        for trial in _held(document, test)
    ]
    return {"component": found} if found else {}
