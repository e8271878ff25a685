"""`rig devices identify`: block a beam by hand, and read which one it is."""

from pathlib import Path

import click

from rig.cli import devices_shared as shared

EPILOG = """\b
Examples:
  rig devices identify
  rig devices identify --port /dev/ttyACM0 --seconds 30 --json
"""


@click.command("identify", epilog=EPILOG)
@shared.port
@shared.setup_file
@click.option(
    "--seconds", type=click.FloatRange(min=0.1), default=3600.0, help="How long to watch; an hour by default."
)
@shared.as_json
@shared.language
def command(port: str | None, setup_file: Path | None, seconds: float, as_json: bool, language: str) -> None:
    """Name the beam that is blocked or freed by hand, until Ctrl-C."""
    from firmware_protocol.gate_timer import Edge, beam_index
    from rig.devices.gate_line import GateLine
    from rig.model.clock import SystemClock

    say = shared.words(language)
    declared = shared.lab(port, setup_file)
    with shared.said_plainly(), GateLine(declared.port, SystemClock()) as line:
        click.echo(say("gates.block_by_hand"), err=True)
        for event in line.events(seconds):
            if not isinstance(event, Edge):
                continue
            height = line.info.height_mm[beam_index(event.gate, event.beam)]
            if as_json:
                facts = {"gate": event.gate, "beam": event.beam, "height_mm": height, "blocked": bool(event.level)}
                shared.print_json(facts)
            else:
                text = say("gates.now_blocked" if event.level else "gates.now_clear")
                click.echo(text.format(beam=shared.beam_name(say, event.gate, event.beam, height)))
