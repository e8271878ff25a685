"""A participant over visits, in words that keep noise apart from change."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rig.cli import main
from rig.locale import LANGUAGES
from tests.archive.people import Told, archive_of, golden


def trend_of(archive: Path, *arguments: str) -> Any:
    ended = CliRunner().invoke(main, ["archive", "--archive", str(archive), "trend", *arguments])
    assert ended.exit_code == 0, ended.output
    return ended.stdout


def visits() -> list[Told]:
    return [Told("p1", 90, "ann", 5.5), Told("p1", 0, "ann"), Told("p1", 30, "ann", 0.4), Told("p2", 0, "ben", -1.0)]


def test_changes_are_told_from_noise(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "a.sqlite", visits())
    found = {each["figure"]: each for each in json.loads(trend_of(archive, "p1", "--json"))}
    tug = found["tug"]["steps"]
    assert [step["session"] for step in tug] == ["p1-0", "p1-30", "p1-90"]
    assert [step["change"] for step in tug] == [None, 0.4, 5.1]
    assert [step["verdict"] for step in tug] == [None, "noise", "worse"]
    assert [step["matters"] for step in tug] == [None, False, True]
    assert found["gait_speed"]["steps"][2]["change"] < 0
    fastest_s = min(golden().assessment["walk_4m"]["times_s"])
    assert found["walk_4m"]["steps"][0]["value"] == pytest.approx(fastest_s, abs=1e-3)
    assert found["gait_speed"]["steps"][0]["value"] == pytest.approx(4 / fastest_s, rel=1e-3)
    assert found["total"]["steps"][2]["verdict"] == "noise"
    assert found["tug"]["mdc95"] == [2.08, 2.08]


def test_fall_risk_indicators_are_followed_and_not_judged_without_a_source(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "a.sqlite", visits())
    found = {each["figure"]: each for each in json.loads(trend_of(archive, "p1", "--json"))}
    for name in ("step_time_cv", "step_regularity", "stride_regularity", "reaction_walk", "reaction_chair"):
        assert [step["change"] for step in found[name]["steps"]] == [None, 0, 0]
        assert [step["verdict"] for step in found[name]["steps"]] == [None] * 3
        assert found[name]["mdc95"] is None


def test_a_trend_is_told_in_both_languages(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "a.sqlite", visits())
    told = {language: trend_of(archive, "p1", "--language", language) for language in LANGUAGES}
    assert "Timed Up and Go (s) MDC95 2.08 (TILDA, PMC6858113)" in told["en"]
    assert "worse, beyond measurement noise, large enough to matter" in told["en"]
    assert "no published figure of repeating it: not judged" in told["en"]
    assert "計時起身行走 (s) 雜訊 MDC95 2.08（TILDA, PMC6858113）" in told["zh_Hant_TW"]
    assert "退步，超過量測雜訊、達到有感變化" in told["zh_Hant_TW"]
    assert "步伐時間變異 沒有重測的文獻數值，不作判讀" in told["zh_Hant_TW"]
    assert not set(re.findall(r"[a-z]+_[a-z_]+", told["en"] + told["zh_Hant_TW"]))


def test_nobody_of_that_name(tmp_path: Path) -> None:
    archive = archive_of(tmp_path / "a.sqlite", visits())
    ended = CliRunner().invoke(main, ["archive", "--archive", str(archive), "trend", "p3"])
    assert (ended.exit_code, "no participant 'p3'" in ended.stderr) == (2, True)
