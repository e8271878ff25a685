"""Rising and sitting down, found from a sensor on the trunk.

Height cannot be had from an accelerometer for long, but between two instants at which the trunk's vertical
speed is zero it can: a constant error of the vertical acceleration then shows as a speed that does not come
back to zero, and is taken out. Such instants (*nodes*) are where the trunk is upright between two bends (a
turning point of its lean) and wherever the sensor is quiet. A chain of transfers between sitting and standing
is then the cheapest path through the nodes: each step either stays at its height, or goes up or down by the
person's own excursion, which is estimated with the path; nodes that lie inside a movement (a tremor, a
hesitation) are skipped at a price. Where the height turns inside a step (a stand too short for a node), the
step is split. The accelerometer's offset, which tilts with the trunk and would look like an acceleration, is
fitted to the same nodes. No duration, height or lean of a healthy person is assumed.

Sources: the combination of trunk lean (Pham et al., Frontiers in Neurology 9:652, 2018,
doi:10.3389/fneur.2018.00652) and vertical displacement (Adamowicz et al., Sensors 20:6618, 2020,
doi:10.3390/s20226618). Deviations: integration between nodes instead of high-pass or wavelet filters, whose
pass bands presume a pace; a search over all chains instead of thresholds on single peaks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.signal import find_peaks

from rig_signal import motion
from rig_signal.attitude import estimate_up, sagittal_angle, vertical_acceleration
from rig_signal.definite import solve
from rig_signal.order import median, quantile
from rig_signal.timebase import Mask, Uniform
from rig_signal.types import Array

SMALLEST_EXCURSION_M = 0.12
"""No seat lets a grown person's pelvis rise by less."""

_LARGEST_EXCURSION_M = 0.75
_FIRST_GUESS_M = 0.35
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
_SPLIT_SHARE = 0.65
_SMALLEST_MOVE_M = 0.10
_STAY_SKIP = 3.0
_CLEARLY_ASIDE = 0.6  # of half the range of the lean
_NO_OFFSET = 0.03 * np.eye(3)  # draws what the attitude does not tell towards none
_PLAINLY = 3.0  # of the 3.4 that each transfer of a path can explain

Indices = NDArray[np.int64]
_Move = tuple[int, int, int, float]
"""Begin node, state (1 standing) before and after, cost."""


@dataclass(frozen=True, slots=True)
class Transfer:
    """One change between sitting and standing: its first and last sample (at rest), signed height in m."""

    first: int
    last: int
    height_m: float


@dataclass(frozen=True, slots=True, eq=False)
class Trunk:
    """What the trunk did.

    Attributes
    ----------
    u, up
        The samples, and the direction of up in the sensor's frame (n, 3).
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
    excursion_m
        The person's own, 0 where there is no transfer.
    """

    u: Uniform
    up: Array
    acc: Array
    lean: Array
    forward: Array
    transfers: tuple[Transfer, ...]
    nodes: Indices
    jitter: Array
    excursion_m: float


@dataclass(frozen=True, slots=True, eq=False)
class _Nodes:
    at: Indices
    cost: Array
    jitter: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Every pair of nodes between which there may be a step, (m, ahead): what no offset changes.

    Row: node at which the step ends; column: how many nodes before it begins, minus one. `begin` is that node,
    `outside` where there is none; `change_var` the variance of the change of speed between two rests.
    """

    begin: Indices
    outside: Mask
    duration_s: Array
    change_var: Array
    error_m: Array
    skipped: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Steps:
    """Every step from node to node, (m, ahead): signed height, its standard error, misfit of the speed, skips."""

    height_m: Array
    error_m: Array
    misfit: Array
    skipped: Array


@dataclass(frozen=True, slots=True, eq=False)
class _Path:
    """Visited nodes (indices of samples), the transfers among their steps, excursion and cost.

    `cost` is what the path leaves unexplained less what its transfers, as far as they are sure, explain.
    """

    nodes: Indices
    transfers: tuple[Transfer, ...]
    excursion_m: float
    cost: float


def follow_trunk(u: Uniform, placement: str) -> Trunk:
    """Find every transfer between sitting and standing from a sensor at the lower back or the chest.

    Which end of the axis of bending is forward is not assumed. Whoever rests is upright or leans back, and bends the
    other way: where the resting lean lies clearly to one side, that tells. Else the likelier way is tried, and, if it
    does not explain more than it leaves unexplained, the other; the one that explains more is taken. (Turned the wrong
    way round the nodes lie at the deepest bends, where the seat is left.)
    """
    up = estimate_up(u)
    raw = vertical_acceleration(u, up)
    lean, toward = sagittal_angle(motion.smooth(up, u.rate_hz, _LEAN_HZ))
    quiet = motion.still_mask(u)
    shaken = np.sqrt(motion.moving_variance(u.acc, max(3, round(0.3 * u.rate_hz))))
    swing = _swing_acc(up, toward, placement, u.rate_hz)
    tries: list[tuple[float, Array, Array, _Path]] = []
    for sign in _forward_signs(lean, quiet):
        hip = raw - swing @ (1.0, -sign)
        jitter = _jitter(hip, shaken, u.rate_hz)
        nodes = _find_nodes(sign * lean, quiet, jitter, u.rate_hz)
        tries.append((sign, jitter, *_try(nodes, hip, up, u.rate_hz)))
        if tries[-1][-1].cost < 0:
            break
    sign, jitter, acc, path = min(tries, key=lambda tried: tried[3].cost)
    path = _split(path, acc, jitter, u.rate_hz)
    excursion_m = path.excursion_m if path.transfers else 0.0
    return Trunk(u, up, acc, sign * lean, -sign * toward, path.transfers, path.nodes, jitter[path.nodes], excursion_m)


def _forward_signs(lean: Array, quiet: NDArray[np.bool_]) -> tuple[float, ...]:
    """Signs of the lean that may be forward, likelier first: rest lies to the other side of the lean's range."""
    low, high = quantile(lean, 0.02), quantile(lean, 0.98)
    rest = median(lean[quiet] if quiet.any() else lean)
    aside = (low + high - 2 * rest) / max(high - low, 1e-9)
    likelier = 1.0 if aside >= 0 else -1.0
    return (likelier,) if abs(aside) > _CLEARLY_ASIDE else (likelier, -likelier)


def _swing_acc(up: Array, toward: Array, placement: str, rate_hz: float) -> Array:
    """(n, 2) vertical acceleration, m/s², that the trunk's turning gives a sensor's usual place beside the hip.

    By how far it is worn up the trunk, and by how far towards `toward`.
    """
    mean = up.mean(axis=0)
    above, ahead = _LEVER_M[placement]
    lever = np.stack([above * mean / np.linalg.norm(mean), ahead * toward], axis=1)
    height = motion.smooth(up @ lever, rate_hz, _SWING_HZ)
    return np.asarray(motion.slope(motion.slope(height)) * rate_hz**2, dtype=np.float64)


def rest_to_rest(acc: Array, rate_hz: float) -> tuple[Array, Array]:
    """Speed (m/s) and height (m) from vertical acceleration that begins and ends at rest."""
    speed = _integral(acc, rate_hz)
    speed -= speed[-1] / (len(acc) - 1) * np.arange(len(acc))
    return speed, _integral(speed, rate_hz)


def _integral(x: Array, rate_hz: float) -> Array:
    """(n,) trapezoidal integral from the first sample on."""
    area = np.zeros(len(x))
    np.add.accumulate(x[1:] + x[:-1], out=area[1:])
    area *= 0.5 / rate_hz
    return area


def furthest(acc: Array, rate_hz: float) -> float:
    """Bound, m, on how far a body comes from rest to rest with no larger acceleration: quick to know."""
    return float(acc.max() - acc.min()) / 2 * (len(acc) / rate_hz) ** 2 / 4


def height_error(duration_s: Array | float, speed_var: Array | float) -> Array:
    """Standard error, m, of a height between two rests whose speeds have variances that sum up to `speed_var`."""
    return np.asarray(np.sqrt(0.05**2 + speed_var * duration_s**2 / 4 + (0.002 * duration_s**2) ** 2), dtype=np.float64)


def fit_offset(raw: Array, up: Array, nodes: Indices, rate_hz: float) -> Array:
    """(3,) offset of the accelerometer, m/s², sensor's frame, that lets the speed be the same at all nodes.

    Robust (Huber, 0.05 m/s²) least squares over the pieces between nodes, drawn towards zero where the trunk's
    attitude does not vary enough to tell.
    """
    return _fit(nodes, _integrate(raw, up, nodes, rate_hz)[0], rate_hz)


def _integrate(raw: Array, up: Array, nodes: Indices, rate_hz: float) -> tuple[Array, Array]:
    """Once and twice integrated (m, 4) acceleration and directions of up, at the nodes, averaged around them."""
    speed = np.cumsum(np.vstack([raw, up.T]), axis=1) / rate_hz
    place = np.cumsum(speed, axis=1) / rate_hz
    reach = np.arange(-3, 3 + 1 / rate_hz, 1 / _NODE_SMOOTHING_S / rate_hz)
    weight = np.exp(-(reach**2) / 2)
    around = nodes[:, None] + np.round(reach * _NODE_SMOOTHING_S * rate_hz).astype(np.int64)
    around = np.clip(around, 0, len(raw) - 1)
    weight /= weight.sum()
    return (speed[:, around] @ weight).T, (place[:, around] @ weight).T


def _fit(nodes: Indices, speed: Array, rate_hz: float) -> Array:
    duration_s = np.diff(nodes) / rate_hz
    change, attitude = np.split(np.diff(speed, axis=0) / duration_s[:, None], [1], axis=1)
    trust: Array = np.minimum(duration_s, 2.0)
    offset: Array = np.zeros(3)
    misfit: Array = np.zeros(len(trust))
    for _ in range(4):
        weight = trust / np.maximum(1.0, misfit / 0.05)
        weighted = (attitude * weight[:, None]).T
        offset = solve(weighted @ attitude + _NO_OFFSET, weighted @ change[:, 0])
        misfit = np.asarray(np.abs(change[:, 0] - attitude @ offset), dtype=np.float64)
    return offset


def _jitter(hip: Array, shaken: Array, rate_hz: float) -> Array:
    """(n,) standard error of taking the vertical speed for zero at a sample, m/s.

    A node is some tens of milliseconds off the true rest, and what shakes the sensor is not all averaged out.
    """
    slow = np.abs(gaussian_filter1d(hip, _NODE_SMOOTHING_S * rate_hz))
    return np.asarray(np.minimum(0.01 + 0.06 * slow + 0.06 * shaken, 0.3), dtype=np.float64)


def _find_nodes(lean: Array, quiet: NDArray[np.bool_], jitter: Array, rate_hz: float) -> _Nodes:
    span = quantile(lean, 0.98) - quantile(lean, 0.02)
    upright, _ = find_peaks(-lean, prominence=max(np.radians(2.5), 0.1 * span))
    cost = {0: 0.0, len(lean) - 1: 0.0}
    second = round(rate_hz)
    for first, last in motion.stretches(quiet, round(0.3 * rate_hz)):
        cost |= {int(i): _QUIET_NODE_COST for i in (*range(first, last, second), last - 1)}
    cost |= {int(i): _TURNING_POINT_COST / (1 + (jitter[i] / _SHAKY_M_S) ** 2) for i in upright}
    at = _thin_out(cost, 0.2 * rate_hz)
    return _Nodes(at, np.array([cost[int(i)] for i in at]), jitter[at])


def _thin_out(cost: dict[int, float], closest: float) -> Indices:
    """Of nodes that lie closer, keep the one that is dearer to skip."""
    kept: list[int] = []
    for i in sorted(cost):
        if not kept or i - kept[-1] > closest:
            kept.append(i)
        elif cost[i] > cost[kept[-1]]:
            kept[-1] = i
    return np.array(kept, dtype=np.int64)


def _try(nodes: _Nodes, hip: Array, up: Array, rate_hz: float) -> tuple[Array, _Path]:
    """Search for the path; gives the acceleration it rests on as well.

    The accelerometer's offset is fitted to the path's nodes and the search repeated with it and with the
    person's own excursion. It starts from an offset fitted to all nodes and, unless that explains plainly what
    happened, once more from none: in a person who never rests, nodes lie inside movements, and the first fit would
    explain the movement away.
    """
    integrals = _integrate(hip, up, nodes.at, rate_hz)
    pairs = _pair_up(nodes, rate_hz)
    offset, path = _search(nodes, pairs, integrals, _fit(nodes.at, integrals[0], rate_hz), rate_hz)
    if path.cost >= -_PLAINLY * len(path.transfers):
        other = _search(nodes, pairs, integrals, np.zeros(3), rate_hz)
        offset, path = min((offset, path), other, key=lambda found: found[1].cost)
    return hip - up @ offset, path


def _search(
    nodes: _Nodes, pairs: _Pairs, integrals: tuple[Array, Array], start: Array, rate_hz: float
) -> tuple[Array, _Path]:
    first = _best_path(nodes, _measure_steps(pairs, integrals, start), _FIRST_GUESS_M)
    visited = np.searchsorted(nodes.at, first.nodes)
    offset = _fit(first.nodes, integrals[0][visited], rate_hz)
    return offset, _best_path(nodes, _measure_steps(pairs, integrals, offset), first.excursion_m)


def _pair_up(nodes: _Nodes, rate_hz: float) -> _Pairs:
    end = np.arange(len(nodes.at))[:, None]
    begin = end - np.arange(1, _NODES_AHEAD + 1)[None]
    outside = begin < 0
    begin = np.maximum(begin, 0)
    duration_s = (nodes.at[end] - nodes.at[begin]) / rate_hz
    speed_var = nodes.jitter[begin] ** 2 + nodes.jitter[end] ** 2
    passed = np.cumsum(nodes.cost)
    return _Pairs(
        begin=begin,
        outside=outside,
        duration_s=duration_s,
        change_var=speed_var + (0.018 * duration_s) ** 2,
        error_m=height_error(duration_s, speed_var),
        skipped=passed[end] - nodes.cost[end] - passed[begin],
    )


def _measure_steps(pairs: _Pairs, integrals: tuple[Array, Array], offset: Array) -> _Steps:
    speed, place = (x[:, 0] - x[:, 1:] @ offset for x in integrals)
    before, after = speed[pairs.begin], speed[:, None]
    misfit = (after - before) ** 2 / pairs.change_var
    return _Steps(
        height_m=place[:, None] - place[pairs.begin] - (before + after) / 2 * pairs.duration_s,
        error_m=pairs.error_m,
        misfit=np.where(pairs.outside, np.inf, np.minimum(misfit, _MISFIT_CAP)),
        skipped=pairs.skipped,
    )


def _best_path(nodes: _Nodes, steps: _Steps, excursion_m: float) -> _Path:
    """Cheapest way through the nodes, seated (0) or standing (1) at each; may begin and end in either."""
    stays, moves = _list_stays(steps), _list_moves(steps, excursion_m)
    total: tuple[list[float], list[float]] = ([0.0], [0.0])
    came = [[(0, 0), (0, 1)]]
    for j in range(1, len(nodes.at)):
        cheapest, source = [np.inf, np.inf], [(0, 0), (0, 0)]
        for i, before, state, cost in moves[j]:
            if total[before][i] + cost < cheapest[state]:
                cheapest[state], source[state] = total[before][i] + cost, (i, before)
        for state, until in enumerate(total):
            waits = [so_far + cost for so_far, cost in zip(reversed(until[-_STAY_AHEAD:]), stays[j], strict=False)]
            if min(waits) < cheapest[state]:
                cheapest[state], source[state] = min(waits), (j - 1 - waits.index(min(waits)), state)
            until.append(cheapest[state])
        came.append(source)
    return _trace_back(nodes.at, steps, came, [total[0][-1], total[1][-1]], excursion_m)


def _list_stays(steps: _Steps) -> list[list[float]]:
    """For each end node what it costs to stay at one height since each of the last nodes."""
    height_m, error_m, misfit, skipped = (
        x[:, :_STAY_AHEAD] for x in (steps.height_m, steps.error_m, steps.misfit, steps.skipped)
    )
    cost = np.minimum((height_m / error_m) ** 2, _STAY_CAP) + misfit + _STAY_SKIP * skipped
    listed: list[list[float]] = cost.tolist()
    return listed


def _list_moves(steps: _Steps, excursion_m: float) -> list[list[_Move]]:
    """For each end node the steps that may be transfers."""
    size = np.abs(steps.height_m)
    at_least = np.maximum(_SPLIT_SHARE * excursion_m - steps.error_m, max(0.35 * excursion_m, _SMALLEST_MOVE_M))
    scatter = np.hypot(steps.error_m, 0.12 * excursion_m)
    cost = ((size - excursion_m) / scatter) ** 2 + steps.misfit + steps.skipped + _TRANSFER_COST
    j, k = np.nonzero((size > at_least) & (cost < _DEAREST_MOVE))
    moves: list[list[_Move]] = [[] for _ in size]
    states = (steps.height_m[j, k] > 0).astype(int).tolist()
    for end, begin, state, price in zip(j.tolist(), (j - k - 1).tolist(), states, cost[j, k].tolist(), strict=True):
        moves[end].append((begin, 1 - state, state, price))
    return moves


def _trace_back(
    at: Indices,
    steps: _Steps,
    came: list[list[tuple[int, int]]],
    ends: list[float],
    excursion_m: float,
) -> _Path:
    j, state = len(at) - 1, int(ends[1] < ends[0])
    visited, found, errors = [j], [], []
    while j > 0:
        i, before = came[j][state]
        if before != state:
            found.append(Transfer(int(at[i]), int(at[j]), float(steps.height_m[j, j - i - 1])))
            errors.append(float(steps.error_m[j, j - i - 1]))
        visited.append(i)
        j, state = i, before
    own_m = _own_excursion(found, errors, excursion_m)
    worth = _FOUND_WORTH * sum(min(1.0, own_m / (3 * error)) for error in errors)
    return _Path(at[visited[::-1]], tuple(found[::-1]), own_m, min(ends) - worth)


def _own_excursion(transfers: list[Transfer], errors: list[float], otherwise_m: float) -> float:
    """Middle height of the surer half of the transfers."""
    if not transfers:
        return otherwise_m
    surer = sorted(range(len(errors)), key=errors.__getitem__)[: (len(errors) + 1) // 2]
    own_m = median(np.array([abs(transfers[k].height_m) for k in surer]))
    return min(max(own_m, SMALLEST_EXCURSION_M), _LARGEST_EXCURSION_M)


def _split(path: _Path, acc: Array, jitter: Array, rate_hz: float) -> _Path:
    """Split steps inside which the height turns by a transfer's worth."""
    found: list[Transfer] = []
    moves = {(t.first, t.last): t for t in path.transfers}
    speed_var = jitter[path.nodes[:-1]] ** 2 + jitter[path.nodes[1:]] ** 2
    error_m = height_error((np.diff(path.nodes) + 1) / rate_hz, speed_var)
    least_m = np.maximum(_SPLIT_SHARE * path.excursion_m, 1.5 * error_m)
    for (a, b), least in zip(pairwise(path.nodes.tolist()), least_m.tolist(), strict=True):
        own = [moves[a, b]] if (a, b) in moves else []
        parts = list(_turns(acc[a : b + 1], a, least, rate_hz))
        found += parts if len(parts) > len(own) else own
    visited = np.union1d(path.nodes, [i for t in found for i in (t.first, t.last)])
    return _Path(visited.astype(np.int64), tuple(found), path.excursion_m, path.cost)


def _turns(acc: Array, first: int, least: float, rate_hz: float) -> Iterator[Transfer]:
    """Ups and downs of the height between two rests, if it turns between them by `least`, a transfer's worth."""
    if furthest(acc, rate_hz) < least:
        return
    height = rest_to_rest(acc, rate_hz)[1]
    if height.max() - height.min() < least or not (_comes_back(height, least) or _comes_back(-height, least)):
        return
    turns = np.sort(np.concatenate([find_peaks(sign * height, prominence=least)[0] for sign in (1, -1)]))
    if len(turns):
        for a, b in pairwise((0, *(int(i) for i in turns), len(height) - 1)):
            yield Transfer(first + a, first + b, float(height[b] - height[a]))


def _comes_back(height: Array, least: float) -> bool:
    """Whether anything lies higher by `least` than what is before and what is after it: else no such peak is there."""
    before, after = np.minimum.accumulate(height), np.minimum.accumulate(height[::-1])[::-1]
    return bool((height - np.maximum(before, after)).max() >= least)
