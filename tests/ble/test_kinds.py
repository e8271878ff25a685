"""Every kind of wearable over Bluetooth: recognised, started, understood, stopped."""

import time

import numpy as np
import pytest

from firmware_protocol.wearables import WEARABLES, wearable
from rig.devices.ble_match import kind_of
from rig.model.records import Direction, Packet
from rig.model.setup import Device, Role
from rig.virtual.ble_voice import Ints, Voice
from rig.virtual.clocks import Oscillator
from rig.virtual.motion import Array
from rig.virtual.wearables import voice_of
from tests.ble import rooms
from tests.ble.rooms import FAST


def turning(_numbers: Ints, times_s: Array) -> tuple[Array, Array]:
    """Upright, and turning about the vertical at half a radian a second."""
    acc, gyr = np.zeros((len(times_s), 3)), np.zeros((len(times_s), 3))
    acc[:, 2], gyr[:, 2] = 9.80665, 0.5
    return acc, gyr


def voice(kind: str) -> Voice:
    if kind == "movesense":
        return rooms.movesense(1)
    return voice_of(kind, Oscillator(time.perf_counter() - 300.0, 15.0), turning)


@pytest.mark.parametrize("kind", sorted(WEARABLES))
def test_a_kind_streams_through_bleak(kind: str) -> None:
    packets: list[Packet] = []
    spoken = voice(kind)
    assert kind_of(spoken.name, spoken.advertised) == kind
    # One is found by being the only one of its kind, which takes a whole scan.
    where = None if kind == "witmotion" else rooms.address(1)
    device = Device("sensor-1", kind, Role.LOWER_BACK, address=where)  # type: ignore[arg-type]  # of the registry
    with rooms.air({rooms.address(1): spoken}, FAST) as made:
        with rooms.hub([device], packets) as hub:
            rooms.wait(lambda: _samples(packets, kind) > 40)
            rooms.wait(rooms.connected(hub))
        rooms.same_as_delivered(packets, made)
        if kind != "witmotion":  # it streams for as long as somebody listens
            assert spoken.due_s() is None


def _samples(packets: list[Packet], kind: str) -> int:
    decoder = wearable(kind).decoder()
    for packet in list(packets):
        if packet.direction is Direction.RX:
            decoder.feed(packet.endpoint, packet.data, packet.t_ns)
        elif packet.direction is Direction.TX:
            decoder.wrote(packet.endpoint, packet.data)
    blocks = decoder.take()
    if kind != "movesense" and len(blocks.acc):
        np.testing.assert_allclose(blocks.acc.mean(axis=0), [0, 0, 9.80665], atol=0.02)
        gyr = blocks.gyr if blocks.rates is None else blocks.rates.gyr
        if gyr is not None and len(gyr):
            np.testing.assert_allclose(gyr.mean(axis=0), [0, 0, 0.5], atol=0.02)
    return len(blocks.acc)
