"""`rig devices identify`: block a beam by hand, or shake a wearable, and read which one it is."""

from pathlib import Path

import click

from rig.cli import devices_shared as shared

ROLES = ("lower_back", "chest", "thigh", "foot_left", "foot_right", "wrist")

EPILOG = """\b
Examples:
  rig devices identify
  rig devices identify --port /dev/ttyACM0 --seconds 30 --json
  rig devices identify --shake --role lower_back
"""


@click.command("identify", epilog=EPILOG)
@shared.port
@shared.setup_file
@click.option(
    "--seconds", type=click.FloatRange(min=0.1), default=3600.0, help="How long to watch; an hour by default."
)
@click.option("--shake", is_flag=True, help="Shake a wearable instead, and read which one it is.")
@click.option("--role", type=click.Choice(ROLES), help="With --shake: where it is worn, for the lines of rig.toml.")
@shared.as_json
@shared.language
def command(
    port: str | None,
    setup_file: Path | None,
    seconds: float,
    shake: bool,
    role: str | None,
    as_json: bool,
    language: str,
) -> None:
    """Name the beam that is blocked or freed by hand, until Ctrl-C; or, with --shake, the wearable that is shaken."""
    if shake:
        from rig.cli.devices_ble import identify

        identify(seconds, role, as_json, language)
    else:
        _beams(port, setup_file, seconds, as_json, language)


def _beams(port: str | None, setup_file: Path | None, seconds: float, as_json: bool, language: str) -> None:
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
