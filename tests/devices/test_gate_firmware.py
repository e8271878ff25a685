"""The compiled firmware in real time at the end of a serial port, as `rig` meets a board."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from firmware_protocol.gate_timer import Info, Pong
from rig.cli import main
from rig.devices.serial_open import serial_device
from rig.model.clock import SystemClock
from rig.model.records import LinkEvent
from rig.model.setup import Device
from tests.devices.gate_bench import FirmwareBench
from tests.devices.gate_session import record
from tests.devices.serial_lab import Tap, wait_for
from tests.hardware.lab import Lab, build_firmware, build_runner, missing_packages


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    if missing := missing_packages():
        message = f"the firmware is not tested: apt-get install {' '.join(missing)}"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    out = tmp_path_factory.mktemp("firmware")
    return Lab(build_runner(out), build_firmware(out / "built"))


@pytest.fixture
def bench(lab: Lab, tmp_path: Path) -> Iterator[FirmwareBench]:
    plugged = FirmwareBench(lab, tmp_path / "timer")
    plugged.plug_in()
    yield plugged
    plugged.pull()


def test_pulling_the_cable_costs_only_the_trial_in_progress(bench: FirmwareBench, tmp_path: Path) -> None:
    recorded = record(bench, tmp_path / "session")
    assert {"gates:link_lost", "gates:device_reset"} <= set(recorded.trial(2).quality)
    for ordinal in (1, 3):
        trial = recorded.trial(ordinal)
        time = next(time for time in trial.times if time.profile == "gates")
        assert not recorded.timer_flags(ordinal)
        # A busy machine holds the simulator up, and a command to it; the virtual timer's test is held to 20 ms.
        assert (time.time_us or 0) * 1e-6 == pytest.approx(recorded.walked_s[ordinal], abs=0.1)


def test_the_reset_button_is_told_and_the_timer_known_again(bench: FirmwareBench) -> None:
    tap = Tap()
    device = serial_device(Device("gates", "gate-timer", port=str(bench.port)), tap, SystemClock())
    device.start()
    wait_for(lambda: any(isinstance(m, Pong) for m in tap.heard()), "a PONG")
    bench.reset()
    wait_for(lambda: LinkEvent.RESET in tap.links(), "the reset")
    pongs = sum(isinstance(m, Pong) for m in tap.heard())
    wait_for(lambda: sum(isinstance(m, Pong) for m in tap.heard()) > pongs + 1, "more PONGs")
    device.stop()
    assert tap.links() == [LinkEvent.CONNECTED, LinkEvent.RESET]
    boots = [m.boot_id for m in tap.heard() if isinstance(m, Info)]
    assert boots[0] != boots[-1]
    assert boots.count(boots[-1]) == 2


def test_list_shows_the_board_and_self_test_names_the_stuck_beam(bench: FirmwareBench) -> None:
    bench.beam(2, 1, 1)
    listed = CliRunner().invoke(main, ["devices", "list", "--port", str(bench.port), "--json"])
    timer = json.loads(listed.stdout)["timer"]
    assert (timer["gates"], len(timer["beams"]), timer["schema_matches"]) == (4, 8, True)
    tested = CliRunner().invoke(main, ["devices", "self-test", "--port", str(bench.port), "--language", "en"])
    assert tested.exit_code == 1
    stuck = [line for line in tested.stdout.splitlines() if "STUCK" in line]
    assert len(stuck) == 1
    assert stuck[0].startswith("gate 2 beam 1 ")
    assert tested.stdout.count(": clear") == 7
