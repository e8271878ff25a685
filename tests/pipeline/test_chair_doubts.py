"""A count that the sensor cannot tell is not given, and no rise has a number then."""

from dataclasses import replace
from functools import cache

import pytest

from rig.model.marks import Test
from rig.model.setup import parse_setup
from rig.pipeline import chairs
from rig.pipeline.evidence import TrialData
from rig.pipeline.session import Source, analyse_session, analyse_trial
from rig.virtual import PRESETS, run_session
from rig_signal.chair import ChairResult, analyse_chair
from rig_signal.types import Imu, Placement


@cache
def five_rises() -> TrialData:
    session = run_session(PRESETS["robust"], seed=21)
    epoch_ns = int(str(session.facts["monotonic_start_ns"]))
    source = Source("t", "2026-01-01T00:00:00Z", epoch_ns, parse_setup(session.setup_toml), tuple(session.records))
    return next(d for d in analyse_session(source).data.values() if d.marks.test == Test.CHAIR)


def unsure(imu: Imu, placement: Placement, *, cue_s: float | None) -> ChairResult:
    result = analyse_chair(imu, placement, cue_s=cue_s)
    return replace(result, quality=(*result.quality, "count_unsure"))


def test_a_sure_count_is_given() -> None:
    found = analyse_trial(five_rises())
    assert {m.name: m.value for m in found.measures}["rises"] == 5
    assert sum(event.name == "standing" for event in found.events) == 5


def test_an_unsure_count_is_null_and_its_rises_have_no_ordinals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chairs, "analyse_chair", unsure)
    found = analyse_trial(five_rises())
    counts = {m.name: m.value for m in found.measures}
    assert counts["rises"] is None
    assert counts["failed_rises"] is None
    assert not {"seat_off", "standing", "seat_on"} & {event.name for event in found.events}
    assert all(time.time_us is None for time in found.times)
    assert "count_unsure" in found.quality
