"""`rig archive list`, `trend`, `agreement` and `export`: what is in the archive, and what it tells."""

from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rig.cli.archive_shared import COULD_NOT, as_json, opened, print_json, refuse, show_table
from rig.cli.devices_shared import language

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rig.archive.compare import Comparison, Deviation, Kind, Odd, Pair
    from rig.archive.store import Store
    from rig.report.words import Words


@click.command(name="list")
@click.argument("participant", required=False)
@as_json
@language
@click.pass_obj
def list_(path: Path, participant: str | None, as_json: bool, language: str) -> None:
    """List the sessions, and those that could not be replayed.

    Example: rig archive list
    """
    from rig.archive.wording import list_columns
    from rig.report.words import words

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
    shown = ("participant", "started_utc", "session", "assessor", "total")
    show_table(list_columns(words(language)), [[row[name] for name in shown] for row in rows])
    for failure in failures:
        click.echo(f"not replayed: {failure.folder}: {failure.reason}", err=True)


@click.command()
@click.argument("participant")
@as_json
@language
@click.pass_obj
def trend(path: Path, participant: str, as_json: bool, language: str) -> None:
    """Follow a participant over visits: SPPB, speed and times, gait stability, reaction.

    A change is judged by the smallest change that published repeat measurements can tell from noise (MDC95), and by
    the change that people notice (MCID).

    Example: rig archive trend p00012
    """
    from rig.archive.figures import visits_of
    from rig.archive.trend import trends
    from rig.archive.wording import trend_lines
    from rig.report.words import words

    with opened(path) as store:
        found = trends(visits_of(store.rows(participant=participant)))
    if not found:
        refuse(f"{path}: no participant {participant!r}; `rig archive list` shows who there is")
    if as_json:
        print_json([asdict(each) for each in found])
        return
    click.echo("\n".join(trend_lines(found, words(language))))


@click.command()
@click.argument("kind", type=click.Choice(["retest", "assessors", "stopwatch", "versions"]))
@click.option("--within", type=click.IntRange(min=0), default=14, show_default=True, help="Days between two visits.")
@click.option("--versions", nargs=2, metavar="FIRST SECOND", help="Algorithm versions; by default the last two.")
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), help="Write the table here.")
@click.option("--plot", type=click.Path(path_type=Path), help="Write Bland-Altman plots here (SVG).")
@as_json
@language
@click.pass_obj
def agreement(
    path: Path, kind: "Kind", within: int, versions: tuple[str, str] | None, csv_file: Path | None, plot: Path | None,
    as_json: bool, language: str,
) -> None:  # fmt: skip
    """Say how well repeated measurements agree.

    retest: the first two visits of every participant. assessors: two assessors on the same participants. stopwatch:
    the stopwatch against the sensors in the same trial. versions: two versions of the algorithms on the same trials.
    By item, and by assessor where that can be told; who measures unlike the others is named. What the figures are
    stands in docs/agreement.md.

    Example: rig archive agreement stopwatch --csv agreement.csv --plot agreement.svg
    """
    from rig.archive.compare import ALL, compare, odd_ones
    from rig.archive.plots import draw
    from rig.archive.tables import comparison_row, write_csv
    from rig.report.words import words

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
        draw([each for each in found if each.group == ALL], plot, words(language))
    if as_json:
        print_json({"comparisons": rows, "unlike_the_others": [asdict(each) for each in odd]})
    else:
        _show_agreement(found, odd, words(language))


def _show_agreement(found: "Sequence[Comparison]", odd: "Sequence[Odd]", voice: "Words") -> None:
    """A table for every two that are compared, then who measures unlike the others."""
    from rig.archive.wording import agreement_columns, agreement_row, difference, odd_line

    click.echo(voice.t(f"archive.kind.{found[0].kind}"))
    for told in dict.fromkeys(difference(each, voice) for each in found):
        click.echo(f"\n{told}")
        show_table(
            agreement_columns(voice), [agreement_row(each, voice) for each in found if difference(each, voice) == told]
        )
    for each in odd:
        click.echo(odd_line(each, voice))


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


@click.command()
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
        write_parquet(parquet, rows)
    if csv_file is not None:
        write_csv(csv_file, rows, ROW_COLUMNS)
    elif parquet is None:
        print_csv(rows, ROW_COLUMNS)
