"""A BLE link: notifications wait for connection events, which come in steps and may be missed."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from rig.virtual.motion import Array


@dataclass(frozen=True, slots=True)
class Radio:
    """The radio model of a link without loss: what the air loses is sent again, later.

    Attributes
    ----------
    interval_s
        Connection interval.
    missed
        Part of the connection events that carry nothing.
    per_event
        Notifications that fit into one event.
    stalls
        (start, length) in session seconds of times without any event.
    host_s
        Mean of an exponential delay in the host, on top of a constant 1.5 ms.
    lost
        Probability that a notification is dropped for good (a buffer overrun in the sensor or host).
    """

    interval_s: float = 0.030
    missed: float = 0.05
    per_event: int = 4
    stalls: tuple[tuple[float, float], ...] = ()
    host_s: float = 0.0008
    lost: float = 0.0


def arrivals(ready_s: Array, radio: Radio, rng: Generator) -> Array:
    """Host times of notifications that are ready at the given session seconds, in order."""
    events = _events(float(ready_s[-1]) + 20.0, radio, rng)
    sent = np.empty_like(ready_s)
    event, used = 0, 0
    for i, ready in enumerate(ready_s):
        if used == radio.per_event or events[event] < ready:
            event, used = max(event + (used == radio.per_event), int(np.searchsorted(events, ready))), 0
        sent[i] = events[event]
        used += 1
    within = 0.0004 * np.arange(ready_s.size) % 0.001
    delay = 0.0015 + within + rng.exponential(radio.host_s, ready_s.size)
    return np.maximum.accumulate(sent + delay)


def _events(until_s: float, radio: Radio, rng: Generator) -> Array:
    times = rng.uniform(0, radio.interval_s) + np.arange(0, until_s, radio.interval_s)
    heard = rng.random(times.size) >= radio.missed
    for start, length in radio.stalls:
        heard &= (times < start) | (times >= start + length)
    return times[heard]
