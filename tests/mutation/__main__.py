"""Mutation testing of the protocol core: `python -m tests.mutation framing gate_timer clock_sync hulls`.

Prints each mutant that its tests do not notice, and writes docs/mutation.md: how many there are, and why each of
those may live (`reasons.toml`).
"""

import argparse
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

# Loaded before the processes are forked, so that each need not.
import hypothesis  # noqa: F401
import scipy.optimize  # noqa: F401
from cobs import cobs  # noqa: F401

from tests.mutation.mutants import ROOT, Mutant, first_red_test, mutants

PAGE = ROOT / "docs" / "mutation.md"
REASONS = Path(__file__).parent / "reasons.toml"
MOST_SURVIVORS = 0.05

_HERE = "tests/firmware_protocol"
_CLOCK = f"{_HERE}/test_clock_sync.py"
_QUICK = (
    "exchange or optimum or evenly or alike or quarter or packet or contradict or slope or resolution or age or pings"
)
TESTS = {
    "framing": [[f"{_HERE}/test_framing.py"]],
    "gate_timer": [[f"{_HERE}/test_gate_timer.py"]],
    "hulls": [[f"{_HERE}/test_hulls.py"]],
    "clock_sync": [[_CLOCK, "-k", _QUICK], [_CLOCK, "-k", f"not simulation and not ({_QUICK})"]],
}
"""Tests that know each module, by stages: where one is red, the next need not run."""


@dataclass(frozen=True, slots=True)
class Result:
    """How a module fared."""

    module: str
    total: int
    survivors: tuple[Mutant, ...]

    @property
    def share(self) -> float:
        return len(self.survivors) / self.total


def run(module: str, step: int) -> Result:
    """Every `step`th mutant of a module."""
    tests = TESTS[module]
    source = (ROOT / "firmware_protocol" / f"{module}.py").read_text(encoding="utf-8")
    if red := first_red_test(module, source, tests):
        sys.exit(f"the tests of {module} fail without any mutation: {red}")
    total, alive = 0, []
    for mutant in mutants(module, slice(None, None, step)):
        total += 1
        if not first_red_test(module, mutant.source, tests):
            alive.append(mutant)
            print(f"{module}: lives: {mutant.where}: {mutant.key}", flush=True)
    print(f"{module}: {len(alive)} of {total} live", flush=True)
    return Result(module, total, tuple(alive))


def page(results: list[Result], reasons: dict[str, dict[str, str]]) -> str:
    lines = [
        "# Mutation testing",
        "",
        "Written by `python -m tests.mutation`: cosmic-ray spoils the core in every way it knows, one at a time;",
        "mutants of the same text count once. At most 5 % may go unnoticed by the own tests of a module, and each of",
        "them has its reason here.",
        "",
        "| module | mutants | noticed | alive |",
        "|---|---|---|---|",
    ]
    lines += [f"| {r.module} | {r.total} | {r.total - len(r.survivors)} | {len(r.survivors)} |" for r in results]
    for result in results:
        lines += ["", f"## {result.module}", ""]
        lines += _table(result, reasons.get(result.module, {})) if result.survivors else ["None is alive."]
    return "\n".join(lines) + "\n"


def _table(result: Result, reasons: dict[str, str]) -> list[str]:
    rows = [f"| `{m.was}` | `{m.becomes}` | {reasons.get(m.key, 'NOT EXPLAINED')} |" for m in result.survivors]
    return ["| was | becomes | why nothing notices |", "|---|---|---|", *(row.replace("||", "\\|\\|") for row in rows)]


def main() -> int:
    """1 where too many mutants live or one has no reason."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", choices=[*TESTS, []], default=list(TESTS), metavar="MODULE")
    parser.add_argument("--step", type=int, default=1, help="only every so many-th mutant; the page is left alone")
    asked = parser.parse_args()
    results = [run(module, asked.step) for module in asked.modules]
    reasons = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    if asked.step == 1 and set(asked.modules) == set(TESTS):
        PAGE.write_text(page(results, reasons), encoding="utf-8")
    unexplained = [m for r in results for m in r.survivors if m.key not in reasons.get(r.module, {})]
    print(f"{len(unexplained)} without a reason")
    return int(bool(unexplained) or any(result.share > MOST_SURVIVORS for result in results))


if __name__ == "__main__":
    sys.exit(main())
