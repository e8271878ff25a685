"""One session to one result: pure, picklable, so that it runs in any process on any machine."""

import zlib
from dataclasses import dataclass
from pathlib import Path

import msgspec

from rig.archive.rows import Row, rows_of
from rig.archive.version import algorithm_version
from rig.model.document import Document
from rig.model.marks import MarkKind
from rig.model.records import Mark
from rig.model.standing import standing
from rig.pipeline.session import analyse_session
from rig.recording import RecordingError, Session, content_hash, read_session
from rig.replay import source_of


@dataclass(frozen=True, slots=True)
class Result:
    """What the archive keeps of a replayed session.

    Attributes
    ----------
    folder
        Where the session lies, as it was given.
    content, version
        The key: hash of the session's files, and of the algorithms.
    session, started_utc, participant, assessor
        Whose it is; `assessor` is None where the recording does not name one.
    duration_s
        First to last record.
    document
        The result document, JSON, compressed by zlib.
    rows
        Its numbers.
    """

    folder: str
    content: str
    version: str
    session: str
    started_utc: str
    participant: str | None
    assessor: str | None
    duration_s: float
    document: bytes
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """A session that could not be replayed, and why."""

    folder: str
    version: str
    reason: str


def replay_one(folder: str) -> Result | Failure:
    """Replay one session folder; what stands in the way is an answer too.

    Any error is kept: in a batch of thousands one session must not cost the others.
    """
    try:
        content = content_hash(folder)
        session = read_session(folder)
        document = analyse_session(source_of(session)).document
    except (RecordingError, ValueError) as error:
        return Failure(folder, algorithm_version(), str(error))
    except Exception as error:  # noqa: BLE001  # a defect in one session: named, kept, and the batch goes on
        return Failure(folder, algorithm_version(), f"{type(error).__name__}: {error} (a defect of the rig: report it)")
    return result_of(folder, content, session, document)


def result_of(folder: str, content: str, session: Session, document: Document) -> Result:
    """A replayed session in the form the archive keeps."""
    return Result(
        folder=folder,
        content=content,
        version=algorithm_version(),
        session=document.session,
        started_utc=document.started_utc,
        participant=document.participant.id,
        assessor=_assessor(session),
        duration_s=_duration_s(session),
        document=zlib.compress(msgspec.json.encode(document), 6),
        rows=rows_of(document),
    )


def _assessor(session: Session) -> str | None:
    """Who measured, by the last word of the marks that stand."""
    marks = standing(record for record in session.records if isinstance(record, Mark))
    named = [mark.data.get("assessor") for mark in marks if mark.kind == MarkKind.PARTICIPANT]
    last = next((name for name in reversed(named) if name is not None), None)
    return None if last is None else str(last)


def _duration_s(session: Session) -> float:
    times = [record.t_ns for record in session.records]
    return (max(times) - min(times)) / 1e9 if times else 0.0


def find_sessions(roots: tuple[Path, ...]) -> list[Path]:
    """Session folders in and below some folders, sorted, each once.

    Raises
    ------
    ValueError
        A folder that is not there, or holds no session.
    """
    found: set[Path] = set()
    for root in roots:
        if not root.is_dir():
            raise ValueError(f"{root}: no such folder; give session folders, or folders that hold them")
        here = {path.parent for path in root.rglob("segment-*.mcap")}
        if not here:
            raise ValueError(f"{root}: no session in it (a folder with segment-0001.mcap); give another folder")
        found |= here
    return sorted(found)
