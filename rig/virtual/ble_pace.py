"""How fast a live virtual session goes: radio and host code run in real time, the session runs ahead of it.

Real Bluetooth code cannot be hurried, so a session that goes over it takes its time; at six times the pace of life it
is loaded six times as much, and its delays count six times as much. So that a computer which is busy with something
else for a second does not make the sensors late by six, a hurried session stands still meanwhile.
"""

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from rig.virtual.clocks import WALL_START, host_ns

BEAT_S = 0.005
"""So often a loop that is not held up says so."""
MOST_S = 0.025
"""Without a word from it the session goes on for so long, in host seconds."""


class Pace(Protocol):
    """Session seconds against the host's."""

    def now_s(self) -> float:
        """Session second now."""

    def until_s(self, session_s: float) -> float:
        """Host seconds to wait for a session second, at least; 0 where it has passed."""

    async def keep(self) -> None:
        """Keep time, in the air's loop, for as long as there is air."""


class RealPace:
    """Session seconds are host seconds."""

    def now_s(self) -> float:
        """Session second now."""
        return time.perf_counter()

    def until_s(self, session_s: float) -> float:
        """Host seconds to wait."""
        return max(0.0, session_s - self.now_s())

    async def keep(self) -> None:
        """Real time goes on whatever happens."""


@dataclass(frozen=True, slots=True)
class _Beat:
    """A host second, and the session second that it was."""

    host_s: float
    session_s: float


class HurriedPace:
    """`factor` session seconds in a host second, as long as the air's loop is alive.

    Parameters
    ----------
    factor
        Session seconds in a host second.
    start_s
        Session second at which it begins.
    """

    def __init__(self, factor: float, start_s: float) -> None:
        self._factor = factor
        self._last = _Beat(time.perf_counter(), start_s)

    def now_s(self) -> float:
        """Session second now."""
        return self._at(time.perf_counter())

    def _at(self, host_s: float) -> float:
        last = self._last
        return last.session_s + self._factor * min(host_s - last.host_s, MOST_S)

    def until_s(self, session_s: float) -> float:
        """Host seconds to wait, unless something is held up meanwhile: then more."""
        return max(0.0, (session_s - self.now_s()) / self._factor)

    def beat(self) -> None:
        """Go on: nothing is held up."""
        host_s = time.perf_counter()
        self._last = _Beat(host_s, self._at(host_s))

    async def keep(self) -> None:
        """Beat, unless the loop is held up."""
        while True:
            self.beat()
            await asyncio.sleep(BEAT_S)


def wait(pace: Pace, session_s: float) -> None:
    """Sleep until a session second has come."""
    while (left_s := pace.until_s(session_s)) > 0:
        time.sleep(left_s)


REAL = RealPace()


class PacedClock:
    """A session's clocks (`rig.model.clock.Clock`) at its pace."""

    def __init__(self, pace: Pace, boot_id: str) -> None:
        self._pace = pace
        self._boot_id = boot_id

    @property
    def boot_id(self) -> str:
        """As given."""
        return self._boot_id

    def monotonic_ns(self) -> int:
        """Host monotonic time as the session has it."""
        return host_ns(self._pace.now_s())

    def wall_utc(self) -> datetime:
        """Wall clock as the session has it."""
        return datetime.fromisoformat(WALL_START).astimezone(UTC) + timedelta(seconds=self._pace.now_s())
