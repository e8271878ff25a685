"""What may be done now."""

from collections.abc import Iterator, Mapping

import msgspec

from rig.battery.kinds import ActionKind
from rig.battery.plan import Step, current_step, test_of
from rig.battery.state import Battery, Phase, TrialState
from rig.model.marks import STANCES, Test
from rig.scoring import UnableReason

ABORT_REASONS = ("operator_error", "device_failure", "interrupted", "false_start", "other")
REPEAT_REASONS = ("distracted", "not_understood", "false_start", "helped", "device_failure", "other")
SKIP_REASONS = ("no_time", "no_equipment", "not_indicated", "other")
UNABLE_REASONS = tuple(reason.value for reason in UnableReason)
ROUTES = ("six_metres", "sppb")
HOLDS = ("key", "sensors")
STOP_REASONS: Mapping[Test, tuple[str, ...]] = {
    **dict.fromkeys(STANCES, ("stepped", "grasped", "unsafe")),
    Test.CHAIR_SINGLE: ("finished", "used_arms", "unsafe"),
    Test.CHAIR: ("finished", "used_arms", "sixty_seconds", "unsafe"),
    **dict.fromkeys((Test.WALK_4M, Test.WALK_6M, Test.TUG), ("finished", "unsafe")),
}


class Option(msgspec.Struct, frozen=True):
    """An action that is open, with the reasons to choose from; the first option is the obvious next thing."""

    kind: ActionKind
    reasons: tuple[str, ...] = ()


def options(state: Battery) -> tuple[Option, ...]:
    """All open actions, the obvious one first. There is always one until the assessment is closed."""
    if state.closed:
        return ()
    trial = state.active
    offered = _trial_options(trial) if trial is not None else _step_options(state)
    undo = (Option(ActionKind.UNDO),) if state.last else ()
    return (*offered, *undo, Option(ActionKind.NOTE))


def _trial_options(trial: TrialState) -> Iterator[Option]:
    if trial.phase == Phase.READY:
        yield Option(ActionKind.BEGIN if trial.test in STANCES else ActionKind.CUE)
    elif trial.phase == Phase.RUNNING:
        yield Option(ActionKind.STOP, STOP_REASONS[trial.test])
    else:
        yield Option(ActionKind.END)
    if trial.test != Test.CHAIR_SINGLE:
        yield Option(ActionKind.WATCH)
    yield Option(ActionKind.UNABLE, UNABLE_REASONS)
    yield Option(ActionKind.ABORT, ABORT_REASONS)


_MAIN: Mapping[Step, ActionKind] = {
    Step.PARTICIPANT: ActionKind.PARTICIPANT,
    Step.ELIGIBILITY: ActionKind.ELIGIBILITY,
    Step.DEVICES: ActionKind.CONFIRM,
    Step.QUESTIONS: ActionKind.QUESTIONS,
    Step.RESULT: ActionKind.CONFIRM,
    Step.BOTTLE: ActionKind.BOTTLE,
    Step.CLOSE: ActionKind.CLOSE,
}


def _step_options(state: Battery) -> Iterator[Option]:
    step = current_step(state)
    if state.in_doubt is not None:
        yield Option(ActionKind.HOLD, HOLDS)
    if test_of(step) is None:
        yield Option(_MAIN[step])
        if step == Step.BOTTLE:
            yield Option(ActionKind.COUNT)
    else:
        yield Option(ActionKind.START)
        yield Option(ActionKind.UNABLE, UNABLE_REASONS)
    if step not in (Step.PARTICIPANT, Step.CLOSE):
        yield Option(ActionKind.SKIP, SKIP_REASONS)
    if repeatable(state) is not None:
        yield Option(ActionKind.REPEAT, REPEAT_REASONS)
    yield Option(ActionKind.GO)
    yield Option(ActionKind.ROUTE, ROUTES)


def repeatable(state: Battery) -> TrialState | None:
    """The latest trial, if it is not void: what a repetition would replace."""
    return state.trials[-1] if state.trials and state.trials[-1].stands else None
