"""What docs/gate-protocol.md says, read back as tables."""

import re
from dataclasses import dataclass
from pathlib import Path

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "gate-protocol.md").read_text(encoding="utf-8")

LETTERS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q"}


@dataclass(frozen=True)
class PageMessage:
    id: int
    name: str
    fields: tuple[tuple[str, str], ...]
    """(name, letters of Python's struct)."""


@dataclass(frozen=True)
class PageFrame:
    name: str
    values: tuple[int, ...]
    frame: bytes


def rows(text: str) -> list[list[str]]:
    """Cells of all table rows, without headings."""
    return [[cell.strip() for cell in line.strip("|\n").split("|")] for line in text.splitlines() if line[:1] == "|"]


def section(title: str) -> str:
    return PAGE.split(f"## {title}\n")[1].split("\n## ")[0]


def messages() -> list[PageMessage]:
    found = [row for row in rows(PAGE) if re.fullmatch(r"0x[0-9a-f]{2}", row[0], re.IGNORECASE)]
    return [PageMessage(int(number, 16), name, _fields(text)) for number, name, text in found]


def _fields(text: str) -> tuple[tuple[str, str], ...]:
    found = re.findall(r"(u\d+) (\w+)(?:\[(\d+)\])?", re.sub(r"\([^)]*\)", "", text))
    return tuple((name, f"{count}{LETTERS[kind]}") for kind, name, count in found)


def schema() -> str:
    return section("Schema hash").split("```\n")[1]


def schema_hash() -> int:
    found = re.search(r"`0x([0-9a-f]{8})`", section("Schema hash"))
    assert found is not None
    return int(found[1], 16)


def frames() -> list[PageFrame]:
    body = rows(section("Worked frames"))[2:]
    return [PageFrame(name, tuple(map(int, values.split())), bytes.fromhex(frame)) for name, values, frame in body]
