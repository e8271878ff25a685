"""Deleting leaves nothing but a receipt; a backup comes back whole or not at all."""

import json
import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from rig.archive.care import ARCHIVE
from rig.archive.store import Store
from rig.cli import main
from rig.recording import content_hash

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
PEOPLE = ("robust", "pre_frail")


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["archive", *map(str, arguments)])


@pytest.fixture
def lab(tmp_path: Path) -> Path:
    """Two people's sessions with reports beside them, in an archive."""
    for person in PEOPLE:
        shutil.copytree(FIXTURES / person / "session", tmp_path / "lab" / f"{person}-7")
        (tmp_path / "lab" / f"{person}-7.html").write_text(f"report of {person}")
    added = run("--archive", tmp_path / "lab" / "a.sqlite", "add", tmp_path / "lab", "--jobs", "1")
    assert added.exit_code == 0, added.output
    return tmp_path / "lab"


def traces(archive: Path, sought: Iterable[bytes]) -> list[bytes]:
    """Which of these bytes stand anywhere in the archive's file and its journals."""
    files = [path.read_bytes() for path in archive.parent.glob(f"{archive.name}*")]
    return [each for each in sought if any(each in data for data in files)]


def marks_of(archive: Path, participant: str) -> list[bytes]:
    """What only this participant's rows hold: names, the hash, and pieces all along the compressed document."""
    with sqlite3.connect(archive) as db:
        query = "SELECT session, content, document FROM result WHERE participant = ?"
        session, content, document = db.execute(query, (participant,)).fetchone()
    db.close()
    pieces = [document[at : at + 24] for at in range(0, len(document) - 24, 600)]
    return [participant.encode(), session.encode(), content.encode(), *pieces]


def test_the_bytes_of_who_was_deleted_are_gone(lab: Path) -> None:
    archive = lab / "a.sqlite"
    marks = marks_of(archive, "pre_frail")
    others = marks_of(archive, "robust")
    assert len(marks) > 6
    assert traces(archive, marks) == marks, "before they are all there"
    assert run("--archive", archive, "delete", "pre_frail", "--yes").exit_code == 0
    assert traces(archive, marks) == []
    assert traces(archive, others) == others


def test_a_reader_that_keeps_the_journal_is_told_of(lab: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rig.archive.store.WAIT_S", 0.1)
    archive = lab / "a.sqlite"
    marks = marks_of(archive, "pre_frail")
    reader = sqlite3.connect(archive, isolation_level=None)
    reader.execute("BEGIN")
    assert reader.execute("SELECT count(*) FROM result").fetchone() == (2,)
    ended = run("--archive", archive, "delete", "pre_frail", "--yes")
    assert (ended.exit_code, "until other programs close" in ended.stderr) == (1, True)
    assert not json.loads(ended.stdout)["journal_emptied"]
    assert traces(archive, marks) != []
    reader.close()
    with Store(archive) as store:
        assert len(store.entries()) == 1
    assert traces(archive, marks) == []


def test_delete_leaves_nothing_but_a_receipt(lab: Path) -> None:
    content = content_hash(lab / "pre_frail-7")
    gone = run("--archive", lab / "a.sqlite", "delete", "pre_frail", "--yes", "--receipt", lab.parent / "receipt.json")
    assert gone.exit_code == 0, gone.output
    assert sorted(path.name for path in lab.iterdir() if "sqlite" not in path.name) == ["robust-7", "robust-7.html"]
    assert all(b"pre_frail" not in path.read_bytes() for path in lab.glob("a.sqlite*"))
    with Store(lab / "a.sqlite") as store:
        assert [entry.participant for entry in store.entries(superseded=True)] == ["robust"]
        assert {row.participant for row in store.rows()} == {"robust"}
    text = (lab.parent / "receipt.json").read_text()
    receipt = json.loads(text)
    assert "pre_frail" not in text
    assert receipt["sessions"] == [content]
    assert sorted(file["kind"] for file in receipt["files"]) == ["other", "recording"]
    assert receipt["rows"] > 50
    assert receipt["journal_emptied"]
    assert "Backups made before" in gone.stderr


def test_delete_asks_first_and_knows_who_there_is(lab: Path) -> None:
    assert run("--archive", lab / "a.sqlite", "delete", "pre_frail").exit_code == 1
    assert (lab / "pre_frail-7").is_dir()
    unknown = run("--archive", lab / "a.sqlite", "delete", "nobody", "--yes")
    assert (unknown.exit_code, "no participant 'nobody'" in unknown.stderr) == (2, True)


def test_delete_never_takes_another_recording(lab: Path) -> None:
    shutil.rmtree(lab / "pre_frail-7")
    shutil.copytree(FIXTURES / "frail_walker" / "session", lab / "pre_frail-7")
    refused = run("--archive", lab / "a.sqlite", "delete", "pre_frail", "--yes")
    assert (refused.exit_code, "another recording" in refused.stderr) == (2, True)
    assert (lab / "pre_frail-7" / "segment-0001.mcap").exists()
    assert (lab / "pre_frail-7.html").exists()


def test_delete_goes_on_where_it_was_broken_off(lab: Path) -> None:
    shutil.rmtree(lab / "pre_frail-7")
    gone = run("--archive", lab / "a.sqlite", "delete", "pre_frail", "--yes")
    assert json.loads(gone.stdout)["absent"] == 1
    assert not (lab / "pre_frail-7.html").exists()


def test_a_backup_comes_back(lab: Path, tmp_path: Path) -> None:
    made = run("--archive", lab / "a.sqlite", "backup", tmp_path / "b.tar")
    assert "2 sessions" in made.stdout, made.output
    with Store(lab / "a.sqlite") as store:
        wanted = store.rows()
    shutil.rmtree(lab)
    assert run("restore", tmp_path / "b.tar", tmp_path / "back").exit_code == 0
    with Store(tmp_path / "back" / ARCHIVE, create=False) as store:
        assert store.rows() == wanted
        entries = store.entries()
    assert [content_hash(entry.folder) for entry in entries] == [entry.content for entry in entries]
    assert all(entry.folder.is_relative_to(tmp_path / "back") for entry in entries)
    assert sorted(path.name for path in (tmp_path / "back").rglob("*.html")) == ["pre_frail-7.html", "robust-7.html"]
    again = run("--archive", tmp_path / "back" / ARCHIVE, "add", tmp_path / "back", "--jobs", "1", "--json")
    assert json.loads(again.stdout)["known"] == 2


def test_a_damaged_backup_is_refused(lab: Path, tmp_path: Path) -> None:
    run("--archive", lab / "a.sqlite", "backup", tmp_path / "b.tar")
    whole = (tmp_path / "b.tar").read_bytes()
    for name, data in {
        "flipped": bytes([*whole[: len(whole) // 2], whole[len(whole) // 2] ^ 1, *whole[len(whole) // 2 + 1 :]]),
        "cut": whole[: len(whole) // 2],
        "empty": b"",
    }.items():
        (tmp_path / name).write_bytes(data)
        refused = run("restore", tmp_path / name, tmp_path / "back")
        assert refused.exit_code == 2, name
        assert "backup" in refused.stderr
        assert not (tmp_path / "back").exists()


def test_nothing_is_overwritten(lab: Path, tmp_path: Path) -> None:
    (tmp_path / "b.tar").write_text("mine")
    refused = run("--archive", lab / "a.sqlite", "backup", tmp_path / "b.tar")
    assert (refused.exit_code, (tmp_path / "b.tar").read_text()) == (2, "mine")
    run("--archive", lab / "a.sqlite", "backup", tmp_path / "c.tar")
    refused = run("restore", tmp_path / "c.tar", lab)
    assert (refused.exit_code, "not empty" in refused.stderr) == (2, True)
    shutil.rmtree(lab / "robust-7")
    refused = run("--archive", lab / "a.sqlite", "backup", tmp_path / "d.tar")
    assert (refused.exit_code, "session folder not there" in refused.stderr) == (2, True)
    assert not list(tmp_path.glob("d.tar*"))
