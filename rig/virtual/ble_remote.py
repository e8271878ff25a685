"""One device as the virtual BlueZ sees it: its objects on the bus, and the bumble connection behind them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from bumble import core, gatt, hci
from bumble.device import Advertisement, Connection, Peer
from bumble.gatt_client import CharacteristicProxy

from rig.virtual.ble_tree import ObjectTree, Value

DEVICE = "org.bluez.Device1"
SERVICE = "org.bluez.GattService1"
CHARACTERISTIC = "org.bluez.GattCharacteristic1"
MTU = 517

_HIDDEN = {f"0000{short}-0000-1000-8000-00805f9b34fb" for short in ("1800", "1801")}
_Properties = gatt.Characteristic.Properties
_FLAGS = {
    _Properties.READ: "read",
    _Properties.WRITE_WITHOUT_RESPONSE: "write-without-response",
    _Properties.WRITE: "write",
    _Properties.NOTIFY: "notify",
    _Properties.INDICATE: "indicate",
}


def text(uuid: core.UUID) -> str:
    """A UUID as BlueZ writes it: 128 bits, lower case."""
    return str(UUID(bytes=uuid.to_bytes(force_128=True)[::-1]))


@dataclass(slots=True)
class Handle:
    """A characteristic on the bus, with the D-Bus clients that are notified of it."""

    proxy: CharacteristicProxy[bytes]
    flags: list[str]
    listeners: set[str] = field(default_factory=set)


class Remote:
    """A device that was heard, connected or not.

    Parameters
    ----------
    tree, adapter
        Where it is shown.
    address
        Its address on the air.
    delivered
        Called with (address, characteristic, value) for every notification that the link delivered.
    """

    def __init__(
        self, tree: ObjectTree, adapter: str, address: hci.Address, delivered: Callable[[str, str, bytes], None]
    ) -> None:
        self.address = address
        self.mac = address.to_string(with_type_qualifier=False)
        self.path = f"{adapter}/dev_{self.mac.replace(':', '_')}"
        self.handles: dict[str, Handle] = {}
        self.connection: Connection | None = None
        self._tree = tree
        self._delivered = delivered
        kind = "random" if address.is_random else "public"
        self._known: dict[str, Value] = {
            "Address": self.mac,
            "AddressType": kind,
            "Alias": self.mac.replace(":", "-"),
            "Adapter": adapter,
            **dict.fromkeys(("Connected", "ServicesResolved", "Paired", "Trusted", "Blocked"), False),
        }

    def hear(self, advertisement: Advertisement, rssi: int) -> None:
        """Show what it advertises."""
        heard = {"RSSI": rssi, **_advertised(advertisement)}
        if self.path in self._tree.objects:
            self._tree.change(self.path, DEVICE, heard)
        else:
            self._tree.add(self.path, DEVICE, {**self._known, **heard})

    def show(self, *, connected: bool) -> None:
        """Say that the link is up or down."""
        self._tree.change(self.path, DEVICE, {"Connected": connected})

    async def resolve(self, connection: Connection) -> None:
        """Show the services of a new connection; nothing is said of them if it ends meanwhile."""
        self.connection = connection
        connection.once("disconnection", self._lost)
        self.show(connected=True)
        peer = Peer(connection)
        await peer.request_mtu(MTU)
        services = await peer.discover_services()
        self._tree.change(self.path, DEVICE, {"UUIDs": [text(service.uuid) for service in services]})
        for service in services:
            characteristics = await service.discover_characteristics()
            if self.connection is connection and text(service.uuid) not in _HIDDEN:
                self._add_service(service.handle, text(service.uuid), characteristics)
        if self.connection is connection:
            self._tree.change(self.path, DEVICE, {"ServicesResolved": True})

    def _add_service(self, handle: int, uuid: str, characteristics: list[CharacteristicProxy[bytes]]) -> None:
        path = f"{self.path}/service{handle:04x}"
        self._tree.add(path, SERVICE, {"UUID": uuid, "Device": self.path, "Primary": True})
        for proxy in characteristics:
            flags = [name for bit, name in _FLAGS.items() if proxy.properties & bit]
            shown: dict[str, Value] = {"UUID": text(proxy.uuid), "Service": path, "Flags": flags, "MTU": MTU}
            if "notify" in flags:
                shown |= {"Notifying": False, "NotifyAcquired": False}
            below = f"{path}/char{proxy.handle - 1:04x}"
            self.handles[below] = Handle(proxy, flags)
            self._tree.add(below, CHARACTERISTIC, shown)

    def _lost(self, _reason: int) -> None:
        self.connection = None
        self.handles.clear()
        self._tree.change(self.path, DEVICE, {"ServicesResolved": False})
        for path in [
            p for p, shown in self._tree.objects.items() if p.startswith(self.path + "/") and SERVICE in shown
        ]:
            self._tree.remove(path)
        self.show(connected=False)

    async def listen(self, path: str, client: str) -> None:
        """Notify the bus of a characteristic, on behalf of one more client."""
        handle = self.handles[path]
        first = not handle.listeners
        handle.listeners.add(client)
        if first:
            await handle.proxy.subscribe(lambda value: self._notified(path, handle, value))
            self._tree.change(path, CHARACTERISTIC, {"Notifying": True})

    async def unlisten(self, path: str, client: str) -> None:
        """Cease for one client; the last one switches the sensor's notifications off."""
        handle = self.handles[path]
        if client not in handle.listeners:
            return
        handle.listeners.discard(client)
        if not handle.listeners:
            await handle.proxy.unsubscribe(force=True)
            handle.proxy.client.notification_subscribers.pop(handle.proxy.handle, None)
            self._tree.change(path, CHARACTERISTIC, {"Notifying": False})

    def _notified(self, path: str, handle: Handle, value: bytes) -> None:
        if handle.listeners:
            self._delivered(self.mac, text(handle.proxy.uuid), value)
            self._tree.change(path, CHARACTERISTIC, {"Value": value})

    async def hang_up(self) -> None:
        """End the connection from this side."""
        if self.connection is not None:
            gone = asyncio.Event()
            self.connection.once("disconnection", lambda _reason: gone.set())
            await self.connection.disconnect()
            await gone.wait()


def _advertised(advertisement: Advertisement) -> dict[str, Value]:
    """Name and services, as far as the advertisement tells."""
    kinds = core.AdvertisingData.Type
    found: dict[str, Value] = {}
    name = advertisement.data.get(kinds.COMPLETE_LOCAL_NAME)
    if isinstance(name, str):
        found |= {"Name": name, "Alias": name}
    uuids = [
        text(uuid)
        for kind in (
            kinds.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
            kinds.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
        )
        for uuid in advertisement.data.get(kind) or []
    ]
    return {**found, "UUIDs": uuids} if uuids else found
