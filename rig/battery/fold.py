"""From marks to the state: one small change for every kind of mark."""

from collections.abc import Callable, Iterable, Mapping

from msgspec.structs import replace

from rig.battery.state import Battery, TrialState
from rig.model.marks import MarkKind, Test
from rig.model.records import Mark
from rig.model.standing import standing

BY_RIG = "rig"
"""In a mark's `by`: time or a sensor asked for it, nobody pressed."""


def state_of(marks: Iterable[Mark]) -> Battery:
    """The state that the marks of a recording tell, in the order of their times or of their writing.

    Raises
    ------
    ValueError
        Marks that contradict each other: a trial that was never started, an undo of what does not stand.
    """
    told = tuple(marks)
    state = Battery()
    for mark in standing(told):
        state = _after(state, mark)
    return replace(state, last_ns=max((mark.t_ns for mark in told), default=0))


def _after(state: Battery, mark: Mark) -> Battery:
    kind = MarkKind(mark.kind)
    if mark.trial is not None and kind != MarkKind.TRIAL_START:
        state = _in_trial(state, mark, kind)
    elif kind in _SESSION:
        state = _SESSION[kind](state, mark)
    return replace(state, last=_last(state, mark))


def _last(state: Battery, mark: Mark) -> tuple[Mark, ...]:
    """What an undo takes back: the latest press with what followed of itself; the marks of one press share its time."""
    followed = mark.data.get("by") == BY_RIG or mark.kind in {MarkKind.SHOWN, MarkKind.NOTE, MarkKind.EDIT}
    if mark.kind == MarkKind.RESUMED or (followed and not state.last):
        return ()
    same_press = bool(state.last) and state.last[-1].t_ns == mark.t_ns
    return (*state.last, mark) if followed or same_press else (mark,)


def _participant(state: Battery, mark: Mark) -> Battery:
    return replace(state, participant=state.participant | mark.data, at=_left(state, "participant"))


def _answers(state: Battery, mark: Mark) -> Battery:
    step = "eligibility" if "contraindications" in mark.data else "questions"
    return replace(state, answers=state.answers | mark.data, at=_left(state, step))


def _unable(state: Battery, mark: Mark) -> Battery:
    test = str(mark.data["test"])
    return replace(state, unable=state.unable | {test: str(mark.data["reason"])}, at=_left(state, test))


def _skip(state: Battery, mark: Mark) -> Battery:
    step = str(mark.data["step"])
    return replace(state, skipped=state.skipped | {step: str(mark.data["reason"])}, at=_left(state, step))


def _confirmed(state: Battery, mark: Mark) -> Battery:
    step = str(mark.data["step"])
    return replace(state, confirmed=(*state.confirmed, step), at=_left(state, step))


def _step(state: Battery, mark: Mark) -> Battery:
    """Going to a step that was left out takes it up again."""
    step = str(mark.data["step"])
    skipped = {name: reason for name, reason in state.skipped.items() if name != step}
    return replace(state, at=step, skipped=skipped)


def _route(state: Battery, mark: Mark) -> Battery:
    return replace(state, route=str(mark.data["route"]), at=None)


def _bottle(state: Battery, mark: Mark) -> Battery:
    return replace(state, bottle=mark.data, count_ns=None, at=_left(state, "bottle"))


def _count(state: Battery, mark: Mark) -> Battery:
    return replace(state, count_ns=mark.t_ns)


def _closed(state: Battery, _: Mark) -> Battery:
    return replace(state, closed=True, at=None)


def _trial_start(state: Battery, mark: Mark) -> Battery:
    if mark.trial is None:
        raise ValueError(f"the trial started at {mark.t_ns} ns has no name")
    trial = TrialState(
        mark.trial,
        Test(str(mark.data["test"])),
        int(str(mark.data.get("ordinal", 1))),
        str(mark.data.get("aid", "none")),
        mark.t_ns,
    )
    unable = {test: reason for test, reason in state.unable.items() if test != trial.test}
    return replace(state, trials=(*state.trials, trial), unable=unable)


_SESSION: Mapping[MarkKind, Callable[[Battery, Mark], Battery]] = {
    MarkKind.PARTICIPANT: _participant,
    MarkKind.ANSWERS: _answers,
    MarkKind.UNABLE: _unable,
    MarkKind.SKIP: _skip,
    MarkKind.CONFIRMED: _confirmed,
    MarkKind.STEP: _step,
    MarkKind.ROUTE: _route,
    MarkKind.BOTTLE: _bottle,
    MarkKind.COUNT: _count,
    MarkKind.CLOSED: _closed,
    MarkKind.TRIAL_START: _trial_start,
}


def _left(state: Battery, step: str) -> str | None:
    """Where the operator is after `step` is done: back in turn, if that is where they had gone."""
    return None if state.at == step else state.at


def _in_trial(state: Battery, mark: Mark, kind: MarkKind) -> Battery:
    place = next((i for i, trial in enumerate(state.trials) if trial.id == mark.trial), None)
    if place is None:
        raise ValueError(
            f"the mark {mark.kind!r} at {mark.t_ns} ns is of trial {mark.trial!r}, which was never started"
        )
    change = _TRIAL.get(kind)
    if change is None:
        return state
    trial = change(state.trials[place], mark)
    at = _left(state, trial.test) if kind == MarkKind.TRIAL_END else state.at
    return replace(state, trials=(*state.trials[:place], trial, *state.trials[place + 1 :]), at=at)


_TRIAL: Mapping[MarkKind, Callable[[TrialState, Mark], TrialState]] = {
    MarkKind.CUE: lambda trial, mark: replace(trial, go_ns=mark.t_ns, cued_by=str(mark.data.get("source"))),
    MarkKind.BEGIN: lambda trial, mark: replace(trial, go_ns=mark.t_ns),
    MarkKind.OPERATOR_STOP: lambda trial, mark: replace(
        trial, stop_ns=mark.t_ns, stop_reason=str(mark.data.get("reason"))
    ),
    MarkKind.HOLD: lambda trial, mark: replace(trial, hold=str(mark.data.get("choice"))),
    MarkKind.TRIAL_END: lambda trial, mark: replace(trial, ended_ns=mark.t_ns),
    MarkKind.UNABLE: lambda trial, mark: replace(trial, unable=str(mark.data.get("reason"))),
    MarkKind.ABORT: lambda trial, mark: replace(trial, aborted=str(mark.data.get("reason"))),
    MarkKind.WATCH_START: lambda trial, mark: replace(trial, watch_ns=mark.t_ns),
    MarkKind.MANUAL_TIME: lambda trial, mark: replace(trial, watch_ns=None, manual_us=int(str(mark.data["time_us"]))),
    MarkKind.SHOWN: lambda trial, mark: replace(trial, shown=mark.data),
}
