"""One recorded trial as it is drawn to be looked over: traces, beams, events, and what was corrected."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np

from rig.model.document import Event, Trial
from rig.model.marks import MarkKind
from rig.model.records import Mark
from rig.pipeline.evidence import TrialData
from rig.pipeline.session import analyse_trial
from rig.replay import replay
from rig.timeline.types import BeamEdge, ImuWindow

GRAVITY = 9.80665
MOST_POINTS = 3000
"""A minute at 50 Hz: more than a screen has columns for."""


class Track(msgspec.Struct, frozen=True):
    """One sensor: milliseconds since the trial's start, |specific force| less gravity, |angular rate| (rad/s)."""

    role: str
    t_ms: list[int]
    acc: list[float]
    gyr: list[float]


class Beam(msgspec.Struct, frozen=True):
    """When a beam was blocked, in milliseconds since the trial's start."""

    gate: int
    beam: int
    position_m: float | None
    blocked_ms: list[tuple[int, int]]


class Correction(msgspec.Struct, frozen=True):
    """An edit: `measured_us` is what was there without any; all in microseconds of session time."""

    event: str
    ordinal: int
    measured_us: int | None
    t_us: int
    who: str
    why: str
    made_us: int


class Review(msgspec.Struct, frozen=True):
    """A trial and all that is drawn of it."""

    trial: Trial
    length_ms: int
    tracks: list[Track]
    beams: list[Beam]
    corrections: list[Correction]


def review(folder: Path, trial: str) -> Review | None:
    """Read a trial back from its recording; None if it is not there."""
    analysis = replay(folder)
    found = next((each for each in analysis.document.trials if each.trial == trial), None)
    if found is None:
        return None
    data = analysis.data[trial]
    tracks = [_track(role, window, data.marks.start_ns) for role, window in data.imus.items() if len(window.t_ns)]
    return Review(found, _ms(data, data.end_ns), tracks, list(_beams(data)), list(_corrections(data)))


def _track(role: str, window: ImuWindow, start_ns: int) -> Track:
    pick = slice(None, None, max(1, -(-len(window.t_ns) // MOST_POINTS)))
    rate = [] if window.gyr is None else np.round(np.linalg.norm(window.gyr[pick], axis=1), 3).tolist()
    force = np.round(np.linalg.norm(window.acc[pick], axis=1) - GRAVITY, 3).tolist()
    return Track(role, ((window.t_ns[pick] - start_ns) // 1_000_000).tolist(), force, rate)


def _beams(data: TrialData) -> Iterator[Beam]:
    if data.gates is None:
        return
    places = {gate.gate: gate.position_m for gate in data.course.gates}
    for (gate, beam), before in sorted(data.gates.levels_at_start.items()):
        edges = [edge for edge in data.gates.edges if (edge.gate, edge.beam) == (gate, beam)]
        yield Beam(gate, beam, places.get(gate), _spans(data, edges, began_blocked=bool(before)))


def _spans(data: TrialData, edges: Sequence[BeamEdge], *, began_blocked: bool) -> list[tuple[int, int]]:
    spans, since = [], data.marks.start_ns if began_blocked else None
    for edge in edges:
        if edge.blocked and since is None:
            since = edge.t_ns
        elif not edge.blocked and since is not None:
            spans.append((_ms(data, since), _ms(data, edge.t_ns)))
            since = None
    return spans if since is None else [*spans, (_ms(data, since), _ms(data, data.end_ns))]


def _ms(data: TrialData, t_ns: int) -> int:
    return (t_ns - data.marks.start_ns) // 1_000_000


def _corrections(data: TrialData) -> Iterator[Correction]:
    edits = [mark for mark in data.marks.marks if mark.kind == MarkKind.EDIT]
    measured = {(event.name, event.ordinal): event.t_us for event in _measured(data)} if edits else {}
    for mark in edits:
        name, ordinal = str(mark.data["event"]), int(str(mark.data.get("ordinal", 1)))
        yield Correction(
            name,
            ordinal,
            measured.get((name, ordinal)),
            (int(str(mark.data["t_ns"])) - data.epoch_ns) // 1000,
            _told(mark, "who"),
            _told(mark, "why"),
            (mark.t_ns - data.epoch_ns) // 1000,
        )


def _told(mark: Mark, key: str) -> str:
    return str(mark.data.get(key, ""))


def _measured(data: TrialData) -> tuple[Event, ...]:
    """The events as they were before anybody corrected them."""
    untouched = tuple(mark for mark in data.marks.marks if mark.kind != MarkKind.EDIT)
    return analyse_trial(replace(data, marks=replace(data.marks, marks=untouched))).events
