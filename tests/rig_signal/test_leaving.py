"""Cues of an instant that are combined: agreement narrows, contradiction widens, nothing happens before the begin."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig_signal.leaving import Cue, agreed, left_at, one
from rig_signal.stepping import Sign, Trunk, trunk_of
from rig_signal.timebase import GRAVITY, Uniform
from rig_signal.types import Array, Moment


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


TIME_S = np.arange(0, 12, 0.01)


def bump(at_s: float, width_s: float, size: float = 1.0) -> Array:
    return np.asarray(size * np.exp(-0.5 * ((TIME_S - at_s) / width_s) ** 2), dtype=np.float64)


def felt(quick: Array, landing: Array, jump: Array | None = None, carried_m: float = 0.0, at_s: float = 6.3) -> Trunk:
    """A trunk that felt these, its pelvis carried so far within 0.3 s."""
    still, s = np.zeros(len(TIME_S)), np.clip((TIME_S - at_s + 0.3) / 0.3, 0, 1)
    path = carried_m * s**3 * (10 - 15 * s + 6 * s**2)
    linear = np.array([np.gradient(np.gradient(path, TIME_S), TIME_S), still, still])
    trunk = Trunk(100.0, TIME_S, linear, np.zeros_like(linear))
    vars(trunk).update(quick=quick, landing=landing, jump=still + 1e-3 if jump is None else jump)  # not from samples
    return trunk


def left_s(trunk: Trunk, at_s: float, *, landed: bool = True) -> float:
    return left_at(trunk, Sign(round(at_s * 100), landed), 1.0).t_s


def pushed(at_s: float) -> Array:
    """A quick movement that begins suddenly and lasts half a second."""
    return np.where(np.abs(TIME_S - at_s - 0.25) < 0.25, 1.0, 0.01)


def test_a_single_shake_is_the_landing_one_swing_later() -> None:
    """Whatever was pushed before: a fall that was caught."""
    for push_s in (5.6, 5.8, 6.0):
        found = left_at(felt(pushed(push_s), bump(6.3, 0.02)), Sign(627, landed=True), 1.0)
        assert found.t_s == pytest.approx(6.0, abs=0.03)
        assert found.u_s < 0.15


def test_where_shakes_are_spread_the_push_tells() -> None:
    shakes = bump(6.0, 0.02) + bump(6.3, 0.02)
    early, late = (left_s(felt(pushed(at), shakes), 5.97) for at in (5.9, 6.0))
    assert late - early == pytest.approx(0.1, abs=0.03)


def carried(far_m: float, push_s: float = 5.5, noticed: Moment | None = None) -> Moment:
    """When the foot left that landed once, at 6.3 s, and carried the pelvis so far."""
    trunk = felt(pushed(push_s), bump(6.3, 0.02), carried_m=far_m)
    return left_at(trunk, Sign(627, landed=True), 1.0, noticed=noticed)


def test_a_step_that_carries_the_pelvis_further_takes_longer() -> None:
    short, near, far, farthest = (carried(d).t_s for d in (0.0, 0.06, 0.17, 0.6))
    assert near == pytest.approx(short, abs=0.01)
    assert short - far == pytest.approx(0.25, abs=0.02)
    assert short - farthest == pytest.approx(0.30, abs=0.02)


def test_a_landing_says_more_of_a_short_step_than_of_a_long_one() -> None:
    """How long a foot flies differs little between bodies that hardly step, much between those that stride."""
    short, near, far = (
        carried(d, push_s=6.0, noticed=Moment(6.3 - swing_s, 0.07)).u_s
        for d, swing_s in ((0.0, 0.30), (0.06, 0.30), (0.17, 0.55))
    )
    assert near == pytest.approx(short, abs=0.001)
    assert 0.03 < short < 0.04
    assert far > 1.2 * short


def test_a_step_without_a_landing_is_at_the_jump_of_the_pressure() -> None:
    quick, silent = bump(6.2, 0.25, 0.5), np.full(len(TIME_S), 1e-3)
    early, late = (left_s(felt(quick, silent, bump(at, 0.05, 0.5)), 6.3, landed=False) for at in (6.0, 6.06))
    assert 0.02 < late - early < 0.06


def test_the_second_foot_may_be_the_one_that_is_felt() -> None:
    first, second = pushed(6.0), bump(6.75, 0.04, 1.3)
    silent = np.full(len(TIME_S), 1e-3)
    jumps = bump(6.0, 0.04, 0.5) + bump(6.7, 0.04, 0.4)
    assert left_s(felt(first + second, silent, jumps), 6.75, landed=False) < 6.3


def a_push(noise: float, seed: int = 0) -> float:
    """When the foot left, by a quick movement out of a noisy stand."""
    rng = np.random.default_rng(seed)
    acc = np.array([0.0, 0.0, GRAVITY]) + rng.normal(0, noise, (len(TIME_S), 3))
    acc[:, 0] += np.where((TIME_S > 6) & (TIME_S < 6.4), 0.8 * np.sin(2 * np.pi * (TIME_S - 6) / 0.4), 0.0)
    gyr = rng.normal(0, noise / 5, (len(TIME_S), 3))
    body = Uniform(0.0, 100.0, acc, gyr, np.zeros(len(TIME_S), dtype=np.bool_))
    return left_at(trunk_of(body), Sign(630, landed=False), 1.0).t_s


def test_noise_does_not_begin_a_step() -> None:
    quiet = a_push(0.001)
    noisy = np.array([a_push(0.2, seed) for seed in range(40)])
    assert np.abs(noisy - quiet).max() < 0.06
