"""`rig archive`: results of many sessions, kept and compared."""

from pathlib import Path

import click

from rig.cli import archive_care, archive_compare, archive_replay

DEFAULT = "rig-archive.sqlite"


@click.group(name="archive")
@click.option(
    "--archive", "path", type=click.Path(path_type=Path), default=DEFAULT, envvar="RIG_ARCHIVE", show_default=True,
    show_envvar=True, help="The archive's file.",
)  # fmt: skip
@click.pass_context
def command(context: click.Context, path: Path) -> None:
    """Keep the results of many sessions, and compare them over visits, people and versions.

    The archive is one SQLite file beside the session folders; it can be made again from them at any time.

    Example: rig archive add sessions && rig archive list
    """
    context.obj = path


for verb in (
    archive_replay.add, archive_compare.list_, archive_compare.trend, archive_compare.agreement,
    archive_compare.export, archive_replay.rerun, archive_care.delete, archive_care.backup, archive_care.restore,
):  # fmt: skip
    command.add_command(verb)
