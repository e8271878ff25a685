"""Opening a session's recording: a new one, or one that was broken off."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from msgspec.structs import replace

from rig.battery import state_of
from rig.battery.fold import BY_RIG
from rig.model.clock import Clock
from rig.model.marks import MarkKind
from rig.model.records import Mark, Record
from rig.model.session import SessionHeader, wall_ns
from rig.model.setup import Setup, parse_setup
from rig.recording import Session, SessionWriter, read_session
from rig.web.recorder import SOFTWARE, Corrections, Keeper, Recorder


@dataclass(frozen=True, slots=True)
class Axis:
    """The recording's time axis: `first_ns` is session time zero on it, a clock's time plus `shift_ns` lies on it."""

    first_ns: int
    shift_ns: int = 0


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
    recorder: Keeper
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


def reopen(folder: Path, clock: Clock) -> Opened:
    """Go on with a session that was broken off, or look one over that is finished.

    Raises
    ------
    RecordingError
        There is no session, another process records it, or the disk refuses.
    """
    found = read_session(folder)
    finished = state_of(_marks(found.records, 0)).closed
    return look_over(folder, found, clock) if finished else resume(folder, clock)


def look_over(folder: Path, found: Session, clock: Clock) -> Opened:
    """Open a finished session: nothing is recorded into it, and corrections go into a review of their own.

    A review is written on the session's axis: as long after its beginning as the wall clock says, but after all of it.
    """
    first = found.segments[0]
    now_ns = first.anchor_ns + wall_ns(clock.wall_utc()) - first.wall_ns
    last_ns = max((record.t_ns for record in found.records), default=first.anchor_ns)
    shift_ns = max(now_ns, last_ns + 1) - clock.monotonic_ns()
    keeper = Corrections(folder, clock, shift_ns)
    marks = _marks(found.records, shift_ns)
    return Opened(folder, parse_setup(found.setup_text), keeper, Axis(first.anchor_ns, shift_ns), marks)


def _marks(records: Sequence[Record], shift_ns: int) -> tuple[Mark, ...]:
    """The marks among records, by the present clock."""
    return tuple(replace(record, t_ns=record.t_ns - shift_ns) for record in records if isinstance(record, Mark))


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
    told = _marks(found.records, shift_ns)
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
