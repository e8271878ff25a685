"""Swings of a foot from a sensor on it: when the toe leaves the floor and when the foot is back on it.

Leaving the floor the foot first turns over the toe (the heel rises), then turns up in the air, and the swing ends
where it has turned up most; the impact follows at once. So every sweep upward of the foot's pitch is a swing; the
toe leaves just before the change of sign, after the fastest turning down before it. Checked on ipol_gait: of the first
foot-offs half are within 0.02 s of the label, contacts within 0.03 s.

Sources: mid-swing and neighbouring peaks of the pitch rate, Salarian et al., IEEE Trans Biomed Eng 51(8):1434, 2004
(doi:10.1109/TBME.2004.827933); foot-worn, Mariani et al., J Biomech 43(15):2999, 2010
(doi:10.1016/j.jbiomech.2010.07.003). Deviations: swings are sweeps of the angle, not peaks over fixed thresholds or
within fixed windows, so that slow, flat and shuffling steps are measured alike; which way the foot turns is found
from the order of the lobes, so that the sensor may be put on any way round.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rig_signal.attitude import estimate_up, horizontal_rate, pitch_axis, rest_bias
from rig_signal.filters import both_ways, butterworth
from rig_signal.motion import smooth
from rig_signal.timebase import Uniform
from rig_signal.types import Array, SignalError

_SMOOTH_HZ = 8.0
_SPEED_BAND_HZ = 0.3
_SWEEP = 0.15  # of the range of the foot's pitch: a smaller sweep is no swing
_LEAST_SWEEP_RAD = 0.05
_SLOW = 0.1  # of a swing's fastest rate: slower belongs to the floor
_HEEL_RISE = 0.2  # of the swing's fastest rate: slower turning down before it is no heel rise
_OFF_EARLY = 0.09  # of the swing, by which the toe leaves before the foot turns back (ipol_gait: 0.04 s)
_IMPACT = 0.25  # of the swing, either side of its end, in which the impact is looked for


@dataclass(frozen=True, slots=True, eq=False)
class Swings:
    """Swings of one foot.

    Attributes
    ----------
    off_s, contact_s
        (k,) times at which the toe leaves the floor and at which the foot is back.
    heading_rad
        (k,) which way the foot points after each, counter-clockwise, from an arbitrary direction.
    """

    off_s: Array
    contact_s: Array
    heading_rad: Array


def find_swings(u: Uniform) -> Swings:
    """Find every swing of a foot.

    Parameters
    ----------
    u
        Evenly spaced samples of a sensor on the foot or shoe, any orientation.

    Raises
    ------
    SignalError
        Without a gyroscope.
    """
    if u.gyr is None:
        raise SignalError("swings of a foot need a gyroscope: record gyr_x, gyr_y, gyr_z")
    up = estimate_up(u)
    pitch = smooth(horizontal_rate(u, up) @ _toe_up_axis(u, up), u.rate_hz, _SMOOTH_HZ)
    events = np.array([_events(pitch, u.acc, low, high) for low, high in _sweeps(np.cumsum(pitch) / u.rate_hz)])
    events = events.reshape(-1, 2)
    heading = np.cumsum(np.einsum("ij,ij->i", u.gyr - rest_bias(u), up)) / u.rate_hz
    return Swings(
        off_s=u.start_s + events[:, 0] / u.rate_hz,
        contact_s=u.start_s + events[:, 1] / u.rate_hz,
        heading_rad=heading[np.minimum(events[:, 1].astype(int), len(heading) - 1)],
    )


def _toe_up_axis(u: Uniform, up: Array) -> Array:
    """(3,) axis about which the foot turns its toe up, in the sensor's frame.

    The foot turns about one axis mostly; which end of it is meant follows from the way the foot goes: it is fast
    for a short time and stands for the rest, so that its speed has a tail forward.
    """
    axis = pitch_axis(u, up)
    forward = np.cross(up, axis)
    push = np.einsum("ij,ij->i", u.acc, forward)
    above = butterworth(1, _SPEED_BAND_HZ, u.rate_hz, "highpass")
    speed = both_ways(above, np.cumsum(push - push.mean()))
    return axis if float((speed**3).sum()) > 0 else -axis


def _sweeps(angle: Array) -> Iterator[tuple[int, int]]:
    """Lowest and highest sample of each upward sweep of the angle."""
    least = max(_LEAST_SWEEP_RAD, _SWEEP * float(np.subtract(*np.quantile(angle, [0.99, 0.01]))))
    low, high, rising = 0, 0, False
    for i, value in enumerate(angle.tolist()):
        if rising:
            high = i if value > angle[high] else high
            if angle[high] - value >= least:
                yield low, high
                low, rising = i, False
        elif value < angle[low]:
            low = i
        elif value - angle[low] >= least:
            high, rising = i, True
    if rising:
        yield low, high


def _events(pitch: Array, acc: Array, low: int, high: int) -> tuple[float, float]:
    """Foot-off and contact of the swing in an upward sweep, as fractional samples."""
    fastest = low + int(np.argmax(pitch[low : high + 1]))
    slow = pitch <= _SLOW * pitch[fastest]
    begins = fastest - int(np.argmax(slow[fastest::-1])) if slow[: fastest + 1].any() else 0
    ends = fastest + int(np.argmax(slow[fastest:])) if slow[fastest:].any() else len(pitch) - 1
    before = pitch[max(0, 2 * begins - ends) : begins + 1]
    rises = begins - (len(before) - 1 - int(np.argmin(before)))
    early = min((begins - rises) / 2, _OFF_EARLY * (ends - begins))
    off = begins - early if -pitch[rises] > _HEEL_RISE * pitch[fastest] else float(begins)
    around = max(2, round(_IMPACT * (ends - begins)))
    jolts = np.linalg.norm(np.diff(acc[ends - around : ends + around], axis=0), axis=1)
    impact = ends - around + int(np.argmax(jolts)) if len(jolts) else ends
    return off, (ends + impact) / 2
