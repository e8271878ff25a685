"""Walking the bytes of a segment: what is whole, what is damaged, what follows a damage.

Nothing is believed that is not proven: chunks and attachments by their CRC, notes by their seal, the other MCAP
records by a structure that fits their length to the byte. At the first byte that does not fit, the walk searches
for the next chunk, attachment or note that proves itself, and reports the bytes between as damaged. The search does
not use lengths or indexes of the damaged part, so one bad byte never costs more than the record it is in.

The format is that of https://mcap.dev/spec (version 0).
"""

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

import zstandard
from mcap.opcode import Opcode

from rig.recording import notes
from rig.recording.fields import U32, U64, read_entries, read_text

MAGIC = b"\x89MCAP0\r\n"
MAX_CHUNK_BYTES = 2**26
"""A chunk that claims more than this when unpacked is damaged or hostile."""
_FRAME = struct.Struct("<BQ")
_CHUNK_HEAD = struct.Struct("<QQQI")
_CANDIDATE = re.compile(
    b"[" + bytes([Opcode.CHUNK, Opcode.ATTACHMENT, Opcode.METADATA]) + rb"](?=.{4}\x00{4})", re.DOTALL
)
_unpack = zstandard.ZstdDecompressor()


@dataclass(frozen=True, slots=True)
class Chunk:
    """The unpacked records of a chunk, proven by its CRC."""

    offset: int
    end: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A metadata record whose seal is whole, with its content in JSON."""

    offset: int
    end: int
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment, proven by its CRC."""

    offset: int
    end: int
    name: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Beside:
    """A record that holds nothing of the session: MCAP's header, a message index."""

    offset: int
    end: int


@dataclass(frozen=True, slots=True)
class DataEnd:
    """MCAP's end of data, with the CRC over all before it."""

    offset: int
    end: int
    crc: int


@dataclass(frozen=True, slots=True)
class Damage:
    """Bytes that are not understood; the times are those a broken chunk claims for its records."""

    offset: int
    end: int
    start_ns: int | None = None
    end_ns: int | None = None


Piece: TypeAlias = Chunk | Note | Attached | Beside | DataEnd | Damage


def walk(data: bytes) -> Iterator[Piece]:
    """Pieces of a segment in order, without a gap between them, up to the end of data or of the file."""
    offset = len(MAGIC) if data.startswith(MAGIC) else 0
    while offset < len(data):
        piece = _piece_at(data, offset) or _damage_at(data, offset)
        yield piece
        if isinstance(piece, DataEnd):
            return
        offset = piece.end


def _piece_at(data: bytes, offset: int) -> Piece | None:
    try:
        opcode, length = _FRAME.unpack_from(data, offset)
        end = offset + _FRAME.size + length
        parse = _PARSERS.get(opcode)
        if end > len(data) or parse is None:
            return None
        return parse(data, offset, end)
    except (ValueError, struct.error, zstandard.ZstdError, MemoryError):
        return None


def _damage_at(data: bytes, offset: int) -> Damage:
    candidates = (match.start() for match in _CANDIDATE.finditer(data, offset + 1))
    following = next((at for at in candidates if _piece_at(data, at)), len(data))
    return Damage(offset, following, *_claimed_times(data, offset))


def _claimed_times(data: bytes, offset: int) -> tuple[int, int] | tuple[None, None]:
    if data[offset] != Opcode.CHUNK or offset + _FRAME.size + _CHUNK_HEAD.size > len(data):
        return None, None
    start_ns, end_ns, _, _ = _CHUNK_HEAD.unpack_from(data, offset + _FRAME.size)
    return start_ns, end_ns


def _require(condition: bool) -> None:
    if not condition:
        raise ValueError("not a whole record")


def _parse_header(data: bytes, offset: int, end: int) -> Beside:
    _, at = read_text(data, offset + _FRAME.size, end)
    _, at = read_text(data, at, end)
    _require(at == end)
    return Beside(offset, end)


def _parse_message_index(data: bytes, offset: int, end: int) -> Beside:
    at = offset + _FRAME.size + 2
    (length,) = U32.unpack_from(data, at)
    _require(length % 16 == 0 and at + U32.size + length == end)
    return Beside(offset, end)


def _parse_metadata(data: bytes, offset: int, end: int) -> Note:
    name, at = read_text(data, offset + _FRAME.size, end)
    entries, at = read_entries(data, at, end)
    content = notes.unseal(name, entries)
    if at != end or content is None:
        raise ValueError("the seal is broken")
    return Note(offset, end, name, content)


def _parse_attachment(data: bytes, offset: int, end: int) -> Attached:
    start = offset + _FRAME.size
    name, at = read_text(data, start + 16, end)
    _, at = read_text(data, at, end)
    (length,) = U64.unpack_from(data, at)
    at += U64.size
    _require(at + length + U32.size == end)
    _require(zlib.crc32(data[start : end - U32.size]) == U32.unpack_from(data, end - U32.size)[0])
    return Attached(offset, end, name, data[at : at + length])


def _parse_data_end(data: bytes, offset: int, end: int) -> DataEnd:
    _require(end - offset == _FRAME.size + U32.size)
    return DataEnd(offset, end, U32.unpack_from(data, offset + _FRAME.size)[0])


def _parse_chunk(data: bytes, offset: int, end: int) -> Chunk:
    at = offset + _FRAME.size
    _, _, size, crc = _CHUNK_HEAD.unpack_from(data, at)
    compression, at = read_text(data, at + _CHUNK_HEAD.size, end)
    (length,) = U64.unpack_from(data, at)
    at += U64.size
    _require(at + length == end)
    body = _unpacked(data[at:end], compression, size)
    _require(zlib.crc32(body) == crc)
    return Chunk(offset, end, body)


def _unpacked(data: bytes, compression: str, size: int) -> bytes:
    """Unpack a chunk, but never into more memory than a chunk may take."""
    if compression == "":
        return data
    _require(compression == "zstd")
    claimed = zstandard.frame_content_size(data)
    _require(max(claimed, size) <= MAX_CHUNK_BYTES)
    return _unpack.decompress(data, max_output_size=size)


_PARSERS: dict[int, Callable[[bytes, int, int], Piece]] = {
    Opcode.HEADER: _parse_header,
    Opcode.CHUNK: _parse_chunk,
    Opcode.MESSAGE_INDEX: _parse_message_index,
    Opcode.ATTACHMENT: _parse_attachment,
    Opcode.METADATA: _parse_metadata,
    Opcode.DATA_END: _parse_data_end,
}
