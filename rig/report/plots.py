"""One picture a trial: the trunk's acceleration, the beams beneath, and every event as a line."""

import io
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rig.model.document import Event, Trial
from rig.pipeline.evidence import TrialData
from rig_signal.types import Array

STYLE: Any = {
    "svg.hashsalt": "sppb-rig",  # the same picture has the same bytes
    "svg.fonttype": "none",
    "font.size": 9,
    "font.family": "sans-serif",
    "axes.spines.top": False,
    "axes.spines.right": False,
}
INK, BEAM = "#1f3b57", "#b35c00"
MOST_POINTS = 1500


def trial_svg(trial: Trial, data: TrialData, alternative: str) -> str:
    """An SVG element for a page; `alternative` is its text for people who cannot see it."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8.6, 2.6), layout="constrained")
        axes = figure.add_subplot()
        _signal(axes, data)
        _beams(axes, data)
        _events(axes, trial.events, trial.started_us)
        axes.set_xlabel("s")
        axes.set_ylabel("m/s²")
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    svg = buffer.getvalue()
    return f'<figure role="img" aria-label="{alternative}">{svg[svg.index("<svg") :]}</figure>'


def _signal(axes: Axes, data: TrialData) -> None:
    role = data.role()
    if role is None:
        return
    imu = data.imu(role)
    time_s, length = _thinned(imu.time_s, np.linalg.norm(imu.acc, axis=1))
    axes.plot(time_s, length, color=INK, linewidth=0.7)


def _thinned(time_s: Array, values: Array) -> tuple[Array, Array]:
    step = max(1, len(values) // MOST_POINTS)
    return time_s[::step], values[::step]


def _beams(axes: Axes, data: TrialData) -> None:
    """A bar under the signal for every stretch that a beam was blocked."""
    if data.gates is None:
        return
    places = {gate.gate: gate.position_m for gate in data.course.gates}
    beams = sorted({(edge.gate, edge.beam) for edge in data.gates.edges})
    low, _ = axes.get_ylim()
    for row, key in enumerate(beams):
        edges = [edge for edge in data.gates.edges if (edge.gate, edge.beam) == key]
        height = low - 1.2 * (row + 1)
        for first, second in pairwise(edges):
            if first.blocked:
                span = (data.seconds(first.t_ns), data.seconds(second.t_ns))
                axes.plot(span, (height, height), color=BEAM, linewidth=4, solid_capstyle="butt")
        if key[0] in places:
            axes.annotate(f"{places[key[0]]:g} m", (0, height), fontsize=7, color=BEAM, va="center")


def _events(axes: Axes, events: tuple[Event, ...], started_us: int) -> None:
    top = axes.get_ylim()[1]
    for event in events:
        t_s = (event.t_us - started_us) / 1e6
        axes.axvline(t_s, color="#777777", linewidth=0.6, linestyle=":")
        name = event.name if event.ordinal == 1 else f"{event.name} {event.ordinal}"
        axes.annotate(name, (t_s, top), rotation=90, fontsize=6, va="top", ha="right")
