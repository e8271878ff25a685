"""`rig run`: a live assessment from the operator's page."""

from datetime import datetime
from pathlib import Path

import click

from rig.cli.demo import PEOPLE

COULD_NOT, BAD_INPUT = 1, 2
LOOPBACK = ("127.0.0.1", "localhost", "::1")
CERTIFICATES = Path("certificates")
EPILOG = """\b
Examples:
  rig run --setup rig.toml
  rig run --virtual frail_walker
  rig run --resume sessions/2026-03-04-0930
  rig run --virtual frail_walker --resume sessions/2026-03-04-0930
  RIG_PASSWORD=... rig run --host 192.168.1.20
"""


@click.command("run", epilog=EPILOG)
@click.option("--setup", type=click.Path(path_type=Path, dir_okay=False), help="The lab: course, gates, sensors.")
@click.option("--virtual", type=click.Choice(PEOPLE), help="A virtual participant in a virtual lab.")
@click.option(
    "--resume",
    type=click.Path(path_type=Path, file_okay=False),
    help="Go on with a session, or look over a finished one.",
)
@click.option(
    "--out", type=click.Path(path_type=Path), default=Path("sessions"), show_default=True, help="Where sessions go."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="For a tablet: this machine's own address.")
@click.option("--port", default=0, show_default="any free one", help="Of the page.")
@click.option("--no-browser", is_flag=True, help="Only print the page's address.")
def command(
    setup: Path | None, virtual: str | None, resume: Path | None, out: Path, host: str, port: int, no_browser: bool
) -> None:
    """Run an assessment from a page in the browser.

    The page is on this machine only, and its address lets in once. With --host it can be opened on a tablet: then a
    password is asked for (or taken from RIG_PASSWORD), and the connection is encrypted with a certificate of its own.

    Example: rig run --setup rig.toml
    """
    from rig.web.launch import Told, launch

    if sum(choice is not None for choice in (setup, virtual or resume)) != 1:
        raise click.UsageError(
            "give one of --setup for a new session, --resume to go on with one, --virtual to try it "
            "(with --resume: to go on with one that was tried)"
        )
    password = None if host in LOOPBACK else _password()
    told = Told(setup, virtual, resume, out / f"{datetime.now().astimezone():%Y-%m-%d-%H%M%S}", host, port, password)
    try:
        launch(told, CERTIFICATES, say=click.echo, open_browser=not no_browser)
    except (OSError, ValueError) as error:
        click.echo(f"rig run: {error}", err=True)
        raise click.exceptions.Exit(BAD_INPUT if isinstance(error, ValueError) else COULD_NOT) from None


def _password() -> str:
    import os

    found = os.environ.get("RIG_PASSWORD") or click.prompt("Password for the page", hide_input=True)
    if len(found) < 10:
        raise click.UsageError("the password for a page on the network needs 10 characters or more")
    return str(found)
