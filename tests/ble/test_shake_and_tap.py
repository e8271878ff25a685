"""Which sensor is shaken, and how far a sensor is behind the gates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter1d

from rig.devices.ble_shake import shaken
from rig.devices.ble_tap import align, knocks

PERIOD_NS = 1e9 / 104


def test_the_shaken_one_is_told_and_nothing_is_guessed() -> None:
    assert shaken({"a": 9.0, "b": 0.3, "c": 1.2}) == "a"
    assert shaken({"a": 2.0, "b": 0.1}) is None
    assert shaken({"a": 9.0, "b": 6.0}) is None
    assert shaken({"a": 9.0}) == "a"
    assert shaken({}) is None


def recording(delay_ns: float, count: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Times and accelerations of a waving hand that knocks (blows of 12 ms), and when it covered the beam."""
    rng = np.random.default_rng(seed)
    blows_ns = 1e9 * (1.0 + np.cumsum(rng.uniform(0.8, 1.6, count)))
    fine_ns = np.arange(0.0, blows_ns[-1] + 1e9, 1e6)
    acc = np.zeros((len(fine_ns), 3))
    acc[:, 2] = 9.80665 + 4 * np.sin(fine_ns / 1e9 * 2 * np.pi * 0.8)
    for blow in blows_ns:
        after = (fine_ns - blow) / 1e9
        acc[:, 0] += np.where((after >= 0) & (after < 0.012), 150 * np.sin(np.pi * after / 0.012), 0)
    felt = gaussian_filter1d(acc, 4.0, axis=0)  # as wide as the virtual lab's sensors (rig.virtual.imu.BANDWIDTH_S)
    sampled_ns = np.arange(rng.uniform(0, PERIOD_NS), fine_ns[-1], PERIOD_NS)
    samples = np.column_stack([np.interp(sampled_ns, fine_ns, felt[:, axis]) for axis in range(3)])
    samples += rng.normal(0, 0.05, samples.shape)
    return np.rint(sampled_ns + delay_ns).astype(np.int64), samples, np.rint(blows_ns).astype(np.int64)


@pytest.mark.parametrize("delay_ms", [-20.0, 0.0, 3.0, 12.0, 60.0])
def test_a_delay_is_found_within_its_uncertainty(delay_ms: float) -> None:
    errors = []
    for seed in range(12):
        t_ns, acc, beam_ns = recording(delay_ms * 1e6, 8, seed)
        found = align(knocks(t_ns, acc), beam_ns)
        assert found is not None
        assert found.knocks == 8
        assert found.residual_ns < PERIOD_NS
        errors.append(found.delay_ns / 1e6 - delay_ms)
    assert np.max(np.abs(errors)) < 1.0
    assert np.std(errors) < 0.1


@pytest.mark.parametrize("limit", [78.0, 50.0])
def test_a_blow_that_the_sensor_s_range_cuts_off_is_found_too(limit: float) -> None:
    t_ns, acc, beam_ns = recording(5e6, 8, 4)
    found = align(knocks(t_ns, np.clip(acc, -limit, limit)), beam_ns)
    assert found is not None
    assert found.knocks == 8
    assert abs(found.delay_ns - 5_000_000) < 3_000_000


def test_a_frame_that_rings_after_the_blow_changes_little() -> None:
    t_ns, acc, beam_ns = recording(5e6, 8, 5)
    for blow_ns in beam_ns:
        after = (t_ns - blow_ns - 17e6) / 1e9
        acc[:, 1] += np.where(after > 0, 30 * np.exp(-after / 0.03) * np.sin(2 * np.pi * 37 * after), 0)
    found = align(knocks(t_ns, acc), beam_ns)
    assert found is not None
    assert found.knocks == 8
    assert abs(found.delay_ns - 5_000_000) < 3_000_000


def test_a_knock_at_the_very_end_or_beginning_is_left_out() -> None:
    t_ns, acc, beam_ns = recording(0.0, 3, 6)
    for at in beam_ns[[0, -1]]:
        near = int(np.searchsorted(t_ns, at))
        for cut in range(-4, 8):
            assert len(knocks(t_ns[: near + cut], acc[: near + cut])) <= 3
            assert len(knocks(t_ns[max(near + cut, 0) :], acc[max(near + cut, 0) :])) <= 3


@given(shift=st.integers(-(10**15), 10**15))
def test_only_differences_count(shift: int) -> None:
    t_ns, acc, beam_ns = recording(5e6, 4, 1)
    assert align(knocks(t_ns + shift, acc), beam_ns + shift) == align(knocks(t_ns, acc), beam_ns)


def test_a_beam_crossed_without_a_blow_and_a_blow_beside_the_beam_do_not_count() -> None:
    t_ns, acc, beam_ns = recording(5e6, 6, 2)
    strange = np.sort(np.concatenate([beam_ns[1:], beam_ns[:1] + 110_000_000, beam_ns[-1:] + 500_000_000]))
    found = align(knocks(t_ns, acc), strange)
    assert found is not None
    assert found.knocks == 5
    assert abs(found.delay_ns - 5_000_000) < 4_000_000


def test_one_knock_or_none_says_nothing() -> None:
    t_ns, acc, beam_ns = recording(0.0, 1, 3)
    assert align(knocks(t_ns, acc), beam_ns) is None
    assert align(knocks(t_ns, acc * 0.1), beam_ns) is None
    assert align(knocks(t_ns, acc), beam_ns[:0]) is None
