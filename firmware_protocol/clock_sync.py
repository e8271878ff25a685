"""Device clocks on the host's clock: envelopes of one-sided delays.

A message is never received before it was sent, and everything that delays it (latency timers, radio intervals,
a busy host) adds; so the *edges* of the stamps' cloud carry the time, while averages carry the traffic.

Two ways (`two_way`): with PING and PONG the true offset lies between an upper and a lower edge, and both are
fitted with one slope. One way (`one_way`): only the upper edge exists; it is the lower hull of arrival against
device time, and a constant smallest link delay stays unknown.

The line below one-way delays, as a linear program that lives on their convex hull, is that of S. B. Moon, P. Skelly,
D. Towsley, "Estimation and removal of clock skew from network delay measurements", INFOCOM 1999,
DOI 10.1109/INFCOM.1999.749287. Differences: slopes are limited to what an oscillator can do; with one way, the hull's
edge over the middle is taken; with two ways, both directions share one slope, and the program's solution is only where
the estimate starts from.

That solution rests on the three stamps that happened to be the fastest; other slopes are hardly less likely. So with
two ways the mean over all of them is taken, each weighed by how likely it makes the delays: the estimator of
E. J. G. Pitman, "The estimation of the location and scale parameters of a continuous population of any given form",
Biometrika 30, 1939, DOI 10.1093/biomet/30.3-4.391. Differences: the delays' form is known at its edges only, where
their density is taken for level. Given the slope, the likelihood falls exponentially with the distance of the lines
from the hulls, so its logarithm is straight between the slopes of the hulls' edges, and its mean is exact. Where the
longest delays end as sharply as the shortest begin (a latency timer), their hull tells of the slope as much.

The smallest of n delays lies above the smallest possible one, the more so the wider delays are spread: half the
difference between the two directions (a latency timer on one of them) is a bias. It is taken off by the spacing of the
smallest delays, which goes on beyond the edge as it comes to it: D. S. Robson, J. H. Whitlock, "Estimation of a
truncation point", Biometrika 51, 1964, DOI 10.1093/biomet/51.1-2.33. Difference: the spacing is the mean of several.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firmware_protocol.hulls import Corridor, Floats, lower_hull, upper_hull

Ints = NDArray[np.int64]

RESONATOR_LIMIT = 1e-2
"""Largest rate error of a two-way clock: ceramic resonators are 0.2 % off, so 1 % is generous."""
CRYSTAL_LIMIT = 1e-4
"""Largest rate error of a one-way clock: wearables have crystals."""
WANDER = 1e-5
"""How far a two-way clock's rate may stray from a constant one over minutes: a resonator's by one kelvin."""
_WANDERS = tuple(WANDER * 2**k for k in range(12))
NEAREST = 12
"""Delays next to an edge whose spacing tells how sharp it is; at most a quarter of all, for some are far off."""
FEWEST = 4
"""Exchanges that tell of their delays' edges: one in so many is next to one."""
SHORT_SPAN_S = 15.0
"""Below this span the lower hull's slope is worse than the crystal's own; the nominal slope is taken."""
SPARSE_HZ = 9.0
"""Packets a second that tell a slope within that span: the edge's error falls with packets and with the span."""
LINK_DELAY_S = 0.010
"""Largest constant delay of a radio link and its sensor that one-way stamps cannot show (2-10 ms, not measured)."""

_NS = 1e-9
_TIE_S = 1e-12
_LEVEL = 1e-5
"""Below this rise of its logarithm a weight counts as even."""


@dataclass(frozen=True, slots=True)
class ClockMap:
    """A straight line from device ticks to host time.

    Attributes
    ----------
    tick0, host0_ns
        A point of the line, exact integers.
    tick_ns
        Nominal length of a tick in nanoseconds.
    rate
        Relative excess of the slope: one nominal device second lasts `1 + rate` host seconds.
    bound_s
        Half width of the interval that the mapped time is known to, in seconds.
    delay_bound_s
        Largest constant delay on top of `bound_s` that the stamps cannot show; 0 for two-way stamps. Every time of
        the device may be late by it, so it cancels in differences of times of one device.
    first_ns, last_ns
        Host times of the oldest and the newest stamp used.
    """

    tick0: int
    host0_ns: int
    tick_ns: int
    rate: float
    bound_s: float
    delay_bound_s: float
    first_ns: int
    last_ns: int

    @property
    def rate_ppm(self) -> float:
        """How much faster than the host's the device's clock runs, in parts per million."""
        return (1.0 / (1.0 + self.rate) - 1.0) * 1e6

    def to_ns(self, ticks: int) -> int:
        """Host time of a tick count; exact integers apart from the small rate term."""
        elapsed = (ticks - self.tick0) * self.tick_ns
        return self.host0_ns + elapsed + round(self.rate * elapsed)

    def array_to_ns(self, ticks: Ints) -> Ints:
        """`to_ns` of (n,) int64 tick counts."""
        elapsed = (ticks - self.tick0) * self.tick_ns
        drift: Ints = np.rint(self.rate * elapsed).astype(np.int64)
        return self.host0_ns + elapsed + drift

    def age_s(self, start_ns: int, end_ns: int) -> float:
        """How far, in seconds, `[start_ns, end_ns)` reaches beyond the stamps, into past or future."""
        return max(0, end_ns - self.last_ns, self.first_ns - start_ns) * _NS


@dataclass(frozen=True, slots=True)
class Exchange:
    """The four stamps of a PING: sent (host), received and answered (device), answer received (host)."""

    t1_ns: int
    rx_ticks: int
    tx_ticks: int
    t4_ns: int


def two_way(
    exchanges: Sequence[Exchange],
    tick_ns: int,
    out_ns: int = 0,
    back_ns: int = 0,
    used_ns: tuple[int, int] | None = None,
) -> ClockMap:
    """Fit the same-slope envelope of four-stamp exchanges.

    For every slope there is a lowest line above all `t1` over `rx` and a highest one below all `t4` over `tx`. The
    map runs midway between them, each moved towards the other by what its delays lack, in the mean over all slopes: a
    slope weighs the more, the closer to the stamps its lines keep, and those on their far sides. The map stays between
    the lines of its own slope. Fewer than four exchanges, or lines that cross (no clock of constant rate has such
    stamps), tell nothing of delays; then it is the middle of the two lines with the least sum of what is left over.

    `bound_s` is the farthest from the map that the stamps allow the true time to be, if the clock's rate is any
    within `RESONATOR_LIMIT` and wanders by no more than `WANDER`. Half the gap between the two lines would be
    smaller, but holds only for a clock that keeps its rate: in the simulations of the tests it is broken in a
    fifth of all cases, this bound in none.

    Parameters
    ----------
    exchanges
        At least one.
    tick_ns
        Nominal tick in nanoseconds.
    out_ns, back_ns
        Known times on the wire, taken off the delays; scaled down where an exchange was faster (native USB).
    used_ns
        Host times between which the map will be used; the span of the stamps where it is not given.
    """
    if not exchanges:
        raise ValueError("no clock exchange: the timer answered no PING in this stretch")
    first, last = min(e.t1_ns for e in exchanges), max(e.t4_ns for e in exchanges)
    stamps = _Stamps.of(exchanges, tick_ns, out_ns, back_ns)
    rate, offset = stamps.line()
    begin, end = used_ns or (first, last)
    at = [(t - stamps.host0_ns) * _NS for t in (begin, (begin + end) // 2, end)]
    bound = stamps.farthest(rate, offset, at)
    return ClockMap(stamps.tick0, stamps.host0_ns + round(offset / _NS), tick_ns, rate, bound, 0.0, first, last)


@dataclass(frozen=True, slots=True, eq=False)
class _Stamps:
    """Exchanges as points: device time against how far host time lies ahead of it, seconds from a middle point.

    Attributes
    ----------
    tick0, host0_ns
        The middle point.
    sent_x, sent
        Questions: the true clock runs above them.
    read_x, read
        Answers: it runs below them.
    """

    tick0: int
    host0_ns: int
    sent_x: Floats
    sent: Floats
    read_x: Floats
    read: Floats

    @classmethod
    def of(cls, exchanges: Sequence[Exchange], tick_ns: int, out_ns: int, back_ns: int) -> "_Stamps":
        wire = _wire_part(exchanges, tick_ns, out_ns + back_ns)
        middle = exchanges[len(exchanges) // 2]
        tick0, host0 = middle.rx_ticks, middle.t1_ns
        sent_x = [(e.rx_ticks - tick0) * tick_ns for e in exchanges]
        read_x = [(e.tx_ticks - tick0) * tick_ns for e in exchanges]
        sent = [e.t1_ns + out_ns * wire - host0 - x for e, x in zip(exchanges, sent_x, strict=True)]
        read = [e.t4_ns - back_ns * wire - host0 - x for e, x in zip(exchanges, read_x, strict=True)]
        return cls(tick0, host0, _seconds(sent_x), _seconds(sent), _seconds(read_x), _seconds(read))

    def envelope(self) -> "_Envelope":
        """The two parallel lines that hug the points closest."""
        lines = self._corridor(0.0, 0.0)
        left_over = lines.slope * np.sum(self.sent_x - self.read_x) + len(self.sent) * (lines.floor - lines.ceiling)
        # Where several slopes are as good (a single exchange), the nominal one is the likeliest.
        good = np.flatnonzero(left_over <= left_over.min() + _TIE_S)
        best = good[np.argmin(np.abs(lines.slope[good]))]
        return _Envelope(float(lines.slope[best]), float(lines.floor[best]), float(lines.ceiling[best]))

    def line(self) -> tuple[float, float]:
        """Rate and offset to be expected of the clock; the envelope's middle where nothing is told of delays."""
        envelope = self.envelope()
        if len(self.sent) < FEWEST or envelope.floor > envelope.ceiling:
            return envelope.rate, (envelope.floor + envelope.ceiling) / 2
        out = _Edges.of(envelope.rate * self.sent_x - self.sent)
        back = _Edges.of(self.read - envelope.rate * self.read_x)
        near, far = self._lines()
        offset = near.midway((out.shortest - back.shortest) / 2)
        return _expected(near.slope, self._likely(near, far, out, back), offset)

    def _lines(self) -> tuple[Corridor, Corridor]:
        """Lines of every slope that matters: those between questions and answers, and those that enclose them all."""
        near = self._corridor(0.0, 0.0)
        far = Corridor.between(upper_hull(self.read_x, self.read), lower_hull(self.sent_x, self.sent), RESONATOR_LIMIT)
        slope = np.union1d(near.slope, far.slope)
        return near.at(slope), far.at(slope)

    def _likely(self, near: Corridor, far: Corridor, out: "_Edges", back: "_Edges") -> Floats:
        """Logarithm of how likely the slopes are, less a constant: less where the lines are far from the mean stamp."""
        sent, read = near.slope * self.sent_x.mean(), near.slope * self.read_x.mean()
        shortest = (near.floor + sent) / out.shortest - (near.ceiling + read) / back.shortest
        longest = (far.floor + read) / back.longest - (far.ceiling + sent) / out.longest
        logarithm: Floats = -shortest - longest
        return logarithm

    def farthest(self, rate: float, offset: float, at: Sequence[float]) -> float:
        """Largest distance of the map from anything the true clock can be at these host times."""
        places = [(t - offset) / (1 + rate) for t in at]
        rooms = [(offset + rate * x, *self._room(x)) for x in places]
        return max(max(high - mapped, mapped - low) for mapped, low, high in rooms)

    def _room(self, x: float) -> tuple[float, float]:
        """Lowest and highest that the true clock can run at x; wilder than `WANDER` only where the stamps demand it."""
        for wander in _WANDERS:
            lines = self._corridor(x, wander)
            allowed = lines.open_part()
            if allowed is not None:
                return float(allowed.floor.min()), float(allowed.ceiling.max())
        # Stamps that contradict each other at one instant: all that is between them is possible.
        return float(lines.ceiling.min()), float(lines.floor.max())

    def _corridor(self, x: float, wander: float) -> Corridor:
        """Lines through x that a clock may follow, the looser the farther a stamp is from x."""
        sent_x, read_x = self.sent_x - x, self.read_x - x
        low = upper_hull(sent_x, self.sent - wander * np.abs(sent_x))
        high = lower_hull(read_x, self.read + wander * np.abs(read_x))
        return Corridor.between(low, high, RESONATOR_LIMIT)


@dataclass(frozen=True, slots=True)
class _Envelope:
    """Two lines of one slope: every question lies below the floor, every answer above the ceiling."""

    rate: float
    floor: float
    ceiling: float


@dataclass(frozen=True, slots=True)
class _Edges:
    """How far apart the shortest and the longest delays of one way lie from one to the next, in seconds."""

    shortest: float
    longest: float

    @classmethod
    def of(cls, delays: Floats) -> "_Edges":
        """From `FEWEST` delays or more; what is added to all of them changes nothing."""
        k = min(NEAREST, len(delays) // FEWEST)
        return cls(_spacing(delays, k), _spacing(-delays, k))


def _spacing(values: Floats, k: int) -> float:
    """Mean distance between the k + 1 smallest; not nothing, for stamps are whole nanoseconds."""
    smallest = np.partition(values, k)
    return max(float(smallest[k] - smallest[:k].min()) / k, _NS)


def _expected(x: Floats, log_weight: Floats, y: Floats) -> tuple[float, float]:
    """Means over x, by weight, of x and of y; y and the weight's logarithm are straight between the (k,) places x."""
    weight = np.exp(log_weight - log_weight.max())
    rise = np.diff(log_weight)
    steep = np.maximum(np.abs(rise), _LEVEL)
    fall = -np.expm1(-steep)
    whole = np.diff(x) * np.maximum(weight[1:], weight[:-1]) * fall / steep
    # Where the middle of a piece's weight lies, as a part of its length from its heavier end.
    part = 1 / steep - (1 - fall) / fall
    behind = np.where(rise < 0, part, 1 - part)
    middles = [line[:-1] + behind * np.diff(line) for line in (x, y)]
    return float(middles[0] @ whole / whole.sum()), float(middles[1] @ whole / whole.sum())


def _wire_part(exchanges: Sequence[Exchange], tick_ns: int, wire_ns: int) -> float:
    """How much of the nominal time on the wire the fastest exchange can have spent there, 0 to 1."""
    fastest = min(e.t4_ns - e.t1_ns - (e.tx_ticks - e.rx_ticks) * tick_ns for e in exchanges)
    return min(1.0, max(0, fastest) / wire_ns) if wire_ns else 0.0


def _seconds(ns: Sequence[float]) -> Floats:
    return np.array(ns, dtype=np.float64) * _NS


def one_way(
    ticks: Ints,
    arrival_ns: Ints,
    tick_ns: int = 1,
    resolution_ns: int = 0,
    rate_limit: float = CRYSTAL_LIMIT,
    short_span_s: float = SHORT_SPAN_S,
) -> ClockMap:
    """Fit the lower hull of arrival against device time.

    The hull's edge over the middle of the span gives the slope, limited to `rate_limit`; spans below
    `short_span_s`, and longer ones with so few packets that their edge says no more, keep the nominal slope. The line
    touches the earliest arrival from below. `bound_s` is how far the edge of the cloud leaves the line (the largest,
    over eighths of the span, of the smallest delay there), and the resolution of the stamps.

    Parameters
    ----------
    ticks
        (n,) device time of each packet's last sample, increasing.
    arrival_ns
        (n,) host time of each packet.
    tick_ns
        Nominal tick in nanoseconds.
    resolution_ns
        How coarse the device's stamps are.
    rate_limit
        Largest error of the nominal tick.
    short_span_s
        Below this span the nominal tick is better than the fitted one.
    """
    if not len(ticks):
        raise ValueError("no packets: a clock cannot be mapped")
    middle = len(ticks) // 2
    tick0, host0 = int(ticks[middle]), int(arrival_ns[middle])
    device = (ticks - tick0) * tick_ns
    x = device.astype(np.float64) * _NS
    delay = (arrival_ns - host0 - device).astype(np.float64) * _NS
    span = x[-1] - x[0]
    told = span >= short_span_s and len(x) * span >= SPARSE_HZ * short_span_s**2
    rate = _hull_slope(x, delay, rate_limit) if told else 0.0
    left_over = delay - rate * x
    offset = float(left_over.min())
    bound = _edge_spread(x, left_over - offset) + resolution_ns * _NS
    return ClockMap(
        tick0, host0 + round(offset / _NS), tick_ns, rate, bound, LINK_DELAY_S, int(arrival_ns[0]), int(arrival_ns[-1])
    )


def _hull_slope(x: Floats, delay: Floats, limit: float) -> float:
    hull = lower_hull(x, delay)
    begin = int(np.searchsorted(hull[1:-1, 0], (x[0] + x[-1]) / 2))
    length, height = hull[begin + 1] - hull[begin]
    return float(np.clip(height / length, -limit, limit))


def _edge_spread(x: Floats, delay: Floats, parts: int = 8) -> float:
    """Largest of the smallest delays in equal parts of the span."""
    part = np.minimum((x - x[0]) / max(x[-1] - x[0], _NS) * parts, parts - 1).astype(np.int64)
    smallest = np.full(parts, np.inf)
    np.minimum.at(smallest, part, delay)
    return float(smallest[np.isfinite(smallest)].max())
