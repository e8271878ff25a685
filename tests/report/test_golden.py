"""Today's pages look like the golden ones that people have looked at."""

from pathlib import Path

import numpy as np
import pytest

from tests.report.golden import FOLDER, blurred, draw
from tests.report.visits import LANGUAGES, PEOPLE

MOST_BYTES = 250_000
MOST_DIFFERENCE = 0.01
"""Mean difference of darkness over a page. Two persons whose pages have the same paragraphs: 0.004 to 0.010; with
other paragraphs: 0.014 to 0.04; everything a third of an inch lower: 0.03 to 0.04."""


@pytest.mark.parametrize("person", PEOPLE)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_looks_like_its_golden_picture(person: str, language: str, tmp_path: Path) -> None:
    pages = draw(person, language, tmp_path)
    golden = sorted(FOLDER.glob(f"{person}-{language}-*.png"))
    assert [page.name for page in pages] == [page.name for page in golden]
    for page, kept in zip(pages, golden, strict=True):
        assert kept.stat().st_size < MOST_BYTES
        difference = float(np.abs(blurred(page) - blurred(kept)).mean())
        assert difference < MOST_DIFFERENCE, "look at the page; if it is right: python -m tests.report.golden"


def test_another_persons_page_is_told_from_it() -> None:
    pages = [blurred(FOLDER / f"{person}-zh_Hant_TW-1.png") for person in ("robust", "frail_walker")]
    assert float(np.abs(pages[0] - pages[1]).mean()) > MOST_DIFFERENCE
