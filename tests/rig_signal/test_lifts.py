"""Lifts of a virtual forearm: how many, however slow, shaky or worn; and what is none."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from rig_signal.lifts import count_lifts
from rig_signal.types import Array, Imu, SignalError

RATE_HZ = 104.0
ARM_M = 0.26
"""Elbow to wrist."""


def angles(
    lifts: int, period_s: float, peak_deg: float, *, rest_s: float = 1.5, tremor_deg: float = 0.0, hold_s: float = 0.0
) -> Array:
    """Degrees of the elbow at every sample: bent and stretched, smoothly, with a rest before and after."""
    n = round(period_s * RATE_HZ)
    bend = (1 - np.cos(2 * np.pi * np.arange(n) / n)) / 2 * peak_deg
    half = n // 2
    one = np.concatenate([bend[:half], np.full(round(hold_s * RATE_HZ), peak_deg), bend[half:]])
    rest = np.zeros(round(rest_s * RATE_HZ))
    way = np.concatenate([rest, *[one] * lifts, rest])
    moving = way > 0
    return np.asarray(way + moving * tremor_deg * np.sin(2 * np.pi * 5.0 * np.arange(len(way)) / RATE_HZ))


def worn(degrees: Array, *, mount: NDArray[np.float64] | None = None, noise: float = 0.02) -> Imu:
    """What a sensor at the wrist feels of an elbow that bends in a vertical plane; the upper arm hangs."""
    theta = np.radians(degrees)
    rate = np.gradient(theta) * RATE_HZ
    turn = np.gradient(rate) * RATE_HZ
    # Sensor's frame: x along the forearm to the hand, y across the plane, z at right angles; hanging, x points down.
    acc = np.stack(
        [
            -9.80665 * np.cos(theta) - ARM_M * rate**2,
            np.zeros_like(theta),
            9.80665 * np.sin(theta) + ARM_M * turn,
        ],
        axis=1,
    )
    gyr = np.stack([np.zeros_like(theta), -rate, np.zeros_like(theta)], axis=1)
    rng = np.random.default_rng(7)
    if mount is not None:
        rotation = Rotation.from_quat(mount)
        acc, gyr = rotation.apply(acc), rotation.apply(gyr)
    acc = acc + rng.normal(0, noise, acc.shape)
    gyr = gyr + rng.normal(0, noise / 10, gyr.shape)
    return Imu(np.arange(len(theta)) / RATE_HZ, acc, gyr)


@pytest.mark.parametrize(
    ("period_s", "peak_deg", "tremor_deg", "hold_s"),
    [
        (2.0, 110.0, 0.0, 0.0),
        (1.2, 90.0, 0.0, 0.0),
        (6.0, 80.0, 0.0, 0.0),
        (3.0, 70.0, 1.5, 0.0),
        (8.0, 60.0, 1.0, 1.0),
        (2.5, 130.0, 1.0, 0.5),
        (3.0, 45.0, 0.0, 0.0),
    ],
)
def test_lifts_are_counted_slow_or_quick_steady_or_shaky(
    period_s: float, peak_deg: float, tremor_deg: float, hold_s: float
) -> None:
    way = angles(10, period_s, peak_deg, tremor_deg=tremor_deg, hold_s=hold_s)
    found = count_lifts(worn(way))
    assert found.count == 10
    tops = 1.5 + (np.arange(10) + 0.5) * (period_s + hold_s)
    assert [lift.top_s for lift in found.lifts] == pytest.approx(tops.tolist(), abs=0.3 + hold_s)
    assert [lift.raised_deg for lift in found.lifts] == pytest.approx([peak_deg] * 10, abs=15)


@given(
    mount=st.lists(st.floats(-1, 1), min_size=4, max_size=4).filter(lambda q: sum(x * x for x in q) > 0.1),
    lifts=st.integers(0, 6),
)
def test_how_the_sensor_is_worn_does_not_matter(mount: list[float], lifts: int) -> None:
    assert count_lifts(worn(angles(lifts, 2.0, 90.0), mount=np.array(mount))).count == lifts


def test_what_was_counted_stays_counted_as_more_comes() -> None:
    imu = worn(angles(8, 2.4, 85.0))
    counts = []
    for seconds in range(4, 22):
        n = round(seconds * RATE_HZ)
        assert imu.gyr is not None
        counts.append(count_lifts(Imu(imu.time_s[:n], imu.acc[:n], imu.gyr[:n])).count)
    assert counts == sorted(counts)
    assert counts[-1] == 8


def test_small_swings_are_told_and_not_counted() -> None:
    found = count_lifts(worn(np.concatenate([angles(3, 2.0, 90.0), angles(2, 2.0, 25.0)])))
    assert found.count == 3
    assert "small_swings" in found.quality
    assert count_lifts(worn(angles(3, 2.0, 90.0))).quality == ()


def test_a_bottle_that_is_not_lowered_again_is_not_counted_yet() -> None:
    way = angles(2, 2.0, 90.0)
    up = 90 * (1 - np.cos(np.pi * np.arange(round(RATE_HZ)) / RATE_HZ)) / 2
    assert count_lifts(worn(np.concatenate([way, up, np.full(200, 90.0)]))).count == 2


def test_rest_tremor_and_shaking_are_no_lifts() -> None:
    assert count_lifts(worn(np.zeros(1000))).count == 0
    shaking = 2 * np.sin(2 * np.pi * 5.0 * np.arange(1000) / RATE_HZ)
    assert count_lifts(worn(shaking)).count == 0


def test_a_forearm_that_trembles_about_its_own_axis_does_not_lift() -> None:
    """Held out level, turned by 12 degrees to both sides five times a second: no way for the wrist, all for gravity."""
    t = np.arange(1000) / RATE_HZ
    phi = np.radians(12) * np.sin(2 * np.pi * 5 * t) * (t > 1)
    acc = 9.80665 * np.stack([np.zeros_like(t), np.sin(phi), np.cos(phi)], axis=1)
    acc += np.random.default_rng(3).normal(0, 0.02, acc.shape)
    gyr = np.stack([np.gradient(phi) * RATE_HZ, np.zeros_like(t), np.zeros_like(t)], axis=1)
    gyr += np.random.default_rng(4).normal(0, 0.002, gyr.shape)
    found = count_lifts(Imu(t, acc, gyr))
    assert (found.count, found.quality) == (0, ())


def test_an_arm_that_moves_at_the_start_is_told() -> None:
    way = angles(3, 2.0, 90.0, rest_s=0.0)
    assert "unquiet_start" in count_lifts(worn(way)).quality


def test_what_cannot_be_counted_is_refused() -> None:
    imu = worn(angles(2, 2.0, 90.0))
    with pytest.raises(SignalError, match="gyroscope"):
        count_lifts(Imu(imu.time_s, imu.acc))
    with pytest.raises(SignalError):
        count_lifts(Imu(np.arange(5) / RATE_HZ, np.tile([0.0, 0.0, 9.81], (5, 1))))
