"""Sit-to-stand: counts and times against a seat plate (bench_5sts) and a video angle (ngimu_sts)."""

from collections.abc import Iterator
from typing import get_args

import numpy as np

from rig_signal.attitude import estimate_up, vertical_acceleration
from rig_signal.chair import ChairResult, analyse_chair
from rig_signal.motion import smooth
from rig_signal.timebase import regularise
from rig_signal.types import Array, Placement
from tests.accuracy.recordings import Recording, recordings
from tests.accuracy.stats import Row, match, row

PLACES: dict[str, Placement] = {"pelvis": "lower_back", "trunk": "chest", "thigh": "thigh", "chest": "chest"}
assert set(PLACES.values()) <= set(get_args(Placement))


def tables() -> Iterator[tuple[str, list[Row]]]:
    """One table a set."""
    yield "bench_5sts: seat force plate, one adult (the calibration trial holds one real rise)", list(_bench())
    yield "ngimu_sts: video thigh angle, one adult, 22 stands after 40 s of walking about", list(_ngimu())


def _bench() -> Iterator[Row]:
    trials = recordings("bench_5sts")
    for stream in ("pelvis", "trunk", "thigh"):
        results = [(trial, analyse_chair(trial.imu(stream), PLACES[stream])) for trial in trials]
        yield row(
            f"{stream}: count",
            [len(result.rises) - _stands(trial) for trial, result in results],
            [trial.name for trial in trials],
            unit="rises",
            target="0",
        )
        plated = [(trial, result) for trial, result in results if "intervals_s" in trial.truth]
        yield from _plate(stream, plated)
        yield from _clocks(stream, plated)
        five = [(trial, result) for trial, result in plated if trial.name.endswith("5sts")]
        yield from _authors(stream, five)


def _stands(trial: Recording) -> int:
    return int(trial.truth["counts"]["stands"]) if "counts" in trial.truth else 1


def _plate(stream: str, results: list[tuple[Recording, ChairResult]]) -> Iterator[Row]:
    for index, name, target in ((0, "seat-off", "0.05"), (1, "seat contact", "0.10")):
        errors: list[float] = []
        missed = false = 0
        for trial, result in results:
            truth = [interval[index] for interval in trial.truth["intervals_s"]["seat_unloaded"]]
            moments = [rise.seat_off if index == 0 else rise.seat_on for rise in result.rises]
            found = match([moment.t_s for moment in moments if moment is not None], truth, 0.5)
            errors += found.errors
            missed += found.missed
            false += found.false
        goal = "median 0.15" if stream == "thigh" else f"median {target}"
        yield row(f"{stream}: {name}", errors, ["one"] * len(errors), missed=missed, false=false, target=goal)


def _clocks(stream: str, results: list[tuple[Recording, ChairResult]]) -> Iterator[Row]:
    """How far the sensor's clock is behind the plate's, and what is left of the errors when each recording's is set."""
    behind = {trial.name: _behind_plates(trial, stream) for trial, _ in results}
    for name, lags in behind.items():
        yield row(f"{stream}: behind the plates at landings, {name}", lags, ["one"] * len(lags))
    for index, name in enumerate(("seat-off", "seat contact")):
        errors: list[float] = []
        for trial, result in results:
            truth = [interval[index] for interval in trial.truth["intervals_s"]["seat_unloaded"]]
            moments = [rise.seat_off if index == 0 else rise.seat_on for rise in result.rises]
            found = match([moment.t_s for moment in moments if moment is not None], truth, 0.5)
            errors += (np.array(found.errors) - np.median(behind[trial.name])).tolist()
        yield row(f"{stream}: {name}, were the clocks set by that", errors, ["one"] * len(errors))


def _behind_plates(trial: Recording, stream: str) -> list[float]:
    """How long after the plates a sensor shows each landing: what seat and feet carry is the mass's acceleration."""
    u = regularise(trial.imu(stream), 100.0)
    plates = trial.columns("force_plates")
    felt = smooth(vertical_acceleration(u, estimate_up(u)), u.rate_hz, 10.0)
    time_s = u.start_s + np.arange(len(felt)) / u.rate_hz
    force = smooth(np.interp(time_s, plates["time_s"], plates["Fz_seat"] + plates["Fz_feet"]), u.rate_hz, 10.0)

    def alike(lag_s: float, window_s: Array) -> float:
        pair = np.interp(window_s, time_s, force), np.interp(window_s + lag_s, time_s, felt)
        return float(np.corrcoef(*pair)[0, 1])

    windows = (
        np.arange(contact - 0.8, contact + 0.3, 0.01) for _, contact in trial.truth["intervals_s"]["seat_unloaded"]
    )
    lags = np.arange(-0.10, 0.30, 0.002)
    return [float(max(lags, key=lambda lag_s: alike(lag_s, window))) for window in windows]


def _authors(stream: str, results: list[tuple[Recording, ChairResult]]) -> Iterator[Row]:
    errors = []
    for trial, result in results:
        duration = trial.truth["values"].get("authors_results", {}).get("5STS_duration")
        if duration is None or result.first_movement is None or len(result.rises) < 5:
            continue
        fifth = result.rises[4].seat_on
        if fifth is not None:
            errors.append(fifth.t_s - result.first_movement.t_s - duration)
    yield row(f"{stream}: first movement to fifth contact", errors, ["one"] * len(errors), target="0.25")


def _ngimu() -> Iterator[Row]:
    for stream in ("chest", "thigh"):
        trials = recordings("ngimu_sts")
        errors: list[float] = []
        missed = false = 0
        for trial in trials:
            result = analyse_chair(trial.imu(stream), PLACES[stream])
            middles = [(low + high) / 2 for low, high in trial.truth["intervals_s"]["standing"]]
            stands = [
                (rise.seat_off.t_s + rise.seat_on.t_s) / 2 if rise.seat_on is not None else rise.standing.t_s
                for rise in result.rises
            ]
            found = match(stands, middles, 1.0)
            errors += found.errors
            missed += found.missed
            false += found.false
        yield row(f"{stream}: middle of each stand", errors, ["one"] * len(errors), missed=missed, false=false,
                  target="22 of 22")  # fmt: skip
