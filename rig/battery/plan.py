"""The order of an assessment, and what of it is still to be done."""

from enum import StrEnum

from rig.battery.state import Battery
from rig.model.marks import STANCES, Test


class Step(StrEnum):
    """The steps in the guide's order; those that measure bear their test's name."""

    PARTICIPANT = "participant"
    ELIGIBILITY = "eligibility"
    DEVICES = "devices"
    SIDE_BY_SIDE = "side_by_side"
    SEMI_TANDEM = "semi_tandem"
    TANDEM = "tandem"
    WALK_4M = "walk_4m"
    CHAIR_SINGLE = "chair_single"
    CHAIR = "chair"
    TUG = "tug"
    WALK_6M = "walk_6m"
    QUESTIONS = "questions"
    RESULT = "result"
    BOTTLE = "bottle"
    CLOSE = "close"


class Need(StrEnum):
    """Whether a step is still to be done."""

    OPEN = "open"
    DONE = "done"
    UNABLE = "unable"
    SKIPPED = "skipped"
    NOT_NEEDED = "not_needed"
    """The rules do not ask for it: a harder stance after a failed one, five rises after a failed single one."""


SPPB_STEPS = frozenset(
    {Step.SIDE_BY_SIDE, Step.SEMI_TANDEM, Step.TANDEM, Step.WALK_4M, Step.CHAIR_SINGLE, Step.CHAIR, Step.TUG}
)
"""What is left out where only the 6 m walk can be done (guide: the 6 m walk stands for the battery)."""
TESTS = {Step(test.value): test for test in Test}


def test_of(step: Step) -> Test | None:
    """The test that a step measures."""
    return TESTS.get(step)


def wanted_trials(test: Test, rules: str) -> int:
    """How many trials the rules ask for (rules section 3)."""
    if test == Test.WALK_4M:
        return 2 if rules == "nia" else 3
    return 2 if test == Test.WALK_6M else 1


def needs(state: Battery) -> dict[Step, Need]:
    """Every step with its need, in order."""
    return {step: need(state, step) for step in Step}


def need(state: Battery, step: Step) -> Need:
    """Whether one step is still to be done."""
    if step in state.skipped:
        return Need.SKIPPED
    test = test_of(step)
    if test is not None:
        return _test_need(state, step, test)
    return Need.DONE if _told(state, step) else Need.OPEN


def _told(state: Battery, step: Step) -> bool:
    """Whether a step that measures nothing is done."""
    told = {
        Step.PARTICIPANT: bool(state.participant.get("id")),
        Step.ELIGIBILITY: "contraindications" in state.answers,
        Step.QUESTIONS: "falls_last_year" in state.answers,
        Step.BOTTLE: state.bottle is not None,
        Step.CLOSE: state.closed,
    }
    return told.get(step, step in state.confirmed)


def _test_need(state: Battery, step: Step, test: Test) -> Need:
    found = state.standing_of(test)
    if test in state.unable or (found and found[-1].unable is not None):
        return Need.UNABLE
    if len(found) >= wanted_trials(test, str(state.participant.get("rules", "vivifrail"))):
        return Need.DONE
    return Need.NOT_NEEDED if _not_asked(state, step, test) else Need.OPEN


def _not_asked(state: Battery, step: Step, test: Test) -> bool:
    if state.route == "six_metres":
        return step in SPPB_STEPS
    if test in STANCES:
        fallen = state.fallen_stance
        return fallen is not None and STANCES.index(test) > STANCES.index(fallen)
    return test == Test.CHAIR and _single_rise_failed(state)


def _single_rise_failed(state: Battery) -> bool:
    found = state.standing_of(Test.CHAIR_SINGLE)
    return Test.CHAIR_SINGLE in state.unable or (bool(found) and found[-1].failed)


def current_step(state: Battery) -> Step:
    """The step on the page: that of the running trial, the one gone to, or the first that is open."""
    if state.active is not None:
        return Step(state.active.test.value)
    if state.at is not None:
        return Step(state.at)
    return next((step for step in Step if need(state, step) == Need.OPEN), Step.CLOSE)
