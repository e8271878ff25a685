"""The PDF: what a reader finds first, that its words are words, and that it is PDF/A and always the same."""

import dataclasses
import io
import re
from functools import cache
from itertools import product
from typing import Any

import pypdf
import pytest
from msgspec.structs import replace

from rig.report.compose import compose
from rig.report.content import Report
from rig.report.glyphs import known_characters, with_known_glyphs
from rig.report.pdf import ReportError, pdf
from rig.report.visit import Visit
from tests.report.pdf_a import pdf_a_faults
from tests.report.test_content import rescored
from tests.report.visits import LANGUAGES, PEOPLE, visit

EVERY = list(product(PEOPLE, LANGUAGES))


@cache
def report(person: str, language: str) -> Report:
    return compose(visit(person), language)


@cache
def made(person: str, language: str) -> bytes:
    return pdf(report(person, language))


def reader(person: str, language: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(made(person, language)))


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def placed(page: pypdf.PageObject) -> list[tuple[str, float]]:
    """Runs of text with how far down the page they are, 0 at the top and 1 at the bottom."""
    height = float(page.mediabox.height)
    found: list[tuple[str, float]] = []

    def visit_text(text: str, cm: list[float], tm: list[float], *_: Any) -> None:
        if text.strip():
            y = tm[4] * cm[1] + tm[5] * cm[3] + cm[5]
            found.append((squeezed(text), 1 - y / height))

    page.extract_text(visitor_text=visit_text)
    return found


@pytest.mark.parametrize(("person", "language"), EVERY)
def test_total_category_and_next_step_are_in_the_first_third_of_page_one(person: str, language: str) -> None:
    said = report(person, language)
    upper = "".join(text for text, down in placed(reader(person, language).pages[0]) if down < 1 / 3)
    for wanted in (said.cards[0].value, said.cards[1].meaning, said.cards[2].meaning, *said.next_steps):
        assert squeezed(wanted) in upper


def at_worst() -> Visit:
    """Every sign of fall risk, four contraindications: the most that the first third can have to say."""
    found = visit("frail_walker")
    reasons = ["hypertension", "heart_failure", "diabetes", "recent_fracture"]
    return dataclasses.replace(
        found, document=rescored(found.document, cognitive_impairment=True, contraindications=reasons)
    )


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_third_holds_the_most_there_can_be_to_say(language: str) -> None:
    said = compose(at_worst(), language)
    assert len(said.cards[2].notes) == 4
    page = pypdf.PdfReader(io.BytesIO(pdf(said))).pages[0]
    runs = placed(page)
    upper = "".join(text for text, down in runs if down < 1 / 3)
    for wanted in (said.cards[0].value, said.cards[1].meaning, said.cards[2].meaning, *said.next_steps):
        assert squeezed(wanted) in upper
    below = next(down for text, down in runs if text.startswith(squeezed(said.next_heading)))
    last = max(down for text, down in runs if squeezed(said.cards[2].notes[-1]).endswith(text))
    assert last < below - 0.01, "the cards end above the next step"


@pytest.mark.parametrize("language", LANGUAGES)
def test_four_earlier_visits_stay_on_two_pages(language: str) -> None:
    now = visit("pre_frail")
    past = [
        dataclasses.replace(now, document=replace(now.document, started_utc=f"2024-0{month}-01T01:00:00+00:00"))
        for month in (3, 5, 7, 9)
    ]
    assert len(pypdf.PdfReader(io.BytesIO(pdf(compose(now, language, earlier=past)))).pages) == 2


def test_the_third_is_told_apart_from_the_rest_of_the_page() -> None:
    runs = placed(reader("robust", "en").pages[0])
    lowest = max(down for _, down in runs)
    assert 0.9 < lowest < 1.0
    assert any(text.startswith("Thisreport") for text, down in runs if down == lowest)


@pytest.mark.parametrize(("person", "language"), EVERY)
def test_it_is_two_pages_at_most_and_every_word_can_be_found(person: str, language: str) -> None:
    pages = reader(person, language).pages
    assert 1 <= len(pages) <= 2
    text = squeezed("".join(page.extract_text() for page in pages))
    said = report(person, language)
    wanted = [fact.value for fact in said.who] + [item.name for item in said.items]
    wanted += [trial.time for item in said.items for trial in item.trials]
    wanted += [note for item in said.items for trial in item.trials for note in trial.notes]
    wanted += [line.text for block in said.advice for line in block.lines]
    wanted += [cell for grid in said.grids for row in grid.rows for cell in row]
    wanted += [cell for row in said.devices.rows for cell in row]
    wanted += [plot.name for plot in said.plots if plot.counted]
    assert [words for words in wanted if squeezed(words) not in text] == []
    assert squeezed(said.intended) in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_names_of_events_in_the_pictures_are_text_in_the_language(language: str) -> None:
    text = squeezed("".join(page.extract_text() for page in reader("robust", language).pages))
    for name in {"zh_Hant_TW": ("第一步離地", "站直5", "過4公尺"), "en": ("Footoff", "Stand5", "4mgate")}[language]:
        assert name in text
    assert "first_foot_off" not in text


@pytest.mark.parametrize(("person", "language"), EVERY)
def test_every_character_has_its_glyph(person: str, language: str) -> None:
    said, missing = with_known_glyphs(report(person, language))
    assert missing == ()
    assert said == report(person, language)
    for page in reader(person, language).pages:
        assert "\ufffd" not in page.extract_text()


@pytest.mark.parametrize(("person", "language"), EVERY)
def test_it_keeps_the_rules_of_pdf_a_2a(person: str, language: str) -> None:
    assert pdf_a_faults(made(person, language)) == []
    root: Any = reader(person, language).trailer["/Root"]
    assert str(root["/Lang"]).startswith("zh" if language == "zh_Hant_TW" else "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_the_rigs_own_font_is_in_it(language: str) -> None:
    pages: Any = reader("pre_frail", language).pages
    fonts = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]
    names = {str(font["/BaseFont"]) for font in fonts}
    assert names
    assert all("NotoSansTC" in name for name in names)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (b"%\x80\x80\x80\x80", b"%abcd", "6.1.2"),
        (b"/ID", b"/IX", "6.1.3"),
        (b"/MarkInfo", b"/MarkInfX", "6.7.2.2"),
        (b"/StructTreeRoot", b"/StructTreeRooX", "6.7.3"),
        (b"/OutputIntents", b"/OutputIntentX", "6.2.3"),
        (b"/DestOutputProfile", b"/DestOutputProfilX", "6.2.3"),
        (b"<pdfaid:part>2<", b"<pdfaid:part>1<", "6.6.4"),
        (b"<pdfaid:conformance>A<", b"<pdfaid:conformance>B<", "6.6.4"),
        (b"<xmp:CreateDate>2025", b"<xmp:CreateDate>2024", "6.6.3"),
        (b"/Lang", b"/LanX", "6.7.4"),
        (b"/FontFile3", b"/FontFileX", "6.2.11.4"),
        (b"/ToUnicode", b"/ToUnicodX", "6.2.11.7"),
        (b"/Alt", b"/AlX", "6.7.3"),
        (b"/Type/Catalog", b"/AA 1/Catalog", "forbidden /AA"),
    ],
)
def test_what_breaks_pdf_a_is_seen(old: bytes, new: bytes, fault: str) -> None:
    whole = made("robust", "en")
    assert old in whole
    assert any(found.startswith(fault) for found in pdf_a_faults(whole.replace(old, new)))


def test_the_same_session_gives_the_same_bytes() -> None:
    again = compose(visit("frail_walker"), "zh_Hant_TW")
    assert pdf(again) == made("frail_walker", "zh_Hant_TW")


def test_its_date_is_the_sessions() -> None:
    metadata = reader("robust", "en").metadata
    assert metadata is not None
    assert metadata.creation_date_raw is not None
    assert metadata.creation_date_raw.startswith("D:20250304")


def test_a_character_without_a_glyph_is_marked_and_told_of() -> None:
    assert ord("囧") not in known_characters()
    strange = replace(report("robust", "zh_Hant_TW"), warnings=("停止：囧",))
    with pytest.raises(ReportError):
        pdf(strange)
    shown, warnings = with_known_glyphs(strange)
    assert shown.warnings == ("停止：□",)
    assert len(warnings) == 1
    assert "U+56E7" in warnings[0]
    assert "□" in "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf(shown))).pages)


def test_much_to_say_is_set_smaller_rather_than_on_a_third_page() -> None:
    said = report("frail_walker", "en")
    longer = replace(said, warnings=tuple(f"A remark that somebody made, number {number}." for number in range(14)))
    assert len(pypdf.PdfReader(io.BytesIO(pdf(longer))).pages) <= 2
