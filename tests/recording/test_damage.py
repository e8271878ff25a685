"""Cuts and flips at every byte: what is read was written, and what is missing is told."""

from collections.abc import Sequence
from operator import itemgetter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.model.records import Mark, Record
from rig.model.session import FaultKind
from rig.recording.segment import Segment, read_segment
from rig.recording.walker import Chunk, walk
from tests.recording.lab import SECOND, SEGMENT_HEADER, SETUP, encoded, in_order, recordings, walkers

NAME = "segment-0001.mcap"
RECORDS = walkers(9)
WHOLE = encoded(RECORDS)
OPEN = encoded(RECORDS, closed=False)


def missing(segment: Segment, records: Sequence[Record]) -> list[Record]:
    """The records that were not read; fails if one was altered, added, doubled or put elsewhere."""
    lost, found = [], iter(segment.records)
    following = next(found, None)
    for record in records:
        if following == record:
            following = next(found, None)
        else:
            lost.append(record)
    assert following is None, "a record that was not written, or not there"
    return lost


def assert_told(segment: Segment, lost: Sequence[Record]) -> None:
    """Every lost record lies in a fault's time range, and counts are right where they are known."""
    for record in lost:
        assert any(fault.may_affect(record.t_ns, record.t_ns + 1) for fault in segment.faults), record
    counts = [fault.lost for fault in segment.faults]
    known = sum(count for count in counts if count is not None)
    assert known <= len(lost) if None in counts else known == len(lost)


def flipped(data: bytes, at: int, mask: int) -> bytes:
    changed = bytearray(data)
    changed[at] ^= mask
    return bytes(changed)


def test_the_walk_covers_every_byte_once() -> None:
    pieces = list(walk(WHOLE))
    assert [piece.offset for piece in pieces[1:]] == [piece.end for piece in pieces[:-1]]


def check_cut(data: bytes, records: Sequence[Record]) -> int:
    segment = read_segment(NAME, data)
    read = len(segment.records)
    assert list(segment.records) == list(records[:read])
    assert_told(segment, records[read:])
    assert segment.faults
    assert {fault.kind for fault in segment.faults} <= {FaultKind.CUT, FaultKind.CHECKSUM, FaultKind.EMPTY}
    return read


def test_a_file_cut_at_any_byte_is_an_exact_prefix_that_grows_with_the_file() -> None:
    read = [check_cut(WHOLE[:size], RECORDS) for size in range(len(WHOLE))]
    assert read == sorted(read)
    assert sorted(set(read)) == [sum(map(len, chunks()[:count])) for count in range(len(chunks()) + 1)]


def chunks() -> list[list[Record]]:
    """The records as chunks divide them, by the times alone."""
    divided: list[list[Record]] = [[]]
    for record in RECORDS:
        if divided[-1] and divided[-1][-1].t_ns - divided[-1][0].t_ns >= 0.9 * SECOND:
            divided.append([])
        divided[-1].append(record)
    return divided


@given(recordings.map(in_order), st.data())
def test_any_recording_cut_anywhere_is_an_exact_prefix(records: list[Record], data: st.DataObject) -> None:
    whole = encoded(records)
    check_cut(whole[: data.draw(st.integers(0, len(whole) - 1))], records)


def chunk_at(data: bytes, at: int) -> list[Record]:
    """The records of the chunk that holds the byte."""
    whole = [piece for piece in walk(data) if isinstance(piece, Chunk)]
    return next((records for piece, records in zip(whole, chunks(), strict=True) if piece.offset <= at < piece.end), [])


@pytest.mark.parametrize(
    ("data", "mask"),
    [*((WHOLE, 1 << bit) for bit in range(8)), (OPEN, 1), (OPEN, 16), (OPEN, 255)],
    ids=str,
)
def test_a_flip_at_any_byte_costs_no_more_than_its_chunk_and_alters_nothing(data: bytes, mask: int) -> None:
    for at in range(len(data)):
        segment = read_segment(NAME, flipped(data, at, mask))
        lost = missing(segment, RECORDS)
        assert lost in ([], chunk_at(data, at)), at
        assert_told(segment, lost)
        assert segment.faults, at
        assert (segment.header, segment.setup_text) == (SEGMENT_HEADER, SETUP), at


@pytest.mark.parametrize(("arrival_s", "number"), [(2.6, 2), (9.9, -1)])
@pytest.mark.parametrize("cut", [False, True])
def test_a_lost_mark_that_spoke_of_the_past_is_told_at_its_time(arrival_s: float, number: int, *, cut: bool) -> None:
    late = Mark("manual_time", SECOND // 2, "t1")
    arrivals = [(record.t_ns / SECOND, record) for record in walkers(20)]
    records: list[Record] = [record for _, record in sorted([*arrivals, (arrival_s, late)], key=itemgetter(0))]
    data = encoded(records)
    chunk = [piece for piece in walk(data) if isinstance(piece, Chunk)][number]
    segment = read_segment(NAME, data[: chunk.offset + 60] if cut else flipped(data, chunk.offset + 60, 1))
    assert late in missing(segment, records)
    assert_told(segment, missing(segment, records))


@given(recordings.map(in_order), st.data())
def test_any_recording_with_any_bytes_overwritten_alters_no_record(records: list[Record], data: st.DataObject) -> None:
    changed = bytearray(encoded(records, closed=data.draw(st.booleans())))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed)))
        changed[at : at + data.draw(st.integers(0, 200))] = data.draw(st.binary(max_size=200))
    segment = read_segment(NAME, bytes(changed))
    lost = missing(segment, records)
    assert_told(segment, lost)


@given(st.binary(max_size=500))
def test_any_bytes_are_read_without_an_exception(data: bytes) -> None:
    for candidate in (data, WHOLE[:8] + data, WHOLE[:600] + data):
        segment = read_segment(NAME, candidate)
        assert not segment.records
        assert segment.faults
