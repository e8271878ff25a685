"""Gait stability and reaction speed: the signs of fall risk that are measured at every visit, side by side."""

from collections.abc import Callable, Sequence
from datetime import tzinfo
from statistics import median
from typing import NamedTuple

from rig.model.document import Document
from rig.model.marks import Test
from rig.report.content import Grid
from rig.report.visit import Visit
from rig.report.words import Words

WALKS = (Test.WALK_4M, Test.WALK_6M)
NOT_KNOWN = "–"
MOST_EARLIER = 4
"""Earlier visits that are shown."""


class Indicator(NamedTuple):
    """A sign of fall risk: the measure of these tests, and how its number is written."""

    label: str
    tests: tuple[Test, ...]
    measure: str
    written: Callable[[float], str]


INDICATORS = (
    Indicator("step_time_cv", WALKS, "step_time_cv", lambda share: f"{100 * share:.1f} %"),
    Indicator("step_regularity", WALKS, "step_regularity", lambda share: f"{share:.2f}"),
    Indicator("stride_regularity", WALKS, "stride_regularity", lambda share: f"{share:.2f}"),
    Indicator("reaction_walk", WALKS, "reaction", lambda time_s: f"{time_s:.2f} s"),
    Indicator("reaction_chair", (Test.CHAIR,), "reaction", lambda time_s: f"{time_s:.2f} s"),
)


def indicator_grid(visit: Visit, earlier: Sequence[Visit], zone: tzinfo, words: Words) -> Grid | None:
    """The middle of all trials, a line a visit, this one last; None where nothing was measured at it."""
    here = _figures(visit.document)
    if all(figure == NOT_KNOWN for figure in here):
        return None
    past = tuple((f"{each.local(zone):%Y-%m-%d}", *_figures(each.document)) for each in earlier[-MOST_EARLIER:])
    names = (words.t(f"archive.figure.{each.label}") for each in INDICATORS)
    rows = (*past, (words.t("report.norm.here"), *here))
    return Grid(words.t("report.section.indicators"), ("", *names), rows, words.t("report.indicators.remark"))


def _figures(document: Document) -> tuple[str, ...]:
    values = ((each, _middle(document, each)) for each in INDICATORS)
    return tuple(NOT_KNOWN if value is None else each.written(value) for each, value in values)


def _middle(document: Document, indicator: Indicator) -> float | None:
    """Of the completed trials that have it: one odd trial does not move it."""
    found = [
        measure.value
        for trial in document.trials
        if trial.test in indicator.tests and trial.status == "completed"
        for measure in trial.measures
        if measure.name == indicator.measure and measure.value is not None
    ]
    return median(found) if found else None
