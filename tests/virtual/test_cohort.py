"""Any participant within the published ranges gives a whole and coherent session."""

import numpy as np
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from rig.model.marks import Test
from rig.virtual import Participant, run_session
from rig.virtual.participant import FailedRise, Pause
from tests.virtual.bodies import times, trials


@st.composite
def people(draw: st.DrawFn) -> Participant:
    speed = draw(st.floats(0.2, 1.6))
    rise = draw(st.floats(0.8, 5.0))
    return Participant(
        height_m=draw(st.floats(1.45, 1.85)),
        trunk_depth_m=draw(st.floats(0.18, 0.34)),
        speed_mps=speed,
        step_time_cv=draw(st.floats(0.02, 0.15)),
        step_width_m=draw(st.floats(0.06, 0.2)),
        rise_time_s=rise,
        sit_time_s=draw(st.floats(0.7, 3.0)),
        standing_pause_s=draw(st.floats(0.1, 1.5)),
        seated_pause_s=draw(st.floats(0.0, 1.5)),
        stoop_deg=draw(st.floats(0.0, 18.0)),
        recline_deg=draw(st.floats(0.0, 22.0)),
        landing=draw(st.floats(0.76, 0.96)),
        failed_rises=tuple(draw(st.lists(st.builds(FailedRise, st.integers(2, 5), st.floats(0.05, 0.8)), max_size=2))),
        chair_pauses=tuple(draw(st.lists(st.builds(Pause, st.integers(1, 4), st.floats(0.5, 4.0)), max_size=1))),
        sway_mm=draw(st.floats(2.0, 9.0)),
        step_out_s={Test.TANDEM: draw(st.floats(0.5, 12.0))},
        aid=draw(st.sampled_from(["none", "cane", "walker", "rollator"])),
        turn_time_s=draw(st.floats(1.2, 6.0)),
        turn_steps=draw(st.integers(3, 14)),
        reaction_s=draw(st.floats(0.2, 1.5)),
        tug_turn_at_m=draw(st.floats(2.9, 3.6)),
    )


@settings(max_examples=10, phases=[Phase.explicit, Phase.generate])  # shrinking whole sessions takes minutes
@given(people(), st.integers(0, 10**6))
def test_sessions_are_coherent(who: Participant, seed: int) -> None:
    truth = run_session(who, seed=seed)
    for trial in trials(truth, Test.WALK_4M, Test.WALK_6M):
        length, gate = (4.0, 2) if trial.test == "walk_4m" else (6.0, 3)
        crossed = [times(trial, "crossing", g)[0] for g in range(1, gate + 1)]
        assert crossed == sorted(crossed)
        assert times(trial, "cue")[0] < times(trial, "onset")[0] < times(trial, "first_foot_off")[0]
        assert trial.times_s["sppb"] == np.float64(trial.times_s["sppb"])
        assert 0.75 * length / who.speed_mps < trial.times_s["sppb"] < 1.35 * length / who.speed_mps + 2.0
    for chair in trials(truth, Test.CHAIR):
        assert chair.rises == 5 or chair.times_s == {}
        assert chair.failed_rises <= len(who.failed_rises)
        order = sorted(times(chair, "seat_off") + times(chair, "standing") + times(chair, "seat_on"))
        assert order[0::3] == times(chair, "seat_off")
        assert order[1::3] == times(chair, "standing")
    (tug,) = trials(truth, Test.TUG)
    assert tug.rises == 1
    assert len(tug.phases) == 6
    (tandem,) = trials(truth, Test.TANDEM)
    wanted = who.step_out_s[Test.TANDEM]
    assert tandem.held_s is not None
    assert abs(tandem.held_s - min(wanted, 10.0)) < 0.15
