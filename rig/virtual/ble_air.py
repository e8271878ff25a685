"""A room with Bluetooth and no radio: a private bus, the virtual BlueZ, and wearables on the air.

It runs in a thread of its own, so that the code under test may run its loop wherever it likes.
"""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from rig.virtual.ble_bluez import VirtualBluez
from rig.virtual.ble_bus import private_bus
from rig.virtual.ble_pace import REAL, Pace
from rig.virtual.ble_peripheral import Peripheral
from rig.virtual.ble_radio import RadioLink
from rig.virtual.ble_voice import Voice
from rig.virtual.radio import Radio
from rig.virtual.randomness import stream

BUS_VARIABLE = "DBUS_SYSTEM_BUS_ADDRESS"
_T = TypeVar("_T")


class Air:
    """Wearables by address, and what can happen to them; its methods are called from outside its thread.

    Attributes
    ----------
    bus_address
        The bus on which the virtual BlueZ is.
    bluez
        The virtual BlueZ.
    wearables
        By address.
    """

    def __init__(self, bus_address: str, loop: asyncio.AbstractEventLoop) -> None:
        self.bus_address = bus_address
        self._loop = loop
        self.wearables: dict[str, Peripheral] = {}

    async def begin(self, voices: Mapping[str, Voice], radio: Radio, seed: int, pace: Pace) -> None:
        """Switch everything on; in the air's own loop."""
        self._pace = pace
        self._keeping = asyncio.create_task(pace.keep())
        self._link = RadioLink(radio, stream(seed, "air"))
        self.bluez = VirtualBluez(self.bus_address, self._link)
        await self.bluez.start()
        for address, voice in voices.items():
            await self.add(address, voice)

    async def add(self, address: str, voice: Voice) -> Peripheral:
        """Switch one more wearable on; in the air's own loop."""
        self.wearables[address] = Peripheral(address, voice, self._link, self._pace)
        await self.wearables[address].start()
        return self.wearables[address]

    async def end(self) -> None:
        """Switch everything off."""
        self._keeping.cancel()
        await self.bluez.stop()
        for wearable in self.wearables.values():
            await wearable.stop()

    def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Do something in the air's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def call(self, work: Callable[..., object], *args: object) -> None:
        """Call something in the air's loop, soon."""
        self._loop.call_soon_threadsafe(lambda: work(*args))

    def hang_up(self, address: str) -> None:
        """A sensor ends its connection."""
        self.run(self.wearables[address].hang_up())

    def stall(self, address: str, seconds: float) -> None:
        """Let a sensor's connection events fail for a while."""
        self.call(self.wearables[address].stall, seconds)

    def swallow(self, address: str, count: int) -> None:
        """A sensor loses its next notifications."""

        def lose() -> None:
            self.wearables[address].swallow += count

        self.call(lose)

    def set_range(self, address: str, *, within: bool) -> None:
        """Carry a sensor away, or back."""
        self._loop.call_soon_threadsafe(lambda: self.wearables[address].set_range(within=within))


@contextmanager
def air(voices: Mapping[str, Voice], radio: Radio | None = None, seed: int = 1, pace: Pace = REAL) -> Iterator[Air]:
    """A room with these wearables; while it lasts, this process's system bus is the room's.

    Raises
    ------
    RuntimeError
        `dbus-daemon` is not installed.
    """
    before = os.environ.get(BUS_VARIABLE)
    with private_bus() as address, thread_loop() as loop:
        room = Air(address, loop)
        room.run(room.begin(voices, radio or Radio(), seed, pace))
        os.environ[BUS_VARIABLE] = address
        try:
            yield room
        finally:
            _restore(before)
            room.run(room.end())


def _restore(before: str | None) -> None:
    if before is None:
        os.environ.pop(BUS_VARIABLE, None)
    else:
        os.environ[BUS_VARIABLE] = before


@contextmanager
def thread_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """A loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="air", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
