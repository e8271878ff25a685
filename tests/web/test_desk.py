"""The desk: what was pressed is recorded before it counts, and what is shown is what the recording says."""

import json
from pathlib import Path

import pytest

from rig.battery import Action, ActionKind, Option, RefusedError, current_step, options
from rig.model.clock import ManualClock
from rig.model.marks import MarkKind
from rig.model.records import Mark
from rig.recording import read_session
from rig.web.desk import StaleError
from rig.web.opening import begin, resume
from tests.web.bench import Bench, finish

FIXTURE = Path(__file__).parents[2] / "fixtures" / "robust" / "session"
SETUP = "schema = 1\n"

PRESSED = {
    MarkKind.PARTICIPANT: "participant",
    MarkKind.TRIAL_START: "start",
    MarkKind.BEGIN: "begin",
    MarkKind.CUE: "cue",
    MarkKind.OPERATOR_STOP: "stop",
    MarkKind.TRIAL_END: "end",
}


@pytest.fixture
def bare(tmp_path: Path) -> Bench:
    """No devices: everything by hand."""
    clock = ManualClock(1_000_000_000_000)
    return Bench(begin(tmp_path / "session", "s1", SETUP, clock), clock)


def _introduce(bench: Bench) -> None:
    bench.press("participant", id="p1", age_years=80)
    bench.press("eligibility", contraindications=[])
    bench.press("confirm")


def test_presses_are_in_the_recording_when_they_count(bare: Bench) -> None:
    _introduce(bare)
    bare.desk.opened.recorder.settle()
    kinds = [r.kind for r in read_session(bare.desk.opened.folder).records if isinstance(r, Mark)]
    assert kinds == ["participant", "answers", "confirmed"]
    bare.desk.opened.recorder.close()


def test_what_is_refused_is_not_recorded(bare: Bench) -> None:
    with pytest.raises(RefusedError):
        bare.press("stop", reason="finished")
    with pytest.raises(RefusedError):
        bare.desk.edit("tug-1", "seated", 1, 5, "me", "late")
    bare.desk.opened.recorder.close()
    assert read_session(bare.desk.opened.folder).records == ()


def test_a_press_on_a_page_that_has_changed_is_refused(bare: Bench) -> None:
    version = bare.desk.version
    bare.press("participant", id="p1")
    with pytest.raises(StaleError):
        bare.desk.press(Action(ActionKind.PARTICIPANT, {"id": "p2"}), version)


def test_the_stopwatch_alone_makes_a_whole_battery(bare: Bench) -> None:
    _introduce(bare)
    for _ in range(3):
        bare.press("start")
        bare.wait(2)
        bare.press("begin")
        bare.press("watch")
        bare.wait(10.2)
        bare.press("watch")
        bare.wait(6)
    for seconds in (4.5, 4.6, 4.7, 2.0, 12.0, 15.0, 6.5, 6.6):
        bare.press("start")
        bare.wait(1)
        bare.press("cue", source="page")
        timed = "watch" in [o.kind for o in _options(bare)]
        if timed:
            bare.press("watch")
        bare.wait(seconds)
        if timed:
            bare.press("watch")
        bare.press("stop", reason="finished")
        bare.wait(9)
    assert bare.desk.result is not None
    scores = json.loads(bare.desk.result.document)["scores"]
    assert scores["sppb"] == {"balance": 4, "gait": 4, "chair": 3, "total": 11, "total_range": [11, 11]}
    assert "walk_4m:manual_time" in scores["deviations"]
    assert not any("changed_after_display" in deviation for deviation in scores["deviations"])
    finish(bare)


def _options(bench: Bench) -> tuple[Option, ...]:
    return options(bench.desk.state)


def test_live_is_replay_with_sensors(tmp_path: Path) -> None:
    """A fixture's packets, pressed along as its assessor did: the last result is the replay's, byte for byte."""
    source = read_session(FIXTURE)
    clock = ManualClock(source.segments[0].anchor_ns)
    bench = Bench(begin(tmp_path / "s", "live", source.setup_text, clock), clock, source.records)
    for mark in [record for record in source.records if isinstance(record, Mark)]:
        bench.until(mark.t_ns)
        _follow(bench, mark)
    bench.wait(30)
    assert bench.desk.result is not None
    document = json.loads(bench.desk.result.document)
    assert document["scores"]["sppb"]["total"] == 12
    assert {trial["status"] for trial in document["trials"]} == {"completed"}
    finish(bench)


def _follow(bench: Bench, mark: Mark) -> None:
    """Press what a mark of the fixture says, by the keys of the page."""
    kind = PRESSED.get(MarkKind(mark.kind))
    if mark.kind == MarkKind.PARTICIPANT:
        _introduce(bench)
    elif mark.data.get("reason") == "ten_seconds" or (kind == "end" and bench.desk.state.active is None):
        return  # done by itself
    elif kind == "cue":
        bench.press("cue", source="operator")
    elif kind is not None:
        bench.press(kind, **({"reason": mark.data["reason"]} if "reason" in mark.data else {}))


@pytest.mark.parametrize("reboot", [False, True])
def test_a_broken_off_session_goes_on(tmp_path: Path, reboot: bool) -> None:
    clock = ManualClock(1_000_000_000_000)
    first = Bench(begin(tmp_path / "s", "s1", SETUP, clock), clock)
    _introduce(first)
    first.press("skip", reason="no_time")
    first.press("undo")
    first.press("start")
    first.wait(3)
    first.press("begin")
    first.wait(4)
    first.desk.opened.recorder.close()

    later = ManualClock(7_000_000_000, clock.wall_utc(), "another boot") if reboot else clock
    later.advance(60_000_000_000)
    opened = resume(tmp_path / "s", later)
    second = Bench(opened, later)
    assert current_step(second.desk.state) == "side_by_side"
    assert second.desk.state.trials[0].aborted == "interrupted"
    assert not second.desk.state.last
    second.press("start")
    second.wait(2)
    second.press("begin")
    second.wait(20)
    second.press("undo")
    second.press("unable", reason="refused")
    second.wait(5)
    assert second.desk.result is not None
    document = json.loads(second.desk.result.document)
    assert [trial["status"] for trial in document["trials"]] == ["aborted", "unable"]
    assert document["scores"]["sppb"]["balance"] == 0
    finish(second)


def test_an_edit_needs_a_name_and_a_reason_and_moves_the_time(tmp_path: Path) -> None:
    source = read_session(FIXTURE)
    clock = ManualClock(source.segments[0].anchor_ns)
    bench = Bench(begin(tmp_path / "s", "live", source.setup_text, clock), clock, source.records)
    marks = [record for record in source.records if isinstance(record, Mark)]
    tug = next(mark for mark in marks if mark.trial == "tug-1")
    bench.until(tug.t_ns - 20_000_000_000)
    _introduce(bench)
    bench.press("go", step="tug")
    for mark in [mark for mark in marks if mark.trial == "tug-1"]:
        bench.until(mark.t_ns)
        _follow(bench, mark)
    bench.wait(6)
    assert bench.desk.result is not None
    trial = json.loads(bench.desk.result.document)["trials"][0]
    seated = next(event for event in trial["events"] if event["name"] == "seated")
    with pytest.raises(RefusedError, match="who"):
        bench.desk.edit("tug-1", "seated", 1, seated["t_us"] + 500_000, "", "late")
    bench.desk.edit("tug-1", "seated", 1, seated["t_us"] + 500_000, "A1", "leaned back later")
    bench.wait(1)
    edited = json.loads(bench.desk.result.document)["trials"][0]
    moved = next(event for event in edited["events"] if event["name"] == "seated")
    assert (moved["t_us"], moved["source"]) == (seated["t_us"] + 500_000, "edit")
    finish(bench)
