from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig_signal.timebase import join_clocks, regularise, touches_gap
from rig_signal.types import Array, Imu, SignalError

GRAVITY = 9.80665


def body_sway(time_s: Array) -> Array:
    """Specific force of a sensor that tilts slowly by some degrees, in an attitude of its own."""
    tilt = 0.05 * np.sin(2 * np.pi * 0.8 * time_s)
    return GRAVITY * np.stack([np.sin(tilt), 0 * tilt + 0.1, np.sqrt(0.99 - np.sin(tilt) ** 2)], axis=1)


def recording(rate_hz: float = 100.0, seconds: float = 10.0, start_s: float = 3.0) -> Imu:
    time_s = start_s + np.arange(round(seconds * rate_hz)) / rate_hz
    rng = np.random.default_rng(1)
    noise = rng.normal(0, 0.01, (len(time_s), 3))
    rates = np.stack([np.cos(time_s), 0 * time_s, np.sin(time_s)], axis=1)
    return Imu(time_s, body_sway(time_s) + noise, rates + noise)


@given(rate_hz=st.floats(25, 400), start_s=st.floats(-1e4, 1e4))
def test_any_rate_becomes_the_asked_one(rate_hz: float, start_s: float) -> None:
    taken = recording(rate_hz, start_s=start_s)
    u = regularise(taken)
    assert u.rate_hz == 100.0
    assert u.start_s == start_s
    assert u.time_s[-1] == pytest.approx(taken.time_s[-1], abs=0.0101)
    assert u.gyr is not None
    assert np.allclose(u.acc, body_sway(u.time_s), atol=0.06)
    assert np.allclose(u.gyr[:, 0], np.cos(u.time_s), atol=0.06)
    assert not u.bridged.any()
    assert u.flags == ()


def test_what_the_result_cannot_hold_is_filtered_out() -> None:
    time_s = np.arange(4000) / 400
    hum = 2.0 * np.sin(2 * np.pi * 90 * time_s)
    u = regularise(Imu(time_s, body_sway(time_s) + hum[:, None]))
    assert np.abs(u.acc - body_sway(u.time_s))[10:-10].max() < 0.02


def test_filtering_does_not_delay() -> None:
    time_s = np.arange(4000) / 400
    pulse = np.exp(-(((time_s - 5.0) / 0.05) ** 2))
    u = regularise(Imu(time_s, body_sway(time_s) + np.stack([pulse, 0 * pulse, 0 * pulse], axis=1)))
    bump = (u.acc - body_sway(u.time_s))[:, 0]
    assert u.time_s[np.argmax(bump)] == pytest.approx(5.0, abs=0.005)


def test_gaps_are_bridged_and_named() -> None:
    full = recording()
    keep = np.ones(len(full.time_s), dtype=bool)
    keep[300:320] = keep[600:700] = False
    assert full.gyr is not None
    u = regularise(Imu(full.time_s[keep], full.acc[keep], full.gyr[keep]))
    assert [round(b - a, 2) for a, b in u.gaps] == [0.21, 1.01]
    assert u.bridged.sum() == pytest.approx(120, abs=3)
    assert u.flags == ("long_gap",)
    assert touches_gap(u, 9.5, 12.0)
    assert not touches_gap(u, 3.0, 8.9)
    assert touches_gap(u, 5.0, 8.0, longer_than_s=0.2)


def test_short_gaps_alone_are_no_flag() -> None:
    full = recording()
    keep = np.ones(len(full.time_s), dtype=bool)
    keep[300:340] = False
    assert regularise(Imu(full.time_s[keep], full.acc[keep])).flags == ()


@given(shift_s=st.floats(-1e5, 1e5))
def test_where_the_clock_began_does_not_decide_what_was_invented(shift_s: float) -> None:
    """Stamps of whole milliseconds often meet the grid, and gaps of two and a half periods the limit."""
    step_s = np.random.default_rng(3).choice([0.005, 0.010, 0.025, 0.026, 0.040], 400, p=[0.3, 0.4, 0.1, 0.1, 0.1])
    time_s = np.round(np.cumsum(step_s), 3)
    taken = Imu(time_s, body_sway(time_s), body_sway(time_s))
    here, there = regularise(taken), regularise(replace(taken, time_s=time_s + shift_s))
    assert len(here.gaps) == len(there.gaps) == np.count_nonzero(step_s > 0.0255) > 50
    assert np.array_equal(here.bridged, there.bridged)
    assert np.allclose(here.acc, there.acc, atol=1e-6)


def test_a_sample_at_the_end_of_a_gap_was_taken() -> None:
    full = recording(start_s=0.0)
    keep = np.ones(len(full.time_s), dtype=bool)
    keep[300:320] = False
    u = regularise(Imu(full.time_s[keep], full.acc[keep]))
    assert np.array_equal(np.flatnonzero(u.bridged), np.arange(300, 320))


def test_samples_of_one_stamp_are_averaged() -> None:
    full = recording()
    time_s = full.time_s.copy()
    time_s[1::2] = time_s[::2]
    u = regularise(Imu(time_s, full.acc))
    assert np.allclose(u.acc, body_sway(u.time_s + 0.005), atol=0.06)


def test_separate_clocks_are_joined() -> None:
    full = recording()
    assert full.gyr is not None
    gyr_time_s = np.arange(2.0, 12.0, 1 / 87.0)
    gyr = np.stack([np.cos(gyr_time_s), 0 * gyr_time_s, 0 * gyr_time_s], axis=1)
    gyr_time_s, gyr = np.delete(gyr_time_s, slice(300, 350)), np.delete(gyr, slice(300, 350), axis=0)
    joined = join_clocks(full.time_s, full.acc, gyr_time_s, gyr)
    assert joined.gyr is not None
    assert joined.time_s[-1] <= 12.0
    assert np.allclose(joined.gyr[:, 0], np.cos(joined.time_s), atol=1e-3)
    assert regularise(joined).gaps[0] == pytest.approx((gyr_time_s[299], gyr_time_s[300]), abs=0.02)


def test_clocks_without_overlap_are_refused() -> None:
    full = recording()
    with pytest.raises(SignalError, match=r"do not overlap"):
        join_clocks(full.time_s, full.acc, full.time_s + 100, full.acc)


@pytest.mark.parametrize(
    ("factor", "says"),
    [
        (1 / GRAVITY, r"looks like g: multiply by 9.80665"),
        (100.0, r"looks like cm/s²: divide by 100"),
        (1000 / GRAVITY, r"looks like mg"),
        (1.06, r"10\.\d+ m/s², off 9.81 by \+6\.\d%"),
        (0.94, r"9\.\d+ m/s², off 9.81 by -6\.\d%"),
    ],
)
def test_a_wrong_scale_is_refused_with_the_figure(factor: float, says: str) -> None:
    full = recording()
    with pytest.raises(SignalError, match=says):
        regularise(Imu(full.time_s, full.acc * factor))


@pytest.mark.parametrize("factor", [0.96, 1.04])
def test_a_scale_within_five_percent_passes(factor: float) -> None:
    full = recording()
    assert regularise(Imu(full.time_s, full.acc * factor)).flags == ()


def test_an_offset_seen_in_one_attitude_is_no_wrong_scale() -> None:
    time_s = np.arange(2000) / 100
    up = np.where((time_s < 14)[:, None], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0])
    u = regularise(Imu(time_s, GRAVITY * up + np.array([0.0, 0.0, 0.6])))
    assert "scale_unchecked" not in u.flags


def test_a_recording_without_rest_is_flagged() -> None:
    time_s = np.arange(2000) / 100
    shaken = body_sway(time_s) + 3 * np.sin(2 * np.pi * 2 * time_s)[:, None]
    assert "scale_unchecked" in regularise(Imu(time_s, shaken)).flags


def test_rates_in_degrees_are_refused() -> None:
    full = recording()
    assert full.gyr is not None
    with pytest.raises(SignalError, match=r"looks like deg/s"):
        regularise(Imu(full.time_s, full.acc, full.gyr * 180 / np.pi))


def test_clipping_is_flagged() -> None:
    full = recording()
    acc = full.acc.copy()
    acc[400:420, 0] += 20 * np.sin(np.linspace(0, np.pi, 20))
    assert "clipped" not in regularise(Imu(full.time_s, acc)).flags
    assert "clipped" in regularise(Imu(full.time_s, np.minimum(acc, 15.0))).flags


def test_a_stuck_axis_is_flagged() -> None:
    full = recording()
    assert full.gyr is not None
    gyr = full.gyr.copy()
    gyr[200:400, 0] = gyr[200, 0]
    assert "stuck_axis" in regularise(Imu(full.time_s, full.acc, gyr)).flags
    assert "stuck_axis" in regularise(Imu(full.time_s, full.acc, 0 * full.gyr)).flags


def test_a_coarse_sensor_at_rest_is_not_stuck() -> None:
    time_s = np.arange(1000) / 100
    acc = np.where((time_s < 5)[:, None], [0.0, 0.0, GRAVITY], body_sway(time_s))
    assert "stuck_axis" not in regularise(Imu(time_s, np.asarray(np.round(acc, 1), dtype=np.float64))).flags


def test_input_is_left_alone() -> None:
    full = recording()
    before = full.acc.copy()
    regularise(full)
    assert np.array_equal(before, full.acc)


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda t, a: (t[::-1], a), r"goes back in row 1 "),
        (lambda t, a: (t, np.where(np.arange(len(a))[:, None] == 17, np.nan, a)), r"acc in row 17 is no number"),
        (lambda t, a: (np.where(np.arange(len(t)) == 3, np.inf, t), a), r"time in row 3 is no number"),
        (lambda t, a: (t[:10], a[:10]), r"10 samples are too few"),
        (lambda t, a: (t, a[:-1]), r"expected \(1000,\) and \(1000, 3\)"),
        (lambda t, a: (0 * t, a), r"all samples carry the time"),
    ],
)
def test_what_cannot_be_repaired_is_refused_in_words(spoil: object, says: str) -> None:
    full = recording()
    assert callable(spoil)
    with pytest.raises(SignalError, match=says):
        regularise(Imu(*spoil(full.time_s, full.acc)))


def test_samples_of_one_stamp_weigh_alike() -> None:
    time_s = np.repeat(np.arange(100) / 50, 2)
    acc = np.tile([[0.0, 0.0, GRAVITY], [0.2, 0.0, GRAVITY]], (100, 1))
    assert np.allclose(regularise(Imu(time_s, acc)).acc[:, 0], 0.1, atol=1e-9)


def test_between_samples_runs_a_curve_and_across_a_long_gap_a_line() -> None:
    time_s = np.arange(0, 10, 0.02)
    swing = np.stack([np.sin(2 * np.pi * 3 * time_s), 0 * time_s, GRAVITY + 0 * time_s], axis=1)
    u = regularise(Imu(time_s, swing))
    assert np.abs(u.acc[:, 0] - np.sin(2 * np.pi * 3 * u.time_s))[5:-5].max() < 0.02
    kept = (time_s < 5.0) | (time_s > 5.3)
    across = regularise(Imu(time_s[kept], swing[kept]))
    bridge = across.acc[(across.time_s > 5.01) & (across.time_s < 5.29), 0]
    assert np.abs(np.diff(bridge, 2)).max() < 1e-9
