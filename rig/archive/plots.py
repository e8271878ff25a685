"""Agreement as Bland-Altman plots."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rig.archive.compare import Comparison
from rig.archive.wording import difference, item_name, unit_name
from rig.report.glyphs import FONT_FILE
from rig.report.words import Words

FONT_NAMES = ("Noto Sans TC", "DejaVu Sans")
"""The rig's font, and matplotlib's own for signs that it does not have."""


def draw(found: Sequence[Comparison], path: Path, words: Words) -> None:
    """Bland-Altman plots, one a comparison, as SVG with the same bytes every time.

    Letters are drawn as shapes of the rig's own font, so that they are there without any font; beside each text
    stands what it says, as a comment.
    """
    import matplotlib as mpl
    from matplotlib import font_manager
    from matplotlib.figure import Figure

    font_manager.fontManager.addfont(FONT_FILE)
    columns = min(3, len(found))
    rows = math.ceil(len(found) / columns)
    style: Any = {  # the keys that matplotlib's types want are spelt out only there
        "svg.hashsalt": "rig", "svg.fonttype": "path", "font.family": FONT_NAMES, "axes.unicode_minus": False,
    }  # fmt: skip
    with mpl.rc_context(style):
        figure = Figure(figsize=(4.2 * columns, 3.2 * rows), layout="constrained")
        for place, comparison in enumerate(found, start=1):
            _draw_one(figure.add_subplot(rows, columns, place), comparison, words)
        figure.savefig(path, format="svg", metadata={"Date": None})


def _draw_one(axes: Any, found: Comparison, words: Words) -> None:
    """Differences over means; bias and limits as lines, their intervals as bands."""
    first, second = found.pairs.T
    axes.plot((first + second) / 2, second - first, ".", color="#1b5e7d", alpha=0.6)
    for line, colour in (
        (found.limits.bias, "#333333"),
        (found.limits.lower, "#b3541e"),
        (found.limits.upper, "#b3541e"),
    ):
        axes.axhline(line.value, color=colour)
        axes.axhspan(line.low, line.high, color=colour, alpha=0.15)
    unit = unit_name(found.unit, words)
    behind = f" ({unit})" if unit else ""
    axes.set_title(
        words.say("archive.plot.title", item=item_name(found.item, words), pairs=len(found.pairs)), fontsize=9
    )
    axes.set_xlabel(f"{words.t('archive.plot.mean')}{behind}", fontsize=8)
    axes.set_ylabel(f"{difference(found, words)}{behind}", fontsize=8)
