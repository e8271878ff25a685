"""A serial device finds its port, keeps strangers' bytes out, and comes back after the cable was pulled."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_protocol.gate_timer import Cue, CueRequest, Edge, Info, Ping, Pong, SelfTest, SelfTestRequest, encode
from rig.devices.base import DeviceError
from rig.devices.gate_timer import GateTimer
from rig.devices.serial_device import SerialDevice
from rig.devices.serial_open import serial_device, serial_devices
from rig.devices.serial_port import PortError, PortInfo, Transport, open_port
from rig.model.clock import SystemClock
from rig.model.records import Direction, LinkEvent
from rig.model.setup import Device, Gate
from rig.timeline.gate_epochs import EpochReader
from rig.virtual.pty_gate_timer import PtyGateTimer
from tests.devices.serial_lab import GATES, Tap, wait_for

TWO_GATES = (Gate(0, 0.0, (1100,)), Gate(2, 4.0, (1100, 900)))


@pytest.fixture(autouse=True)
def _no_bootloader(monkeypatch: pytest.MonkeyPatch) -> None:
    """The virtual timer has none to be left alone."""
    monkeypatch.setattr("rig.devices.gate_talk.HELLO_AFTER_NS", 50_000_000)


@pytest.fixture
def timer(tmp_path: Path) -> Iterator[PtyGateTimer]:
    with PtyGateTimer(TWO_GATES, tmp_path / "timer", SystemClock()) as plugged:
        yield plugged


def at_port(port: Path) -> Device:
    return Device("gates", "gate-timer", port=str(port))


class Live:
    """A device that runs for the length of a `with`."""

    def __init__(self, declared: Device, *ports: Path) -> None:
        self.tap = Tap()
        found = [PortInfo(str(port)) for port in ports]
        self.device = serial_device(declared, self.tap, SystemClock(), lister=lambda: found)

    def __enter__(self) -> "Live":
        self.device.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.device.stop()

    def until_connected(self) -> SerialDevice:
        wait_for(lambda: self.device.status().connected, "connected")
        return self.device


def test_the_declared_port_is_opened_and_the_timer_talks(timer: PtyGateTimer) -> None:
    with Live(at_port(timer.port)) as live:
        assert live.until_connected().status().place == str(timer.port)
        wait_for(lambda: any(isinstance(m, Pong) for m in live.tap.heard()), "a PONG")
        timer.beam(2, 1, 1)
        wait_for(lambda: any(isinstance(m, Edge) for m in live.tap.heard()), "an EDGE")
    edge = next(m for m in live.tap.heard() if isinstance(m, Edge))
    assert (edge.gate, edge.beam, edge.level) == (2, 1, 1)
    assert live.tap.links() == [LinkEvent.CONNECTED]
    assert any(isinstance(m, Ping) for m in live.tap.said())
    assert not live.device.status().connected


def test_a_question_is_stamped_before_its_answer_can_be_there(timer: PtyGateTimer) -> None:
    with Live(at_port(timer.port)) as live:
        wait_for(lambda: sum(isinstance(m, Pong) for m in live.tap.heard()) >= 3, "three PONGs")
    track = EpochReader()
    for packet in sorted(live.tap.packets, key=lambda p: p.t_ns):
        track.take(packet)
    exchanges = track.epochs[0].exchanges
    assert len(exchanges) >= 3
    assert track.counts["unpaired_pongs"] == 0
    assert all(0 < e.t4_ns - e.t1_ns < 100_000_000 for e in exchanges)


def test_a_stranger_is_passed_by_and_leaves_no_packet(
    timer: PtyGateTimer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rig.devices.gate_talk.GateTalk.patience_ns", 400_000_000)
    master, slave = os.openpty()
    stranger = tmp_path / "stranger"
    stranger.symlink_to(os.ttyname(slave))
    os.write(master, b"$GPGGA,not a timer\r\n" * 5)
    with Live(GATES, stranger, timer.port) as live:
        assert live.until_connected().status().place == str(timer.port)
    os.close(master)
    os.close(slave)
    assert not any(b"GPGGA" in p.data for p in live.tap.packets)
    assert live.tap.links() == [LinkEvent.CONNECTED]


def test_pulling_and_plugging_in_again_is_told_and_the_timer_found_again(timer: PtyGateTimer) -> None:
    with Live(at_port(timer.port)) as live:
        live.until_connected()
        timer.pull()
        wait_for(lambda: not live.device.status().connected, "the loss")
        assert live.device.status().message in {"devices.lost", "devices.cannot_open"}
        timer.plug_in()
        live.until_connected()
        assert live.device.status().losses == 1
    infos = [m for m in live.tap.heard() if isinstance(m, Info)]
    assert infos[0].boot_id != infos[-1].boot_id
    assert live.tap.links() == [LinkEvent.CONNECTED, LinkEvent.LOST, LinkEvent.CONNECTED, LinkEvent.RESET]


def test_requests_go_out_from_any_thread_and_are_recorded(timer: PtyGateTimer) -> None:
    with Live(at_port(timer.port)) as live:
        live.until_connected().send(encode(SelfTestRequest(1)))
        wait_for(lambda: sum(isinstance(m, SelfTest) for m in live.tap.heard()) >= 3, "SELF_TEST messages")
    assert SelfTestRequest(1) in live.tap.said()


def test_nothing_is_sent_to_a_timer_that_is_not_there(tmp_path: Path) -> None:
    with Live(at_port(tmp_path / "none")) as live, pytest.raises(DeviceError, match="gates: not connected"):
        live.device.send(encode(SelfTestRequest(1)))
    assert live.tap.packets == []


def test_a_missing_port_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(PortError, match="none: cannot be opened: there is no such port"):
        open_port(str(tmp_path / "none"), 115200)


def test_one_program_at_a_time_has_a_port(timer: PtyGateTimer) -> None:
    line = open_port(str(timer.port), 115200)
    with pytest.raises(PortError, match="another program has it"):
        open_port(str(timer.port), 115200)
    line.close()


def test_a_sports_timer_needs_its_port() -> None:
    with pytest.raises(DeviceError, match=r"alge: no port in rig\.toml"):
        serial_device(Device("alge", "alge-timy"), Tap(), SystemClock())


def test_a_wearable_is_not_on_a_serial_line() -> None:
    with pytest.raises(DeviceError, match="waist: a movesense is not on a serial line"):
        serial_device(Device("waist", "movesense"), Tap(), SystemClock())


def test_a_sports_timer_is_heard_line_by_line(tmp_path: Path) -> None:
    master, slave = os.openpty()
    port = tmp_path / "alge"
    port.symlink_to(os.ttyname(slave))
    with Live(Device("alge", "alge-timy", port=str(port))) as live:
        live.until_connected()
        assert live.device.status().message == "devices.no_line_yet"
        os.write(master, b" 0035 C0  21:46:36.3900 00\r")
        wait_for(lambda: live.device.status().message == "devices.connected", "a line")
    os.close(master)
    os.close(slave)
    assert b"".join(p.data for p in live.tap.packets if p.direction is Direction.RX) == b" 0035 C0  21:46:36.3900 00\r"


def test_a_cue_is_asked_for_and_comes_with_its_token(timer: PtyGateTimer) -> None:
    with Live(at_port(timer.port)) as live:
        device = live.until_connected()
        assert isinstance(device, GateTimer)
        device.cue(token=42, kind=1, delay_ms=100)
        wait_for(lambda: any(isinstance(m, Cue) for m in live.tap.heard()), "a CUE")
        assert device.info is not None
        assert device.info.n_gates == 2
    asked = next(p.t_ns for p in live.tap.packets if p.data == encode(CueRequest(42, 1, 100)))
    given = next(p.t_ns for p in reversed(live.tap.packets) if p.direction is Direction.RX)
    assert given - asked >= 100_000_000
    assert [m.token for m in live.tap.heard() if isinstance(m, Cue)] == [42]


def test_a_search_leaves_the_ports_of_other_timers_alone() -> None:
    opened: list[str] = []

    def opener(port: str, baud: int) -> Transport:
        opened.append(port)
        raise PortError(f"{port}: not at {baud}")

    declared = [GATES, Device("alge", "alge-timy", port="/dev/one")]
    found = [PortInfo("/dev/one"), PortInfo("/dev/two"), PortInfo("/dev/mouse", likely=False)]
    live = serial_devices(declared, Tap(), SystemClock(), opener, lambda: found)
    assert list(live) == ["gates", "alge"]
    live["gates"].start()
    wait_for(lambda: opened, "an attempt")
    live["gates"].stop()
    assert set(opened) == {"/dev/two"}
