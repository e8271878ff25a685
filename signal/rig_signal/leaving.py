"""When the foot of a step left its place, from the signs that it gives at the trunk and from who saw it.

The trunk does not feel the foot leave. It feels what goes with it: the quick part of the movement, which begins near
the toe's lift; the jump of the level acceleration when the pressure under the feet goes over to the standing foot, for
the body is accelerated away from where it is pressed (linear inverted pendulum: Hof et al., J Biomech 38(1):1, 2005,
doi:10.1016/j.jbiomech.2004.03.025), and the heel rises as its foot is unloaded; and the landing, which comes after the
swing. None says all: how long a swing lasts and how early the heel peels off cannot be seen from above, and a fall that
is caught pushes the trunk before any foot moves. So every cue is a distribution, wide where bodies differ, with a part
for "this was something else"; they are multiplied, and the mean and the spread of what is left are the answer. Cues
that contradict each other make a wide answer.

Spreads and doubts are those over bodies built apart from each other (tests/rig_signal/standing.py, the virtual lab's
two families) and over real people who walk off (ipol_gait), no single body's.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.ndimage import uniform_filter1d

from rig_signal.motion import stretches
from rig_signal.order import median
from rig_signal.stepping import MOVEMENT_BEFORE_S, Sign, Trunk, carried_m
from rig_signal.types import Array, Moment

LANDING_WITHIN_S = 0.50
SWING_S, SWING_U_S, SWING_DOUBT = 0.30, 0.04, 0.05
"""From the first 10 mm to the middle of the landing's shake: 0.2 s for a backward shuffle, 0.3 s for a side step that
catches a fall, 0.4 to 0.6 s for a forward step. The spread is that over short steps, beside the shake's own length,
which its candidates have already."""
FAR_M, LONGER_S_PER_M, FARTHER_M, LONGER_U = 0.07, 2.5, 0.12, 0.3
"""A foot does not fly for less time because the step is short; one that carries the pelvis further takes longer. By how
much differs between bodies that step 0.1 to 0.3 m: a standard uncertainty of this part of it."""
SINGLE_S = 0.06
"""Spread of the shakes' power below which they are one landing."""
PUSH_U_S, PUSH_DOUBT = 0.06, 0.10
JUMP_U_S, JUMP_DOUBT = 0.10, 0.10
"""Spread over bodies of push and jump about the first 10 mm, where they are of the step."""
UNHEARD_BEFORE_S, PEAK_WITHIN_S, JUMP_WITHIN_S = 0.90, 0.30, 0.20
"""The pelvis may be fastest when the second foot follows: the first one left so long before."""
QUICK_SHARES = (0.35, 0.40, 0.45)
"""Of the quick movement's peak, from which it counts as begun: several, so that no single one tips the answer."""
CALM_S = 0.20
MOVEMENT_S = 0.6
EVEN_S, STANDING_TIMES = 0.10, 2.5
"""Over which the quick movement's power is evened out, so that a burst of noise is no start; and how much of the power
of standing, which noise makes too, is taken off."""
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
    first = int(np.searchsorted(trunk.time_s, begin_s))
    cues = _landed(trunk, sign.at, first, blur_s) if sign.landed else _unheard(trunk, sign.at, first, blur_s)
    if noticed is not None:
        cues.append(one(noticed.t_s, noticed.u_s))
    return agreed(cues, begin_s)


def _landed(trunk: Trunk, shaken: int, first: int, blur_s: float) -> list[Cue]:
    """One swing before the landing, which is where soon after the first shake the trunk is shaken hardest; or the push.

    The foot's start may shake the trunk as well, so every sample is a candidate, weighted by the power of its shake.
    A single shake is the landing, and the quick movement is then the landing itself or the fall that it caught; where
    shakes are spread out, the foot's start is among them, and the push tells more.
    """
    soon = _around(trunk, shaken, 0.1, LANDING_WITHIN_S)
    power = trunk.landing[soon] ** 2
    swing_s, swing_u_s = _swing(trunk, soon.start + int(np.argmax(power)))
    when = trunk.time_s[soon] - swing_s
    single = math.exp(-((_spread(when, power) / SINGLE_S) ** 2))
    movement = _around(trunk, shaken, MOVEMENT_BEFORE_S, PEAK_WITHIN_S, first)
    pushes = _pushes(trunk, movement, first, shaken)
    return [
        Cue(when, power, math.hypot(swing_u_s, blur_s), 1 - (1 - SWING_DOUBT) * single),
        Cue(pushes, np.ones(len(pushes)), math.hypot(PUSH_U_S, blur_s), 1 - (1 - PUSH_DOUBT) * (1 - single)),
    ]


def _unheard(trunk: Trunk, fastest: int, first: int, blur_s: float) -> list[Cue]:
    """The push, and the jump of the level acceleration when the pressure goes over to the standing foot.

    Pressure and acceleration jump more than once in a step: every sample is a candidate, weighted by the fourth power.
    """
    movement = _around(trunk, fastest, UNHEARD_BEFORE_S, PEAK_WITHIN_S, first)
    jumps = _around(trunk, fastest, UNHEARD_BEFORE_S, JUMP_WITHIN_S, first)
    pushes = _pushes(trunk, movement, first, movement.stop)
    return [
        Cue(trunk.time_s[jumps], trunk.jump[jumps] ** 4, math.hypot(JUMP_U_S, blur_s), JUMP_DOUBT),
        Cue(pushes, np.ones(len(pushes)), math.hypot(PUSH_U_S, blur_s), PUSH_DOUBT),
    ]


def _around(trunk: Trunk, at: int, before_s: float, after_s: float, first: int = 0) -> slice:
    """Samples about one, none before the first."""
    return slice(max(first, at - round(before_s * trunk.rate_hz)), at + round(after_s * trunk.rate_hz))


def _swing(trunk: Trunk, landing: int) -> tuple[float, float]:
    """How long before its landing a foot left its place, and how sure that is."""
    far_m = carried_m(trunk.level, landing, trunk.rate_hz) - FAR_M
    longer_s = LONGER_S_PER_M * min(max(0.0, far_m), FARTHER_M)
    return SWING_S + longer_s, math.hypot(SWING_U_S, LONGER_U * longer_s)


def _spread(when: Array, weight: Array) -> float:
    mean = when @ weight / weight.sum()
    return math.sqrt((when - mean) ** 2 @ weight / weight.sum())


def agreed(cues: Sequence[Cue], not_before_s: float) -> Moment:
    """Mean and standard deviation of the instants that all cues together leave possible."""
    about_s = max(not_before_s, sum(cue.mean_s for cue in cues) / len(cues))
    t = about_s + np.arange(-ANYWHERE_S / 2, ANYWHERE_S / 2, STEP_S)
    t = t[t >= not_before_s]
    weight = np.prod([cue.chance(t) for cue in cues], axis=0)
    weight /= weight.sum()
    mean_s = float(weight @ t)
    return Moment(mean_s, float(np.sqrt(weight @ (t - mean_s) ** 2)))


def _pushes(trunk: Trunk, movement: slice, first: int, latest: int) -> Array:
    """(m,) when the foot left, judged by the quick movement: it begins after the last calm before its peak."""
    quick = _beyond_standing(trunk, first, movement.start)
    peak = movement.start + int(np.argmax(quick[movement]))
    within = slice(movement.start, min(peak, latest) + 1)
    return np.array([_push_s(trunk, quick, within, share * float(quick[peak])) for share in QUICK_SHARES])


def _beyond_standing(trunk: Trunk, first: int, earliest: int) -> Array:
    """(n,) quick movement beyond the standing before: evened out, so that a burst of noise is no start."""
    second = round(trunk.rate_hz)
    power = uniform_filter1d(trunk.quick**2, round(EVEN_S * second))
    standing = median(power[max(0, first - second) : max(earliest, first + second // 10)])
    return np.sqrt(np.maximum(power - STANDING_TIMES * standing, 0.0))


def _push_s(trunk: Trunk, quick: Array, within: slice, level: float) -> float:
    hz = trunk.rate_hz
    calm = stretches(quick[within] < level, round(CALM_S * hz))
    onset = min(within.start + (int(calm[-1, 1]) if len(calm) else 0), len(quick) - 1)
    energy = np.cumsum(trunk.quick[onset : onset + round(MOVEMENT_S * hz)] ** 2)
    middle_s = int(np.searchsorted(energy, energy[-1] / 2)) / hz
    return float(trunk.time_s[onset]) + LAG_S - LEAD_PER_S * middle_s
