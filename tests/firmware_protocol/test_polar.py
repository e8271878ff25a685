"""Polar PMD, byte by byte: the talk that starts it, raw and packed frames, factors, stamps of last samples."""

import struct

import numpy as np
import pytest

from firmware_protocol.wearables.base import Blocks, Mark, Write
from firmware_protocol.wearables.polar import CONTROL_UUID, DATA_UUID, Polar, PolarDecoder

G = 9.80665
ACC_FACTOR = bytes.fromhex("f002020000" + "0501" + "00008039")  # 2^-12 exactly
GYR_FACTOR = bytes.fromhex("f002050000" + "0501" + "0000003f")  # 0.5


def decode(*frames: str, answers: tuple[bytes, ...] = ()) -> tuple[Blocks, PolarDecoder]:
    decoder = PolarDecoder()
    for answer in answers:
        decoder.feed(CONTROL_UUID, answer, 0)
    for k, frame in enumerate(frames):
        decoder.feed(DATA_UUID, bytes.fromhex(frame), k)
    return decoder.take(), decoder


def acc_frame(ns: int, kind: int, numbers: bytes) -> str:
    return (struct.pack("<BQB", 2, ns, kind) + numbers).hex()


def gyr_frame(ns: int, kind: int, numbers: bytes) -> str:
    return (struct.pack("<BQB", 5, ns, kind) + numbers).hex()


VECTORS = [
    ("02650000000000000081f1ff1400f00306017b0f08", [[-15, 20, 1008], [-20, 17, 1008]]),
    # by hand: int8, int16, int24; the last is -1, 2^16, -2^23
    ("02000000000000000000" + "ff7f80", [[-1, 127, -128]]),
    ("02000000000000000001" + "ff7f0080e803", [[32767, -32768, 1000]]),
    ("02000000000000000002" + "ffffff000001000080", [[-1, 65536, -8388608]]),
    ("02000000000000000002" + "ffff7f000080ffff80", [[8388607, -8388608, -8323073]]),
]


@pytest.mark.parametrize(("frame", "milli_g"), VECTORS)
def test_accelerations_in_milli_g(frame: str, milli_g: list[list[int]]) -> None:
    blocks, decoder = decode(frame)
    assert (blocks.acc / G * 1000).tolist() == pytest.approx(np.array(milli_g), rel=1e-12)
    assert not np.any(blocks.marks & Mark.NO_SCALE)
    assert dict(decoder.counts) == {"blocks": 1}


def test_angular_rates_as_published() -> None:
    whole = "05ffffffffffffff7f80eaff08000d000301df00"
    blocks, _ = decode(whole)
    assert blocks.rates is not None
    assert np.degrees(blocks.rates.gyr).tolist() == pytest.approx(np.array([[-22, 8, 13], [-23, 11, 16]]))
    assert blocks.rates.marks.tolist() == [Mark.NO_SCALE] * 2
    assert blocks.rates.device_ns.tolist() == [2**63 - 1]
    floats = "050094357700000000810000803f000020410000a0411c010000a001000008cdccec0d"
    blocks, _ = decode(floats)
    assert blocks.rates is not None
    patterns = [
        (p + d) % 2**32
        for p, d in zip((0x3F800000, 0x41200000, 0x41A00000), (0x1A00000, 0x800000, 0xFDECCCCD), strict=True)
    ]
    second = struct.unpack("<3f", struct.pack("<3I", *patterns))
    assert np.degrees(blocks.rates.gyr).tolist() == pytest.approx(np.array([[1, 10, 20], second]))
    assert blocks.rates.marks.tolist() == [0, 0]
    assert blocks.rates.device_ns.tolist() == [2_000_000_000]


def test_the_factor_of_the_start_gives_the_scale() -> None:
    data = struct.pack("<3h", 4096, -2048, 32767)
    blocks, _ = decode(acc_frame(0, 0x80, data), gyr_frame(0, 0, data), answers=(ACC_FACTOR, GYR_FACTOR))
    assert (blocks.acc / G).tolist() == pytest.approx(np.array([[1.0, -0.5, 32767 / 4096]]))
    assert blocks.marks.tolist() == [Mark.ACC_SATURATED]
    assert blocks.rates is not None
    assert np.degrees(blocks.rates.gyr).tolist() == pytest.approx(np.array([[2048, -1024, 16383.5]]))
    assert blocks.rates.marks.tolist() == [Mark.GYR_SATURATED]


def test_a_factor_that_is_none_is_not_taken() -> None:
    for bits in ("0000c07f", "00000000", "0000803f"):
        answer = bytes.fromhex("f002020000" + "0501" + bits)
        blocks, _ = decode(acc_frame(0, 0x80, bytes(6)), answers=(answer,))
        assert bool(blocks.marks[0] & Mark.NO_SCALE) == (bits != "0000803f")


def test_differences_add_up_over_blocks_of_several_widths() -> None:
    reference = struct.pack("<3h", 100, 200, 300)
    # 2 bits: (1, -1, 0), then (-2, 1, 1) = 01 11 00 | 10 01 01, first bits lowest; 9 bits: (-256, 255, 0)
    packed = b"\x02\x02" + bytes([0b10001101, 0b0101]) + b"\x09\x01" + (0x100 | 0xFF << 9).to_bytes(4, "little")
    blocks, _ = decode(acc_frame(9, 0x81, reference + packed))
    assert (blocks.acc / G * 1000).tolist() == pytest.approx(
        np.array([[100, 200, 300], [101, 199, 300], [99, 200, 301], [-157, 455, 301]])
    )


@pytest.mark.parametrize(
    "frame",
    [
        acc_frame(0, 1, bytes(7)),
        acc_frame(0, 3, bytes(6)),
        acc_frame(0, 0x82, bytes(6)),
        acc_frame(0, 0x81, bytes(5)),
        acc_frame(0, 0x81, bytes(6) + b"\x06"),
        acc_frame(0, 0x81, bytes(6) + b"\x02\x01\x15" + b"\x06"),
        acc_frame(0, 0x81, bytes(6) + b"\x06\x01\x7b\x0f"),
        acc_frame(0, 0x81, bytes(6) + b"\x00\x01"),
        acc_frame(0, 0x81, bytes(6) + b"\x06\x00"),
        acc_frame(0, 0x81, bytes(6) + b"\x00\x01\x02\x01\x15"),
        acc_frame(0, 0x81, bytes(6) + b"\x06\x00\x02\x01\x15"),
        acc_frame(0, 0x81, bytes(6) + b"\x21\x01" + bytes(13)),
        gyr_frame(0, 2, bytes(6)),
        gyr_frame(0, 1, bytes(6)),
    ],
)
def test_frames_that_are_cut_short_or_of_no_known_kind_are_refused(frame: str) -> None:
    blocks, decoder = decode(frame)
    assert len(blocks.acc) == 0
    assert dict(decoder.counts) == {"bad_length": 1}


def test_other_streams_and_stamps_beyond_the_calendar_are_counted() -> None:
    _, decoder = decode("00" * 20, "06" + "00" * 19, "02", "", acc_frame(0, 1, b""), acc_frame(2**63, 1, bytes(6)))
    assert dict(decoder.counts) == {"unknown": 5, "bad_stamp": 1}


def test_upper_bits_of_the_type_are_not_of_the_type() -> None:
    assert len(decode("42" + acc_frame(0, 1, bytes(6))[2:])[0].acc) == 1


def test_the_stamp_is_of_the_last_sample_and_the_others_lie_evenly_before_it() -> None:
    frames = [acc_frame(1_000_000_000 + k * 40_000_000, 1, bytes(24)) for k in range(20)]
    times, period = decode(*frames)[0].times(slice(None), 104.0)
    assert period == 10_000_000
    assert times[3::4].tolist() == [1_000_000_000 + k * 40_000_000 for k in range(20)]
    assert times[:4].tolist() == [970_000_000, 980_000_000, 990_000_000, 1_000_000_000]


def test_a_clock_that_falls_back_to_2019_is_a_restart_for_both_streams_at_once() -> None:
    late, early = 800_000_000 * 10**9, 599_616_000 * 10**9
    blocks, decoder = decode(
        acc_frame(late, 1, bytes(6)),
        gyr_frame(late, 0, bytes(6)),
        acc_frame(early, 1, bytes(6)),
        gyr_frame(early, 0, bytes(6)),
    )
    assert blocks.rates is not None
    assert blocks.epoch.tolist() == blocks.rates.epoch.tolist() == [0, 1]
    assert decoder.counts["restarts"] == 1


# -- talk ----------------------------------------------------------------------------------------------------------


def hears(decoder: PolarDecoder, answer: str) -> list[str]:
    decoder.feed(CONTROL_UUID, bytes.fromhex(answer), 0)
    writes = decoder.replies()
    for write in writes:
        assert write.uuid == CONTROL_UUID
        assert write.response
        decoder.wrote(write.uuid, write.data)
    assert decoder.replies() == ()
    return [write.data.hex() for write in writes]


H10_OFFER = "f001020000" + "00041900320064 00c800".replace(" ", "") + "01011000" + "0203020004000800"


def test_the_h10_is_started_with_what_it_offers_and_has_no_gyroscope() -> None:
    sensor = Polar(rate_hz=200)
    assert sensor.start() == (Write(CONTROL_UUID, b"\x01\x02"),)
    decoder = PolarDecoder(200.0, {2: 8, 5: 2000})
    assert hears(decoder, H10_OFFER) == ["020200 01c800 010110 00 02010800".replace(" ", "")]
    assert decoder.nominal_rate_hz == 200
    assert hears(decoder, "f002020000") == ["0105"]
    assert hears(decoder, "f0010503") == []
    assert dict(decoder.counts) == {"no_gyr": 1}


def test_the_nearest_offer_is_taken() -> None:
    decoder = PolarDecoder(100.0, {2: 4, 5: 2000})
    assert hears(decoder, H10_OFFER) == ["02020001640001011000" + "02010400"]
    assert decoder.nominal_rate_hz == 100


def test_the_verity_starts_both_streams_one_after_the_other() -> None:
    decoder = PolarDecoder()
    offer = "00013400" + "01011000" + "{}" + "040103"
    assert hears(decoder, "f001020000" + offer.format("02010800")) == ["0202000134000101100002010800040103"]
    assert hears(decoder, ACC_FACTOR.hex()) == ["0105"]
    assert hears(decoder, "f001050000" + offer.format("0201d007")) == ["02050001340001011000" + "0201d007" + "040103"]
    assert hears(decoder, GYR_FACTOR.hex()) == []
    assert decoder.nominal_rate_hz == 52
    assert dict(decoder.counts) == {}


def test_a_stream_that_runs_on_from_before_is_stopped_and_started_once_more() -> None:
    decoder = PolarDecoder()
    start = hears(decoder, H10_OFFER)
    assert hears(decoder, "f0020206") == ["0302"]
    assert hears(decoder, "f003020000") == start
    assert hears(decoder, "f0020206") == ["0105"]
    assert dict(decoder.counts) == {"refused_6": 1}
    decoder.interrupt()
    assert hears(decoder, "f0020206") == ["0302"]


def test_refusals_are_counted_and_do_not_stop_the_talk() -> None:
    decoder = PolarDecoder()
    assert hears(decoder, "f001020d") == ["0105"]
    assert hears(decoder, "f002050d") == []
    assert hears(decoder, "f0030200 00".replace(" ", "")) == []
    assert dict(decoder.counts) == {"refused_13": 2}


@pytest.mark.parametrize("answer", ["", "f0", "f00102", "0f010200", "f0010600"])
def test_answers_that_are_none_are_counted(answer: str) -> None:
    decoder = PolarDecoder()
    assert hears(decoder, answer) == []
    assert dict(decoder.counts) == {"unknown": 1}


def test_settings_cut_short_are_read_as_far_as_they_go() -> None:
    decoder = PolarDecoder()
    assert hears(decoder, "f001020000" + "00016400" + "0102") == ["0202" + "00016400"]
    assert hears(decoder, "f001020000" + "00016400" + "990100" + "01011000") == ["0202" + "00016400"]


def test_what_was_written_tells_the_rate_where_nothing_else_does() -> None:
    decoder = PolarDecoder()
    for data in (b"", b"\x02", b"\x01\x02", b"\x02\x06\x00\x01\x0a\x00", b"\x02\x02\x00\x01\x00\x00"):
        decoder.wrote(CONTROL_UUID, data)
    decoder.wrote(DATA_UUID, bytes.fromhex("020200010a00"))
    for command in ("01", "03", "00"):
        decoder.wrote(CONTROL_UUID, bytes.fromhex(command + "0200010a00"))
    assert decoder.nominal_rate_hz == 100
    decoder.wrote(CONTROL_UUID, bytes.fromhex("020200010a00"))
    assert decoder.nominal_rate_hz == 10


def test_stop_stops_both() -> None:
    assert [w.data for w in Polar().stop()] == [b"\x03\x02", b"\x03\x05"]


def test_blocks_of_odd_lengths_follow_each_other() -> None:
    ones = b"\x02\x01\x15"  # (1, 1, 1) in 2 bits
    blocks, _ = decode(acc_frame(9, 0x81, struct.pack("<3h", 0, 10, 20) + ones * 4))
    assert (blocks.acc / G * 1000).tolist() == pytest.approx(np.array([[k, 10 + k, 20 + k] for k in range(5)]))


def test_differences_of_32_bits_are_the_widest() -> None:
    steps = struct.pack("<3I", 0x3F800000, 0, 0x80000000)  # bit patterns add up: 0 to 1.0, 1.0 as it was, -2.0 to 2.0
    blocks, _ = decode(gyr_frame(9, 0x81, struct.pack("<3f", 0.0, 1.0, -2.0) + b"\x20\x01" + steps))
    assert blocks.rates is not None
    assert np.degrees(blocks.rates.gyr).tolist() == pytest.approx(np.array([[0, 1, -2], [1, 1, 2]]))


def test_settings_of_which_one_is_missing_are_not_taken() -> None:
    assert hears(PolarDecoder(), "f001020000" + "00026400") == ["0202"]


def test_a_start_that_is_refused_for_another_reason_is_not_tried_again() -> None:
    decoder = PolarDecoder()
    hears(decoder, H10_OFFER)
    assert hears(decoder, "f0020205") == ["0105"]
    assert dict(decoder.counts) == {"refused_5": 1}
    assert decoder.resolution_ns == 1
    assert not decoder.counted


def test_an_angular_rate_that_is_no_number_says_so_and_its_neighbours_do_not() -> None:
    nan, inf = float("nan"), float("inf")
    blocks, _ = decode(gyr_frame(9, 1, struct.pack("<9f", 1, 2, 3, 1, nan, 3, 1, 2, -inf)))
    assert blocks.rates is not None
    assert blocks.rates.marks.tolist() == [0, Mark.GYR_NOT_FINITE, Mark.GYR_NOT_FINITE]


def offer(stream: int, *settings: str) -> str:
    return f"f001{stream:02x}0000" + "".join(settings)


def test_of_every_kind_of_setting_the_nearest_is_chosen_and_of_two_as_near_the_larger() -> None:
    several = ("000232009600", "0103080010001800", "0203040008001000", "040201 03".replace(" ", ""))
    assert hears(PolarDecoder(), offer(2, *several)) == ["0202" + "00019600" + "01011000" + "02010800" + "040103"]
    degrees = ("0203e803d007a00f",)
    assert hears(PolarDecoder(), offer(5, *degrees)) == ["0205" + "0201d007"]
    chosen = Polar(rate_hz=52, acc_range_g=4, gyr_range_dps=1000).decoder()
    for stream, setting in ((2, "02010400"), (5, "0201e803")):
        chosen.feed(CONTROL_UUID, bytes.fromhex(offer(stream, "000232003400", "0203040008 00e803".replace(" ", ""))), 0)
        (write,) = chosen.replies()
        assert write.data.hex() == f"02{stream:02x}" + "00013400" + setting


def test_settings_that_are_not_asked_for_are_passed_over_by_their_size() -> None:
    unasked = ("0301ffffffff", "050200000000ffffffff", "01011000")
    assert hears(PolarDecoder(), offer(2, *unasked)) == ["0202" + "01011000"]
    assert hears(PolarDecoder(), offer(2, "0000", "01011000")) == ["0202" + "01011000"]


@pytest.mark.parametrize(("status", "absent"), [(1, False), (2, True), (3, True), (4, False), (6, False)])
@pytest.mark.parametrize("command", [1, 2])
def test_a_gyroscope_may_be_absent_and_an_accelerometer_not(
    command: int, status: int, absent: bool
) -> None:  # a parameter
    for stream, name in ((5, "no_gyr" if absent else f"refused_{status}"), (2, f"refused_{status}")):
        decoder = PolarDecoder()
        answer = bytes([0xF0, command, stream, status]).hex()
        said = hears(decoder, answer)
        if (command, status) == (2, 6):
            assert said == [f"03{stream:02x}"]
            assert dict(decoder.counts) == {}
        else:
            assert said == (["0105"] if stream == 2 else [])
            assert dict(decoder.counts) == {name: 1}


def test_each_stream_is_stopped_and_started_for_itself() -> None:
    decoder = PolarDecoder()
    starts = {stream: hears(decoder, offer(stream, "00013400")) for stream in (2, 5)}
    for stream in (2, 5):
        assert hears(decoder, f"f003{stream:02x}00") == []
        assert hears(decoder, f"f002{stream:02x}06") == [f"03{stream:02x}"]
        assert hears(decoder, f"f003{stream:02x}05") == starts[stream]
    assert hears(PolarDecoder(), "f0020206") == ["0302"]


def test_answers_to_other_commands_say_nothing() -> None:
    decoder = PolarDecoder()
    assert hears(decoder, "f004020000") == []
    assert dict(decoder.counts) == {}


@pytest.mark.parametrize("bits", ["0000c07f", "0000807f", "00000000", "000080bf"])
def test_a_factor_of_an_angular_rate_must_be_a_positive_number(bits: str) -> None:
    answer = bytes.fromhex("f002050000" + "0501" + bits)
    blocks, _ = decode(gyr_frame(0, 0, struct.pack("<3h", 10, 0, 0)), answers=(answer,))
    assert blocks.rates is not None
    assert blocks.rates.marks.tolist() == [Mark.NO_SCALE]
    assert np.degrees(blocks.rates.gyr[0, 0]) == pytest.approx(10)


def test_the_first_of_several_factors_is_taken_and_for_its_stream_only() -> None:
    answer = bytes.fromhex("f002020000" + "0502" + "00008039" + "0000803f")
    blocks, decoder = decode(
        acc_frame(0, 0x80, struct.pack("<3h", 4096, 0, 0)), gyr_frame(0, 0, bytes(6)), answers=(answer,)
    )
    assert (blocks.acc / G).tolist() == pytest.approx(np.array([[1, 0, 0]]))
    assert blocks.rates is not None
    assert blocks.rates.marks.tolist() == [Mark.NO_SCALE]
    assert [w.data.hex() for w in decoder.replies()] == ["0105"]


ONE = struct.pack("<3h", 1000, 0, 0)


@pytest.mark.parametrize(
    ("kind", "numbers", "acc_x"),
    [
        (0, b"\x10\0\0", 0.016),
        (1, ONE, 1.0),
        (2, b"\xe8\x03\0" + bytes(6), 1.0),
        (0x81, ONE, 1000 / 4096 / 1000),
        (0x80, ONE, 1000 / 4096),
    ],
)
def test_the_factor_of_accelerations_is_for_differences_only(kind: int, numbers: bytes, acc_x: float) -> None:
    blocks, _ = decode(acc_frame(0, kind, numbers), answers=(ACC_FACTOR,))
    assert blocks.acc[0, 0] / G == pytest.approx(acc_x)
    assert blocks.marks.tolist() == [0]


@pytest.mark.parametrize(
    ("kind", "numbers", "dps"),
    [
        (0, ONE, 500.0),
        (0x80, ONE, 500.0),
        (1, struct.pack("<3f", 40_000, 0, 0), 40_000.0),
        (0x81, struct.pack("<3f", 40_000, 0, 0), 40_000.0),
    ],
)
def test_the_factor_of_angular_rates_is_for_counts_only(kind: int, numbers: bytes, dps: float) -> None:
    blocks, _ = decode(gyr_frame(0, kind, numbers), answers=(GYR_FACTOR,))
    assert blocks.rates is not None
    assert np.degrees(blocks.rates.gyr[0, 0]) == pytest.approx(dps)
    assert blocks.rates.marks.tolist() == [0]
    assert blocks.rates.of_last
    assert blocks.of_last


@pytest.mark.parametrize("kind", [0x80, 0x81, 1])
def test_the_ends_of_the_range_of_accelerations(kind: int) -> None:
    for count, marked in ((32767, True), (-32768, True), (32766, False), (-32766, False)):
        blocks, _ = decode(acc_frame(0, kind, struct.pack("<3h", 0, count, 0)), answers=(ACC_FACTOR,))
        assert blocks.marks.tolist() == [Mark.ACC_SATURATED if marked else 0]


@pytest.mark.parametrize("kind", [0, 0x80])
def test_the_ends_of_the_range_of_angular_rates(kind: int) -> None:
    for count, marked in ((32767, True), (-32768, True), (32766, False)):
        blocks, _ = decode(gyr_frame(0, kind, struct.pack("<3h", 0, count, 0)), answers=(GYR_FACTOR,))
        assert blocks.rates is not None
        assert blocks.rates.marks.tolist() == [Mark.GYR_SATURATED if marked else 0]


@pytest.mark.parametrize("bits", range(1, 33))
@pytest.mark.parametrize("count", [1, 2, 3, 85, 255])
def test_differences_of_every_width_and_number(bits: int, count: int) -> None:
    rng = np.random.default_rng(100 * bits + count)
    steps = rng.integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (count, 3))
    packed = sum((int(step) % 2**bits) << (bits * k) for k, step in enumerate(steps.ravel()))
    body = bytes([bits, count]) + packed.to_bytes((bits * count * 3 + 7) // 8, "little")
    blocks, _ = decode(acc_frame(9, 0x81, struct.pack("<3h", 1, 2, 3) + body + b"\x02\x01\x15"))
    expected = np.vstack([[[1, 2, 3]], steps, [[1, 1, 1]]]).cumsum(axis=0)
    assert np.rint(blocks.acc / G * 1000).astype(np.int64).tolist() == expected.tolist()


def test_other_bits_of_the_type_than_the_lowest_six_are_passed_over() -> None:
    frame = acc_frame(0, 1, bytes(6))[2:]
    assert [len(decode(f"{kind:02x}" + frame)[0].acc) for kind in (0x02, 0x42, 0x82, 0xC2, 0x22, 0x12, 0x0A)] == [
        1
    ] * 4 + [0] * 3


def test_answers_are_told_from_data_by_their_first_byte() -> None:
    sensor = Polar()
    assert [sensor.characteristic(data, write=False) for data in (b"\xf0\x01", b"\xef", b"\xf1", b"")] == [
        CONTROL_UUID, DATA_UUID, DATA_UUID, DATA_UUID,
    ]  # fmt: skip
    assert sensor.characteristic(b"\x02\x02", write=True) == CONTROL_UUID
    assert PolarDecoder().nominal_rate_hz == 100.0
    assert PolarDecoder().counted is False
    assert all(w.response for w in (*sensor.start(), *sensor.stop()))


def test_a_block_seen_before_is_dropped() -> None:
    frame = acc_frame(10**9, 1, bytes(6))
    blocks, decoder = decode(frame, frame, acc_frame(2 * 10**9, 1, bytes(6)))
    assert len(blocks.acc) == 2
    assert dict(decoder.counts) == {"blocks": 2, "duplicates": 1}


def test_the_nearest_is_near_to_the_least() -> None:
    rates, resolutions, channels = "0003630064006500", "01030f0010001100", "0403020304"
    accelerations, degrees = "0203070008000900", "0203cf07d007d107"
    for decoder in (PolarDecoder(), Polar().decoder()):
        for stream, ranges, nearest in ((2, accelerations, "02010800"), (5, degrees, "0201d007")):
            decoder.feed(CONTROL_UUID, bytes.fromhex(offer(stream, rates, resolutions, ranges, channels)), 0)
            (write,) = decoder.replies()
            assert write.data.hex() == f"02{stream:02x}" + "00016400" + "01011000" + nearest + "040103"


def test_settings_begin_at_odd_bytes_too_and_end_where_they_are_said_to() -> None:
    assert hears(PolarDecoder(), offer(2, "040103", "00012c01", "01011000")) == [
        "0202" + "00012c01" + "01011000" + "040103"
    ]


def test_of_a_setting_that_is_offered_twice_the_last_counts_even_if_it_offers_nothing() -> None:
    assert hears(PolarDecoder(), offer(2, "00016400", "00013200")) == ["0202" + "00013200"]
    assert hears(PolarDecoder(), offer(2, "00016400", "0000")) == ["0202"]
    assert hears(PolarDecoder(), offer(2, "00016400", "00")) == ["0202" + "00016400"]


def test_only_answers_to_what_is_known_are_answered() -> None:
    decoder = PolarDecoder()
    hears(decoder, H10_OFFER)
    hears(decoder, "f0020206")
    for command in (0, 4):
        assert hears(decoder, f"f0{command:02x}020000" + "00016400") == []
    assert dict(decoder.counts) == {}
    assert hears(PolarDecoder(), "f0040206") == ["0105"]
    assert hears(decoder, "ff01020000" + "00016400") == []
    assert dict(decoder.counts) == {"unknown": 1}


def test_of_several_rates_that_were_written_the_first_counts() -> None:
    for rates, rate_hz in (("00020a001400", 10), ("00020a000000", 10), ("000200000a00", 100)):
        decoder = PolarDecoder()
        decoder.wrote(CONTROL_UUID, bytes.fromhex("0202" + rates))
        assert decoder.nominal_rate_hz == rate_hz
    decoder.wrote(CONTROL_UUID, bytes.fromhex("020500010a00"))  # of the other stream
    assert decoder.nominal_rate_hz == 100


def test_a_start_without_settings_is_repeated_as_it_was() -> None:
    decoder = PolarDecoder()
    decoder.wrote(CONTROL_UUID, b"\x02\x02")
    assert hears(decoder, "f0020206") == ["0302"]
    assert hears(decoder, "f0030200") == ["0202"]


def test_without_a_factor_numbers_stand_as_they_are() -> None:
    blocks, _ = decode(acc_frame(0, 0x80, ONE), gyr_frame(0, 0, ONE))
    assert (blocks.acc / G).tolist() == pytest.approx(np.array([[1000, 0, 0]]))
    assert blocks.marks.tolist() == [Mark.NO_SCALE]
    assert blocks.rates is not None
    assert np.degrees(blocks.rates.gyr).tolist() == pytest.approx(np.array([[1000, 0, 0]]))
    assert blocks.rates.marks.tolist() == [Mark.NO_SCALE]
