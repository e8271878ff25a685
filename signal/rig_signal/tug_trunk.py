"""The ends of a Timed Up and Go from the trunk: the body's height changes twice, before and after the turns.

Neither posture shows on the trunk itself, but its vertical speed does: it has a hump up the height of the seat in
rising and one down in sitting; steps are a tenth of that.

Source of the landmarks: docs/landmarks.md. The trunk swings about the hips while the pelvis stays on the seat: what
the lever between hip and sensor adds to the vertical speed is taken out.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import numpy as np

from rig_signal.motion import (
    AT_REST_RAD_S,
    FIRST_SHARE,
    deepest,
    first_movement,
    highest_until_deepest,
    smooth,
    stretches,
    white_noise,
)
from rig_signal.timebase import Mask
from rig_signal.tug_body import Body, Ends, Pair, crossed, first_index, last_index
from rig_signal.tug_landing import Descent, Hinge, comes_to_rest, swings
from rig_signal.types import Array, Moment
from rig_signal.vertical import vertical_speed

_SEAT_M = 0.08  # no seat lets a grown person's trunk rise by less
_REAL_PART = 0.3  # of the greatest speed
_SURE = 2.5  # times what the noise lets a height drift by: more is a change of height
_SAME_POSTURE_RAD = np.radians(10.0)
_MOVES_PART = 0.3  # of the rise's speed; below, integrated speed drifts
_SEAT_OFF_PART, _FULL_PART = 0.03, 0.95
_FOOT_PART = 0.15  # of a hump's speed
_SAT_PART = 0.6  # of the rise: who sank by so much in between sat down
_SAT_SPEED_PART = 0.5  # of the descent's: what sinks more slowly is a drift
_ALIKE = 2.5  # rise and descent of one person on one chair, with all error of integration
_STAND_RAD = np.radians(15.0)  # docs/landmarks.md, standing
_LEAVES_PART = 0.05  # docs/landmarks.md, phases of the Timed Up and Go
_STOOD = 1.2, 0.5  # before half of a descent's speed, times as long as from there to all of it

_LEVER_SPREAD_M = 0.08
_SEATED_NOISE_M2_S = 0.03**2 * 0.2  # spectral: 3 cm/s that last a fifth of a second


@dataclass(frozen=True, slots=True)
class Site:
    """Where on the trunk a sensor is worn.

    Attributes
    ----------
    lever_m
        From the hip to the sensor: up the trunk, ahead.
    first_u_s
        By how much the sensor's segment may start to turn before or after the trunk as a whole, s.
    """

    lever_m: tuple[float, float]
    first_u_s: float


LOWER_BACK = Site((0.10, -0.10), 0.035)
CHEST = Site((0.38, 0.10), 0.018)


@dataclass(frozen=True, slots=True)
class _Level:
    """A level whose passing is a landmark, the levels that it may be mistaken for, and by what share of them."""

    low: float
    level: float
    high: float
    share: float

    def moment(self, body: Body, index_at: Callable[[float], float], least_u_s: float) -> Moment:
        """The landmark; half the time between the mistaken levels, by their share, is what it is uncertain by."""
        low, index, high = (index_at(level) for level in (self.low, self.level, self.high))
        return Moment(body.at(index), float(np.hypot(least_u_s, self.share * (high - low) / 2 / body.rate_hz)))


_STARTS_SHARE = _Level(0.5 * FIRST_SHARE, FIRST_SHARE, 1.5 * FIRST_SHARE, 0.4)
_STANDS_PART, _HEIGHT_SPREAD, _HEIGHT_SHARE = 0.95, 0.02, 0.5
_DRIFTS_S = 1.0  # until a rest holds an integrated speed
_TIMING_U_S = 0.006
_SLOW_RISE_S = 0.0012  # per s³: the slower a rise, the less of it an accelerometer feels
_UNLIKE_PART = 0.3  # of a rise's duration that a stand may be off, by what rise and descent differ in height


@dataclass(frozen=True, slots=True, eq=False)
class _Hump:
    """A change of height: half-open samples, signed height in m, greatest speed, height so far at each of them.

    `sure_m` is what is left of its size beyond what the sensor's noise may be of it.
    """

    start: int
    end: int
    height_m: float
    speed: float
    so_far: Array
    sure_m: float

    def passes(self, part: float) -> int:
        """First sample at which this part of the height is behind."""
        return self.start + int(np.argmax(self.so_far >= part * self.so_far[-1]))


def trunk_ends(body: Body, pair: Pair, site: Site) -> Ends | None:
    """Find rise and sitting down around a pair of turns; None where the trunk does not rise before and rest after."""
    middle = body.index((pair.far.start_s + pair.far.end_s) / 2)
    turning = body.index(pair.last.start_s)
    walk = range(middle, turning)
    noise = white_noise(body.vertical)
    found = _transfers(body, pair, walk, noise)
    if found is None:
        return None
    velocity, rise, sit = found
    highest = _highest(body, rise, walk)
    start = int(np.ceil(_start(body, rise, highest, FIRST_SHARE)))
    hinge = _hinge(body, velocity, range(start, rise.end), walk, site.lever_m)
    pelvis = velocity - hinge.swing(body.up, body.rate_hz)
    seated = comes_to_rest(body, _descent(body, sit, pelvis), pelvis, hinge, rise.height_m, noise)
    if seated.t_s >= body.at(len(pelvis) - 1):
        return None
    way_out = range(min(rise.end, middle - 1), middle)
    risen = np.cumsum(pelvis[start : min(middle, rise.end)]) / body.rate_hz
    first = _STARTS_SHARE.moment(body, lambda share: _start(body, rise, highest, share, pelvis), site.first_u_s)
    lasts_s, short = body.at(rise.end) - first.t_s, 1 - float(risen.max()) / -sit.height_m
    stands_u_s = float(np.linalg.norm((_TIMING_U_S, _SLOW_RISE_S * lasts_s**3, _UNLIKE_PART * short**2 * lasts_s)))
    return Ends(
        first_movement=first,
        standing=_stands(body, risen, noise).moment(
            body, lambda part: _standing(body, risen, start, way_out, part), stands_u_s
        ),
        leaves_stand=_leaves(body, pair, sit, pelvis, noise),
        seated=seated,
    )


def _transfers(body: Body, pair: Pair, walk: range, noise: float) -> tuple[Array, _Hump, _Hump] | None:
    """Vertical speed of the trunk, rise and descent that belong together.

    A rise no faster than a walk sways passes for a drift as well: where it seems too low for the descent, nothing is
    taken for known of its speed either.
    """
    for rests in _rests(body, walk):
        unknown = _sinks(rests, body.index(pair.last.end_s))
        for _ in range(2):
            velocity = vertical_speed(body.vertical, body.up, rests, body.rate_hz, unknown)
            found = _rise_and_sit(_humps(_slow(velocity, body.rate_hz, pair), body.rate_hz, noise), walk)
            if found is None:
                break
            rise, sit, together = found
            if together:
                return velocity, rise, sit
            unknown[rise.start : rise.end] = True
    return None


def _rise_and_sit(humps: list[_Hump], walk: range) -> tuple[_Hump, _Hump, bool] | None:
    """The last rise before a walk and the first descent after it, and whether they belong together.

    What noise lets a walk drift up by may be as high as a slow rise: what is surely as high goes before.
    """
    sit = _first_real([hump for hump in humps if hump.height_m < -_SEAT_M and hump.end > walk.stop])
    ups = [hump for hump in reversed(humps) if hump.height_m > _SEAT_M and hump.start < walk.start]
    if sit is None or not ups:
        return None
    rise = _first_real([hump for hump in ups if hump.sure_m > -sit.height_m / _ALIKE]) or ups[0]
    return rise, sit, _belong_together(rise, sit, humps)


def _descent(body: Body, sit: _Hump, pelvis: Array) -> Descent:
    half = sit.passes(0.5)
    fastest = half + int(np.argmin(pelvis[half : sit.end])) if sit.end > half else half
    return Descent(fastest, sit.end, (sit.end - sit.start) / body.rate_hz, -sit.height_m)


def _stands(body: Body, risen: Array, noise: float) -> _Level:
    """The height of the stand, as unsure as the sensor's noise leaves it in the time of the rise."""
    drift_m = _drift_m(len(risen), noise, body.rate_hz)
    spread = min(float(np.hypot(_HEIGHT_SPREAD, drift_m / risen.max())), 1 - _STANDS_PART)
    return _Level(_STANDS_PART - spread, _STANDS_PART, _STANDS_PART + spread, _HEIGHT_SHARE)


def _leaves(body: Body, pair: Pair, sit: _Hump, pelvis: Array, noise: float) -> Moment:
    """Where the pelvis is lower than it stood just before, as unsure as the noise leaves that in the time since.

    Its mean speed in that stand is drift.
    """
    turning = min(body.index(pair.last.start_s), sit.start)
    slow = _slow(pelvis[turning : 2 * sit.end - turning], body.rate_hz, pair)
    stands, fastest = _stands_before(slow[: sit.end - turning], sit.start - turning)
    origin = turning + stands.start
    sinks, stood = pelvis[origin : sit.end], slice(len(stands))
    sunk = np.cumsum(sinks[stood].mean() - sinks) / body.rate_hz
    sunk -= sunk[stood].mean()
    way, height_m = sunk[: fastest - stands.start + 1], max(float(sunk[-1]), _SEAT_M)
    drift_m = _drift_m(ceil(_sinks_below(way, _LEAVES_PART * height_m)), noise, body.rate_hz)
    spread = float(np.hypot(_HEIGHT_SPREAD, drift_m / height_m))
    level = _Level(_LEAVES_PART - spread, _LEAVES_PART, _LEAVES_PART + spread, _HEIGHT_SHARE)
    return level.moment(body, lambda part: origin + _sinks_below(way, part * height_m), _TIMING_U_S)


def _stands_before(sinks: Array, since: int) -> tuple[range, int]:
    """The last of the stand before a descent, by how long this takes from half of its speed to all; its fastest sample.

    What the speed drifts by while its owner stands may be much of a slow descent's: its beginning does not tell.
    """
    fastest = since + int(sinks[since:].argmin())
    half = (last_index(sinks[:fastest] > sinks[fastest] / 2) or 0) + 1
    first, last = (max(half - round(part * (fastest - half)), 0) for part in _STOOD)
    return range(first, max(last, first + 1)), fastest


def _sinks_below(sunk: Array, level: float) -> float:
    """Fractional sample from which the pelvis stays lower than by a level."""
    above = last_index(sunk < level)
    return 0.0 if above is None else crossed(sunk, min(above + 1, len(sunk) - 1), level)


def _drift_m(samples: int, noise: float, rate_hz: float) -> float:
    """What a sensor's noise lets a height be off by that is integrated over so many samples."""
    lasts_s = samples / rate_hz
    bends = lasts_s**1.5 / np.sqrt(12)  # of an integral whose ends are known
    leans = lasts_s * np.sqrt(_DRIFTS_S)  # and whose end is off by what a rest leaves
    return noise * float(np.hypot(bends, leans) / np.sqrt(rate_hz))


def _rests(body: Body, walk: range) -> tuple[Mask, Mask]:
    """Where the trunk is still in a posture in which it rests: as in the walk until it turns to sit, or as on the seat.

    Who sinks slowly and evenly is still as well, and may be no more bent than he walks. On the seat is how the trunk is
    still for longest before the walk, other than it walks; or else, where nothing is found with that, it sits as it
    walks.
    """
    upright = body.still & _alike(body, walk)
    runs = stretches((body.still & ~upright)[: walk.start]).tolist()
    longest = max(runs, key=lambda run: int(run[1] - run[0]), default=(0, 1))
    standing = upright & (np.arange(len(upright)) < walk.stop)
    return np.asarray(standing | (body.still & _alike(body, range(*longest))), dtype=np.bool_), upright


def _sinks(rests: Mask, turned: int) -> Mask:
    """From when the trunk has turned to sit until it rests on the seat: of its speed nothing is known."""
    sinks = np.zeros(len(rests), dtype=np.bool_)
    sinks[turned : turned + (first_index(rests[turned:]) or 0)] = True
    return sinks


def _alike(body: Body, where: range) -> Mask:
    """(n,) True where the trunk is held as it is on average in a stretch of samples."""
    mean = body.up[where.start : where.stop].mean(axis=0)
    return np.asarray(body.up @ mean > np.cos(_SAME_POSTURE_RAD) * np.linalg.norm(mean), dtype=np.bool_)


def _first_real(humps: list[_Hump]) -> _Hump | None:
    """The first one that is not, by its speed against the others', the drift of a long walk."""
    fastest = max((hump.speed for hump in humps), default=0.0)
    return next((hump for hump in humps if hump.speed >= _REAL_PART * fastest), None)


def _belong_together(rise: _Hump, sit: _Hump, humps: list[_Hump]) -> bool:
    """Whether they are about as high, and the body did not sit down and rise again between them.

    In a long slow walk the drift of an integrated speed sinks as far as a chair, but does not come back as fast.
    """
    least = _SAT_PART * rise.height_m
    between = [hump for hump in humps if rise.end <= hump.start and hump.end <= sit.start]
    sat = [x.end for x in between if x.height_m < -least and x.speed > _SAT_SPEED_PART * sit.speed]
    rose = [x.start for x in between if x.height_m > least and x.speed > _SAT_SPEED_PART * rise.speed]
    again = bool(sat and rose) and min(sat) <= max(rose)
    return not again and 1 / _ALIKE < rise.height_m / -sit.height_m < _ALIKE


def _slow(velocity: Array, rate_hz: float, pair: Pair) -> Array:
    return smooth(velocity, rate_hz, min(2.0, 5.0 / (pair.last.end_s - pair.far.start_s)))


def _humps(slow: Array, rate_hz: float, noise: float) -> list[_Hump]:
    """The changes of height, except those that the sensor's noise may be all of."""
    edges = np.flatnonzero(np.diff(np.sign(slow))) + 1
    starts, ends = [0, *edges], [*edges, len(slow)]
    humps = [_hump(slow, int(a), int(b), rate_hz, noise) for a, b in zip(starts, ends, strict=True)]
    return [x for x in humps if x.sure_m > 0]


def _hump(velocity: Array, start: int, end: int, rate_hz: float, noise: float) -> _Hump:
    """The hump between two zero crossings, without the drift at its feet."""
    size = np.abs(velocity[start:end])
    feet = size < _FOOT_PART * size.max(initial=0)
    peak = int(np.argmax(size))
    first = np.flatnonzero(feet[:peak])
    last = np.flatnonzero(feet[peak:])
    a, b = (int(first[-1]) + 1 if len(first) else 0), (peak + int(last[0]) if len(last) else len(size))
    so_far = np.cumsum(size[a:b]) / rate_hz
    height_m = float(so_far[-1])
    sure_m = height_m - _SURE * _drift_m(b - a, noise, rate_hz)
    signed_m = float(np.sign(velocity[start + peak])) * height_m
    return _Hump(start + a, start + b, signed_m, float(size[peak]), so_far, sure_m)


def _highest(body: Body, rise: _Hump, walk: range) -> Array:
    """Highest angular speed that the trunk still reaches in its lean, rad/s, by sample until it turns fastest.

    That is about when the seat is left. A sensor that the lean itself lifts rises before that.
    """
    off = rise.passes(_SEAT_OFF_PART)
    lean = _lean(body.up[off : rise.end], rise.passes(0.5) - off, body.up[walk.start : walk.stop].mean(axis=0))
    fastest = int(body.speed[off : off + 1 + deepest(lean)].argmax())
    return highest_until_deepest(body.speed, off + fastest, lean[fastest:])


def _lean(up: Array, half: int, upright: Array) -> Array:
    """(n,) lean from upright, rad; forward is where the trunk is bent when half of the height is behind."""
    along = up @ upright / np.linalg.norm(upright)
    bent = half + int(np.argmin(along[half:]))
    forward = up[bent] - along[bent] * upright / np.linalg.norm(upright)
    return np.asarray(np.arctan2(up @ forward, along * np.linalg.norm(forward)), dtype=np.float64)


def _start(body: Body, rise: _Hump, highest: Array, share: float, pelvis: Array | None = None) -> float:
    """Where the trunk, last at rest on the seat, begins to turn at a share of the highest speed.

    What counts as movement is not looked for in what a gyroscope reads at rest; less does, and tells how unsure it is.
    """
    least = AT_REST_RAD_S / FIRST_SHARE if share >= FIRST_SHARE else 1e-9
    moving = body.speed[: len(highest)] / np.maximum(highest, least)
    if pelvis is not None:
        np.maximum(moving, pelvis[: len(moving)] * (share / (_MOVES_PART * rise.speed)), out=moving)
    begun = first_movement(moving, share, rise.passes(_FULL_PART))
    return 0.0 if begun is None else begun


def _hinge(body: Body, velocity: Array, rise: range, walk: range, lever_m: tuple[float, float]) -> Hinge:
    """Where on the trunk the sensor is, by the vertical speed that the trunk's swing about the hips gives it.

    Forward is where the trunk leans from the seat: in the sensor's frame up then turns backward. The lever is
    fitted to the lean before the seat is left, when all speed is swing, and drawn towards the usual one.
    """
    upright = body.up[walk.start : walk.stop].mean(axis=0)
    upright /= np.linalg.norm(upright)
    leaning = body.up[rise.start : rise.stop]
    back = leaning[int(np.argmin(leaning @ leaning[0]))] - leaning[0]
    back = back - (back @ upright) * upright
    axes = np.column_stack([upright, -back / max(float(np.linalg.norm(back)), 1e-9)])
    seated = slice(rise.start, rise.start + int(body.tilting(slice(rise.start, rise.stop)).argmax()) + 1)
    swing = swings(body.up[: rise.stop], axes, body.rate_hz)[seated]
    trust = 1 / body.rate_hz / _SEATED_NOISE_M2_S
    normal = np.eye(2) / _LEVER_SPREAD_M**2 + trust * swing.T @ swing
    right = np.array(lever_m) / _LEVER_SPREAD_M**2 + trust * swing.T @ velocity[seated]
    return Hinge(axes, np.asarray(np.linalg.solve(normal, right), dtype=np.float64))


def _standing(body: Body, risen: Array, start: int, way_out: range, part: float) -> float:
    """Where height and trunk have come up: `risen` is the pelvis' height from sample `start` to the walk."""
    upright = body.up[way_out.start : way_out.stop].mean(axis=0)
    level = part * float(risen.max())
    passed = first_index(risen >= level)
    high = start + 0.5 + (len(risen) - 1.0 if passed is None else crossed(risen, passed, level))
    first = int(np.ceil(high))
    along = body.up[first : way_out.stop] @ upright
    bent = float(np.cos(_STAND_RAD) * np.linalg.norm(upright))
    straight = first_index(along > bent)
    return first + crossed(along, straight, bent) if straight else high
