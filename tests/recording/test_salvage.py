"""A salvaged file is clean for every reader, holds the same records, and does not forget what was lost."""

from io import BytesIO
from pathlib import Path

import pytest
from mcap.exceptions import McapError
from mcap.reader import make_reader

from rig.model.records import Record
from rig.model.session import FaultKind
from rig.recording import RecordingError, salvage
from rig.recording.segment import read_segment
from tests.recording.lab import encoded, walkers

RECORDS = walkers(20)
WHOLE = encoded(RECORDS)


def times(data: bytes) -> list[int]:
    """What the standard reader finds by the index."""
    return [message.log_time for _, _, message in make_reader(BytesIO(data)).iter_messages(log_time_order=False)]


def salvaged(tmp_path: Path, data: bytes) -> tuple[bytes, tuple[Record, ...]]:
    (tmp_path / "in.mcap").write_bytes(data)
    (tmp_path / "out.mcap").unlink(missing_ok=True)
    read = salvage(tmp_path / "in.mcap", tmp_path / "out.mcap")
    assert (tmp_path / "in.mcap").read_bytes() == data
    return (tmp_path / "out.mcap").read_bytes(), read.records


def test_a_file_cut_anywhere_opens_in_the_standard_reader_when_salvaged(tmp_path: Path) -> None:
    for size in range(600, len(WHOLE), 7):
        data, records = salvaged(tmp_path, WHOLE[:size])
        assert list(records) == RECORDS[: len(records)]
        assert times(data) == [record.t_ns for record in records]


def test_the_standard_reader_needs_the_salvage(tmp_path: Path) -> None:
    cut = WHOLE[: len(WHOLE) // 2]
    with pytest.raises(McapError):
        times(cut)
    assert times(salvaged(tmp_path, cut)[0])


@pytest.mark.parametrize("at", [700, 1300, 2030])
def test_a_salvaged_file_remembers_the_faults(tmp_path: Path, at: int) -> None:
    damaged = bytearray(WHOLE[:3000])
    damaged[at : at + 30] = bytes(30)
    before = read_segment("in.mcap", bytes(damaged))
    assert any(fault.kind is FaultKind.CUT for fault in before.faults)
    assert len(before.faults) > 1
    data, _ = salvaged(tmp_path, bytes(damaged))
    after = read_segment("in.mcap", data)
    assert (after.header, after.setup_text, after.records) == (before.header, before.setup_text, before.records)
    assert after.faults == before.faults


def test_a_whole_file_is_salvaged_to_itself(tmp_path: Path) -> None:
    assert salvaged(tmp_path, WHOLE)[0] == WHOLE


def test_what_cannot_be_salvaged_is_told(tmp_path: Path) -> None:
    (tmp_path / "in.mcap").write_bytes(b"nothing")
    with pytest.raises(RecordingError, match=r"nothing to salvage.*no recording"):
        salvage(tmp_path / "in.mcap", tmp_path / "out.mcap")
    (tmp_path / "in.mcap").write_bytes(WHOLE)
    (tmp_path / "out.mcap").write_bytes(b"precious")
    with pytest.raises(RecordingError, match="cannot be written: File exists"):
        salvage(tmp_path / "in.mcap", tmp_path / "out.mcap")
    assert (tmp_path / "out.mcap").read_bytes() == b"precious"
