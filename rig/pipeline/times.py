"""From events to times: a profile names two events, their difference is the time, their uncertainties add in squares."""

import math
from collections.abc import Iterable, Mapping, Sequence

from rig.model.document import Event, Time
from rig.model.marks import MarkKind
from rig.pipeline.evidence import GRID_US
from rig.pipeline.marks import TrialMarks


def apply_edits(events: Sequence[Event], marks: TrialMarks, epoch_ns: int) -> tuple[Event, ...]:
    """Replace events that a review corrected; a later edit wins over an earlier one."""
    found = {(event.name, event.ordinal): event for event in events}
    for mark in marks.marks:
        if mark.kind == MarkKind.EDIT:
            name, ordinal = str(mark.data["event"]), int(str(mark.data.get("ordinal", 1)))
            t_us = (int(str(mark.data["t_ns"])) - epoch_ns) // 1000
            found[name, ordinal] = Event(name, ordinal, t_us, 20_000, "edit")
    return tuple(sorted(found.values(), key=lambda event: (event.t_us, event.name, event.ordinal)))


def between(
    profile: str,
    start: tuple[str, int],
    end: tuple[str, int],
    events: Iterable[Event],
    bounds_us: Mapping[str, float],
) -> Time:
    """The time between two events under a profile.

    Two events of one device share its clock, so only events of different sources carry the bounds of their
    clocks, each taken as a rectangular distribution (bound / sqrt 3).
    """
    found = {(event.name, event.ordinal): event for event in events}
    first, last = found.get(start), found.get(end)
    labels = (_label(start), _label(end))
    if first is None or last is None:
        missing = labels[0] if first is None else labels[1]
        return Time(profile, *labels, None, None, f"no_{missing}")
    if last.t_us < first.t_us:
        return Time(profile, *labels, None, None, "end_before_start")
    parts = [first.u_us, last.u_us]
    if first.source != last.source:
        parts += [bounds_us.get(event.source, 0.0) / math.sqrt(3) for event in (first, last)]
    time_us = (last.t_us - first.t_us) // GRID_US * GRID_US
    return Time(profile, *labels, time_us, round(math.hypot(*parts)))


def _label(key: tuple[str, int]) -> str:
    name, ordinal = key
    return name if ordinal == 1 else f"{name}_{ordinal}"
