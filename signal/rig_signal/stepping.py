"""A step out of quiet standing, seen from the trunk.

What tells a step from sway, tremor and corrections: a foot that lands shakes the trunk upwards, sharply (above 8 Hz);
or, where it lands softly, the pelvis is carried to another place without the trunk turning much. Both are judged
against the person's own standing. No published detector exists (findings: nearest is a camera in tandem stance, ICC
0.81), so the rule is our own, from the mechanism. When the foot left its place, before that, is told by `leaving`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d
from scipy.signal import lfilter

from rig_signal.attitude import estimate_up, rest_bias, resting_level
from rig_signal.filters import both_ways, butterworth
from rig_signal.motion import stretches
from rig_signal.timebase import Mask, Uniform
from rig_signal.types import Array

OWN_QUANTILE = 0.4
OWN_BEFORE_S, OWN_LEAST_S, OWN_EVERY_S = 1.0, 0.7, 0.25
"""The person's own standing: the level below which an index stayed for this part of the hold so far, from 1 s before
begin; renewed four times a second."""
ACTIVE_M_S2, ACTIVE_TIMES = 0.25, 4.0
PAUSE_S = 0.25
LANDING_M_S2, LANDING_TIMES = 0.25, 8.0
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


@dataclass(frozen=True, slots=True, eq=False)
class Trunk:
    """What a sensor on the trunk says of a step.

    Attributes
    ----------
    rate_hz, time_s
        Samples per second, and (n,) their times.
    level
        (n, 2) horizontal acceleration, m/s².
    movement
        (n,) acceleration (m/s²) and angular rate (1 rad/s counts as 1 m/s²) of 0.7-8 Hz, without delay.
    quick
        The same with a causal filter: nothing shows before it happens.
    jump
        (n,) by how much the level acceleration differs between the 0.15 s before and after, m/s²: the pressure under
        the feet goes over to the standing foot.
    landing, bobbing
        (n,) vertical acceleration of 8-30 Hz, and the largest of 0.7-5 Hz within 0.3 s, m/s².
    speed
        (n,) horizontal speed of what is faster than 0.3 Hz, m/s.
    turning
        (n,) angular speed, rad/s.
    """

    rate_hz: float
    time_s: Array
    level: Array
    movement: Array
    quick: Array
    jump: Array
    landing: Array
    bobbing: Array
    speed: Array
    turning: Array


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
        times = [ends[0] + every] + [every] * len(levels)
        return np.asarray(np.repeat([levels[0], *levels], times)[: len(index)], dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class _Signs:
    """Where, sample by sample, the person moves, a foot lands, the pelvis is carried fast; (n,) each."""

    active: Mask
    landed: Mask
    fast: Mask


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
    signs = _signs(trunk, hold, LANDING_TIMES)
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
    signs = _signs(trunk, _hold(trunk, begin_s, until_s), EXPECTED_LANDING_TIMES)
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
    """Filter what a sensor feels into what a step shows in."""
    hz = body.rate_hz
    bias = np.zeros(3) if body.gyr is None else rest_bias(body)
    linear = _level_and_up(body, bias)
    rate = np.zeros_like(linear) if body.gyr is None else body.gyr - bias
    up = linear[:, 2]
    velocity = np.cumsum(linear[:, :2] - linear[:, :2].mean(axis=0), axis=0) / hz
    return Trunk(
        rate_hz=hz,
        time_s=body.time_s,
        level=linear[:, :2],
        movement=_size(np.hstack([_both_ways(linear, 0.7, 8.0, hz), _both_ways(rate, 0.35, 8.0, hz)])),
        quick=_size(np.hstack([_forwards(linear, 0.7, 8.0, hz), _forwards(rate, 0.35, 8.0, hz)])),
        jump=_jump(linear[:, :2], round(JUMP_S * hz)),
        landing=np.abs(_both_ways(up, 8.0, 30.0, hz)),
        bobbing=maximum_filter1d(np.abs(_both_ways(up, 0.7, 5.0, hz)), round(0.6 * hz)),
        speed=_size(_both_ways(velocity, 0.3, 20.0, hz)),
        turning=_size(_both_ways(rate, 0.1, 8.0, hz)),
    )


def _level_and_up(body: Uniform, bias: Array) -> Array:
    """(n, 3) acceleration along two level axes that turn with the sensor, and up.

    The sensor's axis `k` that is the levellest, made level, and the axis at right angles to it and to up.
    """
    up = estimate_up(body, bias)
    k = int(np.argmin(np.abs(up.mean(axis=0))))
    i, j = (k + 1) % 3, (k + 2) % 3
    acc, level = body.acc.T, np.hypot(up[:, i], up[:, j])
    along = np.einsum("ij,ij->i", body.acc, up)
    first, second = acc[k] - along * up[:, k], acc[i] * up[:, j] - acc[j] * up[:, i]
    return np.stack([first / level, second / level, along - resting_level(body)]).T


def _both_ways(x: Array, low_hz: float, high_hz: float, rate_hz: float) -> Array:
    return both_ways(butterworth(2, (low_hz, high_hz), rate_hz), x)


def _forwards(x: Array, low_hz: float, high_hz: float, rate_hz: float) -> Array:
    rest = x[: round(0.2 * rate_hz)].mean(axis=0)
    chosen = butterworth(1, (low_hz, high_hz), rate_hz)
    return np.asarray(lfilter(chosen.b, chosen.a, x - rest, axis=0), dtype=np.float64)


def _size(x: Array) -> Array:
    return np.asarray(np.sqrt(np.einsum("ij,ij->i", x, x)), dtype=np.float64)


def _jump(x: Array, span: int) -> Array:
    """(n,) distance between the means of the `span` samples before and after; 0 where there are fewer."""
    total = np.cumsum(np.vstack([np.zeros((1, x.shape[1])), x]), axis=0)
    apart = (total[2 * span :] - 2 * total[span:-span] + total[: -2 * span]) / span
    jump = np.zeros(len(x))
    jump[span : span + len(apart)] = _size(apart)[: len(x) - span]
    return jump


def _low(x: Array) -> float:
    rank = int(OWN_QUANTILE * (len(x) - 1))
    return float(np.partition(x, rank)[rank])


def _low_so_far(x: Array, ends: NDArray[np.intp]) -> Array:
    """(m,) `_low` of the first samples of `x` up to each of the ends, which increase.

    Ranks are counted in bins, so that a long hold does not take more than its share: first the bin in which the wanted
    rank lies, then the sample in the bin.
    """
    order = np.argsort(x)
    size = round(len(x) ** 0.5)
    bins, rows = -(-len(x) // size), np.arange(len(ends))
    since = np.searchsorted(ends, order, side="right")
    counts = np.bincount(since * bins + np.arange(len(x)) // size, minlength=(len(ends) + 1) * bins)
    lower = counts.reshape(-1, bins)[:-1].cumsum(axis=0).cumsum(axis=1)
    wanted = (OWN_QUANTILE * (ends - 1)).astype(np.intp)
    found = (lower <= wanted[:, None]).sum(axis=1)
    before = np.where(found > 0, lower[rows, found - 1], 0)
    padded = np.concatenate([order, np.full(size, len(x))])
    near = padded[found[:, None] * size + np.arange(size)]
    at = ((near < ends[:, None]).cumsum(axis=1) <= (wanted - before)[:, None]).sum(axis=1)
    return np.asarray(x[near[rows, at]], dtype=np.float64)


def _signs(trunk: Trunk, hold: _Hold, landing_times: float) -> _Signs:
    hard = trunk.landing > np.maximum(LANDING_M_S2, landing_times * hold.own_so_far(trunk.landing))
    return _Signs(
        active=trunk.movement > np.maximum(ACTIVE_M_S2, ACTIVE_TIMES * hold.own_so_far(trunk.movement)),
        landed=hard & (trunk.landing > SHARPNESS * trunk.bobbing),
        fast=trunk.speed > max(CARRIED_M_S, CARRIED_TIMES * hold.own(trunk.speed)),
    )


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
