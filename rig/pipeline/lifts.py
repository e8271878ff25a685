"""Lifts of the load as a sensor at the wrist counts them: the operator looks at the number and tells it."""

import msgspec
import numpy as np

from rig.model.records import Packet
from rig.model.setup import Role
from rig.pipeline.session import Source
from rig.timeline import decode_session
from rig_signal.lifts import count_lifts
from rig_signal.types import Imu, SignalError


class Lifts(msgspec.Struct, frozen=True):
    """How many lifts so far, and what to doubt (`rig_signal.lifts.LiftsResult`)."""

    count: int
    quality: tuple[str, ...] = ()


def lifts_so_far(source: Source, since_ns: int) -> Lifts | None:
    """Count from an instant (host time) on; None where no sensor at the wrist tells yet."""
    track = decode_session([r for r in source.records if isinstance(r, Packet)], source.setup).imus.get(Role.WRIST)
    last_ns = max((record.t_ns for record in source.records), default=since_ns)
    if track is None or last_ns <= since_ns:
        return None
    window = track.window(since_ns, last_ns, last_ns)
    time_s = np.asarray((window.t_ns - since_ns) / 1e9, dtype=np.float64)
    try:
        found = count_lifts(Imu(time_s, window.acc, window.gyr))
    except SignalError:
        return None
    return Lifts(found.count, found.quality)
