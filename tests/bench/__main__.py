"""`make bench`: export the recordings, run the peers and ourselves on them, print one table a task."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rig_signal.chair import analyse_chair
from rig_signal.timebase import regularise
from rig_signal.types import Array, Imu, Placement
from rig_signal.walk import analyse_walk
from tests.accuracy.recordings import DATA, Recording, recordings
from tests.accuracy.stats import match

ROOT = Path(__file__).resolve().parents[2]
PEERS = {"mobgap": "peer_mobgap.py", "skdh": "peer_skdh.py"}
RATE_HZ = 100.0
TOLERANCE_S = 0.25
REPEATS = 5
AROUND_S = 2.0


@dataclass(frozen=True)
class WalkCut:
    """A given walking bout: its samples, the truth in seconds from the start of the cut, its group."""

    name: str
    group: str
    table: Array
    truth_s: list[float]
    wide: Imu
    shift_s: float


@dataclass(frozen=True)
class ChairTrial:
    """A recording of rises with the true count."""

    name: str
    table: Array
    imu: Imu
    placement: Placement
    count: int


def table_of(imu: Imu) -> Array:
    """(n, 6) at 100 Hz."""
    uniform = regularise(imu, RATE_HZ)
    return np.hstack([uniform.acc, np.zeros_like(uniform.acc) if uniform.gyr is None else uniform.gyr])


def cut(imu: Imu, start_s: float, end_s: float) -> Imu:
    """Part of a recording."""
    inside = (imu.time_s >= start_s) & (imu.time_s < end_s)
    return Imu(imu.time_s[inside], imu.acc[inside], None if imu.gyr is None else imu.gyr[inside])


def walk_cuts() -> list[WalkCut]:
    """Bouts of mobgap_tvs (insoles) and whole walks of ipol_gait."""
    found = []
    for trial in recordings("mobgap_tvs"):
        for number, bout in enumerate(trial.truth["walking_bouts"]["INDIP"]):
            speed = bout["speed_m_s"] or 0.0
            group = "mobgap_tvs >= 0.5 m/s" if speed >= 0.5 else "mobgap_tvs < 0.5 m/s"
            span = bout["start_s"], bout["end_s"]
            found.append(walk_cut(f"{trial.name}-{number}", group, trial, span, bout["initial_contacts_s"]))
    for trial in recordings("ipol_gait"):
        events, swings = trial.truth["events_s"], trial.truth["intervals_s"]
        span = events["gait_start"], events["gait_end"] + 0.01
        ends = sorted(end for foot in ("left_foot_swing", "right_foot_swing") for _, end in swings[foot])
        found.append(walk_cut(trial.name, "ipol_gait", trial, span, [t for t in ends if span[0] <= t <= span[1]]))
    return found


def walk_cut(name: str, group: str, trial: Recording, span: tuple[float, float], truth: list[float]) -> WalkCut:
    """The bout alone for the peers, with two seconds around it for those who look for its edges."""
    imu = trial.imu("lower_back")
    alone, wide = cut(imu, *span), cut(imu, span[0] - AROUND_S, span[1] + AROUND_S)
    origin = float(alone.time_s[0])
    return WalkCut(f"walk-{name}", group, table_of(alone), [t - origin for t in truth], wide, origin)


def chair_trials() -> list[ChairTrial]:
    """Rises of bench_5sts and ngimu_sts."""
    places: dict[str, tuple[tuple[str, Placement], ...]] = {
        "bench_5sts": (("pelvis", "lower_back"), ("trunk", "chest"), ("thigh", "thigh")),
        "ngimu_sts": (("chest", "chest"), ("thigh", "thigh")),
    }
    return [
        ChairTrial(f"chair-{trial.name}-{stream}", table_of(trial.imu(stream)), trial.imu(stream), placement,
                   int(trial.truth["counts"]["stands"]))
        for data_set, streams in places.items()
        for trial in recordings(data_set)
        for stream, placement in streams
        if "counts" in trial.truth
    ]  # fmt: skip


def timed(task: Callable[[], Any], minutes: float) -> tuple[Any, float]:
    """The answer, and the median run time in milliseconds per minute of data."""
    spent = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        answer = task()
        spent.append(time.perf_counter() - started)
    return answer, 1000 * float(np.median(spent)) / minutes


def our_contacts(walk: WalkCut) -> dict[str, Any]:
    """Ours, on the bout with its surroundings; contacts outside the bout are none of the question."""
    minutes = len(walk.wide.time_s) / RATE_HZ / 60
    result, ms = timed(lambda: analyse_walk(walk.wide, "lower_back"), minutes)
    last = len(walk.table) / RATE_HZ + TOLERANCE_S
    inside = [t - walk.shift_s for t in result.initial_contacts_s]
    return {"times_s": [t for t in inside if -TOLERANCE_S <= t <= last], "ms_per_minute": ms}


def our_stands(trial: ChairTrial) -> dict[str, Any]:
    """Ours."""
    minutes = len(trial.table) / RATE_HZ / 60
    result, ms = timed(lambda: analyse_chair(trial.imu, trial.placement), minutes)
    return {"count": len(result.rises), "ms_per_minute": ms}


def peers(folder: Path) -> dict[str, dict[str, Any]]:
    """What every installed peer answers."""
    found: dict[str, dict[str, Any]] = {}
    for name, script in PEERS.items():
        python = ROOT / ".peers" / name / "bin" / "python"
        if not python.exists():
            print(f"{name} is not installed: run `make bench`", file=sys.stderr)
            continue
        command = [str(python), "-W", "ignore", str(Path(__file__).with_name(script)), str(folder)]
        single = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=single)
        found |= json.loads(done.stdout.splitlines()[-1])
    return found


def median_ms(answers: dict[str, Any], names: list[str]) -> float:
    """Of the files that were answered."""
    times = [answers[name]["ms_per_minute"] for name in names if "ms_per_minute" in answers[name]]
    return float(np.median(times)) if times else float("nan")


def contact_table(answers: dict[str, dict[str, Any]], walks: list[WalkCut]) -> str:
    """F1 at 0.25 s by group."""
    lines = ["| initial contacts | data | n | F1 | failed files | ms per minute | time against ours |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for group in dict.fromkeys(walk.group for walk in walks):
        own = [walk for walk in walks if walk.group == group]
        names = [walk.name for walk in own]
        ours = median_ms(answers["sppb-rig"], names)
        for who, answer in answers.items():
            if names[0] not in answer:
                continue
            matches = [match(answer[walk.name].get("times_s", []), walk.truth_s, TOLERANCE_S) for walk in own]
            hits = sum(len(m.errors) for m in matches)
            f1 = 2 * hits / (2 * hits + sum(m.missed + m.false for m in matches))
            failed = sum("error" in answer[name] for name in names)
            total, ms = sum(len(walk.truth_s) for walk in own), median_ms(answer, names)
            lines.append(f"| {who} | {group} | {total} | {f1:.3f} | {failed} | {ms:.1f} | {ms / ours:.1f} |")
    return "\n".join(lines)


def chair_table(answers: dict[str, dict[str, Any]], trials: list[ChairTrial]) -> str:
    """Counts by recording."""
    lines = [
        "| chair stands | recording | truth | count | ms per minute | time against ours |",
        "|---|---|---|---|---|---|",
    ]
    for trial in trials:
        ours = answers["sppb-rig"][trial.name]["ms_per_minute"]
        for who, answer in answers.items():
            if trial.name in answer:
                found = answer[trial.name]
                ms = found.get("ms_per_minute", float("nan"))
                said = found.get("count", found.get("error"))
                name = trial.name.removeprefix("chair-")
                lines.append(f"| {who} | {name} | {trial.count} | {said} | {ms:.1f} | {ms / ours:.1f} |")
    return "\n".join(lines)


def main() -> int:
    """Print both tables."""
    if not DATA.is_dir():
        print("../shared/data is not here: the recordings are kept outside the project", file=sys.stderr)
        return 1
    walks, trials = walk_cuts(), chair_trials()
    with tempfile.TemporaryDirectory() as folder:
        tables = {walk.name: walk.table for walk in walks} | {trial.name: trial.table for trial in trials}
        for name, table in tables.items():
            np.save(Path(folder) / f"{name}.npy", table)
        ours = {walk.name: our_contacts(walk) for walk in walks} | {trial.name: our_stands(trial) for trial in trials}
        answers = {"sppb-rig": ours, **peers(Path(folder))}
    print(contact_table(answers, walks), end="\n\n")
    print(chair_table(answers, trials))
    return 0


if __name__ == "__main__":
    sys.exit(main())
