"""A visit into a report: everything said once, in the reader's language, before it is set."""

from collections.abc import Iterator, Sequence
from datetime import datetime, tzinfo

from rig.model.document import Document
from rig.model.marks import STANCES, Test
from rig.report import advising, grids
from rig.report.content import Card, Fact, Plot, Report
from rig.report.drawing import trial_svg
from rig.report.indicators import indicator_grid
from rig.report.items import items, short_event_name
from rig.report.readings import counted, time_of
from rig.report.visit import DEFAULT_ZONE, Visit, parse_zone
from rig.report.words import Words, words

SIXTHS = {**dict.fromkeys(STANCES, 2), Test.CHAIR: 6, Test.TUG: 6}
"""How much of a line the picture of a test needs; the others take half."""
UNITS = {2: 240.0, 3: 366.0, 6: 744.0}
"""Widths of pictures by sixths of a line, so that their letters are all of one size."""
SPPB_MOST = 12
LINE_BYTES = {"zh-Hant-TW": 84, "en": 58}
"""UTF-8 that fits half a line: what the two sides of the advice are balanced by."""


def compose(visit: Visit, language: str, zone: tzinfo | None = None, earlier: Sequence[Visit] = ()) -> Report:
    """Say a visit in one language.

    Parameters
    ----------
    visit, language
        What is reported, and in which language of the catalogue (`zh_Hant_TW`, `en`).
    zone
        Time zone of its dates; Taiwan's where none is given.
    earlier
        Earlier visits of the same person, in any order.

    Raises
    ------
    ValueError
        An earlier visit is another person's, or not earlier.
    """
    voice, document, zone = words(language), visit.document, zone or parse_zone(DEFAULT_ZONE)
    past, local = _in_order(visit, earlier), visit.local(zone)
    tables = (
        grids.norm_grid(document, voice),
        grids.change_grid(visit, past, zone, voice),
        indicator_grid(visit, past, zone, voice),
    )
    return Report(
        language=voice.html,
        title=voice.t("report.title"),
        session=document.session,
        day=(local.year, local.month, local.day),
        who=tuple(_who(visit, local, voice)),
        cards=tuple(_cards(document, voice)),
        next_heading=voice.t("report.next_step"),
        next_steps=advising.next_steps(document, visit.told, local.date(), voice),
        warnings=tuple(_warnings(document, voice)),
        results_heading=voice.t("report.section.results"),
        columns=tuple(voice.t(f"report.{name}") for name in ("item", "trial", "time", "remarks", "points")),
        items=items(document, voice),
        results_remark=f"± {voice.t('page.uncertainty')}",
        advice=advising.blocks(document, visit.told, voice),
        advice_legend=f"● {voice.t('report.legend.applies')}　○ {voice.t('report.legend.condition')}",
        separator=voice.semicolon,
        line_bytes=LINE_BYTES[voice.html],
        grids=tuple(table for table in tables if table is not None),
        signals_heading=voice.t("page.signals"),
        signals_remark=voice.say("report.plot", unit="m/s²"),
        plots=tuple(_plots(visit, voice)),
        devices=grids.device_grid(document, voice),
        intended=voice.t("report.intended"),
        origin=tuple(_origin(visit, voice)),
        hand_label=voice.t("report.hand"),
        counted_label=voice.t("report.counted"),
        page_label=voice.t("report.page"),
    )


def _in_order(visit: Visit, earlier: Sequence[Visit]) -> tuple[Visit, ...]:
    """Earlier visits by date, checked to be the same person's."""
    for past in earlier:
        if past.document.participant.id != visit.document.participant.id:
            raise ValueError(
                f"session {past.document.session} is of participant {past.document.participant.id}, "
                f"not {visit.document.participant.id}: give earlier sessions of the same person"
            )
        if _started(past) >= _started(visit):
            raise ValueError(f"session {past.document.session} is not earlier than {visit.document.session}")
    return tuple(sorted(earlier, key=_started))


def _started(visit: Visit) -> datetime:
    return datetime.fromisoformat(visit.document.started_utc)


def _who(visit: Visit, local: datetime, voice: Words) -> Iterator[Fact]:
    """Who was measured, when, by whom, with what; what was not told says so."""
    person, told = visit.document.participant, visit.told
    unknown = voice.t("report.not_told")
    age = None if person.age_years is None else voice.say("report.age", years=person.age_years)
    sex = None if person.sex is None else voice.t(f"report.sex.{person.sex}")
    facts = voice.listed(fact for fact in (person.id, age, sex) if fact is not None)
    yield Fact(voice.t("page.participant"), facts or unknown)
    yield Fact(voice.t("report.measured"), f"{local:%Y-%m-%d %H:%M} (UTC{local.isoformat()[-6:]})")
    yield Fact(voice.t("report.assessor"), told.assessor or unknown)
    yield Fact(voice.t("report.aid"), voice.t(f"form.aid.{grids.walking_aid(visit.document)}"))
    height = None if told.chair_height_mm is None else f"{told.chair_height_mm / 10:g} cm"
    yield Fact(voice.t("report.chair_height"), height or unknown)
    yield Fact(voice.t("report.contraindications"), advising.contraindications(visit.document, told, voice))


def _cards(document: Document, voice: Words) -> Iterator[Card]:
    """Total, category, fall risk, programme: what a reader looks for."""
    scores = document.scores
    yield _total(document, voice)
    category = scores["category"]
    source = () if category is None else (voice.t(f"category_from.{scores['category_from']}"),)
    yield Card(voice.t("page.category"), category or "–", voice.or_missing("category", category), source)
    risk = {True: "true", False: "false", None: "null"}[scores["fall_risk"]]
    signs = tuple(voice.t(f"fall_sign.{sign}") for sign in scores["fall_risk_because"])
    unknown = advising.unknown_signs(document, voice)
    if unknown:
        signs += (voice.say("report.signs_unknown", what=voice.listed(unknown)),)
    yield Card(voice.t("page.fall_risk"), "", voice.t(f"fall_risk.{risk}"), signs, alarming=scores["fall_risk"] is True)
    held = tuple(voice.t(f"report.next.withheld_{part}") for part in scores["withheld"])
    programme = scores["programme"]
    yield Card(
        voice.t("page.programme"),
        programme or "–",
        voice.or_missing("programme.name", programme),
        held,
        alarming=bool(held),
    )


def _total(document: Document, voice: Words) -> Card:
    """The total, its probable neighbours, or what it can still be."""
    sppb = document.scores["sppb"]
    name = voice.t("part.total")
    parts = voice.listed(
        f"{voice.t(f'report.short.{part}')} {'–' if sppb[part] is None else sppb[part]}"
        for part in ("balance", "gait", "chair")
    )
    if sppb["total"] is None:
        least, most = sppb["total_range"]
        text = voice.say("score.total_range", least=least, most=most)
        return Card(name, f"{least}–{most} / {SPPB_MOST}", voice.t("score.missing"), (text, parts))
    found = document.scores.get("total_probability") or {}
    others = tuple(
        voice.say("report.points_probability", points=points, percent=round(100 * p))
        for points, p in found.items()
        if points != str(sppb["total"]) and p >= 0.05
    )
    return Card(name, f"{sppb['total']} / {SPPB_MOST}", parts, others)


def _warnings(document: Document, voice: Words) -> Iterator[str]:
    """Deviations from the protocol, and what the recording has lost."""
    for deviation in document.scores["deviations"]:
        part, _, code = deviation.partition(":")
        yield voice.pair(voice.t(f"part.{part}"), voice.t(f"deviation.{code}"))
    for code in dict.fromkeys(fault.code for fault in document.damage):
        yield voice.pair(voice.t("page.recording"), voice.t(f"report.damage.{code}"))


def _plots(visit: Visit, voice: Words) -> Iterator[Plot]:
    """A picture of every trial whose signals are at hand."""
    document = visit.document
    counting = {reading.trial.trial for reading in counted(document).values()}
    tests_with_time = {trial.test for trial in document.trials if trial.trial in counting}
    for trial in document.trials:
        if trial.trial in visit.data:
            alone = sum(other.test == trial.test for other in document.trials) == 1
            number = () if alone else (voice.say("report.trial_number", number=trial.ordinal),)
            name = " · ".join((voice.t(f"part.{trial.test}"), *number))
            sixths = SIXTHS.get(Test(trial.test), 3)
            counted_time = time_of(trial, document)
            picture = trial_svg(
                trial,
                visit.data[trial.trial],
                counted_time,
                name,
                lambda event: short_event_name(event, voice),
                UNITS[sixths],
            )
            stands_in = trial.test == Test.CHAIR_SINGLE and Test.CHAIR not in tests_with_time and bool(trial.events)
            yield Plot(name, picture, sixths, trial.trial in counting or stands_in)


def _origin(visit: Visit, voice: Words) -> Iterator[str]:
    """By what the report was made, and from what."""
    document = visit.document
    yield voice.pair(voice.t("page.session"), document.session)
    versions = voice.listed(f"{name} {version}" for name, version in document.versions.items())
    yield voice.pair(voice.t("report.versions"), versions)
    yield voice.pair(voice.t("report.rules"), voice.t(f"rules.{document.scores['rules']}"))
    if visit.content_hash is not None:
        yield voice.pair(f"{voice.t('report.fingerprint')} (SHA-256)", visit.content_hash)
