"""The result document of a session: what was measured, how well, and what it scores.

Times are floored once to 100 us and kept as integer microseconds; that value is scored and written, so a
document scored again gives the same points. Instants (`t_us`) are microseconds of session time, which starts
at the first segment's monotonic anchor. Other measures carry five significant digits and their unit.
"""

from typing import Any, Literal

import msgspec

SCHEMA_VERSION = 1

Status = Literal["completed", "unable", "aborted", "missing"]


class Event(msgspec.Struct, frozen=True):
    """A landmark (docs/landmarks.md) with its instant and who saw it.

    Attributes
    ----------
    name, ordinal
        The landmark, and which of its kind in this trial (1-based).
    t_us, u_us
        Session time and standard uncertainty of the observation, without the clock of its device.
    source
        The device's id; `page` for a start signal that it sounded and stamped; `operator`, or `edit` for an instant
        corrected in a review.
    """

    name: str
    ordinal: int
    t_us: int
    u_us: int
    source: str


class Time(msgspec.Struct, frozen=True):
    """A time by a named profile: the difference of two events, or null with the reason.

    `deviation` says that `start` stands in for the profile's own start, which could not be told.
    """

    profile: str
    start: str
    end: str
    time_us: int | None
    u_us: int | None
    reason: str | None = None
    deviation: str | None = None


class Measure(msgspec.Struct, frozen=True):
    """A figure that is not a time between two landmarks."""

    name: str
    value: float | None
    unit: str


class Trial(msgspec.Struct, frozen=True):
    """One trial: what was decided by people, what the sensors saw, and the times that follow."""

    trial: str
    test: str
    ordinal: int
    status: Status
    reason: str | None
    aid: str
    started_us: int
    ended_us: int | None
    events: tuple[Event, ...]
    times: tuple[Time, ...]
    measures: tuple[Measure, ...]
    quality: tuple[str, ...]
    manual_time_us: int | None = None


class DeviceQuality(msgspec.Struct, frozen=True):
    """How well a device delivered over the whole session."""

    id: str
    kind: str
    role: str | None
    facts: dict[str, Any]


class Damage(msgspec.Struct, frozen=True):
    """Something the recording has lost: where, what, and the session time it may concern."""

    code: str
    message: str
    start_us: int | None = None
    end_us: int | None = None


class Participant(msgspec.Struct, frozen=True):
    """Pseudonymous facts the operator gave."""

    id: str | None = None
    age_years: int | None = None
    sex: str | None = None


class Document(msgspec.Struct, frozen=True):
    """The result of one session; `scores` is the answer of `rig score` to `assessment`."""

    schema_version: int
    session: str
    started_utc: str
    participant: Participant
    course: dict[str, Any]
    devices: tuple[DeviceQuality, ...]
    trials: tuple[Trial, ...]
    assessment: dict[str, Any]
    scores: dict[str, Any]
    damage: tuple[Damage, ...]
    versions: dict[str, str]


def to_json(document: Document) -> bytes:
    """The document as indented UTF-8 JSON with a final newline: the bytes that are compared and kept."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"


def to_line(name: str, document: Document) -> bytes:
    """The document as one line of JSON, with the name of its recording first."""
    return msgspec.json.encode({"file": name, **msgspec.to_builtins(document)}) + b"\n"


def json_schema() -> dict[str, Any]:
    """The published JSON Schema of the document."""
    return msgspec.json.schema(Document)
