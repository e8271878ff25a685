"""`rig demo`: a whole assessment in the virtual lab, recorded, replayed, scored and shown."""

from pathlib import Path

import click

PEOPLE = ("robust", "pre_frail", "frail_walker", "cannot_rise", "tandem_step_out")


@click.command(name="demo")
@click.option("--person", type=click.Choice(PEOPLE), default="pre_frail", show_default=True, help="Who is assessed.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another seed is another day.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("demo"), show_default=True, help="Where to write.")
@click.option("--language", type=click.Choice(["zh_Hant_TW", "en"]), default="zh_Hant_TW", show_default=True)
def command(person: str, seed: int, out: Path, language: str) -> None:
    """Run a whole assessment on a virtual participant and show the result.

    The participant's sensors and gates send bytes as real ones would; they are recorded as a session, and the
    session is replayed into the result: the same way a real assessment goes.

    Example: rig demo --person frail_walker
    """
    from rich.console import Console

    from rig.cli.virtual import record_virtual
    from rig.model.document import to_json
    from rig.replay import replay
    from rig.report.console import show
    from rig.report.page import page

    console = Console()
    folder = out / f"{person}-{seed}"
    if not folder.exists():
        record_virtual(person, seed, folder)
    analysis = replay(folder)
    show(analysis.document, console, timeline=True)
    result, html = out / f"{person}-{seed}.json", out / f"{person}-{seed}.html"
    result.write_bytes(to_json(analysis.document))
    html.write_text(page(analysis, language), encoding="utf-8")
    console.print("\nWritten:")
    for name, path in (("session", folder), ("result", result), ("page", html)):
        console.print(f"  {name:8} {path}", highlight=False, soft_wrap=True)
