"""The layout of messages: channels, topics, schemas and the bytes of a packet.

A packet's message is a ROS 2 message of one field, `uint8[] data`, in little-endian CDR: four bytes of
encapsulation header, a 32-bit length, the bytes. Any MCAP viewer can so show it, and encoding is one concatenation.
"""

import struct
from collections.abc import Mapping
from urllib.parse import quote

import msgspec

from rig.model.records import Direction, Mark, Packet
from rig.recording.errors import RecordingError
from rig.recording.notes import ChannelNote

SETUP_NAME = "rig.toml"
PACKET_FORMAT = (
    "rig_msgs/msg/Packet",
    "ros2msg",
    b"""\
# One notification or serial read, untouched. log_time: host monotonic nanoseconds.
# sequence: number of the record in the segment, from 0.
uint8[] data
""",
)
"""Name, encoding and text of the schema of packets."""
MARK_FORMAT = (
    "rig.Mark",
    "jsonschema",
    msgspec.json.encode(
        {
            "type": "object",
            "required": ["type", "kind", "t_ns"],
            "properties": {
                "type": {"const": "Mark"},
                "kind": {"type": "string"},
                "t_ns": {"type": "integer", "description": "host monotonic nanoseconds"},
                "trial": {"type": ["string", "null"]},
                "data": {"type": "object"},
            },
        }
    ),
)
"""The same of marks."""
MARKS_TOPIC = "/marks"
CDR_PREFIX = struct.Struct("<4sI")
CDR_HEADER = b"\x00\x01\x00\x00"
MAX_TIME_NS = 2**63 - 1


class _MarkOnFile(msgspec.Struct, tag="Mark"):
    """A mark as decoded: its data may be any JSON."""

    kind: str
    t_ns: int
    trial: str | None = None
    data: dict[str, object] = {}


_decode = msgspec.json.Decoder(_MarkOnFile).decode


def topic_of(note: ChannelNote) -> str:
    """Topic of a channel; characters that could blur the parts of the name are percent-encoded.

    Raises
    ------
    RecordingError
        If a name is no text that a file can hold.
    """
    if note.source is None:
        return MARKS_TOPIC
    parts = [part or "" for part in (note.source, note.endpoint, note.direction)]
    try:
        return "/" + "/".join(quote(part, safe="-_.:") for part in parts)
    except UnicodeEncodeError as error:
        raise RecordingError(f"channel {parts!r} cannot be named in a file: {error.reason}") from error


def channel_entries(note: ChannelNote) -> dict[str, str]:
    """Metadata of the MCAP channel: the exact names, whatever the topic made of them."""
    names = {"source": note.source, "endpoint": note.endpoint, "direction": note.direction}
    return {key: value for key, value in names.items() if value is not None}


def channel_note(channel_id: int, entries: Mapping[str, str]) -> ChannelNote:
    """Read a channel back from its metadata.

    Raises
    ------
    ValueError
        If a name is missing or the direction is none of the three.
    """
    if not entries:
        return ChannelNote(channel_id)
    if entries.keys() != {"source", "endpoint", "direction"}:
        raise ValueError(f"channel {channel_id} names {sorted(entries)}")
    return ChannelNote(channel_id, entries["source"], entries["endpoint"], Direction(entries["direction"]))


def encode_packet(packet: Packet) -> bytes:
    """Write a packet's bytes as a CDR message."""
    return CDR_PREFIX.pack(CDR_HEADER, len(packet.data)) + packet.data


def encode_mark(mark: Mark) -> bytes:
    """Write a mark as JSON.

    Raises
    ------
    RecordingError
        If the mark would read back as another one (NaN, tuples, bytes, text that is no Unicode).
    """
    try:
        content = msgspec.json.encode(mark)
        same = decode_mark(content) == mark
    except (TypeError, ValueError, RecursionError, msgspec.MsgspecError) as error:
        raise RecordingError(f"mark {mark.kind!r} at {mark.t_ns} ns cannot be written as JSON: {error}") from error
    if not same:
        raise RecordingError(
            f"mark {mark.kind!r} at {mark.t_ns} ns would be altered by JSON: its data may hold finite numbers, "
            "texts, true, false, null, lists and dicts with text keys"
        )
    return content


def decode_mark(content: bytes) -> Mark:
    """Read a mark back.

    Raises
    ------
    msgspec.MsgspecError, RecursionError
        If the content is no mark.
    """
    found = _decode(content)
    return Mark(found.kind, found.t_ns, found.trial, found.data)  # type: ignore[arg-type]  # decoded JSON, typed object
