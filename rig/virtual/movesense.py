"""A virtual Movesense: the GATT SensorData Protocol's IMU6 stream, written from the vendor's description.

Command `[command][reference][data]`, notification `[type][reference][payload]`; payloads over 150 bytes are split.
IMU6: u32 milliseconds of the first sample, then every acceleration (float32, m/s²), then every rate (float32, deg/s).
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from rig.model.records import Direction, LinkEvent, Packet
from rig.virtual.clocks import Oscillator, host_ns
from rig.virtual.imu import Chip, Felt, measure
from rig.virtual.motion import Array
from rig.virtual.radio import Radio, arrivals

WRITE = "34800001-7185-4d5d-b431-630e7050e8f0"
NOTIFY = "34800002-7185-4d5d-b431-630e7050e8f0"
HELLO, SUBSCRIBE, UNSUBSCRIBE = 0, 1, 2
RESPONSE, DATA, DATA_PART2 = 1, 2, 3
HELLO_REF, STREAM_REF = 1, 0x63
PATH = b"/Meas/IMU6/104"
OK = b"\x00\xc8"
RATE_HZ = 104.0
BATCH = 8
SPLIT = 150


@dataclass(frozen=True, slots=True)
class Unit:
    """One wearable: its id in the set-up, clock, chip and link."""

    source: str
    clock: Oscillator
    chip: Chip
    radio: Radio
    connected_s: float


def traffic(unit: Unit, felt: Felt, until_s: float, rng: Generator) -> list[Packet]:
    """Everything sent and received from the connection to the end of the stream."""
    asked = unit.connected_s + 0.35
    return [
        _packet(unit, Direction.LINK, NOTIFY, unit.connected_s, LinkEvent.CONNECTED.value.encode()),
        _packet(unit, Direction.TX, WRITE, unit.connected_s + 0.12, bytes([HELLO, HELLO_REF])),
        _packet(unit, Direction.RX, NOTIFY, unit.connected_s + 0.19, bytes([RESPONSE, HELLO_REF]) + b"\x01Movesense"),
        _packet(unit, Direction.TX, WRITE, asked, bytes([SUBSCRIBE, STREAM_REF]) + PATH),
        _packet(unit, Direction.RX, NOTIFY, asked + 0.062, bytes([RESPONSE, STREAM_REF]) + OK),
        *_stream(unit, felt, asked + 0.09, until_s - 0.3, rng),
        _packet(unit, Direction.TX, WRITE, until_s, bytes([UNSUBSCRIBE, STREAM_REF])),
        _packet(unit, Direction.RX, NOTIFY, until_s + 0.055, bytes([RESPONSE, STREAM_REF]) + OK),
    ]


def _stream(unit: Unit, felt: Felt, start_s: float, end_s: float, rng: Generator) -> Iterator[Packet]:
    """Samples at the unit's own rate, eight a batch, each batch in two notifications."""
    first = float(unit.clock.reading(start_s))
    count = int((end_s - start_s) * RATE_HZ) // BATCH * BATCH
    device_s = first + np.arange(count) / RATE_HZ
    times_s = unit.clock.instants(device_s)
    samples = measure(felt, times_s, unit.chip, rng)
    acc = (samples.acc * unit.chip.acc_lsb).astype("<f4").reshape(-1, BATCH * 3)
    gyr = (samples.gyr * unit.chip.gyr_lsb).astype("<f4").reshape(-1, BATCH * 3)
    stamps = (device_s[::BATCH] * 1000).astype("<u4")
    parts = [part for batch in zip(stamps, acc, gyr, strict=True) for part in _split(*batch)]
    yield from _delivered(unit, parts, times_s[BATCH - 1 :: BATCH], rng)


def _split(stamp: "np.uint32", acc: Array, gyr: Array) -> tuple[bytes, bytes]:
    payload = stamp.tobytes() + acc.tobytes() + gyr.tobytes()
    return bytes([DATA, STREAM_REF]) + payload[:SPLIT], bytes([DATA_PART2, STREAM_REF]) + payload[SPLIT:]


def _delivered(unit: Unit, parts: list[bytes], complete_s: Array, rng: Generator) -> Iterator[Packet]:
    ready = np.repeat(complete_s + 0.004, 2)
    times = arrivals(ready, unit.radio, rng)
    kept = rng.random(len(parts)) >= unit.radio.lost
    for seconds, data, keep in zip(times, parts, kept, strict=True):
        if keep:
            yield _packet(unit, Direction.RX, NOTIFY, float(seconds), data)


def _packet(unit: Unit, direction: Direction, endpoint: str, seconds: float, data: bytes) -> Packet:
    return Packet(unit.source, endpoint, direction, host_ns(seconds), data)
