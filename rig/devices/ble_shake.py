"""Which sensor is in somebody's hand: the one that is shaken while the others lie still."""

import threading
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from firmware_protocol.wearables import wearable
from rig.model.records import Direction, Packet
from rig.model.setup import Device

SHAKEN = 4.0
"""Standard deviation of the acceleration's magnitude, m/s²: walking reaches 3, a shaken hand 10."""
APART = 3.0
"""How much more it must be than any other sensor's."""
LOOK_S = 1.0


def shaken(activity: Mapping[str, float]) -> str | None:
    """The one that is shaken, by id; None if none is, or if it cannot be told from another.

    Parameters
    ----------
    activity
        Standard deviation of the magnitude of acceleration over the last second, m/s², by id.
    """
    ranked = sorted(activity, key=lambda name: activity[name], reverse=True)
    if not ranked or activity[ranked[0]] < SHAKEN:
        return None
    others = [activity[name] for name in ranked[1:2]]
    return ranked[0] if all(activity[ranked[0]] >= APART * other for other in others) else None


class Watch:
    """How much every sensor moves: a sink for their packets (`rig.devices.base.Sink`), asked from another thread."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._decoders = {device.id: wearable(device.kind).decoder() for device in devices}
        self._recent: dict[str, NDArray[np.float64]] = {device.id: np.empty(0) for device in devices}
        self._guard = threading.Lock()

    def take(self, packet: Packet) -> None:
        """Take a packet, in the radio's thread."""
        with self._guard:
            decoder = self._decoders[packet.source]
            match packet.direction:
                case Direction.RX:
                    decoder.feed(packet.endpoint.lower(), packet.data, packet.t_ns)
                case Direction.TX:
                    decoder.wrote(packet.endpoint.lower(), packet.data)
                case Direction.LINK:
                    decoder.interrupt()

    def activity(self) -> Mapping[str, float]:
        """How much each sensor that says anything moved over the last second, as `shaken` wants it."""
        with self._guard:
            for name, decoder in self._decoders.items():
                size = np.linalg.norm(decoder.take().acc, axis=1)
                kept = np.concatenate([self._recent[name], size[np.isfinite(size)]])
                self._recent[name] = kept[-max(2, round(decoder.nominal_rate_hz * LOOK_S)) :]
            return {name: float(np.std(recent)) for name, recent in self._recent.items() if len(recent) >= 2}
