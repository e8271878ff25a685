"""The compiled firmware in a simulated ATmega328P: what is done to its pins and line, and what it says."""

import os
import shlex
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from firmware_protocol.gate_timer import Edge, GateTimerDecoder, Message, Request, encode

HERE = Path(__file__).parent
FIRMWARE = HERE.parents[1] / "firmware_protocol" / "firmware"
SOURCE = Path(os.environ.get("GATE_TIMER_SOURCE", FIRMWARE))
"""Where the firmware under test lies: `tests.hardware.faults` points it to spoilt copies."""

EIGHT_BEAMS = "-DBEAMS_FITTED=0xFF"
BEAM_PINS = ("D2", "D3", "D4", "D5", "D6", "D7", "B0", "B1")
"""Pin of the microcontroller by beam index."""

TICK_US = 0.5
WRAP_US = 32_768.0
BYTE_US = 93.5
"""A byte of the simulated line: simavr 1.6 sends 11 bits at 8.5 us."""

AnyMessage = TypeVar("AnyMessage", bound=Message)

_PROBES = {
    "make": "make --version",
    "gcc": "cc --version",
    "gcc-avr": "avr-gcc --version",
    "avr-libc": "avr-gcc -mmcu=atmega328p -E -include avr/io.h -x c /dev/null",
    "libsimavr-dev": "cc -E -include simavr/sim_avr.h -I/usr/include/simavr -x c /dev/null",
    "libelf-dev": "cc -E -include libelf.h -x c /dev/null",
}


def missing_packages() -> list[str]:
    """Debian packages without which the firmware can be neither built nor run."""
    return [package for package, command in _PROBES.items() if not _works(command)]


def _works(command: str) -> bool:
    try:
        return subprocess.run(shlex.split(command), capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


def build_firmware(out: Path, defines: str = EIGHT_BEAMS) -> Path:
    make(SOURCE, f"OUT={out}", f"DEFINES={defines}")
    return out / "gate_timer.elf"


def variables_bytes(firmware: Path) -> int:
    """RAM that variables take, initialised or not."""
    sizes = subprocess.run(["avr-size", firmware], capture_output=True, text=True, check=True).stdout
    _, data, bss, *_ = sizes.splitlines()[1].split()
    return int(data) + int(bss)


def build_runner(out: Path) -> Path:
    make(HERE, f"OUT={out}")
    return out / "gate_timer_runner"


def make(folder: Path, *settings: str) -> None:
    done = subprocess.run(["make", "-C", str(folder), *settings], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@dataclass(frozen=True, slots=True)
class Said:
    """A message, and the times (us) at which its first and its last byte were given to the line."""

    first_us: float
    last_us: float
    message: Message


@dataclass(frozen=True, slots=True)
class Run:
    """What one run put out, as text and as messages."""

    text: str
    said: list[Said]
    thrown_away: int

    def all(self, kind: type[AnyMessage]) -> list[AnyMessage]:
        return [said.message for said in self.said if isinstance(said.message, kind)]

    def pins(self) -> list[tuple[float, str, int]]:
        lines = (line.split() for line in self.text.splitlines())
        return [(float(line[0]), line[2], int(line[3])) for line in lines if line[1] == "pin"]

    def stack_bytes(self) -> int:
        """How deep the stack reached."""
        return int(self.text.splitlines()[-1].split()[2])


@dataclass(frozen=True, slots=True)
class Lab:
    """A runner and a firmware."""

    runner: Path
    firmware: Path

    def run(self, script: Iterable[str], until_us: float, timeout_s: float = 60) -> Run:
        text = "\n".join([*script, f"{until_us} end"]) + "\n"
        done = subprocess.run(
            [self.runner, self.firmware], input=text, capture_output=True, text=True, check=True, timeout=timeout_s
        )
        return _read(done.stdout)


def clock_start_us(run: Run, edges: Sequence[tuple[float, int, int]]) -> float:
    """When timer 1 began, but for the few microseconds from a pin to its stamp.

    What delays a stamp is late only, and can hold up one edge but hardly all of several: the earliest one tells.
    """
    stamps = [edge.ticks * TICK_US for edge in run.all(Edge)]
    return max(t - stamp for (t, _, _), stamp in zip(edges, stamps, strict=True))


PROBES = [(1e5 + 3217.3 * k, 0, (k + 1) % 2) for k in range(20)]
"""Edges (us, beam, level) that share no phase with anything, for `clock_start_us`."""


def _read(text: str) -> Run:
    lines = [line.split() for line in text.splitlines()]
    sent = [(float(line[0]), bytes.fromhex(line[2])) for line in lines if line[1] == "tx"]
    decoder = GateTimerDecoder()
    said = list(_messages(decoder, sent))
    counts = decoder.counts
    frames = counts.frames
    thrown_away = counts.unknown_id + counts.bad_length + frames.bad_cobs + frames.bad_crc + frames.too_long
    return Run(text, said, thrown_away + frames.too_short)


def _messages(decoder: GateTimerDecoder, sent: list[tuple[float, bytes]]) -> Iterator[Said]:
    opened_us, before = 0.0, b""
    for t_us, byte in sent:
        # A frame's first byte is the delimiter that follows the last one's closing delimiter, or the very first.
        if byte == b"\x00" and before in {b"", b"\x00"}:
            opened_us = t_us
        before = byte
        for received in decoder.feed(byte, 0):
            yield Said(opened_us, t_us, received.message)


def pin(t_us: float, beam: int, level: int) -> str:
    return f"{t_us:.4f} pin {BEAM_PINS[beam]} {level}"


def rx(t_us: float, data: bytes) -> str:
    return f"{t_us:.4f} rx {data.hex()}"


def ask(t_us: float, request: Request) -> str:
    return rx(t_us, encode(request))
