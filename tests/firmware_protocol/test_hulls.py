"""Lines around clouds of points, against their definition."""

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol.hulls import Corridor, Floats, _low_points, lower_hull, upper_hull

LIMIT = 0.5

coordinates = st.integers(-50, 50).map(lambda n: n / 4)
clouds = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=12).map(
    lambda points: np.array(points, dtype=np.float64)
)


def on(hull: Floats, x: Floats) -> Floats:
    return np.interp(x, hull[:, 0], hull[:, 1])


@given(clouds)
def test_a_lower_hull_is_below_all_points_convex_and_made_of_them(points: Floats) -> None:
    hull = lower_hull(points[:, 0], points[:, 1])
    assert np.all(on(hull, points[:, 0]) <= points[:, 1] + 1e-9)
    assert {tuple(corner) for corner in hull.tolist()} <= {tuple(point) for point in points.tolist()}
    slopes = np.diff(hull[:, 1]) / np.diff(hull[:, 0])
    assert np.all(np.diff(slopes) > 0)


@given(clouds)
def test_an_upper_hull_is_a_lower_one_upside_down(points: Floats) -> None:
    hull = upper_hull(points[:, 0], points[:, 1])
    assert np.all(on(hull, points[:, 0]) >= points[:, 1] - 1e-9)


def corridor(low: Floats, high: Floats) -> Corridor:
    return Corridor.between(upper_hull(low[:, 0], low[:, 1]), lower_hull(high[:, 0], high[:, 1]), LIMIT)


def lines(low: Floats, high: Floats, slope: float) -> tuple[float, float]:
    """Intercepts by definition: above all low points, below all high ones."""
    return float(np.max(low[:, 1] - slope * low[:, 0])), float(np.min(high[:, 1] - slope * high[:, 0]))


@given(clouds, clouds, st.floats(-LIMIT, LIMIT))
def test_floor_and_ceiling_are_those_of_the_points_at_every_slope(low: Floats, high: Floats, slope: float) -> None:
    found = corridor(low, high)
    floor, ceiling = lines(low, high, slope)
    assert np.interp(slope, found.slope, found.floor) == pytest.approx(floor, abs=1e-9)
    assert np.interp(slope, found.slope, found.ceiling) == pytest.approx(ceiling, abs=1e-9)
    assert found.slope[0] == -LIMIT
    assert found.slope[-1] == LIMIT


@given(clouds, clouds)
def test_the_open_part_is_where_a_line_fits_and_ends_where_it_just_does(low: Floats, high: Floats) -> None:
    found = corridor(low, high).open_part()
    grid = np.linspace(-LIMIT, LIMIT, 201)
    fits = np.array([floor <= ceiling for floor, ceiling in (lines(low, high, s) for s in grid)])
    if found is None:
        assert not np.any(fits)
        return
    inside = (grid >= found.slope[0] - 1e-9) & (grid <= found.slope[-1] + 1e-9)
    width = np.array([np.subtract(*lines(low, high, s)[::-1]) for s in grid])
    assert np.all(fits <= inside)
    assert np.all(width[inside] >= -1e-6)
    for end in (0, -1):
        floor, ceiling = lines(low, high, float(found.slope[end]))
        assert (found.floor[end], found.ceiling[end]) == pytest.approx((floor, ceiling), abs=1e-9)
        assert abs(found.slope[end]) == LIMIT or ceiling - floor == pytest.approx(0, abs=1e-6)


def test_the_open_part_is_cut_at_both_ends() -> None:
    # Lines above (0, 0) and below (-10, 1) and (10, 1); at the corners next to the cuts they miss by less than 1.
    low, high = np.array([[-10.0, -1.5], [0.0, 0.0], [10.0, -1.5]]), np.array([[-10.0, 1.0], [10.0, 1.0]])
    found = corridor(low, high).open_part()
    assert found is not None
    assert found.slope[[0, -1]].tolist() == pytest.approx([-0.1, 0.1])


def test_lines_that_just_do_not_fit_leave_nothing_open() -> None:
    assert corridor(np.array([[0.0, 0.5]]), np.array([[0.0, 0.0]])).open_part() is None


def test_halfway_leans_towards_either_line_and_never_beyond() -> None:
    lines = Corridor(np.array([-1.0, 0.0, 1.0]), np.array([0.0, 2.0, 8.0]), np.array([4.0, 3.0, 4.0]))
    assert lines.midway(0.0).tolist() == [2, 2.5, 6]
    assert lines.midway(0.75).tolist() == [2.75, 3, 6]
    assert lines.midway(-9.0).tolist() == [0, 2, 6]


def test_lines_at_other_slopes_lie_between_their_neighbours() -> None:
    lines = Corridor(np.array([-1.0, 0.0, 1.0]), np.array([0.0, 2.0, 8.0]), np.array([4.0, 3.0, 4.0]))
    found = lines.at(np.array([-0.5, 0.0, 0.25]))
    assert found.slope.tolist() == [-0.5, 0, 0.25]
    assert (found.floor.tolist(), found.ceiling.tolist()) == ([1, 2, 3.5], [3.5, 3, 3.25])


def test_the_level_slope_is_always_among_the_corners() -> None:
    level = corridor(np.array([[0.0, 0.0]]), np.array([[0.0, 1.0]]))
    assert level.slope.tolist() == [-LIMIT, 0.0, LIMIT]


def test_a_corridor_cannot_be_changed_and_equals_itself_only() -> None:
    first, second = (corridor(np.array([[0.0, 0.0]]), np.array([[0.0, 1.0]])) for _ in range(2))
    with pytest.raises(FrozenInstanceError):
        first.slope = second.slope  # type: ignore[misc]  # frozen: that is the test
    assert not hasattr(first, "__dict__")
    assert first != second


def test_a_point_on_a_hulls_edge_is_no_corner() -> None:
    assert lower_hull(np.array([0.0, 1.0, 2.0, 3.0]), np.array([0.0, 1.0, 2.0, 9.0])).tolist() == [
        [0, 0],
        [2, 2],
        [3, 9],
    ]


def test_every_point_of_a_parabola_is_a_corner() -> None:
    x = np.arange(-3.0, 4.0)
    assert lower_hull(x, x**2).tolist() == np.column_stack([x, x**2]).tolist()


def test_points_that_hide_one_behind_the_other_are_no_corners() -> None:
    x = np.arange(22.0)
    y = np.where(x < 21, x**2, -100.0)
    assert lower_hull(x, y).tolist() == [[0, 0], [21, -100]]
    assert _low_points(x, y)[0].tolist() == [*range(15), 21]
    assert lower_hull(x, np.where(x < 21, x**2, 200.0))[:, 0].tolist() == [0, 1, 2, 3, 4, 5, 21]


def test_points_above_the_line_between_their_neighbours_are_left_out_before_the_walk() -> None:
    x, y = _low_points(np.arange(5.0), np.array([0.0, 1.0, 0.0, 1.0, 0.0]))
    assert list(zip(x.tolist(), y.tolist(), strict=True)) == [(0, 0), (2, 0), (4, 0)]
