"""One virtual session: a participant, an assessor, devices; records and truth come out."""

from dataclasses import dataclass, field

from rig.model.records import Json, Mark, Packet, Record
from rig.model.setup import Course, Device, Gate, Role, Setup
from rig.virtual import movesense, worn
from rig.virtual.assessor import Assessor, Log, start_place
from rig.virtual.beams import blocked, sections
from rig.virtual.body import Family
from rig.virtual.body.pendulum import PendulumBody
from rig.virtual.body.segments import SegmentsBody
from rig.virtual.clocks import MONOTONIC_START_NS, WALL_START, Oscillator
from rig.virtual.gate_timer import Edge, GateTimer
from rig.virtual.imu import Chip, feel, felt_source
from rig.virtual.landmarks import Landmarks
from rig.virtual.motion import Build, Motion
from rig.virtual.movesense import Unit
from rig.virtual.participant import Participant
from rig.virtual.radio import Radio
from rig.virtual.randomness import stream
from rig.virtual.serial_line import SerialLine
from rig.virtual.setup_file import write_setup
from rig.virtual.spans import Span
from rig.virtual.truth import Truth
from rig.virtual.truth_of import truth_of_trials
from rig.virtual.wearables import SCRIPTS, voice_of

FAMILIES: dict[str, Family] = {"pendulum": PendulumBody, "segments": SegmentsBody}

DEFAULT_SETUP = Setup(
    course=Course(
        start="static",
        gates=(Gate(0, 0.0, (1100,)), Gate(1, 3.0, (1100,)), Gate(2, 4.0, (1100,)), Gate(3, 6.0, (1100,))),
    ),
    devices=(Device("gates", "gate-timer"), Device("waist", "movesense", Role.LOWER_BACK)),
)
ALL_SENSORS = Setup(
    course=DEFAULT_SETUP.course,
    devices=(
        *DEFAULT_SETUP.devices,
        Device("chest", "movesense", Role.CHEST),
        Device("thigh", "movesense", Role.THIGH),
        Device("foot-left", "movesense", Role.FOOT_LEFT),
        Device("foot-right", "movesense", Role.FOOT_RIGHT),
    ),
)


@dataclass(frozen=True, slots=True)
class Options:
    """Everything about a session that is not the participant or the set-up.

    Attributes
    ----------
    family
        Movement family, a key of `FAMILIES`.
    gate_clock_ppm
        Error of the timer's clock; None draws a crystal within 50 ppm, 2000 is a ceramic resonator.
    line, radio, chip
        The serial line, the BLE links, the sensor chips.
    assessor_follows
        Somebody walks behind the participant through the beams.
    """

    family: str = "pendulum"
    gate_clock_ppm: float | None = None
    line: SerialLine = field(default_factory=SerialLine)
    radio: Radio = field(default_factory=Radio)
    chip: Chip = field(default_factory=Chip)
    assessor_follows: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class VirtualSession:
    """What a session leaves.

    Attributes
    ----------
    records
        Packets and marks in order of host time.
    setup_toml
        The text of `rig.toml`.
    truth
        What really happened.
    facts
        For the header of a recording: `monotonic_start_ns`, `wall_start`, `boot_id`, `seed`, `family`, `participant`.
    motion
        The noise-free poses behind it all.
    """

    records: list[Record]
    setup_toml: str
    truth: Truth
    facts: dict[str, Json]
    motion: Motion


def run_session(
    participant: Participant, *, seed: int, setup: Setup = DEFAULT_SETUP, options: Options | None = None
) -> VirtualSession:
    """Run the whole battery on a virtual participant; the same arguments give the same session.

    Raises
    ------
    ValueError
        An unknown movement family.
    """
    options = options or Options()
    body_of = _family(options.family)
    build = build_of(participant)
    body = body_of(participant, start_place(build) - 0.7, stream(seed, "body"))
    log = Assessor(participant, body, build, options.line, stream(seed, "assessor")).run()
    motion = body.motion()
    records: list[Record] = [*log.marks]
    for device in setup.devices:
        records += _traffic(device, participant, motion, log, setup, options, seed)
    records.sort(key=_order)
    trials = truth_of_trials(log, Landmarks(motion), setup)
    truth = Truth(participant, seed, options.family, participant.answers, trials, log.not_attempted)
    return VirtualSession(records, write_setup(setup), truth, _facts(participant, seed, options), motion)


def _family(name: str) -> Family:
    if name not in FAMILIES:
        raise ValueError(f"movement family {name!r} is unknown; choose one of {', '.join(FAMILIES)}")
    return FAMILIES[name]


def build_of(person: Participant) -> Build:
    """The body measures of a participant."""
    return Build(person.height_m, person.trunk_depth_m, person.trunk_width_m, person.seat_height_m)


def _order(record: Record) -> tuple[int, bool]:
    return record.t_ns, isinstance(record, Mark)


def _facts(person: Participant, seed: int, options: Options) -> dict[str, Json]:
    return {
        "monotonic_start_ns": MONOTONIC_START_NS,
        "wall_start": WALL_START,
        "boot_id": f"virtual-{seed}",
        "seed": seed,
        "family": options.family,
        "participant": person.id,
    }


def _traffic(
    device: Device, person: Participant, motion: Motion, log: Log, setup: Setup, options: Options, seed: int
) -> list[Packet]:
    rng = stream(seed, device.id)
    until_s = float(motion.time_s[-1]) - 0.5
    if device.kind == "gate-timer":
        ppm = options.gate_clock_ppm if options.gate_clock_ppm is not None else rng.uniform(-50, 50)
        timer = GateTimer(setup.course.gates, Oscillator(0.2, float(ppm)), options.line, rng)
        followed = tuple(log.walks) if options.assessor_follows else ()
        edges = beam_edges(setup.course, person, motion, followed)
        return timer.traffic(device.id, until_s, edges, log.cues)
    clock = Oscillator(-float(rng.uniform(60, 4000)), float(rng.uniform(-60, 60)))
    unit = Unit(device.id, clock, options.chip, options.radio, float(rng.uniform(0.1, 0.5)))
    felt = feel(device.role or Role.LOWER_BACK, motion)
    if device.kind == "movesense":
        return movesense.traffic(unit, felt, until_s, rng)
    voice = voice_of(device.kind, clock, felt_source(felt, options.chip, rng))
    span_s = unit.connected_s, until_s
    return worn.traffic(device.id, voice, SCRIPTS[device.kind], options.radio, span_s, rng)


def beam_edges(course: Course, person: Participant, motion: Motion, followed: tuple[Span, ...] = ()) -> list[Edge]:
    """Every edge of every beam, in order of time; `followed` are the spans with an assessor behind."""
    heights = {h for gate in course.gates for h in gate.beam_heights_mm}
    parts = {h: sections(motion, person, h / 1000, followed) for h in heights}
    edges = []
    for gate in course.gates:
        for beam, height in enumerate(gate.beam_heights_mm):
            for cut, free in blocked(parts[height], gate.position_m):
                edges.append(Edge(cut, gate.gate, beam, 1))
                edges += [Edge(free, gate.gate, beam, 0)] if free is not None else []
    return sorted(edges, key=lambda edge: edge.at_s)
