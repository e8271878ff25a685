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

POWERED_S = 60.0
"""How long bluetoothd may take to find the adapter and switch it on."""
LONGEST = 31
"""Bytes of an advertisement, and of the scan response after it."""


class Adapter(Controller):
    """bumble's controller, with advertisements as long as the standard allows: the kernel drops longer ones."""

    def send_hci_packet(self, packet: hci.HCI_Packet) -> None:
        """Tell the host; a wearable's data are parted between its advertisement and its scan response."""
        if isinstance(packet, hci.HCI_LE_Advertising_Report_Event):
            packet = hci.HCI_LE_Advertising_Report_Event([_parted(report) for report in packet.reports])
        super().send_hci_packet(packet)


def _parted(report: hci.HCI_LE_Advertising_Report_Event.Report) -> hci.HCI_LE_Advertising_Report_Event.Report:
    first, second = part(report.data)
    scanned = report.event_type == hci.HCI_LE_Advertising_Report_Event.EventType.SCAN_RSP
    return hci.HCI_LE_Advertising_Report_Event.Report(
        event_type=report.event_type,
        address_type=report.address_type,
        address=report.address,
        data=second if scanned else first,
        rssi=report.rssi,
    )


def part(data: bytes) -> tuple[bytes, bytes]:
    """Part advertised fields between an advertisement and its scan response: the first that fit, and the others."""
    cut = 0
    while cut < len(data) and cut + 1 + data[cut] <= LONGEST:
        cut += 1 + data[cut]
    return data[:cut], data[cut:]


class KernelAir(Air):
    """Wearables on the air around a real BlueZ, which neither refuses on demand nor tells what it delivered."""

    async def begin(self, voices: Mapping[str, Voice], radio: Radio, seed: int, pace: Pace) -> None:
        """Plug the adapter in and switch the wearables on."""
        self._pace = pace
        self._link = RadioLink(radio, stream(seed, "air"))
        self._vhci = await open_vhci_transport(None)
        adapter = Adapter("central", self._vhci.source, self._vhci.sink, self._link, CENTRAL)
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
