"""Every real recording goes through `rig analyse` as a CSV: an answer or a reason, never a crash."""

from pathlib import Path

import numpy as np
import pytest

from rig.cli.analyse import KINDS, analyse_file
from rig_signal.types import Placement, SignalError
from tests.accuracy.recordings import Recording, recordings

STREAMS: dict[str, dict[str, Placement]] = {
    "bench_5sts": {"pelvis": "lower_back", "trunk": "chest", "thigh": "thigh"},
    "ngimu_sts": {"chest": "chest", "thigh": "thigh"},
    "geotec_tug": {"phone_left_front_pocket": "pocket", "watch_left_wrist": "wrist"},
    "ipol_gait": {"lower_back": "lower_back"},
    "mobgap_tvs": {"lower_back": "lower_back"},
    "elderly_walk5m": {"back": "lower_back", "right_foot": "foot", "right_thigh": "thigh"},
}
NOT_SEEN_FROM = {("chair", "pocket"), ("chair", "wrist"), ("chair", "foot"), ("tug", "foot")}
"""What a placement cannot see is refused in words; nothing else of these recordings may be."""


def as_csv(recording: Recording, stream: str, path: Path) -> Path:
    """The columns of one stream as its maker could have exported them; unequal lengths leave cells empty."""
    columns = recording.columns(stream)
    names = [name for name in ("time_s", *(f"{s}_{a}" for s in ("acc", "gyr") for a in "xyz"), "gyr_time_s")
             if name in columns]  # fmt: skip
    longest = max(len(columns[name]) for name in names)
    cells = [[f"{v:.7g}" for v in columns[name]] + [""] * (longest - len(columns[name])) for name in names]
    rows = "\n".join(",".join(row) for row in zip(*cells, strict=True))
    path.write_text(",".join(names) + "\n" + rows + "\n", encoding="utf-8")
    return path


@pytest.mark.shared
@pytest.mark.parametrize("data_set", STREAMS)
def test_every_recording_is_analysed(shared_data: Path, data_set: str, tmp_path: Path) -> None:
    assert shared_data.is_dir()
    found = [(r, s, p) for r in recordings(data_set) for s, p in STREAMS[data_set].items() if r.has(s)]
    assert found
    for recording, stream, placement in found:
        path = as_csv(recording, stream, tmp_path / "one.csv")
        for kind in ("chair", "tug", "walk"):
            if (kind, placement) in NOT_SEEN_FROM:
                with pytest.raises(SignalError, match=placement):
                    analyse_file(kind, path, placement)
                continue
            answer = analyse_file(kind, path, placement)
            assert answer["quality"] is not None
            assert all(np.isfinite(v) for v in answer.values() if isinstance(v, float))


def test_kinds_are_those_of_the_contract() -> None:
    assert set(KINDS) == {"chair", "walk", "tug", "stance"}
