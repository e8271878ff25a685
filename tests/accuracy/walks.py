"""Walking: start, end, contacts and turns (ipol_gait, mobgap_tvs), short walks of older people (elderly_walk5m)."""

from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import numpy as np

from rig_signal.attitude import estimate_up, yaw_rate
from rig_signal.timebase import regularise
from rig_signal.types import Array, Imu, Placement, Turn
from rig_signal.walk import WalkResult, analyse_walk
from tests.accuracy.recordings import Recording, recordings
from tests.accuracy.stats import Matches, Row, match, row

TOLERANCE_S = 0.25
SPLIT_MPS = 0.5
BIG_TURN_DEG, HALF_TURN_DEG = 90.0, 180.0


def tables() -> Iterator[tuple[str, list[Row]]]:
    """One table a set."""
    yield "ipol_gait: lower back, 20 m with a U-turn, radio losses; healthy adults", list(_ipol())
    yield "mobgap_tvs: lower back, insole reference (INDIP), one healthy older adult", list(_mobgap())
    yield "elderly_walk5m: weak reference (foot gyroscopes above 1 rad/s), 5 m", list(_elderly())


def _f1_row(name: str, matches: list[Matches], subjects: list[str], target: str) -> Row:
    errors = [e for found in matches for e in found.errors]
    people = [s for found, s in zip(matches, subjects, strict=True) for _ in found.errors]
    missed, false = sum(m.missed for m in matches), sum(m.false for m in matches)
    f1 = 2 * len(errors) / max(2 * len(errors) + missed + false, 1)
    return row(f"{name}: F1 {f1:.3f}", errors, people, missed=missed, false=false, target=target)


def _ipol() -> Iterator[Row]:
    trials = recordings("ipol_gait")
    results = [analyse_walk(trial.imu("lower_back"), "lower_back") for trial in trials]
    yield _event(trials, results, "gait_start", "median 0.12, p95 0.60")
    yield _event(trials, results, "gait_end", "median 0.12, p95 0.60")
    contacts = [
        match(_inside(result.initial_contacts_s, *_ipol_span(trial)), _ipol_contacts(trial), TOLERANCE_S)
        for trial, result in zip(trials, results, strict=True)
    ]
    yield _f1_row("initial contacts", contacts, [trial.subject for trial in trials], "F1 0.965")
    yield from _u_turns(trials, results)


def _event(trials: list[Recording], results: list[WalkResult], name: str, target: str) -> Row:
    moments = [r.first_foot_off if name == "gait_start" else r.last_contact for r in results]
    hits = [(t, m) for t, m in zip(trials, moments, strict=True) if m is not None]
    errors = [moment.t_s - trial.truth["events_s"][name] for trial, moment in hits]
    ratio = np.abs([e / m.u_s for e, (_, m) in zip(errors, hits, strict=True)])
    rms, middle = float(np.sqrt(np.mean(ratio**2))), float(np.quantile(ratio, 0.68))
    label = f"{name} (error / u_s: RMS {rms:.2f}, 68 % within {middle:.2f})"
    return row(label, errors, [t.subject for t, _ in hits], missed=len(trials) - len(hits), target=target)


def _ipol_span(trial: Recording) -> tuple[float, float]:
    events = trial.truth["events_s"]
    return events["gait_start"] - TOLERANCE_S, events["gait_end"] + TOLERANCE_S


def _ipol_contacts(trial: Recording) -> list[float]:
    swings = trial.truth["intervals_s"]
    ends = [end for foot in ("left_foot_swing", "right_foot_swing") for _, end in swings[foot]]
    return sorted(_inside(ends, *_ipol_span(trial)))


def _inside(times: Any, start_s: float, end_s: float) -> list[float]:
    return [float(t) for t in times if start_s <= t <= end_s]


def _u_turns(trials: list[Recording], results: list[WalkResult]) -> Iterator[Row]:
    """The U-turn's centre against the labels, its angle against the course: out and back on one line."""
    found = [(trial, _nearest(result.turns, _u_centre(trial))) for trial, result in zip(trials, results, strict=True)]
    hits = [(trial, turn) for trial, turn in found if turn is not None]
    people, missed = [trial.subject for trial, _ in hits], len(found) - len(hits)
    centres = [(turn.start_s + turn.end_s) / 2 - _u_centre(trial) for trial, turn in hits]
    yield row("U-turn centre", centres, people, missed=missed, target="median 0.10, none > 0.5 unflagged")
    angles = [abs(turn.angle_deg) - HALF_TURN_DEG for _, turn in hits]
    label = f"U-turn angle against 180 deg, IQR {_iqr(angles):.1f}"
    yield row(label, angles, people, missed=missed, unit="deg", target="IQR 7, all found")


def _u_centre(trial: Recording) -> float:
    events = trial.truth["events_s"]
    return float((events["uturn_start"] + events["uturn_end"]) / 2)


def _nearest(turns: tuple[Turn, ...], centre_s: float) -> Turn | None:
    big = [turn for turn in turns if abs(turn.angle_deg) >= BIG_TURN_DEG]
    return min(big, key=lambda turn: abs((turn.start_s + turn.end_s) / 2 - centre_s), default=None)


def _iqr(values: list[float]) -> float:
    return float(np.subtract(*np.percentile(values, [75, 25]))) if values else float("nan")


def _cut(imu: Imu, start_s: float, end_s: float) -> Imu:
    keep = (imu.time_s >= start_s) & (imu.time_s < end_s)
    return Imu(imu.time_s[keep], imu.acc[keep], None if imu.gyr is None else imu.gyr[keep])


def _mobgap() -> Iterator[Row]:
    slow: list[Matches] = []
    fast: list[Matches] = []
    for trial in recordings("mobgap_tvs"):
        for bout in trial.truth["walking_bouts"]["INDIP"]:
            found = _bout(trial, bout)
            (fast if (bout["speed_m_s"] or 0.0) >= SPLIT_MPS else slow).append(found)
    yield _f1_row("contacts, bouts >= 0.5 m/s given", fast, ["one"] * len(fast), "F1 0.90 (peers 0.84)")
    yield _f1_row("contacts, bouts < 0.5 m/s given", slow, ["one"] * len(slow), "F1 0.80 (peers 0.71)")
    for system in ("Stereophoto", "INDIP"):
        yield from _turn_rows(system)
    apart = [abs(a["angle_deg"] - b["angle_deg"]) for a, b in _seen_by_both()]
    label = f"the same turns by Stereophoto and by INDIP: how far apart, IQR {_iqr(apart):.0f}"
    yield row(label, apart, ["one"] * len(apart), unit="deg")


def _seen_by_both() -> Iterator[tuple[dict[str, float], dict[str, float]]]:
    """Turns that both references list at the same time, and at least one as a big one."""
    for trial in recordings("mobgap_tvs"):
        systems = trial.truth["walking_bouts"]
        one, other = ([turn for bout in systems[name] for turn in bout["turns"]] for name in ("Stereophoto", "INDIP"))
        for a, b in product(one, other):
            middle = (a["start_s"] + a["end_s"]) / 2
            if b["start_s"] < middle < b["end_s"] and max(abs(a["angle_deg"]), abs(b["angle_deg"])) >= BIG_TURN_DEG:
                yield a, b


def _turn_rows(system: str) -> Iterator[Row]:
    """Turns of 90 degrees and more; the two references disagree with each other, once in sign.

    The second row bounds the first: what the gyroscope turned between the reference's own start and end, which no
    detector decides. Where that differs, windows and reference do not belong together.
    """
    turns: list[float] = []
    windows: list[float] = []
    lost = 0
    for trial in recordings("mobgap_tvs"):
        result, heading = analyse_walk(trial.imu("lower_back"), "lower_back"), _heading(trial.imu("lower_back"))
        for bout in trial.truth["walking_bouts"][system]:
            errors, missing = _bout_turns(result, bout)
            turns += errors
            lost += missing
            windows += [
                abs(float(np.diff(heading([turn["start_s"], turn["end_s"]]))[0])) - abs(turn["angle_deg"])
                for turn in _big_turns(bout)
            ]
    for name, errors, missed in (("", turns, lost), (" in the reference's own windows", windows, 0)):
        label = f"turns >= 90 deg of {system}{name}: angle, IQR {_iqr(errors):.0f}"
        yield row(label, errors, ["one"] * len(errors), missed=missed, unit="deg", target="IQR 7, all found")


def _heading(imu: Imu) -> Callable[[list[float]], Array]:
    """The integrated yaw rate in degrees, to be read at any times."""
    u = regularise(imu)
    turned = np.degrees(np.cumsum(yaw_rate(u, estimate_up(u)))) / u.rate_hz
    times = u.start_s + np.arange(len(turned)) / u.rate_hz
    return lambda at: np.interp(at, times, turned)


def _big_turns(bout: dict[str, Any]) -> list[dict[str, float]]:
    return [turn for turn in bout["turns"] if abs(turn["angle_deg"]) >= BIG_TURN_DEG]


def _bout(trial: Recording, bout: dict[str, Any]) -> Matches:
    """Contacts inside one given bout, analysed with a second of the recording around it."""
    result = analyse_walk(_cut(trial.imu("lower_back"), bout["start_s"] - 2, bout["end_s"] + 2), "lower_back")
    found = _inside(result.initial_contacts_s, bout["start_s"] - TOLERANCE_S, bout["end_s"] + TOLERANCE_S)
    return match(found, bout["initial_contacts_s"], TOLERANCE_S)


def _bout_turns(result: WalkResult, bout: dict[str, Any]) -> tuple[list[float], int]:
    errors, missed = [], 0
    for turn in _big_turns(bout):
        middle = (turn["start_s"] + turn["end_s"]) / 2
        near = [t for t in result.turns if t.start_s - 0.5 <= middle <= t.end_s + 0.5]
        if near:
            best = max(near, key=lambda t: abs(t.angle_deg))
            errors.append(abs(best.angle_deg) - abs(turn["angle_deg"]))
        else:
            missed += 1
    return errors, missed


ELDERLY: dict[str, Placement] = {"right_foot": "foot", "right_thigh": "thigh", "back": "lower_back"}


def _elderly() -> Iterator[Row]:
    for stream, placement in ELDERLY.items():
        trials = [trial for trial in recordings("elderly_walk5m") if trial.has(stream)]
        results = [analyse_walk(trial.imu(stream), placement) for trial in trials]
        for name in ("walk_start", "walk_end"):
            moments = [r.first_foot_off if name == "walk_start" else r.last_contact for r in results]
            hits = [(t, m) for t, m in zip(trials, moments, strict=True) if m is not None]
            errors = [m.t_s - t.truth["weak_reference"]["events_s"][name] for t, m in hits]
            yield row(f"{stream}: {name}", errors, [t.subject for t, _ in hits], missed=len(trials) - len(hits))
