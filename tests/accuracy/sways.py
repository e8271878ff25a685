"""Sway: the force-plate functions against the authors' values (bds_sway)."""

from collections.abc import Iterator

import numpy as np

from rig_signal.sway import ellipse_area_95, mean_velocity
from tests.accuracy.recordings import recordings
from tests.accuracy.stats import Row, row


def tables() -> Iterator[tuple[str, list[Row]]]:
    """Relative errors in parts per billion."""
    areas, speeds, subjects = [], [], []
    for trial in recordings("bds_sway"):
        columns = trial.columns("cop")
        xy = np.stack([columns["cop_x_ucm"], columns["cop_y_ucm"]], axis=1) / 1e6
        areas.append((ellipse_area_95(xy) / trial.truth["values"]["COParea_cm2"] - 1) * 1e9)
        speeds.append((mean_velocity(xy, float(columns["fs_hz"])) / trial.truth["values"]["COPvelo_cm_s"] - 1) * 1e9)
        subjects.append(trial.subject)
    yield (
        "bds_sway: force plate, 60 s quiet standing, the authors' values",
        [
            row("ellipse area, relative", areas, subjects, unit="1e-9", target="1"),
            row("mean velocity, relative", speeds, subjects, unit="1e-9", target="1"),
        ],
    )
