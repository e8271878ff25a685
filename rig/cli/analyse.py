"""`rig analyse`: one measure on foreign IMU recordings."""

import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from rig.foreign import read_imu_csv
from rig_signal.types import Imu, Moment, Placement, SignalError

if TYPE_CHECKING:
    from rig_signal.sway import SwayMeasures

Answer = dict[str, Any]


def _s(value: float | Moment | None) -> float | None:
    """Seconds on the 100 us grid, or null."""
    seconds = value.t_s if isinstance(value, Moment) else value
    return None if seconds is None else round(seconds, 4)


def _turns(turns: tuple[Any, ...]) -> list[Answer]:
    return [
        {"start_s": _s(turn.start_s), "end_s": _s(turn.end_s), "angle_deg": round(turn.angle_deg, 1)} for turn in turns
    ]


def _rounded(value: float | None, digits: int = 5) -> float | None:
    return None if value is None else float(f"{value:.{digits}g}")


def chair(imu: Imu, placement: Placement, begin_s: float | None) -> Answer:
    """Rises and the five-rise time, first movement to fifth full stand."""
    from rig_signal.chair import analyse_chair

    result = analyse_chair(imu, placement, cue_s=begin_s)
    time = result.five_rise_time
    return {
        "count": len(result.rises),
        "rises": [
            {
                "start_s": _s(rise.start),
                "seat_off_s": _s(rise.seat_off),
                "standing_s": _s(rise.standing),
                "seat_on_s": _s(rise.seat_on),
            }
            for rise in result.rises
        ],
        "first_movement_s": _s(result.first_movement),
        "five_rise_time_s": None if time is None else _s(time.t_s),
        "u_s": None if time is None else _rounded(time.u_s, 3),
        "quality": list(result.quality),
    }


def tug(imu: Imu, placement: Placement, begin_s: float | None) -> Answer:
    """Duration (first movement to seated again), phases and turns."""
    from rig_signal.tug import analyse_tug

    result = analyse_tug(imu, placement, cue_s=begin_s)
    return {
        "start_s": _s(result.first_movement),
        "end_s": _s(result.seated),
        "duration_s": _s(result.duration_s),
        "u_s": _rounded(result.u_s, 3),
        "phases": [
            {"name": phase.name, "start_s": _s(phase.start_s), "end_s": _s(phase.end_s)} for phase in result.phases
        ],
        "turns": _turns(result.turns),
        "quality": list(result.quality),
    }


def walk(imu: Imu, placement: Placement, begin_s: float | None) -> Answer:
    """Bouts, start and end of the longest, initial contacts, cadence, variability and turns."""
    from rig_signal.walk import analyse_walk

    result = analyse_walk(imu, placement, cue_s=begin_s)
    return {
        "bouts": [{"start_s": _s(bout.start_s), "end_s": _s(bout.end_s)} for bout in result.bouts],
        "start_s": _s(result.first_foot_off),
        "end_s": _s(result.last_contact),
        "onset_s": _s(result.onset),
        "initial_contacts_s": [_s(t_s) for t_s in result.initial_contacts_s],
        "cadence_steps_per_min": _rounded(result.cadence_steps_per_min),
        "step_time_cv": _rounded(result.step_time_cv),
        "turns": _turns(result.turns),
        "quality": list(result.quality),
    }


def stance(imu: Imu, placement: Placement, begin_s: float | None) -> Answer:
    """Hold time from `begin` to the first foot displacement or 10.00 s, and the sway of it."""
    from rig_signal.stance import analyse_stance

    start = float(imu.time_s[0]) if begin_s is None else begin_s
    result = analyse_stance(imu, placement, begin_s=start)
    quality = [*result.quality, *(["begin_at_first_sample"] if begin_s is None else [])]
    sway = None if result.sway is None else _sway(result.sway)
    return {"held_s": _s(result.held_s), "stepped_out": result.stepped_out, "sway": sway, "quality": quality}


def _sway(measures: "SwayMeasures") -> Answer:
    values = asdict(measures)
    return {name: _rounded(value) if isinstance(value, float) else value for name, value in values.items()}


KINDS: dict[str, Callable[[Imu, Placement, float | None], Answer]] = {
    "chair": chair,
    "walk": walk,
    "tug": tug,
    "stance": stance,
}


def analyse_file(kind: str, path: Path, placement: Placement, begin_s: float | None = None) -> Answer:
    """One file's answer as the contract of `rig analyse` has it."""
    return KINDS[kind](read_imu_csv(path), placement, begin_s)


@click.command(name="analyse")
@click.argument("kind", type=click.Choice(list(KINDS)))
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--placement", required=True, type=click.Choice(get_args(Placement)), help="Where the sensor was worn.")
@click.option("--begin", "begin_s", type=float, help="Time of the cue or, for a stance, of the begin mark, in s.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a file.")
def command(kind: str, files: tuple[Path, ...], placement: Placement, begin_s: float | None, as_json: bool) -> None:
    """Measure foreign IMU recordings: CSV with header time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z in SI units.

    Example: rig analyse chair rises.csv --placement lower_back --json
    """
    failed = False
    for path in files:
        named = {"file": str(path)} if len(files) > 1 else {}
        try:
            answer = named | analyse_file(kind, path, placement, begin_s)
        except SignalError as error:
            failed = True
            click.echo(f"{path}: {error}", err=True)
            if as_json and named:
                click.echo(json.dumps(named | {"error": str(error)}, ensure_ascii=False))
            continue
        click.echo(json.dumps(answer, ensure_ascii=False) if as_json else _readable(path, answer))
    sys.exit(2 if failed else 0)


def _readable(path: Path, answer: Answer) -> str:
    """Indented text for people."""
    body = json.dumps({key: value for key, value in answer.items() if key != "file"}, indent=2, ensure_ascii=False)
    return f"{path}\n{body}"
