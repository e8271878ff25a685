"""The records of one chunk: packets and marks back from their messages."""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

import msgspec
from mcap.opcode import Opcode

from rig.model.records import Direction, Packet, Record
from rig.recording.fields import read_entries, read_text
from rig.recording.layout import CDR_HEADER, CDR_PREFIX, channel_note, decode_mark
from rig.recording.notes import ChannelNote

_FRAME = struct.Struct("<BQ")
_HEAD = struct.Struct("<BQHIQQ")
_IDS = struct.Struct("<HH")

Decode: TypeAlias = Callable[[int, bytes], Record]
Channels: TypeAlias = dict[int, Decode]


@dataclass(slots=True)
class Decoded:
    """What a chunk holds.

    Attributes
    ----------
    records
        Packets and marks in the order of writing.
    next_sequence
        Number of the record to be expected after this chunk.
    skipped
        How many numbers between the expected first and `next_sequence` are not there.
    gap_at
        Index in `records` of the record behind the last such gap.
    repeated
        How many records were known already and left out.
    unreadable_ns
        Times of messages that are whole but cannot be understood.
    """

    records: list[Record] = field(default_factory=list)
    next_sequence: int = 0
    skipped: int = 0
    gap_at: int = 0
    repeated: int = 0
    unreadable_ns: list[int] = field(default_factory=list)


def decoder_of(note: ChannelNote) -> Decode:
    """How messages of a channel are read: time and content in, record out.

    The decoder raises ValueError, RecursionError or MsgspecError where the content is not what the channel should hold.
    """
    if note.source is None or note.endpoint is None or note.direction is None:
        return _decode_mark
    source, endpoint, direction = note.source, note.endpoint, Direction(note.direction)
    unpack, prefix = CDR_PREFIX.unpack_from, CDR_PREFIX.size

    def decode_packet(t_ns: int, content: bytes) -> Packet:
        encapsulation, length = unpack(content)
        if encapsulation != CDR_HEADER or length != len(content) - prefix:
            raise ValueError(f"{len(content)} bytes are no message of {length} bytes")
        return Packet(source, endpoint, direction, t_ns, content[prefix:])

    return decode_packet


def _decode_mark(t_ns: int, content: bytes) -> Record:
    mark = decode_mark(content)
    if mark.t_ns != t_ns:
        raise ValueError(f"a mark of {mark.t_ns} ns under {t_ns} ns")
    return mark


def decode_chunk(body: bytes, channels: Channels, expected: int) -> Decoded:
    """Read the records of a chunk.

    Parameters
    ----------
    body
        The unpacked chunk.
    channels
        Decoders by channel id; channels defined in the chunk are added.
    expected
        Sequence number the first record should have.

    Raises
    ------
    ValueError, struct.error
        If the chunk is not made of MCAP records.
    """
    found = Decoded(next_sequence=expected)
    at, end = 0, len(body)
    head, message, records = _HEAD.unpack_from, Opcode.MESSAGE.value, found.records
    padded = body + bytes(_HEAD.size)  # so that a short record at the end can be looked at like any other
    while at < end:
        opcode, length, channel, sequence, t_ns, _ = head(padded, at)
        stop = at + _FRAME.size + length
        if stop > end or (opcode == message and stop < at + _HEAD.size):
            raise ValueError(f"no record has {length} bytes at {at} of a chunk of {end}")
        if opcode != message:
            _define(body[at + _FRAME.size : stop], opcode, channels)
        elif sequence < found.next_sequence:
            found.repeated += 1
        else:
            if sequence > found.next_sequence:
                found.skipped += sequence - found.next_sequence
                found.gap_at = len(records)
            found.next_sequence = sequence + 1
            try:
                records.append(channels[channel](t_ns, body[at + _HEAD.size : stop]))
            except (KeyError, ValueError, struct.error, RecursionError, msgspec.MsgspecError):
                found.unreadable_ns.append(t_ns)
        at = stop
    return found


def _define(content: bytes, opcode: int, channels: Channels) -> None:
    """Take up a channel; schemas are for other readers."""
    if opcode != Opcode.CHANNEL:
        return
    channel_id, _ = _IDS.unpack_from(content)
    _, at = read_text(content, _IDS.size, len(content))
    _, at = read_text(content, at, len(content))
    entries, _ = read_entries(content, at, len(content))
    channels.setdefault(channel_id, decoder_of(channel_note(channel_id, entries)))
