"""The gate timer's messages: as the page has them, both ways, and nothing broken gets through."""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import FrozenInstanceError, fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol import gate_timer
from firmware_protocol.framing import encode_frame
from firmware_protocol.gate_timer import (
    MESSAGES,
    SCHEMA_HASH,
    CueRequest,
    Edge,
    GateTimerDecoder,
    Heartbeat,
    Hello,
    Layout,
    Message,
    Ping,
    Pong,
    Received,
    SelfTestRequest,
    encode,
)
from tests.firmware_protocol import page
from tests.firmware_protocol.test_framing import crc_bitwise, framed

LAYOUTS = {layout.name: layout for layout in MESSAGES}
FRAMES = page.frames()
EDGE = Edge(gate=1, beam=0, level=1, sequence=7, overruns=0, ticks=2_000_000)


def message_of(frame: page.PageFrame) -> Message:
    return LAYOUTS[frame.name].unpack(bytes(1) + struct.pack("<" + LAYOUTS[frame.name].format, *frame.values))


def decoder_for(layout: Layout) -> GateTimerDecoder:
    return GateTimerDecoder(from_timer=layout.id < 0x80)


def messages_in(*reads: bytes) -> list[Message]:
    decoder = GateTimerDecoder()
    return [received.message for t, read in enumerate(reads) for received in decoder.feed(read, t)]


def test_the_table_equals_the_page() -> None:
    ours = [(layout.id, layout.name, layout.formats) for layout in MESSAGES]
    assert ours == [(m.id, m.name, m.fields) for m in page.messages()]


def test_the_schema_equals_the_page() -> None:
    assert gate_timer.schema_text() == page.schema()
    assert page.schema_hash() == zlib.crc32(page.schema().encode()) == SCHEMA_HASH


def test_the_page_shows_a_frame_of_every_message() -> None:
    assert [frame.name for frame in FRAMES] == [layout.name for layout in MESSAGES]


def test_the_page_says_when_every_message_is_said() -> None:
    told = set(re.findall(r"\b[A-Z_]{3,}\b", page.section("What the timer does when")))
    assert {layout.name for layout in MESSAGES} <= told


def test_known_wire_times_are_those_of_the_page() -> None:
    text = page.section("Clock exchange").replace("\n", " ")
    lengths = {frame.name: len(frame.frame) for frame in FRAMES}
    assert f"{lengths['PING']} bytes of PING frame, {lengths['PONG']} of PONG frame" in text
    assert lengths["PING"] * 10 * 10**9 // 115_200 == gate_timer.PING_WIRE_NS
    assert lengths["PONG"] * 10 * 10**9 // 115_200 == gate_timer.PONG_WIRE_NS


def test_a_byte_takes_ten_bits() -> None:
    assert gate_timer.wire_ns(115_200) == 10_000_000_000
    assert gate_timer.wire_ns(1, 1000) == 10_000_000


@pytest.mark.parametrize("frame", FRAMES, ids=lambda f: f.name)
def test_worked_frames_hold_what_the_page_says(frame: page.PageFrame) -> None:
    layout = LAYOUTS[frame.name]
    by_hand = b"".join(
        value.to_bytes({"B": 1, "H": 2, "I": 4, "Q": 8}[letter], "little")
        for value, letter in zip(frame.values, letters(layout), strict=True)
    )
    body = bytes([layout.id]) + by_hand
    assert frame.frame == framed(body, crc_bitwise(body))


def letters(layout: Layout) -> Iterator[str]:
    for _, letter in layout.formats:
        yield from letter[-1] * int(letter[:-1] or 1)


@pytest.mark.parametrize("frame", FRAMES, ids=lambda f: f.name)
def test_worked_frames_run_both_ways(frame: page.PageFrame) -> None:
    message = message_of(frame)
    assert encode(message) == frame.frame
    assert decoder_for(LAYOUTS[frame.name]).feed(frame.frame, 5) == [Received(5, message)]


@pytest.mark.parametrize("frame", FRAMES, ids=lambda f: f.name)
def test_frames_split_at_every_byte_keep_the_time_of_the_read_that_completed_them(frame: page.PageFrame) -> None:
    expected = [Received(20, message_of(frame))]
    for cut in range(len(frame.frame)):
        decoder = decoder_for(LAYOUTS[frame.name])
        assert decoder.feed(frame.frame[:cut], 10) + decoder.feed(frame.frame[cut:], 20) == expected


def test_requests_as_bytes() -> None:
    assert encode(Hello()) == bytes.fromhex("00 03 81 01 03 f3 c7 00")
    assert encode(Ping(token=0x01020304))[1:7] == bytes.fromhex("08 82 04 03 02 01")
    assert encode(CueRequest(token=3, kind=1, delay_ms=1500)) == bytes.fromhex("00 03 83 03 06 01 dc 05 cd dd 00")
    assert encode(SelfTestRequest(mode=1)) == bytes.fromhex("00 05 84 01 da 72 00")


def test_a_value_that_does_not_fit_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"PING.*token=-1"):
        encode(Ping(token=-1))
    with pytest.raises(ValueError, match="EDGE"):
        encode(replace(EDGE, gate=256))


numbers = {"B": st.integers(0, 2**8 - 1), "H": st.integers(0, 2**16 - 1), "I": st.integers(0, 2**32 - 1)}
numbers["Q"] = st.integers(0, 2**64 - 1)


@given(st.sampled_from(MESSAGES), st.data())
def test_any_values_run_both_ways(layout: Layout, data: st.DataObject) -> None:
    values = [data.draw(numbers[letter]) for letter in letters(layout)]
    message = layout.unpack(bytes(1) + struct.pack("<" + layout.format, *values))
    decoded = decoder_for(layout).feed(encode(message), 1)
    assert decoded == [Received(1, message)]
    assert layout.pack(message) == bytes([layout.id]) + struct.pack("<" + layout.format, *values)


@pytest.mark.parametrize("frame", FRAMES, ids=lambda f: f.name)
def test_messages_cannot_be_changed(frame: page.PageFrame) -> None:
    message = message_of(frame)
    with pytest.raises(FrozenInstanceError):
        setattr(message, LAYOUTS[frame.name].formats[0][0], 0)
    assert not hasattr(message, "__dict__")


@pytest.mark.parametrize("record", [Received(1, EDGE), GateTimerDecoder().counts], ids=["received", "counts"])
def test_records_cannot_be_changed(record: object) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(record, fields(record)[0].name, 0)  # type: ignore[arg-type]  # any of the records
    assert not hasattr(record, "__dict__")


def test_unknown_ids_are_skipped_and_counted() -> None:
    decoder = GateTimerDecoder()
    stream = encode_frame(b"\x60what is this") + encode(EDGE) + encode(Ping(1))
    assert [r.message for r in decoder.feed(stream, 0)] == [EDGE]
    assert decoder.counts.unknown_id == 2


def test_the_other_direction_does_not_hear_the_timer() -> None:
    decoder = GateTimerDecoder(from_timer=False)
    assert [r.message for r in decoder.feed(encode(EDGE) + encode(Ping(1)), 0)] == [Ping(1)]
    assert decoder.counts.unknown_id == 1


def test_the_direction_is_named() -> None:
    with pytest.raises(TypeError):
        GateTimerDecoder(False)  # type: ignore[call-arg]  # refused: that is the test


@pytest.mark.parametrize("layout", MESSAGES, ids=lambda x: x.name)
def test_a_longer_payload_is_read_and_a_shorter_one_refused(layout: Layout) -> None:
    body = bytes([layout.id]) + bytes(range(1, layout.size + 1))
    longer = decoder_for(layout)
    assert longer.feed(encode_frame(body + b"new"), 0) == [Received(0, layout.unpack(body))]
    assert longer.counts.bad_length == 0
    shorter = decoder_for(layout)
    assert shorter.feed(encode_frame(body[:-1]), 0) == []
    assert shorter.counts.bad_length == 1


@pytest.mark.parametrize("frame", [f for f in FRAMES if LAYOUTS[f.name].id < 0x80], ids=lambda f: f.name)
def test_a_corrupt_frame_never_gives_an_event(frame: page.PageFrame) -> None:
    before, after = encode(Pong(1, 2, 3)), encode(Heartbeat(4, 5, 6, 7, 8))
    whole = [Pong(1, 2, 3), Heartbeat(4, 5, 6, 7, 8)]
    for at in range(1, len(frame.frame) - 1):
        dropped = frame.frame[:at] + frame.frame[at + 1 :]
        assert messages_in(before, dropped, after) == whole
        for change in (0x01, 0x80, frame.frame[at]):
            flipped = frame.frame[:at] + bytes([frame.frame[at] ^ change]) + frame.frame[at + 1 :]
            assert messages_in(before, flipped, after) == whole


def test_a_flipped_payload_byte_reaches_the_crc() -> None:
    frame = bytearray(encode(EDGE))
    at = frame.index(b"\x80\x84\x1e") + 1
    frame[at] ^= 0x10
    decoder = GateTimerDecoder()
    assert decoder.feed(bytes(frame), 0) == []
    assert decoder.counts.frames.bad_crc == 1


def test_resync_keeps_halves_of_two_frames_apart() -> None:
    frame = encode(EDGE)
    decoder = GateTimerDecoder()
    decoder.feed(frame[:9], 0)
    decoder.resync()
    assert decoder.feed(frame[9:], 1) == []
    assert decoder.counts.frames.bad_crc == decoder.counts.frames.bad_cobs == 0
    assert decoder.feed(frame, 2) == [Received(2, EDGE)]


def test_beam_index_is_two_times_gate_plus_beam() -> None:
    assert [gate_timer.beam_index(gate, beam) for gate in range(4) for beam in range(2)] == list(range(8))
