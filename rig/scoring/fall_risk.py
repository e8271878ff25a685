"""Fall risk by the four signs (rules section 4)."""

from rig.scoring.assessment import Assessment, Timed, Trials
from rig.scoring.points import fastest_us
from rig.scoring.tables import FALLS_LIMIT, TUG_OVER_LIMIT, WALK_6M_OVER_LIMIT, WALK_6M_TRIALS
from rig.scoring.vocabulary import WANT_OF_ABILITY, FallSign, UnableReason


def signs(assessment: Assessment) -> dict[FallSign, bool | None]:
    """Each sign: present, absent, or None where it is not known; in the order of the tests."""
    return {
        FallSign.FALLS: falls(assessment.falls_last_year, assessment.fall_needed_care),
        FallSign.TUG: tug(assessment.tug),
        FallSign.WALK_6M: walk_6m(assessment.walk_6m),
        FallSign.COGNITION: assessment.cognitive_impairment,
    }


def fall_risk(found: dict[FallSign, bool | None]) -> bool | None:
    """Yes if any sign is present; no only where all four are known to be absent."""
    if True in found.values():
        return True
    return None if None in found.values() else False


def falls(last_year: int | None, needed_care: bool | None) -> bool | None:
    """Judge the answers: two falls, or one that needed medical care."""
    if needed_care or (last_year is not None and last_year >= FALLS_LIMIT):
        return True
    if last_year == 0 or (last_year == 1 and needed_care is False):
        return False
    return None


def tug(timed: Timed) -> bool | None:
    """Judge Timed Up and Go: over 20.00 s."""
    if timed is None or isinstance(timed, UnableReason):
        return _unable(timed)
    return TUG_OVER_LIMIT.at_time(timed.time_us)


def walk_6m(walks: Trials) -> bool | None:
    """Judge the faster of two walks: over 7.50 s."""
    if walks is None or isinstance(walks, UnableReason):
        return _unable(walks)
    return WALK_6M_OVER_LIMIT.at_time(fastest_us(walks, WALK_6M_TRIALS))


def _unable(reason: UnableReason | None) -> bool | None:
    """Want of ability or safety counts as over the limit; any other reason leaves it unknown."""
    return True if reason in WANT_OF_ABILITY else None
