"""Operators who press anything: never a crash, never a dead end, never a document that contradicts the keys.

`RANDOM_OPERATORS=10000` runs as many sequences as `make soak` does.
"""

import os
from collections.abc import Callable

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from rig.battery import (
    Action,
    ActionKind,
    Option,
    RefusedError,
    Step,
    due,
    needs,
    options,
    press,
    shown,
    sounded,
    state_of,
)
from rig.battery.options import UNABLE_REASONS
from rig.model.marks import STANCES
from rig.model.records import Json, Mark
from rig.model.setup import Setup
from rig.pipeline.session import Source, analyse_session
from tests.battery.walkthrough import NS, START_NS

SEQUENCES = int(os.environ.get("RANDOM_OPERATORS", "60"))

TOKENS = (1, 2)
CONTENTS: dict[ActionKind, st.SearchStrategy[dict[str, Json]]] = {
    ActionKind.PARTICIPANT: st.fixed_dictionaries(
        {"id": st.sampled_from(["p1", "p-2"])},
        optional={"age_years": st.integers(60, 99), "rules": st.sampled_from(["vivifrail", "nia"])},
    ),
    ActionKind.ELIGIBILITY: st.fixed_dictionaries(
        {"contraindications": st.lists(st.sampled_from(["arrhythmia", "recent_fracture"]), unique=True)}
    ),
    ActionKind.QUESTIONS: st.fixed_dictionaries(
        {"falls_last_year": st.none() | st.integers(0, 3), "fall_needed_care": st.none() | st.booleans()}
    ),
    ActionKind.BOTTLE: st.fixed_dictionaries(
        {"millilitres": st.integers(0, 500)}, optional={"counted_by": st.sampled_from(["key", "wrist"])}
    ),
    ActionKind.GO: st.fixed_dictionaries({"step": st.sampled_from([step.value for step in Step])}),
    ActionKind.NOTE: st.just({"text": "seen"}),
    ActionKind.CUE: st.fixed_dictionaries(
        {"source": st.sampled_from(["page", "operator"])}, optional={"token": st.sampled_from(TOKENS)}
    ),
}


class RandomOperator(RuleBasedStateMachine):
    """Presses what is open, and at times what is not; lets time pass; shows trials."""

    def __init__(self) -> None:
        super().__init__()
        self.marks: list[Mark] = []
        self.now_ns = START_NS

    @rule(data=st.data())
    def press_what_is_open(self, data: st.DataObject) -> None:
        open_now = options(state_of(self.marks))
        if open_now:
            self._press(data.draw(st.sampled_from(open_now)), data.draw)

    @rule()
    @precondition(lambda self: bool(options(state_of(self.marks))))
    def press_the_obvious(self) -> None:
        """The main button, as most people do most of the time."""
        first = options(state_of(self.marks))[0]
        plain: dict[ActionKind, dict[str, Json]] = {
            ActionKind.PARTICIPANT: {"id": "p1"},
            ActionKind.ELIGIBILITY: {"contraindications": []},
            ActionKind.QUESTIONS: {"falls_last_year": 1},
            ActionKind.BOTTLE: {"millilitres": 300},
        }
        reasons: dict[str, Json] = {"reason": first.reasons[0]} if first.reasons else {}
        self._send(Action(first.kind, plain.get(first.kind, {}) | reasons))

    @rule(kind=st.sampled_from(list(ActionKind)), reason=st.sampled_from([*UNABLE_REASONS, "finished", "?"]))
    def press_anything(self, kind: ActionKind, reason: str) -> None:
        before = list(self.marks)
        try:
            self._send(Action(kind, {"reason": reason}))
        except RefusedError:
            assert self.marks == before

    @rule(seconds=st.sampled_from([0.0, 0.3, 2.0, 9.9, 15.0, 70.0, 601.0]))
    def let_time_pass(self, seconds: float) -> None:
        self.now_ns += round(seconds * NS)
        while marks := due(state_of(self.marks), self.now_ns):
            self.marks += marks

    @rule(time_us=st.none() | st.integers(0, 10_000_000), felt_us=st.none() | st.integers(0, 10_000_000))
    @precondition(lambda self: any(t.ended_ns for t in state_of(self.marks).trials))
    def show_the_last_trial(self, time_us: int | None, felt_us: int | None) -> None:
        state = state_of(self.marks)
        content: dict[str, Json] = {"status": "completed", "time_us": time_us}
        content |= {} if felt_us is None else {"felt_us": felt_us}
        self.marks.append(shown(state, state.trials[-1].id, content, self.now_ns))

    @rule(token=st.sampled_from(TOKENS), ago_s=st.sampled_from([0.0, 0.1, 0.29, 0.5, 5.0, -1.0]))
    def hear_of_a_beep(self, token: int, ago_s: float) -> None:
        """In time, late, of another cue, or of one that nobody pressed."""
        before = list(self.marks)
        try:
            self.marks.append(sounded(state_of(self.marks), token, self.now_ns - round(ago_s * NS), 6_000, self.now_ns))
        except RefusedError:
            assert self.marks == before
        else:
            trial = state_of(self.marks).active
            assert trial is not None
            assert trial.go_ns == self.marks[-1].t_ns

    @invariant()
    def there_is_always_a_way_on(self) -> None:
        state = state_of(self.marks)
        assert state.closed or options(state)
        assert sum(trial.ended_ns is None for trial in state.trials) <= 1
        assert len({trial.id for trial in state.trials}) == len(state.trials)

    @invariant()
    def a_recording_takes_every_mark(self) -> None:
        for mark in self.marks:
            assert msgspec.json.decode(msgspec.json.encode(mark.data)) == mark.data

    @invariant()
    def the_recordings_order_does_not_matter(self) -> None:
        in_time = sorted(self.marks, key=lambda mark: mark.t_ns)
        assert state_of(in_time) == state_of(self.marks)

    def teardown(self) -> None:
        """The document follows from the marks, whatever was pressed."""
        source = Source("random", "2026-01-01T00:00:00Z", START_NS, Setup(), tuple(self.marks))
        document = analyse_session(source).document
        state = state_of(self.marks)
        assert [trial.trial for trial in document.trials] == [trial.id for trial in state.trials]
        for found, trial in zip(document.trials, state.trials, strict=True):
            assert (found.status == "aborted") == (trial.aborted is not None)
            if trial.aborted is None and trial.unable is not None:
                assert (found.status, found.reason) == ("unable", trial.unable)
        if any(stance in state.unable for stance in STANCES) and not state.trials:
            assert document.scores["sppb"]["balance"] in (0, None)
        assert set(needs(state)) == set(Step)

    def _press(self, option: Option, draw: Callable[[st.SearchStrategy[dict[str, Json]]], dict[str, Json]]) -> None:
        data = draw(CONTENTS.get(option.kind, st.just({})))
        if option.reasons:
            data = data | draw(st.fixed_dictionaries({"reason": st.sampled_from(option.reasons)}))
        try:
            self._send(Action(option.kind, data))
        except RefusedError:
            # What is open is refused for its content only.
            assert option.kind == ActionKind.QUESTIONS

    def _send(self, action: Action) -> None:
        self.marks += press(state_of(self.marks), action, self.now_ns)


RandomOperator.TestCase.settings = settings(
    max_examples=SEQUENCES, stateful_step_count=40, suppress_health_check=list(HealthCheck), deadline=None
)
TestRandomOperator = RandomOperator.TestCase
