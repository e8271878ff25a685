"""How well two or more measurements of the same thing agree: numpy and scipy only, no data of the rig.

Sources: intraclass correlation, Shrout & Fleiss 1979 (doi:10.1037/0033-2909.86.2.420) and McGraw & Wong 1996
(doi:10.1037/1082-989X.1.1.30); error of measurement, de Vet et al. 2006 (doi:10.1016/j.jclinepi.2005.10.015); limits of
agreement, Bland & Altman 1986 (doi:10.1016/S0140-6736(86)90837-8) and 1999 (doi:10.1177/096228029900800204); weighted
kappa, Cohen 1968 (doi:10.1037/h0026256), its interval Fleiss, Cohen & Everitt 1969 (doi:10.1037/h0028106).
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.stats import f, norm, t

Array: TypeAlias = NDArray[np.float64]

CONFIDENCE = 0.95
ROUNDING = 1e-12
"""Differences of so many parts of a value come from the arithmetic: equal values have no variance."""
LIMITS = 1.96
"""Standard deviations from the mean difference to a limit of agreement (1986)."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its 95 % interval; NaN where it cannot be had."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Reliability:
    """Intraclass correlations and the error of one measurement.

    Attributes
    ----------
    subjects, raters
        Size of the table.
    icc_2_1
        Absolute agreement of single measurements by raters drawn at random.
    icc_3_1
        Consistency of single measurements by just these raters.
    sem
        Standard error of measurement, in the unit of the values, between raters: the root of the raters' and the
        residual variance. A bias between raters is an error to who compares two visits, so it counts.
    mdc95
        Smallest change that is not such error with 95 % confidence: 1.96 sqrt(2) SEM.
    """

    subjects: int
    raters: int
    icc_2_1: Estimate
    icc_3_1: Estimate
    sem: float
    mdc95: float


@dataclass(frozen=True, slots=True)
class Limits:
    """Bland and Altman's limits of agreement of second less first, each with its 95 % interval."""

    pairs: int
    bias: Estimate
    lower: Estimate
    upper: Estimate
    sd: float


@dataclass(frozen=True, slots=True)
class Squares:
    """Mean squares of a two-way table without replication: subjects, raters, residual."""

    subjects: float
    raters: float
    residual: float
    n: int
    k: int


def mean_squares(table: Array) -> Squares:
    """Two-way analysis of variance of a table, subjects by raters.

    Raises
    ------
    ValueError
        Fewer than two subjects or raters, or a value that is missing.
    """
    n, k = _checked(table).shape
    rows, columns, all_of_it = table.mean(axis=1), table.mean(axis=0), table.mean()
    residual = table - rows[:, None] - columns[None, :] + all_of_it
    found = (
        k * np.sum((rows - all_of_it) ** 2) / (n - 1),
        n * np.sum((columns - all_of_it) ** 2) / (k - 1),
        np.sum(residual**2) / ((n - 1) * (k - 1)),
    )
    least = (ROUNDING * float(np.abs(table).max())) ** 2
    subjects, raters, rest = (0.0 if square < least else float(square) for square in found)
    return Squares(subjects, raters, rest, n, k)


def _checked(table: Array) -> Array:
    if table.ndim != 2 or min(table.shape) < 2:
        raise ValueError(f"a table of {' x '.join(map(str, table.shape))}: at least 2 subjects and 2 raters are needed")
    if not np.all(np.isfinite(table)):
        raise ValueError("a value of the table is missing: leave its subject out")
    return table


def reliability(table: Array) -> Reliability:
    """Reliability of single measurements.

    Parameters
    ----------
    table
        Shape ``(subjects, raters)``; raters may be people, visits, devices or versions of an algorithm.

    Raises
    ------
    ValueError
        Fewer than two subjects or raters, or a value that is missing.
    """
    squares = mean_squares(table)
    between_raters = max(0.0, (squares.raters - squares.residual) / squares.n)
    sem = float(np.sqrt(between_raters + squares.residual))
    return Reliability(
        squares.n, squares.k, _icc_2_1(squares), _icc_3_1(squares), sem, float(LIMITS * np.sqrt(2)) * sem
    )


def _icc_2_1(s: Squares) -> Estimate:
    """Agreement, with the interval of McGraw & Wong's table 7 (Satterthwaite's degrees of freedom)."""
    whole = s.subjects + (s.k - 1) * s.residual + s.k * (s.raters - s.residual) / s.n
    if whole <= 0:
        return _unknown()
    icc = (s.subjects - s.residual) / whole
    if s.residual == 0 and s.raters == 0:
        return Estimate(icc, icc, icc)
    if icc >= 1:
        return Estimate(icc, np.nan, np.nan)
    a = s.k * icc / (s.n * (1 - icc))
    b = 1 + s.k * icc * (s.n - 1) / (s.n * (1 - icc))
    parts = (a * s.raters) ** 2 / (s.k - 1) + (b * s.residual) ** 2 / ((s.n - 1) * (s.k - 1))
    freedom = (a * s.raters + b * s.residual) ** 2 / parts if parts > 0 else np.nan
    rest = s.k * s.raters + (s.k * s.n - s.k - s.n) * s.residual
    below, above = _f(s.n - 1, freedom), _f(freedom, s.n - 1)
    low = s.n * (s.subjects - below * s.residual) / (below * rest + s.n * s.subjects)
    high = s.n * (above * s.subjects - s.residual) / (rest + s.n * above * s.subjects)
    return Estimate(icc, low, high)


def _icc_3_1(s: Squares) -> Estimate:
    """Consistency, with Shrout & Fleiss' interval."""
    whole = s.subjects + (s.k - 1) * s.residual
    if whole <= 0:
        return _unknown()
    icc = (s.subjects - s.residual) / whole
    if s.residual == 0:
        return Estimate(icc, icc, icc)
    freedom = (s.n - 1) * (s.k - 1)
    ratio = s.subjects / s.residual
    low, high = ratio / _f(s.n - 1, freedom), ratio * _f(freedom, s.n - 1)
    return Estimate(icc, (low - 1) / (low + s.k - 1), (high - 1) / (high + s.k - 1))


def _f(numerator: float, denominator: float) -> float:
    return float(f.ppf(1 - (1 - CONFIDENCE) / 2, numerator, denominator))


def _unknown() -> Estimate:
    return Estimate(np.nan, np.nan, np.nan)


def limits_of_agreement(first: Array, second: Array) -> Limits:
    """Bias and limits of agreement of two measurements, second less first.

    The standard error of a limit is ``sd sqrt(1/n + 1.96^2 / (2 (n - 1)))`` (1999, section 4.1; the 1986 paper rounds
    it to ``sqrt(3/n) sd``).

    Raises
    ------
    ValueError
        Fewer than two pairs.
    """
    differences = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    n = differences.size
    if n < 2:
        raise ValueError(f"{n} pairs: at least 2 are needed")
    mean, sd = float(differences.mean()), float(differences.std(ddof=1))
    quantile = float(t.ppf(1 - (1 - CONFIDENCE) / 2, n - 1))
    of_bias = quantile * sd / float(np.sqrt(n))
    of_limit = quantile * sd * float(np.sqrt(1 / n + LIMITS**2 / (2 * (n - 1))))
    low, high = mean - LIMITS * sd, mean + LIMITS * sd
    return Limits(
        pairs=n,
        bias=Estimate(mean, mean - of_bias, mean + of_bias),
        lower=Estimate(low, low - of_limit, low + of_limit),
        upper=Estimate(high, high - of_limit, high + of_limit),
        sd=sd,
    )


def bias_p_value(first: Array, second: Array) -> float:
    """Two-sided probability of such a bias by chance (paired t test); 1 where the pairs are all equal."""
    differences = np.asarray(second, dtype=float) - np.asarray(first, dtype=float)
    sd = float(differences.std(ddof=1))
    if sd == 0:
        return 0.0 if differences.any() else 1.0
    score = abs(float(differences.mean())) / (sd / float(np.sqrt(differences.size)))
    return float(2 * t.sf(score, differences.size - 1))


def weighted_kappa(
    first: NDArray[np.int64], second: NDArray[np.int64], highest: int, weights: Literal["linear", "quadratic"]
) -> Estimate:
    """Cohen's weighted kappa of points from 0 to `highest`; NaN where both give the same points to everybody.

    The interval is that of large samples (1969, equation 5.2: the variance of kappa that is not nought); where all
    agree it has no width, and of few pairs it is too narrow. It is cut at -1 and 1.

    Raises
    ------
    ValueError
        No pairs, or points outside the range.
    """
    if first.size == 0 or first.size != second.size:
        raise ValueError(f"{first.size} and {second.size} points: pairs are needed")
    both = np.concatenate([first, second])
    if both.min() < 0 or both.max() > highest:
        raise ValueError(f"points from {both.min()} to {both.max()}: they go from 0 to {highest}")
    points = np.arange(highest + 1)
    distance = np.abs(points[:, None] - points[None, :]) / highest
    seen = np.zeros_like(distance)
    np.add.at(seen, (first, second), 1 / first.size)
    return kappa_of_table(seen, distance if weights == "linear" else distance**2, first.size)


def kappa_of_table(seen: Array, cost: Array, pairs: int) -> Estimate:
    """Kappa of a table of shares, shape ``(points, points)``, with the interval of large samples.

    `cost` says how much of a disagreement each cell is, 0 on the diagonal; `pairs` how many pairs the shares are of.
    The paper's variance is written in disagreement, where it is the variance of one term over the table.
    """
    rows, columns = seen.sum(axis=1), seen.sum(axis=0)
    by_chance = float(np.sum(cost * np.outer(rows, columns)))
    if by_chance == 0:
        return _unknown()
    observed = float(np.sum(cost * seen))
    margins = (cost @ columns)[:, None] + (rows @ cost)[None, :]
    term = margins * observed - cost * by_chance
    variance = float(np.sum(seen * term**2)) - (observed * by_chance) ** 2
    error = float(np.sqrt(max(0.0, variance) / pairs)) / by_chance**2
    kappa, reach = 1 - observed / by_chance, float(norm.ppf(1 - (1 - CONFIDENCE) / 2)) * error
    return Estimate(kappa, max(-1.0, kappa - reach), min(1.0, kappa + reach))
