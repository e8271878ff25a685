"""A voice on the air: a bumble peripheral that advertises, is connected to, and notifies."""

import asyncio
from collections.abc import Sequence

from bumble import core, gatt, hci
from bumble.att import ATT_READ_NOT_PERMITTED_ERROR, ATT_Error, Attribute
from bumble.controller import Controller
from bumble.device import Connection, Device
from bumble.host import Host
from bumble.transport.common import AsyncPipeSink

from rig.virtual.ble_pace import REAL, Pace
from rig.virtual.ble_radio import RadioLink
from rig.virtual.ble_voice import Said, Trait, Voice

BUFFER = 256
"""Notifications that a sensor holds while the link is silent; a batch that does not fit is lost."""
_ADVERTISING_MS = 60.0
_PERMISSIONS = {
    "read": Attribute.Permissions.READABLE,
    "write": Attribute.Permissions.WRITEABLE,
    "write-without-response": Attribute.Permissions.WRITEABLE,
}
_PROPERTIES = {
    "read": gatt.Characteristic.Properties.READ,
    "write": gatt.Characteristic.Properties.WRITE,
    "write-without-response": gatt.Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
    "notify": gatt.Characteristic.Properties.NOTIFY,
}


class Peripheral:
    """A wearable on the air.

    Attributes
    ----------
    address
        Where it is found.
    voice
        What it says.
    swallow
        How many of the next notifications it loses on purpose.
    """

    def __init__(self, address: str, voice: Voice, link: RadioLink, pace: Pace = REAL) -> None:
        self.address = address
        self.voice = voice
        self.swallow = 0
        self._link = link
        self._pace = pace
        self._controller = Controller(address, link=link, public_address="00:00:00:00:00:01")
        self._controller.le_features &= ~(hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING)
        host = Host(self._controller, AsyncPipeSink(self._controller))
        self._device = Device(name=voice.name, address=hci.Address(address), host=host)
        self._notified = {t.uuid: self._characteristic(t) for traits in voice.services.values() for t in traits}
        for service, traits in voice.services.items():
            self._device.add_service(gatt.Service(core.UUID(service), [self._notified[t.uuid] for t in traits]))
        self._stream: asyncio.Task[None] | None = None
        self._again: asyncio.Task[None] | None = None

    def _characteristic(self, trait: Trait) -> "gatt.Characteristic[bytes]":
        def read(_connection: Connection) -> bytes:
            if "read" not in trait.flags:  # bumble does not look at what it was told to permit
                raise ATT_Error(ATT_READ_NOT_PERMITTED_ERROR)
            return trait.value

        async def write(_connection: Connection, value: bytes) -> None:
            await self._hear(trait.uuid, value)

        properties, permissions = gatt.Characteristic.Properties(0), Attribute.Permissions(0)
        for flag in trait.flags:
            properties |= _PROPERTIES[flag]
            permissions |= _PERMISSIONS.get(flag, Attribute.Permissions(0))
        value = gatt.CharacteristicValue(read=read, write=write)
        return gatt.Characteristic(core.UUID(trait.uuid), properties, permissions, value)

    async def start(self) -> None:
        """Switch on and advertise."""
        await self._device.power_on()
        self._device.on("connection", self._connected)
        await self._advertise()

    async def stop(self) -> None:
        """Switch off: silence, until the other end gives up."""
        self._quiet()
        self.voice.hang_up()
        if self._again is not None:
            await self._again
        await self._device.stop_advertising()
        self._link.set_range(self._controller, within=False)

    async def _advertise(self) -> None:
        await self._device.start_advertising(
            advertising_data=b"",
            advertising_interval_min=_ADVERTISING_MS,
            advertising_interval_max=_ADVERTISING_MS,
        )
        # bumble's controller knows no scan response, and a name and a service are too long for one advertisement:
        # put there, past the command's limit, what a scanner has gathered from both.
        self._controller.le_legacy_advertiser.advertising_data = _advertisement(self.voice)

    def _connected(self, connection: Connection) -> None:
        connection.once("disconnection", self._disconnected)

    def _disconnected(self, _reason: int) -> None:
        self._quiet()
        self.voice.hang_up()
        self._again = asyncio.create_task(self._advertise())

    def _quiet(self) -> None:
        if self._stream is not None:
            self._stream.cancel()
            self._stream = None

    async def _hear(self, uuid: str, data: bytes) -> None:
        answers = self.voice.hear(uuid, data, self._pace.now_s())
        self._quiet()
        if self.voice.due_s() is not None:
            self._stream = asyncio.create_task(self._talk())
        await self._notify(answers)

    async def _talk(self) -> None:
        while (due := self.voice.due_s()) is not None:
            while (left_s := self._pace.until_s(due)) > 0:
                await asyncio.sleep(left_s)
            batch = self.voice.speak()
            if self._link.waiting(self._controller) + len(batch) <= BUFFER:
                await self._notify(batch)

    async def _notify(self, said: Sequence[Said]) -> None:
        for each in said:
            if self.swallow > 0:
                self.swallow -= 1
            else:
                await self._device.notify_subscribers(self._notified[each.uuid], each.value)

    async def hang_up(self) -> None:
        """End the connection from the sensor's side."""
        for connection in list(self._device.connections.values()):
            await connection.disconnect()

    def stall(self, seconds: float) -> None:
        """Let its connection events fail for a while."""
        self._link.stall(self._controller, seconds)

    def set_range(self, *, within: bool) -> None:
        """Carry it away, or back."""
        self._link.set_range(self._controller, within=within)


def _advertisement(voice: Voice) -> bytes:
    kinds = core.AdvertisingData.Type
    services = b"".join(core.UUID(uuid).to_bytes(force_128=True) for uuid in voice.advertised)
    fields = [(kinds.COMPLETE_LOCAL_NAME, voice.name.encode())]
    if services:
        fields.append((kinds.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS, services))
    return bytes(core.AdvertisingData(fields))
