"""Which way is up: gravity found from the data, never assumed.

Seen from a frame that does not turn, gravity stands still and every acceleration of the body averages out. So the
specific force is averaged over some seconds to both sides of each sample, turned into the sensor's frame at that sample
by what the gyroscope says it has turned since, or will.

Source: the inclination step of Laidig & Seel, VQF (Information Fusion 91:187, 2023,
doi:10.1016/j.inffus.2022.10.014). Deviations: averaged to both sides instead of the past only (no lag and no
start-up transient; the analysis is never causal), normalised at the edges, no bias state (drift within the
average's span is all that matters), and vectorised.
"""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.blas import ztbsv
from scipy.linalg.lapack import dpttrs

from rig_signal.motion import smooth
from rig_signal.order import median
from rig_signal.timebase import GRAVITY, Uniform, lengths, stretches_of
from rig_signal.types import Array, SignalError

RATES_INFERRED = "rates_inferred"
"""Flag of samples whose angular rates were told from acceleration (`with_inferred_rates`)."""

_SPAN_S = 1.5  # of each of the two exponential averages to either side
_SPAN_WITHOUT_GYRO_S = 0.15
_TILTING_SPAN_S = 0.10
_TILTING_HZ = 3.0  # what an accelerometer shows faster than that is mostly not tilt
_SHOCK_M_S2 = 6.0
_TINY = 1e-300
_MIDDLE_ROUNDS = 10

Complex = NDArray[np.complex128]


def estimate_up(u: Uniform, bias: Array | None = None) -> Array:
    """Find the unit vector that points up, in the sensor's frame, at each sample.

    Parameters
    ----------
    u
        Evenly spaced samples. Without a gyroscope the specific force itself is averaged over a fraction of a
        second: slow tilts are seen, fast ones are mixed with acceleration.
    bias
        (3,) the gyroscope's, rad/s, where it is known already; else `rest_bias`.

    Returns
    -------
    up
        (n, 3), of length 1.
    """
    return _unit(_gravity(u, bias))


def vertical_acceleration(u: Uniform, up: Array) -> Array:
    """(n,) acceleration along `up`, m/s², gravity removed, positive up.

    Gravity is what the sensor itself reads at rest (the median |acc| over its quieter half), so that its scale
    error does not look like an acceleration.
    """
    along = np.einsum("ij,ij->i", u.acc, up)
    return np.asarray(along - resting_level(u), dtype=np.float64)


def yaw_rate(u: Uniform, up: Array) -> Array:
    """(n,) angular rate about the vertical, rad/s, counter-clockwise seen from above positive."""
    return np.asarray(np.einsum("ij,ij->i", gyroscope(u) - rest_bias(u), up), dtype=np.float64)


def horizontal_rate(u: Uniform, up: Array) -> Array:
    """(n, 3) the part of the angular rate that tilts the sensor, rad/s, in the sensor's frame."""
    gyr = gyroscope(u)
    return np.asarray(gyr - np.einsum("ij,ij->i", gyr, up)[:, None] * up, dtype=np.float64)


def pitch_axis(u: Uniform, up: Array) -> Array:
    """(3,) unit vector, sensor's frame, about which the sensor tilts most; which end is left open.

    The principal axis of the horizontal angular rate: the person's left-right axis where bending forward and
    back is what tilts the sensor.
    """
    tilting = horizontal_rate(u, up)
    return np.asarray(np.linalg.eigh(tilting.T @ tilting)[1][:, -1], dtype=np.float64)


def tilt_from(up: Array, reference: Array) -> Array:
    """(n,) angle in rad, 0 to pi, between `up` and a reference direction (3,) in the sensor's frame."""
    unit = reference / np.linalg.norm(reference)
    return np.asarray(np.arctan2(np.linalg.norm(np.cross(up, unit), axis=1), up @ unit), dtype=np.float64)


def gyroscope(u: Uniform) -> Array:
    """(n, 3) angular rate, rad/s; SignalError where the sensor has none."""
    if u.gyr is None:
        raise SignalError("this measure needs a gyroscope: record gyr_x, gyr_y, gyr_z")
    return u.gyr


def with_inferred_rates(u: Uniform) -> Uniform:
    """Give a sensor without gyroscope the rates at which its tilt changes; the result says `rates_inferred`.

    What turns about the vertical stays unseen, and acceleration is mixed with tilt: so rises are told and their
    times are less sure, turns are not told at all. Against the gyroscope's own result (bench_5sts, ngimu_sts: 101
    rises from back, chest and thigh) no rise is lost; half of the first movements, seat-offs and stands are within
    0.05 s, of the seat contacts within 0.02 s at the back and 0.2 s at the thigh.

    A sensor with gyroscope is left as it is.
    """
    if u.gyr is not None:
        return u
    mean = _average(u.acc.T, _trust(u), _TILTING_SPAN_S * u.rate_hz)
    up = _unit(smooth(mean.T, u.rate_hz, _TILTING_HZ).T)
    rates = np.cross(np.gradient(up, axis=0) * u.rate_hz, up)
    return replace(u, gyr=rates, flags=(*u.flags, RATES_INFERRED))


def sagittal_angle(up: Array) -> tuple[Array, Array]:
    """Angle of `up` in the plane in which it varies most, and the direction towards which it then turns.

    Where bending, rising and sitting are what tilts the sensor, that is the person's sagittal plane. Which way
    is forward is left open: in the sensor's frame up turns backward when the sensor leans forward.

    Returns
    -------
    angle, toward
        (n,) rad, from the mean direction; (3,) unit vector across the mean direction.
    """
    rows = up.T
    mean = rows.mean(axis=1)
    spread = rows - mean[:, None]
    mean /= math.sqrt(mean @ mean)
    toward = np.linalg.eigh(spread @ spread.T)[1][:, -1]
    toward = toward - (toward @ mean) * mean
    toward /= math.sqrt(toward @ toward)
    return np.asarray(np.arctan2(toward @ rows, mean @ rows), dtype=np.float64), np.asarray(toward, dtype=np.float64)


def rest_bias(u: Uniform) -> Array:
    """(3,) what the gyroscope reads when nothing turns, rad/s; zeros where the recording does not tell.

    The median over half-second stretches in which the rate hardly varies (at most 0.02 rad/s, or twice what the
    quietest stretch does). Believed only if those stretches agree to 0.01 rad/s, since a seated person who
    sways slowly is quiet as well, and if the mean is small (0.1 rad/s, 6 deg/s).
    """
    mean, spread = stretches_of(gyroscope(u).T, max(2, round(0.5 * u.rate_hz)))
    quiet = mean[:, spread < min(max(2 * spread.min(initial=np.inf), 0.02), 0.05)]
    if quiet.shape[1] < 3:
        return np.zeros(3)
    bias = _middle(quiet)
    agree = median(lengths(quiet - bias[:, None])) < 0.01
    return bias if agree and bias @ bias < 0.1**2 else np.zeros(3)


def resting_level(u: Uniform) -> float:
    """|acc| in the quieter half of the recording's half-second stretches, m/s²."""
    mean, spread = stretches_of(u.acc.T, max(2, round(0.5 * u.rate_hz)))
    if not len(spread):
        return median(lengths(u.acc.T))
    return median(lengths(mean)[spread <= median(spread)])


def _middle(points: Array) -> Array:
    """(3,) geometric median of (3, m) points (Weiszfeld's steps): a median of each axis would know the mounting."""
    counted = np.concatenate([points, np.ones((1, points.shape[1]))])
    total = counted.sum(axis=1)
    for _ in range(_MIDDLE_ROUNDS):
        off = counted - (total / total[3])[:, None]
        total = counted.dot(1 / np.maximum(np.sqrt(np.add.reduce(off * off)), _TINY))
    return np.asarray(total[:3] / total[3], dtype=np.float64)


def _gravity(u: Uniform, bias: Array | None) -> Array:
    """(3, n) specific force around each sample, in the sensor's frame there; of any length with a gyroscope."""
    weight = _trust(u)
    if u.gyr is None:
        return _average(u.acc.T, weight, _SPAN_WITHOUT_GYRO_S * u.rate_hz)
    turning = u.gyr.T - (rest_bias(u) if bias is None else bias)[:, None]
    frames = _frames(*_orientation(turning, u.rate_hz))
    sums = _sum(np.einsum("ijn,jn->in", frames, u.acc.T * weight), _SPAN_S * u.rate_hz)
    return np.asarray(np.einsum("ijn,in->jn", frames, sums), dtype=np.float64)


def _trust(u: Uniform) -> Array:
    """(n,) how far a sample may stand for gravity: not if invented, less the more |acc| differs from it."""
    off = (lengths(u.acc.T) - GRAVITY) / _SHOCK_M_S2
    return np.where(u.bridged, 1e-3, 1 / (1 + off**2))


def _average(values: Array, weight: Array, span: float) -> Array:
    """Weighted mean of (k, n) to both sides with positive weights that fall off over `span` samples."""
    sums = _sum(np.concatenate([values * weight, weight[None]]), span)
    return np.asarray(sums[:-1] / sums[-1], dtype=np.float64)


def _sum(values: Array, span: float) -> Array:
    """Sum of (k, n) to both sides with weights that fall off over `span` samples, and of these sums again.

    But for a factor that all share, the values are the sums times a matrix with one diagonal beside the main one; its
    factors are known without working them out.
    """
    fall = math.exp(-1 / span)
    diagonal, beside = np.ones(values.shape[1]), np.full(values.shape[1] - 1, -fall)
    diagonal[-1] -= fall**2
    once, _ = dpttrs(diagonal, beside, values.T)
    return np.asarray(dpttrs(diagonal, beside, once, overwrite_b=True)[0].T, dtype=np.float64)


def _orientation(gyr: Array, rate_hz: float) -> tuple[Complex, Complex]:
    """(n,) complex parts a and b of the quaternion a + bj that turns what each sample sees into the first one's frame.

    From (3, n) rates. To turn on from one sample to the next is to multiply the pair by a matrix (2, 2): so all pairs
    at once are the solution of equations whose matrix has few diagonals.
    """
    half = gyr[:, 1:] + gyr[:, :-1]
    half *= 1 / (4 * rate_hz)
    angle = lengths(half)
    half *= np.sin(angle) / np.maximum(angle, _TINY)
    w, (x, y, z) = np.cos(angle), half
    bands = np.zeros((gyr.shape[1], 2, 8))  # two numbers side by side are a complex one
    bands[:-1, 0, 4:] = np.array([-w, -x, -y, -z]).T
    bands[:-1, 1, 2:6] = np.array([y, -z, -w, x]).T
    first = np.zeros(2 * gyr.shape[1], dtype=np.complex128)
    first[0] = 1
    turned = ztbsv(3, bands.view(np.complex128).reshape(-1, 4).T, first, lower=1, diag=1, overwrite_x=1)
    return turned[::2], turned[1::2]


def _frames(alone: Complex, with_j: Complex) -> Array:
    """(3, 3, n) matrices that turn vectors as the unit quaternions of (n,) complex parts do."""
    twice, first, second = 2 * alone, alone**2, with_j**2
    both, across = twice * with_j, twice * with_j.conj()
    level, turned = first + second, first - second
    along = 2 * np.abs(first) - 1
    return np.array(
        [
            [along, across.imag, across.real],
            [both.imag, level.real, -turned.imag],
            [-both.real, level.imag, turned.real],
        ]
    )


def _unit(v: Array) -> Array:
    """(n, 3) unit vectors of (3, n) ones."""
    return np.asarray((v / np.maximum(lengths(v), 1e-12)).T, dtype=np.float64)
