"""Reference values stand as their sources print them (findings/clinical.md, section 7)."""

import pytest

from rig.report.norms import (
    FRADEA,
    FRADEA_QUARTILES,
    SOURCES,
    TROMSO,
    Sex,
    age_group,
    five_sits_limit_s,
    item_means,
)

MEN = {60: (3.91, 3.96, 3.78), 70: (3.83, 3.90, 3.65), 75: (3.69, 3.76, 3.39), 80: (3.45, 3.64, 3.04)}
WOMEN = {60: (3.89, 3.92, 3.60), 70: (3.71, 3.82, 3.27), 75: (3.52, 3.65, 3.08), 80: (3.19, 3.55, None)}


@pytest.mark.parametrize(("sex", "table"), [("m", MEN), ("f", WOMEN)])
@pytest.mark.parametrize(
    ("age", "first"), [(60, 60), (69, 60), (70, 70), (74, 70), (75, 75), (79, 75), (80, 80), (101, 80)]
)
def test_item_means(sex: Sex, table: dict[int, tuple[float, float, float | None]], age: int, first: int) -> None:
    found = item_means(age, sex)
    assert found is not None
    assert (found.balance, found.gait, found.chair) == table[first]
    group = age_group(age)
    assert group is not None
    assert group[0] == first
    assert group[1] is None or first <= age <= group[1]


def test_there_are_no_means_under_sixty() -> None:
    assert item_means(59, "f") is None
    assert age_group(59) is None


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        ("total", (7, 9, 11)),
        ("gait_speed", (0.51, 0.79, 1.00)),
        ("chair", (16.3, 13.0, 10.7)),
        ("tug", (13.8, 11.4, 9.8)),
    ],
)
def test_fradea_quartiles(name: str, printed: tuple[float, float, float]) -> None:
    found = FRADEA_QUARTILES[name]
    assert (found.weak, found.median, found.strong) == printed


@pytest.mark.parametrize(("value", "quarter"), [(6, 1), (7, 2), (8, 2), (9, 3), (10, 3), (11, 4), (12, 4)])
def test_more_points_are_a_stronger_quarter(value: float, quarter: int) -> None:
    assert FRADEA_QUARTILES["total"].quarter(value) == quarter


@pytest.mark.parametrize(("value", "quarter"), [(30, 1), (16.3, 2), (14, 2), (13.0, 3), (11, 3), (10.7, 4), (9, 4)])
def test_a_shorter_time_is_a_stronger_quarter(value: float, quarter: int) -> None:
    assert FRADEA_QUARTILES["chair"].quarter(value) == quarter


@pytest.mark.parametrize(
    ("age", "limit"), [(59, None), (60, 11.4), (69, 11.4), (70, 12.6), (80, 14.8), (89, 14.8), (90, None)]
)
def test_bohannon_limits(age: int, limit: float | None) -> None:
    assert five_sits_limit_s(age) == limit


def test_every_source_says_where_and_how_many() -> None:
    assert (TROMSO.country, TROMSO.people) == ("NO", 7474)
    assert (FRADEA.country, FRADEA.people) == ("ES", 993)
    assert all(source.reference for source in SOURCES)
