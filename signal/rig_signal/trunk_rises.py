"""Rises and failed attempts from a sensor on the trunk."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from rig_signal import rising
from rig_signal.rises import FailedRise, Found, Rise
from rig_signal.rising import Pelvis
from rig_signal.timebase import Uniform
from rig_signal.transfers import Transfer, Trunk, follow_trunk, height_error, rest_to_rest
from rig_signal.types import Array, Moment

_FULL_REACH = 0.75
_ATTEMPT_M = 0.04
_ATTEMPT_REACH = 0.12
_BACK_M = 0.035
_FIRST_MOVEMENT_U_S = 0.03


def find_rises(u: Uniform, placement: str) -> Found:
    """Time every rise and every failed attempt from a sensor at `lower_back` or `chest`."""
    trunk = follow_trunk(u)
    lever = rising.fit_lever(trunk, placement)
    pelves = [rising.follow_pelvis(trunk, transfer, lever) for transfer in trunk.transfers]
    own_m = _own_excursion(pelves)
    upright = _upright(trunk)
    rises, failed = [], []
    for k, transfer in enumerate(trunk.transfers):
        if transfer.height_m < 0:
            continue
        sat = _seat_on(trunk, k + 1, pelves)
        if pelves[k].height[-1] < _FULL_REACH * own_m:
            failed.append(_low_rise(trunk, transfer, pelves[k], sat, own_m))
        else:
            rises.append(_rise(trunk, k, pelves[k], sat, upright))
    attempts = _attempts(trunk, lever, own_m) if rises else []
    both = sorted([*failed, *attempts], key=lambda attempt: attempt.seat_off.t_s)
    return Found(tuple(rises), tuple(both))


def _own_excursion(pelves: list[Pelvis]) -> float:
    """Middle of the upper half of all heights gone through: the person's own full stand."""
    heights = np.sort([abs(float(p.height[-1])) for p in pelves])
    return float(np.median(heights[len(heights) // 2 :])) if len(heights) else 0.0


def _upright(trunk: Trunk) -> float:
    leans = [rising.lean_over(trunk, t)[-1 if t.height_m > 0 else 0] for t in trunk.transfers]
    return float(np.median(leans)) if leans else 0.0


def _rise(trunk: Trunk, k: int, pelvis: Pelvis, sat: Moment | None, upright: float) -> Rise:
    transfer = trunk.transfers[k]
    after = trunk.transfers[k - 1].last if k else 0
    duration_s = rising.duration_of(trunk, transfer)
    off = rising.seat_off(pelvis)
    begun = rising.first_movement(trunk, pelvis, off, after)
    stand = rising.full_stand(trunk, pelvis, transfer, upright)
    return Rise(
        start=rising.moment(trunk, 0.0 if begun is None else begun, _FIRST_MOVEMENT_U_S),
        seat_off=rising.moment(trunk, off, _u_s(duration_s)),
        standing=rising.moment(trunk, stand, _u_s(duration_s)),
        seat_on=sat,
    )


def _seat_on(trunk: Trunk, k: int, pelves: list[Pelvis]) -> Moment | None:
    if k >= len(pelves):
        return None
    duration_s = rising.duration_of(trunk, trunk.transfers[k])
    return rising.moment(trunk, rising.seat_on(pelves[k]), _u_s(duration_s))


def _u_s(duration_s: float) -> float:
    return float(np.hypot(0.015, 0.02 * duration_s))


def _low_rise(trunk: Trunk, transfer: Transfer, pelvis: Pelvis, sat: Moment | None, own_m: float) -> FailedRise:
    u_s = _u_s(rising.duration_of(trunk, transfer))
    off = rising.moment(trunk, rising.seat_off(pelvis), u_s)
    return FailedRise(off, sat, float(pelvis.height[-1] / own_m))


def _attempts(trunk: Trunk, lever: Array, own_m: float) -> list[FailedRise]:
    """Lifts off the seat and back that are no transfers."""
    found = []
    for transfer in _seated_pieces(trunk):
        pelvis = rising.follow_pelvis(trunk, transfer, lever)
        height = pelvis.height - pelvis.height[-1] * np.linspace(0, 1, len(pelvis.height))
        peak = int(np.argmax(height))
        sure_m = max(_ATTEMPT_M, _ATTEMPT_REACH * own_m, _error(trunk, transfer))
        if 0 < peak < len(height) - 1 and height[peak] > sure_m:
            found.append(_attempt(trunk, transfer, height, peak, own_m))
    return found


def _error(trunk: Trunk, piece: Transfer) -> float:
    ends = np.searchsorted(trunk.nodes, [piece.first, piece.last])
    return float(height_error(rising.duration_of(trunk, piece), float(np.sum(trunk.jitter[ends] ** 2))))


def _attempt(trunk: Trunk, transfer: Transfer, height: Array, peak: int, own_m: float) -> FailedRise:
    rate_hz = trunk.u.rate_hz
    speed = np.gradient(height) * rate_hz
    up = Pelvis(transfer.first, rate_hz, height[: peak + 1], speed[: peak + 1])
    down = Pelvis(transfer.first + peak, rate_hz, height[peak:], speed[peak:])
    u_s = _u_s(rising.duration_of(trunk, transfer))
    return FailedRise(
        rising.moment(trunk, rising.seat_off(up), u_s),
        rising.moment(trunk, rising.seat_on(down), u_s),
        float(height[peak] / own_m),
    )


def _seated_pieces(trunk: Trunk) -> Iterator[Transfer]:
    """Pieces between nodes while seated; nodes at a height other than the seat's do not end a piece."""
    for first, last in _seated_spans(trunk):
        nodes = [int(i) for i in trunk.nodes if first <= i <= last]
        begin, height = 0, 0.0
        for a, b in pairwise(nodes):
            height += float(rest_to_rest(trunk.acc[a : b + 1], trunk.u.rate_hz)[1][-1])
            if abs(height) < _BACK_M or b == nodes[-1]:
                yield Transfer(nodes[begin], b, 0.0)
                begin, height = nodes.index(b), 0.0


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
