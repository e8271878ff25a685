"""A recorded session to its result: the recording is the truth, everything else is derived from it."""

import os
from pathlib import Path

from rig.model.setup import parse_setup
from rig.pipeline.session import Analysis, Source, analyse_session
from rig.recording import Session, read_session


def replay(folder: str | os.PathLike[str]) -> Analysis:
    """Analyse a session folder.

    Raises
    ------
    RecordingError
        There is no readable session.
    ValueError
        Its set-up or its marks contradict themselves.
    """
    return analyse_session(source_of(read_session(Path(folder))))


def source_of(session: Session) -> Source:
    """A recording in the form the pipeline takes."""
    first = session.segments[0]
    return Source(
        session=session.header.session_id,
        started_utc=first.anchor_utc,
        epoch_ns=first.anchor_ns,
        setup=parse_setup(session.setup_text),
        records=session.records,
        faults=session.faults,
    )
