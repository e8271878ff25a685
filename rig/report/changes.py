"""What a change between two visits is worth: beside what repeating alone gives (MDC95) and what matters (MCID).

MDC95 is the change that 95 of 100 unchanged people stay under when they are measured twice. Studies differ by who was
measured and after how long, so it is given as a range: under its lower end a change is noise, over its upper end it
is more than noise, between them it may be either.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["noise", "unsure", "better", "worse"]
TO_95_PERCENT = 1.96


@dataclass(frozen=True, slots=True)
class Anchor:
    """What is known about repeating a measure.

    Attributes
    ----------
    unit
        Of all figures; None for points.
    better
        1 where more is better, -1 where less is.
    mdc95
        Least and largest published minimal detectable change.
    mdc_sources
        Who found it.
    mcid
        Small and substantial change that people notice, or one figure twice; None where no source gives one.
    mcid_sources
        Who found it.
    """

    unit: str | None
    better: Literal[1, -1]
    mdc95: tuple[float, float]
    mdc_sources: tuple[str, ...]
    mcid: tuple[float, float] | None = None
    mcid_sources: tuple[str, ...] = ()


_WEEK = "PMID 38603952"
_TILDA = "TILDA, PMC6858113"
_PERERA = "Perera 2006"
_TUG = "PMC6521916"
SOURCES = (_WEEK, _TILDA, _PERERA, _TUG)
"""Everybody who is named below, in the order of their numbers on a page."""

ANCHORS: dict[str, Anchor] = {
    "total": Anchor(None, 1, (1.1, 1.2), (_WEEK,), (0.5, 1.0), (_PERERA,)),
    "walk_4m": Anchor("s", -1, (0.77, 0.80), (_WEEK,)),
    "gait_speed": Anchor("m/s", 1, (0.195, 0.347), (_TILDA,), (0.05, 0.10), (_PERERA,)),
    "chair": Anchor("s", -1, (1.32, 4.52), (_WEEK, _TILDA)),
    "tug": Anchor("s", -1, (2.08, 2.08), (_TILDA,), (2.0, 2.0), (_TUG,)),
}


@dataclass(frozen=True, slots=True)
class Change:
    """A difference between two visits, and what it is worth.

    Attributes
    ----------
    difference
        Later minus earlier, in the unit of the anchor.
    verdict
        `noise`: within measurement noise; `unsure`: within the noise of some studies; `better`, `worse`: beyond it.
    matters
        Whether it is as large as a substantial change that people notice; None where no source tells.
    """

    difference: float
    verdict: Verdict
    matters: bool | None


def judge(anchor: Anchor, difference: float, u: float = 0.0) -> Change:
    """Judge a change.

    Parameters
    ----------
    anchor
        Of the measure.
    difference
        Later minus earlier.
    u
        Standard uncertainty of the difference from the measuring alone; it counts where it is larger than what the
        studies found (1.96 u against MDC95).
    """
    least, most = (max(limit, TO_95_PERCENT * u) for limit in anchor.mdc95)
    matters = None if anchor.mcid is None else abs(difference) >= anchor.mcid[1]
    return Change(difference, _verdict(anchor, difference, least, most), matters)


def _verdict(anchor: Anchor, difference: float, least: float, most: float) -> Verdict:
    if abs(difference) <= least:
        return "noise"
    if abs(difference) <= most:
        return "unsure"
    return "better" if difference * anchor.better > 0 else "worse"
