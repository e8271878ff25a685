"""Which way is up: gravity found from the data, never assumed.

The sensor's rotation is integrated from its angular rate; in that frame, which turns with nothing but the
gyroscope's small drift, gravity stands still and every acceleration of the body averages out. So the specific
force is averaged there, over some seconds to both sides, and the mean turned back into the sensor's frame.

Source: the inclination step of Laidig & Seel, VQF (Information Fusion 91:187, 2023,
doi:10.1016/j.inffus.2022.10.014). Deviations: averaged to both sides instead of the past only (no lag and no
start-up transient; the analysis is never causal), normalised at the edges, no bias state (drift within the
average's span is all that matters), and vectorised.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from rig_signal.motion import smooth
from rig_signal.order import median
from rig_signal.timebase import GRAVITY, Uniform, lengths, stretches_of
from rig_signal.types import Array, SignalError

Quaternions = NDArray[np.complex128]
"""(2, n) quaternions (w + x i) + (y + z i) j, as two complex numbers each."""

RATES_INFERRED = "rates_inferred"
"""Flag of samples whose angular rates were told from acceleration (`with_inferred_rates`)."""

_SPAN_S = 1.5  # of each of the two exponential averages to either side
_SPAN_WITHOUT_GYRO_S = 0.15
_TILTING_SPAN_S = 0.10
_TILTING_HZ = 3.0  # what an accelerometer shows faster than that is mostly not tilt
_SHOCK_M_S2 = 6.0
_BLOCK = 8
_TINY = 1e-300


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
    mean = up.mean(axis=0)
    mean = mean / np.linalg.norm(mean)
    spread = up - up.mean(axis=0)
    toward = np.linalg.eigh(spread.T @ spread)[1][:, -1]
    toward = toward - (toward @ mean) * mean
    toward /= np.linalg.norm(toward)
    return np.asarray(np.arctan2(up @ toward, up @ mean), dtype=np.float64), np.asarray(toward, dtype=np.float64)


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
    bias = np.array([median(axis) for axis in quiet])
    agree = median(lengths(quiet - bias[:, None])) < 0.01
    return bias if agree and bias @ bias < 0.1**2 else np.zeros(3)


def resting_level(u: Uniform) -> float:
    """|acc| in the quieter half of the recording's half-second stretches, m/s²."""
    mean, spread = stretches_of(u.acc.T, max(2, round(0.5 * u.rate_hz)))
    if not len(spread):
        return median(lengths(u.acc.T))
    return median(lengths(mean)[spread <= median(spread)])


def _gravity(u: Uniform, bias: Array | None) -> Array:
    """(3, n) mean specific force around each sample, in the sensor's frame there."""
    weight = _trust(u)
    if u.gyr is None:
        return _average(u.acc.T, weight, _SPAN_WITHOUT_GYRO_S * u.rate_hz)
    turned = _integrate((u.gyr - (rest_bias(u) if bias is None else bias)).T, u.rate_hz)
    back = np.stack([turned[0].conj(), -turned[1]])
    return _rotate(back, _average(_rotate(turned, u.acc.T), weight, _SPAN_S * u.rate_hz))


def _trust(u: Uniform) -> Array:
    """(n,) how far a sample may stand for gravity: not if invented, less the more |acc| differs from it."""
    off = (lengths(u.acc.T) - GRAVITY) / _SHOCK_M_S2
    return np.where(u.bridged, 1e-3, 1 / (1 + off**2))


def _average(values: Array, weight: Array, span: float) -> Array:
    """Weighted mean of (k, n) to both sides with positive weights that fall off over `span` samples."""
    fall = [1.0, -np.exp(-1 / span)]
    sums = np.concatenate([values * weight, weight[None]])
    for _ in range(2):
        before, after = lfilter([1.0], fall, sums), lfilter([1.0], fall, sums[:, ::-1])[:, ::-1]
        sums = before + after - sums
    return np.asarray(sums[:-1] / sums[-1], dtype=np.float64)


def _integrate(gyr: Array, rate_hz: float) -> Quaternions:
    """Rotations that turn the sensor's frame at each sample into its frame at the first, from (3, n) rates."""
    half = np.zeros_like(gyr)
    np.add(gyr[:, 1:], gyr[:, :-1], out=half[:, 1:])
    half /= 4 * rate_hz
    angle = lengths(half)
    half *= np.sin(angle) / np.maximum(angle, _TINY)
    turns = np.empty((2, len(angle)), dtype=np.complex128)
    turns[0].real, turns[0].imag, turns[1].real, turns[1].imag = np.cos(angle), *half
    return _cumulative(turns)


def _cumulative(q: Quaternions) -> Quaternions:
    """Multiply quaternions up, by blocks so that all blocks advance together."""
    n = q.shape[1]
    blocks = -(-n // _BLOCK)
    run = np.zeros((2, blocks * _BLOCK), dtype=np.complex128)
    run[0, n:] = 1.0
    run[:, :n] = q
    run = np.ascontiguousarray(run.reshape(2, blocks, _BLOCK).swapaxes(1, 2))
    across = _across(run)
    for i in range(1, min(_BLOCK, n)):
        run[:, i] = _multiply(run[:, i - 1], run[:, i], across[:, i])
    if blocks > 1:
        before = _cumulative(run[:, -1, :-1])
        run[:, :, 1:] = _multiply(before[:, None], run[:, :, 1:], _across(run[:, :, 1:]))
    return run.swapaxes(1, 2).reshape(2, -1)[:, :n]


def _across(q: Quaternions) -> Quaternions:
    """Multiply from the left by j: what the second number of a left factor goes with."""
    turned = np.conj(q[::-1])
    np.negative(turned[0], out=turned[0])
    return turned


def _multiply(p: Quaternions, q: Quaternions, across: Quaternions) -> Quaternions:
    """Hamilton product p q, in the shape of `q`, with `across` = j q, from j a = conj(a) j."""
    product: Quaternions = p[0] * q
    product += p[1] * across
    return product


def _rotate(q: Quaternions, v: Array) -> Array:
    """(3, n) vectors turned by unit quaternions, q v conj(q), with v as (v0 i) + (v1 + v2 i) j."""
    a, b = q
    across = v[1] + 1j * v[2]
    along = (a.real**2 + a.imag**2 - b.real**2 - b.imag**2) * v[0] + 2 * (a * b.conj() * across).imag
    across = a * a * across + b * b * across.conj() - 2j * (a * b) * v[0]
    return np.stack([along, across.real, across.imag])


def _unit(v: Array) -> Array:
    """(n, 3) unit vectors of (3, n) ones."""
    return np.asarray((v / np.maximum(lengths(v), 1e-12)).T, dtype=np.float64)
