"""`python -m tests.cohort.stooped 300 --seed 1`: Timed Up and Go of a corner of the virtual bodies, drawn on purpose.

Stooped people who lean little, rise slowly and sink softly and evenly onto the seat: the corner in which a trunk that
sinks passes for one that rests. From every placement that a body of the virtual lab can wear; the sensor is mounted
any way round, and has the noise and the errors of a chip. A phone in the pocket is felt as a sensor at the thigh.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rig.model.setup import Role
from rig.virtual.body import Body, Turn, Walk
from rig.virtual.imu import Chip, feel, measure
from rig.virtual.lab import FAMILIES
from rig.virtual.landmarks import Landmarks
from rig.virtual.motion import Motion
from rig.virtual.participant import Participant
from rig.virtual.randomness import stream
from rig.virtual.spans import Span
from rig_signal.tug import analyse_tug
from rig_signal.types import Array, Imu, Placement

ROLES: dict[Placement, Role] = {
    "lower_back": Role.LOWER_BACK, "chest": Role.CHEST, "thigh": Role.THIGH, "pocket": Role.THIGH,
}  # fmt: skip
CHIP = Chip(mounting_deg=180.0)
RATE_HZ = 100.0
FROM_S = 2.0
_BACK = 0.95


@dataclass(frozen=True, slots=True)
class Truth:
    """First movement and seated again (docs/landmarks.md); when 95 % of the lean back after that is behind."""

    first_s: float
    seated_s: float
    leant_back_s: float


@dataclass(frozen=True, slots=True)
class Found:
    """Errors of the duration and of its end, what they are uncertain by, and of the end against the lean back, s."""

    error_s: float
    u_s: float
    seated_error_s: float
    seated_u_s: float
    back_error_s: float


def person(seed: int) -> Participant:
    """Draw one of them."""
    rng = np.random.default_rng([seed, 4242])
    turn = float(rng.uniform(2.5, 6.5))
    return Participant(
        height_m=float(np.clip(rng.normal(1.57, 0.08), 1.4, 1.8)),
        trunk_depth_m=float(rng.uniform(0.19, 0.32)),
        seat_height_m=float(rng.uniform(0.42, 0.48)),
        speed_mps=float(rng.uniform(0.25, 0.75)),
        step_time_cv=float(rng.uniform(0.04, 0.12)),
        step_width_m=float(rng.uniform(0.07, 0.17)),
        rise_time_s=float(rng.uniform(1.5, 5.0)),
        sit_time_s=float(rng.uniform(1.6, 3.6)),
        standing_pause_s=float(rng.uniform(0.0, 1.0)),
        flexion_deg=float(rng.uniform(24, 36)),
        stoop_deg=float(rng.uniform(9, 20)),
        recline_deg=float(rng.uniform(3, 16)),
        landing=float(rng.uniform(0.87, 0.97)),
        sway_mm=float(rng.uniform(4, 9)),
        tremor_deg=float(rng.uniform(0.02, 0.09)),
        turn_time_s=turn,
        turn_steps=int(np.clip(round(turn / rng.uniform(0.4, 0.7)), 3, 14)),
        sit_overlap_s=float(rng.uniform(0.0, 0.6)) if rng.random() < 0.3 else 0.0,
    )


def performed(who: Participant, family: str, seed: int) -> Motion:
    """A Timed Up and Go, with some rest before and after."""
    rng = np.random.default_rng([seed, 4243])
    body: Body = FAMILIES[family](who, 0.0, stream(seed, "body"))
    body.sit()
    body.wait(float(rng.uniform(2.5, 5.0)))
    body.rise()
    body.wait(who.standing_pause_s)
    body.go((Walk(3.0), Turn(np.pi), Walk(0.34), Turn(np.pi, drift_m=-0.3)))
    body.sit(overlap_s=who.sit_overlap_s)
    body.wait(float(rng.uniform(1.5, 5.0)))
    return body.motion()


def truth_of(motion: Motion) -> Truth:
    """Read off the poses."""
    landmarks, end_s = Landmarks(motion), float(motion.time_s[-1])
    rises = [rise for rise in landmarks.rises(Span(FROM_S, end_s)) if rise.standing is not None]
    contact = rises[-1].seat_on
    assert contact is not None
    seated_s = landmarks.seated(contact, end_s)
    after = motion.time_s >= seated_s
    back = motion.trunk.pitch[after] <= motion.trunk.pitch[-1] + (1 - _BACK) * np.ptp(motion.trunk.pitch[after])
    return Truth(
        landmarks.first_movement(rises[0], FROM_S), seated_s, float(motion.time_s[after][int(np.argmax(back))])
    )


def worn(motion: Motion, placement: Placement, seed: int) -> Imu:
    """What a sensor measures."""
    role = ROLES[placement]
    time_s = np.arange(FROM_S - 0.1, float(motion.time_s[-1]) - 0.02, 1 / RATE_HZ, dtype=np.float64)
    counts = measure(feel(role, motion), time_s, CHIP, np.random.default_rng([seed, len(role.value)]))
    pairs = (counts.acc, CHIP.acc_lsb), (counts.gyr, np.radians(CHIP.gyr_lsb))
    acc, gyr = (np.asarray(count * lsb, dtype=np.float64) for count, lsb in pairs)
    return Imu(time_s, acc, gyr)


def found_of(seed: int, family: str, placements: tuple[Placement, ...]) -> Iterator[Found | None]:
    """One person, from every placement; None where there is no time."""
    motion = performed(person(seed), family, seed)
    truth = truth_of(motion)
    for placement in placements:
        result = analyse_tug(worn(motion, placement, seed), placement)
        if result.first_movement is None or result.seated is None or result.u_s is None:
            yield None
            continue
        late_s = result.seated.t_s - truth.seated_s
        error_s = late_s - (result.first_movement.t_s - truth.first_s)
        yield Found(error_s, result.u_s, late_s, result.seated.u_s, result.seated.t_s - truth.leant_back_s)


def columns(found: list[Found | None]) -> tuple[int, Array]:
    """How many have no time, and (n, 5) of the others."""
    timed = [(x.error_s, x.u_s, x.seated_error_s, x.seated_u_s, x.back_error_s) for x in found if x is not None]
    return len(found) - len(timed), np.array(timed, dtype=np.float64).reshape(-1, 5)


def _row(family: str, placement: Placement, found: list[Found | None]) -> str:
    none, timed = columns(found)
    error, u, seated, seated_u, back = timed.T
    figures = (
        f"{none}", f"{np.mean(np.abs(error) > 0.3):.3f}", f"{error.mean():.3f}", f"{error.std():.3f}",
        f"{(error / u).std():.2f}", f"{seated.mean():.3f}", f"{seated.std():.3f}",
        f"{np.abs(seated).max(initial=0.0):.2f}", f"{seated_u.mean():.3f}", f"{(seated / seated_u).std():.2f}",
        f"{back.mean():.2f}",
    )  # fmt: skip
    return " | ".join(("", family, placement, f"{len(found)}", *figures, "")).strip()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.cohort.stooped", description=__doc__)
    parser.add_argument("people", type=int)
    parser.add_argument("--seed", type=int, required=True, help="of the first")
    told = parser.parse_args()
    heads = (
        "family", "worn at", "n", "without a time", "off > 0.3 s", "bias, s", "SD, s", "error/u_s SD",
        "seated: bias, s", "SD, s", "largest, s", "mean u_s", "error/u_s SD", "after the lean back, s",
    )  # fmt: skip
    print(f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", sep="\n")
    for family in FAMILIES:
        seeds = range(told.seed, told.seed + told.people)
        people = [tuple(found_of(seed, family, tuple(ROLES))) for seed in seeds]
        for placement, found in zip(ROLES, zip(*people, strict=True), strict=True):
            print(_row(family, placement, list(found)), flush=True)


if __name__ == "__main__":
    main()
