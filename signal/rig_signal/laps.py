"""The laps of a Timed Up and Go at the 3 m gate: out, back, or a turn inside the beam."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rig_signal.crossing import (
    FOLLOWER_S,
    PLAUSIBLE_M_S,
    TRUNK_M,
    Code,
    Flag,
    Gate,
    Hands,
    Seen,
    check_course,
    history_flags,
    leading_edge,
    look,
)
from rig_signal.occlusion import Edge, Occlusion
from rig_signal.types import Moment

RISING_FACTOR = 1.5
"""Walking speed over the mean speed since the cue, which counts reaction and rising too."""


@dataclass(frozen=True, slots=True)
class LapResult:
    """The trunk at the far gate of a Timed Up and Go.

    Attributes
    ----------
    out
        Leading edge going out, or None.
    back
        Leading edge coming back; None where there is none to see, as for who turned inside the beam.
    left_s
        Trailing edge of the last occlusion used: the beam is free again.
    flags
        Doubts.
    """

    out: Moment | None
    back: Moment | None
    left_s: float | None
    flags: tuple[Flag, ...]


def find_laps(
    edges: Sequence[Edge],
    gate: Gate,
    *,
    start_s: float,
    end_s: float,
    blocked_at_start: Collection[tuple[int, int]] = frozenset(),
    hands: Hands = Hands.FREE,
) -> LapResult:
    """Time the trunk at the far gate of a Timed Up and Go, outward and back.

    Parameters
    ----------
    edges, gate, start_s, end_s, blocked_at_start, hands
        As in `rig_signal.crossing.find_crossings`, for the one gate at the 3 m line; the window opens at the cue.

    Returns
    -------
    LapResult
        With the flag `turned_inside` where one occlusion covers the turn, `laps_unclear` where one way shows more
        than one wide break (somebody follows, or the trunk came back into the beam).

    Notes
    -----
    One gate gives no speed: the mean speed from the cue to the first break is used, times 1.5 for reaction and rising.
    Of several wide occlusions the longest pause between two separates out from back; each way the first counts, since
    an assessor who follows comes later both ways.
    """
    check_course([gate], start_s, end_s)
    seen = look(edges, gate, start_s=start_s, end_s=end_s, blocked_at_start=blocked_at_start)
    speed = _walking_speed(seen, start_s)
    wide = seen.wide(speed)
    ways = _two_ways(wide) if len(wide) > 1 else [wide] if wide else []
    flags = (*history_flags(seen), *_lap_flags(gate.gate, ways, speed))
    moments = [leading_edge(seen, way[0], speed, hands) for way in ways]
    out, back = [*moments, None, None][:2]
    return LapResult(out, back, ways[-1][0].end_s if ways else None, flags)


def _walking_speed(seen: Seen, start_s: float) -> float:
    slowest, fastest = PLAUSIBLE_M_S
    first = next(iter(seen.wide(fastest)), None)
    if first is None or first.start_s <= start_s:
        return fastest
    return min(max(RISING_FACTOR * seen.gate.position_m / (first.start_s - start_s), slowest), fastest)


def _two_ways(wide: Sequence[Occlusion]) -> list[list[Occlusion]]:
    pauses = [b.start_s - a.end_s for a, b in pairwise(wide)]
    turn = pauses.index(max(pauses)) + 1
    return [list(wide[:turn]), list(wide[turn:])]


def _lap_flags(gate: int, ways: Sequence[Sequence[Occlusion]], speed_m_s: float) -> list[Flag]:
    tests = (
        (Code.GATE_MISSING, not ways or (len(ways) == 1 and not _turned_inside(ways[0][0], speed_m_s))),
        (Code.TURNED_INSIDE, len(ways) == 1 and _turned_inside(ways[0][0], speed_m_s)),
        (Code.LAPS_UNCLEAR, any(len(way) > 1 for way in ways)),
        (Code.FOLLOWER, any(b.start_s - a.end_s < FOLLOWER_S for way in ways for a, b in pairwise(way))),
    )
    return [Flag(code, gate) for code, holds in tests if holds]


def _turned_inside(one: Occlusion, speed_m_s: float) -> bool:
    return one.lasts_s * speed_m_s > TRUNK_M[1]
