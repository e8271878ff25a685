"""The session folder: names and numbers of segments, and who may write."""

import os
import re
import sys
from pathlib import Path
from typing import Literal

from rig.recording.errors import RecordingError

if sys.platform != "win32":
    import fcntl

Kind = Literal["recording", "review"]
_PREFIX: dict[Kind, str] = {"recording": "segment", "review": "review"}
_NAME = re.compile(r"(segment|review)-(\d{4,})\.mcap")


def segment_name(kind: Kind, ordinal: int) -> str:
    """File name of a segment."""
    return f"{_PREFIX[kind]}-{ordinal:04d}.mcap"


def find_segments(folder: Path, kind: Kind) -> dict[int, Path]:
    """Segments of a kind in the folder, by ordinal, in order.

    Raises
    ------
    RecordingError
        If the folder is not there or cannot be read.
    """
    try:
        matches = [(match, path) for path in folder.iterdir() if (match := _NAME.fullmatch(path.name))]
    except NotADirectoryError as error:
        raise RecordingError(f"{folder} is a file: give the session's folder") from error
    except OSError as error:
        raise RecordingError(f"{folder} cannot be opened as a session folder: {error.strerror}") from error
    return dict(sorted((int(match[2]), path) for match, path in matches if match[1] == _PREFIX[kind]))


def read_bytes(path: Path) -> bytes:
    """All bytes of a file.

    Raises
    ------
    RecordingError
        If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise RecordingError(f"{path} cannot be read: {error.strerror}") from error


class FolderLock:
    """The right to write into a session folder, held by one writer at a time and released by the kernel if it dies.

    On Windows, where a directory cannot be opened, writers are kept apart by exclusive creation of files alone.
    """

    def __init__(self, folder: Path) -> None:
        self._fd = -1 if sys.platform == "win32" else os.open(folder, os.O_RDONLY)
        if sys.platform != "win32":
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                os.close(self._fd)
                raise RecordingError(
                    f"{folder} is being recorded by another process: stop that one or choose another folder"
                ) from error

    def sync(self) -> None:
        """Make a new file's name as durable as its bytes."""
        if self._fd >= 0:
            os.fsync(self._fd)

    def release(self) -> None:
        """Let the next writer in."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1
