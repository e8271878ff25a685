"""What a session is recorded by: a writer behind a pump, and afterwards a review that holds corrections."""

import threading
from pathlib import Path
from typing import Protocol

from msgspec.structs import replace

import rig
from rig.devices.pump import Pump
from rig.model.clock import Clock
from rig.model.records import Mark, Record
from rig.recording import RecordingError, SessionWriter

SOFTWARE = {"sppb-rig": rig.__version__}
PATIENCE_S = 10.0


class Keeper(Protocol):
    """Keeps records of a session."""

    @property
    def trouble(self) -> str:
        """What the disk said; empty while all is well."""
        ...

    @property
    def stopped(self) -> bool:
        """Whether the disk has refused: nothing more is kept."""
        ...

    @property
    def dropped(self) -> int:
        """Packets that came faster than the disk took them."""
        ...

    def put(self, record: Record) -> None:
        """Record."""
        ...

    def settle(self) -> None:
        """Let a reader see all that was put."""
        ...

    def close(self) -> None:
        """Record no more."""
        ...


class _Fenced:
    """A writer that tells when everything before a fence has been written; fences themselves are not recorded."""

    def __init__(self, writer: SessionWriter) -> None:
        self._writer = writer
        self._fences: dict[int, threading.Event] = {}

    def fence(self) -> tuple[Mark, threading.Event]:
        """A mark to put behind what is to be written first, and what is set when it is."""
        mark, reached = Mark("fence", 0), threading.Event()
        self._fences[id(mark)] = reached
        return mark, reached

    def write(self, record: Record) -> None:
        """Write, unless it is a fence."""
        reached = self._fences.pop(id(record), None)
        if reached is None:
            self._writer.write(record)
        else:
            reached.set()

    def tick(self) -> None:
        """Let the writer flush what has waited."""
        self._writer.tick()


class Recorder:
    """A session's writer behind a pump."""

    def __init__(self, writer: SessionWriter) -> None:
        self._trouble = ""
        self._writer = writer
        self._fenced = _Fenced(writer)
        self._pump = Pump(self._fenced, self._failed)
        self._pump.start()

    @property
    def trouble(self) -> str:
        """What the disk said; empty while all is well."""
        return self._trouble

    @property
    def stopped(self) -> bool:
        """Whether the disk has refused: nothing more is kept."""
        return self._writer.failure is not None

    @property
    def dropped(self) -> int:
        """Packets that came faster than the disk took them."""
        return self._pump.dropped

    def put(self, record: Record) -> None:
        """Record; from any thread."""
        self._pump.put(record)

    def settle(self) -> None:
        """Wait until all that was put is written, and flush it, so that a reader sees it."""
        mark, reached = self._fenced.fence()
        self._pump.put(mark)
        if reached.wait(PATIENCE_S):
            try:
                self._writer.flush()
            except RecordingError as error:
                self._failed(error)

    def close(self) -> None:
        """Write what waits and close the segment.

        Raises
        ------
        RecordingError
            The disk refuses.
        """
        self._pump.stop()
        self._writer.close()

    def _failed(self, error: Exception) -> None:
        self._trouble = self._trouble or str(error)


class Corrections:
    """Marks about a session that is over, in a review segment that the first of them begins.

    Parameters
    ----------
    folder
        The session's.
    clock
        The host's.
    shift_ns
        From the clock's time to the session's axis, on which a review is written.
    """

    trouble = ""
    stopped = False
    dropped = 0

    def __init__(self, folder: Path, clock: Clock, shift_ns: int) -> None:
        self._folder = folder
        self._clock = clock
        self._shift_ns = shift_ns
        self._writer: SessionWriter | None = None

    def put(self, record: Record) -> None:
        """Keep a mark at once.

        Raises
        ------
        RecordingError
            The disk refuses, or another process records into the folder.
        """
        if self._writer is None:
            self._writer = SessionWriter.review(self._folder, self._clock, SOFTWARE)
        self._writer.write(replace(record, t_ns=record.t_ns + self._shift_ns))
        self._writer.flush()

    def settle(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Finish the review, if one was begun."""
        if self._writer is not None:
            self._writer.close()
