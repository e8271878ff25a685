"""What all wearables have in common: every sample once, in order, at its device time, whatever the link does."""

import random
from collections.abc import Sequence
from dataclasses import FrozenInstanceError
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_protocol.wearables import WEARABLES, wearable
from firmware_protocol.wearables.base import Blocks, Decoder, Floats, Mark, Wearable
from tests.firmware_protocol.wearable_lab import (
    CLOCK,
    LINK,
    NEW_KINDS,
    STILL_AIR,
    Talk,
    fed,
    numbers,
    talk,
    turning_numbers,
    voice_of,
)

STAMPED = tuple(kind for kind in NEW_KINDS if kind != "metamotion")
TRUE_HZ = {"movella-dot": 60.0, "polar": 52.0, "rig-imu": 104.0, "witmotion": 47.0}


def consecutive(found: Sequence[int]) -> bool:
    return all((b - a) % 5000 == 1 for a, b in pairwise(found))


def rates_of(blocks: Blocks) -> Floats:
    if blocks.rates is not None:
        return blocks.rates.gyr
    assert blocks.gyr is not None
    return blocks.gyr


@pytest.mark.parametrize("kind", NEW_KINDS)
def test_every_sample_comes_once_and_in_order(kind: str) -> None:
    link = talk(kind)
    blocks = fed(link.decoder, link.stream(30.0, LINK))
    came, turned = numbers(blocks.acc), turning_numbers(rates_of(blocks))
    assert consecutive(came)
    assert consecutive(turned)
    rate_hz = link.decoder.nominal_rate_hz
    assert len(came) == pytest.approx(28.5 * rate_hz, rel=0.1)
    assert abs(came[0] - turned[0]) < 60
    assert blocks.marks.tolist() == [0] * len(came)
    assert set(link.decoder.counts) - {"lost_blocks", "overruns"} == {"blocks"}


@pytest.mark.parametrize("kind", STAMPED)
def test_device_times_are_those_of_the_samples(kind: str) -> None:
    link = talk(kind)
    blocks = fed(link.decoder, link.stream(30.0, LINK))
    rate_hz = TRUE_HZ[kind]
    for stream, came in ((blocks, numbers(blocks.acc)), (blocks.rates, turning_numbers(rates_of(blocks)))):
        if stream is not None:
            times, period = stream.times(slice(None), link.decoder.nominal_rate_hz)
            truth = np.unwrap(np.array(came), period=5000) / rate_hz * 1e9
            assert np.max(np.abs((times - times[0]) - (truth - truth[0]))) < 1.5e6
            assert period == pytest.approx(1e9 / rate_hz, rel=1e-3)


@pytest.mark.parametrize("kind", NEW_KINDS)
def test_values_are_those_that_the_sensor_measured_to_a_count(kind: str) -> None:
    link = talk(kind)
    blocks = fed(link.decoder, link.stream(8.0, STILL_AIR))
    assert np.abs(blocks.acc[:, 1] + 9.80665).max() < 0.003
    assert np.abs(blocks.acc[:, 2] - 1.0).max() < 0.003
    assert np.abs(rates_of(blocks)[:, 0] + 0.5).max() < 0.002


@pytest.mark.parametrize("kind", STAMPED)
def test_what_is_lost_is_missing_and_nothing_else(kind: str) -> None:
    link = talk(kind)
    packets = link.stream(40.0, LINK)
    whole = numbers(fed(wearable_like(link), packets).acc)
    kept = [p for k, p in enumerate(packets) if k % 17 != 3]
    some = numbers(fed(wearable_like(link), kept).acc)
    assert some == [n for n in whole if n in set(some)]
    assert 0.7 * len(whole) < len(some) < len(whole)


def wearable_like(link: Talk) -> Decoder:
    """A fresh decoder that has heard the talk at the beginning."""
    decoder = link.sensor.decoder()
    for packet in link.packets:
        if packet.direction == "tx":
            decoder.wrote(packet.endpoint, packet.data)
        elif packet.direction == "rx":
            decoder.feed(packet.endpoint, packet.data, packet.t_ns)
    return decoder


@pytest.mark.parametrize("kind", STAMPED)
def test_doubled_notifications_give_no_sample_twice(kind: str) -> None:
    link = talk(kind)
    packets = link.stream(20.0, LINK)
    once = numbers(fed(wearable_like(link), packets).acc)
    if kind == "witmotion":  # a stream of bytes: what is doubled in its middle is no frame
        doubled = [p for packet in packets for p in ([packet, packet] if packet is packets[0] else [packet])]
        assert set(numbers(fed(wearable_like(link), doubled).acc)) <= set(once)
        return
    decoder = wearable_like(link)
    twice = numbers(fed(decoder, [p for packet in packets for p in (packet, packet)]).acc)
    assert twice == once
    assert decoder.counts["duplicates"] == len(packets)


@pytest.mark.parametrize("kind", NEW_KINDS)
def test_taking_often_gives_the_same_as_taking_once(kind: str) -> None:
    link = talk(kind)
    packets = link.stream(10.0, LINK)
    once = numbers(fed(wearable_like(link), packets).acc)
    decoder = wearable_like(link)
    assert [n for packet in packets for n in numbers(fed(decoder, [packet]).acc)] == once


@pytest.mark.parametrize("kind", NEW_KINDS)
def test_an_interruption_begins_an_epoch_after_data_only(kind: str) -> None:
    link = talk(kind)
    packets = link.stream(12.0, LINK)
    half = len(packets) // 2
    link.decoder.interrupt()
    fed_first = fed(link.decoder, packets[:half])
    link.decoder.interrupt()
    link.decoder.interrupt()
    second = fed(link.decoder, packets[half:])
    assert set(fed_first.epoch.tolist()) == {0}
    assert set(second.epoch.tolist()) == {1}


@pytest.mark.parametrize("kind", ["movella-dot", "rig-imu"])
def test_the_clock_goes_on_over_the_wrap_of_its_microseconds(kind: str) -> None:
    started = 2**32 / 1e6 - 5.0
    clock = type(CLOCK)(-started, 0.0, wave_ppm=0.0, warm_ppm=0.0)
    link = talk(kind, voice_of(kind, clock=clock))
    blocks = fed(link.decoder, link.stream(20.0, STILL_AIR))
    assert set(blocks.epoch.tolist()) == {0}
    assert np.all(np.diff(blocks.device_ns) > 0)
    assert int(blocks.device_ns[-1]) > 2**32 * 1000


@pytest.mark.parametrize(
    ("kind", "half_s"), [("movella-dot", 2**31 / 1e6), ("movesense", 2**31 / 1e3), ("rig-imu", 2**31 / 1e6)]
)
def test_a_clock_that_falls_back_by_half_its_range_started_again(kind: str, half_s: float) -> None:
    link = talk(kind, voice_of(kind, clock=type(CLOCK)(-half_s, 0.0, wave_ppm=0.0, warm_ppm=0.0)))
    again = talk(kind, voice_of(kind, clock=type(CLOCK)(0.0, 0.0, wave_ppm=0.0, warm_ppm=0.0)), at_s=4.0)
    blocks = fed(link.decoder, [*link.stream(4.0, STILL_AIR), *again.stream(8.0, STILL_AIR)])
    assert sorted(set(blocks.epoch.tolist())) == [0, 1]
    assert link.decoder.counts["restarts"] == 1


@pytest.mark.parametrize("kind", STAMPED)
def test_a_sensor_that_starts_again_begins_an_epoch(kind: str) -> None:
    link = talk(kind)
    first = link.stream(10.0, LINK)
    again = talk(kind, voice_of(kind, clock=type(CLOCK)(0.0, 0.0)), at_s=12.0)
    blocks = fed(link.decoder, [*first, *again.stream(20.0, LINK)])
    assert sorted(set(blocks.epoch.tolist())) == [0, 1]
    assert link.decoder.counts["restarts"] == 1


@pytest.mark.parametrize("kind", WEARABLES)
def test_a_kind_says_what_it_is_and_what_it_needs(kind: str) -> None:
    sensor: Wearable = wearable(kind)
    assert sensor.kind == kind
    assert {w.uuid for w in (*sensor.start(), *sensor.stop())} <= set(sensor.write_uuids)
    own = (*sensor.notify_uuids, *sensor.read_uuids, *sensor.write_uuids)
    assert all(uuid == uuid.lower() and len(uuid) == 36 for uuid in own)
    assert len(set(own)) == len(own) or kind == "polar"
    assert not sensor.recognises(None, [])
    assert not sensor.recognises("Kettle", ["180f"])
    others = [wearable(other) for other in WEARABLES if other != kind]
    if kind in NEW_KINDS:
        voice = voice_of(kind)
        assert sensor.recognises(voice.name, voice.advertised)
        assert not any(other.recognises(voice.name, voice.advertised) for other in others)
        for uuid in voice.advertised:
            assert sensor.recognises(None, [uuid.upper()])


@pytest.mark.parametrize("other", ["0" * 36, "00002a19-0000-1000-8000-00805f9b34fb", "f" * 36])
@pytest.mark.parametrize("kind", WEARABLES)
def test_traffic_of_other_characteristics_is_passed_over(kind: str, other: str) -> None:
    link = talk(kind)
    decoder = wearable(kind).decoder()
    rate_hz = decoder.nominal_rate_hz
    for packet in [*link.packets, *link.stream(3.0, STILL_AIR)]:
        decoder.feed(other, packet.data, packet.t_ns)
        decoder.wrote(other, packet.data)
    assert dict(decoder.counts) == {}
    assert decoder.replies() == ()
    assert len(decoder.take().acc) == 0
    assert decoder.nominal_rate_hz == rate_hz


@pytest.mark.parametrize("kind", WEARABLES)
def test_empty_and_short_traffic_is_counted_or_passed_over(kind: str) -> None:
    sensor = wearable(kind)
    decoder = sensor.decoder()
    for uuid in (*sensor.notify_uuids, *sensor.read_uuids, *sensor.write_uuids):
        for length in range(13):
            decoder.feed(uuid, bytes(length), 1)
            decoder.wrote(uuid, bytes(length))
    assert len(decoder.take().acc) == 0


@pytest.mark.parametrize("kind", WEARABLES)
def test_characteristics_are_known_by_their_text(kind: str) -> None:
    link = talk(kind)
    decoder = wearable(kind).decoder()
    for packet in [*link.packets, *link.stream(4.0, STILL_AIR)]:
        uuid, data = "".join(list(packet.endpoint)), bytes(bytearray(packet.data))  # the same in other objects
        if packet.direction == "tx":
            decoder.wrote(uuid, data)
        else:
            decoder.feed(uuid, data, packet.t_ns)
    assert len(decoder.take().acc) > 50
    assert decoder.nominal_rate_hz == link.decoder.nominal_rate_hz


@pytest.mark.parametrize("kind", WEARABLES)
def test_bytes_find_their_characteristic_where_nobody_noted_it(kind: str) -> None:
    link = talk(kind)
    link.end(5.0)
    for packet in [*link.packets, *talk(kind).stream(3.0, STILL_AIR)]:
        if packet.direction != "link":
            assert link.sensor.characteristic(data=packet.data, write=packet.direction == "tx") == packet.endpoint


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(NEW_KINDS), st.integers(0, 2**32), st.integers(0, 60))
def test_mutated_streams_neither_crash_nor_give_what_is_no_number_unmarked(kind: str, seed: int, host: int) -> None:
    rng = random.Random(seed)
    link = talk(kind)
    for packet in link.stream(3.0, LINK):
        data = bytearray(packet.data)
        for _ in range(rng.randrange(4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        cut = bytes(data[: rng.choice((len(data), rng.randrange(len(data) + 1)))])
        link.decoder.feed(
            rng.choice((packet.endpoint, *link.sensor.notify_uuids)), cut, packet.t_ns * rng.choice((1, host))
        )
    blocks = link.decoder.take()
    assert int(blocks.count.sum()) == len(blocks.acc) == len(blocks.marks)
    for epoch in set(blocks.epoch.tolist()):
        here = blocks.epoch == epoch
        assert np.all(np.diff(blocks.device_ns[here]) > 0)
    broken = ~np.isfinite(blocks.acc).all(axis=1)
    assert np.array_equal(broken, (blocks.marks & (Mark.NO_ACC | Mark.ACC_NOT_FINITE)) > 0)
    marks = blocks.marks if blocks.rates is None else blocks.rates.marks
    broken = ~np.isfinite(rates_of(blocks)).all(axis=1)
    assert np.array_equal(broken, (marks & Mark.GYR_NOT_FINITE) > 0)
    if kind not in ("movella-dot", "polar"):  # which send floats
        assert not np.any(marks & (Mark.ACC_NOT_FINITE | Mark.GYR_NOT_FINITE))


@pytest.mark.parametrize("kind", WEARABLES)
def test_a_kind_cannot_be_changed_into_another(kind: str) -> None:
    sensor = wearable(kind)
    assert not hasattr(sensor, "__dict__")
    for name in ("kind", "read_uuids", "notify_uuids", "write_uuids"):
        with pytest.raises(FrozenInstanceError):
            setattr(sensor, name, getattr(sensor, name))
        with pytest.raises(TypeError):
            type(sensor)(**{name: getattr(sensor, name)})


NAMES = {
    "metamotion": ("MetaMotionR 1", "MetaWear"),
    "movella-dot": ("Movella DOT", "Xsens DOT 3"),
    "movesense": ("Movesense 214530000123",),
    "polar": ("Polar H10 A1B2", "Polar Sense A1", "Polar Verity A1", "Polar OH1 A1"),
    "rig-imu": ("rig-imu 03",),
    "witmotion": ("WT901BLE67", "WTSDCL"),
}


@pytest.mark.parametrize("kind", WEARABLES)
def test_a_name_is_enough_in_capitals_or_not(kind: str) -> None:
    sensor = wearable(kind)
    for name in NAMES[kind]:
        assert sensor.recognises(name, [])
        assert sensor.recognises(name.upper(), ["0000180f-0000-1000-8000-00805f9b34fb"])
        assert sensor.recognises(name.lower(), [])
        assert not sensor.recognises("my " + name, [])
        assert not any(wearable(other).recognises(name, []) for other in WEARABLES if other != kind)
    assert not sensor.recognises("Polar Vantage", [])
