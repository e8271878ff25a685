"""Gate timers at the end of a cable: the virtual one and the compiled firmware, handled alike."""

import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from tests.hardware.lab import BEAM_PINS, Lab


class Bench(Protocol):
    """A timer whose beams and cable are in the test's hands."""

    port: Path

    def plug_in(self) -> None: ...

    def pull(self) -> None: ...

    def beam(self, gate: int, beam: int, level: int) -> None: ...


class FirmwareBench:
    """The compiled firmware in real time; its port is a link that is there while the cable is."""

    def __init__(self, lab: Lab, port: Path) -> None:
        self.port = port
        self._lab = lab
        self._boots = 0
        self._process: subprocess.Popen[str] | None = None

    def plug_in(self) -> None:
        """Power up. The simulator forgets the EEPROM in which the board counts its starts, so they are made up for."""
        command: list[str | Path] = [self._lab.runner, "--pty", self._lab.firmware]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(self._process.stdout.readline().strip())
        for _ in range(self._boots):
            self.reset()
        self._boots += 1

    def pull(self) -> None:
        process = self._process
        assert process is not None
        process.kill()
        for stream in (process.stdin, process.stdout):
            assert stream is not None
            with suppress(BrokenPipeError):
                stream.close()
        process.wait()
        self.port.unlink(missing_ok=True)

    def beam(self, gate: int, beam: int, level: int) -> None:
        self._tell(f"pin {BEAM_PINS[2 * gate + beam]} {level}")

    def reset(self) -> None:
        """Press the reset button."""
        self._tell("reset")

    def _tell(self, command: str) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(command + "\n")
        self._process.stdin.flush()
