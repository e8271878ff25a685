"""One running assessment: presses in, marks into the recording, results out of it.

Everything that decides is a mark in the recording before it counts; the state is what the marks say. Analyses run
elsewhere (`rig.web.analyst`) and come back as marks (`shown`) or as something to look at. Methods are called from one
thread, except `put`.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from rig.battery import (
    Action,
    ActionKind,
    Battery,
    RefusedError,
    Step,
    current_step,
    due,
    press,
    shown,
    sounded,
    state_of,
    unheard,
)
from rig.model.clock import Clock
from rig.model.document import Trial
from rig.model.marks import MarkKind
from rig.model.records import Json, Mark, Packet, Record
from rig.model.standing import standing
from rig.pipeline.lifts import Lifts, lifts_so_far
from rig.pipeline.readiness import ClockState, clocks
from rig.pipeline.session import KNOWN_AFTER_NS, Source
from rig.recording import RecordingError
from rig.web.analyst import Analyst, Result, trial_so_far, whole
from rig.web.asking import Asking
from rig.web.live import LiveView
from rig.web.opening import Opened
from rig.web.recorder import Corrections
from rig.web.review import Review, review
from rig.web.space import Level, Space

NS = 1_000_000_000
LOOK_BACK_NS = 20 * NS
"""How far before a trial the live look goes, for the clocks; the result itself uses all there is."""
LIVE_EVERY_NS = 350_000_000
LIFTS_EVERY_NS = CLOCKS_EVERY_NS = 1_000_000_000
LIFTS_LONGEST_NS = 300 * NS
"""Who takes longer for thirty lifts is counted by hand."""


class StaleError(Exception):
    """A press that was made on a page that has changed since."""


class Desk:
    """The running assessment.

    Parameters
    ----------
    opened
        The session that is recorded.
    clock
        Stamps presses; the devices' own clock.
    analyst
        Where analyses run.
    give_cue
        Asks the gate timer for the start signal with a token; tells whether there is a timer to ask.
    on_tick
        Looks at the state at every tick.
    space
        Room on the disk; by default that of the session's folder.

    Attributes
    ----------
    version
        Grows with every change; a press tells on which version it was made.
    state
        The battery, as its marks tell it.
    running
        The running trial as it looks on the data so far.
    result
        The session as replayed last.
    """

    def __init__(
        self,
        opened: Opened,
        clock: Clock,
        analyst: Analyst,
        give_cue: Callable[[int], bool] = lambda _: False,
        on_tick: Callable[[Battery], None] = lambda _: None,
        space: Space | None = None,
    ) -> None:
        self.opened = opened
        self.space = space or Space(opened.folder)
        self.live = LiveView(opened.setup)
        self.version = 0
        self.state: Battery = state_of(opened.marks)
        self.running: Trial | None = None
        self.result: Result | None = None
        self._trouble = ""
        self._clock = clock
        self._analyst = analyst
        self.give_cue = give_cue
        self.on_tick = on_tick
        self._marks = list(opened.marks)
        self._guard = threading.Lock()
        self._recent: deque[Packet] = deque()
        self._token = sum(mark.kind == MarkKind.CUE for mark in opened.marks)
        self._look: Future[Trial | None] | None = None
        self._looked_ns = 0
        self._counting: Asking[Lifts | None] = Asking(LIFTS_EVERY_NS)
        self._counted_since_ns: int | None = None
        self._clocks: Asking[tuple[ClockState, ...]] = Asking(CLOCKS_EVERY_NS)
        self._replay: Future[Result] | None = None
        self._replay_at_ns: int | None = None
        self._recorder = opened.recorder
        self._full = False
        self._over = False

    @property
    def now_ns(self) -> int:
        """The clock that marks and packets share."""
        return self._clock.monotonic_ns()

    def put(self, packet: Packet) -> None:
        """Take a packet from a device, in its thread."""
        if self._over or self._full:
            return
        self._recorder.put(packet)
        with self._guard:
            self._recent.append(packet)
        self.live.put(packet)

    def press(self, action: Action, version: int | None = None) -> None:
        """Do what was pressed.

        Raises
        ------
        StaleError
            The page it was pressed on is not the present one.
        RefusedError
            It cannot be done now, or is not understood; nothing was recorded.
        """
        if self.stopped:
            raise RefusedError("recording has stopped: free space on the disk, then go on with rig run --resume")
        if version is not None and version != self.version:
            raise StaleError(f"the assessment has gone on since (version {self.version}, not {version}); look again")
        if action.kind is ActionKind.CUE:
            action = self._cue(action)
        self._keep(press(self.state, action, self.now_ns))

    @property
    def to_sound(self) -> int | None:
        """The token of a cue that the page is to sound, until it has said when it sounded."""
        cue = unheard(self.state)
        return None if cue is None else int(str(cue.data["token"]))

    def sounded(self, token: int, t_ns: int, u_us: int) -> None:
        """Take when the page's cue sounded, with its standard uncertainty.

        Raises
        ------
        RefusedError
            That cue is not waited for, or cannot have sounded then; the press stands, with what a press is worth.
        """
        if self.stopped:
            raise RefusedError("sounded: nothing is recorded at this moment")
        self._keep((sounded(self.state, token, t_ns, u_us, self.now_ns),))

    def edit(self, trial: str, event: str, ordinal: int, t_us: int, who: str, why: str) -> None:
        """Move an event of a trial to session microseconds; the old value stays in the recording.

        Where the assessment is over the correction goes into a review beside it.

        Raises
        ------
        RefusedError
            There is no such trial or event, nobody says who and why, or the disk refuses.
        """
        if not who.strip() or not why.strip():
            raise RefusedError("edit: say who corrects the event and why")
        if all(found.id != trial for found in self.state.trials):
            raise RefusedError(f"edit: there is no trial {trial}")
        if self.stopped or (self.state.closed and not self._over):
            raise RefusedError("edit: nothing is recorded at this moment")
        about: dict[str, Json] = {"event": event, "ordinal": ordinal, "t_ns": self.opened.axis.first_ns + t_us * 1000}
        told: dict[str, Json] = {"who": who.strip()[:80], "why": why.strip()[:500]}
        try:
            self._keep((Mark(MarkKind.EDIT, max(self.now_ns, self.state.last_ns + 1), trial, about | told),))
        except RecordingError as error:
            raise RefusedError(f"edit: {error}") from error
        self._replay_at_ns = self.now_ns

    @property
    def edits(self) -> tuple[Mark, ...]:
        """What was corrected, in the order it was done."""
        return tuple(mark for mark in standing(self._marks) if mark.kind == MarkKind.EDIT)

    def review(self, trial: str) -> "Future[Review | None]":
        """Read a trial back from the recording, to be drawn."""
        self._recorder.settle()
        return self._analyst.submit(review, self.opened.folder, trial)

    def tick(self) -> None:
        """Do what time asks for, and take what the analyses found; to be called about twenty times a second."""
        self._look_at_disk()
        while not self.stopped and (marks := due(self.state, self.now_ns)):
            self._keep(marks)
        self._forget()
        self.on_tick(self.state)
        self._take_look()
        self._count_lifts()
        self._check_clocks()
        self._take_replay()
        if self.state.closed and not self._over:
            self._finish()
        elif self.state.active is not None:
            self._begin_look()
        elif self._replay is None and self._replay_at_ns is not None and self.now_ns >= self._replay_at_ns:
            self._begin_replay()

    def refresh(self) -> None:
        """Replay the session as it is: at a resume, and at the end."""
        self._replay_at_ns = self.now_ns

    def close(self) -> None:
        """Record no more; what was recorded can be gone on with.

        Raises
        ------
        RecordingError
            The disk refuses.
        """
        self._recorder.close()

    @property
    def lifts(self) -> Lifts | None:
        """Those that the sensor at the wrist has counted so far."""
        return self._counting.answer

    @property
    def clocks(self) -> tuple[ClockState, ...]:
        """At the device check: how well the devices' clocks are known."""
        return self._clocks.answer or ()

    @property
    def stopped(self) -> bool:
        """Whether the disk is full or has refused, so that nothing can be recorded any more."""
        return self._full or self._recorder.stopped

    @property
    def trouble(self) -> str:
        """What the operator has to know of the recording; empty if all is well."""
        return self._recorder.trouble or self._trouble

    @property
    def over(self) -> bool:
        """Whether the recording is closed and `result` is that of all of it."""
        return self._over and not self.busy

    @property
    def busy(self) -> bool:
        """Whether a result is on its way."""
        return self._replay is not None or self._replay_at_ns is not None

    def _cue(self, action: Action) -> Action:
        """The timer's own beep, if there is a timer; else the page's."""
        asked = action.data.get("source", "gate_timer")
        if asked not in {"gate_timer", "page"}:
            return action
        self._token += 1
        by_timer = asked == "gate_timer" and self.give_cue(self._token)
        return Action(action.kind, {"source": "gate_timer" if by_timer else "page", "token": self._token})

    def _keep(self, marks: Sequence[Mark]) -> None:
        """Record first, then let it count."""
        for mark in marks:
            self._recorder.put(mark)
        self._marks += marks
        self.state = state_of(self._marks)
        self.version += 1
        if self.state.active is not None:
            self._replay_at_ns = None
        elif any(mark.kind in _ASKS_FOR_RESULT for mark in marks):
            self._replay_at_ns = max(mark.t_ns for mark in marks) + KNOWN_AFTER_NS
        if self.state.active is None:
            self.running = None

    def _look_at_disk(self) -> None:
        """Stop while there is still room for a clean end: the session can be gone on with when there is space."""
        self.space.look(self.now_ns)
        if self.space.level is Level.FULL and not (self._full or self._over):
            self._full = True
            self.version += 1
            self._close_recording()

    def _forget(self) -> None:
        """Drop packets that no live look needs any more."""
        active = self.state.active
        since = (self.now_ns if active is None else active.started_ns) - LOOK_BACK_NS
        if self.state.count_ns is not None:
            since = min(since, max(self.state.count_ns, self.now_ns - LIFTS_LONGEST_NS) - LOOK_BACK_NS)
        with self._guard:
            while self._recent and self._recent[0].t_ns < since:
                self._recent.popleft()

    def _begin_look(self) -> None:
        if self._look is not None or self.now_ns - self._looked_ns < LIVE_EVERY_NS:
            return
        active = self.state.active
        if active is None or active.go_ns is None:
            return
        self._looked_ns = self.now_ns
        own = [mark for mark in self._marks if mark.trial == active.id]
        self._look = self._analyst.submit(trial_so_far, self._so_far(own), active.id)

    def _so_far(self, marks: Sequence[Mark]) -> Source:
        """What came lately, with these marks."""
        with self._guard:
            both: list[Record] = [*self._recent, *marks]
        axis = self.opened.axis
        epoch_ns = axis.first_ns - axis.shift_ns
        records = tuple(sorted(both, key=_time))
        return Source("live", "1970-01-01T00:00:00Z", epoch_ns, self.opened.setup, records)

    def _count_lifts(self) -> None:
        since_ns = self.state.count_ns
        if since_ns is None or since_ns != self._counted_since_ns:
            self._counting.forget()
            self._counted_since_ns = since_ns
        if since_ns is not None:
            self._counting.ask(self.now_ns, lambda: self._analyst.submit(lifts_so_far, self._so_far(()), since_ns))

    def _check_clocks(self) -> None:
        if self.state.active is not None or current_step(self.state) is not Step.DEVICES:
            self._clocks.forget()
            return
        self._clocks.ask(self.now_ns, lambda: self._analyst.submit(clocks, self._so_far(()), self.now_ns))

    def _take_look(self) -> None:
        if self._look is None or not self._look.done():
            return
        look, self._look = self._look, None
        active = self.state.active
        if look.exception() is None and active is not None:
            found = look.result()
            self.running = found if found is not None and found.trial == active.id else None

    def _begin_replay(self) -> None:
        self._replay_at_ns = None
        self._recorder.settle()
        self._replay = self._analyst.submit(whole, self.opened.folder)

    def _finish(self) -> None:
        """Close the recording, and make the result of all of it; what comes later are corrections."""
        if self._replay is not None:
            return
        self._over, self._replay_at_ns = True, None
        self._close_recording()
        self._recorder = Corrections(self.opened.folder, self._clock, self.opened.axis.shift_ns)
        self._replay = self._analyst.submit(whole, self.opened.folder)

    def _close_recording(self) -> None:
        try:
            self._recorder.close()
        except RecordingError as error:
            self._trouble = str(error)

    def _take_replay(self) -> None:
        """Show what the recording says, and record that it was shown."""
        if self._replay is None or not self._replay.done():
            return
        error = self._replay.exception()
        if error is not None:
            self._replay = None
            self._trouble = f"the recording could not be replayed: {error}"
            self.version += 1
            return
        self.result = self._replay.result()
        self._replay = None
        self.version += 1
        if not (self._over or self.stopped):
            self._keep(self._to_show(self.result))

    def _to_show(self, result: Result) -> list[Mark]:
        """Marks for trials of which something else was shown before."""
        marks: list[Mark] = []
        state = self.state
        for trial in state.trials:
            content = result.shown.get(trial.id)
            if trial.stands and content is not None and content != trial.shown:
                marks.append(shown(state, trial.id, content, max(self.now_ns, state.last_ns + 1 + len(marks))))
        return marks


def _time(record: Record) -> int:
    return record.t_ns


_ASKS_FOR_RESULT = frozenset(
    {
        MarkKind.TRIAL_END,
        MarkKind.ABORT,
        MarkKind.HOLD,
        MarkKind.UNABLE,
        MarkKind.UNDO,
        MarkKind.ANSWERS,
        MarkKind.PARTICIPANT,
        MarkKind.SKIP,
        MarkKind.ROUTE,
        MarkKind.EDIT,
    }
)
