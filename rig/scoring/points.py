"""SPPB points of one assessment (rules section 3)."""

from rig.scoring.assessment import Assessment, Deviation, Stances, Timed, Timing, Trials
from rig.scoring.tables import (
    CHAIR,
    HELD,
    STANCE_TABLES,
    WALK_4M,
    WALK_4M_TRIALS,
    WALK_6M_TRIALS,
)
from rig.scoring.vocabulary import DeviationCode, Part, UnableReason


def balance(stances: Stances | UnableReason | None) -> int | None:
    """0 to 4 points; the first stance that was not held for 10.00 s ends the test."""
    if stances is None:
        return None
    if isinstance(stances, UnableReason):
        return 0
    points = 0
    for (_, stance), table in zip(stances.named(), STANCE_TABLES, strict=True):
        if stance is None:
            return None
        if isinstance(stance, Timing):
            points += table.at_time(stance.time_us)
        if not held(stance):
            break
    return points


def held(stance: Timed) -> bool:
    """Whether a stance was held to its limit of 10.00 s."""
    return isinstance(stance, Timing) and HELD.at_time(stance.time_us)


def gait(walk_4m: Trials, trials: int) -> int | None:
    """0 to 4 points for the fastest of the walks that count."""
    if walk_4m is None:
        return None
    if isinstance(walk_4m, UnableReason):
        return 0
    return WALK_4M.at_time(fastest_us(walk_4m, trials))


def chair(rises: Timed) -> int | None:
    """0 to 4 points for five rises."""
    if rises is None:
        return None
    if isinstance(rises, UnableReason):
        return 0
    return CHAIR.at_time(rises.time_us)


def fastest_us(walks: tuple[Timing, ...], trials: int) -> int:
    """Find the shortest of the walks that count: the first `trials` in the order given."""
    return min([walk.time_us for walk in walks[:trials]])


def deviations(assessment: Assessment) -> list[Deviation]:
    """List the departures from the protocol that the measurements themselves show."""
    found = _stances_after_failed(assessment.stances)
    found += _trial_count(Part.WALK_4M, assessment.walk_4m, WALK_4M_TRIALS[assessment.rules])
    found += _trial_count(Part.WALK_6M, assessment.walk_6m, WALK_6M_TRIALS)
    return found


def _stances_after_failed(stances: Stances | UnableReason | None) -> list[Deviation]:
    if not isinstance(stances, Stances):
        return []
    failed = False
    found = []
    for part, stance in stances.named():
        if failed and isinstance(stance, Timing):
            found.append(Deviation(part, DeviationCode.LATER_STANCE_AFTER_FAILED))
        failed = failed or (stance is not None and not held(stance))
    return found


def _trial_count(part: Part, walks: Trials, trials: int) -> list[Deviation]:
    if not isinstance(walks, tuple) or len(walks) == trials:
        return []
    code = DeviationCode.FEWER_TRIALS if len(walks) < trials else DeviationCode.SURPLUS_TRIALS_IGNORED
    return [Deviation(part, code)]
