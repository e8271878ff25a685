"""The functional category and the handbook that follows from it (rules section 4)."""

from rig.scoring.assessment import Trials
from rig.scoring.points import fastest_us
from rig.scoring.tables import CATEGORY_BY_TOTAL, CATEGORY_BY_WALK_6M, WALK_6M_TRIALS
from rig.scoring.vocabulary import WANT_OF_ABILITY, Category, CategorySource, Programme, UnableReason

_WITH_FALL_RISK = {Category.B: Programme.B_PLUS, Category.C: Programme.C_PLUS}
_WITHOUT_PLUS = (Category.A, Category.D)


def category(total: int | None, walk_6m: Trials) -> tuple[Category | None, CategorySource | None]:
    """Give the category and what it was read from: the 6 m walk only where there is no total."""
    if total is not None:
        return CATEGORY_BY_TOTAL.at(total), CategorySource.SPPB
    found = _by_walk_6m(walk_6m)
    return found, None if found is None else CategorySource.WALK_6M


def _by_walk_6m(walks: Trials) -> Category | None:
    if walks is None:
        return None
    if isinstance(walks, UnableReason):
        return Category.A if walks in WANT_OF_ABILITY else None
    return CATEGORY_BY_WALK_6M.at_time(fastest_us(walks, WALK_6M_TRIALS))


def programme(found: Category | None, fall_risk: bool | None) -> Programme | None:
    """Give the handbook: B and C have one with and one without fall risk; not known which, so none."""
    if found is None:
        return None
    if found in _WITHOUT_PLUS:
        return Programme(found.value)
    if fall_risk is None:
        return None
    return _WITH_FALL_RISK[found] if fall_risk else Programme(found.value)
