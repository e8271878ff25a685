"""From what an operator presses to the marks that are recorded."""

from collections.abc import Callable, Mapping

import msgspec

from rig.battery.fold import BY_RIG
from rig.battery.kinds import ActionKind
from rig.battery.options import options, repeatable
from rig.battery.plan import Step, current_step, test_of
from rig.battery.state import Battery, TrialState
from rig.battery.telling import told
from rig.model.marks import MarkKind, Test
from rig.model.records import Json, Mark
from rig.model.standing import undo

__all__ = ["BY_RIG", "Action", "ActionKind", "RefusedError", "press"]

WALKED = (Test.WALK_4M, Test.WALK_6M, Test.TUG)
AIDS = ("none", "cane", "walker", "rollator", "other")
CUE_SOURCES = ("gate_timer", "page", "operator")
NOTE_LENGTH = 500
PROFILE = "sppb"
"""The profile that the page's stopwatch stands for: it is started and stopped as the battery's own is."""

Data = dict[str, Json]
Marks = tuple[Mark, ...]


class RefusedError(ValueError):
    """An action that cannot be done now, or whose content is not understood; nothing is recorded."""


class Action(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that was pressed, and what came with it."""

    kind: ActionKind
    data: dict[str, Json] = {}


def press(state: Battery, action: Action, now_ns: int) -> Marks:
    """The marks that an action makes; they bear one time, later than every mark before.

    Raises
    ------
    RefusedError
        It is not among `options(state)`, or its content is not understood.
    """
    option = next((option for option in options(state) if option.kind == action.kind), None)
    if option is None:
        raise RefusedError(f"{action.kind} cannot be done now; open are: {', '.join(o.kind for o in options(state))}")
    if option.reasons:
        _choose(action, "reason", option.reasons)
    return _PRESSED[action.kind](state, action.data, max(now_ns, state.last_ns + 1))


def _choose(action: Action, key: str, choices: tuple[str, ...]) -> None:
    if action.data.get(key) not in choices:
        raise RefusedError(f"{action.kind}: {key} must be one of {', '.join(choices)}, not {action.data.get(key)!r}")


def _about(kind: MarkKind) -> Callable[[Battery, Data, int], Marks]:
    """An action whose content is told as it is, once it is understood."""

    def pressed(_: Battery, data: Data, t_ns: int) -> Marks:
        try:
            return (Mark(kind, t_ns, None, told(kind, data)),)
        except msgspec.ValidationError as error:
            raise RefusedError(f"{kind}: {error}") from error

    return pressed


def _confirm(state: Battery, _: Data, t_ns: int) -> Marks:
    return (Mark(MarkKind.CONFIRMED, t_ns, None, {"step": current_step(state)}),)


def _start(state: Battery, data: Data, t_ns: int) -> Marks:
    test = _test(state)
    aid = str(data.get("aid", state.aid)) if test in WALKED else "none"
    if aid not in AIDS:
        raise RefusedError(f"start: aid must be one of {', '.join(AIDS)}, not {aid!r}")
    ordinal = 1 + max((trial.ordinal for trial in state.of(test)), default=0)
    about: Data = {"test": test.value, "ordinal": ordinal, "aid": aid}
    return (Mark(MarkKind.TRIAL_START, t_ns, f"{test.value}-{ordinal}", about),)


def _test(state: Battery) -> Test:
    step = current_step(state)
    test = test_of(step)
    if test is None:
        raise RefusedError(f"the step {step} measures nothing")
    return test


def _trial(state: Battery) -> TrialState:
    if state.active is None:
        raise RefusedError("no trial is running")
    return state.active


def _cue(state: Battery, data: Data, t_ns: int) -> Marks:
    source = data.get("source", "operator")
    if source not in CUE_SOURCES:
        raise RefusedError(f"cue: source must be one of {', '.join(CUE_SOURCES)}, not {source!r}")
    token = data.get("token")
    about: Data = {"source": source} if token is None else {"source": source, "token": token}
    return (Mark(MarkKind.CUE, t_ns, _trial(state).id, about),)


def _in_trial(kind: MarkKind) -> Callable[[Battery, Data, int], Marks]:
    def pressed(state: Battery, data: Data, t_ns: int) -> Marks:
        about: Data = {"reason": data["reason"]} if "reason" in data else {}
        return (Mark(kind, t_ns, _trial(state).id, about),)

    return pressed


def _hold(state: Battery, data: Data, t_ns: int) -> Marks:
    if state.in_doubt is None:
        raise RefusedError("hold: key and sensors agree")
    return (Mark(MarkKind.HOLD, t_ns, state.in_doubt.id, {"choice": data["reason"]}),)


def _watch(state: Battery, _: Data, t_ns: int) -> Marks:
    trial = _trial(state)
    if trial.watch_ns is None:
        return (Mark(MarkKind.WATCH_START, t_ns, trial.id),)
    return (_watch_stopped(trial, trial.watch_ns, t_ns),)


def _watch_stopped(trial: TrialState, since_ns: int, t_ns: int) -> Mark:
    return Mark(MarkKind.MANUAL_TIME, t_ns, trial.id, {"time_us": (t_ns - since_ns) // 1000, "profile": PROFILE})


def _unable(state: Battery, data: Data, t_ns: int) -> Marks:
    """A running trial ends with it; otherwise the test is not attempted."""
    if state.active is not None:
        return _over(state.active, MarkKind.UNABLE, data, t_ns)
    return (Mark(MarkKind.UNABLE, t_ns, None, {"test": _test(state).value, "reason": data["reason"]}),)


def _abort(state: Battery, data: Data, t_ns: int) -> Marks:
    return _over(_trial(state), MarkKind.ABORT, data, t_ns)


def _over(trial: TrialState, kind: MarkKind, data: Data, t_ns: int) -> Marks:
    return Mark(kind, t_ns, trial.id, {"reason": data["reason"]}), Mark(MarkKind.TRIAL_END, t_ns, trial.id)


def _repeat(state: Battery, data: Data, t_ns: int) -> Marks:
    """The latest trial stays in the recording and is void; its test comes again."""
    trial = repeatable(state)
    if trial is None:
        raise RefusedError("there is no trial to repeat")
    void: Data = {"reason": f"repeated: {data['reason']}"}
    return Mark(MarkKind.ABORT, t_ns, trial.id, void), Mark(MarkKind.STEP, t_ns, None, {"step": trial.test.value})


def _skip(state: Battery, data: Data, t_ns: int) -> Marks:
    return (Mark(MarkKind.SKIP, t_ns, None, {"step": current_step(state), "reason": data["reason"]}),)


def _go(_: Battery, data: Data, t_ns: int) -> Marks:
    try:
        step = Step(str(data.get("step")))
    except ValueError:
        raise RefusedError(f"go: step must be one of {', '.join(Step)}, not {data.get('step')!r}") from None
    return (Mark(MarkKind.STEP, t_ns, None, {"step": step.value}),)


def _route(_: Battery, data: Data, t_ns: int) -> Marks:
    return (Mark(MarkKind.ROUTE, t_ns, None, {"route": data["reason"]}),)


def _undo(state: Battery, _: Data, t_ns: int) -> Marks:
    return (undo(state.last, t_ns),)


def _note(state: Battery, data: Data, t_ns: int) -> Marks:
    text = data.get("text")
    if not isinstance(text, str) or not 0 < len(text) <= NOTE_LENGTH:
        raise RefusedError(f"note: text must have 1 to {NOTE_LENGTH} characters")
    return (Mark(MarkKind.NOTE, t_ns, None if state.active is None else state.active.id, {"text": text}),)


def _count(_: Battery, __: Data, t_ns: int) -> Marks:
    return (Mark(MarkKind.COUNT, t_ns),)


def _close(_: Battery, __: Data, t_ns: int) -> Marks:
    return (Mark(MarkKind.CLOSED, t_ns),)


_PRESSED: Mapping[ActionKind, Callable[[Battery, Data, int], Marks]] = {
    ActionKind.PARTICIPANT: _about(MarkKind.PARTICIPANT),
    ActionKind.ELIGIBILITY: _about(MarkKind.ANSWERS),
    ActionKind.QUESTIONS: _about(MarkKind.ANSWERS),
    ActionKind.BOTTLE: _about(MarkKind.BOTTLE),
    ActionKind.COUNT: _count,
    ActionKind.CONFIRM: _confirm,
    ActionKind.START: _start,
    ActionKind.CUE: _cue,
    ActionKind.BEGIN: _in_trial(MarkKind.BEGIN),
    ActionKind.STOP: _in_trial(MarkKind.OPERATOR_STOP),
    ActionKind.HOLD: _hold,
    ActionKind.END: _in_trial(MarkKind.TRIAL_END),
    ActionKind.WATCH: _watch,
    ActionKind.UNABLE: _unable,
    ActionKind.ABORT: _abort,
    ActionKind.REPEAT: _repeat,
    ActionKind.SKIP: _skip,
    ActionKind.GO: _go,
    ActionKind.ROUTE: _route,
    ActionKind.UNDO: _undo,
    ActionKind.NOTE: _note,
    ActionKind.CLOSE: _close,
}
