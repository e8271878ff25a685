"""Reading one segment: every record that can be proven whole, and a fault for everything else."""

import struct
import zlib
from contextlib import suppress
from dataclasses import dataclass

import msgspec
from mcap.opcode import Opcode

from rig.model.records import Packet, Record
from rig.model.session import SCHEMA_VERSION, Fault, FaultKind, SegmentHeader
from rig.recording import notes
from rig.recording.decoder import Channels, Decoded, decode_chunk, decoder_of
from rig.recording.errors import RecordingError
from rig.recording.layout import SETUP_NAME
from rig.recording.notes import ChannelNote, EndNote, FlushNote
from rig.recording.walker import MAGIC, Attached, Chunk, Damage, DataEnd, Note, Piece, walk

_FOOTER = struct.Struct("<BQQQI")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment as read, on its own time axis.

    Attributes
    ----------
    name
        The file's name.
    header
        What the segment is, or None if that is lost.
    setup_text
        The text of `rig.toml`, or None if that is lost.
    records
        In the order of writing.
    faults
        What is wrong with the file, by place.
    """

    name: str
    header: SegmentHeader | None
    setup_text: str | None
    records: tuple[Record, ...]
    faults: tuple[Fault, ...]


def read_segment(name: str, data: bytes) -> Segment:
    """Read a segment from its bytes, whatever has happened to them.

    Raises
    ------
    RecordingError
        If it was written by a newer version of the format.
    """
    reading = _Reading(name, data)
    for piece in walk(data):
        reading.take(piece)
    return reading.result()


class _Reading:
    """The state of reading a segment from front to back."""

    def __init__(self, name: str, data: bytes) -> None:
        self._name = name
        self._data = data
        self._header: SegmentHeader | None = None
        self._setup_text: str | None = None
        self._records: list[Record] = []
        self._faults: list[Fault] = []
        self._channels: Channels = {}
        self._expected = 0
        self._vouched_ns: int | None = None
        self._declared: int | None = None
        self._data_end: DataEnd | None = None
        self._damages: list[Damage] = []

    def take(self, piece: Piece) -> None:
        match piece:
            case Chunk():
                self._take_chunk(piece)
            case Note():
                self._take_note(piece)
            case Attached() if piece.name == SETUP_NAME and self._setup_text is None:
                self._setup_text = piece.data.decode(errors="replace")
            case Damage() if self._declared is None:  # behind the closing record, the checksums tell
                self._damages.append(piece)
            case DataEnd():
                self._data_end = piece

    def _take_note(self, note: Note) -> None:
        if note.name == notes.HEADER and self._header is None:
            self._header = _decode_header(self._name, note.content)
            return
        try:
            self._understand(note)
        except (msgspec.MsgspecError, ValueError, RecursionError):
            text = f"the note {note.name} is whole but cannot be understood; a newer version of the rig may read it"
            self._add(FaultKind.UNREADABLE, note.offset, note.end - note.offset, text, lost=0)

    def _understand(self, note: Note) -> None:
        if note.name == notes.CHANNEL:
            channel = msgspec.json.decode(note.content, type=ChannelNote)
            self._channels.setdefault(channel.id, decoder_of(channel))
        elif note.name == notes.FLUSHED:
            self._take_flush(msgspec.json.decode(note.content, type=FlushNote), note.offset)
        elif note.name == notes.FAULT:
            self._faults.append(msgspec.json.decode(note.content, type=Fault))
        elif note.name == notes.END:
            self._declared = msgspec.json.decode(note.content, type=EndNote).records

    def _take_flush(self, flush: FlushNote, offset: int) -> None:
        lost = max(0, flush.records - self._expected)
        if self._damages or lost:
            self._settle(lost, offset, flush.t_ns + 1)
        self._expected += lost
        self._vouched_ns = flush.t_ns

    def _take_chunk(self, chunk: Chunk) -> None:
        try:
            found = decode_chunk(chunk.body, self._channels, self._expected)
        except (ValueError, struct.error):
            self._damages.append(Damage(chunk.offset, chunk.end))
            return
        news = found.next_sequence > self._expected
        if news and (self._damages or found.skipped):
            self._settle(found.skipped, chunk.offset, _arrival_ns(found))
        self._report_contents(chunk, found)
        self._records += found.records
        self._expected = found.next_sequence

    def _report_contents(self, chunk: Chunk, found: Decoded) -> None:
        where = (chunk.offset, chunk.end - chunk.offset)
        if found.repeated:
            text = f"{_records(found.repeated)} here repeat earlier ones and are left out"
            self._add(FaultKind.DAMAGED, *where, text, lost=0)
        if found.unreadable_ns:
            count, first, last = len(found.unreadable_ns), min(found.unreadable_ns), max(found.unreadable_ns)
            text = f"{_records(count)} cannot be understood and are left out; a newer version of the rig may read them"
            self._add(FaultKind.UNREADABLE, *where, text, count, first, last + 1)

    def _settle(self, lost: int | None, offset: int, end_ns: int | None) -> None:
        """Tell what was lost since the last good chunk, now that it is known what follows."""
        start_ns = self._last_ns()
        if start_ns is not None and end_ns is not None and end_ns <= start_ns:  # stamps of two sources may cross
            start_ns, end_ns = end_ns - 1, start_ns + 1
        if not self._damages:
            text = f"{_records(lost)} that were written here are not in the file"
            self._add(FaultKind.MISSING, offset, 0, text, lost, start_ns, end_ns)
        for damage in self._damages:
            share = lost if len(self._damages) == 1 or lost == 0 else None
            text = f"these bytes are damaged and left out; {_records(share)} lost"
            times = _widen(start_ns, end_ns, damage)
            self._add(FaultKind.DAMAGED, damage.offset, damage.end - damage.offset, text, share, *times)
        self._damages.clear()

    def _last_ns(self) -> int | None:
        """Give the time up to which nothing can be missing any more."""
        anchor_ns = self._header.anchor_ns if self._header else None
        last_ns = self._records[-1].t_ns if self._records else anchor_ns
        return last_ns if self._vouched_ns is None else max(self._vouched_ns, last_ns or 0)

    def _add(
        self,
        kind: FaultKind,
        offset: int,
        length: int | None,
        text: str,
        lost: int | None = None,
        start_ns: int | None = None,
        end_ns: int | None = None,
    ) -> None:
        message = f"{self._name}, byte {offset}: {text}"
        self._faults.append(Fault(self._name, offset, length, kind, message, lost, start_ns, end_ns))

    def result(self) -> Segment:
        if not self._is_known():
            self._faults = [self._unknown()]
        else:
            self._judge_end()
            self._judge_header()
        faults = tuple(sorted(self._faults, key=lambda fault: fault.offset))
        return Segment(self._name, self._header, self._setup_text, tuple(self._records), faults)

    def _is_known(self) -> bool:
        started = bool(self._data) and MAGIC.startswith(self._data[: len(MAGIC)])
        return started or bool(self._records) or self._header is not None

    def _unknown(self) -> Fault:
        if not self._data:
            text = "the file is empty: the recorder died as it was made, or the disk was full; nothing to salvage"
            return Fault(self._name, 0, 0, FaultKind.EMPTY, f"{self._name}: {text}")
        text = "no recording of this rig: it does not start as an MCAP file and holds nothing that can be read"
        return Fault(self._name, 0, len(self._data), FaultKind.NOT_A_RECORDING, f"{self._name}: {text}")

    def _judge_end(self) -> None:
        if self._declared is None:
            self._judge_cut()
            return
        lost = max(0, self._declared - self._expected)
        if self._damages or lost:
            self._settle(lost, len(self._data), None)
        if not self._faults and not self._checksums_hold():
            text = "bytes beside the records have changed since it was written; no record is lost, salvage renews them"
            self._add(FaultKind.CHECKSUM, 0, None, text, lost=0)

    def _judge_cut(self) -> None:
        size = len(self._data)
        torn = self._damages.pop() if self._damages and self._damages[-1].end == size else Damage(size, size)
        if self._damages:
            self._settle(None, size, None)
        text = "the file ends without its closing record: what came after this point, if anything, is lost"
        self._add(FaultKind.CUT, torn.offset, size - torn.offset, text, None, *_widen(self._last_ns(), None, torn))

    def _judge_header(self) -> None:
        if self._header is None and self._records:
            text = "the segment's header is lost; its records are read, its place in time is not known"
            self._add(FaultKind.HEADER_MISSING, 0, None, text, lost=0)

    def _checksums_hold(self) -> bool:
        data, end = self._data, self._data_end
        return end is not None and zlib.crc32(data[: end.offset]) == end.crc and _summary_holds(data, end.end)


def _summary_holds(data: bytes, start: int) -> bool:
    """Whether MCAP's index, which others need and this reader does not, is whole and where it should be."""
    at = len(data) - len(MAGIC) - _FOOTER.size
    if at < start or not data.endswith(MAGIC):
        return False
    opcode, length, summary_start, _, crc = _FOOTER.unpack_from(data, at)
    framed = opcode == Opcode.FOOTER and length == _FOOTER.size - 9 and summary_start == start
    return bool(framed) and zlib.crc32(data[start : at + _FOOTER.size - 4]) == crc


def _decode_header(name: str, content: bytes) -> SegmentHeader:
    with suppress(msgspec.MsgspecError, ValueError, TypeError, RecursionError):
        header = msgspec.json.decode(content, type=SegmentHeader)
        if header.session.schema == SCHEMA_VERSION and header.wall_ns >= 0:
            return header
    raise RecordingError(
        f"{name}: its header is not of recording format {SCHEMA_VERSION}; read it with the version of the rig "
        "that wrote it, or a newer one"
    )


def _arrival_ns(found: Decoded) -> int:
    """Give a time by which everything that is missing had come in.

    Packets are stamped as they come; a mark may speak of the past.
    """
    packet = next((record.t_ns for record in found.records[found.gap_at :] if isinstance(record, Packet)), None)
    if packet is not None:
        return packet + 1
    return max([record.t_ns for record in found.records] + found.unreadable_ns, default=0) + 1


def _widen(start_ns: int | None, end_ns: int | None, damage: Damage) -> tuple[int | None, int | None]:
    """Take in the times a damaged chunk claims for its records, if they are credible beside its neighbours."""
    if start_ns is None or damage.start_ns is None or damage.end_ns is None:
        return start_ns, end_ns
    touches = damage.end_ns >= start_ns and (end_ns is None or damage.start_ns < end_ns)
    if damage.start_ns > damage.end_ns or not touches:
        return start_ns, end_ns
    return min(start_ns, damage.start_ns), None if end_ns is None else max(end_ns, damage.end_ns + 1)


def _records(count: int | None) -> str:
    if count is None:
        return "an unknown number of records"
    return f"{count} record{'' if count == 1 else 's'}"
