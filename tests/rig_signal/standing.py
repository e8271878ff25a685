"""People standing: an inverted pendulum that is held upright by moving its centre of pressure, and what upsets it.

The trunk's motion follows from the pressure under the feet (linear inverted pendulum), from the reaction to a leg that
is swung, from landings, and from corrections that move no foot. Steps have a truth: heel or toe 10 mm from its place.
x is forward, y to the left, z up.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from rig_signal.types import Array, Imu

Complex: TypeAlias = NDArray[np.complex128]

RATE_HZ = 200.0
G = 9.81
HEIGHT_M = 0.95
OMEGA = math.sqrt(G / HEIGHT_M)
SOLE_M = 0.25


def jerk_free(s: Array) -> Array:
    s = np.clip(s, 0, 1)
    return np.asarray(s**3 * (10 - 15 * s + 6 * s**2), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Step:
    """One foot displaced: heel rises (rad) while the foot is unloaded, flies `lift_m` high to (x, y), lands."""

    off_s: float
    swing_s: float
    to_m: tuple[float, float]
    unload_s: float = 0.2
    heel_rad: float = 0.1
    lift_m: float = 0.03
    impact: float = 1.5
    reaction: float = 0.12
    side: str = "right"

    @property
    def lands_s(self) -> float:
        return self.off_s + self.swing_s

    def over_one_foot(self, t: Array) -> Array:
        """Part of the weight that the standing foot has taken over, 0 to 1."""
        taken = jerk_free((t - self.off_s + self.unload_s) / self.unload_s)
        return np.asarray(taken * (1 - jerk_free((t - self.lands_s) / 0.15)), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Upset:
    """Something that moves no foot: displacement (m) and rotation (rad) of the trunk, there and back again."""

    at_s: float
    lasts_s: float
    shift_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    turn_rad: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Stander:
    """How somebody stands: sway of the pressure's noise (m), its time constant, tremor (m/s²) at a frequency.

    `grow` is the sway's gain just before the first step; `thuds` are times and sizes (m/s²) of more landings.
    """

    sway_m: float = 0.006
    slow_s: float = 0.25
    tremor: float = 0.0
    tremor_hz: float = 5.0
    steps: tuple[Step, ...] = ()
    upsets: tuple[Upset, ...] = ()
    grow: float = 1.0
    thuds: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Recorded standing: sensors, the mark "begin", and when a foot had moved by 10 mm (None: never)."""

    lower_back: Imu
    left: Imu
    right: Imu
    begin_s: float
    truth_s: float | None


def stand(person: Stander, seed: int, seconds: float = 14.0, begin_s: float = 2.0) -> Standing:
    rng = np.random.default_rng(seed)
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    path, centre = _pendulum(person, t, rng)
    trunk, turn = _trunk(person, t, path, path - centre, rng)
    sole, truth = _feet(person, t)
    back = _sensor(t, trunk, turn, rng)
    feet = {side: _sensor(t, p, np.stack([0 * t, a, 0 * t], 1), rng) for side, (p, a) in sole.items()}
    return Standing(back, feet["left"], feet["right"], begin_s, truth)


def _noise(n: int, width_s: float, rng: np.random.Generator) -> Array:
    x = gaussian_filter1d(rng.standard_normal(n + 2000), width_s * RATE_HZ)[1000 : n + 1000]
    return np.asarray(x / x.std(), dtype=np.float64)


def _pendulum(person: Stander, t: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    """Path of the mass's centre, and the middle of the feet it is balanced over."""
    push = np.stack([_noise(len(t), person.slow_s, rng) for _ in range(2)], 1) * person.sway_m * _growth(person, t)
    middle, kept, over = np.zeros((len(t), 2)), np.ones(len(t)), np.zeros((len(t), 2))
    for step in person.steps:
        share = step.over_one_foot(t)[:, None]
        kept, over = kept * (1 - share[:, 0]), over * (1 - share) + share * (middle - 0.15 * np.array(step.to_m))
        middle = middle + jerk_free((t - step.lands_s) * 1e3)[:, None] * 0.5 * np.array(step.to_m)
    path = _balance(_complex(middle), _complex(push), _complex(over), kept)
    return np.column_stack([path.real, path.imag]), gaussian_filter1d(middle, 0.12 * RATE_HZ, axis=0)


def _complex(xy: Array) -> Complex:
    return np.asarray(xy[:, 0] + 1j * xy[:, 1], dtype=np.complex128)


def _balance(middle: Complex, push: Complex, over: Complex, kept: Array) -> Complex:
    """Integrate the pendulum; the plane is complex, forward and left."""
    place, speed, path = 0j, 0j, np.zeros(len(middle), dtype=np.complex128)
    for i, (centre, noise, other, share) in enumerate(
        zip(middle.tolist(), push.tolist(), over.tolist(), kept.tolist(), strict=True)
    ):
        pressure = share * (centre + 1.6 * (place - centre) + 1.8 * speed / OMEGA + noise) + other
        speed += OMEGA**2 * (place - pressure) / RATE_HZ
        place += speed / RATE_HZ
        path[i] = place
    return path


def _growth(person: Stander, t: Array) -> Array:
    """Sway that grows over the two seconds before the first step."""
    until = person.steps[0].off_s if person.steps else np.inf
    rising = np.where(t < until, np.clip((t - until + 2) / 2, 0, 1), 0.0)
    return np.reshape(1 + (person.grow - 1) * rising, (-1, 1))


def _trunk(person: Stander, t: Array, path: Array, away: Array, rng: np.random.Generator) -> tuple[Array, Array]:
    place = np.column_stack([path, np.full(len(t), HEIGHT_M)])
    turn = np.column_stack([-away[:, 1] / HEIGHT_M, away[:, 0] / HEIGHT_M, 0 * t]) * 0.7
    for step in person.steps:
        s = (t - step.off_s) / step.swing_s
        leg = jerk_free(s)[:, None] * np.array(step.to_m)
        carried = step.reaction * (leg - 0.5 * np.array(step.to_m) * jerk_free(s)[:, None])
        place[:, :2] -= carried * (1 - jerk_free(s - 1))[:, None]
        hump = jerk_free(2 * s + 0.6) * (1 - jerk_free(2 * s - 1))
        turn[:, 0] += 0.05 * step.reaction / 0.12 * np.sign(step.to_m[1] or 1) * hump
        turn[:, 2] += 0.3 * step.to_m[0] * hump
        place[:, 2] += -0.04 * step.swing_s**2 * hump + _thud(t - step.off_s - step.swing_s, step.impact)
        place[:, 1] += 0.4 * _thud(t - step.off_s - step.swing_s, step.impact)
    for at_s, size in person.thuds:
        place[:, 2] += _thud(t - at_s, size)
    for upset in person.upsets:
        s = (t - upset.at_s) / upset.lasts_s
        wave = jerk_free(2.5 * s) * (1 - jerk_free(2.5 * (s - 0.6)))
        place += wave[:, None] * np.array(upset.shift_m)
        turn += wave[:, None] * np.array(upset.turn_rad)
    shake = person.tremor / (2 * np.pi * person.tremor_hz) ** 2
    envelope = 1 + 0.4 * _noise(len(t), 0.8, rng)
    place[:, 1] += shake * envelope * np.sin(2 * np.pi * person.tremor_hz * t + rng.uniform(0, 6))
    return place, turn


def _thud(since: Array, size: float) -> Array:
    """Displacement of a landing whose acceleration peaks near `size` (m/s²): a damped 11 Hz oscillation."""
    omega = 2 * np.pi * 11
    return np.where(since > 0, size / omega**2 * np.exp(-np.maximum(since, 0) / 0.05) * np.sin(omega * since) * -1, 0.0)


def _feet(person: Stander, t: Array) -> tuple[dict[str, tuple[Array, Array]], float | None]:
    """Place (n, 3) and pitch (n,) of each foot's instep, and the first instant at which heel or toe is 10 mm away."""
    feet = {side: (np.zeros((len(t), 3)), np.zeros(len(t))) for side in ("left", "right")}
    ends = {side: np.zeros((len(t), 2, 3)) for side in feet}
    for step in person.steps:
        place, pitch = feet[step.side]
        s = (t - step.off_s) / step.swing_s
        angle = step.heel_rad * jerk_free((t - step.off_s + step.unload_s) / step.unload_s) * (1 - jerk_free(s))
        pitch += angle
        place[:, :2] += jerk_free(s)[:, None] * np.array(step.to_m)
        place[:, 2] += step.lift_m * np.sin(np.pi * np.clip(s, 0, 1)) ** 1.5 + 0.5 * SOLE_M * np.sin(angle)
        for end, reach in enumerate((-0.5, 0.5)):
            ends[step.side][:, end, :2] = place[:, :2]
            ends[step.side][:, end, 2] = place[:, 2] - reach * SOLE_M * np.sin(pitch)
    away = np.max([np.linalg.norm(e, axis=2).max(axis=1) for e in ends.values()], axis=0)
    return feet, float(t[np.argmax(away >= 0.01)]) if (away >= 0.01).any() else None


def _sensor(t: Array, place: Array, turn: Array, rng: np.random.Generator) -> Imu:
    """What a sensor at this place feels, worn any way round: differentiate twice, add gravity, turn, add noise."""
    force = np.gradient(np.gradient(place, t, axis=0), t, axis=0) + np.array([0.0, 0.0, G])
    worn = Rotation.from_rotvec(turn) * Rotation.random(random_state=int(rng.integers(2**31)))
    world_rate = np.gradient(turn, t, axis=0)
    acc = worn.inv().apply(force) + rng.normal(0, 0.03, force.shape)
    gyr = worn.inv().apply(world_rate) + rng.normal(0, 0.003, force.shape) + rng.normal(0, 0.004, 3)
    keep = slice(None, None, 2)
    return Imu(t[keep], np.asarray(acc)[keep], np.asarray(gyr)[keep])


def person(rng: np.random.Generator, **more: object) -> Stander:
    """Somebody whose sway lies between a steady and a frail person's."""
    sway_m, slow_s = float(np.exp(rng.uniform(np.log(0.002), np.log(0.012)))), float(rng.uniform(0.15, 0.35))
    return replace(Stander(sway_m=sway_m, slow_s=slow_s), **more)  # type: ignore[arg-type]  # open keywords


def side_step(rng: np.random.Generator, at_s: float) -> Step:
    far = float(rng.uniform(0.1, 0.35) * rng.choice([-1, 1]))
    return Step(
        at_s,
        float(rng.uniform(0.18, 0.38)),
        (float(rng.uniform(-0.05, 0.1)), far),
        float(rng.uniform(0.1, 0.3)),
        float(rng.uniform(0.04, 0.2)),
        float(rng.uniform(0.015, 0.06)),
        float(rng.uniform(0.5, 4)),
        float(rng.uniform(0.06, 0.18)),
    )


def forward_step(rng: np.random.Generator, at_s: float) -> Step:
    far = float(rng.uniform(0.15, 0.4) * rng.choice([-1, 1], p=[0.3, 0.7]))
    return Step(
        at_s,
        float(rng.uniform(0.22, 0.42)),
        (far, float(rng.uniform(-0.08, 0.08))),
        float(rng.uniform(0.15, 0.35)),
        float(rng.uniform(0.1, 0.35)),
        float(rng.uniform(0.015, 0.06)),
        float(rng.uniform(0.5, 4)),
        float(rng.uniform(0.06, 0.18)),
    )


def shuffle(rng: np.random.Generator, at_s: float) -> Step:
    far = float(rng.uniform(0.04, 0.09) * rng.choice([-1, 1]))
    return Step(
        at_s,
        float(rng.uniform(0.12, 0.22)),
        (0.3 * far, far),
        float(rng.uniform(0.1, 0.2)),
        float(rng.uniform(0.0, 0.06)),
        float(rng.uniform(0.003, 0.012)),
        float(rng.uniform(0.4, 1.5)),
        float(rng.uniform(0.06, 0.18)),
    )


def soft_step(rng: np.random.Generator, at_s: float) -> Step:
    """A foot that is set down without a sound: the pelvis is carried over slowly and nothing shakes it."""
    far = float(rng.uniform(0.22, 0.35) * rng.choice([-1, 1]))
    return Step(at_s, float(rng.uniform(0.4, 0.55)), (0.0, far), 0.3, 0.1, 0.03, 0.0, 0.01)


STEPS: dict[str, Callable[[np.random.Generator, float], Step]] = {
    "side": side_step,
    "forward": forward_step,
    "shuffle": shuffle,
}


def trunk_correction(rng: np.random.Generator, at_s: float) -> Upset:
    """Hip strategy: the trunk bends fast, the pelvis goes the other way."""
    lean = float(rng.uniform(0.05, 0.25) * rng.choice([-1, 1]))
    axis = int(rng.integers(2))
    turn, shift = [0.0] * 3, [0.0] * 3
    turn[axis] = lean
    shift[1 - axis] = -0.25 * lean
    return Upset(at_s, float(rng.uniform(0.8, 1.6)), tuple(shift), tuple(turn))  # type: ignore[arg-type]  # three numbers each


def arm_correction(rng: np.random.Generator, at_s: float) -> Upset:
    return Upset(
        at_s,
        float(rng.uniform(0.5, 1.2)),
        (0.0, float(rng.normal(0, 0.01)), 0.002),
        (float(rng.normal(0, 0.03)), 0.0, float(rng.normal(0, 0.06))),
    )


def knee_bend(rng: np.random.Generator, at_s: float) -> Upset:
    return Upset(
        at_s,
        float(rng.uniform(1.0, 2.0)),
        (0.01, 0.0, -float(rng.uniform(0.02, 0.08))),
        (0.0, float(rng.uniform(0, 0.1)), 0.0),
    )


UPSETS: dict[str, Callable[[np.random.Generator, float], Upset]] = {
    "trunk": trunk_correction,
    "arms": arm_correction,
    "knees": knee_bend,
}
