"""The fixtures' people at the live desk: the right document, which is that of a replay."""

import json
import os
from pathlib import Path
from time import sleep

import pytest

from rig.model.document import to_json
from rig.replay import replay
from rig.web.analyst import process_analyst
from tests.web.rehearsed import Rehearsed

PEOPLE: dict[str, dict[str, object]] = {
    "robust": {"balance": 4, "gait": 4, "chair": 4, "category": "D"},
    "pre_frail": {"balance": 4, "category": "C"},
    "frail_walker": {"gait": 1, "chair": 1, "category": "B"},
    "cannot_rise": {"balance": 0, "chair": 0, "category": "A"},
    "tandem_step_out": {"balance": 3},
}


class Hurried(Rehearsed):
    """Time runs while the other process works, as in life:
    what it finds comes late, and never at the same instants."""

    looks = 0

    def pause(self) -> None:
        if self.desk.busy or self.desk.state.active is not None:
            sleep(0.002)
        self.looks += self.desk.running is not None


@pytest.mark.skipif("RIG_SOAK" not in os.environ, reason="long: RIG_SOAK=1, or make soak")
@pytest.mark.parametrize("person", PEOPLE)
def test_with_the_analyses_in_their_own_process_live_is_replay(tmp_path: Path, person: str) -> None:
    with process_analyst() as analyst:
        live = Hurried(tmp_path / "s", person, analyst=analyst)
        live.whole()
    assert live.looks > 0
    assert live.desk.result is not None
    assert live.desk.result.document == to_json(replay(tmp_path / "s").document)
    scores = json.loads(live.desk.result.document)["scores"]
    found = {**scores["sppb"], "category": scores["category"]}
    assert {key: found[key] for key in PEOPLE[person]} == PEOPLE[person]
    assert not any("changed_after_display" in deviation for deviation in scores["deviations"])


@pytest.mark.parametrize("person", PEOPLE)
def test_a_live_assessment_ends_with_the_right_document(tmp_path: Path, person: str) -> None:
    live = Rehearsed(tmp_path / "s", person)
    live.whole()
    assert live.desk.over
    assert live.desk.result is not None
    assert live.desk.result.document == to_json(replay(tmp_path / "s").document)
    document = json.loads(live.desk.result.document)
    scores = document["scores"]
    found = {**scores["sppb"], "category": scores["category"]}
    assert {key: found[key] for key in PEOPLE[person]} == PEOPLE[person]
    assert not any("changed_after_display" in deviation for deviation in scores["deviations"])
