"""A walk from one sensor on the trunk: bouts, first foot-off, contacts, rhythm, turns and pauses.

Speed is not estimated: from the lower back it is wrong by 0.27 m/s in slow walkers, and gates know it.

Which walks are one bout (docs/landmarks.md leaves it open): walks are one if no more than 2 s, or three and a half
of their steps, are between them and the trunk does not come to rest in it (weak steps, a turn on the spot); and, rest
or not, up to 10 s if the walk then goes on in the direction it had: its next six steps keep within 30 degrees. Who
stops and then steps aside or turns has finished one walk and begun another. A stop of 2 s or more inside a bout is a
pause.
"""

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from rig_signal.contacts import FEWEST, Sequence, contact_lag, find_sequences
from rig_signal.edges import Edge, first_edge, foot_off, last_edge, split_at_rests
from rig_signal.motion import FIRST_MOVEMENT_RAD_S, smooth
from rig_signal.regularity import FEWEST_STEPS, Regularity, regularity
from rig_signal.rhythm import TICKS, StepClock, step_clock
from rig_signal.timebase import regularise, touches_gap
from rig_signal.trunk import Trunk, trunk_motion
from rig_signal.turn import find_turns
from rig_signal.types import Array, Imu, Moment, Placement, Turn

_JOIN_STEPS = 3.0  # sequences closer than this were broken by a weak step, not by a stop
_SHORT_STOP_S, _SHORT_STOP_STEPS, _LONG_STOP_S = 2.0, 3.5, 10.0
_SAME_DIRECTION_RAD = np.radians(30)
_PAUSE_S = 2.0
_MOVING_M_S = 0.05
_ON_TRUNK = ("lower_back", "chest")

Interval: TypeAlias = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Bout:
    """A walk, from its first foot-off to its last contact; `start_s` of a pause is the contact it follows."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class WalkResult:
    """What a recording says about walking; what it cannot say is None, and `quality` says why.

    Attributes
    ----------
    bouts
        Walks in order of time.
    first_foot_off, last_contact, onset
        Of the longest bout; onset is the trunk's first movement.
    initial_contacts_s
        All initial contacts of all bouts.
    cadence_steps_per_min, step_time_cv, regularity
        Of the longest bout, without its pauses; variability and regularity without turns and first steps.
    turns
        Of the trunk, 45 degrees or more.
    pauses
        Stops of 2 s or more inside bouts, from contact to contact.
    reaction_s
        From the cue to the onset.
    quality
        Codes, see `docs`.
    """

    bouts: tuple[Bout, ...] = ()
    first_foot_off: Moment | None = None
    last_contact: Moment | None = None
    onset: Moment | None = None
    initial_contacts_s: tuple[float, ...] = ()
    cadence_steps_per_min: float | None = None
    step_time_cv: float | None = None
    regularity: Regularity | None = None
    turns: tuple[Turn, ...] = ()
    pauses: tuple[Bout, ...] = ()
    reaction_s: float | None = None
    quality: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Walk:
    """A sequence of contacts with what is before and after it; contacts in ticks, lag taken off."""

    contacts: Array
    rest_before: int | None
    rest_after: int | None
    foot_off: Moment


def analyse_walk(imu: Imu, placement: Placement, *, cue_s: float | None = None) -> WalkResult:
    """Find the walks in a recording and measure the longest of them.

    Parameters
    ----------
    imu
        Samples of one sensor, 25-400 Hz, any orientation.
    placement
        Where it is worn. Lower back and chest give everything; elsewhere the steps of two legs and the arm's or
        the thigh's own swing are mixed, so only bouts are given, with the flag `bouts_only`.
    cue_s
        Time of the start signal, for the reaction time.

    Raises
    ------
    SignalError
        If the samples cannot be used (see `timebase.regularise`).
    """
    u = regularise(imu)
    trunk = trunk_motion(u)
    clock = step_clock(trunk)
    parts = [part for s in _joined(find_sequences(clock)) for part in split_at_rests(clock, s)]
    walks = [_with_edges(clock, part) for part in parts]
    bouts = _bouts(clock, [w for w in walks if len(w.contacts) >= FEWEST])
    flags = (*u.flags, *(() if imu.gyr is not None else ("no_gyroscope",)))
    if not bouts:
        return WalkResult(quality=(*flags, "no_walk"))
    result = _measure(trunk, clock, bouts, cue_s)
    if any(touches_gap(u, b.start_s, b.end_s) for b in result.bouts):
        flags = (*flags, "gap_in_walk")
    if placement not in _ON_TRUNK:
        return WalkResult(bouts=result.bouts, quality=(*flags, "bouts_only"))
    return replace(result, quality=(*flags, *result.quality))


def _joined(sequences: tuple[Sequence, ...]) -> list[Sequence]:
    """Sequences that only a weak step has parted, put together."""
    joined: list[Sequence] = []
    for s in sequences:
        if joined and s.ticks[0] - joined[-1].ticks[-1] < _JOIN_STEPS * TICKS:
            before = joined.pop()
            s = Sequence(np.append(before.ticks, s.ticks), np.append(before.strength, s.strength))
        joined.append(s)
    return joined


def _with_edges(clock: StepClock, sequence: Sequence) -> _Walk:
    first: Edge = first_edge(clock, sequence)
    last = last_edge(clock, replace(sequence, ticks=first.contacts))
    contacts = last.contacts - contact_lag(clock, first.contacts) * TICKS
    return _Walk(contacts, first.at_rest, last.at_rest, foot_off(clock, first.contacts))


def _bouts(clock: StepClock, walks: list[_Walk]) -> list[list[_Walk]]:
    """Walks grouped into bouts by the rule in the module's docstring."""
    bouts: list[list[_Walk]] = []
    for walk in walks:
        if bouts and _goes_on(clock, bouts[-1][-1], walk):
            bouts[-1].append(walk)
        else:
            bouts.append([walk])
    return bouts


def _goes_on(clock: StepClock, before: _Walk, after: _Walk) -> bool:
    stop_s = float(_at(clock, after.contacts[0]) - _at(clock, before.contacts[-1]))
    step_s = float(clock.period_s[int(before.contacts[-1])])
    rested = after.rest_before is not None and after.rest_before > before.contacts[-1]
    if not rested and stop_s <= max(_SHORT_STOP_S, _SHORT_STOP_STEPS * step_s):
        return True
    heading = np.cumsum(clock.gyr[:, 2] * clock.period_s) / TICKS
    was = heading[int(before.contacts[-3]) : int(before.contacts[-1])].mean()
    went = heading[int(after.contacts[0]) : int(after.contacts[:6][-1])]
    return stop_s <= _LONG_STOP_S and bool(np.abs(went - was).max() < _SAME_DIRECTION_RAD)


def _at(clock: StepClock, ticks: Array | float) -> Array:
    """Times of ticks, seconds."""
    return np.asarray(np.interp(ticks, np.arange(len(clock.time_s)), clock.time_s), dtype=np.float64)


def _measure(trunk: Trunk, clock: StepClock, bouts: list[list[_Walk]], cue_s: float | None) -> WalkResult:
    longest = max(bouts, key=lambda bout: bout[-1].contacts[-1] - bout[0].contacts[0])
    contacts = _at(clock, np.concatenate([w.contacts for w in longest]))
    first, last = longest[0], longest[-1]
    flags = []
    off = None
    if first.rest_before is None:
        flags.append("starts_in_walk")
    else:
        off = first.foot_off
    if last.rest_after is None:
        flags.append("ends_in_walk")
    onset = None if first.rest_before is None else _onset(trunk, clock, first)
    intervals = np.diff(contacts)
    walking = intervals[intervals < _PAUSE_S]
    return WalkResult(
        bouts=tuple(_bout(clock, b) for b in bouts),
        first_foot_off=off,
        last_contact=Moment(float(contacts[-1]), 0.15),
        onset=onset,
        initial_contacts_s=tuple(float(t) for b in bouts for w in b for t in _at(clock, w.contacts)),
        cadence_steps_per_min=60 / float(walking.mean()) if len(walking) >= FEWEST - 1 else None,
        step_time_cv=float(walking[1:-1].std() / walking[1:-1].mean()) if len(walking) >= FEWEST_STEPS else None,
        regularity=_regularity(clock, longest),
        turns=find_turns(trunk.time_s, trunk.gyr[:, 2]),
        pauses=tuple(p for b in bouts for p in _pauses(clock, b)),
        reaction_s=None if cue_s is None or onset is None else onset.t_s - cue_s,
        quality=tuple(flags),
    )


def _bout(clock: StepClock, walks: list[_Walk]) -> Bout:
    start_s = walks[0].foot_off.t_s if walks[0].rest_before is not None else float(_at(clock, walks[0].contacts[0]))
    return Bout(start_s, float(_at(clock, walks[-1].contacts[-1])))


def _pauses(clock: StepClock, walks: list[_Walk]) -> list[Bout]:
    contacts = _at(clock, np.concatenate([w.contacts for w in walks]))
    stops = np.flatnonzero(np.diff(contacts) >= _PAUSE_S)
    return [Bout(float(contacts[i]), float(contacts[i + 1])) for i in stops]


def _regularity(clock: StepClock, walks: list[_Walk]) -> Regularity | None:
    longest = max(walks, key=lambda w: len(w.contacts))
    if len(longest.contacts) < FEWEST_STEPS + 2:
        return None
    return regularity(clock.acc[int(longest.contacts[1]) : int(longest.contacts[-2]), 2])


def _onset(trunk: Trunk, clock: StepClock, walk: _Walk) -> Moment | None:
    """First instant at which the trunk turns at 0.10 rad/s or moves at 0.05 m/s, without rest until the foot-off."""
    rate = trunk.rate_hz
    rest = round((clock.time_s[walk.rest_before or 0] - trunk.start_s) * rate)
    stop = round((walk.foot_off.t_s - trunk.start_s) * rate)
    low = max(0, rest - round(1.5 * rate))
    turning = np.linalg.norm(smooth(trunk.gyr[low : stop + 1], rate, 5.0), axis=1) / FIRST_MOVEMENT_RAD_S
    pushing = trunk.acc[low : stop + 1] - np.median(trunk.acc[low : rest + 1], axis=0)
    moving = np.linalg.norm(np.cumsum(pushing, axis=0) / rate, axis=1) / _MOVING_M_S
    started = np.flatnonzero(np.maximum(turning, moving) >= 1)
    if not len(started):
        return None
    return Moment(trunk.start_s + float(low + started[0]) / rate, 0.1)
