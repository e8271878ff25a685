"""What the archive tells people, in their language; machines read the tables and the JSON."""

import math
from collections.abc import Iterable, Iterator
from typing import Any

from rig.archive.agreement import Estimate
from rig.archive.batch import Tally
from rig.archive.compare import ALL, Comparison, Odd
from rig.archive.rerun import Change, Moved
from rig.archive.trend import Step, Trend
from rig.model.marks import Test
from rig.report.words import Words

NAMED_AS_PART = {*Test, "total", "balance", "gait"}
UNNAMED_UNIT = "1"
NOT_KNOWN = "–"


def item_name(item: str, words: Words) -> str:
    """The name of a test or of a figure."""
    return words.t(f"part.{item}" if item in NAMED_AS_PART else f"archive.figure.{item}")


def unit_name(unit: str, words: Words) -> str:
    """A unit as it stands behind a number; a ratio has none."""
    if unit == "points":
        return words.t("archive.unit.points")
    return "" if unit == UNNAMED_UNIT else unit


def group_name(group: str, words: Words) -> str:
    """`all`, or the assessor."""
    return words.t("archive.all") if group == ALL else group


def sides(found: Comparison, words: Words) -> tuple[str, str]:
    """What is compared: visits and instruments by their names, assessors and versions as they are called."""
    if found.kind in ("retest", "stopwatch"):
        return words.t(f"archive.by.{found.first_by}"), words.t(f"archive.by.{found.second_by}")
    return found.first_by, found.second_by


def difference(found: Comparison, words: Words) -> str:
    """`second - first`: what is subtracted from what."""
    first, second = sides(found, words)
    return f"{second} - {first}"


def agreement_columns(words: Words) -> tuple[str, ...]:
    """Heads of the table; figures that have one name everywhere keep it."""
    told = (words.t(f"archive.column.{name}") for name in ("group", "unit", "pairs", "bias", "limits"))
    kappa = words.t("archive.column.kappa")
    return (words.t("report.norm.measure"), *told, "ICC(2,1) (95 %)", "ICC(3,1) (95 %)", "SEM", "MDC95", kappa)


def agreement_row(found: Comparison, words: Words) -> tuple[str, ...]:
    """One line of the table, three decimals."""
    limits, reliable = found.limits, found.reliability
    return (
        item_name(found.item, words), group_name(found.group, words), unit_name(found.unit, words), str(limits.pairs),
        _spread(limits.bias), f"{_number(limits.lower.value)}..{_number(limits.upper.value)}",
        _spread(reliable.icc_2_1), _spread(reliable.icc_3_1), _number(reliable.sem), _number(reliable.mdc95),
        "" if found.kappa_quadratic is None else _spread(found.kappa_quadratic),
    )  # fmt: skip


def _number(value: float) -> str:
    return NOT_KNOWN if math.isnan(value) else f"{value:.3f}"


def _spread(found: Estimate) -> str:
    if math.isnan(found.value):
        return NOT_KNOWN
    return f"{_number(found.value)} ({_number(found.low)}..{_number(found.high)})"


def odd_line(odd: Odd, words: Words) -> str:
    """Who measures unlike the others, in what, and by how much."""
    values = {
        "item": item_name(odd.item, words),
        "bias": f"{abs(odd.bias):.2f}",
        "unit": unit_name(odd.unit, words),
        "p": f"{odd.p_value:.2g}",
    }
    if len(odd.assessors) > 1:
        return words.say("archive.odd.two", assessors=words.listed(odd.assessors), **values)
    return words.say(f"archive.odd.{'more' if odd.bias > 0 else 'less'}", assessor=odd.assessors[0], **values)


def tally_line(tally: Tally, words: Words) -> str:
    """What a batch has done, and how fast."""
    return words.say(
        "archive.added", added=tally.added, known=tally.known, failed=tally.failed,
        hours=f"{tally.replayed_s / 3600:.2f}", rate=f"{tally.rate:.0f}",
    )  # fmt: skip


def change_lines(change: Change, words: Words) -> Iterator[str]:
    """One line a session, one a number that moved."""
    name = change.session or change.folder
    if change.lacking is not None:
        yield words.pair(name, words.t(f"archive.rerun.{change.lacking}"))
    elif change.failure is not None:
        yield words.pair(name, change.failure)
    else:
        yield words.say("archive.rerun.session", session=name, compared=change.compared, moved=len(change.moved))
        yield from (_moved_line(moved, words) for moved in change.moved)


def _moved_line(moved: Moved, words: Words) -> str:
    place = " ".join(part for part in (moved.trial or moved.item, moved.name) if part)
    why = words.say(f"archive.moved.{moved.why}", limit=f"{moved.limit or 0:.4g}")
    values = " -> ".join(NOT_KNOWN if value is None else f"{value:g}" for value in (moved.expected, moved.found))
    flags = f" {moved.quality}" if moved.why == "lost" and moved.quality else ""
    return f"  {words.pair(place, f'{values} {moved.unit}'.strip())} ({why}{flags})"


def trend_lines(found: Iterable[Trend], words: Words) -> Iterator[str]:
    """Every figure with its noise, and a line a visit."""
    for trend in found:
        unit = unit_name(trend.unit, words)
        yield " ".join(
            part for part in (item_name(trend.figure, words), unit and f"({unit})", _noise(trend, words)) if part
        )
        yield from (f"  {_step(step, words)}" for step in trend.steps)


def _noise(trend: Trend, words: Words) -> str:
    if trend.mdc95 is None:
        return words.t("archive.trend.not_judged") if len(trend.steps) > 1 else ""
    limits = "-".join(dict.fromkeys(f"{limit:g}" for limit in trend.mdc95))
    return words.say("archive.trend.noise", mdc=limits, sources=words.semicolon.join(trend.sources))


def _step(step: Step, words: Words) -> str:
    told: list[Any] = [step.started_utc[:10], f"{step.value:.4g}"]
    if step.change is not None:
        told.append(f"{step.change:+.4g}")
    if step.verdict is not None:
        noticed = () if step.matters is None else (f"report.change.{'enough' if step.matters else 'not_enough'}",)
        told.append(words.listed(words.t(name) for name in (f"report.change.verdict.{step.verdict}", *noticed)))
    return "  ".join(told)


def list_columns(words: Words) -> tuple[str, ...]:
    """Heads of the list of sessions."""
    names = ("page.participant", "archive.column.started", "page.session", "report.assessor", "part.total")
    return tuple(words.t(name) for name in names)
