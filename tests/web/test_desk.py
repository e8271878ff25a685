"""The desk: what was pressed is recorded before it counts, and what is shown is what the recording says."""

import json
from pathlib import Path
from typing import Any

import pytest

from rig.battery import Action, ActionKind, Option, RefusedError, current_step, options
from rig.model.clock import ManualClock
from rig.model.document import to_json
from rig.model.marks import MarkKind
from rig.model.records import Mark
from rig.recording import read_session
from rig.replay import replay
from rig.web.desk import Desk, StaleError
from rig.web.frames import live_frame
from rig.web.opening import begin, reopen, resume
from rig.web.review import review
from rig.web.space import STOP_BYTES, WARN_BYTES, Space
from tests.web.bench import Bench, finish
from tests.web.rehearsed import Rehearsed

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


def _tug(tmp_path: Path) -> Bench:
    """A fixture's Timed Up and Go at the desk."""
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
    return bench


def _seated(desk: Desk) -> dict[str, Any]:
    assert desk.result is not None
    events: list[dict[str, Any]] = json.loads(desk.result.document)["trials"][0]["events"]
    return next(event for event in events if event["name"] == "seated")


def test_an_edit_needs_a_name_and_a_reason_and_moves_the_time(tmp_path: Path) -> None:
    bench = _tug(tmp_path)
    seated = _seated(bench.desk)
    with pytest.raises(RefusedError, match="who"):
        bench.desk.edit("tug-1", "seated", 1, seated["t_us"] + 500_000, "", "late")
    bench.desk.edit("tug-1", "seated", 1, seated["t_us"] + 500_000, "A1", "leaned back later")
    bench.wait(1)
    moved = _seated(bench.desk)
    assert (moved["t_us"], moved["source"]) == (seated["t_us"] + 500_000, "edit")
    finish(bench)


def _segments(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.mcap"))}


def _corrected(desk: Desk, by_us: int, why: str) -> None:
    """An event moved at a desk whose assessment is over: a replay says the same, and that it was done afterwards."""
    before = _seated(desk)["t_us"]
    desk.edit("tug-1", "seated", 1, before + by_us, "A2", why)
    desk.tick()
    desk.tick()
    assert _seated(desk)["t_us"] == before + by_us
    assert desk.result is not None
    assert desk.result.document == to_json(replay(desk.opened.folder).document)
    assert "tug:changed_after_display" in json.loads(desk.result.document)["scores"]["deviations"]


@pytest.mark.parametrize("reboot", [False, True])
def test_corrections_after_the_end_are_kept_beside_the_recording(tmp_path: Path, reboot: bool) -> None:
    bench = _tug(tmp_path)
    measured = _seated(bench.desk)["t_us"]
    finish(bench)
    recorded = _segments(tmp_path / "s")
    _corrected(bench.desk, 300_000, "leaned back later")
    bench.desk.close()

    later = ManualClock(7_000_000_000, bench.clock.wall_utc(), "another boot") if reboot else bench.clock
    later.advance(3600 * 10**9)
    again = Bench(reopen(tmp_path / "s", later), later)
    again.wait(0.2)
    assert again.desk.over
    assert options(again.desk.state) == ()
    assert _seated(again.desk)["t_us"] == measured + 300_000
    _corrected(again.desk, -100_000, "a little sooner")
    again.desk.close()

    found = _segments(tmp_path / "s")
    assert found.items() >= recorded.items()
    assert found.keys() - recorded.keys() == {"review-0001.mcap", "review-0002.mcap"}
    drawn = review(tmp_path / "s", "tug-1")
    assert drawn is not None
    assert [each.measured_us for each in drawn.corrections] == [measured, measured]
    assert [each.t_us - measured for each in drawn.corrections] == [300_000, 200_000]
    made = [each.made_us for each in drawn.corrections]
    assert made[1] - made[0] == pytest.approx(3600e6, rel=0.01)


def test_who_only_looks_over_a_finished_session_leaves_it_as_it_is(tmp_path: Path) -> None:
    finish(_tug(tmp_path))
    before = _segments(tmp_path / "s")
    clock = ManualClock(9_000_000_000)
    bench = Bench(reopen(tmp_path / "s", clock), clock)
    bench.wait(1)
    with pytest.raises(RefusedError):
        bench.press("note", text="late")
    bench.desk.close()
    assert _segments(tmp_path / "s") == before


class Disk:
    """A disk whose room a test sets."""

    def __init__(self) -> None:
        self.free = 2 * WARN_BYTES

    def __call__(self, _: Path) -> int:
        return self.free


def test_a_disk_that_fills_up_warns_and_then_stops_cleanly(tmp_path: Path) -> None:
    clock, disk = ManualClock(1_000_000_000_000), Disk()
    bench = Bench(begin(tmp_path / "s", "s1", SETUP, clock), clock)
    bench.desk.space = Space(tmp_path / "s", disk)
    _introduce(bench)
    bench.press("start")
    bench.press("begin")
    bench.wait(0.1)
    assert live_frame(bench.desk, (), "")["disk"] == {"level": "enough", "free_mb": 1000}
    disk.free = WARN_BYTES - 1
    bench.wait(3)
    assert live_frame(bench.desk, (), "")["disk"] == {"level": "low", "free_mb": 499}
    disk.free = STOP_BYTES - 1
    bench.wait(12)
    assert bench.desk.stopped
    with pytest.raises(RefusedError, match="free space"):
        bench.press("stop", reason="stepped")

    disk.free = 2 * WARN_BYTES
    left = read_session(tmp_path / "s")
    assert left.faults == ()
    assert [r.kind for r in left.records if isinstance(r, Mark)][-2:] == ["trial_start", "begin"]
    again = Bench(reopen(tmp_path / "s", clock), clock)
    assert current_step(again.desk.state) == "side_by_side"
    again.press("unable", reason="refused")
    finish(again)


def test_a_disk_that_refuses_stops_the_assessment_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = ManualClock(1_000_000_000_000)
    bench = Bench(begin(tmp_path / "s", "s1", SETUP, clock), clock)
    _introduce(bench)
    bench.desk.opened.recorder.settle()

    def refuse(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rig.recording.durable.os.write", refuse)
    bench.press("note", text="the last word")
    bench.desk.opened.recorder.settle()
    assert "disk refuses" in bench.desk.trouble
    with pytest.raises(RefusedError, match="free space"):
        bench.press("start")
    monkeypatch.undo()
    bench.desk.close()
    assert len(read_session(tmp_path / "s").records) == 3


def test_a_step_that_is_gone_back_to_after_a_resume(tmp_path: Path) -> None:
    clock = ManualClock(1_000_000_000_000)
    first = Bench(begin(tmp_path / "s", "s1", SETUP, clock), clock)
    _introduce(first)
    for _ in range(2):
        first.press("start")
        first.press("begin")
        first.wait(14)
    first.press("go", step="side_by_side")
    first.desk.close()
    clock.advance(60_000_000_000)
    second = Bench(reopen(tmp_path / "s", clock), clock)
    assert current_step(second.desk.state) == "side_by_side"
    second.press("start")
    second.press("begin")
    second.wait(14)
    assert current_step(second.desk.state) == "tandem"
    second.press("go", step="semi_tandem")
    second.press("unable", reason="assessor_unsafe")
    second.wait(3)
    document = json.loads(finish(second))
    assert [trial["trial"] for trial in document["trials"]] == ["side_by_side-1", "semi_tandem-1", "side_by_side-2"]


def test_the_device_check_tells_when_the_clocks_are_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    live = Rehearsed(tmp_path / "s", "robust")
    live.press("participant", id="p1")
    live.wait(2)
    assert _good(live) == set()
    live.press("eligibility", contraindications=[])
    live.wait(3)
    assert _good(live) == {"gates", "waist"}
    with monkeypatch.context() as strict:
        strict.setattr("rig.pipeline.readiness.GOOD_NS", 1000)
        live.wait(1.1)
        assert _good(live) == set()
        assert all(clock.bound_ms for clock in live.desk.clocks)
    live.lab.lose("gates")
    live.wait(60)
    assert _good(live) == {"waist"}
    live.press("confirm")
    live.wait(0.2)
    assert _good(live) == set()
    live.desk.close()


def _good(live: Rehearsed) -> set[str]:
    return {clock.id for clock in live.desk.clocks if clock.good}
