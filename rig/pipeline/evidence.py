"""What one trial's sensors and people say: events on the session clock, measures and flags."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from rig.model.document import Event, Measure
from rig.model.marks import MarkKind
from rig.model.setup import Course, Role
from rig.pipeline.marks import TrialMarks
from rig.timeline import GateWindow, ImuWindow
from rig_signal.types import Imu, Moment, Placement

NS = 1_000_000_000
GRID_US = 100
"""Times are floored to this grid, once."""

TRUNK_ROLES = (Role.LOWER_BACK, Role.CHEST, Role.THIGH)
"""Where a lone sensor sees rises, walks and turns, best first."""
FOOT_ROLES = (Role.FOOT_LEFT, Role.FOOT_RIGHT)
PLACEMENTS: dict[Role, Placement] = {
    Role.LOWER_BACK: "lower_back",
    Role.CHEST: "chest",
    Role.THIGH: "thigh",
    Role.FOOT_LEFT: "foot",
    Role.FOOT_RIGHT: "foot",
    Role.WRIST: "wrist",
}
"""A role of the rig in the words of `rig_signal`."""

OPERATOR_U_US = 150_000
"""Standard uncertainty of an operator's key: reaction and anticipation (clinical anchor: a stopwatch press is 0.11 s
late with SD 0.07 s; a key pressed while guarding a patient is worse)."""
STAMP_U_US = 1_000
"""A cue that the gate timer sounds and stamps."""


@dataclass(frozen=True, slots=True)
class TrialData:
    """Everything known about a trial when its analysis starts; times of `Imu` count from the trial's start."""

    marks: TrialMarks
    course: Course
    epoch_ns: int
    end_ns: int
    imus: dict[Role, ImuWindow]
    devices: dict[Role, str]
    gates: GateWindow | None
    gate_device: str | None

    def seconds(self, t_ns: int) -> float:
        """Host nanoseconds to seconds since the trial's start."""
        return (t_ns - self.marks.start_ns) / NS

    def session_us(self, t_s: float) -> int:
        """Seconds since the trial's start to microseconds of session time, floored."""
        return (self.marks.start_ns - self.epoch_ns + round(t_s * NS)) // 1000

    def role(self, wanted: Iterable[Role] = TRUNK_ROLES) -> Role | None:
        """The best worn role with samples in this trial."""
        return next((role for role in wanted if role in self.imus and len(self.imus[role].t_ns) > 0), None)

    def imu(self, role: Role) -> Imu:
        """One sensor's samples in the form `rig_signal` takes."""
        window = self.imus[role]
        time_s: np.ndarray[tuple[int], np.dtype[np.float64]] = (window.t_ns - self.marks.start_ns) / NS
        return Imu(time_s, window.acc, window.gyr)

    def event(self, name: str, moment: Moment, source: str, ordinal: int = 1) -> Event:
        """An algorithm's moment as an event of the document."""
        return Event(name, ordinal, self.session_us(moment.t_s), math.ceil(moment.u_s * 1e6), source)

    def imu_event(self, name: str, moment: Moment, role: Role, ordinal: int = 1) -> Event:
        """A moment that the sensor at `role` saw."""
        return self.event(name, moment, self.devices[role], ordinal)

    def operator_event(self, name: str, t_ns: int) -> Event:
        """An instant that the operator's key gave."""
        return Event(name, 1, (t_ns - self.epoch_ns) // 1000, OPERATOR_U_US, "operator")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the analysis of one trial found."""

    events: tuple[Event, ...] = ()
    measures: tuple[Measure, ...] = ()
    quality: tuple[str, ...] = ()


def measure(name: str, value: float | None, unit: str) -> Measure:
    """A figure with five significant digits; what is not finite is null."""
    if value is None or not math.isfinite(value):
        return Measure(name, None, unit)
    return Measure(name, float(f"{value:.5g}"), unit)


@dataclass(frozen=True, slots=True)
class Cue:
    """The start signal of a trial: its event, its time since the trial's start, and what to say about it."""

    events: tuple[Event, ...]
    t_s: float | None
    flags: tuple[str, ...]

    @property
    def start_s(self) -> float:
        """When to start looking: the cue, or the trial's start where there is none."""
        return 0.0 if self.t_s is None else self.t_s


def cue(data: TrialData) -> Cue:
    """The start signal: the stamp of what sounded it, the gate timer or the page; else the operator's press.

    A signal that was to sound and was not stamped (`cue_by_mark`) is worth no more than a press.
    """
    mark = data.marks.last(MarkKind.CUE)
    if mark is None:
        return Cue((), None, ("no_cue",))
    source = str(mark.data.get("source", "operator"))
    stamps = data.gates.cues if data.gates else ()
    stamp = next((found for found in stamps if found.token == mark.data.get("token")), None)
    if source == "gate_timer" and stamp is not None and data.gate_device is not None:
        return _cue_at(data, stamp.t_ns, STAMP_U_US, data.gate_device)
    u_us = mark.data.get("u_us")
    if source == "page" and isinstance(u_us, int):
        return _cue_at(data, mark.t_ns, u_us, "page")
    return _cue_at(data, mark.t_ns, OPERATOR_U_US, "operator", () if source == "operator" else ("cue_by_mark",))


def _cue_at(data: TrialData, t_ns: int, u_us: int, source: str, flags: tuple[str, ...] = ()) -> Cue:
    event = Event("cue", 1, (t_ns - data.epoch_ns) // 1000, u_us, source)
    return Cue((event,), data.seconds(t_ns), flags)
