"""All devices of a set-up, live."""

from rig.devices.base import Device, DeviceError, DeviceStatus, Sink
from rig.devices.ble_hub import BleHub
from rig.devices.gate_timer import GateTimer
from rig.devices.serial_open import serial_devices
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
        timers = serial_devices(setup.devices, sink, clock).values()
        self._gate_timer = next((timer for timer in timers if isinstance(timer, GateTimer)), None)
        wearables = [device for device in setup.devices if device.kind not in TIMERS]
        sensors = BleHub(wearables, sink, clock).sensors if wearables else ()
        self._devices: tuple[Device, ...] = (*timers, *sensors)

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
            self._gate_timer.cue(token, BEEP_AND_LIGHT, CUE_DELAY_MS)
        except DeviceError:
            return False
        return True
