"""What people decide wins over what sensors see, is kept beside it, and is said."""

from collections.abc import Callable, Iterable
from functools import cache

import pytest
from msgspec.structs import replace

from rig.model.document import Document, Time, Trial, to_json
from rig.model.marks import MarkKind, Test
from rig.model.records import Direction, Json, Mark, Packet, Record
from rig.model.setup import parse_setup
from rig.pipeline.session import Source, analyse_session
from rig.virtual import PRESETS, VirtualSession, run_session

Change = Callable[[list[Record]], list[Record]]


@cache
def virtual(person: str = "robust") -> VirtualSession:
    return run_session(PRESETS[person], seed=21)


def document(records: Iterable[Record], person: str = "robust") -> Document:
    session = virtual(person)
    epoch_ns = int(str(session.facts["monotonic_start_ns"]))
    source = Source("test", "2026-01-01T00:00:00Z", epoch_ns, parse_setup(session.setup_toml), tuple(records))
    return analyse_session(source).document


def trial(found: Document, name: str) -> Trial:
    return next(trial for trial in found.trials if trial.trial == name)


def time(found: Trial, profile: str) -> Time:
    return next(time for time in found.times if time.profile == profile)


def without(records: Iterable[Record], kind: MarkKind, name: str) -> list[Record]:
    return [r for r in records if not (isinstance(r, Mark) and r.kind == kind and r.trial == name)]


def end_of(records: Iterable[Record], name: str) -> int:
    return next(r.t_ns for r in records if isinstance(r, Mark) and r.kind == MarkKind.TRIAL_END and r.trial == name)


def only(records: Iterable[Record], sources: set[str]) -> list[Record]:
    return [r for r in records if isinstance(r, Mark) or r.source in sources]


@pytest.fixture(scope="module")
def plain() -> Document:
    return document(virtual().records)


def test_the_order_in_which_records_of_devices_are_given_does_not_matter(plain: Document) -> None:
    records = sorted(virtual().records, key=lambda r: (r.source if isinstance(r, Packet) else "", r.t_ns))
    assert to_json(document(records)) == to_json(plain)


def test_an_edit_moves_every_time_that_hangs_on_the_event(plain: Document) -> None:
    records = list(virtual().records)
    before = trial(plain, "walk_4m-1")
    foot_off = next(event for event in before.events if event.name == "first_foot_off")
    epoch_ns = int(str(virtual().facts["monotonic_start_ns"]))
    moved_ns = foot_off.t_us * 1000 + epoch_ns - 500_000_000
    edit = Mark(MarkKind.EDIT, records[-1].t_ns, "walk_4m-1",
                {"event": "first_foot_off", "ordinal": 1, "t_ns": moved_ns, "who": "a1", "why": "seen"})  # fmt: skip
    after = trial(document([*records, edit]), "walk_4m-1")
    assert (time(after, "sppb").time_us or 0) - (time(before, "sppb").time_us or 0) == pytest.approx(500_000, abs=100)
    assert time(after, "gates") == time(before, "gates")
    assert next(event for event in after.events if event.name == "first_foot_off").source == "edit"


def test_an_aborted_trial_is_kept_and_does_not_count(plain: Document) -> None:
    records = list(virtual().records)
    for name in ("walk_4m-1", "walk_4m-2", "walk_4m-3"):
        abort = Mark(MarkKind.ABORT, end_of(records, name) - 1, name, {"reason": "door opened"})
        records.append(abort)
    found = document(records)
    assert trial(found, "walk_4m-1").status == "aborted"
    assert time(trial(found, "walk_4m-1"), "sppb") == time(trial(plain, "walk_4m-1"), "sppb")
    assert found.scores["sppb"]["gait"] is None
    assert found.scores["sppb"]["total"] is None
    assert plain.scores["sppb"]["gait"] is not None


@pytest.mark.parametrize(
    ("stop", "reason"),
    [("used_arms", "tried_unable"), ("sixty_seconds", "tried_unable"), ("unsafe", "assessor_unsafe")],
)
def test_a_stop_rule_scores_nought_whatever_the_sensors_count(stop: str, reason: str) -> None:
    records = list(virtual().records)
    key = Mark(MarkKind.OPERATOR_STOP, end_of(records, "chair-1") - 1, "chair-1", {"reason": stop})
    found = document([*without(records, MarkKind.OPERATOR_STOP, "chair-1"), key])
    assert (trial(found, "chair-1").status, trial(found, "chair-1").reason) == ("unable", reason)
    assert found.scores["sppb"]["chair"] == 0


def test_a_refusal_without_a_trial_is_told_by_a_mark() -> None:
    records = [r for r in virtual().records if not (isinstance(r, Mark) and (r.trial or "").startswith("tug"))]
    refusal = Mark(MarkKind.UNABLE, records[-1].t_ns, None, {"test": Test.TUG.value, "reason": "refused"})
    found = document([*records, refusal])
    assert found.assessment["tug"] == {"unable": "refused"}
    assert "tug" not in document(records).assessment


def test_a_stopwatch_counts_only_where_the_sensors_have_no_time(plain: Document) -> None:
    manual = [
        Mark(
            MarkKind.MANUAL_TIME, end_of(virtual().records, f"walk_4m-{n}") - 1, f"walk_4m-{n}", {"time_us": 4_400_000}
        )
        for n in (1, 2, 3)
    ]
    beside = document([*virtual().records, *manual])
    assert beside.scores["sppb"] == plain.scores["sppb"]
    assert trial(beside, "walk_4m-1").manual_time_us == 4_400_000
    alone = document([*only(virtual().records, set()), *manual])
    assert alone.assessment["walk_4m"] == {"times_s": [4.4, 4.4, 4.4], "u_s": 0.15}
    assert "walk_4m:manual_time" in alone.scores["deviations"]


def test_without_an_imu_walks_are_timed_from_the_start_gate_and_say_so(plain: Document) -> None:
    found = document(only(virtual().records, {"gates"}))
    walk = time(trial(found, "walk_4m-1"), "sppb")
    assert walk.time_us == time(trial(plain, "walk_4m-1"), "gates").time_us
    assert walk.deviation == "start_by_gate"
    assert (walk.u_us or 0) >= 250_000
    assert "walk_4m:start_by_gate" in found.scores["deviations"]
    assert found.scores["sppb"]["chair"] is None


def test_without_gates_stances_and_rises_are_scored_and_walks_are_missing(plain: Document) -> None:
    found = document(only(virtual().records, {"waist"}))
    assert found.scores["sppb"]["balance"] == plain.scores["sppb"]["balance"]
    assert found.scores["sppb"]["chair"] == plain.scores["sppb"]["chair"]
    assert found.scores["sppb"]["gait"] is None
    assert "cue_by_mark" in trial(found, "chair-1").quality


def _cued(data: dict[str, Json], later_ms: int = 0) -> Trial:
    """The chair test under a cue like this, so much after the press."""
    pressed = [r for r in virtual().records if isinstance(r, Mark) and r.kind == MarkKind.CUE and r.trial == "chair-1"]
    marks = [replace(mark, t_ns=mark.t_ns + later_ms * 1_000_000, data=data) for mark in pressed]
    return trial(document([*without(virtual().records, MarkKind.CUE, "chair-1"), *marks]), "chair-1")


def test_a_cue_is_as_certain_as_who_stamped_it() -> None:
    """A page that knows when its beep sounded, a page that does not, an operator who spoke."""
    sounded, pressed, spoken = (
        _cued({"source": "page", "token": 1, "u_us": 6_000, "by": "rig"}, later_ms=80),
        _cued({"source": "page", "token": 1}),
        _cued({"source": "operator"}),
    )
    cues = [next(event for event in found.events if event.name == "cue") for found in (sounded, pressed, spoken)]
    assert [(cue.source, cue.u_us) for cue in cues] == [("page", 6_000), ("operator", 150_000), ("operator", 150_000)]
    assert ["cue_by_mark" in found.quality for found in (sounded, pressed, spoken)] == [False, True, False]
    assert cues[0].t_us - cues[1].t_us == 80_000
    assert _reaction_s(pressed) - _reaction_s(sounded) == pytest.approx(0.08, abs=1e-3)
    times = [_sppb_us(found) for found in (sounded, pressed)]
    assert times[1][0] - times[0][0] == pytest.approx(80_000, abs=200)
    assert times[0][1] < 60_000 < 150_000 < times[1][1]


def _reaction_s(found: Trial) -> float:
    value = next(measure.value for measure in found.measures if measure.name == "reaction")
    assert value is not None
    return value


def _sppb_us(found: Trial) -> tuple[int, int]:
    sppb = time(found, "sppb")
    assert sppb.time_us is not None
    assert sppb.u_us is not None
    return sppb.time_us, sppb.u_us


def test_without_a_cue_the_chair_test_starts_at_the_first_movement_and_says_so() -> None:
    found = document(without(virtual().records, MarkKind.CUE, "chair-1"))
    chair = time(trial(found, "chair-1"), "sppb")
    assert (chair.start, chair.deviation) == ("first_movement", "no_cue")
    assert "chair:no_cue" in found.scores["deviations"]


def test_a_key_far_from_the_sensors_stands_and_asks_for_confirmation() -> None:
    records = list(virtual("tandem_step_out").records)
    stop = next(
        r for r in records if isinstance(r, Mark) and r.kind == MarkKind.OPERATOR_STOP and r.trial == "tandem-1"
    )
    late = replace(stop, t_ns=stop.t_ns + 700_000_000)
    found = trial(document([late if r is stop else r for r in records], "tandem_step_out"), "tandem-1")
    end = next(event for event in found.events if event.name == "hold_end")
    assert end.source == "operator"
    assert "hold_disagreement" in found.quality


def moved_stop(name: str, person: str, delay_s: float) -> Trial:
    """A stance whose key "stepped" came `delay_s` after the step that the truth knows."""
    session = virtual(person)
    stop = next(
        r for r in session.records if isinstance(r, Mark) and r.kind == MarkKind.OPERATOR_STOP and r.trial == name
    )
    truth = next(t for t in session.truth.trials if t.trial == name)
    step = next(event.t_ns for event in truth.events if event.name == "step_out")
    moved = replace(stop, t_ns=step + round(delay_s * 1e9))
    return trial(document([moved if r is stop else r for r in session.records], person), name)


def test_a_key_that_is_late_by_a_reaction_time_agrees_with_the_sensors() -> None:
    for delay_s in (0.1, 0.25, 0.45):
        found = moved_stop("tandem-1", "tandem_step_out", delay_s)
        assert next(event for event in found.events if event.name == "hold_end").source == "waist"
        assert "hold_disagreement" not in found.quality


def test_a_step_just_before_ten_seconds_counts_though_its_key_comes_after_them() -> None:
    person = replace(PRESETS["tandem_step_out"], step_out_s={Test.TANDEM: 9.8})
    session = run_session(person, seed=21)
    records = session.records
    begin = next(r for r in records if isinstance(r, Mark) and r.kind == MarkKind.BEGIN and r.trial == "tandem-1")
    stop = next(
        r for r in records if isinstance(r, Mark) and r.kind == MarkKind.OPERATOR_STOP and r.trial == "tandem-1"
    )
    late = replace(stop, t_ns=begin.t_ns + 10_080_000_000)
    epoch_ns = int(str(session.facts["monotonic_start_ns"]))
    moved = tuple(late if r is stop else r for r in records)
    source = Source("late", "2026-01-01T00:00:00Z", epoch_ns, parse_setup(session.setup_toml), moved)
    held = time(trial(analyse_session(source).document, "tandem-1"), "sppb").time_us or 0
    assert held == pytest.approx(9_800_000, abs=150_000)
    assert held < 10_000_000


def test_a_walk_with_a_hole_in_its_packets_is_flagged(plain: Document) -> None:
    records = list(virtual().records)
    events = {event.name: event.t_us for event in trial(plain, "walk_4m-1").events}
    epoch_ns = int(str(virtual().facts["monotonic_start_ns"]))
    hole = range(events["first_foot_off"] * 1000 + epoch_ns, events["crossing_4m"] * 1000 + epoch_ns)
    kept = [r for r in records if isinstance(r, Mark) or r.direction != Direction.RX or r.t_ns not in hole]
    assert len(kept) < len(records)
    walk = trial(document(kept), "walk_4m-1")
    assert any("lost_samples" in flag for flag in walk.quality)
    assert any(flag.startswith("gates:") for flag in walk.quality)


def test_replay_does_not_depend_on_what_comes_after_the_trial_by_two_seconds(plain: Document) -> None:
    """A trial shown is a trial final: later packets must not move it."""
    records = virtual().records
    until_ns = end_of(records, "chair-1") + 2_000_000_000
    early = document([r for r in records if r.t_ns <= until_ns])
    for name in ("tandem-1", "walk_4m-2", "chair-1"):
        assert trial(early, name) == trial(plain, name)
