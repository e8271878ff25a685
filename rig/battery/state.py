"""What is known of a running assessment."""

from enum import StrEnum

import msgspec

from rig.model.marks import STANCES, Test
from rig.model.records import Json, Mark

HELD_US = 10_000_000
"""A stance held this long is held (rules section 3)."""


class Phase(StrEnum):
    """Where a trial is between its start and its end."""

    READY = "ready"
    """Started: sensors are read, the person stands or sits still, the cue is to come."""
    RUNNING = "running"
    """Cued, or in position."""
    TAIL = "tail"
    """Stopped; sensors are read a little longer."""
    ENDED = "ended"


class TrialState(msgspec.Struct, frozen=True):
    """One trial so far; times are host monotonic nanoseconds.

    Attributes
    ----------
    started_ns, go_ns, stop_ns, ended_ns
        Start of reading, cue or "begin", the operator's stop, end of reading.
    cued_by
        What gave the cue: `gate_timer`, `page`, `operator`.
    stop_reason, unable, aborted
        The operator's word on how it ended.
    watch_ns, manual_us
        When the page's stopwatch was started (None: it does not run), and the time it gave.
    shown
        What the operator was shown of it: `status`, `time_us`, and `felt_us` where key and sensors disagree.
    hold
        Which of the two the operator says is right: `key`, `sensors`.
    """

    id: str
    test: Test
    ordinal: int
    aid: str
    started_ns: int
    go_ns: int | None = None
    cued_by: str | None = None
    stop_ns: int | None = None
    stop_reason: str | None = None
    ended_ns: int | None = None
    unable: str | None = None
    aborted: str | None = None
    watch_ns: int | None = None
    manual_us: int | None = None
    shown: dict[str, Json] | None = None
    hold: str | None = None

    @property
    def phase(self) -> Phase:
        """Where it is."""
        if self.ended_ns is not None:
            return Phase.ENDED
        if self.stop_ns is not None:
            return Phase.TAIL
        return Phase.READY if self.go_ns is None else Phase.RUNNING

    @property
    def stands(self) -> bool:
        """Ended, and not void."""
        return self.ended_ns is not None and self.aborted is None

    @property
    def failed(self) -> bool:
        """The operator's word that it could not be done."""
        return self.unable is not None or self.stop_reason in {"used_arms", "sixty_seconds", "unsafe"}

    @property
    def asked(self) -> bool:
        """A stance of which key and sensors were shown to disagree (rules section 6)."""
        return self.shown is not None and "felt_us" in self.shown

    @property
    def held(self) -> bool:
        """A stance that lasted its ten seconds, by what was shown, else by the stopwatch, else by the key."""
        if self.failed:
            return False
        told = (self.shown or {}).get("felt_us" if self.hold == "sensors" and self.asked else "time_us")
        time_us = told if isinstance(told, int) else self.manual_us
        return self.stop_reason == "ten_seconds" if time_us is None else time_us >= HELD_US


class Battery(msgspec.Struct, frozen=True):
    """The whole assessment so far, as its marks tell it.

    Attributes
    ----------
    participant, answers
        What was told; later words replace earlier ones.
    trials
        In the order they were started.
    unable, skipped
        Reason by test, reason by step, of what was not attempted.
    confirmed
        Steps the operator is done with.
    at
        The step the operator went to out of turn.
    route
        `sppb` or `six_metres`.
    bottle, count_ns
        The load found for training, and since when its lifts are counted by the sensor at the wrist.
    closed
        The assessment is over.
    last
        What was pressed last, with what followed by itself: what an undo takes back.
    last_ns
        The latest mark's time; the next press comes after it.
    """

    participant: dict[str, Json] = {}
    answers: dict[str, Json] = {}
    trials: tuple[TrialState, ...] = ()
    unable: dict[str, str] = {}
    skipped: dict[str, str] = {}
    confirmed: tuple[str, ...] = ()
    at: str | None = None
    route: str = "sppb"
    bottle: dict[str, Json] | None = None
    count_ns: int | None = None
    closed: bool = False
    last: tuple[Mark, ...] = ()
    last_ns: int = 0

    @property
    def active(self) -> TrialState | None:
        """The trial that runs, if one does."""
        return next((trial for trial in self.trials if trial.ended_ns is None), None)

    @property
    def aid(self) -> str:
        """The walking aid told of the participant."""
        return str(self.participant.get("aid", "none"))

    def of(self, test: Test) -> tuple[TrialState, ...]:
        """A test's trials."""
        return tuple(trial for trial in self.trials if trial.test == test)

    def standing_of(self, test: Test) -> tuple[TrialState, ...]:
        """A test's trials that ended and are not void."""
        return tuple(trial for trial in self.of(test) if trial.stands)

    @property
    def in_doubt(self) -> TrialState | None:
        """The first stance of which the operator is still to say whether the key is right or the sensors."""
        return next((trial for trial in self.trials if trial.stands and trial.asked and trial.hold is None), None)

    @property
    def fallen_stance(self) -> Test | None:
        """The first stance that was not held: the harder ones are not attempted (rules section 3)."""
        return next((stance for stance in STANCES if self._fell(stance)), None)

    def _fell(self, stance: Test) -> bool:
        found = self.standing_of(stance)
        return stance in self.unable or (bool(found) and not found[-1].held)
