"""How well a device delivered over the whole session, as facts of the result document."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from firmware_protocol.gate_timer import Edge, Heartbeat
from rig.model.records import Direction, Json, LinkEvent, Packet
from rig.timeline.gate_epochs import Epoch, EpochReader
from rig.timeline.gate_losses import Loss, losses
from rig.timeline.gates import GateTrack
from rig.timeline.impulses import ImpulseReader, ImpulseTrack
from rig.timeline.imu import ImuTrack
from rig.timeline.links import count_of
from rig.timeline.types import LOOK_BACK_NS, ClockQuality


def wearable_facts(track: ImuTrack, packets: Sequence[Packet], counts: Mapping[str, int]) -> dict[str, Json]:
    """Packets, samples, losses and clock of a sensor."""
    blocks = track.blocks
    span = _span(blocks.complete_ns.tolist())
    clocks = [track.clock_at(t) for t in _instants(span)]
    return {
        "packets": sum(p.direction is Direction.RX for p in packets),
        "samples": int(blocks.count.sum()),
        "lost_samples": track.lost_samples(),
        "orphans": counts.get("orphans", 0),
        "bad_length": counts.get("bad_length", 0),
        "duplicates": counts.get("duplicates", 0),
        "resets": counts.get("restarts", 0) + count_of(track.links, LinkEvent.RESET),
        "links_lost": count_of(track.links, LinkEvent.LOST),
        "rate_hz": _rate_hz(track, clocks),
        **_clock_facts(clocks),
    }


def _rate_hz(track: ImuTrack, clocks: Sequence[ClockQuality]) -> float | None:
    """Give the samples per device second, of the epoch that has most blocks; counted ones, per host second."""
    blocks = track.blocks
    if not len(blocks.count):
        return None
    longest = blocks.epoch == np.bincount(blocks.epoch).argmax()
    _, period = blocks.times(longest, track.nominal_rate_hz)
    fitted = 1 + float(np.median([c.rate_ppm for c in clocks])) * 1e-6 if track.counted else 1.0
    return _five_digits(1e9 / period * fitted)


def timer_facts(track: GateTrack, reader: EpochReader) -> dict[str, Json]:
    """Packets, errors, losses and clock of the timer."""
    counts = reader.from_timer.counts
    lost = [loss for epoch in track.epochs for loss in _losses(epoch)]
    span = _span([t for epoch in track.epochs for t in epoch.arrivals])
    clocks = [track.clock_at(t) for t in _instants(span)]
    return {
        "packets": reader.counts["packets"],
        "messages": counts.frames.good,
        "crc_errors": counts.frames.bad_crc,
        "frame_errors": counts.frames.bad_cobs + counts.frames.too_long + counts.frames.too_short,
        "unknown_messages": counts.unknown_id + counts.bad_length,
        "lost_edges": sum(loss.count for loss in lost if loss.kind == "sequence_gap"),
        "overruns": sum(loss.count for loss in lost if loss.kind == "overrun"),
        "resets": reader.counts["resets"] + count_of(track.links, LinkEvent.RESET),
        "links_lost": count_of(track.links, LinkEvent.LOST),
        "exchanges": sum(len(epoch.exchanges) for epoch in track.epochs),
        **_clock_facts(clocks),
    }


def impulse_facts(track: ImpulseTrack, reader: ImpulseReader) -> dict[str, Json]:
    """Packets, lines and clock of a sports timer."""
    span = _span([line.arrival_ns for epoch in track.epochs for line in epoch])
    clocks = [track.clock_at(t) for t in _instants(span)]
    return {
        "packets": reader.packets,
        "lines": reader.events,
        "refused_lines": reader.refused,
        "impulses": sum(len(epoch) for epoch in track.epochs),
        "clocks": sum(bool(epoch) for epoch in track.epochs),
        "links_lost": count_of(track.links, LinkEvent.LOST),
        **_clock_facts(clocks),
    }


def _losses(epoch: Epoch) -> Iterator[Loss]:
    edges: list[Edge] = sorted((edge for _, edge in epoch.edges), key=lambda e: e.ticks)
    heartbeats: list[Heartbeat] = [heartbeat for _, heartbeat in epoch.heartbeats]
    return losses(edges, heartbeats, epoch.tick_ns)


def _span(times: Sequence[int]) -> tuple[int, int] | None:
    return (min(times), max(times)) if times else None


def _instants(span: tuple[int, int] | None) -> list[int]:
    """Instants at which the clock is judged: every look-back, and the end."""
    return [*range(span[0] + LOOK_BACK_NS, span[1], LOOK_BACK_NS), span[1]] if span else []


def _clock_facts(clocks: Sequence[ClockQuality]) -> dict[str, Json]:
    known = [clock for clock in clocks if clock.kind != "none"]
    if not known:
        return {"clock": "none", "clock_bound_max_us": None, "clock_rate_ppm": None}
    return {
        "clock": known[0].kind,
        "clock_bound_max_us": _five_digits(max(clock.bound_ns for clock in known) / 1000),
        "clock_rate_ppm": _five_digits(float(np.median([clock.rate_ppm for clock in known]))),
    }


def _five_digits(value: float) -> float:
    return float(f"{value:.5g}")
