"""From raw beam edges to the trunk's crossing of each gate, and how far the run can be trusted.

The rule: the **first** occlusion of trunk length, its **leading edge**. Taking the first break instead times an arm, a
cane or a walking frame; taking the longest jumps to the assessor who follows. A beam at breastbone height sees little
besides trunks; with a second beam at hip height an occlusion is what blocks both.

References
----------
Yeadon MR, Kato T, Kerwin DG (1999) Measuring running speed using photocells. J Sports Sci 17:249-257,
doi 10.1080/026404199366154 (longest break and double beams; here the first of trunk length, since people follow).
"""

import math
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise

from rig_signal.occlusion import BeamHistory, Edge, Occlusion, beam_history, blocked_together, clean
from rig_signal.types import Moment, SignalError

TRUNK_M = (0.12, 0.55)
"""Depth of a trunk in the direction of walking, with what hangs on it; an arm is thinner, two people are deeper."""
SLIVER_M = 0.06
"""Half of the thinnest trunk: so thin it seems in a burst of speed (pick-up frames: up to three times the mean)."""
REACH_M = 0.60
"""How far arms and aids at beam height go ahead of their owner's trunk."""
ALIKE = 0.5
"""An arm (0.09 m) blocks a beam for less than half the time of the thinnest trunk (0.19 m), whatever the speed."""
SLIT_M = 0.02
LONGEST_S = 5.0
TOO_CLOSE_S = 0.3
FOLLOWER_S = 1.0
SPLIT_RATIO = 2.0
ELECTRONICS_S = 0.001
SURFACE_M = 0.01 / math.sqrt(3)
"""Clothing and the width of the light: the surface is found within ±1 cm."""
LEAN_M = 0.15
"""The surfaces of one trunk at two heights are at most so far apart; a beam blocked earlier saw an arm or an aid."""
PLAUSIBLE_M_S = (0.1, 2.5)
NARROWEST_S = TRUNK_M[0] / PLAUSIBLE_M_S[1]
ITERATIONS = 3

_StandIn = Callable[[Sequence[Occlusion]], Occlusion | None]
"""Picks what stands for the trunk among objects that are all shorter than one."""


class Hands(StrEnum):
    """What the participant's hands do, which says how far an arm may be ahead of the trunk."""

    FREE = "free"
    ON_FRAME = "on_frame"


@dataclass(frozen=True, slots=True)
class Limb:
    """How far arms are ahead of the trunk in a beam: `per_m` for every metre that it is below `top_m`, as one SD."""

    top_m: float
    per_m: float

    def ahead_m(self, height_m: float) -> float:
        """Standard uncertainty of the front of the trunk for a beam at this height."""
        return max(0.0, self.top_m - height_m) * self.per_m


LIMBS = {Hands.FREE: Limb(1.14, 0.20), Hands.ON_FRAME: Limb(1.06, 1.0)}
"""An arm that hangs from the shoulder, with a cane in its hand or not, comes before a thin or bent trunk: the lower the
beam, the further. Forearms on a frame lie at 45 degrees below the elbow. Set on two families of virtual walkers with
beams at 0.95-1.2 m, not measured on people: 1 cm at 1.1 m, at 1.0 m 3 cm (6 cm with hands on a frame)."""


class Code(StrEnum):
    """What makes a crossing or a run doubtful."""

    BLOCKED_AT_ARM = "blocked_at_arm"
    IN_BEAM_AT_START = "in_beam_at_start"
    GATE_MISSING = "gate_missing"
    OUT_OF_ORDER = "out_of_order"
    REVERSE_ORDER = "reverse_order"
    NO_TRUNK_LENGTH = "no_trunk_length"
    LONGER_THAN_TRUNK = "longer_than_trunk"
    OCCLUSION_OVER_5_S = "occlusion_over_5_s"
    CANDIDATES_TOO_CLOSE = "candidates_too_close"
    FOLLOWER = "follower"
    EARLY_BREAK = "early_break"
    SPLIT_RATIO = "split_ratio"
    EDGES_CONTRADICT = "edges_contradict"
    SINGLE_IMPULSE = "single_impulse"
    TURNED_INSIDE = "turned_inside"
    LAPS_UNCLEAR = "laps_unclear"


@dataclass(frozen=True, slots=True)
class Flag:
    """A named doubt, and the gate it belongs to (None: the run)."""

    code: Code
    gate: int | None = None


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate as it stands on the course.

    Attributes
    ----------
    gate
        Its number in the edges.
    position_m
        Distance from the start line.
    heights_m
        Height of every beam, by beam number: one at the breastbone, or a second at the hip (occluded = both).
    """

    gate: int
    position_m: float
    heights_m: tuple[float, ...] = (1.1,)


@dataclass(frozen=True, slots=True)
class GateCrossing:
    """What one gate saw.

    Attributes
    ----------
    gate, position_m
        As in the layout.
    crossing
        Leading edge of the trunk, or None.
    reason
        Why there is no crossing.
    occlusion
        The stretch taken for the trunk (its end is the trailing edge), or None.
    length_m
        Its duration times the local speed, or None where the speed is unknown.
    speed_m_s
        The local speed used.
    candidates
        Number of occlusions of at least trunk length at this gate.
    """

    gate: int
    position_m: float
    crossing: Moment | None = None
    reason: Code | None = None
    occlusion: Occlusion | None = None
    length_m: float | None = None
    speed_m_s: float | None = None
    candidates: int = 0


@dataclass(frozen=True, slots=True)
class Split:
    """Time and mean speed between two successive crossings."""

    from_gate: int
    to_gate: int
    duration_s: float
    u_s: float
    speed_m_s: float


@dataclass(frozen=True, slots=True)
class CrossingResult:
    """The crossings of one walk: one entry a gate in the order of position, splits between those found, doubts."""

    gates: tuple[GateCrossing, ...]
    splits: tuple[Split, ...]
    flags: tuple[Flag, ...]

    def at(self, position_m: float) -> GateCrossing | None:
        """Return what the gate at this place saw, or None where none stands."""
        return next((g for g in self.gates if math.isclose(g.position_m, position_m, abs_tol=1e-3)), None)


@dataclass(frozen=True, slots=True)
class Seen:
    """The raw histories of a gate's beams in the window."""

    gate: Gate
    beams: tuple[BeamHistory, ...]
    levels: tuple[bool, ...]

    @property
    def blocked_at_start(self) -> bool:
        """Whether all beams were blocked when the window opened."""
        return all(self.levels)

    def occlusions(self, speed_m_s: float) -> list[Occlusion]:
        """List the objects at the gate for a speed of travel: glitches dropped, slits closed, beams combined."""
        gap_s = SLIT_M / speed_m_s
        found = clean(blocked_together([clean(b.occlusions, gap_s) for b in self.beams]), gap_s)
        return found[1:] if self.blocked_at_start else found

    @property
    def least_m(self) -> float:
        """The thinnest trunk; half where two heights must be blocked at once, which an arm alone does not."""
        return TRUNK_M[0] if len(self.beams) == 1 else SLIVER_M

    def wide(self, speed_m_s: float) -> list[Occlusion]:
        """Select the occlusions of at least trunk length."""
        return [o for o in self.occlusions(speed_m_s) if o.lasts_s * speed_m_s >= self.least_m]

    @property
    def highest(self) -> int:
        """The beam that defines the crossing."""
        return max(range(len(self.beams)), key=lambda beam: self.gate.heights_m[beam])

    def upper(self, speed_m_s: float) -> list[Occlusion]:
        """List the objects at the highest beam."""
        return clean(self.beams[self.highest].occlusions, SLIT_M / speed_m_s)

    def arrivals(self, speed_m_s: float) -> list[Occlusion]:
        """List the objects that came to the highest beam while it was watched: whose front was seen."""
        return self.upper(speed_m_s)[self.levels[self.highest] :]


@dataclass(frozen=True, slots=True)
class _Pick:
    """What is taken for the trunk at one gate, and the walker's speed that judged it.

    `doubt_s` later came another object that may have been the trunk (0: none did); `local_m_s` is the speed nearby.
    """

    seen: Seen
    speed_m_s: float
    occlusion: Occlusion | None
    reason: Code | None
    doubt_s: float = 0.0
    local_m_s: float = PLAUSIBLE_M_S[1]

    @property
    def clear(self) -> bool:
        """Whether this is the first object of trunk length, and in all beams."""
        return self.occlusion in self.seen.wide(self.speed_m_s)

    def length_m(self, speed_m_s: float) -> float:
        return 0.0 if self.occlusion is None else self.occlusion.lasts_s * speed_m_s


@dataclass(frozen=True, slots=True)
class _Leg:
    """The way from one crossing to the next, and the mean speed on it."""

    from_m: float
    to_m: float
    speed_m_s: float

    def touches(self, pick: _Pick) -> bool:
        return self.from_m <= pick.seen.gate.position_m <= self.to_m


def find_crossings(
    edges: Sequence[Edge],
    gates: Sequence[Gate],
    *,
    start_s: float,
    end_s: float,
    blocked_at_start: Collection[tuple[int, int]] = frozenset(),
    hands: Hands = Hands.FREE,
) -> CrossingResult:
    """Time the trunk at every gate of a walk in the direction of growing positions.

    Parameters
    ----------
    edges
        Raw edges of all beams, in any order; edges of gates that are not in `gates` are ignored.
    gates
        The gates of this walk, at different places.
    start_s, end_s
        The window: from the cue (or arming) to the end of the trial.
    blocked_at_start
        `(gate, beam)` of every beam blocked at `start_s`. At the first gate this is a person standing in the beam at
        a static start: no leading edge exists and the crossing is None with the reason `in_beam_at_start`.
    hands
        On the grips of a walking frame or a rollator, or free (a cane counts as free).

    Returns
    -------
    CrossingResult
        With `u_s` of 1 ms for optics and electronics; at the local speed ±1 cm of surface and what arms may be ahead
        at the height of the beam (`LIMBS`); what a slit or an arm that two beams tell apart cut off in front; and the
        time to the next object where another may have been the trunk.

    Raises
    ------
    SignalError
        No gates, two gates at one place or number, or a window that ends before it starts.

    Notes
    -----
    The local speed is the faster of the two neighbouring splits (a pause can only slow one), from the crossings
    themselves, iterated. An occlusion longer than a trunk is still taken, with a flag: somebody who stops in the beam
    or is closely followed has the same leading edge.

    Speeds may be wrong, comparisons at one gate are not: what blocks the highest beam for half the time of the trunk
    after it is no arm, and is taken instead, with a flag. Where nothing reaches trunk length the longest break stands
    for it, with a flag, if it is the only one or if one leg alone gave the speed, which a rest on the way slows down.

    The length of an occlusion does not tell whether an arm is in front: correlation with the lead 0 to 0.2 in virtual
    walkers, since speed changes within a step as much.

    So the height of the beam sets the limit: lower than the lower breastbone an arm may come into it first, above the
    shoulders the head (docs/course.md, with how often and by how much in virtual walks). All this is one occlusion: no
    edge tells.
    """
    check_course(gates, start_s, end_s)
    course = sorted(gates, key=lambda g: g.position_m)
    seen = [look(edges, g, start_s=start_s, end_s=end_s, blocked_at_start=blocked_at_start) for g in course]
    picks = _iterate(seen, start_s)
    if _wrong_way(picks):
        picks = [_Pick(p.seen, p.speed_m_s, None, Code.REVERSE_ORDER) for p in picks]
    found = tuple(_crossing(p, hands) for p in picks)
    splits = splits_between(found)
    doubts = [f for p in picks for f in (*history_flags(p.seen), *_length_flags(p), *_company_flags(p))]
    return CrossingResult(found, splits, tuple(doubts + _order_flags(picks) + split_flags(splits)))


def look(
    edges: Sequence[Edge], gate: Gate, *, start_s: float, end_s: float, blocked_at_start: Collection[tuple[int, int]]
) -> Seen:
    """Collect what the beams of one gate did in a window; see `find_crossings` for the parameters."""
    levels = [(gate.gate, beam) in blocked_at_start for beam in range(len(gate.heights_m))]
    own = [[e for e in edges if (e.gate, e.beam) == (gate.gate, beam)] for beam in range(len(gate.heights_m))]
    beams = tuple(
        beam_history(edge, blocked_at_start=level, start_s=start_s, end_s=end_s)
        for edge, level in zip(own, levels, strict=True)
    )
    return Seen(gate, beams, tuple(levels))


def check_course(gates: Sequence[Gate], start_s: float, end_s: float) -> None:
    """Refuse a course without gates, with two at one place or number, and an empty window."""
    if not gates:
        raise SignalError("crossing: no gates are given: declare them in the course")
    if len({g.gate for g in gates}) < len(gates) or len({g.position_m for g in gates}) < len(gates):
        raise SignalError("crossing: two gates share a number or a place: correct the course")
    if not start_s < end_s:
        raise SignalError(f"crossing: the window ends at {end_s:g} s, not after its start at {start_s:g} s")


def history_flags(seen: Seen) -> list[Flag]:
    """List doubts about the beams themselves: an edge was lost, or they were blocked when the window opened."""
    gate = seen.gate.gate
    lost = [Flag(Code.EDGES_CONTRADICT, gate)] if any(b.contradictions for b in seen.beams) else []
    return lost + ([Flag(Code.BLOCKED_AT_ARM, gate)] if seen.blocked_at_start else [])


def splits_between(found: Sequence[GateCrossing]) -> tuple[Split, ...]:
    """List times and mean speeds between successive crossings."""
    have = [(g, g.crossing) for g in found if g.crossing is not None]
    return tuple(_split(a, at_a, b, at_b) for (a, at_a), (b, at_b) in pairwise(have) if at_b.t_s > at_a.t_s)


def split_flags(splits: Sequence[Split]) -> list[Flag]:
    """Flag neighbouring splits whose speeds differ by more than a factor of two: a wrong break, or a pause."""
    doubtful = (b for a, b in pairwise(splits) if not 1 / SPLIT_RATIO <= b.speed_m_s / a.speed_m_s <= SPLIT_RATIO)
    return [Flag(Code.SPLIT_RATIO, b.from_gate) for b in doubtful]


def _split(a: GateCrossing, at_a: Moment, b: GateCrossing, at_b: Moment) -> Split:
    lasts_s = at_b.t_s - at_a.t_s
    return Split(a.gate, b.gate, lasts_s, math.hypot(at_a.u_s, at_b.u_s), (b.position_m - a.position_m) / lasts_s)


def _iterate(seen: Sequence[Seen], start_s: float) -> list[_Pick]:
    picks = _choose(seen, PLAUSIBLE_M_S[1])
    for _ in range(ITERATIONS):
        picks = _choose(seen, _fastest(_legs(picks, start_s)))
    legs = _legs(picks, start_s)
    return [replace(p, local_m_s=_fastest([leg for leg in legs if leg.touches(p)] or legs)) for p in picks]


def _choose(seen: Sequence[Seen], speed: float) -> list[_Pick]:
    picks: list[_Pick] = []
    after_s = -math.inf
    stand_in = _longest if len(seen) < 3 else _only  # one leg alone gives a speed that a stop makes too small
    for i, gate in enumerate(seen):
        standing = i == 0 and gate.blocked_at_start
        pick = _in_beam(gate, speed) if standing else _first_trunk(gate, speed, after_s, stand_in)
        after_s = after_s if pick.occlusion is None else pick.occlusion.start_s
        picks.append(pick)
    return picks


def _in_beam(seen: Seen, speed: float) -> _Pick:
    return _Pick(seen, speed, None, Code.IN_BEAM_AT_START)


def _first_trunk(seen: Seen, speed: float, after_s: float, stand_in: _StandIn) -> _Pick:
    """Take the first object of trunk length, or what stands in for it where nothing reaches that."""
    both, top = (
        [o for o in objects if o.start_s > after_s] for objects in (seen.occlusions(speed), seen.arrivals(speed))
    )
    trunk = next((o for o in seen.wide(speed) if o.start_s > after_s), None) or stand_in(both or top)
    if trunk is None:
        return _Pick(seen, speed, None, Code.NO_TRUNK_LENGTH if both or top else Code.GATE_MISSING)
    chosen = min(_far_ahead(both, trunk, speed), _alike(top, trunk))
    return _Pick(seen, speed, chosen, None, doubt_s=trunk.start_s - chosen.start_s)


def _only(objects: Sequence[Occlusion]) -> Occlusion | None:
    """Take what broke the gate just once: the trunk must have passed."""
    return _longest(objects) if len(objects) == 1 else None


def _longest(objects: Sequence[Occlusion]) -> Occlusion | None:
    """Take the longest of several, unless even the thinnest trunk at a run blocks longer."""
    return max((o for o in objects if o.lasts_s >= NARROWEST_S), key=lambda o: o.lasts_s, default=None)


def _far_ahead(objects: Sequence[Occlusion], wide: Occlusion, speed: float) -> Occlusion:
    """Take the first wide object, unless a thinner one came so far ahead that it cannot be its owner's arm or aid."""
    ahead = (o for o in objects if (wide.start_s - o.start_s) * speed > REACH_M and o.lasts_s * speed >= SLIVER_M)
    return next(ahead, wide)


def _alike(top: Sequence[Occlusion], wide: Occlusion) -> Occlusion:
    """Take the first wide object, unless one came to the highest beam before it for longer than an arm would.

    So passes a trunk before a follower's, when a hip beam missed its lower part, or when all lengths are
    underestimated with the speed, as after a stop.
    """
    own = next((o for o in top if o.end_s > wide.start_s), wide)
    return next((o for o in top if o.end_s <= wide.start_s and o.lasts_s >= ALIKE * own.lasts_s), wide)


def _legs(picks: Sequence[_Pick], start_s: float) -> list[_Leg]:
    have = [(p.seen.gate.position_m, p.occlusion.start_s) for p in picks if p.occlusion is not None]
    ends = list(pairwise(have)) or [((0.0, start_s), one) for one in have if one[0] > 0]
    return [_Leg(a[0], b[0], (b[0] - a[0]) / (b[1] - a[1])) for a, b in ends]


def _fastest(legs: Sequence[_Leg]) -> float:
    """Take the speed of the fastest leg: a pause can only slow one, and a trunk must not be lost for it."""
    return _plausible(max((leg.speed_m_s for leg in legs), default=PLAUSIBLE_M_S[1]))


def _plausible(speed_m_s: float) -> float:
    return min(max(speed_m_s, PLAUSIBLE_M_S[0]), PLAUSIBLE_M_S[1])


def _crossing(pick: _Pick, hands: Hands) -> GateCrossing:
    gate = pick.seen.gate
    if pick.occlusion is None:
        return GateCrossing(gate.gate, gate.position_m, reason=pick.reason)
    return GateCrossing(
        gate=gate.gate,
        position_m=gate.position_m,
        crossing=_widened(leading_edge(pick.seen, pick.occlusion, pick.local_m_s, hands), pick.doubt_s),
        occlusion=pick.occlusion,
        length_m=pick.length_m(pick.local_m_s),
        speed_m_s=pick.local_m_s,
        candidates=len(pick.seen.wide(pick.speed_m_s)),
    )


def _widened(moment: Moment, doubt_s: float) -> Moment:
    """Add what may have been the trunk instead, so much later, as a rectangular distribution."""
    return Moment(moment.t_s, math.hypot(moment.u_s, doubt_s / math.sqrt(12)))


def leading_edge(seen: Seen, trunk: Occlusion, speed_m_s: float, hands: Hands = Hands.FREE) -> Moment:
    """Time the trunk's front at the height of the highest beam.

    That beam alone gives it, unless it saw an object deeper than a trunk that reaches further ahead of the other beam's
    than a trunk leans: then an arm was in front, and the time at which both were blocked stands, with an uncertainty
    that says so. What reaches further ahead than any arm is a person who stopped between the two edges.
    """
    objects = (o for o in seen.upper(speed_m_s) if o.start_s <= trunk.start_s < o.end_s)
    upper = next(objects, trunk)
    ahead_m = (trunk.start_s - upper.start_s) * speed_m_s
    limb_m = LIMBS[hands].ahead_m(seen.gate.heights_m[seen.highest])
    u_s = math.hypot(ELECTRONICS_S, math.hypot(SURFACE_M, limb_m) / speed_m_s)
    if upper.lasts_s * speed_m_s > TRUNK_M[1] and LEAN_M < ahead_m <= REACH_M:
        return Moment(trunk.start_s, math.hypot(u_s, LEAN_M / math.sqrt(12) / speed_m_s))
    front_s = _behind_slit(seen, upper, speed_m_s)
    return _widened(Moment(front_s, u_s), front_s - upper.start_s)


def _behind_slit(seen: Seen, upper: Occlusion, speed_m_s: float) -> float:
    """Tell where the trunk itself begins: light between it and what is in front shows that this is an arm."""
    parts = (o for o in clean(seen.beams[seen.highest].occlusions, 0.0) if upper.start_s <= o.start_s < upper.end_s)
    return next((o.start_s for o in parts if o.lasts_s * speed_m_s >= TRUNK_M[0]), upper.start_s)


def _length_flags(pick: _Pick) -> list[Flag]:
    gate = pick.seen.gate.gate
    if pick.occlusion is None:
        return [] if pick.reason is None else [Flag(pick.reason, gate)]
    tests = (
        (Code.NO_TRUNK_LENGTH, not pick.clear or _outlasted(pick, pick.occlusion)),
        (Code.LONGER_THAN_TRUNK, pick.length_m(pick.local_m_s) > TRUNK_M[1]),
        (Code.OCCLUSION_OVER_5_S, pick.occlusion.lasts_s > LONGEST_S),
    )
    return [Flag(code, gate) for code, holds in tests if holds]


def _outlasted(pick: _Pick, taken: Occlusion) -> bool:
    """Tell whether what two beams took is as thin as an arm, and a trunk came later: it may be the arm's owner."""
    top = pick.seen.upper(pick.local_m_s)
    own = next((o for o in top if o.start_s <= taken.start_s < o.end_s), taken)
    later = (o for o in top if o.start_s >= own.end_s and o.lasts_s * pick.local_m_s <= TRUNK_M[1])
    return own.lasts_s * pick.local_m_s < TRUNK_M[0] and any(own.lasts_s < ALIKE * o.lasts_s for o in later)


def _company_flags(pick: _Pick) -> list[Flag]:
    """Other breaks near the one taken: before it an arm or an aid, after it somebody who follows."""
    taken, gate = pick.occlusion, pick.seen.gate.gate
    if taken is None:
        return []
    within_s = max(FOLLOWER_S, REACH_M / pick.local_m_s)
    seen = (*pick.seen.occlusions(pick.speed_m_s), *pick.seen.arrivals(pick.speed_m_s))
    early = [o for o in seen if -within_s < o.end_s - taken.start_s <= 0]
    gaps = [o.start_s - taken.end_s for o in pick.seen.wide(pick.speed_m_s) if o.start_s >= taken.end_s]
    tests = (
        (Code.EARLY_BREAK, bool(early)),
        (Code.CANDIDATES_TOO_CLOSE, any(gap < TOO_CLOSE_S for gap in gaps)),
        (Code.FOLLOWER, any(gap < FOLLOWER_S for gap in gaps)),
    )
    return [Flag(code, gate) for code, holds in tests if holds]


def _order_flags(picks: Sequence[_Pick]) -> list[Flag]:
    """Flag gates whose first trunk came before that of the gate in front of them."""
    firsts = [(p.seen.gate.gate, w[0].start_s) for p in picks if (w := p.seen.wide(p.speed_m_s))]
    return [Flag(Code.OUT_OF_ORDER, gate) for (_, a), (gate, b) in pairwise(firsts) if b <= a]


def _wrong_way(picks: Sequence[_Pick]) -> bool:
    """Tell whether every gate was broken before the one in front of it and the run cannot be read forwards."""
    incomplete = any(p.occlusion is None for p in picks)
    return incomplete and len(picks) > 1 and len(_order_flags(picks)) == len(picks) - 1
