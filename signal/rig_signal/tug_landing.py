"""When the pelvis has come to rest on the seat, from a sensor on the trunk (docs/landmarks.md, seated).

An accelerometer tells how a speed changes, not what it is. Right after the landing it is known: the seat holds the
pelvis while the trunk leans back about the hips. So the pelvis' speed, level directions too, is what is left of the
sensor's when the swing of the trunk and a straight line through that rest are taken out. Level speed counts as much as
the vertical one: who sits down slowly still glides backward when the seat is touched.

A landing that is felt tells where its rest begins. One that is not has its rest looked for later, since a drift of the
vertical speed lets it seem earlier than it is.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from rig_signal.motion import REST_S, slope, smooth, stretches
from rig_signal.timebase import lengths
from rig_signal.tug_body import Body, crossed, first_index
from rig_signal.types import Array, Moment

SWING_HZ = 25.0  # up to here a jolt turns the trunk about the hips, and is no speed of the pelvis

_LEVEL_M_S, _SPREAD_M_S = 0.05, 0.03  # docs/landmarks.md, seated; what it may be taken for
_TRIED, _SHARE = np.linspace(-1, 1, 7), 0.36
_HELD_S = 0.1
_CONTACT_M = 0.005  # docs/landmarks.md, seat contact
_AFTER_S, _REST_SPAN_S = 0.15, 0.3  # of the rest that follows: past the landing's bounce, before the trunk is back
_LONGEST_S = 1.0  # looked at after the descent
_SHORTEST = 8  # samples that a line is drawn through
_TILT_M_S2 = 0.1  # by which gravity's share may be off in a level acceleration
_STEADY_S = 0.6  # for so long the trunk leans back: drawn further, the line would be a guess
_SPEED_NOISE_M2_S = 0.02**2 * 0.2  # spectral: 2 cm/s that last a fifth of a second
_DRIFT_M_S2 = 0.03  # what is left of it when a rest has shown it
_SURE = 3.0  # of the sensor's noise
_FELT_M_S = (0.02, 0.05)  # a landing that takes off so much speed at once is not, and is surely, felt
_IMPACT_S = 0.06
_ROUNDS = 2
_TIMING_U_S = 0.003
_UNLIKE_PART = 0.3  # of a descent's duration, by what it seems lower than the rise


@dataclass(frozen=True, slots=True, eq=False)
class Hinge:
    """The hips, about which a trunk swings.

    Attributes
    ----------
    axes
        (3, 2) up the upright trunk and ahead, in the sensor's frame.
    lever_m
        (2,) from the hip to the sensor along them.
    """

    axes: Array
    lever_m: Array

    def swing(self, along: Array, rate_hz: float) -> Array:
        """(n,) speed in a direction of the world, (n, 3) in the sensor's frame, that the swing gives the sensor."""
        return np.asarray(swings(along, self.axes, rate_hz) @ self.lever_m, dtype=np.float64)


@dataclass(frozen=True, slots=True)
class Descent:
    """The way down to the seat: from which sample on it slows down and where it ends; its duration and height, m."""

    fastest: int
    end: int
    lasts_s: float
    height_m: float


def swings(along: Array, axes: Array, rate_hz: float) -> Array:
    """(n, k) speeds in a direction of the world that a metre along each of (3, k) axes gives a sensor."""
    return slope(smooth(along @ axes, rate_hz, SWING_HZ)) * rate_hz


def comes_to_rest(body: Body, descent: Descent, pelvis: Array, hinge: Hinge, rise_m: float, noise: float) -> Moment:
    """The mean of the instants at which the pelvis is slower than each of several speeds about the landmark's.

    Where a small bounce makes the difference between two instants, a breath then does not; how far they lie apart is
    what it is uncertain by. The farther the rest that holds the speed, and the noisier the sensor, the further apart
    are the speeds that are tried. A descent that seems lower than the rise was cut short by a drift.

    Parameters
    ----------
    body
        Motion of the sensor.
    descent
        Where to look.
    pelvis
        (n,) its vertical speed, m/s.
    hinge
        Where the sensor is on the trunk.
    rise_m
        How high the same person rose.
    noise
        Standard deviation of a sample of the vertical acceleration, m/s².
    """
    slows = _slows(pelvis[descent.fastest :] - _calm(body, pelvis, descent.end), body.rate_hz, _SPREAD_M_S)
    impact = _impact(pelvis[descent.fastest :], float(slows.min()), body.rate_hz)
    felt = float(np.interp(impact, _FELT_M_S, (0.0, 1.0)))
    last = min(len(pelvis), max(descent.end, descent.fastest + int(slows.mean())) + round(_LONGEST_S * body.rate_hz))
    speeds = _directions(body, pelvis, hinge, slice(descent.fastest, last))
    held, rest = speeds, slice(0, 0)
    for _ in range(_ROUNDS):
        rest = _rest(slows, descent.end - descent.fastest, felt, body.rate_hz, last - descent.fastest)
        held = _held(speeds, rest, body.rate_hz)
        slows = _slows(lengths(held), body.rate_hz, _SPREAD_M_S)
    landed = float(slows.mean())
    touched = _touches(held[0], rest, body.rate_hz)
    wait_s = max((rest.start - landed) / body.rate_hz, 0.0)
    shaken = _SURE * noise * float(np.sqrt((wait_s + _REST_SPAN_S) / body.rate_hz))
    tried = _slows(lengths(held), body.rate_hz, float(np.linalg.norm((_SPREAD_M_S, _DRIFT_M_S2 * wait_s, shaken))))
    apart = float(np.hypot(_SHARE, shaken / _SPREAD_M_S) * tried.std()) / body.rate_hz
    unlike = max(0.0, 1 - descent.height_m / rise_m)
    parts = (_TIMING_U_S, apart, _UNLIKE_PART * unlike**2 * descent.lasts_s)
    return Moment(body.at(descent.fastest + max(landed, touched)), float(np.linalg.norm(parts)))


def _calm(body: Body, pelvis: Array, end: int) -> float:
    """What the vertical speed is off by in the first calm stretch after the descent."""
    calm = stretches(body.still[end:], round(REST_S * body.rate_hz))
    return float(pelvis[end:][slice(*calm[0])].mean()) if len(calm) else 0.0


def _impact(speed: Array, at: float, rate_hz: float) -> float:
    """How much speed, m/s, a landing about a sample takes off at once."""
    stop, settled = round(_IMPACT_S * rate_hz), int(np.ceil(at))
    landing = speed[max(0, settled - 4 * stop) : settled + stop + 1]
    return float((landing[stop:] - landing[:-stop]).max(initial=0.0)) if len(landing) > stop else 0.0


def _directions(body: Body, pelvis: Array, hinge: Hinge, at: slice) -> Array:
    """(3, n) speed of the pelvis upward and in two level directions that stay as the trunk turns, m/s; each drifts."""
    ways = _level(body, hinge, at)
    sensed = (np.cumsum(np.einsum("ij,ij->i", body.acc[at], way)) / body.rate_hz for way in ways)
    level = (speed - hinge.swing(way, body.rate_hz) for speed, way in zip(sensed, ways, strict=True))
    return np.stack([pelvis[at], *level])


def _level(body: Body, hinge: Hinge, at: slice) -> tuple[Array, Array]:
    """Two level directions of the world, (n, 3) each in the sensor's frame."""
    up, forward = body.up[at], hinge.axes[:, 1]
    ahead = forward - (up @ forward)[:, None] * up
    ahead /= np.maximum(lengths(ahead.T), 1e-9)[:, None]
    aside = np.cross(up, ahead)
    turned = np.cumsum(body.yaw[at]) / body.rate_hz
    cosine, sine = np.cos(turned)[:, None], np.sin(turned)[:, None]
    return cosine * ahead - sine * aside, sine * ahead + cosine * aside


def _rest(slows: Array, end: int, felt: float, rate_hz: float, length: int) -> slice:
    """Where the seat holds the pelvis: right after a landing that is felt.

    Else after the last of the speeds that are tried, or half way to the end of the descent.
    """
    landed, after, span = float(slows.mean()), _AFTER_S * rate_hz, _REST_SPAN_S * rate_hz
    later = max((end - landed) / 2, min(float(slows.max()) - landed, span) + after)
    first = max(0, min(round(landed + felt * after + (1 - felt) * later), length - _SHORTEST))
    return slice(first, min(first + max(_SHORTEST, round(span)), length))


def _held(speeds: Array, rest: slice, rate_hz: float) -> Array:
    """(3, n) speeds without the lines through their rest, as steep as gravity's share may make them."""
    t_s = np.arange(speeds.shape[1]) / rate_hz
    t_s -= t_s[rest].mean()
    off = speeds - speeds[:, rest].mean(axis=1, keepdims=True)
    steep = off[:, rest] @ t_s[rest] / (t_s[rest] @ t_s[rest] + _SPEED_NOISE_M2_S * rate_hz / _TILT_M_S2**2)
    return np.asarray(off - steep[:, None] * t_s.clip(-_STEADY_S, _STEADY_S), dtype=np.float64)


def _touches(speed: Array, rest: slice, rate_hz: float) -> float:
    """Fractional sample from which the pelvis is as low as on the seat."""
    height = np.cumsum(speed) / rate_hz
    height -= height[rest].mean()
    low = first_index(height < _CONTACT_M)
    return 0.0 if low is None else crossed(height, low, _CONTACT_M)


def _slows(speed: Array, rate_hz: float, spread: float) -> Array:
    """(k,) fractional samples from which a speed stays lower than each of several about the landmark's."""
    held, size = round(_HELD_S * rate_hz), np.abs(speed)
    if len(size) < held:
        return np.full(len(_TRIED), float(len(size)))
    fastest = maximum_filter1d(size, held, origin=-(held // 2))[: len(size) - held + 1]  # in the time from each on
    settled = ((first_index(fastest < level), level) for level in (_LEVEL_M_S + spread * _TRIED).tolist())
    return np.array([len(size) if i is None else crossed(size, i, level) for i, level in settled], dtype=np.float64)
