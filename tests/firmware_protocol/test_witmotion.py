"""WitMotion, byte by byte: both kinds of frames, cut anywhere, spoilt anywhere, and a real recording."""

import random
from pathlib import Path

import numpy as np
import pytest

from firmware_protocol.wearables.base import Blocks, Mark
from firmware_protocol.wearables.witmotion import NOTIFY_UUID, WRITE_UUID, WitMotion, WitMotionDecoder

MS = 1_000_000
G = 9.80665
# acc (2048, -2048, 0) = (1, -1, 0) g; gyr (16384, 0, -8192) = (1000, 0, -500) deg/s; angle; by hand
VECTORS = bytes.fromhex("000800f800000040000000e0010002000300")
SHORT = b"\x55\x61" + VECTORS
ANSWER = b"\x55\x71\x3a\x00" + bytes(16)


def frame(k: int, *, calendar: bool) -> bytes:
    """Frame k; acc y tells k."""
    data = b"\x55\x61" + VECTORS[:2] + (k % 20000).to_bytes(2, "little") + VECTORS[4:]
    seconds, ms = divmod(1_000 + 50 * k, 1000)
    stamp = bytes([26, 2, 28, 23, 59 - (seconds < 0), seconds % 60]) + ms.to_bytes(2, "little")
    return data + (stamp if calendar else b"")


def decode(*notifications: bytes) -> tuple[Blocks, WitMotionDecoder]:
    decoder = WitMotionDecoder()
    for k, data in enumerate(notifications):
        decoder.feed(NOTIFY_UUID, data, k * 20 * MS)
    return decoder.take(), decoder


def came(blocks: Blocks) -> list[int]:
    return [round(y / G * 2048) for y in blocks.acc[:, 1].tolist()]


def test_one_frame_by_hand() -> None:
    blocks, decoder = decode(SHORT)
    assert blocks.acc.tolist() == pytest.approx(np.array([[G, -G, 0]]))
    assert blocks.gyr is not None
    assert np.degrees(blocks.gyr).tolist() == pytest.approx(np.array([[1000, 0, -500]]))
    assert decoder.counted
    assert decoder.resolution_ns == 1
    assert dict(decoder.counts) == {"blocks": 1}


def test_the_calendar_is_a_clock_in_milliseconds() -> None:
    last = bytes([26, 2, 28, 23, 59, 59]) + (999).to_bytes(2, "little")
    first = bytes([26, 3, 1, 0, 0, 0]) + (49).to_bytes(2, "little")
    blocks, decoder = decode(SHORT + last, SHORT + first)
    assert np.diff(blocks.device_ns).tolist() == [50 * MS]
    # 2026-02-28 is day 9555 since 2000
    assert blocks.device_ns[0] == (9555 * 86400 - 1 + 86400) * 10**9 + 999 * MS
    assert not decoder.counted
    assert decoder.resolution_ns == MS


@pytest.mark.parametrize("calendar", [True, False])
@pytest.mark.parametrize("cut", [1, 7, 19, 20, 28, 33, 182, 5000])
def test_frames_are_found_however_they_are_cut(calendar: bool, cut: int) -> None:  # a parameter
    data = b"".join(frame(k, calendar=calendar) for k in range(100))
    blocks, decoder = decode(*(data[at : at + cut] for at in range(0, len(data), cut)))
    assert came(blocks) == list(range(100))
    assert decoder.counted != calendar
    assert decoder.counts["stray_bytes"] == 0
    assert set(blocks.epoch.tolist()) == {0}
    step = 50 if calendar else 20
    assert np.diff(blocks.device_ns).tolist() == [step * MS] * 99


def test_a_frame_came_when_its_last_byte_did() -> None:
    data = b"".join(frame(k, calendar=True) for k in range(3))
    blocks, _ = decode(data[:20], data[20:40], data[40:60], data[60:])
    assert blocks.arrival_ns.tolist() == blocks.complete_ns.tolist()
    assert (blocks.complete_ns // (20 * MS)).tolist() == [1, 2, 3]


def test_answers_between_frames_are_passed_over() -> None:
    blocks, decoder = decode(SHORT, ANSWER, SHORT, ANSWER + SHORT)
    assert len(blocks.acc) == 3
    assert dict(decoder.counts) == {"blocks": 3}


@pytest.mark.parametrize("calendar", [True, False])
def test_a_lost_notification_costs_its_frames_and_no_other(calendar: bool) -> None:  # a parameter
    data = b"".join(frame(k, calendar=calendar) for k in range(200))
    pieces = [data[at : at + 24] for at in range(0, len(data), 24)]
    blocks, _ = decode(*(p for k, p in enumerate(pieces) if k % 20 != 10))
    found = came(blocks)
    assert found == sorted(set(found))
    assert set(found) <= set(range(200))
    assert len(found) > 160


def test_noise_before_and_between_is_skipped_and_counted() -> None:
    rng = random.Random(1)
    noise = bytes(rng.choice([b for b in range(256) if b != 0x55]) for _ in range(37))
    data = (
        noise
        + b"".join(frame(k, calendar=True) for k in range(20))
        + noise
        + b"".join(frame(k, calendar=True) for k in range(20, 40))
    )
    blocks, decoder = decode(data)
    assert set(came(blocks)) <= set(range(40))
    assert len(blocks.acc) >= 39
    assert decoder.counts["stray_bytes"] >= 37


@pytest.mark.parametrize(
    "stamp",
    [
        bytes([26, 13, 1, 0, 0, 0, 0, 0]),
        bytes([26, 2, 29, 0, 0, 0, 0, 0]),
        bytes([26, 1, 1, 24, 0, 0, 0, 0]),
        bytes([26, 1, 1, 0, 60, 0, 0, 0]),
        bytes([26, 1, 1, 0, 0, 60, 0, 0]),
        bytes([26, 1, 1, 0, 0, 0, 0xE8, 3]),
    ],
)
def test_a_calendar_that_is_none_makes_no_frame(stamp: bytes) -> None:
    good = [frame(k, calendar=True) for k in range(6)]
    blocks, decoder = decode(*good[:3], SHORT + stamp, *good[4:])
    assert came(blocks) == [0, 1, 2, 4, 5]
    assert decoder.counts["stray_bytes"] == 28


def test_a_stream_that_changes_its_kind_is_followed_into_another_epoch() -> None:
    blocks, decoder = decode(
        *(frame(k, calendar=True) for k in range(5)), *(frame(k, calendar=False) for k in range(20))
    )
    assert blocks.epoch[0] != blocks.epoch[-1]
    assert came(blocks)[:5] == [0, 1, 2, 3, 4]
    assert len(blocks.acc) > 15
    assert decoder.counted


def test_missed_notifications_void_half_a_frame_and_end_the_count() -> None:
    decoder = WitMotionDecoder()
    for data in (SHORT, SHORT, SHORT[:7]):
        decoder.feed(NOTIFY_UUID, data, 0)
    decoder.missed()
    for data in (SHORT, SHORT):
        decoder.feed(NOTIFY_UUID, data, 0)
    blocks = decoder.take()
    assert blocks.epoch.tolist() == [0, 0, 1, 1]
    assert blocks.device_ns.tolist() == [0, 20 * MS, 0, 20 * MS]
    assert decoder.counts["orphans"] == 1


def test_commands_as_bytes_and_the_rate_that_they_set() -> None:
    assert [w.data.hex() for w in WitMotion(rate_hz=100.0).start()] == ["ffaa6988b5", "ffaa030900"]
    assert WitMotion().stop() == ()
    decoder = WitMotionDecoder()
    for data in ("ffaa030700", "ffaa6988b5", "ffaa03ff00", "ffaa03"):
        decoder.wrote(WRITE_UUID, bytes.fromhex(data))
    assert decoder.nominal_rate_hz == 20
    decoder.feed(NOTIFY_UUID, SHORT + SHORT, 0)
    assert decoder.take().device_ns.tolist() == [0, 50 * MS]


def test_the_end_of_the_range_is_marked() -> None:
    blocks, _ = decode(b"\x55\x61\xff\x7f" + bytes(16), b"\x55\x61" + bytes(6) + b"\x00\x80" + bytes(10))
    assert blocks.marks.tolist() == [Mark.ACC_SATURATED, Mark.GYR_SATURATED]


@pytest.mark.shared
@pytest.mark.parametrize("cut", [28, 20, 7, 182])
def test_a_real_recording_decodes_bit_for_bit(shared_data: Path, cut: int) -> None:
    folder = shared_data / "ble_captures" / "witmotion_part1"
    data, truth = (folder / "capture.bin").read_bytes(), np.load(folder / "imu.npz")
    blocks, decoder = decode(*(data[at : at + cut] for at in range(0, len(data), cut)))
    times, _ = blocks.times(slice(None), 20.0)
    assert ((times - times[0]) / 1e9).tolist() == pytest.approx(truth["time_s"].tolist(), abs=1e-9)
    assert blocks.gyr is not None
    for values, name in ((blocks.acc, "acc"), (blocks.gyr, "gyr")):
        expected = np.stack([truth[f"{name}_{axis}"] for axis in "xyz"], axis=1)
        assert np.array_equal(values.astype(np.float32), expected)
    assert dict(decoder.counts) == {"blocks": 1098}


def test_a_frame_that_is_not_followed_by_another_is_none() -> None:
    blocks, decoder = decode(SHORT + SHORT + SHORT + b"\x00" + SHORT + SHORT)
    assert len(blocks.acc) == 4
    assert decoder.counts["stray_bytes"] == 21


@pytest.mark.parametrize("strays", [1, 2, 3, 20])
def test_the_first_frames_are_found_behind_strays(strays: int) -> None:
    blocks, decoder = decode(b"\x01" * strays + SHORT + SHORT)
    assert len(blocks.acc) == 2
    assert decoder.counts["stray_bytes"] == strays


def test_a_stream_that_gets_a_calendar_is_followed_into_another_epoch() -> None:
    frames = [frame(k, calendar=False) for k in range(5)] + [frame(k, calendar=True) for k in range(20)]
    blocks, decoder = decode(*frames)
    assert blocks.epoch[0] != blocks.epoch[-1]
    assert not decoder.counted
    assert came(blocks)[-10:] == list(range(10, 20))


def test_longer_commands_are_not_the_rate_s() -> None:
    decoder = WitMotionDecoder()
    decoder.wrote(WRITE_UUID, bytes.fromhex("ffaa030900ff"))
    decoder.wrote(NOTIFY_UUID, bytes.fromhex("ffaa030900"))
    assert decoder.nominal_rate_hz == 50


def test_every_change_of_kind_begins_an_epoch() -> None:
    kinds = [True, False, True, False, True]
    blocks, _ = decode(*(frame(20 * part + k, calendar=kind) for part, kind in enumerate(kinds) for k in range(20)))
    assert sorted(set(blocks.epoch.tolist())) == [0, 1, 2, 3, 4]
    assert np.all(np.diff(blocks.epoch) >= 0)


@pytest.mark.parametrize(
    ("uuid", "data", "rate_hz"),
    [
        (WRITE_UUID, "ffaa030900", 100),
        (WRITE_UUID, "ffaa030600", 10),
        (WRITE_UUID, "ffaa040900", 50),
        (WRITE_UUID, "ffaa020900", 50),
        (WRITE_UUID, "ffab030900", 50),
        (WRITE_UUID, "feaa030900", 50),
        (WRITE_UUID, "ffaa0309", 50),
        (WRITE_UUID, "ffaa03090000", 50),
        ("0" * 36, "ffaa030900", 50),
        ("f" * 36, "ffaa030900", 50),
    ],
)
def test_only_the_rate_s_register_sets_the_rate(uuid: str, data: str, rate_hz: float) -> None:
    decoder = WitMotionDecoder()
    decoder.wrote("".join(list(uuid)), bytes.fromhex(data))
    assert decoder.nominal_rate_hz == rate_hz
    decoder.feed(NOTIFY_UUID, SHORT + SHORT, 0)
    assert np.diff(decoder.take().device_ns).tolist() == [1e9 / rate_hz]


@pytest.mark.parametrize("code", ["0600", "0900"])
def test_a_slower_or_quicker_rate_begins_an_epoch_and_the_same_one_does_not(code: str) -> None:
    decoder = WitMotionDecoder(float("50"))  # an object of its own
    for data in ("ffaa030800", "ffaa03" + code):
        decoder.feed(NOTIFY_UUID, SHORT + SHORT, 0)
        decoder.wrote(WRITE_UUID, bytes.fromhex(data))
    decoder.feed(NOTIFY_UUID, SHORT, 0)
    assert decoder.take().epoch.tolist() == [0, 0, 0, 0, 1]


@pytest.mark.parametrize("length", [19, 20, 21, 27])
def test_only_a_whole_short_frame_at_the_end_is_taken_for_one(length: int) -> None:
    blocks, _ = decode((SHORT + b"\x1a" * 8)[:length])
    assert len(blocks.acc) == (length == 20)


RATES = {0.2: 1, 0.5: 2, 1.0: 3, 2.0: 4, 5.0: 5, 10.0: 6, 20.0: 7, 50.0: 8, 100.0: 9, 200.0: 11}


@pytest.mark.parametrize("rate_hz", RATES)
def test_every_rate_has_its_code(rate_hz: float) -> None:
    unlock, rate = WitMotion(rate_hz=rate_hz).start()
    assert rate.data == bytes([0xFF, 0xAA, 0x03, RATES[rate_hz], 0])
    assert not unlock.response
    assert not rate.response
    decoder = WitMotionDecoder()
    decoder.wrote(rate.uuid, rate.data)
    assert decoder.nominal_rate_hz == rate_hz


def test_answers_in_a_stream_with_a_calendar_are_passed_over() -> None:
    frames = [frame(k, calendar=True) for k in range(6)]
    blocks, decoder = decode(*frames[:2], ANSWER, *frames[2:4], ANSWER + frames[4], frames[5])
    assert came(blocks) == list(range(6))
    assert dict(decoder.counts) == {"blocks": 6}


@pytest.mark.parametrize("first", [True, False])
def test_four_frames_that_do_not_fit_are_doubt_enough(first: bool) -> None:  # a parameter
    kinds = [first] * 10 + [not first] * 20
    blocks, _ = decode(*(frame(k, calendar=kind) for k, kind in enumerate(kinds)))
    assert came(blocks) == [*range(10), *range(14, 30)]


def test_the_first_instant_of_the_calendar_is_one() -> None:
    stamp = bytes([0, 1, 1, 0, 0, 0])
    frames = [SHORT + stamp + (50 * k).to_bytes(2, "little") for k in range(3)]
    blocks, decoder = decode(*frames[1:], frames[0], *frames[1:])
    assert blocks.device_ns.tolist() == [50 * MS, 100 * MS]
    assert decoder.counts["duplicates"] == 3
    assert decode(*frames)[0].device_ns.tolist() == [0, 50 * MS, 100 * MS]


@pytest.mark.parametrize(("data", "strays"), [("54", 1), ("56", 1), ("ff", 1), ("55", 0), ("5500", 2), ("5561", 0)])
def test_what_cannot_begin_a_frame_is_thrown_away_at_once(data: str, strays: int) -> None:
    assert decode(bytes.fromhex(data))[1].counts["stray_bytes"] == strays


@pytest.mark.parametrize("after", [0x00, 0x54, 0x56, 0xFF])
def test_a_frame_that_is_followed_by_no_head_is_no_frame(after: int) -> None:
    blocks, decoder = decode(SHORT + SHORT + SHORT[:2], SHORT[2:] + bytes([after]))
    assert len(blocks.acc) == 2
    assert decoder.counts["stray_bytes"] > 0


@pytest.mark.parametrize(("ms", "frames"), [(999, 2), (1000, 1), (1001, 1), (65535, 1)])
def test_a_second_has_a_thousand_milliseconds(ms: int, frames: int) -> None:
    day = bytes([26, 2, 28, 23, 59, 59])
    first = SHORT + day + (5).to_bytes(2, "little")
    assert len(decode(first, SHORT + day + ms.to_bytes(2, "little"))[0].acc) == frames


def test_a_whole_long_frame_is_enough_to_know_its_kind() -> None:
    decoder = WitMotionDecoder()
    decoder.feed(NOTIFY_UUID, frame(1, calendar=True), 0)
    assert came(decoder.take()) == [1]


def test_before_the_first_frame_a_calendar_is_expected() -> None:
    assert not WitMotionDecoder().counted
    assert WitMotionDecoder().resolution_ns == MS
