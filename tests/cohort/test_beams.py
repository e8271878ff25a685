"""A beam at the lower breastbone meets the trunk first; lower, arms come before it, and higher the head, or nothing."""

import pytest

from tests.cohort.beams import PLAIN_S, Height, leads, walked
from tests.cohort.people import person_of

SEEDS = range(640_000, 640_012)


def found(family: str, of_stature: float) -> list[float | None]:
    people = [(seed, person_of(seed, family).who) for seed in SEEDS]
    height = Height(of_stature=of_stature)
    return [lead for seed, who in people for lead in leads(who, walked(who, family, seed), height.of(who))]


@pytest.mark.parametrize("family", ["pendulum", "segments"])
@pytest.mark.parametrize("of_stature", [0.70, 0.74])
def test_at_the_lower_breastbone_the_trunk_comes_first(family: str, of_stature: float) -> None:
    assert all(lead is not None and lead < PLAIN_S for lead in found(family, of_stature))


@pytest.mark.parametrize("family", ["pendulum", "segments"])
def test_lower_arms_come_first(family: str) -> None:
    assert any(lead is not None and lead > 2 * PLAIN_S for lead in found(family, 0.60))


@pytest.mark.parametrize("family", ["pendulum", "segments"])
def test_higher_the_trunk_passes_below(family: str) -> None:
    assert None in found(family, 0.80)
