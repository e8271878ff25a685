"""Movesense streams: bytes of every kind, halves that must not be joined, clocks that wrap, stop and start again."""

import json
import random
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol.wearables.base import Blocks, Wearable, Write, mean_period_ns, sample_times
from firmware_protocol.wearables.movesense import NOTIFY_UUID, SERVICE_UUID, WRITE_UUID, Movesense, MovesenseDecoder

MS = 1_000_000

# Milliseconds 1000, then acc (0, -1, 9.8125), then gyr (90, 0, -45), by hand.
ONE_SAMPLE = bytes.fromhex("e803000000000000000080bf00001d410000b44200000000000034c2")


def payload(ms: int, first: int, samples: int = 8, vectors: int = 2) -> bytes:
    """A block whose values tell sample, vector and axis: 100 * sample + 10 * vector + axis."""
    values = [
        100.0 * sample + 10 * vector + axis
        for vector in range(vectors)
        for sample in range(first, first + samples)
        for axis in range(3)
    ]
    return struct.pack("<I", ms % 2**32) + struct.pack(f"<{len(values)}f", *values)


def parts(data: bytes, reference: int = 0x63) -> list[bytes]:
    """Notifications of a payload, split as the sensor does."""
    whole = [bytes([2, reference]) + data[:150]]
    return whole + ([bytes([3, reference]) + data[150:]] if len(data) > 150 else [])


def decode(*notifications: bytes, step_ms: int = 40) -> tuple[Blocks, MovesenseDecoder]:
    decoder = MovesenseDecoder()
    for k, notification in enumerate(notifications):
        decoder.feed(NOTIFY_UUID, notification, k * step_ms * MS)
    return decoder.take(), decoder


def samples_of(blocks: Blocks) -> list[int]:
    """Which samples came, by the numbers in them; both vectors must tell the same."""
    assert blocks.gyr is not None
    assert np.allclose(np.degrees(blocks.gyr[:, 2]), blocks.acc[:, 0] + 12)
    return [int(x) // 100 for x in blocks.acc[:, 0]]


def stream(blocks: int) -> list[bytes]:
    return [part for k in range(blocks) for part in parts(payload(77 * k, 8 * k))]


def test_commands_as_bytes() -> None:
    sensor: Wearable = Movesense()
    assert sensor.start() == (Write(WRITE_UUID, b"\x00\x01"), Write(WRITE_UUID, b"\x01\x63/Meas/IMU6/104"))
    assert sensor.stop() == (Write(WRITE_UUID, b"\x02\x63"),)


def test_recognised_by_service_or_name() -> None:
    sensor = Movesense()
    assert sensor.recognises(None, [SERVICE_UUID.upper()])
    assert sensor.recognises("Movesense 214530000123", [])
    assert not sensor.recognises("Polar H10", ["180d"])
    assert not sensor.recognises(None, [])


def test_one_sample_by_hand() -> None:
    blocks, decoder = decode(b"\x02\x63" + ONE_SAMPLE)
    assert blocks.device_ns.tolist() == [1000 * MS]
    assert blocks.acc.tolist() == [[0.0, -1.0, 9.8125]]
    assert blocks.gyr is not None
    assert blocks.gyr.tolist() == [[np.pi / 2, 0.0, -np.pi / 4]]
    assert dict(decoder.counts) == {"blocks": 1}


def test_a_real_payload_decodes_bit_for_bit(shared_data: Path) -> None:
    capture = json.loads((shared_data / "ble_captures" / "movesense_commander.json").read_text())
    expected = capture["expected"]["imu9"]
    decoder = MovesenseDecoder(expected["path"])
    for part in parts(bytes.fromhex(capture["payload_hex"]["imu9"])):
        decoder.feed(NOTIFY_UUID, part, 0)
    blocks = decoder.take()
    assert blocks.device_ns.tolist() == [expected["timestamp_ms"] * MS]
    assert blocks.acc.tolist() == expected["acc_m_s2"]
    assert blocks.gyr is not None
    assert blocks.gyr.tolist() == np.radians(expected["gyr_deg_s"]).tolist()


def test_two_parts_are_one_block_with_the_times_of_both() -> None:
    blocks, _ = decode(*stream(2))
    assert samples_of(blocks) == list(range(16))
    assert blocks.count.tolist() == [8, 8]
    assert blocks.arrival_ns.tolist() == [0, 80 * MS]
    assert blocks.complete_ns.tolist() == [40 * MS, 120 * MS]


@pytest.mark.parametrize("lost", range(12))
def test_a_lost_part_costs_its_block_and_no_other(lost: int) -> None:
    whole = stream(6)
    blocks, decoder = decode(*whole[:lost], *whole[lost + 1 :])
    gone = lost // 2
    assert samples_of(blocks) == [s for s in range(48) if s // 8 != gone]
    assert decoder.counts["orphans"] == (0 if lost == 11 else 1)


def test_halves_are_not_joined_across_an_interruption_or_another_stream() -> None:
    first, second = parts(payload(0, 0))
    decoder = MovesenseDecoder()
    decoder.feed(NOTIFY_UUID, first, 0)
    decoder.interrupt()
    decoder.feed(NOTIFY_UUID, second, 1)
    decoder.feed(NOTIFY_UUID, first, 2)
    decoder.feed(NOTIFY_UUID, b"\x03\x64" + second[2:], 3)
    decoder.feed(NOTIFY_UUID, first, 4)
    assert len(decoder.take().count) == 0
    assert dict(decoder.counts) == {"orphans": 3, "unknown": 1}


def test_a_response_between_two_halves_does_not_part_them() -> None:
    first, second = parts(payload(0, 0))
    blocks, decoder = decode(first, b"\x01\x63\x00\xc8", second)
    assert samples_of(blocks) == list(range(8))
    assert "orphans" not in decoder.counts


def test_a_refused_command_is_counted_with_its_status() -> None:
    _, decoder = decode(b"\x01\x63\x01\xfb", b"\x01\x63\x00\xc8", b"\x01\x01Movesense", b"\x01\x01\x00\x01\xfb")
    assert dict(decoder.counts) == {"refused_507": 1}


@pytest.mark.parametrize(
    ("payload", "refused"),
    [
        ("012b", 0),
        ("012c", 300),
        ("0257", 599),
        ("0258", 0),
        ("ffff", 0),
        ("01fb", 507),
        ("00012c", 0),
        ("2c", 0),
        ("", 0),
    ],
)
def test_a_response_of_two_bytes_from_300_to_599_is_a_refusal(payload: str, refused: int) -> None:
    _, decoder = decode(b"\x01\x63" + bytes.fromhex(payload))
    assert dict(decoder.counts) == ({f"refused_{refused}": 1} if refused else {})


@pytest.mark.parametrize("rate", ["13", "26", "52", "104", "208", "416", "833", "1666"])
@pytest.mark.parametrize("resource", ["IMU6", "IMU9"])
def test_every_rate_of_both_resources(resource: str, rate: str) -> None:
    decoder = MovesenseDecoder(f"/Meas/{resource}/{rate}")
    assert decoder.nominal_rate_hz == float(rate)
    for part in parts(payload(5, 0, 3, vectors=int(resource[-1]) // 3)):
        decoder.feed(NOTIFY_UUID, part, 0)
    assert samples_of(decoder.take()) == [0, 1, 2]
    assert decoder.resolution_ns == MS
    assert decoder.counted is False


def test_a_subscription_like_the_one_before_goes_on_and_another_begins_an_epoch() -> None:
    epochs = []
    decoder = MovesenseDecoder()
    for k, (reference, path) in enumerate([(0x63, "104"), (0x63, "52"), (0x63, "52"), (0x64, "52"), (0x64, "104")]):
        decoder.wrote(WRITE_UUID, bytes([1, reference]) + f"/Meas/IMU6/{path}".encode())
        for part in parts(payload(77 * k, 0), reference):
            decoder.feed(NOTIFY_UUID, part, k * 77 * MS)
        epochs += decoder.take().epoch.tolist()
    assert epochs == [0, 1, 1, 2, 3]


@pytest.mark.parametrize("length", [3, 4, 5, 27, 29, 51, 99])
def test_a_length_that_is_not_of_whole_samples_is_refused(length: int) -> None:
    block = payload(77, 8)
    blocks, decoder = decode(b"\x02\x63" + bytes(length), *parts(block))
    assert samples_of(blocks) == list(range(8, 16))
    assert decoder.counts["orphans"] == 1
    blocks, decoder = decode(b"\x02\x63" + bytes(length), b"\x03\x63" + bytes(26), *parts(block))
    assert samples_of(blocks) == list(range(8, 16))
    assert decoder.counts["bad_length"] == 1


def test_what_is_no_data_of_ours_is_counted() -> None:
    _, decoder = decode(b"", b"\x02", b"\x00\x63\x01\xfb", b"\x07\x63abc", b"\x02\x01" + ONE_SAMPLE)
    assert dict(decoder.counts) == {"unknown": 5}


def test_the_recorded_subscription_tells_layout_and_reference() -> None:
    decoder = MovesenseDecoder()
    for other in (b"", b"\x01", b"\x01\x07", b"\x00\x07/Meas/IMU6/52"):
        decoder.wrote(WRITE_UUID, other)
    assert decoder.nominal_rate_hz == 104
    decoder.wrote("".join(list(WRITE_UUID)), b"\x01\x07/Meas/IMU9/52")
    for part in parts(payload(5, 0, samples=4, vectors=3), reference=7):
        decoder.feed(NOTIFY_UUID, part, 0)
    assert samples_of(decoder.take()) == [0, 1, 2, 3]
    assert decoder.nominal_rate_hz == 52
    decoder.wrote(WRITE_UUID, b"\x01\x08/Meas/Temp")
    assert decoder.nominal_rate_hz == 52


@pytest.mark.parametrize("uuid", ["00002a19-0000-1000-8000-00805f9b34fb", NOTIFY_UUID])
@pytest.mark.parametrize("command", [b"\x00", b"\x01", b"\x02", b"\x03"])
def test_only_a_subscription_written_to_the_right_place_changes_what_is_expected(uuid: str, command: bytes) -> None:
    decoder = MovesenseDecoder()
    decoder.wrote(uuid, command + b"\x07/Meas/IMU6/52")
    assert decoder.nominal_rate_hz == 104
    decoder.wrote(WRITE_UUID, command + b"\x07/Meas/IMU6/52")
    assert decoder.nominal_rate_hz == (52 if command == b"\x01" else 104)


@pytest.mark.parametrize("path", ["/Meas/Temp", "/Meas/IMU6", "/Meas/IMU6/0", "/Meas/IMU6/fast", "IMU6/104", ""])
def test_paths_that_are_no_imu_are_refused(path: str) -> None:
    with pytest.raises(ValueError, match="expected for instance /Meas/IMU6/104"):
        MovesenseDecoder(path)


def test_taking_often_gives_the_same_as_taking_once() -> None:
    notifications = stream(5)
    decoder = MovesenseDecoder()
    taken = []
    for k, notification in enumerate(notifications):
        decoder.feed(NOTIFY_UUID, notification, k * 40 * MS)
        taken += samples_of(decoder.take())
    assert taken == samples_of(decode(*notifications)[0])
    assert decoder.take().acc.shape == (0, 3)


def test_blocks_of_several_lengths_stay_in_order() -> None:
    sizes, first, notifications = [8, 3, 8, 1], 0, []
    for size in sizes:
        notifications += parts(payload(10 * first, first, size))
        first += size
    assert samples_of(decode(*notifications)[0]) == list(range(20))


def device_ms(*raw_and_arrival: tuple[int, int]) -> tuple[list[int], list[int], MovesenseDecoder]:
    decoder = MovesenseDecoder()
    for raw, arrival_ms in raw_and_arrival:
        for part in parts(payload(raw, 0)):
            decoder.feed(NOTIFY_UUID, part, arrival_ms * MS)
    blocks = decoder.take()
    return (blocks.device_ns // MS).tolist(), blocks.epoch.tolist(), decoder


def test_the_clock_goes_on_over_the_wrap_of_its_counter() -> None:
    stamps, epochs, _ = device_ms((2**32 - 50, 0), (27, 77), (104, 154))
    assert stamps == [2**32 - 50, 2**32 + 27, 2**32 + 104]
    assert epochs == [0, 0, 0]


def test_a_block_seen_before_is_dropped_and_counted() -> None:
    stamps, epochs, decoder = device_ms((1000, 0), (1077, 77), (1077, 78), (1000, 79), (1154, 154))
    assert stamps == [1000, 1077, 1154]
    assert epochs == [0, 0, 0]
    assert decoder.counts["duplicates"] == 2


def test_a_clock_that_starts_again_begins_an_epoch() -> None:
    stamps, epochs, decoder = device_ms((900_000, 0), (900_077, 77), (12, 5000), (89, 5077))
    assert stamps == [900_000, 900_077, 12, 89]
    assert epochs == [0, 0, 1, 1]
    assert decoder.counts["restarts"] == 1


def test_up_to_two_seconds_back_is_a_late_block_and_from_there_a_restart() -> None:
    assert device_ms((9000, 0), (7001, 77))[2].counts["duplicates"] == 1
    assert device_ms((9000, 0), (7000, 77))[1] == [0, 1]


def test_up_to_ten_seconds_ahead_of_the_host_is_a_delay_and_more_a_restart() -> None:
    assert device_ms((1000, 0), (11_077, 77))[1] == [0, 0]
    assert device_ms((1000, 0), (11_078, 77))[1] == [0, 1]


def test_a_clock_that_leaps_ahead_of_the_host_begins_an_epoch_and_a_long_silence_does_not() -> None:
    assert device_ms((1000, 0), (61_000, 60_000))[1] == [0, 0]
    assert device_ms((1000, 0), (61_000, 100))[1] == [0, 1]


def test_an_interruption_begins_an_epoch_only_after_data() -> None:
    decoder = MovesenseDecoder()
    decoder.interrupt()
    for ms in (5, 82):
        for part in parts(payload(ms, 0)):
            decoder.feed(NOTIFY_UUID, part, ms * MS)
        decoder.interrupt()
    assert decoder.take().epoch.tolist() == [0, 1]


def test_numbers_that_are_none_reach_the_caller_as_such() -> None:
    values = [float("nan"), float("inf"), 1.0, 2.0, 3.0, -float("inf")]
    blocks, _ = decode(b"\x02\x63" + struct.pack("<I6f", 7, *values))
    assert np.isnan(blocks.acc[0, 0])
    assert np.isposinf(blocks.acc[0, 1])
    assert blocks.gyr is not None
    assert np.isneginf(blocks.gyr[0, 2])


def test_a_signalling_nan_is_a_nan_like_any_other() -> None:
    blocks, _ = decode(b"\x02\x63" + struct.pack("<IIII3f", 7, 0x7FA00000, 0, 0, 0.0, 0.0, 0.0))
    assert np.isnan(blocks.acc[0, 0])


def test_mutated_notifications_neither_crash_nor_make_samples_that_were_not_sent() -> None:
    noise = random.Random(3)
    decoder = MovesenseDecoder()
    for k in range(20_000):
        data = bytearray(noise.choice(stream(3)))
        for _ in range(noise.randrange(3)):
            data[noise.randrange(len(data))] = noise.randrange(256)
        decoder.feed(NOTIFY_UUID, bytes(data[: noise.choice((len(data), noise.randrange(len(data) + 1)))]), k * MS)
    blocks = decoder.take()
    assert int(blocks.count.sum()) == len(blocks.acc)
    for epoch in set(blocks.epoch.tolist()):
        assert np.all(np.diff(blocks.device_ns[blocks.epoch == epoch]) > 0)


# -- times of samples --------------------------------------------------------------------------------------------


def times_of(stamps_ms: list[int], count: list[int], rate_hz: float = 100.0) -> list[float]:
    times, _ = sample_times(np.array(stamps_ms) * MS, np.array(count), rate_hz)
    return [float(t) for t in times / MS]


def test_samples_are_spread_up_to_the_next_stamp_and_the_last_block_by_the_nominal_period() -> None:
    assert times_of([0, 44], [4, 4]) == [0, 11, 22, 33, 44, 54, 64, 74]


def test_before_a_gap_samples_keep_the_period() -> None:
    assert times_of([0, 40, 160], [4, 4, 4])[4:9] == [40, 50, 60, 70, 160]


def test_a_single_lost_sample_is_a_gap_and_half_of_one_is_jitter() -> None:
    assert times_of([0, 40, 90], [4, 4, 1])[4:] == [40, 50, 60, 70, 90]
    assert times_of([0, 40, 84], [4, 4, 1])[4:] == [40, 51, 62, 73, 84]


def test_a_block_whose_next_comes_early_is_pressed_together() -> None:
    assert times_of([0, 40, 60], [4, 4, 1])[4:] == [40, 45, 50, 55, 60]


def test_stamps_that_jitter_by_two_milliseconds_are_no_gap_at_any_rate() -> None:
    assert times_of([0, 12, 20], [10, 10, 10], rate_hz=1000)[9:11] == [pytest.approx(10.8), 12]
    assert times_of([0, 13, 20], [10, 10, 10], rate_hz=1000)[9:11] == [9, 13]


def test_the_period_is_that_of_the_stamps_not_of_the_label_and_gaps_do_not_count() -> None:
    stamps = np.floor(np.arange(200) * 8 * 9.7).astype(np.int64) * MS
    stamps[100:] += 5000 * MS
    period = mean_period_ns(stamps, np.full(200, 8), 104.0)
    assert period == pytest.approx(9.7 * MS, rel=1e-4)
    assert mean_period_ns(stamps[:7], np.full(7, 8), 104.0) == pytest.approx(1e9 / 104)
    assert mean_period_ns(stamps[:8], np.full(8, 8), 104.0) == pytest.approx(9.7 * MS, rel=1e-2)


def test_the_period_is_of_blocks_of_any_length_that_agree_with_each_other() -> None:
    count = np.array([4, 8, 2] * 10)
    steps = count * 10 * MS
    steps[::5] = steps[::5] * 6 // 5
    stamps = np.cumsum(steps) - steps
    assert mean_period_ns(stamps, count, 104.0) == 10 * MS


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(1, 16)), min_size=1, max_size=30))
def test_times_begin_with_their_stamps_and_increase(blocks: list[tuple[int, int]]) -> None:
    stamps = np.cumsum([step for step, _ in blocks]) * MS
    count = np.array([n for _, n in blocks])
    times, period = sample_times(stamps, count, 104.0)
    first = np.cumsum(count) - count
    assert len(times) == count.sum()
    assert times[first].tolist() == stamps.tolist()
    assert period > 0
    assert np.all(np.diff(times) > 0)
