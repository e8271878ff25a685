"""Runs in mobgap's environment: `python peer_mobgap.py FOLDER` prints its answers for the files there as JSON.

mobgap is given what it asks for: one gait sequence in the body frame (initial contacts), whole recordings (turns).
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mobgap.initial_contacts import IcdIonescu, IcdShinImproved

RATE_HZ = 100.0
COLUMNS = ["acc_is", "acc_ml", "acc_pa", "gyr_is", "gyr_ml", "gyr_pa"]
REPEATS = 5


def contacts(algorithm: Any, table: np.ndarray) -> dict[str, Any]:
    """Initial contacts in seconds from the start of the cut, and the median run time."""
    frame = pd.DataFrame(table, columns=COLUMNS)
    spent = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        try:
            found = algorithm.clone().detect(frame, sampling_rate_hz=RATE_HZ)
        except Exception as error:  # noqa: BLE001  # whatever the peer raises is its answer
            return {"error": repr(error)[:200]}
        spent.append(time.perf_counter() - started)
    samples = found.ic_list_["ic"].to_numpy()
    minutes = len(table) / RATE_HZ / 60
    return {"times_s": (samples / RATE_HZ).tolist(), "ms_per_minute": 1000 * float(np.median(spent)) / minutes}


if __name__ == "__main__":
    answers = {
        f"mobgap {type(algorithm).__name__}": {
            path.stem: contacts(algorithm, np.load(path)) for path in sorted(Path(sys.argv[1]).glob("walk-*.npy"))
        }
        for algorithm in (IcdShinImproved(), IcdIonescu())
    }
    print(json.dumps(answers))
