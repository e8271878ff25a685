"""Sessions that were cut, emptied or flipped: replay goes as far as it can, says what is missing, and never lies."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from rig.cli import main
from rig.model.document import to_json
from rig.replay import replay

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
WHOLE = FIXTURES / "robust" / "session"


@pytest.fixture
def session(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WHOLE, tmp_path / "session"))


def scored_times(document: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {
        (trial["trial"], time["profile"]): time["time_us"]
        for trial in document["trials"]
        for time in trial["times"]
        if time["time_us"] is not None and not {"recording_damaged", "trial_not_ended"} & set(trial["quality"])
    }


def document_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads(to_json(replay(folder).document)))


@pytest.mark.parametrize("share", [0.15, 0.4, 0.65, 0.9, 0.999])
def test_a_cut_session_gives_what_was_recorded_and_says_what_is_missing(session: Path, share: float) -> None:
    segment = session / "segment-0001.mcap"
    whole = scored_times(document_of(session))
    data = segment.read_bytes()
    segment.write_bytes(data[: int(len(data) * share)])
    cut = document_of(session)
    assert cut["damage"], "a cut must be said"
    unflagged = scored_times(cut)
    assert unflagged.items() <= whole.items()
    if share < 0.99:
        assert unflagged.keys() < whole.keys()
    if share < 0.5:
        assert cut["scores"]["sppb"]["total"] is None


@pytest.mark.parametrize("place", [0.2, 0.5, 0.8])
def test_a_flipped_byte_never_changes_a_number_without_a_flag(session: Path, place: float) -> None:
    segment = session / "segment-0001.mcap"
    whole = scored_times(document_of(session))
    data = bytearray(segment.read_bytes())
    data[int(len(data) * place)] ^= 0x10
    segment.write_bytes(data)
    flipped = document_of(session)
    assert flipped["damage"]
    assert scored_times(flipped).items() <= whole.items()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no recording", b"\x00" * 1000], ids=["empty", "magic", "zeros"])
def test_what_is_no_recording_is_refused_in_one_line(session: Path, content: bytes) -> None:
    (session / "segment-0001.mcap").write_bytes(content)
    result = CliRunner().invoke(main, ["replay", str(session)])
    assert result.exit_code == 2
    assert str(session) in result.stderr
    assert "Traceback" not in result.output + result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_a_folder_without_a_session_is_refused(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["replay", str(tmp_path)])
    assert result.exit_code == 2
    assert "segment-0001.mcap" in result.stderr


def test_a_bad_session_among_good_ones_is_named_and_the_others_are_done(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["replay", str(WHOLE), str(tmp_path), "--json"])
    assert result.exit_code == 2
    lines = result.stdout.splitlines()
    assert [json.loads(line)["file"] for line in lines] == [str(WHOLE)]
