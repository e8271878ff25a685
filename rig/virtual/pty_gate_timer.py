"""The virtual gate timer on a real pty, so that whoever opens a serial port meets it there."""

import heapq
import os
import pty
import select
import threading
import tty
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from rig.model.clock import Clock
from rig.model.setup import Gate
from rig.virtual.gate_brain import GateBrain

_POLL_S = 0.002


class PtyGateTimer:
    """A timer with a cable: it can be plugged in, pulled, and plugged in again.

    Parameters
    ----------
    gates
        What is fitted.
    port
        Where the serial port shall be: a symbolic link that is made at every plugging in.
    clock
        The time; it is looked at every 2 ms, so a clock that is moved by hand is followed.
    ppm
        How much faster than that clock the timer's runs.

    Notes
    -----
    As from a board that is powered by its cable, every plugging in is a restart: a new boot id, ticks from zero. A
    context manager that plugs in and pulls.
    """

    def __init__(self, gates: Iterable[Gate], port: Path, clock: Clock, ppm: float = 0.0) -> None:
        self.port = port
        self._gates = tuple(gates)
        self._clock = clock
        self._ppm = ppm
        self._boots = 0
        self._levels = 0
        self._changes: list[tuple[int, int, int, int]] = []
        self._lock = threading.Lock()
        self._pulled = threading.Event()
        self._thread: threading.Thread | None = None

    def beam(self, gate: int, beam: int, level: int, at_ns: int | None = None) -> None:
        """Block (1) or free (0) a beam, now or when the clock comes to a time."""
        with self._lock:
            heapq.heappush(self._changes, (self._clock.monotonic_ns() if at_ns is None else at_ns, gate, beam, level))

    def plug_in(self) -> None:
        """Give it power and a port."""
        self._boots += 1
        self._pulled.clear()
        master, slave = pty.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        self.port.unlink(missing_ok=True)
        self.port.symlink_to(os.ttyname(slave))
        brain = GateBrain(self._gates, self._boots, self._clock.monotonic_ns(), self._ppm, self._levels)
        self._thread = threading.Thread(
            target=self._run, args=(brain, master, slave), name="virtual timer", daemon=True
        )
        self._thread.start()

    def pull(self) -> None:
        """Pull the cable: the port is gone, and whoever has it open is told so by the system."""
        self._pulled.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, brain: GateBrain, master: int, slave: int) -> None:
        """Serve one plugging in; the slave end stays open here, so that bytes are kept while nobody listens."""
        _say(master, brain.info(self._clock.monotonic_ns()))
        while not self._pulled.is_set():
            ready, _, _ = select.select([master], [], [], _POLL_S)
            now_ns = self._clock.monotonic_ns()
            _say(master, b"".join(self._moved(brain, now_ns)))
            if ready:
                _say(master, brain.heard(os.read(master, 4096), now_ns))
            _say(master, brain.due(now_ns))
        self._levels = brain.levels
        self.port.unlink(missing_ok=True)
        os.close(slave)
        os.close(master)

    def _moved(self, brain: GateBrain, now_ns: int) -> list[bytes]:
        said = []
        with self._lock:
            while self._changes and self._changes[0][0] <= now_ns:
                said.append(brain.beam(*heapq.heappop(self._changes)))
        return said

    def __enter__(self) -> Self:
        self.plug_in()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pull()


def _say(master: int, data: bytes) -> None:
    """Put bytes on the line; what does not fit because nobody reads is lost, as on a real line."""
    with suppress(BlockingIOError):
        os.write(master, data)
