"""When the foot of a step left its place, from the signs that it gives at the trunk and from who saw it.

The trunk does not feel the foot leave. It feels the quick part of the movement, which begins near the toe's lift, and
the landing, which comes after the swing. Neither says all: how long a swing lasts and how early the heel peels off
cannot be seen from above, and a fall that is caught pushes the trunk before any foot moves. So every cue is a
distribution, wide where bodies differ, with a part for "this was something else"; they are multiplied, and the mean and
the spread of what is left are the answer. Cues that contradict each other make a wide answer.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rig_signal.motion import stretches
from rig_signal.stepping import MOVEMENT_BEFORE_S, Sign, Trunk
from rig_signal.types import Array, Moment

LANDING_WITHIN_S = 0.30
SWING_S, SWING_U_S, SWING_DOUBT = 0.30, 0.09, 0.05
"""From the first 10 mm to the middle of the landing's shake: 0.2 s for a backward shuffle or a side step that catches a
fall, 0.35 to 0.5 s for a forward step."""
PUSH_U_S, PUSH_DOUBT, PUSH_DOUBT_IF_LANDED = 0.07, 0.05, 0.35
"""Spread of the push's rule where it holds. A fall that was caught pushes first: then a landing tells more."""
QUICK_SHARES = (0.35, 0.40, 0.45)
"""Of the quick movement's peak, from which it counts as begun: several, so that no single one tips the answer."""
CALM_S = 0.20
MOVEMENT_S = 0.6
LEAD_PER_S, LAG_S = 0.40, 0.12
"""The foot leaves its place 0.40 of the time to the middle of the movement before its quick part, less the filter's
lag: the heel rises while the foot is unloaded, the longer before the longer the whole movement takes."""
ANYWHERE_S = 1.2
STEP_S = 0.005


@dataclass(frozen=True, slots=True, eq=False)
class Cue:
    """What one cue says of an instant: weighted candidates, their uncertainty, the chance of something else.

    Attributes
    ----------
    t_s, weight
        (m,) candidates and how likely each is, of any sum.
    u_s
        Standard uncertainty of each.
    doubt
        Chance that the cue is about another event.
    """

    t_s: Array
    weight: Array
    u_s: float
    doubt: float

    def chance(self, t_s: Array) -> Array:
        """(n,) relative likelihood of instants."""
        normal = np.exp(-0.5 * ((t_s[:, None] - self.t_s) / self.u_s) ** 2) / (self.u_s * math.sqrt(2 * math.pi))
        mixed = normal @ (self.weight / self.weight.sum())
        return np.asarray((1 - self.doubt) * mixed + self.doubt / ANYWHERE_S, dtype=np.float64)

    @property
    def mean_s(self) -> float:
        """Mean of the candidates."""
        return float(self.t_s @ self.weight / self.weight.sum())


def one(t_s: float, u_s: float, doubt: float = 0.0) -> Cue:
    """A cue with one candidate."""
    return Cue(np.array([t_s]), np.ones(1), u_s, doubt)


def left_at(trunk: Trunk, sign: Sign, begin_s: float, *, noticed: Moment | None = None, blur_s: float = 0.0) -> Moment:
    """Estimate when the foot left its place.

    Parameters
    ----------
    trunk, sign
        What the sensor felt, and the sample at which the step shows.
    begin_s
        The hold's begin: no foot left before.
    noticed
        When somebody saw the foot leave, reaction time taken off, with the spread of such reactions.
    blur_s
        Standard uncertainty to be added to what the sensor says, where it is worn far from what it is to feel.

    Returns
    -------
    Moment
        Mean and standard deviation of the instants that remain possible (docs/landmarks.md, step-out).
    """
    doubt = PUSH_DOUBT_IF_LANDED if sign.landed else PUSH_DOUBT
    pushes = _pushes(trunk, sign.at, int(np.searchsorted(trunk.time_s, begin_s)))
    cues = [Cue(pushes, np.ones(len(pushes)), math.hypot(PUSH_U_S, blur_s), doubt)]
    if sign.landed:
        cues.append(_before_landing(trunk, sign.at, math.hypot(SWING_U_S, blur_s)))
    if noticed is not None:
        cues.append(one(noticed.t_s, noticed.u_s))
    return agreed(cues, begin_s)


def _before_landing(trunk: Trunk, shaken: int, u_s: float) -> Cue:
    """One swing before the landing, which is where soon after the first shake the trunk is shaken hardest.

    The foot's start may shake it as well, so every sample is a candidate, weighted by the power of its shake.
    """
    soon = slice(max(0, shaken - round(0.1 * trunk.rate_hz)), shaken + round(LANDING_WITHIN_S * trunk.rate_hz))
    return Cue(trunk.time_s[soon] - SWING_S, trunk.landing[soon] ** 2, u_s, SWING_DOUBT)


def agreed(cues: Sequence[Cue], not_before_s: float) -> Moment:
    """Mean and standard deviation of the instants that all cues together leave possible."""
    about_s = max(not_before_s, sum(cue.mean_s for cue in cues) / len(cues))
    t = about_s + np.arange(-ANYWHERE_S / 2, ANYWHERE_S / 2, STEP_S)
    t = t[t >= not_before_s]
    weight = np.prod([cue.chance(t) for cue in cues], axis=0)
    weight /= weight.sum()
    mean_s = float(weight @ t)
    return Moment(mean_s, float(np.sqrt(weight @ (t - mean_s) ** 2)))


def _pushes(trunk: Trunk, at: int, first: int) -> Array:
    """(m,) when the foot left, judged by the quick movement around the sample at which the step shows."""
    earliest = max(first, at - round(MOVEMENT_BEFORE_S * trunk.rate_hz))
    peak = float(trunk.quick[earliest : at + round(0.3 * trunk.rate_hz)].max())
    return np.array([_push_s(trunk, earliest, at, share * peak) for share in QUICK_SHARES])


def _push_s(trunk: Trunk, earliest: int, at: int, level: float) -> float:
    hz, quick = trunk.rate_hz, trunk.quick
    calm = stretches(quick[earliest : at + 1] < level, round(CALM_S * hz))
    onset = min(earliest + (int(calm[-1, 1]) if len(calm) else 0), len(quick) - 1)
    energy = np.cumsum(quick[onset : onset + round(MOVEMENT_S * hz)] ** 2)
    middle_s = int(np.searchsorted(energy, energy[-1] / 2)) / hz
    return float(trunk.time_s[onset]) + LAG_S - LEAD_PER_S * middle_s
