"""Rises and failed attempts from a sensor on the trunk."""

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

import numpy as np
from scipy.signal import find_peaks, peak_prominences

from rig_signal import rising
from rig_signal.attitude import RATES_INFERRED
from rig_signal.order import median
from rig_signal.rises import FailedRise, Found, Rise
from rig_signal.rising import Body, Pelvis
from rig_signal.timebase import Uniform
from rig_signal.transfers import Transfer, Trunk, follow_trunk, furthest, height_error, rest_to_rest
from rig_signal.types import Array, Moment

_FULL_REACH = 0.78  # amid the landmark's 0.95 and what a helped or failed rise reaches; of both ways of a pair
_ONE_WAY = 0.85 / _FULL_REACH  # more for one way alone
_STRAIGHTENS = 0.1  # of the bend of a rise, what anybody straightens by who stands up
_AS_EVER_RAD = np.radians(4.0)  # by which one's own stands differ
_REACH_BY_ACCELERATION = 0.5  # tilt mixed with acceleration makes heights too unsure for more
_BEND_RAD = np.radians(8.0)
_ATTEMPT_M = 0.03
_ATTEMPT_REACH = 0.10
_SURE = 0.5  # of the standard error of a height: an attempt also ends where it began
_BACK_M = 0.035
_STRAIGHTEN_S = 2.0
_SLIPPED_RAD = np.radians(10.0)


def find_rises(u: Uniform, placement: str) -> Found:
    """Time every rise and every failed attempt from a sensor at `lower_back` or `chest`."""
    trunk = follow_trunk(u, placement)
    if not trunk.transfers:
        return Found((), (), _doubts(trunk))
    body = rising.see_body(trunk, placement)
    pelves = [rising.follow_pelvis(body, transfer) for transfer in trunk.transfers]
    own_m = own_excursion(pelves)
    asked_m = _asked(body, pelves, own_m) * own_m - np.array([rising.drift_m(body, pelvis) for pelvis in pelves])
    full, partial = _sort_out(pelves, trunk, asked_m)
    failed = [*_attempts(body, own_m), *(_partial_rise(body, *pair, own_m) for pair in partial)]
    failed.sort(key=lambda attempt: attempt.seat_off.t_s)
    leans, following = _stand_leans(body, full), [*full[1:], None]
    moves = zip(full, following, _uprights(leans), strict=True)
    rises = _rises(body, [move for move in moves if move[0].height[-1] > 0])
    return Found(tuple(rises), tuple(failed), _doubts(trunk) or _never_upright(body, full, leans))


def _asked(body: Body, pelves: list[Pelvis], own_m: float) -> Array:
    """Share of the person's own excursion from which on a transfer, with the other way of its pair, is a whole one.

    Who straightens up as ever is given what a height may be wrong by. A full stand needs an upright trunk as well, and
    who gets up only in part stays bent, to keep the weight over the feet: the more a stand is bent, the less is given.
    """
    if RATES_INFERRED in body.trunk.u.flags:
        return np.full(len(pelves), _REACH_BY_ACCELERATION)
    too_bent = (_bent(body, pelves, own_m) - _AS_EVER_RAD) / (rising.UPRIGHT_RAD - _AS_EVER_RAD)
    share = _FULL_REACH + (rising.FULL_SHARE - _FULL_REACH) * np.minimum(1.0, np.maximum(0.0, too_bent))
    return np.asarray(share, dtype=np.float64)


def _bent(body: Body, pelves: list[Pelvis], own_m: float) -> Array:
    """(n,) by how much, rad, the trunk is more bent in the stand that a way up leads to than in the person's own.

    Where it also straightens less from the bend of the rise: a sensor that has slipped only seems to be bent. 0 for
    ways down.
    """
    leans = np.array(_stand_leans(body, pelves))
    straightens = np.array([float(body.lean[p.first : p.first + len(p.height)].max()) for p in pelves]) - leans
    tall = np.array([float(p.height[-1]) for p in pelves]) > _FULL_REACH * own_m
    if not tall.any():
        return np.zeros(len(pelves))
    more, less = leans - median(leans[tall]), median(straightens[tall]) - straightens
    return np.asarray(np.fmax(0.0, np.minimum(more, less)), dtype=np.float64)


def _never_upright(body: Body, full: list[Pelvis], leans: list[float]) -> tuple[str, ...]:
    """Who stays as bent in every stand as the seat was left may only have tried: there is no full stand to judge by."""
    ups = [(pelvis, lean) for pelvis, lean in zip(full, leans, strict=True) if pelvis.height[-1] > 0]
    for up, stands in ups:
        seated, deepest = float(body.lean[up.first]), float(body.lean[up.first : up.first + len(up.height)].max())
        if deepest - seated < rising.UPRIGHT_RAD or deepest - stands > _STRAIGHTENS * (deepest - seated):
            return ()
    return ("count_unsure",) if ups else ()


def _doubts(trunk: Trunk) -> tuple[str, ...]:
    """Without a gyroscope: bends as deep as those of the rises, but in none of them, make the count unsure."""
    if RATES_INFERRED not in trunk.u.flags:
        return ()
    at = find_peaks(trunk.lean, prominence=_BEND_RAD)[0]
    depth = peak_prominences(trunk.lean, at)[0]
    usual = float(np.median(np.sort(depth)[len(depth) // 2 :])) if len(depth) else 0.0
    deep = at[depth > usual / 2]
    explained = np.zeros(len(trunk.lean), dtype=np.bool_)
    for transfer in trunk.transfers:
        explained[transfer.first : transfer.last + 1] = True
    return () if explained[deep].all() else ("count_unsure",)


def _sort_out(
    pelves: list[Pelvis], trunk: Trunk, asked_m: Array
) -> tuple[list[Pelvis], list[tuple[Pelvis, Pelvis | None]]]:
    """Full transfers, and rises that fell short with the sitting down that follows.

    Neighbours that both fall short cancel each other: up and down is a failed attempt, down and up a squat. One
    that alone falls short is full, and its height measured wrong, since what goes up comes down: so is a last sitting
    down after a full rise, if it came to rest before the recording ended.
    """
    moves = list(zip(trunk.transfers, pelves, asked_m.tolist(), strict=True))
    full: list[Pelvis] = []
    partial: list[tuple[Pelvis, Pelvis | None]] = []
    while moves:
        (transfer, pelvis, least_m), following = moves.pop(0), moves[0][1] if moves else None
        last_down = following is None and transfer.height_m < 0 and transfer.last < trunk.nodes[-1]
        beside = full[-1] if last_down and full else following
        if not _fall_short(transfer, pelvis, beside, least_m):
            full.append(pelvis)
            continue
        if following is not None:
            moves.pop(0)
        if transfer.height_m > 0:
            partial.append((pelvis, following))
    return full, partial


def _fall_short(transfer: Transfer, pelvis: Pelvis, beside: Pelvis | None, least_m: float) -> bool:
    """Whether a transfer and its neighbour are less than a whole one: their mean is surer than either way alone."""
    if beside is None:
        return bool(max(abs(float(pelvis.height[-1])), transfer.height_m) < least_m)
    ways = [abs(float(p.height[-1])) for p in (pelvis, beside)]
    return sum(ways) / 2 < least_m and max(ways) < _ONE_WAY * least_m


def _partial_rise(body: Body, up: Pelvis, down: Pelvis | None, own_m: float) -> FailedRise:
    off = rising.seats_off(body, [up])[0]
    sat = None if down is None else rising.seats_on(body, [down])[0]
    return FailedRise(_start(body, up, off, _top_s(body, up)), off, sat, float(up.height[-1]) / own_m)


def _start(body: Body, pelvis: Pelvis, off: Moment, top_s: float) -> Moment | None:
    """First movement of a rise or an attempt, after the last sitting down."""
    before = reversed(body.trunk.transfers)
    sat = next((t.last for t in before if t.last <= pelvis.first and t.height_m < 0), 0)
    return rising.first_movement(body, pelvis, off.t_s, top_s, sat)


def _top_s(body: Body, pelvis: Pelvis) -> float:
    return rising.moment(body.trunk, pelvis.first + len(pelvis.height) - 1, 0.0).t_s


def own_excursion(pelves: list[Pelvis]) -> float:
    """The person's own full stand: middle of the upper half of all ways up, each with the way down that follows.

    A trunk that does not lean the same before and after makes one way too long and the other too short.
    """
    ends = [float(p.height[-1]) for p in pelves]
    moves = zip(ends, [*ends[1:], -ends[-1]], strict=True)
    stands = [(up - down) / 2 for up, down in moves if up > 0] or [-down for down in ends]
    stands.sort()
    return median(np.array(stands[len(stands) // 2 :]))


def _uprights(own: list[float]) -> list[float]:
    """The person's own upright lean, rad, at every transfer: the median over the leans of all stands.

    Where a stand's own is far from it, the sensor has slipped: there the stand's own counts.
    """
    known = [lean for lean in own if math.isfinite(lean)]
    usual = median(np.array(known)) if known else 0.0
    return [lean if abs(lean - usual) > _SLIPPED_RAD else usual for lean in own]


def _stand_leans(body: Body, moves: list[Pelvis]) -> list[float]:
    """The most upright lean, rad, of the stand that each way up leads to; NaN for ways down."""
    own = []
    for up, down in zip(moves, [*moves[1:], None], strict=True):
        if up.height[-1] <= 0:
            own.append(math.nan)
            continue
        end = up.first + len(up.height)
        until = min(len(body.lean), end + round(_STRAIGHTEN_S * up.rate_hz)) if down is None else down.first + 1
        own.append(straightest(body.lean[end - 1 : max(end, until)]))
    return own


def straightest(lean: Array) -> float:
    """Least lean before the trunk bends again: who is up may straighten, and bend and lie back when seated."""
    least = np.minimum.accumulate(lean)
    bends = (lean > least + _BEND_RAD).nonzero()[0]
    return float(least[bends[0] if len(bends) else -1])


def _rises(body: Body, moves: list[tuple[Pelvis, Pelvis | None, float]]) -> list[Rise]:
    """By each way up, the way down that follows, and the person's own upright lean, rad."""
    offs = rising.seats_off(body, [pelvis for pelvis, *_ in moves])
    sits = rising.seats_on(body, [following for _, following, _ in moves if following is not None])  # all but the last
    return [_rise(body, *move, *ends) for move, *ends in zip_longest(moves, offs, sits)]


def _rise(
    body: Body, pelvis: Pelvis, following: Pelvis | None, upright: float, off: Moment, sat: Moment | None
) -> Rise:
    stand = rising.full_stand(body, pelvis, len(body.lean) if following is None else following.first, upright)
    return Rise(start=_start(body, pelvis, off, stand.t_s), seat_off=off, standing=stand, seat_on=sat)


def _attempts(body: Body, own_m: float) -> list[FailedRise]:
    """Lifts off the seat and back that are no transfers."""
    found, least_m = [], max(_ATTEMPT_M, _ATTEMPT_REACH * own_m)
    for piece in _seated_pieces(body.trunk):
        height = _levelled(rising.height_over(body, piece))
        peak = int(height.argmax())
        risen_m = float(height[peak])
        if 0 < peak < len(height) - 1 and risen_m > least_m and risen_m > _SURE * _error(body.trunk, piece):
            found.append(_attempt(body, level(rising.follow_pelvis(body, piece)), peak, own_m))
    return found


def level(pelvis: Pelvis) -> Pelvis:
    """The same, ending as high as it began."""
    slant = pelvis.height[-1] / (len(pelvis.height) - 1)
    return replace(pelvis, height=_levelled(pelvis.height), speed=pelvis.speed - slant * pelvis.rate_hz)


def _levelled(height: Array) -> Array:
    return np.asarray(height - height[-1] / (len(height) - 1) * np.arange(len(height)), dtype=np.float64)


def _error(trunk: Trunk, piece: Transfer) -> float:
    ends = trunk.nodes.searchsorted([piece.first, piece.last])
    return float(height_error(rising.seconds(trunk, piece), float(np.sum(trunk.jitter[ends] ** 2))))


def _attempt(body: Body, pelvis: Pelvis, peak: int, own_m: float) -> FailedRise:
    height, speed = pelvis.height, pelvis.speed
    up = replace(pelvis, height=height[: peak + 1], speed=speed[: peak + 1])
    down = replace(pelvis, first=pelvis.first + peak, height=height[peak:], speed=speed[peak:])
    (off,), (on,) = rising.seats_off(body, [up]), rising.seats_on(body, [down])
    return FailedRise(_start(body, up, off, _top_s(body, up)), off, on, float(height[peak] / own_m))


def _seated_pieces(trunk: Trunk) -> Iterator[Transfer]:
    """Pieces between nodes while seated in which one may have risen; nodes off the seat's height do not end a piece."""
    nodes, rate_hz = trunk.nodes.tolist(), trunk.u.rate_hz
    far = furthest(trunk.acc, trunk.nodes, rate_hz).tolist()
    for span in _seated_spans(trunk):
        first, last = trunk.nodes.searchsorted(span).tolist()
        begin, height = nodes[first], 0.0
        for k in range(first, last):
            a, b = nodes[k : k + 2]
            if far[k] > _BACK_M / 4:
                height += float(rest_to_rest(trunk.acc[a : b + 1], rate_hz)[-1])
            if abs(height) < _BACK_M or k + 1 == last:
                if a > begin or far[k] >= _ATTEMPT_M / 2:
                    yield Transfer(begin, b, 0.0, rest_to_rest(trunk.acc[begin : b + 1], rate_hz))
                begin, height = b, 0.0


def _seated_spans(trunk: Trunk) -> Iterator[tuple[int, int]]:
    """Sample ranges between sitting down and rising, before the first rise and after the last sitting down."""
    begin = 0 if trunk.transfers[0].height_m > 0 else None
    for transfer in trunk.transfers:
        if transfer.height_m > 0 and begin is not None:
            yield begin, transfer.first
            begin = None
        elif transfer.height_m < 0:
            begin = transfer.last
    if begin is not None:
        yield begin, int(trunk.nodes[-1])
