"""A person's own way of moving: what two people with the same times and speeds do differently."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.random import Generator

from rig.virtual.participant import Participant

StepOut = Literal["lateral", "backward", "pivot", "forward"]
WALK_RATIO = (0.0040, 0.0057)
"""Step length over cadence, m per (step/min): frail to robust (Sekiya 1998, doi:10.1016/S0966-6362(98)00009-5)."""


@dataclass(frozen=True, slots=True)
class Manner:
    """Draws that stay the same for one person in one session.

    Attributes
    ----------
    extension, flexion
        Beta parameters of the legs' extension and the trunk's flexion.
    overlap
        Share of the rise at which the legs begin: low is a transfer by strength, high by momentum of the trunk.
    lumbar_share, chest_late_s
        Part of the trunk's lean that the pelvis takes; the chest follows it late.
    rocks
        Small forward and backward swings of the trunk before the first rise of a trial.
    drop_g
        Downward acceleration, in g, once the control of the descent is given up.
    cushion_s
        How slowly the seat gives way.
    bow
        Lean of the trunk in sitting down, as a part of that in rising.
    reach_rad
        Twist of the trunk towards the seat before sitting.
    long_left, slow_left
        Relative surplus of the left foot's step length and time.
    strike
        Toe-up angle at contact at 1.2 m/s (rad), negative for who lands on the forefoot.
    ripple
        Time constant of the push of each step, as a share of the step time: low is a jerky walk.
    shock_hz
        Frequency of the tone of a contact at the back.
    lead_s
        How early the trunk turns before the feet.
    step_out
        What the feet do when balance is lost.
    """

    extension: tuple[float, float]
    flexion: tuple[float, float]
    overlap: float
    lumbar_share: float
    chest_late_s: float
    rocks: int
    drop_g: float
    cushion_s: float
    bow: float
    reach_rad: float
    long_left: float
    slow_left: float
    strike: float
    ripple: float
    walk_ratio: float
    shock_hz: float
    lead_s: float
    step_out: StepOut


def manner_of(person: Participant, rng: Generator) -> Manner:
    """Draw a manner; frail people rock, land flat, walk in jerks and unevenly more often."""
    frailty = float(np.clip((1.15 - person.speed_mps) / 0.8, 0.0, 1.0))
    uneven = 0.03 + 0.07 * frailty + 0.06 * (person.aid == "cane")
    kinds: tuple[StepOut, ...] = ("lateral", "backward", "pivot", "forward")
    return Manner(
        extension=(float(rng.uniform(2.3, 3.4)), float(rng.uniform(2.2, 3.6))),
        flexion=(float(rng.uniform(2.2, 3.0)), float(rng.uniform(2.2, 3.2))),
        overlap=float(rng.uniform(0.28, 0.40)),
        lumbar_share=float(rng.uniform(0.70, 0.90)),
        chest_late_s=float(rng.uniform(0.02, 0.09)),
        rocks=int(rng.random() < 0.35 * frailty) * int(rng.integers(1, 3)),
        drop_g=float(rng.uniform(0.06, 0.22)),
        cushion_s=float(rng.uniform(0.015, 0.05)),
        bow=float(rng.uniform(0.55, 1.0)),
        reach_rad=float(rng.normal(0, 0.12)),
        long_left=float(rng.normal(0, uneven)),
        slow_left=float(rng.normal(0, uneven)),
        strike=float(rng.uniform(0.16, 0.36)) if rng.random() > 0.2 * frailty else -0.06,
        ripple=float(rng.uniform(0.215, 0.27)),
        walk_ratio=float(np.interp(frailty, (0, 1), WALK_RATIO[::-1]) * np.exp(rng.normal(0, 0.06))),
        shock_hz=float(rng.uniform(9, 15)),
        lead_s=float(rng.uniform(0.0, 0.2)),
        step_out=kinds[int(rng.choice(4, p=(0.4, 0.25, 0.15, 0.2)))],
    )
