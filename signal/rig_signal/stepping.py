"""A step out of quiet standing, seen from the trunk.

What tells a step from sway, tremor and corrections: a foot that lands shakes the trunk upwards, sharply (above 8 Hz);
or, where it lands softly, the pelvis is carried to another place without the trunk turning much. Both are judged
against the person's own standing. No published detector exists (findings: nearest is a camera in tandem stance, ICC
0.81), so the rule is our own, from the mechanism. When the foot left its place, before that, is told by `leaving`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d
from scipy.signal import lfilter

from rig_signal.attitude import estimate_up, rest_bias, resting_level
from rig_signal.filters import both_ways, butterworth
from rig_signal.motion import stretches, white_noise
from rig_signal.timebase import Mask, Uniform, lengths
from rig_signal.types import Array

OWN_QUANTILE = 0.4
OWN_BEFORE_S, OWN_LEAST_S, OWN_EVERY_S = 1.0, 0.7, 0.25
"""The person's own standing: the level below which an index stayed for this part of the hold so far, from 1 s before
begin; renewed four times a second."""
ACTIVE_M_S2, ACTIVE_TIMES = 0.25, 4.0
PAUSE_S = 0.25
LANDING_HZ, LANDING_M_S2, LANDING_TIMES = (8.0, 30.0), 0.25, 8.0
LANDING_TIMES_NOISE = 5.5
"""Beyond what white noise alone reaches once in ten thousand holds."""
SHARPNESS = 0.2
"""A landing's part above 8 Hz over its part below 5 Hz; knees that give way reach 0.16."""
CARRIED_M_S, CARRIED_TIMES, CARRIED_M = 0.09, 5.0, 0.06
TURNING_PER_M = 1.8
"""Angular speed (rad/s) per speed of the pelvis (m/s): a trunk that bends or arms that swing turn it more."""
PEAK_WITHIN_S = 0.4
JUMP_S = 0.15
REST_APART_S = 0.9
MOVEMENT_BEFORE_S = 0.70
"""Unloading and swing together: the foot leaves its place no longer before the landing."""
EXPECTED_BEFORE_S, EXPECTED_AFTER_S = 0.30, 0.70
"""Where the sign of a step is looked for, about the instant at which somebody says that it began."""
EXPECTED_LANDING_TIMES = 5.0
"""Less is asked of a landing that is expected: a step is likely before it is looked for."""


@dataclass(frozen=True, eq=False)
class Trunk:
    """What a sensor on the trunk feels, and all in which a step shows, worked out when it is first asked for.

    In most holds nobody steps, and most of it is never asked for.

    Attributes
    ----------
    rate_hz, time_s
        Samples per second, and (n,) their times.
    linear
        (3, n) acceleration along two level axes that turn with the sensor, and up, m/s².
    rate
        (3, n) angular rate, rad/s.
    """

    rate_hz: float
    time_s: Array
    linear: Array
    rate: Array

    @property
    def level(self) -> Array:
        """(n, 2) horizontal acceleration, m/s²."""
        return self.linear[:2].T

    @cached_property
    def movement(self) -> Array:
        """(n,) acceleration (m/s²) and angular rate (1 rad/s counts as 1 m/s²) of 0.7-8 Hz, without delay."""
        felt = (self._both_ways(self.linear, 0.7, 8.0), self._both_ways(self.rate, 0.35, 8.0))
        return lengths(np.concatenate(felt))

    @cached_property
    def quick(self) -> Array:
        """The same with a causal filter: nothing shows before it happens."""
        felt = (self._forwards(self.linear, 0.7, 8.0), self._forwards(self.rate, 0.35, 8.0))
        return lengths(np.concatenate(felt))

    @cached_property
    def jump(self) -> Array:
        """(n,) by how much the level acceleration differs between the 0.15 s before and after, m/s².

        The pressure under the feet goes over to the standing foot.
        """
        return _jump(self.level, round(JUMP_S * self.rate_hz))

    @cached_property
    def landing(self) -> Array:
        """(n,) vertical acceleration of 8-30 Hz, m/s²."""
        return np.abs(self._both_ways(self.linear[2], *LANDING_HZ))

    @cached_property
    def hiss(self) -> float:
        """Root mean square of what the sensor's white noise alone adds to that, m/s², by what no movement explains."""
        low_hz, high_hz = LANDING_HZ
        return white_noise(self.linear[2]) * float(np.sqrt(2 * (high_hz - low_hz) / self.rate_hz))

    @cached_property
    def bobbing(self) -> Array:
        """(n,) the largest vertical acceleration of 0.7-5 Hz within 0.3 s, m/s²."""
        bobbing = np.abs(self._both_ways(self.linear[2], 0.7, 5.0))
        return np.asarray(maximum_filter1d(bobbing, round(0.6 * self.rate_hz), output=np.float64), dtype=np.float64)

    @cached_property
    def speed(self) -> Array:
        """(n,) horizontal speed of what is faster than 0.3 Hz, m/s."""
        level = self.linear[:2]
        velocity = (level - level.mean(axis=1, keepdims=True)).cumsum(axis=1) / self.rate_hz
        return lengths(self._both_ways(velocity, 0.3, 20.0))

    @cached_property
    def turning(self) -> Array:
        """(n,) angular speed, rad/s."""
        return lengths(self._both_ways(self.rate, 0.1, 8.0))

    def _both_ways(self, rows: Array, low_hz: float, high_hz: float) -> Array:
        return both_ways(butterworth(2, (low_hz, high_hz), self.rate_hz), rows.T).T

    def _forwards(self, rows: Array, low_hz: float, high_hz: float) -> Array:
        rest = rows[:, : round(0.2 * self.rate_hz)].mean(axis=1, keepdims=True)
        chosen = butterworth(1, (low_hz, high_hz), self.rate_hz)
        return np.asarray(lfilter(chosen.b, chosen.a, rows - rest), dtype=np.float64)


@dataclass(frozen=True, slots=True)
class _Hold:
    """The samples of a hold, `first` to `last`, half-open."""

    rate_hz: float
    first: int
    last: int

    @property
    def start(self) -> int:
        """The sample from which the person's own standing is judged."""
        return max(0, self.first - round(OWN_BEFORE_S * self.rate_hz))

    def own(self, index: Array) -> float:
        """Level of an index in the whole hold: who sways on purpose has not stepped when the swaying begins."""
        return _low(index[self.start : self.last])

    def own_so_far(self, index: Array) -> Array:
        """(n,) level of an index in the hold up to every sample: a walk after the step does not raise it."""
        start = self.start
        least, every = round(OWN_LEAST_S * self.rate_hz), round(OWN_EVERY_S * self.rate_hz)
        ends = np.arange(start + least, max(len(index), start + least + 1), every)
        levels = _low_so_far(index[start:], np.minimum(ends, len(index)) - start)
        times = np.full(len(levels), every)
        times[0] += ends[0] + every
        return levels.repeat(times)[: len(index)]


@dataclass(frozen=True, eq=False)
class _Signs:
    """Where, sample by sample, the person moves, a foot lands, the pelvis is carried fast; each when it is asked for.

    A landing is as hard as `landing_times` what the person's own standing shows.
    """

    trunk: Trunk
    hold: _Hold
    landing_times: float

    @cached_property
    def active(self) -> Mask:
        """(n,) whether the person moves."""
        own = self.hold.own_so_far(self.trunk.movement)
        return self.trunk.movement > np.maximum(ACTIVE_M_S2, ACTIVE_TIMES * own)

    @cached_property
    def landed(self) -> Mask:
        """(n,) whether a foot lands."""
        landing = self.trunk.landing
        least = max(LANDING_M_S2, LANDING_TIMES_NOISE * self.trunk.hiss)
        hard = landing > np.maximum(least, self.landing_times * self.hold.own_so_far(landing))
        return hard & (landing > SHARPNESS * self.trunk.bobbing)

    @cached_property
    def fast(self) -> Mask:
        """(n,) whether the pelvis is carried fast."""
        return self.trunk.speed > max(CARRIED_M_S, CARRIED_TIMES * self.hold.own(self.trunk.speed))


@dataclass(frozen=True, slots=True)
class Sign:
    """The sample at which a step shows: the first shake of a landing where one was felt, else its fastest moment."""

    at: int
    landed: bool


def find_step(trunk: Trunk, begin_s: float, until_s: float) -> Sign | None:
    """Find the first step between two instants of standing.

    Parameters
    ----------
    trunk
        Of a sensor on the trunk or thigh, 100 Hz, with some seconds to both sides of the hold where they exist.
    begin_s, until_s
        The hold, half-open. A landing shortly after it may be of a foot that left before its end.
    """
    hold = _hold(trunk, begin_s, until_s)
    signs = _Signs(trunk, hold, LANDING_TIMES)
    for start, end in joined(stretches(signs.active).tolist(), PAUSE_S * trunk.rate_hz):
        sign = _decisive(trunk, signs, slice(max(start, hold.first), min(end, hold.last)))
        if sign is not None:
            return sign
    return None


def expect_step(trunk: Trunk, begin_s: float, until_s: float, about_s: float) -> Sign | None:
    """Find the sign of a step of which somebody says that it began at about a given instant of a hold.

    Returns
    -------
    Sign or None
        The first landing near that instant, else the middle of the quickest movement; None where nothing moved more
        than the person's own standing.
    """
    signs = _Signs(trunk, _hold(trunk, begin_s, until_s), EXPECTED_LANDING_TIMES)
    near = slice(
        *np.searchsorted(trunk.time_s, [max(begin_s, about_s - EXPECTED_BEFORE_S), about_s + EXPECTED_AFTER_S])
    )
    if signs.landed[near].any():
        return Sign(int(near.start + np.argmax(signs.landed[near])), landed=True)
    if not signs.active[near].any():
        return None
    return Sign(int(near.start + np.argmax(trunk.quick[near])), landed=False)


def _hold(trunk: Trunk, begin_s: float, until_s: float) -> _Hold:
    first, last = np.searchsorted(trunk.time_s, [begin_s, until_s + MOVEMENT_BEFORE_S])
    return _Hold(trunk.rate_hz, int(first), int(last))


def joined(ranges: Iterable[Sequence[int]], gap: float) -> list[tuple[int, int]]:
    """Join half-open index ranges that lie closer than `gap` samples."""
    found: list[tuple[int, int]] = []
    for start, end in ranges:
        if found and start - found[-1][1] < gap:
            start = found.pop()[0]
        found.append((int(start), int(end)))
    return found


def trunk_of(body: Uniform) -> Trunk:
    """Take gravity and the gyroscope's bias off what a sensor feels."""
    bias = np.zeros(3) if body.gyr is None else rest_bias(body)
    linear = _level_and_up(body, bias)
    rate = np.zeros_like(linear) if body.gyr is None else body.gyr.T - bias[:, None]
    return Trunk(body.rate_hz, body.time_s, linear, rate)


def _level_and_up(body: Uniform, bias: Array) -> Array:
    """(3, n) acceleration along two level axes that turn with the sensor, and up.

    The sensor's axis `k` that is the levellest, made level, and the axis at right angles to it and to up.
    """
    acc, up = body.acc.T, estimate_up(body, bias).T
    k = int(np.abs(up.mean(axis=1)).argmin())
    i, j = (k + 1) % 3, (k + 2) % 3
    level, along = lengths(up[[i, j]]), np.einsum("kn,kn->n", acc, up)
    first, second = acc[k] - along * up[k], acc[i] * up[j] - acc[j] * up[i]
    return np.array([first / level, second / level, along - resting_level(body)])


def _jump(x: Array, span: int) -> Array:
    """(n,) distance between the means of the `span` samples before and after; 0 where there are fewer."""
    total = np.cumsum(np.vstack([np.zeros((1, x.shape[1])), x]), axis=0)
    apart = (total[2 * span :] - 2 * total[span:-span] + total[: -2 * span]) / span
    jump = np.zeros(len(x))
    jump[span : span + len(apart)] = lengths(apart.T)[: len(x) - span]
    return jump


def _low(x: Array) -> float:
    rank = int(OWN_QUANTILE * (len(x) - 1))
    return float(np.partition(x, rank)[rank])


def _low_so_far(x: Array, ends: NDArray[np.intp]) -> Array:
    """(m,) `_low` of the first samples of `x` up to each of the ends, which increase.

    Ranks are counted in bins, so that a long hold does not take more than its share: first the bin in which the wanted
    rank lies, then the sample in the bin.
    """
    order = x.argsort()
    size = round(len(x) ** 0.5)
    bins, rows = -(-len(x) // size), np.arange(len(ends))
    since = np.bincount(ends, minlength=len(x)).cumsum()[order]
    counts = np.bincount(since * bins + np.arange(len(x)) // size, minlength=(len(ends) + 1) * bins)
    lower = counts.reshape(-1, bins)[:-1].cumsum(axis=0).cumsum(axis=1)
    wanted = (OWN_QUANTILE * (ends - 1)).astype(np.intp)
    found = (lower <= wanted[:, None]).sum(axis=1)
    before = np.where(found > 0, lower[rows, found - 1], 0)
    padded = np.concatenate([order, np.full(size, len(x))])
    near = padded[found[:, None] * size + np.arange(size)]
    at = ((near < ends[:, None]).cumsum(axis=1) <= (wanted - before)[:, None]).sum(axis=1)
    return np.asarray(x[near[rows, at]], dtype=np.float64)


def _decisive(trunk: Trunk, signs: _Signs, episode: slice) -> Sign | None:
    """The landing, or the fastest moment of a soft step, in an episode of movement; None: no step."""
    if signs.landed[episode].any():
        return Sign(int(episode.start + np.argmax(signs.landed[episode])), landed=True)
    if not signs.fast[episode].any():
        return None
    fast = int(episode.start + np.argmax(signs.fast[episode]))
    near = slice(fast, min(episode.stop, fast + round(PEAK_WITHIN_S * trunk.rate_hz)))
    at = fast + int(np.argmax(trunk.speed[near]))
    straight = float(trunk.turning[near].max()) < TURNING_PER_M * float(trunk.speed[at])
    carried = straight and carried_m(trunk.level, at, trunk.rate_hz) > CARRIED_M
    return Sign(at, landed=False) if carried else None


def carried_m(level: Array, at: int, rate_hz: float) -> float:
    """Distance between the pelvis's places well before and after, if it rested at both; 0 where the record ends."""
    apart, rest = round(REST_APART_S * rate_hz), round(0.2 * rate_hz)
    window = level[max(0, at - apart) : at + apart]
    if len(window) < 4 * rest:
        return 0.0
    velocity = np.cumsum(window, axis=0) / rate_hz
    before, after = velocity[:rest].mean(axis=0), velocity[-rest:].mean(axis=0)
    drift = before + (after - before) * np.linspace(0, 1, len(window))[:, None]
    place = np.cumsum(velocity - drift, axis=0) / rate_hz
    return float(np.linalg.norm(place[-rest:].mean(axis=0) - place[:rest].mean(axis=0)))
