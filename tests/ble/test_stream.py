"""Streams through bleak, unchanged, from virtual sensors: what comes is what was sent."""

import asyncio
import time
from itertools import pairwise

import numpy as np

from firmware_protocol.wearables.movesense import Movesense
from rig.devices.ble_scan import scan
from rig.devices.ble_session import BleSession
from rig.model.clock import SystemClock
from rig.model.records import Direction, Packet
from rig.model.setup import Role, parse_setup
from rig.timeline import decode_session
from tests.ble import rooms
from tests.ble.rooms import FAST, USUAL


def test_a_quick_link_delivers_every_sample() -> None:
    packets: list[Packet] = []
    with rooms.room(1, FAST) as made:
        with rooms.hub([rooms.declared(1)], packets) as hub:
            rooms.wait(rooms.connected(hub))
            time.sleep(2 * rooms.LISTEN)
        rooms.same_as_delivered(packets, made)
    came = rooms.numbers(packets, "sensor-1")
    assert len(came) >= 1.7 * 104
    assert rooms.lost(came) == []


@rooms.swift_only
def test_208_samples_a_second_come_whole() -> None:
    packets: list[Packet] = []

    def emit(direction: Direction, endpoint: str, t_ns: int, data: bytes) -> None:
        packets.append(Packet("sensor-1", endpoint, direction, t_ns, data))

    async def stream() -> None:
        (heard,) = await scan(5.0, lambda found: len(found) == 1)
        sensor = Movesense("/Meas/IMU6/208")
        session = BleSession(heard, sensor, emit, SystemClock(), lost=lambda: None)
        await session.connect()
        await session.begin()
        await asyncio.sleep(2)
        await session.close()

    with rooms.room(1, FAST, 208.0) as made:
        asyncio.run(stream())
        rooms.same_as_delivered(packets, made)
    came = rooms.numbers(packets, "sensor-1")
    assert len(came) >= 1.7 * 208
    assert rooms.lost(came) == []


def test_two_sensors_at_once_on_a_usual_link_come_in_bursts_and_whole() -> None:
    packets: list[Packet] = []
    with rooms.room(2, USUAL) as made:
        with rooms.hub([rooms.declared(1), rooms.declared(2)], packets) as hub:
            rooms.wait(rooms.connected(hub))
            time.sleep(3 * rooms.LISTEN)
        rooms.same_as_delivered(packets, made)
    for source in ("sensor-1", "sensor-2"):
        came = rooms.numbers(packets, source)
        assert len(came) >= 2.5 * 104
        assert rooms.lost(came) == []
        steps_s = np.sort(np.diff([p.t_ns for p in rooms.of(packets, source, Direction.RX)]) / 1e9)
        # the two halves of a batch arrive together
        assert np.median(steps_s[: len(steps_s) // 3]) < 0.003 * rooms.PATIENCE


def test_a_stall_ends_in_a_burst_and_loses_nothing() -> None:
    packets: list[Packet] = []
    with rooms.room(1, USUAL) as made:
        with rooms.hub([rooms.declared(1)], packets) as hub:
            rooms.wait(rooms.connected(hub))
            time.sleep(0.5)
            made.stall(rooms.address(1), 1.5)
            time.sleep(2.5)
        rooms.same_as_delivered(packets, made)
    assert rooms.lost(rooms.numbers(packets, "sensor-1")) == []
    steps_s = np.diff([p.t_ns for p in rooms.of(packets, "sensor-1", Direction.RX)]) / 1e9
    assert 1.2 < steps_s.max() < 1.8
    assert rooms.links(packets, "sensor-1") == ["connected"]


def test_a_lost_notification_is_a_gap_of_its_length() -> None:
    packets: list[Packet] = []
    with rooms.room(1, USUAL) as made, rooms.hub([rooms.declared(1)], packets) as hub:
        rooms.wait(rooms.connected(hub))
        time.sleep(1.0)
        made.swallow(rooms.address(1), 1)
        time.sleep(1.0)
        made.swallow(rooms.address(1), 4)
        time.sleep(1.5)
    holes = rooms.lost(rooms.numbers(packets, "sensor-1"))
    assert holes in ([8, 16], [8, 24])  # four halves are two batches, or parts of three
    # where halves come late, the timeline doubts the batch before a hole, and counts it as lost
    doubted = (0, 8, 16) if _halves_apart_s(packets) > 0.06 else (0,)
    assert rooms.counted_as_lost(packets, 1) - sum(holes) in doubted


def _halves_apart_s(packets: list[Packet]) -> float:
    """Longest time between the two notifications of a batch: on a quiet host less than the 77 ms of the next batch."""
    halves = [p for p in rooms.of(packets, "sensor-1", Direction.RX) if p.data[:1] in (b"\x02", b"\x03")]
    return max((b.t_ns - a.t_ns) / 1e9 for a, b in pairwise(halves) if (a.data[0], b.data[0]) == (2, 3))


SETUP = """
schema = 1
[[devices]]
id = "a"
kind = "movesense"
role = "chest"
address = "{first}"
[[devices]]
id = "b"
kind = "movesense"
role = "foot_left"
address = "Movesense 000000000002"
"""


def test_each_sensor_of_rig_toml_is_worn_where_it_says() -> None:
    """One is declared by its address, the other by its name; their clocks tell which is which."""
    packets: list[Packet] = []
    with rooms.room(2, FAST):
        setup = parse_setup(SETUP.format(first=rooms.address(1)))
        with rooms.hub(setup.devices, packets) as hub:
            rooms.wait(rooms.connected(hub))
            time.sleep(rooms.LISTEN)
            assert {s.id: s.status().place for s in hub.sensors} == {"a": rooms.address(1), "b": rooms.address(2)}
    tracks = decode_session(packets, setup).imus
    assert {role: track.source for role, track in tracks.items()} == {Role.CHEST: "a", Role.FOOT_LEFT: "b"}
    started_s = {role: track.blocks.acc[0, 0] / 104 for role, track in tracks.items()}
    assert 90 < started_s[Role.FOOT_LEFT] - started_s[Role.CHEST] < 110  # see `rooms.movesense`
