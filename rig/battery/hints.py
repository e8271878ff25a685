"""What the assessor is reminded of."""

from enum import StrEnum

from rig.battery.plan import Need, Step, current_step, need, test_of
from rig.battery.state import Battery, Phase
from rig.model.marks import STANCES, Test

NS = 1_000_000_000
REST_NS = 60 * NS
"""Between two walks, and before the chair and the Timed Up and Go."""
TIRING = frozenset({Test.WALK_4M, Test.WALK_6M, Test.CHAIR, Test.TUG})


class Hint(StrEnum):
    """Reminders; the page has the words."""

    GUARD = "guard"
    """Stand close: a fall is possible."""
    GUARD_BEHIND = "guard_behind"
    """Walk beside and behind, not in the beams."""
    STAND_STILL = "stand_still"
    """Two quiet seconds before the cue let the sensors find upright and rest."""
    REST = "rest"
    """Ask whether a rest is wanted."""
    UNDER_AGE = "under_age"
    CONTRAINDICATED = "contraindicated"
    """A contraindication was told: the programme is withheld; go on only if it is safe."""
    STANCE_SKIPPED = "stance_skipped"
    """A stance was not held: on to the walk."""
    CHAIR_NOT_ASKED = "chair_not_asked"
    """The single rise failed: the five are not asked for."""
    SIX_METRES_ONLY = "six_metres_only"


def hints(state: Battery, now_ns: int) -> tuple[Hint, ...]:
    """Reminders for this moment, the most important first."""
    found = (*_safety(state), *_procedure(state, now_ns), *_person(state))
    return tuple(dict.fromkeys(found))


def _safety(state: Battery) -> tuple[Hint, ...]:
    test = test_of(current_step(state))
    if test is None:
        return ()
    return (Hint.GUARD_BEHIND,) if test in (Test.WALK_4M, Test.WALK_6M, Test.TUG) else (Hint.GUARD,)


def _procedure(state: Battery, now_ns: int) -> tuple[Hint, ...]:
    trial, step = state.active, current_step(state)
    found = []
    if trial is not None and trial.phase == Phase.READY:
        found.append(Hint.STAND_STILL)
    if trial is None and test_of(step) in TIRING and _tired(state, now_ns):
        found.append(Hint.REST)
    if step == Step.WALK_4M and state.fallen_stance not in (None, STANCES[-1]):
        found.append(Hint.STANCE_SKIPPED)
    if step == Step.TUG and need(state, Step.CHAIR) == Need.NOT_NEEDED and state.route == "sppb":
        found.append(Hint.CHAIR_NOT_ASKED)
    if state.route == "six_metres":
        found.append(Hint.SIX_METRES_ONLY)
    return tuple(found)


def _tired(state: Battery, now_ns: int) -> bool:
    ended = [trial.ended_ns for trial in state.trials if trial.ended_ns is not None and trial.test in TIRING]
    return bool(ended) and now_ns - max(ended) < REST_NS


def _person(state: Battery) -> tuple[Hint, ...]:
    age = state.participant.get("age_years")
    found = [Hint.UNDER_AGE] if isinstance(age, int) and age < 70 else []
    if state.answers.get("contraindications"):
        found.append(Hint.CONTRAINDICATED)
    return tuple(found)
