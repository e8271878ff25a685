"""Agreement figures against published examples and computations of their own kind."""

import math
import statistics
from typing import Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from scipy import integrate, stats

from rig.archive.agreement import (
    Array,
    bias_p_value,
    kappa_of_table,
    limits_of_agreement,
    mean_squares,
    reliability,
    weighted_kappa,
)

SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
)
"""Their table 2: six targets, four judges."""
PEFR = (
    [494, 395, 516, 434, 476, 557, 413, 442, 650, 433, 417, 656, 267, 478, 178, 423, 427],
    [512, 430, 520, 428, 500, 600, 364, 380, 658, 445, 432, 626, 260, 477, 259, 350, 451],
)
"""Bland and Altman 1986: peak flow by the large and the mini meter, first readings, l/min."""
POWERS: tuple[tuple[int, Literal["linear", "quadratic"]], ...] = ((1, "linear"), (2, "quadratic"))
IntArray = NDArray[np.int64]
TABLES = arrays(float, st.tuples(st.integers(3, 9), st.integers(2, 5)), elements=st.integers(-50, 50).map(float))


def anova_by_loops(table: Array) -> tuple[float, float, float]:
    """Mean squares from sums over every cell, without arrays' means."""
    n, k = table.shape
    total = sum(table[i][j] for i in range(n) for j in range(k))
    correction = total**2 / (n * k)
    of_all = sum(table[i][j] ** 2 for i in range(n) for j in range(k)) - correction
    of_rows = sum(sum(table[i]) ** 2 for i in range(n)) / k - correction
    of_columns = sum(sum(table[i][j] for i in range(n)) ** 2 for j in range(k)) / n - correction
    rest = of_all - of_rows - of_columns
    return of_rows / (n - 1), of_columns / (k - 1), rest / ((n - 1) * (k - 1))


def test_shrout_and_fleiss_example() -> None:
    found = reliability(SHROUT_FLEISS)
    assert (round(found.icc_2_1.value, 2), round(found.icc_3_1.value, 2)) == (0.29, 0.71)
    squares = mean_squares(SHROUT_FLEISS)
    assert [round(v, 2) for v in (squares.subjects, squares.raters, squares.residual)] == [11.24, 32.49, 1.02]
    assert [round(v, 2) for v in (found.icc_2_1.low, found.icc_2_1.high)] == [0.02, 0.76]
    assert [round(v, 2) for v in (found.icc_3_1.low, found.icc_3_1.high)] == [0.34, 0.95]


def test_the_same_by_other_sums_and_quantiles() -> None:
    rows, columns, rest = anova_by_loops(SHROUT_FLEISS)
    n, k = SHROUT_FLEISS.shape
    found = reliability(SHROUT_FLEISS)
    assert found.icc_3_1.value == pytest.approx((rows - rest) / (rows + (k - 1) * rest), abs=1e-9)
    variance = {"subject": (rows - rest) / k, "rater": (columns - rest) / n, "rest": rest}
    assert found.icc_2_1.value == pytest.approx(variance["subject"] / sum(variance.values()), abs=1e-9)
    assert found.sem == pytest.approx(math.sqrt(variance["rater"] + variance["rest"]), abs=1e-9)
    assert found.mdc95 == pytest.approx(2.7718585823 * found.sem, rel=1e-6)
    ratio = rows / rest
    quantile = f_quantile_by_integration(0.975, n - 1, (n - 1) * (k - 1))
    assert found.icc_3_1.low == pytest.approx((ratio / quantile - 1) / (ratio / quantile + k - 1), abs=1e-6)
    reverse = f_quantile_by_integration(0.975, (n - 1) * (k - 1), n - 1)
    assert found.icc_3_1.high == pytest.approx((ratio * reverse - 1) / (ratio * reverse + k - 1), abs=1e-6)


def test_the_interval_of_agreement_by_the_form_of_1979() -> None:
    """Shrout and Fleiss write the degrees of freedom otherwise than McGraw and Wong; quantiles by integration."""
    rows, columns, rest = anova_by_loops(SHROUT_FLEISS)
    n, k = SHROUT_FLEISS.shape
    found = reliability(SHROUT_FLEISS).icc_2_1
    rho, ratio = found.value, columns / rest
    other = n * (1 + (k - 1) * rho) - k * rho
    above, below = (k - 1) * (n - 1) * (k * rho * ratio + other) ** 2, (n - 1) * (k * rho * ratio) ** 2 + other**2
    lower = f_quantile_by_integration(0.975, n - 1, above / below)
    upper = f_quantile_by_integration(0.975, above / below, n - 1)
    common = k * columns + (k * n - k - n) * rest
    assert found.low == pytest.approx(n * (rows - lower * rest) / (lower * common + n * rows), abs=1e-6)
    assert found.high == pytest.approx(n * (upper * rows - rest) / (common + n * upper * rows), abs=1e-6)


def f_quantile_by_integration(level: float, d1: float, d2: float) -> float:
    """Bisection on the integral of the beta density that F comes from."""
    a, b = d1 / 2, d2 / 2
    beta = math.gamma(a) * math.gamma(b) / math.gamma(a + b)
    low, high = 1e-6, 1e3
    for _ in range(80):
        middle = (low + high) / 2
        upper = d1 * middle / (d1 * middle + d2)
        area = integrate.quad(lambda x: x ** (a - 1) * (1 - x) ** (b - 1) / beta, 0, upper)[0]
        low, high = (middle, high) if area < level else (low, middle)
    return low


@given(TABLES)
def test_mean_squares_equal_the_sums_over_cells(table: Array) -> None:
    squares = mean_squares(table)
    found = (squares.subjects, squares.raters, squares.residual)
    assert found == pytest.approx(anova_by_loops(table), abs=1e-6)


@given(TABLES, st.floats(-100, 100), st.floats(0.1, 10))
def test_unit_and_zero_do_not_matter_to_a_correlation(table: Array, shift: float, scale: float) -> None:
    if mean_squares(table).residual < 1e-9 or mean_squares(table).subjects < 1e-9:
        return
    one, other = reliability(table), reliability(table * scale + shift)
    assert other.icc_2_1.value == pytest.approx(one.icc_2_1.value, abs=1e-6)
    assert other.icc_3_1.value == pytest.approx(one.icc_3_1.value, abs=1e-6)
    assert other.sem == pytest.approx(one.sem * scale, rel=1e-6)


def test_intervals_cover_the_truth() -> None:
    rng = np.random.default_rng(2)
    hits = {"icc_2_1": 0, "icc_3_1": 0}
    for _ in range(400):
        subjects, raters = rng.normal(0, 2, (30, 1)), rng.normal(0, 0.5, (1, 5))
        found = reliability(subjects + raters + rng.normal(0, 1, (30, 5)))
        hits["icc_2_1"] += found.icc_2_1.low < 4 / 5.25 < found.icc_2_1.high
        hits["icc_3_1"] += found.icc_3_1.low < 4 / 5 < found.icc_3_1.high
    assert all(0.91 < count / 400 < 0.985 for count in hits.values()), hits


def test_bias_between_raters_costs_agreement_not_consistency() -> None:
    values = np.random.default_rng(1).normal(12, 3, 40)
    noise = np.random.default_rng(2).normal(0, 0.2, 40)
    same, biased = np.column_stack([values, values + noise]), np.column_stack([values, values + noise + 3])
    assert reliability(biased).icc_3_1.value == pytest.approx(reliability(same).icc_3_1.value, abs=1e-9)
    assert reliability(biased).icc_2_1.value < reliability(same).icc_2_1.value - 0.2
    assert reliability(biased).sem > 2


def test_raters_who_differ_less_than_chance_do_not_make_measuring_better() -> None:
    table = np.array([[1.0, 2.0], [2.0, 1.0], [5.0, 5.0]])
    assert mean_squares(table).raters == 0
    assert reliability(table).sem == pytest.approx(math.sqrt(mean_squares(table).residual), abs=1e-12)


def test_perfect_and_impossible_tables() -> None:
    perfect = reliability(np.array([[1.0, 1.0], [2.0, 2.0], [5.0, 5.0]]))
    assert (perfect.icc_2_1.value, perfect.icc_3_1.value, perfect.sem) == (1, 1, 0)
    for same in (1.0, 0.0351, 0.77 / 3):
        found = reliability(np.full((13, 2), same))
        assert math.isnan(found.icc_2_1.value)
        assert math.isnan(found.icc_3_1.value)
    for bad in (np.ones((1, 3)), np.ones((3, 1)), np.ones(3)):
        with pytest.raises(ValueError, match="at least 2"):
            reliability(bad)
    with pytest.raises(ValueError, match="missing"):
        reliability(np.array([[1.0, np.nan], [2.0, 2.0]]))


def test_bland_and_altman_example() -> None:
    found = limits_of_agreement(np.array(PEFR[1]), np.array(PEFR[0]))
    assert (round(found.bias.value, 1), round(found.sd, 1)) == (-2.1, 38.8)
    # the paper rounds: mean 2 standard deviations -79.7 to 75.5 with 2 for 1.96
    assert (found.bias.value - 2 * found.sd, found.bias.value + 2 * found.sd) == pytest.approx((-79.7, 75.5), abs=0.1)
    assert (found.bias.low, found.bias.high) == pytest.approx((-22.0, 17.8), abs=0.1)
    assert (found.upper.low, found.lower.high) == pytest.approx((41.1, -45.1), abs=3.5)
    differences = np.array(PEFR[0]) - np.array(PEFR[1])
    assert bias_p_value(np.array(PEFR[1]), np.array(PEFR[0])) == pytest.approx(
        stats.ttest_1samp(differences, 0).pvalue, abs=1e-9
    )


def test_the_intervals_of_limits_by_another_road() -> None:
    first, second = (np.array(each, dtype=float) for each in (PEFR[1], PEFR[0]))
    found = limits_of_agreement(first, second)
    differences = [float(b - a) for a, b in zip(first, second, strict=True)]
    n, mean, sd = len(differences), statistics.fmean(differences), statistics.stdev(differences)
    interval = stats.ttest_1samp(differences, 0).confidence_interval(0.95)
    assert (found.bias.low, found.bias.high) == pytest.approx((interval.low, interval.high), abs=1e-6)
    quantile = (interval.high - mean) / (sd / math.sqrt(n))
    reach = quantile * math.sqrt(sd**2 / n + 1.96**2 * sd**2 / (2 * (n - 1)))
    assert (found.lower.value, found.upper.value) == pytest.approx((mean - 1.96 * sd, mean + 1.96 * sd), abs=1e-6)
    for limit in (found.lower, found.upper):
        assert (limit.low, limit.high) == pytest.approx((limit.value - reach, limit.value + reach), abs=1e-6)


def test_limits_cover_the_truth() -> None:
    rng = np.random.default_rng(3)
    found = [limits_of_agreement(np.zeros(40), rng.normal(1, 2, 40)) for _ in range(600)]
    upper = 1 + 1.96 * 2
    assert 0.92 < np.mean([limits.upper.low < upper < limits.upper.high for limits in found]) < 0.98
    assert 0.92 < np.mean([limits.bias.low < 1 < limits.bias.high for limits in found]) < 0.98


def kappa_by_pairs(first: list[int], second: list[int], power: int) -> float:
    """Expected disagreement by pairing everybody of the one with everybody of the other."""
    seen = sum(abs(a - b) ** power for a, b in zip(first, second, strict=True)) / len(first)
    chance = sum(abs(a - b) ** power for a in first for b in second) / len(first) ** 2
    return float(1 - seen / chance)


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40))
def test_kappa_equals_the_pairs(pairs: list[tuple[int, int]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    for power, weights in POWERS:
        found = weighted_kappa(np.array(first), np.array(second), 4, weights)
        if len({*first, *second}) == 1:
            assert math.isnan(found.value)
            assert math.isnan(found.low)
        else:
            assert found.value == pytest.approx(kappa_by_pairs(first, second, power), abs=1e-9)


def error_by_delta(seen: Array, power: int, pairs: int) -> float:
    """Standard error of kappa as that of any function of a multinomial table: by its slopes, found numerically."""
    size = len(seen)
    cost = np.abs(np.subtract.outer(np.arange(size), np.arange(size))) ** power

    def kappa(shares: Array) -> float:
        return float(1 - np.sum(cost * shares) / np.sum(cost * np.outer(shares.sum(axis=1), shares.sum(axis=0))))

    step = 1e-5
    slopes = np.array([(kappa(seen + step * e) - kappa(seen - step * e)) / (2 * step) for e in cells(size)])
    shares = seen.ravel()
    return float(np.sqrt((slopes**2 @ shares - (slopes @ shares) ** 2) / pairs))


def cells(size: int) -> Array:
    """One table a cell, with a one in it."""
    return np.eye(size * size).reshape(-1, size, size)


def told_apart(table: Array) -> tuple[IntArray, IntArray]:
    """Points of both raters from a table of counts."""
    first, second = np.indices(table.shape)
    counts = table.astype(int).ravel()
    return np.repeat(first.ravel(), counts), np.repeat(second.ravel(), counts)


@given(arrays(float, (5, 5), elements=st.integers(0, 12).map(float)))
def test_the_interval_of_kappa_equals_the_numerical_delta_method(table: Array) -> None:
    if np.count_nonzero(table.sum(axis=0) + table.sum(axis=1)) < 2:
        return
    pairs = int(table.sum())
    for power, weights in POWERS:
        found = weighted_kappa(*told_apart(table), 4, weights)
        reach = 1.9599639845 * error_by_delta(table / pairs, power, pairs)
        assert found.high == pytest.approx(min(1, found.value + reach), abs=1e-6)
        assert found.low == pytest.approx(max(-1, found.value - reach), abs=1e-6)


def test_a_printed_example_of_weighted_kappa() -> None:
    """PROC FREQ of SAS on this table, as printed; without weights, Fleiss, Cohen and Everitt's own (their table 2)."""
    found = weighted_kappa(*told_apart(np.array([[0, 4, 1], [0, 8, 0], [0, 1, 5]])), 2, "linear")
    assert (round(found.value, 4), round(found.low, 4), round(found.high, 4)) == (0.4701, 0.1845, 0.7558)
    shares = np.array([[0.53, 0.05, 0.02], [0.11, 0.14, 0.05], [0.01, 0.06, 0.03]])
    plain = kappa_of_table(shares, 1 - np.eye(3), 200)
    variance = ((plain.high - plain.value) / 1.9599639845) ** 2
    assert (round(plain.value, 3), round(variance, 6)) == (0.429, 0.002885)


def test_the_interval_of_kappa_covers_the_truth() -> None:
    rng = np.random.default_rng(8)
    first = rng.integers(0, 5, 200_000)
    second = np.clip(first + rng.choice([-1, 0, 0, 0, 1], first.size), 0, 4)
    truth = weighted_kappa(first, second, 4, "quadratic").value
    found = [
        weighted_kappa(first[drawn], second[drawn], 4, "quadratic") for drawn in rng.integers(0, first.size, (600, 150))
    ]
    assert 0.92 < np.mean([each.low < truth < each.high for each in found]) < 0.98


def test_quadratic_kappa_is_the_correlation_of_agreement() -> None:
    """Fleiss & Cohen 1973: quadratic kappa is about ICC(2,1) of the points."""
    rng = np.random.default_rng(5)
    first = rng.integers(0, 5, 4000)
    second = np.clip(first + rng.integers(-1, 2, 4000), 0, 4)
    found = weighted_kappa(first, second, 4, "quadratic").value
    assert found == pytest.approx(reliability(np.column_stack([first, second]).astype(float)).icc_2_1.value, abs=2e-3)
    assert weighted_kappa(first, first, 4, "quadratic").low == 1
    with pytest.raises(ValueError, match="from 0 to 4"):
        weighted_kappa(np.array([5]), np.array([1]), 4, "linear")
