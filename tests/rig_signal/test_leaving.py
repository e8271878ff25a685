"""Cues of an instant that are combined: agreement narrows, contradiction widens, nothing happens before the begin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig_signal.leaving import Cue, agreed, one


def test_one_cue_says_what_it_says() -> None:
    found = agreed([one(5.0, 0.07)], 0.0)
    assert found.t_s == pytest.approx(5.0, abs=0.003)
    assert found.u_s == pytest.approx(0.07, rel=0.02)


@given(st.floats(-0.1, 0.1), st.floats(0.04, 0.12), st.floats(0.04, 0.12))
def test_two_sure_cues_are_weighted_by_their_squares(apart: float, a: float, b: float) -> None:
    found = agreed([one(3.0, a), one(3.0 + apart, b)], 0.0)
    share = a**2 / (a**2 + b**2)
    assert found.t_s == pytest.approx(3.0 + share * apart, abs=0.004)
    assert found.u_s == pytest.approx(a * b / np.hypot(a, b), rel=0.05)


def test_contradiction_widens_and_doubt_says_who_is_wrong() -> None:
    near = agreed([one(3.0, 0.07), one(3.02, 0.09, 0.35)], 0.0)
    apart = agreed([one(3.0, 0.07), one(3.25, 0.09, 0.35)], 0.0)
    far = agreed([one(3.0, 0.07), one(3.5, 0.09, 0.35)], 0.0)
    assert apart.u_s > 1.3 * near.u_s
    assert far.t_s == pytest.approx(3.0, abs=0.02)
    assert apart.t_s < 3.125


def test_candidates_count_by_their_weight() -> None:
    cue = Cue(np.array([2.0, 2.2]), np.array([3.0, 1.0]), 0.05, 0.0)
    assert agreed([cue], 0.0).t_s == pytest.approx(2.05, abs=0.004)
    assert cue.chance(np.array([2.0]))[0] > 2.5 * cue.chance(np.array([2.2]))[0]


def test_nothing_is_possible_before_the_begin() -> None:
    found = agreed([one(1.95, 0.08)], 2.0)
    assert 2.0 < found.t_s < 2.1
    assert found.u_s < 0.08


@given(st.floats(-1e3, 1e5))
def test_the_clock_does_not_matter(shift_s: float) -> None:
    cues = [one(3.0 + shift_s, 0.07, 0.05), one(3.1 + shift_s, 0.09, 0.35)]
    here, there = agreed([one(3.0, 0.07, 0.05), one(3.1, 0.09, 0.35)], 0.0), agreed(cues, shift_s)
    assert there.t_s - shift_s == pytest.approx(here.t_s, abs=1e-3)
    assert there.u_s == pytest.approx(here.u_s, abs=1e-3)
