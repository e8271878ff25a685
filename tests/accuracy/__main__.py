"""Print the accuracy tables, on real recordings and on virtual people, and write them to docs/accuracy.md."""

import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from tests import cohort
from tests.accuracy import chairs, slowed, sways, tugs, walks
from tests.accuracy.recordings import DATA
from tests.accuracy.stats import Row, table

PAGE = Path(__file__).resolve().parents[2] / "docs" / "accuracy.md"
PEOPLE = 100
"""Drawn from each movement family of the virtual lab."""
INTRODUCTION = """# Accuracy

Made by `make accuracy` on recordings of other groups that stay outside the project (`../shared/data`, development
part). Errors are result minus truth. In brackets: 95 % intervals by bootstrap over people (over trials where there
are fewer than three people). `missed` and `false`: events of the truth not found, events found that are not in the
truth. The column `target` holds what the project aims at.

What these data cannot show: nobody in them is frail; the sit-to-stand sets hold one person each; no Timed Up and Go
here takes more than 14 s; no walk here is timed by gates; no stance is a tandem. For those there is only the virtual
lab.
"""


def sections() -> Iterator[tuple[str, list[Row]]]:
    """All tables, in the order of the battery."""
    for module in (sways, walks, chairs, tugs):
        yield from module.tables()


def main() -> int:
    """Write the page; without the data, say so."""
    if not DATA.is_dir():
        print("../shared/data is not here: the recordings are kept outside the project", file=sys.stderr)
        return 1
    text = INTRODUCTION
    for title, rows in sections():
        part = f"\n## {title}\n\n{table(rows)}\n"
        print(part, flush=True)
        text += part
    for title, part in chain(slowed.tables(), cohort.tables(people=PEOPLE, jobs=2)):
        section = f"\n## {title}\n\n{part}\n"
        print(section, flush=True)
        text += section
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
