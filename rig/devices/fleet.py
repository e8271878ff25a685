"""All devices of a set-up, live."""

from firmware_protocol.gate_timer import CueRequest, encode
from rig.devices.base import Device, DeviceError, DeviceStatus, Sink
from rig.devices.ble_hub import BleHub
from rig.devices.serial_open import serial_device
from rig.model.clock import Clock
from rig.model.setup import TIMERS, Setup

CUE_DELAY_MS = 200
"""From the request to the timer's beep: longer than the line may hold the request back."""
BEEP_AND_LIGHT = 3


class Fleet:
    """The devices that `rig.toml` declares.

    Parameters
    ----------
    setup
        The declared lab.
    sink
        Takes every packet of every device, from their threads.
    clock
        Stamps them all.

    Raises
    ------
    DeviceError
        A device that cannot be used as it is declared.
    """

    def __init__(self, setup: Setup, sink: Sink, clock: Clock) -> None:
        self._timers = {d.id: serial_device(d, sink, clock) for d in setup.devices if d.kind in TIMERS}
        self._gate_timer = next((d.id for d in setup.devices if d.kind == "gate-timer"), None)
        wearables = [device for device in setup.devices if device.kind not in TIMERS]
        sensors = BleHub(wearables, sink, clock).sensors if wearables else ()
        self._devices: tuple[Device, ...] = (*self._timers.values(), *sensors)

    def start(self) -> None:
        """Begin to search for all of them."""
        for device in self._devices:
            device.start()

    def stop(self) -> None:
        """Let go of all of them."""
        for device in self._devices:
            device.stop()

    def statuses(self) -> tuple[DeviceStatus, ...]:
        """How each is doing."""
        return tuple(device.status() for device in self._devices)

    def give_cue(self, token: int) -> bool:
        """Ask the gate timer for a beep; whether there is one to ask."""
        if self._gate_timer is None:
            return False
        try:
            self._timers[self._gate_timer].send(encode(CueRequest(token, BEEP_AND_LIGHT, CUE_DELAY_MS)))
        except DeviceError:
            return False
        return True
