"""The voice of a report: texts of the catalogue, and how a language joins them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rig.locale import translator
from rig.scoring.programme import Line


@dataclass(frozen=True, slots=True)
class Words:
    """A language: its texts and its punctuation.

    Attributes
    ----------
    t
        Message id to text.
    html
        The language's name by BCP 47.
    comma, semicolon, colon
        What stands between the members of a list, between remarks, and between a name and its value.
    """

    t: Callable[[str], str]
    html: str
    comma: str
    semicolon: str
    colon: str

    def say(self, message: str, **values: object) -> str:
        """A text with its values."""
        return self.t(message).format(**values)

    def listed(self, texts: Iterable[str]) -> str:
        """Texts in a row."""
        return self.comma.join(texts)

    def pair(self, name: str, value: str) -> str:
        """`name: value`."""
        return f"{name}{self.colon}{value}"

    def line(self, line: Line) -> str:
        """A line of advice."""
        return self.say(line.message, **line.values)

    def or_missing(self, kind: str, code: str | None) -> str:
        """The text of a code; what has none is missing."""
        return self.t("score.missing") if code is None else self.t(f"{kind}.{code}")


_STYLES = {"zh_Hant_TW": ("zh-Hant-TW", "、", "；", "："), "en": ("en", ", ", "; ", ": ")}


def words(language: str) -> Words:
    """The words of one of the catalogue's languages.

    Raises
    ------
    CatalogueError
        An unknown language, or one that was not compiled.
    """
    t = translator(language)
    return Words(t, *_STYLES[language])
