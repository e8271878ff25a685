"""Short performances of a body, for tests that do not need a whole session."""

from typing import Any

import msgspec
import numpy as np

from rig.model.marks import Test
from rig.virtual import PRESETS, VirtualSession
from rig.virtual.body import Turn, Walk
from rig.virtual.body.pendulum import PendulumBody
from rig.virtual.clocks import MONOTONIC_START_NS
from rig.virtual.lab import build_of
from rig.virtual.landmarks import Landmarks
from rig.virtual.participant import Participant
from rig.virtual.randomness import stream
from rig.virtual.spans import Span
from rig.virtual.truth import TrialTruth


def person(preset: str = "robust", **changes: Any) -> Participant:
    return msgspec.structs.replace(PRESETS[preset], **changes)


def new_body(who: Participant, x: float = -0.25, seed: int = 1) -> PendulumBody:
    body = PendulumBody(who, x, stream(seed, "body"))
    body.wait(2.0)
    return body


def walked(who: Participant, metres: float = 8.0, seed: int = 1) -> Landmarks:
    body = new_body(who, seed=seed)
    body.go((Walk(metres),))
    body.wait(2.0)
    return Landmarks(body.motion())


def turned(who: Participant, angle: float = np.pi) -> Landmarks:
    body = new_body(who)
    body.go((Walk(3.0), Turn(angle, hesitates=True), Walk(0.5)))
    body.wait(2.0)
    return Landmarks(body.motion())


def risen(who: Participant, times: int = 4, seed: int = 1) -> tuple[Landmarks, Span]:
    body = new_body(who, seed=seed)
    body.go((Walk(0.06),), with_aid=False)
    body.wait(1.0)
    body.sit()
    body.wait(1.5)
    start = body.now
    for _ in range(times):
        body.wait(1.5)
        body.rise()
        body.wait(1.5)
        body.sit()
    body.wait(2.0)
    return Landmarks(body.motion()), Span(start, body.now)


def legs_of(who: Participant) -> float:
    build = build_of(who)
    return build.thigh + build.shank


def second(t_ns: int) -> float:
    return (t_ns - MONOTONIC_START_NS) / 1e9


def trials(session: VirtualSession, *tests: Test) -> list[TrialTruth]:
    return [t for t in session.truth.trials if t.test in tests]


def times(trial: TrialTruth, name: str, gate: int | None = None) -> list[float]:
    return [second(e.t_ns) for e in trial.events if e.name == name and e.gate == gate]
