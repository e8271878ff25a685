from typing import Literal

import numpy as np
import pytest
from scipy.signal import butter, sosfiltfilt

from rig_signal.filters import both_ways, butterworth, without_drift
from rig_signal.types import Array

SAMPLES = np.cumsum(np.random.default_rng(4).normal(size=(300, 3)), axis=0)
Kind = Literal["lowpass", "highpass", "bandpass"]


@pytest.mark.parametrize("x", [SAMPLES, SAMPLES[:, 0]], ids=["three", "one"])
@pytest.mark.parametrize("pad", [0, 15, 299, 1000])
@pytest.mark.parametrize(
    ("order", "edges", "kind"), [(2, (0.5, 8.0), "bandpass"), (4, 3.5, "lowpass"), (1, 0.2, "highpass")]
)
def test_both_ways_agree_with_scipy(
    order: int, edges: float | tuple[float, float], kind: Kind, pad: int, x: Array
) -> None:
    filtered = both_ways(butterworth(order, edges, 50.0, kind), x, pad)
    expected = sosfiltfilt(butter(order, edges, kind, fs=50.0, output="sos"), x, axis=0, padlen=min(pad, 299))
    np.testing.assert_allclose(filtered, expected, atol=1e-9)


@pytest.mark.parametrize("pad", [1, 15, 299, 1000])
@pytest.mark.parametrize("n", [2, 3, 300])
def test_a_drift_is_taken_out_as_both_ways(n: int, pad: int) -> None:
    chosen, x = butterworth(1, 0.2, 24.0, "highpass"), SAMPLES[:n, 0]
    np.testing.assert_allclose(without_drift(chosen, x, pad), both_ways(chosen, x, pad), rtol=0, atol=1e-11)


def test_one_request_has_one_filter() -> None:
    assert butterworth(2, (0.5, 8.0), 50.0) is butterworth(2, (0.5, 8.0), 50.0)


def test_samples_are_left_as_they_were() -> None:
    before = SAMPLES.copy()
    both_ways(butterworth(2, (0.5, 8.0), 50.0), SAMPLES, 20)
    assert np.array_equal(before, SAMPLES)
