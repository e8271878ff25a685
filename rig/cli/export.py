"""`rig export`: sessions for other systems."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rig.cli.devices_shared import language

if TYPE_CHECKING:
    from rig.pipeline.session import Analysis
    from rig.report.words import Words

    Read = list[tuple[Path, Analysis]]

COULD_NOT, BAD_INPUT = 1, 2
FORMATS = ("fhir", "redcap", "bids", "table", "mcap")


@click.command(name="export")
@click.argument("format_", metavar="|".join(FORMATS), type=click.Choice(FORMATS))
@click.argument("sessions", metavar="SESSION...", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write into.")
@language
def command(format_: str, sessions: tuple[Path, ...], out: Path, language: str) -> None:
    r"""Write sessions in the form of other systems.

    \b
    fhir    a FHIR R4 bundle a session
    redcap  one table of all sessions and its data dictionary (CSV)
    bids    a Motion-BIDS data set
    table   every number as a flat table (CSV, and Parquet where pyarrow is installed)
    mcap    the samples of the trials as sensor_msgs/Imu, for viewers

    A session that cannot be read is named, the others are written, and the exit status is 2.

    Example: rig export fhir fixtures/robust/session --out exported
    """
    from rig.report.words import words

    voice = words(language)
    read, failed = _read(sessions)
    try:
        out.mkdir(parents=True, exist_ok=True)
        if read:
            _WRITERS[format_](read, out, voice)
    except OSError as error:
        click.echo(f"{out}: cannot be written: {error.strerror}", err=True)
        sys.exit(COULD_NOT)
    except ValueError as error:
        click.echo(str(error), err=True)
        sys.exit(BAD_INPUT)
    click.echo(voice.say("export.written", folder=out, sessions=len(read)))
    sys.exit(BAD_INPUT if failed else 0)


def _read(sessions: tuple[Path, ...]) -> tuple["Read", bool]:
    """Every session that can be read; whether there was one that cannot."""
    from rig.recording import RecordingError
    from rig.replay import replay

    read, failed = [], False
    for folder in sessions:
        try:
            read.append((folder, replay(folder)))
        except (RecordingError, ValueError) as error:
            failed = True
            click.echo(f"{folder}: {error}", err=True)
    return read, failed


def _fhir(read: "Read", out: Path, words: "Words") -> None:
    from rig.export.fhir import bundle
    from rig.recording import content_hash

    for folder, analysis in read:
        text = json.dumps(bundle(analysis.document, content_hash(folder), words), indent=2, ensure_ascii=False)
        (out / f"{analysis.document.session}.fhir.json").write_text(text + "\n", encoding="utf-8")


def _redcap(read: "Read", out: Path, words: "Words") -> None:
    from rig.archive.tables import write_csv
    from rig.export.redcap import COLUMNS, HEADER, dictionary, records

    write_csv(out / "redcap.csv", records(analysis.document for _, analysis in read), COLUMNS)
    write_csv(out / "redcap-dictionary.csv", dictionary(words), HEADER)


def _bids(read: "Read", out: Path, _: "Words") -> None:
    from rig.export.bids import write_data_set

    write_data_set([analysis for _, analysis in read], out)


def _table(read: "Read", out: Path, _: "Words") -> None:
    from rig.archive.store import Measured
    from rig.archive.tables import ROW_COLUMNS, measured_row, write_csv, write_parquet
    from rig.archive.work import Result, replay_one

    results = [result for folder, _ in read if isinstance(result := replay_one(str(folder)), Result)]
    rows = [
        measured_row(Measured(r.session, r.content, r.version, r.started_utc, r.participant, r.assessor, *row))
        for r in results
        for row in r.rows
    ]
    write_csv(out / "results.csv", rows, ROW_COLUMNS)
    try:
        write_parquet(out / "results.parquet", rows)
    except ModuleNotFoundError:
        click.echo("pyarrow is missing, no Parquet: pip install 'sppb-rig[archive]'", err=True)


def _mcap(read: "Read", out: Path, _: "Words") -> None:
    from rig.export.samples import write_samples

    for _folder, analysis in read:
        write_samples(analysis, out / f"{analysis.document.session}.imu.mcap")


_WRITERS = {"fhir": _fhir, "redcap": _redcap, "bids": _bids, "table": _table, "mcap": _mcap}
