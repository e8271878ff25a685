"""Validation by replay: clean on the fixtures, red when an algorithm changes."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from rig.cli import main

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
ROBUST = FIXTURES / "robust" / "session"


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["archive", *map(str, arguments)])


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The fixtures' numbers as `export` writes them."""
    folder = tmp_path_factory.mktemp("reference")
    archive = folder / "a.sqlite"
    assert run("--archive", archive, "add", FIXTURES, "--jobs", "1").exit_code == 0
    exported = run("--archive", archive, "export", "--csv", folder / "r.csv", "--parquet", folder / "r.parquet")
    assert exported.exit_code == 0, exported.output
    return folder / "r.csv"


def rewritten(reference: Path, out: Path, place: str = "", change: float | None = 0.0) -> Path:
    """The reference of the robust fixture with one number (`trial name`) moved by so much; None empties it."""
    rows = list(csv.DictReader(reference.read_text(encoding="utf-8").splitlines()))
    rows = [row for row in rows if row["session"] == "robust-7"]
    for row in rows:
        if place == f"{row['trial'] or row['item']} {row['name']}":
            row["value"] = "" if change is None else str(float(row["value"] or 0) + change)
    with out.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return out


def test_the_fixtures_are_clean(reference: Path) -> None:
    ended = run("rerun", FIXTURES, "--against", reference)
    assert ended.exit_code == 0, ended.output
    assert ended.stdout.count(" 0 moved") == 5


def test_a_changed_threshold_is_caught(reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rig_signal.motion.FIRST_SHARE", 0.3)
    ended = run("rerun", ROBUST.parent, "--against", reference, "--json")
    assert ended.exit_code == 1
    (robust,) = [change for change in json.loads(ended.stdout) if change["session"] == "robust-7"]
    assert not robust["clean"]
    assert {(moved["trial"], moved["name"]) for moved in robust["moved"]} >= {("chair-1", "movement")}


@pytest.mark.parametrize(
    ("place", "change", "arguments", "status"),
    [
        ("chair-1 sppb", 0.0002, (), 0),
        ("chair-1 sppb", 0.0003, (), 1),
        ("chair-1 sppb", -0.0003, (), 1),
        ("chair-1 sppb", 0.01, ("--tolerance", "0.01"), 0),
        ("chair-1 sppb", None, (), 1),
        ("chair-1 reaction", 0.15, ("--tolerance", "0.2"), 0),
        ("total points", -1.0, ("--tolerance", "5"), 1),
        ("walk_4m-3 step_time_cv", 0.05, (), 1),
        ("walk_4m-1 cadence", 1.0, ("--tolerance", "99"), 1),
    ],
)
def test_what_may_move(
    reference: Path, tmp_path: Path, place: str, change: float | None, arguments: tuple[str, ...], status: int
) -> None:
    changed = rewritten(reference, tmp_path / "r.csv", place, change)
    assert changed.read_text(encoding="utf-8") != rewritten(reference, tmp_path / "s.csv").read_text(encoding="utf-8")
    ended = run("rerun", ROBUST, "--against", changed, *arguments)
    assert ended.exit_code == status, ended.output


@pytest.mark.parametrize(
    ("language", "words"), [("en", "moved by more than 0.0002"), ("zh_Hant_TW", "變動超過 0.0002")]
)
def test_what_moved_is_told_in_the_language(reference: Path, tmp_path: Path, language: str, words: str) -> None:
    changed = rewritten(reference, tmp_path / "r.csv", "chair-1 sppb", 0.01)
    told = run("rerun", ROBUST, "--against", changed, "--language", language).stdout
    assert words in told
    assert "chair-1 sppb" in told
    assert "->" in told


def test_sessions_that_are_missing_on_either_side(reference: Path, tmp_path: Path) -> None:
    lacking = run("rerun", ROBUST, "--against", reference)
    assert (lacking.exit_code, lacking.stdout.count("no such session")) == (1, 4)
    more = run("rerun", FIXTURES, "--against", rewritten(reference, tmp_path / "r.csv"))
    assert (more.exit_code, more.stdout.count("does not have this session")) == (1, 4)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("session,item,trial,name\n", "no column value"),
        ("session,item,trial,name,value\nrobust-7,chair,chair-1,sppb,fast\n", ":2: value 'fast' is no number"),
        ("session,item,trial,name,value\nrobust-7,chair,chair-1,sppb,nan\n", ":2: value 'nan' is no number"),
        ("session,item,trial,name,value\n", "no line in it"),
    ],
)
def test_bad_references_are_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "r.csv").write_text(text)
    ended = run("rerun", ROBUST, "--against", tmp_path / "r.csv")
    assert ended.exit_code == 2
    assert message in ended.stderr


def test_parquet_is_the_same_table(reference: Path) -> None:
    table = pq.read_table(reference.with_suffix(".parquet")).to_pylist()
    rows = list(csv.DictReader(reference.read_text(encoding="utf-8").splitlines()))
    assert len(table) == len(rows) > 300
    assert [row["value"] for row in table] == [float(row["value"]) if row["value"] else None for row in rows]
