"""One connection to one sensor: subscribe, start, stamp what comes, answer it, stop."""

import asyncio
from collections.abc import Callable

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError

from firmware_protocol.wearables.base import Wearable, Write
from rig.devices.ble_match import Heard
from rig.model.clock import Clock
from rig.model.records import Direction

CONNECT_S = 10.0
STOP_S = 2.0
"""A sensor that does not take its stop command within this is left as it is."""
BATTERY_LEVELS = ("00002a19-0000-1000-8000-00805f9b34fb", "15173001-4947-11e9-8646-d663bd873d93")
"""Characteristics whose first byte is per cent: the standard one, Movella's."""

Emit = Callable[[Direction, str, int, bytes], None]
"""Takes direction, characteristic, host time and bytes."""


class BleSession:
    """A connection, from `open` until it is lost or `close`d; for each connection there is a new one.

    Parameters
    ----------
    heard
        Where the sensor is.
    sensor
        What it is and what it is told.
    emit
        Takes everything received and sent, in the event loop, in order.
    clock
        Stamps it, first thing in the driver's callback.
    lost
        Called once if the connection ends without `close`.
    """

    def __init__(self, heard: Heard, sensor: Wearable, emit: Emit, clock: Clock, lost: Callable[[], None]) -> None:
        self._heard = heard
        self._sensor = sensor
        self._emit = emit
        self._clock = clock
        self._lost = lost
        self._decoder = sensor.decoder()
        self._replies: asyncio.Queue[Write] = asyncio.Queue()
        self._answering: asyncio.Task[None] | None = None
        self._live = False
        self._closing = False
        self._release: asyncio.Task[None] | None = None
        # A new client for every connection: one that is used again may call back twice (bleak issues 802, 2002).
        self._client = BleakClient(heard.handle or heard.address, self._disconnected, timeout=CONNECT_S)

    async def connect(self) -> None:
        """Make the connection; raises whatever the operating system's Bluetooth raises."""
        await self._client.connect()
        self._live = True

    async def begin(self) -> None:
        """Read what is to be read, subscribe, and only then start: no first sample is missed."""
        if self._heard.rssi_dbm is None:
            await self._stop_writes()  # it may be streaming for somebody who is gone
        for uuid in self._sensor.read_uuids:
            await self._read(uuid)
        for uuid in self._sensor.notify_uuids:
            await self._client.start_notify(uuid, self._notified)
        self._answering = asyncio.create_task(self._answer())
        for write in self._sensor.start():
            await self._write(write)

    async def battery_percent(self) -> int | None:
        """Charge as the sensor tells it in a characteristic; None where it has none or does not answer."""
        for uuid in BATTERY_LEVELS:
            if self._live and self._client.services.get_characteristic(uuid) is not None:
                try:
                    value = await self._client.read_gatt_char(uuid)
                except (BleakError, TimeoutError, OSError):
                    return None
                return min(100, value[0]) if value else None
        return None

    def forget(self) -> None:
        """Let go of decoded samples: here the decoder only serves to answer; the recording is what is measured."""
        self._decoder.take()

    async def close(self) -> None:
        """Stop the stream and disconnect; a sensor that does not answer any more is left."""
        self._closing = True
        if self._live:
            await self._stop_writes()
        self._end_answers()
        try:
            async with asyncio.timeout(STOP_S):
                await self._client.disconnect()
        except (BleakError, TimeoutError, OSError, EOFError):
            pass  # it is gone, which is what was wanted
        self._live = False

    async def _stop_writes(self) -> None:
        try:
            async with asyncio.timeout(STOP_S):
                for write in self._sensor.stop():
                    await self._write(write)
        except (BleakError, TimeoutError, OSError):
            pass

    def _notified(self, characteristic: BleakGATTCharacteristic, data: bytearray) -> None:
        t_ns = self._clock.monotonic_ns()
        if self._live:
            self._receive(characteristic.uuid, bytes(data), t_ns)

    async def _read(self, uuid: str) -> None:
        data = await self._client.read_gatt_char(uuid)
        self._receive(uuid, bytes(data), self._clock.monotonic_ns())

    def _receive(self, uuid: str, data: bytes, t_ns: int) -> None:
        self._emit(Direction.RX, uuid, t_ns, data)
        self._decoder.feed(uuid, data, t_ns)
        for reply in self._decoder.replies():
            self._replies.put_nowait(reply)

    async def _answer(self) -> None:
        """Write what the decoder wants written; without it a stream may never start, so a failure ends the session."""
        try:
            while True:
                await self._write(await self._replies.get())
        except (BleakError, TimeoutError, OSError):
            self._answering = None
            self._disconnected(self._client)

    async def _write(self, write: Write) -> None:
        """Write and record; recorded first, since the answer may be here before the acknowledgement."""
        self._emit(Direction.TX, write.uuid, self._clock.monotonic_ns(), write.data)
        self._decoder.wrote(write.uuid, write.data)
        await self._client.write_gatt_char(write.uuid, write.data, response=write.response)

    def _disconnected(self, _client: BleakClient) -> None:
        # Also called for failed attempts, and for our own disconnect.
        if self._live:
            self._live = False
            self._end_answers()
            if not self._closing:
                # A lost client keeps its own connection to the system's bus until it is told to disconnect.
                self._release = asyncio.create_task(self.close())
                self._lost()

    def _end_answers(self) -> None:
        if self._answering is not None:
            self._answering.cancel()
            self._answering = None
