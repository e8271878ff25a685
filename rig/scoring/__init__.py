"""Scoring: SPPB points, fall risk, category and programme from times and answers; pure and exact.

The rules are written out in docs/scoring.md.
"""

from rig.scoring.assessment import Assessment, AssessmentError, Deviation, Stances, Timing
from rig.scoring.contract import read_assessment, write_assessment
from rig.scoring.result import Score, Sppb, score
from rig.scoring.tables import RULES_VERSION
from rig.scoring.vocabulary import (
    Category,
    CategorySource,
    Contraindication,
    DeviationCode,
    FallSign,
    Osteoporosis,
    Part,
    Programme,
    RuleSet,
    UnableReason,
    Withheld,
)

__all__ = [
    "RULES_VERSION",
    "Assessment",
    "AssessmentError",
    "Category",
    "CategorySource",
    "Contraindication",
    "Deviation",
    "DeviationCode",
    "FallSign",
    "Osteoporosis",
    "Part",
    "Programme",
    "RuleSet",
    "Score",
    "Sppb",
    "Stances",
    "Timing",
    "UnableReason",
    "Withheld",
    "read_assessment",
    "score",
    "write_assessment",
]
