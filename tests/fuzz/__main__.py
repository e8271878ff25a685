"""Random and spoilt bytes through the decoders: `python -m tests.fuzz [NAME ...] [--scale 0.01] [--seed 1]`.

Prints the figures of each target; a full run writes them into docs/fuzz.md.
"""

import argparse
import resource
import sys
import time
from random import Random

from tests.fuzz.page import write_section
from tests.fuzz.target import Report, Target
from tests.fuzz.targets import TARGETS

MEMORY_BOUND_MIB = 32
"""How much the process may grow over all targets: what a leak of a byte in three fed would exceed."""


def _print(name: str, report: Report, seconds: float) -> None:
    print(f"{name}: {report.fed:,} bytes in {seconds:.0f} s")
    for label, figure in report.figures.items():
        print(f"  {label}: {figure:,}" if isinstance(figure, int) else f"  {label}: {figure}")
    for problem in report.problems:
        print(f"  PROBLEM {problem}")
    sys.stdout.flush()


def _run(name: str, target: Target, seed: int, scale: float) -> Report:
    began = time.monotonic()
    report = target.run(Random(f"{seed} {name}"), int(target.full * scale))
    _print(name, report, time.monotonic() - began)
    if scale == 1.0:
        write_section(name, report, seed)
    return report


def _peak_mib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Run the targets named, or all; 1 where one has a problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TARGETS))
    parser.add_argument("--scale", type=float, default=1.0, help="share of the full number of bytes")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(TARGETS):
        parser.error(f"no target {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}")
    before = _peak_mib()
    reports = [_run(name, TARGETS[name], asked.seed, asked.scale) for name in asked.names or TARGETS]
    grown = _peak_mib() - before
    print(f"{sum(report.fed for report in reports):,} bytes; memory grew by {grown:.1f} MiB")
    return int(any(report.problems for report in reports) or grown > MEMORY_BOUND_MIB)


if __name__ == "__main__":
    sys.exit(main())
