"""Who is in the cohort: people drawn from published ranges, many of them frail and close to a cut point.

Speeds and times cover FRADEA (Spain, 70 and over: gait 0.51/0.79/1.00 m/s, five rises 16.3/13.0/10.7 s, Timed Up and
Go 13.8/11.4/9.8 s at P25/50/75, PMC7025936) and go on to people who hardly walk; in acute care three in four cannot do
the chair rise. Cut points attract the draw on purpose: what is far from them is easy to score.
"""

from dataclasses import dataclass
from typing import Literal, TypeVar

import msgspec
import numpy as np
from numpy.random import Generator, default_rng

from rig.model.marks import STANCES, Test
from rig.virtual.assessor import Assessor, start_place
from rig.virtual.lab import FAMILIES, build_of
from rig.virtual.participant import Aid, FailedRise, Participant, Pause, Unable, WalkStop
from rig.virtual.randomness import stream
from rig.virtual.serial_line import SerialLine

Frailty = Literal["robust", "pre-frail", "frail", "dependent"]
AIDS: tuple[Aid, ...] = ("none", "cane", "walker", "rollator")
CUTS_S: dict[str, tuple[float, ...]] = {
    "walk_4m": (4.82, 6.21, 8.71),
    "walk_6m": (6.0, 7.51, 12.01),
    "chair": (11.20, 13.70, 16.70),
    "tug": (20.01,),
    "tandem": (3.0, 10.0),
}
NEAR_S = 0.3
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Group:
    """Ranges and shares of one level of frailty."""

    share: float
    speed: tuple[float, float]
    cv: tuple[float, float]
    rise: tuple[float, float]
    sit: tuple[float, float]
    pause: tuple[float, float]
    sway: tuple[float, float]
    stoop: tuple[float, float]
    tremor: tuple[float, float]
    landing: tuple[float, float]
    turn: tuple[float, float]
    steps_out: tuple[float, float, float]
    aids: tuple[float, float, float, float]
    fails: float
    rests: float
    gives_up: float
    arms: float
    cannot: float
    refuses: float
    stops: float


GROUPS: dict[Frailty, Group] = {
    "robust": Group(
        0.18, (0.95, 1.4), (0.02, 0.04), (0.8, 1.3), (0.7, 1.1), (0.1, 0.3), (3, 5), (0, 6), (0.01, 0.03), (0.82, 0.97),
        (1.3, 2.2), (0, 0, 0.15), (1, 0, 0, 0), 0.02, 0.02, 0, 0, 0, 0.01, 0.01,
    ),
    "pre-frail": Group(
        0.30, (0.66, 1.0), (0.03, 0.07), (1.0, 1.9), (0.9, 1.4), (0.1, 0.6), (4, 7), (2, 10), (0.02, 0.05), (0.8, 0.95),
        (1.8, 3.2), (0.01, 0.06, 0.4), (0.8, 0.2, 0, 0), 0.12, 0.1, 0.02, 0.01, 0, 0.02, 0.03,
    ),
    "frail": Group(
        0.34, (0.40, 0.72), (0.05, 0.11), (1.5, 3.2), (1.1, 2.0), (0.1, 1.0), (5, 9), (4, 15), (0.03, 0.08),
        (0.76, 0.95), (2.6, 5.0), (0.06, 0.2, 0.6), (0.35, 0.27, 0.18, 0.2), 0.3, 0.2, 0.1, 0.06, 0.03, 0.04, 0.08,
    ),
    "dependent": Group(
        0.18, (0.20, 0.50), (0.07, 0.14), (2.2, 5.0), (1.3, 2.8), (0.2, 1.5), (6, 9), (6, 18), (0.04, 0.1),
        (0.76, 0.92), (3.8, 7.0), (0.25, 0.4, 0.8), (0.1, 0.2, 0.35, 0.35), 0.45, 0.3, 0.15, 0.15, 0.3, 0.08, 0.12,
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the cohort; `seed` draws the same one again and runs the same session."""

    seed: int
    frailty: Frailty
    who: Participant


def person_of(seed: int, family: str) -> Person:
    """Draw one person."""
    rng = default_rng([seed, 77])
    frailty = _one(rng, tuple(GROUPS), tuple(group.share for group in GROUPS.values()))
    group = GROUPS[frailty]
    who = _body(seed, group, rng)
    who = _chair(who, group, rng)
    who = _unable(who, group, rng)
    return Person(seed, frailty, _near_cut(who, group, family, seed, rng))


def _one(rng: Generator, choices: tuple[T, ...], shares: tuple[float, ...]) -> T:
    return choices[int(rng.choice(len(choices), p=np.array(shares) / sum(shares)))]


def _body(seed: int, group: Group, rng: Generator) -> Participant:
    speed = _speed(group, rng)
    pauses = rng.uniform(*group.pause, 2)
    return Participant(
        id=f"c{seed}",
        age_years=int(rng.integers(70, 96)),
        height_m=float(np.clip(rng.normal(1.58, 0.08), 1.42, 1.85)),
        trunk_depth_m=float(rng.uniform(0.19, 0.32)),
        seat_height_m=float(rng.uniform(0.43, 0.47)),
        speed_mps=speed,
        step_time_cv=float(rng.uniform(*group.cv)),
        step_width_m=float(rng.uniform(0.07, 0.17)),
        reaction_s=float(rng.uniform(0.25, 0.5 + 0.5 * (speed < 0.7))),
        rise_time_s=float(rng.uniform(*group.rise)),
        sit_time_s=float(rng.uniform(*group.sit)),
        standing_pause_s=float(max(0.1, pauses[0])),
        seated_pause_s=float(pauses[1]) if rng.random() < 0.6 else 0.0,
        flexion_deg=float(rng.uniform(32, 46)),
        stoop_deg=float(rng.uniform(*group.stoop)),
        recline_deg=float(rng.uniform(5, 18)),
        landing=float(rng.uniform(*group.landing)),
        sway_mm=float(rng.uniform(*group.sway)),
        tremor_deg=float(rng.uniform(*group.tremor)),
        step_out_s=_step_outs(group, rng),
        aid=_one(rng, AIDS, group.aids),
        turn_time_s=(turn := float(rng.uniform(*group.turn))),
        turn_steps=int(np.clip(round(turn / rng.uniform(0.4, 0.7)), 3, 14)),
        turn_hesitation_s=float(rng.uniform(0.5, 2.5)) if rng.random() < group.stops else 0.0,
        tug_turn_at_m=float(rng.uniform(2.95, 3.55)),
        sit_overlap_s=float(rng.uniform(0, 0.6)) if rng.random() < 0.3 else 0.0,
        walk_stop=_stop(group, rng),
        answers={"falls_last_year": int(rng.integers(0, 3)), "fall_needed_care": False, "cognitive_impairment": False},
    )


def _speed(group: Group, rng: Generator) -> float:
    """Most people walk one of the courses in about the time of a cut point."""
    cuts = [(4.0, cut) for cut in CUTS_S["walk_4m"]] * 2 + [(6.0, cut) for cut in CUTS_S["walk_6m"]]
    speeds = [length / (cut - 0.45 + rng.normal(0, 0.15)) for length, cut in cuts]
    near = [speed for speed in speeds if group.speed[0] < speed < group.speed[1]]
    if near and rng.random() < 0.95:
        return float(rng.choice(near))
    return float(rng.uniform(*group.speed))


def _step_outs(group: Group, rng: Generator) -> dict[Test, float]:
    out = {}
    for stance, chance in zip(STANCES, group.steps_out, strict=True):
        if rng.random() < chance:
            near = rng.choice([3.0, 9.8]) + rng.normal(0, 0.12)
            out[stance] = round(float(near if rng.random() < 0.5 else rng.uniform(0.7, 9.7)), 3)
    return out


def _stop(group: Group, rng: Generator) -> WalkStop | None:
    if rng.random() >= group.stops:
        return None
    test = _one(rng, (Test.WALK_4M, Test.WALK_6M), (1, 1))
    return WalkStop(test, float(rng.uniform(1.5, 2.8)), float(rng.uniform(1.0, 4.0)))


def _chair(who: Participant, group: Group, rng: Generator) -> Participant:
    failed = [FailedRise(int(rng.integers(1, 6)), float(rng.uniform(0.08, 0.75))) for _ in range(2)]
    leans = [FailedRise(int(rng.integers(1, 6)), 0.0)]
    rests = (Pause(int(rng.integers(1, 5)), float(rng.uniform(1.0, 6.0))),)
    fails = tuple(failed[: 1 + int(rng.random() < 0.3)]) if rng.random() < group.fails else ()
    return msgspec.structs.replace(
        who,
        failed_rises=(*fails, *(leans if rng.random() < 0.4 * group.fails else ())),
        chair_pauses=rests if rng.random() < group.rests else (),
    )


def _unable(who: Participant, group: Group, rng: Generator) -> Participant:
    reasons: tuple[Unable, ...] = ("refused", "participant_unsafe", "assessor_unsafe", "not_understood")
    parts = (Test.SIDE_BY_SIDE, Test.TANDEM, Test.WALK_4M, Test.CHAIR_SINGLE, Test.CHAIR, Test.TUG, Test.WALK_6M)
    refusals = {part: _one(rng, reasons, (1, 1, 1, 1)) for part in parts if rng.random() < group.refuses}
    cannot = rng.random() < group.cannot
    return msgspec.structs.replace(
        who,
        refusals=refusals,
        cannot_rise=cannot,
        needs_arms=not cannot and rng.random() < group.arms,
        rises_possible=int(rng.integers(1, 5)) if rng.random() < group.gives_up else 99,
    )


def _near_cut(who: Participant, group: Group, family: str, seed: int, rng: Generator) -> Participant:
    """Stretch the rises so that most times of five end about a cut point, where the group's ranges allow.

    The times are rehearsed, without the poses.
    """
    ranges = ((0.8 * group.rise[0], group.rise[1]), (0.8 * group.sit[0], group.sit[1]))
    target = float(rng.choice(CUTS_S["chair"])) + float(rng.normal(0, 0.12))
    if who.cannot_rise or who.needs_arms or rng.random() > 0.95:
        return who
    for _ in range(4):
        time = _rehearsed(who, family, seed)
        if time is None:
            return who
        factor = float(np.clip(1 + (target - time) / (0.75 * time), 0.6, 1.6))
        rise, sit = who.rise_time_s * factor, who.sit_time_s * factor
        if any(not low <= value <= high for value, (low, high) in zip((rise, sit), ranges, strict=True)):
            return who
        who = msgspec.structs.replace(who, rise_time_s=rise, sit_time_s=sit)
    return who


def _rehearsed(who: Participant, family: str, seed: int) -> float | None:
    """About the time of five rises, from what the body would do, without its poses."""
    build = build_of(who)
    body = FAMILIES[family](who, start_place(build) - 0.7, stream(seed, "body"))
    log = Assessor(who, body, build, SerialLine(), stream(seed, "assessor")).run()
    trial = next((trial for trial in log.trials if trial.test == Test.CHAIR), None)
    if trial is None or trial.cue is None or trial.stop_s is None or trial.unable:
        return None
    return trial.stop_s - 0.27 - trial.cue.sounds_s
