"""A rig that is killed in mid-trial, in its own process, and gone on with in another."""

import json
from pathlib import Path
from time import sleep

import pytest

from rig.model.records import Packet
from rig.recording import read_session
from rig.virtual.ble_bus import bus_missing
from tests.web.process import Rig, replayed, rig_run

needs_bus = pytest.mark.skipif(bus_missing() is not None, reason="the virtual lab needs dbus-daemon")


def _stance(rig: Rig) -> None:
    rig.until_connected()
    sleep(4)
    rig.press("start")
    sleep(2.5)
    rig.press("begin")


@needs_bus
def test_a_rig_killed_in_mid_trial_goes_on_in_another_process(tmp_path: Path) -> None:
    with rig_run(tmp_path, "--virtual", "robust") as rig:
        rig.press("participant", id="p1", age_years=80)
        rig.press("eligibility", contraindications=[])
        rig.press("confirm")
        _stance(rig)
        sleep(2.5)
        rig.kill()
    (session,) = (tmp_path / "sessions").iterdir()
    left = read_session(session)
    assert [fault.kind for fault in left.faults] == ["cut"]
    before = {path.name: path.read_bytes() for path in session.glob("*.mcap")}

    with rig_run(tmp_path, "--virtual", "robust", "--resume", str(session)) as rig:
        assert rig.state["step"] == "side_by_side"
        assert rig.state["participant"]["id"] == "p1"
        assert [trial["aborted"] for trial in rig.state["trials"]] == ["interrupted"]
        _stance(rig)
        rig.until(lambda: rig.state["trial"] is None and not rig.state["busy"] and rig.state["result"], "the stance")
        rig.press("go", step="close")
        rig.press("close")
        rig.until(lambda: rig.state["over"], "the end")
        live = rig.state["result"]
        rig.stop()

    assert {name: data[: len(before[name])] for name, data in _segments(session).items() if name in before} == before
    found = read_session(session)
    for name in ("gates", "waist"):
        came = [record.t_ns for record in found.records if isinstance(record, Packet) and record.source == name]
        assert any(t < found.segments[1].anchor_ns for t in came)
        assert any(t > found.segments[1].anchor_ns for t in came)
    assert json.loads(replayed(tmp_path, str(session))) == live
    assert [(trial["status"], trial["reason"]) for trial in live["trials"]] == [
        ("aborted", "interrupted"),
        ("completed", None),
    ]
    assert live["trials"][1]["times"][0]["time_us"] == 10_000_000
    assert {device["id"] for device in live["devices"]} >= {"gates", "waist"}


def _segments(session: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in session.glob("*.mcap")}
