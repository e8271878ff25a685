"""Walks over 4 m and 6 m: the clock starts at the first foot-off and stops at the gate."""

from rig.model.document import Event, Measure
from rig.model.setup import Role
from rig.pipeline import gates
from rig.pipeline.evidence import FOOT_ROLES, PLACEMENTS, Evidence, TrialData, cue, measure
from rig_signal.types import Moment
from rig_signal.walk import WalkResult, analyse_walk

WALKED_SHARE = 0.5
LIFTED = {"walker": True, "other": None}
"""Whether an aid is lifted before every second step, None where that is open; a rollator rolls along."""
LOWEST_TRUNK_BEAM_MM = 950
"""Rails, grips and forearms are below, the breastbone above (0.95-1.20 m)."""


def analyse(data: TrialData) -> Evidence:
    """Events of the cue, the trunk's onset, the first foot-off, every crossing; gait measures."""
    signal = cue(data)
    flags = signal.flags
    role = data.role((Role.LOWER_BACK, Role.CHEST))
    frame = LIFTED.get(data.marks.aid, False)
    result = None if role is None else analyse_walk(data.imu(role), PLACEMENTS[role], cue_s=signal.t_s, frame=frame)
    steps = () if result is None or role is None else _step_events(data, role, result, signal.t_s)
    walked = _gait_measures(result) if result is not None else ()
    flags += result.quality if result is not None else ("no_trunk_imu",)
    crossings, doubts = gates.walk_crossings(data, signal.start_s)
    unwalked = () if result is None or _walked_between(data, crossings, result) else ("no_walk_between_crossings",)
    return Evidence((*signal.events, *steps, *crossings), walked, (*flags, *doubts, *unwalked, *_low_beams(data)))


def _walked_between(data: TrialData, crossings: tuple[Event, ...], result: WalkResult) -> bool:
    """Whether the trunk's sensor walked for half of the time between the crossings; else somebody else crossed."""
    if len(crossings) < 2:
        return True
    first, last = min(event.t_us for event in crossings), max(event.t_us for event in crossings)
    bouts = [(data.session_us(bout.start_s), data.session_us(bout.end_s)) for bout in result.bouts]
    return sum(max(0, min(end, last) - max(start, first)) for start, end in bouts) >= WALKED_SHARE * (last - first)


def _low_beams(data: TrialData) -> tuple[str, ...]:
    """A walking aid goes through a beam at the hip before the trunk does (up to 1.7 s: findings on gate physics)."""
    low = any(max(gate.beam_heights_mm) < LOWEST_TRUNK_BEAM_MM for gate in data.course.gates)
    return ("aid_with_low_beams",) if low and data.gates is not None and data.marks.aid != "none" else ()


def _step_events(data: TrialData, role: Role, result: WalkResult, cue_s: float | None) -> tuple[Event, ...]:
    trunk: dict[str, Moment | None] = {"onset": result.onset, "last_contact": result.last_contact}
    events = [data.imu_event(name, moment, role) for name, moment in trunk.items() if moment is not None]
    first = _foot_off(data, cue_s) or (
        None if result.first_foot_off is None else data.imu_event("first_foot_off", result.first_foot_off, role)
    )
    return (*events, *(() if first is None else (first,)))


def _foot_off(data: TrialData, cue_s: float | None) -> Event | None:
    """The earlier foot's foot-off, where feet are worn: it sees what the lower back infers."""
    found = [
        data.imu_event("first_foot_off", moment, role)
        for role in FOOT_ROLES
        if role in data.imus
        and (moment := analyse_walk(data.imu(role), PLACEMENTS[role], cue_s=cue_s).first_foot_off) is not None
    ]
    return min(found, key=lambda event: event.t_us, default=None)


def _gait_measures(result: WalkResult) -> tuple[Measure, ...]:
    return (
        measure("steps", len(result.initial_contacts_s), "1"),
        measure("cadence", result.cadence_steps_per_min, "steps/min"),
        measure("step_time_cv", result.step_time_cv, "1"),
        measure("straight_steps", result.straight_steps, "1"),
        measure("step_regularity", result.regularity.step if result.regularity else None, "1"),
        measure("stride_regularity", result.regularity.stride if result.regularity else None, "1"),
        measure("reaction", result.reaction_s, "s"),
    )
