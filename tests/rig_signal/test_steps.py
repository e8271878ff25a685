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
from rig_signal.contacts import (
    JOLT_AFTER_S,
    Lag,
    Sequence,
    contact_lag,
    find_sequences,
    firm_peaks,
    own_contacts,
    summit,
)
from rig_signal.edges import first_edge, foot_off, last_edge
from rig_signal.regularity import regularity
from rig_signal.rests import comes_to_rest, stops_between
from rig_signal.rhythm import TICKS, Movement, StepClock, clock_times, step_clock
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


def test_rates_are_told_along_the_axes_of_the_acceleration() -> None:
    """However the sensor was turned about the vertical, the walker rolls, leans and turns alike."""
    first, second = (
        trunk_motion(regularise(walk(Plan(seed=1), rotation=Rotation.from_euler("z", angle), noise=False).imu))
        for angle in (0.0, 2.0)
    )
    np.testing.assert_allclose(second.gyr, first.gyr, atol=1e-6)
    assert first.gyr.std(axis=0).min() > 0.005


BEATS = np.linspace(3, 9.6, 12)


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


@pytest.mark.parametrize(("forward", "walks"), [(1.0, 2), (0.0, 1), (-1.0, 1)])
def test_weak_steps_that_go_nowhere_are_no_walk(forward: float, walks: int) -> None:
    times = np.arange(0, 24, 0.01)
    strong, weak = _waves(times, BEATS), _waves(times, np.linspace(14, 18.8, 9), amplitude=0.6)
    both = strong.acc + weak.acc * [forward, 1.0, 1.0]
    assert len(_found(Trunk(0.0, 100.0, both, strong.gyr))) == walks


def test_strong_steps_are_a_walk_in_whatever_order_they_push() -> None:
    strong = _waves(np.arange(0, 14, 0.01), BEATS)
    assert len(_found(Trunk(0.0, 100.0, strong.acc * [0.0, 1.0, 1.0], strong.gyr))) == 1


def _with_a_faint_step() -> Trunk:
    """The sixth of twelve steps hardly lifts the trunk."""
    times = np.arange(0, 14, 0.01)
    trunk = _waves(times, BEATS)
    trunk.acc[:, 2] *= 1 - 1.05 * np.exp(-0.5 * ((times - 6.0) / 0.3) ** 4)
    return trunk


def test_noise_does_not_hide_a_faint_step_between_plain_ones() -> None:
    clock = step_clock(_with_a_faint_step())
    (plainly,) = find_sequences(clock)
    noise = np.full_like(clock.noise, plainly.strength.min() / 1.6)
    (noisily,) = find_sequences(replace(clock, noise=noise))
    np.testing.assert_array_equal(noisily.ticks, plainly.ticks)


def test_a_faint_step_lies_where_the_others_leave_room() -> None:
    clock = step_clock(_with_a_faint_step())
    (found,) = find_sequences(clock)
    faint = int(found.strength.argmin())
    middle = (found.ticks[faint - 1] + found.ticks[faint + 1]) / 2
    for off in (-0.2, 0.2):
        ticks = found.ticks.copy()
        ticks[faint] = middle + off * TICKS
        firm = firm_peaks(clock, ticks, 0)
        assert firm[faint] == pytest.approx(middle, abs=0.02 * TICKS)
        np.testing.assert_allclose(np.delete(firm - ticks, faint), 0.0, atol=0.01 * TICKS)


def test_where_a_closing_step_was_added_moves_no_other() -> None:
    clock = step_clock(_with_a_faint_step())
    (found,) = find_sequences(clock)
    faint = int(found.strength.argmin())
    soon, late = (
        firm_peaks(clock, np.append(found.ticks[: faint + 1], found.ticks[faint] + off * TICKS), 1)
        for off in (0.6, 1.2)
    )
    np.testing.assert_allclose(soon[:-1], late[:-1], atol=1e-6)
    assert late[-1] - soon[-1] == pytest.approx(0.6 * TICKS)


def test_plain_steps_stay_uneven() -> None:
    clock = step_clock(_waves(np.arange(0, 14, 0.01), BEATS))
    ticks = np.linspace(2 * TICKS, 9 * TICKS, 8)
    ticks[1::2] += 0.2 * TICKS
    np.testing.assert_allclose(firm_peaks(replace(clock, wave=np.ones_like(clock.wave)), ticks, 0), ticks, atol=0.3)


def _bumps(times: Array, at: Array, width: float) -> Array:
    return np.asarray(np.exp(-0.5 * ((times[:, None] - at) / width) ** 2).sum(axis=1), dtype=np.float64)


def _even_steps() -> tuple[StepClock, Array]:
    """A clock of steps of 0.6 s and the inner peaks."""
    clock = step_clock(_waves(np.arange(0, 14, 0.01), BEATS))
    return clock, find_sequences(clock)[0].ticks[1:-1]


def _feeling(clock: StepClock, jolt: Array, push: Array) -> StepClock:
    """The same clock, with other jolts and pushes than it would find."""
    other = replace(clock)
    vars(other).update(_shaken=(jolt, jolt), push=push)
    return other


def _lag_by_jolts(*told: tuple[float, float]) -> float:
    """Lag in seconds where each step shakes the trunk as by contacts so long before the peak, so hard."""
    clock, peaks = _even_steps()
    at = clock_times(clock, peaks) + JOLT_AFTER_S
    jolt = sum((hard * _bumps(clock.sample_s, at - lag_s, 0.02) for lag_s, hard in told), np.zeros_like(clock.jolt))
    lag = contact_lag(_feeling(clock, jolt, clock.push), peaks)
    return lag.steps * lag.step_s


def test_contacts_lie_between_what_their_jolts_and_the_push_tell() -> None:
    early, late = _lag_by_jolts((0.12, 5.0)), _lag_by_jolts((0.06, 5.0))
    assert early - late == pytest.approx(0.06 * 0.69, abs=0.01)


def test_of_two_jolts_the_one_near_the_push_counts() -> None:
    alone = _lag_by_jolts((0.08, 5.0))
    both = [_lag_by_jolts((0.08, 5.0), (0.25, hard)) for hard in np.linspace(4.5, 5.5, 11)]
    np.testing.assert_allclose(both, alone, atol=0.02)
    assert np.abs(np.diff(both)).max() < 0.002


def _fifth_contact(first_s: float, second_s: float, hard: float) -> float:
    """How late a contact is, s, if its step shakes the trunk twice: first as hard as all others, then `hard`."""
    clock, contacts = _even_steps()
    at = clock_times(clock, contacts) + JOLT_AFTER_S
    jolt = 5 * _bumps(clock.sample_s, np.delete(at, 4), 0.03)
    jolt += 5 * _bumps(clock.sample_s, at[4:5] + first_s, 0.03) + hard * _bumps(
        clock.sample_s, at[4:5] + second_s, 0.03
    )
    lag = Lag(steps=0.0, plain=3.0, step_s=0.6, jolt=5.0, own=1.0)
    own = own_contacts(_feeling(clock, jolt, clock.push), contacts, lag)
    np.testing.assert_allclose(clock_times(clock, np.delete(own - contacts, 4)), clock.time_s[0], atol=0.005)
    return float(np.diff(clock_times(clock, np.array([contacts[4], own[4]])))[0])


def test_a_contact_is_where_its_own_jolt_says() -> None:
    assert _fifth_contact(0.08, 0.08, 0.0) == pytest.approx(0.08, abs=0.01)


def test_of_two_own_jolts_alike_neither_moves_the_contact() -> None:
    late = [_fifth_contact(-0.08, 0.20, hard) for hard in np.linspace(4.4, 5.6, 25)]
    assert abs(late[12]) < 0.02
    assert np.abs(np.diff(late)).max() < 0.010


def test_of_two_pushes_alike_the_middle_counts() -> None:
    clock, peaks = _even_steps()
    ticks, lags = np.arange(len(clock.push), dtype=np.float64), []
    for first in np.linspace(0.96, 1.04, 9):
        push = first * _bumps(ticks, peaks - 9, 1.5) + _bumps(ticks, peaks - 3, 1.5)
        lags.append(contact_lag(_feeling(clock, np.zeros_like(clock.jolt), push), peaks).steps)
    assert lags[0] < lags[-1]
    assert np.abs(np.diff(lags)).max() < 0.02


def test_the_foot_off_does_not_jump_as_the_contact_moves() -> None:
    """When in the first step a push-off may be has no sharp edge."""
    clock = step_clock(trunk_motion(regularise(walk(speed_plan(0.8, seed=1)).imu)))
    first = first_edge(clock, find_sequences(clock)[0])
    lag, moves = contact_lag(clock, first.contacts), np.linspace(-0.1, 0.1, 81) * TICKS
    pushed_off = float(first.contacts[0]) - (lag.steps + 0.55) * TICKS
    rises = 3 * _bumps(np.arange(len(clock.acc), dtype=np.float64), np.array([pushed_off]), 2.0)
    clock = replace(clock, acc=clock.acc + rises[:, None] * [0.0, 0.0, 1.0])
    moved = (first.contacts + np.eye(1, len(first.contacts))[0] * move for move in moves)
    offs = [foot_off(clock, replace(first, contacts=peaks), peaks, lag).t_s for peaks in moved]
    assert np.ptp(offs) > 0.03
    assert np.abs(np.diff(offs)).max() < 0.010


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


def _last_steps(after: float) -> tuple[StepClock, Sequence, Sequence]:
    """A walk without its last peak, and with one so many steps later that does not rise at all."""
    clock = step_clock(trunk_motion(regularise(walk(speed_plan(0.8, seed=1)).imu)))
    found = find_sequences(clock)[0]
    found = Sequence(found.ticks[:-1], found.strength[:-1])
    last = found.ticks[-1] + after * TICKS
    wave = clock.wave.copy()
    wave[int(last)] = 0.0
    return replace(clock, wave=wave), found, Sequence(np.append(found.ticks, last), np.append(found.strength, 0.0))


@pytest.mark.parametrize("after", [0.6, 0.7, 0.8])
def test_a_last_peak_that_does_not_rise_changes_nothing(after: float) -> None:
    """Whether such a one is chosen is chance: before, it was a step, and the closing step was where it lay."""
    clock, found, more = _last_steps(after)
    rest = comes_to_rest(clock, found)
    assert rest is not None
    assert rest > more.ticks[-1]
    lag = contact_lag(clock, found.ticks)
    np.testing.assert_allclose(last_edge(clock, more, lag).contacts, last_edge(clock, found, lag).contacts, atol=0.5)


def test_a_rest_begins_between_ticks() -> None:
    clock = step_clock(_waves(np.arange(0, 20, 0.01), np.arange(2, 18, 0.5)))
    walked = Sequence(TICKS * np.arange(2.0, 9.0), np.ones(7))
    begins = []
    for off in np.linspace(0, 1, 5):
        amount = (1 - 0.02 * (clock.ticks - 9 * TICKS - off).clip(0, None)).clip(0.0, None)
        begins.append(comes_to_rest(replace(clock, all_movement=Movement(amount, amount, 0.0)), walked))
    np.testing.assert_allclose(np.diff(np.array(begins, dtype=np.float64)), 0.25, atol=1e-6)


FAINT = (("segments", 100056), ("segments", 100111), ("segments", 100286), ("pendulum", 1241))
"""Before peaks had to stand out of the noise these had a step too many, or the first foot left the floor too early."""


@pytest.mark.parametrize(("family", "seed"), FAINT)
def test_noise_makes_no_step_and_no_push_off(family: str, seed: int) -> None:
    signal, wanted = basis("walk", "lower_back", family, "frail_walker")
    assert_same(MEASURES["walk"](noisy(signal.sampled(), seed), "lower_back", signal.mark_s), wanted, noisy=True)


def test_who_steps_by_short_and_long_steps_walks_in_noise() -> None:
    """Most steps were long ones or short ones by what noise added, and of most long ones the whole walk was none."""
    signal, wanted = basis("walk", "lower_back", "segments", "frail_walker")
    assert_same(MEASURES["walk"](noisy(signal.sampled(), 1048), "lower_back", signal.mark_s), wanted, noisy=True)


@pytest.mark.parametrize("stop_s", [1.6, 5.0, 20.0])
def test_a_stop_parts_walks_near_where_their_contacts_end(stop_s: float) -> None:
    made = walk(Plan(steps=12, stop_after=6, stop_s=stop_s, seed=4))
    clock = step_clock(trunk_motion(regularise(made.imu)))
    ends_s = [clock_times(clock, found.ticks[[0, -1]]) for found in find_walking(clock)]
    # a push-off before the first contact and a closing step after the last one lift the trunk, too
    np.testing.assert_allclose(ends_s, made.contacts_s[[0, 5, 6, 11]].reshape(2, 2), atol=2 * Plan().step_s)


@pytest.mark.parametrize(("amplitude", "walks"), [(1.2, 2), (0.55, 1)])
def test_weak_steps_after_a_short_rest_are_no_walk(amplitude: float, walks: int) -> None:
    """Weak as they are they push forward, so that without the walk before them they are one."""
    times = np.arange(0, 20, 0.01)
    before, after = _waves(times, BEATS), _waves(times, np.linspace(10.8, 15.6, 9), amplitude=amplitude)
    both = step_clock(Trunk(0.0, 100.0, before.acc + after.acc, before.gyr))
    assert len(find_walking(both)) == walks
    assert len(find_walking(step_clock(after))) == 1


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
