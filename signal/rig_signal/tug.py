"""Timed Up and Go from one inertial sensor: duration, phases, turns.

The test is found by its structure: two turns of about half a circle, a rise from the seat before them and a descent
to it after them. What lies before (putting the phone away, walking to the chair) and after is no part of it, however
long. No duration is presumed: windows are parts of the person's own turns and walks.

Source of the phases: Salarian et al., IEEE Trans Neural Syst Rehabil Eng 18:303, 2010
(doi:10.1109/TNSRE.2010.2047606). Deviations: one sensor instead of seven, six joined phases and the landmarks of
docs/landmarks.md.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Literal

import numpy as np

from rig_signal.losses import restore_losses
from rig_signal.motion import REST_S
from rig_signal.timebase import Uniform, regularise, touches_gap
from rig_signal.tug_body import Body, Ends, Motion, Pair, at_own_pace, at_usual_pace, body_of, motion_of, pair_of
from rig_signal.tug_thigh import POCKETED, STRAPPED, thigh_ends
from rig_signal.tug_trunk import CHEST, LOWER_BACK, trunk_ends
from rig_signal.tug_wrist import wrist_ends
from rig_signal.turn import POCKET, THIGH, TRUNK, Edges, find_turns
from rig_signal.types import Imu, Moment, Placement, SignalError, Turn

PhaseName = Literal["sit_to_stand", "walk_out", "turn", "walk_back", "turn_to_sit", "stand_to_sit"]

_HALF_TURN_DEG = 90.0
_AS_NEAR_DEG = 15.0
_IN_MOTION_S = 0.3  # a movement this near to the first sample may have begun before it: limbs tell it so roughly


def _as_it_is(motion: Motion, pair: Pair, ends_of: Callable[[Body, Pair], Ends | None]) -> Ends | None:
    return ends_of(body_of(motion), pair)


def _paced(motion: Motion, pair: Pair, ends_of: Callable[[Body, Pair], Ends | None]) -> Ends | None:
    """Read the ends of a limb's movement at the usual pace, on which the limbs' signs are known."""
    if pair.pace <= 0:
        return None
    ends = ends_of(*at_usual_pace(motion, pair))
    return None if ends is None else at_own_pace(ends, pair.pace)


@dataclass(frozen=True, slots=True)
class _Method:
    """How a placement is read: its turns' edges, and the ends around a pair of turns."""

    edges: Edges
    ends_of: Callable[[Motion, Pair], Ends | None]


_METHODS: dict[Placement, _Method] = {
    "lower_back": _Method(TRUNK, partial(_as_it_is, ends_of=partial(trunk_ends, site=LOWER_BACK))),
    "chest": _Method(TRUNK, partial(_as_it_is, ends_of=partial(trunk_ends, site=CHEST))),
    "thigh": _Method(THIGH, partial(_paced, ends_of=partial(thigh_ends, wearing=STRAPPED))),
    "pocket": _Method(POCKET, partial(_paced, ends_of=partial(thigh_ends, wearing=POCKETED))),
    "wrist": _Method(TRUNK, partial(_paced, ends_of=wrist_ends)),
}


@dataclass(frozen=True, slots=True)
class Phase:
    """A named part of the test, half-open."""

    name: PhaseName
    start: Moment
    end: Moment

    @property
    def start_s(self) -> float:
        """Seconds on the clock of the samples."""
        return self.start.t_s

    @property
    def end_s(self) -> float:
        """Seconds on the clock of the samples."""
        return self.end.t_s


@dataclass(frozen=True, slots=True)
class TugResult:
    """One Timed Up and Go.

    Attributes
    ----------
    first_movement, standing, seated
        Landmarks (docs/landmarks.md), None where not found.
    phases
        The six phases, joined without gaps, or none at all (the reason stands in `quality`).
    turns
        All turns of 90° or more from first movement to seated; from the wrist the two that the test was found by,
        since an arm turns for itself as well.
    quality
        Reasons for what is missing and doubts about what is there: `no_gyroscope` (turns do not show), `no_turns`,
        `no_transfers` (no rise before or no descent after any pair of turns), `wrist_has_no_phases`,
        `starts_in_motion`, `recording_ends_early` (no rest is seen after the seat: its owner may still have been on
        the way down), `gap_in_turn`, `gap_inside`, `moved_before_cue`, `phases_unclear`, and the flags of
        `timebase.Uniform`.
    """

    first_movement: Moment | None = None
    standing: Moment | None = None
    seated: Moment | None = None
    phases: tuple[Phase, ...] = ()
    turns: tuple[Turn, ...] = ()
    quality: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float | None:
        """First movement to seated again."""
        if self.first_movement is None or self.seated is None:
            return None
        return self.seated.t_s - self.first_movement.t_s

    @property
    def u_s(self) -> float | None:
        """Standard uncertainty of the duration, both ends added in squares."""
        if self.first_movement is None or self.seated is None:
            return None
        return float(np.hypot(self.first_movement.u_s, self.seated.u_s))


def analyse_tug(imu: Imu, placement: Placement, *, cue_s: float | None = None) -> TugResult:
    """Find one Timed Up and Go in a recording and measure it.

    Parameters
    ----------
    imu
        Samples in any orientation; without angular rate there is no result, since turns do not show.
    placement
        Where the sensor was worn; from the wrist there are no phases.
    cue_s
        Time of the cue, where there was one: the test is the first one whose turns follow it, and its first
        movement is not before it.

    Returns
    -------
    result
        With None and a reason in `quality` where the recording holds no such test.

    Raises
    ------
    SignalError
        For samples that cannot be used (see `timebase.regularise`), a placement that cannot tell.
    """
    if placement not in _METHODS:
        raise SignalError(f"Timed Up and Go cannot be told from the {placement}: use {', '.join(_METHODS)}")
    u = regularise(restore_losses(imu))
    if u.gyr is None:
        return TugResult(quality=("no_gyroscope", *u.flags))
    motion = motion_of(u)
    method = _METHODS[placement]
    turns = find_turns(u.time_s, motion.yaw, smallest_deg=_HALF_TURN_DEG, edges=method.edges)
    if cue_s is not None:
        turns = tuple(turn for turn in turns if turn.start_s >= cue_s)
    if len(turns) < 2:
        return TugResult(turns=turns, quality=("no_turns", *u.flags))
    found = _find(motion, turns, method.ends_of, in_order=cue_s is not None)
    if found is None:
        return TugResult(turns=turns, quality=("no_transfers", *u.flags))
    pair, ends = found
    return _result(u, turns, pair, ends if cue_s is None else _after_cue(ends, cue_s))


def _find(
    motion: Motion, turns: tuple[Turn, ...], ends_of: Callable[[Motion, Pair], Ends | None], *, in_order: bool = False
) -> tuple[Pair, Ends] | None:
    """Neighbouring turns that have a rise before and a descent after them.

    After a cue the first such pair; else the one nearest to twice half a circle, and the latest of those that are as
    near: who does a test again means the second one. What began before the recording counts where there is no other:
    a phone that is switched on, turned about and put into the pocket lies and hangs as a thigh does.
    """
    pairs = [pair_of(motion, far, last) for far, last in pairwise(turns)]
    if not in_order:
        near_deg = min(pair.doubt_deg for pair in pairs) + _AS_NEAR_DEG
        pairs.sort(key=lambda pair: (max(pair.doubt_deg, near_deg), -pair.far.start_s))
    cut = None
    for pair in pairs:
        ends = ends_of(motion, pair)
        if ends is not None and (in_order or not _starts_in_motion(motion.u, ends)):
            return pair, ends
        cut = cut or (None if ends is None else (pair, ends))
    return cut


def _starts_in_motion(u: Uniform, ends: Ends) -> bool:
    return ends.first_movement.t_s < u.start_s + _IN_MOTION_S


def _after_cue(ends: Ends, cue_s: float) -> Ends:
    """What moved before the cue went on after it: then the test's first movement is at the cue."""
    if ends.first_movement.t_s >= cue_s:
        return ends
    first = Moment(cue_s, ends.first_movement.u_s)
    return replace(ends, first_movement=first, quality=(*ends.quality, "moved_before_cue"))


def _result(u: Uniform, turns: tuple[Turn, ...], pair: Pair, ends: Ends) -> TugResult:
    start, stop = ends.first_movement.t_s, ends.seated.t_s
    inside = tuple(turn for turn in turns if start < (turn.start_s + turn.end_s) / 2 < stop)
    own = (pair.far, pair.last) if ends.standing is None else inside
    phases, doubts = _phases(*((own[0], own[-1]) if len(own) > 1 else (pair.far, pair.last)), ends)
    early = ("starts_in_motion",) if _starts_in_motion(u, ends) else ()
    last_s = u.start_s + (len(u.acc) - 1) / u.rate_hz
    late = ("recording_ends_early",) if stop > last_s - REST_S else ()
    quality = (*ends.quality, *early, *late, *doubts, *_gaps(u, own, start, stop), *u.flags)
    return TugResult(ends.first_movement, ends.standing, ends.seated, phases, own, quality)


def _phases(far: Turn, last: Turn, ends: Ends) -> tuple[tuple[Phase, ...], tuple[str, ...]]:
    if ends.standing is None:
        return (), ("wrist_has_no_phases",)
    out, sits = Moment(far.start_s, far.start_u_s), Moment(last.end_s, last.end_u_s)
    if ends.leaves_stand is not None and ends.leaves_stand.t_s < last.end_s:
        sits = Moment(max(ends.leaves_stand.t_s, last.start_s), ends.leaves_stand.u_s)
    borders = (
        ends.first_movement,
        min(ends.standing, out, key=_time),
        out,
        Moment(far.end_s, far.end_u_s),
        Moment(last.start_s, last.start_u_s),
        sits,
        ends.seated,
    )
    if any(b.t_s < a.t_s for a, b in pairwise(borders)):
        return (), ("phases_unclear",)
    names: tuple[PhaseName, ...] = ("sit_to_stand", "walk_out", "turn", "walk_back", "turn_to_sit", "stand_to_sit")
    return tuple(Phase(name, a, b) for name, (a, b) in zip(names, pairwise(borders), strict=True)), ()


def _time(moment: Moment) -> float:
    return moment.t_s


def _gaps(u: Uniform, turns: tuple[Turn, ...], start: float, stop: float) -> tuple[str, ...]:
    in_turn = any(touches_gap(u, turn.start_s, turn.end_s, longer_than_s=0.1) for turn in turns)
    inside = touches_gap(u, start - 0.5, stop + 0.5)
    return (*(["gap_in_turn"] if in_turn else []), *(["gap_inside"] if inside else []))
