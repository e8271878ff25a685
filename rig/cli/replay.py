"""`rig replay`: recorded sessions to scored results."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track


@click.command(name="replay")
@click.argument("sessions", metavar="SESSION...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print the result document; with several sessions one a line.")
@click.option("--timeline", is_flag=True, help="List every event.")
def command(sessions: tuple[Path, ...], as_json: bool, timeline: bool) -> None:
    """Turn recorded sessions (folders) into scored results.

    A session that was cut or damaged is replayed as far as it goes; what is missing is said. Exit 2 when a
    session could not be read at all; the others are done.

    Example: rig replay fixtures/robust/session --json
    """
    from rig.model.document import to_json, to_line
    from rig.recording import RecordingError
    from rig.replay import replay
    from rig.report.console import show

    failed = False
    several = len(sessions) > 1
    errors = Console(stderr=True)
    for folder in track(sessions, "replaying", console=errors, disable=not several, transient=True):
        try:
            document = replay(folder).document
        except (RecordingError, ValueError) as error:
            failed = True
            click.echo(f"{folder}: {error}", err=True)
            continue
        if as_json:
            click.echo(to_line(str(folder), document) if several else to_json(document), nl=False)
        else:
            show(document, Console(), timeline=timeline)
        for fault in document.damage if as_json else ():
            click.echo(f"{folder}: {fault.message}", err=True)
    sys.exit(2 if failed else 0)
