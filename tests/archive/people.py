"""Archives of made-up visits: a fixture's document with times of one's choice, so that agreement has a truth."""

import hashlib
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import msgspec
from msgspec.structs import replace

from rig.archive.rows import rows_of
from rig.archive.store import Store
from rig.archive.version import algorithm_version
from rig.archive.work import Result
from rig.model.document import Document, Time, Trial

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
FIRST_DAY = datetime(2025, 3, 4, 1, 30, tzinfo=UTC)
WATCHED = ("walk_4m", "walk_6m", "chair", "tug")


@dataclass(frozen=True, slots=True)
class Told:
    """A visit: whose, when, by whom; seconds added to every time, and by the stopwatch's presses to the sensors'."""

    participant: str
    day: int
    assessor: str
    shift_s: float = 0.0
    press_s: tuple[float, ...] = ()
    version: str = ""


@cache
def golden() -> Document:
    """The document that all are made from."""
    return msgspec.json.decode((FIXTURES / "pre_frail" / "document.json").read_bytes(), type=Document)


def result(told: Told) -> Result:
    """A visit as the archive takes it."""
    presses = iter(told.press_s)
    document = replace(
        golden(),
        session=f"{told.participant}-{told.day}",
        started_utc=(FIRST_DAY + timedelta(days=told.day)).isoformat(),
        participant=replace(golden().participant, id=told.participant),
        trials=tuple(_trial(trial, told.shift_s, next(presses, None)) for trial in golden().trials),
    )
    return Result(
        folder=document.session,
        content=hashlib.sha256(document.session.encode()).hexdigest(),
        version=told.version or algorithm_version(),
        session=document.session,
        started_utc=document.started_utc,
        participant=told.participant,
        assessor=told.assessor,
        duration_s=300.0,
        document=zlib.compress(msgspec.json.encode(document)),
        rows=rows_of(document),
    )


def _trial(trial: Trial, shift_s: float, press_s: float | None) -> Trial:
    if trial.test not in WATCHED:
        return trial
    times = tuple(_shifted(time, shift_s) for time in trial.times)
    sensors = times[0].time_us
    manual = None if press_s is None or sensors is None else sensors + round(press_s * 1e6)
    return replace(trial, times=times, manual_time_us=manual)


def _shifted(time: Time, seconds: float) -> Time:
    return time if time.time_us is None else replace(time, time_us=time.time_us + round(seconds * 1e6))


def archive_of(path: Path, visits: Iterable[Told]) -> Path:
    """An archive that holds these visits."""
    with Store(path) as store:
        for told in visits:
            store.put(result(told))
    return path
