"""The gate timer's line, cut into epochs in which its clock and its counters run without a break."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from firmware_protocol.clock_sync import Exchange
from firmware_protocol.gate_timer import (
    BEAMS_PER_GATE,
    Cue,
    Edge,
    GateTimerDecoder,
    Heartbeat,
    Info,
    Message,
    Ping,
    Pong,
    SelfTest,
    TimerError,
)
from rig.model.records import Direction, Packet
from rig.timeline.links import Link, link_of

_MAX_GATES = 4
_DEFAULT_TICK_NS = 500
_BACK_NS = 1_000_000_000
"""Messages may be sent a little later than a younger one (edges wait in a queue), but not by this much."""
_JUMP_NS = 10_000_000_000


@dataclass(slots=True)
class Epoch:
    """What came between two breaks, in order of arrival; each list with its host times.

    Attributes
    ----------
    infos, edges, heartbeats, cues
        (host time, message).
    exchanges
        PINGs that were answered.
    arrivals
        Host time of every message.
    after_reset
        Whether the timer itself restarted where the epoch begins.
    end_ns
        Host time of the break that ended it; None for the last one.
    latest_ticks, latest_ns
        Of the youngest message so far.
    """

    after_reset: bool = False
    end_ns: int | None = None
    infos: list[tuple[int, Info]] = field(default_factory=list)
    edges: list[tuple[int, Edge]] = field(default_factory=list)
    heartbeats: list[tuple[int, Heartbeat]] = field(default_factory=list)
    cues: list[tuple[int, Cue]] = field(default_factory=list)
    exchanges: list[Exchange] = field(default_factory=list)
    arrivals: list[int] = field(default_factory=list)
    latest_ticks: int = 0
    latest_ns: int = 0

    @property
    def tick_ns(self) -> int:
        """Length of a tick, of the reference firmware where no INFO told."""
        return (self.infos[-1][1].tick_ns if self.infos else 0) or _DEFAULT_TICK_NS


_T = TypeVar("_T")


def known(items: Sequence[tuple[int, _T]], until_ns: int) -> list[_T]:
    """Give the messages that had arrived by `until_ns`."""
    return [item for _, item in items[: bisect_right(items, until_ns, key=lambda pair: pair[0])]]


class EpochReader:
    """Packets of the timer's line, by host time, to epochs."""

    def __init__(self) -> None:
        self.epochs = [Epoch()]
        self.links: list[Link] = []
        self.counts: Counter[str] = Counter()
        self.from_timer = GateTimerDecoder()
        self._to_timer = GateTimerDecoder(from_timer=False)
        self._pings: dict[int, int] = {}

    def take(self, packet: Packet) -> None:
        """Take the next packet."""
        if packet.direction is Direction.RX:
            self.counts["packets"] += 1
            for received in self.from_timer.feed(packet.data, packet.t_ns):
                self._message(received.t_ns, received.message)
        elif packet.direction is Direction.TX:
            self._sent(packet)
        elif (link := link_of(packet)) is not None:
            self._link(link)

    def _sent(self, packet: Packet) -> None:
        for received in self._to_timer.feed(packet.data, packet.t_ns):
            if isinstance(received.message, Ping):
                self._pings[received.message.token] = packet.t_ns

    def _link(self, link: Link) -> None:
        self.links.append(link)
        self.from_timer.resync()
        if link.breaks:
            self._break(link.t_ns, after_reset=False)

    def _break(self, t_ns: int, *, after_reset: bool) -> None:
        self._pings.clear()
        if self.epochs[-1].arrivals:
            self.epochs[-1].end_ns = t_ns
            self.epochs.append(Epoch(after_reset=after_reset))

    def _message(self, t_ns: int, message: Message) -> None:
        if self._restarted(t_ns, message):
            self.counts["resets"] += 1
            self._break(t_ns, after_reset=True)
        self._keep(self.epochs[-1], t_ns, message)

    def _restarted(self, t_ns: int, message: Message) -> bool:
        """Another boot id, or ticks that go back or run away from the host's time."""
        epoch = self.epochs[-1]
        if not epoch.arrivals:
            return False
        if isinstance(message, Info) and epoch.infos and epoch.infos[-1][1].boot_id != message.boot_id:
            return True
        step_ns = (_ticks(message) - epoch.latest_ticks) * epoch.tick_ns
        return step_ns < -_BACK_NS or step_ns - (t_ns - epoch.latest_ns) > _JUMP_NS

    def _keep(self, epoch: Epoch, t_ns: int, message: Message) -> None:
        epoch.arrivals.append(t_ns)
        epoch.latest_ticks, epoch.latest_ns = max(_ticks(message), epoch.latest_ticks), t_ns
        match message:
            case Info():
                epoch.infos.append((t_ns, message))
            case Edge():
                self._edge(epoch, t_ns, message)
            case Pong():
                self._pong(epoch, t_ns, message)
            case Heartbeat():
                epoch.heartbeats.append((t_ns, message))
            case Cue():
                epoch.cues.append((t_ns, message))
            case TimerError():
                self.counts["timer_errors"] += 1
            case _:
                self.counts["self_tests"] += 1

    def _edge(self, epoch: Epoch, t_ns: int, edge: Edge) -> None:
        if edge.gate >= _MAX_GATES or edge.beam >= BEAMS_PER_GATE:
            self.counts["impossible_beams"] += 1
            return
        epoch.edges.append((t_ns, edge))

    def _pong(self, epoch: Epoch, t_ns: int, pong: Pong) -> None:
        sent_ns = self._pings.pop(pong.token, None)
        if sent_ns is None or pong.tx_ticks < pong.rx_ticks:
            self.counts["unpaired_pongs"] += 1
            return
        epoch.exchanges.append(Exchange(sent_ns, pong.rx_ticks, pong.tx_ticks, t_ns))


def _ticks(message: Message) -> int:
    """When the timer made a message."""
    match message:
        case Pong():
            return message.tx_ticks
        case Info() | Edge() | Heartbeat() | Cue() | SelfTest() | TimerError():
            return message.ticks
    raise TypeError(f"{type(message).__name__} is not a message of the timer")
