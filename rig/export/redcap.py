"""Sessions as a REDCap import: one repeating instrument, with its data dictionary.

Names of the SPPB's fields follow ISARIC and PHOSP-COVID, so that projects can be pooled; the others are the rig's.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from rig.model.document import Document
from rig.report.words import Words

INSTRUMENT = "sppb_rig"
HEADER = (
    "Variable / Field Name", "Form Name", "Section Header", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Field Note", "Text Validation Type OR Show Slider Number",
    "Text Validation Min", "Text Validation Max", "Identifier?", "Branching Logic (Show field only if...)",
    "Required Field?", "Custom Alignment", "Question Number (surveys only)", "Matrix Group Name", "Matrix Ranking?",
    "Field Annotation",
)  # fmt: skip
"""Columns of a data dictionary, as REDCap wants them."""


class Field(NamedTuple):
    """A line of the data dictionary; `kind` is REDCap's validation, empty for text, or `yesno`.

    Its label is the message `export.redcap.NAME`.
    """

    name: str
    kind: str = ""
    low: str = ""
    high: str = ""


FIELDS = (
    Field("record_id"),
    Field("visit_date", "date_ymd"),
    Field("sppb_balance", "integer", "0", "4"),
    Field("sppb_walk_t1", "number", "0.8"),
    Field("sppb_walk_t2", "number", "0.8"),
    Field("sppb_walk_t3", "number", "0.8"),
    Field("sppb_walk", "integer", "0", "4"),
    Field("sppb_chair_t", "number", "2.5"),
    Field("sppb_chair", "integer", "0", "4"),
    Field("sppb_score", "integer", "0", "12"),
    Field("tug_t", "number", "2.5"),
    Field("walk6_t1", "number", "1.2"),
    Field("walk6_t2", "number", "1.2"),
    Field("fall_risk", "yesno"),
    Field("vivifrail_category"),
    Field("vivifrail_programme"),
    Field("rig_deviations"),
    Field("rig_session"),
)
COLUMNS = ("record_id", "redcap_repeat_instrument", "redcap_repeat_instance", *(f.name for f in FIELDS[1:]))


def dictionary(words: Words) -> list[dict[str, str]]:
    """Every field as a line of the data dictionary, its label in the reader's language."""
    return [dict(zip(HEADER, _line(field, words), strict=True)) for field in FIELDS]


def _line(field: Field, words: Words) -> tuple[str, ...]:
    choice = field.kind == "yesno"
    validation = "" if choice else field.kind
    label = words.t(f"export.redcap.{field.name}")
    name = (field.name, INSTRUMENT, "", "yesno" if choice else "text", label, "", "")
    return (*name, validation, field.low, field.high, *[""] * 8)


def records(documents: Iterable[Document]) -> list[dict[str, Any]]:
    """One line a session; sessions of one participant are numbered by time. Empty is "not measured".

    Raises
    ------
    ValueError
        A session without a pseudonym: REDCap needs a record to put it under.
    """
    seen: Counter[str] = Counter()
    found = []
    for document in sorted(documents, key=lambda each: each.started_utc):
        who = document.participant.id
        if who is None:
            raise ValueError(f"{document.session}: no pseudonym in the recording; REDCap needs one for its record")
        seen[who] += 1
        place = {"record_id": who, "redcap_repeat_instrument": INSTRUMENT, "redcap_repeat_instance": seen[who]}
        found.append({**place, **_values(document)})
    return found


def _values(document: Document) -> dict[str, Any]:
    scores, assessment = document.scores, document.assessment
    sppb, risk = scores["sppb"], scores["fall_risk"]
    walks, six = (assessment.get(part, {}).get("times_s", []) for part in ("walk_4m", "walk_6m"))
    return {
        "visit_date": document.started_utc[:10],
        "sppb_balance": sppb["balance"],
        **{f"sppb_walk_t{i + 1}": walks[i] if i < len(walks) else None for i in range(3)},
        "sppb_walk": sppb["gait"],
        "sppb_chair_t": assessment.get("chair", {}).get("time_s"),
        "sppb_chair": sppb["chair"],
        "sppb_score": sppb["total"],
        "tug_t": assessment.get("tug", {}).get("time_s"),
        **{f"walk6_t{i + 1}": six[i] if i < len(six) else None for i in range(2)},
        "fall_risk": None if risk is None else int(risk),
        "vivifrail_category": scores["category"],
        "vivifrail_programme": scores["programme"],
        "rig_deviations": " ".join(scores["deviations"]),
        "rig_session": document.session,
    }
