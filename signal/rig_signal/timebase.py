"""One even time base out of samples as they were taken.

Sensors jitter, repeat stamps, lose packets, run their accelerometer and gyroscope on clocks of their own and
are sometimes read in the wrong unit. All that is settled here, once: a measure sees evenly spaced samples in
SI units, knows which of them were invented, and gets an error in words for what cannot be repaired.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.signal import firwin

from rig_signal.order import median, quantile
from rig_signal.stamps import SAME_S, even_clock, parted
from rig_signal.types import Array, Imu, SignalError

GRAVITY = 9.80665
"""Standard gravity, m/s²."""

_FEWEST_SAMPLES = 25
_GAP_PERIODS = 2.5
_BLOCK = 16
_CURVED_S = 0.1  # over longer gaps a curve would be an invention
_SCALE_TOLERANCE = 0.05  # beyond that a device is miscalibrated or read in another unit
_ABSURD_RATE = 35.0  # rad/s, 2000 deg/s: no part of a person walking or rising turns faster
_UNITS = (
    ("g", 1.0, "multiply by 9.80665"),
    ("cm/s²", 980.665, "divide by 100"),
    ("mg", 1000.0, "multiply by 0.00980665"),
)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Uniform:
    """Evenly spaced samples of one inertial sensor.

    Attributes
    ----------
    start_s
        Time of the first sample on the clock of the recording.
    rate_hz
        Samples per second.
    acc
        (n, 3) specific force, m/s², sensor frame; one axis after the other in memory, as its filters want it.
    gyr
        (n, 3) angular rate, rad/s, sensor frame, or None; in memory likewise.
    bridged
        (n,) True where the sample was invented across a gap.
    gaps
        (start_s, end_s) of every pause of more than 2.5 sample periods.
    flags
        Any of `long_gap` (a gap was longer than may be bridged), `clipped`, `stuck_axis`, `scale_unchecked`
        (no quiet stretch to judge the accelerometer's scale by), `rates_inferred` (`attitude.with_inferred_rates`).
    lost
        (n,) share of the samples around each that `losses.restore_losses` filled in, if any (`losses.lost_share`).
    """

    start_s: float
    rate_hz: float
    acc: Array
    gyr: Array | None
    bridged: Mask
    gaps: tuple[tuple[float, float], ...] = ()
    flags: tuple[str, ...] = ()
    lost: Array | None = None

    @property
    def time_s(self) -> Array:
        """(n,) times of the samples."""
        return self.start_s + np.arange(len(self.acc)) / self.rate_hz


def regularise(imu: Imu, rate_hz: float = 100.0, *, longest_bridge_s: float = 0.5) -> Uniform:
    """Bring samples onto an even time base.

    Samples that arrived together are parted (`stamps.parted`); what still shares a stamp is averaged. Denser samples
    are low-passed at 0.4 `rate_hz` (zero lag) before they are thinned; sparser ones are joined by a local cubic
    (Catmull-Rom), which does not ring where stamps jitter; gaps of more than 0.1 s are bridged by a straight line.

    Parameters
    ----------
    imu
        Samples as they were taken.
    rate_hz
        Rate of the result.
    longest_bridge_s
        A longer gap is bridged too, but the result says `long_gap`: ask `touches_gap` whether it matters.

    Raises
    ------
    SignalError
        Shapes that do not fit, fewer than 25 samples, a value that is no number, decreasing time, |acc| at
        rest off 9.81 m/s² by more than 5 %, rates that no body reaches.
    """
    check_shapes(imu)
    _check_numbers(imu)
    time_s, values = _merge_stamps(imu)
    period_s = median(time_s[1:] - time_s[:-1])
    flags = _check_scale(values[:3], period_s)
    _check_rates(values[3:])
    gaps = _find_gaps(time_s, max(_GAP_PERIODS * period_s, 1 / rate_hz))
    if any(end - start > longest_bridge_s for start, end in gaps):
        flags.append("long_gap")
    flags += _check_columns(values, period_s)
    grid = _resample(time_s, values, gaps, rate_hz, period_s)
    grid_s = time_s[0] + np.arange(grid.shape[1]) / rate_hz
    return Uniform(
        start_s=float(time_s[0]),
        rate_hz=float(rate_hz),
        acc=grid[:3].T,
        gyr=None if imu.gyr is None else grid[3:].T,
        bridged=_inside(grid_s, gaps),
        gaps=gaps,
        flags=tuple(flags),
    )


def join_clocks(time_s: Array, acc: Array, gyr_time_s: Array, gyr: Array) -> Imu:
    """Bring a gyroscope with sample times of its own onto the accelerometer's times.

    Accelerometer samples without rates around them (before, after, or in a gap of the gyroscope) are left out,
    so that a hole in either stream is a hole in the result.

    Raises
    ------
    SignalError
        If the two streams do not overlap, or shapes, numbers or order are wrong.
    """
    check_shapes(Imu(time_s, acc))
    _check_numbers(Imu(time_s, acc))
    check_shapes(Imu(gyr_time_s, gyr), "gyr")
    _check_numbers(Imu(gyr_time_s, gyr), "gyr")
    time_s, forces = _merge_stamps(Imu(time_s, acc))
    rate_time_s, rates = _merge_stamps(Imu(gyr_time_s, gyr))
    covered = (time_s >= rate_time_s[0]) & (time_s <= rate_time_s[-1])
    covered &= ~_inside(time_s, _find_gaps(rate_time_s, _GAP_PERIODS * median(np.diff(rate_time_s))))
    if covered.sum() < _FEWEST_SAMPLES:
        raise SignalError(
            f"accelerometer ({time_s[0]:.3f} to {time_s[-1]:.3f} s) and gyroscope ({gyr_time_s[0]:.3f} to "
            f"{gyr_time_s[-1]:.3f} s) do not overlap: bring both onto one clock"
        )
    at = time_s[covered]
    return Imu(at, forces.T[covered], _straight(at, rate_time_s, rates).T)


def check_shapes(imu: Imu, name: str = "acc") -> None:
    """SignalError where there are fewer than 25 samples or the shapes do not fit."""
    n = len(imu.time_s)
    if n < _FEWEST_SAMPLES:
        raise SignalError(f"{n} samples are too few: at least {_FEWEST_SAMPLES} are needed")
    if imu.time_s.ndim != 1 or imu.acc.shape != (n, 3):
        raise SignalError(f"time has shape {imu.time_s.shape} and {name} {imu.acc.shape}: expected ({n},) and ({n}, 3)")
    if imu.gyr is not None and imu.gyr.shape != (n, 3):
        raise SignalError(f"gyr has shape {imu.gyr.shape}: expected ({n}, 3); join_clocks joins streams of two clocks")


def touches_gap(u: Uniform, start_s: float, end_s: float, *, longer_than_s: float = 0.5) -> bool:
    """Whether a gap longer than `longer_than_s` lies, wholly or in part, between two instants."""
    return any(b - a > longer_than_s and a < end_s and b > start_s for a, b in u.gaps)


def _check_numbers(imu: Imu, name: str = "acc") -> None:
    for column, values in (("time", imu.time_s), (name, imu.acc), ("gyr", imu.gyr)):
        if values is None or np.isfinite(values).all():
            continue
        row = int(np.argwhere(~np.isfinite(values))[0, 0])
        raise SignalError(f"{column} in row {row} is no number ({values[row]}): leave lost samples out")
    backwards = imu.time_s[1:] < imu.time_s[:-1]
    if backwards.any():
        row = int(backwards.argmax()) + 1
        raise SignalError(
            f"time goes back in row {row} (from {imu.time_s[row - 1]:.6f} to {imu.time_s[row]:.6f} s): sort the samples"
        )
    if imu.time_s[0] == imu.time_s[-1]:
        raise SignalError(f"all samples carry the time {imu.time_s[0]:.6f} s: give them times")


def _merge_stamps(imu: Imu) -> tuple[Array, Array]:
    """Part samples that arrived together, average those of one stamp; gives times and (3 or 6, n) values."""
    axes = imu.acc.T if imu.gyr is None else [*imu.acc.T, *imu.gyr.T]
    values = np.array(axes, dtype=np.float64, order="C")
    time_s = np.asarray(imu.time_s, dtype=np.float64)
    later = time_s[1:] > time_s[:-1]
    if later.all():
        return parted(time_s), values
    even_s = even_clock(time_s)
    if even_s is not None:  # then who rests and is told twice at one time was measured twice
        return even_s, values
    new = np.concatenate([[True], later | (values[:, 1:] != values[:, :-1]).any(axis=0)])
    time_s, values = parted(time_s[new]), values[:, new]
    later = time_s[1:] > time_s[:-1]
    if later.all():
        return time_s, values
    first = np.concatenate([[0], np.flatnonzero(later) + 1])
    count = np.diff(first, append=len(time_s))
    return time_s[first], np.add.reduceat(values, first, axis=1) / count


def _find_gaps(time_s: Array, longest_s: float) -> tuple[tuple[float, float], ...]:
    before = (time_s[1:] - time_s[:-1] > longest_s + SAME_S).nonzero()[0].tolist()
    return tuple((float(time_s[i]), float(time_s[i + 1])) for i in before)


def _inside(time_s: Array, gaps: tuple[tuple[float, float], ...]) -> Mask:
    inside = np.zeros(len(time_s), dtype=np.bool_)
    if not gaps:
        return inside
    within = np.reshape(gaps, (-1, 2)) + np.array([SAME_S, -SAME_S])
    bounds = np.searchsorted(time_s, within.ravel()).tolist()
    for first, last in zip(bounds[::2], bounds[1::2], strict=True):
        inside[first:last] = True
    return inside


def _resample(
    time_s: Array, values: Array, gaps: tuple[tuple[float, float], ...], rate_hz: float, period_s: float
) -> Array:
    fine = max(1, int(np.ceil(1 / period_s / rate_hz - 0.01)))
    n = int((time_s[-1] - time_s[0]) * rate_hz + 1e-6) + 1
    grid_s = time_s[0] + np.arange((n - 1) * fine + 1) / (rate_hz * fine)
    m = len(grid_s)
    if m <= len(time_s) and np.abs(grid_s - time_s[:m]).max() < SAME_S:
        grid = values[:, :m]
    else:
        grid = _curved(grid_s, time_s, values)
        wide = tuple(gap for gap in gaps if gap[1] - gap[0] > _CURVED_S)
        if wide:
            within = _inside(grid_s, wide)
            grid[:, within] = _straight(grid_s[within], time_s, values)
    return _thin(grid, fine) if fine > 1 else grid


def _curved(at_s: Array, time_s: Array, values: Array) -> Array:
    """Cubic through the samples, with the slope between each sample's neighbours (Catmull-Rom).

    That is a weighted sum of four samples: the one before each time, the one before that, and the two after.
    """
    steps = time_s[1:] - time_s[:-1]
    span = np.concatenate([steps[:1], time_s[2:] - time_s[:-2], steps[-1:]])
    before = np.interp(at_s, time_s, np.arange(len(time_s))).astype(np.int64)
    before = np.minimum(before, len(steps) - 1)
    s = (np.minimum(at_s, time_s[-1]) - time_s.take(before)) / steps.take(before)
    bend = s * (1 - s)
    leaving, arriving = bend * (1 - s) * (steps / span[:-1]).take(before), bend * s * (steps / span[1:]).take(before)
    after = s * (s + 2 * bend)
    joined = values.take(before, axis=1)
    joined *= 1 - after + arriving
    added = np.empty_like(joined)
    for away, share in ((-1, -leaving), (1, after + leaving), (2, -arriving)):
        values.take(before + away, axis=1, mode="clip", out=added)
        added *= share
        joined += added
    return joined


def _straight(at_s: Array, time_s: Array, values: Array) -> Array:
    return np.stack([np.interp(at_s, time_s, axis) for axis in values])


def _thin(values: Array, by: int) -> Array:
    """Keep every `by`-th sample of what a linear-phase low-pass leaves; the ends are held beyond the edges."""
    k, m = values.shape
    n, size, ahead = -(-m // by), _BLOCK * by, _BLOCK // 2 * by
    held = np.empty((k, -(-n // _BLOCK) + 1, size))
    row = held.reshape(k, -1)
    row[:, :ahead], row[:, ahead : ahead + m], row[:, ahead + m :] = values[:, :1], values, values[:, -1:]
    blocks, (here, next_one) = held.swapaxes(0, 1), _low_pass(by)
    thinned = blocks[:-1] @ here + blocks[1:] @ next_one  # each by itself: large ones would be spread over all cores
    return np.asarray(thinned.swapaxes(0, 1).reshape(k, -1)[:, :n], dtype=np.float64)


@lru_cache(maxsize=16)
def _low_pass(by: int) -> Array:
    """(2, m, _BLOCK) weights that make a block of thinned samples from a block of m samples and the one after it."""
    taps = firwin(_BLOCK * by + 1, 0.8 / by)
    weights = np.zeros((2 * _BLOCK * by, _BLOCK))
    for i in range(_BLOCK):
        weights[i * by : i * by + len(taps), i] = taps
    return weights.reshape(2, -1, _BLOCK)


def lengths(vectors: Array) -> Array:
    """(n,) lengths of (k, n) vectors."""
    return np.sqrt(_squares(vectors))


def stretches_of(values: Array, length: int) -> tuple[Array, Array]:
    """Cut (k, n) values into stretches of `length` samples; what is left over at the end is not used.

    Returns
    -------
    mean, spread
        (k, m) of every stretch; (m,) its standard deviation, all rows together.
    """
    mean = means_of(values, length)
    square = means_of(_squares(values)[None], length)[0]
    return mean, np.sqrt(np.maximum(square - _squares(mean), 0.0))


def means_of(values: Array, length: int) -> Array:
    """(k, m) means of stretches of `length` samples of (k, n) values; what is left over at the end is not used."""
    cut = values[:, : values.shape[1] // length * length].reshape(len(values), -1, length)
    return np.asarray(cut @ np.full(length, 1 / length), dtype=np.float64)


def _squares(vectors: Array) -> Array:
    return np.asarray(np.einsum("kn,kn->n", vectors, vectors), dtype=np.float64)


def _check_scale(acc: Array, period_s: float) -> list[str]:
    """Refuse a wrong scale, judged over all quiet stretches of half a second.

    An axis with an offset reads differently in every attitude, a wrong scale reads wrong in all of them: so
    the tenth of the stretches that comes nearest to 9.81 decides. Quiet is relative to |acc| itself, since
    the unit is in question.
    """
    length = min(acc.shape[1], max(5, round(0.5 / period_s)))
    mean, spread = stretches_of(acc, length)
    level = lengths(mean)
    quiet = level[spread < 0.03 * level]
    if not len(quiet):
        _refuse_scale(median(level), 0.3, "on average")
        return ["scale_unchecked"]
    rank = len(quiet) // 10
    nearest = quiet[np.abs(quiet - GRAVITY).argpartition(rank)[rank]]
    _refuse_scale(float(nearest), _SCALE_TOLERANCE, "at rest")
    return []


def _refuse_scale(level: float, tolerance: float, when: str) -> None:
    off = level / GRAVITY - 1
    if abs(off) <= tolerance:
        return
    unit, gravity, remedy = min(_UNITS, key=lambda candidate: abs(level / candidate[1] - 1))
    near = abs(level / gravity - 1) < 0.1
    hint = f"looks like {unit}: {remedy}" if near else "calibrate the sensor or correct its scale"
    raise SignalError(f"|acc| {when} is {level:.4g} m/s², off 9.81 by {off:+.1%}: {hint}")


def _check_rates(gyr: Array) -> None:
    if not gyr.size or max(gyr.max(), -gyr.min()) <= _ABSURD_RATE:
        return
    fastest = quantile(np.abs(gyr).max(axis=0), 0.999)
    if fastest > _ABSURD_RATE:
        raise SignalError(f"angular rates reach {fastest:.0f} rad/s: looks like deg/s, multiply by pi / 180")


def _check_columns(values: Array, period_s: float) -> list[str]:
    flags = []
    same = values[:, 1:] == values[:, :-1]
    held = same[:, 1:] & same[:, :-1]
    if any(_is_clipped(values[i], values[i, 1:-1][held[i]]) for i in held.any(axis=1).nonzero()[0]):
        flags.append("clipped")
    second = round(1 / period_s)
    if _stand(same, max(1, second // 2)) and any(_is_stuck(same[i : i + 3], second) for i in range(0, len(same), 3)):
        flags.append("stuck_axis")
    return flags


def _is_clipped(axis: Array, flat: Array) -> bool:
    """Whether the axis stays on its extreme value for three samples or more, far from where it mostly is.

    `flat` are its samples in the middle of three that are the same.
    """
    held = [extreme for extreme in (axis.min(), axis.max()) if (flat == extreme).any()]
    if not held:
        return False
    middle = median(axis)
    far = 5 * median(np.abs(axis - middle)) + 1.0
    return any(abs(extreme - middle) > far for extreme in held)


def _stand(same: Mask, half: int) -> bool:
    """Whether any axis stands through one of the half seconds: who stands for a second does."""
    whole = same[:, : same.shape[1] // half * half].reshape(len(same), -1, half)
    return bool(whole.all(axis=2).any())


def _is_stuck(same: Mask, second: int) -> bool:
    """Whether one axis stands for a second while another of the same sensor moves, or all stand throughout."""
    count = np.concatenate([np.zeros((len(same), 1), dtype=np.int64), np.cumsum(same, axis=1)], axis=1)
    held = count[:, second:] - count[:, :-second]
    stands = (held == second).any(axis=0)
    return bool((stands & (held < second // 2).any(axis=0)).any() or same.all())
