"""What does not fit between the set-up and what the devices said, in words."""

from collections.abc import Iterable, Iterator, Mapping

from firmware_protocol.gate_timer import BEAMS_PER_GATE, PROTOCOL, SCHEMA_HASH, Info, beam_index
from rig.model.setup import TIMERS, Course, Device, Setup
from rig.timeline.gate_epochs import EpochReader
from rig.timeline.impulses import ImpulseReader
from rig.timeline.imu import ImuTrack


def setup_faults(setup: Setup, sources: Iterable[str]) -> Iterator[str]:
    """Name devices that the set-up declares twice or without a place, and packets of devices that it does not know."""
    seen: dict[str, str] = {}
    for device in setup.devices:
        place = "timer" if device.kind in TIMERS else device.role
        if place is None:
            yield f"{device.id}: no role in rig.toml, so its samples are not used; give it one"
        elif place in seen:
            yield f"{device.id}: {place} is already {seen[place]}, so it is not used; keep one of them in rig.toml"
        else:
            seen[place] = device.id
    known = {device.id for device in setup.devices}
    for source in sorted(set(sources) - known):
        yield f"{source}: sent packets but is not in rig.toml, so they are not used; declare it there"


def wearable_faults(device: Device, track: ImuTrack, counts: Mapping[str, int]) -> tuple[str, ...]:
    """Name a sensor that refused its subscription or gave nothing."""
    faults = [
        f"{device.id}: the sensor refused a command with status {name.removeprefix('refused_')} ({count} times)"
        for name, count in sorted(counts.items())
        if name.startswith("refused_")
    ]
    if not len(track.blocks.count):
        faults.append(f"{device.id}: no samples were received")
    return tuple(faults)


def timer_faults(device: Device, reader: EpochReader, course: Course) -> tuple[str, ...]:
    """Name a timer that never said who it is, speaks another table, or is fitted otherwise than declared."""
    infos = [info for epoch in reader.epochs for _, info in epoch.infos]
    if not infos:
        silent = "nothing was received" if not reader.counts["packets"] else "it never sent INFO"
        return (f"{device.id}: {silent}, so there are no gate times; check cable, port and power",)
    return tuple(dict.fromkeys(f"{device.id}: {fault}" for info in infos for fault in info_faults(info, course)))


def impulse_faults(device: Device, reader: ImpulseReader) -> tuple[str, ...]:
    """Name a sports timer that gave nothing, or gave it at inputs that stand for no gate."""
    if not reader.packets:
        return (f"{device.id}: nothing was received, so there are no gate times; check cable, port and power",)
    if not reader.events:
        return (f"{device.id}: no line was understood, so there are no gate times; check kind and baud in rig.toml",)
    used = {line.event.channel for epoch in reader.epochs for line in epoch}
    return tuple(
        f"{device.id}: channel {channel} sent impulses but stands for no gate in rig.toml, so they are not used"
        for channel in sorted(used - device.channels.keys())
    )


def info_faults(info: Info, course: Course) -> Iterator[str]:
    """Say what does not fit between a timer and the course, in words that follow the timer's name."""
    if info.protocol_major != PROTOCOL[0]:
        yield f"speaks protocol {info.protocol_major}, the rig speaks {PROTOCOL[0]}; update the older of the two"
    if info.schema_hash != SCHEMA_HASH:
        yield (
            f"its message table is another one (hash {info.schema_hash:08x} instead of {SCHEMA_HASH:08x}); "
            "build firmware and rig from one version"
        )
    if not info.tick_ns:
        yield "it gives a tick of 0 ns, so there are no gate times"
    if info.n_gates != len(course.gates):
        yield f"it has {info.n_gates} gates, rig.toml declares {len(course.gates)}"
    declared = {beam_index(gate.gate, beam) for gate in course.gates for beam in range(len(gate.beam_heights_mm))}
    fitted = {index for index in range(len(info.height_mm)) if info.beams_fitted >> index & 1}
    for index in sorted(declared - fitted):
        yield f"{_beam_name(index)} is declared in rig.toml but not fitted to it"
    for index in sorted(fitted - declared):
        yield f"{_beam_name(index)} is fitted to it but not declared in rig.toml, so its edges are not used"


def _beam_name(index: int) -> str:
    gate, beam = divmod(index, BEAMS_PER_GATE)
    return f"gate {gate} beam {beam}"
