"""A sports timer's impulses on the session clock.

The lines carry the timer's own time of day. What lies between two of them is taken from it alone; the session clock
only says where they lie beside other devices. Their arrival is late by what the timer, its printing and the line take,
so of all lines the least late one gives the place (as `firmware_protocol.clock_sync.one_way`, but with the timer's own
rate: a few impulses a minute, printed with changing delay, cannot tell a better one).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from firmware_protocol.clock_sync import CRYSTAL_LIMIT
from firmware_protocol.timers import DECODERS
from firmware_protocol.timers.base import DAY_US, TimerEvent
from rig.model.records import Direction, Packet
from rig.timeline.links import Link, link_flags, link_of
from rig.timeline.types import LOOK_BACK_NS, NO_CLOCK, ClockQuality, GateImpulse, GateWindow

DELAY_NS = 100_000_000
"""Largest constant time from impulse to the first byte of its line, to which the stamps are blind (not measured)."""
JUMP_NS = 2_000_000_000
"""A line that is later or earlier than the one before it by more than this: the timer's clock was set, or it held
lines back. Which of the two cannot be told, so nothing is measured across it."""
CLOCK = ClockQuality(
    bound_ns=round(CRYSTAL_LIMIT * LOOK_BACK_NS), rate_ppm=0.0, age_s=0.0, kind="one_way", delay_bound_ns=DELAY_NS
)
_UNUSED = {"manual": "manual_impulse", "inserted": "inserted_impulse", "cleared": "cleared_impulse"}
"""What people did at the timer in a trial: keys pressed and times typed in are not used, times taken back left out."""
_DAY_NS = DAY_US * 1000
_BITS_A_BYTE = 10


@dataclass(frozen=True, slots=True)
class Line:
    """A line with a time.

    Attributes
    ----------
    arrival_ns
        Host time of the read that completed it.
    sent_ns
        Host time at which its first byte was sent, if nothing but the line's rate kept it up.
    time_ns
        Time of day of the timer's clock.
    """

    arrival_ns: int
    sent_ns: int
    time_ns: int
    event: TimerEvent

    def later_than(self, other: "Line") -> int:
        """How much later (ns) after its impulse this line was sent than the other after its own; days do not count."""
        lateness = (self.sent_ns - other.sent_ns) - (self.time_ns - other.time_ns)
        return (lateness + _DAY_NS // 2) % _DAY_NS - _DAY_NS // 2


@dataclass(slots=True)
class ImpulseReader:
    """Packets of a timer's line, by host time, to lines.

    Attributes
    ----------
    kind, baud
        As in `rig.toml`.
    epochs
        Impulses that lie on one clock; never joined.
    others
        Lines with a time that are no impulses.
    links, packets, events
        What happened to the connection, and how many packets and lines came.
    refused
        Lines that were not understood.
    """

    kind: str
    baud: int
    epochs: list[list[Line]] = field(default_factory=lambda: [[]])
    others: list[Line] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    packets: int = 0
    events: int = 0
    refused: int = 0

    def read(self, packets: Iterable[Packet]) -> None:
        """Take all packets, in order."""
        decoder = DECODERS[self.kind]()
        for packet in packets:
            if packet.direction is Direction.RX:
                self.packets += 1
                for event in decoder.feed(packet.data):
                    self._take(packet.t_ns, event)
            elif (link := link_of(packet)) is not None:
                self._count(decoder.counts)
                decoder = DECODERS[self.kind]()
                self._link(link)
        self._count(decoder.counts)

    def _count(self, counts: Mapping[str, int]) -> None:
        self.events += counts.get("events", 0)
        self.refused += sum(n for reason, n in counts.items() if reason not in ("events", "stray_bytes"))

    def _link(self, link: Link) -> None:
        self.links.append(link)
        if link.breaks:
            self._break()

    def _break(self) -> None:
        if self.epochs[-1]:
            self.epochs.append([])

    def _take(self, t_ns: int, event: TimerEvent) -> None:
        if event.time_of_day_us is None:
            return
        wire_ns = (len(event.raw) + 1) * _BITS_A_BYTE * 1_000_000_000 // self.baud
        line = Line(t_ns, t_ns - wire_ns, event.time_of_day_us * 1000, event)
        if event.kind != "impulse":
            self.others.append(line)
            return
        if self.epochs[-1] and abs(line.later_than(self.epochs[-1][-1])) > JUMP_NS:
            self._break()
        self.epochs[-1].append(line)


@dataclass(frozen=True, slots=True)
class ImpulseTrack:
    """Everything a sports timer sent.

    Attributes
    ----------
    source
        The device's id.
    channels
        Gate by input.
    epochs, others, links
        As in `ImpulseReader`.
    """

    source: str
    channels: Mapping[str, int]
    epochs: tuple[tuple[Line, ...], ...]
    others: tuple[Line, ...]
    links: tuple[Link, ...]

    def window(self, start_ns: int, end_ns: int, known_until_ns: int) -> GateWindow:
        """Give the impulses in `[start_ns, end_ns)`, mapped with packets up to `known_until_ns` only.

        Impulses that the timer took back are left out. Those that are on two clocks give no times: `no_sync` and
        `clock_jump`.
        """
        placed = [self._placed(epoch, start_ns, end_ns, known_until_ns) for epoch in self.epochs]
        found = [impulses for impulses in placed if impulses]
        flags = link_flags(self.links, start_ns, min(end_ns, known_until_ns + 1))
        flags |= {_UNUSED[line.event.kind] for line in self._unused() if start_ns <= line.sent_ns < end_ns}
        flags |= {"no_sync", "clock_jump"} if len(found) > 1 else set()
        return GateWindow(
            edges=(),
            levels_at_start={},
            cues=(),
            clock=NO_CLOCK if len(found) > 1 else CLOCK,
            flags=tuple(sorted(flags)),
            impulses=tuple(found[0]) if len(found) == 1 else (),
        )

    def clock_at(self, known_until_ns: int) -> ClockQuality:
        """How well the clock is known with packets up to `known_until_ns`."""
        begun = any(line.arrival_ns <= known_until_ns for epoch in self.epochs for line in epoch)
        return CLOCK if begun else NO_CLOCK

    def _unused(self) -> list[Line]:
        return [line for line in self.others if line.event.kind in _UNUSED]

    def _placed(self, epoch: Sequence[Line], start_ns: int, end_ns: int, known_until_ns: int) -> list[GateImpulse]:
        """Put one clock's impulses where the least late line says."""
        since_ns = min(start_ns, known_until_ns - LOOK_BACK_NS)
        lines = [line for line in epoch if line.sent_ns >= since_ns and line.arrival_ns <= known_until_ns]
        late = [line.later_than(lines[0]) for line in lines]
        times = [line.sent_ns - (after - min(late)) for line, after in zip(lines, late, strict=True)]
        gone = {
            _name(line) for line in self.others if line.event.kind == "cleared" and line.arrival_ns <= known_until_ns
        }
        return [
            GateImpulse(self.channels[line.event.channel], t_ns)
            for line, t_ns in zip(lines, times, strict=True)
            if start_ns <= t_ns < end_ns and line.event.channel in self.channels and _name(line) not in gone
        ]


def _name(line: Line) -> tuple[str, int]:
    """What a timer that takes an impulse back calls it by."""
    return line.event.channel, line.time_ns
