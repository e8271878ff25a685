"""The end of a hold: who decides that it ended, and whose instant it is."""

from collections.abc import Iterable
from functools import cache

import pytest
from msgspec.structs import replace

from rig.model.document import Event, Trial
from rig.model.marks import MarkKind, Test
from rig.model.records import Direction, Mark, Packet, Record
from rig.model.setup import parse_setup
from rig.pipeline.assess import what_is_shown
from rig.pipeline.session import Source, analyse_session
from rig.virtual import PRESETS, VirtualSession, run_session

STEP_S = {"plain": 6.4, "late": 9.8}


@cache
def virtual(when: str = "plain") -> VirtualSession:
    return run_session(replace(PRESETS["tandem_step_out"], step_out_s={Test.TANDEM: STEP_S[when]}), seed=21)


def tandem(records: Iterable[Record], when: str = "plain") -> Trial:
    session = virtual(when)
    epoch_ns = int(str(session.facts["monotonic_start_ns"]))
    source = Source("test", "2026-01-01T00:00:00Z", epoch_ns, parse_setup(session.setup_toml), tuple(records))
    return next(t for t in analyse_session(source).document.trials if t.trial == "tandem-1")


def mark(kind: MarkKind, when: str = "plain") -> Mark:
    return next(r for r in virtual(when).records if isinstance(r, Mark) and r.kind == kind and r.trial == "tandem-1")


def keyed(
    after_begin_s: float | None,
    reason: str = "stepped",
    when: str = "plain",
    *,
    packets: bool = True,
    choice: str | None = None,
) -> Trial:
    """The tandem stance with its key at another instant (None: never pressed), another reason, an answer."""
    stop, begin_ns = mark(MarkKind.OPERATOR_STOP, when), mark(MarkKind.BEGIN, when).t_ns
    records = [r for r in virtual(when).records if r is not stop and (packets or isinstance(r, Mark))]
    if after_begin_s is None:
        return tandem(records, when)
    key = replace(stop, t_ns=begin_ns + round(after_begin_s * 1e9), data={"reason": reason})
    answer = (
        () if choice is None else (replace(stop, kind="hold", t_ns=key.t_ns + 9_000_000_000, data={"choice": choice}),)
    )
    return tandem([*records, key, *answer], when)


def step_s(when: str = "plain") -> float:
    truth = next(t for t in virtual(when).truth.trials if t.trial == "tandem-1")
    assert truth.step_out_s is not None
    return truth.step_out_s


def end(found: Trial) -> Event:
    return next(event for event in found.events if event.name == "hold_end")


def held_s(found: Trial) -> float:
    begin = next(event for event in found.events if event.name == "begin")
    return (end(found).t_us - begin.t_us) / 1e6


def test_key_and_sensors_together_follow_the_key_by_a_part() -> None:
    """A key 0.1 s later moves the step by less than 0.1 s, and not by nothing."""
    early, late = (keyed(step_s() + 0.25 + by) for by in (-0.05, 0.05))
    assert 0.01 < held_s(late) - held_s(early) < 0.09
    assert held_s(early) < step_s() + 0.1 < held_s(late) + 0.2
    for found in (early, late):
        assert end(found).source == "waist"
        assert 0 < end(found).u_us < 70_000
        assert not {"hold_disagreement", "by_operator_key", "step_unseen"} & set(found.quality)


def test_a_step_seen_without_any_sensor_is_the_key_less_the_reaction() -> None:
    found = keyed(5.0, packets=False)
    assert held_s(found) == pytest.approx(4.75, abs=0.001)
    assert end(found).source == "operator"
    assert {"no_trunk_imu", "by_operator_key"} <= set(found.quality)


def test_a_key_before_the_begin_and_a_reaction_makes_no_negative_hold() -> None:
    assert held_s(keyed(0.1, packets=False)) == 0.0


def test_a_grasp_is_the_key_itself() -> None:
    found = keyed(5.0, "grasped")
    assert held_s(found) == pytest.approx(5.0, abs=0.001)
    assert "by_operator_key" in found.quality


def test_a_key_far_from_the_sensors_stands_less_its_reaction() -> None:
    found = keyed(step_s() + 1.0)
    assert held_s(found) == pytest.approx(step_s() + 0.75, abs=0.001)
    assert end(found).source == "operator"
    assert "hold_disagreement" in found.quality
    assert "step_elsewhere" not in found.quality


def test_a_key_where_nothing_moved_stands_and_says_so() -> None:
    """A foot that slid while the trunk stood: only the operator saw it."""
    calm = keyed(2.0)
    assert end(calm).source == "operator"
    assert set(calm.quality) & {"by_operator_key", "hold_disagreement"}


def test_a_key_before_what_the_sensors_felt_is_kept_and_asks_for_confirmation() -> None:
    found = keyed(step_s() - 0.5)
    assert held_s(found) == pytest.approx(step_s() - 0.75, abs=0.15)
    assert "hold_disagreement" in found.quality
    assert "step_felt_later" not in found.quality


def test_ten_seconds_stand_whatever_the_sensors_say() -> None:
    found = keyed(10.0, "ten_seconds")
    assert (held_s(found), end(found).u_us) == (10.0, 0)
    assert "sensors_saw_step" in found.quality


@pytest.mark.parametrize(("after_s", "reason"), [(1.0, "stepped"), (-1.0, "stepped"), (0.8, "grasped")])
def test_who_is_asked_may_side_with_the_sensors_or_with_the_key(after_s: float, reason: str) -> None:
    asked, key, sensors = (keyed(step_s() + after_s, reason, choice=choice) for choice in (None, "key", "sensors"))
    assert "hold_disagreement" in asked.quality
    felt = next(event for event in asked.events if event.name == "step_felt")
    assert end(key) == end(asked)
    assert (end(sensors).t_us, end(sensors).source) == (felt.t_us, "waist")
    for answered in (key, sensors):
        assert "hold_confirmed" in answered.quality
        assert "hold_disagreement" not in answered.quality
        assert felt in answered.events


def test_ten_seconds_ask_where_the_sensors_felt_a_step_well_before() -> None:
    asked = what_is_shown(keyed(10.0, "ten_seconds"), "static")
    assert asked["time_us"] == 10_000_000
    assert asked["felt_us"] == pytest.approx(step_s() * 1e6, abs=0.2e6)
    sided = what_is_shown(keyed(10.0, "ten_seconds", choice="sensors"), "static")
    assert "felt_us" not in sided
    assert sided["time_us"] == pytest.approx(asked["felt_us"], abs=100)


def test_a_grasp_before_any_step_and_an_agreed_step_ask_nothing() -> None:
    for found in (
        keyed(3.0, "grasped"),
        keyed(step_s() + 0.15, "grasped"),
        keyed(step_s() + 0.25),
        keyed(step_s() + 1.0, packets=False),
    ):
        assert not {"hold_disagreement", "hold_confirmed"} & set(found.quality)
        assert not any(event.name == "step_felt" for event in found.events)


def test_without_a_key_the_sensors_tell_and_say_so() -> None:
    found = keyed(None)
    assert held_s(found) == pytest.approx(step_s(), abs=0.2)
    assert "no_operator_key" in found.quality


def test_a_step_before_the_limit_may_be_keyed_after_it() -> None:
    found = keyed(10.08, when="late")
    assert held_s(found) == pytest.approx(step_s("late"), abs=0.1)
    assert held_s(keyed(10.9, when="late")) == 10.0


def test_sensors_that_cannot_be_analysed_leave_the_key() -> None:
    """The stance is scored by the operator's key, and the reason stands beside it."""
    session, begin_ns = virtual(), mark(MarkKind.BEGIN).t_ns
    hole = range(begin_ns - 4_000_000_000, begin_ns + 5_000_000_000)
    kept = [
        r for r in session.records if not (isinstance(r, Packet) and r.direction == Direction.RX and r.t_ns in hole)
    ]
    found = tandem(kept)
    assert any(flag.startswith("signal: ") for flag in found.quality)
    assert held_s(found) == pytest.approx(step_s(), abs=0.2)
    assert end(found).source == "operator"
