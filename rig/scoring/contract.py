"""Reads and writes an assessment as the JSON of `rig score` (rules section 7).

Numbers are read from the text as decimals and never pass through binary floating point, so 11.195 s is
11 195 000 us. What is refused is judged on the number as written; only then is it cut to microseconds.
"""

from collections.abc import Iterable
from decimal import ROUND_FLOOR, Context, Decimal
from typing import TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from rig.model.records import Json
from rig.scoring.assessment import TIMED_PARTS, Assessment, AssessmentError, Stances, Timed, Timing, Trials, over_limit
from rig.scoring.json_text import one_line, parse
from rig.scoring.vocabulary import Contraindication, Osteoporosis, Part, RuleSet, UnableReason

STANCE_LIMIT_S = Decimal(10)
HALF_SURROGATE = "half of a surrogate pair is not text"

T = TypeVar("T")
Seconds: TypeAlias = Decimal | UnsetType
Reason: TypeAlias = UnableReason | UnsetType

_FLOOR = Context(prec=40, rounding=ROUND_FLOOR)


class UnableStance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A single stance that was asked for and gave no time."""

    unable: UnableReason


class StancesPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The balance test: holds in seconds, or one reason for all."""

    side_by_side: Decimal | UnableStance | UnsetType = UNSET
    semi_tandem: Decimal | UnableStance | UnsetType = UNSET
    tandem: Decimal | UnableStance | UnsetType = UNSET
    u_s: Seconds = UNSET
    unable: Reason = UNSET


class WalksPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Walks over one distance, in the order walked."""

    times_s: tuple[Decimal, ...] | UnsetType = UNSET
    u_s: Seconds = UNSET
    unable: Reason = UNSET


class TimedPart(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Chair rises or Timed Up and Go."""

    time_s: Seconds = UNSET
    u_s: Seconds = UNSET
    unable: Reason = UNSET


class AssessmentDocument(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The whole input object, as written."""

    id: str | UnsetType = UNSET
    rules: RuleSet = RuleSet.VIVIFRAIL
    stances: StancesPart | UnsetType = UNSET
    walk_4m: WalksPart | UnsetType = UNSET
    chair: TimedPart | UnsetType = UNSET
    tug: TimedPart | UnsetType = UNSET
    walk_6m: WalksPart | UnsetType = UNSET
    falls_last_year: Decimal | UnsetType = UNSET
    fall_needed_care: bool | UnsetType = UNSET
    cognitive_impairment: bool | UnsetType = UNSET
    age_years: Decimal | UnsetType = UNSET
    contraindications: tuple[Contraindication, ...] = ()
    osteoporosis: Osteoporosis | UnsetType = UNSET


def read_assessment(data: bytes | str) -> Assessment:
    """Read one assessment from its JSON.

    Raises
    ------
    AssessmentError
        With one line that says where and why; its `line` counts inside `data`.
    """
    found = parse(data)
    if not isinstance(found, dict):
        raise AssessmentError("an assessment is a JSON object")
    if not found:
        raise AssessmentError("an empty object is no assessment")
    try:
        document = msgspec.convert(found, AssessmentDocument, builtin_types=(Decimal,))
    except msgspec.ValidationError as error:
        raise AssessmentError(_place_first(str(error))) from None
    except UnicodeEncodeError:
        raise AssessmentError(HALF_SURROGATE) from None
    return _assessment(document)


def _place_first(message: str) -> str:
    """Turn ``what - at `$.where` `` into ``where: what``."""
    what, at, where = message.replace("`decimal", "`number").rpartition(" - at ")
    return one_line(f"{where.strip('`').removeprefix('$.')}: {what}" if at else where)


def _assessment(document: AssessmentDocument) -> Assessment:
    return Assessment(
        id=_text(document.id),
        rules=document.rules,
        stances=_stances(document.stances),
        walk_4m=_walks(Part.WALK_4M, document.walk_4m),
        chair=_timed(Part.CHAIR, document.chair),
        tug=_timed(Part.TUG, document.tug),
        walk_6m=_walks(Part.WALK_6M, document.walk_6m),
        falls_last_year=_falls(document.falls_last_year),
        fall_needed_care=_or_none(document.fall_needed_care),
        cognitive_impairment=_or_none(document.cognitive_impairment),
        age_years=_years(document.age_years),
        contraindications=frozenset(document.contraindications),
        osteoporosis=_or_none(document.osteoporosis),
    )


def _stances(part: StancesPart | UnsetType) -> Stances | UnableReason | None:
    if part is UNSET:
        return None
    holds = (part.side_by_side, part.semi_tandem, part.tandem)
    recorded = any(hold is not UNSET for hold in holds)
    reason = _reason(Part.STANCES, part.unable, recorded=recorded, u_s=part.u_s)
    if reason is not None:
        return reason
    u_us = _uncertainty(Part.STANCES, part.u_s)
    return Stances(
        _stance(Part.SIDE_BY_SIDE, part.side_by_side, u_us),
        _stance(Part.SEMI_TANDEM, part.semi_tandem, u_us),
        _stance(Part.TANDEM, part.tandem, u_us),
    )


def _stance(part: Part, hold: Decimal | UnableStance | UnsetType, u_us: int | None) -> Timed:
    if hold is UNSET:
        return None
    if isinstance(hold, UnableStance):
        return hold.unable
    if hold > STANCE_LIMIT_S:
        raise over_limit(f"stances.{part}")
    return Timing(microseconds(hold), u_us)


def _walks(name: Part, part: WalksPart | UnsetType) -> Trials:
    if part is UNSET:
        return None
    reason = _reason(name, part.unable, recorded=part.times_s is not UNSET, u_s=part.u_s)
    if part.times_s is UNSET:
        return reason
    u_us = _uncertainty(name, part.u_s)
    return tuple([Timing(microseconds(time_s), u_us) for time_s in part.times_s])


def _timed(name: Part, part: TimedPart | UnsetType) -> Timed:
    if part is UNSET:
        return None
    reason = _reason(name, part.unable, recorded=part.time_s is not UNSET, u_s=part.u_s)
    if part.time_s is UNSET:
        return reason
    return Timing(microseconds(part.time_s), _uncertainty(name, part.u_s))


def _reason(name: Part, unable: Reason, *, recorded: bool, u_s: Seconds) -> UnableReason | None:
    """Give the reason that stands instead of times, or None where times stand; one of them must, not both."""
    if unable is not UNSET and (recorded or u_s is not UNSET):
        raise AssessmentError(f"{name}: `unable` stands alone")
    if unable is UNSET and not recorded:
        raise AssessmentError(f"{name}: neither a time nor `unable`; leave the part out where it is missing")
    return _or_none(unable)


def microseconds(seconds: Decimal) -> int:
    """Whole microseconds, cut downwards: what is below zero stays below zero."""
    return int(_FLOOR.scaleb(_FLOOR.quantize(seconds, Decimal("0.000001")), 6))


def _uncertainty(name: Part, u_s: Seconds) -> int | None:
    if u_s is UNSET:
        return None
    if u_s < 0:
        raise AssessmentError(f"{name}.u_s: negative standard uncertainty")
    return microseconds(u_s)


def _falls(value: Decimal | UnsetType) -> int | None:
    if value is UNSET:
        return None
    falls = _whole(value)
    if falls != value:
        raise AssessmentError("falls_last_year: not a whole number")
    return falls


def _years(value: Decimal | UnsetType) -> int | None:
    """Completed years."""
    return None if value is UNSET else _whole(value)


def _whole(value: Decimal) -> int:
    return int(_FLOOR.quantize(value, Decimal(1)))


def _text(value: str | UnsetType) -> str | None:
    if value is UNSET:
        return None
    if not value.isascii() and any("\ud800" <= char <= "\udfff" for char in value):
        raise AssessmentError(f"id: {HALF_SURROGATE}")
    return value


def _or_none(value: T | UnsetType) -> T | None:
    return None if value is UNSET else value


def write_assessment(assessment: Assessment) -> dict[str, Json]:
    """Give the same assessment in the contract's structure, as plain JSON values; `read_assessment` takes it back.

    The contract knows one `u_s` for a part, so the largest of its trials is written; `deviations` have no place
    in it and are left out.
    """
    written: dict[str, Json] = {"rules": assessment.rules.value}
    if assessment.id is not None:
        written = {"id": assessment.id, **written}
    if assessment.stances is not None:
        written[Part.STANCES.value] = _write_stances(assessment.stances)
    for name in TIMED_PARTS:
        content: Timed | Trials = getattr(assessment, name)
        if content is not None:
            written[name.value] = _write_part(content)
    return written | _write_answers(assessment)


def _write_part(content: Timing | UnableReason | tuple[Timing, ...]) -> Json:
    if isinstance(content, UnableReason):
        return {"unable": content.value}
    if isinstance(content, Timing):
        return {"time_s": content.time_us / 1e6, **_write_uncertainty((content,))}
    return {"times_s": [timing.time_us / 1e6 for timing in content], **_write_uncertainty(content)}


def _write_stances(stances: Stances | UnableReason) -> Json:
    if isinstance(stances, UnableReason):
        return {"unable": stances.value}
    held = [stance for _, stance in stances.named() if isinstance(stance, Timing)]
    written: dict[str, Json] = {}
    for part, stance in stances.named():
        if isinstance(stance, Timing):
            written[part.value] = stance.time_us / 1e6
        elif stance is not None:
            written[part.value] = {"unable": stance.value}
    return written | _write_uncertainty(held)


def _write_uncertainty(timings: Iterable[Timing]) -> dict[str, Json]:
    known = [timing.u_us for timing in timings if timing.u_us is not None]
    return {"u_s": max(known) / 1e6} if known else {}


def _write_answers(assessment: Assessment) -> dict[str, Json]:
    answers: dict[str, Json | None] = {
        "falls_last_year": assessment.falls_last_year,
        "fall_needed_care": assessment.fall_needed_care,
        "cognitive_impairment": assessment.cognitive_impairment,
        "age_years": assessment.age_years,
        "contraindications": [code.value for code in sorted(assessment.contraindications)] or None,
        "osteoporosis": assessment.osteoporosis and assessment.osteoporosis.value,
    }
    return {name: answer for name, answer in answers.items() if answer is not None}
