"""Postural sway: force-plate figures (path velocity, ellipse) and the time-domain set of an inertial sensor (ISway)."""

import math
from dataclasses import dataclass

import numpy as np

from rig_signal.filters import both_ways, butterworth
from rig_signal.motion import slope
from rig_signal.timebase import lengths
from rig_signal.types import Array, SignalError

CUTOFF_HZ = 3.5
SHORTEST_S = 2.0
CUSTOMARY_S = 30.0
"""Trial length for which ISway's reliability was published; shorter trials are exploratory."""

_DIRECTIONS = np.array([(math.cos(angle), math.sin(angle)) for angle in np.arange(64) * (math.pi / 64)])

UNITS = (
    ("duration_s", "s"),
    ("rms_m_s2", "m/s2"),
    ("jerk_m2_s5", "m2/s5"),
    ("dist_m_s2", "m/s2"),
    ("path_m_s2", "m/s2"),
    ("range_m_s2", "m/s2"),
    ("mv_m_s", "m/s"),
    ("mf_hz", "Hz"),
    ("area_m2_s5", "m2/s5"),
    ("ellipse_m2_s4", "m2/s4"),
)


@dataclass(frozen=True, slots=True)
class SwayMeasures:
    """Time-domain sway of the horizontal acceleration (ISway), as resultants of the two horizontal axes.

    A lone sensor of unknown orientation cannot tell anteroposterior from mediolateral, so every figure is one that
    does not change when the two axes are rotated in the horizontal plane.

    Attributes
    ----------
    duration_s
        Length of the stretch analysed.
    rms_m_s2
        Root mean square distance from the mean (RMS).
    jerk_m2_s5
        Half the time integral of the squared jerk (JERK); grows with the duration.
    dist_m_s2
        Mean distance from the mean (DIST).
    path_m_s2
        Length of the acceleration's path (PATH); grows with the duration.
    range_m_s2
        Largest extent of the trajectory in any direction (RANGE).
    mv_m_s
        Mean speed, from the acceleration integrated once, drift removed (MV).
    mf_hz
        Loops per second of a circle of radius DIST that would make the same PATH (MF).
    area_m2_s5
        Area swept from the mean, per unit time (AREA).
    ellipse_m2_s4
        Area of the 95 % prediction ellipse.
    exploratory
        True for stretches shorter than the customary 30 s: a stance of 10 s does not compare with published values.
    """

    duration_s: float
    rms_m_s2: float
    jerk_m2_s5: float
    dist_m_s2: float
    path_m_s2: float
    range_m_s2: float
    mv_m_s: float
    mf_hz: float
    area_m2_s5: float
    ellipse_m2_s4: float
    exploratory: bool

    def listed(self) -> tuple[tuple[str, float, str], ...]:
        """List every measure as its name, value and unit, in the order above."""
        return tuple((name, getattr(self, name), unit) for name, unit in UNITS)


def mean_velocity(xy: Array, rate_hz: float) -> float:
    """Mean speed along a path: its length over its time, unfiltered.

    Parameters
    ----------
    xy
        (n, 2) positions in any unit of length.
    rate_hz
        Samples per second. The time is n / rate_hz, as Santos and Duarte take it, not (n - 1) / rate_hz.

    Returns
    -------
    float
        Units of `xy` per second.

    References
    ----------
    Santos DA, Duarte M (2016) A public data set of human balance evaluations. PeerJ 4:e2648, doi 10.7717/peerj.2648.
    """
    xy = _plane(xy, at_least=2)
    return float(_steps(xy).sum() * rate_hz / len(xy))


def ellipse_area_95(xy: Array) -> float:
    """Area of the 95 % prediction ellipse: where the next sample of the same process falls with probability 0.95.

    Uses the quantile of Fisher's F, which the finite sample asks for, not the chi-square of the infinite one
    (0.08 % smaller at 6000 samples). For two axes it has a closed form.

    Parameters
    ----------
    xy
        (n, 2) positions, n of 3 or more.

    Returns
    -------
    float
        Units of `xy` squared.

    References
    ----------
    Schubert P, Kirchner M (2014) Ellipse area calculations and their applicability in posturography.
    Gait & Posture 39:518-522, doi 10.1016/j.gaitpost.2013.09.001.
    """
    xy = _plane(xy, at_least=3)
    n = len(xy)
    x, y = (xy - xy.mean(axis=0)).T
    spread = math.sqrt(max(float((x @ x) * (y @ y) - (x @ y) ** 2), 0.0)) / (n - 1)
    return math.pi * spread * (n - 1) * (n + 1) / n * math.expm1(-2 / (n - 2) * math.log(0.05))


def horizontal(acc: Array) -> Array:
    """Two horizontal components of the specific force, from the mean direction of gravity over the stretch.

    Parameters
    ----------
    acc
        (n, 3) specific force, m/s², sensor frame, of a person standing.

    Returns
    -------
    Array
        (n, 2) m/s², in an arbitrary but fixed pair of axes at right angles to mean gravity. Tilting of the trunk
        about its mean shows as the gravity it adds, as in the source.

    References
    ----------
    Moe-Nilssen R (1998) A new method for evaluating motor control in gait under real-life environmental conditions.
    Clin Biomech 13:320-327, doi 10.1016/S0268-0033(98)00089-8.
    """
    mean = acc.mean(axis=0)
    size = math.sqrt(mean @ mean)
    if not size > 0.0:
        raise SignalError("sway: the acceleration has no mean direction, so gravity cannot be found: check the sensor")
    x, y, z = (mean / size).tolist()
    turned = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])  # whose columns are the axes, turned about gravity
    first = turned[:, np.abs(mean).argmin()]
    first = first / math.sqrt(first @ first)
    return (np.array([first, turned @ first]) @ acc.T).T


def isway(acc_ap_ml: Array, rate_hz: float) -> SwayMeasures:
    """ISway time-domain measures of a stretch of quiet standing.

    Parameters
    ----------
    acc_ap_ml
        (n, 2) horizontal acceleration, m/s², uniformly sampled: of `horizontal`, or the true anteroposterior and
        mediolateral axes where they are known (the result is the same).
    rate_hz
        Samples per second, above 7.

    Returns
    -------
    SwayMeasures
        Resultants; see there.

    Raises
    ------
    SignalError
        Shorter than 2 s, not finite, or sampled too slowly for the 3.5 Hz low-pass.

    Notes
    -----
    Low-pass: Butterworth of order 4 at 3.5 Hz, run forwards and backwards. Deviations from the source, which leaves
    them open: RANGE is the largest extent in any direction; for MV the mean is taken from the acceleration before it is
    integrated and from the speed after, since a constant error of 0.01 m/s² would otherwise dominate after 10 s.

    References
    ----------
    Mancini M et al. (2012) ISway: a sensitive, valid and reliable measure of postural control.
    J NeuroEng Rehabil 9:59, doi 10.1186/1743-0003-9-59.
    """
    if rate_hz <= 2 * CUTOFF_HZ:
        raise SignalError(f"sway: {rate_hz:g} Hz is too slow for the {CUTOFF_HZ:g} Hz low-pass: sample faster")
    raw = _plane(acc_ap_ml, at_least=math.ceil(SHORTEST_S * rate_hz))
    xy = both_ways(butterworth(4, CUTOFF_HZ, rate_hz, "lowpass"), raw)
    return _measures(xy - xy.mean(axis=0), rate_hz)


def _measures(xy: Array, rate_hz: float) -> SwayMeasures:
    duration = len(xy) / rate_hz
    distance = lengths(xy.T)
    dist, path = float(distance.mean()), float(_steps(xy).sum())
    change = slope(xy).ravel()
    return SwayMeasures(
        duration_s=duration,
        rms_m_s2=math.sqrt(distance @ distance / len(xy)),
        jerk_m2_s5=float(0.5 * (change @ change) * rate_hz),
        dist_m_s2=dist,
        path_m_s2=path,
        range_m_s2=_range(xy),
        mv_m_s=_mean_speed(xy, rate_hz),
        mf_hz=path / (2 * math.pi * dist * duration) if dist > 0 else 0.0,
        area_m2_s5=_swept_area(xy) / duration,
        ellipse_m2_s4=ellipse_area_95(xy),
        exploratory=duration < CUSTOMARY_S,
    )


def _plane(xy: Array, at_least: int) -> Array:
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise SignalError(f"sway: needs an array of shape (n, 2), got {xy.shape}: give two horizontal components")
    if len(xy) < at_least:
        raise SignalError(f"sway: {len(xy)} samples are too few, {at_least} are needed: record longer")
    if not np.isfinite(xy).all():
        raise SignalError(
            f"sway: sample {int(np.argmin(np.isfinite(xy).all(axis=1)))} is not finite: bridge gaps first"
        )
    return xy.astype(np.float64, copy=False)


def _steps(xy: Array) -> Array:
    return lengths((xy[1:] - xy[:-1]).T)


def _range(xy: Array) -> float:
    shadow = _DIRECTIONS @ xy.T
    outermost = np.zeros(len(xy), dtype=np.bool_)
    outermost[shadow.argmax(axis=1)] = outermost[shadow.argmin(axis=1)] = True
    outer = xy[outermost]
    apart = outer[:, None] - outer
    return math.sqrt(np.einsum("ijk,ijk->ij", apart, apart).max())


def _mean_speed(xy: Array, rate_hz: float) -> float:
    velocity = xy.T.cumsum(axis=1)
    return float(lengths(velocity - velocity.mean(axis=1, keepdims=True)).mean()) / rate_hz


def _swept_area(xy: Array) -> float:
    x, y = xy.T
    return float(0.5 * np.abs(x[1:] * y[:-1] - x[:-1] * y[1:]).sum())
