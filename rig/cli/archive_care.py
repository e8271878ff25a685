"""`rig archive delete`, `backup` and `restore`: care of data."""

from pathlib import Path

import click

from rig.cli.archive_shared import COULD_NOT, opened, refuse
from rig.cli.devices_shared import language


@click.command()
@click.argument("participant")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--receipt", type=click.Path(path_type=Path), help="Write the receipt here; by default to the screen.")
@language
@click.pass_obj
def delete(path: Path, participant: str, yes: bool, receipt: Path | None, language: str) -> None:
    """Delete a participant: session folders, reports beside them, all rows; with a receipt.

    The receipt says when and what, by hashes, and holds no personal data. Backups made before still hold the
    participant: delete them too, and back up again.

    Example: rig archive delete p00012 --receipt receipt.json
    """
    from rig.archive.care import delete_participant, receipt_json
    from rig.report.words import words

    voice = words(language)
    with opened(path) as store:
        folders = sorted({str(entry.folder) for entry in store.entries(participant, superseded=True)})
        if folders and not yes:
            click.confirm("\n".join([*folders, voice.t("archive.delete.ask")]), abort=True, err=True)
        found = delete_participant(store, participant)
    if receipt is None:
        click.echo(receipt_json(found), nl=False)
    else:
        receipt.write_bytes(receipt_json(found))
    click.echo(voice.t("archive.delete.backups"), err=True)
    if not found.journal_emptied:
        refuse(f"{path}-wal: still holds what was deleted, until other programs close the archive", COULD_NOT)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@language
@click.pass_obj
def backup(path: Path, file: Path, language: str) -> None:
    """Write the archive and all its session folders into one file (tar), and read it back.

    Example: rig archive backup /media/disk/rig-2026-11-22.tar
    """
    from rig.archive.care import back_up
    from rig.report.words import words

    with opened(path) as store:
        sessions = back_up(store, file)
    click.echo(words(language).say("archive.backed_up", file=file, sessions=sessions))


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path))
@language
def restore(file: Path, folder: Path, language: str) -> None:
    """Bring a backup back into a new folder.

    Example: rig archive restore /media/disk/rig-2026-11-22.tar restored
    """
    from rig.archive import care
    from rig.archive.store import ArchiveError
    from rig.report.words import words

    try:
        sessions = care.restore(file, folder)
    except ArchiveError as error:
        refuse(str(error))
    click.echo(words(language).say("archive.restored", file=folder / care.ARCHIVE, sessions=sessions))
