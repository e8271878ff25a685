"""The one way through: records of a session in, its result document out. Live and replay alike."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

import rig
from rig.model.document import SCHEMA_VERSION, Damage, DeviceQuality, Document, Participant, Trial
from rig.model.marks import STANCES, Test
from rig.model.records import Mark, Packet, Record
from rig.model.session import Fault
from rig.model.setup import Setup
from rig.pipeline import chairs, stances, tugs, walks
from rig.pipeline.assess import assess
from rig.pipeline.evidence import Evidence, TrialData
from rig.pipeline.judge import judge
from rig.pipeline.marks import SessionMarks, TrialMarks, gather
from rig.scoring import RULES_VERSION, score, write_assessment
from rig.timeline import Timeline, decode_session
from rig_signal.types import SignalError

KNOWN_AFTER_NS = 2_000_000_000
"""A trial's clock map uses data up to its end + 2 s, so that a trial shown is a trial final."""

ANALYSES: Mapping[Test, Callable[[TrialData], Evidence]] = {
    **dict.fromkeys(STANCES, stances.analyse),
    Test.CHAIR_SINGLE: chairs.analyse,
    Test.CHAIR: chairs.analyse,
    Test.WALK_4M: walks.analyse,
    Test.WALK_6M: walks.analyse,
    Test.TUG: tugs.analyse,
}


@dataclass(frozen=True, slots=True)
class Source:
    """A session wherever it comes from: a recording, the virtual lab, a running assessment.

    Attributes
    ----------
    session, started_utc
        The session's id and when it began.
    epoch_ns
        Host monotonic time at which session time is zero.
    setup
        The declared lab.
    records
        Packets and marks in order.
    faults
        What is known to be lost or damaged.
    """

    session: str
    started_utc: str
    epoch_ns: int
    setup: Setup
    records: Sequence[Record]
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True)
class Analysis:
    """A document with the data its trials were made of, for whoever draws them."""

    document: Document
    data: dict[str, TrialData]


def analyse_session(source: Source) -> Analysis:
    """Make the result document of a session.

    Raises
    ------
    ValueError
        Marks that contradict each other (unknown tests, trials without a start).
    """
    marks = gather(record for record in source.records if isinstance(record, Mark))
    timeline = decode_session([record for record in source.records if isinstance(record, Packet)], source.setup)
    last_ns = max((record.t_ns for record in source.records), default=source.epoch_ns)
    data = {trial.trial: trial_data(trial, timeline, source, last_ns) for trial in marks.trials}
    trials = tuple(analyse_trial(found, source.faults) for found in data.values())
    return Analysis(_document(source, marks, timeline, trials), data)


def trial_data(trial: TrialMarks, timeline: Timeline, source: Source, last_ns: int) -> TrialData:
    """Cut one trial out of the timeline."""
    end_ns = last_ns if trial.end_ns is None else trial.end_ns
    known_ns = end_ns + KNOWN_AFTER_NS
    worn = {device.role: device.id for device in source.setup.devices if device.role is not None}
    timer = source.setup.timer
    return TrialData(
        marks=trial,
        course=source.setup.course,
        epoch_ns=source.epoch_ns,
        end_ns=end_ns,
        imus={role: track.window(trial.start_ns, end_ns, known_ns) for role, track in timeline.imus.items()},
        devices=worn,
        gates=None if timeline.gates is None else timeline.gates.window(trial.start_ns, end_ns, known_ns),
        gate_device=None if timer is None else timer.id,
    )


def analyse_trial(data: TrialData, faults: Iterable[Fault] = ()) -> Trial:
    """One trial's part of the document: the same function live, on the data so far, and at the end."""
    try:
        evidence = ANALYSES[data.marks.test](data)
    except SignalError as error:
        evidence = Evidence(quality=(f"signal: {error}",))
    return judge(data, evidence, faults)


def _document(source: Source, marks: SessionMarks, timeline: Timeline, trials: tuple[Trial, ...]) -> Document:
    assessment = assess(marks, trials, source.setup.course.start)
    result = score(assessment)
    return Document(
        schema_version=SCHEMA_VERSION,
        session=source.session,
        started_utc=source.started_utc,
        participant=msgspec.convert(marks.participant, Participant),
        course=msgspec.to_builtins(source.setup.course),
        devices=_devices(source.setup, timeline),
        trials=trials,
        assessment=write_assessment(assessment),
        scores=msgspec.to_builtins(result),
        damage=(*_damage(source), *(Damage("device", fault) for fault in timeline.faults)),
        versions={"sppb-rig": rig.__version__, "rules": RULES_VERSION},
    )


def _devices(setup: Setup, timeline: Timeline) -> tuple[DeviceQuality, ...]:
    return tuple(
        DeviceQuality(device.id, device.kind, device.role, dict(timeline.device_summaries.get(device.id, {})))
        for device in setup.devices
    )


def _damage(source: Source) -> tuple[Damage, ...]:
    def session_us(t_ns: int | None) -> int | None:
        return None if t_ns is None else (t_ns - source.epoch_ns) // 1000

    return tuple(
        Damage(fault.kind, f"{fault.segment}: {fault.message}", session_us(fault.start_ns), session_us(fault.end_ns))
        for fault in source.faults
    )
