"""From visits to agreement: the planted bias is found and named, and nobody else is."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from rig.archive.compare import Deviation, odd_ones, stopwatch_pairs
from rig.archive.store import Store
from rig.archive.wording import odd_line
from rig.cli import main
from rig.locale import LANGUAGES
from rig.report.words import words
from tests.archive.people import Told, archive_of

ASSESSORS = ("ann", "ben", "cho")
TRIALS = 11
BIAS_S = 0.3


def agreement(archive: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["archive", "--archive", str(archive), "agreement", *arguments])


def told_json(archive: Path, *arguments: str) -> Any:
    ended = agreement(archive, *arguments, "--json")
    assert ended.exit_code == 0, ended.output
    return json.loads(ended.stdout)


def visits(bias_s: float, seed: int = 1) -> list[Told]:
    """Twelve people, each seen by all three within a week; ben adds his bias to all that he times by hand or starts."""
    rng = np.random.default_rng(seed)
    found = []
    for person in range(12):
        level = float(rng.normal(0, 1.5))
        for day, assessor in enumerate(ASSESSORS):
            own = bias_s if assessor == "ben" else 0.0
            presses = tuple(float(v) for v in rng.normal(0.05 + own, 0.1, TRIALS))
            found.append(Told(f"p{person}", day, assessor, max(-1.0, level) + own + float(rng.normal(0, 0.1)), presses))
    return found


@pytest.fixture(scope="module")
def biased(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archive_of(tmp_path_factory.mktemp("biased") / "a.sqlite", visits(BIAS_S))


@pytest.fixture(scope="module")
def fair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return archive_of(tmp_path_factory.mktemp("fair") / "a.sqlite", visits(0.0, seed=2))


def test_a_planted_bias_of_the_stopwatch_is_found_and_named(biased: Path) -> None:
    told = told_json(biased, "stopwatch")
    named = told["unlike_the_others"]
    assert [each["assessors"] for each in named] == [["ben"]] * 4
    assert {each["item"] for each in named} == {"walk_4m", "walk_6m", "chair", "tug"}
    walks = next(each for each in named if each["item"] == "walk_4m")
    assert walks["bias"] == pytest.approx(BIAS_S, abs=0.06)
    by_ben = next(row for row in told["comparisons"] if (row["item"], row["group"]) == ("walk_4m", "ben"))
    assert by_ben["bias_low"] < 0.05 + BIAS_S < by_ben["bias_high"]


@pytest.mark.parametrize(
    ("language", "named", "heads"),
    [
        ("en", "Unlike the others: ben, 0.3", ("stopwatch - sensors", "Limits of agreement", "4 m walk")),
        ("zh_Hant_TW", "與他人不同：ben，4 公尺步行多 0.3", ("碼表 - 感測器", "一致性界限", "計時起身行走")),
    ],
)
def test_who_differs_is_told_in_the_language(biased: Path, language: str, named: str, heads: tuple[str, ...]) -> None:
    told = agreement(biased, "stopwatch", "--language", language).stdout
    assert named in told
    assert [head for head in heads if head not in told] == []
    assert not set(re.findall(r"[a-z]+_[a-z_0-9]+", told))


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four people's visits by two versions of the algorithms."""
    told = [replace(each, version=version) for each in visits(BIAS_S)[:12] for version in ("", "next")]
    return archive_of(tmp_path_factory.mktemp("twice") / "a.sqlite", told)


@pytest.mark.parametrize("kind", ["retest", "assessors", "stopwatch", "versions"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_has_its_words(twice: Path, kind: str, language: str) -> None:
    ended = agreement(twice, kind, "--language", language)
    assert ended.exit_code == 0, ended.output
    assert not set(re.findall(r"[a-z]+_[a-z_0-9]+", ended.stdout))
    assert len(ended.stdout.splitlines()) > 5


def test_a_planted_bias_between_assessors_is_found_and_named(biased: Path) -> None:
    told = told_json(biased, "assessors")
    times = [each for each in told["unlike_the_others"] if each["unit"] == "s"]
    assert {tuple(each["assessors"]) for each in times} == {("ben",)}
    assert {"chair", "tug"} <= {each["item"] for each in times}
    pairs = {(row["first"], row["second"]): row for row in told["comparisons"] if row["item"] == "tug"}
    assert set(pairs) == {("ann", "ben"), ("ann", "cho"), ("ben", "cho")}
    assert pairs["ann", "ben"]["bias"] == pytest.approx(BIAS_S, abs=0.15)
    assert pairs["ben", "cho"]["bias"] == pytest.approx(-BIAS_S, abs=0.15)
    assert pairs["ann", "cho"]["bias_low"] < 0 < pairs["ann", "cho"]["bias_high"]


def test_nobody_is_named_where_all_are_alike(fair: Path) -> None:
    for kind in ("stopwatch", "assessors"):
        assert told_json(fair, kind)["unlike_the_others"] == []


def drawn_from(rng: np.random.Generator, means: dict[str, float], people: int, same_people: bool) -> list[Deviation]:
    """Everybody's measurements about their mean, of the same people or of people of their own."""
    level = {person: float(rng.normal(0, 3)) if same_people else 0.0 for person in range(people)}
    return [
        Deviation(who, "tug", "s", level[i] + float(rng.normal(mean, 0.3)), f"{i}" if same_people else f"{who}{i}")
        for who, mean in means.items()
        for i in range(people)
    ]


@pytest.mark.parametrize("same_people", [True, False])
def test_chance_alone_seldom_names_anybody(same_people: bool) -> None:
    rng = np.random.default_rng(9)
    named = 0
    for _ in range(200):
        drawn = drawn_from(rng, dict.fromkeys(ASSESSORS, 0.0), 20, same_people)
        named += bool(odd_ones(drawn))
    assert named <= 200 * 0.08


@pytest.mark.parametrize("same_people", [True, False])
def test_two_biased_assessors_are_both_named(same_people: bool) -> None:
    means = {"ann": 0.0, "ben": 0.6, "cho": 0.0, "dan": -0.4}
    odd = odd_ones(drawn_from(np.random.default_rng(4), means, 40, same_people))
    assert [each.assessors for each in odd] == [("ben",), ("dan",)]


def test_between_two_nobody_can_be_told() -> None:
    odd = odd_ones(drawn_from(np.random.default_rng(4), {"ann": 0.0, "ben": 0.5}, 30, same_people=True))
    (each,) = odd
    assert each.assessors == ("ann", "ben")
    assert abs(each.bias) == pytest.approx(0.5, abs=0.15)
    assert odd_line(each, words("en")).startswith(f"ann, ben are {abs(each.bias):.2f} s apart in Timed Up and Go")


def test_repeated_visits(fair: Path) -> None:
    rows = {row["item"]: row for row in told_json(fair, "retest")["comparisons"] if row["group"] == "all"}
    assert rows["tug"]["pairs"] == 12
    assert rows["tug"]["icc_2_1"] > 0.95
    assert rows["tug"]["sem"] == pytest.approx(0.1, abs=0.06)
    assert rows["tug"]["mdc95"] == pytest.approx(1.96 * 2**0.5 * rows["tug"]["sem"], rel=1e-4)
    assert rows["total"]["unit"] == "points"
    refused = agreement(fair, "retest", "--within", "0")
    assert (refused.exit_code, "fewer than 3 pairs" in refused.stderr) == (1, True)


def test_a_time_that_is_the_stopwatch_itself_is_no_pair(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "a.sqlite", visits(0.0)[:1])
    with Store(archive) as store:
        rows = store.rows()
    manual = [row._replace(quality="manual_time") if row.name == "counted" else row for row in rows]
    assert len(list(stopwatch_pairs(rows))) > 0
    assert list(stopwatch_pairs(manual)) == []


def test_versions(tmp_path: Path) -> None:
    told = [Told(f"p{i}", 0, "ann", i / 10) for i in range(6)]
    changed = [Told(f"p{i}", 0, "ann", i / 10 + 0.25, version="next") for i in range(6)]
    archive = archive_of(tmp_path / "a.sqlite", [*told, *changed])
    rows = {row["item"]: row for row in told_json(archive, "versions")["comparisons"] if row["group"] == "all"}
    assert rows["chair"]["bias"] == pytest.approx(0.25)
    assert rows["side_by_side"]["bias"] == 0
    one = archive_of(tmp_path / "b.sqlite", told)
    refused = agreement(one, "versions")
    assert (refused.exit_code, "one algorithm version only" in refused.stderr) == (2, True)


def test_table_and_plot(biased: Path, tmp_path: Path) -> None:
    table, plot = tmp_path / "a.csv", tmp_path / "a.svg"
    assert agreement(biased, "stopwatch", "--csv", str(table), "--plot", str(plot)).exit_code == 0
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    wanted = told_json(biased, "stopwatch")["comparisons"]
    assert [row["bias"] for row in rows] == [str(row["bias"]) for row in wanted]
    first = plot.read_bytes()
    assert b"<svg" in first
    assert b"stopwatch - sensors" in first
    assert b"<text" not in first, "letters are shapes, so that no font is asked for"
    agreement(biased, "stopwatch", "--plot", str(tmp_path / "zh.svg"), "--language", "zh_Hant_TW")
    assert "<!-- 碼表 - 感測器 (s) -->" in (tmp_path / "zh.svg").read_text(encoding="utf-8")
    agreement(biased, "stopwatch", "--plot", str(plot))
    assert plot.read_bytes() == first
