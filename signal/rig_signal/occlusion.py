"""From a beam's edges to the stretches in which it was blocked."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

GLITCH_S = 0.002
"""Shorter pulses are electrical or an insect: nothing on a person is thinner than 2 ms of walking."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One change of one beam, as the timer stamped it."""

    gate: int
    beam: int
    blocked: bool
    t_s: float


@dataclass(frozen=True, slots=True, order=True)
class Occlusion:
    """A half-open stretch in which light is blocked, in seconds."""

    start_s: float
    end_s: float

    @property
    def lasts_s(self) -> float:
        """Its duration."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class BeamHistory:
    """What one beam did in a window: its occlusions in order, and how many edges contradict the one before."""

    occlusions: tuple[Occlusion, ...]
    contradictions: int


def beam_history(edges: Iterable[Edge], *, blocked_at_start: bool, start_s: float, end_s: float) -> BeamHistory:
    """Blocked stretches of one beam within a window.

    Parameters
    ----------
    edges
        Edges of this beam only, in any order; those outside `[start_s, end_s)` are left out.
    blocked_at_start
        The beam's level when the window opens.
    start_s, end_s
        The window. A beam still blocked at its end is taken as blocked up to there.

    Notes
    -----
    Edges with the same stamp are taken together, so their order does not matter. An edge that repeats the level
    before it means that an edge was lost: it is counted, and the level it reports stands.
    """
    inside = sorted((e for e in edges if start_s <= e.t_s < end_s), key=lambda e: e.t_s)
    level, since, contradictions = blocked_at_start, start_s, 0
    occlusions: list[Occlusion] = []
    for t_s, together in groupby(inside, key=lambda e: e.t_s):
        balance = sum(1 if e.blocked else -1 for e in together)
        after = level if balance == 0 else balance > 0
        contradictions += balance != 0 and after == level
        if level and not after:
            occlusions.append(Occlusion(since, t_s))
        if after != level:
            since = t_s
        level = after
    if level:
        occlusions.append(Occlusion(since, end_s))
    return BeamHistory(tuple(occlusions), contradictions)


def clean(occlusions: Iterable[Occlusion], gap_s: float) -> list[Occlusion]:
    """Occlusions without glitches, those closer than `gap_s` joined: an object with a slit is one object."""
    joined: list[Occlusion] = []
    for one in (o for o in occlusions if o.lasts_s >= GLITCH_S):
        if joined and one.start_s - joined[-1].end_s < gap_s:
            joined[-1] = Occlusion(joined[-1].start_s, max(one.end_s, joined[-1].end_s))
        else:
            joined.append(one)
    return joined


def blocked_together(beams: Sequence[Sequence[Occlusion]]) -> list[Occlusion]:
    """Stretches in which all beams are blocked at once: a trunk spans two heights, an arm or a frame one."""
    steps = sorted((t, change) for beam in beams for o in beam for t, change in ((o.start_s, 1), (o.end_s, -1)))
    together, depth = [], 0
    for (t_s, change), (next_s, _) in pairwise(steps):
        depth += change
        if depth == len(beams) and next_s > t_s:
            together.append(Occlusion(t_s, next_s))
    return together
