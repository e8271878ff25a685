"""Care of data: delete a participant with a receipt, back everything up in one file, bring it back."""

import hashlib
import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import msgspec

import rig
from rig.archive.store import ArchiveError, Entry, Store
from rig.archive.work import find_sessions
from rig.recording import RecordingError, content_hash

MANIFEST, ARCHIVE, SESSIONS = "manifest.json", "rig-archive.sqlite", "sessions"


@dataclass(frozen=True, slots=True)
class Erased:
    """A file that is gone: what it was, by hash; its name may hold a pseudonym and is not kept."""

    kind: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of a deletion, without personal data: neither pseudonym nor names of files or folders.

    Attributes
    ----------
    deleted_utc, software
        When, by which version.
    sessions
        Content hashes of the recordings that are gone, absent ones too.
    files
        Segments, reports and whatever else lay in or beside the session folders.
    rows
        How many rows of the archive are gone.
    absent
        How many session folders were not there any more.
    journal_emptied
        Whether SQLite's journal holds nothing of it either; if not, it does until the other program that has the
        archive open is closed.
    """

    deleted_utc: str
    software: str
    sessions: tuple[str, ...]
    files: tuple[Erased, ...]
    rows: int
    absent: int
    journal_emptied: bool


def delete_participant(store: Store, participant: str) -> Receipt:
    """Delete the sessions, reports and rows of a participant.

    Files go first and rows last, so a deletion that was broken off can be started again. Reports are files beside a
    session folder that begin with its name and a dot or a hyphen followed by `report`.

    Raises
    ------
    ArchiveError
        Nobody of this name, or a session folder now holds another recording.
    """
    entries = store.entries(participant, superseded=True)
    if not entries:
        raise ArchiveError(f"{store.path}: no participant {participant!r}; `rig archive list` shows who there is")
    folders = {entry.folder: entry for entry in entries}
    for folder, entry in folders.items():
        _check_owner(folder, [e.content for e in entries if e.folder == folder], entry)
    absent = sum(not folder.is_dir() for folder in folders)
    files = tuple(erased for folder in sorted(folders) for erased in _erase(folder))
    rows, emptied = store.forget([entry.id for entry in entries])
    sessions = tuple(sorted({entry.content for entry in entries}))
    return Receipt(_now(), f"sppb-rig {rig.__version__}", sessions, files, rows, absent, emptied)


def _check_owner(folder: Path, contents: Sequence[str], entry: Entry) -> None:
    """Never delete what was put in a session's place."""
    if not folder.is_dir():
        return
    try:
        found = content_hash(folder)
    except RecordingError as error:
        raise ArchiveError(f"{folder}: cannot be checked before deleting ({error}); nothing was deleted") from error
    if found not in contents:
        raise ArchiveError(
            f"{folder}: holds another recording than {entry.session} by now; add it to the archive first, "
            "nothing was deleted"
        )


def _erase(folder: Path) -> Iterator[Erased]:
    for path in _belonging(folder):
        data = path.read_bytes()
        kind = "recording" if path.suffix == ".mcap" and path.parent == folder else "other"
        yield Erased(kind, hashlib.sha256(data).hexdigest(), len(data))
        path.unlink()
    if folder.is_dir():
        shutil.rmtree(folder)


def _belonging(folder: Path) -> list[Path]:
    """Files in a session folder, and those beside it that carry its name."""
    inside = [path for path in folder.rglob("*") if path.is_file()] if folder.is_dir() else []
    names = (f"{folder.name}.", f"{folder.name}-report")
    beside = [path for path in folder.parent.glob("*") if path.is_file() and path.name.startswith(names)]
    return sorted([*inside, *beside])


def receipt_json(receipt: Receipt) -> bytes:
    """A receipt to be kept."""
    return msgspec.json.format(msgspec.json.encode(asdict(receipt)), indent=2) + b"\n"


def back_up(store: Store, target: Path) -> int:
    """Write the archive and all its session folders into one file, and read it back; how many sessions.

    The file appears under its name only when it was read back whole.

    Raises
    ------
    ArchiveError
        The file is there already, a session folder is not, or what was read back is not what was written.
    """
    if target.exists():
        raise ArchiveError(f"{target}: exists already; choose another name")
    folders = sorted({entry.folder for entry in store.entries(superseded=True)})
    absent = [folder for folder in folders if not folder.is_dir()]
    if absent:
        raise ArchiveError(f"{absent[0]}: session folder not there ({len(absent)} such); add it where it lies now")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        _write(store, folders, unfinished)
        _verify(unfinished)
        unfinished.rename(target)
    except OSError as error:
        raise ArchiveError(f"{target}: cannot be written ({error.strerror})") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return len(folders)


def _write(store: Store, folders: Sequence[Path], target: Path) -> None:
    hashes: dict[str, str] = {}
    homes = {folder: f"{SESSIONS}/{number:06d}/{folder.name}" for number, folder in enumerate(folders)}
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch, tarfile.open(target, "w") as tar:
        copy = Path(scratch) / ARCHIVE
        store.copy_to(copy, homes)
        _add(tar, copy, ARCHIVE, hashes)
        for folder, home in homes.items():
            for path in (path for path in _belonging(folder) if path.is_file()):
                name = f"{home}/{path.relative_to(folder)}" if folder in path.parents else f"{home}/../{path.name}"
                _add(tar, path, os.path.normpath(name), hashes)
        text = msgspec.json.encode({"software": f"sppb-rig {rig.__version__}", "made_utc": _now(), "sha256": hashes})
        about = tarfile.TarInfo(MANIFEST)
        about.size = len(text)
        tar.addfile(about, io.BytesIO(text))


def _add(tar: tarfile.TarFile, path: Path, name: str, hashes: dict[str, str]) -> None:
    hashes[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    tar.add(path, name, recursive=False)


def _verify(backup: Path) -> dict[str, str]:
    """Read every file of a backup; hashes by name.

    Raises
    ------
    ArchiveError
        A file is missing, changed or strange.
    """
    try:
        with tarfile.open(backup, "r:") as tar:
            found = {member.name: _hash_of(tar, member) for member in tar}
            manifest = tar.extractfile(MANIFEST)
            wanted: dict[str, str] = msgspec.json.decode(b"" if manifest is None else manifest.read())["sha256"]
    except (tarfile.TarError, OSError, KeyError, EOFError, msgspec.DecodeError) as error:
        raise ArchiveError(f"{backup}: not a whole backup ({error}); take another one") from error
    found.pop(MANIFEST)
    if found != wanted:
        strange = min(set(found.items()) ^ set(wanted.items()))[0]
        raise ArchiveError(f"{backup}: {strange} is not what was backed up; take another backup")
    for name in wanted:
        if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
            raise ArchiveError(f"{backup}: {name} would lie outside of the folder; not a backup of this rig")
    return wanted


def _hash_of(tar: tarfile.TarFile, member: tarfile.TarInfo) -> str:
    file = tar.extractfile(member)
    return "" if file is None else hashlib.sha256(file.read()).hexdigest()


def restore(backup: Path, folder: Path) -> int:
    """Unpack a backup into a new or empty folder; how many sessions. It is checked before and after.

    Raises
    ------
    ArchiveError
        The backup is not whole, or the folder is not empty.
    """
    wanted = _verify(backup)
    if folder.exists() and any(folder.iterdir()):
        raise ArchiveError(f"{folder}: not empty; restore into a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    with tarfile.open(backup, "r:") as tar:
        tar.extractall(folder, members=[tar.getmember(name) for name in wanted], filter="data")
    for name, digest in wanted.items():
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != digest:
            raise ArchiveError(f"{folder / name}: was not written as it is in the backup; try another disk")
    return len(find_sessions((folder / SESSIONS,))) if (folder / SESSIONS).is_dir() else 0


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
