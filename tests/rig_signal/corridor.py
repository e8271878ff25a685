"""People, aids and followers walking through beams: an independent, geometric source of edges with truth.

A walker is a set of parts, each an interval along the corridor that moves with time and covers a range of heights.
A beam is blocked while any part at its height covers its place.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rig_signal.crossing import Gate
from rig_signal.occlusion import Edge
from rig_signal.types import Array

RATE_HZ = 2000.0
CHEST_M, HIP_M = 1.15, 0.90
PLACES_M = (0.0, 3.0, 4.0, 6.0)


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """Something that blocks light: from `back_m` to `front_m` at heights `low_m` to `high_m`."""

    back_m: Array
    front_m: Array
    low_m: float
    high_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """Everybody in the corridor, and where the participant's trunk front is."""

    time_s: Array
    parts: tuple[Part, ...]
    trunk_front_m: Array

    def truth_s(self, place_m: float) -> float:
        return float(self.time_s[np.argmax(self.trunk_front_m >= place_m)])


def part(centre_m: Array, depth_m: float, low_m: float, high_m: float) -> Part:
    return Part(centre_m - depth_m / 2, centre_m + depth_m / 2, low_m, high_m)


def edges_of(scene: Scene, heights_m: Sequence[float], places_m: Sequence[float] = PLACES_M) -> list[Edge]:
    return [
        Edge(gate, beam, bool(now), float(scene.time_s[i + 1]))
        for gate, place in enumerate(places_m)
        for beam, height in enumerate(heights_m)
        for i, now in _changes(_blocked(scene, place, height))
    ]


def gates(heights_m: tuple[float, ...], places_m: Sequence[float] = PLACES_M) -> list[Gate]:
    return [Gate(number, place, heights_m) for number, place in enumerate(places_m)]


def _blocked(scene: Scene, place_m: float, height_m: float) -> np.ndarray:
    shut = np.zeros(len(scene.time_s), dtype=bool)
    for p in scene.parts:
        if p.low_m <= height_m <= p.high_m:
            shut |= (p.back_m <= place_m) & (place_m <= p.front_m)
    return shut


def _changes(shut: np.ndarray) -> list[tuple[int, bool]]:
    at = np.flatnonzero(shut[1:] != shut[:-1])
    return [(int(i), bool(shut[i + 1])) for i in at]


def steady(
    rng: np.random.Generator, speed_m_s: float, begin_m: float = -1.0, end_m: float = 8.0
) -> tuple[Array, Array]:
    """Time and place of a body whose speed swings within each step, as walking does."""
    seconds = (end_m - begin_m) / speed_m_s
    t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    step_hz = 1.0 + 0.7 * speed_m_s
    swing = rng.uniform(0.1, 0.25) * speed_m_s / (2 * np.pi * step_hz)
    return t, begin_m + speed_m_s * t + swing * np.sin(2 * np.pi * step_hz * t + rng.uniform(0, 6.28))


def stop_and_go(rng: np.random.Generator, speed_m_s: float, begin_m: float = -1.0) -> tuple[Array, Array, Array]:
    """Time, body and frame of a pick-up frame: the frame is set forward, two steps follow, and so on."""
    reach = rng.uniform(0.25, 0.4)
    cycle_s = reach / speed_m_s
    t = np.arange(round((8.0 - begin_m) / speed_m_s * RATE_HZ)) / RATE_HZ
    cycles = t / cycle_s + rng.uniform()
    count, phase = np.floor(cycles), cycles % 1.0
    aid = begin_m + 0.35 + reach * (count + np.interp(phase, [0, 0.35, 1], [0, 1, 1]))
    body = begin_m + reach * (count + np.interp(phase, [0, 0.4, 0.65, 0.7, 1], [0, 0, 0.5, 0.55, 1]))
    return t, body, aid


def trunk(rng: np.random.Generator, body_m: Array) -> tuple[tuple[Part, ...], Array]:
    """Chest and hips; the front of the chest is the truth."""
    chest, hip, lean = rng.uniform(0.2, 0.3), rng.uniform(0.2, 0.32), rng.uniform(-0.01, 0.03)
    parts = (part(body_m + lean, chest, 1.0, 1.45), part(body_m, hip, 0.75, 1.0))
    return parts, np.maximum.accumulate(body_m + lean + chest / 2)


def arms(rng: np.random.Generator, t: Array, body_m: Array, speed_m_s: float) -> tuple[Part, ...]:
    """Hands that swing at hip height, elbows within the trunk's depth."""
    reach, hz = rng.uniform(0.1, 0.3) * min(1.0, speed_m_s), (1.0 + 0.7 * speed_m_s) / 2
    phase = 2 * np.pi * hz * t + rng.uniform(0, 6.28)
    return tuple(part(body_m + 0.05 + s * reach * np.sin(phase), 0.09, 0.7, 0.95) for s in (1, -1))


def cane(rng: np.random.Generator, t: Array, body_m: Array, speed_m_s: float) -> tuple[Part, ...]:
    """A hand on a cane that is set forward every other step."""
    phase = (t * (1.0 + 0.7 * speed_m_s) / 2 + rng.uniform()) % 1.0
    ahead = 0.1 + 0.35 * np.interp(phase, [0, 0.3, 1], [0, 1, 0])
    return (part(body_m + ahead, 0.10, 0.75, 0.95), part(body_m + ahead + 0.05, 0.02, 0.0, 0.9))


def frame(place_m: Array) -> tuple[Part, ...]:
    """Two uprights and the hands on the grips."""
    return (
        part(place_m, 0.03, 0.0, 0.92),
        part(place_m - 0.35, 0.03, 0.0, 0.92),
        part(place_m - 0.15, 0.12, 0.85, 0.97),
    )


def rollator(rng: np.random.Generator, body_m: Array) -> tuple[Part, ...]:
    ahead = rng.uniform(0.25, 0.4)
    return (part(body_m + ahead, 0.12, 0.80, 0.98), part(body_m + ahead + 0.35, 0.05, 0.0, 0.75))


def assessor(rng: np.random.Generator, body_m: Array) -> tuple[Part, ...]:
    """Somebody who walks 0.45-1.2 m behind, with a deeper trunk."""
    behind = body_m - rng.uniform(0.5, 1.2)
    parts, _ = trunk(rng, behind)
    return parts


def scene(case: str, rng: np.random.Generator) -> Scene:
    """One run of a case of the table in the findings on gate physics."""
    speed = {"independent": 1.1, "frail": 0.45, "cane": 0.7, "frame": 0.3, "rollator": 0.6}[case.split("+")[0]]
    speed *= rng.uniform(0.85, 1.15)
    if case.startswith("frame"):
        t, body, aid_m = stop_and_go(rng, speed)
        aid = frame(aid_m)
    else:
        t, body = steady(rng, speed)
        aid = {"cane": cane(rng, t, body, speed), "rollator": rollator(rng, body)}.get(case.split("+")[0], ())
    own, front = trunk(rng, body)
    hands = arms(rng, t, body, speed) if case in ("independent", "frail+assessor") else ()
    follower = assessor(rng, body) if case.endswith("+assessor") else ()
    return Scene(t, own + aid + hands + follower, front)


def with_stop(run: Scene, at_s: float, stop_s: float) -> Scene:
    """The same run with everybody standing still from `at_s` for `stop_s`."""
    n = round(stop_s * RATE_HZ)
    i = round((at_s - float(run.time_s[0])) * RATE_HZ)
    time_s = run.time_s[0] + np.arange(len(run.time_s) + n) / RATE_HZ

    def hold(x: Array) -> Array:
        return np.concatenate([x[:i], np.full(n, x[i]), x[i:]])

    parts = tuple(Part(hold(p.back_m), hold(p.front_m), p.low_m, p.high_m) for p in run.parts)
    return Scene(time_s, parts, hold(run.trunk_front_m))


CASES = ("independent", "frail+assessor", "cane", "frame", "frame+assessor", "rollator+assessor")
