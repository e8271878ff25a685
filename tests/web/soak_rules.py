"""What the live page is held to under load, and whether it was met."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

CORE = 0.5
"""Share of one core, of the rig and of its analyses together."""
MEMORY_KB = 1024
"""What may come on top of the recording's index in a whole run, however long: little over a byte for each packet of
twenty minutes."""
PIXEL_MS = 150.0
"""95 of 100 edges are on the screen by then."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a run has come to.

    Attributes
    ----------
    fed, kept, dropped
        Packets given to the rig, found in its recording, and dropped by its queue.
    core, analyst_core
        Shares of one core that the rig used, and its process for analyses.
    memory
        (n, 2): seconds and kB of the rig's resident memory, from the moment it has settled.
    index_kb
        What of it, from first to last, is the index of the recording: a line for every second of it, kept until the
        file is closed.
    delays_ms
        From each edge to its pixel, but for those while the browser was kept busy; infinite for those that never came.
    """

    fed: int
    kept: int
    dropped: int
    core: float
    analyst_core: float
    memory: tuple[tuple[float, float], ...]
    index_kb: float
    delays_ms: tuple[float, ...]

    @property
    def grown_kb(self) -> float:
        """By how much memory has grown over the run: the straight line through all of it, without its noise."""
        seconds, kb = np.array(self.memory).T
        return float(np.polyfit(seconds, kb, 1)[0] * (seconds[-1] - seconds[0]))

    @property
    def p95_ms(self) -> float:
        """What 95 of 100 edges take at most; a higher one of two, since infinite ones have no middle."""
        return float(np.percentile(self.delays_ms, 95, method="higher")) if self.delays_ms else np.inf


def told(figures: Figures) -> Iterator[str]:
    """The figures in words."""
    drawn = [delay for delay in figures.delays_ms if np.isfinite(delay)]
    peak_kb = max(kb for _, kb in figures.memory)
    yield f"packets fed {figures.fed}, recorded {figures.kept}, dropped {figures.dropped}"
    yield f"rig {figures.core:.1%} of a core, its analyses {figures.analyst_core:.1%}"
    yield (
        f"memory grew {figures.grown_kb:.0f} kB, of which the recording's index {figures.index_kb:.0f} kB; "
        f"{peak_kb / 1024:.0f} MB at most"
    )
    median = float(np.median(drawn)) if drawn else np.inf
    yield f"edge to pixel: {len(drawn)} of {len(figures.delays_ms)} edges"
    yield f"median {median:.0f} ms, p95 {figures.p95_ms:.0f} ms"


def missed(figures: Figures) -> Iterator[str]:
    """One line for each criterion that was not met."""
    if figures.kept != figures.fed or figures.dropped:
        yield f"lost: {figures.fed - figures.kept} of {figures.fed} packets are not recorded, {figures.dropped} dropped"
    if not figures.fed:
        yield "lost: nothing was fed"
    core = figures.core + figures.analyst_core
    if core >= CORE:
        yield f"core: {core:.0%} of one, wanted is under {CORE:.0%}"
    more_kb = figures.grown_kb - figures.index_kb
    if more_kb > MEMORY_KB:
        yield f"memory: {more_kb:.0f} kB more than the recording's index explains, wanted is at most {MEMORY_KB} kB"
    if figures.p95_ms >= PIXEL_MS:
        yield f"pixel: p95 {figures.p95_ms:.0f} ms, wanted is under {PIXEL_MS:.0f} ms"
