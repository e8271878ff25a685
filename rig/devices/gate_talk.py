"""What is said to a gate timer and when: HELLO until it says who it is, then PING twice a second."""

from collections.abc import Callable, Sequence

from firmware_protocol.gate_timer import (
    BAUD,
    Event,
    GateTimerDecoder,
    Hello,
    Info,
    Ping,
    Pong,
    encode,
)

_MS = 1_000_000
HELLO_AFTER_NS = 2_000 * _MS
"""Most boards restart when the port is opened. Their bootloader is left alone until it has gone; then INFO comes."""
HELLO_EVERY_NS = 1_000 * _MS
PATIENCE_NS = 4_500 * _MS
SILENT_NS = 3_000 * _MS
"""Three heartbeats."""
BACK_NS = 1_000 * _MS
"""Messages may come a little after a younger one (edges wait in a queue), but not by this much."""
_NEVER = 2**63


def ignore(_event: Event) -> None:
    """Do nothing with a message."""


class GateTalk:
    """The conversation with a gate timer (`rig.devices.serial_device.Talk`).

    Parameters
    ----------
    hear
        Is given every message of the timer, in the reading thread; must return at once.

    Attributes
    ----------
    info
        Who the timer said it is, since the line was opened; None before.
    """

    baud = BAUD
    patience_ns = PATIENCE_NS

    def __init__(self, hear: Callable[[Event], None] = ignore) -> None:
        self.info: Info | None = None
        self._hear = hear
        self._decoder = GateTimerDecoder()
        self._boot_id: int | None = None
        self._ticks = 0
        self._token = 0
        self._opened_ns = 0
        self._heard_ns = 0
        self._hello_ns = 0
        self._ping_ns = 0

    @property
    def known(self) -> bool:
        """Whether INFO came since the line was opened."""
        return self.info is not None

    def opened(self, t_ns: int) -> None:
        """Wait for INFO; the boot id of before is kept, to tell a restart."""
        self.info = None
        self._decoder = GateTimerDecoder()
        self._opened_ns = self._heard_ns = self._ping_ns = t_ns
        self._hello_ns = t_ns + HELLO_AFTER_NS

    def heard(self, data: bytes, t_ns: int) -> bool:
        """Take what was read; tell whether the timer restarted in it.

        The half of an INFO that came before the news of its restart is cut off in the recording, so INFO is asked for
        again.
        """
        events = [r.message for r in self._decoder.feed(data, t_ns) if isinstance(r.message, Event)]
        restarts = [self._event(event, t_ns) for event in events]
        if any(restarts):
            self._hello_ns = t_ns
        return any(restarts)

    def due(self, t_ns: int) -> Sequence[bytes]:
        """HELLO while nobody said who they are (or INFO is wanted again), then PING."""
        requests: list[bytes] = []
        if t_ns >= self._hello_ns:
            self._hello_ns = t_ns + HELLO_EVERY_NS
            requests.append(encode(Hello()))
        if self.known and t_ns >= self._ping_ns:
            self._ping_ns = t_ns + _ping_interval_ns(self._token)
            requests.append(encode(Ping(self._token)))
            self._token += 1
        return requests

    def message(self, t_ns: int) -> str:
        """Whether it is waited for, there, or silent."""
        if self.info is None:
            return "devices.waiting" if t_ns - self._opened_ns < PATIENCE_NS else "devices.no_info"
        return "devices.connected" if t_ns - self._heard_ns < SILENT_NS else "devices.silent"

    def _event(self, event: Event, t_ns: int) -> bool:
        """Take one message; tell whether it is the first after a restart."""
        restarted = self._restarted(event)
        self._ticks = _ticks(event) if restarted else max(_ticks(event), self._ticks)
        self._heard_ns = t_ns
        if isinstance(event, Info):
            self.info, self._boot_id, self._hello_ns = event, event.boot_id, _NEVER
        elif self.info is None:
            self._hello_ns = min(self._hello_ns, t_ns)  # it runs already: no bootloader is disturbed
        self._hear(event)
        return restarted

    def _restarted(self, event: Event) -> bool:
        """Another boot id than ever before, or a clock that went back."""
        if isinstance(event, Info):
            return self._boot_id not in (None, event.boot_id)
        back = self._ticks - _ticks(event)
        return self.info is not None and back * self.info.tick_ns > BACK_NS


def _ticks(event: Event) -> int:
    """When the timer made a message."""
    return event.tx_ticks if isinstance(event, Pong) else event.ticks


def _ping_interval_ns(token: int) -> int:
    """Half a second, off by up to 50 ms: a fixed beat could fall in with a driver's latency timer."""
    return (450 + token * 61 % 101) * _MS
