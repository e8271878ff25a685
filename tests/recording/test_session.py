"""Sessions of several segments: one time axis, reviews, and files that are missing, foreign or not ours."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from rig.model.clock import ManualClock
from rig.model.records import Direction, Mark, Packet, Record
from rig.model.session import Fault, FaultKind
from rig.recording import RecordingError, SessionWriter, content_hash, read_session
from tests.recording.lab import HEADER, SECOND, SEGMENT_HEADER, SETUP, encoded, walkers

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def packet(t_ns: int, data: bytes = b"x") -> Packet:
    return Packet("imu", "0002", Direction.RX, t_ns, data)


def record_in(folder: Path, clock: ManualClock, *records: Record) -> None:
    """Create the session or go on with it."""
    started = (folder / "segment-0001.mcap").exists()
    writer = SessionWriter.resume(folder, clock) if started else SessionWriter.create(folder, HEADER, SETUP, clock)
    with writer:
        for record in records:
            writer.write(record)


def only_fault(folder: Path) -> Fault:
    (fault,) = read_session(folder).faults
    return fault


def test_a_resumed_session_goes_on_in_a_new_file(tmp_path: Path) -> None:
    record_in(tmp_path, ManualClock(5, boot_id="a"), packet(10))
    first = (tmp_path / "segment-0001.mcap").read_bytes()
    record_in(tmp_path, ManualClock(90, boot_id="a"), packet(100))
    session = read_session(tmp_path)
    assert session.records == (packet(10), packet(100))
    assert [header.ordinal for header in session.segments] == [1, 2]
    assert session.faults == ()
    assert (tmp_path / "segment-0001.mcap").read_bytes() == first


def test_a_resumed_segment_names_the_software_that_wrote_it(tmp_path: Path) -> None:
    record_in(tmp_path, ManualClock())
    SessionWriter.resume(tmp_path, ManualClock(), {"sppb-rig": "0.2.0"}).close()
    session = read_session(tmp_path)
    assert [header.session.software["sppb-rig"] for header in session.segments] == ["0.1.0", "0.2.0"]
    assert session.header == HEADER


def test_a_segment_after_a_reboot_is_placed_by_the_wall_clock(tmp_path: Path) -> None:
    record_in(tmp_path, ManualClock(1000 * SECOND, NOON, "a"), packet(1001 * SECOND))
    record_in(tmp_path, ManualClock(7 * SECOND, NOON + timedelta(seconds=60), "b"), packet(8 * SECOND, b"y"))
    record_in(tmp_path, ManualClock(20 * SECOND, NOON + timedelta(seconds=999), "b"), packet(21 * SECOND, b"z"))
    session = read_session(tmp_path)
    assert session.records == (packet(1001 * SECOND), packet(1061 * SECOND, b"y"), packet(1074 * SECOND, b"z"))
    assert [header.anchor_ns for header in session.segments] == [1000 * SECOND, 1060 * SECOND, 1073 * SECOND]
    assert session.faults == ()


def test_a_wall_clock_set_back_never_puts_a_segment_before_its_predecessor(tmp_path: Path) -> None:
    record_in(tmp_path, ManualClock(1000 * SECOND, NOON, "a"), packet(1001 * SECOND))
    record_in(tmp_path, ManualClock(7 * SECOND, NOON - timedelta(days=1), "b"), packet(8 * SECOND), packet(9 * SECOND))
    session = read_session(tmp_path)
    assert [record.t_ns // SECOND for record in session.records] == [1001, 1002, 1003]
    fault = only_fault(tmp_path)
    assert (fault.kind, fault.segment, fault.lost) == (FaultKind.CLOCK, "segment-0002.mcap", 0)


def test_a_cut_segment_may_concern_what_lies_before_the_next(tmp_path: Path) -> None:
    record_in(tmp_path, ManualClock(0, boot_id="a"), *walkers(40))
    whole = (tmp_path / "segment-0001.mcap").read_bytes()
    record_in(tmp_path, ManualClock(30 * SECOND, boot_id="a"), packet(31 * SECOND))
    (tmp_path / "segment-0001.mcap").write_bytes(whole[: len(whole) // 2])
    session = read_session(tmp_path)
    fault = only_fault(tmp_path)
    assert (fault.kind, fault.end_ns) == (FaultKind.CUT, 30 * SECOND)
    assert session.records[-1] == packet(31 * SECOND)
    last = session.records[-2].t_ns
    assert fault.start_ns == last
    assert fault.may_affect(last, last + 1)
    assert not fault.may_affect(0, last)
    assert not fault.may_affect(30 * SECOND, 40 * SECOND)


def test_a_trial_read_at_a_flush_is_final_though_the_recording_goes_on(tmp_path: Path) -> None:
    clock = ManualClock()
    with SessionWriter.create(tmp_path, HEADER, SETUP, clock) as writer:
        writer.write(packet(2 * SECOND))
        clock.advance(9 * SECOND)
        writer.flush()
        live = read_session(tmp_path)
        assert live.records == (packet(2 * SECOND),)
        (fault,) = live.faults
        assert (fault.kind, fault.start_ns) == (FaultKind.CUT, 9 * SECOND)
        assert not fault.may_affect(0, 9 * SECOND)
        writer.write(packet(10 * SECOND))
    assert read_session(tmp_path).records == (packet(2 * SECOND), packet(10 * SECOND))
    assert read_session(tmp_path).faults == ()


def test_a_flush_bounds_what_was_lost_before_it(tmp_path: Path) -> None:
    clock = ManualClock()
    with SessionWriter.create(tmp_path, HEADER, SETUP, clock) as writer:
        for second in range(4):
            writer.write(packet(second * SECOND))
            clock.advance(SECOND)
            writer.flush()
    data = bytearray(writer.path.read_bytes())
    at = [index for index in range(len(data)) if data[index : index + 4] == b"zstd"][2]
    data[at + 20] ^= 1
    writer.path.write_bytes(data)
    fault = only_fault(tmp_path)
    assert (fault.lost, fault.start_ns, fault.end_ns) == (1, 2 * SECOND, 3 * SECOND + 1)


def test_segments_of_one_boot_keep_their_times_even_if_they_overlap(tmp_path: Path) -> None:
    for _ in range(2):
        record_in(tmp_path, ManualClock(), packet(5))
    assert read_session(tmp_path).records == (packet(5), packet(5))
    assert read_session(tmp_path).faults == ()


def test_times_of_faults_are_moved_with_their_segment(tmp_path: Path) -> None:
    record_in(tmp_path, ManualClock(1000 * SECOND, NOON, "a"), packet(1001 * SECOND))
    record_in(tmp_path, ManualClock(0, NOON + timedelta(seconds=60), "b"), *walkers(20))
    path = tmp_path / "segment-0002.mcap"
    data = path.read_bytes()
    at = data.rindex(b"zstd", 0, len(data) // 2)
    path.write_bytes(data[: at + 20] + b"\0" + data[at + 21 :])
    fault = only_fault(tmp_path)
    assert fault.kind is FaultKind.DAMAGED
    assert fault.start_ns is not None
    assert fault.end_ns is not None
    assert 1060 * SECOND < fault.start_ns < fault.end_ns < 1066 * SECOND
    assert fault.lost


def test_a_review_adds_marks_on_the_sessions_axis_behind_all_records(tmp_path: Path) -> None:
    record_in(tmp_path, ManualClock(1000 * SECOND, NOON, "a"), packet(1001 * SECOND))
    edits = [
        Mark("edit", 1001 * SECOND, "t1", {"event": "seat_off", "ordinal": 2, "t_ns": 1_001_500_000_000, "who": "pt1"}),
        Mark("edit", 1000 * SECOND, "t1", {"event": "standing", "ordinal": 1, "t_ns": 1_000_500_000_000, "who": "pt1"}),
    ]
    before = content_hash(tmp_path)
    for edit in edits:
        with SessionWriter.review(tmp_path, ManualClock(3, NOON + timedelta(days=7), "other host")) as review:
            review.write(edit)
    session = read_session(tmp_path)
    assert session.records == (packet(1001 * SECOND), *edits)
    assert [(header.kind, header.ordinal) for header in session.segments] == [
        ("recording", 1),
        ("review", 1),
        ("review", 2),
    ]
    assert session.faults == ()
    assert content_hash(tmp_path) != before


def test_a_lost_review_may_concern_any_trial(tmp_path: Path) -> None:
    record_in(tmp_path, ManualClock(), packet(1))
    for _ in range(2):
        SessionWriter.review(tmp_path, ManualClock()).close()
    (tmp_path / "review-0001.mcap").unlink()
    fault = only_fault(tmp_path)
    assert fault.kind is FaultKind.SEGMENT_MISSING
    assert fault.may_affect(0, 1)
    review = tmp_path / "review-0002.mcap"
    review.rename(tmp_path / "review-0001.mcap")
    assert only_fault(tmp_path).kind is FaultKind.FOREIGN_SEGMENT
    assert only_fault(tmp_path).may_affect(0, 1)


def test_an_edit_lost_to_damage_may_concern_any_trial(tmp_path: Path) -> None:
    record_in(tmp_path, ManualClock(), packet(1))
    with SessionWriter.review(tmp_path, ManualClock()) as review:
        review.write(Mark("edit", 50 * SECOND, "t1"))
    data = bytearray(review.path.read_bytes())
    data[data.index(b"zstd") + 20] ^= 1
    review.path.write_bytes(data)
    fault = only_fault(tmp_path)
    assert (fault.kind, fault.segment, fault.lost) == (FaultKind.DAMAGED, "review-0001.mcap", 1)
    assert (fault.start_ns, fault.end_ns) == (None, None)


def test_a_review_is_no_recording(tmp_path: Path) -> None:
    record_in(tmp_path, ManualClock(), packet(1))
    for _ in range(2):
        SessionWriter.review(tmp_path, ManualClock()).close()
    (tmp_path / "review-0002.mcap").rename(tmp_path / "segment-0002.mcap")
    assert only_fault(tmp_path).kind is FaultKind.FOREIGN_SEGMENT


def test_a_missing_segment_is_told_with_the_time_it_covered(tmp_path: Path) -> None:
    for second in (0, 10, 20):
        record_in(tmp_path, ManualClock(second * SECOND), packet(second * SECOND + 5))
    (tmp_path / "segment-0002.mcap").unlink()
    fault = only_fault(tmp_path)
    assert (fault.kind, fault.segment) == (FaultKind.SEGMENT_MISSING, "segment-0002.mcap")
    assert (fault.start_ns, fault.end_ns) == (5, 20 * SECOND)
    (tmp_path / "segment-0001.mcap").unlink()
    session = read_session(tmp_path)
    assert session.records == (packet(20 * SECOND + 5),)
    assert [fault.segment for fault in session.faults] == ["segment-0001.mcap", "segment-0002.mcap"]


def test_a_segment_of_another_session_is_left_out(tmp_path: Path) -> None:
    for second in (0, 10):
        record_in(tmp_path, ManualClock(second * SECOND), packet(second * SECOND))
    other = replace(SEGMENT_HEADER, session=replace(HEADER, session_id="other"), ordinal=2)
    (tmp_path / "segment-0002.mcap").write_bytes(encoded(walkers(), other))
    session = read_session(tmp_path)
    assert session.records == (packet(0),)
    assert only_fault(tmp_path).kind is FaultKind.FOREIGN_SEGMENT
    assert only_fault(tmp_path).may_affect(10 * SECOND, 11 * SECOND)


def test_a_copy_of_a_segment_is_not_taken_for_the_next(tmp_path: Path) -> None:
    record_in(tmp_path, ManualClock(), packet(0))
    (tmp_path / "segment-0002.mcap").write_bytes((tmp_path / "segment-0001.mcap").read_bytes())
    (tmp_path / "segment-0001 (copy).mcap").write_bytes(b"ignored")
    session = read_session(tmp_path)
    assert session.records == (packet(0),)
    assert only_fault(tmp_path).kind is FaultKind.FOREIGN_SEGMENT


def test_a_segment_without_header_is_read_and_its_place_doubted(tmp_path: Path) -> None:
    record_in(tmp_path, ManualClock(0), packet(0))
    record_in(tmp_path, ManualClock(10 * SECOND), packet(10 * SECOND))
    path = tmp_path / "segment-0002.mcap"
    path.write_bytes(path.read_bytes().replace(b"rig.segment", b"rig.sEgment"))
    session = read_session(tmp_path)
    assert session.records == (packet(0), packet(10 * SECOND))
    assert {fault.kind for fault in session.faults} == {FaultKind.DAMAGED, FaultKind.HEADER_MISSING, FaultKind.CLOCK}


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        (b"", FaultKind.EMPTY, "empty"),
        (b"PK\3\4 a zip archive", FaultKind.NOT_A_RECORDING, "no recording"),
        (b"\0" * 5000, FaultKind.NOT_A_RECORDING, "no recording"),
        (b"\x89MCAP", FaultKind.CUT, "ends without"),
    ],
)
def test_a_file_that_is_nothing_is_told_and_alone_refused(
    tmp_path: Path, data: bytes, kind: FaultKind, words: str
) -> None:
    (tmp_path / "segment-0001.mcap").write_bytes(data)
    with pytest.raises(RecordingError, match=rf"no segment can be read \(segment-0001.mcap.*{words}.*\)") as told:
        read_session(tmp_path)
    assert "\n" not in str(told.value)
    (tmp_path / "segment-0002.mcap").write_bytes(encoded(walkers(), replace(SEGMENT_HEADER, ordinal=2)))
    assert read_session(tmp_path).records
    assert only_fault(tmp_path).kind is kind
    assert only_fault(tmp_path).end_ns == SEGMENT_HEADER.anchor_ns


def test_a_wrong_magic_alone_costs_nothing(tmp_path: Path) -> None:
    (tmp_path / "segment-0001.mcap").write_bytes(b"\x89MCAP1\r\n" + encoded(walkers())[8:])
    assert list(read_session(tmp_path).records) == walkers()
    fault = only_fault(tmp_path)
    assert (fault.kind, fault.offset, fault.lost) == (FaultKind.DAMAGED, 0, 0)


def test_a_lost_set_up_is_refused(tmp_path: Path) -> None:
    (tmp_path / "segment-0001.mcap").write_bytes(encoded(walkers()).replace(b"schema = 1", b"schema = 2"))
    with pytest.raises(RecordingError, match=r"set-up \(rig.toml\) is lost"):
        read_session(tmp_path)


def test_places_without_a_session_are_refused(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"holds no segment-0001.mcap"):
        read_session(tmp_path)
    with pytest.raises(RecordingError, match=r"cannot be opened.*No such file"):
        read_session(tmp_path / "nowhere")
    (tmp_path / "file.mcap").touch()
    with pytest.raises(RecordingError, match="is a file: give the session's folder"):
        read_session(tmp_path / "file.mcap")
    (tmp_path / "segment-0001.mcap").mkdir()
    with pytest.raises(RecordingError, match="cannot be read: Is a directory"):
        read_session(tmp_path)
    with pytest.raises(RecordingError, match="cannot be read: Is a directory"):
        content_hash(tmp_path)


def test_the_hash_tells_sessions_apart_and_nothing_else(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "segment-0001.mcap").write_bytes(encoded(walkers()))
    (tmp_path / "b" / "notes.txt").write_text("beside")
    assert content_hash(tmp_path / "a") == content_hash(str(tmp_path / "b"))
    (tmp_path / "b" / "segment-0001.mcap").rename(tmp_path / "b" / "segment-0002.mcap")
    assert content_hash(tmp_path / "a") != content_hash(tmp_path / "b")
