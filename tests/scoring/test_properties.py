"""What must hold for every assessment."""

import random
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from rig.scoring import Assessment, RuleSet, Stances, Timing, read_assessment, score, write_assessment
from tests.scoring.helpers import scored_text, to_json
from tests.scoring.strategies import as_numbers, documents, seconds

POINTS = ("balance", "gait", "chair")
WALK_US = st.integers(800_000, 20_000_000)
CATEGORIES = "ABCD"


@given(WALK_US, WALK_US)
def test_a_faster_walk_never_gives_fewer_points(one: int, other: int) -> None:
    slow, fast = (score(Assessment(walk_4m=(Timing(us),))).sppb.gait for us in sorted((one, other), reverse=True))
    assert slow is not None
    assert fast is not None
    assert fast >= slow


@given(st.integers(2_500_000, 70_000_000), st.integers(2_500_000, 70_000_000))
def test_faster_rises_never_give_fewer_points(one: int, other: int) -> None:
    slow, fast = (score(Assessment(chair=Timing(us))).sppb.chair for us in sorted((one, other), reverse=True))
    assert slow is not None
    assert fast is not None
    assert fast >= slow


@given(st.integers(1_200_000, 20_000_000), st.integers(1_200_000, 20_000_000))
def test_a_faster_6_m_walk_never_gives_a_worse_category(one: int, other: int) -> None:
    slow, fast = (score(Assessment(walk_6m=(Timing(us),))).category for us in sorted((one, other), reverse=True))
    assert CATEGORIES.index(str(fast)) >= CATEGORIES.index(str(slow))


HOLD_US = st.sampled_from([0, 2_999_999, 3_000_000, 9_999_999, 10_000_000])


@given(st.tuples(HOLD_US, HOLD_US, HOLD_US), st.integers(0, 2), HOLD_US)
def test_a_longer_hold_never_gives_fewer_points(holds: tuple[int, int, int], which: int, longer: int) -> None:
    assume(longer >= holds[which])
    other = (*holds[:which], longer, *holds[which + 1 :])
    less, more = (score(Assessment(stances=Stances(*map(Timing, found)))).sppb.balance for found in (holds, other))
    assert less is not None
    assert more is not None
    assert more >= less


@given(st.permutations([4_819_999, 4_820_000, 9_000_000]))
def test_the_order_of_walks_that_all_count_does_not_matter(times: list[int]) -> None:
    assert score(Assessment(walk_4m=tuple(map(Timing, times)))).sppb.gait == 4


@given(st.lists(WALK_US, min_size=2, max_size=2), WALK_US)
def test_a_walk_more_never_gives_fewer_points_and_a_surplus_one_changes_nothing(times: list[int], more: int) -> None:
    for rules, helps in ((RuleSet.VIVIFRAIL, True), (RuleSet.NIA, False)):
        two, three = (
            score(Assessment(rules=rules, walk_4m=tuple(map(Timing, found)))).sppb.gait
            for found in (times, [*times, more])
        )
        assert two is not None
        assert three is not None
        assert three >= two if helps else three == two


@given(documents())
def test_total_range_holds_the_total_and_what_a_missing_part_could_bring(document: dict[str, Any]) -> None:
    sppb = scored_text(to_json(as_numbers(document)))["sppb"]
    least, most = sppb["total_range"]
    assert 0 <= least <= most <= 12
    if sppb["total"] is None:
        assert most - least == 4 * sum(sppb[name] is None for name in POINTS)
    else:
        assert [least, most] == [sppb["total"]] * 2


@given(documents())
def test_the_order_of_keys_does_not_matter(document: dict[str, Any]) -> None:
    turned = dict(reversed(document.items()))
    assert scored_text(to_json(as_numbers(turned))) == scored_text(to_json(as_numbers(document)))


@given(documents(), seconds("0", "1"))
def test_a_written_assessment_is_read_back_the_same(document: dict[str, Any], u_s: str) -> None:
    for name in ("walk_4m", "chair", "tug", "walk_6m"):
        if name in document and "unable" not in document[name]:
            document[name]["u_s"] = u_s
    assessment = read_assessment(to_json(as_numbers(document)))
    assert read_assessment(to_json(write_assessment(assessment))) == assessment


@given(documents())
def test_scoring_is_the_same_twice(document: dict[str, Any]) -> None:
    text = to_json(as_numbers(document))
    random.seed(1)
    assert scored_text(text) == scored_text(text.encode())
