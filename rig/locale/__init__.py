"""The rig's texts in Traditional Chinese (Taiwan) and English, from one gettext catalogue.

Message ids are stable dotted keys (`unable.refused`), never texts; both languages stand in their `rig.po`.
"""

import gettext
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

DOMAIN = "rig"
FOLDER = Path(__file__).parent
LANGUAGES = ("zh_Hant_TW", "en")
"""The first one is the default."""


class CatalogueError(LookupError):
    """A text that cannot be given in the language asked for."""


class _NoFallback(gettext.NullTranslations):
    """Refuses what the catalogue does not hold, rather than showing its id as if it were a text."""

    def gettext(self, message: str) -> NoReturn:
        raise CatalogueError(f"message {message!r} is not in the compiled catalogue: install again (make demo)")


def translator(language: str, folder: Path = FOLDER) -> Callable[[str], str]:
    """Give the function from message id to text.

    Parameters
    ----------
    language
        One of `LANGUAGES`.
    folder
        Where the compiled catalogues are.

    Raises
    ------
    CatalogueError
        An unknown language, or its catalogue was not compiled at installation; the function itself raises it for
        a message id that the catalogue does not hold.
    """
    if language not in LANGUAGES:
        raise CatalogueError(f"unknown language {language!r}; one of {', '.join(LANGUAGES)}")
    try:
        catalogue = gettext.translation(DOMAIN, folder, languages=[language])
    except FileNotFoundError:
        raise CatalogueError(f"the {language} messages are not compiled: install again (make demo)") from None
    catalogue.add_fallback(_NoFallback())
    return catalogue.gettext
