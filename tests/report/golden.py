"""The golden pages of docs/reports: `python -m tests.report.golden` draws them anew from the fixtures.

They are kept to be looked at; the test holds them loosely against today's pages, so that a page that looks otherwise
is looked at again.
"""

import os
import shutil
import subprocess
import tempfile
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from rig.report.compose import compose
from rig.report.pdf import pdf
from tests.report.visits import LANGUAGES, PEOPLE, visit

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "reports"
DOTS_PER_INCH = 72
LEVELS = 16
"""Of grey: enough to look at, and half the bytes."""
DRAWER = "pdftoppm"


def drawer() -> str:
    """Where pdftoppm is; without it a test is skipped, and fails where everything must be there."""
    found = shutil.which(DRAWER)
    if found is None:
        reason = f"{DRAWER} is missing: apt-get install poppler-utils"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def draw(person: str, language: str, folder: Path) -> list[Path]:
    """Draw the pages of a fixture's PDF in grey, as a printer would."""
    base = folder / f"{person}-{language}"
    command = [drawer(), "-r", str(DOTS_PER_INCH), "-gray", "-png", "-", str(base)]
    subprocess.run(command, input=pdf(compose(visit(person), language)), check=True)
    return sorted(folder.glob(f"{base.name}-*.png"))


def blurred(path: Path, block: int = 24) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """Mean darkness of squares of a third of an inch: where ink is, not which letters."""
    grey = np.asarray(Image.open(path).convert("L"), dtype=float) / 255
    rows, columns = (size // block * block for size in grey.shape)
    squares = 1 - grey[:rows, :columns].reshape(rows // block, block, columns // block, block)
    found: np.ndarray[tuple[int, int], np.dtype[np.float64]] = squares.mean(axis=(1, 3))
    return found


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.png"):
        old.unlink()
    with tempfile.TemporaryDirectory() as scratch:
        for person, language in product(PEOPLE, LANGUAGES):
            for page in draw(person, language, Path(scratch)):
                Image.open(page).quantize(LEVELS).save(FOLDER / page.name, optimize=True)
