"""Runs in mobgap's environment (`python -m tests.bench.peer_mobgap FOLDER`): prints its answers for the files there.

mobgap is given what it asks for: one gait sequence in the body frame (contacts, cadence), whole recordings with the
first axis up (gait sequences, turns).
"""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mobgap.cadence import CadFromIcDetector
from mobgap.gait_sequences import GsdAdaptiveIonescu, GsdIluz, GsdIonescu
from mobgap.initial_contacts import IcdHKLeeImproved, IcdIonescu, IcdShinImproved
from mobgap.turning import TdElGohary

from tests.bench.clock import timed

RATE_HZ = 100.0
COLUMNS = ["acc_is", "acc_ml", "acc_pa", "gyr_is", "gyr_ml", "gyr_pa"]
Answer = dict[str, Any]


def contacts(algorithm: Any, frame: pd.DataFrame) -> Answer:
    found = algorithm.clone().detect(frame, sampling_rate_hz=RATE_HZ)
    return {"times_s": (found.ic_list_["ic"].to_numpy() / RATE_HZ).tolist()}


def cadence(algorithm: Any, frame: pd.DataFrame) -> Answer:
    ics = algorithm.ic_detector.clone().detect(frame, sampling_rate_hz=RATE_HZ).ic_list_
    found = algorithm.clone().calculate(frame, initial_contacts=ics, sampling_rate_hz=RATE_HZ)
    spm = float(np.nanmean(found.cadence_per_sec_["cadence_spm"].to_numpy()))
    return {"spm": spm if np.isfinite(spm) else None}


def sequences(algorithm: Any, frame: pd.DataFrame) -> Answer:
    found = algorithm.clone().detect(frame, sampling_rate_hz=RATE_HZ)
    return {"bouts_s": (found.gs_list_[["start", "end"]].to_numpy() / RATE_HZ).tolist()}


def turns(algorithm: Any, frame: pd.DataFrame) -> Answer:
    degrees = frame.assign(**{name: np.degrees(frame[name]) for name in COLUMNS[3:]})
    found = algorithm.clone().detect(degrees, sampling_rate_hz=RATE_HZ).turn_list_
    middles = (found["start"] + found["end"]) / 2 / RATE_HZ
    return {"middles_s": middles.tolist(), "angles_deg": found["angle_deg"].abs().tolist()}


TASKS = [
    ("walk", "contacts", contacts, (IcdShinImproved(), IcdIonescu(), IcdHKLeeImproved())),
    ("walk", "cadence", cadence, (CadFromIcDetector(silence_ic_warning=True),)),
    ("whole", "sequences", sequences, (GsdIluz(), GsdIonescu(), GsdAdaptiveIonescu())),
    ("whole", "turns", turns, (TdElGohary(),)),
]


def answer(solve: Any, algorithm: Any, frame: pd.DataFrame) -> Answer:
    try:
        found, ms = timed(lambda: solve(algorithm, frame), len(frame) / RATE_HZ / 60)
    except Exception as error:  # noqa: BLE001  # whatever the peer raises is its answer
        return {"error": repr(error)[:200]}
    return {**found, "ms": ms}


if __name__ == "__main__":
    frames = {path.stem: pd.DataFrame(np.load(path), columns=COLUMNS) for path in sorted(Path(sys.argv[1]).iterdir())}
    said: dict[str, dict[str, dict[str, Answer]]] = {}
    for kind, task, solve, algorithms in TASKS:
        for algorithm in algorithms:
            mine = {name: answer(solve, algorithm, frame) for name, frame in frames.items() if name.startswith(kind)}
            said.setdefault(task, {})[f"mobgap {type(algorithm).__name__}"] = mine
    print(json.dumps(said))
