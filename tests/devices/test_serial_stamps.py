"""Order and stamps of packets, on a line and a clock that the test holds in its hands."""

import os
import time
from pathlib import Path

import pytest

from firmware_protocol.gate_timer import SCHEMA_HASH, Heartbeat, Info, Message, encode
from rig.devices.gate_talk import GateTalk
from rig.devices.serial_device import SerialDevice
from rig.devices.serial_port import WAIT_S, PortError, PortInfo, Transport, open_port
from rig.model.clock import ManualClock
from rig.model.records import Direction, LinkEvent, Packet
from rig.model.setup import Device
from tests.devices.serial_lab import Tap, wait_for

MS = 1_000_000
READ_MS, WRITE_MS = 7, 3
INFO = Info(1, 0, 1, 0, SCHEMA_HASH, 7, 4, 0x55, 500, 0, (1100, 0) * 4)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rig.devices.serial_device.RETRY_S", 0.01)


class Script:
    """A line that gives what it was told, takes 7 ms for every read and 3 ms for every write, then is gone."""

    def __init__(self, clock: ManualClock, *reads: bytes) -> None:
        self.clock = clock
        self.reads = list(reads)
        self.begun_ns: list[int] = []

    def read(self) -> bytes:
        self.clock.advance(READ_MS * MS)
        if not self.reads:
            raise PortError("gone")
        return self.reads.pop(0)

    def write(self, data: bytes) -> None:  # noqa: ARG002  # the protocol's signature
        self.begun_ns.append(self.clock.monotonic_ns())
        self.clock.advance(WRITE_MS * MS)

    def close(self) -> None:
        pass


def run(*lines: Script, declared: Device | None = None) -> list[Packet]:
    """Everything that comes of the lines, opened one after the other."""
    tap, left = Tap(), list(lines)

    def opener(port: str, baud: int) -> Transport:
        if not left:
            raise PortError(f"{port}: cannot be opened at {baud}")
        return left.pop(0)

    declared = declared or Device("gates", "gate-timer", port="here")
    device = SerialDevice(declared, GateTalk(), tap, lines[0].clock, opener, lambda: [PortInfo("here")])
    device.start()
    wait_for(lambda: not left and device.error is not None, "the end of the script")
    device.stop()
    return tap.packets


def frames(*messages: Message) -> bytes:
    return b"".join(map(encode, messages))


def test_what_comes_is_stamped_after_the_read_and_what_goes_before_the_write() -> None:
    line = Script(ManualClock(), encode(INFO))
    packets = run(line)
    received = [p.t_ns for p in packets if p.direction is Direction.RX]
    sent = [p.t_ns for p in packets if p.direction is Direction.TX]
    assert received == [READ_MS * MS]
    assert sent == line.begun_ns == [READ_MS * MS]


def test_the_beginning_and_the_end_of_a_connection_are_recorded() -> None:
    packets = run(Script(ManualClock(), encode(INFO), b""))
    links = [(p.data.decode(), p.t_ns // MS) for p in packets if p.direction is Direction.LINK]
    assert links == [(LinkEvent.CONNECTED, 0), (LinkEvent.LOST, 3 * READ_MS + WRITE_MS)]


def test_the_news_of_a_restart_stand_before_the_bytes_that_tell_of_it() -> None:
    again = frames(Info(1, 0, 1, 0, SCHEMA_HASH, 8, 4, 0x55, 500, 0, (1100, 0) * 4))
    packets = run(Script(ManualClock(), encode(INFO), again))
    reset = LinkEvent.RESET.value.encode()
    kept = [p.data for p in packets if p.direction is not Direction.TX]
    assert kept.index(reset) == kept.index(again) - 1
    stamps = {p.data: p.t_ns for p in packets}
    assert stamps[reset] == stamps[again]


def test_bytes_before_info_are_kept_when_it_comes() -> None:
    early = frames(Heartbeat(1000, 0, 0, 0, 0))
    packets = run(Script(ManualClock(), early, encode(INFO)))
    assert [p.data for p in packets if p.direction is Direction.RX] == [early, encode(INFO)]
    assert [p.t_ns for p in packets] == sorted(p.t_ns for p in packets)


def test_a_port_where_nobody_says_who_it_is_leaves_nothing_unless_it_was_declared() -> None:
    noise = [b"?"] * 1000
    assert run(Script(ManualClock(), *noise), declared=Device("gates", "gate-timer")) == []
    packets = run(Script(ManualClock(), *noise))
    assert sum(p.direction is Direction.RX for p in packets) == len(noise)


def test_a_loss_while_nobody_was_known_yet_is_no_loss_of_the_device() -> None:
    assert run(Script(ManualClock(), b"?"), Script(ManualClock(), b"?")) == []


def test_a_read_gives_all_that_is_there_without_waiting_for_more(tmp_path: Path) -> None:
    master, slave = os.openpty()
    port = tmp_path / "port"
    port.symlink_to(os.ttyname(slave))
    line = open_port(str(port), 115200)
    os.write(master, bytes(range(1, 21)))
    began = time.perf_counter()
    assert line.read() == bytes(range(1, 21))
    assert time.perf_counter() - began < WAIT_S
    assert line.read() == b""
    os.close(master)
    os.close(slave)
    with pytest.raises(PortError, match="the line is gone"):
        line.read()
    line.close()
