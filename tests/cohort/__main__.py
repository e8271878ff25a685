"""`python -m tests.cohort 100 --family segments --seed 1`: run a cohort and print its tables."""

import argparse
import sys
from pathlib import Path

from tests.cohort import FAMILIES, PEOPLE, SEED
from tests.cohort.people import person_of
from tests.cohort.report import cohort_tables
from tests.cohort.trial import outcome_of, run_cohort


def main() -> int:
    """Run what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.cohort", description=__doc__)
    parser.add_argument("people", type=int, nargs="?", default=PEOPLE)
    parser.add_argument("--family", choices=FAMILIES, default="segments")
    parser.add_argument("--seed", type=int, default=SEED, help="of the cohort")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep recordings here, and take them from here")
    parser.add_argument("--replay", type=int, metavar="SEED", help="one person of a table of worst cases")
    told = parser.parse_args()
    if told.replay is not None:
        _replay(told.replay, told.family)
        return 0
    for title, text in cohort_tables(
        told.family, run_cohort(told.people, told.family, told.seed, told.jobs, told.keep)
    ):
        print(f"\n## {title}\n\n{text}", flush=True)
    return 0


def _replay(seed: int, family: str) -> None:
    print(person_of(seed, family))
    outcome = outcome_of(seed, family)
    print(outcome.failure or "", outcome.points)
    for line in (*outcome.counts, *outcome.times):
        print(line)


if __name__ == "__main__":
    sys.exit(main())
