"""Beam edges of one trial to events of the document, by the declared course."""

import math

from rig.model import setup
from rig.model.document import Event
from rig.model.marks import Test
from rig.pipeline.evidence import TrialData
from rig.timeline import GateWindow
from rig_signal.crossing import CrossingResult, Flag, Gate, GateCrossing, find_crossings
from rig_signal.impulse import Impulse, find_impulse_crossings
from rig_signal.laps import find_laps
from rig_signal.occlusion import Edge
from rig_signal.types import Moment

TURNING_LINE_M = 3.0
FINISH_M = {Test.WALK_4M: 4.0, Test.WALK_6M: 6.0}
"""Gates beyond the finish say nothing about the walk: the person may stop before them."""

CANE_LEAD_M = 0.06
"""How far the arm at a cane, at the height of the beam, may go before the trunk in one occlusion with it."""

Found = tuple[tuple[Event, ...], tuple[str, ...]]
"""Events and doubts."""


def label(position_m: float) -> str:
    """The name of a crossing event: `crossing_4m`."""
    return f"crossing_{position_m:g}m"


def walk_crossings(data: TrialData, start_s: float) -> Found:
    """The trunk's crossing of every gate up to the finish."""
    if data.gates is None:
        return (), ("no_gates",)
    if data.gates.clock.kind == "none":
        return (), ()
    result = _cross(data, data.gates, start_s)
    found = [(gate.position_m, _crossing(data, gate)) for gate in result.gates]
    events = [_event(data, position_m, moment) for position_m, moment in found if moment is not None]
    return tuple(events), _flags(result.flags)


def _crossing(data: TrialData, gate: GateCrossing) -> Moment | None:
    """With a cane the first to come may be the arm that holds it, and no gap tells it from the trunk."""
    moment = gate.crossing
    if moment is None or gate.speed_m_s is None or data.marks.aid != "cane":
        return moment
    return Moment(moment.t_s, math.hypot(moment.u_s, CANE_LEAD_M / math.sqrt(12) / gate.speed_m_s))


def _cross(data: TrialData, window: GateWindow, start_s: float) -> CrossingResult:
    """By the beams' edges, or by the one impulse a crossing that sports timers send."""
    gates = [_gate(gate) for gate in data.course.gates if gate.position_m <= FINISH_M[data.marks.test]]
    end_s = data.seconds(data.end_ns)
    if window.impulses is not None:
        impulses = [Impulse(impulse.gate, data.seconds(impulse.t_ns)) for impulse in window.impulses]
        return find_impulse_crossings(impulses, gates, start_s=start_s, end_s=end_s)
    blocked = _blocked_at(data, window, start_s)
    return find_crossings(_edges(data, window), gates, start_s=start_s, end_s=end_s, blocked_at_start=blocked)


def tug_laps(data: TrialData, start_s: float) -> Found:
    """The trunk at the gate of the turning line, out and back."""
    far = next((gate for gate in data.course.gates if gate.position_m == TURNING_LINE_M), None)
    if data.gates is None or far is None:
        return (), ("no_gates",)
    if data.gates.impulses is not None:
        return (), ("no_laps_by_impulses",)
    if data.gates.clock.kind == "none":
        return (), ()
    result = find_laps(
        _edges(data, data.gates),
        _gate(far),
        start_s=start_s,
        end_s=data.seconds(data.end_ns),
        blocked_at_start=_blocked_at(data, data.gates, start_s),
    )
    passes = enumerate((result.out, result.back), 1)
    events = [_event(data, far.position_m, moment, number) for number, moment in passes if moment is not None]
    return tuple(events), _flags(result.flags)


def _gate(declared: setup.Gate) -> Gate:
    return Gate(declared.gate, declared.position_m, tuple(height / 1000 for height in declared.beam_heights_mm))


def _edges(data: TrialData, window: GateWindow) -> list[Edge]:
    return [Edge(edge.gate, edge.beam, edge.blocked, data.seconds(edge.t_ns)) for edge in window.edges]


def _blocked_at(data: TrialData, window: GateWindow, start_s: float) -> frozenset[tuple[int, int]]:
    """Beams blocked when the walk's window opens: the last edge before it, else the level at the trial's start."""
    levels = {beam: bool(blocked) for beam, blocked in window.levels_at_start.items()}
    for edge in window.edges:
        if data.seconds(edge.t_ns) < start_s:
            levels[edge.gate, edge.beam] = edge.blocked
    return frozenset(beam for beam, blocked in levels.items() if blocked)


def _event(data: TrialData, position_m: float, moment: Moment, ordinal: int = 1) -> Event:
    return data.event(label(position_m), moment, data.gate_device or "gates", ordinal)


def _flags(flags: tuple[Flag, ...]) -> tuple[str, ...]:
    return tuple(flag.code.value if flag.gate is None else f"gate_{flag.gate}:{flag.code.value}" for flag in flags)
