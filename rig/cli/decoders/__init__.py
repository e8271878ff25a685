"""Decoders of `rig devices decode`, one file a kind of device, imported only when it is asked for."""

import importlib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from firmware_protocol.wearables import WEARABLES

Answer = Mapping[str, Any]


class StreamDecoder(Protocol):
    """Bytes of a file, in pieces of any size, to what is printed of them."""

    def feed(self, data: bytes) -> Iterable[Answer]:
        """Take what was read; give what it completed."""

    def finish(self) -> Iterable[Answer]:
        """Take the end of the file; give the rest."""

    @property
    def warnings(self) -> Mapping[str, int]:
        """What was not understood so far, by name."""


_TIMERS = {
    "alge-timy": "rig.cli.decoders.timers:alge_timy",
    "gate-timer": "rig.cli.decoders.gate_timer:GateTimerStream",
    "microgate": "rig.cli.decoders.timers:microgate",
    "tag-heuer-cp": "rig.cli.decoders.timers:tag_heuer_cp",
}
"""Timer to where its decoder is made. A new one is one file and one line here; wearables have their own registry."""

DECODERS = (*_TIMERS, *WEARABLES)


def open_decoder(device: str) -> StreamDecoder:
    """Import and make the decoder of a device; `KeyError` if there is none."""
    if device in WEARABLES:
        from rig.cli.decoders.wearables import WearableStream

        return WearableStream(device)
    module, _, name = _TIMERS[device].partition(":")
    make: Callable[[], StreamDecoder] = getattr(importlib.import_module(module), name)
    return make()
