"""The page of deliberate faults, docs/faults.md: a section for each command that tries some."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "faults.md"
OF_FIRMWARE, OF_CODEC = "Firmware", "Codec and clock"
HEAD = """# Deliberate faults

Written by `make faults`: each fault is put in by itself, and the tests are run until the first of them is red. Those of
the firmware are compiled (one that does not compile would be red for nothing) and run in the simulator.
"""


@dataclass(frozen=True, slots=True)
class Tried:
    """A fault, the file that it was put into, and the first red test; empty where all passed."""

    name: str
    file: str
    red: str

    @property
    def line(self) -> str:
        return f"{'red  ' if self.red else 'GREEN'} {self.file:20} {self.name:50} {self.red}"


def write_section(title: str, tried: Iterable[Tried]) -> None:
    """Put one command's table into the page, which keeps the other's."""
    sections = _sections() | {title: _section(title, list(tried))}
    PAGE.write_text(
        HEAD + "".join(f"\n## {sections[t]}" for t in (OF_FIRMWARE, OF_CODEC) if t in sections), encoding="utf-8"
    )


def _sections() -> dict[str, str]:
    if not PAGE.exists():
        return {}
    return {part.split("\n", 1)[0]: part for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:]}


def _section(title: str, tried: list[Tried]) -> str:
    found = sum(bool(fault.red) for fault in tried)
    head = [title, "", f"{found} of {len(tried)} are found.", "", "| fault | in | first red test |", "|---|---|---|"]
    rows = [f"| {fault.name} | `{fault.file}` | {_cell(fault.red)} |" for fault in tried]
    return "\n".join([*head, *rows]) + "\n"


def _cell(red: str) -> str:
    return f"`{red}`" if red else "**none**"
