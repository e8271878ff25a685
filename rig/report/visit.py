"""What a report is made from: a session's result, what people told beside it, and the signals to draw."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from rig.model.document import Document
from rig.model.marks import MarkKind
from rig.model.records import Json, Mark
from rig.model.standing import standing
from rig.pipeline.evidence import TrialData
from rig.pipeline.session import Analysis, analyse_session
from rig.recording import content_hash, read_session
from rig.replay import source_of

DEFAULT_ZONE = "+08:00"
"""Taiwan. A recording holds its date in UTC; the zone is a choice, so that one session gives one report anywhere."""
_OFFSET = re.compile(r"([+-])(\d\d):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Told:
    """What the operator told that is no result; None where it was not told.

    Attributes
    ----------
    assessor, chair_height_mm, bottle_ml
        Code of the assessor, height of the seat, water in each bottle.
    contraindications_asked
        Whether the list was gone through: an empty list that nobody asked for is not "none".
    """

    assessor: str | None = None
    chair_height_mm: int | None = None
    bottle_ml: int | None = None
    contraindications_asked: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit: its document, its signals by trial, what was told, and the hash of its recording."""

    document: Document
    data: Mapping[str, TrialData] = field(default_factory=dict)
    told: Told = Told()
    content_hash: str | None = None

    def local(self, zone: tzinfo) -> datetime:
        """When the session began, in a time zone."""
        return datetime.fromisoformat(self.document.started_utc).astimezone(zone)


def of_analysis(analysis: Analysis) -> Visit:
    """Take a session that was just analysed; what was told beside its trials is not in there."""
    return Visit(analysis.document, analysis.data)


def read_visit(folder: str | os.PathLike[str]) -> Visit:
    """Replay a session folder for a report.

    Raises
    ------
    RecordingError
        There is no readable session.
    ValueError
        Its set-up or its marks contradict themselves.
    """
    session = read_session(Path(folder))
    analysis = analyse_session(source_of(session))
    marks = standing(record for record in session.records if isinstance(record, Mark))
    return Visit(analysis.document, analysis.data, _told(marks), content_hash(folder))


def read_previous(path: str | os.PathLike[str]) -> Visit:
    """Read an earlier visit: a session folder, or the result document (JSON) made of one.

    Raises
    ------
    RecordingError
        There is no readable session.
    ValueError
        The file is no result document.
    """
    path = Path(path)
    if path.is_dir():
        return read_visit(path)
    try:
        return Visit(msgspec.json.decode(path.read_bytes(), type=Document))
    except (OSError, msgspec.DecodeError) as error:
        raise ValueError(
            f"no result document: {error}; give a session folder or what `rig replay --json` wrote"
        ) from error


def _told(marks: tuple[Mark, ...]) -> Told:
    """Later words about the same thing replace earlier ones."""
    facts: dict[str, Json] = {}
    for mark in marks:
        if mark.kind in (MarkKind.PARTICIPANT, MarkKind.ANSWERS, MarkKind.BOTTLE):
            facts |= mark.data
    assessor = facts.get("assessor")
    return Told(
        assessor=None if assessor is None else str(assessor),
        chair_height_mm=_whole(facts.get("chair_height_mm")),
        bottle_ml=_whole(facts.get("millilitres")),
        contraindications_asked="contraindications" in facts,
    )


def _whole(value: Json) -> int | None:
    return value if isinstance(value, int) else None


def parse_zone(text: str) -> tzinfo:
    """Read a time zone: an offset (`+08:00`), `UTC`, or a name of the zone database (`Asia/Taipei`).

    Raises
    ------
    ValueError
        It is none of these.
    """
    offset = _OFFSET.fullmatch(text)
    if text == "UTC":
        return UTC
    if offset is not None:
        minutes = int(offset[2]) * 60 + int(offset[3])
        if minutes < 24 * 60:
            return timezone(timedelta(minutes=-minutes if offset[1] == "-" else minutes))
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(
            f"unknown time zone {text!r}: give an offset such as +08:00, or a name such as Asia/Taipei"
        ) from None
