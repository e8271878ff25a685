import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig_signal.order import median, quantile

ROWS = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=40).map(np.array)


@given(ROWS)
def test_median_is_that_of_numpy(x: np.ndarray) -> None:
    assert median(x) == np.median(x)


@given(ROWS, st.floats(0, 1))
def test_quantile_is_that_of_numpy(x: np.ndarray, part: float) -> None:
    assert quantile(x, part) == pytest.approx(float(np.quantile(x, part)), rel=1e-12, abs=1e-9)


def test_neither_changes_what_it_is_given() -> None:
    x = np.array([3.0, 1.0, 2.0, 0.0])
    median(x)
    quantile(x, 0.3)
    assert x.tolist() == [3.0, 1.0, 2.0, 0.0]


@pytest.mark.parametrize("n", [998, 999, 20_000])
def test_both_are_those_of_numpy_in_long_rows(n: int) -> None:
    x = np.random.default_rng(n).normal(size=n)
    assert median(x) == np.median(x)
    for part in (0.05, 0.5, 0.7, 0.98):
        assert quantile(x, part) == pytest.approx(float(np.quantile(x, part)), rel=1e-12)
