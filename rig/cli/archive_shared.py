"""What the verbs of `rig archive` share: their options, the open archive, and how they print and refuse."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rig.archive.store import Store

COULD_NOT, BAD_INPUT = 1, 2
TABLE_WIDTH = 240
"""Columns of a table that goes to a file or another program."""

Command = TypeVar("Command", bound=Callable[..., Any])


def as_json(function: Command) -> Command:
    """The option `--json`, the same everywhere."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(function)


@contextmanager
def opened(path: Path, *, create: bool = False) -> Iterator["Store"]:
    """The archive; what it refuses ends the command with one line."""
    from rig.archive.store import ArchiveError, Store

    try:
        with Store(path, create=create) as store:
            yield store
    except (ArchiveError, ValueError) as error:
        refuse(str(error))


def refuse(message: str, status: int = BAD_INPUT) -> NoReturn:
    """End the command with a line on standard error."""
    click.echo(message, err=True)
    sys.exit(status)


def print_json(value: object) -> None:
    """Indented UTF-8 JSON."""
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


def show_table(columns: "Iterable[str]", rows: "Iterable[Sequence[object]]") -> None:
    """A plain table on standard output; only a terminal breaks its lines."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, box=None)
    for row in rows:
        table.add_row(*("" if cell is None else str(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else TABLE_WIDTH).print(table)
