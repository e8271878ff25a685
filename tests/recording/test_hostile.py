"""Files whose checksums hold but whose content is not what the rig writes: told, never raised, never believed."""

import struct
import tracemalloc
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import Any

import msgspec
import pytest
import zstandard
from mcap.writer import Writer
from msgspec.structs import replace

from rig.model.records import Direction, Mark, Packet, Record
from rig.model.session import FaultKind
from rig.recording import RecordingError, notes
from rig.recording.segment import Segment, read_segment
from rig.recording.walker import Chunk, walk
from tests.recording.lab import SECOND, SEGMENT_HEADER, encoded, walkers

NAME = "segment-0001.mcap"
PACKET = {"source": "imu", "endpoint": "e", "direction": "rx"}
EMPTY_MESSAGE = b"\0\1\0\0\0\0\0\0"


def written(fill: Callable[[Any], object]) -> Segment:
    """A segment whose chunk was written by the standard writer, as `fill` says."""
    stream = BytesIO()
    writer = Writer(stream, enable_data_crcs=True)
    writer.start()
    writer.add_metadata(notes.HEADER, notes.seal(notes.HEADER, SEGMENT_HEADER))
    fill(writer)
    writer.finish()  # type: ignore[no-untyped-call]  # the library's own
    return read_segment(NAME, stream.getvalue())


def kinds(segment: Segment) -> list[FaultKind]:
    return [fault.kind for fault in segment.faults]


def chunk(body: bytes, packed: bytes | None = None, size: int | None = None, compression: bytes = b"zstd") -> bytes:
    """A chunk record with a valid CRC."""
    packed = zstandard.compress(body) if packed is None else packed
    head = struct.pack("<QQQI", 0, 0, len(body) if size is None else size, zlib.crc32(body))
    content = head + struct.pack("<I", len(compression)) + compression + struct.pack("<Q", len(packed)) + packed
    return struct.pack("<BQ", 6, len(content)) + content


@pytest.mark.parametrize(
    ("encoding", "entries", "content"),
    [
        ("cdr", {"source": "imu"}, EMPTY_MESSAGE),
        ("cdr", PACKET | {"direction": "sideways"}, EMPTY_MESSAGE),
        ("cdr", PACKET, b""),
        ("cdr", PACKET, b"\0\1\0\0\2\0\0\0x"),
        ("cdr", PACKET, b"\0\0\0\0\0\0\0\0"),
        ("json", {}, b""),
        ("json", {}, b'{"type":"Mark","kind":"note","t_ns":6}'),
        ("json", {}, b'{"type":"Bookmark","kind":"note","t_ns":7}'),
        ("json", {}, b'{"type":"Mark","kind":"note","t_ns":7,"data":[]}'),
        ("json", {}, b'{"type":"Mark","kind":"note","t_ns":7,"data":' + b'{"a":' * 5000 + b"0" + b"}" * 5000 + b"}"),
    ],
)
def test_a_message_that_is_not_understood_is_told_with_its_time(
    encoding: str, entries: dict[str, str], content: bytes
) -> None:
    def fill(writer: Any) -> None:
        good = writer.register_channel("/good", "cdr", 0, PACKET)
        bad = writer.register_channel("/bad", encoding, 0, entries)
        writer.add_message(good, 5, EMPTY_MESSAGE, 5, 0)
        writer.add_message(bad, 7, content, 7, 1)
        writer.add_message(good, 9, EMPTY_MESSAGE, 9, 2)
        writer.add_metadata(notes.END, notes.seal(notes.END, notes.EndNote(3)))

    segment = written(fill)
    if entries in ({}, PACKET):
        assert [record.t_ns for record in segment.records] == [5, 9]
        assert kinds(segment) == [FaultKind.UNREADABLE]
    assert any(fault.may_affect(7, 8) for fault in segment.faults)


def test_a_message_without_a_channel_is_told() -> None:
    def fill(writer: Any) -> None:
        writer.add_message(12, 7, EMPTY_MESSAGE, 7, 0)
        writer.add_metadata(notes.END, notes.seal(notes.END, notes.EndNote(1)))

    (fault,) = written(fill).faults
    assert (fault.kind, fault.lost, fault.start_ns, fault.end_ns) == (FaultKind.UNREADABLE, 1, 7, 8)


def test_numbers_that_are_not_there_are_told() -> None:
    def fill(writer: Any) -> None:
        channel = writer.register_channel("/imu", "cdr", 0, PACKET)
        writer.add_message(channel, 5, EMPTY_MESSAGE, 5, 0)
        writer.flush()
        writer.add_message(channel, 9, EMPTY_MESSAGE, 9, 4)
        writer.add_metadata(notes.END, notes.seal(notes.END, notes.EndNote(5)))

    (fault,) = written(fill).faults
    assert (fault.kind, fault.lost, fault.start_ns, fault.end_ns) == (FaultKind.MISSING, 3, 5, 10)


def test_a_loss_between_stamps_that_cross_is_told_over_both() -> None:
    def fill(writer: Any) -> None:
        channel = writer.register_channel("/imu", "cdr", 0, PACKET)
        writer.add_message(channel, 20, EMPTY_MESSAGE, 20, 0)
        writer.flush()
        writer.add_message(channel, 15, EMPTY_MESSAGE, 15, 2)
        writer.add_metadata(notes.END, notes.seal(notes.END, notes.EndNote(3)))

    (fault,) = written(fill).faults
    assert (fault.kind, fault.lost, fault.start_ns, fault.end_ns) == (FaultKind.MISSING, 1, 15, 21)


def test_a_gap_within_a_chunk_is_told_up_to_the_record_behind_it() -> None:
    def fill(writer: Any) -> None:
        channel = writer.register_channel("/imu", "cdr", 0, PACKET)
        for t_ns, sequence in ((5, 0), (90, 3), (95, 4)):
            writer.add_message(channel, t_ns, EMPTY_MESSAGE, t_ns, sequence)
        writer.add_metadata(notes.END, notes.seal(notes.END, notes.EndNote(5)))

    (fault,) = written(fill).faults
    assert (fault.lost, fault.start_ns, fault.end_ns) == (2, 0, 91)


def test_a_chunk_that_comes_twice_is_read_once() -> None:
    whole = encoded(walkers())
    at = whole.index(b"zstd") - 41
    (length,) = struct.unpack_from("<Q", whole, at + 1)
    end = at + 9 + length
    segment = read_segment(NAME, whole[:end] + whole[at:end] + whole[end:])
    assert list(segment.records) == walkers()
    assert [(fault.kind, fault.lost) for fault in segment.faults] == [(FaultKind.DAMAGED, 0)]


def test_a_chunk_that_comes_again_in_place_of_another_does_not_hide_the_loss() -> None:
    whole = encoded(walkers())
    first, second = [piece for piece in walk(whole) if isinstance(piece, Chunk)][:2]
    changed = whole[: second.offset] + b"?" + whole[first.offset : first.end] + whole[second.end :]
    segment = read_segment(NAME, changed)
    assert list(segment.records) == [record for record in walkers() if not SECOND < record.t_ns < 2 * SECOND + 2]
    damage, repeat = segment.faults
    assert (damage.kind, damage.lost) == (FaultKind.DAMAGED, len(walkers()) - len(segment.records))
    assert (repeat.kind, repeat.lost) == (FaultKind.DAMAGED, 0)


@pytest.mark.parametrize("name", [notes.CHANNEL, notes.FLUSHED, notes.FAULT, notes.END])
@pytest.mark.parametrize("note", [{}, [], {"id": 1, "source": "a", "endpoint": "b", "direction": "sideways"}])
def test_a_sealed_note_of_unknown_content_is_told(name: str, note: object) -> None:
    segment = written(lambda writer: writer.add_metadata(name, notes.seal(name, note)))
    assert FaultKind.UNREADABLE in kinds(segment)


def test_a_note_of_a_later_version_is_passed_over() -> None:
    assert kinds(written(lambda writer: writer.add_metadata("rig.new", notes.seal("rig.new", {})))) == [FaultKind.CUT]


@pytest.mark.parametrize("anchor", ["yesterday", "2026-01-01T00:00:00", "1815-06-18T11:30:00+00:00"])
def test_a_header_whose_date_is_none_is_refused(anchor: str) -> None:
    with pytest.raises(RecordingError, match="not of recording format 1"):
        read_segment(NAME, encoded([], replace(SEGMENT_HEADER, anchor_utc=anchor)))


@pytest.mark.parametrize(
    "bad",
    [
        chunk(b"\x05" + bytes(8)),
        chunk(struct.pack("<BQ", 5, 100)),
        chunk(b"\x05" * 100),
        chunk(b"", compression=b"lz4"),
        chunk(b"", packed=b"no zstd"),
        chunk(b"", compression=b"\xff"),
    ],
    ids=range(6),
)
def test_a_chunk_that_holds_no_records_is_damage(bad: bytes) -> None:
    records = walkers()
    whole = encoded(records)
    for at in (8, whole.index(b"zstd") - 41):
        segment = read_segment(NAME, whole[:at] + bad + whole[at:])
        assert list(segment.records) == records
        assert FaultKind.DAMAGED in kinds(segment)
        assert all(fault.lost == 0 for fault in segment.faults)


@pytest.mark.parametrize("size", [None, 0, 2**63])
def test_a_chunk_that_unpacks_into_gigabytes_is_not_unpacked(size: int | None) -> None:
    packer = zstandard.ZstdCompressor().compressobj()
    parts = [packer.compress(bytes(2**24)) for _ in range(16)]
    packed = b"".join([*parts, packer.flush()])
    bomb = chunk(b"", packed=packed, size=2**28 if size is None else size)
    tracemalloc.start()
    segment = read_segment(NAME, encoded(walkers(), closed=False) + bomb)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kinds(segment) == [FaultKind.CUT]
    assert list(segment.records) == walkers()
    assert peak < 2**27


def test_a_recording_inside_a_payload_is_a_payload() -> None:
    inner = encoded([Packet("inner", "e", Direction.RX, SECOND + 1, b"forged"), Mark("abort", SECOND + 2, "t1")])
    records: list[Record] = [*walkers(9), Packet("files", "serial", Direction.RX, 3 * SECOND, inner), *walkers(1)]
    assert list(read_segment(NAME, encoded(records)).records) == records


def test_garbage_of_many_megabytes_is_searched_in_time() -> None:
    # in the square of its size this would outlast the suite's time limit
    for filling in (bytes(2**23), bytes([6, 1, 1, 1, 0, 0, 0, 0, 0]) * 2**20, b"\x0c" + bytes(8) * 2**20):
        whole = encoded(walkers())
        segment = read_segment(NAME, whole[:700] + filling + whole[700:])
        assert len(segment.records) >= len(walkers()) - 8
        assert segment.faults


def test_unsealed_notes_are_not_believed() -> None:
    sealed = notes.seal(notes.END, notes.EndNote(5))
    assert notes.unseal(notes.END, sealed) == msgspec.json.encode(notes.EndNote(5))
    assert notes.unseal(notes.HEADER, sealed) is None
    assert notes.unseal(notes.END, sealed | {"json": '{"records":6}'}) is None
    assert notes.unseal(notes.END, {}) is None
