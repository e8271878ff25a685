"""Who may be trained (rules section 2)."""

from collections.abc import Set

from rig.scoring.assessment import Deviation
from rig.scoring.tables import AGE_LIMIT_YEARS
from rig.scoring.vocabulary import Contraindication, DeviationCode, Part, Withheld


def withheld(contraindications: Set[Contraindication]) -> tuple[Withheld, ...]:
    """Tell what contraindications hold back: a recent fracture alone bars strength training, any other bars all."""
    if not contraindications:
        return ()
    if contraindications == {Contraindication.RECENT_FRACTURE}:
        return (Withheld.STRENGTH,)
    return (Withheld.ALL,)


def age_deviations(age_years: int | None) -> list[Deviation]:
    """Note a person under the programme's age limit, who can be measured all the same."""
    if age_years is None or age_years >= AGE_LIMIT_YEARS:
        return []
    return [Deviation(Part.AGE_YEARS, DeviationCode.UNDER_AGE_LIMIT)]
