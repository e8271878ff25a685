"""The writer's promises: durable each second, deterministic, never overwriting, plain about a full disk."""

import errno
import os
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from rig.model.clock import ManualClock, SystemClock
from rig.model.records import Direction, Mark, Packet, Record
from rig.model.session import FaultKind
from rig.recording import RecordingError, SessionWriter, read_session
from rig.recording.folder import FolderLock
from tests.recording.lab import HEADER, SECOND, SETUP, walkers


def packet(t_ns: int) -> Packet:
    return Packet("imu", "0002", Direction.RX, t_ns, b"x")


def record_all(writer: SessionWriter, records: Iterable[Record], pause_s: float = 0.0) -> None:
    with writer:
        for record in records:
            writer.write(record)
            time.sleep(pause_s)


def until(condition: Callable[[], bool]) -> None:
    """Wait for the thread that syncs."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited for 10 s"
        time.sleep(0.0005)


class CountedSync:
    """Stands for os.fsync: counts, and notes how long each file was when it was made durable."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self._real = os.fsync

    def __call__(self, fd: int) -> None:
        self.sizes.append(os.fstat(fd).st_size)
        self._real(fd)


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> CountedSync:
    counted = CountedSync()
    monkeypatch.setattr(os, "fsync", counted)
    return counted


def test_file_and_folder_are_durable_before_the_first_record(tmp_path: Path, syncs: CountedSync) -> None:
    with SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock()) as writer:
        until(lambda: len(syncs.sizes) == 2)
        assert writer.path.stat().st_size in syncs.sizes


def test_records_are_durable_each_second(tmp_path: Path, syncs: CountedSync) -> None:
    with SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock()) as writer:
        until(lambda: len(syncs.sizes) == 2)
        for second in range(5):
            for tenth in range(10):
                writer.write(packet(second * SECOND + tenth * SECOND // 10))
            until(lambda due=second + 3: len(syncs.sizes) == due)  # type: ignore[misc]  # bound to this turn of the loop
            assert syncs.sizes[-1] == writer.path.stat().st_size
            assert len(read_session(tmp_path).records) == 10 * (second + 1)


def test_a_tick_makes_a_lonely_record_durable(tmp_path: Path, syncs: CountedSync) -> None:
    clock = ManualClock()
    with SessionWriter.create(tmp_path, HEADER, SETUP, clock) as writer:
        until(lambda: len(syncs.sizes) == 2)
        writer.write(packet(0))
        clock.advance(SECOND // 2)
        writer.tick()
        assert not read_session(tmp_path).records
        clock.advance(SECOND // 2)
        writer.tick()
        until(lambda: len(syncs.sizes) == 3)
        assert list(read_session(tmp_path).records) == [packet(0)]
        clock.advance(SECOND)
        writer.tick()
    assert len(syncs.sizes) == 4  # nothing was waiting, so the last is that of closing


def test_a_slow_disk_does_not_keep_records_waiting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()
    with SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock()) as writer:
        monkeypatch.setattr(os, "fsync", lambda _: release.wait(10))
        begin = time.monotonic()
        for second in range(100):
            writer.write(packet(second * SECOND))
        took = time.monotonic() - begin
        release.set()
    assert took < 5
    assert len(read_session(tmp_path).records) == 100


def test_the_same_records_give_the_same_bytes_however_long_writing_took(tmp_path: Path) -> None:
    for folder, pause in (("a", 0.0), ("b", 0.002)):
        record_all(SessionWriter.create(tmp_path / folder, HEADER, SETUP, ManualClock()), walkers(40), pause)
    name = "segment-0001.mcap"
    assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_a_mark_that_speaks_of_the_past_is_kept_in_its_place(tmp_path: Path) -> None:
    records: list[Record] = [packet(10 * SECOND), Mark("manual_time", 2 * SECOND, "t1"), packet(10 * SECOND + 1)]
    record_all(SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock()), records)
    assert [record.t_ns for record in read_session(tmp_path).records] == sorted(record.t_ns for record in records)


def test_a_stamp_in_the_far_future_does_not_hold_back_what_follows(tmp_path: Path) -> None:
    records = [packet(10**6 * SECOND), packet(SECOND)]
    with SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock()) as writer:
        for record in records:
            writer.write(record)
        assert sorted(record.t_ns for record in read_session(tmp_path).records) == [SECOND, 10**6 * SECOND]


def test_a_system_that_writes_little_at_a_time_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: write(fd, bytes(data)[:100]))
    record_all(SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock()), walkers(40))
    monkeypatch.undo()
    session = read_session(tmp_path)
    assert list(session.records) == walkers(40)
    assert session.faults == ()


def test_threads_may_share_a_writer(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, HEADER, SETUP, SystemClock())
    times = [step * SECOND // 100 for step in range(400)]

    def record(source: str) -> None:
        for t_ns in times:
            writer.write(Packet(source, "e", Direction.RX, t_ns, b"x"))

    sources = [f"imu{index}" for index in range(4)]
    with writer, ThreadPoolExecutor(4) as pool:
        list(pool.map(record, sources))
    session = read_session(tmp_path)
    assert session.faults == ()
    for source in sources:
        assert [item.t_ns for item in session.records if isinstance(item, Packet) and item.source == source] == times


def test_a_recording_is_never_overwritten(tmp_path: Path) -> None:
    SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock()).close()
    before = (tmp_path / "segment-0001.mcap").read_bytes()
    with pytest.raises(RecordingError, match="holds a recording already"):
        SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock())
    assert (tmp_path / "segment-0001.mcap").read_bytes() == before


def test_a_folder_is_written_by_one_writer_at_a_time(tmp_path: Path) -> None:
    with SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock()):
        for start in (SessionWriter.resume, SessionWriter.review):
            with pytest.raises(RecordingError, match="another process"):
                start(tmp_path, ManualClock())
        with pytest.raises(RecordingError, match="another process"):
            SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock())
    SessionWriter.resume(tmp_path, ManualClock()).close()


def test_a_file_that_appears_at_the_last_moment_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "segment-0001.mcap").write_bytes(b"precious")
    monkeypatch.setattr("rig.recording.writer.find_segments", lambda *_: {})
    with pytest.raises(RecordingError, match="exists already"):
        SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock())
    assert (tmp_path / "segment-0001.mcap").read_bytes() == b"precious"
    FolderLock(tmp_path).release()


def test_a_closed_writer_takes_nothing_more(tmp_path: Path) -> None:
    writer = SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock())
    writer.close()
    writer.close()
    with pytest.raises(RecordingError, match="closed"):
        writer.write(packet(0))
    for late in (writer.tick, writer.flush):
        with pytest.raises(RecordingError, match="closed"):
            late()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(RecordingError, match="cannot be made a session folder"):
        SessionWriter.create(tmp_path / "file" / "s", HEADER, SETUP, ManualClock())
    with pytest.raises(RecordingError, match="session folder"):
        SessionWriter.create(tmp_path / "file", HEADER, SETUP, ManualClock())


class FullDisk:
    """Stands for os.write: after so many bytes the disk is full, in the middle of a write."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._real = os.write

    def __call__(self, fd: int, data: bytes) -> int:
        if not self._room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = self._real(fd, bytes(data)[: self._room])
        self._room -= written
        return written


def test_a_full_disk_stops_recording_plainly_and_keeps_what_was_flushed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = walkers(40)
    writer = SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock())
    monkeypatch.setattr(os, "write", FullDisk(2500))
    with pytest.raises(RecordingError, match=r"segment-0001.mcap: recording stopped.*No space left.*resume") as told:
        record_all(writer, records)
    monkeypatch.undo()
    assert "\n" not in str(told.value)
    with pytest.raises(RecordingError, match="recording stopped"):
        writer.write(records[0])
    session = read_session(tmp_path)
    flushed = session.records
    assert len(flushed) > 10
    assert list(flushed) == records[: len(flushed)]
    assert [fault.kind for fault in session.faults] == [FaultKind.CUT]
    with SessionWriter.resume(tmp_path, ManualClock(30 * SECOND)) as resumed:
        resumed.write(packet(30 * SECOND))
    assert list(read_session(tmp_path).records) == [*flushed, packet(30 * SECOND)]


@pytest.mark.parametrize("room", range(0, 2600, 100))
def test_wherever_the_disk_fills_up_the_error_is_one_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    monkeypatch.setattr(os, "write", FullDisk(room))
    with pytest.raises(RecordingError, match="No space left"):
        record_all(SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock()), walkers(40))
    FolderLock(tmp_path).release()


def write_until_refused(writer: SessionWriter) -> None:
    for second in range(1000):
        writer.write(packet(second * SECOND))
        time.sleep(0.001)


def test_a_disk_that_fails_to_sync_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    writer = SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock())
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(RecordingError, match=r"recording stopped.*Input/output error"):
        write_until_refused(writer)
    writer.close()
    FolderLock(tmp_path).release()


def test_a_disk_that_fails_at_the_last_sync_is_told_by_close(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    writer = SessionWriter.create(tmp_path, HEADER, SETUP, ManualClock())
    writer.write(packet(0))
    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(RecordingError, match=r"Input/output error"):
        writer.close()
    FolderLock(tmp_path).release()
