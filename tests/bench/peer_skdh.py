"""Runs in scikit-digital-health's environment: `python peer_skdh.py FOLDER` prints its chair stands as JSON."""

import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from skdh.sit2stand import Sit2Stand

RATE_HZ = 100.0
GRAVITY = 9.81
UNIX_S = 1.6e9  # the peer wants a date
REPEATS = 3


def stands(table: np.ndarray, **settings: bool) -> dict[str, Any]:
    """Number of stands and the median run time."""
    times = UNIX_S + np.arange(len(table)) / RATE_HZ
    acc = np.ascontiguousarray(table[:, :3]) / GRAVITY
    spent = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        try:
            found = Sit2Stand(**settings).predict(time=times, accel=acc)
        except Exception as error:  # noqa: BLE001  # whatever the peer raises is its answer
            return {"error": repr(error)[:200]}
        spent.append(time.perf_counter() - started)
    minutes = len(table) / RATE_HZ / 60
    count = len(found["STS Start"])
    return {"count": count, "ms_per_minute": 1000 * float(np.median(spent)) / minutes}


if __name__ == "__main__":
    files = sorted(Path(sys.argv[1]).glob("chair-*.npy"))
    answers = {
        "skdh Sit2Stand": {path.stem: stands(np.load(path)) for path in files},
        "skdh Sit2Stand, no stillness": {
            path.stem: stands(np.load(path), stillness_constraint=False) for path in files
        },
    }
    print(json.dumps(answers))
