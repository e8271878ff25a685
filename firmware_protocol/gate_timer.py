"""Messages of the photogate timer, protocol version 1 (docs/gate-protocol.md).

The classes below, with the wire format of every field in its annotation, and `MESSAGES`, which gives each its
id and name, are the one message table: codec, schema hash and the tests of the page all come from it.
"""

import struct
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice
from typing import Annotated, TypeAlias, get_type_hints

from firmware_protocol.framing import FrameCounts, FrameReader, encode_frame

U8 = Annotated[int, "B"]
U16 = Annotated[int, "H"]
U32 = Annotated[int, "I"]
U64 = Annotated[int, "Q"]
EightU8 = Annotated[tuple[int, ...], "8B"]
EightU16 = Annotated[tuple[int, ...], "8H"]

PROTOCOL = (1, 0)
"""Major and minor version that this module speaks."""

BAUD = 115_200
BEAMS_PER_GATE = 2


@dataclass(frozen=True, slots=True)
class Info:
    """Who the timer is; sent first after power-up and in answer to HELLO."""

    protocol_major: U8
    protocol_minor: U8
    firmware_major: U8
    firmware_minor: U8
    schema_hash: U32
    boot_id: U32
    n_gates: U8
    beams_fitted: U8
    tick_ns: U16
    ticks: U64
    height_mm: EightU16


@dataclass(frozen=True, slots=True)
class Edge:
    """A beam was blocked (level 1) or cleared (level 0)."""

    gate: U8
    beam: U8
    level: U8
    sequence: U16
    overruns: U16
    ticks: U64


@dataclass(frozen=True, slots=True)
class Pong:
    """The answer to PING, with the ticks at its arrival and at the first byte of the answer."""

    token: U32
    rx_ticks: U64
    tx_ticks: U64


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Absolute levels and counters, once a second, from which a lost edge heals."""

    ticks: U64
    levels: U8
    next_sequence: U16
    overruns: U16
    rx_errors: U16


@dataclass(frozen=True, slots=True)
class Cue:
    """A start signal was given."""

    token: U16
    kind: U8
    ticks: U64


@dataclass(frozen=True, slots=True)
class SelfTest:
    """What each beam does at present, for alignment."""

    ticks: U64
    levels: U8
    stuck: U8
    edges: EightU8


@dataclass(frozen=True, slots=True)
class TimerError:
    """The timer did not understand a message."""

    code: U8
    detail: U8
    ticks: U64


@dataclass(frozen=True, slots=True)
class Hello:
    """Ask for INFO."""

    protocol_major: U8 = PROTOCOL[0]
    protocol_minor: U8 = PROTOCOL[1]


@dataclass(frozen=True, slots=True)
class Ping:
    """Ask for PONG: the clock exchange."""

    token: U32


@dataclass(frozen=True, slots=True)
class CueRequest:
    """Ask for a start signal after `delay_ms`; `kind` 1 beep, 2 light, 3 both."""

    token: U16
    kind: U8
    delay_ms: U16


@dataclass(frozen=True, slots=True)
class SelfTestRequest:
    """Turn the self test on (1) or off (0)."""

    mode: U8


Event: TypeAlias = Info | Edge | Pong | Heartbeat | Cue | SelfTest | TimerError
Request: TypeAlias = Hello | Ping | CueRequest | SelfTestRequest
Message: TypeAlias = Event | Request


def _formats(kind: type[Message]) -> tuple[str, ...]:
    hints = get_type_hints(kind, include_extras=True)
    return tuple(hints[field.name].__metadata__[0] for field in fields(kind))


class Layout:
    """One row of the message table: id, name, fields and their place in the payload.

    Attributes
    ----------
    id, name, kind
        As on the page, and the class of the message.
    formats
        (field name, letters of Python's `struct`) in order.
    format
        The whole payload in letters of `struct`, without byte order.
    size
        Payload length in bytes.
    """

    def __init__(self, message_id: int, name: str, kind: type[Message]) -> None:
        letters = _formats(kind)
        self.id = message_id
        self.name = name
        self.kind = kind
        self.formats = tuple(zip((f.name for f in fields(kind)), letters, strict=True))
        self.format = "".join(letters)
        self._struct = struct.Struct("<" + self.format)
        self._make: Callable[..., Message] = kind
        self._arrays = tuple(_array_length(letter) for letter in letters)
        self._has_arrays = any(self._arrays)
        self.size = self._struct.size

    def pack(self, message: Message) -> bytes:
        """Id and payload; `struct.error` where a value does not fit its field."""
        values: list[int] = []
        for field in fields(message):
            value = getattr(message, field.name)
            values.extend(value if isinstance(value, tuple) else (value,))
        return bytes([self.id]) + self._struct.pack(*values)

    def unpack(self, body: bytes) -> Message:
        """Message from id and payload; bytes beyond what is known are left unread."""
        values = self._struct.unpack_from(body, 1)
        return self._make(*(_gathered(values, self._arrays) if self._has_arrays else values))


def _array_length(letters: str) -> int:
    """Elements of an array field, or 0 for a plain number."""
    return int(letters[:-1] or 0)


def _gathered(values: Iterable[int], lengths: Iterable[int]) -> Iterator[int | tuple[int, ...]]:
    """Values with those of each array field put together."""
    rest = iter(values)
    for length in lengths:
        yield tuple(islice(rest, length)) if length else next(rest)


MESSAGES = (
    Layout(0x01, "INFO", Info),
    Layout(0x02, "EDGE", Edge),
    Layout(0x03, "PONG", Pong),
    Layout(0x04, "HEARTBEAT", Heartbeat),
    Layout(0x05, "CUE", Cue),
    Layout(0x06, "SELF_TEST", SelfTest),
    Layout(0x07, "ERROR", TimerError),
    Layout(0x81, "HELLO", Hello),
    Layout(0x82, "PING", Ping),
    Layout(0x83, "CUE_REQUEST", CueRequest),
    Layout(0x84, "SELF_TEST_REQUEST", SelfTestRequest),
)

_BY_KIND = {layout.kind: layout for layout in MESSAGES}


def schema_text(layouts: Iterable[Layout] = MESSAGES) -> str:
    """Write the message table as the text that the schema hash is taken of."""
    return "".join(f"{layout.id:02x} {layout.name} {layout.format}\n" for layout in layouts)


SCHEMA_HASH = zlib.crc32(schema_text().encode("ascii"))
"""CRC-32 of `schema_text`; a timer with another one speaks another table."""


def encode(message: Message) -> bytes:
    """Message to the bytes on the line, delimiters included.

    Raises
    ------
    ValueError
        If a value does not fit its field.
    """
    layout = _BY_KIND[type(message)]
    try:
        return encode_frame(layout.pack(message))
    except struct.error as error:
        raise ValueError(f"{layout.name}: {error} in {message}") from error


def wire_ns(message_bytes: int, baud: int = BAUD) -> int:
    """How long so many bytes take on the line (10 bits each), in nanoseconds."""
    return message_bytes * 10 * 1_000_000_000 // baud


PING_WIRE_NS = wire_ns(len(encode(Ping(0))))
PONG_WIRE_NS = wire_ns(len(encode(Pong(0, 0, 0))))


def beam_index(gate: int, beam: int) -> int:
    """Give the bit of a beam in a mask."""
    return BEAMS_PER_GATE * gate + beam


@dataclass(frozen=True, slots=True)
class Received:
    """A message and the host time (ns) of the read that completed its frame."""

    t_ns: int
    message: Message


@dataclass(frozen=True, slots=True)
class DecoderCounts:
    """Good frames that gave no message, beside what the frame reader threw away."""

    frames: FrameCounts
    unknown_id: int
    bad_length: int


class GateTimerDecoder:
    """Bytes of one direction of the line to messages.

    Parameters
    ----------
    from_timer
        True for what the timer says, False for what the rig said to it. Ids of the other direction are unknown.
    """

    def __init__(self, *, from_timer: bool = True) -> None:
        self._reader = FrameReader()
        self._layouts = {layout.id: layout for layout in MESSAGES if (layout.id < 0x80) == from_timer}
        self._unknown_id = 0
        self._bad_length = 0

    @property
    def counts(self) -> DecoderCounts:
        """What was delivered and thrown away so far."""
        return DecoderCounts(self._reader.counts, self._unknown_id, self._bad_length)

    def resync(self) -> None:
        """Forget a half-read frame: after a lost link or dropped bytes."""
        self._reader.resync()

    def feed(self, data: bytes, t_ns: int) -> list[Received]:
        """Take one read and its host time; give the messages that it completed, in order."""
        messages = (self._message(body) for body in self._reader.feed(data))
        return [Received(t_ns, message) for message in messages if message is not None]

    def _message(self, body: bytes) -> Message | None:
        layout = self._layouts.get(body[0])
        if layout is None:
            self._unknown_id += 1
            return None
        if len(body) - 1 < layout.size:
            self._bad_length += 1
            return None
        return layout.unpack(body)
