"""Devices of `rig.toml` that are on serial lines, made live."""

from collections.abc import Iterable
from pathlib import Path

from rig.devices.base import DeviceError, Sink
from rig.devices.gate_timer import GateTimer
from rig.devices.serial_device import SerialDevice
from rig.devices.serial_port import Lister, Opener, PortInfo, open_port, usb_ports
from rig.devices.timers_talk import TimerTalk
from rig.model import setup
from rig.model.clock import Clock


def serial_devices(
    devices: Iterable[setup.Device], sink: Sink, clock: Clock, opener: Opener = open_port, lister: Lister = usb_ports
) -> dict[str, SerialDevice]:
    """Make all timers of `rig.toml` live, by id; a search leaves out the ports that were declared for others.

    Raises
    ------
    DeviceError
        As `serial_device`.
    """
    timers = [device for device in devices if device.kind in setup.TIMERS]
    taken = {Path(device.port).resolve() for device in timers if device.port is not None}

    def free() -> list[PortInfo]:
        return [port for port in lister() if Path(port.port).resolve() not in taken]

    return {device.id: serial_device(device, sink, clock, opener, free) for device in timers}


def serial_device(
    declared: setup.Device, sink: Sink, clock: Clock, opener: Opener = open_port, lister: Lister = usb_ports
) -> SerialDevice:
    """Make a timer of `rig.toml` live; it is not started yet.

    Raises
    ------
    DeviceError
        If it is no timer, or a sports timer without a port.
    """
    if declared.kind == "gate-timer":
        return GateTimer(declared, sink, clock, opener, lister)
    if declared.kind not in setup.SPORTS_TIMERS:
        raise DeviceError(f"{declared.id}: a {declared.kind} is not on a serial line; only timers are")
    if declared.port is None:
        raise DeviceError(
            f'{declared.id}: no port in rig.toml, and a {declared.kind} cannot be told by asking; add port = "..."'
        )
    return SerialDevice(declared, TimerTalk(declared.kind, declared.baud), sink, clock, opener, lister)
