"""A walk from one sensor: bouts, first foot-off, contacts, rhythm, turns and pauses.

Speed is not estimated: from the lower back it is wrong by 0.27 m/s in slow walkers, and gates know it.
"""

import math
from dataclasses import replace

import numpy as np

from rig_signal.bouts import PAUSE_S, Walk, find_bouts, find_pauses
from rig_signal.contacts import FEWEST
from rig_signal.edges import foot_off
from rig_signal.foot_walk import foot_off_from_foot, walk_of_foot
from rig_signal.gait_onset import trunk_onset
from rig_signal.losses import restore_losses
from rig_signal.regularity import FEWEST_STEPS, Regularity, regularity
from rig_signal.rhythm import StepClock, clock_times, step_clock
from rig_signal.timebase import Mask, Uniform, regularise, touches_gap
from rig_signal.trunk import Trunk, trunk_motion
from rig_signal.turn import find_turns
from rig_signal.types import Array, Imu, Moment, Placement, Turn
from rig_signal.walk_result import Bout, WalkResult

__all__ = ["Bout", "WalkResult", "analyse_walk", "foot_off_from_foot"]

_ON_TRUNK = ("lower_back", "chest")
_LAST_CONTACT_SPREAD, _CUT_SPREAD = 0.3, 0.5  # of a step: the closing step hardly shows (ipol_gait), or is cut off


def analyse_walk(
    imu: Imu, placement: Placement, *, cue_s: float | None = None, frame: bool | None = None
) -> WalkResult:
    """Find the walks in a recording and measure the longest of them.

    Parameters
    ----------
    imu
        Samples of one sensor, 25-400 Hz, any orientation.
    placement
        Where it is worn. Lower back and chest give everything. A foot gives its own contacts and foot-off.
        Elsewhere the steps of two legs and the arm's or the thigh's own swing are mixed, so only bouts are given,
        with the flag `bouts_only`.
    cue_s
        Time of the start signal, from which the reaction is counted; the walk begins with the first foot-off after it.
    frame
        Whether the person lifts a walking frame: the first step then is short. None: not known, the steps tell.

    Raises
    ------
    SignalError
        If the samples cannot be used (see `timebase.regularise`), or come from a foot and have no angular rate.
    """
    u = regularise(restore_losses(imu))
    result = walk_of_foot(u) if placement == "foot" else _walk_of_trunk(u, cue_s, frame)
    flags = [*u.flags, *result.quality]
    if any(touches_gap(u, bout.start_s, bout.end_s) for bout in result.bouts):
        flags.append("gap_in_walk")
    if placement in (*_ON_TRUNK, "foot"):
        return replace(result, quality=tuple(flags))
    return WalkResult(bouts=result.bouts, quality=(*flags, "bouts_only"))


def _walk_of_trunk(u: Uniform, cue_s: float | None, frame: bool | None) -> WalkResult:
    trunk = trunk_motion(u)
    clock = step_clock(trunk)
    bouts = find_bouts(clock, cue_s)
    turns = find_turns(trunk.time_s, trunk.gyr[:, 2])
    flags = () if u.gyr is not None else ("no_gyroscope",)
    if not bouts:
        return WalkResult(turns=turns, quality=(*flags, "no_walk"))
    contacts = [_contacts_s(clock, bout) for bout in bouts]
    foot_offs = [_foot_off(clock, bout[0], frame) for bout in bouts]
    longest = max(range(len(bouts)), key=lambda i: float(np.ptp(contacts[i])))
    result = _measured(trunk, clock, bouts[longest], foot_offs[longest], turns, cue_s)
    return replace(
        result,
        bouts=tuple(_extent(times, off) for times, off in zip(contacts, foot_offs, strict=True)),
        initial_contacts_s=tuple(float(t) for times in contacts for t in times),
        pauses=tuple(pause for times in contacts for pause in find_pauses(times)),
        turns=turns,
        quality=(*flags, *result.quality),
    )


def _measured(
    trunk: Trunk,
    clock: StepClock,
    bout: list[Walk],
    off: Moment | None,
    turns: tuple[Turn, ...],
    cue_s: float | None,
) -> WalkResult:
    """What is said of the longest bout only."""
    first, last = bout[0], bout[-1]
    contacts = _contacts_s(clock, bout)
    onset = _onset(trunk, clock, first.start.at_rest, off)
    straight = _straight(clock, bout, turns)
    steps = np.concatenate([np.diff(clock_times(clock, run)) for run in straight] or [np.empty(0)])
    repeats = _regularity(clock, straight)
    unknown = {
        "starts_in_walk": off is None,
        "ends_in_walk": last.end.at_rest is None,
        "unquiet_start": off is not None and not first.start.quiet,
        "no_onset": off is not None and onset is None,
        "few_steps": repeats is None,
    }
    return WalkResult(
        first_foot_off=off,
        last_contact=_last_contact(clock, last),
        onset=onset,
        cadence_steps_per_min=_cadence(contacts),
        step_time_cv=_variability(steps),
        straight_steps=len(steps),
        regularity=repeats,
        reaction_s=None if cue_s is None or onset is None else onset.t_s - cue_s,
        quality=tuple(code for code, holds in unknown.items() if holds),
    )


def _last_contact(clock: StepClock, last: Walk) -> Moment:
    spread = _CUT_SPREAD if last.end.at_rest is None else _LAST_CONTACT_SPREAD
    spread_s = spread * float(clock.period_s[int(last.contacts[-1])])
    return Moment(float(clock_times(clock, last.contacts[-1:])[0]), math.hypot(spread_s, last.end.doubt_s))


def _contacts_s(clock: StepClock, bout: list[Walk]) -> Array:
    return clock_times(clock, np.concatenate([walk.contacts for walk in bout]))


def _foot_off(clock: StepClock, first: Walk, frame: bool | None) -> Moment | None:
    return None if first.start.at_rest is None else foot_off(clock, first.start, first.contacts, first.lag, frame)


def _extent(contacts_s: Array, off: Moment | None) -> Bout:
    return Bout(float(contacts_s[0]) if off is None else off.t_s, float(contacts_s[-1]))


def _onset(trunk: Trunk, clock: StepClock, rest: int | None, off: Moment | None) -> Moment | None:
    return None if rest is None or off is None else trunk_onset(trunk, float(clock.time_s[rest]), off.t_s)


def _cadence(contacts_s: Array) -> float | None:
    steps = np.diff(contacts_s)
    walking = steps[steps < PAUSE_S]
    return 60 / float(walking.mean()) if len(walking) >= FEWEST - 1 else None


def _straight(clock: StepClock, bout: list[Walk], turns: tuple[Turn, ...]) -> list[Array]:
    """Runs of contacts (ticks) in steady straight walking: without the first and last step and without turns."""
    runs: list[Array] = []
    for walk in bout:
        inner = walk.contacts[1:-1]
        turning = _inside(clock_times(clock, inner), turns)
        parts = np.split(inner, np.flatnonzero(np.diff(turning.astype(np.int8)) != 0) + 1)
        runs += [part for part in parts if len(part) and not _inside(clock_times(clock, part[:1]), turns)[0]]
    return runs


def _inside(times_s: Array, turns: tuple[Turn, ...]) -> Mask:
    inside = np.zeros(len(times_s), dtype=np.bool_)
    for turn in turns:
        inside |= (times_s > turn.start_s) & (times_s < turn.end_s)
    return inside


def _variability(steps: Array) -> float | None:
    """Coefficient of variation of step times."""
    return float(steps.std(ddof=1) / steps.mean()) if len(steps) >= FEWEST_STEPS else None


def _regularity(clock: StepClock, straight: list[Array]) -> Regularity | None:
    longest = max(straight, key=len, default=np.empty(0))
    if len(longest) <= FEWEST_STEPS:
        return None
    return regularity(clock.acc[int(longest[0]) : int(longest[-1]) + 1, 2])
