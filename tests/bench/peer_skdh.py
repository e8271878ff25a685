"""Runs in scikit-digital-health's environment (`python -m tests.bench.peer_skdh FOLDER`): prints its chair stands."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
from skdh.sit2stand import Sit2Stand

from tests.bench.clock import timed

RATE_HZ = 100.0
GRAVITY = 9.81
UNIX_S = 1.6e9  # the peer wants a date
SETTINGS: dict[str, dict[str, bool]] = {"": {}, ", no stillness": {"stillness_constraint": False}}


def stands(table: np.ndarray, settings: dict[str, bool]) -> dict[str, Any]:
    """Number of stands and the run time."""
    times = UNIX_S + np.arange(len(table)) / RATE_HZ
    acc = np.ascontiguousarray(table[:, :3]) / GRAVITY
    try:
        found, ms = timed(lambda: Sit2Stand(**settings).predict(time=times, accel=acc), len(table) / RATE_HZ / 60)
    except Exception as error:  # noqa: BLE001  # whatever the peer raises is its answer
        return {"error": repr(error)[:200]}
    return {"count": len(found["STS Start"]), "ms": ms}


if __name__ == "__main__":
    tables = {path.stem: np.load(path) for path in sorted(Path(sys.argv[1]).glob("chair-*.npy"))}
    answers = {
        f"skdh Sit2Stand{name}": {file: stands(table, settings) for file, table in tables.items()}
        for name, settings in SETTINGS.items()
    }
    print(json.dumps({"stands": answers}))
