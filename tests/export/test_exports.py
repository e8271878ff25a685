"""REDCap, Motion-BIDS, MCAP and tables: checked by their own readers and validators, which also find planted errors."""

import csv
import json
import re
import shutil
import struct
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner
from mcap.reader import make_reader

from rig.cli import main
from rig.export.bids import write_data_set
from rig.export.redcap import dictionary
from rig.export.samples import imu_message
from rig.replay import replay
from rig.report.words import words

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
SESSIONS = sorted(FIXTURES.glob("*/session"))
VALIDATOR = Path(sys.executable).with_name("bids-validator-deno")


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All fixtures in every form."""
    out = tmp_path_factory.mktemp("exported")
    for kind in ("redcap", "bids", "table", "mcap"):
        ended = CliRunner().invoke(main, ["export", kind, *map(str, SESSIONS), "--out", str(out / kind)])
        assert ended.exit_code == 0, ended.output
    return out


def rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))


def redcap_faults(records: list[dict[str, str]], dictionary: list[dict[str, str]]) -> list[str]:
    """What an import into a project with this dictionary would refuse."""
    fields = {line["Variable / Field Name"]: line for line in dictionary}
    found = [f"bad name {name}" for name in fields if not re.fullmatch(r"[a-z][a-z0-9_]{0,25}", name)]
    places = [(r["record_id"], r["redcap_repeat_instance"]) for r in records]
    found += ["an instance twice"] if len(set(places)) < len(places) else []
    for record in records:
        for name, value in record.items():
            if not name.startswith("redcap_repeat"):
                found += _cell_faults(fields.get(name), name, value)
    return found


def _cell_faults(field: dict[str, str] | None, name: str, value: str) -> list[str]:
    if field is None:
        return [f"{name} is not in the dictionary"]
    if value == "":
        return []
    kind = field["Text Validation Type OR Show Slider Number"]
    pattern = {"integer": r"\d+", "number": r"\d+(\.\d+)?", "date_ymd": r"\d{4}-\d\d-\d\d"}.get(kind, ".*")
    if field["Field Type"] == "yesno":
        pattern = "[01]"
    if not re.fullmatch(pattern, value):
        return [f"{name}: {value} is no {kind}"]
    low, high = field["Text Validation Min"], field["Text Validation Max"]
    outside = (low and float(value) < float(low)) or (high and float(value) > float(high))
    return [f"{name}: {value} is out of range"] if outside else []


@pytest.mark.parametrize(("language", "label"), [("en", "SPPB total, points"), ("zh_Hant_TW", "SPPB 總分")])
def test_the_labels_of_a_dictionary_are_in_the_language(language: str, label: str) -> None:
    lines = dictionary(words(language))
    assert [line["Field Label"] for line in lines if line["Variable / Field Name"] == "sppb_score"] == [label]
    assert len({line["Field Label"] for line in lines}) == len(lines)


def test_redcap_takes_the_records(exported: Path) -> None:
    records, dictionary = (rows(exported / "redcap" / f"{name}.csv") for name in ("redcap", "redcap-dictionary"))
    assert redcap_faults(records, dictionary) == []
    assert len(records) == 5
    by_id = {record["record_id"]: record for record in records}
    assert (by_id["robust"]["sppb_score"], by_id["cannot_rise"]["sppb_chair_t"]) == ("12", "")
    assert by_id["frail_walker"]["fall_risk"] == "1"
    for name, value in (("sppb_score", "13"), ("sppb_walk_t1", "fast"), ("fall_risk", "yes"), ("sppb_chair_t", "1.0")):
        assert redcap_faults([{**records[0], name: value}], dictionary), name
    assert redcap_faults([records[0], records[0]], dictionary) == ["an instance twice"]
    assert redcap_faults([{**records[0], "unheard_of": ""}], dictionary)


def bids_errors(folder: Path) -> list[str]:
    ended = subprocess.run(
        [str(VALIDATOR), str(folder), "--format", "json"], capture_output=True, text=True, check=False, timeout=240
    )
    issues = json.loads(ended.stdout)["issues"]["issues"]
    return [f"{issue['code']} {issue.get('location')}" for issue in issues if issue["severity"] == "error"]


def test_the_bids_validator_passes_and_finds_planted_errors(exported: Path, tmp_path: Path) -> None:
    assert bids_errors(exported / "bids") == []
    broken = tmp_path / "bids"
    shutil.copytree(exported / "bids", broken)
    one = next(broken.rglob("*_channels.tsv"))
    one.write_text(one.read_text().replace("ACCEL", "NOTHING"))
    next(broken.rglob("*walk4m*_motion.json")).unlink()
    errors = bids_errors(broken)
    assert any("channels.tsv" in error for error in errors)
    assert len(errors) >= 2


def test_bids_samples_are_the_trials(exported: Path) -> None:
    person = SESSIONS[0].parent.name
    data = replay(SESSIONS[0]).data["walk_4m-1"]
    (window,) = data.imus.values()
    (path,) = (exported / "bids").glob(f"sub-{person.replace('_', '')}/**/*task-walk4m*_run-1_motion.tsv")
    table = np.loadtxt(path)
    assert table[:, 1:4] == pytest.approx(window.acc, abs=1e-6)
    assert table[:, 0] == pytest.approx((window.t_ns - data.marks.start_ns) / 1e9, abs=1e-6)


@pytest.mark.parametrize("session", SESSIONS, ids=lambda path: path.parent.name)
def test_mcap_holds_every_sample_of_the_trials(exported: Path, session: Path) -> None:
    analysis = replay(session)
    with (exported / "mcap" / f"{analysis.document.session}.imu.mcap").open("rb") as file:
        messages = list(make_reader(file).iter_messages())
    wanted = [w for data in analysis.data.values() for w in data.imus.values()]
    assert len(messages) == sum(len(window.t_ns) for window in wanted)
    schema, channel, message = messages[0]
    assert schema is not None
    assert (schema.name, schema.encoding, channel.message_encoding) == ("sensor_msgs/msg/Imu", "ros2msg", "cdr")
    decoded = decode(message.data)
    epoch = next(iter(analysis.data.values())).epoch_ns
    assert decoded["t_ns"] == message.log_time == wanted[0].t_ns[0] - epoch
    assert decoded["acc"] == pytest.approx(wanted[0].acc[0])


def decode(data: bytes) -> dict[str, Any]:
    """CDR by the book: alignment counts from behind the four bytes of the head."""
    body, at = data[4:], 0
    sec, nanosec, length = struct.unpack_from("<iII", body, at)
    at += 12
    frame = body[at : at + length - 1].decode()
    at = -(-(at + length) // 8) * 8
    numbers = struct.unpack_from("<37d", body, at)
    assert at + 37 * 8 == len(body)
    return {"t_ns": sec * 10**9 + nanosec, "frame": frame, "gyr": numbers[13:16], "acc": numbers[25:28], "all": numbers}


def test_imu_messages_whatever_the_length_of_the_name() -> None:
    for length in range(1, 20):
        found = decode(imu_message("w" * length, 12_000_000_034, [1.0, 2.0, 3.0], [4.0, 5.0, 6.0]))
        assert found["frame"] == "w" * length
        assert (found["t_ns"], found["acc"], found["gyr"]) == (12_000_000_034, (1, 2, 3), (4, 5, 6))
        assert found["all"][4] == -1
        assert decode(imu_message("w", 0, [1.0, 2.0, 3.0], None))["all"][16] == -1


def test_the_table_has_the_rows_of_the_archive(exported: Path) -> None:
    found = rows(exported / "table" / "results.csv")
    assert {row["session"] for row in found} == {f"{path.parent.name}-7" for path in SESSIONS}
    assert sum(row["name"] == "points" for row in found) == 4 * len(SESSIONS)
    assert (exported / "table" / "results.parquet").stat().st_size > 0


def test_a_session_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    ended = CliRunner().invoke(
        main, ["export", "redcap", str(SESSIONS[0]), str(tmp_path), "--out", str(tmp_path / "o")]
    )
    assert (ended.exit_code, str(tmp_path) in ended.stderr) == (2, True)
    assert len(rows(tmp_path / "o" / "redcap.csv")) == 1


def test_pseudonyms_that_become_one_label_are_refused(tmp_path: Path) -> None:
    analysis = replay(SESSIONS[0])
    analyses = []
    for name in ("p-1", "p1"):
        person = msgspec.structs.replace(analysis.document.participant, id=name)
        analyses.append(replace(analysis, document=msgspec.structs.replace(analysis.document, participant=person)))
    with pytest.raises(ValueError, match="both sub-p1"):
        write_data_set(analyses, tmp_path / "bids")
