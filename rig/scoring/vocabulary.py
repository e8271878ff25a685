"""The words of scoring: every code that an assessment or a score may hold."""

from enum import StrEnum


class RuleSet(StrEnum):
    """Whose rules decide how many walks count (rules section 3)."""

    VIVIFRAIL = "vivifrail"
    NIA = "nia"


class UnableReason(StrEnum):
    """Why a test that was asked for gave no time; it scores 0 (rules section 3)."""

    TRIED_UNABLE = "tried_unable"
    NOT_UNASSISTED = "not_unassisted"
    ASSESSOR_UNSAFE = "assessor_unsafe"
    PARTICIPANT_UNSAFE = "participant_unsafe"
    NOT_UNDERSTOOD = "not_understood"
    OTHER = "other"
    REFUSED = "refused"


WANT_OF_ABILITY = frozenset(
    {
        UnableReason.TRIED_UNABLE,
        UnableReason.NOT_UNASSISTED,
        UnableReason.ASSESSOR_UNSAFE,
        UnableReason.PARTICIPANT_UNSAFE,
    }
)
"""Reasons that speak of ability or safety; the others say nothing about how fast the person is (rules section 4)."""


class Contraindication(StrEnum):
    """What stands in the way of training (rules section 2)."""

    MI_OR_UNSTABLE_ANGINA = "mi_or_unstable_angina"
    ARRHYTHMIA = "arrhythmia"
    AORTIC_DISSECTION = "aortic_dissection"
    AORTIC_STENOSIS = "aortic_stenosis"
    ENDO_OR_PERICARDITIS = "endo_or_pericarditis"
    HYPERTENSION = "hypertension"
    THROMBOEMBOLISM = "thromboembolism"
    HEART_FAILURE = "heart_failure"
    RESPIRATORY_FAILURE = "respiratory_failure"
    POSTURAL_HYPOTENSION = "postural_hypotension"
    DIABETES = "diabetes"
    RECENT_FRACTURE = "recent_fracture"
    OTHER = "other"


class Osteoporosis(StrEnum):
    """Severity of osteoporosis, as told by the participant's record (rules section 5)."""

    NONE = "none"
    MILD_TO_MODERATE = "mild_to_moderate"
    SEVERE = "severe"
    UNKNOWN = "unknown"


class Category(StrEnum):
    """Functional category (rules section 4)."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Programme(StrEnum):
    """The training handbook (rules section 4)."""

    A = "A"
    B = "B"
    B_PLUS = "B+"
    C = "C"
    C_PLUS = "C+"
    D = "D"


class CategorySource(StrEnum):
    """What the category was read from."""

    SPPB = "sppb"
    WALK_6M = "walk_6m"


class FallSign(StrEnum):
    """What speaks for a risk of falling, in the order of the tests."""

    FALLS = "falls"
    TUG = "tug"
    WALK_6M = "walk_6m"
    COGNITION = "cognition"


class Withheld(StrEnum):
    """Which part of the training advice is held back (rules section 2)."""

    STRENGTH = "strength"
    ALL = "all"


class Part(StrEnum):
    """The parts of an assessment that a deviation can belong to, in the order they are listed."""

    AGE_YEARS = "age_years"
    STANCES = "stances"
    SIDE_BY_SIDE = "side_by_side"
    SEMI_TANDEM = "semi_tandem"
    TANDEM = "tandem"
    WALK_4M = "walk_4m"
    CHAIR = "chair"
    TUG = "tug"
    WALK_6M = "walk_6m"


class DeviationCode(StrEnum):
    """How a measurement differed from the protocol without being refused."""

    LATER_STANCE_AFTER_FAILED = "later_stance_after_failed"
    """A harder stance was recorded although an easier one had not been held; it scores 0."""
    FEWER_TRIALS = "fewer_trials"
    """Fewer walks than the rule set asks for; the fastest of what there is counts."""
    SURPLUS_TRIALS_IGNORED = "surplus_trials_ignored"
    """More walks than the rule set takes; the first ones in the order given count."""
    UNDER_AGE_LIMIT = "under_age_limit"
    """Younger than the programme's own limit."""
    START_BY_GATE = "start_by_gate"
    """The first foot-off could not be told; the start gate stands for it."""
    NO_CUE = "no_cue"
    """The recording has no cue; the clock starts at the first movement."""
    MANUAL_TIME = "manual_time"
    """The operator's stopwatch gave the time."""
    CHANGED_AFTER_DISPLAY = "changed_after_display"
    """The final value is not the one the operator was shown and decided on."""
