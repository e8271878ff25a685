"""A virtual wearable on a virtual body, to be put on the air."""

import numpy as np
from numpy.random import Generator

from rig.model.setup import Role
from rig.virtual.ble_movesense import MovesenseVoice
from rig.virtual.ble_voice import Ints, Sampler, Source
from rig.virtual.clocks import Oscillator
from rig.virtual.imu import Chip, feel, measure
from rig.virtual.motion import Array, Motion

RATE_HZ, BATCH = 104.0, 8


def worn_movesense(
    serial: str, role: Role, motion: Motion, from_s: float, chip: Chip, rng: Generator
) -> MovesenseVoice:
    """A Movesense that measures a motion, from session second `from_s` on; before and after it feels the ends."""
    clock = Oscillator(from_s - float(rng.uniform(60, 4000)), float(rng.uniform(-60, 60)))
    sampler = Sampler(clock, RATE_HZ, BATCH, _source(role, motion, clock, from_s, chip, rng))
    return MovesenseVoice(serial, sampler)


def _source(role: Role, motion: Motion, clock: Oscillator, from_s: float, chip: Chip, rng: Generator) -> Source:
    """All samples at once: a sensor's own errors are drawn once."""
    span = clock.reading(np.array([from_s, motion.time_s[-1]])) * RATE_HZ
    first = int(span[0])
    samples = measure(feel(role, motion), clock.instants(np.arange(first, int(span[1])) / RATE_HZ), chip, rng)
    acc: Array = samples.acc.astype(np.float64) * chip.acc_lsb
    gyr: Array = np.radians(samples.gyr.astype(np.float64) * chip.gyr_lsb)

    def source(numbers: Ints, _times_s: Array) -> tuple[Array, Array]:
        rows = np.clip(numbers - first, 0, len(acc) - 1)
        return acc[rows], gyr[rows]

    return source
