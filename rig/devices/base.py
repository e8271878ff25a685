"""What every live device is: something that hands packets to a sink and can say how it is doing.

A device writes no files and keeps no results. Whoever runs it connects its sink: to `rig.devices.pump.Pump`, which
feeds a recording, to the operator's page, or to both by `fan_out`.
"""

from collections.abc import Callable
from typing import Protocol, TypeAlias

import msgspec

from rig.model.records import Packet

Sink: TypeAlias = Callable[[Packet], None]
"""Takes every packet, from whatever thread the device's driver runs in; must return at once and never raise."""


class DeviceError(Exception):
    """A device cannot be used as declared; one line that says what, where, and what to do."""


class DeviceStatus(msgspec.Struct, frozen=True):
    """How a device is doing, at one instant.

    Attributes
    ----------
    id, kind
        As `rig.toml` names the device.
    connected
        Whether it is there and known to be what it should be.
    since_ns
        Host monotonic time at which `connected` last changed; None before `start`.
    last_packet_ns
        Host time of the last packet received; None before the first.
    losses
        How often the connection was lost after it had been made.
    message
        Id of a text in `rig.locale` that says what goes on, such as ``devices.searching``.
    place
        Port or address at which the device is or was last; empty before it was found.
    """

    id: str
    kind: str
    connected: bool
    since_ns: int | None
    last_packet_ns: int | None
    losses: int
    message: str
    place: str = ""


class Device(Protocol):
    """A live device.

    It finds its hardware, connects, and connects again after a loss, until it is stopped. Every packet goes to its
    sink: received, sent, and what happens to the connection (`rig.model.records.LinkEvent`).
    """

    @property
    def id(self) -> str:
        """The name its packets carry."""
        ...

    @property
    def kind(self) -> str:
        """What it is, as `rig.toml` says."""
        ...

    def start(self) -> None:
        """Begin to search and to listen, in the background; returns at once."""
        ...

    def stop(self) -> None:
        """Let go of the hardware; when it returns no packet comes any more. Stopping twice does nothing."""
        ...

    def status(self) -> DeviceStatus:
        """How it is doing now; from any thread."""
        ...


def fan_out(*sinks: Sink) -> Sink:
    """Give every packet to several sinks, in order."""

    def give(packet: Packet) -> None:
        for sink in sinks:
            sink(packet)

    return give
