"""A small `org.bluez` for a private bus: enough of BlueZ's D-Bus interface for bleak, with bumble as its radio.

Product code runs unchanged against it (`DBUS_SYSTEM_BUS_ADDRESS` names the bus). It has habits of BlueZ 5.66: one
connection is made at a time, a second discovery of one client is refused, devices of a client that dies stay connected.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import Any, TypeVar

from bumble import core, hci
from bumble.att import ATT_Error
from bumble.controller import Controller
from bumble.device import Advertisement, Device
from bumble.host import Host
from bumble.transport.common import AsyncPipeSink
from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from rig.virtual.ble_radio import RadioLink
from rig.virtual.ble_remote import CHARACTERISTIC, DEVICE, Remote
from rig.virtual.ble_tree import BLUEZ, OBJECT_MANAGER, PROPERTIES, ObjectTree, Value

ADAPTER_PATH = "/org/bluez/hci0"
ADAPTER = "org.bluez.Adapter1"
CENTRAL = "F0:F1:F2:F3:F4:F5"
CONNECT_S = 5.0
"""How long a connection is tried (BlueZ takes 20 s or more; tests need not wait so long)."""
_ABORTED = "le-connection-abort-by-local"
_NOT_PERMITTED = {0x02: "Read not permitted", 0x03: "Write not permitted"}


_T = TypeVar("_T")


class BluezError(Exception):
    """An answer of the form `org.bluez.Error.<name>`."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = f"{BLUEZ}.Error.{name}"


_Handler = Callable[[Message], Awaitable[tuple[str, list[object]] | None]]


class VirtualBluez:
    """The service on the bus.

    Attributes
    ----------
    refuse
        How many of the next connections to an address fail, as radio interference makes them fail.
    rssi
        Signal strength by address, dBm.
    delivered
        (address, characteristic, value) of every notification that reached this end of a link.
    """

    def __init__(self, bus_address: str, link: RadioLink) -> None:
        self.refuse: Counter[str] = Counter()
        self.rssi: defaultdict[str, int] = defaultdict(lambda: -60)
        self.delivered: list[tuple[str, str, bytes]] = []
        self._bus = MessageBus(bus_address=bus_address, negotiate_unix_fd=True)
        self._tree = ObjectTree(self._bus.send)
        self._remotes: dict[str, Remote] = {}
        self._discovering: set[str] = set()
        self._connecting = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        # For a bumble controller, the wider features mean advertisements that this model does not have.
        self._controller = Controller("central", link=link, public_address=CENTRAL)
        self._controller.le_features &= ~(hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING)
        host = Host(self._controller, AsyncPipeSink(self._controller))
        self._radio = Device(name="central", address=hci.Address(CENTRAL), host=host)
        self._methods: Mapping[tuple[str, str], _Handler] = {
            (OBJECT_MANAGER, "GetManagedObjects"): self._objects,
            (ADAPTER, "SetDiscoveryFilter"): _accept,
            (ADAPTER, "StartDiscovery"): self._start_discovery,
            (ADAPTER, "StopDiscovery"): self._stop_discovery,
            (DEVICE, "Connect"): self._connect,
            (DEVICE, "Disconnect"): self._disconnect,
            (CHARACTERISTIC, "ReadValue"): self._read,
            (CHARACTERISTIC, "WriteValue"): self._write,
            (CHARACTERISTIC, "StartNotify"): self._start_notify,
            (CHARACTERISTIC, "StopNotify"): self._stop_notify,
            (PROPERTIES, "Set"): _accept,
        }

    async def start(self) -> None:
        """Appear on the bus."""
        await self._radio.power_on()
        self._radio.on("advertisement", self._advertised)
        await self._radio.start_scanning(filter_duplicates=False)
        shown: dict[str, Value] = {
            "Address": CENTRAL,
            "Powered": True,
            "Discovering": False,
            "Roles": ["central", "peripheral"],
        }
        await self._bus.connect()
        self._tree.add(ADAPTER_PATH, ADAPTER, shown)
        self._bus.add_message_handler(self._received)
        await self._bus.call(_match("type='signal',member='NameOwnerChanged',arg2=''"))
        await self._bus.request_name(BLUEZ)

    async def stop(self) -> None:
        """Leave the bus; links are ended as a bluetoothd that stops ends them."""
        for remote in self._remotes.values():
            await remote.hang_up()
        for task in self._tasks:
            task.cancel()
        self._bus.disconnect()
        await self._bus.wait_for_disconnect()  # type: ignore[no-untyped-call]  # dbus-fast leaves it untyped

    def _received(self, message: Message) -> bool:
        if message.member == "NameOwnerChanged" and message.message_type is MessageType.SIGNAL:
            self._spawn(self._forget(str(message.body[0])))
            return False
        handler = self._methods.get((message.interface or "", message.member or ""))
        if message.message_type is not MessageType.METHOD_CALL or handler is None:
            return False
        self._spawn(self._answer(message, handler))
        return True

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, message: Message, handler: _Handler) -> None:
        try:
            signature, body = await handler(message) or ("", [])
        except BluezError as error:
            await self._bus.send(Message.new_error(message, error.name, str(error)))
        else:
            await self._bus.send(Message.new_method_return(message, signature, body))

    async def _forget(self, client: str) -> None:
        """End what a client that left the bus had asked for; its devices stay connected."""
        self._discovering.discard(client)
        for remote in self._remotes.values():
            for path in [path for path, handle in remote.handles.items() if client in handle.listeners]:
                await remote.unlisten(path, client)

    async def _objects(self, _message: Message) -> tuple[str, list[object]]:
        return "a{oa{sa{sv}}}", [self._tree.objects]

    async def _start_discovery(self, message: Message) -> None:
        client = str(message.sender)
        if client in self._discovering:
            raise BluezError("InProgress", "Operation already in progress")
        self._discovering.add(client)

    async def _stop_discovery(self, message: Message) -> None:
        client = str(message.sender)
        if client not in self._discovering:
            raise BluezError("Failed", "No discovery started")
        self._discovering.discard(client)
        for remote in self._remotes.values():
            self._tree.drop(remote.path, DEVICE, ["RSSI"])

    def _advertised(self, advertisement: Advertisement) -> None:
        address = advertisement.address
        mac = address.to_string(with_type_qualifier=False)
        if self._discovering:
            remote = self._remotes.get(mac)
            if remote is None:
                remote = self._remotes[mac] = Remote(self._tree, ADAPTER_PATH, address, self._deliver)
            remote.hear(advertisement, self.rssi[mac])

    def _deliver(self, mac: str, uuid: str, value: bytes) -> None:
        self.delivered.append((mac, uuid, value))

    def _remote(self, message: Message) -> Remote:
        for remote in self._remotes.values():
            if message.path == remote.path or str(message.path).startswith(remote.path + "/"):
                return remote
        raise BluezError("DoesNotExist", "Does Not Exist")

    async def _connect(self, message: Message) -> None:
        remote = self._remote(message)
        if remote.connection is not None:
            raise BluezError("AlreadyConnected", "Already Connected")
        async with self._connecting:
            if self.refuse[remote.mac] > 0:
                self.refuse[remote.mac] -= 1
                remote.show(connected=True)
                remote.show(connected=False)
                raise BluezError("Failed", _ABORTED)
            try:
                async with asyncio.timeout(CONNECT_S):
                    await remote.resolve(await self._radio.connect(remote.address, timeout=None))
            except TimeoutError:
                # bumble's controller would connect to whatever it hears of this address later.
                self._controller.pending_le_connection = None
                raise BluezError("Failed", "le-connection-abort-by-local-timeout") from None
            except (core.BaseBumbleError, ATT_Error) as error:
                raise BluezError("Failed", f"{error}") from error

    async def _disconnect(self, message: Message) -> None:
        await self._remote(message).hang_up()

    async def _read(self, message: Message) -> tuple[str, list[object]]:
        handle = self._remote(message).handles[str(message.path)]
        return "ay", [await _att(handle.proxy.read_value())]

    async def _write(self, message: Message) -> None:
        handle = self._remote(message).handles[str(message.path)]
        data, options = message.body
        respond = options.get("type", Variant("s", "command")).value == "request"
        if ("write" if respond else "write-without-response") not in handle.flags:
            raise BluezError("NotPermitted", _NOT_PERMITTED[0x03])
        await _att(handle.proxy.write_value(bytes(data), with_response=respond))

    async def _start_notify(self, message: Message) -> None:
        remote = self._remote(message)
        await _att(remote.listen(str(message.path), str(message.sender)))

    async def _stop_notify(self, message: Message) -> None:
        remote = self._remote(message)
        await _att(remote.unlisten(str(message.path), str(message.sender)))


async def _accept(_message: Message) -> None:
    """Nothing to do."""


async def _att(work: Awaitable[_T]) -> _T:
    """Wait for an ATT procedure; its error becomes BlueZ's."""
    try:
        return await work
    except ATT_Error as error:
        code = int(error.error_code or 0)
        if code in _NOT_PERMITTED:
            raise BluezError("NotPermitted", _NOT_PERMITTED[code]) from error
        raise BluezError("Failed", f"Operation failed with ATT error: {code:#04x}") from error
    except (core.BaseBumbleError, asyncio.CancelledError, KeyError) as error:
        raise BluezError("Failed", "Not connected") from error


def _match(rule: str) -> Message:
    return Message(
        destination="org.freedesktop.DBus",
        path="/org/freedesktop/DBus",
        interface="org.freedesktop.DBus",
        member="AddMatch",
        signature="s",
        body=[rule],
    )
