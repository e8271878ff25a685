"""How long a stance was held, from the trunk and, if worn, from the feet; and the sway while it was."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rig_signal.footing import first_displacement
from rig_signal.leaving import left_at
from rig_signal.losses import restore_losses
from rig_signal.order import median
from rig_signal.stepping import Trunk, expect_step, find_step, trunk_of
from rig_signal.sway import SwayMeasures, horizontal, isway
from rig_signal.timebase import Uniform, check_shapes, regularise, touches_gap
from rig_signal.types import Imu, Moment, Placement, SignalError

BEFORE_S = 3.0
AFTER_S = 1.5
"""The landing that betrays a step comes up to so long after the foot left its place."""
SETTLED_S = 0.3
"""Sway is measured up to so long before a step-out: its preparation is not sway."""
TRUNK: tuple[Placement, ...] = ("lower_back", "chest", "thigh")
DISAGREE_S = 0.3
OTHER_LEG_S = 0.25
"""A sensor on one thigh sees a step of the other leg only when it lands, or when its own leg follows."""
LONGEST_GAP_S = 0.3
LANDING_RATE_HZ = 50.0
"""Slower sensors do not feel the sharp part of a landing: only steps that carry the pelvis are seen."""


@dataclass(frozen=True, slots=True, eq=False)
class _Hold:
    """What the trunk felt of a hold, how much the placement blurs it, and the hold's bounds."""

    trunk: Trunk
    blur_s: float
    begin_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class _Step:
    """The first step as the sensors alone have it, as it is taken with what was seen, and what to say about it."""

    alone: Moment | None
    taken: Moment | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StanceResult:
    """A stance, from "begin" to the first foot displacement or the limit.

    Attributes
    ----------
    hold_end
        Step-out, or the limit (with `u_s` 0 where nobody saw a step); None where the recording ends before either.
    held_s
        From begin to `hold_end`, or to the end of the recording.
    stepped_out
        Whether a foot was displaced before the limit.
    alone
        The step as the sensors have it without anybody's word; None where they saw none.
    sway
        Of the trunk while the stance was held; None below 2 s, for a thigh sensor, or across a gap.
    quality
        Any of `no_gyroscope`, `landings_unseen` (sampled below 50 Hz), `recording_ends_early`, `gap_in_hold`,
        `by_feet`, `feet_disagree` (the trunk says otherwise by more than 0.3 s), `foot_unusable`, `step_unseen` and
        `step_elsewhere` (somebody saw a step that no sensor saw, or that the sensors see elsewhere: the instant is
        what was seen), `step_felt_later` (the sensors alone would put it more than 0.3 s later), `sway_not_measured`,
        and those of the time base.
    """

    hold_end: Moment | None
    held_s: float
    stepped_out: bool
    alone: Moment | None
    sway: SwayMeasures | None
    quality: tuple[str, ...]


def analyse_stance(
    imu: Imu,
    placement: Placement,
    *,
    begin_s: float,
    limit_s: float = 10.0,
    feet: Sequence[Imu] = (),
    noticed: Moment | None = None,
) -> StanceResult:
    """Time a stance from the mark "begin" to the first displacement of a foot.

    Parameters
    ----------
    imu
        Sensor at the lower back (best), chest or thigh, any orientation.
    placement
        Where it is worn.
    begin_s
        When the participant was in position and unsupported, on the sensor's clock.
    limit_s
        The hold that is asked for.
    feet
        Sensors on the feet, if worn, on the same clock: they decide.
    noticed
        When somebody saw a foot leave its place, reaction time taken off. The sensors then need not tell whether,
        only when: their cues and this one are combined.

    Returns
    -------
    StanceResult
        A quiet grasp is seen by no sensor: the operator's key ends such a hold.

    Raises
    ------
    SignalError
        A placement from which a stance cannot be told, a begin outside the recording, unusable samples.
    """
    _check(imu, placement, begin_s, limit_s)
    body = _around(imu, begin_s, limit_s)
    hold = _Hold(trunk_of(body), OTHER_LEG_S if placement == "thigh" else 0.0, begin_s, begin_s + limit_s)
    rate = ("landings_unseen",) if _rate_hz(imu) < LANDING_RATE_HZ else ()
    return _conclude(body, hold, placement, _first_step(hold, feet, limit_s, noticed), rate)


def _first_step(hold: _Hold, feet: Sequence[Imu], limit_s: float, noticed: Moment | None) -> _Step:
    by_trunk = _by_trunk(hold)
    by_feet, flags = _by_feet(feet, hold.begin_s, limit_s)
    seen_by_feet = bool(feet) and "foot_unusable" not in flags
    alone = by_feet if seen_by_feet else by_trunk
    if seen_by_feet and _disagree(by_feet, by_trunk):
        flags.append("feet_disagree")
    if noticed is None:
        return _Step(alone, alone, tuple(flags))
    taken, doubt = _beside(noticed, alone, _near(noticed, by_feet) if seen_by_feet else _expected(hold, noticed))
    return _Step(alone, taken, (*flags, doubt) if doubt else tuple(flags))


def _conclude(body: Uniform, hold: _Hold, placement: Placement, step: _Step, rate: tuple[str, ...]) -> StanceResult:
    end = _hold_end(step.taken, hold.until_s, float(body.time_s[-1]))
    stop_s = float(body.time_s[-1]) if end is None else end.t_s
    stepped_out = step.taken is not None and step.taken.t_s < hold.until_s
    sway = _sway(body, placement, hold.begin_s, stop_s - (SETTLED_S if stepped_out else 0.0))
    quality = (
        *body.flags,
        *(["no_gyroscope"] if body.gyr is None else []),
        *rate,
        *step.flags,
        *(["recording_ends_early"] if end is None else []),
        *(["gap_in_hold"] if touches_gap(body, hold.begin_s, stop_s, longer_than_s=LONGEST_GAP_S) else []),
        *(["sway_not_measured"] if sway is None else []),
    )
    return StanceResult(end, stop_s - hold.begin_s, stepped_out, step.alone, sway, quality)


def _check(imu: Imu, placement: Placement, begin_s: float, limit_s: float) -> None:
    if placement not in TRUNK:
        raise SignalError(f"stance: a sensor at {placement} does not tell: wear it at lower back, chest or thigh")
    if not (math.isfinite(begin_s) and limit_s > 0):
        raise SignalError(f"stance: begin {begin_s} s and limit {limit_s} s make no hold: correct the marks")
    if len(imu.time_s) == 0 or not imu.time_s[0] - 0.5 <= begin_s < imu.time_s[-1]:
        raise SignalError(f"stance: begin at {begin_s:g} s lies outside the recording: give --begin on its clock")


def _around(imu: Imu, begin_s: float, limit_s: float) -> Uniform:
    check_shapes(imu)
    near = ((imu.time_s >= begin_s - BEFORE_S) & (imu.time_s <= begin_s + limit_s + AFTER_S)).nonzero()[0]
    gyr = None if imu.gyr is None else imu.gyr.take(near, axis=0)
    cut = Imu(imu.time_s[near], imu.acc.take(near, axis=0), gyr)
    return regularise(restore_losses(cut))


def _rate_hz(imu: Imu) -> float:
    return 1 / median(imu.time_s[1:] - imu.time_s[:-1])


def _by_trunk(hold: _Hold) -> Moment | None:
    sign = find_step(hold.trunk, hold.begin_s, hold.until_s)
    if sign is None:
        return None
    step = left_at(hold.trunk, sign, hold.begin_s, blur_s=hold.blur_s)
    return step if step.t_s < hold.until_s else None


def _expected(hold: _Hold, noticed: Moment) -> Moment | None:
    sign = expect_step(hold.trunk, hold.begin_s, hold.until_s, noticed.t_s)
    return None if sign is None else left_at(hold.trunk, sign, hold.begin_s, noticed=noticed, blur_s=hold.blur_s)


def _near(noticed: Moment, step: Moment | None) -> Moment | None:
    return step if step is not None and abs(step.t_s - noticed.t_s) <= DISAGREE_S else None


def _beside(noticed: Moment, alone: Moment | None, together: Moment | None) -> tuple[Moment, str]:
    """A step that somebody saw, beside what sensors say alone and together with it; and what to doubt.

    Nobody sees a step before it is made: where the sensors alone put it later, they missed its start and felt what
    followed, so what they feel about the instant that was seen still counts.
    """
    if together is None:
        return noticed, "step_unseen" if alone is None else "step_elsewhere"
    if alone is not None and alone.t_s < noticed.t_s - DISAGREE_S:
        return noticed, "step_elsewhere"
    later = alone is not None and alone.t_s > noticed.t_s + DISAGREE_S
    return together, "step_felt_later" if later else ""


def _by_feet(feet: Sequence[Imu], begin_s: float, limit_s: float) -> tuple[Moment | None, list[str]]:
    moments: list[Moment] = []
    flags = ["by_feet"] if feet else []
    for foot in feet:
        try:
            found = first_displacement(_around(foot, begin_s, limit_s), begin_s, begin_s + limit_s)
        except SignalError:
            flags = ["foot_unusable"]
            continue
        moments += [found] if found else []
    return min(moments, key=lambda m: m.t_s, default=None), flags


def _hold_end(step: Moment | None, until_s: float, last_s: float) -> Moment | None:
    if step is not None:
        return Moment(min(step.t_s, until_s), step.u_s)
    return Moment(until_s, 0.0) if last_s >= until_s else None


def _disagree(a: Moment | None, b: Moment | None) -> bool:
    if a is None or b is None:
        return a is not b
    return abs(a.t_s - b.t_s) > max(DISAGREE_S, 3 * math.hypot(a.u_s, b.u_s))


def _sway(body: Uniform, placement: Placement, begin_s: float, stop_s: float) -> SwayMeasures | None:
    first, stop = body.time_s.searchsorted([begin_s, stop_s]).tolist()
    if placement == "thigh" or touches_gap(body, begin_s, stop_s, longer_than_s=LONGEST_GAP_S):
        return None
    if stop - first < 2.0 * body.rate_hz:
        return None
    return isway(horizontal(body.acc[first:stop]), body.rate_hz)
