"""From events to times: a profile names two events, the time is their difference, uncertainties add in squares."""

import math
from collections.abc import Mapping, Sequence

from rig.model.document import Event, Time
from rig.model.marks import MarkKind
from rig.pipeline.evidence import GRID_US
from rig.pipeline.marks import TrialMarks
from rig.scoring.profiles import Landmark, Profile
from rig.scoring.vocabulary import DeviationCode

GATE_START_U_US = 250_000
"""A static start timed by the start gate misses 0.3-0.6 s that cannot be told (rules section 6)."""
EDIT_U_US = 20_000
"""A person who places an event on the drawn trace."""


def apply_edits(events: Sequence[Event], marks: TrialMarks, epoch_ns: int) -> tuple[Event, ...]:
    """Replace events that a review corrected; a later edit wins over an earlier one."""
    found = {(event.name, event.ordinal): event for event in events}
    for mark in marks.marks:
        if mark.kind == MarkKind.EDIT:
            name, ordinal = str(mark.data["event"]), int(str(mark.data.get("ordinal", 1)))
            t_us = (int(str(mark.data["t_ns"])) - epoch_ns) // 1000
            found[name, ordinal] = Event(name, ordinal, t_us, EDIT_U_US, "edit")
    return tuple(sorted(found.values(), key=lambda event: (event.t_us, event.name, event.ordinal)))


def time_by(profile: Profile, events: Sequence[Event], clocks_us: Mapping[str, float]) -> Time:
    """The time between a profile's two events, or by what stands for a start that cannot be told.

    Two events of one device share its clock, so only events of different sources carry `clocks_us`, the
    standard uncertainties of their clocks.
    """
    found = {Landmark(event.name, event.ordinal): event for event in events}
    start, deviation = profile.start, None
    if start not in found and profile.fallback is not None:
        start, deviation = profile.fallback.start, profile.fallback.deviation
    labels = (_label(start), _label(profile.end))
    first, last = found.get(start), found.get(profile.end)
    if first is None or last is None:
        missing = _label(profile.start) if first is None else labels[1]
        return Time(profile.name, *labels, None, None, f"no_{missing}")
    if last.t_us < first.t_us:
        return Time(profile.name, *labels, None, None, "end_before_start")
    time_us = (last.t_us - first.t_us) // GRID_US * GRID_US
    return Time(profile.name, *labels, time_us, _uncertainty_us(first, last, clocks_us, deviation), deviation=deviation)


def _uncertainty_us(first: Event, last: Event, clocks_us: Mapping[str, float], deviation: DeviationCode | None) -> int:
    parts = [float(first.u_us), float(last.u_us)]
    if first.source != last.source:
        parts += [clocks_us.get(event.source, 0.0) for event in (first, last)]
    if deviation == DeviationCode.START_BY_GATE:
        parts.append(GATE_START_U_US)
    return round(math.hypot(*parts))


def _label(landmark: Landmark) -> str:
    return landmark.event if landmark.ordinal == 1 else f"{landmark.event}_{landmark.ordinal}"
