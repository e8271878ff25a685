"""What time alone asks for: a stance has lasted ten seconds, five rises a minute, a trial has been read to its end."""

from msgspec.structs import replace

from rig.battery.fold import BY_RIG
from rig.battery.state import HELD_US, Battery, Phase, TrialState
from rig.model.marks import STANCES, MarkKind, Test
from rig.model.records import Json, Mark

NS = 1_000_000_000
CHAIR_LIMIT_NS = 62 * NS
"""A minute after the cue, and two seconds in which the key for a stand just in time may come."""
TAIL_NS = 2_700_000_000
CHAIR_TAIL_NS = 6 * NS
"""Long enough for the seat contact after the last stand."""
FORGOTTEN_NS = 600 * NS
"""A trial that nobody ends in ten minutes ends itself; what was read is kept."""


def due(state: Battery, now_ns: int) -> tuple[Mark, ...]:
    """The marks that are due by `now_ns`; call it again with them in the state.

    They bear the time at which they were due, but never one before a mark that is there already: what was taken back
    may leave something long due, and the order of times has to stay that of writing.
    """
    trial = state.active
    if trial is None:
        return ()
    mark = _due(trial, now_ns)
    return () if mark is None else (replace(mark, t_ns=max(mark.t_ns, state.last_ns + 1)),)


def shown(state: Battery, trial: str, content: dict[str, Json], now_ns: int) -> Mark:
    """The mark that says what the operator is shown of a trial; like every press, it comes after what was before."""
    return Mark(MarkKind.SHOWN, max(now_ns, state.last_ns + 1), trial, content)


def _due(trial: TrialState, now_ns: int) -> Mark | None:
    if trial.phase == Phase.RUNNING and trial.go_ns is not None:
        limit = _limit(trial.test)
        if limit is not None and now_ns >= trial.go_ns + limit[1]:
            return Mark(MarkKind.OPERATOR_STOP, trial.go_ns + limit[1], trial.id, {"reason": limit[0], "by": BY_RIG})
    end_ns = _end_ns(trial)
    return Mark(MarkKind.TRIAL_END, end_ns, trial.id, {"by": BY_RIG}) if now_ns >= end_ns else None


def _limit(test: Test) -> tuple[str, int] | None:
    """How long a test may last, and what its end is called."""
    if test in STANCES:
        return "ten_seconds", HELD_US * 1000
    return ("sixty_seconds", CHAIR_LIMIT_NS) if test == Test.CHAIR else None


def _end_ns(trial: TrialState) -> int:
    if trial.stop_ns is None:
        return trial.started_ns + FORGOTTEN_NS
    return trial.stop_ns + (CHAIR_TAIL_NS if trial.test in (Test.CHAIR, Test.CHAIR_SINGLE) else TAIL_NS)
