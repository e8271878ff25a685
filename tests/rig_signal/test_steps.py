"""The parts a walk is measured with: tempo and step clock, sequences of peaks, regularity."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from rig.model.setup import Role
from rig.virtual.body import Walk
from rig.virtual.imu import feel
from rig.virtual.lab import FAMILIES
from rig.virtual.motion import grid_times
from rig.virtual.randomness import stream
from rig_signal.bouts import find_walking
from rig_signal.contacts import Sequence, find_sequences, summit
from rig_signal.regularity import regularity
from rig_signal.rests import stops_between
from rig_signal.rhythm import TICKS, Movement, clock_times, step_clock
from rig_signal.timebase import regularise
from rig_signal.trunk import Trunk, _between, trunk_motion
from rig_signal.types import Array, Imu
from tests.cohort.people import person_of
from tests.rig_signal.synth_walk import Plan, speed_plan, walk
from tests.rig_signal.test_invariances import MEASURES, assert_same, basis, noisy


@pytest.mark.parametrize("speed", [0.2, 0.5, 1.0, 1.6])
def test_the_step_clock_finds_steps_not_strides_nor_overtones(speed: float) -> None:
    plan = speed_plan(speed, steps=12)
    clock = step_clock(trunk_motion(regularise(walk(plan).imu)))
    assert np.median(clock.period_s) == pytest.approx(plan.step_s, rel=0.12)


def test_forward_is_where_the_walk_goes() -> None:
    made = walk(Plan(seed=1), rotation=Rotation.identity(), noise=False)
    trunk = trunk_motion(regularise(made.imu))
    alike = np.corrcoef(trunk.acc[:, 0], made.imu.acc[:, 0])[0, 1]
    assert alike > 0.9


def _waves(times: Array, beats: Array, *, amplitude: float = 2.0) -> Trunk:
    """A trunk that is lifted at each beat and goes from side to side with them."""
    phase = np.interp(times, beats, np.arange(len(beats)), left=np.nan, right=np.nan)
    walking = np.isfinite(phase)
    phase = np.where(walking, phase, 0.0)
    acc = np.zeros((len(times), 3))
    acc[:, 0] = walking * -amplitude * np.sin(2 * np.pi * phase)
    acc[:, 1] = walking * np.cos(np.pi * phase) * amplitude / 2
    acc[:, 2] = walking * amplitude * np.cos(2 * np.pi * phase)
    return Trunk(0.0, 100.0, acc, np.zeros_like(acc))


def test_a_strong_overtone_is_not_taken_for_the_steps() -> None:
    times = np.arange(0, 14, 0.01)
    trunk = _waves(times, np.linspace(3, 10.7, 12))
    walking = trunk.acc[:, 2] != 0
    trunk.acc[:, 2] += walking * 4 * np.cos(4 * np.pi * (times - 3) / 0.7)
    clock = step_clock(trunk)
    assert np.median(clock.period_s) == pytest.approx(0.7, rel=0.1)


def test_the_moves_of_a_walking_frame_are_no_steps() -> None:
    """Three lifts to two steps: a dependent walker of the virtual lab moves the frame before every second step."""
    body = FAMILIES["segments"](person_of(64_000_010, "segments").who, 0.0, stream(11, "body"))
    body.wait(2.0)
    body.go((Walk(5.0),))
    body.wait(2.0)
    felt = feel(Role.LOWER_BACK, body.motion())
    trunk = trunk_motion(regularise(Imu(grid_times(0, len(felt.force)), felt.force, felt.rate)))
    assert np.median(step_clock(trunk).period_s) > 0.65


def _found(trunk: Trunk) -> list[Array]:
    clock = step_clock(trunk)
    return [clock_times(clock, sequence.ticks) for sequence in find_sequences(clock)]


def test_one_peak_a_step_is_chosen() -> None:
    beats = np.asarray(3 + 0.6 * np.arange(12), dtype=np.float64)
    (found,) = _found(_waves(np.arange(0, 14, 0.01), beats))
    inner = found[(found > 3.3) & (found < 9.3)]
    np.testing.assert_allclose(inner, beats[1:-1], atol=0.03)


def test_a_long_stop_parts_sequences() -> None:
    times = np.arange(0, 22, 0.01)
    first, second = (_waves(times, np.linspace(begin, begin + 4.2, 8)) for begin in (3, 13))
    both = Trunk(0.0, 100.0, first.acc + second.acc, first.gyr)
    assert len(_found(both)) == 2


def test_the_summit_of_a_parabola_is_found_between_samples() -> None:
    x = np.arange(9.0)
    np.testing.assert_allclose(summit(5 - (x - 4.3) ** 2, np.array([4])), [4.3])


def test_what_repeats_exactly_is_regular() -> None:
    phase = np.arange(12 * TICKS) / TICKS
    same = regularity(np.cos(2 * np.pi * phase) + 0.3 * np.cos(4 * np.pi * phase))
    assert same.step == pytest.approx(1, abs=0.02)
    assert same.stride == pytest.approx(1, abs=0.02)
    assert same.symmetry == pytest.approx(1, abs=0.02)


def test_a_limp_repeats_with_the_stride_only() -> None:
    phase = np.arange(12 * TICKS) / TICKS
    limp = regularity(np.cos(2 * np.pi * phase) + 0.8 * np.cos(np.pi * phase))
    assert limp.stride == pytest.approx(1, abs=0.02)
    assert limp.symmetry is not None
    assert limp.symmetry < 0.5


def test_noise_is_not_regular() -> None:
    noise = regularity(np.random.default_rng(0).standard_normal(40 * TICKS))
    assert max(noise.step, noise.stride) < 0.15
    assert noise.symmetry is None


def test_a_sequence_is_parted_where_the_trunk_rests() -> None:
    clock = step_clock(_waves(np.arange(0, 20, 0.01), np.arange(2, 18, 0.5)))
    amount = np.ones(len(clock.time_s))
    ticks = TICKS * np.arange(2.0, 9.0)
    amount[int(ticks[3]) + 2 : int(ticks[4]) - 2] = 0.0
    resting = replace(clock, all_movement=Movement(amount, amount, 0.0))
    assert stops_between(resting, Sequence(ticks, np.ones(len(ticks)))) == [4]


FAINT = (("segments", 100056), ("segments", 100111), ("segments", 100286), ("pendulum", 1241))
"""Before peaks had to stand out of the noise these had a step too many, or the first foot left the floor too early."""


@pytest.mark.parametrize(("family", "seed"), FAINT)
def test_noise_makes_no_step_and_no_push_off(family: str, seed: int) -> None:
    signal, wanted = basis("walk", "lower_back", family, "frail_walker")
    assert_same(MEASURES["walk"](noisy(signal.sampled(), seed), "lower_back", signal.mark_s), wanted, noisy=True)


@pytest.mark.parametrize("stop_s", [1.6, 5.0, 20.0])
def test_a_stop_parts_walks_near_where_their_contacts_end(stop_s: float) -> None:
    made = walk(Plan(steps=12, stop_after=6, stop_s=stop_s, seed=4))
    clock = step_clock(trunk_motion(regularise(made.imu)))
    ends_s = [clock_times(clock, found.ticks[[0, -1]]) for found in find_walking(clock)]
    # a push-off before the first contact and a closing step after the last one lift the trunk, too
    np.testing.assert_allclose(ends_s, made.contacts_s[[0, 5, 6, 11]].reshape(2, 2), atol=2 * Plan().step_s)


def test_steps_turn_the_heading_as_the_trunk_turns() -> None:
    made = walk(Plan(steps=12, seed=4))
    clock = step_clock(trunk_motion(regularise(made.imu)))
    turning = np.interp(clock.time_s, clock.sample_s, np.cumsum(clock.trunk.gyr[:, 2]) / clock.trunk.rate_hz)
    np.testing.assert_allclose(np.ptp(clock.heading), np.ptp(turning), rtol=0.1)


def test_a_step_lasts_as_long_as_its_ticks() -> None:
    clock = step_clock(_waves(np.arange(0, 30, 0.01), 2 + np.cumsum(np.linspace(0.5, 0.9, 30))))
    lasts_s = TICKS * np.diff(clock.time_s)
    assert np.ptp(lasts_s) > 0.2
    np.testing.assert_allclose((clock.period_s[1:] + clock.period_s[:-1]) / 2, lasts_s, rtol=1e-3)


@pytest.mark.parametrize("every", [1, 2, 3])
def test_up_goes_straight_between_the_samples_it_is_found_at(every: int) -> None:
    few = np.random.default_rng(every).normal(size=(20, 3))
    at = np.arange(20 * every - 1) / every
    expected = [np.interp(at, np.arange(20), axis) for axis in few.T]
    np.testing.assert_allclose(_between(few, every, len(at)), expected, atol=1e-12)
