"""All wearables on one radio: one scan for all of them, one connection made at a time, in one thread.

Radios do not scan and connect at once, and make one connection after another; so a single task does both, and no
lock is needed. Packets are stamped and handed on in the driver's callbacks, whatever that task is doing.
"""

import asyncio
import threading
from collections.abc import Collection, Sequence

from bleak.exc import BleakError

from rig.devices.base import Sink
from rig.devices.ble_match import Heard, Match, match
from rig.devices.ble_scan import around
from rig.devices.ble_sensor import BleSensor
from rig.model.clock import Clock
from rig.model.setup import TIMERS, Device

SCAN_S = 3.0
"""Longest scan; it ends as soon as somebody looked for is there for certain."""
PAUSE_S = 0.5
"""Between two looks around."""
BATTERY_EVERY = 120
"""Batteries are read again after so many pauses."""


class BleHub:
    """The wearables of a set-up.

    Parameters
    ----------
    declared
        Devices of `rig.toml`; timers are passed over.
    sink
        Takes all packets, in the radio's thread.
    clock
        Stamps them; the same as that of the serial devices.

    Attributes
    ----------
    sensors
        One device for each wearable, to be started and stopped one by one. The thread lives while one is started.
    """

    def __init__(self, declared: Sequence[Device], sink: Sink, clock: Clock) -> None:
        wearables = [device for device in declared if device.kind not in TIMERS]
        self.sensors = tuple(BleSensor(device, sink, clock, self._wake) for device in wearables)
        self._guard = threading.Lock()
        self._running = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._awake = asyncio.Event()  # each loop has one of its own

    def _wake(self) -> None:
        """Something changed: look at it now; from any thread."""
        with self._guard:
            if self._loop is not None:
                self._loop.call_soon_threadsafe(self._awake.set)
            elif not self._running and self._anybody():
                self._running = True
                threading.Thread(target=lambda: asyncio.run(self._run()), name="bluetooth", daemon=True).start()

    def _anybody(self) -> bool:
        return any(sensor.wanted for sensor in self.sensors)

    async def _run(self) -> None:
        """Search, connect and let go, until nobody is wanted any more."""
        with self._guard:
            self._loop, self._awake = asyncio.get_running_loop(), asyncio.Event()
        pauses = 0
        while True:
            self._awake.clear()
            await self._leave()
            if self._over():
                return
            await self._look()
            await self._tend(pauses)
            pauses += 1
            await _wait(self._awake, PAUSE_S)

    def _over(self) -> bool:
        """Whether to end; a sensor started after this begins a thread of its own."""
        with self._guard:
            if self._anybody() or any(sensor.attached for sensor in self.sensors):
                return False
            self._loop, self._running = None, False
            return True

    async def _leave(self) -> None:
        for sensor in self.sensors:
            if not sensor.wanted and sensor.attached:
                await sensor.disconnect()

    def _wanted(self) -> list[BleSensor]:
        return [sensor for sensor in self.sensors if sensor.looked_for()]

    def _match(self, heard: Collection[Heard]) -> Match:
        return match([s.known() for s in self._wanted()], [s.known() for s in self.sensors], heard)

    def _enough(self, heard: Collection[Heard]) -> bool:
        """Whether somebody is there for certain, or waits to be let go: who is back need not wait for who is absent."""
        leaving = any(not sensor.wanted and sensor.attached for sensor in self.sensors)
        return leaving or bool(self._certain(heard))

    def _certain(self, heard: Collection[Heard]) -> dict[str, Heard]:
        """Give those found by address. Others take a whole scan, since a second candidate may turn up."""
        placed = {sensor.id for sensor in self._wanted() if sensor.known().address is not None}
        return {name: found for name, found in self._match(heard).found.items() if name in placed}

    async def _look(self) -> None:
        if not self._wanted():
            return
        try:
            heard = await around(SCAN_S, self._enough)
        except (BleakError, OSError, EOFError):
            for sensor in self._wanted():
                sensor.note(message="devices.no_bluetooth")
            return
        certain, matched = self._certain(heard), self._match(heard)
        found = certain or matched.found
        for sensor in self._wanted():
            if sensor.id in found:
                await sensor.connect(found[sensor.id])
            elif not certain:
                sensor.missing(ambiguous=sensor.id in matched.ambiguous)

    async def _tend(self, pauses: int) -> None:
        for sensor in self.sensors:
            await sensor.tend()
            if pauses % BATTERY_EVERY == BATTERY_EVERY - 1:
                await sensor.read_battery()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        pass
