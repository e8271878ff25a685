"""What is heard from a sports timer: lines, and nothing is said to it."""

from collections.abc import Sequence

from firmware_protocol.timers import DECODERS


class TimerTalk:
    """The one-sided conversation with a sports timer (`rig.devices.serial_device.Talk`).

    Such a timer does not say who it is and may be silent for hours, so an open port is all that can be known; a line
    that is understood is the first proof.

    Parameters
    ----------
    kind
        As in `rig.toml`.
    baud
        Bits per second.
    """

    known = True
    patience_ns = 0

    def __init__(self, kind: str, baud: int) -> None:
        self.baud = baud
        self._kind = kind
        self._decoder = DECODERS[kind]()

    def opened(self, t_ns: int) -> None:  # noqa: ARG002  # the protocol's signature
        """Forget half a line."""
        self._decoder = DECODERS[self._kind]()

    def heard(self, data: bytes, t_ns: int) -> bool:  # noqa: ARG002  # the protocol's signature
        """Take what was read; a timer's restart cannot be told from its lines."""
        self._decoder.feed(data)
        return False

    def due(self, t_ns: int) -> Sequence[bytes]:  # noqa: ARG002  # the protocol's signature
        """Nothing is ever sent."""
        return ()

    def message(self, t_ns: int) -> str:  # noqa: ARG002  # the protocol's signature
        """Whether its lines are understood so far."""
        counts = self._decoder.counts
        if counts.get("events"):
            return "devices.connected"
        return "devices.not_understood" if counts else "devices.no_line_yet"
