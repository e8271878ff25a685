"""The transport seam: three methods on a serial port. The only module that knows pyserial."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import serial
from serial.tools import list_ports

from rig.devices.base import DeviceError

WAIT_S = 0.05
"""How long `read` waits for a first byte, and so how late a due request can be."""

USB_VENDORS = {
    0x2341: "Arduino",
    0x2A03: "Arduino",
    0x1A86: "WCH (CH340)",
    0x0403: "FTDI",
    0x10C4: "Silicon Labs (CP210x)",
    0x16C0: "V-USB, Teensy",
    0x1B4F: "SparkFun",
    0x239A: "Adafruit",
}
"""Who makes the USB side of boards on which a gate timer can be; INFO then says what is really there."""


class PortError(DeviceError):
    """A port cannot be opened, or is gone."""


class Transport(Protocol):
    """An open line."""

    def read(self) -> bytes:
        """What came, as soon as anything is there; empty after `WAIT_S` without. `PortError` when the line is gone."""
        ...

    def write(self, data: bytes) -> None:
        """Send; from any thread. `PortError` when the line is gone."""
        ...

    def close(self) -> None:
        """Let go of the port."""
        ...


Opener: TypeAlias = Callable[[str, int], Transport]
"""Port name and bits per second to an open line; `PortError` if that fails."""


@dataclass(frozen=True, slots=True)
class PortInfo:
    """A serial port of this computer.

    Attributes
    ----------
    port
        Name to open it by.
    usb
        Vendor and product, four hex digits each (``2341:0043``), or empty.
    description
        What the operating system says of it.
    likely
        Whether a gate timer may be there, by its USB vendor.
    """

    port: str
    usb: str = ""
    description: str = ""
    likely: bool = True


Lister: TypeAlias = Callable[[], Iterable[PortInfo]]


def usb_ports() -> list[PortInfo]:
    """List the ports that are on USB, by name."""
    found = [port for port in list_ports.comports() if port.vid is not None]
    return [
        PortInfo(p.device, f"{p.vid:04x}:{p.pid or 0:04x}", p.description or "", p.vid in USB_VENDORS)
        for p in sorted(found, key=lambda p: p.device)
    ]


def open_port(port: str, baud: int) -> Transport:
    """Open a serial port, exclusively where the system can; most boards restart at this.

    Raises
    ------
    PortError
        With what the system says and what to do.
    """
    try:
        line = serial.Serial(port, baud, timeout=WAIT_S, write_timeout=1.0, exclusive=True)
    except (OSError, ValueError) as error:
        raise PortError(f"{port}: cannot be opened: {_reason(error)}") from error
    return _SerialLine(line)


class _SerialLine:
    """A `serial.Serial` as a transport.

    One byte is waited for, and what came with it is taken along: `read(n, timeout)` would hold a short message back
    until the time is over.
    """

    def __init__(self, line: serial.Serial) -> None:
        self._line = line

    def read(self) -> bytes:
        try:
            first = self._line.read(1)
            return first + self._line.read(self._line.in_waiting) if first else b""
        except (OSError, TypeError) as error:  # pyserial: TypeError when closed while it reads
            raise PortError(f"{self._line.port}: the line is gone: {error}") from error

    def write(self, data: bytes) -> None:
        try:
            self._line.write(data)
        except OSError as error:
            raise PortError(f"{self._line.port}: the line is gone: {error}") from error

    def close(self) -> None:
        self._line.close()


def _reason(error: Exception) -> str:
    """What to do about the usual causes, else the system's own words."""
    number = getattr(error, "errno", None)
    text = str(error)
    if number == 2 or "FileNotFoundError" in text:
        return "there is no such port; plug the timer in, or see `rig devices list`"
    if number == 13 or "PermissionError" in text:
        return "permission denied, or another program has it; close that, or join the group dialout"
    if number in (11, 16) or "exclusively lock" in text:
        return "another program has it; close that"
    return text
