"""Who is around, and who of them is meant."""

import asyncio

import pytest
from bleak import BleakClient, BleakScanner
from bleak.exc import BleakDBusError, BleakGATTProtocolError

from rig.devices.ble_match import Heard, kind_of, match
from rig.devices.ble_scan import scan
from rig.model.setup import Device, Role
from rig.virtual.ble_movesense import SERVICE
from rig.virtual.movesense import WRITE
from tests.ble import rooms


@rooms.small_bluez_only
def test_a_scan_tells_kind_name_and_strength_the_strongest_first() -> None:
    with rooms.room(2) as made:
        made.bluez.rssi[rooms.address(2)] = -40
        heard = asyncio.run(scan(5.0, lambda found: len(found) == 2))
    assert [(h.address, h.kind, h.rssi_dbm) for h in heard] == [
        (rooms.address(2), "movesense", -40),
        (rooms.address(1), "movesense", -60),
    ]
    assert heard[0].name == f"Movesense {2:012d}"
    assert heard[0].services == (SERVICE,)


def test_bleak_finds_a_sensor_by_service_and_not_an_absent_one() -> None:
    async def look() -> None:
        found = await BleakScanner.discover(1.0, service_uuids=[SERVICE])
        assert [device.address for device in found] == [rooms.address(1)]
        assert await BleakScanner.find_device_by_address(rooms.address(9), timeout=0.5) is None

    with rooms.room(1):
        asyncio.run(look())


def test_a_second_discovery_of_one_client_is_refused_as_by_bluez() -> None:
    async def twice() -> None:
        async with BleakScanner():
            with pytest.raises(BleakDBusError, match="InProgress"):
                await BleakScanner().start()

    with rooms.room(1):
        asyncio.run(twice())


def test_a_command_characteristic_cannot_be_read() -> None:
    async def read() -> None:
        device = await BleakScanner.find_device_by_address(rooms.address(1))
        assert device is not None
        async with BleakClient(device) as client:
            with pytest.raises(BleakGATTProtocolError):
                await client.read_gatt_char(WRITE)

    with rooms.room(1):
        asyncio.run(read())


def heard(address: str, name: str = "Movesense 1", kind: str | None = "movesense") -> Heard:
    return Heard(address, name, (), -50, kind)


WAIST = Device("waist", "movesense", Role.LOWER_BACK)
CHEST = Device("chest", "movesense", Role.CHEST, address="AA:01")
THIGH = Device("thigh", "movesense", Role.THIGH)


def test_an_address_or_a_name_decides() -> None:
    around = [heard("aa:01"), heard("AA:02", "Movesense 2")]
    by_name = Device("foot", "movesense", Role.FOOT_LEFT, address="movesense 2")
    found = match([CHEST, by_name], [CHEST, by_name], around).found
    assert {name: h.address for name, h in found.items()} == {"chest": "aa:01", "foot": "AA:02"}


def test_the_only_free_one_of_a_kind_is_taken() -> None:
    around = [heard("AA:01"), heard("AA:02"), heard("AA:03", "Heart rate", None)]
    assert match([WAIST], [WAIST, CHEST], around).found["waist"].address == "AA:02"


def test_nothing_is_guessed_between_two() -> None:
    two_around = match([WAIST], [WAIST], [heard("AA:01"), heard("AA:02")])
    two_declared = match([WAIST], [WAIST, THIGH], [heard("AA:02")])
    for result in (two_around, two_declared):
        assert result.found == {}
        assert result.ambiguous == {"waist"}
    assert match([WAIST], [WAIST], []).ambiguous == frozenset()


def test_what_no_decoder_knows_has_no_kind() -> None:
    assert kind_of("Movesense 174630000192", ()) == "movesense"
    assert kind_of("Kettle", ["0000180f-0000-1000-8000-00805f9b34fb"]) is None
