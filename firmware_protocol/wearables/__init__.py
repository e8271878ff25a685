"""One file per BLE inertial sensor."""

import importlib
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:  # the registry alone is read where numpy would be too heavy
    from firmware_protocol.wearables.base import Wearable

WEARABLES = {
    "movesense": "firmware_protocol.wearables.movesense:Movesense",
}
"""Kind of sensor, as in `rig.toml`, to where it is described. A new sensor is one file and one line here."""


def wearable(kind: str) -> "Wearable":
    """Import and make a kind of sensor with its usual settings; `KeyError` if there is none."""
    module, _, name = WEARABLES[kind].partition(":")
    return cast("Wearable", getattr(importlib.import_module(module), name)())
