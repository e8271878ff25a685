"""Links that are refused, lost, and come back; what the recording says of it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bleak.exc import BleakError

from rig.devices import ble_hub, ble_sensor
from rig.devices.base import DeviceStatus
from rig.devices.ble_session import BleSession
from rig.model.records import Packet
from rig.virtual.ble_air import BUS_VARIABLE
from tests.ble import rooms

LISTENER = Path(__file__).parent / "listener.py"


def test_a_sensor_that_hangs_up_is_back_within_five_seconds() -> None:
    packets: list[Packet] = []
    with rooms.room(1) as made:
        with rooms.hub([rooms.declared(1)], packets) as hub:
            rooms.wait(rooms.connected(hub))
            time.sleep(1)
            made.hang_up(rooms.address(1))
            rooms.wait(lambda: hub.sensors[0].status().losses == 1)
            assert rooms.wait(rooms.connected(hub)) < rooms.BACK_S
            time.sleep(1)
        rooms.same_as_delivered(packets, made)
    assert rooms.links(packets, "sensor-1") == ["connected", "lost", "connected"]
    came = rooms.numbers(packets, "sensor-1")
    assert len(rooms.lost(came)) == 1  # the sensor's own count goes on, so the hole has a length
    assert 10 < rooms.lost(came)[0] < rooms.BACK_S * 104


def test_a_sensor_carried_away_and_back_is_found_again_while_the_other_streams_on() -> None:
    packets: list[Packet] = []
    with rooms.room(2) as made:
        with rooms.hub([rooms.declared(1), rooms.declared(2)], packets) as hub:
            rooms.wait(rooms.connected(hub))
            made.set_range(rooms.address(1), within=False)
            rooms.wait(lambda: not hub.sensors[0].status().connected)
            time.sleep(1)
            assert hub.sensors[0].status().message in ("devices.lost", "devices.searching")
            made.set_range(rooms.address(1), within=True)
            assert rooms.wait(rooms.connected(hub)) < rooms.BACK_S
            time.sleep(0.5)
        rooms.same_as_delivered(packets, made)
    assert rooms.links(packets, "sensor-1") == ["connected", "lost", "connected"]
    assert rooms.links(packets, "sensor-2") == ["connected"]
    assert rooms.lost(rooms.numbers(packets, "sensor-2")) == []


@rooms.small_bluez_only
def test_refused_connections_are_tried_again() -> None:
    packets: list[Packet] = []
    with rooms.room(1) as made:
        made.bluez.refuse[rooms.address(1)] = 3
        with rooms.hub([rooms.declared(1)], packets) as hub:
            rooms.wait(rooms.connected(hub))
        assert made.bluez.refuse[rooms.address(1)] == 0
    assert rooms.links(packets, "sensor-1") == ["connected"]


def test_a_device_without_the_sensors_services_is_let_go_and_waits_longer_each_time() -> None:
    packets: list[Packet] = []
    with rooms.room(1) as made:
        voice = made.wearables[rooms.address(1)].voice
        stranger = rooms.stranger(made, 2, voice.name + "x")
        device = rooms.declared(2)
        with rooms.hub([device], packets) as hub:
            rooms.wait(lambda: rooms.links(packets, device.id).count("lost") == 2)
            assert not hub.sensors[0].status().connected
        times = [p.t_ns / 1e9 for p in packets if p.data == b"connected"]
        assert times[1] - times[0] >= 0.5
        assert stranger.voice.due_s() is None
    assert rooms.links(packets, device.id)[:4] == ["connected", "lost"] * 2


def test_an_absent_sensor_is_searched_for_until_the_end() -> None:
    packets: list[Packet] = []
    with rooms.room(1), rooms.hub([rooms.declared(2)], packets) as hub:
        time.sleep(4)
        status = hub.sensors[0].status()
    assert (status.connected, status.message, status.place) == (False, "devices.searching", "")
    assert packets == []
    assert hub.sensors[0].status().message == "devices.stopped"


def test_no_bluetooth_is_said_and_looked_for_again() -> None:
    def told(status: DeviceStatus) -> bool:
        return status.message == "devices.no_bluetooth"

    before = os.environ.get(BUS_VARIABLE)
    os.environ[BUS_VARIABLE] = "unix:path=/nowhere/bus"
    try:
        with rooms.hub([rooms.declared(1)], []) as hub:
            rooms.wait(lambda: told(hub.sensors[0].status()))
    finally:
        os.environ.pop(BUS_VARIABLE) if before is None else os.environ.update({BUS_VARIABLE: before})


def test_a_killed_process_leaves_the_sensor_connected_and_the_next_one_takes_it_up() -> None:
    packets: list[Packet] = []
    with rooms.room(1) as made:
        command = [sys.executable, str(LISTENER), rooms.address(1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
            assert first.stdout is not None
            assert first.stdout.readline() == "connected\n"
            time.sleep(0.5)
            first.send_signal(signal.SIGKILL)
        rooms.forget_delivered(made)
        with rooms.hub([rooms.declared(1)], packets) as hub:
            rooms.wait(rooms.connected(hub))
            assert hub.sensors[0].status().rssi_dbm is None  # it did not advertise
            rooms.wait(lambda: len(packets) > 24)
        rooms.same_as_delivered(packets, made)
    came = rooms.numbers(packets, "sensor-1")
    assert len(came) > 50
    assert rooms.lost(came) == []


def test_a_sensor_that_falls_silent_is_said_to_be_and_is_connected_anew() -> None:
    packets: list[Packet] = []
    with rooms.room(1) as made, rooms.hub([rooms.declared(1)], packets) as hub:
        (sensor,) = hub.sensors
        rooms.wait(rooms.connected(hub))
        made.swallow(rooms.address(1), 10**6)
        assert 1.5 < rooms.wait(lambda: sensor.status().message == "devices.silent") < 3.5 * rooms.LATE
        assert sensor.status().connected
        assert 2.0 < rooms.wait(lambda: sensor.status().losses == 1) < 5.5 * rooms.LATE
        made.swallow(rooms.address(1), -made.wearables[rooms.address(1)].swallow)
        rooms.wait(lambda: sensor.status().message == "devices.connected")
        time.sleep(0.5)
        assert sensor.status().message == "devices.connected"
    assert rooms.links(packets, "sensor-1")[:3] == ["connected", "lost", "connected"]


def test_a_status_tells_the_battery() -> None:
    with rooms.room(1), rooms.hub([rooms.declared(1)], []) as hub:
        rooms.wait(lambda: hub.sensors[0].status().battery_percent is not None)
        assert hub.sensors[0].status().battery_percent == 87


@rooms.small_bluez_only
def test_a_status_tells_the_signal_strength() -> None:
    with rooms.room(1) as made:
        made.bluez.rssi[rooms.address(1)] = -47
        with rooms.hub([rooms.declared(1)], []) as hub:
            rooms.wait(rooms.connected(hub))
            assert hub.sensors[0].status().rssi_dbm == -47


def test_a_sensor_that_cannot_be_connected_is_tried_six_times_and_then_rarely(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    async def fail(session: BleSession) -> None:
        tries.append(session)
        raise BleakError("no answer")

    monkeypatch.setattr(BleSession, "connect", fail)
    monkeypatch.setattr(ble_sensor, "BACKOFF_S", 0.01)
    with rooms.room(1), rooms.hub([rooms.declared(1)], []) as hub:
        rooms.wait(lambda: hub.sensors[0].status().message == "devices.cannot_connect")
        time.sleep(1.5)
    assert len(tries) == ble_sensor.ATTEMPTS


def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("BACKOFF_S", 0.01), ("REST_S", 0.1), ("ATTEMPTS", 2), ("MOST_ATTEMPTS", 4)):
        monkeypatch.setattr(ble_sensor, name, value)
    monkeypatch.setattr(ble_hub, "SCAN_S", 0.7)
    monkeypatch.setattr(ble_hub, "PAUSE_S", 0.1)


def test_a_sensor_that_fails_on_and_on_is_given_up_until_it_has_been_away(monkeypatch: pytest.MonkeyPatch) -> None:
    tries = []

    async def fail(session: BleSession) -> None:
        tries.append(session)
        raise BleakError("no answer")

    monkeypatch.setattr(BleSession, "connect", fail)
    _hurry(monkeypatch)
    with rooms.room(1) as made, rooms.hub([rooms.declared(1)], []) as hub:
        (sensor,) = hub.sensors
        rooms.wait(lambda: sensor.status().message == "devices.given_up")
        time.sleep(0.7)
        assert (sensor.status().message, len(tries)) == ("devices.given_up", 4)
        made.set_range(rooms.address(1), within=False)
        rooms.wait(lambda: sensor.status().message == "devices.searching")
        made.set_range(rooms.address(1), within=True)
        rooms.wait(lambda: len(tries) > 4)
        sensor.stop()
        sensor.start()
        rooms.wait(lambda: len(tries) > 8)  # asked for anew, it is tried as often again


def test_a_sensor_that_connects_and_says_nothing_is_given_up_too(monkeypatch: pytest.MonkeyPatch) -> None:
    packets: list[Packet] = []
    monkeypatch.setattr(ble_sensor, "GIVE_UP_S", 0.2)
    _hurry(monkeypatch)
    with rooms.room(1) as made:
        made.swallow(rooms.address(1), 10**6)
        with rooms.hub([rooms.declared(1)], packets) as hub:
            rooms.wait(lambda: hub.sensors[0].status().message == "devices.given_up", 30)
            time.sleep(0.7)
    assert rooms.links(packets, "sensor-1") == ["connected", "lost"] * 4
