"""What may be told of a participant: pseudonymous, and such that the rules can read it."""

from typing import Annotated, Literal

import msgspec

from rig.model.marks import MarkKind
from rig.model.records import Json
from rig.scoring import RuleSet
from rig.scoring.vocabulary import Contraindication, Osteoporosis

Pseudonym = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
"""No blanks, no accents, no Chinese characters: names do not fit."""


class Participant(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Who is measured, by whom, how."""

    id: Pseudonym
    age_years: Annotated[int, msgspec.Meta(ge=18, le=120)] | None = None
    sex: Literal["f", "m", "x"] | None = None
    rules: RuleSet = RuleSet.VIVIFRAIL
    aid: Literal["none", "cane", "walker", "rollator", "other"] = "none"
    assessor: Pseudonym | None = None
    chair_height_mm: Annotated[int, msgspec.Meta(ge=250, le=800)] | None = None


class Eligibility(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What stands in the way of training."""

    contraindications: tuple[Contraindication, ...]
    osteoporosis: Osteoporosis | None = None


class Questions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Falls and cognition; null is not known."""

    falls_last_year: Annotated[int, msgspec.Meta(ge=0, le=999)] | None = None
    fall_needed_care: bool | None = None
    cognitive_impairment: bool | None = None

    def __post_init__(self) -> None:
        """Refuse what contradicts itself."""
        if self.falls_last_year == 0 and self.fall_needed_care:
            raise ValueError("a fall needed care, so falls_last_year cannot be 0")


class Bottle(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The load: water in each of two 500 ml bottles, and the lifts it was tried with."""

    millilitres: Annotated[int, msgspec.Meta(ge=0, le=500)]
    lifts: Annotated[int, msgspec.Meta(ge=0, le=100)] | None = None
    lifted_full: bool | None = None
    counted_by: Literal["key", "wrist"] | None = None


def told(kind: MarkKind, data: dict[str, Json]) -> dict[str, Json]:
    """The content of a mark, checked.

    Raises
    ------
    msgspec.ValidationError
        With what is wrong and where.
    """
    checked = msgspec.convert(data, _struct_of(kind, data))
    plain: dict[str, Json] = msgspec.json.decode(msgspec.json.encode(checked))
    return plain


def _struct_of(kind: MarkKind, data: dict[str, Json]) -> type[msgspec.Struct]:
    if kind == MarkKind.ANSWERS:
        return Eligibility if "contraindications" in data else Questions
    return Participant if kind == MarkKind.PARTICIPANT else Bottle
