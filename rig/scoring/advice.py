"""Advice beside the handbook: with fall risk, and for bone health (rules sections 4 and 5).

Only the choice of lines is made here; the texts are in the message catalogue.
"""

from enum import StrEnum

import msgspec

from rig.scoring.assessment import Assessment
from rig.scoring.eligibility import withheld
from rig.scoring.programme import Line, withheld_lines
from rig.scoring.tables import FALLS_LIMIT
from rig.scoring.vocabulary import Category, Contraindication, Osteoporosis, Withheld


class Condition(StrEnum):
    """What a line of advice may depend on."""

    VITAMIN_D_LOW = "vitamin_d_low"
    DIABETES = "diabetes"
    POSTURAL_HYPOTENSION = "postural_hypotension"
    POLYPHARMACY = "polypharmacy"
    FRAIL = "frail"
    SUPPLEMENTS = "supplements"
    COGNITIVE_IMPAIRMENT = "cognitive_impairment"
    OSTEOPOROSIS = "osteoporosis"
    EARLIER_FRACTURE = "earlier_fracture"
    REPEATED_FALLS = "repeated_falls"


FALL_RISK_ADVICE: tuple[tuple[str, Condition | None], ...] = (
    ("advice.fall.vitamin_d", Condition.VITAMIN_D_LOW),
    ("advice.fall.diabetes", Condition.DIABETES),
    ("advice.fall.postural_hypotension", Condition.POSTURAL_HYPOTENSION),
    ("advice.fall.polypharmacy", Condition.POLYPHARMACY),
    ("advice.fall.nutrition", Condition.FRAIL),
    ("advice.fall.supplements", Condition.SUPPLEMENTS),
    ("advice.fall.cognition", Condition.COGNITIVE_IMPAIRMENT),
    ("advice.fall.dementia", Condition.COGNITIVE_IMPAIRMENT),
    ("advice.fall.together", None),
    ("advice.fall.osteoporosis", Condition.OSTEOPOROSIS),
    ("advice.fall.earlier_fracture", Condition.EARLIER_FRACTURE),
    ("advice.fall.home_hazards", Condition.REPEATED_FALLS),
    ("advice.fall.geriatric_assessment", None),
)
"""Message and the condition it depends on; None: for everyone with fall risk."""


class Training(StrEnum):
    """Kinds of exercise that a contraindication may hold back."""

    STRENGTH = "strength"
    OTHER = "other"


class BoneAdvice(msgspec.Struct, frozen=True):
    """One line on bone health: for which severities, and which kind of exercise it asks for, if any."""

    message: str
    severities: frozenset[Osteoporosis] = frozenset(Osteoporosis)
    training: Training | None = None


BONE_HEALTH_ADVICE: tuple[BoneAdvice, ...] = (
    BoneAdvice("advice.bone.resistance_moderate", frozenset({Osteoporosis.MILD_TO_MODERATE}), Training.STRENGTH),
    BoneAdvice("advice.bone.resistance_severe", frozenset({Osteoporosis.SEVERE}), Training.STRENGTH),
    BoneAdvice("advice.bone.balance", training=Training.OTHER),
    BoneAdvice("advice.bone.aerobic", training=Training.OTHER),
    BoneAdvice("advice.bone.calcium"),
    BoneAdvice("advice.bone.vitamin_d"),
    BoneAdvice("advice.bone.protein"),
    BoneAdvice("advice.bone.weight"),
    BoneAdvice("advice.bone.tobacco_alcohol"),
    BoneAdvice("advice.bone.drugs"),
    BoneAdvice("advice.bone.dexa_follow_up"),
    BoneAdvice("advice.bone.dexa_would_tell", frozenset({Osteoporosis.UNKNOWN})),
    BoneAdvice("advice.bone.measure_again"),
)


def conditions(assessment: Assessment, category: Category | None) -> dict[Condition, bool | None]:
    """Tell which conditions the assessment shows to be met, not met, or leaves open (None)."""
    return {
        **dict.fromkeys(Condition, None),
        Condition.DIABETES: _if_listed(assessment, Contraindication.DIABETES),
        Condition.POSTURAL_HYPOTENSION: _if_listed(assessment, Contraindication.POSTURAL_HYPOTENSION),
        Condition.EARLIER_FRACTURE: _if_listed(assessment, Contraindication.RECENT_FRACTURE),
        Condition.FRAIL: None if category is None else category in (Category.A, Category.B),
        Condition.COGNITIVE_IMPAIRMENT: assessment.cognitive_impairment,
        Condition.OSTEOPOROSIS: _has_osteoporosis(assessment.osteoporosis),
        Condition.REPEATED_FALLS: _fell_repeatedly(assessment.falls_last_year),
    }


def _if_listed(assessment: Assessment, code: Contraindication) -> bool | None:
    """Tell what a code says: it is listed for the acute or uncontrolled form only, so its absence says nothing."""
    return True if code in assessment.contraindications else None


def _has_osteoporosis(severity: Osteoporosis | None) -> bool | None:
    return None if severity in (None, Osteoporosis.UNKNOWN) else severity is not Osteoporosis.NONE


def _fell_repeatedly(falls_last_year: int | None) -> bool | None:
    return None if falls_last_year is None else falls_last_year >= FALLS_LIMIT


def fall_risk_lines(assessment: Assessment, category: Category | None) -> tuple[Line, ...]:
    """Advice for a person at risk of falling; lines whose condition is known not to be met are left out."""
    known = conditions(assessment, category)
    lines = [Line(message, applies=True if when is None else known[when]) for message, when in FALL_RISK_ADVICE]
    return tuple(line for line in lines if line.applies is not False)


def bone_health_lines(assessment: Assessment) -> tuple[Line, ...]:
    """Advice on bone health; a severity that was not asked for counts as unknown.

    Exercise that a contraindication holds back is replaced by the notice and the contraindications.
    """
    severity = assessment.osteoporosis or Osteoporosis.UNKNOWN
    held_back = withheld(assessment.contraindications)
    chosen = [advice for advice in BONE_HEALTH_ADVICE if severity in advice.severities]
    kept = tuple(Line(advice.message) for advice in chosen if not _is_withheld(advice.training, held_back))
    return withheld_lines(assessment.contraindications) + kept


def _is_withheld(training: Training | None, held_back: tuple[Withheld, ...]) -> bool:
    if training is None or not held_back:
        return False
    return Withheld.ALL in held_back or training is Training.STRENGTH
