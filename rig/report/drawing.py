"""One picture a trial: the trunk's acceleration, the beams beneath, the timed stretch, and every event by name.

The same SVG stands in the page and in the PDF: plain shapes and text, so that its words can be searched.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from unicodedata import east_asian_width

import numpy as np
from jinja2 import Environment, PackageLoader

from rig.model.document import Event, Time, Trial
from rig.pipeline.evidence import TrialData
from rig.timeline.types import BeamEdge
from rig_signal.types import Array

ROW, BODY, BEAM_ROW, FOOT = 13.0, 64.0, 8.0, 14.0
"""Heights in the picture's units (a sixth of a millimetre or so): a row of labels, signal, a gate, the time axis."""
MARGIN = 26.0
FONT = 10.0
GAP = 4.0
AROUND_S = 1.2
"""What is shown before the first event and after the last one."""
LEAST_SPAN = 0.5
"""Heights of a picture in m/s²: standing still fills no picture with noise."""
TICKS = (1, 2, 5, 10, 20, 30, 60, 120)
MOST_TICKS = 8

EventName = Callable[[Event], str]


@dataclass(frozen=True, slots=True)
class Label:
    """An event's name, where its line is, and in which row it stands, counted upwards."""

    x: float
    text_x: float
    row: int
    text: str
    strong: bool


@dataclass(frozen=True, slots=True)
class Frame:
    """From seconds to the picture's units."""

    start_s: float
    end_s: float
    width: float
    zero_s: float

    def x(self, t_s: float) -> float:
        """Where an instant is drawn."""
        inner = self.width - 1.2 * MARGIN
        return round(MARGIN + inner * (t_s - self.start_s) / (self.end_s - self.start_s), 2)


def trial_svg(
    trial: Trial, data: TrialData, counted: Time | None, alternative: str, name: EventName, width: float = 360.0
) -> str:
    """An SVG element; `alternative` is its text for people who cannot see it, `name` words an event.

    `counted` is the time that stands for the trial: its stretch is shaded, and the axis counts from its start.
    """
    frame = _frame(trial, data, counted, width)
    labels, rows = _labels(trial, frame, counted, name)
    top = rows * ROW + 3.0
    gates = _beams(data, frame)
    bottom = top + BODY
    environment = Environment(loader=PackageLoader("rig.report"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("trial.svg.jinja").render(
        alternative=alternative,
        width=width,
        height=bottom + len(gates) * BEAM_ROW + FOOT,
        top=top,
        bottom=bottom,
        floor=bottom + len(gates) * BEAM_ROW,
        margin=MARGIN,
        font=FONT,
        beam_row=BEAM_ROW,
        label_row=ROW,
        labels=labels,
        gates=gates,
        stretch=_stretch(trial, counted, frame),
        ticks=_ticks(frame),
        **_signal(data, frame, top),
    )


def _frame(trial: Trial, data: TrialData, counted: Time | None, width: float) -> Frame:
    """From a little before the first event to a little after the last, as far as the trial goes."""
    ends_s = data.seconds(data.end_ns)
    instants = [_seconds(event, trial) for event in trial.events]
    first, last = (min(instants), max(instants)) if instants else (0.0, ends_s)
    start, end = max(0.0, first - AROUND_S), min(max(ends_s, last), last + AROUND_S)
    zero = next((_seconds(e, trial) for e in trial.events if counted and _label(e) == counted.start), start)
    return Frame(start, max(end, start + 1.0), width, zero)


def _seconds(event: Event, trial: Trial) -> float:
    return (event.t_us - trial.started_us) / 1e6


def _label(event: Event) -> str:
    return event.name if event.ordinal == 1 else f"{event.name}_{event.ordinal}"


def _stretch(trial: Trial, counted: Time | None, frame: Frame) -> tuple[float, float] | None:
    """Where the counted time begins and ends."""
    if counted is None:
        return None
    found = {_label(event): frame.x(_seconds(event, trial)) for event in trial.events}
    if counted.start not in found or counted.end not in found:
        return None
    return found[counted.start], found[counted.end] - found[counted.start]


def _labels(trial: Trial, frame: Frame, counted: Time | None, name: EventName) -> tuple[list[Label], int]:
    """Names over their lines, in rows such that no name covers another and no line runs through a name.

    From the last event to the first: each stands a row above every later one whose line or name it would meet.
    """
    decisive = () if counted is None else (counted.start, counted.end)
    starts: list[float] = []
    rows: list[int] = []
    labels: list[Label] = []
    for event in reversed(trial.events):
        text, x = name(event), frame.x(_seconds(event, trial))
        start = min(x - 1.5, frame.width - _width(text))
        met = [row for row, other in zip(rows, starts, strict=True) if other < start + _width(text) + GAP]
        rows.append(1 + max(met, default=-1))
        starts.append(start)
        labels.append(Label(x, round(start, 2), rows[-1], text, _label(event) in decisive))
    return labels, 1 + max(rows, default=-1)


def _width(text: str) -> float:
    return sum(FONT * (1.0 if east_asian_width(char) in "WF" else 0.56) for char in text)


def _signal(data: TrialData, frame: Frame, top: float) -> dict[str, object]:
    """The trunk's acceleration as points of a line, and the two heights that its scale names."""
    role = data.role()
    if role is None:
        return {"points": "", "scale": []}
    imu = data.imu(role)
    shown = (imu.time_s >= frame.start_s) & (imu.time_s <= frame.end_s)
    if not shown.any():
        return {"points": "", "scale": []}
    time_s, length = _envelope(imu.time_s[shown], np.linalg.norm(imu.acc[shown], axis=1), int(frame.width * 1.5))
    low, high = float(length.min()), float(length.max())
    if high - low < LEAST_SPAN:
        low, high = (low + high - LEAST_SPAN) / 2, (low + high + LEAST_SPAN) / 2

    def y(value: float) -> float:
        return round(top + BODY * (1 - (value - low) / (high - low)), 2)

    points = " ".join(f"{frame.x(t)},{y(v)}" for t, v in zip(time_s.tolist(), length.tolist(), strict=True))
    return {"points": points, "scale": [(y(value), f"{value:.1f}") for value in (low, high)]}


def _envelope(time_s: Array, values: Array, columns: int) -> tuple[Array, Array]:
    """Least and largest value of every column, in the order they come: no peak is lost between two points."""
    if len(values) <= 2 * columns:
        return time_s, values
    parts = np.array_split(np.arange(len(values)), columns)
    kept = np.array([sorted((part[values[part].argmin()], part[values[part].argmax()])) for part in parts]).ravel()
    return time_s[kept], values[kept]


def _beams(data: TrialData, frame: Frame) -> list[tuple[str, list[tuple[float, float]]]]:
    """For every gate that something passed, its place and the stretches (x, width) that a beam was blocked."""
    if data.gates is None:
        return []
    places = {gate.gate: f"{gate.position_m:g} m" for gate in data.course.gates}
    beams = sorted({(edge.gate, edge.beam) for edge in data.gates.edges if edge.gate in places})
    found = [
        (places[key[0]], _blocked([edge for edge in data.gates.edges if (edge.gate, edge.beam) == key], data, frame))
        for key in beams
    ]
    return [(place, spans) for place, spans in found if spans]


def _blocked(edges: Sequence[BeamEdge], data: TrialData, frame: Frame) -> list[tuple[float, float]]:
    spans = []
    for first, second in pairwise(edges):
        if first.blocked:
            start, end = max(data.seconds(first.t_ns), frame.start_s), min(data.seconds(second.t_ns), frame.end_s)
            if end > start:
                spans.append((frame.x(start), round(max(frame.x(end) - frame.x(start), 0.8), 2)))
    return spans


def _ticks(frame: Frame) -> list[tuple[float, str]]:
    """Whole seconds from the start of the clock."""
    least, most = frame.start_s - frame.zero_s, frame.end_s - frame.zero_s
    step = next((step for step in TICKS if (most - least) / step <= MOST_TICKS), TICKS[-1])
    values = range(int(np.ceil(least / step)) * step, int(most) + 1, step)
    return [(frame.x(frame.zero_s + value), f"{value}") for value in values]
