"""A cohort of virtual people, measured by the whole pipeline and judged by the truth.

`python -m tests.cohort 100 --family segments --seed 1` prints the tables; `--replay SEED` shows one person.
`tables()` gives them to `make accuracy`.
"""

from collections.abc import Iterator

from tests.cohort.report import cohort_tables
from tests.cohort.trial import run_cohort

FAMILIES = ("pendulum", "segments")
PEOPLE = 100
SEED = 1


def tables(people: int = PEOPLE, seed: int = SEED, jobs: int = 1) -> Iterator[tuple[str, str]]:
    """Title and Markdown of every table, family after family."""
    for family in FAMILIES:
        yield from cohort_tables(family, run_cohort(people, family, seed, jobs))
