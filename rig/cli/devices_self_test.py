"""`rig devices self-test`: which beam is blocked, stuck or flickering, and help with aligning."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rig.cli import devices_shared as shared

if TYPE_CHECKING:
    from rich.table import Table

    from firmware_protocol.gate_timer import SelfTest
    from rig.devices.gate_check import BeamCheck
    from rig.devices.gate_line import GateLine

ONE_SECOND = 10
"""SELF_TEST messages in a second."""
FOREVER_S = 24 * 3600.0

EPILOG = """\b
Examples:
  rig devices self-test
  rig devices self-test --setup rig.toml --json
  rig devices self-test --align          (until Ctrl-C, while you turn sensor and reflector)
"""


@click.command("self-test", epilog=EPILOG)
@shared.port
@shared.setup_file
@click.option(
    "--seconds", type=click.FloatRange(min=1.0), default=6.5, help="How long to test; a stuck beam shows after 5 s."
)
@click.option("--align", is_flag=True, help="Go on until Ctrl-C and show each beam's last second.")
@shared.as_json
@shared.language
def command(
    port: str | None, setup_file: Path | None, seconds: float, align: bool, as_json: bool, language: str
) -> None:
    """Test the beams of the gate timer; keep them free meanwhile.

    Exit 1 when a beam is stuck (blocked for 5 s or more), or when the timer is fitted otherwise than --setup says.
    """
    from rig.devices.gate_line import GateLine
    from rig.model.clock import SystemClock

    say = shared.words(language)
    declared = shared.lab(port, setup_file)
    with shared.said_plainly(), GateLine(declared.port, SystemClock()) as line:
        if align:
            _align(line, say, as_json)
            return
        if not as_json:
            click.echo(say("gates.testing").format(seconds=f"{seconds:g}"), err=True)
        beams = _test(line, seconds)
        faults = declared.faults(line.info)
        _print(line, beams, faults, say, as_json)
    if faults or any(beam.verdict in ("stuck", "unknown") for beam in beams):
        raise click.exceptions.Exit(shared.COULD_NOT)


def _test(line: "GateLine", seconds: float) -> tuple["BeamCheck", ...]:
    from rig.devices.gate_check import check_beams

    return check_beams(line.info, list(line.self_tests(seconds)))


def _print(
    line: "GateLine", beams: Sequence["BeamCheck"], faults: Sequence[str], say: shared.Words, as_json: bool
) -> None:
    from rig.cli.devices_list import timer_facts

    if as_json:
        facts: dict[str, Any] = {"port": line.port, "timer": timer_facts(line.info)}
        shared.print_json(facts | {"beams": [asdict(beam) for beam in beams], "faults": list(faults)})
        return
    for beam in beams:
        name = shared.beam_name(say, beam.gate, beam.beam, beam.height_mm)
        click.echo(f"{name}: {say('gates.verdict.' + beam.verdict)}")
    for fault in faults:
        click.echo(fault)
    if not faults and all(beam.verdict == "clear" for beam in beams):
        click.echo(say("gates.all_well"))


def _align(line: "GateLine", say: shared.Words, as_json: bool) -> None:
    """Show every beam's last second, ten times a second, until Ctrl-C."""
    from rich.live import Live

    from rig.devices.gate_check import check_beams

    last: list[SelfTest] = []
    with Live(auto_refresh=False) as live:
        for said in line.self_tests(FOREVER_S):
            last = [*last, said][-ONE_SECOND:]
            beams = check_beams(line.info, last)
            if as_json:
                shared.print_json({"beams": [asdict(beam) for beam in beams]})
            else:
                live.update(_table(beams, say), refresh=True)


def _table(beams: Sequence["BeamCheck"], say: shared.Words) -> "Table":
    from rich.table import Table

    table = Table(*(say(f"gates.column.{name}") for name in ("beam", "now", "share", "changes")))
    for beam in beams:
        share = 0.0 if beam.blocked_share is None else beam.blocked_share
        bar = "█" * round(20 * share) + "·" * round(20 * (1 - share))
        name = shared.beam_name(say, beam.gate, beam.beam, beam.height_mm)
        table.add_row(name, say(f"gates.verdict.{beam.verdict}"), f"{bar} {share:4.0%}", str(beam.changes_per_s))
    return table
