"""Our own profile: the test vectors of docs/imu-profile.md, and what a board may do wrong."""

import re
import struct
from pathlib import Path

import numpy as np
import pytest

from firmware_protocol.wearables.base import Blocks, Mark
from firmware_protocol.wearables.rig_imu import (
    CONTROL_UUID,
    DATA_UUID,
    INFO_UUID,
    SERVICE_UUID,
    RigImu,
    RigImuDecoder,
)

PAGE = (Path(__file__).parents[2] / "docs" / "imu-profile.md").read_text(encoding="utf-8")
# Version 1, 104 samples a second, 1/256 m/s² and 1/1024 rad/s a count.
INFO = bytes.fromhex("01000000" + "0000d042" + "0000803b" + "0000803a")


def data(sequence: int, us: int, samples: int = 2, flags: int = 0, first: int = 0) -> bytes:
    rows = [value for k in range(first, first + samples) for value in (256, -256, k, 1024, -1024, k)]
    return struct.pack("<BBHIB", 0x11, flags, sequence % 65536, us % 2**32, samples) + struct.pack(
        f"<{len(rows)}h", *rows
    )


def decode(*frames: bytes, info: bytes | None = INFO) -> tuple[Blocks, RigImuDecoder]:
    decoder = RigImuDecoder()
    if info is not None:
        decoder.feed(INFO_UUID, info, 0)
    for k, frame in enumerate(frames):
        decoder.feed(DATA_UUID, frame, k * 1_000_000)
    return decoder.take(), decoder


def test_values_are_counts_times_the_scale() -> None:
    blocks, decoder = decode(data(7, 1_000_000))
    assert blocks.acc.tolist() == [[1, -1, 0], [1, -1, 1 / 256]]
    assert blocks.gyr is not None
    assert blocks.gyr.tolist() == [[1, -1, 0], [1, -1, 1 / 1024]]
    assert blocks.device_ns.tolist() == [10**9]
    assert decoder.nominal_rate_hz == 104
    assert decoder.resolution_ns == 1000


def test_the_vectors_of_the_page_decode_as_it_says() -> None:
    """Each vector of the page is a code block of bytes in hexadecimal."""
    info, block = (bytes.fromhex(text) for text in re.findall(r"```text\n([0-9a-f \n]+)```", PAGE))
    blocks, decoder = decode(block, info=info)
    assert decoder.nominal_rate_hz == 104
    assert blocks.device_ns.tolist() == [1_000_000_000]
    assert blocks.acc.tolist() == pytest.approx(np.array([[0, 0, 9.8], [0.5, -0.5, 10.0]]), abs=0.003)
    assert blocks.gyr is not None
    assert blocks.gyr.tolist() == pytest.approx(np.array([[0, 0, 0], [1, -1, 0.25]]), abs=0.001)


def test_the_page_names_the_characteristics() -> None:
    for uuid in (SERVICE_UUID, DATA_UUID, INFO_UUID, CONTROL_UUID):
        assert uuid in PAGE


def test_without_its_description_the_board_s_values_are_counts_and_say_so() -> None:
    blocks, _ = decode(data(0, 0), info=None)
    assert blocks.acc[0].tolist() == [256, -256, 0]
    assert blocks.gyr is not None
    assert blocks.gyr[0].tolist() == [1024, -1024, 0]
    assert blocks.marks.tolist() == [Mark.NO_SCALE] * 2


@pytest.mark.parametrize(
    "info",
    [
        b"",
        INFO[:-1],
        INFO + b"\0",
        b"\x02" + INFO[1:],
        struct.pack("<B3xfff", 1, 0.9, 1, 1),
        struct.pack("<B3xfff", 1, 10_001, 1, 1),
        struct.pack("<B3xfff", 1, 104, 1, 1.01),
        struct.pack("<B3xfff", 1, 104, 0, 1),
        struct.pack("<B3xfff", 1, 104, -1, 1),
        struct.pack("<B3xfff", 1, 104, 1, float("nan")),
        struct.pack("<B3xfff", 1, 104, float("inf"), 1),
    ],
)
def test_a_description_that_cannot_be_is_not_taken(info: bytes) -> None:
    blocks, decoder = decode(data(0, 0), info=info)
    assert blocks.marks.tolist() == [Mark.NO_SCALE] * 2
    assert decoder.counts["bad_info"] == 1


def test_what_is_missing_is_counted_by_the_sequence_also_over_its_wrap() -> None:
    numbers = [65533, 65534, 2, 3, 3, 4]
    blocks, decoder = decode(*(data(n, 20_000 * k) for k, n in enumerate(numbers, 1) if k != 5), data(4, 100_000))
    assert decoder.counts["lost_blocks"] == 3
    assert blocks.count.tolist() == [2] * 5
    decoder.interrupt()
    decoder.feed(DATA_UUID, data(900, 500_000), 0)
    assert decoder.counts["lost_blocks"] == 3


def test_a_sequence_that_goes_back_is_no_loss_and_an_overrun_is_told() -> None:
    _, decoder = decode(data(9, 10_000), data(5, 20_000, flags=1), data(6, 30_000, flags=2))
    assert decoder.counts["lost_blocks"] == 0
    assert decoder.counts["overruns"] == 1


def test_a_block_seen_before_is_dropped() -> None:
    blocks, decoder = decode(data(1, 20_000, flags=1), data(1, 20_000, flags=1), data(2, 40_000))
    assert blocks.count.tolist() == [2, 2]
    assert decoder.counts["overruns"] == 1
    assert decoder.counts["duplicates"] == 1
    assert decoder.counts["lost_blocks"] == 0


@pytest.mark.parametrize("kind", [0x00, 0x01, 0x10, 0x12, 0x21, 0xFF])
def test_other_versions_and_kinds_are_counted(kind: int) -> None:
    assert dict(decode(bytes([kind]) + data(0, 0)[1:])[1].counts) == {"unknown": 1}


@pytest.mark.parametrize("length", [0, 1, 8])
def test_what_is_shorter_than_a_header_is_counted(length: int) -> None:
    assert dict(decode(data(0, 0)[:length])[1].counts) == {"unknown": 1}


def test_a_block_may_hold_a_single_sample() -> None:
    assert decode(data(0, 0, 1))[0].count.tolist() == [1]


@pytest.mark.parametrize("frame", [data(0, 0, 0), data(0, 0, 15), data(0, 0)[:-1], data(0, 0) + b"\0"])
def test_lengths_that_do_not_fit_are_refused(frame: bytes) -> None:
    assert dict(decode(frame)[1].counts) == {"bad_length": 1}


def test_the_longest_block_fits_every_central() -> None:
    blocks, _ = decode(data(0, 0, 14))
    assert len(data(0, 0, 14)) <= 182
    assert blocks.count.tolist() == [14]


def test_the_end_of_the_range_is_marked() -> None:
    sample = struct.pack("<6h", 32767, 0, 0, 0, 0, 0) + struct.pack("<6h", 0, 0, 0, 0, -32768, 0) + bytes(12)
    blocks, _ = decode(struct.pack("<BBHIB", 0x11, 0, 0, 0, 3) + sample)
    assert blocks.marks.tolist() == [Mark.ACC_SATURATED, Mark.GYR_SATURATED, 0]


def test_commands_as_bytes() -> None:
    assert [(w.uuid, w.data) for w in (*RigImu().start(), *RigImu().stop())] == [
        (CONTROL_UUID, b"\x01"),
        (CONTROL_UUID, b"\x00"),
    ]


@pytest.mark.parametrize(("rate_hz", "acc", "gyr"), [(1, 1, 1), (10_000, 1e-6, 1), (104, 1, 1e-6)])
def test_descriptions_at_the_ends_of_what_can_be_are_taken(rate_hz: float, acc: float, gyr: float) -> None:
    blocks, decoder = decode(data(0, 0), info=struct.pack("<B3xfff", 1, rate_hz, acc, gyr))
    assert decoder.nominal_rate_hz == rate_hz
    assert blocks.acc[0, 0] == pytest.approx(256 * acc)
    assert blocks.gyr is not None
    assert blocks.gyr[0, 0] == pytest.approx(1024 * gyr)
    assert blocks.marks.tolist() == [0, 0]
    assert "bad_info" not in decoder.counts


@pytest.mark.parametrize("version", [0, 2, 255])
@pytest.mark.parametrize("gyr", [0.0, -1.0, 1.01])
def test_each_number_of_a_description_must_be_sound(version: int, gyr: float) -> None:
    for info in (struct.pack("<B3xfff", version, 104, 1, 1), struct.pack("<B3xfff", 1, 104, 1, gyr)):
        assert decode(data(0, 0), info=info)[1].counts["bad_info"] == 1


def test_before_the_description_a_hundred_samples_a_second_are_expected() -> None:
    assert RigImuDecoder().nominal_rate_hz == 100.0
    assert RigImuDecoder().counted is False


@pytest.mark.parametrize(("step", "lost"), [(1, 0), (2, 1), (0x8000, 0x7FFF), (0x8001, 0), (0xFFFF, 0), (0x10000, 0)])
def test_up_to_half_the_numbers_may_be_missing(step: int, lost: int) -> None:
    _, decoder = decode(data(5, 20_000), data(5 + step, 40_000))
    assert decoder.counts["lost_blocks"] == lost


@pytest.mark.parametrize(("flags", "overruns"), [(0, 0), (1, 1), (2, 0), (3, 1), (0xFE, 0)])
def test_only_the_lowest_flag_is_an_overrun(flags: int, overruns: int) -> None:
    assert decode(data(5, 20_000, flags=flags))[1].counts["overruns"] == overruns


def test_a_description_is_known_by_length_and_version() -> None:
    sensor = RigImu()
    assert sensor.characteristic(INFO, write=False) == INFO_UUID
    for other in (b"", INFO[:-1], INFO + b"\0", b"\x02" + INFO[1:], b"\x00" + INFO[1:], b"\x11" + INFO[1:]):
        assert sensor.characteristic(other, write=False) == DATA_UUID
    assert sensor.characteristic(b"\x01", write=True) == CONTROL_UUID
    assert all(w.response for w in (*sensor.start(), *sensor.stop()))
