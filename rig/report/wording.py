"""Words and figures that every page of a document shares."""

import re

from rig.model.document import Document, Time, Trial
from rig.pipeline.assess import counted_time

_CROSSING = re.compile(r"crossing_(\d+(?:\.\d+)?)m")


def measured(time_us: int, u_us: int | None = None) -> str:
    """A time truncated to a hundredth like a stopwatch's, with `±` its standard uncertainty, rounded up to a hundredth.

    A time that the clock ended has no uncertainty.
    """
    shown = f"{time_us // 10_000 / 100:.2f} s"
    return shown if not u_us else f"{shown} ± {-(-u_us // 10_000) / 100:.2f} s"


def metres_of(event: str) -> str | None:
    """The place of a gate crossing by its name (`crossing_4m`); None for another event."""
    found = _CROSSING.fullmatch(event)
    return None if found is None else found[1]


def scored(trial: Trial, document: Document) -> str:
    """The time of a trial that counts, or why there is none."""
    found = counted_time(trial, str(document.course.get("start", "static")))
    if found is not None and found.time_us is not None:
        return measured(found.time_us, found.u_us)
    return f"{trial.status}: {trial.reason}" if trial.reason else trial.status


def event_label(name: str, ordinal: int) -> str:
    """`standing 3` for the third of its kind, `cue` for the only one."""
    return name if ordinal == 1 else f"{name} {ordinal}"


def other_times(trial: Trial) -> tuple[Time, ...]:
    """Every time that the trial's events give, by profile."""
    return tuple(time for time in trial.times if time.time_us is not None)
