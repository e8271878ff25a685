"""The operator's marks, gathered by trial."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rig.model.marks import MarkKind, Test
from rig.model.records import Json, Mark
from rig.model.standing import standing


@dataclass(frozen=True, slots=True)
class TrialMarks:
    """All that people decided about one trial."""

    trial: str
    test: Test
    ordinal: int
    aid: str
    start_ns: int
    end_ns: int | None
    marks: tuple[Mark, ...]

    def last(self, kind: MarkKind) -> Mark | None:
        """The last mark of a kind: what the operator said in the end."""
        return next((mark for mark in reversed(self.marks) if mark.kind == kind), None)


@dataclass(frozen=True, slots=True)
class SessionMarks:
    """The marks of a session: about the participant, and by trial in the order they were started."""

    participant: dict[str, Json]
    answers: dict[str, Json]
    trials: tuple[TrialMarks, ...]
    unable: dict[Test, str] = field(default_factory=dict)


def gather(marks: Iterable[Mark]) -> SessionMarks:
    """Sort the marks of a session that stand; later words about the same thing replace earlier ones.

    Raises
    ------
    ValueError
        A mark names a trial that was never started, or a test that does not exist; an undo, what does not stand.
    """
    participant: dict[str, Json] = {}
    answers: dict[str, Json] = {}
    unable: dict[Test, str] = {}
    by_trial: dict[str, list[Mark]] = {}
    for mark in standing(marks):
        if mark.kind == MarkKind.PARTICIPANT:
            participant |= mark.data
        elif mark.kind == MarkKind.ANSWERS:
            answers |= mark.data
        elif mark.trial is not None:
            by_trial.setdefault(mark.trial, []).append(mark)
        elif mark.kind == MarkKind.UNABLE:
            unable[_test(mark)] = str(mark.data.get("reason"))
    trials = tuple(_trial(trial, found) for trial, found in by_trial.items())
    return SessionMarks(participant, answers, trials, unable)


def _trial(trial: str, marks: list[Mark]) -> TrialMarks:
    opening = next((mark for mark in marks if mark.kind == MarkKind.TRIAL_START), None)
    if opening is None:
        raise ValueError(f"trial {trial!r}: its start is not in the recording; leave the trial out and replay again")
    closing = next((mark for mark in marks if mark.kind == MarkKind.TRIAL_END), None)
    return TrialMarks(
        trial=trial,
        test=_test(opening),
        ordinal=int(str(opening.data.get("ordinal", 1))),
        aid=str(opening.data.get("aid", "none")),
        start_ns=opening.t_ns,
        end_ns=closing.t_ns if closing else None,
        marks=tuple(marks),
    )


def _test(mark: Mark) -> Test:
    name = str(mark.data.get("test"))
    try:
        return Test(name)
    except ValueError:
        known = ", ".join(Test)
        raise ValueError(f"mark {mark.kind!r} at {mark.t_ns} ns: unknown test {name!r}; one of {known}") from None
