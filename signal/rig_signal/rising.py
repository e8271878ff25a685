"""When, within the transfers found from the trunk, each landmark was passed.

A sensor at the back or the chest sits on a lever: while the trunk leans it moves, although the pelvis rests on
the seat. The lever is fitted to the seated part of the person's own rises, where the pelvis does not move, and
taken out; what is left is the pelvis' own height, on which docs/landmarks.md defines the events.

Uncertainties follow the errors on scripted bodies of several movement shapes (tests/rig_signal/synth_chair.py):
they grow with the duration of the transfer, since the landmarks are heights and a slow pelvis lingers at them.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rig_signal import motion
from rig_signal.attitude import gyroscope
from rig_signal.definite import solve
from rig_signal.order import quantile
from rig_signal.rises import SEATED_M, landing_height, when_free
from rig_signal.timebase import Uniform, lengths
from rig_signal.transfers import SMALLEST_EXCURSION_M, Transfer, Trunk, change_variance, rest_to_rest, speed_gained
from rig_signal.types import Array, Moment

FULL_SHARE = 0.95
"""Share of the excursion from which on a person stands (docs/landmarks.md, full stand)."""

UPRIGHT_RAD = float(np.radians(15))
"""How far from the person's own upright the trunk may be in a stand (docs/landmarks.md, full stand)."""

_HOLD_S = 0.10
_FIRST_SPEED_SHARE = 0.3
_LEVELS = (0.5, 1.25)
_LEAST_LEVELS = np.array([[1e-9], [motion.AT_REST_RAD_S]])
_SHARE_SPREAD = 0.02
_SHARES = FULL_SHARE + _SHARE_SPREAD * np.array([[-1.0], [0.0], [1.0]])
_STAND_TIMING_U_S, _STAND_WITH_SPINE_U_S = 0.003, 0.015  # a chest is still on its way up when the pelvis is there
_SHARE_U = 0.0045  # of the way up
_THINNED = 0.7  # of the noise, as it changes from sample to sample, is left by the thinning of samples
_SURE = 3.6  # of the noise that is seen, of which thinning has left so much: noise alone stays within it
_REST_FOUND_S = 0.7
_REST_HELD_S = 0.23  # what a speed scatters by beyond a bridge's: two virtual people, 300 draws of noise
_DOUBT = 2.0  # of the acceleration's change from sample to sample, by which it may be off where all were lost
_SPINE_SHARE = 2.0  # how much less sure a chest is of the pelvis' height
_TIMING_U_S = 0.012
_PELVIS_FOR_TRUNK_U_S = 0.035  # a pelvis starts to tilt a little before or after the trunk above it
_LEVER_SPREAD_M, _LEVER_ASIDE_M = 0.06, 0.02
_SEATED_NOISE_M = 0.012
_INDEPENDENT_S = 0.3
_TURNING_HZ = 5.0
_BEND_NEAR_S = 0.45
_BEND_WEIGHT = 0.9
_FASTEST_SQUARES = 3  # the eighth power
_GIVE_S2_M = 0.6
_TURN_NEAR_S = 0.09  # the deviation of the Gaussian that low-passes the nodes' lean at 1.5 Hz
_STILL = 0.1  # of what counts as movement: what is less is as still
_SLUMP_SHARE = 0.35  # of the highest speed: a spine sinks slower


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """What the trunk did, seen from the hip.

    Attributes
    ----------
    trunk
        What the trunk did.
    swing
        (n,) height of the sensor by which the person's lever from hip to sensor differs from the usual one, m.
    lean
        (n,) forward lean, rad, low-passed at 5 Hz.
    bends
        By the first sample of each rise, after how many samples the trunk bends fastest.
    turning
        (n,) angular speed of the trunk, rad/s.
    bends_with_spine
        Whether the spine bends between hip and sensor.
    noise
        Of the accelerometer, m/s² of one axis and sample, as quiet as it gets.
    """

    trunk: Trunk
    swing: Array
    lean: Array
    bends: dict[int, float]
    turning: Array
    bends_with_spine: bool
    noise: float


@dataclass(frozen=True, slots=True, eq=False)
class Pelvis:
    """Height (m, from the first sample) and vertical speed (m/s) of the pelvis between two rests.

    `first` is the sample they begin at, `rate_hz` their rate; `missed` is by how much the integrated speed missed the
    rest at its end, m/s, before that was taken out.
    """

    first: int
    rate_hz: float
    height: Array
    speed: Array
    missed: float = 0.0


def see_body(trunk: Trunk, placement: str) -> Body:
    """Find the lever, the lean and the turning of a trunk with a sensor at `lower_back` or `chest`."""
    axes = _body_axes(trunk)
    lean = np.asarray(np.arctan2(-trunk.soft @ axes[1], trunk.soft @ axes[0]), dtype=np.float64)
    rises = {rise.first: lean[_over(rise)] for rise in trunk.transfers if rise.height_m > 0}
    bends = dict(zip(rises, _fastest_bends(list(rises.values())), strict=True))
    swing = np.asarray(trunk.up @ _fit_lever(trunk, bends, axes), dtype=np.float64)
    return Body(trunk, swing, lean, bends, _turning(trunk), placement == "chest", _noise(trunk.u))


def follow_pelvis(body: Body, transfer: Transfer) -> Pelvis:
    """Height of the pelvis over a transfer, and its speed, low-passed in keeping with the pace.

    The height is not: twice integrated it is smooth, and low-passed it would lie below itself where a rise slows down.
    """
    rate_hz, acc = body.trunk.u.rate_hz, _mended(body.trunk, transfer)
    height = _height(body, transfer, acc)
    cutoff_hz = min(6.0, max(2.0, 8.0 / seconds(body.trunk, transfer)))
    speed = motion.slope(motion.smooth(height, rate_hz, cutoff_hz)) * rate_hz
    return Pelvis(transfer.first, rate_hz, height, speed, abs(speed_gained(acc, rate_hz, transfer.off)))


def height_over(body: Body, transfer: Transfer) -> Array:
    """(n,) height of the pelvis over a transfer, m, from its first sample."""
    return _height(body, transfer, _mended(body.trunk, transfer))


def _height(body: Body, transfer: Transfer, acc: Array) -> Array:
    course = transfer.course if body.trunk.u.lost is None else rest_to_rest(acc, body.trunk.u.rate_hz, transfer.off)
    height = course - body.swing[_over(transfer)]
    height -= height[0]
    return height


def _mended(trunk: Trunk, transfer: Transfer) -> Array:
    """The hip's acceleration over a transfer, with what it lacks to come to rest given to jolts that were lost in part.

    What the integrated speed misses at the rest has two sources: errors that last, and samples that were filled in
    where the acceleration changed fast. These get their part of it, by the variances of both.
    """
    acc = trunk.acc[_over(transfer)]
    if trunk.u.lost is None:
        return acc
    doubt = _DOUBT * trunk.u.lost[_over(transfer)] ** 2 * np.abs(motion.slope(acc))
    jolts = float(doubt.sum()) / trunk.u.rate_hz
    ends = np.searchsorted(trunk.nodes, [transfer.first, transfer.last])
    lasting = float(change_variance(seconds(trunk, transfer), float(np.sum(trunk.jitter[ends] ** 2))))
    part = jolts**2 / (jolts**2 + lasting)
    gained = speed_gained(acc, trunk.u.rate_hz, transfer.off) * trunk.u.rate_hz
    return np.asarray(acc - gained * part * doubt / max(float(doubt.sum()), 1e-12), dtype=np.float64)


def seats_off(body: Body, pelves: Sequence[Pelvis]) -> list[Moment]:
    """When the pelvis left its seat in each of some rises.

    The spine bends between hip and chest: there the pelvis already rises while the chest still dips, and the
    speed shows late. In a rise in one sweep the seat is left about when the trunk bends fastest (bench_5sts:
    0.00 to 0.04 s; 0.2 s later, were its clocks set right), so a mean is taken that leans to it; where the trunk has
    bent long before, it says nothing.
    """
    if not pelves:
        return []
    noise = np.array([_speed_error(body, pelvis) for pelvis in pelves])
    heights, rate_hz = np.full(len(pelves), SEATED_M), pelves[0].rate_hz
    left = motion.leave_rest([pelvis.speed for pelvis in pelves], heights, rate_hz, errors=noise, noises=noise)
    return [_seat_off(body, pelvis, *way) for pelvis, way in zip(pelves, left, strict=True)]


def _seat_off(body: Body, pelvis: Pelvis, off: float, by: float) -> Moment:
    at, u_s = pelvis.first + when_free(off, pelvis.rate_hz), math.hypot(_u_s(pelvis), by / pelvis.rate_hz)
    if body.bends_with_spine:
        bend = body.bends.get(pelvis.first)
        if bend is None:
            (bend,) = _fastest_bends([_lean_over(body, pelvis)])
        gap = at - (pelvis.first + bend)
        weight = _BEND_WEIGHT / (1 + (gap / pelvis.rate_hz / _BEND_NEAR_S) ** 2)
        at -= weight * gap
        u_s = math.hypot(u_s, weight * gap / pelvis.rate_hz)
    return moment(body.trunk, at, u_s)


def _speed_error(body: Body, pelvis: Pelvis) -> float:
    """By how much the sensor's noise lets the speed be off near the ends of a transfer, m/s.

    Integrated between two rests it is a bridge in the speed; a fifth of the way from its ends, sqrt(0.2 * 0.8). The
    rests are found in the same noise: that counts as some time more.
    """
    return _SURE * body.noise * math.sqrt(0.16 * len(pelvis.speed) + _REST_HELD_S * pelvis.rate_hz) / pelvis.rate_hz


def seats_on(body: Body, pelves: Sequence[Pelvis]) -> list[Moment]:
    """When the pelvis met the seat in each of some descents; a chest then still comes down with the spine.

    A landing ends in a jolt. Where samples of it were lost, the speed does not come to rest after it, but creeps there
    until the next rest: what it missed there is by how much it may be off. A chest still sinks with the spine while it
    straightens up on the seat, but slower than it came down: who straightens fastest has landed, and a way followed
    from a third of its highest speed on does not see the slump.
    """
    if not pelves:
        return []
    downs = [-pelvis.speed[::-1] for pelvis in pelves]
    fastest = [float(down.max()) for down in downs]
    heights = [landing_height(speed_m_s, _GIVE_S2_M) for speed_m_s in fastest]
    gives_s = [(height - SEATED_M) / max(speed_m_s, 0.1) for height, speed_m_s in zip(heights, fastest, strict=True)]
    noise = np.array([_speed_error(body, pelvis) for pelvis in pelves])
    errors = np.maximum(noise, [pelvis.missed for pelvis in pelves])
    shares, rate_hz = (_SLUMP_SHARE,) if body.bends_with_spine else (), pelves[0].rate_hz
    ways = motion.leave_rest(downs, np.array(heights), rate_hz, errors=errors, noises=noise, shares=shares)
    straight = _fastest_bends([_lean_over(body, pelvis)[::-1] for pelvis in pelves]) if shares else [0.0] * len(ways)
    return [_seat_on(body, *landing) for landing in zip(pelves, gives_s, straight, ways, strict=True)]


def _seat_on(body: Body, pelvis: Pelvis, give_s: float, straight: float, way: list[float]) -> Moment:
    """`straight` is how many samples before the rest at its end the trunk straightens fastest in a descent."""
    at, by, *slumps = way
    landed = max(straight, *slumps) if slumps else 0.0
    slumped_s = max(0.0, landed - at) / pelvis.rate_hz
    u_s = math.hypot(_u_s(pelvis), give_s, by / pelvis.rate_hz, slumped_s)
    return moment(body.trunk, pelvis.first + len(pelvis.speed) - 1 - max(at, landed), u_s)


def drift_m(body: Body, pelvis: Pelvis) -> float:
    """By how much the sensor's noise lets the height of a transfer be off, m: of a bridge in its speed."""
    return body.noise / _THINNED * math.sqrt(len(pelvis.height) ** 3 / 12) / pelvis.rate_hz**2


def full_stand(body: Body, pelvis: Pelvis, until: int, upright: float) -> Moment:
    """When the rise's full stand was reached and held.

    Parameters
    ----------
    body, pelvis
        The person, and the rise in question.
    until
        Sample at which the stand ends; who is up may still straighten.
    upright
        The person's own upright lean, rad.

    Notes
    -----
    The last centimetres of a slow rise take long: `u_s` is the share of the way up by which the height may be wrong
    (more, the longer before its rest, and more at a chest, which the spine carries) at the pace from 93 to 97 %.
    """
    straight = UPRIGHT_RAD - (body.lean[pelvis.first : max(until, pelvis.first + len(pelvis.height))] - upright)
    height = np.ones(len(straight))
    np.divide(pelvis.height, pelvis.height[-1], out=height[: len(pelvis.height)])
    held = motion.held_from_each(np.minimum(height - _SHARES, straight), max(1, round(_HOLD_S * pelvis.rate_hz)))
    found = [len(pelvis.height) - 1 if at is None else at for at in held]
    taken_s = (found[2] - found[0]) / pelvis.rate_hz / (2 * _SHARE_SPREAD)
    timing_s = _STAND_WITH_SPINE_U_S if body.bends_with_spine else _STAND_TIMING_U_S
    left_s = max(0.0, len(pelvis.height) - 1 - found[1]) / pelvis.rate_hz
    u_s = math.hypot(timing_s, _share_u(body, pelvis, left_s) * taken_s)
    return moment(body.trunk, pelvis.first + found[1], u_s)


def _share_u(body: Body, pelvis: Pelvis, left_s: float) -> float:
    """Standard uncertainty of the share of the way up that is behind, `left_s` before the rest at its end.

    Where the integrated speed misses that rest, that was taken out as an error that lasts. As far as it was a body
    still on its way, the height left is off, by up to the integral of a speed that grows evenly to what was missed: a
    rectangular distribution. What noise alone stays within is the least that is said.
    """
    duration_s = len(pelvis.height) / pelvis.rate_hz
    missed_m = pelvis.missed * left_s * (1 - left_s / (2 * duration_s)) / math.sqrt(12)
    noise_m = _SURE * body.noise / math.sqrt(pelvis.rate_hz) * _bridged(duration_s, left_s)
    own = _SHARE_U * (_SPINE_SHARE if body.bends_with_spine else 1.0)
    way_m = max(abs(float(pelvis.height[-1])), SMALLEST_EXCURSION_M)
    return max(math.hypot(own, missed_m / way_m), noise_m / way_m)


def _bridged(duration_s: float, left_s: float) -> float:
    """What white noise of unit density, twice integrated from rest to rest, adds to the height left: its deviation.

    The integral of a bridge over the time left less, as the share of the whole is asked for, 0.05 of that over all of
    it. The rest is found in the same noise: some 0.7 s count as well.
    """
    left, rest = min(math.hypot(left_s, _REST_FOUND_S), duration_s), 1 - FULL_SHARE
    alone, whole = left**3 / 3 - left**4 / (4 * duration_s), duration_s**3 / 12
    both = left**2 * duration_s / 4 - left**3 / 6
    return math.sqrt(alone - 2 * rest * both + rest**2 * whole)


def first_movement(body: Body, pelvis: Pelvis, off_s: float, top_s: float, after: int) -> Moment | None:
    """First movement that leads to a seat-off, after the last sitting down.

    Parameters
    ----------
    body, pelvis
        The person, and the rise in question.
    off_s, top_s
        When the seat was left, and when the way up ended: at the full stand, or where a failed attempt was highest.
    after
        The node at which the last sitting down ended; 0 if there was none.

    Returns
    -------
    moment
        None if the recording begins in the movement.

    Notes
    -----
    The pelvis' speed counts beside the trunk's turning, but from 30 % of its highest on: below, integrated speed
    drifts. Who starts slowly passes the levels slowly, or comes to rest between: `u_s` is the spread over levels half
    as high and a quarter higher, as a rectangular distribution. A level that lies in what a gyroscope reads at rest is
    raised out of it, but not the lower one, which then is passed much sooner.
    """
    rate_hz = body.trunk.u.rate_hz
    off, top = (round((t_s - body.trunk.u.start_s) * rate_hz) for t_s in (off_s, top_s))
    begin, near = _turning_point(body, pelvis, after, off) if after else (0, [])
    plain, seen = _moving(body, pelvis, begin, off, top)
    top -= begin
    still = [share / (x * x + _STILL**2) for share, x in zip(near, seen[: len(near)].tolist(), strict=True)]
    at, by = motion.first_after_turn(seen, top, still) if still else (motion.first_movement(seen, 1.0, top), 0.0)
    if at is None:
        return None
    rest = still.index(max(still)) if still else 0
    rows = zip((plain, seen), _LEVELS, strict=True)
    soonest, latest = (motion.first_movement(row[rest:], level, top - rest) or 0.0 for row, level in rows)
    spread_s = math.hypot((latest - soonest) / math.sqrt(12), by) / rate_hz
    timing_s = _TIMING_U_S if body.bends_with_spine else _PELVIS_FOR_TRUNK_U_S
    return moment(body.trunk, begin + at, math.hypot(timing_s, spread_s))


def _turning_point(body: Body, pelvis: Pelvis, after: int, off: int) -> tuple[int, list[float]]:
    """First of the samples about where a trunk that sat down has straightened, and how near to that each of them is.

    From 0 to 1. The node at which the sitting down ended may lie before it; and the lean in which it shows is smoothed,
    so that the trunk may have turned as much sooner or later as that filter reaches.
    """
    lean = body.trunk.lean
    while after < pelvis.first and lean[after + 1] < lean[after]:
        after += 1
    reach, turned = _TURN_NEAR_S * body.trunk.u.rate_hz, min(motion.lowest(lean, after), float(off))
    samples = range(max(0, math.ceil(turned - reach)), min(math.floor(turned + reach), off) + 1)
    return samples[0], [1 - ((k - turned) / reach) ** 2 for k in samples]


def _moving(body: Body, pelvis: Pelvis, begin: int, off: int, top: int) -> Array:
    """(2, k) what moves from sample `begin` until the seat is left, over what counts as movement."""
    turning, lean = body.turning[begin:], body.lean[off : max(off, top) + 1]
    level = motion.FIRST_SHARE * motion.highest_until_deepest(turning, off - begin, lean)
    return _with_pelvis(turning[: off - begin + 1] / np.maximum(level, _LEAST_LEVELS), pelvis, begin)


def _with_pelvis(moving: Array, pelvis: Pelvis, after: int) -> Array:
    """(k, n) `moving`, from sample `after` on, or the pelvis' speed over what counts as movement: what is more."""
    own = moving[:, max(0, pelvis.first - after) :]
    speed = np.abs(pelvis.speed[max(0, after - pelvis.first) :][: own.shape[1]])
    own = own[:, : len(speed)]
    np.maximum(own, speed / (_FIRST_SPEED_SHARE * float(pelvis.speed.max())), out=own)
    return moving


def moment(trunk: Trunk, at: float, u_s: float) -> Moment:
    """A fractional sample as a time."""
    return Moment(float(trunk.u.start_s + at / trunk.u.rate_hz), float(u_s))


def seconds(trunk: Trunk, transfer: Transfer) -> float:
    """How long a transfer takes from rest to rest."""
    return (transfer.last - transfer.first) / trunk.u.rate_hz


def _u_s(pelvis: Pelvis) -> float:
    return math.hypot(0.02, 0.028 * len(pelvis.height) / pelvis.rate_hz)


def _lean_over(body: Body, pelvis: Pelvis) -> Array:
    return body.lean[pelvis.first : pelvis.first + len(pelvis.speed)]


def _over(transfer: Transfer) -> slice:
    return slice(transfer.first, transfer.last + 1)


def _body_axes(trunk: Trunk) -> Array:
    """(2, 3) rows: up the trunk when it is upright, and forward; in the sensor's frame."""
    upright = trunk.up[trunk.nodes].mean(axis=0)
    upright /= np.linalg.norm(upright)
    forward = trunk.forward - (trunk.forward @ upright) * upright
    forward /= np.linalg.norm(forward)
    return np.array([upright, forward])


def _fit_lever(trunk: Trunk, bends: dict[int, float], axes: Array) -> Array:
    """Least squares over the seated part of every rise, drawn towards the usual lever already taken out.

    The rest that a rise begins with may not be quite one: a speed that it began with, as unsure as the rest, is fitted
    to each rise beside the lever that all of them share.
    """
    rises = [transfer for transfer in trunk.transfers if transfer.height_m > 0]
    if not rises:
        return np.zeros(3)
    together = np.array([_seated_part(trunk, rise, round(bends[rise.first]) + 1) for rise in rises])
    jitter = trunk.jitter[trunk.nodes.searchsorted([rise.first for rise in rises])]
    weight = 1 / (trunk.u.rate_hz * _INDEPENDENT_S * _SEATED_NOISE_M**2)
    along = together[:, :4, 4:]
    share = along / (together[:, 4:, 4:] + 1 / (weight * jitter**2)[:, None, None])
    normal = weight * (together[:, :4, :4] - share * along.swapaxes(1, 2)).sum(axis=0)
    sagittal = axes.T @ axes
    usual = sagittal / _LEVER_SPREAD_M**2 + (np.eye(3) - sagittal) / _LEVER_ASIDE_M**2
    return solve(normal[:3, :3] + usual, normal[:3, 3])


def _seated_part(trunk: Trunk, rise: Transfer, n: int) -> Array:
    """(5, 5) products of how up has turned, of the hip's height and of the time, summed over n samples of a rise."""
    seen = np.empty((5, n))
    seen[:3] = (trunk.up[rise.first : rise.first + n] - trunk.up[rise.first]).T
    seen[3] = rise.course[:n]
    seen[4] = np.arange(n) / trunk.u.rate_hz
    return np.asarray(seen @ seen.T, dtype=np.float64)


def _fastest_bends(leans: Sequence[Array]) -> list[float]:
    """Fractional indices within some rises at which the trunk bends forward fastest, 0 where it does not.

    The mean of the instants, weighted so steeply by how fast it bends that only those near the fastest count: a
    trunk that bends about as fast twice is neither here nor there, and does not change over at a breath.
    """
    deepest = [int(lean.argmax()) for lean in leans]
    pace = np.zeros((len(leans), max(deepest, default=0) + 1))
    for own, lean, end in zip(pace, leans, deepest, strict=True):
        own[: end + 1] = motion.slope(lean[: end + 2])[: end + 1]
    weight = np.maximum(pace, 0.0, out=pace)
    weight /= np.maximum(weight.max(axis=1), 1e-12)[:, None]
    for _ in range(_FASTEST_SQUARES):
        weight *= weight
    at: list[float] = (weight @ np.arange(weight.shape[1]) / np.maximum(weight.sum(axis=1), 1e-12)).tolist()
    return at


def _noise(u: Uniform) -> float:
    """What changes from sample to sample in the quietest tenth of the half seconds, as noise of a sample."""
    length, axes = round(u.rate_hz / 2), u.acc.T
    steps = axes[:, 1:] - axes[:, :-1]
    steps = steps[:, : steps.shape[1] // length * length].reshape(3, -1, length)
    mean, square = steps.sum(axis=2).sum(axis=0) / 3 / length, np.einsum("kml,kml->m", steps, steps) / 3 / length
    return quantile(np.sqrt(np.maximum(square - mean**2, 0.0)), 0.1) / 2**0.5 if len(mean) else 0.0


def _turning(trunk: Trunk) -> Array:
    rates = motion.smooth(gyroscope(trunk.u) - trunk.bias, trunk.u.rate_hz, _TURNING_HZ)
    return lengths(rates.T)
