"""A wearable's stream on the session clock."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from firmware_protocol.clock_sync import ClockMap, one_way
from firmware_protocol.wearables.base import Blocks, Decoder, sample_times
from rig.model.records import Direction, Packet
from rig.model.setup import Role
from rig.timeline.links import Link, link_flags, link_of
from rig.timeline.types import LOOK_BACK_NS, NO_CLOCK, ClockQuality, ImuWindow, Ints


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """Samples of one epoch: their session times, their place in the track, their clock."""

    t_ns: Ints
    rows: Ints
    period_ns: float
    clock: ClockMap
    bad: int

    def after(self, t_ns: int) -> "_Stretch":
        """Keep the part later than `t_ns`."""
        later = self.t_ns > t_ns
        return _Stretch(self.t_ns[later], self.rows[later], self.period_ns, self.clock, self.bad)


@dataclass(frozen=True, slots=True, eq=False)
class ImuTrack:
    """Everything one sensor sent, in epochs that are never joined.

    Attributes
    ----------
    source, role
        The device's id, and where it is worn.
    blocks
        Its samples with the device's clock.
    links
        What happened to the connection.
    nominal_rate_hz
        The rate it was asked for.
    """

    source: str
    role: Role
    blocks: Blocks
    links: tuple[Link, ...]
    nominal_rate_hz: float

    def window(self, start_ns: int, end_ns: int, known_until_ns: int) -> ImuWindow:
        """Give the samples in `[start_ns, end_ns)`, mapped with packets up to `known_until_ns` only."""
        stretches = self._stretches(min(start_ns, known_until_ns - LOOK_BACK_NS), known_until_ns)
        times = _joined([s.t_ns for s in stretches])
        rows = _joined([s.rows for s in stretches])
        inside = (times >= start_ns) & (times < end_ns)
        used = [s for s in stretches if np.any((s.t_ns >= start_ns) & (s.t_ns < end_ns))]
        period = min((s.period_ns for s in stretches), default=1e9 / self.nominal_rate_hz)
        gaps = _gaps(times, period, start_ns, end_ns)
        gyr = self.blocks.gyr
        return ImuWindow(
            t_ns=times[inside],
            acc=self.blocks.acc[rows[inside]],
            gyr=None if gyr is None else gyr[rows[inside]],
            clock=_worst([_quality(s.clock, *_ends(s.t_ns, start_ns, end_ns)) for s in used]),
            lost_samples=sum(_missing(gap, period, start_ns, end_ns) for gap in gaps),
            gaps=tuple((max(a, start_ns), min(b, end_ns)) for a, b in gaps),
            flags=self._flags(used, start_ns, end_ns),
        )

    def clock_at(self, known_until_ns: int) -> ClockQuality:
        """How well the clock is known with packets up to `known_until_ns`."""
        stretches = self._stretches(known_until_ns - LOOK_BACK_NS, known_until_ns)
        return _quality(stretches[-1].clock, known_until_ns, known_until_ns) if stretches else NO_CLOCK

    def _stretches(self, since_ns: int, known_until_ns: int) -> list[_Stretch]:
        """Give the epochs' samples that arrived in time, each stretch later than the one before it."""
        stretches: list[_Stretch] = []
        latest = int(np.iinfo(np.int64).min)
        begin = int(np.searchsorted(self.blocks.arrival_ns, since_ns))
        end = int(np.searchsorted(self.blocks.complete_ns, known_until_ns, side="right"))
        cuts = begin + 1 + np.flatnonzero(np.diff(self.blocks.epoch[begin:end]))
        for i, j in pairwise([begin, *cuts.tolist(), end]):
            if j > i:
                stretch = self._stretch(i, j).after(latest)
                latest = max([latest, *stretch.t_ns[-1:].tolist()])
                stretches.append(stretch)
        return stretches

    def _stretch(self, i: int, j: int) -> _Stretch:
        blocks = self.blocks
        count = blocks.count[i:j]
        device_ns, period = sample_times(blocks.device_ns[i:j], count, self.nominal_rate_hz)
        clock = one_way(device_ns[np.cumsum(count) - 1], blocks.arrival_ns[i:j])
        first = int(blocks.count[:i].sum())
        rows = np.arange(first, first + len(device_ns), dtype=np.int64)
        finite = np.isfinite(blocks.acc[rows]).all(axis=1)
        if blocks.gyr is not None:
            finite &= np.isfinite(blocks.gyr[rows]).all(axis=1)
        return _Stretch(clock.array_to_ns(device_ns)[finite], rows[finite], period, clock, int((~finite).sum()))

    def _flags(self, used: Sequence[_Stretch], start_ns: int, end_ns: int) -> tuple[str, ...]:
        flags = link_flags(self.links, start_ns, end_ns)
        if len(used) > 1 and not flags & {"link_lost", "device_reset"}:
            flags.add("device_reset")
        if any(s.bad for s in used):
            flags.add("non_finite")
        if not used:
            flags.add("no_data")
        return tuple(sorted(flags))


def _joined(parts: Sequence[Ints]) -> Ints:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _ends(t_ns: Ints, start_ns: int, end_ns: int) -> tuple[int, int]:
    """First and last sample time inside the window."""
    inside = t_ns[(t_ns >= start_ns) & (t_ns < end_ns)]
    return int(inside[0]), int(inside[-1])


def _quality(clock: ClockMap, start_ns: int, end_ns: int) -> ClockQuality:
    return ClockQuality(
        bound_ns=round(clock.bound_s * 1e9),
        rate_ppm=clock.rate_ppm,
        age_s=clock.age_s(start_ns, end_ns),
        kind="one_way",
        delay_bound_ns=round(clock.delay_bound_s * 1e9),
    )


def _worst(qualities: Sequence[ClockQuality]) -> ClockQuality:
    return max(qualities, key=lambda q: q.bound_ns, default=NO_CLOCK)


def _gaps(times: Ints, period_ns: float, start_ns: int, end_ns: int) -> list[tuple[int, int]]:
    """(last sample before, first sample after) of every hole that reaches into the window."""
    before, after = times[times < start_ns][-1:], times[times >= end_ns][:1]
    inside = times[(times >= start_ns) & (times < end_ns)]
    # Where nothing is known beyond the window, its own edge stands for a sample.
    lead = before if len(before) else [start_ns]
    trail = after if len(after) else [end_ns]
    all_times = np.concatenate([lead, inside, trail]).astype(np.int64)
    holes = np.flatnonzero(np.diff(all_times) > 1.5 * period_ns)
    return [(int(all_times[k]), int(all_times[k + 1])) for k in holes]


def _missing(gap: tuple[int, int], period_ns: float, start_ns: int, end_ns: int) -> int:
    """Count the samples, evenly spread in the gap, that would lie in the window."""
    first, last = gap
    lost = round((last - first) / period_ns) - 1
    step = (last - first) / (lost + 1)
    lowest = max(1, int(np.ceil((start_ns - first) / step)))
    highest = min(lost, int(np.ceil((end_ns - first) / step)) - 1)
    return max(0, highest - lowest + 1)


def read_track(source: str, role: Role, packets: Sequence[Packet], decoder: Decoder, endpoint: str) -> ImuTrack:
    """Decode one sensor's packets, in the order of their host times."""
    links: list[Link] = []
    for packet in packets:
        if packet.direction is Direction.RX:
            if packet.endpoint.lower() == endpoint:
                decoder.feed(packet.data, packet.t_ns)
        elif packet.direction is Direction.TX:
            decoder.wrote(packet.data)
        elif (link := link_of(packet)) is not None:
            links.append(link)
            decoder.interrupt()
    return ImuTrack(source, role, decoder.take(), tuple(links), decoder.nominal_rate_hz)
