"""The firmware on a real pty, in real time, as a program that opens a serial port meets it."""

import os
import select
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from firmware_protocol.gate_timer import Edge, GateTimerDecoder, Heartbeat, Info, Ping, Pong, encode
from tests.hardware.lab import TICK_US, AnyMessage, Lab


@pytest.fixture
def live(lab: Lab) -> Iterator[subprocess.Popen[str]]:
    command: list[str | Path] = [lab.runner, "--pty", lab.firmware]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


@dataclass(slots=True)
class Listener:
    """A program at the other end of the line."""

    port: int
    decoder: GateTimerDecoder

    def hear(self, kind: type[AnyMessage], within_s: float = 10.0) -> AnyMessage:
        """The next message of a kind; others are let pass."""
        until = time.monotonic() + within_s
        while select.select([self.port], [], [], max(0.0, until - time.monotonic()))[0]:
            for received in self.decoder.feed(os.read(self.port, 1), 0):
                if isinstance(received.message, kind):
                    return received.message
        raise TimeoutError(f"no {kind.__name__} within {within_s} s")


def ping_ticks(listener: Listener, token: int) -> int:
    os.write(listener.port, encode(Ping(token)))
    pong = listener.hear(Pong)
    assert pong.token == token
    return pong.rx_ticks


def cut(live: subprocess.Popen[str], level: int) -> None:
    assert live.stdin is not None
    live.stdin.write(f"pin D4 {level}\n")
    live.stdin.flush()


def test_a_pty_talks_in_real_time(live: subprocess.Popen[str]) -> None:
    assert live.stdout is not None
    port = os.open(live.stdout.readline().strip(), os.O_RDWR | os.O_NOCTTY)
    listener = Listener(port, GateTimerDecoder())
    assert listener.hear(Info).n_gates == 4
    began, first = time.monotonic(), ping_ticks(listener, 1)
    for level in (1, 0):
        cut(live, level)
        edge = listener.hear(Edge)
        assert (edge.gate, edge.beam, edge.level) == (1, 0, level)
    listener.hear(Heartbeat)
    passed_s = (ping_ticks(listener, 2) - first) * TICK_US * 1e-6
    os.close(port)
    # A loaded machine may hold either clock up for a while; free-running simulation would be a hundred times ahead.
    assert passed_s == pytest.approx(time.monotonic() - began, abs=0.3)
