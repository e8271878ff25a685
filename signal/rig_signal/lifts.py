"""How often an arm lifted its load, counted at the wrist by the swing of the forearm against gravity.

What "up" is in the sensor's frame wanders over a sphere as the forearm swings. Its way is cut at the points where it
turns back by more than a fixed angle; every second one is the top of a lift. The angle is fixed, so that what was
counted stays counted while more samples come: only the last second or so is open.

Own method; no paper counts lifts for a load that is to be found. What it cannot tell: who lifts (any swing of the
forearm by more than that angle and back counts, so does that of a walker's arm or of a bottle put aside and taken up
again), what is lifted, and lifts in which the forearm keeps its angle to gravity.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rig_signal.attitude import estimate_up, gyroscope
from rig_signal.motion import smooth, still_mask
from rig_signal.timebase import Uniform, regularise
from rig_signal.types import Array, Imu

RATE_HZ = 25.0
SHAKE_HZ = 2.0
"""A tremor (4 Hz and more) is no lift; the quickest lifts take about a second."""
SWING_DEG = 35.0
"""To the top, and back from it. Bending the elbow with a bottle turns the forearm by 60 to 130 degrees."""
HALF_DEG = 15.0
"""A swing between this and a lift's is told: somebody tires, or lifts in another way."""
QUIET_S = 0.5


@dataclass(frozen=True, slots=True)
class Lift:
    """The top of a lift, and how far the forearm had turned to it and at least turned back."""

    top_s: float
    raised_deg: float


@dataclass(frozen=True, slots=True)
class LiftsResult:
    """Lifts in the order they were done.

    Attributes
    ----------
    lifts
        Those that were lowered again.
    quality
        Any of `unquiet_start` (the arm moved at the beginning, which is taken for its rest), `small_swings` (swings too
        small for a lift were not counted), and those of the time base.
    """

    lifts: tuple[Lift, ...]
    quality: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many."""
        return len(self.lifts)


def count_lifts(imu: Imu) -> LiftsResult:
    """Count the lifts of an arm that hangs or rests at the beginning.

    Parameters
    ----------
    imu
        Sensor at the wrist, any orientation.

    Raises
    ------
    SignalError
        Unusable samples, or no gyroscope: an accelerometer alone mixes the swing with what swings it.
    """
    u = regularise(imu, RATE_HZ)
    gyroscope(u)
    up = smooth(estimate_up(u), RATE_HZ, SHAKE_HZ)
    up /= np.linalg.norm(up, axis=1)[:, None]
    tops = list(_tops(up, SWING_DEG))
    lifts = tuple(Lift(float(u.time_s[at]), round(math.degrees(raised), 1)) for at, raised in tops)
    small = sum(1 for _ in _tops(up, HALF_DEG)) > len(tops)
    return LiftsResult(lifts, (*u.flags, *_flags(u, small=small)))


def _flags(u: Uniform, *, small: bool) -> Iterator[str]:
    if not still_mask(u)[: round(QUIET_S * RATE_HZ)].all():
        yield "unquiet_start"
    if small:
        yield "small_swings"


def _tops(up: Array, swing_deg: float) -> Iterator[tuple[int, float]]:
    """Samples at which the way of `up` has come furthest from where it turned last, and how far (rad): every second."""
    turned = math.cos(math.radians(swing_deg))
    way = up.tolist()
    base, far, top = way[0], 0, True
    for at, now in enumerate(way):
        if _dot(now, base) < _dot(way[far], base):
            far = at
        elif _dot(now, way[far]) <= turned and _dot(way[far], base) <= turned:
            if top:
                yield far, math.acos(max(-1.0, _dot(way[far], base)))
            base, far, top = way[far], at, not top


def _dot(a: list[float], b: list[float]) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
