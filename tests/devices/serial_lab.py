"""A tap for packets, and patience for what happens in other threads."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from firmware_protocol.gate_timer import GateTimerDecoder, Message
from rig.model.records import Direction, LinkEvent, Packet
from rig.model.setup import Device

GATES = Device("gates", "gate-timer")


def wait_for(condition: Callable[[], object], what: str, within_s: float = 10.0, every_s: float = 0.002) -> None:
    until = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < until, f"not within {within_s} s: {what}"
        time.sleep(every_s)


@dataclass
class Tap:
    """A sink that keeps everything."""

    packets: list[Packet] = field(default_factory=list)

    def __call__(self, packet: Packet) -> None:
        self.packets.append(packet)

    def links(self) -> list[LinkEvent]:
        return [LinkEvent(p.data.decode()) for p in list(self.packets) if p.direction is Direction.LINK]

    def heard(self) -> list[Message]:
        return list(_messages(list(self.packets), Direction.RX, GateTimerDecoder()))

    def said(self) -> list[Message]:
        return list(_messages(list(self.packets), Direction.TX, GateTimerDecoder(from_timer=False)))


def _messages(packets: list[Packet], direction: Direction, decoder: GateTimerDecoder) -> Iterator[Message]:
    for packet in packets:
        if packet.direction is direction:
            yield from (received.message for received in decoder.feed(packet.data, packet.t_ns))
