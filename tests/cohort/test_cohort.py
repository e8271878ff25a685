"""The cohort is who it says it is, and its figures are right."""

import msgspec
import numpy as np
import pytest

from tests.cohort.figures import kappa, mean, rms, share, spread
from tests.cohort.people import GROUPS, person_of
from tests.cohort.report import cohort_tables, near_cut
from tests.cohort.trial import Count, Outcome, Timed, outcome_of


def timed(error_s: float, u_s: float = 0.1, test: str = "chair", truth_s: float = 12.0) -> Timed:
    return Timed(f"{test}-1", test, truth_s, truth_s + error_s, u_s, ())


def outcome(seed: int, *times: Timed, counted: int = 5, chair: int = 3) -> Outcome:
    counts = (Count("chair-1", 5, counted, ()),)
    return Outcome(seed, "frail", "cane", times, counts, {"balance": (2, 2), "gait": (4, 4), "chair": (3, chair)})


def criteria(outcomes: list[Outcome]) -> dict[str, list[str]]:
    text = dict(cohort_tables("segments", outcomes))["Virtual cohort, family `segments`, 8 people: criteria"]
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines()[2:]]
    return {row[0]: row[1:] for row in rows}


def test_figures_against_values_worked_out_by_hand() -> None:
    assert share([True] * 9 + [False]).value == 0.9
    assert share([True] * 9 + [False]).low == pytest.approx(0.5958, abs=1e-4)
    assert kappa([0, 1, 2, 3, 4, 4], [0, 1, 2, 3, 4, 4]).value == 1
    assert kappa([0, 4, 0, 4], [4, 0, 4, 0]).value == pytest.approx(-1)
    assert kappa([1, 2, 3, 4], [1, 2, 3, 3]).value == pytest.approx(1 - (1 / 4) / (35 / 16 - 0.0), abs=0.02)
    values = list(np.random.default_rng(3).normal(2, 3, 400))
    found = spread(values, list(range(400)))
    assert found.value == pytest.approx(np.std(values, ddof=1))
    assert found.low < 3 < found.high
    assert rms(values, list(range(400))).value == pytest.approx(np.sqrt(np.mean(np.square(values))))
    assert mean(values, list(range(400))).value == pytest.approx(np.mean(values))


def test_times_of_one_person_widen_the_interval() -> None:
    values = [float(v) for v in np.repeat(np.random.default_rng(4).normal(0, 1, 20), 10)]
    alone, together = mean(values, list(range(200))), mean(values, [i // 10 for i in range(200)])
    assert together.high - together.low > 2 * (alone.high - alone.low)


def test_faults_show_in_the_criteria() -> None:
    good = criteria([outcome(i, timed(0.1 * (-1) ** i), timed(-0.1 * (-1) ** i, test="tug")) for i in range(8)])
    assert good["counts of rises exact"][1].startswith("1.000")
    assert good["error/u_s: SD, all times"][-1] == "yes"
    bad = criteria(
        [outcome(i, timed(0.3 * (-1) ** i), timed(0.5, test="tug"), counted=4 + i % 2, chair=i % 3) for i in range(8)]
    )
    assert bad["counts of rises exact"][1:] != good["counts of rises exact"][1:]
    assert [bad[name][-1] for name in ("counts of rises exact", "TUG within 0.30 s", "error/u_s: SD, all times")] == [
        "no"
    ] * 3
    assert bad["chair: points exact"][1].startswith("0.000") or float(bad["chair: points exact"][1][:5]) < 0.5


def test_the_cohort_is_frail_varied_and_repeats_itself() -> None:
    people = [person_of(seed, "segments") for seed in range(120)]
    assert msgspec.json.encode(people[7].who) == msgspec.json.encode(person_of(7, "segments").who)
    assert np.mean([p.frailty in ("frail", "dependent") for p in people]) >= 0.40
    assert {p.frailty for p in people} == set(GROUPS)
    assert {p.who.aid for p in people} == {"none", "cane", "walker", "rollator"}
    for told in ("failed_rises", "chair_pauses", "refusals", "step_out_s", "walk_stop", "cannot_rise", "needs_arms"):
        assert any(getattr(p.who, told) for p in people), told


def test_one_person_through_everything() -> None:
    found = outcome_of(3, "segments")
    assert found.failure is None
    assert {t.test for t in found.times} >= {"walk_4m", "side_by_side"}
    assert all(t.found_s is not None and abs(t.found_s - t.truth_s) < 2 for t in found.times)
    assert near_cut(timed(0, truth_s=11.4))
    assert not near_cut(timed(0, truth_s=12.4))
