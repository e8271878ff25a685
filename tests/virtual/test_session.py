"""Whole sessions: reproducible, in order, complete."""

from collections.abc import Callable

import pytest

from rig.model.marks import MarkKind
from rig.model.records import Mark, Packet
from rig.virtual import ALL_SENSORS, PRESETS, Options, VirtualSession, run_session
from rig.virtual.truth import decode, encode

Get = Callable[[str], VirtualSession]


def marks(session: VirtualSession, kind: MarkKind) -> list[Mark]:
    return [r for r in session.records if isinstance(r, Mark) and r.kind == kind]


def test_same_seed_same_session_and_another_seed_another(session: Get) -> None:
    again = run_session(PRESETS["cannot_rise"], seed=1)
    assert again.records == session("cannot_rise").records
    assert encode(again.truth) == encode(session("cannot_rise").truth)
    assert run_session(PRESETS["cannot_rise"], seed=2).records != again.records


@pytest.mark.parametrize("name", PRESETS)
def test_records_are_in_order_and_trials_have_room(session: Get, name: str) -> None:
    times = [r.t_ns for r in session(name).records]
    assert times == sorted(times)
    for trial in session(name).truth.trials:
        events = [e.t_ns for e in trial.events if e.name != "operator_stop"]
        if events:
            assert min(events) - trial.start_ns >= 2e9
            assert trial.end_ns - max(events) >= 2.0e9


@pytest.mark.parametrize("name", PRESETS)
def test_truth_survives_json(session: Get, name: str) -> None:
    truth = session(name).truth
    assert decode(encode(truth)) == truth


@pytest.mark.parametrize("name", PRESETS)
def test_every_trial_is_opened_and_closed(session: Get, name: str) -> None:
    opened = [m.trial for m in marks(session(name), MarkKind.TRIAL_START)]
    assert opened == [m.trial for m in marks(session(name), MarkKind.TRIAL_END)]
    assert opened == [t.trial for t in session(name).truth.trials]


def test_an_unknown_family_is_named() -> None:
    with pytest.raises(ValueError, match="'hover' is unknown; choose one of pendulum"):
        run_session(PRESETS["robust"], seed=1, options=Options(family="hover"))


def test_more_sensors_change_nothing_for_the_others(session: Get) -> None:
    every = run_session(PRESETS["cannot_rise"], seed=1, setup=ALL_SENSORS)
    ids = {r.source for r in every.records if isinstance(r, Packet)}
    assert ids == {"gates", "waist", "chest", "thigh", "foot-left", "foot-right"}
    kept = [r for r in every.records if not isinstance(r, Packet) or r.source in ("gates", "waist")]
    assert kept == session("cannot_rise").records
    assert every.truth == session("cannot_rise").truth
