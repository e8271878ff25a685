"""Time is injected: whoever needs the time is given a `Clock`."""

import time
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

_LINUX_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_THIS_PROCESS = str(uuid.uuid4())


class Clock(Protocol):
    """A monotonic clock, the wall clock beside it, and the name of the monotonic clock's epoch."""

    @property
    def boot_id(self) -> str:
        """Name of the epoch: two readings of `monotonic_ns` can be compared if their boot ids are equal."""
        ...

    def monotonic_ns(self) -> int:
        """Nanoseconds since the epoch; never goes back."""
        ...

    def wall_utc(self) -> datetime:
        """Date and time, aware, in UTC; may be stepped by the operating system."""
        ...


class SystemClock:
    """The host's clocks.

    `time.perf_counter_ns` and not `time.monotonic_ns`: the same clock on Linux, but the finer one elsewhere.
    Where the system tells no boot id (outside Linux) every process is an epoch of its own, so that times of
    two runs are never compared by mistake.
    """

    def __init__(self) -> None:
        self._boot_id = _LINUX_BOOT_ID.read_text().strip() if _LINUX_BOOT_ID.exists() else _THIS_PROCESS

    @property
    def boot_id(self) -> str:
        """The kernel's id of this boot."""
        return self._boot_id

    def monotonic_ns(self) -> int:
        """Nanoseconds on the host's monotonic clock."""
        return time.perf_counter_ns()

    def wall_utc(self) -> datetime:
        """Read the host's date and time in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands until it is moved: for the virtual lab and for tests.

    Parameters
    ----------
    now_ns
        First reading of the monotonic clock.
    wall
        Wall-clock time at that reading; both clocks move together.
    boot_id
        Name of the epoch.
    """

    def __init__(
        self, now_ns: int = 0, wall: datetime = datetime(2026, 1, 1, tzinfo=UTC), boot_id: str = "virtual"
    ) -> None:
        self._now_ns = now_ns
        self._start_ns = now_ns
        self._wall = wall
        self._boot_id = boot_id

    @property
    def boot_id(self) -> str:
        """The epoch's name, as given."""
        return self._boot_id

    def monotonic_ns(self) -> int:
        """Read what it was moved to."""
        return self._now_ns

    def wall_utc(self) -> datetime:
        """Read the wall clock, moved along to the microsecond."""
        return self._wall + timedelta(microseconds=(self._now_ns - self._start_ns) // 1000)

    def advance(self, step_ns: int) -> None:
        """Move both clocks forward.

        Raises
        ------
        ValueError
            If the step is negative: a monotonic clock never goes back.
        """
        if step_ns < 0:
            raise ValueError(f"a monotonic clock cannot be moved by {step_ns} ns: steps are 0 or more")
        self._now_ns += step_ns
