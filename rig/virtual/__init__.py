"""The virtual lab: a participant with a body, and the bytes their sensors would send."""

from rig.virtual.lab import ALL_SENSORS, DEFAULT_SETUP, Options, VirtualSession, run_session
from rig.virtual.participant import PRESETS, Participant
from rig.virtual.truth import Truth

__all__ = [
    "ALL_SENSORS",
    "DEFAULT_SETUP",
    "PRESETS",
    "Options",
    "Participant",
    "Truth",
    "VirtualSession",
    "run_session",
]
