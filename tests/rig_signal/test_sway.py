"""Sway against the authors' force-plate figures, closed forms and rotations."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import f

from rig_signal import sway
from rig_signal.types import Array, SignalError

RATE = 100.0


def circle(radius: float, frequency_hz: float, seconds: float) -> Array:
    angle = 2 * math.pi * frequency_hz * np.arange(round(seconds * RATE)) / RATE
    return radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)


def wander(seed: int, seconds: float = 10.0) -> Array:
    rng = np.random.default_rng(seed)
    steps = rng.normal(0, 0.01, (round(seconds * RATE), 2)) * [1.0, 0.4]
    return np.cumsum(steps, axis=0) * np.exp(-np.linspace(0, 1, len(steps)))[:, None]


def cop_trials(root: Path) -> list[tuple[Array, dict[str, float]]]:
    trials = []
    for folder in sorted((root / "bds_sway").iterdir()):
        if (folder / "truth.json").exists():
            with np.load(folder / "cop.npz") as z:
                xy = np.stack([z["cop_x_ucm"], z["cop_y_ucm"]], axis=1) / 1e6
            trials.append((xy, json.loads((folder / "truth.json").read_text(encoding="utf-8"))["values"]))
    return trials


@pytest.mark.shared
def test_force_plate_figures_equal_the_authors(shared_data: Path) -> None:
    trials = cop_trials(shared_data)
    assert len(trials) >= 100
    for xy, truth in trials:
        assert sway.mean_velocity(xy, RATE) == pytest.approx(truth["COPvelo_cm_s"], rel=1e-9)
        assert sway.ellipse_area_95(xy) == pytest.approx(truth["COParea_cm2"], rel=1e-9)


def test_mean_velocity_divides_by_n_samples() -> None:
    assert sway.mean_velocity(np.array([[0.0, 0.0], [3.0, 4.0]]), 10.0) == pytest.approx(25.0)


def test_ellipse_holds_95_percent_of_the_next_samples() -> None:
    rng = np.random.default_rng(1)
    inside = 0
    for _ in range(4000):
        xy = rng.normal(size=(8, 2)) @ np.array([[2.0, 0.5], [0.0, 0.7]])
        area = sway.ellipse_area_95(xy)
        covariance = np.cov(xy, rowvar=False)
        squared_radius = area / (math.pi * math.sqrt(np.linalg.det(covariance)))
        away = rng.normal(size=2) @ np.array([[2.0, 0.5], [0.0, 0.7]]) - xy.mean(axis=0)
        inside += bool(away @ np.linalg.solve(covariance, away) <= squared_radius)
    assert inside / 4000 == pytest.approx(0.95, abs=0.012)


@pytest.mark.parametrize("n", [3, 4, 10, 1000])
def test_ellipse_is_that_of_fishers_quantile(n: int) -> None:
    xy = np.random.default_rng(n).normal(size=(n, 2)) @ np.array([[2.0, 0.5], [0.0, 0.7]])
    wide = 2 * (n - 1) * (n + 1) / (n * (n - 2)) * f.ppf(0.95, 2, n - 2)
    area = math.pi * wide * math.sqrt(np.linalg.det(np.cov(xy, rowvar=False)))
    assert sway.ellipse_area_95(xy) == pytest.approx(area, rel=1e-10)


def test_circle_has_its_closed_form_measures() -> None:
    radius, frequency, seconds = 0.3, 0.5, 40.0
    m = sway.isway(circle(radius, frequency, seconds), RATE)
    omega = 2 * math.pi * frequency
    assert m.rms_m_s2 == pytest.approx(radius, rel=0.01)
    assert m.dist_m_s2 == pytest.approx(radius, rel=0.01)
    assert m.range_m_s2 == pytest.approx(2 * radius, rel=0.01)
    assert m.path_m_s2 == pytest.approx(omega * radius * seconds, rel=0.01)
    assert m.mf_hz == pytest.approx(frequency, rel=0.01)
    assert m.jerk_m2_s5 == pytest.approx(0.5 * (omega * radius) ** 2 * seconds, rel=0.01)
    assert m.area_m2_s5 == pytest.approx(0.5 * omega * radius**2, rel=0.01)
    assert m.mv_m_s == pytest.approx(radius / omega, rel=0.02)
    assert m.ellipse_m2_s4 == pytest.approx(math.pi * radius**2 / 2 * 2 * 2.995732, rel=0.01)
    assert not m.exploratory


def test_low_pass_keeps_sway_and_drops_tremor() -> None:
    calm = sway.isway(circle(0.2, 0.5, 20), RATE)
    shaky = sway.isway(circle(0.2, 0.5, 20) + circle(0.3, 9.0, 20), RATE)
    assert shaky.rms_m_s2 == pytest.approx(calm.rms_m_s2, rel=0.01)
    unfiltered = 0.5 * (2 * math.pi * 9.0 * 0.3) ** 2 * 20
    assert shaky.jerk_m2_s5 - calm.jerk_m2_s5 < 0.001 * unfiltered


@given(st.integers(0, 10_000), st.floats(0, 2 * math.pi))
def test_axes_may_be_rotated_in_the_horizontal_plane(seed: int, angle: float) -> None:
    turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
    a, b = sway.isway(wander(seed), RATE), sway.isway(wander(seed) @ turn, RATE)
    for name in ("rms_m_s2", "jerk_m2_s5", "dist_m_s2", "path_m_s2", "mv_m_s", "mf_hz", "area_m2_s5", "ellipse_m2_s4"):
        assert getattr(a, name) == pytest.approx(getattr(b, name), rel=1e-6, abs=1e-9), name
    assert a.range_m_s2 == pytest.approx(b.range_m_s2, rel=2e-4)


@given(st.integers(0, 10_000), st.floats(0.1, 10.0))
def test_measures_scale_by_their_units(seed: int, k: float) -> None:
    a, b = sway.isway(wander(seed), RATE), sway.isway(k * wander(seed), RATE)
    assert b.rms_m_s2 == pytest.approx(k * a.rms_m_s2)
    assert b.jerk_m2_s5 == pytest.approx(k**2 * a.jerk_m2_s5)
    assert b.area_m2_s5 == pytest.approx(k**2 * a.area_m2_s5)
    assert b.mf_hz == pytest.approx(a.mf_hz)


@given(st.integers(0, 10_000))
def test_horizontal_forgets_how_the_sensor_is_mounted(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    rotation *= np.sign(np.linalg.det(rotation))
    acc = np.column_stack([wander(seed), np.full(1000, 9.81)])
    a, b = sway.isway(sway.horizontal(acc), RATE), sway.isway(sway.horizontal(acc @ rotation), RATE)
    assert a.rms_m_s2 == pytest.approx(b.rms_m_s2, rel=1e-6)
    assert a.ellipse_m2_s4 == pytest.approx(b.ellipse_m2_s4, rel=1e-6)


def test_still_sensor_has_no_sway() -> None:
    m = sway.isway(np.zeros((1000, 2)), RATE)
    assert (m.rms_m_s2, m.path_m_s2, m.mf_hz, m.ellipse_m2_s4) == (0.0, 0.0, 0.0, 0.0)
    assert m.exploratory


@pytest.mark.parametrize(
    ("xy", "rate", "says"),
    [
        (np.zeros((1000, 3)), RATE, r"shape \(n, 2\)"),
        (np.zeros((150, 2)), RATE, "too few"),
        (np.full((1000, 2), np.nan), RATE, "sample 0 is not finite"),
        (np.zeros((1000, 2)), 6.0, "too slow"),
    ],
)
def test_bad_input_is_refused_in_words(xy: Array, rate: float, says: str) -> None:
    with pytest.raises(SignalError, match=says):
        sway.isway(xy, rate)


def test_gravity_must_be_there() -> None:
    with pytest.raises(SignalError, match="no mean direction"):
        sway.horizontal(np.zeros((500, 3)))


@pytest.mark.shared
def test_swaying_on_purpose_is_an_order_above_quiet(shared_data: Path) -> None:
    def rms(trial: str) -> float:
        with np.load(shared_data / "belt_sway" / trial / "waist.npz") as z:
            acc = np.stack([z["acc_" + a] for a in "xyz"], axis=1).astype(float)
        return sway.isway(sway.horizontal(acc), 128.0).rms_m_s2

    assert min(rms(f"int{i}") for i in (1, 2, 3)) > 10 * rms("q1")
