"""Sessions as a Motion-BIDS data set: every trial of every sensor a recording, with its own times.

Motion-BIDS: Jeung et al. 2024, doi:10.1038/s41597-024-03559-8.
"""

import csv
import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

import rig
from rig.pipeline.evidence import TrialData
from rig.pipeline.session import Analysis

BIDS_VERSION = "1.9.0"
CHANNELS = (
    ("time", "n/a", "LATENCY", "s"),
    *((f"acc_{axis}", axis, "ACCEL", "m/s^2") for axis in "xyz"),
    *((f"gyr_{axis}", axis, "GYRO", "rad/s") for axis in "xyz"),
)
_PLACED = {
    "lower_back": "lower back", "chest": "chest", "thigh": "thigh", "foot_left": "left foot",
    "foot_right": "right foot", "wrist": "wrist",
}  # fmt: skip


def write_data_set(analyses: Iterable[Analysis], folder: Path) -> int:
    """Write a data set into a new folder; how many recordings.

    Raises
    ------
    ValueError
        A session without a pseudonym, two whose pseudonyms become the same label, or the folder is not empty.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ValueError(f"{folder}: not empty; give a new folder")
    folder.mkdir(parents=True, exist_ok=True)
    written, people = 0, {}
    visits: dict[str, int] = {}
    names: dict[str, str | None] = {}
    for analysis in sorted(analyses, key=lambda each: each.document.started_utc):
        subject, name = _label(analysis), analysis.document.participant.id
        if names.setdefault(subject, name) != name:
            raise ValueError(f"{name} and {names[subject]} are both sub-{subject} in BIDS; export them apart")
        visits[subject] = visits.get(subject, 0) + 1
        people[f"sub-{subject}"] = _person(analysis)
        written += _write_visit(analysis, folder, f"sub-{subject}", f"ses-{visits[subject]:02d}")
    _write_top(folder, people)
    return written


def _label(analysis: Analysis) -> str:
    """BIDS labels are letters and digits only."""
    who = analysis.document.participant.id
    if who is None:
        raise ValueError(f"{analysis.document.session}: no pseudonym in the recording; BIDS needs a subject")
    return re.sub(r"[^0-9A-Za-z]", "", who)


def _person(analysis: Analysis) -> tuple[str, str]:
    person = analysis.document.participant
    age = "n/a" if person.age_years is None else str(min(person.age_years, 89))
    return age, {"f": "F", "m": "M", "x": "O"}.get(person.sex or "", "n/a")


def _write_visit(analysis: Analysis, folder: Path, subject: str, visit: str) -> int:
    home = folder / subject / visit / "motion"
    home.mkdir(parents=True)
    written = 0
    for data in analysis.data.values():
        for role, device in data.devices.items():
            if role in data.imus and len(data.imus[role].t_ns) > 1:
                task, tracksys = (re.sub(r"[^0-9A-Za-z]", "", text) for text in (data.marks.test, device))
                name = f"{subject}_{visit}_task-{task}_tracksys-{tracksys}_run-{data.marks.ordinal}"
                _write_recording(home / name, data, role, task)
                written += 1
    return written


def _write_recording(stem: Path, data: TrialData, role: Any, task: str) -> None:
    window = data.imus[role]
    time_s = (window.t_ns - data.marks.start_ns) / 1e9
    columns = [time_s[:, None], window.acc, *([] if window.gyr is None else [window.gyr])]
    table = np.column_stack(columns)
    np.savetxt(f"{stem}_motion.tsv", table, fmt="%.6f", delimiter="\t")
    channels = CHANNELS[: table.shape[1]]
    rate = 1e9 / float(np.median(np.diff(window.t_ns)))
    _write_channels(Path(f"{stem}_channels.tsv"), channels, _PLACED[role], rate)
    Path(f"{stem}_motion.json").write_text(json.dumps(_about(channels, rate, task, data), indent=2) + "\n")


def _write_channels(path: Path, channels: tuple[tuple[str, ...], ...], placed: str, rate: float) -> None:
    rows = [(name, axis, kind, placed, unit, f"{rate:.3f}") for name, axis, kind, unit in channels]
    header = ("name", "component", "type", "tracked_point", "units", "sampling_frequency")
    _write_tsv(path, (header, *rows))


def _about(channels: tuple[tuple[str, ...], ...], rate: float, task: str, data: TrialData) -> dict[str, Any]:
    kinds = [kind for _, _, kind, _ in channels]
    return {
        "TaskName": task,
        "TaskDescription": f"{data.marks.test}, trial {data.marks.ordinal}, walking aid: {data.marks.aid}",
        "SamplingFrequency": round(rate, 3),
        "TrackingSystemName": "sppb-rig",
        "MotionChannelCount": len(channels),
        "ACCELChannelCount": kinds.count("ACCEL"),
        "GYROChannelCount": kinds.count("GYRO"),
        "LATENCYChannelCount": 1,
        "RecordingType": "continuous",
        "RecordingDuration": round((data.end_ns - data.marks.start_ns) / 1e9, 3),
        "TrackedPointsCount": 1,
        "SoftwareVersions": f"sppb-rig {rig.__version__}",
    }


def _write_top(folder: Path, people: dict[str, tuple[str, str]]) -> None:
    about = {
        "Name": "Physical performance of older adults, recorded by sppb-rig",
        "BIDSVersion": BIDS_VERSION,
        "DatasetType": "raw",
        "License": "n/a",
        "Authors": ["n/a"],
    }
    (folder / "dataset_description.json").write_text(json.dumps(about, indent=2) + "\n")
    (folder / "README").write_text("Inertial recordings of single trials. Times are seconds since the trial's start.\n")
    header = ("participant_id", "age", "sex")
    _write_tsv(folder / "participants.tsv", (header, *((who, *facts) for who, facts in sorted(people.items()))))
    columns = {"age": {"Description": "years, 89 for all above", "Units": "year"}, "sex": {"Description": "as told"}}
    (folder / "participants.json").write_text(json.dumps(columns, indent=2) + "\n")


def _write_tsv(path: Path, rows: Iterable[tuple[str, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter="\t", lineterminator="\n").writerows(rows)
