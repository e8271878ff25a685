"""From an assessment to its score: the output of `rig score` (rules section 7)."""

from typing import TypeAlias

import msgspec
from msgspec import UNSET, UnsetType

from rig.scoring import category, eligibility, fall_risk, points, uncertainty
from rig.scoring.assessment import Assessment, Deviation, Timing
from rig.scoring.tables import (
    CATEGORY_BY_TOTAL,
    CATEGORY_BY_WALK_6M,
    HIGHEST_PART,
    RULES_VERSION,
    TUG_OVER_LIMIT,
    WALK_4M_TRIALS,
    WALK_6M_OVER_LIMIT,
    WALK_6M_TRIALS,
)
from rig.scoring.uncertainty import BORDERLINE, Distribution
from rig.scoring.vocabulary import Category, CategorySource, FallSign, Part, Programme, RuleSet, Withheld

DECIMALS = 9
"""Probabilities are rounded so that they are the same on every processor."""

Probabilities: TypeAlias = dict[str, float]


class Sppb(msgspec.Struct, frozen=True):
    """Points of the Short Physical Performance Battery; None for what is missing.

    Attributes
    ----------
    balance, gait, chair
        0 to 4 points each.
    total
        0 to 12, None where a part is missing.
    total_range
        The least and the most the total can still be.
    """

    balance: int | None
    gait: int | None
    chair: int | None
    total: int | None
    total_range: tuple[int, int]


class Score(msgspec.Struct, frozen=True):
    """One scored assessment. The last five stand only where a time came with its uncertainty.

    Attributes
    ----------
    id, rules, rules_version
        Whose result, and by which rules.
    sppb
        Points.
    category, category_from
        Functional category, and what it was read from.
    fall_risk, fall_risk_because
        Risk of falling, and the signs that speak for it.
    programme, withheld
        The training handbook, and what contraindications hold back.
    deviations
        ``part:code``, in the order of the battery.
    points_probability
        For balance, gait and chair the probability of 0 to 4 points; None where the points are.
    total_probability
        Of 0 to 12 points; None where the total is.
    category_probability
        Of the four categories; None where the category is.
    over_limit_probability
        For each of `tug` and `walk_6m` that was timed: that it is over the limit of fall risk.
    borderline
        Which of `balance, gait, chair, tug, walk_6m` would with more than 5 % probability come out otherwise.
    """

    id: str | None
    rules: RuleSet
    rules_version: str
    sppb: Sppb
    category: Category | None
    category_from: CategorySource | None
    fall_risk: bool | None
    fall_risk_because: tuple[FallSign, ...]
    programme: Programme | None
    withheld: tuple[Withheld, ...]
    deviations: tuple[str, ...]
    points_probability: dict[str, Probabilities | None] | UnsetType = UNSET
    total_probability: Probabilities | UnsetType | None = UNSET
    category_probability: Probabilities | UnsetType | None = UNSET
    over_limit_probability: Probabilities | UnsetType = UNSET
    borderline: tuple[str, ...] | UnsetType = UNSET


def score(assessment: Assessment) -> Score:
    """Score one assessment; pure, and the same for the same input."""
    sppb = _sppb(assessment)
    found, source = category.category(sppb.total, assessment.walk_6m)
    signs = fall_risk.signs(assessment)
    risk = fall_risk.fall_risk(signs)
    plain = Score(
        id=assessment.id,
        rules=assessment.rules,
        rules_version=RULES_VERSION,
        sppb=sppb,
        category=found,
        category_from=source,
        fall_risk=risk,
        fall_risk_because=tuple([sign for sign, present in signs.items() if present]),
        programme=category.programme(found, risk),
        withheld=eligibility.withheld(assessment.contraindications),
        deviations=_deviations(assessment),
    )
    return _with_probabilities(assessment, plain) if _has_uncertainty(assessment) else plain


def _sppb(assessment: Assessment) -> Sppb:
    parts = (
        points.balance(assessment.stances),
        points.gait(assessment.walk_4m, WALK_4M_TRIALS[assessment.rules]),
        points.chair(assessment.chair),
    )
    known = [part for part in parts if part is not None]
    least = sum(known)
    most = least + HIGHEST_PART * (len(parts) - len(known))
    return Sppb(*parts, total=least if len(known) == len(parts) else None, total_range=(least, most))


def _deviations(assessment: Assessment) -> tuple[str, ...]:
    """Own findings before the caller's, by part in the order of the battery, each once."""
    own = eligibility.age_deviations(assessment.age_years) + points.deviations(assessment)
    found = dict.fromkeys((*own, *assessment.deviations))
    return tuple([str(deviation) for deviation in sorted(found, key=_battery_order)])


_ORDER = {part: place for place, part in enumerate(Part)}


def _battery_order(deviation: Deviation) -> int:
    return _ORDER[deviation.part]


def _has_uncertainty(assessment: Assessment) -> bool:
    return any(timing.u_us is not None for timing in assessment.timings())


def _with_probabilities(assessment: Assessment, plain: Score) -> Score:
    parts = _part_distributions(assessment, plain.sppb)
    known = [part for part in parts.values() if part is not None]
    total = uncertainty.total(known) if len(known) == len(parts) else None
    categories = _categories(assessment, plain, total)
    limits = _over_limit(assessment)
    return msgspec.structs.replace(
        plain,
        points_probability={name: _by_points(part) for name, part in parts.items()},
        total_probability=_by_points(total),
        category_probability=_rounded(categories),
        over_limit_probability=_rounded(limits),
        borderline=_borderline(plain, parts, categories, limits),
    )


def _part_distributions(assessment: Assessment, sppb: Sppb) -> dict[str, Distribution | None]:
    return {
        "balance": None if sppb.balance is None else uncertainty.balance(assessment.stances),
        "gait": uncertainty.gait(assessment.walk_4m, WALK_4M_TRIALS[assessment.rules]),
        "chair": uncertainty.chair(assessment.chair),
    }


def _categories(assessment: Assessment, plain: Score, total: Distribution | None) -> dict[Category, float] | None:
    if plain.category is None:
        return None
    if total is not None:
        return uncertainty.by_key(CATEGORY_BY_TOTAL, total)
    if not isinstance(assessment.walk_6m, tuple):
        return {found: float(found == plain.category) for found in CATEGORY_BY_TOTAL.rows}
    found = uncertainty.by_row(CATEGORY_BY_WALK_6M, assessment.walk_6m[:WALK_6M_TRIALS])
    return {name: found[name] for name in CATEGORY_BY_TOTAL.rows}


def _over_limit(assessment: Assessment) -> dict[str, float]:
    found = {}
    if isinstance(assessment.tug, Timing):
        found["tug"] = uncertainty.by_row(TUG_OVER_LIMIT, (assessment.tug,))[True]
    if isinstance(assessment.walk_6m, tuple):
        walks = assessment.walk_6m[:WALK_6M_TRIALS]
        found["walk_6m"] = uncertainty.by_row(WALK_6M_OVER_LIMIT, walks)[True]
    return found


def _borderline(
    plain: Score,
    parts: dict[str, Distribution | None],
    categories: dict[Category, float] | None,
    limits: dict[str, float],
) -> tuple[str, ...]:
    """Name the parts of which a result other than the given one has more than 5 % probability."""
    given = {"balance": plain.sppb.balance, "gait": plain.sppb.gait, "chair": plain.sppb.chair}
    otherwise = {name: 1.0 - part[given[name] or 0] for name, part in parts.items() if part is not None}
    for name, over in limits.items():
        otherwise[name] = 1.0 - over if name in plain.fall_risk_because else over
    if categories is not None and plain.category is not None and plain.category_from is CategorySource.WALK_6M:
        otherwise["walk_6m"] = max(otherwise.get("walk_6m", 0.0), 1.0 - categories[plain.category])
    return tuple([name for name, probability in otherwise.items() if probability > BORDERLINE])


def _by_points(part: Distribution | None) -> Probabilities | None:
    return None if part is None else {str(value): round(p, DECIMALS) for value, p in enumerate(part)}


def _rounded(found: dict[Category, float] | dict[str, float] | None) -> Probabilities | None:
    return None if found is None else {str(name): round(p, DECIMALS) for name, p in found.items()}
