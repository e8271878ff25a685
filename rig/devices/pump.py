"""From the devices' threads to the one that writes: a bounded queue that never drops in silence."""

import threading
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import ParamSpec, Protocol, Self, TypeGuard

from msgspec.structs import replace

from rig.model.records import Direction, LinkEvent, Mark, Packet, Record

P = ParamSpec("P")

LIMIT = 100_000
"""Packets that may wait: twelve sensors at 200 Hz and the gates for half a minute."""
TICK_S = 0.25
REPEAT_NS = 1_000_000_000
"""While packets of a source are dropped, the recording says so once a second."""


class Writer(Protocol):
    """Where records go; `rig.recording.SessionWriter` is one."""

    def write(self, record: Record) -> None:
        """Keep a record; may take its time and may raise."""
        ...

    def tick(self) -> None:
        """Flush what has waited long enough."""
        ...


class Pump:
    """Takes records from any thread without waiting and writes them from a thread of its own.

    When `limit` packets wait, further ones are dropped and a link packet `queue_dropped` of their source is recorded
    in their place: for the first, for the last, and once a second between. Marks and link packets are never dropped.

    Parameters
    ----------
    writer
        Is called from the pump's thread only.
    on_error
        Told of every error the writer raises, in the pump's thread; the pump goes on with the next record.
    limit
        How many packets may wait.

    Notes
    -----
    A context manager; leaving it writes everything that still waits.
    """

    def __init__(self, writer: Writer, on_error: Callable[[Exception], None], limit: int = LIMIT) -> None:
        self._writer = writer
        self._on_error = on_error
        self._limit = limit
        self._waiting: deque[Record] = deque()
        self._drops: dict[str, _Drops] = {}
        self._changed = threading.Condition()
        self._stopping = False
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="recording pump", daemon=True)

    @property
    def dropped(self) -> int:
        """How many packets were dropped so far."""
        return self._dropped

    def put(self, record: Record) -> None:
        """Take a record; as a bound method this is a device's sink."""
        with self._changed:
            if len(self._waiting) >= self._limit and _may_go(record):
                self._drop(record)
            else:
                self._waiting.append(record)
            self._changed.notify()

    def _drop(self, packet: Packet) -> None:
        self._dropped += 1
        notice = self._drops.setdefault(packet.source, _Drops()).next(packet)
        if notice is not None:
            self._waiting.append(notice)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, then end; stopping twice does nothing."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while (batch := self._take()) is not None:
            for record in batch:
                self._guard(self._writer.write, record)
            self._guard(self._writer.tick)

    def _take(self) -> list[Record] | None:
        """Everything that waits, after at most a tick; None at the end."""
        with self._changed:
            if not self._waiting and not self._stopping:
                self._changed.wait(TICK_S)
            if self._stopping and not self._waiting and not self._drops:
                return None
            batch = [*self._waiting, *(notice for drops in self._drops.values() for notice in drops.rest())]
            self._waiting.clear()
            self._drops.clear()
            return batch

    def _guard(self, action: Callable[P, None], *args: P.args, **kwargs: P.kwargs) -> None:
        try:
            action(*args, **kwargs)
        except Exception as error:  # noqa: BLE001  # one refused record must not end the recording of the others
            self._on_error(error)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Drops:
    """What of one source was dropped since the queue was last emptied."""

    def __init__(self) -> None:
        self._told_ns: int | None = None
        self._untold: Packet | None = None

    def next(self, packet: Packet) -> Packet | None:
        """Note a dropped packet; the notice to record, if it is time for one."""
        if self._told_ns is not None and packet.t_ns - self._told_ns < REPEAT_NS:
            self._untold = packet
            return None
        self._told_ns, self._untold = packet.t_ns, None
        return _notice(packet)

    def rest(self) -> list[Packet]:
        """The notice for the last one."""
        return [] if self._untold is None else [_notice(self._untold)]


def _may_go(record: Record) -> TypeGuard[Packet]:
    return not isinstance(record, Mark) and record.direction is not Direction.LINK


def _notice(packet: Packet) -> Packet:
    return replace(packet, direction=Direction.LINK, data=LinkEvent.QUEUE_DROPPED.value.encode())
