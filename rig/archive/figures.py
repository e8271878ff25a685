"""One figure a session for everything that is followed over visits."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from statistics import median
from typing import NamedTuple

from rig.archive.store import Measured

Reduce = Callable[[Sequence[float]], float]


class Figure(NamedTuple):
    """How a figure of a session comes from its rows.

    Attributes
    ----------
    items, name
        Rows of these tests and this name.
    reduce
        From the trials' values to one.
    unit
        Of the figure.
    highest
        Points go from 0 to this; None for what is not points.
    """

    items: tuple[str, ...]
    name: str
    reduce: Reduce
    unit: str
    highest: int | None = None


WALKS = ("walk_4m", "walk_6m")


def _last(values: Sequence[float]) -> float:
    return values[-1]


FIGURES: dict[str, Figure] = {
    "total": Figure(("total",), "points", _last, "points", 12),
    "balance": Figure(("balance",), "points", _last, "points", 4),
    "gait": Figure(("gait",), "points", _last, "points", 4),
    "chair_points": Figure(("chair",), "points", _last, "points", 4),
    "gait_speed": Figure(("walk_4m",), "speed", max, "m/s"),
    "walk_4m": Figure(("walk_4m",), "counted", min, "s"),
    "walk_6m": Figure(("walk_6m",), "counted", min, "s"),
    "chair": Figure(("chair",), "counted", _last, "s"),
    "tug": Figure(("tug",), "counted", _last, "s"),
    "tandem": Figure(("tandem",), "counted", _last, "s"),
    "step_time_cv": Figure(WALKS, "step_time_cv", median, "1"),
    "step_regularity": Figure(WALKS, "step_regularity", median, "1"),
    "stride_regularity": Figure(WALKS, "stride_regularity", median, "1"),
    "reaction_walk": Figure(WALKS, "reaction", median, "s"),
    "reaction_chair": Figure(("chair",), "reaction", _last, "s"),
}
"""Points and times as they score; of gait stability and reaction the middle of all trials, which one odd trial does
not move."""


class Visit(NamedTuple):
    """One recording's figures; those that could not be had are absent."""

    session: str
    started_utc: str
    participant: str | None
    assessor: str | None
    version: str
    figures: dict[str, float]


def visits_of(rows: Iterable[Measured]) -> list[Visit]:
    """Rows of the archive to visits, in the order they come."""
    by_visit: dict[tuple[str, str, str], list[Measured]] = defaultdict(list)
    for row in rows:
        by_visit[row.content, row.version, row.started_utc].append(row)
    return [_visit(found) for found in by_visit.values()]


def _visit(rows: Sequence[Measured]) -> Visit:
    values: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in sorted(rows, key=_in_order):
        if row.value is not None:
            values[row.item, row.name].append(row.value)
    figures = {}
    for name, figure in FIGURES.items():
        found = [value for item in figure.items for value in values.get((item, figure.name), [])]
        if found:
            figures[name] = figure.reduce(found)
    first = rows[0]
    return Visit(first.session, first.started_utc, first.participant, first.assessor, first.version, figures)


def _in_order(row: Measured) -> tuple[str, int]:
    """Trials in the order of their numbers, the tenth behind the ninth."""
    _, _, number = row.trial.rpartition("-")
    return row.item, int(number) if number.isdigit() else 0
