"""Agreement from the archive's rows: by visits, assessors, stopwatch, versions; and who measures unlike the others."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from scipy.stats import ttest_ind

from rig.archive.agreement import (
    Array,
    Estimate,
    Limits,
    Reliability,
    bias_p_value,
    limits_of_agreement,
    reliability,
    weighted_kappa,
)
from rig.archive.figures import FIGURES, Visit, visits_of
from rig.archive.rows import POINTS
from rig.archive.store import Measured
from rig.model.marks import STANCES, Test

Kind: TypeAlias = Literal["retest", "assessors", "stopwatch", "versions"]
FEWEST = 3
"""Pairs below which no figure is given."""
SIGNIFICANT = 0.05
MATTERS_S = 0.1
"""A bias of a time below this is not named: a person's start and stop differ by so much anyway (clinical anchors)."""
ALL = "all"


class Pair(NamedTuple):
    """Two measurements of the same thing; `points` where both score by a table."""

    item: str
    unit: str
    first_by: str
    second_by: str
    group: str
    first: float
    second: float
    points: tuple[int, int, int] | None = None


@dataclass(frozen=True, slots=True)
class Comparison:
    """Agreement of second with first for one item.

    Attributes
    ----------
    group
        `all`, or the assessor whose measurements these are.
    kappa_linear, kappa_quadratic
        Of the points; None where there are none.
    pairs
        First and second, shape ``(n, 2)``.
    """

    kind: Kind
    item: str
    unit: str
    first_by: str
    second_by: str
    group: str
    limits: Limits
    reliability: Reliability
    kappa_linear: Estimate | None
    kappa_quadratic: Estimate | None
    pairs: Array


@dataclass(frozen=True, slots=True)
class Odd:
    """Somebody who measures unlike the others.

    Attributes
    ----------
    assessors
        Who; two where it cannot be told which of them.
    bias
        Own measurements less those of the others, in `unit`.
    p_value
        Of such a difference by chance, times the number of comparisons (Bonferroni).
    """

    assessors: tuple[str, ...]
    item: str
    unit: str
    bias: float
    p_value: float


def compare(kind: Kind, pairs: Iterable[Pair]) -> list[Comparison]:
    """All pairs by item, then by item and assessor; where there are fewer than three, none."""
    groups: dict[tuple[str, str, str, str], list[Pair]] = defaultdict(list)
    for pair in pairs:
        for group in dict.fromkeys((ALL, pair.group)):
            groups[pair.item, pair.first_by, pair.second_by, group].append(pair)
    order = sorted(groups, key=lambda key: (key[3] != ALL, key))
    return [_comparison(kind, groups[key], key[3]) for key in order if len(groups[key]) >= FEWEST]


def _comparison(kind: Kind, pairs: Sequence[Pair], group: str) -> Comparison:
    table = np.array([(pair.first, pair.second) for pair in pairs])
    scored = [pair.points for pair in pairs if pair.points is not None]
    one = pairs[0]
    return Comparison(
        kind=kind,
        item=one.item,
        unit=one.unit,
        first_by=one.first_by,
        second_by=one.second_by,
        group=group,
        limits=limits_of_agreement(table[:, 0], table[:, 1]),
        reliability=reliability(table),
        kappa_linear=_kappa(scored, "linear"),
        kappa_quadratic=_kappa(scored, "quadratic"),
        pairs=table,
    )


def _kappa(scored: Sequence[tuple[int, int, int]], weights: Literal["linear", "quadratic"]) -> Estimate | None:
    if not scored:
        return None
    first, second, highest = (np.array(column) for column in zip(*scored, strict=True))
    return weighted_kappa(first, second, int(highest[0]), weights)


def retest_pairs(rows: Iterable[Measured], within: timedelta) -> Iterator[Pair]:
    """The first two visits of every participant, if they are close enough; grouped where one assessor did both."""
    for visits in _by_participant(rows).values():
        if len(visits) >= 2 and _when(visits[1]) - _when(visits[0]) <= within:
            first, second = visits[:2]
            same = first.assessor is not None and first.assessor == second.assessor
            yield from _figure_pairs(first, second, "first", "second", str(first.assessor) if same else ALL)


def assessor_pairs(rows: Iterable[Measured], within: timedelta) -> Iterator[Pair]:
    """Every two assessors on the participants that both measured within so much time: the first visit to each."""
    for visits in _by_participant(rows).values():
        firsts = _first_by_assessor(visits)
        for a, b in combinations(sorted(firsts), 2):
            if abs(_when(firsts[b]) - _when(firsts[a])) <= within:
                yield from _figure_pairs(firsts[a], firsts[b], a, b, ALL)


def _by_participant(rows: Iterable[Measured]) -> dict[str, list[Visit]]:
    found: dict[str, list[Visit]] = defaultdict(list)
    for visit in sorted(visits_of(rows), key=_when):
        if visit.participant is not None:
            found[visit.participant].append(visit)
    return found


def _first_by_assessor(visits: Sequence[Visit]) -> dict[str, Visit]:
    return {visit.assessor: visit for visit in reversed(visits) if visit.assessor is not None}


def _when(visit: Visit) -> datetime:
    return datetime.fromisoformat(visit.started_utc)


def _figure_pairs(first: Visit, second: Visit, first_by: str, second_by: str, group: str) -> Iterator[Pair]:
    for name, figure in FIGURES.items():
        a, b = first.figures.get(name), second.figures.get(name)
        if a is not None and b is not None:
            points = None if figure.highest is None else (int(a), int(b), figure.highest)
            yield Pair(name, figure.unit, first_by, second_by, group, a, b, points)


def stopwatch_pairs(rows: Iterable[Measured]) -> Iterator[Pair]:
    """Sensors and stopwatch on the same trial, every trial that has both; by assessor."""
    timed: dict[tuple[str, ...], dict[str, Measured]] = defaultdict(dict)
    for row in rows:
        if row.name in ("counted", "manual") and row.value is not None:
            timed[(*row.recording, row.trial)][row.name] = row
    for found in timed.values():
        if len(found) == 2 and "manual_time" not in found["counted"].quality.split():
            yield _trial_pair(found["counted"], found["manual"], "sensors", "stopwatch")


def version_pairs(first: Iterable[Measured], second: Iterable[Measured], names: tuple[str, str]) -> Iterator[Pair]:
    """The counted times of the same trials by two versions of the algorithms."""
    earlier = {_place(row): row for row in first if row.name == "counted" and row.value is not None}
    for row in second:
        if row.name == "counted" and row.value is not None and _place(row) in earlier:
            yield _trial_pair(earlier[_place(row)], row, *names)


def _place(row: Measured) -> tuple[str, str, str]:
    return row.content, row.item, row.trial


def _trial_pair(first: Measured, second: Measured, first_by: str, second_by: str) -> Pair:
    highest = None if Test(first.item) not in POINTS else max(POINTS[Test(first.item)].rows)
    points = None
    if first.points is not None and second.points is not None and highest is not None:
        points = first.points, second.points, highest
    group = first.assessor or ALL
    return Pair(
        first.item, first.unit, first_by, second_by, group, float(first.value or 0), float(second.value or 0), points
    )


class Deviation(NamedTuple):
    """A measurement by somebody, less what is not theirs; `subject` is shared by those of the same thing."""

    assessor: str
    item: str
    unit: str
    value: float
    subject: str


def deviations_of_stopwatch(pairs: Iterable[Pair]) -> list[Deviation]:
    """Stopwatch less sensors; stances end at ten seconds and tell little, they are left out."""
    timed = [pair for pair in pairs if pair.item not in STANCES and pair.group != ALL]
    return [
        Deviation(pair.group, pair.item, pair.unit, pair.second - pair.first, f"trial {number}")
        for number, pair in enumerate(timed)
    ]


def deviations_of_visits(rows: Iterable[Measured]) -> list[Deviation]:
    """The figures of each participant's first visit to every assessor; who comes to one only tells nothing."""
    return [
        Deviation(who, name, FIGURES[name].unit, value, participant)
        for participant, visits in _by_participant(rows).items()
        if len(firsts := _first_by_assessor(visits)) >= 2
        for who, visit in firsts.items()
        for name, value in visit.figures.items()
    ]


def odd_ones(deviations: Sequence[Deviation]) -> list[Odd]:
    """Assessors who measure unlike the others, item by item.

    The one farthest from the others is named first and left out of the comparison of the rest (t tests, Bonferroni
    over all items and assessors). Between two who only have each other, both are named.
    """
    by_item: dict[tuple[str, str], list[Deviation]] = defaultdict(list)
    for each in deviations:
        by_item[each.item, each.unit].append(each)
    tests = sum(len({each.assessor for each in found}) for found in by_item.values())
    return [odd for found in by_item.values() for odd in _odd_in(found, tests)]


def _odd_in(found: Sequence[Deviation], tests: int) -> Iterator[Odd]:
    """Of one item."""
    counts = Counter(each.assessor for each in found)
    left = {who for who, count in counts.items() if count >= FEWEST}
    while len(left) >= 2:
        among = [each for each in found if each.assessor in left]
        odd = max((_against_rest(who, among, tests) for who in sorted(left)), key=_size)
        if odd.p_value >= SIGNIFICANT or (odd.unit == "s" and abs(odd.bias) < MATTERS_S):
            return
        if len(counts) == 2:
            yield replace(odd, assessors=tuple(sorted(left)))
            return
        yield odd
        left -= set(odd.assessors)


def _size(odd: Odd) -> float:
    return abs(odd.bias)


def _against_rest(who: str, among: Sequence[Deviation], tests: int) -> Odd:
    """One assessor against the others: on the same subjects where there are such, else on their own ones."""
    own = {each.subject: each.value for each in among if each.assessor == who}
    rest: dict[str, list[float]] = defaultdict(list)
    for each in among:
        if each.assessor != who:
            rest[each.subject].append(each.value)
    shared = own.keys() & rest.keys()
    if shared:
        bias, p_value = _paired([own[subject] - float(np.mean(rest[subject])) for subject in sorted(shared)])
    else:
        bias, p_value = _apart(list(own.values()), [value for found in rest.values() for value in found])
    return Odd((who,), among[0].item, among[0].unit, bias, min(1.0, tests * p_value))


def _paired(differences: Sequence[float]) -> tuple[float, float]:
    """Mean and its probability by chance; three differences at least tell anything."""
    found = np.array(differences)
    if found.size < FEWEST:
        return float(found.mean()), 1.0
    return float(found.mean()), bias_p_value(np.zeros_like(found), found)


def _apart(own: Sequence[float], rest: Sequence[float]) -> tuple[float, float]:
    """Difference of means and its probability by chance (Welch)."""
    bias = float(np.mean(own) - np.mean(rest))
    if np.ptp(own) == 0 and np.ptp(rest) == 0:
        return bias, 0.0 if bias else 1.0
    return bias, float(ttest_ind(own, rest, equal_var=False).pvalue)
