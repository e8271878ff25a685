"""A result document as flat rows, one number each: what statistics are made of."""

from collections.abc import Iterator
from typing import NamedTuple

from rig.model.document import Document, Trial
from rig.model.marks import STANCES, Test
from rig.pipeline.assess import MANUAL_U_US, counted_time
from rig.scoring.tables import CHAIR, STANCE_TABLES, WALK_4M, Table

LENGTH_M = {Test.WALK_4M: 4.0, Test.WALK_6M: 6.0}
POINTS: dict[Test, Table[int]] = {
    **dict(zip(STANCES, STANCE_TABLES, strict=True)),
    Test.WALK_4M: WALK_4M,
    Test.CHAIR: CHAIR,
}
"""What a time of one trial would score by itself."""


class Row(NamedTuple):
    """One number of a session.

    Attributes
    ----------
    item
        The test, or `balance`, `gait`, `chair`, `total` for what the whole session scores.
    trial
        The trial's id; empty for the session's own figures.
    name
        A timing profile, `manual` (the stopwatch), `counted` (the time that scores), `speed`, a measure's name, or
        `points`.
    value, u, unit
        The number, its standard uncertainty if known, its unit; a value is None where it could not be had.
    points
        What it scores, where there is a table for it.
    quality
        The trial's flags, blank between them; what stands in the way of a value first.
    """

    item: str
    trial: str
    name: str
    value: float | None
    u: float | None
    unit: str
    points: int | None
    quality: str


def rows_of(document: Document) -> tuple[Row, ...]:
    """All rows of a document: trial by trial, then the session's points."""
    start = str(document.course.get("start", "static"))
    trials = (row for trial in document.trials for row in _trial_rows(trial, start))
    return (*trials, *_session_rows(document))


def _trial_rows(trial: Trial, course_start: str) -> Iterator[Row]:
    if trial.status != "completed":
        yield _not_completed(trial)
        return
    quality = " ".join(trial.quality)
    yield from _time_rows(trial, quality)
    counted = counted_time(trial, course_start)
    if counted is not None:
        why = " ".join(part for part in (counted.deviation, quality) if part)
        yield _time_row(trial, "counted", counted.time_us, counted.u_us, why)
        if counted.time_us and trial.test in LENGTH_M:
            speed = LENGTH_M[Test(trial.test)] * 1e6 / counted.time_us
            yield Row(trial.test, trial.trial, "speed", float(f"{speed:.5g}"), None, "m/s", None, quality)
    for measure in trial.measures:
        yield Row(trial.test, trial.trial, measure.name, measure.value, None, measure.unit, None, quality)


def _time_rows(trial: Trial, quality: str) -> Iterator[Row]:
    for time in trial.times:
        why = " ".join(part for part in (time.reason, time.deviation, quality) if part)
        yield _time_row(trial, time.profile, time.time_us, time.u_us, why)
    if trial.manual_time_us is not None:
        yield _time_row(trial, "manual", trial.manual_time_us, MANUAL_U_US, quality)


def _not_completed(trial: Trial) -> Row:
    """Unable scores 0, missing nothing; a time from before the trial was given up is no result."""
    points = 0 if trial.status == "unable" and Test(trial.test) in POINTS else None
    why = " ".join(part for part in (f"{trial.status}:{trial.reason}", *trial.quality) if part)
    return Row(trial.test, trial.trial, "counted", None, None, "s", points, why)


def _time_row(trial: Trial, name: str, time_us: int | None, u_us: int | None, quality: str) -> Row:
    table = POINTS.get(Test(trial.test))
    points = None if table is None or time_us is None else table.at_time(time_us)
    return Row(trial.test, trial.trial, name, _seconds(time_us), _seconds(u_us), "s", points, quality)


def _seconds(microseconds: int | None) -> float | None:
    return None if microseconds is None else microseconds / 1e6


def _session_rows(document: Document) -> Iterator[Row]:
    sppb = document.scores["sppb"]
    why = "" if sppb["total"] is not None else "total_range:{}-{}".format(*sppb["total_range"])
    for item in ("balance", "gait", "chair", "total"):
        points = sppb[item]
        yield Row(item, "", "points", None if points is None else float(points), None, "1", points, why)
