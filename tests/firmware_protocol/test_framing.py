"""Frames: stuffing against the `cobs` package, the checksum against its near misses, and everything that can break."""

import random
from dataclasses import FrozenInstanceError

import pytest
from cobs import cobs
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol.framing import (
    MAX_ENCODED,
    CobsError,
    FrameCounts,
    FrameReader,
    cobs_decode,
    cobs_encode,
    crc16,
    encode_frame,
)


def crc_bitwise(data: bytes, init: int = 0xFFFF) -> int:
    """CRC-16 with polynomial 0x1021, one bit at a time, as the catalogue of CRCs defines it."""
    register = init
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1) ^ (0x1021 if register & 0x8000 else 0)
    return register & 0xFFFF


def framed(body: bytes, crc: int) -> bytes:
    return b"\0" + bytes(cobs.encode(body + crc.to_bytes(2, "big"))) + b"\0"


def reader(*reads: bytes) -> tuple[list[bytes], FrameCounts]:
    frame_reader = FrameReader()
    bodies = [body for read in reads for body in frame_reader.feed(read)]
    return bodies, frame_reader.counts


runs = st.lists(
    st.one_of(st.binary(max_size=6), st.integers(1, 600).map(lambda n: b"\x2a" * n), st.just(b"\0")), max_size=6
).map(b"".join)


@given(runs)
def test_cobs_equals_the_oracle(data: bytes) -> None:
    assert cobs_encode(data) == cobs.encode(data)
    assert cobs_decode(cobs.encode(data)) == data


@pytest.mark.parametrize("length", [0, 1, 253, 254, 255, 508, 509])
@pytest.mark.parametrize("tail", [b"", b"\0", b"\0x"])
def test_cobs_at_the_lengths_of_a_full_group(length: int, tail: bytes) -> None:
    data = b"a" * length + tail
    assert cobs_encode(data) == cobs.encode(data)
    assert cobs_decode(cobs_encode(data)) == data


@given(st.binary(max_size=300))
def test_cobs_refuses_what_the_oracle_refuses(data: bytes) -> None:
    try:
        expected = cobs.decode(data)
    except cobs.DecodeError:
        with pytest.raises(CobsError):
            cobs_decode(data)
    else:
        assert cobs_decode(data) == expected


@pytest.mark.parametrize("data", [b"\x03a\x00", b"\x02\x00\x02b", b"\x02a\x00"])
def test_a_zero_within_a_frame_is_refused_where_a_byte_or_a_code_belongs(data: bytes) -> None:
    with pytest.raises(CobsError, match="zero byte"):
        cobs_decode(data)


def test_crc_check_value_and_none_of_its_near_misses() -> None:
    check = crc16(b"123456789")
    assert check == 0x29B1
    xmodem, mcrf4xx, sdlc, kermit, modbus = 0x31C3, 0x6F91, 0x906E, 0x2189, 0x4B37
    assert check not in {xmodem, mcrf4xx, sdlc, kermit, modbus}


@given(st.binary(max_size=64))
def test_crc_equals_the_definition_bit_by_bit(data: bytes) -> None:
    assert crc16(data) == crc_bitwise(data)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(crc_bitwise(b"\x02hello", 0), id="xmodem"),
        pytest.param(crc_bitwise(b"\x02hello") ^ 0xFFFF, id="genibus"),
        pytest.param(int.from_bytes(crc_bitwise(b"\x02hello").to_bytes(2, "big"), "little"), id="low byte first"),
    ],
)
def test_a_frame_with_another_crc_is_refused(wrong: int) -> None:
    assert reader(framed(b"\x02hello", wrong)) == ([], FrameCounts(bad_crc=1))


def test_frame_layout_is_that_of_the_page() -> None:
    body = b"\x02\x00\x01"
    assert encode_frame(body) == framed(body, crc_bitwise(body))
    assert reader(encode_frame(body)) == ([body], FrameCounts(good=1))


def test_adjacent_frames_leave_an_empty_one_between_them() -> None:
    bodies, counts = reader(encode_frame(b"a") + encode_frame(b"b"))
    assert bodies == [b"a", b"b"]
    assert counts == FrameCounts(good=2, empty=1)


@given(st.lists(st.binary(min_size=1, max_size=61), max_size=4), st.data())
def test_bodies_do_not_depend_on_how_the_stream_is_read(bodies: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(encode_frame(body) for body in bodies)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reads = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    assert reader(*reads) == reader(stream)
    assert reader(*reads)[0] == bodies


def test_bytes_before_the_first_delimiter_are_neither_used_nor_counted() -> None:
    whole = encode_frame(b"\x02hello")
    assert reader(whole[3:]) == ([], FrameCounts())
    assert reader(whole[1:]) == ([], FrameCounts())
    assert reader(b"x" * 500 + whole) == ([b"\x02hello"], FrameCounts(good=1))


def test_longest_frame_passes_and_one_more_byte_does_not() -> None:
    longest, longer = b"x" * (MAX_ENCODED - 3), b"x" * (MAX_ENCODED - 2)
    assert len(encode_frame(longest)) == MAX_ENCODED + 2
    assert reader(encode_frame(longest))[0] == [longest]
    with pytest.raises(ValueError, match="65 encoded bytes"):
        encode_frame(longer)
    too_long = framed(longer, crc16(longer))
    assert reader(too_long) == ([], FrameCounts(too_long=1))
    assert reader(*(bytes([byte]) for byte in too_long)) == ([], FrameCounts(too_long=1))


def test_memory_stays_bounded_without_a_delimiter_and_the_next_frame_is_read() -> None:
    frame_reader = FrameReader()
    frame_reader.feed(b"\0")
    for _ in range(1000):
        frame_reader.feed(b"x" * 100)
    assert len(frame_reader._pending) <= MAX_ENCODED + 1
    assert frame_reader.feed(encode_frame(b"ok")) == [b"ok"]
    assert frame_reader.counts == FrameCounts(good=1, too_long=1)


def test_a_frame_without_room_for_an_id_is_refused() -> None:
    # The CRC of nothing is 0xFFFF, so an empty body would pass the checksum.
    assert reader(framed(b"", 0xFFFF)) == ([], FrameCounts(too_short=1))
    assert reader(b"\0" + cobs.encode(b"x") + b"\0") == ([], FrameCounts(too_short=1))


def test_a_cobs_code_behind_the_end_is_refused() -> None:
    assert reader(b"\0\x05ab\0") == ([], FrameCounts(bad_cobs=1))


def test_resync_drops_the_half_frame_without_counting_it() -> None:
    whole = encode_frame(b"\x02hello")
    frame_reader = FrameReader()
    frame_reader.feed(whole[:5])
    frame_reader.resync()
    assert frame_reader.feed(whole[5:] + whole) == [b"\x02hello"]
    assert frame_reader.counts == FrameCounts(good=1, empty=1)


def test_counts_are_a_record_that_nobody_changes() -> None:
    counts = FrameReader().counts
    with pytest.raises(FrozenInstanceError):
        counts.good = 1  # type: ignore[misc]  # frozen: that is the test
    assert not hasattr(counts, "__dict__")


def test_every_flipped_bit_and_every_dropped_byte_is_noticed() -> None:
    whole = encode_frame(bytes(range(1, 24)))
    for at in range(1, len(whole) - 1):
        assert reader(whole[:at] + whole[at + 1 :], b"\0")[0] == []
        for bit in range(8):
            broken = whole[:at] + bytes([whole[at] ^ 1 << bit]) + whole[at + 1 :]
            assert reader(broken, b"\0")[0] == []


def read_in_pieces(stream: bytes) -> tuple[list[bytes], FrameCounts]:
    return reader(*(stream[at : at + 97] for at in range(0, len(stream), 97)))


def test_noise_neither_crashes_nor_passes() -> None:
    bodies, counts = read_in_pieces(random.Random(1).randbytes(200_000))
    assert bodies == []
    assert counts.bad_cobs > 100
    assert counts.too_long > 100


def test_well_stuffed_noise_passes_no_more_often_than_the_crc_allows() -> None:
    noise = random.Random(2)
    frames = [framed(noise.randbytes(noise.randrange(1, 40)), noise.randrange(65536)) for _ in range(10_000)]
    bodies, counts = read_in_pieces(b"".join(frames))
    assert counts.bad_crc + counts.good == len(frames)
    assert counts.good == len(bodies) <= 2
