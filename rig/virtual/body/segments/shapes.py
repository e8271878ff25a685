"""Time courses of joints and paths: beta-shaped phases, logistic pulses, settling, drops, damped tones, noise."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.random import Generator
from scipy.interpolate import CubicSpline
from scipy.signal import lfilter
from scipy.special import betainc, expit

from rig.virtual.motion import GRID_S, Array, grid_times

Shape: TypeAlias = Callable[[Array], Array]
"""From the share of the time (0 to 1) to the share of the change (0 to 1)."""
TAIL = 12.0
"""Time constants after which a logistic pulse is cut off (6e-6 of it is left)."""
NOISE_S = 0.04
WARM_UP = 500


@dataclass(frozen=True, slots=True)
class Beta:
    """A phase whose speed follows a beta density; above 2, both ends are smooth in acceleration."""

    a: float
    b: float

    def __call__(self, share: Array) -> Array:
        """Share of the change that is done."""
        return np.asarray(betainc(self.a, self.b, np.clip(share, 0.0, 1.0)))


@dataclass(frozen=True, slots=True)
class Settle:
    """The answer of a critically damped joint to a new aim, which is all but reached after `constants` of it."""

    constants: float = 9.0

    def __call__(self, share: Array) -> Array:
        """Share of the change that is done."""
        u = self.constants * np.clip(share, 0.0, 1.0)
        whole = 1 - (1 + self.constants) * np.exp(-self.constants)
        return np.asarray((1 - (1 + u) * np.exp(-u)) / whole)


@dataclass(frozen=True, slots=True)
class Change:
    """A change by `amount` from `start` (s) that takes `length` (s)."""

    start: float
    length: float
    amount: float
    shape: Shape

    @property
    def end(self) -> float:
        """When it is over."""
        return self.start + self.length

    def at(self, time: Array) -> Array:
        """How much of it is done."""
        return self.amount * self.shape((time - self.start) / self.length)


@dataclass(slots=True)
class Course:
    """An angle that starts at a value and changes by phases, which may overlap and add."""

    value: float
    changes: list[Change] = field(default_factory=list)
    first: float = field(init=False)

    def __post_init__(self) -> None:
        self.first = self.value

    def to(self, value: float, start: float, length: float, shape: Shape) -> None:
        """Go to `value`."""
        self.changes.append(Change(start, length, value - self.value, shape))
        self.value = value

    def bump(self, height: float, start: float, length: float, peak: float = 0.5) -> None:
        """Go away and come back; the way out takes the share `peak` of the time."""
        rest = self.value
        self.to(rest + height, start, peak * length, Beta(2.4, 2.4))
        self.to(rest, start + peak * length, (1 - peak) * length, Beta(2.4, 2.4))

    def at(self, time: Array) -> Array:
        """Values at a few times in order."""
        over = sum(change.amount for change in self.changes if change.end <= time[0])
        running = [change.at(time) for change in self.changes if time[0] < change.end and change.start < time[-1]]
        return np.asarray(self.first + over + sum(running, np.zeros(time.size)), dtype=np.float64)

    def sample(self, count: int) -> Array:
        """Values on the grid."""
        values, done = np.full(count, self.first), np.zeros(count + 1)
        for change in self.changes:
            first, last = slot(change.start, change.end, count)
            values[first:last] += change.at(grid_times(first, last))
            done[last] += change.amount
        return np.asarray(values + np.cumsum(done[:count]))


def slot(start: float, end: float, count: int) -> tuple[int, int]:
    """Grid indices of the instants from `start` up to `end`, within the grid."""
    first, last = (min(max(0, int(np.ceil(t / GRID_S))), count) for t in (start, end))
    return first, last


def add_logistic(values: Array, middle: float, constant: float, amount: float) -> None:
    """Add a logistic step of `amount` about `middle` (s) to values on the grid."""
    first, last = slot(middle - TAIL * constant, middle + TAIL * constant, values.size)
    u = (grid_times(first, last) - middle) / constant
    values[first:last] += amount * (expit(u) - expit(-TAIL)) / (1 - 2 * expit(-TAIL))
    values[last:] += amount


def add_hill(values: Array, start: float, end: float, height: float) -> None:
    """Add a smooth hill between two instants."""
    first, last = slot(start, end, values.size)
    s = (grid_times(first, last) - start) / (end - start)
    values[first:last] += height * (4 * s * (1 - s)) ** 3


def add_tone(values: Array, at: float, size: float, hertz: float, decay_s: float) -> None:
    """Add a damped tone that swells within `decay_s`: what a blow leaves in soft tissue."""
    first, last = slot(at, at + 16 * decay_s, values.size)
    u = (grid_times(first, last) - at) / decay_s
    values[first:last] += size * 0.74 * u**3 * np.exp(-u) * np.cos(2 * np.pi * hertz * decay_s * u)


def add_fall(values: Array, at: float, size: float, up_s: float, down_s: float) -> None:
    """Add a deviation that grows exponentially, peaks near `at` and is caught."""
    first, last = slot(at - 14 * up_s, at + 14 * down_s, values.size)
    t = grid_times(first, last) - at
    values[first:last] += 2 * size / (np.exp(-t / up_s) + np.exp(t / down_s))


def swinging_noise(count: int, rng: Generator, hertz: float, damping: float) -> Array:
    """(count,) noise of root mean square 1: a damped oscillator pushed at random, made at 25 Hz."""
    omega = 2 * np.pi * hertz * NOISE_S
    coarse = int(count * GRID_S / NOISE_S) + 8
    radius = np.exp(-damping * omega)
    turn = omega * np.sqrt(max(1 - damping**2, 1e-6))
    pushed = lfilter([1.0], [1.0, -2 * radius * np.cos(turn), radius**2], rng.standard_normal(coarse + WARM_UP))
    values = pushed[WARM_UP:]
    times = (np.arange(coarse) - 2) * NOISE_S
    return np.asarray(CubicSpline(times, values / pushed.std())(grid_times(0, count)))
