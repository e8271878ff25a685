"""The real recordings beside the project, read as the rig's own types."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rig_signal.timebase import join_clocks
from rig_signal.types import Array, Imu

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@dataclass(frozen=True)
class Recording:
    """One trial: its sensors by name, and the truth."""

    name: str
    subject: str
    folder: Path
    truth: dict[str, Any]

    def columns(self, stream: str) -> dict[str, Array]:
        """Raw columns of one stream."""
        with np.load(self.folder / f"{stream}.npz", allow_pickle=False) as archive:
            return {key: archive[key].astype(float) for key in archive.files}

    def imu(self, stream: str) -> Imu:
        """One inertial stream; a gyroscope with a clock of its own is joined as the rig does it."""
        columns = self.columns(stream)
        acc = np.stack([columns[f"acc_{axis}"] for axis in "xyz"], axis=1)
        gyr = np.stack([columns[f"gyr_{axis}"] for axis in "xyz"], axis=1)
        if "gyr_time_s" in columns:
            return join_clocks(columns["time_s"], acc, columns["gyr_time_s"], gyr)
        return Imu(columns["time_s"], acc, gyr)

    def has(self, stream: str) -> bool:
        """Whether the trial has this stream."""
        return (self.folder / f"{stream}.npz").exists()


def recordings(data_set: str) -> list[Recording]:
    """All trials of a set, in order."""
    folders = sorted(path.parent for path in (DATA / data_set).rglob("truth.json"))
    return [_recording(folder) for folder in folders]


def _recording(folder: Path) -> Recording:
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return Recording(folder.name, str(truth.get("subject", folder.name)), folder, truth)
