"""Beam edges of one trial to events of the document, by the declared course."""

from rig.model import setup
from rig.model.document import Event
from rig.model.marks import Test
from rig.pipeline.evidence import TrialData
from rig.timeline import GateWindow
from rig_signal.crossing import CrossingResult, Flag, Gate, Hands, find_crossings
from rig_signal.impulse import Impulse, find_impulse_crossings
from rig_signal.laps import find_laps
from rig_signal.occlusion import Edge
from rig_signal.types import Moment

TURNING_LINE_M = 3.0
FINISH_M = {Test.WALK_4M: 4.0, Test.WALK_6M: 6.0}
"""Gates beyond the finish say nothing about the walk: the person may stop before them."""
FRAMES = ("walker", "rollator")
"""Aids with grips for both hands."""

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
    events = [_event(data, gate.position_m, gate.crossing) for gate in result.gates if gate.crossing is not None]
    return tuple(events), _flags(result.flags)


def _cross(data: TrialData, window: GateWindow, start_s: float) -> CrossingResult:
    """By the beams' edges, or by the one impulse a crossing that sports timers send."""
    gates = [_gate(gate) for gate in data.course.gates if gate.position_m <= FINISH_M[data.marks.test]]
    end_s = data.seconds(data.end_ns)
    if window.impulses is not None:
        impulses = [Impulse(impulse.gate, data.seconds(impulse.t_ns)) for impulse in window.impulses]
        return find_impulse_crossings(impulses, gates, start_s=start_s, end_s=end_s)
    blocked = _blocked_at(data, window, start_s)
    edges, hands = _edges(data, window), _hands(data)
    return find_crossings(edges, gates, start_s=start_s, end_s=end_s, blocked_at_start=blocked, hands=hands)


def _hands(data: TrialData) -> Hands:
    return Hands.ON_FRAME if data.marks.aid in FRAMES else Hands.FREE


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
        hands=_hands(data),
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
