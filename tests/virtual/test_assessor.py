"""What the assessor does with people who cannot, will not, stop or fail."""

from collections.abc import Callable

import pytest

from rig.model.marks import MarkKind, Test
from rig.model.records import Mark
from rig.virtual import VirtualSession, run_session
from rig.virtual.participant import FailedRise, Pause, WalkStop
from rig.virtual.truth import Event
from tests.virtual.bodies import person, times, trials

Get = Callable[[str], VirtualSession]


def marks(session: VirtualSession, kind: MarkKind) -> list[Mark]:
    return [r for r in session.records if isinstance(r, Mark) and r.kind == kind]


def test_refused_tests_leave_marks_only() -> None:
    who = person(
        refusals={Test.CHAIR_SINGLE: "refused", Test.TUG: "assessor_unsafe", Test.SEMI_TANDEM: "participant_unsafe"}
    )
    session = run_session(who, seed=1)
    run = {t.test for t in session.truth.trials}
    assert run == {"side_by_side", "walk_4m", "walk_6m"}
    assert session.truth.not_attempted == {
        "semi_tandem": "participant_unsafe",
        "chair_single": "refused",
        "tug": "assessor_unsafe",
    }
    assert [(m.trial, m.data["test"], m.data["reason"]) for m in marks(session, MarkKind.UNABLE)] == [
        (None, "semi_tandem", "participant_unsafe"),
        (None, "chair_single", "refused"),
        (None, "tug", "assessor_unsafe"),
    ]


def test_who_cannot_rise_is_not_asked_for_five(session: Get) -> None:
    single = trials(session("cannot_rise"), Test.CHAIR_SINGLE)[0]
    assert (single.rises, single.failed_rises, single.unable) == (0, 1, "tried_unable")
    assert not trials(session("cannot_rise"), Test.CHAIR)


def test_strength_ends_the_five_rises() -> None:
    session = run_session(person(rises_possible=3), seed=1)
    (chair,) = trials(session, Test.CHAIR)
    assert (chair.rises, chair.failed_rises, chair.unable, chair.times_s) == (3, 1, "tried_unable", {})


def test_arms_end_the_test_rise() -> None:
    session = run_session(person(needs_arms=True), seed=1)
    (single,) = trials(session, Test.CHAIR_SINGLE)
    assert (single.rises, single.unable) == (1, "tried_unable")
    assert marks(session, MarkKind.OPERATOR_STOP)[-4].data["reason"] in ("used_arms", "finished")
    assert not trials(session, Test.CHAIR)


def test_failed_rises_and_pauses_in_the_five() -> None:
    who = person(
        failed_rises=(FailedRise(2, 0.3), FailedRise(4, 0.85), FailedRise(5, 0.0)), chair_pauses=(Pause(1, 3.0),)
    )
    (chair,) = trials(run_session(who, seed=1), Test.CHAIR)
    (plain,) = trials(run_session(person(), seed=1), Test.CHAIR)
    assert (chair.rises, chair.failed_rises) == (5, 2)
    assert chair.times_s["sppb"] - plain.times_s["sppb"] > 3.0 + 2 * 1.0


def test_sixty_seconds_end_the_five_rises() -> None:
    session = run_session(person("pre_frail", chair_pauses=(Pause(2, 55.0),)), seed=1)
    (chair,) = trials(session, Test.CHAIR)
    assert chair.rises < 5
    assert not chair.times_s
    assert "sixty_seconds" in [m.data["reason"] for m in marks(session, MarkKind.OPERATOR_STOP)]


def test_a_stop_in_a_walk_is_a_pause() -> None:
    who = person(walk_stop=WalkStop(Test.WALK_6M, 2.5, 4.0))
    for trial in trials(run_session(who, seed=1), Test.WALK_6M):
        pauses = [e for e in trial.events if e.name == "pause"]
        assert len(pauses) == 1
        assert 4.0 < (pauses[0].value or 0) < 6.5
        assert trial.times_s["sppb"] > 9.0


def test_hesitation_does_not_split_a_turn() -> None:
    (tug,) = trials(run_session(person(turn_hesitation_s=2.0), seed=1), Test.TUG)
    turns: list[Event] = [e for e in tug.events if e.name == "turn_start"]
    assert len(turns) == 2
    assert turns[0].value == pytest.approx(180, abs=4)


def test_turning_inside_the_three_metre_beam_is_one_crossing() -> None:
    (tug,) = trials(run_session(person(tug_turn_at_m=3.0), seed=1), Test.TUG)
    assert len(times(tug, "crossing", 1)) == 1
