"""The recordings of the benchmark: what every program is given, and the truth."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.spatial.transform import Rotation

from rig_signal.timebase import regularise
from rig_signal.types import Array, Imu, Placement
from tests.accuracy.recordings import Recording, recordings

RATE_HZ = 100.0
AROUND_S = 2.0
CHAIRS: dict[str, tuple[tuple[str, Placement], ...]] = {
    "bench_5sts": (("pelvis", "lower_back"), ("trunk", "chest"), ("thigh", "thigh")),
    "ngimu_sts": (("chest", "chest"), ("thigh", "thigh")),
}


@dataclass(frozen=True, eq=False)
class File:
    """One recording, or a part of one.

    Attributes
    ----------
    name, group
        The name tells the task before the first hyphen: `walk`, `whole` or `chair`.
    imu
        What ours is given, at 100 Hz; a walk has two seconds around it, for those who look for its edges.
    table
        (n, 6) what peers are given: the same samples, first axis up; a walk without its surroundings.
    origin_s
        Time of the table's first row.
    truth
        `contacts_s`, `bouts_s`, `turns_s` (their middles) and `angles_deg`, `count`: what there is.
    """

    name: str
    group: str
    imu: Imu
    table: Array
    origin_s: float
    placement: Placement = "lower_back"
    truth: dict[str, Any] = field(default_factory=dict)

    @property
    def minutes(self) -> float:
        """Length of what peers are given."""
        return len(self.table) / RATE_HZ / 60


def files() -> list[File]:
    """Everything, task by task."""
    tvs, ipol = recordings("mobgap_tvs"), recordings("ipol_gait")
    walks = [walk for trial in tvs for walk in _bouts(trial)] + [_ipol_walk(trial) for trial in ipol]
    whole = [_whole_tvs(trial) for trial in tvs] + [_whole_ipol(trial) for trial in ipol]
    return walks + whole + _chairs()


def _bouts(trial: Recording) -> list[File]:
    found = []
    for number, bout in enumerate(trial.truth["walking_bouts"]["INDIP"]):
        group = f"mobgap_tvs {'>=' if (bout['speed_m_s'] or 0.0) >= 0.5 else '<'} 0.5 m/s"
        span = bout["start_s"], bout["end_s"]
        found.append(_walk(f"{trial.name}-{number}", group, trial, span, bout["initial_contacts_s"]))
    return found


def _ipol_walk(trial: Recording) -> File:
    start_s, end_s = _ipol_span(trial)
    swings = trial.truth["intervals_s"]
    ends = sorted(end for foot in ("left_foot_swing", "right_foot_swing") for _, end in swings[foot])
    return _walk(trial.name, "ipol_gait", trial, (start_s, end_s), [t for t in ends if start_s <= t <= end_s])


def _ipol_span(trial: Recording) -> tuple[float, float]:
    return trial.truth["events_s"]["gait_start"], trial.truth["events_s"]["gait_end"] + 0.01


def _walk(name: str, group: str, trial: Recording, span: tuple[float, float], contacts_s: list[float]) -> File:
    wide = even(_cut(trial.imu("lower_back"), span[0] - AROUND_S, span[1] + AROUND_S))
    alone = _cut(wide, *span)
    return File(
        f"walk-{name}", group, wide, _table(alone), float(alone.time_s[0]), truth={"contacts_s": contacts_s}
    )  # fmt: skip


def _whole_tvs(trial: Recording) -> File:
    systems = trial.truth["walking_bouts"]
    turns = [turn for bout in systems["INDIP"] for turn in bout["turns"] if abs(turn["angle_deg"]) >= 90]
    return _whole("mobgap_tvs", trial, [(b["start_s"], b["end_s"]) for b in systems["INDIP"]], turns)


def _whole_ipol(trial: Recording) -> File:
    events = trial.truth["events_s"]
    turn = {"start_s": events["uturn_start"], "end_s": events["uturn_end"], "angle_deg": 180.0}
    return _whole("ipol_gait", trial, [_ipol_span(trial)], [turn])


def _whole(group: str, trial: Recording, bouts: list[tuple[float, float]], turns: list[dict[str, float]]) -> File:
    imu = even(trial.imu("lower_back"))
    truth = {
        "bouts_s": bouts,
        "turns_s": [(turn["start_s"] + turn["end_s"]) / 2 for turn in turns],
        "angles_deg": [abs(turn["angle_deg"]) for turn in turns],
    }
    return File(f"whole-{trial.name}", group, imu, _table(imu), float(imu.time_s[0]), truth=truth)


def _chairs() -> list[File]:
    return [
        File(f"chair-{trial.name}-{stream}", f"{trial.name}, {placement}", imu, _table(imu), float(imu.time_s[0]),
             placement, {"count": int(trial.truth["counts"]["stands"])})
        for data_set, streams in CHAIRS.items()
        for trial in recordings(data_set)
        for stream, placement in streams
        if "counts" in trial.truth
        for imu in [even(trial.imu(stream))]
    ]  # fmt: skip


def _cut(imu: Imu, start_s: float, end_s: float) -> Imu:
    inside = (imu.time_s >= start_s) & (imu.time_s < end_s)
    return Imu(imu.time_s[inside], imu.acc[inside], None if imu.gyr is None else imu.gyr[inside])


def even(imu: Imu) -> Imu:
    """The recording at 100 Hz, evenly."""
    u = regularise(imu, RATE_HZ)
    return Imu(u.time_s, u.acc, u.gyr)


def _table(imu: Imu) -> Array:
    """(n, 6) turned so that the first axis points up on average: peers ask for the body's frame."""
    assert imu.gyr is not None
    mean = imu.acc.mean(axis=0)
    turn = Rotation.align_vectors([[1.0, 0.0, 0.0]], [mean / np.linalg.norm(mean)])[0]
    return np.hstack([turn.apply(imu.acc), turn.apply(imu.gyr)])
