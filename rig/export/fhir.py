"""A session as a FHIR R4 bundle: Observations with LOINC codes where they were verified, text where not.

Codes were read at their source one by one; those of the chair time, the chair score and the SPPB total were not, so
these are text. LOINC is (c) Regenstrief Institute and the LOINC Committee, free under the licence at
https://loinc.org/license. The bundle is a plain dict, so that no FHIR library is needed to write it.
"""

import uuid
from collections.abc import Iterator
from typing import Any

from rig.archive.rows import LENGTH_M
from rig.model.document import Document, Time, Trial
from rig.model.marks import Test
from rig.pipeline.assess import counted_time

LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
PANEL = "62825-5", "Short Physical Performance Battery panel"
CODES = {
    "balance": ("66253-6", "Total balance score"),
    "gait": ("66258-5", "Gait speed score, 4 m walk"),
    "walk_4m": ("66257-7", "Shorter walk time"),
    "walk_4m trial": ("66255-1", "Walk time"),
    "stance trial": ("66252-8", "Seconds held"),
    "tug": ("89423-8", "Timed Up and Go"),
}
"""Verified codes; the words are the rig's own."""
TEXT = {
    "total": "SPPB total, 0 to 12 points",
    "chair": "SPPB chair rise score, 0 to 4 points",
    "chair_time": "Five chair rises, time",
    "walk_6m": "6 m walk at usual pace, fastest time",
    "category": "Vivifrail category",
    "fall_risk": "Risk of falls (Vivifrail)",
}
_SPACE = uuid.UUID("5f2b7f54-6d0c-4a43-9d3e-7a9f5c5f9a10")
_SEX = {"f": "female", "m": "male", "x": "other"}
_STANCES = ("side_by_side", "semi_tandem", "tandem")


def bundle(document: Document, content: str) -> dict[str, Any]:
    """The result document as a collection bundle; the same document gives the same bundle.

    Parameters
    ----------
    document
        The session's result.
    content
        Hash of its recording: identifiers are made of it, and it names the raw data.
    """
    subject = f"urn:uuid:{uuid.uuid5(_SPACE, f'participant {document.participant.id}')}"
    observations = list(_observations(document, content, subject))
    entries = [{"fullUrl": subject, "resource": _patient(document, subject)}]
    entries += [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in observations]
    return {
        "resourceType": "Bundle",
        "id": str(uuid.uuid5(_SPACE, content)),
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


def _observations(document: Document, content: str, subject: str) -> Iterator[dict[str, Any]]:
    def made(name: str, code: dict[str, Any], **value: Any) -> dict[str, Any]:
        return {
            "resourceType": "Observation",
            "id": str(uuid.uuid5(_SPACE, f"{content} {name}")),
            "status": "final",
            "code": code,
            "subject": {"reference": subject},
            "effectiveDateTime": document.started_utc,
            "method": {"text": f"sppb-rig {document.versions['sppb-rig']}, rules {document.versions['rules']}"},
            **value,
        }

    parts = [made(name, code, **value) for name, code, value in _parts(document)]
    yield from parts
    members = [{"reference": f"urn:uuid:{part['id']}"} for part in parts]
    raw = {"identifier": {"system": "urn:sppb-rig:content-hash", "value": content}, "display": "recording"}
    yield {**made("panel", _coded(PANEL)), "hasMember": members, "derivedFrom": [raw]}


def _parts(document: Document) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Name, code and content of every single observation."""
    sppb = document.scores["sppb"]
    stances = _components(document, _STANCES, "stance trial")
    yield "balance", _coded(CODES["balance"]), {**_points(sppb["balance"]), **stances}
    yield "gait", _coded(CODES["gait"]), _points(sppb["gait"])
    yield "chair", {"text": TEXT["chair"]}, _points(sppb["chair"])
    yield "total", {"text": TEXT["total"]}, _points(sppb["total"])
    walks = _components(document, ("walk_4m",), "walk_4m trial")
    yield "walk_4m", _coded(CODES["walk_4m"]), {**_fastest(document, "walk_4m"), **walks}
    yield "chair_time", {"text": TEXT["chair_time"]}, _last(document, "chair")
    yield "tug", _coded(CODES["tug"]), _last(document, "tug")
    walks = _components(document, ("walk_6m",), None)
    yield "walk_6m", {"text": TEXT["walk_6m"]}, {**_fastest(document, "walk_6m"), **walks}
    category = document.scores["category"]
    yield "category", {"text": TEXT["category"]}, _absent() if category is None else {"valueString": category}
    risk = document.scores["fall_risk"]
    yield "fall_risk", {"text": TEXT["fall_risk"]}, _absent() if risk is None else {"valueBoolean": risk}


def _coded(code: tuple[str, str]) -> dict[str, Any]:
    return {"coding": [{"system": LOINC, "code": code[0]}], "text": code[1]}


def _points(value: int | None) -> dict[str, Any]:
    return _absent() if value is None else {"valueInteger": value}


def _absent(why: str = "") -> dict[str, Any]:
    reason: dict[str, Any] = {
        "coding": [{"system": "http://terminology.hl7.org/CodeSystem/data-absent-reason", "code": "not-performed"}]
    }
    return {"dataAbsentReason": {**reason, "text": why} if why else reason}


def _seconds(time: Time | None, why: str = "") -> dict[str, Any]:
    if time is None or time.time_us is None:
        return _absent(why)
    return {"valueQuantity": {"value": time.time_us / 1e6, "unit": "s", "system": UCUM, "code": "s"}}


def _timed(document: Document, test: str) -> list[tuple[Trial, Time | None]]:
    start = str(document.course.get("start", "static"))
    held = [trial for trial in document.trials if trial.test == test and trial.status != "aborted"]
    return [(trial, counted_time(trial, start)) for trial in held]


def _fastest(document: Document, test: str) -> dict[str, Any]:
    """Of the trials that count, as the scored assessment has them; with the speed in a note."""
    timed = document.assessment.get(test, {})
    if "times_s" not in timed:
        return _absent(str(timed.get("unable", "")))
    allowed = 2 if test == "walk_6m" or document.scores["rules"] == "nia" else 3
    fastest = min(float(value) for value in timed["times_s"][:allowed])
    quantity = {"value": fastest, "unit": "s", "system": UCUM, "code": "s"}
    return {"valueQuantity": quantity, "note": [{"text": f"{LENGTH_M[Test(test)] / fastest:.3f} m/s"}]}


def _last(document: Document, test: str) -> dict[str, Any]:
    held = _timed(document, test)
    return _absent() if not held else _seconds(held[-1][1], held[-1][0].reason or "")


def _components(document: Document, tests: tuple[str, ...], code: str | None) -> dict[str, Any]:
    """Every trial as a component; none: no component at all."""
    found = [
        {**_trial_code(trial, code), **_seconds(time, trial.reason or "")}
        for test in tests
        for trial, time in _timed(document, test)
    ]
    return {"component": found} if found else {}


def _trial_code(trial: Trial, code: str | None) -> dict[str, Any]:
    coded = {} if code is None else {"coding": [{"system": LOINC, "code": CODES[code][0]}]}
    return {"code": {**coded, "text": trial.trial}}
