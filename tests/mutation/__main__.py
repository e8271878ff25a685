"""Mutation testing of the protocol core and of the wearables' decoders: `python -m tests.mutation [framing ...]`.

Prints each mutant that its tests do not notice, and writes the module's section of docs/mutation.md: how many there
are, and why each of those may live (`reasons.toml`). Sections of other modules stay as they are.
"""

import argparse
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

# Loaded before the processes are forked, so that each need not.
import hypothesis  # noqa: F401  # only loaded
import scipy.interpolate
import scipy.optimize  # noqa: F401  # only loaded
from cobs import cobs  # noqa: F401  # only loaded

import rig.virtual.polar
import rig.virtual.witmotion  # noqa: F401  # only loaded
from tests.mutation.mutants import ROOT, Mutant, first_red_test, mutants

PAGE = ROOT / "docs" / "mutation.md"
REASONS = Path(__file__).parent / "reasons.toml"
MOST_SURVIVORS = 0.05
HEAD = """# Mutation testing

Written by `python -m tests.mutation MODULE ...`: cosmic-ray spoils a module in every way it knows, one at a time;
mutants of the same text count once. At most 5 % may go unnoticed by the module's own tests, and each of them has its
reason here.
"""

_HERE = "tests/firmware_protocol"
_CLOCK = f"{_HERE}/test_clock_sync.py"
_QUICK = (
    "exchange or optimum or evenly or alike or quarter or packet or contradict or slope or resolution or age or pings "
    "or wanders or records or enough or nanosecond or eighth or told or earliest"
)
_WEARABLES = f"{_HERE}/test_wearables.py"
_DECODERS = ("metamotion", "movella_dot", "movesense", "polar", "rig_imu", "witmotion")


def _decoder(name: str) -> list[list[str]]:
    """Its own tests, then what all wearables have in common."""
    return [[f"{_HERE}/test_{name}.py"], [_WEARABLES, "-k", name.replace("_", "-")]]


TESTS = {
    "framing": [[f"{_HERE}/test_framing.py"]],
    "gate_timer": [[f"{_HERE}/test_gate_timer.py"]],
    "hulls": [[f"{_HERE}/test_hulls.py"]],
    "clock_sync": [[_CLOCK, "-k", _QUICK], [_CLOCK, "-k", f"not simulation and not ({_QUICK})"]],
    "wearables/stamped": [[f"{_HERE}/test_movella_dot.py", f"{_HERE}/test_rig_imu.py"], [_WEARABLES, "-k", "rig-imu"]],
    "wearables/device_clock": [
        [f"{_HERE}/test_device_clock.py"],
        [f"{_HERE}/test_movesense.py", "-k", "clock or back or ahead or seen or interruption"],
        [_WEARABLES, "-k", "clock or interruption or again or doubled"],
    ],
    "wearables/ticks": [[f"{_HERE}/test_ticks.py"]],
    "wearables/blocks": [[f"{_HERE}/test_polar.py", f"{_HERE}/test_movesense.py"], [_WEARABLES]],
    **{f"wearables/{name}": _decoder(name) for name in _DECODERS},
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


def page(sections: dict[str, str]) -> str:
    """The whole page, in the order of `TESTS`."""
    return HEAD + "".join(f"\n## {sections[module]}" for module in TESTS if module in sections)


def sections_of(text: str) -> dict[str, str]:
    """What a page holds, by module."""
    return {part.split("\n", 1)[0]: part for part in text.split("\n## ")[1:]}


def section(result: Result, reasons: dict[str, str]) -> str:
    alive = len(result.survivors)
    lines = [result.module, "", f"{result.total} mutants, {result.total - alive} noticed, {alive} alive."]
    if alive:
        lines += ["", "| was | becomes | why nothing notices |", "|---|---|---|"]
    cells = ((f"`{m.was}`", f"`{m.becomes}`", reasons.get(m.key, "NOT EXPLAINED")) for m in result.survivors)
    rows = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells]
    return "\n".join([*lines, *rows]) + "\n"


def write_section(result: Result, reasons: dict[str, str]) -> None:
    """Put a module's result into the page."""
    known = sections_of(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    PAGE.write_text(page(known | {result.module: section(result, reasons)}), encoding="utf-8")


def main() -> int:
    """1 where too many mutants live or one has no reason."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("modules", nargs="*", choices=[*TESTS, []], default=list(TESTS), metavar="MODULE")
    parser.add_argument("--step", type=int, default=1, help="only every so many-th mutant; the page is left alone")
    asked = parser.parse_args()
    all_reasons = tomllib.loads(REASONS.read_text(encoding="utf-8"))
    return max([_try(module, asked.step, all_reasons.get(module, {})) for module in asked.modules])


def _try(module: str, step: int, reasons: dict[str, str]) -> int:
    result = run(module, step)
    if step == 1:
        write_section(result, reasons)
    unexplained = sum(m.key not in reasons for m in result.survivors)
    print(f"{module}: {unexplained} without a reason", flush=True)
    return int(unexplained > 0 or result.share > MOST_SURVIVORS)


if __name__ == "__main__":
    sys.exit(main())
