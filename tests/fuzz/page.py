"""The page of full runs, docs/fuzz.md: a section for each target, so that they can be run one by one."""

from pathlib import Path

from tests.fuzz.target import Report

PAGE = Path(__file__).resolve().parents[2] / "docs" / "fuzz.md"
HEAD = """# Fuzzing

Written by `python -m tests.fuzz [NAME ...]`; a run with `--scale` leaves it alone.

The gate timer's decoder is fed bytes of a serial line. Those of the wearables are fed notifications of the virtual
sensors, each with one or two faults: bits flipped, bytes replaced, dropped, inserted, swapped or repeated, two
notifications joined. One in ten is left whole, one in twenty comes out of turn; now and then a link is lost, a loss is
known, or a new connection begins whose settings are spoilt. After every 2,000 it is asked that nothing was raised, that
device times increase within an epoch, that exactly those samples which are no number are marked so, and that integers
gave numbers; after every 8,000, that the window which results are made of holds nothing but numbers, at times that
increase.

Speeds are the decoder's alone, on one core that had other work too.
"""


def write_section(name: str, report: Report, seed: int) -> None:
    """Put a target's report into the page, which keeps those of the others."""
    known = _sections(PAGE.read_text(encoding="utf-8")) if PAGE.exists() else {}
    sections = known | {name: _section(name, report, seed)}
    PAGE.write_text(HEAD + "".join(f"\n## {sections[each]}" for each in sorted(sections)), encoding="utf-8")


def _sections(text: str) -> dict[str, str]:
    return {part.split("\n", 1)[0]: part for part in text.split("\n## ")[1:]}


def _section(name: str, report: Report, seed: int) -> str:
    figures = [
        f"{label} {figure:,}" if isinstance(figure, int) else f"{label} {figure}"
        for label, figure in report.figures.items()
    ]
    problems = "; ".join(report.problems) or "none"
    return f"{name}\n\n{report.fed:,} bytes, seed {seed}: {', '.join(figures)}.\n\nProblems: {problems}.\n"
