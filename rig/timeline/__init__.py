"""From each device's bytes to samples and edges on the session clock."""

from rig.timeline.gates import GateTrack
from rig.timeline.impulses import ImpulseTrack
from rig.timeline.imu import ImuTrack
from rig.timeline.session import Timeline, decode_session
from rig.timeline.types import BeamEdge, ClockQuality, CueStamp, GateImpulse, GateWindow, ImuWindow

__all__ = [
    "BeamEdge",
    "ClockQuality",
    "CueStamp",
    "GateImpulse",
    "GateTrack",
    "GateWindow",
    "ImpulseTrack",
    "ImuTrack",
    "ImuWindow",
    "Timeline",
    "decode_session",
]
