"""The frame reader and the messages of the gate timer."""

import time
from dataclasses import dataclass, field
from random import Random

from cobs import cobs

from firmware_protocol.framing import MAX_ENCODED, FrameReader, cobs_encode, crc16, encode_frame
from firmware_protocol.gate_timer import MESSAGES, GateTimerDecoder, Layout, Message
from tests.fuzz.mutate import mutate, pieces
from tests.fuzz.target import Report, chance_bound

EVENTS = [layout for layout in MESSAGES if layout.id < 0x80]
BATCH = 200
LEAST_REACHING = 0.8
"""Share of mutants that must come as far as the checksum: the rest only tries the stuffing."""
MAX_BODY = MAX_ENCODED - 3


def _body(rng: Random, layout: Layout) -> bytes:
    """Id and payload with values of all sizes, and so with zeros."""
    zeros = rng.random()
    return bytes([layout.id, *(0 if rng.random() < zeros else byte for byte in rng.randbytes(layout.size))])


def _checked(body: bytes) -> bytes:
    return body + crc16(body).to_bytes(2, "big")


# -- noise -------------------------------------------------------------------------------------------------------


def noise(rng: Random, n: int) -> Report:
    """Bytes of any value; where zeros are frequent, many are well stuffed."""
    reader, fed, held = FrameReader(), 0, 0
    reader.feed(b"\0")
    while fed < n:
        chunk = _noise(rng)
        for read in pieces(rng, chunk):
            reader.feed(read)
            held = max(held, len(reader._pending))
        fed += len(chunk)
    counts = reader.counts
    reached = counts.good + counts.bad_crc
    problems = [] if counts.good <= chance_bound(reached) else ["the checksum lets more noise through than chance"]
    problems += [] if held <= MAX_ENCODED + 1 else [f"the reader kept {held} bytes"]
    figures = {"reached the CRC": reached, "passed": counts.good, "expected by chance": round(reached / 65536, 1)}
    return Report(fed, figures | {"most bytes kept": held}, tuple(problems))


def _noise(rng: Random) -> bytes:
    chunk = rng.randbytes(8192)
    kind = rng.randrange(4)
    if kind == 0:
        return chunk
    if kind == 1:
        return chunk.replace(b"\0", b"\x01")
    # Low values are short COBS groups, so that most frames are well stuffed.
    return chunk.translate(bytes(byte % (4 if kind == 2 else 12) for byte in range(256)))


# -- mutants -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Batch:
    """A stretch of line: valid messages among spoilt ones."""

    line: bytearray = field(default_factory=bytearray)
    valid: list[Message] = field(default_factory=list)
    mutants: int = 0


def mutants(rng: Random, n: int) -> Report:
    """Valid frames, spoilt before the stuffing (most) or after it; a valid one after every third."""
    decoder, fed, asked, valid, wrong, lost = GateTimerDecoder(), 0, 0, 0, 0, 0
    while fed < n:
        batch = _batch(rng)
        got = [r.message for read in pieces(rng, bytes(batch.line)) for r in decoder.feed(read, 0)]
        extra = _unexpected(got, batch.valid)
        wrong += len(extra)
        lost += len(batch.valid) - (len(got) - len(extra))
        fed, asked, valid = fed + len(batch.line), asked + batch.mutants, valid + len(batch.valid)
    frames = decoder.counts.frames
    passed = frames.good - valid
    reached = passed + frames.bad_crc
    problems = [] if passed <= chance_bound(reached) else [f"{passed} of {reached} mutants passed the checksum"]
    problems += [] if reached >= LEAST_REACHING * asked else ["too few mutants reach the checksum"]
    problems += [] if lost == 0 else [f"{lost} valid messages were lost"]
    figures = {
        "mutants": asked,
        "reached the CRC": reached,
        "share": round(reached / asked, 3),
        "passed": passed,
        "expected by chance": round(reached / 65536, 1),
        "gave a wrong message": wrong,
        "valid messages among them": valid,
    }
    return Report(fed, figures, tuple(problems))


def _batch(rng: Random) -> _Batch:
    batch = _Batch()
    layouts = rng.choices(EVENTS, k=BATCH)
    bodies = [_body(rng, layout) for layout in layouts]
    for k, (layout, body) in enumerate(zip(layouts, bodies, strict=True)):
        if k % 4 == 3:
            batch.line += encode_frame(body)
            batch.valid.append(layout.unpack(body))
        else:
            batch.line += _mutant(rng, body, bodies[k - 1])
            batch.mutants += 1
    return batch


def _mutant(rng: Random, body: bytes, other: bytes) -> bytes:
    """Of one frame: spoilt under the stuffing, or one time in ten with its stuffing."""
    whole, stranger = _checked(body), _checked(other)
    through = rng.random() < 0.1
    while True:
        if through:
            encoded = mutate(rng, cobs_encode(whole), cobs_encode(stranger))
        else:
            encoded = cobs_encode(mutate(rng, whole, stranger))
        if len(encoded) <= MAX_ENCODED and not _holds(encoded, whole, stranger):
            return b"\0" + encoded + b"\0"


def _holds(encoded: bytes, *frames: bytes) -> bool:
    """Whether a valid frame is left in it; zeros behind one change nothing, as its CRC ends at zero."""
    parts = [_unstuffed(part).rstrip(b"\0") for part in encoded.split(b"\0")]
    return any(frame.rstrip(b"\0") in parts for frame in frames)


def _unstuffed(part: bytes) -> bytes:
    try:
        return bytes(cobs.decode(part))
    except cobs.DecodeError:
        return b""


def _unexpected(got: list[Message], expected: list[Message]) -> list[Message]:
    """What is not the next of those expected."""
    extra, at = [], 0
    for message in got:
        if at < len(expected) and message == expected[at]:
            at += 1
        else:
            extra.append(message)
    return extra


# -- well-formed frames of any content ---------------------------------------------------------------------------


def strangers(rng: Random, n: int) -> Report:
    """Frames with a right checksum, any id and any length: each is a message, unknown or too short."""
    decoder, fed = GateTimerDecoder(), 0
    problems: set[str] = set()
    while fed < n:
        bodies = [_stranger(rng) for _ in range(BATCH)]
        line = b"".join(map(encode_frame, bodies))
        got = [received.message for read in pieces(rng, line) for received in decoder.feed(read, 0)]
        readable = [_known_part(body) for body in bodies if len(body) > _SIZES.get(body[0], len(body))]
        if [_LAYOUTS[type(message)].pack(message) for message in got] != readable:
            problems.add("a message does not say what its frame held")
        fed += len(line)
    counts = decoder.counts
    figures = {"frames": counts.frames.good, "unknown id": counts.unknown_id, "too short": counts.bad_length}
    return Report(fed, figures, tuple(sorted(problems)))


def _stranger(rng: Random) -> bytes:
    known = rng.random() < 0.7
    first = rng.choice(EVENTS).id if known else rng.randrange(256)
    return bytes([first]) + rng.randbytes(rng.randrange(MAX_BODY))


_SIZES = {layout.id: layout.size for layout in EVENTS}
_LAYOUTS = {layout.kind: layout for layout in EVENTS}


def _known_part(body: bytes) -> bytes:
    return body[: 1 + _SIZES[body[0]]]


# -- speed -------------------------------------------------------------------------------------------------------


def valid(rng: Random, n: int) -> Report:
    """Valid edges only: all arrive, and how many a second (of one core that others may use too)."""
    edge = next(layout for layout in EVENTS if layout.name == "EDGE")
    line = b"".join(encode_frame(_body(rng, edge)) for _ in range(20_000))
    speeds, sent, got = {}, 0, 0
    for size in (64, 4096):
        reads = [line[at : at + size] for at in range(0, len(line), size)]
        decoder, laps, began = GateTimerDecoder(), max(1, n // (2 * len(line))), time.perf_counter()
        for _ in range(laps):
            got += sum(len(decoder.feed(read, 0)) for read in reads)
        seconds = time.perf_counter() - began
        sent += 20_000 * laps
        speeds[f"frames a second, reads of {size} bytes"] = round(20_000 * laps / seconds)
    problems = () if got == sent else (f"{sent - got} valid frames were lost",)
    return Report(sent * len(line) // 20_000, {"frames": sent} | speeds, problems)
