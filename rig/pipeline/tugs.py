"""Timed Up and Go: phases from the trunk, laps from the 3 m gate."""

from rig.model.document import Event, Measure
from rig.model.setup import Role
from rig.pipeline import gates
from rig.pipeline.evidence import PLACEMENTS, Evidence, TrialData, cue, measure
from rig_signal.tug import TugResult, analyse_tug
from rig_signal.types import Moment


def analyse(data: TrialData) -> Evidence:
    """Events of the cue, every phase border and the crossings; turns as measures."""
    signal = cue(data)
    flags = signal.flags
    role = data.role()
    result = None if role is None else analyse_tug(data.imu(role), PLACEMENTS[role], cue_s=signal.t_s)
    phases = () if result is None or role is None else _phase_events(data, role, result)
    turned = () if result is None else _turn_measures(result)
    flags += result.quality if result is not None else ("no_trunk_imu",)
    laps, doubts = gates.tug_laps(data, signal.start_s)
    flags += (*doubts, *_reconcile(phases, laps))
    return Evidence((*signal.events, *phases, *laps), turned, flags)


def _phase_events(data: TrialData, role: Role, result: TugResult) -> tuple[Event, ...]:
    moments: dict[str, Moment | None] = {
        "first_movement": result.first_movement,
        "standing": result.standing,
        "seated": result.seated,
    }
    ends = [data.imu_event(name, moment, role) for name, moment in moments.items() if moment is not None]
    turns = (phase for phase in result.phases if phase.name in ("turn", "turn_to_sit"))
    borders = [
        data.imu_event(name, moment, role, number)
        for number, phase in enumerate(turns, 1)
        for name, moment in (("turn_start", phase.start), ("turn_end", phase.end))
    ]
    return (*ends, *borders)


def _turn_measures(result: TugResult) -> tuple[Measure, ...]:
    return tuple(measure(f"turn_{number}_angle", turn.angle_deg, "deg") for number, turn in enumerate(result.turns, 1))


def _reconcile(phases: tuple[Event, ...], laps: tuple[Event, ...]) -> tuple[str, ...]:
    """The first turn must lie between the two crossings of the 3 m gate, give or take half a second."""
    at = {(event.name, event.ordinal): event.t_us for event in (*phases, *laps)}
    lap = gates.label(gates.TURNING_LINE_M)
    if not {(lap, 1), (lap, 2), ("turn_start", 1), ("turn_end", 1)} <= at.keys():
        return ()
    middle = (at["turn_start", 1] + at["turn_end", 1]) / 2
    inside = at[lap, 1] - 500_000 <= middle <= at[lap, 2] + 500_000
    return () if inside else ("turn_outside_gates",)
