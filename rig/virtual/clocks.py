"""Clocks that are not the host's."""

from dataclasses import dataclass

import numpy as np

from rig.virtual.motion import Array

MONOTONIC_START_NS = 4_000_000_000_000
"""Host monotonic time of session second 0."""
WALL_START = "2025-03-04T09:30:00+08:00"
"""Wall clock of session second 0."""


def host_ns(seconds: float) -> int:
    """Host monotonic nanoseconds of a session second."""
    return MONOTONIC_START_NS + round(seconds * 1e9)


@dataclass(frozen=True, slots=True)
class Oscillator:
    """A device's clock against the host's.

    Attributes
    ----------
    started_s
        Session second at which it read zero.
    ppm
        Constant error, parts per million; positive runs fast.
    wave_ppm, wave_s
        A slow wave on top (room temperature).
    warm_ppm, warm_s
        An error that dies away after the start (self-heating).
    """

    started_s: float
    ppm: float
    wave_ppm: float = 2.0
    wave_s: float = 420.0
    warm_ppm: float = 3.0
    warm_s: float = 150.0

    def reading(self, seconds: Array | float) -> Array:
        """Device seconds at session seconds."""
        t = np.asarray(seconds, dtype=float) - self.started_s
        turn = 2 * np.pi / self.wave_s
        wave = self.wave_ppm / turn * (1 - np.cos(turn * t))
        warm = self.warm_ppm * self.warm_s * (1 - np.exp(-t / self.warm_s))
        return np.asarray(t + 1e-6 * (self.ppm * t + wave + warm))

    def instants(self, readings: Array) -> Array:
        """Session seconds at device seconds: the inverse, by three steps of fixed-point iteration."""
        t = np.asarray(readings, dtype=float) + self.started_s
        for _ in range(3):
            t = t - (self.reading(t) - readings)
        return t
