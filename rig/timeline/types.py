"""What the timeline gives: samples and edges of a window, and how well their time is known."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Beam: TypeAlias = tuple[int, int]
"""Gate and beam number, as on the timer."""

LOOK_BACK_NS = 120_000_000_000
"""How far before the latest known instant packets count for a clock map (or from the window's start, if earlier)."""


@dataclass(frozen=True, slots=True)
class ClockQuality:
    """How well a device's clock is known on the session clock.

    Attributes
    ----------
    bound_ns
        Half width of the interval that a mapped time lies in, without `delay_bound_ns`.
    rate_ppm
        How much faster than the host's the device's clock runs.
    age_s
        How far the window reaches beyond the evidence, into past or future.
    kind
        `two_way` (PING and PONG), `one_way` (arrivals only), `counted` (arrivals only, and the device has no clock:
        its samples are counted, so that one lost unseen shifts all after it), `none` (no map: there are no times).
    delay_bound_ns
        Largest constant lateness that one-way stamps cannot show. It cancels between times of one device and
        belongs to every difference between this device and another.
    """

    bound_ns: int
    rate_ppm: float
    age_s: float
    kind: Literal["two_way", "one_way", "counted", "none"]
    delay_bound_ns: int = 0

    @property
    def u_ns(self) -> float:
        """Standard uncertainty of a time against another device's: both half widths as rectangular distributions."""
        return math.hypot(self.bound_ns, self.delay_bound_ns) / math.sqrt(3)


NO_CLOCK = ClockQuality(bound_ns=0, rate_ppm=0.0, age_s=0.0, kind="none")


@dataclass(frozen=True, slots=True, eq=False)
class ImuWindow:
    """Samples of one sensor in `[start, end)`.

    Attributes
    ----------
    t_ns
        (n,) session time, increasing.
    acc
        (n, 3) specific force, m/s².
    gyr
        (n, 3) angular rate, rad/s, or None. Where a device sends it on times of its own it is interpolated at `t_ns`,
        and a sample for which there is none is missing.
    clock
        Of the least certain epoch in the window.
    lost_samples
        How many samples the gaps would have held.
    gaps
        (start_ns, end_ns) without samples where there should be some, the window's edges included.
    flags
        `link_lost`, `device_reset`, `queue_dropped`, `non_finite`, `doubtful_blocks`, `no_scale` (these three: samples
        left out), `saturated`, `counted_clock`, `no_gyr` (part of the window or all is acceleration only), `no_data`.
    """

    t_ns: Ints
    acc: Floats
    gyr: Floats | None
    clock: ClockQuality
    lost_samples: int
    gaps: tuple[tuple[int, int], ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BeamEdge:
    """A beam was blocked or cleared at session time `t_ns`."""

    gate: int
    beam: int
    blocked: bool
    t_ns: int


@dataclass(frozen=True, slots=True)
class GateImpulse:
    """A sports timer's one impulse of a crossing at session time `t_ns`."""

    gate: int
    t_ns: int


@dataclass(frozen=True, slots=True)
class CueStamp:
    """The timer gave the start signal of request `token` at session time `t_ns`; `kind` 1 beep, 2 light, 3 both."""

    token: int
    t_ns: int
    kind: int


@dataclass(frozen=True, slots=True)
class GateWindow:
    """What the gates saw in `[start, end)`.

    Attributes
    ----------
    edges, cues
        By time.
    levels_at_start
        Whether each fitted beam was blocked as the window began; None where nothing tells.
    clock
        Of the least certain epoch in the window.
    flags
        `sequence_gap`, `overrun`, `device_reset`, `link_lost`, `queue_dropped`, `levels_disagree`, `sync_bound`
        (above 5 ms), `sync_old` (above 30 s), `no_sync` (there are no times), `silent` (no frame for 3 s). Of a sports
        timer also `clock_jump` (its time of day was set, or lines were held back), `manual_impulse`,
        `inserted_impulse` (not used) and `cleared_impulse`.
    impulses
        By time, of a sports timer, which sends no edges; None of a timer that does.
    """

    edges: tuple[BeamEdge, ...]
    levels_at_start: Mapping[Beam, bool | None]
    cues: tuple[CueStamp, ...]
    clock: ClockQuality
    flags: tuple[str, ...]
    impulses: tuple[GateImpulse, ...] | None = None
