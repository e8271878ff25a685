"""Our own analyses as used: milliseconds per minute of the development recordings, as recorded and at 100 Hz."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np

from rig_signal.chair import analyse_chair
from rig_signal.stance import analyse_stance
from rig_signal.tug import analyse_tug
from rig_signal.types import Imu, Placement
from rig_signal.walk import analyse_walk
from tests.accuracy.recordings import recordings
from tests.bench.clock import ROUNDS, timed
from tests.bench.files import even

LENGTHS_S = (0.0, 20.0, 40.0, float("inf"))
COLUMNS = ("under 20 s", "20 to 40 s", "40 s and more", "all", "all, at 100 Hz")


@dataclass(frozen=True)
class Use:
    """One analysis of one stream of a data set."""

    name: str
    data_set: str
    stream: str
    placement: Placement

    def on(self, imu: Imu) -> Callable[[], Any]:
        """The analysis, ready to run."""
        if self.name == "stance":
            return partial(analyse_stance, imu, self.placement, begin_s=float(imu.time_s[0]) + 1)
        analyse = {"chair": analyse_chair, "tug": analyse_tug, "walk": analyse_walk}[self.name]
        return partial(analyse, imu, self.placement)


USES = (
    Use("chair", "bench_5sts", "pelvis", "lower_back"),
    Use("chair", "bench_5sts", "trunk", "chest"),
    Use("chair", "ngimu_sts", "chest", "chest"),
    Use("chair", "bench_5sts", "thigh", "thigh"),
    Use("chair", "ngimu_sts", "thigh", "thigh"),
    Use("tug", "geotec_tug", "phone_left_front_pocket", "pocket"),
    Use("tug", "geotec_tug", "watch_left_wrist", "wrist"),
    Use("walk", "ipol_gait", "lower_back", "lower_back"),
    Use("walk", "mobgap_tvs", "lower_back", "lower_back"),
    Use("stance", "belt_sway", "waist", "lower_back"),
)


def table() -> Iterator[str]:
    """Lines of the table: medians by analysis and by length, with the number of recordings."""
    yield "## Our own analyses, whole: median ms per minute, and recordings\n"
    yield f"| analysis | worn at | samples/s | {' | '.join(COLUMNS)} |"
    yield "|---" * (len(COLUMNS) + 3) + "|"
    least = np.min([[row for use in USES for row in _times(use)] for _ in range(ROUNDS)], axis=0)
    whose = [(use.name, use.placement) for use in USES for _ in recordings(use.data_set)]
    for name, placements in _worn().items():
        for placement in placements:
            rows = least[[own == (name, placement) for own in whose]]
            yield f"| {name} | {placement.replace('_', ' ')} | {_cells(rows)} |"
        if len(placements) > 1:
            yield f"| {name} | all of these | {_cells(least[[own[0] == name for own in whose]])} |"
    yield ""


def _worn() -> dict[str, tuple[Placement, ...]]:
    """Where sensors are worn for each analysis."""
    names = dict.fromkeys(use.name for use in USES)
    return {name: tuple(dict.fromkeys(use.placement for use in USES if use.name == name)) for name in names}


def _cells(rows: np.ndarray) -> str:
    """Of some recordings, (n, 4) as `_times` gives them."""
    parts = [rows[(rows[:, 0] >= low) & (rows[:, 0] < high), 2] for low, high in pairwise(LENGTHS_S)]
    return " | ".join([f"{np.median(rows[:, 1]):.0f}", *(_cell(ms) for ms in (*parts, rows[:, 2], rows[:, 3]))])


def _times(use: Use) -> Iterator[tuple[float, float, float, float]]:
    """Length in s, samples per second and milliseconds per minute of every recording, as it is and at 100 Hz."""
    for trial in recordings(use.data_set):
        imu = trial.imu(use.stream)
        span_s = float(np.ptp(imu.time_s))
        as_is, at_100_hz = (timed(use.on(given), span_s / 60)[1] for given in (imu, even(imu)))
        yield span_s, len(imu.time_s) / span_s, as_is, at_100_hz


def _cell(ms: np.ndarray) -> str:
    return f"{np.median(ms):.1f} ({len(ms)})" if len(ms) else "-"
