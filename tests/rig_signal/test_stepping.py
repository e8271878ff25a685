import numpy as np
import pytest

from rig_signal.stepping import OWN_QUANTILE, _Hold, _jump, _low, _low_so_far, trunk_of
from rig_signal.timebase import GRAVITY, Uniform


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


def test_the_own_level_is_told_by_what_came_a_quarter_second_before_or_earlier() -> None:
    x = np.random.default_rng(1).random(500)
    levels = _Hold(100.0, 150, 480).own_so_far(x)
    told_until = {0: 120, 169: 120, 170: 145, 194: 145, 195: 170, 499: 470}
    assert {at: levels[at] for at in told_until} == {at: _low(x[50:end]) for at, end in told_until.items()}


def test_a_jump_is_the_step_between_the_means_before_and_after() -> None:
    x = np.zeros((60, 2))
    x[30:] = (3.0, -4.0)
    jump = _jump(x, 10)
    assert int(np.argmax(jump)) == 30
    assert jump[30] == pytest.approx(5.0)
    assert jump[25] == pytest.approx(2.5)
    assert jump[[0, 9, 19, 41, 59]] == pytest.approx(0.0)


def test_no_jump_is_seen_where_there_is_no_before_and_after() -> None:
    ramp = np.outer(np.arange(25.0), [1.0, 0.0])
    assert _jump(ramp, 10)[[9, 16]].tolist() == [0.0, 0.0]
    assert _jump(ramp, 10)[[10, 15]] == pytest.approx(10.0)
    assert _jump(ramp[:19], 10).tolist() == [0.0] * 19


def test_the_pressure_goes_there_and_back_within_a_step() -> None:
    """Each change is felt by itself."""
    acc = np.tile([0.0, 0.0, GRAVITY], (1000, 1))
    acc[500:530, 1] += 0.6
    body = Uniform(0.0, 100.0, acc, np.zeros((1000, 3)), np.zeros(1000, dtype=np.bool_))
    jump = trunk_of(body).jump
    assert jump[[500, 530]] == pytest.approx(0.6, abs=0.03)
    assert jump[515] < 0.05
