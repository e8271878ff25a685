"""`rig archive add` and `rerun`: sessions replayed, to be kept or to be compared."""

import sys
from contextlib import nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rig.cli.archive_shared import COULD_NOT, as_json, opened, print_json, refuse
from rig.cli.devices_shared import language

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rig.archive.batch import Run, Tally
    from rig.archive.store import Store
    from rig.report.words import Words


@click.command()
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--jobs", type=int, default=-1, show_default=True, help="Processes; -1 uses every core.")
@click.option("--cluster", metavar="tcp://HOST:PORT", help="Replay on a Dask cluster that sees the same folders.")
@as_json
@language
@click.pass_obj
def add(path: Path, folders: tuple[Path, ...], jobs: int, cluster: str | None, as_json: bool, language: str) -> None:
    """Replay sessions and keep their results.

    FOLDER is a session or holds sessions. What the archive has already, by content and algorithms, is passed over:
    a run that was broken off goes on when it is started again. Exit 1 when sessions could not be replayed; they are
    kept with the reason and tried again next time.

    Example: rig archive add sessions --jobs 4
    """
    from rig.archive.work import find_sessions
    from rig.report.words import words

    voice = words(language)
    with opened(path, create=True) as store:
        found = find_sessions(folders)
        with runner(jobs, cluster) as run:
            tally = _added(store, found, run, voice)
        failures = {store.where(failure): failure.reason for failure in store.failures()}
    _tell(tally, as_json, voice)
    here = {str(folder.resolve()): folder for folder in found}
    for folder in sorted(failures.keys() & here.keys()):
        click.echo(f"{here[folder]}: {failures[folder]}", err=True)
    sys.exit(COULD_NOT if tally.failed else 0)


def runner(jobs: int, cluster: str | None) -> "AbstractContextManager[Run]":
    """Where sessions are replayed."""
    from rig.archive.batch import on_cluster, run_here, run_local

    if cluster is not None:
        return on_cluster(cluster)
    return nullcontext(run_here if jobs == 1 else run_local(jobs))


def _added(store: "Store", found: list[Path], run: "Run", voice: "Words") -> "Tally":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from rig.archive.batch import Tally, add_sessions

    tally = Tally()
    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn()
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("", total=len(found))
            for tally in add_sessions(store, found, run):
                speed = voice.say("archive.rate", rate=f"{tally.rate:.0f}")
                progress.update(task, completed=tally.sessions, description=speed)
    except (OSError, TimeoutError) as error:
        refuse(f"the batch stopped ({error}); what was replayed is kept, add again to go on", COULD_NOT)
    return tally


def _tell(tally: "Tally", as_json: bool, voice: "Words") -> None:
    from rig.archive.wording import tally_line

    if as_json:
        numbers = {"added": tally.added, "known": tally.known, "failed": tally.failed}
        print_json({**numbers, "replayed_s": round(tally.replayed_s, 3), "x_real_time": round(tally.rate, 1)})
    else:
        click.echo(tally_line(tally, voice))


@click.command()
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--against", metavar="REFERENCE.csv", required=True, type=click.Path(path_type=Path), help="Expected numbers."
)
@click.option(
    "--tolerance", type=click.FloatRange(min=0), default=0.0002, show_default=True, metavar="SECONDS",
    help="What a time may move.",
)  # fmt: skip
@click.option("--jobs", type=int, default=1, show_default=True, help="Processes; -1 uses every core.")
@click.option("--cluster", metavar="tcp://HOST:PORT", help="Replay on a Dask cluster that sees the same folders.")
@as_json
@language
def rerun(
    folders: tuple[Path, ...], against: Path, tolerance: float, jobs: int, cluster: str | None, as_json: bool,
    language: str,
) -> None:  # fmt: skip
    """Replay sessions with today's algorithms and compare with manual or earlier results.

    REFERENCE.csv needs the columns session, item, trial, name, value; `rig archive export --csv` writes them. Times
    may move by the tolerance, other figures by one unit of the fifth digit, points not at all. Nothing is kept. Exit
    1 when anything moved, or a session is missing on either side.

    Example: rig archive rerun sessions --against reference.csv
    """
    from rig.archive.rerun import compare_with, read_reference
    from rig.archive.wording import change_lines
    from rig.archive.work import find_sessions
    from rig.report.words import words

    try:
        reference, found = read_reference(against), find_sessions(folders)
    except ValueError as error:
        refuse(str(error))
    with runner(jobs, cluster) as run:
        changes = compare_with(reference, run(map(str, found)), tolerance)
    if as_json:
        print_json([{**asdict(change), "clean": change.clean} for change in changes])
    voice = words(language)
    for change in () if as_json else changes:
        click.echo("\n".join(change_lines(change, voice)))
    sys.exit(0 if all(change.clean for change in changes) else COULD_NOT)
