"""`rig report`: what people take away from a session, as PDF and page."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rig.report.content import Report
    from rig.report.visit import Visit

FORMATS = {"pdf": ("pdf",), "html": ("html",), "both": ("pdf", "html")}


@click.command(name="report")
@click.argument("session", type=click.Path(path_type=Path))
@click.option("--language", type=click.Choice(["zh_Hant_TW", "en"]), default="zh_Hant_TW", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path(), show_default=True, help="Folder to write to.")
@click.option(
    "--previous",
    multiple=True,
    type=click.Path(path_type=Path),
    help="An earlier session of the same person, as a folder or as the JSON of rig replay; may be given again.",
)
@click.option("--format", "kind", type=click.Choice(list(FORMATS)), default="both", show_default=True)
@click.option("--zone", default="+08:00", show_default=True, help="Time zone of the dates (+08:00, Asia/Taipei).")
def command(session: Path, language: str, out: Path, previous: tuple[Path, ...], kind: str, zone: str) -> None:
    """Make the report of a recorded session: one or two A4 pages and one self-contained web page.

    The same recording gives the same bytes. Exit 2 when a session cannot be read, 1 when the report cannot be made.

    Example: rig report fixtures/frail_walker/session --language en --out reports
    """
    from rig.report.compose import compose
    from rig.report.glyphs import with_known_glyphs
    from rig.report.visit import parse_zone, read_previous, read_visit

    visit = _read(read_visit, session)
    earlier = [_read(read_previous, path) for path in previous]
    try:
        report, missing = with_known_glyphs(compose(visit, language, parse_zone(zone), earlier))
    except ValueError as error:
        click.echo(f"{session}: {error}", err=True)
        sys.exit(2)
    for warning in missing:
        click.echo(warning, err=True)
    for name in FORMATS[kind]:
        path = out / f"{report.session}-{report.language}.{name}"
        _write(path, report, name)
        click.echo(path)


def _read(read: "Callable[[Path], Visit]", path: Path) -> "Visit":
    """Read a visit, or say why it cannot be read."""
    from rig.recording import RecordingError

    try:
        return read(path)
    except (RecordingError, ValueError) as error:
        click.echo(f"{path}: {error}", err=True)
        sys.exit(2)


def _write(path: Path, report: "Report", kind: str) -> None:
    """Write one form of the report; a folder that is not there is made."""
    from rig.report.page import html
    from rig.report.pdf import ReportError, pdf

    try:
        content = html(report).encode() if kind == "html" else pdf(report)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except (ReportError, OSError) as error:
        click.echo(f"{path}: {error}", err=True)
        sys.exit(1)
