"""`python -m tests.cohort.chairs 100 --seed 1`: are chair rises counted rightly where that is hard?

The sessions of `chair_draws`, felt at every placement by sensors mounted any way round, noisy, slow or fast, some of
which slip. Judged against the landmarks: every full stand is to be found once and nothing else, and every attempt that
gets well off the seat is to be listed as failed.
"""

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator, default_rng
from scipy.ndimage import gaussian_filter1d

from rig.model.setup import Role
from rig.virtual.imu import Chip, Felt, feel, measure
from rig.virtual.landmarks import Landmarks
from rig.virtual.motion import GRID_S
from rig_signal.chair import ChairResult, FailedRise, Rise, analyse_chair
from rig_signal.types import Imu, Placement
from tests.cohort.chair_draws import Session, between, performed
from tests.cohort.chair_moves import MOVERS
from tests.rig_signal.slip import slipped

ROLES: dict[Placement, Role] = {"lower_back": Role.LOWER_BACK, "chest": Role.CHEST, "thigh": Role.THIGH}
ANTI_ALIASED_HZ = 100.0
CUT_OFF = 0.42
"""A slower sensor has a filter of its own, which halves the power at this share of its rate."""
SLIP_SHARE = 0.2
UNSURE = frozenset({"count_unsure", "gap_in_rise"})
LISTED_FROM = 0.25
"""An attempt that reaches less than this share of the way may be taken for a lean."""
EARLY_S, LATE_S = 0.7, 0.3
"""How far an attempt may lie outside the true one: its moments are less sure than those of a rise."""
STANDING_EARLY_S, STANDING_LATE_S = 1.0, 0.5


@dataclass(frozen=True, slots=True)
class Leave:
    """Away from the seat once: when, whether to the full stand, and which part of the excursion it reaches."""

    off_s: float
    on_s: float
    stands: bool
    reach: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one recording: whether it says to be unsure, and how many rises and failed attempts are wrong.

    A stand that is counted twice is a false rise, as is an attempt that is counted; the latter is not missed as well,
    nor is what is found of a missed rise a false attempt.
    """

    unsure: bool
    rises_missed: int
    rises_false: int
    failed_missed: int
    failed_false: int

    @property
    def right(self) -> bool:
        """Every stand is counted once, and nothing else."""
        return self.rises_missed == self.rises_false == 0


def truth_of(session: Session) -> tuple[Leave, ...]:
    """Read off the poses."""
    rest, height = session.motion.rest, session.motion.pelvis.position[:, 2]
    found = []
    for rise in Landmarks(session.motion).rises(session.span):
        on_s = rise.seat_on or session.span.end
        highest = height[int(rise.seat_off / GRID_S) : int(on_s / GRID_S) + 1].max()
        reach = float((highest - rest.seated_height) / rest.excursion)
        found.append(Leave(rise.seat_off, on_s, rise.standing is not None, reach))
    return tuple(found)


def worn(session: Session, placement: Placement) -> Imu:
    """What a sensor measures; the same rate, noise and slip at every placement."""
    rng = default_rng([session.seed, 4245])
    rate_hz, noisier = between(rng, 25, 400), between(rng, 1, 4)
    chip = Chip(mounting_deg=180.0, acc_noise=0.012 * noisier, gyr_noise=0.0012 * noisier)
    time_s = np.arange(session.span.start, session.span.end, 1 / rate_hz, dtype=np.float64)
    felt = _filtered(feel(ROLES[placement], session.motion), rate_hz)
    counts = measure(felt, time_s, chip, default_rng([session.seed, len(placement)]))
    acc = np.asarray(counts.acc * chip.acc_lsb, dtype=np.float64)
    imu = Imu(time_s, acc, np.asarray(counts.gyr * np.radians(chip.gyr_lsb), dtype=np.float64))
    return _slipped(imu, rng) if rng.random() < SLIP_SHARE else imu


def _filtered(felt: Felt, rate_hz: float) -> Felt:
    if rate_hz > ANTI_ALIASED_HZ:
        return felt
    width = np.sqrt(np.log(2)) / (2 * np.pi * CUT_OFF * rate_hz * GRID_S)
    return Felt(gaussian_filter1d(felt.force, width, axis=0), gaussian_filter1d(felt.rate, width, axis=0))


def _slipped(imu: Imu, rng: Generator) -> Imu:
    """Once, at any moment, about any axis, at once or slowly."""
    at_s, over_s = rng.uniform(imu.time_s[0] + 1, imu.time_s[-1] - 1), rng.choice([0.1, 1.0, 10.0])
    axis = rng.normal(size=3)
    return slipped(imu, at_s, rng.uniform(10, 30), over_s, axis)


def judged(truth: Sequence[Leave], result: ChairResult) -> Verdict:
    """Compare what was found with what was done."""
    stands = [leave for leave in truth if leave.stands]
    attempts = [leave for leave in truth if not leave.stands]
    risen = [_first(stand for stand in stands if _is_of(rise, stand)) for rise in result.rises]
    tried = [_first(attempt for attempt in attempts if _belongs(failed, attempt)) for failed in result.failed]
    missed = [stand for stand in stands if stand not in risen]
    counted = [rise.seat_off.t_s for rise, stand in zip(result.rises, risen, strict=True) if stand is None]
    stray = [failed.seat_off.t_s for failed, attempt in zip(result.failed, tried, strict=True) if attempt is None]
    hard = [x for x in attempts if x.reach > LISTED_FROM and not any(_within(t_s, x) for t_s in counted)]
    return Verdict(
        unsure=not UNSURE.isdisjoint(result.quality),
        rises_missed=len(missed),
        rises_false=len(counted) + _repeated(risen),
        failed_missed=sum(attempt not in tried for attempt in hard),
        failed_false=sum(not any(_within(t_s, stand) for stand in missed) for t_s in stray) + _repeated(tried),
    )


def _repeated(found: Sequence[Leave | None]) -> int:
    """How many are of one that was found before."""
    known = [leave for leave in found if leave is not None]
    return len(known) - len(set(known))


def _first(leaves: Iterable[Leave]) -> Leave | None:
    return next(iter(leaves), None)


def _is_of(rise: Rise, stand: Leave) -> bool:
    standing_s = rise.standing.t_s
    stood = stand.off_s - STANDING_EARLY_S <= standing_s <= stand.on_s + STANDING_LATE_S
    return stood and rise.seat_off.t_s < stand.on_s


def _belongs(failed: FailedRise, attempt: Leave) -> bool:
    return any(_within(moment.t_s, attempt) for moment in (failed.seat_off, failed.seat_on) if moment)


def _within(t_s: float, leave: Leave) -> bool:
    return leave.off_s - EARLY_S <= t_s <= leave.on_s + LATE_S


def verdicts_of(seed: int, family: str) -> tuple[Verdict, ...]:
    """One person's session, from every placement."""
    session = performed(seed, family)
    truth = truth_of(session)
    return tuple(judged(truth, analyse_chair(worn(session, placement), placement)) for placement in ROLES)


def _row(family: str, placement: str, verdicts: Sequence[Verdict]) -> str:
    wrong = [v for v in verdicts if not v.right]
    figures = (
        len(verdicts), len(verdicts) - len(wrong), sum(not v.unsure for v in wrong),
        sum(v.rises_missed for v in verdicts), sum(v.rises_false for v in verdicts),
        sum(v.failed_missed for v in verdicts), sum(v.failed_false for v in verdicts),
    )  # fmt: skip
    return " | ".join(("", family, placement, *map(str, figures), "")).strip()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.cohort.chairs", description=__doc__)
    parser.add_argument("people", type=int)
    parser.add_argument("--seed", type=int, required=True, help="of the first")
    told = parser.parse_args()
    heads = (
        "family", "worn at", "n", "right count", "wrong without a flag", "rises missed", "false rises",
        "failed attempts missed", "false failed attempts",
    )  # fmt: skip
    print(f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", sep="\n")
    for family in MOVERS:
        people = [verdicts_of(seed, family) for seed in range(told.seed, told.seed + told.people)]
        for placement, verdicts in zip(ROLES, zip(*people, strict=True), strict=True):
            print(_row(family, placement, verdicts), flush=True)


if __name__ == "__main__":
    main()
