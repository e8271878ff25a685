"""Timed Up and Go: phone in the pocket and watch on the wrist against video (geotec_tug)."""

from collections.abc import Callable, Iterator
from typing import Any

from rig_signal.tug import TugResult, analyse_tug
from rig_signal.types import Placement
from tests.accuracy.recordings import Recording, recordings
from tests.accuracy.stats import Row, row

Found = list[tuple[Recording, TugResult]]
STREAMS: dict[str, tuple[str, Placement, str]] = {
    "phone": ("phone_left_front_pocket", "pocket", "RMSE 0.38, median 0.22"),
    "watch": ("watch_left_wrist", "wrist", "RMSE 0.50, median 0.28"),
}


def tables() -> Iterator[tuple[str, list[Row]]]:
    """Durations of both devices, and the phone's phase borders."""
    for device, (stream, placement, target) in STREAMS.items():
        found = [(trial, analyse_tug(trial.imu(stream), placement)) for trial in recordings("geotec_tug")]
        rows = [_error(found, f"{device}: duration", _duration, lambda t: t["durations_s"]["tug_total"], target)]
        rows += list(_scores(device, found))
        if device == "phone":
            rows += list(_borders(found))
        yield f"geotec_tug, {device}: video; healthy adults, 7.8-13.4 s", rows


def _error(
    found: Found,
    name: str,
    value: Callable[[TugResult], float | None],
    truth: Callable[[dict[str, Any]], float],
    target: str,
) -> Row:
    pairs = [(trial, value(result)) for trial, result in found]
    hit = [(trial, seen) for trial, seen in pairs if seen is not None]
    errors = [seen - truth(trial.truth) for trial, seen in hit]
    return row(name, errors, [trial.subject for trial, _ in hit], missed=len(pairs) - len(hit), target=target)


def _duration(result: TugResult) -> float | None:
    return result.duration_s


def _scores(device: str, found: Found) -> Iterator[Row]:
    errors = [
        (trial.subject, abs(result.duration_s - trial.truth["durations_s"]["tug_total"]), result)
        for trial, result in found
        if result.duration_s is not None
    ]
    rmse = (sum(e**2 for _, e, _ in errors) / len(errors)) ** 0.5
    within = sum(e <= 1.0 for _, e, _ in errors) / len(found)
    ratio = [e / r.u_s for _, e, r in errors if r.u_s]
    spread = (sum(z**2 for z in ratio) / len(ratio)) ** 0.5
    yield Row(f"{device}: RMSE {rmse:.3f} s; within 1 s {within:.1%}; RMS of error / u_s {spread:.2f}", "",
              len(errors), len({s for s, _, _ in errors}), len(found) - len(errors), 0, *("",) * 6)  # fmt: skip


def _borders(found: Found) -> Iterator[Row]:
    borders: dict[str, tuple[Callable[[TugResult], float | None], str]] = {
        "stand_start": (lambda r: r.first_movement.t_s if r.first_movement else None, "median 0.12"),
        "stand_end": (lambda r: _phase(r, "sit_to_stand"), "median 0.12"),
        "turn1_start": (lambda r: _phase(r, "walk_out"), "median 0.15"),
        "turn1_end": (lambda r: _phase(r, "turn"), "median 0.15"),
        "turn2_start": (lambda r: _phase(r, "walk_back"), "median 0.15"),
        "turn2_end": (lambda r: _phase(r, "turn_to_sit"), "median 0.15"),
        "sit_end": (lambda r: r.seated.t_s if r.seated else None, "median 0.18"),
    }
    for name, (value, target) in borders.items():
        yield _error(found, name, value, _event_of(name), target)


def _event_of(name: str) -> Callable[[dict[str, Any]], float]:
    return lambda truth: float(truth["events_s"][name])


def _phase(result: TugResult, name: str) -> float | None:
    return next((phase.end_s for phase in result.phases if phase.name == name), None)
