"""What a recording says of itself: the session, its segments, and what is damaged or missing."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Literal

import msgspec

SCHEMA_VERSION = 1
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class SessionHeader(msgspec.Struct, frozen=True):
    """What all segments of a session have in common.

    Attributes
    ----------
    session_id
        The session's name in every document made from it; a pseudonym, no personal data.
    software
        Versions of the software that recorded, by name.
    schema
        Version of the recording format.
    """

    session_id: str
    software: dict[str, str] = {}
    schema: int = SCHEMA_VERSION


class SegmentHeader(msgspec.Struct, frozen=True):
    """One start or resume of a recording, or one review of it.

    Attributes
    ----------
    session
        The session it belongs to; `software` is that of this segment's writer.
    kind
        A recording of packets and marks as they came, or a review's marks made afterwards.
    ordinal
        1-based, the number in the file's name.
    boot_id
        Epoch of the monotonic clock (`rig.model.clock.Clock.boot_id`).
    anchor_ns
        Reading of the monotonic clock when the segment was opened.
    anchor_utc
        Wall clock at the same instant, ISO 8601 in UTC.
    """

    session: SessionHeader
    kind: Literal["recording", "review"]
    ordinal: int
    boot_id: str
    anchor_ns: int
    anchor_utc: str

    @property
    def wall_ns(self) -> int:
        """The wall-clock anchor in nanoseconds since 1970, to the microsecond.

        Raises
        ------
        ValueError, TypeError
            If `anchor_utc` is no date and time with a zone.
        """
        return wall_ns(datetime.fromisoformat(self.anchor_utc))


def wall_ns(moment: datetime) -> int:
    """Nanoseconds since 1970, to the microsecond, of a date and time with a zone."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000


class FaultKind(StrEnum):
    """What can be wrong with a recording."""

    CUT = "cut"
    """The file ends before its closing record: the recorder was killed, or the file was truncated."""
    DAMAGED = "damaged"
    """Bytes in the file are not what was written; they are left out."""
    MISSING = "missing"
    """Records that were written are not in the file any more."""
    UNREADABLE = "unreadable"
    """Records are whole but cannot be understood (unknown channel, unknown content)."""
    CHECKSUM = "checksum"
    """Every record is whole, but bytes beside them (index, times of chunks) have changed."""
    EMPTY = "empty"
    """A segment without a byte."""
    NOT_A_RECORDING = "not_a_recording"
    """A segment that holds nothing this format knows."""
    SEGMENT_MISSING = "segment_missing"
    """A number in the sequence of segments is not there."""
    FOREIGN_SEGMENT = "foreign_segment"
    """A segment of another session, or under another's number; it is left out."""
    HEADER_MISSING = "header_missing"
    """A segment whose header is lost."""
    CLOCK = "clock"
    """The place of a segment on the session's time axis is not known; times within it are."""


class Fault(msgspec.Struct, frozen=True):
    """Something wrong with a recording, and what it may have affected.

    Attributes
    ----------
    segment
        The file's name in the session folder.
    offset, length
        The bytes concerned; `length` is None where the end is not known.
    kind
        Code, for programs and translations.
    message
        Plain words: what is wrong, what is missing, what to do.
    lost
        How many records are known to be lost; None where that cannot be known.
    start_ns, end_ns
        Session time (half-open) within which lost records may have been; None: without bound on that side.
    """

    segment: str
    offset: int
    length: int | None
    kind: FaultKind
    message: str
    lost: int | None = None
    start_ns: int | None = None
    end_ns: int | None = None

    def may_affect(self, start_ns: int, end_ns: int) -> bool:
        """Whether records of `[start_ns, end_ns)` may be missing through this fault."""
        if self.lost == 0:
            return False
        after = self.start_ns is not None and self.start_ns >= end_ns
        before = self.end_ns is not None and self.end_ns <= start_ns
        return not (after or before)
