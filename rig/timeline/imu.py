"""A wearable's stream on the session clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from firmware_protocol.clock_sync import ClockMap, one_way
from firmware_protocol.wearables.base import Blocks, Bools, Decoder, Mark
from rig.model.records import Direction, Packet
from rig.model.setup import Role
from rig.timeline.links import Link, link_flags, link_of
from rig.timeline.rates import Turning, at_instants
from rig.timeline.types import LOOK_BACK_NS, NO_CLOCK, ClockQuality, Floats, ImuWindow, Ints

LATENCY_NS = 500_000_000
"""A sample is due by then; what is younger may still be on its way."""
COUNTED_LIMIT = 0.1
"""Largest error of a nominal rate by which samples are counted: that of a sensor chip's own oscillator, twice over."""
TAPPED_BOUND_S = 0.006
"""What a delay measured by a tap test leaves open: twice `rig.devices.ble_tap.CONTACT_NS`."""
COUNTED_SHORT_S = 3.0
"""Below this span the nominal rate is taken."""


@dataclass(frozen=True, slots=True, eq=False)
class _Stretch:
    """Samples of one epoch.

    Attributes
    ----------
    t_ns, rows
        (n,) session times, increasing, and places in the track.
    gyr
        (n, 3) angular rates at these times; None where there are none.
    period_ns, clock
        Of the epoch.
    notes
        Session times of samples that a flag speaks of, by flag.
    """

    t_ns: Ints
    rows: Ints
    gyr: Floats | None
    period_ns: float
    clock: ClockMap
    notes: Mapping[str, Ints]

    def where(self, keep: Bools) -> "_Stretch":
        """Keep some samples."""
        gyr = None if self.gyr is None else self.gyr[keep]
        return replace(self, t_ns=self.t_ns[keep], rows=self.rows[keep], gyr=gyr)


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
    nominal_rate_hz, resolution_ns
        The rate it was asked for, and how coarse its stamps are.
    heard_until_ns
        Host time of the last packet of the session, from whatever device.
    counted
        Whether the device has no clock, so that its samples are counted.
    delay_ns
        Measured delay of its times, taken off them; 0 where it was not measured.
    """

    source: str
    role: Role
    blocks: Blocks
    links: tuple[Link, ...]
    nominal_rate_hz: float
    resolution_ns: int
    heard_until_ns: int
    counted: bool = False
    delay_ns: int = 0

    def window(self, start_ns: int, end_ns: int, known_until_ns: int) -> ImuWindow:
        """Give the samples in `[start_ns, end_ns)`, mapped with packets up to `known_until_ns` only."""
        stretches = self._stretches(min(start_ns, known_until_ns - LOOK_BACK_NS), known_until_ns)
        used = [s for s in stretches if np.any(_within(s.t_ns, start_ns, end_ns))]
        flags = self._flags(stretches, used, start_ns, min(end_ns, known_until_ns + 1))
        if turning := any(s.gyr is not None for s in used):
            stretches, used = ([s for s in some if s.gyr is not None] for some in (stretches, used))
        times = _joined([s.t_ns for s in stretches])
        period = min((s.period_ns for s in stretches), default=1e9 / self.nominal_rate_hz)
        due_ns = min(end_ns, min(known_until_ns, max(self.heard_until_ns, end_ns)) - LATENCY_NS)
        gaps = _gaps(times, period, (start_ns, end_ns), due_ns)
        inside = [s.where(_within(s.t_ns, start_ns, end_ns)) for s in used]
        return ImuWindow(
            t_ns=_joined([s.t_ns for s in inside]),
            acc=self.blocks.acc[_joined([s.rows for s in inside])],
            gyr=_rows([s.gyr for s in inside]) if turning or self.blocks.gyr is not None else None,
            clock=_worst([self._quality(s.clock, int(s.t_ns[0]), int(s.t_ns[-1])) for s in inside]),
            lost_samples=sum(_missing(gap, period, start_ns, end_ns) for gap in gaps),
            gaps=tuple((max(a, start_ns), min(b, end_ns)) for a, b in gaps),
            flags=flags,
        )

    def clock_at(self, known_until_ns: int) -> ClockQuality:
        """How well the clock is known with packets up to `known_until_ns`."""
        stretches = self._stretches(known_until_ns - LOOK_BACK_NS, known_until_ns)
        return self._quality(stretches[-1].clock, known_until_ns, known_until_ns) if stretches else NO_CLOCK

    def lost_samples(self) -> int:
        """How many samples are missing between the first and the last of the session."""
        stretches = self._stretches(0, self.heard_until_ns)
        times = _joined([s.t_ns for s in stretches])
        if not len(times):
            return 0
        span = int(times[0]), int(times[-1]) + 1
        period = min(s.period_ns for s in stretches)
        return sum(_missing(gap, period, *span) for gap in _gaps(times, period, span, span[1]))

    def _stretches(self, since_ns: int, known_until_ns: int) -> list[_Stretch]:
        """Give the epochs' samples that arrived in time, each stretch later than the one before it."""
        stretches: list[_Stretch] = []
        latest = int(np.iinfo(np.int64).min)
        begin = int(np.searchsorted(self.blocks.arrival_ns, since_ns))
        end = int(np.searchsorted(self.blocks.complete_ns, known_until_ns, side="right"))
        cuts = begin + 1 + np.flatnonzero(np.diff(self.blocks.epoch[begin:end]))
        for i, j in pairwise([begin, *cuts.tolist(), end]):
            if j > i:
                stretch = self._stretch(i, j, known_until_ns)
                stretch = stretch.where(stretch.t_ns > latest)
                latest = max([latest, *stretch.t_ns[-1:].tolist()])
                stretches.append(stretch)
        return stretches

    def _stretch(self, i: int, j: int, known_until_ns: int) -> _Stretch:
        blocks, which = self.blocks, slice(i, j)
        count = blocks.count[which]
        device_ns, period = blocks.times(which, self.nominal_rate_hz, self.resolution_ns)
        last_ns = device_ns[np.cumsum(count) - 1]
        clock = self._clock(*self._stamps(last_ns, which, known_until_ns))
        doubtful = np.repeat(_doubtful(last_ns, blocks, which, period, clock), count)
        clock = self._undelayed(clock)
        first = int(blocks.count[:i].sum())
        rows = np.arange(first, first + len(device_ns), dtype=np.int64)
        t_ns = clock.array_to_ns(device_ns)
        turning = self._turning(int(blocks.epoch[i]), clock, known_until_ns)
        gyr = at_instants(t_ns, turning) if turning else None if blocks.gyr is None else blocks.gyr[rows]
        notes = {"doubtful_blocks": t_ns[doubtful], **self._notes(t_ns, rows, turning)}
        # Without an angular rate a sample is not whole: it is on its way, or lost.
        numbers = blocks.acc[rows] if gyr is None else np.hstack([blocks.acc[rows], gyr])
        whole = np.isfinite(numbers).all(axis=1) & ((blocks.marks[rows] & Mark.NO_SCALE) == 0) & ~doubtful
        period *= 1 + clock.rate
        return _Stretch(t_ns, rows, gyr, period, clock, notes).where(whole)

    def _stamps(self, last_ns: Ints, which: slice, known_until_ns: int) -> tuple[Ints, Ints]:
        """Give all stamps of the epoch's clock in order, with their arrivals: also those of angular rates apart."""
        blocks, rates = self.blocks, self.blocks.rates
        arrival_ns = blocks.arrival_ns[which]
        if rates is None or self.counted:
            return last_ns, arrival_ns
        begin_ns = int(arrival_ns[0])
        also = (rates.epoch == blocks.epoch[which][0]) & (rates.complete_ns <= known_until_ns)
        also &= rates.arrival_ns >= begin_ns
        if not also.any():
            return last_ns, arrival_ns
        more_ns = rates.times(also, self.nominal_rate_hz, self.resolution_ns)[0][np.cumsum(rates.count[also]) - 1]
        stamps = np.concatenate([last_ns, more_ns])
        order = np.argsort(stamps, kind="stable")
        return stamps[order], np.concatenate([arrival_ns, rates.arrival_ns[also]])[order]

    def _clock(self, device_ns: Ints, arrival_ns: Ints) -> ClockMap:
        if self.counted:
            return one_way(device_ns, arrival_ns, rate_limit=COUNTED_LIMIT, short_span_s=COUNTED_SHORT_S)
        return one_way(device_ns, arrival_ns, resolution_ns=self.resolution_ns)

    def _undelayed(self, clock: ClockMap) -> ClockMap:
        """Take the measured delay off; packets still arrive by the map without it."""
        if not self.delay_ns:
            return clock
        return replace(clock, host0_ns=clock.host0_ns - self.delay_ns, delay_bound_s=TAPPED_BOUND_S)

    def _turning(self, epoch: int, clock: ClockMap, known_until_ns: int) -> Turning | None:
        """Give the epoch's angular rates that came on their own, in time; counted ones by their own arrivals."""
        rates = self.blocks.rates
        if rates is None:
            return None
        which = (rates.epoch == epoch) & (rates.complete_ns <= known_until_ns)
        if not which.any():
            return None
        device_ns, period = rates.times(which, self.nominal_rate_hz, self.resolution_ns)
        if self.counted:
            last_ns = device_ns[np.cumsum(rates.count[which]) - 1]
            clock = self._undelayed(self._clock(last_ns, rates.arrival_ns[which]))
        rows = np.repeat(which, rates.count)
        return Turning(clock.array_to_ns(device_ns), rates.gyr[rows], rates.marks[rows], period)

    def _notes(self, t_ns: Ints, rows: Ints, turning: Turning | None) -> dict[str, Ints]:
        """Session times of the samples that are no numbers, have no scale, or stand at the end of a range."""
        own = [v[rows] for v in (self.blocks.acc, self.blocks.gyr) if v is not None]
        parts = [(t_ns, np.hstack(own), self.blocks.marks[rows])]
        parts += [(turning.t_ns, turning.gyr, turning.marks)] if turning else []
        return {
            "non_finite": _joined([t[~np.isfinite(v).all(axis=1)] for t, v, _ in parts]),
            "no_scale": _joined([t[(m & Mark.NO_SCALE) > 0] for t, _, m in parts]),
            "saturated": _joined([t[(m & (Mark.ACC_SATURATED | Mark.GYR_SATURATED)) > 0] for t, _, m in parts]),
        }

    def _quality(self, clock: ClockMap, start_ns: int, end_ns: int) -> ClockQuality:
        return ClockQuality(
            bound_ns=round(clock.bound_s * 1e9),
            rate_ppm=clock.rate_ppm,
            age_s=clock.age_s(start_ns, end_ns),
            kind="counted" if self.counted else "one_way",
            delay_bound_ns=round(clock.delay_bound_s * 1e9),
        )

    def _flags(
        self, stretches: Sequence[_Stretch], used: Sequence[_Stretch], start_ns: int, end_ns: int
    ) -> tuple[str, ...]:
        flags = link_flags(self.links, start_ns, end_ns)
        if len(used) > 1 and not flags & {"link_lost", "device_reset"}:
            flags.add("device_reset")
        flags |= {f for s in stretches for f, t_ns in s.notes.items() if np.any(_within(t_ns, start_ns, end_ns))}
        if used and self.counted:
            flags.add("counted_clock")
        if self.blocks.rates is not None and any(s.gyr is None for s in used):
            flags.add("no_gyr")
        if not used:
            flags.add("no_data")
        return tuple(sorted(flags))


def _doubtful(last_ns: Ints, blocks: Blocks, which: slice, period_ns: float, clock: ClockMap) -> Bools:
    """Which blocks may be the first half of one and the second half of the next.

    Halves carry no number, so where the second half of a block and the first of the next are both lost, the rest
    fits together. It shows by time: the next block is missing, and the second half came so late that it can be of it.
    A block that came whole is of one piece.
    """
    complete_ns = blocks.complete_ns[which]
    length = np.rint(blocks.count[which] * period_ns).astype(np.int64)
    next_missing = np.append(np.diff(last_ns) > 1.5 * length[1:], True)
    next_ready = clock.array_to_ns(last_ns + length) - round(clock.bound_s * 1e9)
    late: Bools = (complete_ns >= next_ready) & (complete_ns > blocks.arrival_ns[which])
    return next_missing & late


def _within(times: Ints, start_ns: int, end_ns: int) -> Bools:
    inside: Bools = (times >= start_ns) & (times < end_ns)
    return inside


def _joined(parts: Sequence[Ints]) -> Ints:
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int64)


def _rows(parts: Sequence[Floats | None]) -> Floats:
    return np.concatenate([np.empty((0, 3)), *(part for part in parts if part is not None)])


def _worst(qualities: Sequence[ClockQuality]) -> ClockQuality:
    return max(qualities, key=lambda q: q.bound_ns, default=NO_CLOCK)


def _gaps(times: Ints, period_ns: float, window: tuple[int, int], due_ns: int) -> list[tuple[int, int]]:
    """(last sample before, first sample after) of every hole that reaches into the window.

    Where there is no sample before the window, or none after it though it is due, the edge stands for one.
    """
    start_ns, end_ns = window
    before, after = times[times < start_ns][-1:], times[times >= end_ns][:1]
    inside = times[_within(times, start_ns, end_ns)]
    lead = before if len(before) else [start_ns]
    latest = int(inside[-1]) if len(inside) else int(lead[0])
    trail = after if len(after) else [max(due_ns, latest)]
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


def read_track(
    source: str, role: Role, packets: Sequence[Packet], decoder: Decoder, heard_until_ns: int, delay_ns: int = 0
) -> ImuTrack:
    """Decode one sensor's packets, in the order of their host times."""
    links: list[Link] = []
    for packet in packets:
        if packet.direction is Direction.RX:
            decoder.feed(packet.endpoint.lower(), packet.data, packet.t_ns)
        elif packet.direction is Direction.TX:
            decoder.wrote(packet.endpoint.lower(), packet.data)
        elif (link := link_of(packet)) is not None:
            links.append(link)
            (decoder.interrupt if link.breaks else decoder.missed)()
    return ImuTrack(
        source,
        role,
        decoder.take(),
        tuple(links),
        decoder.nominal_rate_hz,
        decoder.resolution_ns,
        heard_until_ns,
        decoder.counted,
        delay_ns,
    )
