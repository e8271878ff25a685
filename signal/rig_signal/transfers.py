"""Rising and sitting down, found from a sensor on the trunk.

Height cannot be had from an accelerometer for long, but between two instants at which the trunk's vertical
speed is zero it can: a constant error of the vertical acceleration then shows as a speed that does not come
back to zero, and is taken out. Such instants (*nodes*) are where the trunk is upright between two bends (a
turning point of its lean) and wherever the sensor is quiet. A chain of transfers between sitting and standing
is then the cheapest path through the nodes: each step either stays at its height, or goes up or down by the
person's own excursion while the trunk bends, both of which are estimated with the path; nodes that lie inside
a movement (a tremor, a hesitation) are skipped at a price. Where the height turns inside a step (a stand too
short for a node), the step is split. The accelerometer's offset, which tilts with the trunk and would look like
an acceleration, is fitted to the same nodes. No duration, height or lean of a healthy person is assumed.

Sources: the combination of trunk lean (Pham et al., Frontiers in Neurology 9:652, 2018,
doi:10.3389/fneur.2018.00652) and vertical displacement (Adamowicz et al., Sensors 20:6618, 2020,
doi:10.3390/s20226618). Deviations: integration between nodes instead of high-pass or wavelet filters, whose
pass bands presume a pace; a search over all chains instead of thresholds on single peaks.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from rig_signal import motion
from rig_signal.attitude import estimate_up, rest_bias, sagittal_angle, vertical_acceleration
from rig_signal.definite import solve
from rig_signal.order import median, quantile
from rig_signal.timebase import Mask, Uniform
from rig_signal.types import Array

SMALLEST_EXCURSION_M = 0.12
"""No seat lets a grown person's pelvis rise by less."""

_LARGEST_EXCURSION_M = 0.75
_LEAN_HZ = 1.5
_SWING_HZ = 5.0
_LEVER_M = {"lower_back": (0.10, -0.10), "chest": (0.38, 0.10)}  # up the trunk, ahead of the hip
_NODE_SMOOTHING_S = 0.15
_NODES_AHEAD = 24  # beyond some twenty seconds without rest, height drowns in the sensor's error
_STAY_AHEAD = 6
_STAY_CAP = 9.0
_DEAREST_MOVE = 25.0
_MISFIT_CAP = 4.0
_TURNING_POINT_COST = 4.0
_SHAKY_M_S = 0.2
_QUIET_NODE_COST = 0.3
_TRANSFER_COST = 0.6
_FOUND_WORTH = 4.0
_UNBENT_COST, _BENT_SHARE = 6.0, 1 / 3  # nobody rises without what is at least so much of their own bend
_NO_BEND = 1e-9
_SPLIT_SHARE = 0.65
_SMALLEST_MOVE_M = 0.10
_STRAIGHT, _STILL_STRAIGHT = 0.03, 0.2  # of the bend, of the fastest straightening
_BETWEEN_LEVELS = 0.25  # of a height's error: what speeds that are off at two rests leave between them, if level
_STAY_SKIP = 3.0
_CLEARLY_ASIDE = 0.6  # of half the range of the lean
_ROUNDS, _ROBUST_M_S2 = 4, 0.05  # Huber's; beyond it a misfit weighs by its absolute value
_NO_OFFSET = 0.03 * np.eye(3)  # draws what the attitude does not tell towards none
_PLAINLY = 3.0  # of the 3.4 that each transfer of a path can explain

Indices = NDArray[np.int64]
Off: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True, eq=False)
class Transfer:
    """One change between sitting and standing: its first and last sample (at rest), signed height in m.

    `course` is the hip's height on the way, (n,), m, from the first sample to the last; `off` how many samples, less
    than one, its rests lie after those.
    """

    first: int
    last: int
    height_m: float
    course: Array
    off: Off = (0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Trunk:
    """What the trunk did.

    Attributes
    ----------
    u, bias, up, soft
        The samples; what the gyroscope reads at rest (3,), rad/s; the direction of up in the sensor's frame (n, 3); and
        that low-passed at 5 Hz.
    acc
        (n,) vertical acceleration of the hip, m/s²: the sensor's fitted offset and its swing on a lever of usual
        length (it moves while the trunk leans, although the pelvis rests on the seat) taken out.
    lean
        (n,) rad, forward positive, from an arbitrary zero; low-passed at 1.5 Hz.
    forward
        (3,) the trunk's forward direction in the sensor's frame.
    transfers
        In order of time, rising and sitting in turns.
    nodes
        Samples at which the height is at rest, those of the transfers among them.
    jitter
        Standard error of the vertical speed at the nodes, m/s.
    """

    u: Uniform
    bias: Array
    up: Array
    soft: Array
    acc: Array
    lean: Array
    forward: Array
    transfers: tuple[Transfer, ...]
    nodes: Indices
    jitter: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Nodes:
    at: Indices
    cost: Array
    jitter: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Every pair of nodes between which there may be a step, (m,): what no offset changes.

    In order of the node at which the step ends; of these, the one that begins last comes first. `near` are the pairs
    that may stay at their height, from `stay_begin` to `stay_end` (places of a path), seated and standing; `change_var`
    the variance of the change of speed between two rests; `bend` by how much the trunk bends between them, beyond the
    lean it has at either, rad.
    """

    begin: Indices
    end: Indices
    near: Indices
    stay_begin: Indices
    stay_end: Indices
    duration_s: Array
    change_var: Array
    error_m: Array
    skipped: Array
    bend: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """What every search for a path looks at; `integrals` as `_integrate_twice` gives them."""

    nodes: _Nodes
    pairs: _Pairs
    integrals: Array
    rate_hz: float


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Every step from node to node, (m,): signed height, misfit of the speed."""

    pairs: _Pairs
    height_m: Array
    misfit: Array


@dataclass(frozen=True, slots=True)
class _Own:
    """What the person's own transfers are like: their height, m, and by how much the trunk bends in them, rad."""

    excursion_m: float
    bend: float


_FIRST_GUESS = _Own(0.35, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """Visited nodes (indices of samples), which of the steps after them are transfers, their heights, and the cost.

    `own` is what the person's transfers are like by these; `cost` what the path leaves unexplained less what its
    transfers, as far as they are sure, explain.
    """

    nodes: Indices
    moves: Indices
    height_m: Array
    own: _Own
    cost: float


def follow_trunk(u: Uniform, placement: str) -> Trunk:
    """Find every transfer between sitting and standing from a sensor at the lower back or the chest.

    Which end of the axis of bending is forward is not assumed. Whoever rests is upright or leans back, and bends the
    other way: that way is tried, and, if it does not explain more than it leaves unexplained, the other; the one that
    explains more is taken. (Turned the wrong way round the nodes lie at the deepest bends, where the seat is left.)
    Where the resting lean lies clearly to one side and no transfer is found, nobody rose.
    """
    bias = rest_bias(u)
    up = estimate_up(u, bias)
    raw = vertical_acceleration(u, up)
    lean, toward = sagittal_angle(motion.smooth(up, u.rate_hz, _LEAN_HZ))
    shaken = motion.shaking(u)
    quiet = motion.still_mask(u, shaken)
    soft = motion.smooth(up, u.rate_hz, _SWING_HZ)
    swing = _swing_acc(soft, toward, placement, u.rate_hz)
    low, high = quantile(lean, 0.02), quantile(lean, 0.98)
    tries: list[tuple[float, Array, Array, _Path]] = []
    aside = low + high - 2 * median(lean[quiet] if quiet.any() else lean)
    clear = abs(aside) > _CLEARLY_ASIDE * (high - low)
    for sign in (1.0, -1.0) if aside >= 0 else (-1.0, 1.0):
        hip = raw - swing @ (1.0, -sign)
        jitter = _jitter(hip, np.sqrt(shaken), u.rate_hz)
        nodes = _find_nodes(sign * lean, high - low, quiet, jitter, u.rate_hz)
        tries.append((sign, jitter, *_try(nodes, hip, up, sign * lean, u.rate_hz)))
        path = tries[-1][-1]
        if path.cost < 0 or (clear and not len(path.moves)):
            break
    sign, jitter, acc, path = min(tries, key=lambda tried: tried[3].cost)
    least_m = _SPLIT_SHARE * path.own.excursion_m
    split = _split(path, acc, sign * lean, jitter, u.rate_hz)
    transfers = tuple(_without_stay(transfer, acc, sign * lean, least_m, u.rate_hz) for transfer in split)
    ends = (i for found in (split, transfers) for transfer in found for i in (transfer.first, transfer.last))
    at = np.array(sorted({*path.nodes.tolist(), *ends}), dtype=np.int64)
    return Trunk(u, bias, up, soft, acc, sign * lean, -sign * toward, transfers, at, jitter[at])


def _swing_acc(soft: Array, toward: Array, placement: str, rate_hz: float) -> Array:
    """(n, 2) vertical acceleration, m/s², that the trunk's turning gives a sensor's usual place beside the hip.

    By how far it is worn up the trunk, and by how far towards `toward`.
    """
    mean = soft.mean(axis=0)
    above, ahead = _LEVER_M[placement]
    height = soft @ np.array([above * mean / np.linalg.norm(mean), ahead * toward]).T
    return np.asarray(motion.slope(motion.slope(height)) * rate_hz**2, dtype=np.float64)


def rest_to_rest(acc: Array, rate_hz: float, off: Off = (0.0, 0.0)) -> Array:
    """(n,) height, m, from vertical acceleration, m/s², that is at rest `off` samples after its first and its last."""
    speed = _double_area(acc)
    begins, ends = _speeds_at(acc, off)
    pace = (speed[-1] + 2 * (ends - begins)) / (len(acc) - 1 + off[1] - off[0])
    speed -= 2 * begins + pace * (np.arange(len(acc)) - off[0])
    height = _double_area(speed)
    height *= 0.25 / rate_hz**2
    return height


def speed_gained(acc: Array, rate_hz: float, off: Off) -> float:
    """By how much the speed, m/s, changes from rest to rest: what an acceleration, m/s², (n,), is wrong by."""
    begins, ends = _speeds_at(acc, off)
    return (float(acc.sum() - (acc[0] + acc[-1]) / 2) + ends - begins) / rate_hz


def _speeds_at(acc: Array, off: Off) -> tuple[float, float]:
    """What an acceleration adds to the speed from its first sample to its first rest, from its last to its last."""
    begins, ends = off
    return float(acc[0]) * begins, float(acc[-1]) * ends


def _double_area(x: Array) -> Array:
    """(n,) twice the trapezoidal integral from the first sample on, for samples one apart."""
    area = np.zeros(len(x))
    np.add.accumulate(x[1:] + x[:-1], out=area[1:])
    return area


def furthest(acc: Array, rests: Indices, rate_hz: float) -> Array:
    """(n - 1,) bounds, m, on how far a body comes between neighbours of n rests with no larger acceleration."""
    begin, end = rests[:-1], rests[1:]
    highest = np.maximum(np.maximum.reduceat(acc, begin), acc[end])
    lowest = np.minimum(np.minimum.reduceat(acc, begin), acc[end])
    return np.asarray((highest - lowest) / 2 * ((end - begin + 1) / rate_hz) ** 2 / 4, dtype=np.float64)


def height_error(duration_s: Array | float, speed_var: Array | float) -> Array:
    """Standard error, m, of a height between two rests whose speeds have variances that sum up to `speed_var`."""
    return np.asarray(np.sqrt(0.05**2 + speed_var * duration_s**2 / 4 + (0.002 * duration_s**2) ** 2), dtype=np.float64)


def change_variance(duration_s: Array | float, speed_var: Array | float) -> Array:
    """Variance, (m/s)², of the change of speed between two rests whose own variances sum up to `speed_var`."""
    return np.asarray(speed_var + (0.018 * duration_s) ** 2, dtype=np.float64)


def fit_offset(raw: Array, up: Array, nodes: Indices, rate_hz: float) -> Array:
    """(3,) offset of the accelerometer, m/s², sensor's frame, that lets the speed be the same at all nodes.

    Robust (Huber, 0.05 m/s²) least squares over the pieces between nodes, drawn towards zero where the trunk's
    attitude does not vary enough to tell.
    """
    return _fit(nodes, _average(_integrate(raw, up), nodes, rate_hz), rate_hz)


def _integrate(raw: Array, up: Array) -> Array:
    """(4, n) sums of acceleration and of the directions of up."""
    sums = np.empty((4, len(raw)))
    np.add.accumulate(raw, out=sums[0])
    np.add.accumulate(up.T, axis=1, out=sums[1:])
    return sums


def _integrate_twice(raw: Array, up: Array, nodes: Indices, rate_hz: float) -> Array:
    """(2, 4, m) once and twice integrated acceleration and directions of up, at the nodes."""
    once = _integrate(raw, up)
    integrals = _average(np.array([once, np.add.accumulate(once, axis=1)]), nodes, rate_hz)
    integrals[1] /= rate_hz
    return integrals


def _average(sums: Array, nodes: Indices, rate_hz: float) -> Array:
    """Integrals at the nodes, averaged around them, from sums along the last axis."""
    reach = np.arange(-3, 3 + 1 / rate_hz, 1 / _NODE_SMOOTHING_S / rate_hz)
    weight = np.exp(-(reach**2) / 2)
    weight /= weight.sum() * rate_hz
    around = nodes[:, None] + np.round(reach * _NODE_SMOOTHING_S * rate_hz).astype(np.int64)
    return np.asarray(sums.take(around, -1, mode="clip") @ weight, dtype=np.float64)


def _fit(nodes: Indices, speed: Array, rate_hz: float) -> Array:
    duration_s = (nodes[1:] - nodes[:-1]) / rate_hz
    pace = (speed[:, 1:] - speed[:, :-1]) / duration_s
    change, attitude = pace[0], pace[1:]
    weight = np.minimum(duration_s, 2.0)
    within = _ROBUST_M_S2 * weight
    for _ in range(_ROUNDS - 1):
        misfit = np.abs(change - _weighed(pace, weight) @ attitude)
        weight = within / np.maximum(_ROBUST_M_S2, misfit)
    return _weighed(pace, weight)


def _weighed(pace: Array, weight: Array) -> Array:
    """(3,) offset by weighted least squares from the changes of speed, and of what an offset makes of them, (4, m)."""
    normal = pace[1:] * weight @ pace.T
    return solve(normal[:, 1:] + _NO_OFFSET, normal[:, 0])


def _jitter(hip: Array, shaken: Array, rate_hz: float) -> Array:
    """(n,) standard error of taking the vertical speed for zero at a sample, m/s.

    A node is some tens of milliseconds off the true rest, and what shakes the sensor is not all averaged out.
    """
    slow = np.abs(gaussian_filter1d(hip, _NODE_SMOOTHING_S * rate_hz, output=np.float64))
    return np.asarray(np.minimum(0.01 + 0.06 * slow + 0.06 * shaken, 0.3), dtype=np.float64)


def _find_nodes(lean: Array, span: float, quiet: Mask, jitter: Array, rate_hz: float) -> _Nodes:
    upright, _ = find_peaks(-lean, prominence=max(np.radians(2.5), 0.1 * span))
    cost = {0: 0.0, len(lean) - 1: 0.0} | dict.fromkeys(_stays_at_ends(lean, upright, quiet), _QUIET_NODE_COST)
    second = round(rate_hz)
    for first, last in motion.stretches(quiet, round(0.3 * rate_hz)).tolist():
        cost |= dict.fromkeys((*range(first, last, second), last - 1), _QUIET_NODE_COST)
    turning = _TURNING_POINT_COST / (1 + (jitter[upright] / _SHAKY_M_S) ** 2)
    cost |= dict(zip(upright.tolist(), turning.tolist(), strict=True))
    at = _thin_out(cost, 0.2 * rate_hz)
    return _Nodes(at, np.array([cost[i] for i in at.tolist()]), jitter[at])


def _stays_at_ends(lean: Array, upright: Indices, quiet: Mask) -> list[int]:
    """Where the trunk leaves a stay before its first bend, and where it comes to one after its last; not if it rests.

    Who walks up to the chair, or off, need not rest, and stays upright till the recording ends.
    """
    first, last = (int(upright[0]), int(upright[-1])) if len(upright) else (len(lean) - 1, 0)
    before, after = _straightens(lean[first::-1]), _straightens(lean[last:])
    leaves, comes = first - before, last + after
    rests = quiet[max(0, leaves - before) : leaves].any(), quiet[comes : comes + after].any()
    return [at for at, rest in zip((leaves, comes), rests, strict=True) if not rest]


def _thin_out(cost: dict[int, float], closest: float) -> Indices:
    """Of nodes that lie closer, keep the one that is dearer to skip."""
    kept: list[int] = []
    for i in sorted(cost):
        if not kept or i - kept[-1] > closest:
            kept.append(i)
        elif cost[i] > cost[kept[-1]]:
            kept[-1] = i
    return np.array(kept, dtype=np.int64)


def _try(nodes: _Nodes, hip: Array, up: Array, lean: Array, rate_hz: float) -> tuple[Array, _Path]:
    """Search for the path; gives the acceleration it rests on as well.

    The accelerometer's offset is fitted to the path's nodes and the search repeated with it and with the
    person's own excursion. It starts from an offset fitted to all nodes and, unless that explains plainly what
    happened, once more from none: in a person who never rests, nodes lie inside movements, and the first fit would
    explain the movement away. Where it was fitted to other transfers than were found with it, it is fitted anew.
    """
    integrals = _integrate_twice(hip, up, nodes.at, rate_hz)
    look = _Look(nodes, _pair_up(nodes, lean, rate_hz), integrals, rate_hz)
    first, offset, path = _search(look, _fit(nodes.at, integrals[0], rate_hz))
    if path.cost >= -_PLAINLY * len(path.moves):
        other = _search(look, np.zeros(3))
        first, offset, path = min((first, offset, path), other, key=lambda found: found[2].cost)
    if len(first.moves) != len(path.moves):
        offset, path = min((offset, path), _search_on(look, path), key=lambda found: found[1].cost)
    return hip - up @ offset, path


def _search(look: _Look, start: Array) -> tuple[_Path, Array, _Path]:
    """The path with a first offset, the offset fitted to that path, and the path with that."""
    first = _best_path(look.nodes, _measure_steps(look.pairs, look.integrals, start), _FIRST_GUESS)
    return first, *_search_on(look, first)


def _search_on(look: _Look, first: _Path) -> tuple[Array, _Path]:
    visited = look.nodes.at.searchsorted(first.nodes)
    offset = _fit(first.nodes, look.integrals[0][:, visited], look.rate_hz)
    return offset, _best_path(look.nodes, _measure_steps(look.pairs, look.integrals, offset), first.own)


def _pair_up(nodes: _Nodes, lean: Array, rate_hz: float) -> _Pairs:
    before = np.arange(len(nodes.at))[:, None] - np.arange(1, _NODES_AHEAD + 1)
    there = before >= 0
    end, begin = there.nonzero()[0], before[there]
    duration_s = (nodes.at[end] - nodes.at[begin]) / rate_hz
    speed_var = nodes.jitter[begin] ** 2 + nodes.jitter[end] ** 2
    passed = np.cumsum(nodes.cost)
    near = (end - begin <= _STAY_AHEAD).nonzero()[0]
    upright = np.maximum(lean[nodes.at[begin]], lean[nodes.at[end]])
    return _Pairs(
        begin=begin,
        end=end,
        near=near,
        stay_begin=_both(begin[near]),
        stay_end=_both(end[near]),
        duration_s=duration_s,
        change_var=change_variance(duration_s, speed_var),
        error_m=height_error(duration_s, speed_var),
        skipped=passed[end] - nodes.cost[end] - passed[begin],
        bend=_deepest_since(lean, nodes.at, before)[there] - upright,
    )


def _both(nodes: Indices) -> Indices:
    """(2 k,) places at which one is seated at (k,) nodes, and then standing."""
    return np.concatenate([2 * nodes, 2 * nodes + 1])


def _deepest_since(lean: Array, at: Indices, before: Indices) -> Array:
    """(n, k) deepest lean from each of k nodes `before` a node, the last first, to it; anything where there is none."""
    step = np.maximum.reduceat(lean, at[:-1])
    return np.maximum.accumulate(step.take(before, mode="clip"), axis=1)


def _measure_steps(pairs: _Pairs, integrals: Array, offset: Array) -> _Steps:
    known = integrals[:, 0] - offset @ integrals[:, 1:]
    before, after = known.take(pairs.begin, 1), known.take(pairs.end, 1)
    speed, place = after - before
    return _Steps(
        pairs,
        height_m=place - (before[0] + after[0]) / 2 * pairs.duration_s,
        misfit=np.minimum(speed**2 / pairs.change_var, _MISFIT_CAP),
    )


def _best_path(nodes: _Nodes, steps: _Steps, own: _Own) -> _Path:
    """Cheapest way through the nodes, seated or standing at each; may begin and end in either.

    Place 2 n is node n seated, 2 n + 1 the same standing.
    """
    total, came = [0.0, 0.0, *[np.inf] * (2 * len(nodes.at) - 2)], [0] * (2 * len(nodes.at))
    for end, begin, cost in zip(*_list_ways(steps, own), strict=True):
        price = total[begin] + cost
        if price < total[end]:
            total[end], came[end] = price, begin
    places = [len(total) - 2 + int(total[-1] < total[-2])]
    while places[-1] > 1:
        places.append(came[places[-1]])
    return _follow(nodes.at, steps, np.array(places[::-1]), min(total[-2:]), own)


def _list_ways(steps: _Steps, own: _Own) -> tuple[list[int], list[int], list[float]]:
    """Place at the end and at the beginning of steps that may be transfers or stay at their height, and their cost."""
    pairs, (moves, move), stay = steps.pairs, _moves(steps, own), _stays(steps)
    up = steps.height_m[moves] > 0
    ends = np.concatenate([2 * pairs.end[moves] + up, pairs.stay_end])
    begins = np.concatenate([2 * pairs.begin[moves] + ~up, pairs.stay_begin])
    order = ends.argsort(kind="stable")
    return ends[order].tolist(), begins[order].tolist(), np.concatenate([move, stay, stay])[order].tolist()


def _moves(steps: _Steps, own: _Own) -> tuple[Indices, Array]:
    """Which steps may be transfers, and their costs less what they explain.

    What a long, unsure step explains is little: of three rises that are told one by one it must not make a single one
    because it could be of any height. In a transfer the trunk bends: a walk, as unsure, is none.
    """
    size, error_m, own_m = np.abs(steps.height_m), steps.pairs.error_m, own.excursion_m
    at_least = np.maximum(_SPLIT_SHARE * own_m - error_m, max(0.35 * own_m, _SMALLEST_MOVE_M))
    scatter = error_m**2 + (0.12 * own_m) ** 2
    cost = (size - own_m) ** 2 / scatter + steps.misfit + steps.pairs.skipped + _TRANSFER_COST
    cost += _UNBENT_COST * np.maximum(0.0, 1 - steps.pairs.bend / max(_BENT_SHARE * own.bend, _NO_BEND))
    moves = ((size > at_least) & (cost < _DEAREST_MOVE)).nonzero()[0]
    explained = _FOUND_WORTH * np.minimum(1.0, own_m / (3 * error_m[moves]))
    return moves, cost[moves] - explained


def _stays(steps: _Steps) -> Array:
    """Costs of the steps that may stay at their height."""
    near = steps.pairs.near
    off = np.minimum((steps.height_m[near] / steps.pairs.error_m[near]) ** 2, _STAY_CAP)
    return np.asarray(off + steps.misfit[near] + _STAY_SKIP * steps.pairs.skipped[near], dtype=np.float64)


def _follow(at: Indices, steps: _Steps, places: Indices, cost: float, own: _Own) -> _Path:
    """The path over some places."""
    node, standing = places >> 1, places & 1
    moves = (standing[1:] != standing[:-1]).nonzero()[0]
    begin, end = node[moves], node[moves + 1]
    step = steps.pairs.end.searchsorted(end) + end - begin - 1
    height_m = steps.height_m[step]
    if len(moves):
        bend = quantile(steps.pairs.bend[step], 0.75)
        own = _Own(_own_excursion(height_m, steps.pairs.error_m[step]), bend)
    return _Path(at[node], moves, height_m, own, cost)


def _own_excursion(height_m: Array, error_m: Array) -> float:
    """Middle height of the surer half of the transfers."""
    surer = error_m.argsort()[: (len(error_m) + 1) // 2]
    return min(max(median(np.abs(height_m[surer])), SMALLEST_EXCURSION_M), _LARGEST_EXCURSION_M)


def _split(path: _Path, acc: Array, lean: Array, jitter: Array, rate_hz: float) -> tuple[Transfer, ...]:
    """Transfers of a path; steps inside which the height turns by a transfer's worth are split.

    A step that stays ends as high as it began: what lies between is surer than a height at its end would be.
    """
    found: list[Transfer] = []
    heights = dict(zip(path.moves.tolist(), path.height_m.tolist(), strict=True))
    speed_var = jitter[path.nodes[:-1]] ** 2 + jitter[path.nodes[1:]] ** 2
    error_m = height_error((path.nodes[1:] - path.nodes[:-1] + 1) / rate_hz, speed_var)
    error_m[[k for k in range(len(error_m)) if k not in heights]] *= _BETWEEN_LEVELS
    least_m = np.maximum(_SPLIT_SHARE * path.own.excursion_m, 1.5 * error_m)
    may_turn = furthest(acc, path.nodes, rate_hz) >= least_m
    for k, (a, b) in enumerate(pairwise(path.nodes.tolist())):
        if k not in heights and not may_turn[k]:
            continue
        off = _off(lean, a), _off(lean, b)
        course = rest_to_rest(acc[a : b + 1], rate_hz, off)
        turns = _turns(course, float(least_m[k])) if may_turn[k] else []
        for i, j in pairwise(turns):
            part = rest_to_rest(acc[a + i : a + j + 1], rate_hz)
            found.append(Transfer(a + i, a + j, float(course[j] - course[i]), part))
        if k in heights and not turns:
            found.append(Transfer(a, b, heights[k], course, off))
    return tuple(found)


def _off(lean: Array, node: int) -> float:
    """By how much of a sample later than at a node the trunk is most upright: there it is at rest."""
    return motion.lowest(lean, node) - node


def _without_stay(transfer: Transfer, acc: Array, lean: Array, least_m: float, rate_hz: float) -> Transfer:
    """A rise that ends when the trunk is straight, or a sitting down that begins when it bends, if it is a whole one.

    Who stands long, or walks off or up to the chair, need not bend or rest between: what a stay adds to the
    integrated height is error.
    """
    own = lean[transfer.first : transfer.last + 1]
    rising = transfer.height_m > 0
    straight = _straightens(own if rising else own[::-1])
    if not straight:
        return transfer
    first, last = (transfer.first, transfer.first + straight) if rising else (transfer.last - straight, transfer.last)
    off = (transfer.off[0], 0.0) if rising else (0.0, transfer.off[1])
    course = rest_to_rest(acc[first : last + 1], rate_hz, off)
    height_m = float(course[-1])
    return Transfer(first, last, height_m, course, off) if abs(height_m) > least_m else transfer


def _straightens(lean: Array) -> int:
    """Sample from which a trunk that bends is straight; 0 if it does not stay so for about as long as that took.

    Where it stays is what the second half of the time after the deepest bend says.
    """
    deepest = int(lean.argmax())
    back = lean[deepest:]
    middle = len(back) // 2
    stays = float(np.add.reduce(back[middle:])) / (len(back) - middle)
    bend = float(back[0]) - stays
    if not middle or float(back[middle]) - stays > _STILL_STRAIGHT * bend:
        return 0
    pace = back[:-1] - back[1:]
    half = len(pace) - 1 - int((back[-2::-1] >= stays + bend / 2).argmax())
    straight = (back[half:-1] <= stays + _STRAIGHT * bend) & (pace[half:] <= _STRAIGHT * pace.max())
    return deepest + half + int(straight.argmax()) if straight.any() else 0


def _turns(height: Array, least: float) -> list[int]:
    """First and last sample and those between at which the height turns by `least`; none where it does not turn."""
    if _rises_by(height if height[-1] < 0 else -height) < least:
        return []  # it never goes back by as much
    turns = np.sort(np.concatenate([find_peaks(sign * height, prominence=least)[0] for sign in (1, -1)]))
    return [0, *turns.tolist(), len(height) - 1] if len(turns) else []


def _rises_by(height: Array) -> float:
    """How much higher it ever gets than it was before."""
    return float((height - np.minimum.accumulate(height)).max())
