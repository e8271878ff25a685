"""Prints a table of a run's tests from its JUnit file: what came of each, in how many seconds."""

import sys
from pathlib import Path
from xml.etree.ElementTree import Element, parse


def main(results: Path) -> None:
    """Print one line for each test, then the counts."""
    outcomes = []
    for case in parse(results).iter("testcase"):
        outcomes.append(outcome(case))
        print(f"{outcomes[-1]:8} {float(case.get('time', 0)):7.1f} s  {case.get('name')}")
    print(", ".join(f"{outcomes.count(each)} {each}" for each in sorted(set(outcomes))))


def outcome(case: Element) -> str:
    """What came of a test."""
    return next((child.tag for child in case if child.tag in ("failure", "error", "skipped")), "passed")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
