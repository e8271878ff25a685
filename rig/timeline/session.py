"""A session's packets, device by device, to tracks on the session clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from firmware_protocol.wearables import wearable
from rig.model.records import Direction, Json, Packet
from rig.model.setup import SPORTS_TIMERS, TIMERS, Course, Device, Role, Setup
from rig.timeline.faults import impulse_faults, setup_faults, timer_faults, wearable_faults
from rig.timeline.gate_epochs import EpochReader
from rig.timeline.gates import GateTrack
from rig.timeline.impulses import ImpulseReader, ImpulseTrack
from rig.timeline.imu import ImuTrack, read_track
from rig.timeline.summary import impulse_facts, timer_facts, wearable_facts

_BEFORE_RX = {Direction.LINK: 0, Direction.TX: 1, Direction.RX: 2}
"""Of packets with one host time, the answer comes after the question, and both after the connection."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """All devices of a session on one clock.

    Attributes
    ----------
    imus
        By where they are worn; a declared sensor that sent nothing is there without samples.
    gates
        None where no timer is declared.
    faults
        What the reader of a result must know, in words.
    device_summaries
        How well each device delivered: facts by device id.
    """

    imus: Mapping[Role, ImuTrack]
    gates: GateTrack | ImpulseTrack | None
    faults: tuple[str, ...]
    device_summaries: Mapping[str, Mapping[str, Json]]


@dataclass(frozen=True, slots=True)
class _Decoded:
    """One device's track with what is to be said about it."""

    track: ImuTrack | GateTrack | ImpulseTrack
    faults: tuple[str, ...]
    facts: Mapping[str, Json]


def decode_session(packets: Sequence[Packet], setup: Setup) -> Timeline:
    """Decode what the set-up's devices sent and were sent; packets in any order."""
    by_source = _by_source(packets)
    until_ns = max((p.t_ns for p in packets), default=0)
    decoded = {d.id: _decode(d, by_source.get(d.id, []), setup.course, until_ns) for d in _usable(setup)}
    tracks = [entry.track for entry in decoded.values()]
    return Timeline(
        imus={track.role: track for track in tracks if isinstance(track, ImuTrack)},
        gates=next((track for track in tracks if not isinstance(track, ImuTrack)), None),
        faults=(*setup_faults(setup, by_source), *(fault for entry in decoded.values() for fault in entry.faults)),
        device_summaries={name: entry.facts for name, entry in decoded.items()},
    )


def _by_source(packets: Sequence[Packet]) -> dict[str, list[Packet]]:
    found: dict[str, list[Packet]] = {}
    for packet in packets:
        found.setdefault(packet.source, []).append(packet)
    for own in found.values():
        own.sort(key=lambda p: (p.t_ns, _BEFORE_RX[p.direction]))
    return found


def _usable(setup: Setup) -> list[Device]:
    """Give the first device of every place: one timer, one sensor a role. `setup_faults` names the others."""
    first: dict[str, Device] = {}
    for device in setup.devices:
        place = "timer" if device.kind in TIMERS else device.role
        if place is not None:
            first.setdefault(place, device)
    return list(first.values())


def _decode(device: Device, packets: Sequence[Packet], course: Course, until_ns: int) -> _Decoded:
    if device.kind in SPORTS_TIMERS:
        return _decode_impulses(device, packets)
    if device.kind == "gate-timer" or device.role is None:
        return _decode_timer(device, packets, course, until_ns)
    decoder = wearable(device.kind).decoder()
    track = read_track(device.id, device.role, packets, decoder, until_ns, round(device.delay_ms * 1e6))
    faults = wearable_faults(device, track, decoder.counts)
    return _Decoded(track, faults, wearable_facts(track, packets, decoder.counts))


def _decode_timer(device: Device, packets: Sequence[Packet], course: Course, until_ns: int) -> _Decoded:
    reader = EpochReader()
    for packet in packets:
        reader.take(packet)
    beams = tuple((gate.gate, beam) for gate in course.gates for beam in range(len(gate.beam_heights_mm)))
    track = GateTrack(device.id, beams, tuple(reader.epochs), tuple(reader.links), until_ns)
    return _Decoded(track, timer_faults(device, reader, course), timer_facts(track, reader))


def _decode_impulses(device: Device, packets: Sequence[Packet]) -> _Decoded:
    reader = ImpulseReader(device.kind, device.baud)
    reader.read(packets)
    epochs = tuple(tuple(epoch) for epoch in reader.epochs)
    track = ImpulseTrack(device.id, device.channels, epochs, tuple(reader.others), tuple(reader.links))
    return _Decoded(track, impulse_faults(device, reader), impulse_facts(track, reader))
