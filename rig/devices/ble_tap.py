"""The tap test: knocks that a sensor feels and a gate sees tell how far the sensor's times are behind the gate's.

One-way stamps cannot show a constant delay (`firmware_protocol.clock_sync.one_way`). A hand that holds the sensor and
knocks on a gate's frame, so that it covers the receiver as it hits, marks one instant on both clocks. A single
knock is known to about half a sample; several, falling anywhere between samples, average that out.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

JOLT = 15.0
"""Change of acceleration from sample to sample, m/s², that is a knock; a gesture without impact stays below 8."""
APART_NS = 300_000_000
"""Knocks are farther apart than this; what rings after one is part of it."""
WITHIN_NS = 150_000_000
"""A knock and the beam it covers belong together if they are no farther apart."""
OUTLIER = 4.0
_LEAST_NS = 2_000_000
CONTACT_NS = 3_000_000
"""Standard uncertainty of where in the blow the hand covers the beam: it moves 1 m/s, the beam is some mm away."""
_SPREAD = 1.4826
_BEFORE, _AFTER = 5, 6
"""Samples looked at around a jolt: rest before it, its peak after."""
_HALF_UP = np.sqrt(2 * np.log(2))
"""Widths before its peak at which a Gaussian is at half of it."""
_FLOOR, _LEAST_BEND = 0.02, 0.1
"""Least part of the peak that its neighbours are taken for, and least curvature: of a peak cut off by the range."""


@dataclass(frozen=True, slots=True)
class Alignment:
    """How far a sensor's times are behind the gates'.

    Attributes
    ----------
    delay_ns
        To be taken off the sensor's times.
    u_ns
        Standard uncertainty of that: of the mean of the knocks, and of `CONTACT_NS`, which all of them share.
    residual_ns
        Largest deviation of a single knock from it.
    knocks
        How many were used.
    """

    delay_ns: int
    u_ns: int
    residual_ns: int
    knocks: int


def knocks(t_ns: Ints, acc: Floats) -> Ints:
    """Instants at which a sensor was struck.

    Parameters
    ----------
    t_ns
        (n,) times, increasing.
    acc
        (n, 3) specific force, m/s².

    Returns
    -------
    instants
        (k,) where each jolt is half way up to its first peak, between samples. Of a blow of some ten milliseconds that
        is a little after the contact, whatever the width of the sensor's filter.
    """
    steps = np.linalg.norm(np.diff(acc, axis=0), axis=1)
    struck = np.flatnonzero(steps > JOLT)
    begins = struck[np.diff(t_ns[struck], prepend=np.iinfo(np.int64).min // 2) > APART_NS]
    inside = begins[(begins >= _BEFORE) & (begins + _AFTER < len(t_ns))]
    return np.array([_half_way(t_ns, acc, int(at)) for at in inside], dtype=np.int64)


def _half_way(t_ns: Ints, acc: Floats, at: int) -> int:
    """Where the jolt whose first step ends at sample `at + 1` is half way up to its first peak.

    A blow through a sensor's filter is nearly a Gaussian, of which three samples around the peak tell place and width:
    their logarithms lie on a parabola. (Straight lines between samples put the rise too early, by a tenth of a period.)
    """
    rest = acc[at - _BEFORE : at - 1].mean(axis=0)
    away = np.linalg.norm(acc[at : at + _AFTER + 1] - rest, axis=1)
    top = 1 + int(np.argmax(np.append(np.diff(away[1:-1]) < 0, True)))
    before, peak, after = np.log(np.maximum(away[top - 1 : top + 2], _FLOOR * away[top]))
    bend = min(before - 2 * peak + after, -_LEAST_BEND)
    centre, width = (before - after) / (2 * bend), np.sqrt(-1 / bend)
    period_ns = (t_ns[at + top + 1] - t_ns[at + top - 1]) / 2
    return int(t_ns[at + top]) + round(float((centre - _HALF_UP * width) * period_ns))


def align(knock_ns: Ints, beam_ns: Ints) -> Alignment | None:
    """Pair knocks with covered beams and give the delay between them; None with fewer than two pairs.

    Every knock is paired with the nearest beam within `WITHIN_NS`; pairs farther from the median than `OUTLIER`
    times the spread of all are left out (the hand covered the beam on its way in, or the blow missed).
    """
    if not len(knock_ns) or not len(beam_ns):
        return None
    apart = knock_ns[:, None] - beam_ns[None, :]
    nearest = apart[np.arange(len(knock_ns)), np.argmin(np.abs(apart), axis=1)]
    delays = nearest[np.abs(nearest) <= WITHIN_NS].astype(np.float64)
    if len(delays) < 2:
        return None
    spread = max(_SPREAD * float(np.median(np.abs(delays - np.median(delays)))), _LEAST_NS)
    used = delays[np.abs(delays - np.median(delays)) <= OUTLIER * spread]
    if len(used) < 2:
        return None
    delay = float(used.mean())
    return Alignment(
        delay_ns=round(delay),
        u_ns=round(float(np.hypot(np.std(used, ddof=1) / np.sqrt(len(used)), CONTACT_NS))),
        residual_ns=round(float(np.max(np.abs(used - delay)))),
        knocks=len(used),
    )
