"""What the uncertainty of the times does to points, total and category.

A time with standard uncertainty u is a normal distribution about the measured time. Because a table is read after
truncation, every row is an interval of time between exact edges, and its probability is a difference of two values
of the distribution function. Trials are independent; the fastest of several has the distribution of the minimum.
A stance that reached its limit of 10.00 s was ended by the clock, not by the participant, and is certain.
"""

import math
from collections.abc import Sequence
from typing import TypeAlias, TypeVar

from rig.scoring.assessment import Stances, Timed, Timing, Trials
from rig.scoring.points import held
from rig.scoring.tables import (
    CENTISECOND_US,
    CHAIR,
    HIGHEST_PART,
    SEMI_TANDEM,
    SIDE_BY_SIDE,
    TANDEM,
    WALK_4M,
    Table,
)
from rig.scoring.vocabulary import UnableReason

Row = TypeVar("Row")
Distribution: TypeAlias = tuple[float, ...]
"""Probability of 0, 1, 2, ... points; sums to 1."""

BORDERLINE = 0.05
"""Probability of a result other than the given one, above which a part is called borderline."""

CERTAINLY_NONE: Distribution = (1.0, 0.0, 0.0, 0.0, 0.0)


def below(trials: Sequence[Timing], edge_us: int) -> float:
    """Probability that the fastest of independent trials lies below an edge."""
    return 1.0 - math.prod(_not_below(trial, edge_us) for trial in trials)


def _not_below(timing: Timing, edge_us: int) -> float:
    if not timing.u_us:
        return 1.0 if timing.time_us >= edge_us else 0.0
    return 0.5 * math.erfc((edge_us - timing.time_us) / (timing.u_us * math.sqrt(2.0)))


def by_row(table: Table[Row], trials: Sequence[Timing]) -> dict[Row, float]:
    """Probability of every row of a table for the fastest of the trials."""
    reached = [0.0, *(below(trials, edge * CENTISECOND_US) for edge in table.edges), 1.0]
    return {row: max(0.0, reached[index + 1] - reached[index]) for index, row in enumerate(table.rows)}


def _points(table: Table[int], trials: Sequence[Timing]) -> Distribution:
    found = by_row(table, trials)
    return tuple([found.get(points, 0.0) for points in range(HIGHEST_PART + 1)])


def gait(walk_4m: Trials, trials: int) -> Distribution | None:
    """Points of the 4 m walk."""
    if walk_4m is None or isinstance(walk_4m, UnableReason):
        return _without_time(walk_4m)
    return _points(WALK_4M, walk_4m[:trials])


def chair(rises: Timed) -> Distribution | None:
    """Points of the five rises."""
    if rises is None or isinstance(rises, UnableReason):
        return _without_time(rises)
    return _points(CHAIR, (rises,))


def balance(stances: Stances | UnableReason | None) -> Distribution | None:
    """Points of the balance test, for one whose points are known.

    The stances are run through in order: where one may have been held after all, the recorded harder ones count
    with that probability; one that was not attempted brings nothing.
    """
    if stances is None or isinstance(stances, UnableReason):
        return _without_time(stances)
    _, side = _hold(SIDE_BY_SIDE, stances.side_by_side)
    _, semi = _hold(SEMI_TANDEM, stances.semi_tandem)
    none, some, full = _hold(TANDEM, stances.tandem)
    both = side * semi
    return (1.0 - side, side * (1.0 - semi), both * none, both * some, both * full)


def _hold(table: Table[int], stance: Timed) -> tuple[float, ...]:
    """Probability of each row of a stance's table."""
    if not isinstance(stance, Timing):
        return (1.0, *(0.0 for _ in table.edges))
    timing = Timing(stance.time_us) if held(stance) else stance
    return tuple(by_row(table, (timing,)).values())


def _without_time(reason: UnableReason | None) -> Distribution | None:
    return None if reason is None else CERTAINLY_NONE


def total(parts: Sequence[Distribution]) -> Distribution:
    """Distribution of the sum of independent parts (convolution)."""
    found: Distribution = (1.0,)
    for part in parts:
        found = _convolve(found, part)
    return found


def _convolve(left: Distribution, right: Distribution) -> Distribution:
    found = [0.0] * (len(left) + len(right) - 1)
    likely = [(j, q) for j, q in enumerate(right) if q]
    for i, p in enumerate(left):
        for j, q in likely:
            found[i + j] += p * q
    return tuple(found)


def by_key(table: Table[Row], keys: Distribution) -> dict[Row, float]:
    """Probability of every row of a table that is read by points."""
    found = dict.fromkeys(table.rows, 0.0)
    for key, probability in enumerate(keys):
        found[table.at(key)] += probability
    return found
