"""A sensor's stamps made continuous, or counted where it has none; duplicates and restarts told apart."""

from collections import Counter

_STALE_NS = 2_000_000_000
"""So far back a block was seen before; further back the clock has started again."""
_JUMP_NS = 10_000_000_000
"""So far ahead of the host's time a block was held up before; further ahead the clock was set."""
_FAR_NS = 2**62


class StampedClock:
    """The clock of a device whose streams carry its stamps.

    Parameters
    ----------
    unit_ns
        Length of a tick.
    bits
        Width of the counter; it wraps. A counter that is too wide to wrap has 64.
    counts
        Where `duplicates`, `restarts` and `bad_stamp` are counted.
    """

    def __init__(self, unit_ns: int, bits: int, counts: Counter[str]) -> None:
        self._unit_ns = unit_ns
        self._wrap_ns = unit_ns << bits
        self._counts = counts
        self._last: dict[int, tuple[int, int]] = {}
        self.epoch = 0

    def interrupt(self) -> None:
        """Begin a new epoch, if there was anything in this one."""
        if self._last:
            self._last.clear()
            self.epoch += 1

    def place(self, raw: int, arrival_ns: int, stream: int = 0) -> int | None:
        """Device time of a block; None for a block already seen. A restart begins a new epoch."""
        raw_ns = raw * self._unit_ns
        if raw_ns >= 2**63:
            self._counts["bad_stamp"] += 1
            return None
        last = self._last.get(stream)
        device_ns = raw_ns if last is None else self._next(raw_ns, arrival_ns, *last)
        if device_ns is None:
            self._counts["duplicates"] += 1
            return None
        if last is None:
            device_ns = self._beside(raw_ns, arrival_ns)
        self._last[stream] = device_ns, arrival_ns
        return device_ns

    def _next(self, raw_ns: int, arrival_ns: int, last_ns: int, last_arrival_ns: int) -> int | None:
        """Go on from the stream's last block: of all times that the counter can mean, the one nearest to the host's."""
        elapsed = max(0, arrival_ns - last_arrival_ns)
        half = self._wrap_ns // 2
        step = (raw_ns - last_ns - elapsed + half) % self._wrap_ns - half + elapsed
        if -_STALE_NS < step <= 0:
            return None
        if step < 0 or step - elapsed > _JUMP_NS or last_ns + step >= _FAR_NS:
            return self._restart(raw_ns)
        return last_ns + step

    def _beside(self, raw_ns: int, arrival_ns: int) -> int:
        """Place a stream's first block on the clock of the others."""
        if not self._last:
            return raw_ns
        other_ns, other_arrival_ns = next(iter(self._last.values()))
        elapsed, half = arrival_ns - other_arrival_ns, self._wrap_ns // 2
        step = (raw_ns - other_ns - elapsed + half) % self._wrap_ns - half + elapsed
        if abs(step - elapsed) > _JUMP_NS:
            return self._restart(raw_ns)
        return other_ns + step

    def _restart(self, raw_ns: int) -> int:
        self._counts["restarts"] += 1
        self.interrupt()
        return raw_ns


class CountedClock:
    """Sample numbers of a device without a clock, as times at its nominal rate."""

    def __init__(self) -> None:
        self._count: Counter[int] = Counter()
        self.epoch = 0

    def interrupt(self) -> None:
        """Begin a new epoch, if there was anything in this one: how many samples are missing is not known."""
        if self._count.total():
            self._count.clear()
            self.epoch += 1

    def restart(self, stream: int) -> None:
        """Begin a new epoch, if there was anything of this stream in this one."""
        if self._count[stream]:
            self.interrupt()

    def place(self, samples: int, rate_hz: float, stream: int = 0) -> int:
        """Time of the first of the next `samples`."""
        first = self._count[stream]
        self._count[stream] += samples
        return round(first * 1e9 / rate_hz)
