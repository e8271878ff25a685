"""Edges that never arrived: what counters and heartbeats tell."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from firmware_protocol.gate_timer import Edge, Heartbeat, beam_index

_NEAR_NS = 2_000_000
"""An edge this close to a heartbeat may or may not be in its counters and levels."""
_MODULUS = 65536


@dataclass(frozen=True, slots=True)
class Loss:
    """Something was lost between two ticks."""

    kind: Literal["sequence_gap", "overrun"]
    since: int
    until: int
    count: int


def losses(edges: Sequence[Edge], heartbeats: Sequence[Heartbeat], tick_ns: int) -> Iterator[Loss]:
    """Follow the counters through edges and heartbeats, both by ticks; give every jump."""
    near = _near(edges, heartbeats, _NEAR_NS // tick_ns)
    counters = [(e.ticks, e.sequence, e.sequence + 1, e.overruns) for e in edges]
    counters += [(h.ticks, h.next_sequence, h.next_sequence, h.overruns) for h in heartbeats if h.ticks not in near]
    counters.sort(key=lambda c: c[0])
    for (since, _, expected, overruns), (until, number, _, more) in pairwise(counters):
        if lost := (number - expected) % _MODULUS:
            yield Loss("sequence_gap", since, until, lost)
        if 0 < (lost := (more - overruns) % _MODULUS) < _MODULUS // 2:
            yield Loss("overrun", since, until, lost)


def levels_disagree(
    edges: Sequence[Edge], heartbeats: Sequence[Heartbeat], beams: Iterable[int], tick_ns: int
) -> Iterator[tuple[int, int]]:
    """Give the ticks between which a beam came to another level than its edges say."""
    margin = _NEAR_NS // tick_ns
    mask = sum(1 << beam for beam in beams)
    place = 0
    for before, after in pairwise(heartbeats):
        while place < len(edges) and edges[place].ticks <= before.ticks - margin:
            place += 1
        levels, unsure = before.levels, 0
        for edge in edges[place:]:
            if edge.ticks > after.ticks + margin:
                break
            bit = 1 << beam_index(edge.gate, edge.beam)
            levels = levels | bit if edge.level else levels & ~bit
            unsure |= bit if edge.ticks > after.ticks - margin else 0
        if (levels ^ after.levels) & mask & ~unsure:
            yield before.ticks, after.ticks


def _near(edges: Sequence[Edge], heartbeats: Sequence[Heartbeat], margin: int) -> set[int]:
    """Ticks of the heartbeats that have an edge close by."""
    ticks = sorted(e.ticks for e in edges)
    near, place = set(), 0
    for heartbeat in heartbeats:
        while place < len(ticks) and ticks[place] < heartbeat.ticks - margin:
            place += 1
        if place < len(ticks) and ticks[place] <= heartbeat.ticks + margin:
            near.add(heartbeat.ticks)
    return near
