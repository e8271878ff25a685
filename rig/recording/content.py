"""What a session's files contain, as one number."""

import hashlib
import os
from pathlib import Path

from rig.recording.folder import find_segments, read_bytes


def content_hash(folder: str | os.PathLike[str]) -> str:
    """SHA-256 over the session's files, in hexadecimal: recordings, then reviews, in order.

    Each file enters with its name and length, so that no two different sessions give the same bytes to hash.
    Where the folder lies and what else is in it does not matter.

    Raises
    ------
    RecordingError
        If the folder cannot be read.
    """
    total = hashlib.sha256()
    folder = Path(folder)
    for path in (*find_segments(folder, "recording").values(), *find_segments(folder, "review").values()):
        data = read_bytes(path)
        total.update(f"{path.name} {len(data)}\n".encode())
        total.update(data)
    return total.hexdigest()
