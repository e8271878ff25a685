"""The page's texts: the catalogue's entries that a page may need, as plain data."""

import gettext

from rig.locale import DOMAIN, FOLDER

PREFIXES = (
    "page.",
    "battery.",
    "devices.",
    "part.",
    "unable.",
    "status.",
    "event.",
    "category.",
    "category_from.",
    "programme.name.",
    "fall_risk.",
    "fall_sign.",
    "deviation.",
    "contraindication.",
    "osteoporosis.",
    "rules.",
    "score.",
    "withheld.",
    "profile.",
    "say.",
    "do.",
    "hint.",
    "act.",
    "reason.",
    "route.",
    "step.",
    "title.",
    "need.",
    "form.",
    "ui.",
    "picture.",
    "role.",
    "kind.",
)


def page_texts(language: str) -> dict[str, str]:
    """Message ids to texts, for the page to choose from."""
    catalogue = gettext.translation(DOMAIN, FOLDER, languages=[language])
    entries: dict[object, str] = catalogue._catalog  # type: ignore[attr-defined]  # noqa: SLF001  # gettext cannot list
    return {key: entries[key] for key in sorted(map(str, entries)) if key.startswith(PREFIXES)}
