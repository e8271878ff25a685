"""The results store: SQLite beside the session files. It can be thrown away and made again from them."""

import os
import sqlite3
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import msgspec

from rig.archive.work import Failure, Result
from rig.model.document import Document

SCHEMA_VERSION = 1
WAIT_S = 30
"""For another process to be done with the archive."""
ATTEMPTS = 100
"""To open an archive that another process is making at this moment."""
SCHEMA = """
CREATE TABLE result (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    content TEXT NOT NULL, version TEXT NOT NULL, added_utc TEXT NOT NULL, folder TEXT NOT NULL,
    session TEXT NOT NULL, started_utc TEXT NOT NULL, participant TEXT, assessor TEXT,
    duration_s REAL NOT NULL, document BLOB NOT NULL,
    UNIQUE (content, version)
);
CREATE INDEX result_by_participant ON result (participant, started_utc);
CREATE INDEX result_by_session ON result (session, started_utc);
CREATE TABLE measure (
    result INTEGER NOT NULL REFERENCES result (id) ON DELETE CASCADE,
    item TEXT NOT NULL, trial TEXT NOT NULL, name TEXT NOT NULL,
    value REAL, u REAL, unit TEXT NOT NULL, points INTEGER, quality TEXT NOT NULL,
    PRIMARY KEY (result, trial, item, name)
) WITHOUT ROWID;
CREATE TABLE failure (
    folder TEXT NOT NULL, version TEXT NOT NULL, added_utc TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (folder, version)
);
CREATE VIEW latest AS
    SELECT * FROM result WHERE id IN (SELECT max(id) FROM result GROUP BY session, started_utc);
"""


class ArchiveError(Exception):
    """The archive cannot do what was asked: what, where, what to do."""


class Measured(NamedTuple):
    """A row of the archive with whose it is; fields of `Row` behind those of its session."""

    session: str
    content: str
    version: str
    started_utc: str
    participant: str | None
    assessor: str | None
    item: str
    trial: str
    name: str
    value: float | None
    u: float | None
    unit: str
    points: int | None
    quality: str

    @property
    def recording(self) -> tuple[str, str]:
        """What names the recording through reviews and versions."""
        return self.session, self.started_utc


@dataclass(frozen=True, slots=True)
class Entry:
    """A session of the archive without its numbers."""

    id: int
    session: str
    started_utc: str
    participant: str | None
    assessor: str | None
    folder: Path
    content: str
    version: str
    duration_s: float
    total: int | None


class Store:
    """The archive's file; a context manager.

    Readers and one writer at a time work side by side (WAL). A result and its rows are written in one transaction,
    so a killed process leaves a session whole or not at all.
    """

    def __init__(self, path: Path, *, create: bool = True) -> None:
        """Open or make the archive.

        Raises
        ------
        ArchiveError
            It is not there (and not to be made), is not an archive, or is of another version.
        """
        if not create and not path.exists():
            raise ArchiveError(f"{path}: no archive there; make one with `rig archive add FOLDER`")
        self.path = path
        self.home = path.resolve().parent
        try:
            self.home.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
            self._prepare()
        except (sqlite3.Error, OSError) as error:
            raise ArchiveError(f"{path}: not an archive that can be opened ({error}); name another file") from error

    def _prepare(self) -> None:
        self._write_ahead()
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA secure_delete = ON")
        with self._transaction():
            (version,) = self._db.execute("PRAGMA user_version").fetchone()
            if version == 0:
                self._make_tables()
            elif version != SCHEMA_VERSION:
                raise ArchiveError(
                    f"{self.path}: archive of schema {version}, this rig reads {SCHEMA_VERSION}; "
                    "make a new archive from the session folders"
                )

    def _write_ahead(self) -> None:
        """Turn the journal to WAL; SQLite does not wait here while another process does the same, so we do."""
        for _ in range(ATTEMPTS):
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                time.sleep(0.05)
            else:
                return
        self._db.execute("PRAGMA journal_mode = WAL")

    def _make_tables(self) -> None:
        for statement in SCHEMA.split(";\n"):
            self._db.execute(statement)
        self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def done(self, version: str) -> set[str]:
        """Content hashes of the sessions that have a result of a version."""
        return {content for (content,) in self._db.execute("SELECT content FROM result WHERE version = ?", (version,))}

    def put(self, result: Result) -> None:
        """Keep a result under its key, in place of what stood there; its folder's failure is over."""
        folder = self._relative(result.folder)
        with self._transaction():
            key = result.content, result.version
            self._db.execute("DELETE FROM result WHERE content = ? AND version = ?", key)
            self._db.execute("DELETE FROM failure WHERE folder = ?", (folder,))
            about = (result.session, result.started_utc, result.participant, result.assessor)
            values = (*key, _now(), folder, *about, result.duration_s, result.document)
            cursor = self._db.execute(
                "INSERT INTO result (content, version, added_utc, folder, session, started_utc, participant, assessor,"
                " duration_s, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                values,
            )
            rows = ((cursor.lastrowid, *row) for row in result.rows)
            self._db.executemany("INSERT INTO measure VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def fail(self, failure: Failure) -> None:
        """Keep why a session could not be replayed; adding it again tries again."""
        values = self._relative(failure.folder), failure.version, _now(), failure.reason
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO failure VALUES (?, ?, ?, ?)", values)

    def moved(self, content: str, folder: str) -> None:
        """Note where a known session lies now."""
        where = self._relative(folder)
        with self._transaction():
            self._db.execute("UPDATE result SET folder = ? WHERE content = ? AND folder != ?", (where, content, where))

    def failures(self) -> list[Failure]:
        """Sessions that could not be replayed."""
        return [Failure(*each) for each in self._db.execute("SELECT folder, version, reason FROM failure ORDER BY 1")]

    def where(self, failure: Failure) -> str:
        """Where a folder that could not be replayed lies."""
        return str(self._absolute(failure.folder))

    def versions(self) -> list[str]:
        """Algorithm versions that made results, the first one first."""
        return [v for (v,) in self._db.execute("SELECT version FROM result GROUP BY version ORDER BY min(id)")]

    def entries(self, participant: str | None = None, *, superseded: bool = False) -> list[Entry]:
        """The newest result of every recording, by time; with `superseded` every result there is."""
        table = "result" if superseded else "latest"
        which = "" if participant is None else "WHERE r.participant = ?"
        query = f"""SELECT r.id, r.session, r.started_utc, r.participant, r.assessor, r.folder, r.content, r.version,
            r.duration_s, m.points FROM {table} r LEFT JOIN measure m
            ON m.result = r.id AND m.item = 'total' AND m.trial = '' AND m.name = 'points'
            {which} ORDER BY r.started_utc, r.session, r.id"""  # noqa: S608  # no input in the text
        found = self._db.execute(query, () if participant is None else (participant,))
        return [_entry(each, self._absolute(each[5])) for each in found]

    def rows(self, *, participant: str | None = None, version: str | None = None) -> list[Measured]:
        """Every number, by time, session and trial: of the newest results, or of one version."""
        table = "latest" if version is None else "result"
        wanted = {"r.participant": participant, "r.version": version}
        wanted = {column: value for column, value in wanted.items() if value is not None}
        where = f"WHERE {' AND '.join(f'{column} = ?' for column in wanted)}" if wanted else ""
        query = f"""SELECT r.session, r.content, r.version, r.started_utc, r.participant, r.assessor, m.item, m.trial,
            m.name, m.value, m.u, m.unit, m.points, m.quality FROM {table} r JOIN measure m ON m.result = r.id
            {where} ORDER BY r.started_utc, r.session, r.id, m.trial, m.item, m.name"""  # noqa: S608  # no input in it
        return [Measured(*each) for each in self._db.execute(query, tuple(wanted.values()))]

    def document(self, content: str, version: str) -> Document:
        """The result document of a session.

        Raises
        ------
        ArchiveError
            There is none.
        """
        key = content, version
        found = self._db.execute("SELECT document FROM result WHERE content = ? AND version = ?", key).fetchone()
        if found is None:
            raise ArchiveError(f"{self.path}: no result of session {content[:12]} by {version}; add the session")
        return msgspec.json.decode(zlib.decompress(found[0]), type=Document)

    def forget(self, ids: Iterable[int]) -> tuple[int, bool]:
        """Delete results and overwrite where they stood; how many rows of all tables are gone.

        The failures of their folders, and what the journal still holds, go too. The second answer is whether the
        journal could be emptied: while another program reads the archive it cannot, and is when that one ends.
        """
        gone = 0
        with self._transaction():
            for each in ids:
                gone += self._count("DELETE FROM failure WHERE folder = (SELECT folder FROM result WHERE id = ?)", each)
                gone += self._count("DELETE FROM measure WHERE result = ?", each)
                gone += self._count("DELETE FROM result WHERE id = ?", each)
        self._db.execute("VACUUM")
        (busy, _, _) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return gone, not busy

    def _count(self, statement: str, value: int) -> int:
        return self._db.execute(statement, (value,)).rowcount

    def copy_to(self, path: Path, places: Mapping[Path, str]) -> None:
        """A consistent copy of the whole archive, also while it is written to.

        `places` says where, seen from the copy, the session folders will lie. Failures stay behind.
        """
        target = sqlite3.connect(path, isolation_level=None)
        try:
            self._db.backup(target)
            target.execute("PRAGMA journal_mode = DELETE")
            target.execute("DELETE FROM failure")
            moves = [(f":{new}", self._relative(str(old))) for old, new in places.items()]  # marked: moved once only
            target.executemany("UPDATE result SET folder = ? WHERE folder = ?", moves)
            target.execute("UPDATE result SET folder = substr(folder, 2) WHERE folder LIKE ':%'")
        finally:
            target.close()

    def _relative(self, folder: str) -> str:
        return Path(os.path.relpath(Path(folder).resolve(), self.home)).as_posix()

    def _absolute(self, folder: str) -> Path:
        return Path(os.path.normpath(self.home / folder))


def _entry(row: tuple[Any, ...], folder: Path) -> Entry:
    id_, session, started_utc, participant, assessor, _, content, version, duration_s, total = row
    return Entry(id_, session, started_utc, participant, assessor, folder, content, version, duration_s, total)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
