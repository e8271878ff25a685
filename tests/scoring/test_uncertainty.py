"""Probabilities of points, totals and categories, against closed forms, quadrature and random draws."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from rig.scoring import Assessment, Score, Stances, Timing, UnableReason, score
from rig.scoring.tables import CHAIR, TANDEM, WALK_4M
from rig.scoring.uncertainty import below, by_row
from tests.scoring.helpers import full, scored

U: dict[str, dict[str, Any]] = {
    "walk_4m": {"times_s": [5.10, 4.93, 5.02], "u_s": 0.1},
    "chair": {"time_s": 13.5, "u_s": 0.2},
}


def probabilities(found: dict[str, float] | None) -> list[float]:
    assert found is not None
    return list(found.values())


def test_keys_stand_only_beside_an_uncertainty() -> None:
    extra = ["points_probability", "total_probability", "category_probability", "over_limit_probability", "borderline"]
    assert list(full(**U))[-5:] == extra
    assert not set(full()) & set(extra)


def test_shape() -> None:
    found = full(**U)
    assert list(found["points_probability"]) == ["balance", "gait", "chair"]
    for part in found["points_probability"].values():
        assert list(part) == ["0", "1", "2", "3", "4"]
    assert list(found["total_probability"]) == [str(total) for total in range(13)]
    assert list(found["category_probability"]) == ["A", "B", "C", "D"]
    assert list(found["over_limit_probability"]) == ["tug", "walk_6m"]


def test_chair_time_half_a_standard_uncertainty_below_a_cut() -> None:
    found = scored(chair={"time_s": 13.6, "u_s": 0.2})["points_probability"]["chair"]
    assert found["3"] == pytest.approx(norm.cdf(0.5) - norm.cdf(-12), abs=1e-9)
    assert found["2"] == pytest.approx(1 - norm.cdf(0.5), abs=1e-9)


@pytest.mark.parametrize("edge", [4.82, 6.21, 8.71])
def test_a_time_on_the_edge_falls_either_way(edge: float) -> None:
    found = scored(walk_4m={"times_s": [edge], "u_s": 0.05})["points_probability"]["gait"]
    assert sorted(found.values())[-2:] == pytest.approx([0.5, 0.5])


def _by_quadrature(means: list[float], sigmas: list[float], edge: float) -> float:
    """P(min < edge) by integrating the density of the minimum: one trial is the least, all others exceed it."""

    def density(x: float) -> float:
        return sum(
            norm.pdf(x, m, s)
            * math.prod(norm.sf(x, other, u) for j, (other, u) in enumerate(zip(means, sigmas, strict=True)) if j != i)
            for i, (m, s) in enumerate(zip(means, sigmas, strict=True))
        )

    low = min(means) - 12 * max(sigmas)
    return float(quad(density, low, edge, limit=200, epsabs=1e-10)[0])


@pytest.mark.parametrize(
    ("means", "sigmas"),
    [([4.9], [0.1]), ([4.9, 4.85, 5.2], [0.1, 0.1, 0.1]), ([4.83, 4.83, 4.83], [0.05, 0.1, 0.2])],
)
def test_fastest_of_several_has_the_distribution_of_the_minimum(means: list[float], sigmas: list[float]) -> None:
    trials = [Timing(round(m * 1e6), round(s * 1e6)) for m, s in zip(means, sigmas, strict=True)]
    for edge in (4.6, 4.82, 5.0):
        assert below(trials, round(edge * 1e6)) == pytest.approx(_by_quadrature(means, sigmas, edge), abs=1e-8)


def test_only_the_trials_that_count_bear_on_the_minimum() -> None:
    three = scored(rules="nia", walk_4m={"times_s": [5.5, 5.4, 4.7], "u_s": 0.1})
    two = scored(rules="nia", walk_4m={"times_s": [5.5, 5.4], "u_s": 0.1})
    assert three["points_probability"] == two["points_probability"]


def test_zero_uncertainty_is_certainty_on_either_side() -> None:
    for time, points in ((11.199999, "4"), (11.2, "3")):
        found = scored(chair={"time_s": time, "u_s": 0})
        assert found["points_probability"]["chair"][points] == 1.0
        assert found["borderline"] == []


def test_a_trial_without_uncertainty_is_exact_among_uncertain_ones() -> None:
    assert below([Timing(4_820_000), Timing(9_000_000, 1000)], 4_820_000) == 0.0
    assert below([Timing(4_819_999), Timing(9_000_000, 1000)], 4_820_000) == 1.0


def test_unable_is_certain_and_missing_has_none() -> None:
    found = scored(chair={"unable": "refused"}, walk_4m={"times_s": [5], "u_s": 0.1})
    assert found["points_probability"]["chair"] == {"0": 1.0, "1": 0.0, "2": 0.0, "3": 0.0, "4": 0.0}
    assert found["points_probability"]["balance"] is None
    assert found["total_probability"] is None
    assert found["category_probability"] is None


def test_a_stance_ended_by_the_limit_is_certain() -> None:
    held = {"side_by_side": 10, "semi_tandem": 10, "tandem": 10, "u_s": 0.5}
    assert scored(stances=held)["points_probability"]["balance"]["4"] == 1.0


def test_a_stance_ended_shortly_before_the_limit_may_have_been_held() -> None:
    found = scored(stances={"side_by_side": 10, "semi_tandem": 10, "tandem": 9.9, "u_s": 0.1})
    balance = found["points_probability"]["balance"]
    assert balance["4"] == pytest.approx(norm.sf(1.0), abs=1e-9)
    assert balance["3"] == pytest.approx(1 - norm.sf(1.0), abs=1e-9)
    assert found["borderline"] == ["balance"]


def test_a_stance_not_attempted_behind_an_uncertain_one_brings_nothing() -> None:
    balance = scored(stances={"side_by_side": 10, "semi_tandem": 9.9, "u_s": 0.1})["points_probability"]["balance"]
    assert balance["2"] == pytest.approx(norm.sf(1.0), abs=1e-9)
    assert balance["3"] == balance["4"] == 0.0


def test_a_later_stance_counts_as_far_as_the_earlier_may_have_been_held() -> None:
    found = scored(stances={"side_by_side": 10, "semi_tandem": 9.9, "tandem": 10, "u_s": 0.1})
    assert found["sppb"]["balance"] == 1
    assert found["points_probability"]["balance"]["4"] == pytest.approx(norm.sf(1.0), abs=1e-9)


def test_balance_against_every_way_the_stances_can_come_out() -> None:
    holds = {"side_by_side": 9.95, "semi_tandem": 9.9, "tandem": 3.1}
    side, semi = norm.sf(0.5), norm.sf(1.0)
    none, full_hold = norm.cdf(-1.0), norm.sf(69.0)
    ways = [
        1 - side,
        side * (1 - semi),
        side * semi * none,
        side * semi * (1 - none - full_hold),
        side * semi * full_hold,
    ]
    found = scored(stances={**holds, "u_s": 0.1})["points_probability"]["balance"]
    assert list(found.values()) == pytest.approx(ways, abs=1e-9)


def test_category_from_the_6_m_walk() -> None:
    found = full(chair=None, walk_6m={"times_s": [6.05], "u_s": 0.1})
    assert found["category"] == "C"
    assert found["category_probability"]["D"] == pytest.approx(norm.cdf(-0.5), abs=1e-9)
    assert found["borderline"] == ["walk_6m"]


def test_only_two_walks_of_6_m_bear_on_the_limit_and_on_the_category() -> None:
    def doubtful(*times: float) -> tuple[object, object]:
        found = full(chair=None, walk_6m={"times_s": times, "u_s": 0.1})
        return found["over_limit_probability"]["walk_6m"], found["category_probability"]

    assert doubtful(7.6, 7.55, 5.0) == doubtful(7.6, 7.55)
    assert doubtful(7.6, 7.55) == doubtful(7.55, 7.6)
    assert doubtful(7.6, 7.55)[0] == pytest.approx(norm.sf(-0.9) * norm.sf(-0.4), abs=1e-9)


def test_category_of_who_cannot_walk_6_m_is_certain() -> None:
    found = full(chair=None, walk_6m={"unable": "tried_unable"}, tug={"time_s": 14, "u_s": 0.1})
    assert found["category_probability"] == {"A": 1.0, "B": 0.0, "C": 0.0, "D": 0.0}


@pytest.mark.parametrize(("time", "over"), [(19.9, False), (20.1, True)])
def test_tug_close_to_the_limit_of_fall_risk(time: float, over: bool) -> None:
    found = full(tug={"time_s": time, "u_s": 0.1})
    assert found["fall_risk"] is over
    assert found["over_limit_probability"]["tug"] == pytest.approx(norm.sf((20.01 - time) / 0.1), abs=1e-9)
    assert found["borderline"] == ["tug"]


def test_borderline_begins_above_five_per_cent() -> None:
    at_five = 13.7 - 0.1 * norm.isf(0.05)
    assert scored(chair={"time_s": round(at_five - 0.001, 6), "u_s": 0.1})["borderline"] == []
    assert scored(chair={"time_s": round(at_five + 0.001, 6), "u_s": 0.1})["borderline"] == ["chair"]


TIMES = st.integers(2_500_000, 70_000_000)
SPREADS = st.integers(0, 3_000_000)


@given(st.lists(st.builds(Timing, TIMES, SPREADS), min_size=1, max_size=3))
def test_rows_of_any_table_sum_to_one(trials: list[Timing]) -> None:
    for table in (WALK_4M, CHAIR, TANDEM):
        found = by_row(table, trials)
        assert math.fsum(found.values()) == pytest.approx(1.0, abs=1e-12)
        assert min(found.values()) >= 0.0


HOLDS = st.builds(Timing, st.one_of(st.integers(0, 10_000_000), st.integers(9_000_000, 10_000_000)), SPREADS)


@given(
    st.builds(Stances, HOLDS, HOLDS, HOLDS),
    st.lists(st.builds(Timing, TIMES, SPREADS), min_size=1, max_size=4),
    st.one_of(st.builds(Timing, TIMES, SPREADS), st.just(UnableReason.REFUSED)),
)
def test_distributions_of_a_score(stances: Stances, walks: list[Timing], chair: Timing | UnableReason) -> None:
    found = score(Assessment(stances=stances, walk_4m=tuple(walks), chair=chair))
    assert isinstance(found.points_probability, dict)
    parts = [probabilities(part) for part in found.points_probability.values()]
    total = probabilities(_known(found.total_probability))
    for part in (*parts, total, probabilities(_known(found.category_probability))):
        assert math.fsum(part) == pytest.approx(1.0, abs=1e-7)
    mean = sum(points * p for part in parts for points, p in enumerate(part))
    assert sum(points * p for points, p in enumerate(total)) == pytest.approx(mean, abs=1e-6)


def _known(found: Any) -> dict[str, float]:
    assert isinstance(found, dict)
    return found


def _drawn(rng: np.random.Generator) -> Score:
    """One possible truth behind the measured times, scored as if it had been measured exactly."""

    def us(mean: float, sigma: float) -> int:
        return int(rng.normal(mean, sigma) * 1e6)

    return score(
        Assessment(
            stances=Stances(Timing(10_000_000), Timing(10_000_000), Timing(min(us(3.1, 0.2), 10_000_000))),
            walk_4m=tuple(Timing(us(mean, 0.15)) for mean in (4.95, 4.9, 5.2)),
            chair=Timing(us(13.6, 0.4)),
        )
    )


def test_probabilities_are_the_frequencies_of_random_draws() -> None:
    rng = np.random.default_rng(7)
    count = 4000
    drawn = [_drawn(rng) for _ in range(count)]
    found = scored(
        stances={"side_by_side": 10, "semi_tandem": 10, "tandem": 3.1, "u_s": 0.2},
        walk_4m={"times_s": [4.95, 4.9, 5.2], "u_s": 0.15},
        chair={"time_s": 13.6, "u_s": 0.4},
    )
    for total, probability in found["total_probability"].items():
        seen = sum(draw.sppb.total == int(total) for draw in drawn) / count
        assert seen == pytest.approx(probability, abs=5 * math.sqrt(0.25 / count))
    for category, probability in found["category_probability"].items():
        seen = sum(draw.category == category for draw in drawn) / count
        assert seen == pytest.approx(probability, abs=5 * math.sqrt(0.25 / count))


def test_given_points_do_not_depend_on_the_uncertainty() -> None:
    with_u, without = full(**U), full(**{k: {**v, "u_s": 3} for k, v in U.items()})
    assert with_u["sppb"] == without["sppb"]
