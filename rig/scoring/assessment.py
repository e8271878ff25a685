"""What is scored: the times, reasons and answers of one assessment, in whole microseconds.

A part is a time, a reason why there is none (it scores 0), or None: missing, which is not 0.
"""

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

import msgspec

from rig.scoring.tables import PLAUSIBLE_FROM_US, STANCE_LIMIT_US
from rig.scoring.vocabulary import Contraindication, DeviationCode, Osteoporosis, Part, RuleSet, UnableReason


class AssessmentError(ValueError):
    """An assessment that is refused.

    Attributes
    ----------
    line
        Line inside the text that was read, 1-based, where the fault lies.
    """

    def __init__(self, reason: str, line: int = 1) -> None:
        super().__init__(reason)
        self.line = line


class Timing(msgspec.Struct, frozen=True):
    """One measured time.

    Attributes
    ----------
    time_us
        Microseconds.
    u_us
        Standard uncertainty in microseconds (one standard deviation of a normal distribution), None where the
        time is taken as it stands.
    """

    time_us: int
    u_us: int | None = None


Timed: TypeAlias = Timing | UnableReason | None
Trials: TypeAlias = tuple[Timing, ...] | UnableReason | None

TIMED_PARTS = (Part.WALK_4M, Part.CHAIR, Part.TUG, Part.WALK_6M)


class Stances(msgspec.Struct, frozen=True):
    """The three stances in the order of difficulty; None for one that was not recorded."""

    side_by_side: Timed = None
    semi_tandem: Timed = None
    tandem: Timed = None

    def named(self) -> tuple[tuple[Part, Timed], ...]:
        """Pair the stances with their names, in the order of difficulty."""
        return (
            (Part.SIDE_BY_SIDE, self.side_by_side),
            (Part.SEMI_TANDEM, self.semi_tandem),
            (Part.TANDEM, self.tandem),
        )


class Deviation(NamedTuple):
    """How a part differed from the protocol; written ``part:code``."""

    part: Part
    code: DeviationCode

    def __str__(self) -> str:
        return f"{self.part}:{self.code}"


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """One assessment, checked when it is made.

    Attributes
    ----------
    id
        Any text, or None.
    rules
        Whose rules count the walks of 4 m.
    stances, walk_4m, chair
        The SPPB. `stances` may be one reason for the balance test as a whole.
    tug, walk_6m, falls_last_year, fall_needed_care, cognitive_impairment
        The four signs of fall risk.
    age_years, contraindications, osteoporosis
        Eligibility and advice.
    deviations
        What the caller knows of how the times came about (`start_by_gate`, `no_cue`, ...).

    Raises
    ------
    AssessmentError
        A time is negative or implausible, a stance longer than 10 s, a list of walks empty, a standard
        uncertainty negative, or the answers contradict each other (rules section 7).
    """

    id: str | None = None
    rules: RuleSet = RuleSet.VIVIFRAIL
    stances: Stances | UnableReason | None = None
    walk_4m: Trials = None
    chair: Timed = None
    tug: Timed = None
    walk_6m: Trials = None
    falls_last_year: int | None = None
    fall_needed_care: bool | None = None
    cognitive_impairment: bool | None = None
    age_years: int | None = None
    contraindications: frozenset[Contraindication] = frozenset()
    osteoporosis: Osteoporosis | None = None
    deviations: tuple[Deviation, ...] = ()

    def __post_init__(self) -> None:
        if isinstance(self.stances, Stances):
            _check_stances(self.stances)
        for part in TIMED_PARTS:
            _check_part(part, getattr(self, part))
        _check_answers(self)

    def timings(self) -> Iterator[Timing]:
        """Walk through every time of the assessment."""
        if isinstance(self.stances, Stances):
            yield from (stance for _, stance in self.stances.named() if isinstance(stance, Timing))
        for part in TIMED_PARTS:
            yield from _timings(getattr(self, part))


def over_limit(place: str) -> AssessmentError:
    """Word the refusal of a stance beyond its limit."""
    return AssessmentError(f"{place}: over 10 s; a stance is stopped there")


def _check_stances(stances: Stances) -> None:
    for part, stance in stances.named():
        if isinstance(stance, Timing):
            fault = _fault(stance, 0)
            if fault is not None:
                raise AssessmentError(f"stances.{part}: {fault}")
            if stance.time_us > STANCE_LIMIT_US:
                raise over_limit(f"stances.{part}")


def _check_part(part: Part, content: Timed | Trials) -> None:
    if content == ():
        raise AssessmentError(f"{part}.times_s: empty; leave the part out where no walk was timed")
    for number, timing in enumerate(_timings(content)):
        fault = _fault(timing, PLAUSIBLE_FROM_US[part])
        if fault is not None:
            place = f"times_s[{number}]" if isinstance(content, tuple) else "time_s"
            raise AssessmentError(f"{part}.{place}: {fault}")


def _timings(content: Timed | Trials) -> tuple[Timing, ...]:
    if isinstance(content, Timing):
        return (content,)
    return content if isinstance(content, tuple) else ()


def _fault(timing: Timing, plausible_from_us: int) -> str | None:
    if timing.time_us < 0:
        return "negative time"
    if timing.time_us < plausible_from_us:
        return f"{timing.time_us / 1e6} s is not plausible (under {plausible_from_us / 1e6} s)"
    if timing.u_us is not None and timing.u_us < 0:
        return "negative standard uncertainty"
    return None


def _check_answers(assessment: Assessment) -> None:
    if assessment.falls_last_year is not None and assessment.falls_last_year < 0:
        raise AssessmentError("falls_last_year: negative")
    if assessment.falls_last_year == 0 and assessment.fall_needed_care:
        raise AssessmentError("fall_needed_care: true with falls_last_year 0")
    if assessment.age_years is not None and not 0 <= assessment.age_years <= 150:
        raise AssessmentError("age_years: not an age in years (0 to 150)")
