"""The ends of a Timed Up and Go from the wrist: how lively the arm is against the same person's arm in the walk."""

import numpy as np

from rig_signal.motion import smooth
from rig_signal.tug_body import Body, Ends, Pair, last_start
from rig_signal.types import Array, Moment

_USUAL_S = 4.8
_CUTOFF_HZ = 2.0


def wrist_ends(body: Body, pair: Pair) -> Ends | None:
    """Find where the arm begins to move before a pair of turns, and where it comes to rest after them."""
    far, end = (
        body.index((pair.far.start_s + pair.far.end_s) / 2),
        body.index((pair.last.start_s + pair.last.end_s) / 2),
    )
    pace = (pair.last.end_s - pair.far.start_s) / _USUAL_S
    jerk, turning = _jerk(body), smooth(body.speed, body.rate_hz, _CUTOFF_HZ)
    rest = round(0.2 * pace * body.rate_hz)
    starts = last_start(jerk[:far] > 0.3 * np.median(jerk[far:end]), rest)
    stops = last_start(turning[:end:-1] > 0.15 * np.median(turning[far:end]), rest)
    if starts is None or stops is None:
        return None
    first, last = body.at(starts) + 0.24 * pace, body.at(len(turning) - 1 - stops) - 0.52 * pace
    return Ends(first_movement=Moment(first, 0.4 * pace), seated=Moment(last, 0.5 * pace))


def _jerk(body: Body) -> Array:
    change = np.gradient(smooth(body.acc, body.rate_hz, 8.0), axis=0)
    return smooth(np.linalg.norm(change, axis=1), body.rate_hz, _CUTOFF_HZ)
