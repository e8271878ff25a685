"""Our answers, each by the part of the measures that does a peer's task and no more."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rig_signal.attitude import estimate_up, yaw_rate
from rig_signal.bouts import find_bouts, find_walking
from rig_signal.chair import analyse_chair
from rig_signal.rhythm import StepClock, clock_times, step_clock
from rig_signal.timebase import regularise
from rig_signal.trunk import trunk_motion
from rig_signal.turn import find_turns
from rig_signal.types import Imu
from rig_signal.walk import analyse_walk
from tests.bench.clock import timed
from tests.bench.files import File

Answer = dict[str, Any]


def answers(file: File) -> dict[str, Answer]:
    """By task."""
    return {task: _answer(file, solve) for task, solve in _TASKS[file.name.split("-")[0]].items()}


def _answer(file: File, solve: Callable[[File], Answer]) -> Answer:
    found, ms = timed(lambda: solve(file), file.minutes)
    return found | {"ms": ms}


def preparing_ms(file: File) -> float:
    """What it takes to check the samples and to find the vertical, milliseconds per minute."""
    return timed(lambda: trunk_motion(regularise(file.imu)), file.minutes)[1]


def _clock(imu: Imu) -> StepClock:
    return step_clock(trunk_motion(regularise(imu)))


def _contacts(file: File) -> Answer:
    clock = _clock(file.imu)
    walks = [walk for bout in find_bouts(clock) for walk in bout]
    return {"times_s": [float(t) - file.origin_s for walk in walks for t in clock_times(clock, walk.contacts)]}


def _cadence(file: File) -> Answer:
    return {"spm": analyse_walk(file.imu, "lower_back").cadence_steps_per_min}


def _sequences(file: File) -> Answer:
    clock = _clock(file.imu)
    ends = np.array([walk.ticks[[0, -1]] for walk in find_walking(clock)])
    return {"bouts_s": (clock_times(clock, ends) - file.origin_s).tolist()}


def _turns(file: File) -> Answer:
    u = regularise(file.imu)
    turns = find_turns(u.time_s, yaw_rate(u, estimate_up(u)))
    return {
        "middles_s": [(turn.start_s + turn.end_s) / 2 - file.origin_s for turn in turns],
        "angles_deg": [abs(turn.angle_deg) for turn in turns],
    }


def _stands(file: File) -> Answer:
    return {"count": len(analyse_chair(file.imu, file.placement).rises)}


_TASKS: dict[str, dict[str, Callable[[File], Answer]]] = {
    "walk": {"contacts": _contacts, "cadence": _cadence},
    "whole": {"sequences": _sequences, "turns": _turns},
    "chair": {"stands": _stands},
}
