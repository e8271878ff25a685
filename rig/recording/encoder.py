"""One segment as a stream of MCAP: records in, chunks and guarded notes out."""

from typing import Any, Protocol

from mcap.writer import Writer

from rig.model.records import Packet, Record
from rig.model.session import Fault, SegmentHeader
from rig.recording import notes
from rig.recording.errors import RecordingError
from rig.recording.layout import (
    MARK_FORMAT,
    MAX_TIME_NS,
    PACKET_FORMAT,
    SETUP_NAME,
    channel_entries,
    encode_mark,
    encode_packet,
    topic_of,
)
from rig.recording.notes import ChannelNote, EndNote, FlushNote

CHUNK_BYTES = 4 * 2**20
"""A chunk is closed by time; this bound is for floods only."""
MAX_RECORD_BYTES = 2**24
"""Far above any packet, and such that a chunk stays far below what a reader unpacks (`walker.MAX_CHUNK_BYTES`)."""
CHUNK_SPAN_NS = 900_000_000
"""Oldest record a chunk may hold back: under a second, which leaves a tick's and the disk's time for the promise."""


class Sink(Protocol):
    """Where the bytes of a segment go: any binary file, or a `DurableFile`."""

    def write(self, data: bytes, /) -> int:
        """Append bytes."""
        ...

    def tell(self) -> int:
        """Tell how many bytes were written so far."""
        ...

    def flush(self) -> None:
        """Hand on what is held back."""
        ...


class SegmentEncoder:
    """Writes one segment to a stream.

    Whatever is needed to understand records is in the file twice, apart from each other: the header and the set-up
    at the start and again behind the first chunk, a channel in the chunk that first uses it and again behind it.

    Parameters
    ----------
    stream
        Where the bytes go.
    header
        What the segment is.
    setup_text
        The text of `rig.toml`.
    """

    def __init__(self, stream: Sink, header: SegmentHeader, setup_text: str) -> None:
        self._header = header
        self._setup_text = setup_text
        output: Any = stream  # the library asks for a whole IO, it uses the three methods of a `Sink`
        self._writer: Any = Writer(output, chunk_size=CHUNK_BYTES, enable_data_crcs=True)
        self._writer.start()
        self._schemas: dict[str, int] = {}
        self._channels: dict[tuple[str | None, ...], int] = {}
        self._to_repeat: list[ChannelNote] = []
        self._preamble_to_repeat = True
        self._records = 0
        self._oldest_ns: int | None = None
        self._write_preamble()

    def _write_preamble(self) -> None:
        self._writer.add_metadata(notes.HEADER, notes.seal(notes.HEADER, self._header))
        anchor_ns = self._header.anchor_ns
        self._writer.add_attachment(anchor_ns, anchor_ns, SETUP_NAME, "application/toml", self._setup_text.encode())

    def add(self, record: Record) -> None:
        """Add a record to the chunk in progress.

        Raises
        ------
        RecordingError
            If the record cannot be written such that it reads back as it is.
        """
        if not 0 <= record.t_ns <= MAX_TIME_NS:
            raise RecordingError(f"a record's time must be 0 to {MAX_TIME_NS} ns, got {record.t_ns}: check the clock")
        if isinstance(record, Packet):
            key: tuple[str | None, ...] = (record.source, record.endpoint, record.direction)
            content = encode_packet(record)
        else:
            key, content = (None, None, None), encode_mark(record)
        if len(content) > MAX_RECORD_BYTES:
            raise RecordingError(
                f"a record of {len(content)} bytes at {record.t_ns} ns: {MAX_RECORD_BYTES} is the most"
            )
        channel = self._channels.get(key) or self._open_channel(key)
        self._writer.add_message(channel, record.t_ns, content, record.t_ns, self._records)
        self._records += 1
        if self._oldest_ns is None:
            self._oldest_ns = record.t_ns

    def _open_channel(self, key: tuple[str | None, ...]) -> int:
        note = ChannelNote(len(self._channels) + 1, *key)
        topic = topic_of(note)
        schema = self._schema(*(PACKET_FORMAT if note.source is not None else MARK_FORMAT))
        encoding = "cdr" if note.source is not None else "json"
        self._writer.register_channel(topic, encoding, schema, channel_entries(note))
        self._channels[key] = note.id
        self._to_repeat.append(note)
        return note.id

    def _schema(self, name: str, encoding: str, text: bytes) -> int:
        if name not in self._schemas:
            self._schemas[name] = self._writer.register_schema(name, encoding, text)
        return self._schemas[name]

    def due(self, now_ns: int) -> bool:
        """Whether the chunk in progress spans so much time that it is to be closed; `now_ns` may lie on either side."""
        return self._oldest_ns is not None and abs(now_ns - self._oldest_ns) >= CHUNK_SPAN_NS

    def end_chunk(self) -> None:
        """Close the chunk in progress, if it holds anything, and write the copies that belong behind it."""
        if self._oldest_ns is None:
            return
        self._writer.flush()
        self._oldest_ns = None
        if self._preamble_to_repeat:
            self._write_preamble()
            self._preamble_to_repeat = False
        for note in self._to_repeat:
            self._writer.add_metadata(notes.CHANNEL, notes.seal(notes.CHANNEL, note))
        self._to_repeat.clear()

    def vouch(self, now_ns: int) -> None:
        """Close the chunk in progress and note that nothing else came in up to now."""
        self.end_chunk()
        self._writer.add_metadata(notes.FLUSHED, notes.seal(notes.FLUSHED, FlushNote(self._records, now_ns)))

    def carry(self, fault: Fault) -> None:
        """Note a fault of the file whose records these are."""
        self._writer.add_metadata(notes.FAULT, notes.seal(notes.FAULT, fault))

    def finish(self) -> None:
        """Close the last chunk and the file, with its index."""
        self.end_chunk()
        self._writer.add_metadata(notes.END, notes.seal(notes.END, EndNote(self._records)))
        self._writer.finish()
