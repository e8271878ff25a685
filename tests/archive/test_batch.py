"""Many sessions into the archive: killed, resumed, spread over processes and a cluster, always the same rows."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from distributed import LocalCluster

from rig.archive.batch import Outcomes, add_sessions, on_cluster, run_here, run_local
from rig.archive.store import ArchiveError, Measured, Store
from rig.archive.version import algorithm_version, sources_hash
from rig.archive.work import Failure, Result, find_sessions, replay_one
from rig.cli import main
from rig.recording import content_hash, read_session
from rig.replay import replay
from tests.archive.generate import Visit, generate, session_of
from tests.archive.people import Told, archive_of

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SESSIONS = 12
SHORT_S = 100.0
"""One battery a session: enough for rows of every kind."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dozen short sessions."""
    out = tmp_path_factory.mktemp("sessions")
    generate(SESSIONS, out, SHORT_S)
    return out


@pytest.fixture(scope="module")
def rows(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Measured]:
    """Their rows, made one after the other."""
    with Store(tmp_path_factory.mktemp("archive") / "a.sqlite") as store:
        tallies = list(add_sessions(store, find_sessions((folder,)), run_here))
        assert tallies[-1].added == SESSIONS
        return store.rows()


def test_rows_are_the_document_and_nothing_else(rows: list[Measured], folder: Path) -> None:
    document = replay(folder / "session-00003").document
    mine = {(row.trial, row.name): row for row in rows if row.session == "session-00003"}
    for trial in document.trials:
        if trial.status == "completed":
            for timed in trial.times:
                wanted = None if timed.time_us is None else timed.time_us / 1e6
                assert mine[trial.trial, timed.profile].value == wanted
            for measure in trial.measures:
                assert mine[trial.trial, measure.name].value == measure.value
    assert mine["", "points"].item == "total"
    sppb = document.scores["sppb"]
    points = {row.item: row.points for row in rows if row.session == "session-00003" and row.name == "points"}
    assert points == {item: sppb[item] for item in ("balance", "gait", "chair", "total")}
    assert {row.assessor for row in rows} == {"ann", "ben", "cho"}
    speed = mine["walk_4m-1", "speed"]
    assert speed.value == pytest.approx(4 / (mine["walk_4m-1", "counted"].value or 0), rel=1e-4)


def test_two_processes_give_the_same_rows(rows: list[Measured], folder: Path, tmp_path: Path) -> None:
    with Store(tmp_path / "a.sqlite") as store:
        list(add_sessions(store, find_sessions((folder,)), run_local(2)))
        assert store.rows() == rows


def test_a_cluster_gives_the_same_rows(rows: list[Measured], folder: Path, tmp_path: Path) -> None:
    local: Any = LocalCluster
    with (
        local(n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster,
        Store(tmp_path / "a.sqlite") as store,
        on_cluster(cluster.scheduler_address) as run,
    ):
        list(add_sessions(store, find_sessions((folder,)), run))
        assert store.rows() == rows


def test_killed_twice_loses_and_doubles_nothing(rows: list[Measured], folder: Path, tmp_path: Path) -> None:
    archive = tmp_path / "a.sqlite"
    arguments = ["archive", "--archive", str(archive), "add", str(folder), "--jobs", "1"]
    counts = []
    for wanted in (2, 6):
        _kill_after(arguments, archive, wanted)
        with Store(archive) as store:
            counts.append(len(store.entries()))
            partial = store.rows()
        assert set(partial) <= set(rows)
    assert 0 < counts[0] < counts[1] < SESSIONS
    ended = CliRunner().invoke(main, [*arguments, "--json"])
    assert ended.exit_code == 0, ended.output
    told = json.loads(ended.stdout)
    assert (told["added"], told["known"], told["failed"]) == (SESSIONS - counts[1], counts[1], 0)
    with Store(archive) as store:
        assert store.rows() == rows


def _kill_after(arguments: list[str], archive: Path, results: int) -> None:
    """Start the command and kill it as soon as so many results are there."""
    command = [sys.executable, "-c", "from rig.cli import main; main()", *arguments]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for _ in range(6000):
            if archive.exists() and _results(archive) >= results:
                break
            assert process.poll() is None
            time.sleep(0.005)
        os.kill(process.pid, signal.SIGKILL)


def _results(archive: Path) -> int:
    with Store(archive) as store:
        return len(store.entries())


def test_what_cannot_be_replayed_is_kept_with_the_reason(tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "robust" / "session", tmp_path / "s" / "good")
    (tmp_path / "s" / "bad").mkdir()
    (tmp_path / "s" / "bad" / "segment-0001.mcap").write_bytes(b"no recording")
    arguments = ["archive", "--archive", str(tmp_path / "a.sqlite"), "add", str(tmp_path / "s"), "--jobs", "1"]
    ended = CliRunner().invoke(main, arguments)
    assert ended.exit_code == 1
    assert "1 added, 0 known already, 1 failed" in ended.stdout
    assert str(tmp_path / "s" / "bad") in ended.stderr
    assert "no segment can be read" in ended.stderr
    shutil.rmtree(tmp_path / "s" / "bad")
    shutil.copytree(FIXTURES / "pre_frail" / "session", tmp_path / "s" / "bad")
    again = CliRunner().invoke(main, [*arguments, "--language", "zh_Hant_TW"])
    assert again.exit_code == 0
    assert "新增 1，已有 1，失敗 0" in again.stdout
    with Store(tmp_path / "a.sqlite") as store:
        assert store.failures() == []
        assert len(store.entries()) == 2


@pytest.mark.parametrize(
    ("library", "arguments", "extra"),
    [
        ("joblib", ["add", str(FIXTURES / "robust"), "--jobs", "2"], "archive"),
        ("distributed", ["add", str(FIXTURES / "robust"), "--cluster", "tcp://127.0.0.1:9"], "cluster"),
        ("pyarrow", ["export", "--parquet", "r.parquet"], "archive"),
        ("matplotlib", ["agreement", "stopwatch", "--plot", "a.svg"], "archive"),
    ],
)
def test_a_missing_library_is_named_with_its_extra(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, library: str, arguments: list[str], extra: str
) -> None:
    for name in [name for name in sys.modules if name == library or name.startswith(f"{library}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.chdir(tmp_path)
    archive_of(tmp_path / "a.sqlite", [Told("p1", day, "ann", day / 10, (0.1,) * 11) for day in range(3)])
    ended = CliRunner().invoke(main, ["archive", "--archive", "a.sqlite", *arguments])
    assert ended.exit_code == 1, ended.output
    assert f"{library} is missing: pip install 'sppb-rig[{extra}]'" in ended.stderr


def test_a_copy_is_known_and_a_moved_session_is_found(tmp_path: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(FIXTURES / "robust" / "session", tmp_path / name)
    with Store(tmp_path / "a.sqlite") as store:
        (last,) = list(add_sessions(store, [tmp_path / "one", tmp_path / "two"], run_here))[-1:]
        assert (last.added, last.known) == (1, 1)
        (tmp_path / "one").rename(tmp_path / "three")
        list(add_sessions(store, [tmp_path / "three"], run_here))
        assert [entry.folder for entry in store.entries()] == [tmp_path / "three"]


def test_folders_are_looked_at_as_they_are_asked_for(tmp_path: Path) -> None:
    hashed: list[Path] = []

    def folders() -> Iterator[Path]:
        for folder in (FIXTURES / "robust" / "session", FIXTURES / "pre_frail" / "session"):
            hashed.append(folder)
            yield folder

    with Store(tmp_path / "a.sqlite") as store:
        tallies = add_sessions(store, folders(), run_here)
        assert next(tallies).added == 1
        assert len(hashed) == 1
        assert [tally.added for tally in tallies] == [2]


def test_another_version_is_kept_beside_and_counts(tmp_path: Path) -> None:
    result = replay_one(str(FIXTURES / "robust" / "session"))
    assert isinstance(result, Result)
    with Store(tmp_path / "a.sqlite") as store:
        store.put(result)
        store.put(replace(result, version="next", rows=result.rows[:3]))
        assert store.versions() == [result.version, "next"]
        assert [entry.version for entry in store.entries()] == ["next"]
        assert len(store.entries(superseded=True)) == 2
        assert len(store.rows()) == 3
        assert len(store.rows(version=result.version)) == len(result.rows)


def test_workers_with_other_algorithms_are_refused(tmp_path: Path) -> None:
    def other(folders: Iterable[str]) -> Outcomes:
        return [Failure(folder, "older", "x") for folder in folders]

    with Store(tmp_path / "a.sqlite") as store, pytest.raises(ArchiveError, match="same rig on every worker"):
        list(add_sessions(store, [FIXTURES / "robust" / "session"], other))


def test_the_version_changes_with_the_sources(tmp_path: Path) -> None:
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.py").write_text("LIMIT = 1\n")
    before = sources_hash((tmp_path / "p",))
    (tmp_path / "p" / "a.py").write_text("LIMIT = 2\n")
    assert sources_hash((tmp_path / "p",)) != before
    assert algorithm_version().startswith("0.")


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.sqlite").write_text("a text, and long enough to be taken for the head of a file" * 20)
    for arguments in (["list"], ["add", str(FIXTURES)]):
        ended = CliRunner().invoke(main, ["archive", "--archive", str(tmp_path / "a.sqlite"), *arguments])
        assert ended.exit_code == 2
        assert "not an archive" in ended.stderr
    absent = CliRunner().invoke(main, ["archive", "--archive", str(tmp_path / "b.sqlite"), "list"])
    assert (absent.exit_code, "rig archive add" in absent.stderr) == (2, True)
    assert not (tmp_path / "b.sqlite").exists()


def test_generated_sessions_are_long_distinct_and_mostly_trials(folder: Path) -> None:
    assert len({content_hash(path) for path in find_sessions((folder,))}) == SESSIONS
    times = [row.time_us for path in find_sessions((folder,)) for t in replay(path).document.trials for row in t.times]
    known = [time for time in times if time not in (None, 10_000_000)]
    assert len(set(known)) > 0.95 * len(known)
    session = read_session(folder / "session-00000")
    lasts_us = (session.records[-1].t_ns - session.records[0].t_ns) / 1000
    trials = replay(folder / "session-00000").document.trials
    assert sum((trial.ended_us or 0) - trial.started_us for trial in trials) >= 0.5 * lasts_us


def test_a_full_length_session_lasts_twenty_minutes() -> None:
    records = session_of(Visit(1)).records
    assert records[-1].t_ns - records[0].t_ns >= 20 * 60 * 10**9


def test_an_archive_can_be_opened_while_another_makes_it(tmp_path: Path) -> None:
    def entries(path: Path) -> int:
        with Store(path) as store:
            return len(store.entries())

    with ThreadPoolExecutor(8) as pool:
        for attempt in range(10):
            assert list(pool.map(entries, [tmp_path / f"{attempt}.sqlite"] * 8)) == [0] * 8
