"""The page: one file that asks for nothing, with the same words as the PDF and a text for every picture."""

import base64
import re
from html.parser import HTMLParser
from itertools import product
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from rig.cli import main
from rig.model.document import to_json
from rig.report.compose import compose
from rig.report.page import FONT, html
from tests.report.visits import FIXTURES, LANGUAGES, PEOPLE, visit

OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["'](?!#|data:)|url\(\s*["']?(?!data:)|@import|<script|<link""")
SVG = "{http://www.w3.org/2000/svg}"
EMPTY = {"meta", "br", "hr", "img"}


class Page(HTMLParser):
    """The words of a page, and whether its elements are closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002  # the parser's
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.mark.parametrize(("person", "language"), list(product(PEOPLE, LANGUAGES)))
def test_the_page_is_whole_says_everything_and_asks_for_nothing(person: str, language: str) -> None:
    report = compose(visit(person), language)
    text = html(report)
    assert not OUTSIDE.search(text)
    page = Page()
    page.feed(text)
    assert (page.faults, page.open) == ([], [])
    words = " ".join(page.words)
    wanted = [card.meaning for card in report.cards] + list(report.next_steps) + [report.intended]
    wanted += [line.text for block in report.advice for line in block.lines]
    wanted += [cell for grid in report.grids for row in grid.rows for cell in row]
    assert [line for line in wanted if line not in words] == []
    assert text.count("<svg") == text.count("aria-label=") == len(visit(person).document.trials)


@pytest.mark.parametrize("person", PEOPLE)
def test_a_signal_stays_between_the_heights_of_its_scale(person: str) -> None:
    for plot in compose(visit(person), "en").plots:
        picture = ET.fromstring(plot.svg)
        box = {name: [float(each.get(name, "")) for each in picture.iter(f"{SVG}line")] for name in ("y1", "x2")}
        heights = sorted(y for y, x in zip(box["y1"], box["x2"], strict=True) if x == float(picture.get("width", "")))
        line = next(picture.iter(f"{SVG}polyline"))
        drawn = [float(point.split(",")[1]) for point in line.get("points", "").split()]
        assert heights[0] - 0.01 <= min(drawn) < max(drawn) <= heights[1] + 0.01


def test_the_font_is_inside() -> None:
    text = html(compose(visit("robust"), "zh_Hant_TW"))
    inside = re.search(r"data:font/woff2;base64,([A-Za-z0-9+/=]+)", text)
    assert inside is not None
    assert base64.b64decode(inside[1]) == FONT.read_bytes()


def test_the_command_writes_both_forms_the_same_each_time(tmp_path: Path) -> None:
    session = str(FIXTURES / "pre_frail" / "session")
    made = []
    for name in ("a", "b"):
        result = CliRunner().invoke(main, ["report", session, "--out", str(tmp_path / name), "--language", "en"])
        assert result.exit_code == 0, result.stderr
        made.append({path.name: path.read_bytes() for path in (tmp_path / name).iterdir()})
    assert made[0] == made[1]
    assert set(made[0]) == {"pre_frail-7-en.pdf", "pre_frail-7-en.html"}


def test_the_command_says_what_is_wrong_in_one_line(tmp_path: Path) -> None:
    session = str(FIXTURES / "robust" / "session")
    other = tmp_path / "other.json"
    other.write_bytes(to_json(visit("pre_frail").document))
    for wrong, words in (
        ([str(tmp_path / "nowhere")], "nowhere"),
        ([session, "--zone", "Mars"], "Mars"),
        ([session, "--previous", str(other)], "pre_frail"),
        ([session, "--previous", str(tmp_path / "gone.json")], "gone.json"),
    ):
        result = CliRunner().invoke(main, ["report", *wrong, "--out", str(tmp_path), "--format", "html"])
        assert result.exit_code == 2
        assert words in result.stderr
        assert result.stderr.count("\n") == 1
    assert not list(tmp_path.glob("*.html"))


def test_what_people_typed_is_text_and_not_markup() -> None:
    found = compose(visit("robust"), "en")
    first = found.who[0]
    assert "<b>" not in html(found)
    text = html(replace(found, who=(replace(first, value="<b>x</b>"), *found.who[1:])))
    assert "&lt;b&gt;x&lt;/b&gt;" in text
