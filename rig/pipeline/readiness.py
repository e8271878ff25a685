"""Whether the devices' clocks are known well enough to begin: for the operator, before anything is measured."""

import msgspec

from rig.model.records import Packet
from rig.pipeline.session import Source
from rig.timeline import decode_session

GOOD_NS = 20_000_000
"""An eighth of what a stopwatch is unsure of (clinical anchors)."""


class ClockState(msgspec.Struct, frozen=True):
    """One device's clock: how far its times may be off (None: there is no telling yet), and whether that will do."""

    id: str
    bound_ms: float | None
    good: bool


def clocks(source: Source, now_ns: int) -> tuple[ClockState, ...]:
    """How well each declared device's clock is known by now."""
    timeline = decode_session([r for r in source.records if isinstance(r, Packet)], source.setup)
    worn = {device.role: device.id for device in source.setup.devices}
    found = {worn[role]: track.clock_at(now_ns) for role, track in timeline.imus.items()}
    timer = source.setup.timer
    if timer is not None and timeline.gates is not None:
        found[timer.id] = timeline.gates.clock_at(now_ns)
    return tuple(
        ClockState(name, None, good=False)
        if clock.kind == "none"
        else ClockState(name, round(clock.bound_ns / 1e6, 1), good=clock.bound_ns <= GOOD_NS)
        for name, clock in found.items()
    )
