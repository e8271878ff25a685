"""One file per BLE inertial sensor."""

import importlib
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:  # the registry alone is read where numpy would be too heavy
    from firmware_protocol.wearables.base import Wearable

WEARABLES = {
    "metamotion": "firmware_protocol.wearables.metamotion:MetaMotion",
    "movella-dot": "firmware_protocol.wearables.movella_dot:MovellaDot",
    "movesense": "firmware_protocol.wearables.movesense:Movesense",
    "polar": "firmware_protocol.wearables.polar:Polar",
    "rig-imu": "firmware_protocol.wearables.rig_imu:RigImu",
    "witmotion": "firmware_protocol.wearables.witmotion:WitMotion",
}
"""Kind of sensor, as in `rig.toml`, to where it is described. A new sensor is one file and one line here."""


def wearable(kind: str) -> "Wearable":
    """Import and make a kind of sensor with its usual settings; `KeyError` if there is none."""
    module, _, name = WEARABLES[kind].partition(":")
    return cast("Wearable", getattr(importlib.import_module(module), name)())
