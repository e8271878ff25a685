"""A participant over visits: what was measured each time, and what each change is worth."""

from collections.abc import Iterable
from dataclasses import dataclass

from rig.archive.figures import FIGURES, Visit
from rig.report.changes import ANCHORS, judge

WORDS = {
    "noise": "within measurement noise",
    "unsure": "within the noise of some studies",
    "better": "better, beyond measurement noise",
    "worse": "worse, beyond measurement noise",
}
UNKNOWN = "no published figure of repeating it: not judged"
SHOWN = (
    "total", "balance", "gait", "chair_points", "gait_speed", "walk_4m", "chair", "tug", "walk_6m", "step_time_cv",
    "step_regularity", "stride_regularity", "reaction_walk", "reaction_chair",
)  # fmt: skip
"""SPPB and items, then the times, then the fall-risk indicators: gait stability and reaction speed."""


@dataclass(frozen=True, slots=True)
class Step:
    """One visit's value of a figure, and its change since the visit before that has one.

    Attributes
    ----------
    change
        None at the first value.
    verdict
        In words; empty at the first value.
    matters
        Whether the change is one that people notice (MCID); None where no source tells.
    """

    started_utc: str
    session: str
    value: float
    change: float | None
    verdict: str
    matters: bool | None


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure over all visits that have it, and where the judgement comes from."""

    figure: str
    unit: str
    steps: tuple[Step, ...]
    source: str


def trends(visits: Iterable[Visit]) -> list[Trend]:
    """Every figure of one participant; visits in the order of time."""
    visits = list(visits)
    found = [Trend(name, FIGURES[name].unit, tuple(_steps(name, visits)), _source(name)) for name in SHOWN]
    return [trend for trend in found if trend.steps]


def _source(name: str) -> str:
    return "; ".join(ANCHORS[name].mdc_sources) if name in ANCHORS else ""


def _steps(name: str, visits: list[Visit]) -> Iterable[Step]:
    before: float | None = None
    for visit in visits:
        value = visit.figures.get(name)
        if value is not None:
            yield _step(name, visit, value, before)
            before = value


def _step(name: str, visit: Visit, value: float, before: float | None) -> Step:
    if before is None:
        return Step(visit.started_utc, visit.session, value, None, "", None)
    change = float(f"{value - before:.6g}")
    if name not in ANCHORS:
        return Step(visit.started_utc, visit.session, value, change, UNKNOWN, None)
    judged = judge(ANCHORS[name], change)
    return Step(visit.started_utc, visit.session, value, change, WORDS[judged.verdict], judged.matters)
