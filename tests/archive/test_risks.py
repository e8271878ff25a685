"""The risk file names tests that exist."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def test_every_named_test_exists() -> None:
    text = (ROOT / "docs" / "risks.md").read_text(encoding="utf-8")
    named = NAMED.findall(text)
    assert len(named) >= 30
    absent = [
        f"{file}::{test}"
        for file, test in named
        if not (ROOT / file).exists() or f"def {test}(" not in (ROOT / file).read_text(encoding="utf-8")
    ]
    assert absent == []


def test_every_line_of_the_table_names_a_test() -> None:
    lines = (ROOT / "docs" / "risks.md").read_text(encoding="utf-8").splitlines()
    rows = [line for line in lines if line.startswith("|")][2:]
    assert [row for row in rows if not NAMED.search(row)] == []
