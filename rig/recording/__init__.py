"""Session folders: recorded as received, salvaged to an exact prefix, replayed as a source of records."""

from rig.recording.content import content_hash
from rig.recording.errors import RecordingError
from rig.recording.reader import Session, read_session
from rig.recording.salvage import salvage
from rig.recording.writer import SessionWriter

__all__ = ["RecordingError", "Session", "SessionWriter", "content_hash", "read_session", "salvage"]
