"""Standing balance: the sensors propose the end of the hold, the operator's key decides."""

import math
from collections.abc import Iterable

from msgspec.structs import replace

from rig.model.document import Event, Measure
from rig.model.marks import MarkKind
from rig.model.records import Mark
from rig.model.setup import Role
from rig.pipeline.evidence import FOOT_ROLES, PLACEMENTS, Evidence, TrialData, measure
from rig_signal.stance import StanceResult, analyse_stance
from rig_signal.sway import SwayMeasures
from rig_signal.types import Moment, SignalError

KEY_DELAY_NS, KEY_DELAY_U_S = 250_000_000, 0.07
"""A key follows what the eye saw by a reaction time: 0.23 s for a simple one up to the age of 65 (Woods 2015,
doi:10.3389/fnhum.2015.00131), and a foot is noticed when it has gone a little further than 10 mm. The spread is
that of 4,304 presses of a stopwatch (Am J Phys 87:110, 2019)."""
LIMIT_US = 10_000_000
STEPPED, GRASPED, HELD = "stepped", "grasped", "ten_seconds"
DOUBTS = {
    "step_unseen": "by_operator_key",
    "step_elsewhere": "hold_disagreement",
    "step_felt_later": "hold_disagreement",
}
"""What the sensors say of a step that the operator saw, and what that is called where people decide (rules 6)."""
KEY_STANDS = {"step_unseen", "step_elsewhere"}
DISAGREE_US = 300_000
FELT = "step_felt"
"""The step as the sensors alone have it: an event where key and sensors disagree, so that both can be looked at."""
ASKS, CONFIRMED = "hold_disagreement", "hold_confirmed"
"""Flags: the operator is asked; the operator has answered."""
ASKING = {ASKS, "sensors_saw_step"}


def analyse(data: TrialData) -> Evidence:
    """Events `begin` and `hold_end` of one stance, with the sway while it was held.

    Sensors that cannot be analysed leave the key to tell.
    """
    mark = data.marks.last(MarkKind.BEGIN)
    if mark is None:
        return Evidence(quality=("no_begin",))
    begin = Event("begin", 1, (mark.t_ns - data.epoch_ns) // 1000, 0, "operator")
    stop = data.marks.last(MarkKind.OPERATOR_STOP)
    role = data.role()
    result, flags = _sensors(data, role, mark, stop)
    proposed = None if role is None or result is None else _proposal(data, result, role, begin)
    end, doubts = _decide(data, begin, stop, proposed, flags)
    sway = _sway_measures(result.sway) if result is not None and result.sway is not None else ()
    felt = None if role is None or result is None else _felt(data, result, role)
    doubts = (*doubts, *_far_from(felt, end, stop))
    answer = data.marks.last(MarkKind.HOLD) if ASKS in doubts else None
    events = _events(begin, end, felt if ASKS in doubts else None, answer)
    told = doubts if answer is None else (*(doubt for doubt in doubts if doubt not in ASKING), CONFIRMED)
    return Evidence(events, sway, (*_known(flags), *told))


def _felt(data: TrialData, result: StanceResult, role: Role) -> Event | None:
    return None if result.alone is None else data.imu_event(FELT, result.alone, role)


def _far_from(felt: Event | None, end: Event | None, stop: Mark | None) -> tuple[str, ...]:
    """Whether the sensors felt a step well before a hold ended that the key says was ended by something else."""
    if felt is None or end is None or stop is None or stop.data.get("reason") not in (HELD, GRASPED):
        return ()
    return (ASKS,) if felt.t_us < end.t_us - DISAGREE_US else ()


def _events(begin: Event, end: Event | None, doubted: Event | None, answer: Mark | None) -> tuple[Event, ...]:
    """The hold's events; in doubt both ends are kept, and the operator's answer says which of them counts."""
    if end is None:
        return (begin,)
    if doubted is None:
        return begin, end
    by_sensors = answer is not None and answer.data.get("choice") == "sensors"
    return begin, replace(doubted, name="hold_end") if by_sensors else end, doubted


def _sensors(
    data: TrialData, role: Role | None, begin: Mark, stop: Mark | None
) -> tuple[StanceResult | None, tuple[str, ...]]:
    if role is None:
        return None, ("no_trunk_imu",)
    feet = tuple(data.imu(foot) for foot in FOOT_ROLES if foot in data.imus and len(data.imus[foot].t_ns))
    begin_s, noticed = data.seconds(begin.t_ns), _noticed(data, begin, stop)
    try:
        result = analyse_stance(data.imu(role), PLACEMENTS[role], begin_s=begin_s, feet=feet, noticed=noticed)
    except SignalError as error:
        return None, (f"signal: {error}",)
    return result, result.quality


def _noticed(data: TrialData, begin: Mark, stop: Mark | None) -> Moment | None:
    """When the operator saw the foot leave, if the key says so."""
    if stop is None or stop.data.get("reason") != STEPPED:
        return None
    return Moment(data.seconds(max(begin.t_ns, stop.t_ns - KEY_DELAY_NS)), KEY_DELAY_U_S)


def _proposal(data: TrialData, result: StanceResult, role: Role, begin: Event) -> Event | None:
    """What the sensors say, together with the key of a step where there is one."""
    end = result.hold_end
    if end is None:
        return None
    if result.stepped_out:
        return data.imu_event("hold_end", end, role)
    return Event("hold_end", 1, begin.t_us + LIMIT_US, math.ceil(end.u_s * 1e6), "operator")


def _decide(
    data: TrialData, begin: Event, stop: Mark | None, proposed: Event | None, flags: tuple[str, ...]
) -> tuple[Event | None, tuple[str, ...]]:
    """The end of the hold.

    The key says what happened. Of a step it also says about when: what the sensors feel about then and the key are
    combined; where they felt nothing, or a step before, the key's instant stands, less a reaction time.
    """
    if stop is None:
        return proposed, ("no_operator_key",)
    limit = Event("hold_end", 1, begin.t_us + LIMIT_US, 0, "operator")
    reason = stop.data.get("reason")
    if reason == HELD:
        return limit, ("sensors_saw_step",) if proposed is not None and proposed.source != "operator" else ()
    doubts = tuple(DOUBTS[flag] for flag in flags if flag in DOUBTS)
    if reason == STEPPED and proposed is not None and not KEY_STANDS & set(flags):
        return proposed, doubts
    delay_us = KEY_DELAY_NS // 1000 if reason == STEPPED else 0
    key = data.operator_event("hold_end", stop.t_ns)
    key = replace(key, t_us=max(begin.t_us, key.t_us - delay_us))
    return min(key, limit, key=lambda event: event.t_us), doubts or ("by_operator_key",)


def _known(flags: Iterable[str]) -> tuple[str, ...]:
    return tuple(flag for flag in flags if flag not in DOUBTS)


SWAY_UNITS = {
    "rms_m_s2": "m/s²",
    "jerk_m2_s5": "m²/s⁵",
    "dist_m_s2": "m/s²",
    "path_m_s2": "m/s²",
    "range_m_s2": "m/s²",
    "mv_m_s": "m/s",
    "mf_hz": "Hz",
    "area_m2_s5": "m²/s⁵",
    "ellipse_m2_s4": "m²/s⁴",
}
"""Of every sway measure; their names say them too."""


def _sway_measures(sway: SwayMeasures) -> tuple[Measure, ...]:
    return tuple(measure(f"sway_{name}", getattr(sway, name), unit) for name, unit in SWAY_UNITS.items())
