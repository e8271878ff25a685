"""Who is around: one scan for all sensors, and those that are connected already and therefore do not advertise."""

import asyncio
from collections.abc import Callable, Collection, Iterable

from bleak import BleakAdapter, BleakScanner
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from rig.devices.ble_match import Heard, kind_of

_POLL_S = 0.1


async def connected() -> list[Heard]:
    """Sensors that the operating system holds a connection to: left by a process that died, for instance."""
    adapter = await BleakAdapter.get()
    return [_of_connected(device) for device in await adapter.get_connected_devices()]


def _of_connected(device: BLEDevice) -> Heard:
    # What the driver knows of services stands in its own details, in BlueZ's words; elsewhere the name must do.
    details = device.details if isinstance(device.details, dict) else {}
    services = tuple(details.get("props", {}).get("UUIDs", ()))
    return Heard(device.address, device.name, services, None, kind_of(device.name, services), device)


async def scan(seconds: float, enough: Callable[[Collection[Heard]], bool] | None = None) -> list[Heard]:
    """Listen for advertisements.

    Parameters
    ----------
    seconds
        For how long at most.
    enough
        Asked several times a second with everything heard so far; True ends the scan.

    Returns
    -------
    heard
        The last advertisement of each, the strongest first.
    """
    heard: dict[str, Heard] = {}

    def advertised(device: BLEDevice, data: AdvertisementData) -> None:
        heard[device.address] = _of_advertisement(device, data)

    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    async with BleakScanner(advertised):
        while loop.time() < end and not (enough and enough(heard.values())):
            await asyncio.sleep(_POLL_S)
    return by_strength(heard.values())


def _of_advertisement(device: BLEDevice, data: AdvertisementData) -> Heard:
    name = data.local_name or device.name
    services = tuple(data.service_uuids)
    return Heard(device.address, name, services, data.rssi, kind_of(name, services), device)


def by_strength(heard: Iterable[Heard]) -> list[Heard]:
    """The strongest first; those of unknown strength last."""
    return sorted(heard, key=lambda h: (-(h.rssi_dbm if h.rssi_dbm is not None else -999), h.address))


async def around(seconds: float, enough: Callable[[Collection[Heard]], bool] | None = None) -> list[Heard]:
    """Everything around: connected already, or advertising."""
    held = await connected()
    if enough is not None and enough(held):
        return held

    def with_held(heard: Collection[Heard]) -> bool:
        return enough is not None and enough([*heard, *held])

    heard = await scan(seconds, with_held)
    known = {each.address for each in heard}
    return [*heard, *(each for each in held if each.address not in known)]
