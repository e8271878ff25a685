"""Movella DOT, byte by byte: modes, rates, stamps."""

import struct

import numpy as np
import pytest

from firmware_protocol.wearables.base import Blocks, Mark
from firmware_protocol.wearables.movella_dot import (
    DEVICE_CONTROL_UUID,
    LONG_UUID,
    MEASURE_UUID,
    MEDIUM_UUID,
    MovellaDot,
    MovellaDotDecoder,
)

ACC, GYR = (0.0, -1.0, 9.8125), (90.0, 0.0, -45.0)
# 1 000 000 µs, then acc (0, -1, 9.8125) and gyr (90, 0, -45), by hand
STAMP = bytes.fromhex("40420f00")
BOTH = bytes.fromhex("00000000000080bf00001d41" + "0000b44200000000000034c2")
PAYLOADS = {
    20: STAMP + BOTH + bytes(6),
    21: STAMP + BOTH,
    22: STAMP + struct.pack("<3f", 1, 2, 3) + struct.pack("<3f", 4, 5, 6) + BOTH[12:],
    26: STAMP + struct.pack("<4f", 1, 0, 0, 0) + BOTH,
}


def decode(*payloads: bytes, mode: int | None = None) -> tuple[Blocks, MovellaDotDecoder]:
    decoder = MovellaDotDecoder()
    if mode is not None:
        decoder.wrote(MEASURE_UUID, bytes([1, 1, mode]))
    for k, payload in enumerate(payloads):
        decoder.feed(LONG_UUID if len(payload) > 40 else MEDIUM_UUID, payload, k)
    return decoder.take(), decoder


@pytest.mark.parametrize("told", [True, False])
@pytest.mark.parametrize("mode", [20, 21, 26])
def test_a_sample_of_every_mode_with_gravity(mode: int, told: bool) -> None:  # a parameter
    blocks, decoder = decode(PAYLOADS[mode], mode=mode if told else None)
    assert blocks.device_ns.tolist() == [10**9]
    assert blocks.acc.tolist() == [list(ACC)]
    assert blocks.gyr is not None
    assert blocks.gyr.tolist() == [[np.pi / 2, 0.0, -np.pi / 4]]
    assert blocks.marks.tolist() == [0]
    assert dict(decoder.counts) == {"blocks": 1}
    assert decoder.counted is False
    assert decoder.resolution_ns == 1000


def test_acceleration_without_gravity_is_none() -> None:
    blocks, _ = decode(PAYLOADS[22])
    assert np.isnan(blocks.acc).all()
    assert blocks.gyr is not None
    assert blocks.gyr.tolist() == [[np.pi / 2, 0.0, -np.pi / 4]]
    assert blocks.marks.tolist() == [Mark.NO_ACC]


@pytest.mark.parametrize(("mode", "length"), [(20, 28), (26, 34), (16, 28), (None, 36), (None, 0), (20, 33), (20, 35)])
def test_payloads_that_do_not_fit_the_mode_are_refused(mode: int | None, length: int) -> None:
    blocks, decoder = decode(bytes(length), mode=mode)
    assert len(blocks.acc) == 0
    assert dict(decoder.counts) == {"bad_length": 1}


def test_the_ends_of_the_ranges_are_marked() -> None:
    def sample(us: int, acc: float, gyr: float) -> bytes:
        return struct.pack("<I6f", us, acc, 0, 0, 0, gyr, 0)

    g16 = 16 * 9.80665
    blocks, _ = decode(
        *(sample(k, a, r) for k, (a, r) in enumerate([(g16 + 0.01, 0), (0, -2000), (g16 - 0.01, 1999)], 1))
    )
    assert blocks.marks.tolist() == [Mark.ACC_SATURATED, Mark.GYR_SATURATED, 0]


def test_the_stamp_wraps_after_71_minutes_even_where_nothing_came_for_an_hour() -> None:
    decoder = MovellaDotDecoder()
    hour_us = 3_600_000_000
    for us in (4_000_000_000, 4_000_000_000 + hour_us, 4_000_000_000 + 2 * hour_us + 16_000):
        decoder.feed(MEDIUM_UUID, struct.pack("<I", us % 2**32) + BOTH, us * 1000)
    blocks = decoder.take()
    assert (blocks.device_ns // 1000).tolist() == [4_000_000_000, 7_600_000_000, 11_200_016_000]
    assert set(blocks.epoch.tolist()) == {0}


def test_commands_as_bytes() -> None:
    rate, start = MovellaDot(rate_hz=30, mode=26).start()
    assert (rate.uuid, len(rate.data)) == (DEVICE_CONTROL_UUID, 32)
    assert (rate.data[0], rate.data[24:26]) == (0x10, b"\x1e\x00")
    assert set(rate.data[1:24] + rate.data[26:]) == {0}
    assert (start.uuid, start.data) == (MEASURE_UUID, b"\x01\x01\x1a")
    assert [w.data for w in MovellaDot().stop()] == [b"\x01\x00\x14"]


def test_what_was_written_tells_the_rate() -> None:
    decoder = MovellaDotDecoder()
    for data in (bytes(32), b"\x10" + bytes(31), b"\x10" + bytes(23) + b"\x0f\x00"):
        decoder.wrote(DEVICE_CONTROL_UUID, data)
    assert decoder.nominal_rate_hz == 60
    decoder.wrote(DEVICE_CONTROL_UUID, b"\x10" + bytes(23) + b"\x0f\x00" + bytes(6))
    assert decoder.nominal_rate_hz == 15
    decoder.wrote(MEASURE_UUID, b"\x01\x00\x1a")
    decoder.feed(MEDIUM_UUID, PAYLOADS[20], 0)
    assert decoder.counts["blocks"] == 1


def test_modes_and_rates_that_do_not_serve_are_refused() -> None:
    with pytest.raises(ValueError, match="gravity"):
        MovellaDot(mode=22)
    with pytest.raises(ValueError, match="120 Hz"):
        MovellaDot(rate_hz=120)


def test_the_rates_are_those_of_the_description() -> None:
    possible = []
    for rate_hz in range(130):
        try:
            possible.append(MovellaDot(rate_hz).rate_hz)
        except ValueError:
            continue
    assert possible == [1, 4, 10, 12, 15, 20, 30, 60]
    assert [MovellaDot(mode=mode).mode for mode in (20, 21, 26)] == [20, 21, 26]


def _same(uuid: str) -> str:
    """The text in another object."""
    return "".join(list(uuid))


@pytest.mark.parametrize(
    ("uuid", "head", "length", "rate_hz"),
    [
        (_same(DEVICE_CONTROL_UUID), 0x10, 32, 30.0),
        (_same(DEVICE_CONTROL_UUID), 0x11, 32, 30.0),
        (DEVICE_CONTROL_UUID, 0x01, 32, 60.0),
        (DEVICE_CONTROL_UUID, 0x20, 32, 60.0),
        (DEVICE_CONTROL_UUID, 0x10, 31, 60.0),
        (DEVICE_CONTROL_UUID, 0x10, 33, 60.0),
        (MEASURE_UUID, 0x10, 32, 60.0),
        ("0" * 36, 0x10, 32, 60.0),
    ],
)
def test_only_the_device_control_with_its_bit_sets_the_rate(uuid: str, head: int, length: int, rate_hz: float) -> None:
    decoder = MovellaDotDecoder()
    data = bytearray(33)
    data[0], data[24] = head, 30
    decoder.wrote(uuid, bytes(data[:length]))
    assert decoder.nominal_rate_hz == rate_hz


@pytest.mark.parametrize(
    ("uuid", "data", "heard"),
    [
        (_same(MEASURE_UUID), b"\x01\x01\x1a", True),
        (MEASURE_UUID, b"\x01\x01", False),
        (MEASURE_UUID, b"\x01\x01\x1a\x00", False),
        (MEASURE_UUID, b"\x01\x02\x1a", False),
        (MEASURE_UUID, b"\x01\x00\x1a", False),
        (MEASURE_UUID, b"\x02\x01\x1a", False),
        (DEVICE_CONTROL_UUID, b"\x01\x01\x1a", False),
        ("f" * 36, b"\x01\x01\x1a", False),
    ],
)
def test_only_a_start_of_a_measurement_sets_the_mode(uuid: str, data: bytes, heard: bool) -> None:  # a parameter
    decoder = MovellaDotDecoder()
    decoder.wrote(uuid, data)
    decoder.feed(LONG_UUID, PAYLOADS[20], 0)  # is of another mode than 26
    assert decoder.counts["bad_length"] == heard


def test_lengths_tell_characteristics_where_nobody_noted_them() -> None:
    sensor = MovellaDot()
    notified = [sensor.characteristic(bytes(n), write=False) for n in (40, 41, 44)]
    assert notified == [MEDIUM_UUID, LONG_UUID, LONG_UUID]
    written = [sensor.characteristic(bytes(n), write=True) for n in (31, 32, 33)]
    assert written == [MEASURE_UUID, DEVICE_CONTROL_UUID, MEASURE_UUID]


def test_mode_22_is_known_by_its_start() -> None:
    blocks, _ = decode(PAYLOADS[22], mode=22)
    assert blocks.gyr is not None
    assert np.degrees(blocks.gyr).tolist() == pytest.approx(np.array([GYR]))
