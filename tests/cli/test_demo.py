"""`rig demo` and the page it writes."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from rig.cli import COMMANDS, main

OUTSIDE = re.compile(r"""(?:src|href)\s*=\s*["'](?!#|data:)|url\(\s*["']?https?:|@import""")


class Text(HTMLParser):
    """The words of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []

    def handle_data(self, data: str) -> None:
        self.words.append(data)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    out = tmp_path_factory.mktemp("demo")
    result = CliRunner().invoke(main, ["demo", "--person", "cannot_rise", "--out", str(out)])
    assert result.exit_code == 0, result.stderr
    return result.stdout, out


def test_the_demo_prints_a_full_result_and_where_it_wrote_it(shown: tuple[str, Path]) -> None:
    printed, out = shown
    for wanted in ("SPPB total", "fall risk", "category", "programme", "Timeline", "first_foot_off"):
        assert wanted in printed
    for name in ("cannot_rise-1/segment-0001.mcap", "cannot_rise-1.json", "cannot_rise-1.html"):
        assert (out / name).exists()


def test_the_written_result_is_the_replay_of_the_written_session(shown: tuple[str, Path]) -> None:
    _, out = shown
    result = CliRunner().invoke(main, ["replay", str(out / "cannot_rise-1"), "--json"])
    assert result.stdout_bytes == (out / "cannot_rise-1.json").read_bytes()


def test_the_page_asks_for_nothing_outside_and_has_a_text_for_every_picture(shown: tuple[str, Path]) -> None:
    html = (shown[1] / "cannot_rise-1.html").read_text(encoding="utf-8")
    drawings = re.findall(r"<svg.*?</svg>", html, flags=re.DOTALL)
    assert (
        len(drawings)
        == html.count("aria-label=")
        == len(json.loads((shown[1] / "cannot_rise-1.json").read_text())["trials"])
    )
    assert not OUTSIDE.search(re.sub(r'xlink:href="#', 'xlink:ref="', html))
    assert "<script" not in html


@pytest.mark.parametrize(
    ("language", "words"), [("zh_Hant_TW", ["無法執行", "跌倒風險"]), ("en", ["Unable", "Fall risk"])]
)
def test_the_page_speaks_both_languages(shown: tuple[str, Path], language: str, words: list[str]) -> None:
    out = str(shown[1])
    result = CliRunner().invoke(main, ["demo", "--person", "cannot_rise", "--out", out, "--language", language])
    assert result.exit_code == 0
    text = Text()
    text.feed((shown[1] / "cannot_rise-1.html").read_text(encoding="utf-8"))
    for word in words:
        assert word in " ".join(text.words)


def test_every_command_has_help_with_an_example() -> None:
    for name in COMMANDS:
        result = CliRunner().invoke(main, [name, "--help"])
        assert result.exit_code == 0
        assert f"rig {name}" in result.stdout
        assert "Example" in result.stdout
