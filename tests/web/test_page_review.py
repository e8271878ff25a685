"""A recorded trial as it is drawn: what the page gets of it is what the document says."""

from pathlib import Path

import pytest

from rig.model.clock import SystemClock
from rig.replay import replay
from rig.web.desk import Desk
from rig.web.opening import begin
from rig.web.review import review
from tests.web.bench import AtOnce
from tests.web.served import served

FIXTURE = Path(__file__).parents[2] / "fixtures" / "robust" / "session"


def test_a_walk_is_drawn_with_its_beams_in_the_order_they_are_passed() -> None:
    found = review(FIXTURE, "walk_6m-1")
    assert found is not None
    assert found.trial == next(trial for trial in replay(FIXTURE).document.trials if trial.trial == "walk_6m-1")
    passed = [beam.blocked_ms[0] for beam in found.beams]
    assert [beam.position_m for beam in found.beams] == [0.0, 3.0, 4.0, 6.0]
    assert passed == sorted(passed)
    assert all(0 <= start < end <= found.length_ms for start, end in passed)
    crossing = next(event for event in found.trial.events if event.name.startswith("crossing"))
    assert (crossing.t_us - found.trial.started_us) / 1000 == pytest.approx(passed[0][0], abs=100)
    assert found.corrections == []


def test_the_trace_covers_the_trial() -> None:
    found = review(FIXTURE, "chair-1")
    assert found is not None
    track = found.tracks[0]
    assert track.role == "lower_back"
    assert len(track.t_ms) == len(track.acc) == len(track.gyr)
    assert track.t_ms[0] < 100
    assert found.length_ms - track.t_ms[-1] < 100
    assert 2 < max(track.acc) < 30


def test_an_unknown_trial_is_not_there(tmp_path: Path) -> None:
    assert review(FIXTURE, "nonsense") is None
    clock = SystemClock()
    desk = Desk(begin(tmp_path / "s", "s1", "schema = 1\n", clock), clock, AtOnce())
    with served(desk) as page:
        assert page.outside().get("/trials/walk_4m-1").status_code == 401
        assert page.let_in().get("/trials/walk_4m-1").status_code == 404
        assert page.outside().get("/font.woff2").headers["content-type"] == "font/woff2"
    desk.opened.recorder.close()
