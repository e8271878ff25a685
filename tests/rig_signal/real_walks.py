"""Real walks of ../shared/data, read without its loader."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from rig_signal.types import Array, Imu

_AXES = ("x", "y", "z")


def trials(data: Path, name: str) -> list[Path]:
    """Trial folders of a set, sorted."""
    return sorted(path.parent for path in (data / name).glob("*/truth.json"))


def read_imu(trial: Path, stream: str) -> Imu:
    """One stream of a trial."""
    with np.load(trial / f"{stream}.npz") as columns:
        acc, gyr = (np.stack([columns[f"{kind}_{axis}"] for axis in _AXES], axis=1) for kind in ("acc", "gyr"))
        return Imu(columns["time_s"], acc.astype(np.float64), gyr.astype(np.float64))


def read_truth(trial: Path) -> dict[str, Any]:
    """The truth of a trial."""
    truth: dict[str, Any] = json.loads((trial / "truth.json").read_text(encoding="utf-8"))
    return truth


def matched(found: Array, truth: Array, tolerance_s: float) -> tuple[int, int, int]:
    """True positives, false positives and misses, one to one, nearest pairs first."""
    apart = np.abs(found[:, None] - truth[None, :])
    hits = 0
    while apart.size and apart.min() <= tolerance_s:
        i, j = np.unravel_index(int(np.argmin(apart)), apart.shape)
        apart[i, :], apart[:, j] = np.inf, np.inf
        hits += 1
    return hits, len(found) - hits, len(truth) - hits


def f1(counts: Array) -> float:
    """F1 of the sums of rows of (true positives, false positives, misses)."""
    hits, extra, missed = counts.sum(axis=0)
    return float(2 * hits / (2 * hits + extra + missed))
