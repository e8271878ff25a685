"""Real recordings, slowed: what stays the same when somebody takes k times as long over the same movement."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from rig_signal.chair import RISES, analyse_chair
from rig_signal.tug import analyse_tug
from rig_signal.types import Array, Imu, Moment, Placement
from rig_signal.walk import analyse_walk
from tests.accuracy.recordings import Recording, recordings
from tests.cohort.figures import share
from tests.cohort.report import table
from tests.rig_signal.slow import slowed

FACTORS = (1.5, 2.0, 3.0)
WITHIN = 0.03
AFTER_WALK_S = 1.0
HEAD = ("measure", "k", "n", "counts and phases same (95 %)", "whole time within 3 % (95 %)", "largest, %",
        "events within 3 % of the whole, of n")  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What must be equal, and instants that must be stretched; the whole time runs from the first to the last."""

    kinds: tuple[object, ...]
    instants_s: Array

    def off(self, slow: "Told", k: float) -> Array:
        """How far each instant of `slow` lies from where it belongs, as a share of the whole time."""
        here, there = k * (self.instants_s - self.instants_s[0]), slow.instants_s - slow.instants_s[0]
        return np.asarray((there - here) / here[-1])


Measure = Callable[[Imu, Recording, float], Told]
"""Of samples, of the recording they were made from, and of the factor they were slowed by."""


def chair(imu: Imu, _: Recording, __: float, placement: Placement) -> Told:
    """How many rises; first movement and the three landmarks of the first five."""
    result = analyse_chair(imu, placement)
    moments = [m for rise in result.rises[:RISES] for m in (rise.seat_off, rise.standing, rise.seat_on)]
    known = tuple(moment is None for moment in (result.first_movement, *moments))
    return Told((len(result.rises), len(result.failed), known), _instants([result.first_movement, *moments]))


def tug(imu: Imu, _: Recording, __: float, placement: Placement) -> Told:
    """The ends and every border of a phase."""
    result = analyse_tug(imu, placement)
    borders = [Moment(phase.end_s, 0.0) for phase in result.phases[:-1]]
    names = tuple(phase.name for phase in result.phases)
    return Told((names, len(result.turns)), _instants([result.first_movement, *borders, result.seated]))


def labelled_walk(imu: Imu, trial: Recording, k: float) -> Told:
    """First foot-off and the contacts inside the walk that was labelled: what came after it is open at any pace."""
    result = analyse_walk(imu, "lower_back")
    start_s, end_s = (k * trial.truth["events_s"][name] for name in ("gait_start", "gait_end"))
    inside = [t for t in result.initial_contacts_s if start_s < t < end_s + k * AFTER_WALK_S]
    return Told((len(inside), len(result.turns)), _instants([result.first_foot_off, *(Moment(t, 0.0) for t in inside)]))


def whole_walk(imu: Imu, _: Recording, __: float) -> Told:
    """First foot-off and every contact of the recording."""
    result = analyse_walk(imu, "lower_back")
    contacts = [Moment(t, 0.0) for t in result.initial_contacts_s]
    return Told((len(contacts), len(result.turns)), _instants([result.first_foot_off, *contacts]))


def _instants(moments: Sequence[Moment | None]) -> Array:
    return np.array([moment.t_s for moment in moments if moment is not None])


CASES: tuple[tuple[str, str, str, Measure], ...] = (
    ("chair, lower back", "bench_5sts", "pelvis", partial(chair, placement="lower_back")),
    ("chair, chest", "bench_5sts", "trunk", partial(chair, placement="chest")),
    ("chair, thigh", "bench_5sts", "thigh", partial(chair, placement="thigh")),
    ("chair, chest", "ngimu_sts", "chest", partial(chair, placement="chest")),
    ("chair, thigh", "ngimu_sts", "thigh", partial(chair, placement="thigh")),
    ("TUG, pocket", "geotec_tug", "phone_left_front_pocket", partial(tug, placement="pocket")),
    ("TUG, wrist", "geotec_tug", "watch_left_wrist", partial(tug, placement="wrist")),
    ("walk, labelled", "ipol_gait", "lower_back", labelled_walk),
    ("walk, whole recording", "ipol_gait", "lower_back", whole_walk),
    ("walk, whole recording", "mobgap_tvs", "lower_back", whole_walk),
)


def tables() -> Iterator[tuple[str, str]]:
    """Title and Markdown."""
    rows = [_row(f"{name} ({data_set})", k, _compared(data_set, stream, measure, k))
            for name, data_set, stream, measure in CASES for k in FACTORS]  # fmt: skip
    yield "Slowed k times: rate of turn / k, linear acceleration / k², gravity kept", table(HEAD, rows)


def _compared(data_set: str, stream: str, measure: Measure, k: float) -> list[Array | None]:
    """For each recording how far its instants are off; None where counts or phases differ."""
    return [_off(trial, stream, measure, k) for trial in recordings(data_set) if trial.has(stream)]


def _off(trial: Recording, stream: str, measure: Measure, k: float) -> Array | None:
    imu = trial.imu(stream)
    usual, slow = measure(imu, trial, 1.0), measure(slowed(imu, k), trial, k)
    return usual.off(slow, k) if usual.kinds == slow.kinds else None


def _row(name: str, k: float, found: Sequence[Array | None]) -> list[str]:
    same = [off for off in found if off is not None]
    whole = [abs(float(off[-1])) for off in same]
    events = np.abs(np.concatenate(same))
    return [
        name, f"{k:g}", str(len(found)), share([off is not None for off in found]).shown(),
        share([off <= WITHIN for off in whole]).shown(), f"{100 * max(whole):.1f}",
        f"{np.count_nonzero(events <= WITHIN)} of {len(events)}",
    ]  # fmt: skip
