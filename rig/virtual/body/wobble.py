"""The small movements on top of the large ones: sway, breath, tremor, the swing of hips, the shake of contacts."""

from dataclasses import dataclass, field, fields

import numpy as np
from numpy.random import Generator
from scipy.ndimage import gaussian_filter1d

from rig.virtual.body import balance
from rig.virtual.body.curves import Landing, Ring, Shock, Track, slow_noise, tremor_noise
from rig.virtual.body.feet import FootTrack, Side
from rig.virtual.motion import GRID_S, Array, Build
from rig.virtual.participant import Participant

TREMOR_HZ = 4.7
BREATH_HZ = 0.24


@dataclass(slots=True)
class Shakes:
    """What shakes the body and when, in session seconds."""

    sway: Track = field(default_factory=lambda: Track(1.0))
    tremor: Track = field(default_factory=lambda: Track(0.0))
    landings: list[Landing] = field(default_factory=list)
    jolts: list[Shock] = field(default_factory=list)
    contacts: list[tuple[Shock, Side]] = field(default_factory=list)
    rings: list[tuple[Ring, Ring, Ring]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Wobble:
    """Small rotations (rad) and displacements (m) in body axes, (n,) each."""

    yaw: Array
    pitch: Array
    roll: Array
    ahead: Array
    aside: Array
    up: Array

    def __add__(self, other: "Wobble") -> "Wobble":
        return Wobble(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))


def sway(shakes: Shakes, person: Participant, build: Build, standing: Array, rng: Generator) -> Wobble:
    """Quiet sway about the ankles where the body stands; breath and tremor anywhere."""
    count = standing.size
    gain = shakes.sway.sample(count) * standing * person.sway_mm * 1e-3 / np.sqrt(2)
    ahead, aside = (gain * slow_noise(count, rng, (1.3, 0.45, 0.12), (1.0, 0.45, 0.07)) for _ in range(2))
    tremor = shakes.tremor.sample(count) * np.radians(person.tremor_deg) * tremor_noise(count, rng, TREMOR_HZ)
    phase = 2 * np.pi * BREATH_HZ * GRID_S * np.arange(count) + rng.uniform(0, 2 * np.pi)
    idle = np.radians(0.25) * np.sin(phase) + np.radians(0.15) * slow_noise(count, rng, (0.8, 0.2), (1.0, 0.15))
    height, zero = balance.hip_height(build), np.zeros(count)
    return Wobble(zero, ahead / height + tremor + idle, -aside / height, ahead, aside, zero)


def lopsided(lean: Array, upright: float, rng: Generator) -> Wobble:
    """Nobody leans straight forward: a part of every lean goes aside, the same part in one person."""
    aside, around = rng.normal(0, 0.07, 2)
    zero = np.zeros(lean.size)
    return Wobble(around * (lean - upright), zero, aside * (lean - upright), zero, zero, zero)


def steps(shakes: Shakes, left: FootTrack, right: FootTrack, heading: Array, sinking: Array) -> Wobble:
    """Rotations of the hips that go with the feet, and the shake of every contact."""
    apart = left.ankle - right.ankle
    stride = _smooth(apart[:, 0] * np.cos(heading) + apart[:, 1] * np.sin(heading), 0.07)
    share = _smooth(balance.left_share(left, right), 0.06)
    drop = 0.30 * _smooth(np.abs(stride), 0.4) * (share - 0.5)
    zero = np.zeros(heading.size)
    swing = Wobble(-0.13 * stride, 0.2 * np.gradient(sinking, GRID_S), drop, zero, zero, zero)
    return swing + _shaken(shakes, heading.size)


def _smooth(values: Array, width_s: float) -> Array:
    return gaussian_filter1d(values, width_s / GRID_S, mode="nearest")


def _shaken(shakes: Shakes, count: int) -> Wobble:
    """Every contact dips the body, slows it, throws it to the other side and makes the sensor ring."""
    wobble = Wobble(*(np.zeros(count) for _ in fields(Wobble)))
    for shock, side in shakes.contacts:
        shock.add_to(wobble.up)
        shock.times(-0.6).add_to(wobble.ahead)
        shock.times(0.5 if side == "left" else -0.5).add_to(wobble.aside)
        shock.times(4.0).add_to(wobble.pitch)
    for jolt in shakes.jolts:
        jolt.add_to(wobble.pitch)
    for rings in shakes.rings:
        for ring, angle in zip(rings, (wobble.pitch, wobble.roll, wobble.yaw), strict=True):
            ring.add_to(angle)
    return wobble
