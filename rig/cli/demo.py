"""`rig demo`: a whole assessment in the virtual lab, recorded, replayed, scored and shown."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rig.report.visit import Visit

PEOPLE = ("robust", "pre_frail", "frail_walker", "cannot_rise", "tandem_step_out")


@click.command(name="demo")
@click.option("--person", type=click.Choice(PEOPLE), default="pre_frail", show_default=True, help="Who is assessed.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed is another day.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Where to write.")
@click.option("--language", type=click.Choice(["zh_Hant_TW", "en"]), default="zh_Hant_TW", show_default=True)
@click.option(
    "--ble", is_flag=True, help="Receive the wearable through bleak, from a virtual Bluetooth; takes a minute."
)
def command(person: str, seed: int, out: Path, language: str, ble: bool) -> None:
    """Run a whole assessment on a virtual participant and show the result.

    The participant's sensors and gates send bytes as real ones would; they are recorded as a session, and the
    session is replayed into the result: the same way a real assessment goes.

    Example: rig demo --person frail_walker
    """
    from rich.console import Console

    from rig.model.document import to_json
    from rig.report.console import show
    from rig.report.visit import read_visit

    console = Console()
    name = f"{person}-{seed}-ble" if ble else f"{person}-{seed}"
    folder = out / name
    if not folder.exists():
        _record(person, seed, folder, ble)
    visit = read_visit(folder)
    show(visit.document, console, timeline=True)
    result = out / f"{name}.json"
    result.write_bytes(to_json(visit.document))
    console.print("\nWritten:")
    for what, path in (("session", folder), ("result", result), *_reports(visit, language, out / name)):
        console.print(f"  {what:8} {path}", highlight=False, soft_wrap=True)


def _reports(visit: "Visit", language: str, base: Path) -> list[tuple[str, Path]]:
    """Write the report as a page and as a PDF."""
    from rig.report.compose import compose
    from rig.report.page import html
    from rig.report.pdf import pdf

    report = compose(visit, language)
    page = base.with_name(f"{base.name}.html")
    page.write_text(html(report), encoding="utf-8")
    sheet = base.with_name(f"{base.name}.pdf")
    sheet.write_bytes(pdf(report))
    return [("page", page), ("report", sheet)]


def _record(person: str, seed: int, folder: Path, ble: bool) -> None:
    """Record the session at once, or live over Bluetooth."""
    if not ble:
        from rig.cli.virtual import record_virtual

        record_virtual(person, seed, folder)
        return
    from rig.cli.virtual_ble import record_over_bluetooth
    from rig.devices.base import DeviceError

    with tempfile.TemporaryDirectory(dir=_made(folder.parent), prefix="live-") as unfinished:
        try:
            record_over_bluetooth(person, seed, Path(unfinished) / folder.name)
        except (DeviceError, RuntimeError) as error:
            raise click.ClickException(str(error)) from None
        (Path(unfinished) / folder.name).rename(folder)


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
