"""Smooth pieces of movement: minimum-jerk ramps on a time line, shocks and slow noise."""

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d

from rig.virtual.motion import GRID_S, Array, grid_times


def minimum_jerk(s: Array) -> Array:
    """Position from 0 to 1 with the least jerk (Flash and Hogan 1985, doi:10.1523/JNEUROSCI.05-07-01688.1985)."""
    s = np.clip(s, 0.0, 1.0)
    return s * s * s * (10.0 + s * (6.0 * s - 15.0))


@dataclass(frozen=True, slots=True)
class Ramp:
    """A change of `change` from `start` to `end` (s); `cut` below 1 breaks the movement off while it still runs."""

    start: float
    end: float
    change: float
    cut: float = 1.0

    def at(self, time: Array) -> Array:
        """How much of the change is done at the times."""
        s = np.clip((time - self.start) / (self.end - self.start), 0.0, 1.0)
        return self.change * minimum_jerk(self.cut * s) / minimum_jerk(np.array(self.cut))


@dataclass(slots=True)
class Track:
    """A quantity that starts at a value and changes by ramps, which may overlap."""

    value: float
    initial: float = field(init=False)
    ramps: list[Ramp] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.initial = self.value

    def to(self, value: float, start: float, end: float, *, cut: float = 1.0) -> None:
        """Go from where the track will be to `value`."""
        self.ramps.append(Ramp(start, end, value - self.value, cut))
        self.value = value

    def at(self, time: Array) -> Array:
        """Values at a few times."""
        return np.asarray(self.initial + sum(ramp.at(time) for ramp in self.ramps), dtype=np.float64)

    def sample(self, count: int) -> Array:
        """Values on the grid."""
        moving, settled = np.zeros(count), np.zeros(count + 1)
        for ramp in self.ramps:
            first, last = (min(int(np.ceil(t / GRID_S)), count) for t in (ramp.start, ramp.end))
            moving[first:last] += ramp.at(grid_times(first, last))
            settled[last] += ramp.change
        return self.initial + moving + np.cumsum(settled[:count])


def in_pieces(track: Track, value: float, start: float, end: float, pieces: int, rng: Generator) -> None:
    """Go to a value in overlapping sub-movements of unequal size, as slow movements are made."""
    shares = rng.dirichlet(np.full(pieces, 12.0))
    edges = start + (end - start) * np.concatenate([[0.0], np.cumsum(shares)])
    change = value - track.value
    for i, share in enumerate(shares):
        overlap = 0.45 * (edges[i + 1] - edges[i])
        track.to(track.value + share * change, max(start, edges[i] - overlap), min(end, edges[i + 1] + overlap))


@dataclass(frozen=True, slots=True)
class Shock:
    """A short dip of a displacement: `size` (m or rad) at `at` (s), of width `sigma` (s), with a smaller rebound."""

    at: float
    size: float
    sigma: float = 0.016

    def times(self, factor: float) -> "Shock":
        """The same shock, larger or turned round."""
        return Shock(self.at, factor * self.size, self.sigma)

    def add_to(self, values: Array) -> None:
        """Add the dip to values on the grid."""
        first = max(0, int((self.at - 5 * self.sigma) / GRID_S))
        last = min(values.size, int((self.at + 9 * self.sigma) / GRID_S))
        u = (grid_times(first, last) - self.at) / self.sigma
        values[first:last] -= self.size * (np.exp(-0.5 * u**2) - 0.45 * np.exp(-0.5 * ((u - 3.2) / 1.3) ** 2))


@dataclass(frozen=True, slots=True)
class Landing:
    """What a seat gives way after a touch-down at speed `speed` (m/s, downward) at `at` (s)."""

    at: float
    speed: float
    omega: float = 42.0
    decay_s: float = 0.035

    def add_to(self, values: Array) -> None:
        """Add the damped dip to values on the grid."""
        first = min(int(np.ceil(self.at / GRID_S)), values.size)
        t = grid_times(first, min(first + int(0.6 / GRID_S), values.size)) - self.at
        values[first : first + t.size] -= self.speed / self.omega * np.exp(-t / self.decay_s) * np.sin(self.omega * t)


@dataclass(frozen=True, slots=True)
class Ring:
    """A damped wobble of soft tissue and strap after a jolt: `size` (rad) from `at` (s), about `hertz`."""

    at: float
    size: float
    hertz: float
    decay_s: float = 0.07

    def add_to(self, values: Array) -> None:
        """Add the wobble to values on the grid; it begins without a step in value or rate."""
        first = min(int(np.ceil(self.at / GRID_S)), values.size)
        t = grid_times(first, min(first + int(0.5 / GRID_S), values.size)) - self.at
        wobble = np.sin(2 * np.pi * self.hertz * t) * np.exp(-t / self.decay_s)
        values[first : first + t.size] += self.size * wobble * minimum_jerk(t / 0.03)


def slow_noise(count: int, rng: Generator, widths_s: tuple[float, ...], weights: tuple[float, ...]) -> Array:
    """Smooth random values of root mean square 1, a sum of Gaussian-filtered noises of the given widths."""
    total = np.zeros(count)
    for width, weight in zip(widths_s, weights, strict=True):
        total += weight * _smooth_noise(count, rng, width)
    return np.asarray(total / np.sqrt(sum(w * w for w in weights)))


def _smooth_noise(count: int, rng: Generator, width_s: float) -> Array:
    """Gaussian-filtered noise of root mean square 1, made on a grid of a sixth of its width and interpolated."""
    step_s = width_s / 6
    coarse = np.arange(-30, int(count * GRID_S / step_s) + 30)
    values = gaussian_filter1d(rng.standard_normal(coarse.size), 6.0, mode="wrap")
    return np.asarray(CubicSpline(coarse * step_s, values / values.std())(grid_times(0, count)))


def tremor_noise(count: int, rng: Generator, hertz: float) -> Array:
    """Narrow-band noise of root mean square 1 around a frequency."""
    time = grid_times(0, count)
    a, b = (slow_noise(count, rng, (0.3,), (1.0,)) for _ in range(2))
    return a * np.cos(2 * np.pi * hertz * time) + b * np.sin(2 * np.pi * hertz * time)
