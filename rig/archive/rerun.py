"""Today's algorithms against a reference: what moved, session by session."""

import csv
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from rig.archive.rows import Row
from rig.archive.work import Failure, Result

NEEDED = ("session", "item", "trial", "name", "value")
TIME_TOLERANCE_S = 0.0002
"""Two steps of the 100 us grid: what another processor may round otherwise is less."""
MEASURE_TOLERANCE = 1.01e-4
"""Relative, for figures that are no times: one unit of the fifth significant digit."""

Why: TypeAlias = Literal["gone", "lost", "new", "beyond"]
"""The row is not there any more, its value is not, it has one where none was expected, or another one."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A number that is expected; None where there was none."""

    item: str
    trial: str
    name: str
    value: float | None

    @property
    def place(self) -> tuple[str, str, str]:
        """What it is a number of."""
        return self.item, self.trial, self.name


@dataclass(frozen=True, slots=True)
class Moved:
    """A number that is not what the reference says; `limit` is what it may move, `quality` the flags it has now."""

    item: str
    trial: str
    name: str
    unit: str
    expected: float | None
    found: float | None
    why: Why
    limit: float | None = None
    quality: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """The change report of one session.

    Attributes
    ----------
    failure
        Why it could not be replayed.
    lacking
        `absent` from the folders, or `unexpected` by the reference.
    """

    session: str
    folder: str
    compared: int
    moved: tuple[Moved, ...]
    failure: str | None = None
    lacking: Literal["absent", "unexpected"] | None = None

    @property
    def clean(self) -> bool:
        """Everything that was expected was found."""
        return self.failure is None and self.lacking is None and not self.moved and self.compared > 0


def read_reference(path: Path) -> dict[str, tuple[Reference, ...]]:
    """Read expected numbers by session, from what `rig archive export` writes or from a table made by hand.

    Raises
    ------
    ValueError
        A column is missing, a value is no number, or there is nothing in it; with the line.
    """
    found: dict[str, list[Reference]] = defaultdict(list)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
            if missing:
                raise ValueError(f"{path}: no column {', '.join(missing)}; the reference needs {', '.join(NEEDED)}")
            for row in reader:
                found[row["session"]].append(_reference(row, f"{path}:{reader.line_num}"))
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: cannot be read: {error}") from error
    if not found:
        raise ValueError(f"{path}: no line in it; write one with `rig archive export --csv FILE`")
    return {session: tuple(rows) for session, rows in found.items()}


def _reference(row: Mapping[str, str], where: str) -> Reference:
    text = row["value"]
    try:
        value = None if text == "" else float(text)
    except ValueError:
        raise ValueError(f"{where}: value {text!r} is no number; seconds for times, empty for none") from None
    if value is not None and not math.isfinite(value):
        raise ValueError(f"{where}: value {text!r} is no number; seconds for times, empty for none")
    return Reference(row["item"], row["trial"], row["name"], value)


def compare_with(
    reference: Mapping[str, tuple[Reference, ...]], outcomes: Iterable[Result | Failure], tolerance_s: float
) -> list[Change]:
    """Compare replayed sessions with the reference; sessions that either side lacks are changes too."""
    changes = []
    seen = set()
    for outcome in outcomes:
        if isinstance(outcome, Failure):
            changes.append(Change("", outcome.folder, 0, (), outcome.reason))
            continue
        seen.add(outcome.session)
        changes.append(_change(outcome, reference.get(outcome.session, ()), tolerance_s))
    absent = [Change(session, "", 0, (), lacking="absent") for session in reference if session not in seen]
    return sorted([*changes, *absent], key=lambda change: (change.session, change.folder))


def _change(result: Result, expected: tuple[Reference, ...], tolerance_s: float) -> Change:
    if not expected:
        return Change(result.session, result.folder, 0, (), lacking="unexpected")
    found = {(row.item, row.trial, row.name): row for row in result.rows}
    moved = (_moved(each, found.get(each.place), tolerance_s) for each in expected)
    return Change(result.session, result.folder, len(expected), tuple(each for each in moved if each is not None))


def _moved(expected: Reference, found: Row | None, tolerance_s: float) -> Moved | None:
    """What is wrong with one number; None where it is as expected."""
    if found is None:
        return Moved(*expected.place, "", expected.value, None, "gone")
    values = expected.value, found.value
    if expected.value is None or found.value is None:
        why: Why = "lost" if found.value is None else "new"
        same = expected.value is None and found.value is None
        return None if same else Moved(*expected.place, found.unit, *values, why, quality=found.quality)
    limit = _tolerance(found, expected.value, tolerance_s)
    if abs(found.value - expected.value) <= limit + 1e-9:
        return None
    return Moved(*expected.place, found.unit, *values, "beyond", limit, found.quality)


def _tolerance(found: Row, expected: float, tolerance_s: float) -> float:
    """Points exactly; times, and nothing else, by what the user allows."""
    if found.name == "points":
        return 0.0
    return tolerance_s if found.unit == "s" else MEASURE_TOLERANCE * abs(expected)
