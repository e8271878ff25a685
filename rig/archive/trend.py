"""A participant over visits: what was measured each time, and what each change is worth."""

from collections.abc import Iterable
from dataclasses import dataclass

from rig.archive.figures import FIGURES, Visit
from rig.report.changes import ANCHORS, Verdict, judge

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
        What the change is worth; None at the first value, and where no source tells what repeating gives.
    matters
        Whether the change is one that people notice (MCID); None where no source tells.
    """

    started_utc: str
    session: str
    value: float
    change: float | None
    verdict: Verdict | None
    matters: bool | None


@dataclass(frozen=True, slots=True)
class Trend:
    """One figure over all visits that have it, and what its changes are judged by.

    Attributes
    ----------
    mdc95, sources
        Least and largest published change that is not noise, and who found it; None and empty where nobody did.
    """

    figure: str
    unit: str
    steps: tuple[Step, ...]
    mdc95: tuple[float, float] | None
    sources: tuple[str, ...]


def trends(visits: Iterable[Visit]) -> list[Trend]:
    """Every figure of one participant; visits in the order of time."""
    visits = list(visits)
    return [trend for name in SHOWN if (trend := _trend(name, visits)).steps]


def _trend(name: str, visits: list[Visit]) -> Trend:
    anchor = ANCHORS.get(name)
    mdc95, sources = (None, ()) if anchor is None else (anchor.mdc95, anchor.mdc_sources)
    return Trend(name, FIGURES[name].unit, tuple(_steps(name, visits)), mdc95, sources)


def _steps(name: str, visits: list[Visit]) -> Iterable[Step]:
    before: float | None = None
    for visit in visits:
        value = visit.figures.get(name)
        if value is not None:
            yield _step(name, visit, value, before)
            before = value


def _step(name: str, visit: Visit, value: float, before: float | None) -> Step:
    change = None if before is None else float(f"{value - before:.6g}")
    judged = None if change is None or name not in ANCHORS else judge(ANCHORS[name], change)
    told = (None, None) if judged is None else (judged.verdict, judged.matters)
    return Step(visit.started_utc, visit.session, value, change, *told)
