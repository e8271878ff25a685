"""Rises are counted among all that makes it hard; the judge sees what is missed, what is false, what is double."""

from functools import cache

import numpy as np
import pytest

from rig.virtual.participant import Participant
from rig.virtual.randomness import stream
from rig.virtual.spans import Span
from rig_signal.chair import ChairResult, FailedRise, Rise
from rig_signal.types import Moment, Placement
from tests.cohort.chair_draws import Session, performed
from tests.cohort.chair_moves import MOVERS, Mover
from tests.cohort.chairs import LISTED_FROM, ROLES, Leave, Verdict, judged, truth_of, verdicts_of

SEEDS = range(9_431_007, 9_431_027)
STAND, ATTEMPT, SECOND_STAND = Leave(2, 5, True, 1.0), Leave(8, 9, False, 0.5), Leave(12, 15, True, 1.0)
TRUTH = (STAND, ATTEMPT, SECOND_STAND)


@cache
def drawn() -> dict[Placement, list[Verdict]]:
    people = [verdicts_of(seed, family) for family in MOVERS for seed in SEEDS]
    return dict(zip(ROLES, map(list, zip(*people, strict=True)), strict=True))


@pytest.mark.parametrize("placement", ROLES)
def test_nine_in_ten_hard_recordings_are_counted_rightly(placement: Placement) -> None:
    assert np.mean([verdict.right for verdict in drawn()[placement]]) >= 0.9


@pytest.mark.parametrize("placement", ROLES)
def test_hardly_an_attempt_is_made_up(placement: Placement) -> None:
    assert sum(verdict.failed_false for verdict in drawn()[placement]) <= 2


def test_both_families_rise_as_often_and_fail_and_some_never_rise() -> None:
    truths = [[truth_of(performed(seed, family)) for seed in SEEDS] for family in MOVERS]
    stands, again = [[sum(leave.stands for leave in truth) for truth in truths_of] for truths_of in truths]
    assert stands == again
    assert {0, 5} <= set(stands)
    assert sum(leave.reach > LISTED_FROM and not leave.stands for truth in truths[0] for leave in truth) > 10


def seated(family: str) -> Mover:
    mover = MOVERS[family](Participant(), stream(1, "body"))
    mover.body.sit()
    mover.body.wait(1.0)
    return mover


def done(mover: Mover) -> tuple[Leave, ...]:
    mover.body.wait(0.5)
    return truth_of(Session(1, mover.body.motion(), Span(2.5, mover.body.now)))


@pytest.mark.parametrize("family", MOVERS)
def test_a_push_stops_where_it_says_and_goes_on_to_the_stand(family: str) -> None:
    mover = seated(family)
    mover.push_up(0.5)
    mover.body.wait(1.0)
    (half,) = done(mover)
    assert half.reach == pytest.approx(0.5, abs=0.05)
    mover.push_on(0.5)
    (whole,) = done(mover)
    assert whole.stands
    assert not half.stands


@pytest.mark.parametrize("family", MOVERS)
def test_a_tilt_stays_on_the_seat(family: str) -> None:
    mover = seated(family)
    mover.tilt(0.6, 0.8)
    assert done(mover) == ()
    assert mover.body.motion().trunk.pitch[-1] == pytest.approx(0.6, abs=0.05)


def rise(off_s: float, standing_s: float, on_s: float) -> Rise:
    return Rise(None, Moment(off_s, 0.1), Moment(standing_s, 0.1), Moment(on_s, 0.1))


def failed(off_s: float, on_s: float) -> FailedRise:
    return FailedRise(None, Moment(off_s, 0.1), Moment(on_s, 0.1), 0.5)


FIRST, TRIED, SECOND = rise(2.1, 3, 4.9), failed(8, 9), rise(12, 13, 15)


def verdict(rises: tuple[Rise, ...], attempts: tuple[FailedRise, ...], *quality: str) -> Verdict:
    return judged(TRUTH, ChairResult(rises, attempts, None, quality))


def test_what_was_done_is_right() -> None:
    assert verdict((FIRST, SECOND), (TRIED,)) == Verdict(False, 0, 0, 0, 0)
    assert verdict((FIRST, SECOND), (TRIED,)).right


@pytest.mark.parametrize(
    ("rises", "attempts", "wrong"),
    [
        ((FIRST,), (TRIED,), (1, 0, 0, 0)),
        ((FIRST,), (TRIED, failed(12, 15)), (1, 0, 0, 0)),
        ((FIRST, rise(6, 6.2, 6.5), SECOND), (TRIED,), (0, 1, 0, 0)),
        ((FIRST, rise(8, 8.5, 9), SECOND), (), (0, 1, 0, 0)),
        ((FIRST, rise(3.5, 4, 4.9), SECOND), (TRIED,), (0, 1, 0, 0)),
        ((FIRST, SECOND), (), (0, 0, 1, 0)),
        ((FIRST, SECOND), (TRIED, failed(10, 11)), (0, 0, 0, 1)),
        ((FIRST, SECOND), (TRIED, failed(8.6, 9)), (0, 0, 0, 1)),
        ((FIRST, SECOND), (TRIED, failed(3.5, 4)), (0, 0, 0, 1)),
    ],
    ids=[
        "missed rise", "rise listed as failed", "false rise", "attempt counted", "double rise", "missed attempt",
        "false attempt", "double attempt", "attempt within a stand",
    ],
)  # fmt: skip
def test_each_fault_is_seen_once(
    rises: tuple[Rise, ...], attempts: tuple[FailedRise, ...], wrong: tuple[int, int, int, int]
) -> None:
    found = verdict(rises, attempts)
    assert (found.rises_missed, found.rises_false, found.failed_missed, found.failed_false) == wrong
    assert found.right == (wrong[:2] == (0, 0))


def test_a_low_attempt_need_not_be_listed() -> None:
    low = Leave(8, 9, False, LISTED_FROM)
    assert judged((low,), ChairResult((), (), None, ())).failed_missed == 0


@pytest.mark.parametrize("flag", ["count_unsure", "gap_in_rise"])
def test_a_flag_is_heard(flag: str) -> None:
    assert verdict((FIRST,), (), flag).unsure
    assert not verdict((FIRST,), (), "start_inferred").unsure
