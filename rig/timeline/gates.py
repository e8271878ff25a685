"""The gate timer's edges on the session clock."""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from firmware_protocol.clock_sync import ClockMap, two_way
from firmware_protocol.gate_timer import PING_WIRE_NS, PONG_WIRE_NS, Cue, Edge, Heartbeat, beam_index
from rig.timeline.gate_epochs import Epoch, known
from rig.timeline.gate_losses import levels_disagree, losses
from rig.timeline.links import Link, link_flags
from rig.timeline.types import LOOK_BACK_NS, NO_CLOCK, Beam, BeamEdge, ClockQuality, CueStamp, GateWindow

BOUND_LIMIT_NS = 5_000_000
AGE_LIMIT_S = 30.0
SILENCE_NS = 3_000_000_000
"""Three heartbeats."""


@dataclass(frozen=True, slots=True)
class _View:
    """What was known of an epoch at some instant, with its clock."""

    epoch: Epoch
    clock: ClockMap
    quality: ClockQuality
    edges: tuple[Edge, ...]
    heartbeats: tuple[Heartbeat, ...]
    cues: tuple[Cue, ...]

    def overlaps(self, since: int, until: int, start_ns: int, end_ns: int) -> bool:
        """Whether the ticks `(since, until]` reach into the window."""
        return self.clock.to_ns(since) < end_ns and self.clock.to_ns(until) >= start_ns


@dataclass(frozen=True, slots=True)
class GateTrack:
    """Everything the timer sent, in epochs that are never joined.

    Attributes
    ----------
    source
        The device's id.
    beams
        Fitted beams, as the set-up declares them.
    epochs, links
        What came, and what happened to the line.
    heard_until_ns
        Host time of the last packet of the session, from whatever device.
    """

    source: str
    beams: tuple[Beam, ...]
    epochs: tuple[Epoch, ...]
    links: tuple[Link, ...]
    heard_until_ns: int

    def window(self, start_ns: int, end_ns: int, known_until_ns: int) -> GateWindow:
        """Give the edges in `[start_ns, end_ns)`, mapped with packets up to `known_until_ns` only."""
        current = [e for e in self.epochs if _alive(e, start_ns, min(end_ns, known_until_ns))]
        views = [view for e in current if (view := _view(e, start_ns, end_ns, known_until_ns)) is not None]
        clock = _worst([view.quality for view in views])
        flags = link_flags(self.links, start_ns, min(end_ns, known_until_ns + 1)) | _clock_flags(clock)
        if len(views) < len(current):
            flags.add("no_sync")
        for view in views:
            flags |= _view_flags(view, self.beams, start_ns, end_ns)
        flags |= self._arrival_flags(start_ns, end_ns, min(known_until_ns, max(self.heard_until_ns, end_ns)))
        return GateWindow(
            edges=_sorted_edges(views, start_ns, end_ns),
            levels_at_start=self._levels(views, start_ns),
            cues=_sorted_cues(views, start_ns, end_ns),
            clock=clock,
            flags=tuple(sorted(flags)),
        )

    def clock_at(self, known_until_ns: int) -> ClockQuality:
        """How well the clock is known with packets up to `known_until_ns`."""
        begun = [e for e in self.epochs if _alive(e, known_until_ns, known_until_ns)]
        view = _view(begun[-1], known_until_ns, known_until_ns, known_until_ns) if begun else None
        return view.quality if view else NO_CLOCK

    def _levels(self, views: Sequence[_View], start_ns: int) -> Mapping[Beam, bool | None]:
        begun = [view for view in views if view.epoch.arrivals[0] < start_ns]
        if not begun:
            return dict.fromkeys(self.beams)
        return _levels_at(begun[-1], self.beams, start_ns)

    def _arrival_flags(self, start_ns: int, end_ns: int, known_until_ns: int) -> set[str]:
        flags = set()
        restarts = [e.arrivals[0] for e in self.epochs if e.after_reset and e.arrivals]
        if any(start_ns <= t < end_ns and t <= known_until_ns for t in restarts):
            flags.add("device_reset")
        heard = sorted(t for e in self.epochs for t in e.arrivals if t <= known_until_ns)
        around = [t for t in heard if t <= start_ns][-1:] + [t for t in heard if t > start_ns]
        quiet = pairwise([*(around or [start_ns]), known_until_ns])
        if any(b - a > SILENCE_NS and a < end_ns for a, b in quiet):
            flags.add("silent")
        return flags


def _alive(epoch: Epoch, start_ns: int, latest_ns: int) -> bool:
    """Whether an epoch may speak of a window: it had begun by its end, and was not over before its start."""
    if not epoch.arrivals or epoch.arrivals[0] > latest_ns:
        return False
    return epoch.end_ns is None or epoch.end_ns > start_ns


def _view(epoch: Epoch, start_ns: int, end_ns: int, known_until_ns: int) -> _View | None:
    """Gather what was known of an epoch by then; None where its clock cannot be mapped."""
    since = min(start_ns, known_until_ns - LOOK_BACK_NS)
    exchanges = [e for e in epoch.exchanges if e.t1_ns >= since and e.t4_ns <= known_until_ns]
    infos = known(epoch.infos, known_until_ns)
    if not exchanges or not infos or not infos[-1].tick_ns:
        return None
    used_ns = _covered(epoch, start_ns, end_ns, known_until_ns)
    clock = two_way(exchanges, infos[-1].tick_ns, PING_WIRE_NS, PONG_WIRE_NS, used_ns)
    return _View(
        epoch,
        clock,
        _quality(clock, used_ns),
        tuple(sorted(known(epoch.edges, known_until_ns), key=lambda e: e.ticks)),
        tuple(known(epoch.heartbeats, known_until_ns)),
        tuple(known(epoch.cues, known_until_ns)),
    )


def _covered(epoch: Epoch, start_ns: int, end_ns: int, known_until_ns: int) -> tuple[int, int]:
    """Cut the window to the part in which the epoch was heard."""
    last = epoch.arrivals[bisect_right(epoch.arrivals, known_until_ns) - 1]
    return max(start_ns, epoch.arrivals[0]), min(end_ns, max(start_ns, last))


def _quality(clock: ClockMap, used_ns: tuple[int, int]) -> ClockQuality:
    return ClockQuality(
        bound_ns=round(clock.bound_s * 1e9), rate_ppm=clock.rate_ppm, age_s=clock.age_s(*used_ns), kind="two_way"
    )


def _worst(qualities: Sequence[ClockQuality]) -> ClockQuality:
    return max(qualities, key=lambda q: (q.age_s > AGE_LIMIT_S, q.bound_ns), default=NO_CLOCK)


def _clock_flags(clock: ClockQuality) -> set[str]:
    if clock.kind == "none":
        return {"no_sync"}
    flags = {"sync_bound"} if clock.bound_ns > BOUND_LIMIT_NS else set()
    return flags | ({"sync_old"} if clock.age_s > AGE_LIMIT_S else set())


def _view_flags(view: _View, beams: Iterable[Beam], start_ns: int, end_ns: int) -> set[str]:
    tick_ns = view.clock.tick_ns
    found: set[str] = {
        loss.kind
        for loss in losses(view.edges, view.heartbeats, tick_ns)
        if view.overlaps(loss.since, loss.until, start_ns, end_ns)
    }
    wrong = levels_disagree(view.edges, view.heartbeats, [beam_index(*beam) for beam in beams], tick_ns)
    if any(view.overlaps(since, until, start_ns, end_ns) for since, until in wrong):
        found.add("levels_disagree")
    return found


def _sorted_edges(views: Iterable[_View], start_ns: int, end_ns: int) -> tuple[BeamEdge, ...]:
    edges = [
        BeamEdge(edge.gate, edge.beam, bool(edge.level), t_ns)
        for view in views
        for edge in view.edges
        if start_ns <= (t_ns := view.clock.to_ns(edge.ticks)) < end_ns
    ]
    return tuple(sorted(edges, key=lambda e: e.t_ns))


def _sorted_cues(views: Iterable[_View], start_ns: int, end_ns: int) -> tuple[CueStamp, ...]:
    cues = [
        CueStamp(cue.token, t_ns, cue.kind)
        for view in views
        for cue in view.cues
        if start_ns <= (t_ns := view.clock.to_ns(cue.ticks)) < end_ns
    ]
    return tuple(sorted(cues, key=lambda c: c.t_ns))


def _levels_at(view: _View, beams: Iterable[Beam], start_ns: int) -> dict[Beam, bool | None]:
    """Take the levels of the last heartbeat before the window, changed by the edges since."""
    before = [h for h in view.heartbeats if view.clock.to_ns(h.ticks) < start_ns]
    levels: dict[Beam, bool | None] = dict.fromkeys(beams)
    since = -1
    if before:
        since = before[-1].ticks
        levels = {beam: bool(before[-1].levels >> beam_index(*beam) & 1) for beam in levels}
    for edge in view.edges:
        beam = (edge.gate, edge.beam)
        if beam in levels and edge.ticks > since and view.clock.to_ns(edge.ticks) < start_ns:
            levels[beam] = bool(edge.level)
    return levels
