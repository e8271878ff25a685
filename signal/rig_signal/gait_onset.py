"""The trunk's first movement before a walk: the weight shift that leads to the first step.

A slow start of a few centimetres a second looks to an accelerometer much like a tilt, so that only part of it is
seen; the threshold on speed is lowered by that part. Checked against virtual starts of two families: half are within
0.06 s. How slowly the movement grows through its threshold says how far the instant may be off.
"""

import numpy as np

from rig_signal.motion import ONSET_RAD_S, onset, smooth
from rig_signal.trunk import Trunk
from rig_signal.types import Array, Moment

_ONSET_M_S = 0.05  # docs/landmarks.md, onset
_SEEN_SHARE = 0.75
_SMOOTH_HZ = 5.0
_BASELINE_S, _LEAD_S = 2.0, 0.5  # before the trunk has clearly left its rest: the rest begins, the shift may begin
_SHORTEST_BASELINE_S = 0.5
_BEST_U_S = 0.04


def trunk_onset(trunk: Trunk, rest_s: float, foot_off_s: float) -> Moment | None:
    """First instant at which the trunk turns at 0.10 rad/s or moves at 0.05 m/s, without rest until the foot-off.

    Parameters
    ----------
    trunk
        The trunk's motion.
    rest_s
        When the trunk has clearly left its rest.
    foot_off_s
        When the first foot leaves the floor.
    """
    rest, stop = (round((at - trunk.start_s) * trunk.rate_hz) for at in (rest_s, foot_off_s))
    low = max(0, rest - round(_BASELINE_S * trunk.rate_hz))
    lead = max(low + 1, rest - round(_LEAD_S * trunk.rate_hz))
    if lead - low < _SHORTEST_BASELINE_S * trunk.rate_hz:
        lead = max(low + 1, rest)
    moved = np.maximum(_turning(trunk, low, stop), _moving(trunk, low, lead, stop))
    if moved.max(initial=0.0) < 1:
        return None
    begun = onset(moved, trunk.rate_hz, int(np.argmax(moved)), 1.0)
    if begun is None:
        return None
    u_s = float(np.hypot(_BEST_U_S, _rise(moved, begun) / trunk.rate_hz / np.sqrt(12)))
    return Moment(trunk.start_s + (low + begun) / trunk.rate_hz, u_s)


def _rise(moved: Array, begun: float) -> float:
    """Samples in which the movement grows from half its threshold to twice it: the slower, the less sure its begin."""
    half, twice = moved[: int(begun) + 1] < 0.5, moved[int(begun) :] > 2
    since = int(begun) - int(np.flatnonzero(half)[-1]) if half.any() else int(begun)
    return since + (int(np.argmax(twice)) if twice.any() else len(twice))


def _turning(trunk: Trunk, low: int, stop: int) -> Array:
    """Angular speed over its threshold."""
    rates = smooth(trunk.gyr[low : stop + 1], trunk.rate_hz, _SMOOTH_HZ)
    return np.asarray(np.linalg.norm(rates, axis=1) / ONSET_RAD_S, dtype=np.float64)


def _moving(trunk: Trunk, low: int, lead: int, stop: int) -> Array:
    """Speed over its threshold; 0 before `lead`, from where on it is integrated."""
    push = trunk.acc[low : stop + 1] - trunk.acc[low:lead].mean(axis=0)
    push[: lead - low] = 0.0
    speed = np.linalg.norm(np.cumsum(push, axis=0), axis=1) / trunk.rate_hz
    return np.asarray(speed / (_SEEN_SHARE * _ONSET_M_S), dtype=np.float64)
