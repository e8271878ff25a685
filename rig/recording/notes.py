"""Guarded notes: MCAP Metadata records that carry their own checksum.

MCAP guards chunks, attachments and the summary by a CRC, but not its Metadata records. What the rig writes there
(header, channels, closing count) decides results, so each such record holds two entries: `json`, the content, and
`crc32`, eight hexadecimal digits over the record's name, a space and the content.
"""

import zlib
from collections.abc import Mapping

import msgspec

HEADER = "rig.segment"
"""The segment's header, a `SegmentHeader`."""
CHANNEL = "rig.channel"
"""A copy of a channel's definition, a `ChannelNote`."""
FAULT = "rig.fault"
"""In a salvaged file: a `Fault` of the file it was salvaged from."""
FLUSHED = "rig.flushed"
"""At a flush that was asked for: a `FlushNote`."""
END = "rig.end"
"""The closing count, an `EndNote`; nothing but MCAP's own end follows."""


class ChannelNote(msgspec.Struct, frozen=True):
    """What a channel id stands for; all three names are None for the channel of marks."""

    id: int
    source: str | None = None
    endpoint: str | None = None
    direction: str | None = None


class FlushNote(msgspec.Struct, frozen=True):
    """How many records were given up to a time on the segment's clock, all of which are in the file before this."""

    records: int
    t_ns: int


class EndNote(msgspec.Struct, frozen=True):
    """How many records the segment holds."""

    records: int


def _checksum(name: str, content: bytes) -> str:
    return f"{zlib.crc32(content, zlib.crc32(f'{name} '.encode())):08x}"


def seal(name: str, note: object) -> dict[str, str]:
    """Entries of the Metadata record that holds `note`."""
    content = msgspec.json.encode(note)
    return {"json": content.decode(), "crc32": _checksum(name, content)}


def unseal(name: str, entries: Mapping[str, str]) -> bytes | None:
    """Return the content in JSON, or None if it is not what was sealed."""
    content = entries.get("json", "").encode()
    return content if entries.get("crc32") == _checksum(name, content) else None
