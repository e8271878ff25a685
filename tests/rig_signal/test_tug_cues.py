"""Signs of limbs: what is too early, too faint or at the edge of a window makes no difference."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig_signal.motion import smooth
from rig_signal.tug_cues import changes, changes_at_last, peaks, smooth_peaks
from rig_signal.types import Array

USUAL = 1.0
SECOND = 100.0
REACH = 2 * SECOND


def rise(rest: int, moving: int, still: float = 0.01) -> Array:
    """How lively a limb is that rests and then moves like its owner's walk."""
    return np.concatenate([np.full(rest, still), np.full(moving, USUAL)])


def bump(n: int, at: float, height: float = 1.0, width: float = 8.0) -> Array:
    return np.asarray(height * np.exp(-(((np.arange(n) - at) / width) ** 2)), dtype=np.float64)


@given(rest=st.integers(300, 2000), moving=st.integers(60, 120))
def test_a_level_changes_where_rest_ends(rest: int, moving: int) -> None:
    assert changes_at_last(rise(rest, moving), USUAL, REACH) == pytest.approx(rest, abs=0.1 * SECOND)


@given(ends=st.integers(0, 650), lasts=st.integers(50, 400))
def test_who_fidgets_earlier_than_a_rise_reaches_has_not_begun(ends: int, lasts: int) -> None:
    calm = rise(1000, 90)
    fidgets = calm.copy()
    fidgets[max(0, ends - lasts) : ends] = 0.6
    assert changes_at_last(fidgets, USUAL, REACH) == changes_at_last(calm, USUAL, REACH)


def test_a_whole_recording_would_take_the_fidget_for_the_start() -> None:
    fidgets = rise(1000, 90)
    fidgets[300:650] = 0.6
    assert changes(fidgets, USUAL) < 400


@given(noise=st.floats(0.0, 0.01))
def test_a_sensor_s_noise_is_rest(noise: float) -> None:
    """Rest that is louder, but far below the walk, moves the change by less than a hundredth of a second."""
    slope = np.concatenate([np.zeros(300), np.linspace(0, USUAL, 60), np.full(40, USUAL)])
    noisy = np.hypot(slope, noise)
    assert changes_at_last(noisy, USUAL, REACH) == pytest.approx(
        changes_at_last(slope, USUAL, REACH), abs=0.01 * SECOND
    )


def test_too_short_for_a_change_is_its_first_sample() -> None:
    assert changes_at_last(np.ones(1), USUAL, REACH) == 0.0


@given(until=st.floats(240.0, 360.0))
def test_a_peak_at_the_edge_of_a_window_fades(until: float) -> None:
    """As the window grows by a sample, no peak is found of a sudden."""
    x = bump(600, 200.0) + bump(600, 300.0, 1.2)
    moved = peaks(x, 100.0, until + 0.5, 20.0) - peaks(x, 100.0, until, 20.0)
    assert 0.0 <= moved + 1e-6 < 25.0


@given(shift=st.integers(-20, 20))
def test_a_peak_well_inside_is_where_it_is(shift: int) -> None:
    assert peaks(bump(600, 200.0 + shift), 100.0, 300.0, 20.0) == pytest.approx(200 + shift, abs=0.1)


def test_what_lies_outside_does_not_count() -> None:
    assert peaks(bump(600, 200.0) + bump(600, 330.0, 5.0, 4.0), 100.0, 300.0, 20.0) == pytest.approx(200, abs=0.1)


def test_where_nothing_lies_between_it_is_the_first() -> None:
    assert peaks(bump(100, 50.0), 150.0, 180.0, 20.0) == 150.0
    assert peaks(bump(100, 50.0), -30.0, -20.0, 4.0) == 0.0


@given(
    at=st.integers(-20, 620),
    since=st.floats(-100.0, 700.0),
    lasts=st.floats(-20.0, 300.0),
    cutoff_hz=st.floats(0.5, 10.0),
    fade=st.floats(4.0, 40.0),
)
def test_what_is_smoothed_near_a_window_is_as_if_all_were(
    at: int, since: float, lasts: float, cutoff_hz: float, fade: float
) -> None:
    x = bump(600, at) + bump(600, at + 90, -3.0) + bump(600, 300.0, 0.3, 200.0)
    whole = peaks(smooth(x, SECOND, cutoff_hz), since, since + lasts, fade)
    assert smooth_peaks(x, SECOND, cutoff_hz, since, since + lasts, fade) == pytest.approx(whole, abs=1e-6)


def test_where_nothing_is_positive_it_is_the_middle() -> None:
    assert peaks(-bump(100, 25.0), 20.0, 60.0, 10.0) == pytest.approx(40.0, abs=1.0)
