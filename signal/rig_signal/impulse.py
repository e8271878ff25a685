"""Crossings from commercial timers that send one impulse a crossing, after their own lock-out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rig_signal.crossing import (
    ELECTRONICS_S,
    FOLLOWER_S,
    Code,
    CrossingResult,
    Flag,
    Gate,
    GateCrossing,
    check_course,
    split_flags,
    splits_between,
)
from rig_signal.types import Moment

REACH_M = 0.20
"""A hand, an aid or a lifted knee breaks the beam up to so far in front of the trunk."""
USUAL_M_S = 0.6
"""Speed for the uncertainty where only one gate was crossed: slow, so that it is not understated."""


@dataclass(frozen=True, slots=True)
class Impulse:
    """One crossing as a timer reported it."""

    gate: int
    t_s: float


def find_impulse_crossings(
    impulses: Sequence[Impulse], gates: Sequence[Gate], *, start_s: float, end_s: float
) -> CrossingResult:
    """Take the first impulse of every gate, in the order of the gates.

    No lengths are known, so an arm or an aid cannot be told from the trunk: every crossing carries the flag
    `single_impulse` and a `u_s` of a rectangular 0.20 m of reach at the mean speed. (Measured on sprints: false signals
    of a single beam, SD 12-42 ms.)

    Parameters
    ----------
    impulses
        In any order; those outside `[start_s, end_s)` are left out.
    gates, start_s, end_s
        As in `rig_signal.crossing.find_crossings`.

    Returns
    -------
    CrossingResult
        Without occlusions.

    Raises
    ------
    SignalError
        As `find_crossings`.
    """
    check_course(gates, start_s, end_s)
    course = sorted(gates, key=lambda g: g.position_m)
    times = [sorted(i.t_s for i in impulses if i.gate == g.gate and start_s <= i.t_s < end_s) for g in course]
    firsts = _in_order(times)
    u_s = math.hypot(ELECTRONICS_S, REACH_M / math.sqrt(12) / _mean_speed(course, firsts))
    found = tuple(_crossing(g, t, u_s, len(own)) for g, t, own in zip(course, firsts, times, strict=True))
    splits = splits_between(found)
    flags = [f for g, t, own in zip(course, firsts, times, strict=True) for f in _flags(g.gate, t, own)]
    return CrossingResult(found, splits, tuple(flags + split_flags(splits)))


def _in_order(times: Sequence[Sequence[float]]) -> list[float | None]:
    firsts: list[float | None] = []
    after = -math.inf
    for own in times:
        first = next((t for t in own if t > after), None)
        after = after if first is None else first
        firsts.append(first)
    return firsts


def _mean_speed(course: Sequence[Gate], firsts: Sequence[float | None]) -> float:
    have = [(g.position_m, t) for g, t in zip(course, firsts, strict=True) if t is not None]
    if len(have) < 2:
        return USUAL_M_S
    return (have[-1][0] - have[0][0]) / (have[-1][1] - have[0][1])


def _crossing(gate: Gate, t_s: float | None, u_s: float, n: int) -> GateCrossing:
    if t_s is None:
        return GateCrossing(gate.gate, gate.position_m, reason=Code.GATE_MISSING)
    return GateCrossing(gate.gate, gate.position_m, crossing=Moment(t_s, u_s), candidates=n)


def _flags(gate: int, first: float | None, own: Sequence[float]) -> list[Flag]:
    if first is None:
        return [Flag(Code.GATE_MISSING, gate)]
    tests = (
        (Code.SINGLE_IMPULSE, True),
        (Code.OUT_OF_ORDER, own[0] < first),
        (Code.FOLLOWER, any(0 < t - first < FOLLOWER_S for t in own)),
    )
    return [Flag(code, gate) for code, holds in tests if holds]
