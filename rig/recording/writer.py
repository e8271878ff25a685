"""Writing a session: one segment from start to close."""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from msgspec.structs import replace

from rig.model.clock import Clock
from rig.model.records import Record
from rig.model.session import SegmentHeader, SessionHeader
from rig.recording.durable import DurableFile
from rig.recording.encoder import SegmentEncoder
from rig.recording.errors import RecordingError
from rig.recording.folder import FolderLock, Kind, find_segments, segment_name
from rig.recording.reader import read_session


class SessionWriter:
    """Records packets and marks into a segment of a session folder.

    Records are on their way to the disk at most 0.9 s after they were given, as long as records keep coming or
    `tick` is called a few times a second. When is decided by the records' own times, so that the same records
    under the same header give the same bytes. `write`, `tick` and `flush` may be called from different threads.

    Use `create`, `resume` or `review`; the writer is a context manager.
    """

    def __init__(self, folder: Path, header: SegmentHeader, setup_text: str, clock: Clock, lock: FolderLock) -> None:
        self.path = folder / segment_name(header.kind, header.ordinal)
        self.header = header
        self._clock = clock
        self._lock = lock
        self._mutex = threading.Lock()
        self._failure: str | None = None
        self._closed = False
        self._file = _create_file(self.path)
        self._encoder = SegmentEncoder(self._file, header, setup_text)
        try:
            self._commit()
            _sync_name(lock, self.path)
        except RecordingError:
            with suppress(OSError):
                self._file.close()
            raise

    @classmethod
    def create(cls, folder: str | os.PathLike[str], header: SessionHeader, setup_text: str, clock: Clock) -> Self:
        """Start a new session in a new or empty folder.

        Raises
        ------
        RecordingError
            If there is a recording already, another process records there, or the folder cannot be made.
        """
        folder = Path(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RecordingError(f"{folder} cannot be made a session folder: {error.strerror}") from error
        with _locked(folder) as lock:
            if find_segments(folder, "recording") or find_segments(folder, "review"):
                raise RecordingError(f"{folder} holds a recording already: resume it or choose another folder")
            return cls(folder, _segment_header(header, "recording", 1, clock), setup_text, clock, lock)

    @classmethod
    def resume(cls, folder: str | os.PathLike[str], clock: Clock, software: Mapping[str, str] | None = None) -> Self:
        """Go on with a session in a new segment, under the same id and set-up.

        Parameters
        ----------
        folder
            The session's folder; its last segment may be cut.
        clock
            The host's clock.
        software
            Versions of the software that goes on; by default those of the first segment.

        Raises
        ------
        RecordingError
            If there is no session to go on with, or another process records there.
        """
        return cls._append(Path(folder), "recording", clock, software)

    @classmethod
    def review(cls, folder: str | os.PathLike[str], clock: Clock, software: Mapping[str, str] | None = None) -> Self:
        """Open a review of a session: marks that edit it, whose times are on the session's axis.

        Parameters and errors are those of `resume`.
        """
        return cls._append(Path(folder), "review", clock, software)

    @classmethod
    def _append(cls, folder: Path, kind: Kind, clock: Clock, software: Mapping[str, str] | None) -> Self:
        session = read_session(folder)
        with _locked(folder) as lock:
            ordinal = max(find_segments(folder, kind), default=0) + 1
            header = session.header if software is None else replace(session.header, software=dict(software))
            return cls(folder, _segment_header(header, kind, ordinal, clock), session.setup_text, clock, lock)

    def write(self, record: Record) -> None:
        """Record a packet or a mark.

        Raises
        ------
        RecordingError
            If the record cannot be kept as it is (nothing of it is written and recording goes on), or the disk
            refuses (recording has stopped; what was flushed before is safe).
        """
        with self._mutex:
            self._check()
            self._encoder.add(record)
            if self._encoder.due(record.t_ns):
                self._flush()

    @property
    def failure(self) -> str | None:
        """What the disk said when recording stopped; None while it goes on."""
        return self._failure

    def tick(self) -> None:
        """Flush if the oldest record has waited long enough by the clock; to be called a few times a second."""
        with self._mutex:
            self._check()
            if self._encoder.due(self._clock.monotonic_ns()):
                self._flush()

    def flush(self) -> None:
        """Flush now, so that a reader sees all records given so far and knows that there are no others.

        For reading a session that goes on, at the end of a trial for instance: what the reader then says of the time
        before the flush is final.
        """
        with self._mutex:
            self._check()
            self._encoder.vouch(self._clock.monotonic_ns())
            self._commit()

    def _check(self) -> None:
        if self._failure is not None:
            raise RecordingError(self._failure)
        if self._closed:
            raise RecordingError(f"{self.path} is closed: resume the session to record more")

    def _flush(self) -> None:
        self._encoder.end_chunk()
        self._commit()

    def _commit(self) -> None:
        try:
            self._file.commit()
        except OSError as error:
            raise self._fail(error) from error

    def _fail(self, error: OSError) -> RecordingError:
        self._failure = (
            f"{self.path}: recording stopped, the disk refuses ({error.strerror}): what was flushed before is safe; "
            "free space or change the disk, then resume the session"
        )
        return RecordingError(self._failure)

    def close(self) -> None:
        """Finish the segment and let go of the folder; closing twice does nothing.

        Raises
        ------
        RecordingError
            If the disk refuses now. After an earlier failure the files are only let go of.
        """
        with self._mutex:
            if self._closed:
                return
            self._closed = True
            try:
                self._finish()
            finally:
                self._lock.release()

    def _finish(self) -> None:
        try:
            if self._failure is None:
                self._encoder.finish()
                self._commit()
        finally:
            self._close_file()

    def _close_file(self) -> None:
        try:
            self._file.close()
        except OSError as error:
            if self._failure is None:
                raise self._fail(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def _locked(folder: Path) -> Iterator[FolderLock]:
    """Hold the folder's lock, let go of again if no writer comes of it."""
    lock = FolderLock(folder)
    try:
        yield lock
    except BaseException:
        lock.release()
        raise


def _create_file(path: Path) -> DurableFile:
    try:
        return DurableFile(path)
    except FileExistsError as error:
        raise RecordingError(f"{path} exists already: it is never overwritten; resume the session") from error
    except OSError as error:
        raise RecordingError(f"{path} cannot be created: {error.strerror}") from error


def _sync_name(lock: FolderLock, path: Path) -> None:
    try:
        lock.sync()
    except OSError as error:
        raise RecordingError(f"{path}: its name cannot be made durable: {error.strerror}; use another disk") from error


def _segment_header(session: SessionHeader, kind: Kind, ordinal: int, clock: Clock) -> SegmentHeader:
    wall = clock.wall_utc().isoformat(timespec="microseconds")
    return SegmentHeader(session, kind, ordinal, clock.boot_id, clock.monotonic_ns(), wall)
