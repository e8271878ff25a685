"""`rig devices`: timers and sensors themselves. Each verb is a module of this package, imported when it is called."""

import importlib

import click

VERBS = {
    "decode": ("rig.cli.devices_decode:decode", "Decode what a device sent, kept in a file."),
    "identify": ("rig.cli.devices_identify:command", "Block a beam, or shake a wearable, and read which one it is."),
    "list": ("rig.cli.devices_list:command", "List serial ports and the gate timers that answer there."),
    "scan": ("rig.cli.devices_ble:scan", "List the wearables around, and how strong their signal is."),
    "self-test": ("rig.cli.devices_self_test:command", "Test the beams of the gate timer, help to align them."),
    "sync": ("rig.cli.devices_ble:sync", "Knock on a gate's frame: how far are a wearable's times behind the gates'?"),
}
"""Verb to where its command is, and its line of help. A new verb is one file and one line here."""

EPILOG = """\b
Examples:
  rig devices list
  rig devices scan
  rig devices self-test --setup rig.toml
  rig devices decode --device alge-timy race.txt

How to build a gate timer is in docs/gate-hardware.md, bought timers are in docs/timers.md.
"""


class VerbGroup(click.Group):
    """A group whose verbs are loaded when needed: drivers of serial ports and radios take their time."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Names of all verbs."""
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Import one verb."""
        if cmd_name not in VERBS:
            return None
        module, _, name = VERBS[cmd_name][0].partition(":")
        verb: click.Command = getattr(importlib.import_module(module), name)
        return verb

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        """List the verbs without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl([(verb, about) for verb, (_, about) in sorted(VERBS.items())])


@click.group("devices", cls=VerbGroup, epilog=EPILOG)
def command() -> None:
    """Timers and sensors: what is there, whether it works, and what it sent."""
