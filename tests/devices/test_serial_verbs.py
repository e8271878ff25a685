"""`rig devices list`, `identify` and `self-test` at the virtual timer's pty."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from firmware_protocol.gate_timer import SCHEMA_HASH, Info, SelfTest
from rig.cli import main
from rig.devices.gate_check import check_beams
from rig.model.clock import SystemClock
from rig.model.setup import Gate
from rig.virtual.pty_gate_timer import PtyGateTimer

GATES = (Gate(0, 0.0, (1100,)), Gate(2, 4.0, (1100, 900)))
SETUP = """schema = 1
[[course.gates]]
gate = 0
position_m = 0.0
beam_heights_mm = [1100, 900]
[[course.gates]]
gate = 2
position_m = 4.0
beam_heights_mm = [1100]
[[devices]]
id = "gates"
kind = "gate-timer"
port = "{port}"
"""


@pytest.fixture(autouse=True)
def _no_bootloader(monkeypatch: pytest.MonkeyPatch) -> None:
    """The virtual timer has none to be left alone."""
    monkeypatch.setattr("rig.devices.gate_talk.HELLO_AFTER_NS", 50_000_000)


@pytest.fixture
def timer(tmp_path: Path) -> Iterator[PtyGateTimer]:
    with PtyGateTimer(GATES, tmp_path / "timer", SystemClock()) as plugged:
        yield plugged


def devices(*words: object) -> Result:
    return CliRunner().invoke(main, ["devices", *map(str, words)])


def objects(result: Result) -> list[Any]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_list_says_who_answers(timer: PtyGateTimer, tmp_path: Path) -> None:
    result = devices("list", "--port", timer.port, "--port", tmp_path / "none", "--json")
    assert result.exit_code == 0
    there, nowhere = objects(result)
    assert there["timer"]["boot_id"] == "00000001"
    assert there["timer"]["schema_matches"] is True
    assert [(b["gate"], b["beam"], b["height_mm"]) for b in there["timer"]["beams"]] == [
        (0, 0, 1100),
        (2, 0, 1100),
        (2, 1, 900),
    ]
    assert nowhere["timer"] is None
    assert "there is no such port" in nowhere["error"]


@pytest.mark.parametrize(
    ("language", "text"), [("en", "firmware 1.0, protocol 1.0"), ("zh_Hant_TW", "韌體 1.0，協定 1.0")]
)
def test_list_speaks_both_languages(timer: PtyGateTimer, language: str, text: str) -> None:
    assert text in devices("list", "--port", timer.port, "--language", language).stdout


def test_list_with_nothing_there_is_exit_1(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rig.devices.serial_port.list_ports.comports", list)
    result = devices("list", "--language", "en")
    assert result.exit_code == 1
    assert result.stderr == "No serial device is plugged in by USB\n"


def test_identify_names_the_beam_that_a_hand_blocks(timer: PtyGateTimer) -> None:
    stop = threading.Event()

    def hand() -> None:
        level = 0
        while not stop.wait(0.15):
            level = 1 - level
            timer.beam(2, 1, level)

    waving = threading.Thread(target=hand)
    waving.start()
    result = devices("identify", "--port", timer.port, "--seconds", 1, "--language", "en")
    stop.set()
    waving.join()
    assert set(result.stdout.splitlines()) == {"gate 2 beam 1 (900 mm): blocked", "gate 2 beam 1 (900 mm): clear"}


def test_self_test_tells_blocked_from_clear_and_flickering(timer: PtyGateTimer) -> None:
    now = SystemClock().monotonic_ns()
    timer.beam(2, 0, 1)
    for k in range(40):
        timer.beam(0, 0, k % 2, now + k * 60_000_000)
    result = devices("self-test", "--port", timer.port, "--seconds", 1, "--json")
    assert result.exit_code == 0, result.output
    (facts,) = objects(result)
    assert [beam["verdict"] for beam in facts["beams"]] == ["flickering", "blocked", "clear"]
    assert [beam["blocked_share"] for beam in facts["beams"][1:]] == [1.0, 0.0]


def test_self_test_compares_with_the_set_up(timer: PtyGateTimer, tmp_path: Path) -> None:
    setup = tmp_path / "rig.toml"
    setup.write_text(SETUP.format(port=timer.port))
    result = devices("self-test", "--setup", setup, "--seconds", 1, "--language", "en")
    assert result.exit_code == 1
    assert "gate 0 beam 1 is declared in rig.toml but not fitted to it" in result.stdout
    assert "gate 2 beam 1 is fitted to it but not declared in rig.toml" in result.stdout


def test_a_set_up_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text("schema = 9")
    for name in ("rig.toml", "none.toml"):
        result = devices("self-test", "--setup", tmp_path / name)
        assert (result.exit_code, result.stdout) == (2, "")
        assert name in result.stderr


def test_a_pulled_cable_ends_the_test_with_a_clear_line(timer: PtyGateTimer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rig.devices.gate_line.PATIENCE_NS", 1_500_000_000)

    def pull() -> None:
        time.sleep(1.5)
        timer.pull()

    pulling = threading.Thread(target=pull)
    pulling.start()
    result = devices("self-test", "--port", timer.port, "--seconds", 30)
    pulling.join()
    assert result.exit_code == 1
    assert "the timer is silent; check its cable" in result.stderr


@pytest.mark.parametrize("verb", ["list", "identify", "self-test"])
def test_help_has_an_example(verb: str) -> None:
    assert f"rig devices {verb}" in devices(verb, "--help").stdout


INFO = Info(1, 0, 1, 0, SCHEMA_HASH, 7, 4, 0x05, 500, 0, (1100, 0, 1100, 0, 0, 0, 0, 0))


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ([], "unknown"),
        ([SelfTest(0, 0x04, 0x04, (0,) * 8)], "stuck"),
        ([SelfTest(0, 0x04, 0x00, (0,) * 8)], "blocked"),
        ([SelfTest(0, 0x01, 0x01, (0,) * 8)], "clear"),
        ([SelfTest(0, 0x00, 0x00, (0, 0, 5, 0, 0, 0, 0, 0)), SelfTest(1, 0, 0, (0,) * 8)], "flickering"),
        ([SelfTest(0, 0x00, 0x00, (0, 0, 4, 0, 0, 0, 0, 0))], "clear"),
        ([SelfTest(0, 0x04, 0x04, (0,) * 8), SelfTest(1, 0x00, 0x00, (0,) * 8)], "clear"),
    ],
)
def test_a_verdict_is_of_the_end_but_flicker_of_the_worst_second(said: list[SelfTest], verdict: str) -> None:
    beams = check_beams(INFO, said)
    assert [(beam.gate, beam.beam) for beam in beams] == [(0, 0), (1, 0)]
    assert beams[1].verdict == verdict
