"""What goes with each training handbook, as data (rules section 4); texts are in the message catalogue."""

from collections.abc import Mapping, Set

import msgspec

from rig.scoring.eligibility import withheld
from rig.scoring.vocabulary import Contraindication, Programme, Withheld

WEEKS = 12
DAYS_PER_WEEK = 7
REASSESS_AFTER_WEEKS = 12
BOTTLES = 2
BOTTLE_ML = 500
CALIBRATION_LIFTS = 30
RECALIBRATE_AFTER_WEEKS = 6

_LONG_SESSION_MIN = (45, 60)


class Line(msgspec.Struct, frozen=True):
    """One line of advice.

    Attributes
    ----------
    message
        Id in the message catalogue.
    values
        Numbers that stand in the text by name (``str.format``).
    applies
        True where the assessment shows that the line's condition is met; None where it does not say, and the
        text names the condition itself.
    """

    message: str
    values: Mapping[str, int] = {}
    applies: bool | None = True


class Facts(msgspec.Struct, frozen=True):
    """What the assessor needs to know of a handbook.

    Attributes
    ----------
    session_min
        Shortest and longest session, minutes.
    for_whom
        Message id: whom it is made for.
    walks_from_start
        False where walking is added only when strength has improved.
    """

    session_min: tuple[int, int]
    for_whom: str
    walks_from_start: bool = True


FACTS: dict[Programme, Facts] = {
    Programme.A: Facts((30, 45), "programme.for_whom.A", walks_from_start=False),
    Programme.B: Facts(_LONG_SESSION_MIN, "programme.for_whom.B"),
    Programme.B_PLUS: Facts(_LONG_SESSION_MIN, "programme.for_whom.B"),
    Programme.C: Facts(_LONG_SESSION_MIN, "programme.for_whom.C"),
    Programme.C_PLUS: Facts(_LONG_SESSION_MIN, "programme.for_whom.C"),
    Programme.D: Facts(_LONG_SESSION_MIN, "programme.for_whom.D"),
}

LOAD: tuple[Line, ...] = (
    Line("programme.load.bottles", {"bottles": BOTTLES, "millilitres": BOTTLE_ML}),
    Line("programme.load.first_lift", {"millilitres": BOTTLE_ML, "lifts": CALIBRATION_LIFTS}),
    Line("programme.load.adjust", {"lifts": CALIBRATION_LIFTS}),
    Line("programme.load.note"),
    Line("programme.load.repeat", {"weeks": RECALIBRATE_AFTER_WEEKS}),
)
"""How heavy the water bottles of the strength training are made."""


def programme_lines(programme: Programme, contraindications: Set[Contraindication]) -> tuple[Line, ...]:
    """Lines of advice that go with a handbook.

    What a contraindication holds back is replaced by the notice and the contraindications themselves.
    """
    notice = withheld_lines(contraindications)
    if Withheld.ALL in withheld(contraindications):
        return notice
    facts = FACTS[programme]
    shortest, longest = facts.session_min
    walking = () if facts.walks_from_start else (Line("programme.walking_later"),)
    return (
        Line(facts.for_whom),
        Line("programme.duration", {"weeks": WEEKS}),
        Line("programme.session", {"shortest": shortest, "longest": longest}),
        *walking,
        *(notice or LOAD),
        Line("programme.reassess", {"weeks": REASSESS_AFTER_WEEKS}),
    )


def withheld_lines(contraindications: Set[Contraindication]) -> tuple[Line, ...]:
    """Say what is held back and because of what, in the order of the checklist; nothing without a contraindication."""
    held_back = withheld(contraindications)
    reasons = tuple(Line(f"contraindication.{code}") for code in Contraindication if code in contraindications)
    return tuple(Line(f"withheld.{part}") for part in held_back) + reasons
