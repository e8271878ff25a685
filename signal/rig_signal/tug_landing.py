"""When the pelvis has come to rest on the seat, from a sensor on the trunk (docs/landmarks.md, seated).

An accelerometer tells how a speed changes, not what it is. Right after the landing it is known: the seat holds the
pelvis while the trunk leans back about the hips. So the pelvis' speed, level directions too, is what is left of the
sensor's when the swing of the trunk and a straight line through that rest are taken out. Level speed counts as much as
the vertical one: who sits down slowly still glides backward when the seat is touched.

A landing that is felt tells where its rest begins. Who sinks slowly and softly is slower than the landmark's speed long
before the seat is met, and lands with little: there a jolt of what follows tells, the first that surely stands out from
the way down, else the sharpest, by as much as it stands out; and the height that is left then tells when the seat is
met. One that is not felt at all has its rest looked for later, since a drift of the vertical speed lets it seem earlier
than it is.
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from rig_signal.definite import solve
from rig_signal.motion import REST_S, slope, smooth, stretches
from rig_signal.order import median
from rig_signal.timebase import lengths
from rig_signal.tug_body import Body, crossed, first_index
from rig_signal.types import Array, Moment

SWING_HZ = 25.0  # up to here a jolt turns the trunk about the hips, and is no speed of the pelvis

_LEVEL_M_S, _SPREAD_M_S = 0.05, 0.03  # docs/landmarks.md, seated; what it may be taken for
_TRIED, _SHARE = np.linspace(-1, 1, 7), 0.36
_HELD_S = 0.1
_CONTACT_M = 0.005  # docs/landmarks.md, seat contact
_SPREAD_M, _SINKS_M_S = 0.003, 0.01  # what a height may be off by, and by how much more with the time to its rest
_LOWEST_M = 0.0005
_UNFELT_PART = 0.04  # of a descent's duration, where nothing tells that it ended in a landing
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
_JOLT_HZ = (3.0, 12.0)  # of a landing, between the movement and what shakes the sensor alone
_STANDS_OUT = (3.0, 6.0)  # times what jolts the rest of the way down: a landing that is not, and is surely, one
_LATER_S = 0.1  # by which a jolt comes after the speed seemed gone, and surely tells more
_LEANS_BACK_S = 1.3  # after a landing: in that time the swing of the trunk is all that moves the sensor
_LEVER_SPREAD_M = 0.15  # of what a rise tells of the lever
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


@dataclass(frozen=True, slots=True)
class _Jolt:
    """What may be a landing: its sample, and how surely it stands out from the rest of the way down."""

    at: float
    sure: float

    def surely_after(self, landed: float, rate_hz: float) -> float:
        """How surely it tells of a landing later than the speed does."""
        return self.sure * float(np.clip((self.at - landed) / (_LATER_S * rate_hz), 0.0, 1.0))

    def delays(self, slows: Array, sure: float) -> Array:
        """(k,) samples, as much later as it is surely a landing after them."""
        return np.asarray(slows + sure * np.maximum(self.at - slows, 0.0), dtype=np.float64)


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
    slows = _seems_slow(body, pelvis, descent)
    last = min(len(pelvis), max(descent.end, descent.fastest + int(slows.mean())) + round(_LONGEST_S * body.rate_hz))
    ends, length = descent.end - descent.fastest, last - descent.fastest
    jolt = _first_jolt(body.vertical[descent.fastest : last], body.rate_hz)
    rest = _rest(jolt.delays(slows, jolt.sure), ends, jolt.sure, body.rate_hz, length)
    off = _off(body, pelvis, hinge, descent.fastest + rest.start)
    pelvis, hinge = pelvis - off.swing(body.up, body.rate_hz), Hinge(hinge.axes, hinge.lever_m + off.lever_m)
    slows = _seems_slow(body, pelvis, descent)
    felt = _felt(pelvis[descent.fastest :], float(slows.min()), body.rate_hz)
    later = (1 - felt) * jolt.surely_after(float(slows.mean()), body.rate_hz)
    held = speeds = _directions(body, pelvis, hinge, slice(descent.fastest, last))
    for _ in range(_ROUNDS):
        rest = _rest(jolt.delays(slows, later), ends, felt + later, body.rate_hz, length)
        held = _held(speeds, rest, body.rate_hz)
        slows = _slows(lengths(held), body.rate_hz, _SPREAD_M_S)
    height = np.cumsum(held[0]) / body.rate_hz
    height -= height[rest].mean()
    landed = max(float(slows.mean()), _touches(height, _CONTACT_M))
    apart_s = _apart_s(lengths(held), height, max(rest.start - landed, 0.0) / body.rate_hz, noise, body.rate_hz)
    unlike = max(0.0, 1 - descent.height_m / rise_m)
    unsure_s = descent.lasts_s * np.array([_UNFELT_PART * (1 - felt) * (1 - jolt.sure), _UNLIKE_PART * unlike**2])
    return Moment(body.at(descent.fastest + landed), float(np.linalg.norm((_TIMING_U_S, apart_s, *unsure_s))))


def _seems_slow(body: Body, pelvis: Array, descent: Descent) -> Array:
    """(k,) fractional samples from which a vertical speed stays lower than several, by what rests after the descent."""
    return _slows(pelvis[descent.fastest :] - _calm(body, pelvis, descent.end), body.rate_hz, _SPREAD_M_S)


def _calm(body: Body, pelvis: Array, end: int) -> float:
    """What the vertical speed is off by in the first calm stretch after the descent."""
    calm = stretches(body.still[end:], round(REST_S * body.rate_hz))
    return float(pelvis[end:][slice(*calm[0])].mean()) if len(calm) else 0.0


def _felt(speed: Array, at: float, rate_hz: float) -> float:
    """How surely a landing about a sample is felt, by the speed that it takes off at once."""
    stop, settled = round(_IMPACT_S * rate_hz), int(np.ceil(at))
    landing = speed[max(0, settled - 4 * stop) : settled + stop + 1]
    impact = float((landing[stop:] - landing[:-stop]).max(initial=0.0)) if len(landing) > stop else 0.0
    return float(np.interp(impact, _FELT_M_S, (0.0, 1.0)))


def _first_jolt(vertical: Array, rate_hz: float) -> _Jolt:
    """The first jolt that surely stands out, else the sharpest: a back that knocks at a backrest comes later."""
    slow, quick = (smooth(vertical, rate_hz, cutoff_hz) for cutoff_hz in _JOLT_HZ)
    jolts = (quick - slow) / max(1.4826 * median(np.abs(quick - slow)), 1e-9)
    first = int(np.argmax(jolts >= min(_STANDS_OUT[1], float(jolts.max()))))
    at = first + int(jolts[first : first + 1 + round(_IMPACT_S * rate_hz)].argmax())
    return _Jolt(at, float(np.interp(jolts[at], _STANDS_OUT, (0.0, 1.0))))


def _off(body: Body, pelvis: Array, hinge: Hinge, rest: int) -> Hinge:
    """By what the lever is off: what of the speed goes with the trunk's swing when the seat holds the pelvis."""
    after = slice(rest, rest + round(_LEANS_BACK_S * body.rate_hz))
    swing, speed = swings(body.up, hinge.axes, body.rate_hz)[after], pelvis[after]
    drift = np.arange(len(speed)) / body.rate_hz
    known = np.column_stack([swing, drift])
    known, speed = known - known.mean(axis=0), speed - speed.mean()
    trust = 1 / (body.rate_hz * _SPEED_NOISE_M2_S)
    spread = np.array([_LEVER_SPREAD_M, _LEVER_SPREAD_M, _TILT_M_S2])
    return Hinge(hinge.axes, solve(trust * known.T @ known + np.diag(spread**-2), trust * known.T @ speed)[:2])


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


def _touches(height: Array, level_m: float) -> float:
    """Fractional sample from which the pelvis is as low as a level above its rest."""
    low = first_index(height < level_m)
    return 0.0 if low is None else crossed(height, low, level_m)


def _apart_s(speed: Array, height: Array, wait_s: float, noise: float, rate_hz: float) -> float:
    """How far apart the speeds and heights lie that the landmark's may be mistaken for, by how long the rest waits."""
    shaken = _SURE * noise * float(np.sqrt((wait_s + _REST_SPAN_S) / rate_hz))
    spread = float(np.linalg.norm((_SPREAD_M_S, _DRIFT_M_S2 * wait_s, shaken)))
    spread_m = float(np.hypot(_SPREAD_M, _SINKS_M_S * wait_s))
    low = [_touches(height, max(_CONTACT_M + part * spread_m, _LOWEST_M)) for part in _TRIED.tolist()]
    tried = np.maximum(_slows(speed, rate_hz, spread), low)
    return float(np.hypot(_SHARE, shaken / _SPREAD_M_S) * tried.std()) / rate_hz


def _slows(speed: Array, rate_hz: float, spread: float) -> Array:
    """(k,) fractional samples from which a speed stays lower than each of several about the landmark's."""
    held, size = round(_HELD_S * rate_hz), np.abs(speed)
    if len(size) < held:
        return np.full(len(_TRIED), float(len(size)))
    fastest = maximum_filter1d(size, held, origin=-(held // 2))[: len(size) - held + 1]  # in the time from each on
    settled = ((first_index(fastest < level), level) for level in (_LEVEL_M_S + spread * _TRIED).tolist())
    return np.array([len(size) if i is None else crossed(size, i, level) for i, level in settled], dtype=np.float64)
