"""Every boundary of every table, from both sides."""

from typing import Any

import pytest

from rig.scoring import tables
from rig.scoring.tables import CENTISECOND_US, Table
from tests.scoring import edges
from tests.scoring.helpers import full, number, scored

HELD = number("10")


@pytest.mark.parametrize(("held", "points"), edges.SIDE_BY_SIDE)
def test_side_by_side(held: str, points: int) -> None:
    found = scored(stances={"side_by_side": number(held), "semi_tandem": 0, "tandem": 0})
    assert found["sppb"]["balance"] == points


@pytest.mark.parametrize(("held", "points"), edges.SEMI_TANDEM)
def test_semi_tandem(held: str, points: int) -> None:
    found = scored(stances={"side_by_side": HELD, "semi_tandem": number(held), "tandem": 0})
    assert found["sppb"]["balance"] == 1 + points


@pytest.mark.parametrize(("held", "points"), edges.TANDEM)
def test_tandem(held: str, points: int) -> None:
    found = scored(stances={"side_by_side": HELD, "semi_tandem": HELD, "tandem": number(held)})
    assert found["sppb"]["balance"] == 2 + points


@pytest.mark.parametrize("rules", ["vivifrail", "nia"])
@pytest.mark.parametrize(("time", "points"), edges.WALK_4M)
def test_walk_4m(time: str, points: int, rules: str) -> None:
    assert scored(rules=rules, walk_4m={"times_s": [number(time)]})["sppb"]["gait"] == points


@pytest.mark.parametrize(("time", "points"), edges.CHAIR)
def test_chair(time: str, points: int) -> None:
    assert scored(chair={"time_s": number(time)})["sppb"]["chair"] == points


@pytest.mark.parametrize(("time", "over"), edges.TUG_OVER_LIMIT)
def test_tug(time: str, over: bool) -> None:
    found = full(tug={"time_s": number(time)})
    assert found["fall_risk"] is over
    assert found["fall_risk_because"] == (["tug"] if over else [])


@pytest.mark.parametrize(("time", "over"), edges.WALK_6M_OVER_LIMIT)
def test_walk_6m_limit(time: str, over: bool) -> None:
    found = full(walk_6m={"times_s": [number(time), 500]})
    assert found["fall_risk"] is over
    assert found["fall_risk_because"] == (["walk_6m"] if over else [])


@pytest.mark.parametrize(("time", "category"), edges.CATEGORY_BY_WALK_6M)
def test_category_by_walk_6m(time: str, category: str) -> None:
    found = full(chair=None, walk_6m={"times_s": [number(time)]})
    assert (found["category"], found["category_from"]) == (category, "walk_6m")


def _parts_for(total: int) -> dict[str, Any]:
    """Balance, gait and chair that add up to a total."""
    balance = min(total, 4)
    gait = min(total - balance, 4)
    chair = total - balance - gait
    holds = {0: (0,), 1: (10, 0), 2: (10, 10, 0), 3: (10, 10, 5), 4: (10, 10, 10)}[balance]
    walk = {0: None, 1: 9, 2: 7, 3: 5, 4: 4}[gait]
    rises = {0: 61, 1: 20, 2: 14, 3: 12, 4: 10}[chair]
    return {
        "stances": dict(zip(("side_by_side", "semi_tandem", "tandem"), holds, strict=False)),
        "walk_4m": {"unable": "refused"} if walk is None else {"times_s": [walk]},
        "chair": {"time_s": rises},
    }


@pytest.mark.parametrize(("total", "category"), edges.CATEGORY_BY_TOTAL)
def test_category_by_total(total: int, category: str) -> None:
    found = full(**_parts_for(total))
    assert found["sppb"]["total"] == total
    assert (found["category"], found["category_from"]) == (category, "sppb")


@pytest.mark.parametrize(("age", "under"), edges.AGE)
def test_age_limit(age: object, under: bool) -> None:
    assert scored(age_years=number(age))["deviations"] == (["age_years:under_age_limit"] if under else [])


VECTORS: dict[str, tuple[tuple[str, Any], ...]] = {
    "SIDE_BY_SIDE": edges.SIDE_BY_SIDE,
    "SEMI_TANDEM": edges.SEMI_TANDEM,
    "TANDEM": edges.TANDEM,
    "HELD": edges.SIDE_BY_SIDE,
    "WALK_4M": edges.WALK_4M,
    "CHAIR": edges.CHAIR,
    "TUG_OVER_LIMIT": edges.TUG_OVER_LIMIT,
    "WALK_6M_OVER_LIMIT": edges.WALK_6M_OVER_LIMIT,
    "CATEGORY_BY_WALK_6M": edges.CATEGORY_BY_WALK_6M,
}


def test_vectors_are_there_for_every_table_of_times() -> None:
    there = {name for name, value in vars(tables).items() if isinstance(value, Table)}
    assert there == {*VECTORS, "CATEGORY_BY_TOTAL"}


@pytest.mark.parametrize("name", VECTORS)
def test_table_is_well_formed(name: str) -> None:
    table: Table[Any] = getattr(tables, name)
    assert len(table.rows) == len(table.edges) + 1
    assert sorted(set(table.edges)) == list(table.edges)


@pytest.mark.parametrize("name", VECTORS)
def test_vectors_stand_on_both_sides_of_every_edge(name: str) -> None:
    given = {_us(time) for time, _ in VECTORS[name]}
    for edge in getattr(tables, name).edges:
        assert {edge * CENTISECOND_US - 1, edge * CENTISECOND_US} <= given


@pytest.mark.parametrize("step", [-1, 1])
@pytest.mark.parametrize("name", VECTORS)
def test_an_edge_moved_by_one_centisecond_is_noticed(name: str, step: int) -> None:
    table: Table[Any] = getattr(tables, name)
    for index, edge in enumerate(table.edges):
        moved = Table((*table.edges[:index], edge + step, *table.edges[index + 1 :]), table.rows)
        assert any(moved.at_time(_us(time)) != table.at_time(_us(time)) for time, _ in VECTORS[name])


def _us(seconds: str) -> int:
    whole, _, fraction = seconds.partition(".")
    return int(whole) * 1_000_000 + int(fraction.ljust(6, "0"))
