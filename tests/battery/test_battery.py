"""The battery's rules: order, skips, stops, repeats, taking back."""

from itertools import permutations

import pytest

from rig.battery import Hint, Need, RefusedError, Step, current_step, hints, needs, options, state_of
from rig.battery.time_alone import CHAIR_LIMIT_NS
from rig.model.records import Mark
from tests.battery.walkthrough import NS, Walkthrough


@pytest.fixture
def ready() -> Walkthrough:
    """Introduced, at the first stance."""
    walk = Walkthrough()
    walk.introduce()
    return walk


def test_the_order_is_the_guides() -> None:
    walk = Walkthrough()
    seen = []
    walk.introduce()
    for act in [walk.hold] * 3 + [lambda: walk.trial(5)] * 8:
        seen.append(walk.step)
        act()
    assert seen == [
        *("side_by_side", "semi_tandem", "tandem"),
        *("walk_4m",) * 3,
        *("chair_single", "chair", "tug"),
        *("walk_6m",) * 2,
    ]
    assert walk.step == "questions"


def test_a_whole_assessment_ends_with_nothing_open() -> None:
    walk = Walkthrough()
    walk.whole()
    assert walk.state.closed
    assert set(needs(walk.state).values()) == {Need.DONE}
    assert options(walk.state) == ()


def test_two_walks_are_enough_under_nia() -> None:
    walk = Walkthrough()
    walk.introduce(rules="nia")
    for _ in range(3):
        walk.hold()
    walk.trial(5)
    walk.trial(5)
    assert walk.step == "chair_single"


def test_a_stance_not_held_leads_to_the_walk(ready: Walkthrough) -> None:
    ready.hold()
    ready.hold(6)
    assert ready.step == "walk_4m"
    assert needs(ready.state)[Step.TANDEM] == Need.NOT_NEEDED
    assert Hint.STANCE_SKIPPED in hints(ready.state, ready.now_ns)


def test_ten_seconds_stop_a_stance_to_the_nanosecond(ready: Walkthrough) -> None:
    ready.press("start")
    ready.wait(3)
    ready.press("begin")
    begun = ready.marks[-1].t_ns
    ready.wait(9.9)
    assert ready.state.active is not None
    assert ready.state.active.stop_ns is None
    ready.wait(0.2)
    assert ready.state.active.stop_ns == begun + 10 * NS


def test_what_was_shown_decides_over_the_key(ready: Walkthrough) -> None:
    ready.hold()
    trial = ready.state.trials[-1].id
    ready.marks.append(Mark("shown", ready.now_ns, trial, {"status": "completed", "time_us": 9_990_000}))
    assert needs(ready.state)[Step.SEMI_TANDEM] == Need.NOT_NEEDED


def _shown(walk: Walkthrough, **content: int) -> None:
    walk.marks.append(Mark("shown", walk.now_ns, walk.state.trials[-1].id, {"status": "completed", **content}))


@pytest.mark.parametrize(("reason", "step"), [("key", "semi_tandem"), ("sensors", "walk_4m")])
def test_where_key_and_sensors_disagree_the_operator_is_asked(ready: Walkthrough, reason: str, step: str) -> None:
    ready.hold()
    _shown(ready, time_us=10_000_000, felt_us=6_200_000)
    assert ready.kinds[0] == "hold"
    assert "start" in ready.kinds
    ready.press("hold", reason=reason)
    assert (ready.marks[-1].kind, ready.marks[-1].trial) == ("hold", "side_by_side-1")
    assert "hold" not in ready.kinds
    assert ready.step == step
    ready.press("undo")
    assert ready.kinds[0] == "hold"


def test_a_doubt_waits_while_the_next_trial_runs(ready: Walkthrough) -> None:
    ready.hold()
    trial = ready.state.trials[-1].id
    ready.press("start")
    _shown(ready, time_us=10_000_000)
    ready.marks.append(Mark("shown", ready.now_ns, trial, {"status": "completed", "time_us": 10_000_000, "felt_us": 1}))
    assert "hold" not in ready.kinds
    ready.press("abort", reason="interrupted")
    ready.press("hold", reason="key")
    assert ready.marks[-1].trial == trial


def test_what_is_shown_late_does_not_lead_away_from_where_the_operator_went(ready: Walkthrough) -> None:
    ready.hold()
    ready.press("go", step="side_by_side")
    _shown(ready, time_us=10_000_000)
    assert ready.step == "side_by_side"


def test_a_failed_single_rise_spares_the_five(ready: Walkthrough) -> None:
    ready.press("go", step="chair_single")
    ready.trial(3, "used_arms")
    assert needs(ready.state)[Step.CHAIR] == Need.NOT_NEEDED


def test_who_cannot_is_not_asked_again(ready: Walkthrough) -> None:
    ready.press("go", step="walk_4m")
    ready.press("start")
    ready.press("cue")
    ready.press("unable", reason="tried_unable")
    assert ready.state.active is None
    assert needs(ready.state)[Step.WALK_4M] == Need.UNABLE


def test_five_rises_stop_after_a_minute(ready: Walkthrough) -> None:
    ready.press("go", step="chair")
    ready.press("start")
    ready.press("cue")
    cued = ready.marks[-1].t_ns
    ready.wait(61.9)
    assert ready.state.active is not None
    assert ready.state.active.stop_ns is None
    ready.wait(0.2)
    assert ready.state.active.stop_reason == "sixty_seconds"
    assert ready.state.active.stop_ns == cued + CHAIR_LIMIT_NS


def test_a_repeated_trial_is_kept_and_void(ready: Walkthrough) -> None:
    ready.hold(4)
    assert ready.step == "walk_4m"
    ready.press("repeat", reason="distracted")
    assert ready.step == "side_by_side"
    assert ready.state.trials[0].aborted == "repeated: distracted"
    ready.hold()
    assert [trial.ordinal for trial in ready.state.trials] == [1, 2]
    assert ready.step == "semi_tandem"


def test_an_aborted_trial_is_asked_for_again(ready: Walkthrough) -> None:
    ready.press("start")
    ready.press("begin")
    ready.press("abort", reason="interrupted")
    assert ready.step == "side_by_side"
    assert needs(ready.state)[Step.SIDE_BY_SIDE] == Need.OPEN


def test_the_last_press_is_taken_back_with_what_followed_of_itself(ready: Walkthrough) -> None:
    ready.press("start")
    ready.press("begin")
    ready.wait(4)
    before = ready.state
    ready.press("stop", reason="stepped")
    ready.wait(5)
    assert ready.state.active is None
    ready.press("undo")
    assert ready.state.trials == before.trials
    ready.press("stop", reason="grasped")
    assert ready.state.trials[-1].stop_reason == "grasped"


def test_everything_can_be_taken_back_to_the_beginning() -> None:
    walk = Walkthrough()
    walk.whole()
    del walk.marks[-1]
    while "undo" in walk.kinds:
        walk.press("undo")
    assert walk.state.trials == ()
    assert walk.step == "participant"


def test_what_is_due_after_an_undo_comes_after_it(ready: Walkthrough) -> None:
    ready.press("start")
    ready.press("begin")
    ready.wait(8)
    ready.press("stop", reason="stepped")
    ready.wait(2.5)
    ready.press("undo")
    ready.press("watch")
    ready.wait(0)
    assert ready.marks[-1].data["reason"] == "ten_seconds"
    assert [mark.t_ns for mark in ready.marks] == sorted(mark.t_ns for mark in ready.marks)


def test_going_back_and_returning(ready: Walkthrough) -> None:
    ready.hold()
    ready.press("go", step="side_by_side")
    assert ready.step == "side_by_side"
    ready.hold()
    assert ready.step == "semi_tandem"


def test_a_skipped_step_is_missing_and_can_be_taken_up(ready: Walkthrough) -> None:
    ready.press("skip", reason="no_time")
    assert needs(ready.state)[Step.SIDE_BY_SIDE] == Need.SKIPPED
    assert ready.step == "semi_tandem"
    ready.press("go", step="side_by_side")
    ready.hold()
    assert needs(ready.state)[Step.SIDE_BY_SIDE] == Need.DONE


def test_six_metres_stand_for_a_battery_that_cannot_be_done(ready: Walkthrough) -> None:
    ready.press("route", reason="six_metres")
    assert ready.step == "walk_6m"
    assert Hint.SIX_METRES_ONLY in hints(ready.state, ready.now_ns)


def test_the_stopwatch_gives_a_time_beside_the_sensors(ready: Walkthrough) -> None:
    ready.press("go", step="tug")
    ready.press("start")
    ready.press("cue")
    ready.wait(1)
    ready.press("watch")
    ready.wait(12.34)
    ready.press("watch")
    assert ready.state.trials[-1].manual_us == 12_340_000


def test_marks_may_come_in_the_order_of_their_times() -> None:
    walk = Walkthrough()
    walk.whole()
    assert state_of(sorted(walk.marks, key=lambda mark: mark.t_ns)) == walk.state


def test_a_forgotten_trial_ends_itself(ready: Walkthrough) -> None:
    ready.press("start")
    ready.wait(700)
    assert ready.state.active is None


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("participant", {"id": "王小明"}),
        ("participant", {"id": "Anna Smith"}),
        ("participant", {"id": "p1", "birth_date": "1940-01-01"}),
        ("participant", {"id": "p1", "age_years": 7}),
        ("participant", {}),
    ],
)
def test_names_and_nonsense_are_refused(kind: str, data: dict[str, str]) -> None:
    walk = Walkthrough()
    with pytest.raises(RefusedError):
        walk.press(kind, **data)
    assert walk.marks == []


def test_what_cannot_be_done_now_is_refused_and_says_what_can(ready: Walkthrough) -> None:
    with pytest.raises(RefusedError, match="open are: start"):
        ready.press("stop", reason="finished")
    ready.press("start")
    with pytest.raises(RefusedError, match="open are: begin"):
        ready.press("cue")
    ready.press("begin")
    with pytest.raises(RefusedError, match="reason must be one of"):
        ready.press("stop", reason="tired")


def test_a_fall_that_needed_care_is_a_fall(ready: Walkthrough) -> None:
    ready.press("go", step="questions")
    with pytest.raises(RefusedError, match="cannot be 0"):
        ready.press("questions", falls_last_year=0, fall_needed_care=True)


def test_every_step_can_be_reached_from_every_other(ready: Walkthrough) -> None:
    for first, second in permutations(Step, 2):
        for step in (first, second):
            ready.press("go", step=step)
            assert current_step(ready.state) == step
