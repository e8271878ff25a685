"""`rig devices list`: which serial ports there are, and which gate timers answer at them."""

from typing import TYPE_CHECKING, Any

import click

from rig.cli import devices_shared as shared

if TYPE_CHECKING:
    from firmware_protocol.gate_timer import Info
    from rig.devices.gate_line import Asked

EPILOG = """\b
Examples:
  rig devices list
  rig devices list --json
  rig devices list --port /dev/ttyACM0 --port COM7
"""


@click.command("list", epilog=EPILOG)
@click.option("--port", "ports", metavar="PORT", multiple=True, help="Ask at this port only; may be given again.")
@shared.as_json
@shared.language
def command(ports: tuple[str, ...], as_json: bool, language: str) -> None:
    """List serial ports and the gate timers that answer there.

    Most boards restart when their port is opened, so do not list while a session runs. Exit 1 when no gate timer
    answers anywhere.
    """
    from rig.devices.gate_line import ask_all
    from rig.devices.serial_port import PortInfo, usb_ports
    from rig.model.clock import SystemClock

    say = shared.words(language)
    found = ask_all([PortInfo(port) for port in ports] or usb_ports(), SystemClock())
    for asked in found:
        if as_json:
            shared.print_json(_facts(asked))
        else:
            click.echo(_text(asked, say))
    if not found and not as_json:
        click.echo(say("gates.nothing_on_usb"), err=True)
    if not any(asked.info for asked in found):
        raise click.exceptions.Exit(shared.COULD_NOT)


def _facts(asked: "Asked") -> dict[str, Any]:
    port = asked.port
    timer = None if asked.info is None else timer_facts(asked.info)
    return {
        "port": port.port,
        "usb": port.usb or None,
        "description": port.description or None,
        "timer": timer,
        "error": asked.error,
    }


def timer_facts(info: "Info") -> dict[str, Any]:
    """What a timer says of itself, for programs."""
    from firmware_protocol.gate_timer import SCHEMA_HASH
    from rig.devices.gate_check import fitted_beams

    return {
        "protocol": f"{info.protocol_major}.{info.protocol_minor}",
        "firmware": f"{info.firmware_major}.{info.firmware_minor}",
        "boot_id": f"{info.boot_id:08x}",
        "gates": info.n_gates,
        "beams": [{"gate": gate, "beam": beam, "height_mm": height} for gate, beam, height in fitted_beams(info)],
        "tick_ns": info.tick_ns,
        "schema_hash": f"{info.schema_hash:08x}",
        "schema_matches": info.schema_hash == SCHEMA_HASH,
    }


def timer_text(port: str, info: "Info", say: shared.Words) -> str:
    """What a timer says of itself, for people."""
    facts = timer_facts(info)
    lines = [say("gates.timer").format(port=port, **facts)]
    lines += ["  " + shared.beam_name(say, beam["gate"], beam["beam"], beam["height_mm"]) for beam in facts["beams"]]
    return "\n".join(lines if facts["schema_matches"] else [*lines, "  " + say("gates.other_table")])


def _text(asked: "Asked", say: shared.Words) -> str:
    if asked.info is not None:
        return timer_text(asked.port.port, asked.info, say)
    return f"{asked.error} {asked.port.description}".rstrip()
