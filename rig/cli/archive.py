"""`rig archive`: results of many sessions, kept and compared."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

import click

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rig.archive.batch import Run, Tally
    from rig.archive.compare import Deviation, Kind, Pair
    from rig.archive.rerun import Change
    from rig.archive.store import Store

COULD_NOT, BAD_INPUT = 1, 2
DEFAULT = "rig-archive.sqlite"

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group(name="archive")
@click.option(
    "--archive", "path", type=click.Path(path_type=Path), default=DEFAULT, envvar="RIG_ARCHIVE", show_default=True,
    show_envvar=True, help="The archive's file.",
)  # fmt: skip
@click.pass_context
def command(context: click.Context, path: Path) -> None:
    """Keep the results of many sessions, and compare them over visits, people and versions.

    The archive is one SQLite file beside the session folders; it can be made again from them at any time.

    Example: rig archive add sessions && rig archive list
    """
    context.obj = path


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


@command.command()
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--jobs", type=int, default=-1, show_default=True, help="Processes; -1 uses every core.")
@click.option("--cluster", metavar="tcp://HOST:PORT", help="Replay on a Dask cluster that sees the same folders.")
@as_json
@click.pass_obj
def add(path: Path, folders: tuple[Path, ...], jobs: int, cluster: str | None, as_json: bool) -> None:
    """Replay sessions and keep their results.

    FOLDER is a session or holds sessions. What the archive has already, by content and algorithms, is passed over:
    a run that was broken off goes on when it is started again. Exit 1 when sessions could not be replayed; they are
    kept with the reason and tried again next time.

    Example: rig archive add sessions --jobs 4
    """
    from rig.archive.work import find_sessions

    with opened(path, create=True) as store:
        found = find_sessions(folders)
        with runner(jobs, cluster) as run:
            tally = _added(store, found, run)
        failures = {store.where(failure): failure.reason for failure in store.failures()}
    _tell(tally, as_json)
    here = {str(folder.resolve()): folder for folder in found}
    for folder in sorted(failures.keys() & here.keys()):
        click.echo(f"{here[folder]}: {failures[folder]}", err=True)
    sys.exit(COULD_NOT if tally.failed else 0)


def runner(jobs: int, cluster: str | None) -> "AbstractContextManager[Run]":
    """Where sessions are replayed."""
    from rig.archive.batch import on_cluster, run_here, run_local

    try:
        if cluster is not None:
            import distributed  # noqa: F401  # asked for before the work begins, not in the middle of it

            return on_cluster(cluster)
        import joblib  # noqa: F401  # as above
    except ModuleNotFoundError as error:
        extra = "archive" if cluster is None else "archive,cluster"
        refuse(f"{error.name} is missing: pip install 'sppb-rig[{extra}]'", COULD_NOT)
    return nullcontext(run_here if jobs == 1 else run_local(jobs))


def _added(store: "Store", found: list[Path], run: "Run") -> "Tally":
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from rig.archive.batch import Tally, add_sessions

    tally = Tally()
    columns = BarColumn(), MofNCompleteColumn(), TextColumn("{task.description}"), TimeRemainingColumn()
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            task = progress.add_task("", total=len(found))
            for tally in add_sessions(store, found, run):
                progress.update(task, completed=tally.sessions, description=f"{tally.rate:.0f} x real time")
    except (OSError, TimeoutError) as error:
        refuse(f"the batch stopped ({error}); what was replayed is kept, add again to go on", COULD_NOT)
    return tally


def _tell(tally: "Tally", as_json: bool) -> None:
    if as_json:
        numbers = {"added": tally.added, "known": tally.known, "failed": tally.failed}
        print_json({**numbers, "replayed_s": round(tally.replayed_s, 3), "x_real_time": round(tally.rate, 1)})
        return
    click.echo(
        f"{tally.added} added, {tally.known} known already, {tally.failed} failed; "
        f"{tally.replayed_s / 3600:.2f} h of recordings at {tally.rate:.0f} x real time"
    )


@command.command(name="list")
@click.argument("participant", required=False)
@as_json
@click.pass_obj
def list_(path: Path, participant: str | None, as_json: bool) -> None:
    """List the sessions, and those that could not be replayed.

    Example: rig archive list
    """
    with opened(path) as store:
        entries, failures = store.entries(participant), store.failures()
    rows = [
        {
            "participant": entry.participant, "started_utc": entry.started_utc, "session": entry.session,
            "assessor": entry.assessor, "total": entry.total, "version": entry.version, "content": entry.content,
        }
        for entry in entries
    ]  # fmt: skip
    if as_json:
        print_json({"sessions": rows, "failures": [{"folder": f.folder, "reason": f.reason} for f in failures]})
        return
    show_table(rows, ("participant", "started_utc", "session", "assessor", "total"))
    for failure in failures:
        click.echo(f"not replayed: {failure.folder}: {failure.reason}", err=True)


def show_table(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> None:
    """A plain table on standard output."""
    from rich.console import Console
    from rich.table import Table

    table = Table(*columns, box=None)
    for row in rows:
        table.add_row(*("" if row[column] is None else str(row[column]) for column in columns))
    Console().print(table)


@command.command()
@click.argument("kind", type=click.Choice(["retest", "assessors", "stopwatch", "versions"]))
@click.option("--within", type=click.IntRange(min=0), default=14, show_default=True, help="Days between two visits.")
@click.option("--versions", nargs=2, metavar="FIRST SECOND", help="Algorithm versions; by default the last two.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write the table here.")
@click.option("--plot", type=click.Path(path_type=Path), help="Write Bland-Altman plots here (SVG).")
@as_json
@click.pass_obj
def agreement(
    path: Path, kind: "Kind", within: int, versions: tuple[str, str] | None, csv_file: Path | None, plot: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Say how well repeated measurements agree.

    retest: the first two visits of every participant. assessors: two assessors on the same participants. stopwatch:
    the stopwatch against the sensors in the same trial. versions: two versions of the algorithms on the same trials.
    By item, and by assessor where that can be told; who measures unlike the others is named. What the figures are
    stands in docs/agreement.md.

    Example: rig archive agreement stopwatch --csv agreement.csv --plot agreement.svg
    """
    from rig.archive.compare import ALL, compare, odd_ones
    from rig.archive.tables import comparison_row, draw, write_csv

    with opened(path) as store:
        pairs, deviations = _pairs(store, kind, within, versions)
    found, odd = compare(kind, pairs), odd_ones(deviations)
    if not found:
        refuse(
            f"{kind}: fewer than 3 pairs in the archive; add more sessions, or see --within and --versions", COULD_NOT
        )
    rows = [comparison_row(each) for each in found]
    if csv_file is not None:
        write_csv(csv_file, rows, rows[0])
    if plot is not None:
        draw([each for each in found if each.group == ALL], plot)
    if as_json:
        print_json({"comparisons": rows, "unlike_the_others": [{**asdict(each), "text": str(each)} for each in odd]})
        return
    show_table([_rounded(row) for row in rows], _SHOWN)
    for each in odd:
        click.echo(f"Unlike the others - {each} (p = {each.p_value:.2g}).")


_SHOWN = (
    "item", "group", "first", "second", "pairs", "bias", "limits", "icc_2_1", "icc_3_1", "sem", "mdc95",
    "kappa_quadratic",
)  # fmt: skip


def _rounded(row: dict[str, Any]) -> dict[str, Any]:
    """A line for people: three decimals, intervals in brackets."""

    def number(name: str) -> str:
        return "" if row[name] is None else f"{row[name]:.3f}"

    def interval(name: str) -> str:
        return f"{number(name)} ({number(name + '_low')}..{number(name + '_high')})"

    shown = {name: number(name) for name in ("sem", "mdc95", "kappa_quadratic")}
    shown |= {name: interval(name) for name in ("bias", "icc_2_1", "icc_3_1")}
    return {**row, **shown, "limits": f"{number('lower_limit')}..{number('upper_limit')}"}


def _pairs(
    store: "Store", kind: "Kind", within: int, versions: tuple[str, str] | None
) -> tuple[list["Pair"], list["Deviation"]]:
    """What is compared, and how far each assessor's measurements are from the others'."""
    from rig.archive import compare

    days = timedelta(days=within)
    if kind == "versions":
        first, second = versions or _last_two(store)
        rows = store.rows(version=first), store.rows(version=second)
        return list(compare.version_pairs(*rows, (first, second))), []
    rows_now = store.rows()
    if kind == "retest":
        return list(compare.retest_pairs(rows_now, days)), []
    if kind == "assessors":
        return list(compare.assessor_pairs(rows_now, days)), compare.deviations_of_visits(rows_now)
    pairs = list(compare.stopwatch_pairs(rows_now))
    return pairs, compare.deviations_of_stopwatch(pairs)


def _last_two(store: "Store") -> tuple[str, str]:
    from rig.archive.store import ArchiveError

    versions = store.versions()
    if len(versions) < 2:
        raise ArchiveError(f"{store.path}: results of one algorithm version only; add the sessions with another rig")
    return versions[-2], versions[-1]


@command.command()
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write CSV here; by default to the screen.")
@click.option("--parquet", type=click.Path(path_type=Path), help="Write Parquet here.")
@click.option("--participant", help="Only this participant.")
@click.pass_obj
def export(path: Path, csv_file: Path | None, parquet: Path | None, participant: str | None) -> None:
    """Write every number of the archive as one flat table.

    The CSV is also a reference for `rig archive rerun --against`.

    Example: rig archive export --csv results.csv
    """
    from rig.archive.tables import ROW_COLUMNS, measured_row, print_csv, write_csv, write_parquet

    with opened(path) as store:
        rows = [measured_row(row) for row in store.rows(participant=participant)]
    if parquet is not None:
        try:
            write_parquet(parquet, rows)
        except ModuleNotFoundError:
            refuse("pyarrow is missing: pip install 'sppb-rig[archive]'", COULD_NOT)
    if csv_file is not None:
        write_csv(csv_file, rows, ROW_COLUMNS)
    elif parquet is None:
        print_csv(rows, ROW_COLUMNS)


@command.command()
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
def rerun(
    folders: tuple[Path, ...], against: Path, tolerance: float, jobs: int, cluster: str | None, as_json: bool
) -> None:
    """Replay sessions with today's algorithms and compare with manual or earlier results.

    REFERENCE.csv needs the columns session, item, trial, name, value; `rig archive export --csv` writes them. Times
    may move by the tolerance, other figures by one unit of the fifth digit, points not at all. Nothing is kept. Exit
    1 when anything moved, or a session is missing on either side.

    Example: rig archive rerun sessions --against reference.csv
    """
    from rig.archive.rerun import compare_with, read_reference
    from rig.archive.work import find_sessions

    try:
        reference, found = read_reference(against), find_sessions(folders)
    except ValueError as error:
        refuse(str(error))
    with runner(jobs, cluster) as run:
        changes = compare_with(reference, run(map(str, found)), tolerance)
    if as_json:
        print_json([{**asdict(change), "clean": change.clean} for change in changes])
    for change in () if as_json else changes:
        _tell_change(change)
    sys.exit(0 if all(change.clean for change in changes) else COULD_NOT)


def _tell_change(change: "Change") -> None:
    """One line a session, one a number that moved."""
    name = change.session or change.folder
    if change.failure is not None:
        click.echo(f"{name}: {change.failure}")
        return
    click.echo(f"{name}: {change.compared} compared, {len(change.moved)} moved")
    for moved in change.moved:
        place = " ".join(part for part in (moved.trial or moved.item, moved.name) if part)
        click.echo(f"  {place}: {moved.expected} -> {moved.found} {moved.unit} ({moved.why})")


@command.command()
@click.argument("participant")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--receipt", type=click.Path(path_type=Path), help="Write the receipt here; by default to the screen.")
@click.pass_obj
def delete(path: Path, participant: str, yes: bool, receipt: Path | None) -> None:
    """Delete a participant: session folders, reports beside them, all rows; with a receipt.

    The receipt says when and what, by hashes, and holds no personal data. Backups made before still hold the
    participant: delete them too, and back up again.

    Example: rig archive delete p00012 --receipt receipt.json
    """
    from rig.archive.care import delete_participant, receipt_json

    with opened(path) as store:
        folders = sorted({str(entry.folder) for entry in store.entries(participant, superseded=True)})
        if folders and not yes:
            click.confirm("\n".join([*folders, "Delete these for good?"]), abort=True, err=True)
        found = delete_participant(store, participant)
    if receipt is None:
        click.echo(receipt_json(found), nl=False)
    else:
        receipt.write_bytes(receipt_json(found))
    click.echo("Backups made before still hold this participant.", err=True)


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.pass_obj
def backup(path: Path, file: Path) -> None:
    """Write the archive and all its session folders into one file (tar), and read it back.

    Example: rig archive backup /media/disk/rig-2026-11-22.tar
    """
    from rig.archive.care import back_up

    with opened(path) as store:
        sessions = back_up(store, file)
    click.echo(f"{file}: {sessions} sessions, read back and compared")


@command.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
def restore(file: Path, folder: Path) -> None:
    """Bring a backup back into a new folder.

    Example: rig archive restore /media/disk/rig-2026-11-22.tar restored
    """
    from rig.archive import care
    from rig.archive.store import ArchiveError

    try:
        sessions = care.restore(file, folder)
    except ArchiveError as error:
        refuse(str(error))
    click.echo(f"{folder / care.ARCHIVE}: {sessions} sessions, compared with the backup")


@command.command()
@click.argument("participant")
@as_json
@click.pass_obj
def trend(path: Path, participant: str, as_json: bool) -> None:
    """Follow a participant over visits: SPPB, speed and times, gait stability, reaction.

    A change is judged by the smallest change that published repeat measurements can tell from noise (MDC95), and by
    the change that people notice (MCID).

    Example: rig archive trend p00012
    """
    from rig.archive.figures import visits_of
    from rig.archive.trend import trends

    with opened(path) as store:
        found = trends(visits_of(store.rows(participant=participant)))
    if not found:
        refuse(f"{path}: no participant {participant!r}; `rig archive list` shows who there is")
    if as_json:
        print_json([asdict(each) for each in found])
        return
    for each in found:
        click.echo(f"{each.figure} ({each.unit})")
        for step in each.steps:
            change = "" if step.change is None else f"  {step.change:+.4g}  {step.verdict}"
            noticed = "; people notice as much" if step.matters else ""
            click.echo(f"  {step.started_utc[:10]}  {step.value:.4g}{change}{noticed}")
