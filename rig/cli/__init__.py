"""The command line `rig`: each command is a module of this package, imported only when it is called."""

import importlib

import click

from rig.cli.extras import named_extras

COMMANDS = {
    "analyse": "Measure one foreign IMU recording (chair, walk, tug, stance).",
    "archive": "Keep and compare the results of many sessions.",
    "demo": "Run a whole assessment in the virtual lab and show the result.",
    "devices": "Find, name and test timers and sensors; decode what they sent.",
    "export": "Write sessions in the form of other systems.",
    "replay": "Turn recorded sessions into scored results.",
    "report": "Make the report of a session, as PDF and page.",
    "run": "Run a live assessment from a page.",
    "score": "Score times by the standard rules.",
}


class LazyGroup(click.Group):
    """A group whose commands are loaded when needed, so that `rig score` starts at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Names of all commands."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # click's signature
        """Import the module of one command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f"rig.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run a command; a library that it lacks is named with its extra."""
        with named_extras():
            return super().invoke(ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # click's
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(sorted(COMMANDS.items()))


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="sppb-rig")
def main() -> None:
    """Measure physical performance with sensors and score it by the standard rules.

    Example: rig demo
    """
