"""What is written is read back, by this reader and by the standard one."""

from io import BytesIO
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from mcap.reader import make_reader

from rig.model.clock import ManualClock
from rig.model.records import Direction, Mark, Packet, Record
from rig.model.session import SegmentHeader
from rig.recording import RecordingError, SessionWriter, read_session
from rig.recording.encoder import SegmentEncoder
from rig.recording.segment import read_segment
from tests.recording.lab import HEADER, SEGMENT_HEADER, SETUP, encoded, recordings, walkers


def test_a_session_is_read_as_it_was_written(tmp_path: Path) -> None:
    written: list[Record] = [
        Packet("imu/1", "3480 0002", Direction.TX, 5, b"\x01\x63/Meas/IMU6/104"),
        Packet("imu/1", "3480 0002", Direction.RX, 7, b""),
        Packet("gates", "serial", Direction.LINK, 7, b"connected"),
        Mark("note", 8, None, {"text": "步行器 🦯", "big": 2**70 + 1, "list": [1, 2.5, None, {"a": True}]}),
        Mark("trial_start", 2_000_000_000, "t1"),
    ]
    with SessionWriter.create(tmp_path / "s", HEADER, SETUP, ManualClock(3)) as writer:
        for record in written:
            writer.write(record)
    session = read_session(tmp_path / "s")
    assert list(session.records) == written
    assert session.header == HEADER
    assert session.setup_text == SETUP
    assert session.segments == (
        SegmentHeader(HEADER, "recording", 1, "virtual", 3, "2026-01-01T00:00:00.000000+00:00"),
    )
    assert session.faults == ()


@given(recordings)
def test_any_records_round_trip_in_the_order_of_writing(records: list[Record]) -> None:
    segment = read_segment("segment-0001.mcap", encoded(records))
    assert list(segment.records) == records
    assert segment.faults == ()


@given(recordings)
def test_a_session_orders_by_time_and_keeps_the_order_of_equals(
    tmp_path_factory: pytest.TempPathFactory, records: list[Record]
) -> None:
    folder = tmp_path_factory.mktemp("session")
    (folder / "segment-0001.mcap").write_bytes(encoded(records))
    assert list(read_session(folder).records) == sorted(records, key=lambda record: record.t_ns)


def test_channels_whose_names_collide_as_topics_stay_apart() -> None:
    records: list[Record] = [
        Packet("a/b", "c", Direction.RX, 1, b"1"),
        Packet("a", "b/c", Direction.RX, 2, b"2"),
        Packet("a%2Fb", "c", Direction.RX, 3, b"3"),
        Packet("", "marks", Direction.RX, 4, b"4"),
        Mark("note", 5),
    ]
    data = encoded(records)
    assert list(read_segment("s", data).records) == records
    summary = make_reader(BytesIO(data)).get_summary()
    assert summary is not None
    assert len({channel.topic for channel in summary.channels.values()}) == len(records)


def test_the_standard_reader_finds_messages_schemas_metadata_and_set_up() -> None:
    records = walkers()
    reader = make_reader(BytesIO(encoded(records)))
    messages = list(reader.iter_messages(log_time_order=False))
    assert [message.log_time for _, _, message in messages] == [record.t_ns for record in records]
    for (schema, channel, message), record in zip(messages, records, strict=True):
        assert schema is not None
        if isinstance(record, Packet):
            assert channel.topic == f"/{record.source}/{record.endpoint}/{record.direction}"
            assert (schema.encoding, channel.message_encoding) == ("ros2msg", "cdr")
            assert message.data == b"\0\1\0\0" + len(record.data).to_bytes(4, "little") + record.data
        else:
            assert channel.topic == "/marks"
            assert (schema.encoding, channel.message_encoding) == ("jsonschema", "json")
            assert msgspec.json.decode(message.data)["kind"] == record.kind
    assert {attachment.data for attachment in reader.iter_attachments()} == {SETUP.encode()}
    headers = [entry.metadata["json"] for entry in reader.iter_metadata() if entry.name == "rig.segment"]
    assert [msgspec.json.decode(text, type=SegmentHeader) for text in headers] == [SEGMENT_HEADER] * 2


def test_a_schema_of_a_later_version_is_refused() -> None:
    later = msgspec.structs.replace(SEGMENT_HEADER, session=msgspec.structs.replace(HEADER, schema=2))
    with pytest.raises(RecordingError, match="newer"):
        read_segment("segment-0001.mcap", encoded([], later))


@pytest.mark.parametrize(
    "record",
    [
        Packet("imu", "e", Direction.RX, -1, b""),
        Packet("imu", "e", Direction.RX, 2**63, b""),
        Packet("imu", "e", Direction.RX, 0, bytes(2**24)),
        Mark("note", 0, None, {"value": float("nan")}),
        Mark("note", 0, None, {"value": "\ud800"}),
        Mark("note", 0, None, {"value": (1, 2)}),  # type: ignore[dict-item]  # to be refused
        Mark("note", 0, None, {"value": b"bytes"}),  # type: ignore[dict-item]  # to be refused
        Packet("\ud800", "e", Direction.RX, 0, b""),
    ],
    ids=lambda record: repr(record)[:80],
)
def test_what_would_not_read_back_is_refused_and_recording_goes_on(record: Record) -> None:
    stream = BytesIO()
    encoder = SegmentEncoder(stream, SEGMENT_HEADER, SETUP)
    before, after = Packet("imu", "e", Direction.RX, 0, b"a"), Packet("imu", "e", Direction.RX, 2, b"b")
    encoder.add(before)
    with pytest.raises(RecordingError):
        encoder.add(record)
    encoder.add(after)
    encoder.finish()
    segment = read_segment("segment-0001.mcap", stream.getvalue())
    assert list(segment.records) == [before, after]
    assert segment.faults == ()
