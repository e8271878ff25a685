"""Pulling the timer's cable in mid-session costs the trial in progress, which says so, and nothing else."""

import pytest

from rig.model.clock import SystemClock
from rig.model.document import Time, Trial
from rig.model.records import LinkEvent
from rig.model.setup import Gate
from rig.virtual.pty_gate_timer import PtyGateTimer
from tests.devices.gate_session import Recorded, record

GATES = tuple(Gate(n, x, (1100, 900)) for n, x in ((0, 0.0), (2, 4.0)))


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    folder = tmp_path_factory.mktemp("pulled")
    with PtyGateTimer(GATES, folder / "timer", SystemClock(), ppm=1800.0) as timer:
        return record(timer, folder / "session")


def gates_time(trial: Trial) -> Time:
    return next(time for time in trial.times if time.profile == "gates")


def test_the_recording_holds_what_the_tap_at_the_driver_saw(recorded: Recorded) -> None:
    assert sorted(recorded.recorded, key=str) == sorted(recorded.tapped, key=str)
    assert sum(len(packet.data) for packet in recorded.tapped) > 1000  # a busy host hands them over in fewer pieces


def test_the_trial_in_progress_is_flagged(recorded: Recorded) -> None:
    assert {"gates:link_lost", "gates:device_reset"} <= set(recorded.trial(2).quality)


@pytest.mark.parametrize("ordinal", [1, 3])
def test_the_other_trials_are_timed_and_not_flagged(recorded: Recorded, ordinal: int) -> None:
    trial = recorded.trial(ordinal)
    assert trial.status == "completed"
    assert not recorded.timer_flags(ordinal)
    assert (gates_time(trial).time_us or 0) * 1e-6 == pytest.approx(recorded.walked_s[ordinal], abs=0.02)


def test_the_result_says_what_happened_to_the_timer(recorded: Recorded) -> None:
    facts = recorded.document.devices[0].facts
    assert (facts["links_lost"], facts["resets"]) == (1, 1)
    assert facts["clock"] == "two_way"
    events = [LinkEvent(p.data.decode()) for p in recorded.recorded if p.direction == "link"]
    assert events == [LinkEvent.CONNECTED, LinkEvent.LOST, LinkEvent.CONNECTED, LinkEvent.RESET]


def test_the_clock_of_the_timer_is_corrected(recorded: Recorded) -> None:
    assert recorded.document.devices[0].facts["clock_rate_ppm"] == pytest.approx(1800, abs=900)
