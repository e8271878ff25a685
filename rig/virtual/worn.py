"""A voice on a simulated link: everything that goes over it, as packets, without waiting."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from rig.model.records import Direction, LinkEvent, Packet
from rig.virtual.ble_voice import Said, Voice
from rig.virtual.clocks import host_ns
from rig.virtual.radio import Radio, arrivals

_WRITE_S, _ANSWER_S = 0.08, 0.06
_READY_S = 0.004

Written = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Script:
    """What the rig reads and writes with this kind of sensor, in order."""

    begin: Sequence[Written]
    end: Sequence[Written] = ()


def traffic(
    source: str, voice: Voice, script: Script, radio: Radio, span_s: tuple[float, float], rng: Generator
) -> list[Packet]:
    """Everything sent and received from the connection to the end of the stream, by host time."""
    now_s, until_s = span_s
    packets = [Packet(source, "", Direction.LINK, host_ns(now_s), LinkEvent.CONNECTED.value.encode())]
    packets += [
        Packet(source, trait.uuid, Direction.RX, host_ns(now_s + 0.02), trait.value)
        for traits in voice.services.values()
        for trait in traits
        if trait.flags == ("read",)
    ]
    for uuid, data in script.begin:
        now_s += _WRITE_S
        packets += _exchange(source, voice, uuid, data, now_s)
    packets += _stream(source, voice, radio, until_s, rng)
    for uuid, data in script.end:
        until_s += _WRITE_S
        packets += _exchange(source, voice, uuid, data, until_s)
    return sorted(packets, key=lambda packet: packet.t_ns)


def _exchange(source: str, voice: Voice, uuid: str, data: bytes, now_s: float) -> list[Packet]:
    sent = Packet(source, uuid, Direction.TX, host_ns(now_s), data)
    answers = voice.hear(uuid, data, now_s)
    return [sent, *(Packet(source, a.uuid, Direction.RX, host_ns(now_s + _ANSWER_S), a.value) for a in answers)]


def _stream(source: str, voice: Voice, radio: Radio, until_s: float, rng: Generator) -> list[Packet]:
    said: list[Said] = []
    ready_s: list[float] = []
    while (due_s := voice.due_s()) is not None and due_s < until_s - 0.3:
        batch = voice.speak()
        said += batch
        ready_s += [due_s + _READY_S] * len(batch)
    if not said:
        return []
    heard_s = arrivals(np.array(ready_s), radio, rng)
    kept = rng.random(len(said)) >= radio.lost
    return [
        Packet(source, one.uuid, Direction.RX, host_ns(float(at_s)), one.value)
        for one, at_s, keep in zip(said, heard_s, kept, strict=True)
        if keep
    ]
