"""Opening a session's recording: a new one, or one that was broken off."""

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

import rig
from rig.battery import state_of
from rig.battery.fold import BY_RIG
from rig.devices.pump import Pump
from rig.model.clock import Clock
from rig.model.marks import MarkKind
from rig.model.records import Mark, Record
from rig.model.session import SessionHeader
from rig.model.setup import Setup, parse_setup
from rig.recording import RecordingError, SessionWriter, read_session

SOFTWARE = {"sppb-rig": rig.__version__}
PATIENCE_S = 10.0


@dataclass(frozen=True, slots=True)
class Axis:
    """The recording's time axis: `first_ns` is session time zero on it, a clock's time plus `shift_ns` lies on it."""

    first_ns: int
    shift_ns: int = 0


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
    """A session's writer behind a pump .

    Attributes
    ----------
    trouble
        What the disk said; empty while all is well.
    """

    def __init__(self, writer: SessionWriter) -> None:
        self.trouble = ""
        self._writer = writer
        self._fenced = _Fenced(writer)
        self._pump = Pump(self._fenced, self._failed)
        self._pump.start()

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
        self.trouble = self.trouble or str(error)


@dataclass(frozen=True, slots=True)
class Opened:
    """A session that is being recorded, on the present clock.

    Attributes
    ----------
    folder, setup
        Where it is, and the lab it declares.
    recorder
        Takes records.
    axis
        Where the recording's time axis lies.
    marks
        Those so far, by the present clock.
    """

    folder: Path
    setup: Setup
    recorder: Recorder
    axis: Axis
    marks: tuple[Mark, ...] = ()


def begin(folder: Path, session_id: str, setup_text: str, clock: Clock) -> Opened:
    """Start a new session.

    Raises
    ------
    RecordingError
        The folder holds a recording already, or cannot be written.
    ValueError
        The set-up is not understood.
    """
    setup = parse_setup(setup_text)
    writer = SessionWriter.create(folder, SessionHeader(session_id, SOFTWARE), setup_text, clock)
    return Opened(folder, setup, Recorder(writer), Axis(writer.header.anchor_ns))


def resume(folder: Path, clock: Clock) -> Opened:
    """Go on with a session that was broken off; a trial that ran then is void and comes again.

    Raises
    ------
    RecordingError
        There is no session, another process records it, or the disk refuses.
    """
    before = read_session(folder)
    recorder = Recorder(SessionWriter.resume(folder, clock, SOFTWARE))
    resumed = Mark(MarkKind.RESUMED, clock.monotonic_ns())
    recorder.put(resumed)
    recorder.settle()
    found = read_session(folder)
    shift_ns = _resumed_ns(found.records) - resumed.t_ns
    told = [replace(record, t_ns=record.t_ns - shift_ns) for record in found.records if isinstance(record, Mark)]
    void = _void(told, clock.monotonic_ns())
    for mark in void:
        recorder.put(mark)
    axis = Axis(before.segments[0].anchor_ns, shift_ns)
    return Opened(folder, parse_setup(found.setup_text), recorder, axis, (*told, *void))


def _resumed_ns(records: Sequence[Record]) -> int:
    """Where the latest resumption lies on the recording's axis."""
    return max(r.t_ns for r in records if isinstance(r, Mark) and r.kind == MarkKind.RESUMED)


def _void(marks: Sequence[Mark], now_ns: int) -> tuple[Mark, ...]:
    """End a trial that the interruption cut: no trial spans two segments."""
    state = state_of(marks)
    if state.active is None:
        return ()
    t_ns = max(now_ns, state.last_ns + 1)
    return (
        Mark(MarkKind.ABORT, t_ns, state.active.id, {"reason": "interrupted", "by": BY_RIG}),
        Mark(MarkKind.TRIAL_END, t_ns, state.active.id, {"by": BY_RIG}),
    )
