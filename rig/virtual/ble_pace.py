"""How fast a live virtual session goes: radio and host code run in real time, the session runs ahead of it.

Real Bluetooth code cannot be hurried, so a session that goes over it takes its time; at six times the pace of life it
is loaded six times as much, and its delays count six times as much.
"""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from rig.virtual.clocks import WALL_START, host_ns


@dataclass(frozen=True, slots=True)
class Pace:
    """Session seconds against the host's.

    Attributes
    ----------
    factor
        Session seconds in a host second.
    start_s
        Session second at which it began.
    begun_s
        Host second of that.
    """

    factor: float = 1.0
    start_s: float = 0.0
    begun_s: float = field(default_factory=time.perf_counter)

    def now_s(self) -> float:
        """Session second now."""
        return self.start_s + self.factor * (time.perf_counter() - self.begun_s)

    def until_s(self, session_s: float) -> float:
        """Host seconds to wait for a session second; 0 where it has passed."""
        return max(0.0, (session_s - self.now_s()) / self.factor)


REAL = Pace(1.0, 0.0, 0.0)
"""Session seconds are host seconds."""


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
