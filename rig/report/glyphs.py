"""Words of people that the rig's font cannot show: they are marked and told of, never left as an empty box."""

import unicodedata
from functools import cache
from typing import Any

import msgspec

from rig.locale import FOLDER
from rig.report.content import Report

FONT_FILE = FOLDER / "fonts" / "NotoSansTC-subset.otf"
STAND_IN = "□"
CONTROL = "Cc"


@cache
def known_characters() -> frozenset[int]:
    """Code points that the font has a glyph for."""
    from fontTools.ttLib import TTFont  # type: ignore[import-untyped]  # ships no types

    with TTFont(FONT_FILE, lazy=True) as font:
        return frozenset(font.getBestCmap())


def with_known_glyphs(report: Report) -> tuple[Report, tuple[str, ...]]:
    """A report in which `□` stands for every character without a glyph, and one warning for each such text."""
    warnings: dict[str, None] = {}

    def shown(value: Any) -> Any:
        if isinstance(value, str):
            return _shown(value, warnings)
        if isinstance(value, list | tuple):
            return [shown(part) for part in value]
        if isinstance(value, dict):
            return {key: shown(part) for key, part in value.items()}
        return value

    plain = shown(msgspec.to_builtins(report))
    return msgspec.convert(plain, Report), tuple(warnings)


def _shown(text: str, warnings: dict[str, None]) -> str:
    missing = {char for char in text if ord(char) not in known_characters() and unicodedata.category(char) != CONTROL}
    if not missing:
        return text
    if not text.startswith("<svg"):
        signs = ", ".join(f"U+{ord(char):04X} {char}" for char in sorted(missing))
        warnings[f"{text!r}: the font has no glyph for {signs}; shown as {STAND_IN}"] = None
    return "".join(STAND_IN if char in missing else char for char in text)
