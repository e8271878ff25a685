"""A clean file from a cut or damaged one."""

import os
from io import BytesIO
from pathlib import Path

from rig.recording.encoder import SegmentEncoder
from rig.recording.errors import RecordingError
from rig.recording.reader import read_file
from rig.recording.segment import Segment


def salvage(path_in: str | os.PathLike[str], path_out: str | os.PathLike[str]) -> Segment:
    """Write every record that can be proven whole into a new, clean segment; faults go along as notes.

    Reading the new file gives the same records, header and set-up as reading the old one, and the same faults, so
    that nothing that was lost is forgotten. The old file is not touched.

    Returns
    -------
    Segment
        What was read from `path_in`.

    Raises
    ------
    RecordingError
        If nothing can be salvaged, or `path_out` exists or cannot be written.
    """
    segment = read_file(Path(path_in))
    if segment.header is None or segment.setup_text is None:
        raise RecordingError(f"{path_in}: nothing to salvage, header or set-up are lost ({segment.faults[0].message})")
    try:
        with Path(path_out).open("xb") as file:
            file.write(encode(segment))
    except OSError as error:
        raise RecordingError(f"{path_out} cannot be written: {error.strerror}") from error
    return segment


def encode(segment: Segment) -> bytes:
    """Give a segment's bytes as its writer would have written them, with its faults as notes."""
    if segment.header is None or segment.setup_text is None:
        raise RecordingError(f"{segment.name}: without header and set-up no segment can be written")
    stream = BytesIO()
    encoder = SegmentEncoder(stream, segment.header, segment.setup_text)
    for fault in segment.faults:
        encoder.carry(fault)
    for record in segment.records:
        encoder.add(record)
        if encoder.due(record.t_ns):
            encoder.end_chunk()
    encoder.finish()
    return stream.getvalue()
