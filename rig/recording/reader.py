"""Reading a session: all its segments on one time axis, with everything that is wrong with them."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from msgspec.structs import replace

from rig.model.records import Record
from rig.model.session import Fault, FaultKind, SegmentHeader, SessionHeader
from rig.recording.axis import Axis
from rig.recording.errors import RecordingError
from rig.recording.folder import Kind, find_segments, read_bytes, segment_name
from rig.recording.segment import Segment, read_segment


@dataclass(frozen=True, slots=True)
class Session:
    """A session as read.

    Attributes
    ----------
    header
        That of the first segment.
    setup_text
        The text of `rig.toml`.
    segments
        Headers of the segments that were read, recordings first, then reviews.
    records
        Recordings by segment, within a segment by host time, records of equal time as written; then the reviews'
        marks as written. All times are on the first segment's axis.
    faults
        What is wrong with the session, by segment and place, on the same axis.
    """

    header: SessionHeader
    setup_text: str
    segments: tuple[SegmentHeader, ...]
    records: tuple[Record, ...]
    faults: tuple[Fault, ...]


def read_session(folder: str | os.PathLike[str]) -> Session:
    """Read a session folder.

    Times are on the monotonic clock of the first segment (see `rig.recording.axis.Axis`): where the place of a
    later segment on it is not known, a `clock` fault says so. Times within a segment are never touched.

    Raises
    ------
    RecordingError
        If there is no session, none of its segments can be read, or its set-up is lost in all of them.
    """
    folder = Path(folder)
    files = _read_files(folder, "recording")
    if not files:
        raise RecordingError(f"{folder} holds no segment-0001.mcap: give the folder of a recorded session")
    first = _first_header(folder, files)
    recordings = _own(files, "recording", first)
    reviews = [_unbounded(segment) for segment in _own(_read_files(folder, "review"), "review", first)]
    placed = _bounded(_placed(recordings, first))
    everything = [*placed, *reviews]
    return Session(
        header=first.session,
        setup_text=_setup_text(folder, recordings),
        segments=tuple(segment.header for segment in everything if segment.header is not None),
        records=tuple(record for segment in everything for record in segment.records),
        faults=tuple(fault for segment in everything for fault in segment.faults),
    )


def read_file(path: Path) -> Segment:
    """Read one segment from its file.

    Raises
    ------
    RecordingError
        If the file cannot be opened or was written by a newer version of the format.
    """
    return read_segment(path.name, read_bytes(path))


def _read_files(folder: Path, kind: Kind) -> dict[int, Segment]:
    return {ordinal: read_file(path) for ordinal, path in find_segments(folder, kind).items()}


def _first_header(folder: Path, segments: dict[int, Segment]) -> SegmentHeader:
    for segment in segments.values():
        if segment.header is not None:
            return segment.header
    faults = [fault.message for segment in segments.values() for fault in segment.faults]
    raise RecordingError(
        f"{folder}: no segment can be read ({faults[0]}); take the session from its back-up or record in a new folder"
    )


def _setup_text(folder: Path, segments: Sequence[Segment]) -> str:
    for segment in segments:
        if segment.setup_text is not None:
            return segment.setup_text
    raise RecordingError(
        f"{folder}: the set-up (rig.toml) is lost in every segment, without it nothing can be measured; "
        "take the session from its back-up"
    )


def _own(segments: dict[int, Segment], kind: Kind, first: SegmentHeader) -> list[Segment]:
    """List the segments from number 1 on; strangers without their records, missing numbers as empty ones."""
    found = []
    for ordinal in range(1, max(segments, default=0) + 1):
        name = segment_name(kind, ordinal)
        segment = segments.get(ordinal)
        if segment is None:
            text = f"{name} is not in the folder though later ones are: its records are missing; look for it"
            found.append(_nothing(Fault(name, 0, None, FaultKind.SEGMENT_MISSING, text)))
        elif segment.header is not None and not _fits(segment.header, kind, ordinal, first):
            text = f"{name} belongs to another session or place and is left out; put the right file in its place"
            found.append(_nothing(Fault(name, 0, None, FaultKind.FOREIGN_SEGMENT, text)))
        else:
            found.append(segment)
    return found


def _fits(header: SegmentHeader, kind: Kind, ordinal: int, first: SegmentHeader) -> bool:
    same_session = header.session.session_id == first.session.session_id
    return same_session and header.kind == kind and header.ordinal == ordinal


def _nothing(fault: Fault) -> Segment:
    return Segment(fault.segment, None, None, (), (fault,))


def _placed(segments: Sequence[Segment], first: SegmentHeader) -> list[Segment]:
    axis = Axis(first)
    return [_moved(segment, *axis.place(segment)) for segment in segments]


def _moved(segment: Segment, shift: int, known: bool) -> Segment:
    """Put the segment on the session's axis, its records by time."""
    records = [replace(record, t_ns=record.t_ns + shift) for record in segment.records] if shift else segment.records
    faults = tuple(_shifted(fault, shift) for fault in segment.faults)
    if not known and records:
        text = f"{segment.name}: how long after the segment before it begins is not known; times within it are"
        faults = (*faults, Fault(segment.name, 0, None, FaultKind.CLOCK, text, lost=0))
    header = segment.header and replace(segment.header, anchor_ns=segment.header.anchor_ns + shift)
    return Segment(segment.name, header, segment.setup_text, tuple(sorted(records, key=attrgetter("t_ns"))), faults)


def _shifted(fault: Fault, shift: int) -> Fault:
    start_ns = None if fault.start_ns is None else fault.start_ns + shift
    end_ns = None if fault.end_ns is None else fault.end_ns + shift
    return replace(fault, start_ns=start_ns, end_ns=end_ns)


def _bounded(segments: Sequence[Segment]) -> list[Segment]:
    """Bound faults that are open to a side by the neighbouring segments: no trial spans two."""
    bounded = []
    for index, segment in enumerate(segments):
        before = next((other.records[-1].t_ns for other in reversed(segments[:index]) if other.records), None)
        behind = next((other.header.anchor_ns for other in segments[index + 1 :] if other.header), None)
        faults = tuple(_within(fault, before, behind) for fault in segment.faults)
        bounded.append(Segment(segment.name, segment.header, segment.setup_text, segment.records, faults))
    return bounded


def _within(fault: Fault, before: int | None, behind: int | None) -> Fault:
    start_ns = before if fault.start_ns is None else fault.start_ns
    end_ns = behind if fault.end_ns is None else fault.end_ns
    return replace(fault, start_ns=start_ns, end_ns=end_ns)


def _unbounded(segment: Segment) -> Segment:
    """Open the faults of a review to both sides: a lost edit may have been of any trial."""
    faults = tuple(replace(fault, start_ns=None, end_ns=None) for fault in segment.faults)
    return Segment(segment.name, segment.header, segment.setup_text, segment.records, faults)
