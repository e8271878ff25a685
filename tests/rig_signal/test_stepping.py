import numpy as np
import pytest

from rig_signal.stepping import OWN_QUANTILE, _low, _low_so_far


@pytest.mark.parametrize("n", [1, 2, 5, 30, 1400])
@pytest.mark.parametrize("decimals", [0, 1, 12])
def test_the_own_level_so_far_is_that_of_every_beginning(n: int, decimals: int) -> None:
    x = np.round(np.random.default_rng(n).normal(size=n), decimals)
    ends = np.unique(np.append(np.arange(1, n + 1, 3), n))
    assert _low_so_far(x, ends).tolist() == [_low(x[:end]) for end in ends]


def test_ends_beyond_the_last_sample_are_the_last_one() -> None:
    x = np.arange(10.0)
    assert _low_so_far(x, np.array([10, 10])).tolist() == [_low(x), _low(x)]


def test_the_own_level_is_the_lower_rank() -> None:
    assert _low(np.arange(11.0)) == int(OWN_QUANTILE * 10)
