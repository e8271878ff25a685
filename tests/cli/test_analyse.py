"""`rig analyse`: the contract on good files, and one clear line for every kind of bad one."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from rig.cli import main
from rig.model.marks import Test
from rig.virtual import PRESETS, run_session

RATE_HZ = 100.0
HEADER = "time_s,acc_x,acc_y,acc_z,gyr_x,gyr_y,gyr_z"
Table = NDArray[np.float64]


def analyse(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["analyse", *map(str, arguments)])


def write(path: Path, table: Table, header: str = HEADER) -> Path:
    rows = "\n".join(",".join(f"{value:.6g}" for value in row) for row in table)
    path.write_text(f"{header}\n{rows}\n", encoding="utf-8")
    return path


def still(seconds: float = 12.0) -> Table:
    """A sensor at rest with a little noise."""
    rng = np.random.default_rng(3)
    n = round(seconds * RATE_HZ)
    table = np.zeros((n, 7))
    table[:, 0] = np.arange(n) / RATE_HZ
    table[:, 1:4] = rng.normal((0.0, 9.81, 0.0), 0.02, (n, 3))
    table[:, 4:] = rng.normal(0, 0.005, (n, 3))
    return table


@pytest.fixture(scope="session")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The virtual lower back in one trial of every kind, as a foreign CSV would have it."""
    from rig.model.setup import Role
    from rig.virtual.imu import feel

    session = run_session(PRESETS["robust"], seed=11)
    folder = tmp_path_factory.mktemp("foreign")
    felt = feel(Role.LOWER_BACK, session.motion)
    files = {}
    for trial in session.truth.trials:
        origin = int(str(session.facts["monotonic_start_ns"]))
        span = ((trial.start_ns - origin) / 1e9, (trial.end_ns - origin) / 1e9)
        inside = (session.motion.time_s >= span[0]) & (session.motion.time_s < span[1])
        table = np.column_stack([session.motion.time_s - span[0], felt.force, felt.rate])[inside]
        files[trial.trial] = write(folder / f"{trial.trial}.csv", table)
    return files


def test_chair_has_the_contract_of_the_design(recorded: dict[str, Path]) -> None:
    result = analyse("chair", recorded["chair-1"], "--placement", "lower_back", "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert list(answer) == ["count", "rises", "first_movement_s", "five_rise_time_s", "u_s", "quality"]
    assert answer["count"] == 5
    assert list(answer["rises"][0]) == ["start_s", "seat_off_s", "standing_s", "seat_on_s"]
    assert answer["five_rise_time_s"] > 0 < answer["u_s"]


def test_tug_walk_and_stance_have_the_contract_of_the_design(recorded: dict[str, Path]) -> None:
    keys = {
        "tug": ["start_s", "end_s", "duration_s", "u_s", "phases", "turns", "quality"],
        "walk": ["bouts", "start_s", "end_s", "onset_s", "initial_contacts_s", "cadence_steps_per_min",
                 "step_time_cv", "turns", "quality"],
        "stance": ["held_s", "stepped_out", "sway", "quality"],
    }  # fmt: skip
    for kind, trial in (("tug", "tug-1"), ("walk", "walk_6m-1"), ("stance", f"{Test.TANDEM}-1")):
        begin = ["--begin", "2.3"] if kind == "stance" else []
        result = analyse(kind, recorded[trial], "--placement", "lower_back", *begin, "--json")
        assert result.exit_code == 0, result.stderr
        assert list(json.loads(result.stdout)) == keys[kind]


def test_compressed_files_and_several_files_give_one_line_each(recorded: dict[str, Path], tmp_path: Path) -> None:
    packed = tmp_path / "chair.csv.gz"
    packed.write_bytes(gzip.compress(recorded["chair-1"].read_bytes()))
    bad = write(tmp_path / "bad.csv", still()[:3])
    result = analyse("chair", recorded["chair-1"], bad, packed, "--placement", "lower_back", "--json")
    assert result.exit_code == 2
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert [next(iter(line)) for line in lines] == ["file"] * 3
    assert list(lines[1]) == ["file", "error"]
    assert {**lines[0], "file": ""} == {**lines[2], "file": ""}


def with_value(row: int, column: int, value: float) -> Callable[[Table], Table]:
    def change(table: Table) -> Table:
        table[row, column] = value
        return table

    return change


def in_g(table: Table) -> Table:
    table[:, 1:4] /= 9.81
    return table


def swapped(table: Table) -> Table:
    table[[200, 300], 0] = table[[300, 200], 0]
    return table


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda table: table[:3], "sample"),
        (lambda table: table[:0], "no samples"),
        (with_value(17, 2, np.nan), "17"),
        (with_value(17, 5, np.inf), "17"),
        (swapped, "time"),
        (in_g, "9.80665"),
    ],
    ids=["three", "none", "nan", "infinite", "unsorted", "in g"],
)
def test_bad_samples_are_refused_in_one_line(tmp_path: Path, change: Callable[[Table], Table], says: str) -> None:
    path = write(tmp_path / "bad.csv", change(still()))
    for kind in ("chair", "walk", "tug", "stance"):
        result = analyse(kind, path, "--placement", "lower_back", "--json")
        assert result.exit_code == 2
        assert result.stdout == ""
        assert str(path) in result.stderr
        assert says in result.stderr
        assert len(result.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1"),
        ("time_s,acc_x,acc_y\n0,1,2\n", "acc_z"),
        ("time_s,acc_x,acc_y,acc_z,gyr_x\n0,1,2,3,4\n", "gyr_y"),
        ("time_s,acc_x,acc_y,acc_z,acc_z\n0,1,2,3,4\n", "twice"),
        (HEADER + "\n0,0,9.8,0,0,0,0\n0.01,0,9.8,zero,0,0,0\n", "line 3"),
        (HEADER + "\n0,0,9.8,0,0,0,0\n0.01,0,9.8,0\n", "line 3"),
        ("\x00\x01\x02", "line 1"),
    ],
    ids=["empty", "no acc_z", "half a gyroscope", "twice", "a word", "short line", "binary"],
)
def test_bad_files_name_the_line(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(text, encoding="utf-8")
    result = analyse("chair", path, "--placement", "chest")
    assert result.exit_code == 2
    assert says in result.stderr


def test_what_is_not_there_or_not_packed_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.csv.gz"
    broken.write_bytes(b"not gzip at all")
    for path in (tmp_path / "absent.csv", broken):
        result = analyse("walk", path, "--placement", "lower_back")
        assert result.exit_code == 2
        assert str(path) in result.stderr


def test_duplicated_times_are_survived(recorded: dict[str, Path], tmp_path: Path) -> None:
    lines = recorded["chair-1"].read_text().splitlines()
    doubled = tmp_path / "doubled.csv"
    doubled.write_text("\n".join([*lines[:400], lines[399], *lines[400:]]), encoding="utf-8")
    plain, twice = (
        json.loads(analyse("chair", path, "--placement", "lower_back", "--json").stdout)
        for path in (recorded["chair-1"], doubled)
    )
    assert twice["count"] == plain["count"]
    assert twice["five_rise_time_s"] == pytest.approx(plain["five_rise_time_s"], abs=0.01)


def test_a_sensor_at_rest_shows_nothing(tmp_path: Path) -> None:
    path = write(tmp_path / "still.csv", still(30.0))
    chair = json.loads(analyse("chair", path, "--placement", "lower_back", "--json").stdout)
    assert chair["count"] == 0
    assert chair["five_rise_time_s"] is None
    assert chair["quality"]
    walk = json.loads(analyse("walk", path, "--placement", "lower_back", "--json").stdout)
    assert walk["bouts"] == []
    assert walk["start_s"] is None
    tug = json.loads(analyse("tug", path, "--placement", "lower_back", "--json").stdout)
    assert tug["duration_s"] is None
    assert tug["quality"]
