"""How much room the disk has left: a warning in time, and a clean end before it is full."""

import shutil
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path

WARN_BYTES = 500_000_000
"""An hour of twelve sensors at 200 Hz."""
STOP_BYTES = 20_000_000
"""Enough for the segment's end and the marks of a trial that runs."""
EVERY_NS = 2_000_000_000


class Level(StrEnum):
    """How the disk is doing."""

    ENOUGH = "enough"
    LOW = "low"
    FULL = "full"


def free_bytes(folder: Path) -> int:
    """Bytes that may still be written where the folder is."""
    return shutil.disk_usage(folder).free


class Space:
    """Looks at the disk every two seconds.

    Attributes
    ----------
    level, free_mb
        What was seen last.
    """

    def __init__(self, folder: Path, free: Callable[[Path], int] = free_bytes) -> None:
        self.level = Level.ENOUGH
        self.free_mb: int | None = None
        self._folder = folder
        self._free = free
        self._next_ns: int | None = None

    def look(self, now_ns: int) -> None:
        """Look again, if it is time; a disk that cannot be asked says nothing."""
        if self._next_ns is not None and now_ns < self._next_ns:
            return
        self._next_ns = now_ns + EVERY_NS
        try:
            free = self._free(self._folder)
        except OSError:
            return
        self.free_mb = free // 1_000_000
        self.level = Level.FULL if free < STOP_BYTES else Level.LOW if free < WARN_BYTES else Level.ENOUGH
