"""`python -m tests.cohort 100 --family segments --seed 1`: run a cohort and print its tables."""

import argparse
import sys
from pathlib import Path

from tests.cohort import FAMILIES, PEOPLE, SEED
from tests.cohort.people import person_of
from tests.cohort.report import cohort_tables
from tests.cohort.trial import outcome_of, run_cohort

HEADING = """# Virtual cohort

Made by `{command}`. People are drawn from published ranges, many of them frail and close to a cut point; two movement
families were built apart from each other and from the algorithms. This seed was never looked at while anything was
being set. Errors are result minus truth; brackets hold 95 % intervals that draw people, not trials. The spread of
error/u_s (SD) leaves out what is always off by the same, as the links of all these people delay alike; its size (RMS)
does not. What no virtual person can show: how real ones move."""


def main() -> int:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.cohort", description=__doc__)
    parser.add_argument("people", type=int, nargs="?", default=PEOPLE)
    parser.add_argument("--family", choices=(*FAMILIES, "all"), default="segments")
    parser.add_argument("--seed", type=int, default=SEED, help="of the cohort")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep recordings here, and take them from here")
    parser.add_argument("--page", type=Path, metavar="FILE", help="write the tables into a page, too")
    parser.add_argument("--replay", type=int, metavar="SEED", help="one person of a table of worst cases")
    told = parser.parse_args()
    if told.replay is not None:
        _replay(told.replay, told.family)
        return 0
    families = FAMILIES if told.family == "all" else (told.family,)
    parts = [part for family in families for part in _parts(family, told)]
    print("\n\n".join(parts), flush=True)
    if told.page is not None:
        told.page.write_text("\n\n".join([_heading(told), *parts]) + "\n", encoding="utf-8")
    return 0


def _parts(family: str, told: argparse.Namespace) -> list[str]:
    """The sections of one family."""
    outcomes = run_cohort(told.people, family, told.seed, told.jobs, told.keep)
    return [f"## {title}\n\n{text}" for title, text in cohort_tables(family, outcomes)]


def _heading(told: argparse.Namespace) -> str:
    command = f"python -m tests.cohort {told.people} --family {told.family} --seed {told.seed}"
    return HEADING.format(command=command)


def _replay(seed: int, family: str) -> None:
    print(person_of(seed, family))
    outcome = outcome_of(seed, family)
    print(outcome.failure or "", outcome.points)
    for line in (*outcome.counts, *outcome.times):
        print(line)


if __name__ == "__main__":
    sys.exit(main())
