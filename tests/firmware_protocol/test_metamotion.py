"""MetaMotion, byte by byte, and samples that are only counted."""

import numpy as np
import pytest

from firmware_protocol.wearables.base import Blocks, Mark
from firmware_protocol.wearables.metamotion import (
    COMMAND_UUID,
    NOTIFY_UUID,
    SERVICE_UUID,
    MetaMotion,
    MetaMotionDecoder,
)

G = 9.80665
PACKED_ACC = bytes.fromhex("031c62b7530de9fd16d04d0e57028affa1050a01")
PACKED_GYR = bytes.fromhex("13070915ad2608de8a1a0d2665e48d20ac2773ec")


def decode(*frames: bytes, commands: tuple[str, ...] = ()) -> tuple[Blocks, MetaMotionDecoder]:
    decoder = MetaMotionDecoder()
    for command in commands:
        decoder.wrote(COMMAND_UUID, bytes.fromhex(command))
    for k, frame in enumerate(frames):
        decoder.feed(NOTIFY_UUID, frame, k)
    return decoder.take(), decoder


def test_packed_accelerations_at_8_g_as_published() -> None:
    blocks, _ = decode(PACKED_ACC)
    expected = [[-4.539, 0.833, -0.131], [-2.995, 0.894, 0.146], [-0.029, 0.352, 0.065]]
    assert (blocks.acc / G).tolist() == pytest.approx(np.array(expected), abs=5e-4)
    assert blocks.gyr is None


def test_a_single_acceleration_at_4_g_as_published() -> None:
    blocks, _ = decode(bytes.fromhex("030416c494a22ad0"), commands=("03032805",))
    assert (blocks.acc / G).tolist() == pytest.approx(np.array([[-1.872, -2.919, -1.495]]), abs=5e-4)


def test_packed_angular_rates_at_1000_dps_as_published() -> None:
    blocks, _ = decode(PACKED_GYR)
    assert blocks.rates is not None
    expected = [[164.177, 301.860, -265.122], [207.134, 296.982, -215.457], [254.055, 309.634, -152.591]]
    assert np.degrees(blocks.rates.gyr).tolist() == pytest.approx(np.array(expected), abs=5e-4)


def test_a_single_angular_rate_at_500_dps_and_the_end_of_the_range() -> None:
    blocks, _ = decode(bytes.fromhex("13053e43ff7f0080"), commands=("13032802",))
    assert blocks.rates is not None
    assert np.degrees(blocks.rates.gyr).tolist() == pytest.approx(np.array([[262.409, 499.497, -499.512]]), abs=5e-4)
    assert blocks.rates.marks.tolist() == [Mark.GYR_SATURATED]


@pytest.mark.parametrize(("code", "per_g"), [("03", 16384), ("05", 8192), ("08", 4096), ("0c", 2048)])
def test_every_range_of_accelerations(code: str, per_g: int) -> None:
    blocks, _ = decode(bytes.fromhex("0304e8030000ff7f"), commands=("030328" + code,))
    assert (blocks.acc / G).tolist() == pytest.approx(np.array([[1000 / per_g, 0, 32767 / per_g]]))
    assert blocks.marks.tolist() == [Mark.ACC_SATURATED]


@pytest.mark.parametrize(("code", "per_dps"), [("00", 16.4), ("01", 32.8), ("02", 65.6), ("03", 131.2), ("04", 262.4)])
def test_every_range_of_angular_rates(code: str, per_dps: float) -> None:
    blocks, _ = decode(bytes.fromhex("1305e80300000100"), commands=("130328" + code,))
    assert blocks.rates is not None
    assert np.degrees(blocks.rates.gyr).tolist() == pytest.approx(np.array([[1000 / per_dps, 0, 1 / per_dps]]))


def test_commands_as_bytes() -> None:
    sensor = MetaMotion(rate_hz=200.0, acc_range_g=16, gyr_range_dps=500)
    assert [w.data.hex() for w in sensor.start()] == [
        "0303290c", "031c01", "03020100", "030101", "13032902", "130701", "13020100", "130101",
    ]  # fmt: skip
    assert [w.data.hex() for w in sensor.stop()] == ["130100", "13020001", "130700", "030100", "03020001", "031c00"]
    assert {w.uuid for w in (*sensor.start(), *sensor.stop())} == {COMMAND_UUID}


def test_samples_are_counted_stream_by_stream_at_the_rate_that_was_set() -> None:
    blocks, decoder = decode(
        PACKED_ACC, PACKED_GYR, PACKED_ACC, PACKED_ACC, PACKED_GYR, commands=("03032908", "13032701")
    )
    assert decoder.counted is True
    assert decoder.nominal_rate_hz == 200
    assert blocks.device_ns.tolist() == [0, 15_000_000, 30_000_000]
    assert blocks.rates is not None
    assert blocks.rates.device_ns.tolist() == [0, 60_000_000]
    assert blocks.arrival_ns.tolist() == blocks.complete_ns.tolist() == [0, 2, 3]


def test_what_is_known_to_be_missed_ends_the_count() -> None:
    decoder = MetaMotionDecoder()
    decoder.missed()
    for frame in (PACKED_ACC, PACKED_ACC):
        decoder.feed(NOTIFY_UUID, frame, 0)
        decoder.missed()
    blocks = decoder.take()
    assert blocks.epoch.tolist() == [0, 1]
    assert blocks.device_ns.tolist() == [0, 0]


def test_a_chip_that_is_started_or_set_again_counts_anew_but_not_because_of_the_other() -> None:
    decoder = MetaMotionDecoder()
    epochs = []
    for command in ("030101", "130101", "13032801", "030101", "03032808", "030100"):
        decoder.wrote(COMMAND_UUID, bytes.fromhex(command))
        decoder.feed(NOTIFY_UUID, PACKED_ACC, 0)
        epochs += decoder.take().epoch.tolist()
    assert epochs == [0, 0, 0, 1, 2, 2]


OTHERS = ("030328", "03042803", "03022803", "03032803ff")
"""A configuration cut short, two other registers, and one too long, all of 2 g."""


def test_settings_that_the_chip_does_not_have_are_counted_and_change_nothing() -> None:
    blocks, decoder = decode(PACKED_ACC, commands=("03032804", "03032008", "130328ff", "0303", "040101", *OTHERS))
    assert (blocks.acc[0, 0] / G) == pytest.approx(-4.539, abs=5e-4)
    assert decoder.counts["unknown"] == 3
    assert decoder.nominal_rate_hz == 100


@pytest.mark.parametrize(
    "frame", [b"", b"\x03", b"\x04\x1c" + bytes(18), b"\x03\x05" + bytes(6), b"\x13\x1c" + bytes(18)]
)
def test_other_registers_are_no_samples(frame: bytes) -> None:
    blocks, decoder = decode(frame)
    assert len(blocks.acc) == 0
    assert dict(decoder.counts) == {"unknown": 1}


@pytest.mark.parametrize(
    "frame", [PACKED_ACC[:2], PACKED_ACC[:-1], PACKED_ACC + b"\0", PACKED_GYR[:8], b"\x03\x04" + bytes(18)]
)
def test_lengths_that_are_not_the_register_s_are_refused(frame: bytes) -> None:
    blocks, decoder = decode(frame)
    assert len(blocks.acc) == 0
    assert dict(decoder.counts) == {"bad_length": 1}


@pytest.mark.parametrize(("rate_hz", "code"), [(25.0, 6), (50.0, 7), (100.0, 8), (200.0, 9)])
def test_every_rate_has_its_code(rate_hz: float, code: int) -> None:
    start = MetaMotion(rate_hz=rate_hz).start()
    assert {w.data[2] for w in start if w.data[1] == 3} == {0x20 | code}
    decoder = MetaMotion(rate_hz=rate_hz).decoder()
    assert decoder.nominal_rate_hz == rate_hz


@pytest.mark.parametrize(("g", "code"), [(2, 0x03), (4, 0x05), (8, 0x08), (16, 0x0C)])
def test_every_range_of_g_has_its_code(g: int, code: int) -> None:
    assert MetaMotion(acc_range_g=g).start()[0].data[3] == code


@pytest.mark.parametrize(("dps", "code"), [(2000, 0), (1000, 1), (500, 2), (250, 3), (125, 4)])
def test_every_range_of_degrees_has_its_code(dps: int, code: int) -> None:
    assert MetaMotion(gyr_range_dps=dps).start()[4].data[3] == code


def test_no_command_waits_for_an_acknowledgement() -> None:
    assert not any(w.response for w in (*MetaMotion().start(), *MetaMotion().stop()))


@pytest.mark.parametrize("code", range(16))
def test_rates_are_doubled_from_code_to_code(code: int) -> None:
    _, decoder = decode(commands=(f"03032{code:x}08",))
    known = 1 <= code <= 13
    assert decoder.nominal_rate_hz == (100.0 * 2.0 ** (code - 8) if known else 100.0)
    assert decoder.counts["unknown"] == (not known)


@pytest.mark.parametrize("chip", [0x00, 0x02, 0x03, 0x04, 0x12, 0x13, 0x14, 0xFF])
def test_two_registers_of_two_chips_hold_samples(chip: int) -> None:
    samples = {(0x03, 0x04): 1, (0x03, 0x1C): 3, (0x13, 0x05): 1, (0x13, 0x07): 3}
    for register in range(256):
        for sent in (1, 3):
            blocks, decoder = decode(bytes([chip, register]) + bytes(6 * sent))
            expected = samples.get((chip, register), 0)
            came = len(blocks.acc) + (0 if blocks.rates is None else len(blocks.rates.gyr))
            assert came == (sent if sent == expected else 0)
            assert decoder.counts["unknown"] == (not expected)
            assert decoder.counts["bad_length"] == (expected not in (0, sent))


@pytest.mark.parametrize("command", ["030102", "030100", "030001", "030201", "020101", "1301", "03010101"])
def test_only_a_start_counts_anew(command: str) -> None:
    decoder = MetaMotionDecoder()
    for _ in range(2):
        decoder.feed(NOTIFY_UUID, PACKED_ACC, 0)
        decoder.wrote(COMMAND_UUID, bytes.fromhex(command))
    assert decoder.take().epoch.tolist() == [0, int(command == "03010101")]
    assert decoder.resolution_ns == 1


@pytest.mark.parametrize(
    ("uuid", "rate_hz"), [(SERVICE_UUID, 100), (NOTIFY_UUID, 100), ("".join(list(COMMAND_UUID)), 200)]
)
def test_only_what_is_written_to_the_right_place_is_a_setting(uuid: str, rate_hz: float) -> None:
    decoder = MetaMotionDecoder()
    decoder.wrote(uuid, bytes.fromhex("03032908"))
    assert decoder.nominal_rate_hz == rate_hz


def test_stamps_are_of_first_samples() -> None:
    blocks, decoder = decode(PACKED_ACC, PACKED_GYR)
    assert dict(decoder.counts) == {"blocks": 2}
    assert not blocks.of_last
    assert blocks.rates is not None
    assert not blocks.rates.of_last
    assert blocks.rates.epoch.tolist() == blocks.epoch.tolist() == [0]
    assert blocks.rates.arrival_ns.tolist() == blocks.rates.complete_ns.tolist() == [1]
