"""Both languages are complete, say the same numbers, and can be read on any system in Taiwan."""

import re
import string
from collections.abc import Iterable
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from rig.locale import FOLDER, LANGUAGES, CatalogueError, translator
from rig.model.marks import Test
from rig.scoring.advice import BONE_HEALTH_ADVICE, FALL_RISK_ADVICE
from rig.scoring.profiles import PROFILES
from rig.scoring.programme import Line, programme_lines
from rig.scoring.vocabulary import (
    Category,
    CategorySource,
    Contraindication,
    DeviationCode,
    FallSign,
    Osteoporosis,
    Part,
    Programme,
    RuleSet,
    UnableReason,
    Withheld,
)

LANDMARKS = Path(__file__).resolve().parents[2] / "docs" / "landmarks.md"


def po(language: str) -> dict[str, str]:
    with (FOLDER / language / "LC_MESSAGES" / "rig.po").open("rb") as handle:
        catalogue = read_po(handle)
    assert not any(message.fuzzy for message in catalogue if message.id)
    return {str(message.id): str(message.string) for message in catalogue if message.id}


TEXTS = {language: po(language) for language in LANGUAGES}


def named(prefix: str, codes: Iterable[object]) -> set[str]:
    return {f"{prefix}.{code}" for code in codes}


def landmarks() -> tuple[set[str], set[str]]:
    """Names of events (second column of the tables) and of TUG phases (the paragraph below its heading)."""
    text = LANDMARKS.read_text(encoding="utf-8")
    events = re.findall(r"^\|[^|]+\| `(\w+)`(?:, `(\w+)`)? \|", text, re.MULTILINE)
    paragraph = text.partition("## Timed Up and Go phases")[2].partition("\n\n")[2].partition("The phases join")[0]
    return {name for row in events for name in row if name}, set(re.findall(r"`(\w+_\w+|turn)`", paragraph))


def lines_of_programmes() -> dict[str, Line]:
    sets: list[frozenset[Contraindication]] = [frozenset(), frozenset({Contraindication.RECENT_FRACTURE})]
    return {
        line.message: line for programme in Programme for codes in sets for line in programme_lines(programme, codes)
    }


EVENTS, PHASES = landmarks()
REQUIRED = {
    *named("part", (*Part, *Test, "balance", "gait", "chair", "total")),
    *named("rules", RuleSet),
    *named("category", Category),
    *named("category_from", CategorySource),
    *named("fall_risk", ("true", "false", "null")),
    *named("fall_sign", FallSign),
    *named("unable", UnableReason),
    *named("contraindication", Contraindication),
    *named("withheld", Withheld),
    *named("osteoporosis", Osteoporosis),
    *named("deviation", DeviationCode),
    *named("programme.name", Programme),
    *(f"profile.{profile.test}.{profile.name}" for profile in PROFILES),
    *named("event", EVENTS),
    *named("phase", PHASES),
    *lines_of_programmes(),
    *(message for message, _ in FALL_RISK_ADVICE),
    *(advice.message for advice in BONE_HEALTH_ADVICE),
}


def test_the_landmarks_were_found() -> None:
    assert {"cue", "first_movement", "standing", "crossing", "turn_end", "hold_end"} <= EVENTS
    assert sorted(PHASES) == ["sit_to_stand", "stand_to_sit", "turn", "turn_to_sit", "walk_back", "walk_out"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_missing_or_empty(language: str) -> None:
    assert set(TEXTS[language]) >= REQUIRED
    assert [message for message, text in TEXTS[language].items() if not text.strip() or text == message] == []


def test_both_catalogues_hold_the_same_messages_in_the_same_order() -> None:
    assert list(TEXTS["en"]) == list(TEXTS["zh_Hant_TW"])


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


@pytest.mark.parametrize("message", TEXTS["en"])
def test_both_languages_say_the_same_numbers(message: str) -> None:
    english, chinese = TEXTS["en"][message], TEXTS["zh_Hant_TW"][message]
    assert _fields(english) == _fields(chinese)
    if not message.startswith(("rules.", "deviation.later", "event.begin", "profile.")):
        assert sorted(re.findall(r"\d+(?:\.\d+)?", english)) == sorted(re.findall(r"\d+(?:\.\d+)?", chinese))


@pytest.mark.parametrize(("message", "line"), lines_of_programmes().items())
def test_numbers_of_a_line_are_those_its_text_asks_for(message: str, line: Line) -> None:
    for texts in TEXTS.values():
        assert _fields(texts[message]) == set(line.values)


def test_english_is_english_and_chinese_is_chinese() -> None:
    assert all(text.isascii() for text in TEXTS["en"].values())
    assert all(re.search(r"[\u4e00-\u9fff]", text) for text in TEXTS["zh_Hant_TW"].values())


def _is_frequent_or_punctuation(char: str) -> bool:
    """ASCII, the symbols of Big5, or its first level: the 5401 characters in frequent use."""
    if char.isascii():
        return True
    try:
        high, low = char.encode("big5")
    except (UnicodeEncodeError, ValueError):
        return False
    return 0xA140 <= high << 8 | low <= 0xA3BF or 0xA440 <= high << 8 | low <= 0xC67E


def test_chinese_keeps_to_characters_in_frequent_use() -> None:
    used = set("".join(TEXTS["zh_Hant_TW"].values()))
    assert {char for char in used if not _is_frequent_or_punctuation(char)} == set()


@pytest.mark.parametrize("char", ["囧", "國", "\u56fd", "踹", "A", "，", "膕"])
def test_the_judge_of_characters(char: str) -> None:
    assert _is_frequent_or_punctuation(char) is (char in "國A，踹")


def _compile(folder: Path, language: str) -> None:
    target = folder / language / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (FOLDER / language / "LC_MESSAGES" / "rig.po").open("rb") as source, (target / "rig.mo").open("wb") as out:
        write_mo(out, read_po(source))


@pytest.mark.parametrize("language", LANGUAGES)
def test_translator(language: str, tmp_path: Path) -> None:
    _compile(tmp_path, language)
    translate = translator(language, tmp_path)
    assert {message: translate(message) for message in TEXTS[language]} == TEXTS[language]
    with pytest.raises(CatalogueError, match="'no_such_message'"):
        translate("no_such_message")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_catalogue_that_was_not_compiled_is_named(language: str, tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=f"{language} messages are not compiled"):
        translator(language, tmp_path)


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(CatalogueError, match="zh_Hant_TW, en"):
        translator("de")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_installed_catalogue_is_up_to_date(language: str) -> None:
    translate = translator(language)
    stale = [message for message, text in TEXTS[language].items() if translate(message) != text]
    assert stale == [], "compile the catalogues again: make demo, or pip install -e ."
