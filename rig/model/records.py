"""What a recording holds: packets as they came and went, and the operator's marks.

Everything else the rig says is derived from these two, so they are the whole interface between whatever
produces data (a radio, a serial port, a file, the virtual lab) and the pipeline.
"""

from enum import StrEnum
from typing import TypeAlias

import msgspec

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"


class Direction(StrEnum):
    """Which way a packet went."""

    RX = "rx"
    """Received from the device, one notification or one serial read."""
    TX = "tx"
    """Sent by the rig, stamped at the write."""
    LINK = "link"
    """The state of the connection; the data are one of the `LinkEvent` values in ASCII."""


class LinkEvent(StrEnum):
    """What can happen to a connection."""

    CONNECTED = "connected"
    LOST = "lost"
    RESET = "reset"
    QUEUE_DROPPED = "queue_dropped"


class Packet(msgspec.Struct, frozen=True, tag=True, gc=False):
    """Bytes as a device sent or received them.

    Attributes
    ----------
    source
        The device's id as `rig.toml` names it.
    endpoint
        The characteristic's UUID (BLE) or ``"serial"``.
    direction
        Received, sent, or a link event.
    t_ns
        Host monotonic time in nanoseconds, taken in the driver's callback.
    data
        The bytes, untouched.
    """

    source: str
    endpoint: str
    direction: Direction
    t_ns: int
    data: bytes


class Mark(msgspec.Struct, frozen=True, tag=True):
    """A decision or observation of a person (or of the page on their behalf), in the recording like any packet.

    Attributes
    ----------
    kind
        One of the names in `rig.model.marks`.
    t_ns
        Host monotonic time in nanoseconds of the instant the mark speaks of.
    trial
        The trial's id, or None for marks about the session.
    data
        The mark's content, by kind.
    """

    kind: str
    t_ns: int
    trial: str | None = None
    data: dict[str, Json] = {}


Record: TypeAlias = Packet | Mark
