"""What happened to a device's connection, and which flags follow for a window."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rig.model.records import Direction, LinkEvent, Packet

_FLAGS = {
    LinkEvent.LOST: "link_lost",
    LinkEvent.CONNECTED: "link_lost",
    LinkEvent.RESET: "device_reset",
    LinkEvent.QUEUE_DROPPED: "queue_dropped",
}


@dataclass(frozen=True, slots=True)
class Link:
    """A link event and its host time."""

    t_ns: int
    event: LinkEvent

    @property
    def breaks(self) -> bool:
        """Whether nothing before may be joined with anything after."""
        return self.event is not LinkEvent.QUEUE_DROPPED


def link_of(packet: Packet) -> Link | None:
    """Read a link packet; None for other packets and for events that this version does not know."""
    if packet.direction is not Direction.LINK:
        return None
    try:
        return Link(packet.t_ns, LinkEvent(packet.data.decode("ascii", "replace")))
    except ValueError:
        return None


def link_flags(links: Iterable[Link], start_ns: int, end_ns: int) -> set[str]:
    """Give the flags for the events inside `[start_ns, end_ns)`; a connection made inside was not there before."""
    return {_FLAGS[link.event] for link in links if start_ns <= link.t_ns < end_ns}


def count_of(links: Sequence[Link], event: LinkEvent) -> int:
    """How often an event happened."""
    return sum(link.event is event for link in links)
