"""The same room with the kernel's Bluetooth: bumble's controller behind /dev/vhci, bluetoothd on the system's bus."""

import asyncio
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bleak import BleakAdapter
from bleak.exc import BleakError
from bumble import hci
from bumble.controller import Controller
from bumble.transport.vhci import open_vhci_transport

from rig.virtual.ble_air import Air, thread_loop
from rig.virtual.ble_bluez import CENTRAL
from rig.virtual.ble_pace import REAL, Pace
from rig.virtual.ble_radio import RadioLink
from rig.virtual.ble_voice import Voice
from rig.virtual.radio import Radio
from rig.virtual.randomness import stream

POWERED_S = 20.0


class KernelAir(Air):
    """Wearables on the air around a real BlueZ, which neither refuses on demand nor tells what it delivered."""

    async def begin(self, voices: Mapping[str, Voice], radio: Radio, seed: int, pace: Pace) -> None:
        """Plug the adapter in and switch the wearables on."""
        self._pace = pace
        self._link = RadioLink(radio, stream(seed, "air"))
        self._vhci = await open_vhci_transport(None)
        adapter = Controller("central", self._vhci.source, self._vhci.sink, self._link, CENTRAL)
        adapter.le_features &= ~(hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING)
        for address, voice in voices.items():
            await self.add(address, voice)

    async def end(self) -> None:
        """Switch the wearables off and pull the adapter."""
        for wearable in self.wearables.values():
            await wearable.stop()
        await self._vhci.close()


@contextmanager
def kernel_air(
    voices: Mapping[str, Voice], radio: Radio | None = None, seed: int = 1, pace: Pace = REAL
) -> Iterator[Air]:
    """`rig.virtual.ble_air.air` on the kernel's stack; needs root, hci_vhci and bluetoothd."""
    with thread_loop() as loop:
        room = KernelAir("", loop)
        room.run(room.begin(voices, radio or Radio(), seed, pace))
        try:
            asyncio.run(_powered())
            yield room
        finally:
            room.run(room.end())


async def _powered() -> None:
    end = time.monotonic() + POWERED_S
    while True:
        try:
            await BleakAdapter.get()
        except BleakError:
            if time.monotonic() > end:
                raise
            await asyncio.sleep(0.2)
        else:
            return
