"""The tables beside the results: reference values, change since the last visit, devices."""

from collections.abc import Iterator
from datetime import tzinfo

from rig.model.document import DeviceQuality, Document, Time
from rig.model.marks import Test
from rig.report import norms
from rig.report.changes import ANCHORS, SOURCES, Anchor, judge
from rig.report.content import Grid
from rig.report.readings import Reading, counted
from rig.report.visit import Visit
from rig.report.words import Words

GAIT_M = 4.0
MOST_EARLIER = 2
"""Earlier visits in the table of changes; all of them are in the archive's trends."""
SEXES: dict[str, norms.Sex] = {"f": "f", "m": "m"}
"""Those that the tables know."""
KINDS = {
    "alge-timy": "ALGE Timy",
    "tag-heuer-cp": "TAG Heuer CP",
    "microgate": "Microgate",
    "metamotion": "MetaMotion",
    "movella-dot": "Movella DOT",
    "movesense": "Movesense",
    "polar": "Polar",
    "rig-imu": "rig-imu",
    "witmotion": "WitMotion",
}
"""Proper names of devices, the same in every language."""
COUNTED_FAULTS = {
    "lost_edges": ("lost_edges",),
    "links_lost": ("links_lost",),
    "resets": ("resets",),
    "errors": ("crc_errors", "frame_errors", "bad_length", "refused_lines"),
}


def norm_grid(document: Document, words: Words) -> Grid | None:
    """The person's values beside those of other people; None where age and sex match no table."""
    rows = tuple(_norm_rows(document, words))
    if not rows:
        return None
    columns = tuple(words.t(f"report.norm.{name}") for name in ("measure", "here", "reference", "place", "source"))
    remark = f"{words.t('report.norm.caution')} {_sources(rows, words)}"
    return Grid(words.t("report.section.norms"), columns, rows, remark)


def _norm_rows(document: Document, words: Words) -> Iterator[tuple[str, ...]]:
    person = document.participant
    if person.age_years is None:
        return
    readings = counted(document)
    sex = SEXES.get(person.sex or "")
    if sex is not None:
        yield from _item_rows(document, person.age_years, sex, words)
    if person.age_years >= norms.FRADEA_FROM_YEARS:
        yield from _quartile_rows(document, readings, words)
    yield from _limit_rows(person.age_years, readings, words)


def _sources(rows: tuple[tuple[str, ...], ...], words: Words) -> str:
    """Every source that was used: study, country, people measured, where it can be read."""
    used = [source for source in norms.SOURCES if any(row[-1] == source.study for row in rows)]
    return words.semicolon.join(_source(source, words) for source in used)


def _source(source: norms.Source, words: Words) -> str:
    country = () if source.country is None else (words.t(f"report.norm.country.{source.country}"),)
    people = () if source.people is None else (words.say("report.norm.people", count=source.people),)
    return words.pair(source.study, words.listed((*country, *people, source.reference)))


def _item_rows(document: Document, age_years: int, sex: norms.Sex, words: Words) -> Iterator[tuple[str, ...]]:
    means, group = norms.item_means(age_years, sex), norms.age_group(age_years)
    sppb = document.scores["sppb"]
    if means is None or group is None:
        return
    here = words.listed("–" if sppb[part] is None else str(sppb[part]) for part in ("balance", "gait", "chair"))
    shown = words.listed("–" if mean is None else f"{mean:.2f}" for mean in (means.balance, means.gait, means.chair))
    ages = words.say(f"report.norm.{'over' if group[1] is None else 'ages'}", first=group[0], last=group[1])
    reference = words.say("report.norm.means", means=shown, sex=words.t(f"report.sex.{sex}"), ages=ages)
    yield (words.t("report.norm.items"), here, reference, "", norms.TROMSO.study)


def _quartile_rows(document: Document, readings: dict[Test, Reading], words: Words) -> Iterator[tuple[str, ...]]:
    values = {name: value for name, (value, _) in _values(document, readings).items()}
    names = {
        "total": ("part.total", "{:.0f}", ""),
        "gait_speed": ("report.norm.gait_speed", "{:.2f}", " m/s"),
        "chair": ("part.chair", "{:.1f}", " s"),
        "tug": ("part.tug", "{:.1f}", " s"),
    }
    for name, (label, figure, unit) in names.items():
        if name in values:
            edges = norms.FRADEA_QUARTILES[name]
            shown = words.listed(figure.format(edge) for edge in (edges.weak, edges.median, edges.strong)) + unit
            place = words.t(f"report.norm.quarter.{edges.quarter(values[name])}")
            reference = words.say("report.norm.quartiles", quartiles=shown)
            yield (words.t(label), figure.format(values[name]) + unit, reference, place, norms.FRADEA.study)


def _limit_rows(age_years: int, readings: dict[Test, Reading], words: Words) -> Iterator[tuple[str, ...]]:
    limit_s = norms.five_sits_limit_s(age_years)
    time_us = None if Test.CHAIR not in readings else _five_sits_us(readings[Test.CHAIR])
    if limit_s is None or time_us is None:
        return
    first = age_years // 10 * 10
    reference = words.say("report.norm.limit", limit=f"{limit_s:.1f} s", first=first, last=first + 9)
    place = words.t("report.norm.within" if time_us <= limit_s * 1e6 else "report.norm.above")
    here = f"{time_us // 10_000 / 100:.1f} s"
    yield (words.t("report.norm.five_sits"), here, reference, place, norms.BOHANNON.study)


def _five_sits_us(reading: Reading) -> int | None:
    """The time to the fifth seat contact, where the sensors saw it."""
    found: Time | None = next((time for time in reading.trial.times if time.profile == "five_sits"), None)
    return None if found is None else found.time_us


def _values(document: Document, readings: dict[Test, Reading]) -> dict[str, tuple[float, float]]:
    """Every measure that is compared, with its standard uncertainty, in the units of `ANCHORS`."""
    total = document.scores["sppb"]["total"]
    found = {} if total is None else {"total": (float(total), 0.0)}
    for test in (Test.WALK_4M, Test.CHAIR, Test.TUG):
        if test in readings:
            found[test.value] = (readings[test].time_us / 1e6, readings[test].u_us / 1e6)
    if "walk_4m" in found:
        time_s, u_s = found["walk_4m"]
        found["gait_speed"] = (GAIT_M / time_s, GAIT_M / time_s**2 * u_s)
    return found


def change_grid(visit: Visit, earlier: tuple[Visit, ...], zone: tzinfo, words: Words) -> Grid | None:
    """What changed since the last of the earlier visits; the one before it is listed too."""
    if not earlier:
        return None
    earlier = earlier[-MOST_EARLIER:]
    dates = [f"{past.local(zone):%Y-%m-%d}" for past in earlier]
    columns = (
        words.t("report.norm.measure"),
        *dates,
        *(words.t(f"report.change.{name}") for name in ("here", "difference", "noise", "matters", "reading")),
    )
    rows = tuple(_change_rows(visit.document, [past.document for past in earlier], words))
    remark = "  ".join([_other_aid(visit.document, earlier[-1].document, words), *map(_numbered, SOURCES)]).strip()
    return Grid(words.t("report.section.change"), columns, rows, remark)


def _numbered(source: str) -> str:
    return f"[{SOURCES.index(source) + 1}] {source}"


def _change_rows(now: Document, earlier: list[Document], words: Words) -> Iterator[tuple[str, ...]]:
    tables = [_values(document, counted(document)) for document in (*earlier, now)]
    names = {
        "total": "part.total",
        "walk_4m": "part.walk_4m",
        "gait_speed": "report.change.gait_speed",
        "chair": "part.chair",
        "tug": "part.tug",
    }
    for name, label in names.items():
        if any(name in table for table in tables):
            anchor = ANCHORS[name]
            shown = tuple(_figure(table[name][0], anchor) if name in table else "–" for table in tables)
            unit = "" if anchor.unit is None else f" ({anchor.unit})"
            yield (f"{words.t(label)}{unit}", *shown, *_judged(name, anchor, now, earlier[-1], words))


def _judged(name: str, anchor: Anchor, now: Document, before: Document, words: Words) -> tuple[str, ...]:
    """Difference, noise, what matters, and the reading of them."""
    here, there = (_values(document, counted(document)).get(name) for document in (now, before))
    noise = _span(anchor.mdc95, anchor.mdc_sources)
    matters = "–" if anchor.mcid is None else _span(anchor.mcid, anchor.mcid_sources)
    if here is None or there is None:
        return ("–", noise, matters, words.t("report.change.verdict.missing"))
    difference = here[0] - there[0]
    shown = f"{'+' if difference > 0 else '−' if difference < 0 else '±'}{_figure(abs(difference), anchor)}"
    if _timed_differently(name, now, before):
        return (shown, noise, matters, words.t("report.change.verdict.timed_differently"))
    change = judge(anchor, difference, (here[1] ** 2 + there[1] ** 2) ** 0.5)
    enough = () if change.matters is None else (f"report.change.{'enough' if change.matters else 'not_enough'}",)
    reading = words.listed(words.t(message) for message in (f"report.change.verdict.{change.verdict}", *enough))
    return (shown, noise, matters, reading)


def _figure(value: float, anchor: Anchor) -> str:
    return f"{value:.0f}" if anchor.unit is None else f"{value:.2f}"


def _span(limits: tuple[float, float], sources: tuple[str, ...]) -> str:
    """Two published limits and the numbers of their sources."""
    least, most = (f"{limit:g}" for limit in limits)
    figures = least if least == most else f"{least}–{most}"
    numbers = ", ".join(str(SOURCES.index(source) + 1) for source in sources)
    return f"{figures} [{numbers}]"


def _timed_differently(name: str, now: Document, before: Document) -> bool:
    """Whether the two times lie between other events, or one was taken by hand."""
    if name == "total":
        return False
    test = Test.WALK_4M if name == "gait_speed" else Test(name)
    here, there = counted(now)[test].time, counted(before)[test].time
    return (here.profile, here.start, here.end) != (there.profile, there.start, there.end)


def _other_aid(now: Document, before: Document, words: Words) -> str:
    here, there = (walking_aid(document) for document in (now, before))
    if here == there:
        return ""
    return words.say("report.change.aid", before=words.t(f"form.aid.{there}"), now=words.t(f"form.aid.{here}"))


def walking_aid(document: Document) -> str:
    """The aid of the walk that counts, or of the last walk there is."""
    readings = counted(document)
    walks = [trial for trial in document.trials if trial.test in (Test.WALK_4M, Test.WALK_6M, Test.TUG)]
    if Test.WALK_4M in readings:
        return readings[Test.WALK_4M].trial.aid
    return walks[-1].aid if walks else "none"


def device_grid(document: Document, words: Words) -> Grid:
    """Every device and how well it delivered."""
    rows = tuple((_device(device, words), words.listed(_delivered(device, words))) for device in document.devices)
    return Grid(words.t("report.section.devices"), ("", ""), rows)


def _device(device: DeviceQuality, words: Words) -> str:
    kind = KINDS[device.kind] if device.kind in KINDS else words.t(f"report.device.{device.kind}")
    return kind if device.role is None else f"{kind}{words.comma}{words.t(f'report.role.{device.role}')}"


def _delivered(device: DeviceQuality, words: Words) -> Iterator[str]:
    facts = device.facts
    if not facts.get("packets"):
        yield words.t("report.quality.nothing")
        return
    faults = tuple(_faults(device, words))
    yield from faults or (words.t("report.quality.complete"),)
    bound_us = facts.get("clock_bound_max_us")
    if bound_us is None:
        yield words.t("report.quality.no_clock")
    else:
        yield words.say("report.quality.clock", bound=f"{bound_us / 1000:.1f}")


def _faults(device: DeviceQuality, words: Words) -> Iterator[str]:
    facts = device.facts
    lost = facts.get("lost_samples") or 0
    if lost:
        percent = max(0.1, 100 * lost / (lost + (facts.get("samples") or 0)))
        yield words.say("report.quality.lost", percent=f"{percent:.1f}")
    for message, keys in COUNTED_FAULTS.items():
        count = sum(facts.get(key) or 0 for key in keys)
        if count:
            yield words.say(f"report.quality.{message}", count=count)
