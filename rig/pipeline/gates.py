"""Beam edges of one trial to trunk crossings, by the declared course."""

from rig.model.document import Event
from rig.model.marks import Test
from rig.pipeline.evidence import TrialData
from rig_signal.crossing import CrossingResult, GateEdges, find_crossings


def crossings(data: TrialData, *, start_s: float, there_and_back: bool) -> CrossingResult | None:
    """The trunk's crossings of every gate that the course declares, or None without a gate timer."""
    if data.gates is None:
        return None
    gates = tuple(_gate_edges(data, gate.gate, gate.position_m) for gate in data.course.gates)
    return find_crossings(gates, start_s=start_s, end_s=data.seconds(data.end_ns), there_and_back=there_and_back)


def label(position_m: float) -> str:
    """The name of a crossing event: `crossing_4m`."""
    return f"crossing_{position_m:g}m"


def finish_of(test: Test) -> str:
    """The crossing that ends a walk."""
    return label({Test.WALK_4M: 4.0, Test.WALK_6M: 6.0}[test])


def events(data: TrialData, result: CrossingResult) -> tuple[Event, ...]:
    """Every crossing as an event named by the gate's place; the way back has ordinal 2."""
    source = data.gate_device or "gates"
    return tuple(
        data.event(label(crossing.position_m), crossing.moment, source, ordinal)
        for crossing, ordinal in result.listed()
    )
