"""Rest and movement, judged by the recording's own noise, never by what a healthy body would do."""

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import correlate1d, uniform_filter1d

from rig_signal.order import median, quantile
from rig_signal.timebase import Mask, Uniform
from rig_signal.types import Array

ONSET_RAD_S = 0.10
"""Trunk angular speed that counts as movement before a walk (docs/landmarks.md, onset)."""

REST_S = 0.5
"""Rest that separates a movement without a pace of its own from the one before it (docs/landmarks.md, onset)."""

FIRST_SHARE = 0.10
"""Share of a rise's highest speeds that counts as movement (docs/landmarks.md, first movement)."""

REST_SHARE = 0.25
"""Share of the time up to the full stand that counts as rest before a rise (docs/landmarks.md, first movement)."""

AT_REST_RAD_S = 0.03
"""What a gyroscope may read at rest, by its noise and what is left of its bias."""

_WINDOW_S = 0.3  # over which movement is judged
_AT_REST, _QUIETEST = 3.0, 0.02  # times the floor; m/s²
_START_POWER = 1.5
_START_SHARE, _HIGHEST_SHARE = 0.13, 0.25  # of the peak
_START_LEVELS = np.linspace(0.0, 0.22, 8)  # above that
_EVENLY = np.full(8, 1 / 8)
_LEANS = 0.4 * np.linspace(-1.0, 1.0, 8)  # of the noise, by which it differs within the levels: a tenth of the way
_OFF_BY = np.array([np.zeros(8), -np.ones(8), np.ones(8), -_LEANS, _LEANS])  # times the noise
_STRAIGHTENS_RAD = float(np.radians(8))


def smooth(x: Array, rate_hz: float, cutoff_hz: float) -> Array:
    """Low-pass along the first axis by a Gaussian, zero lag, half power at `cutoff_hz`; ends are held.

    The columns of the result lie one after the other in memory: what is done along them is then several times as fast.
    (To be told the kind of number spares SciPy a search for its name, which takes longer than to filter a second.)
    """
    rows = correlate1d(x.T, _gaussian(rate_hz / cutoff_hz), axis=-1, output=np.float64, mode="nearest")
    return np.asarray(rows.T, dtype=np.float64)


@lru_cache(maxsize=256)
def _gaussian(period: float) -> Array:
    """Weights of a Gaussian whose half power lies at a wave of `period` samples, over four deviations."""
    width = np.sqrt(np.log(2)) / (2 * np.pi) * period
    weight = np.exp(-0.5 * (np.arange(-round(4 * width), round(4 * width) + 1) / width) ** 2)
    return np.asarray(weight / weight.sum(), dtype=np.float64)


def shaking(u: Uniform) -> Array:
    """(n,) variance of the specific force within a centred window of 0.3 s, all axes together, (m/s²)²."""
    return moving_variance(u.acc, _window(u))


def activity(u: Uniform, shaken: Array) -> Array:
    """(n,) how much the sensor moves: spread of the specific force plus, with a gyroscope, angular speed.

    Both in m/s², the angular speed as the centripetal scale of a limb: 1 rad/s counts as 1 m/s². `shaken` is
    what `shaking` gives.
    """
    if u.gyr is None:
        return np.sqrt(shaken)
    turning = uniform_filter1d(np.einsum("ij,ij->i", u.gyr, u.gyr), _window(u), output=np.float64, mode="nearest")
    return np.asarray(np.sqrt(shaken + np.maximum(turning, 0)), dtype=np.float64)


def still_mask(u: Uniform, shaken: Array | None = None) -> Mask:
    """(n,) True where the sensor is as quiet as this recording gets.

    Up to three times the recording's floor counts as rest; the floor is the 5 % quantile of activity.

    Parameters
    ----------
    u
        Evenly spaced samples.
    shaken
        What `shaking` gives, where it is known already.

    Notes
    -----
    Below a floor of 0.02 m/s² no sensor is trusted: a simulated or a lying one would make breathing a movement. Where
    nobody ever rests the quietest walking is not rest: an activity of 1 m/s² (or rad/s) never counts.
    """
    moving = activity(u, shaking(u) if shaken is None else shaken)
    floor = max(quantile(moving, 0.05), _QUIETEST)
    return np.asarray(moving < min(_AT_REST * floor, 1.0), dtype=np.bool_)


def _window(u: Uniform) -> int:
    return max(3, round(_WINDOW_S * u.rate_hz))


def onset(x: Array, rate_hz: float, peak: int, threshold: float) -> float | None:
    """When the movement that reaches its peak at sample `peak` began, as a fractional sample index.

    Goes back from the peak over everything above `threshold`, and over pauses shorter than `REST_S`, to the
    upward crossing that follows the last rest (docs/landmarks.md: "without coming back to rest").

    Parameters
    ----------
    x
        (n,) a speed or another non-negative signal, already smoothed.
    peak
        Index of a sample inside the movement.
    threshold
        Level that counts as movement.

    Returns
    -------
    index
        Fractional, by linear interpolation, or None if the recording begins in mid-movement.
    """
    above = (x[: peak + 1] > threshold).nonzero()[0]
    if not len(above):
        return float(peak)
    pause = (above[1:] - above[:-1] > REST_S * rate_hz).nonzero()[0]
    first = int(above[pause[-1] + 1] if len(pause) else above[0])
    return None if first == 0 else crossing(x, threshold, first - 1)


def first_movement(moving: Array, level: float, top: float) -> float | None:
    """When the rise that is under way at the last sample began, as a fractional sample index.

    Parameters
    ----------
    moving
        (n,) trunk and pelvis, until the seat is left, over the highest that they still reach, or a share of it.
    level
        What of that counts as movement.
    top
        Sample at which the way up ends: a quarter of the time from a rest to there is how long a rest is.

    Returns
    -------
    index
        By linear interpolation, or None if the recording begins in mid-movement.
    """
    above = (moving > level).nonzero()[0]
    if not len(above):
        return float(len(moving) - 1)
    if above[-1] - above[0] == len(above) - 1:  # without a pause: quicker
        return None if above[0] == 0 else crossing(moving, level, int(above[0]) - 1)
    rested = (above[1:] - above[:-1] > REST_SHARE * (top - above[1:])).nonzero()[0]
    first = int(above[rested[-1] + 1] if len(rested) else above[0])
    return None if first == 0 else crossing(moving, level, first - 1)


def first_after_turn(moving: Array, top: float, still: list[float]) -> tuple[float, float]:
    """When the rise began that follows a turning point, which is a rest, however short.

    Parameters
    ----------
    moving, top
        As for `first_movement`, over what counts as movement.
    still
        Weights of the first samples: the stiller, the likelier it is there that the trunk turned.

    Returns
    -------
    index, by
        The mean over the samples at which it may have turned, and the deviation: of two that are as still neither is
        taken, nor does a breath change over from one to the other. A true rest after them leaves no choice.
    """
    last = len(still) - 1
    found, near = first_movement(moving[last:], 1.0, top - last), moving[: last + 1].tolist()
    at = last + (found or 0.0)
    moved = last
    while moved >= 0 and near[moved] <= 1:
        moved -= 1
    if found is not None and (moved == last or at - moved > REST_SHARE * (top - at)):
        return at, 0.0
    whole = mean = square = 0.0
    for k in range(last, -1, -1):
        if near[k] > 1:
            at = float(k)
        elif k < last and near[k + 1] > 1:
            at = k + (1 - near[k]) / (near[k + 1] - near[k])
        whole += still[k]
        mean += still[k] * at
        square += still[k] * at * at
    mean /= whole
    return mean, max(0.0, square / whole - mean * mean) ** 0.5


def lowest(x: Array, at: int) -> float:
    """Where a parabola through sample `at` and its neighbours is lowest, at most half a sample off."""
    if not 0 < at < len(x) - 1:
        return float(at)
    before, here, after = x[at - 1 : at + 2].tolist()
    bend = before - 2 * here + after
    return at + min(0.5, max(-0.5, (before - after) / (2 * bend))) if bend > 0 else float(at)


def highest_until_deepest(turning: Array, off: int, lean: Array) -> Array:
    """(off + 1,) highest angular speed from each sample to where the lean that leaves the seat is deepest.

    The trunk turns fastest about when the seat is left: were seat-off the end, its error would decide on the highest.
    A chest that is jolted when the pelvis has left bends again: the first depth counts.

    Parameters
    ----------
    turning
        (n,) angular speed of the trunk, rad/s.
    off
        Sample at which the seat was left.
    lean
        (m,) forward lean from that sample on until the way up ended, rad.
    """
    most = deepest(lean)
    return np.maximum.accumulate(turning[off + most :: -1])[most:][::-1]


def deepest(lean: Array) -> int:
    """Sample at which a forward lean, (m,) rad, is first deepest before the trunk straightens."""
    back = (lean < np.maximum.accumulate(lean) - _STRAIGHTENS_RAD).nonzero()[0]
    return int(lean[: back[0] if len(back) else None].argmax())


def leave_rest(
    speeds: Sequence[Array],
    distances: Array,
    rate_hz: float,
    *,
    errors: Array,
    noises: Array,
    shares: tuple[float, ...] = (),
) -> list[list[float]]:
    """When each of what moves off from rest has come some distance far, before its highest speed.

    Near rest a speed is smaller than its error. So the instants are taken at which it comes above levels from 13 to
    35 % of its peak, and the power law that fits them best (exponent 1.5, amid a jerk-limited start, 2, and an
    acceleration-limited one, 1) is followed back to where it began. An error that is larger raises all levels.

    Parameters
    ----------
    speeds
        m of them, (n,) per second, not all of one length.
    distances
        (m,) how far from rest, in the speed's own length.
    rate_hz
        Samples per second.
    errors
        (m,) by how much the speed may be off rest.
    noises
        (m,) by how much of that it may be off all along.
    shares
        Other lowest levels, of the peak, from which to follow it as well.

    Returns
    -------
    index, by, indices
        For each: fractional index; by how many samples a speed moves it that is off by its noise; the index by each of
        `shares`.
    """
    peaks = [int(speed.argmax()) for speed in speeds]
    until_peak = [speed[: peak + 1] for speed, peak in zip(speeds, peaks, strict=True)]
    fastest = np.array([max(float(speed[-1]), 1e-9) for speed in until_peak])
    least = np.maximum(_START_SHARE, np.minimum(_HIGHEST_SHARE, errors / fastest))
    begin = np.array([*[least] * len(_OFF_BY), *(np.full(len(speeds), share) for share in shares)]).T
    levels = (begin[..., None] + _START_LEVELS) * fastest[:, None, None]
    seen = levels.copy()
    seen[:, : len(_OFF_BY)] += noises[:, None, None] * _OFF_BY
    np.maximum(seen, 0.01 * fastest[:, None, None], out=seen)
    at = come_above(until_peak, seen.reshape(len(seen), -1))
    come = (distances * rate_hz * (_START_POWER + 1)) ** (1 / (_START_POWER + 1))
    last = np.array([[lowest(-speed, peak)] for speed, peak in zip(speeds, peaks, strict=True)])
    began = np.minimum(last, np.maximum(0.0, _began(at.reshape(seen.shape), levels, come[:, None])))
    return [
        [found, math.hypot(late - early, bent - straight) / 2, *others]
        for found, early, late, bent, straight, *others in began.tolist()
    ]


def _began(at: Array, levels: Array, come: Array) -> Array:
    """Where the power laws that come above (m, k, 8) levels at some samples have come `come` far, in their own pace."""
    pace = levels ** (1 / _START_POWER)
    middle = pace @ _EVENLY
    pace -= middle[..., None]
    wait = np.add.reduce(at * pace, axis=-1) / np.add.reduce(pace * pace, axis=-1)  # samples: for one more of the pace
    wait = np.maximum(wait, 1e-9)
    began = at @ _EVENLY - wait * middle + come * wait ** (_START_POWER / (_START_POWER + 1))
    return np.asarray(began, dtype=np.float64)


def come_above(rows: Sequence[Array], levels: Array) -> Array:
    """(m, k) fractional indices at which each of m `rows`, (n,) and ending high, comes above its own (m, k) levels.

    As long before its end as it was above a level since it was last at zero. What lies before a dip counts by the share
    of the level that the dip keeps: a hesitation is part of the movement as far as it is none of a rest. (The last
    crossing of a level would jump from one side of a dip to the other, for a hair's breadth.)
    """
    moving = [_since_rest(row) for row in rows]
    most = max(len(row) for row in moving)
    x = np.zeros((len(rows), 1, most))  # aligned at their ends
    for own, row in zip(x[:, 0], moving, strict=True):
        own[most - len(row) :] = row
    before, after, level = x[..., :-1], x[..., 1:], levels[..., None]
    low, high = np.minimum(before, after), np.maximum(before, after)
    above = high - level
    above /= np.maximum(high - low, 1e-12)
    np.minimum(np.maximum(above, 0.0, out=above), 1.0, out=above)
    for own, row in zip(above, moving, strict=True):
        own[:, : most - len(row)] = 0
    kept = np.minimum.accumulate(after[..., ::-1], axis=-1)[..., ::-1] / level
    np.minimum(kept, 1.0, out=kept)
    ends = np.array([[len(row) - 1.0] for row in rows])
    return np.asarray(ends - np.einsum("mkn,mkn->mk", above, kept), dtype=np.float64)


def _since_rest(x: Array) -> Array:
    """From the last sample at zero or below on."""
    resting = (x <= 0).nonzero()[0]
    return x[resting[-1] :] if len(resting) else x


def rises_through(x: Array, levels: Array) -> Array:
    """(k,) fractional indices at which `x`, which ends above (k,) levels, last rises through each; 0 if it never is."""
    least = np.minimum.accumulate(x[::-1])
    under = len(x) - 1 - np.searchsorted(-least, -levels, side="right")
    at = under.clip(0, len(x) - 2)
    return np.where(under < 0, 0.0, at + (levels - x[at]) / (x[at + 1] - x[at]))


def held_from(x: Array, samples: int) -> float | None:
    """Fractional index from which `x` is not negative for at least `samples` samples; None if it never is."""
    return held_from_each(x[None], samples)[0]


def held_from_each(rows: Array, samples: int) -> list[float | None]:
    """The same for each of (k, n) rows."""
    held, over = rows >= 0, 1
    while over < samples:
        more = min(over, samples - over)
        held, over = held[:, more:] & held[:, :-more], over + more
    if not held.shape[1]:
        return [None] * len(rows)
    first = zip(rows, held, held.argmax(axis=1).tolist(), strict=True)
    return [(crossing(x, 0.0, i - 1) if i else 0.0) if steady[i] else None for x, steady, i in first]


def crossing(x: Array, level: float, before: int) -> float:
    """Fractional index at which `x` passes `level` between samples `before` and `before + 1`."""
    a, b = float(x[before]), float(x[before + 1])
    return before + (0.5 if a == b else min(1.0, max(0.0, (level - a) / (b - a))))


def stretches(mask: Mask, shortest: int = 1) -> NDArray[np.int64]:
    """(m, 2) half-open index ranges in which `mask` holds for at least `shortest` samples."""
    framed = np.zeros(len(mask) + 2, dtype=np.bool_)
    framed[1:-1] = mask
    ranges: NDArray[np.int64] = (framed[1:] != framed[:-1]).nonzero()[0].reshape(-1, 2)
    return ranges[ranges[:, 1] - ranges[:, 0] >= shortest]


def slope(x: Array) -> Array:
    """(n,) or (n, k) change from sample to sample, half of it to either neighbour; the ends' own at the ends."""
    change = np.zeros_like(x, dtype=np.float64)  # with its columns as close in memory as those of `x`
    if len(x) > 1:
        np.subtract(x[2:], x[:-2], out=change[1:-1])
        change[1:-1] /= 2
        change[0], change[-1] = x[1] - x[0], x[-1] - x[-2]
    return change


def white_noise(x: Array) -> float:
    """Standard deviation of the noise in a sample of (n,) acceleration, from what no smooth movement explains."""
    rough = x[3:] - x[:-3] - 3 * (x[2:-1] - x[1:-2])  # its third differences
    return 1.4826 * median(np.abs(rough)) / 20**0.5  # 20 = 1 + 9 + 9 + 1


def moving_variance(values: Array, width: int) -> Array:
    """(n,) variance within a centred window of `width` samples, summed over the columns of (n, k)."""
    centred = (values - values.mean(axis=0)).T
    mean = uniform_filter1d(centred, width, axis=-1, output=np.float64, mode="nearest")
    square = uniform_filter1d(np.einsum("kn,kn->n", centred, centred), width, output=np.float64, mode="nearest")
    return np.asarray(np.maximum(square - np.einsum("kn,kn->n", mean, mean), 0), dtype=np.float64)
