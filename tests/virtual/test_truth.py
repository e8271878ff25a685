"""The truth obeys docs/landmarks.md: found again from the poses, sample by sample, by other means."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from rig.model.marks import Test
from rig.virtual import PRESETS, VirtualSession
from rig.virtual.motion import GRID_S, Array, Motion, Pose
from rig.virtual.truth import TrialTruth
from tests.virtual.bodies import second, times, trials

Get = Callable[[str], VirtualSession]
TOLERANCE_S = 0.0065


def window(trial: TrialTruth) -> range:
    return range(int(second(trial.start_ns) / GRID_S), int(second(trial.end_ns) / GRID_S))


def rises_by_hand(motion: Motion, trial: TrialTruth) -> list[tuple[str, float]]:
    """A state machine over pelvis height and trunk pitch."""
    rest = motion.rest
    seated, standing = rest.seated_height, rest.standing_height
    state, since, found, stood, left = "seated", 0, [], False, 0.0
    for i in window(trial):
        z, lean = motion.pelvis.position[i, 2], abs(motion.trunk.pitch[i] - rest.upright_pitch)
        up = z >= seated + 0.95 * (standing - seated) and lean <= math.radians(15)
        if state == "seated" and z > seated + 0.005:
            state, stood, since, left = "off", False, 0, i * GRID_S
        elif state == "off" and z <= seated + 0.005:
            state = "seated"
            found += [("seat_on", i * GRID_S)] if stood else [("failed_rise", left)]
        elif state == "off":
            since = since + 1 if up else 0
            if since * GRID_S >= 0.10 and not stood:
                stood = True
                found += [("seat_off", left), ("standing", (i - since + 1) * GRID_S)]
    return sorted(found, key=lambda event: event[1])


@pytest.mark.parametrize("name", PRESETS)
def test_rises(session: Get, name: str) -> None:
    for trial in trials(session(name), Test.CHAIR, Test.CHAIR_SINGLE, Test.TUG):
        want = rises_by_hand(session(name).motion, trial)
        kinds = ("seat_off", "standing", "seat_on", "failed_rise")
        have = [(e.name, second(e.t_ns)) for e in trial.events if e.name in kinds]
        assert [n for n, _ in have] == [n for n, _ in want]
        assert [t for _, t in have] == pytest.approx([t for _, t in want], abs=TOLERANCE_S)


def speeds_by_hand(motion: Motion, first: int, last: int) -> tuple[Array, Array]:
    """Trunk's angular speed from the angle between successive attitudes; pelvis's speed from successive places."""
    attitude = Rotation.from_matrix(motion.trunk.rotation()[first : last + 1])
    spin = (attitude[:-1].inv() * attitude[1:]).magnitude() / GRID_S
    speed = np.linalg.norm(np.diff(motion.pelvis.position[first : last + 1], axis=0), axis=1) / GRID_S
    return np.asarray(spin), np.asarray(speed)


def begun_by_hand(motion: Motion, start: int, foot_off: float) -> float:
    """Onset of a walk: back from the foot-off until half a second of rest."""
    spin, speed = speeds_by_hand(motion, start, int(foot_off / GRID_S))
    at, still = len(spin), 0
    while at > 0 and still * GRID_S < 0.5:
        at -= 1
        still = 0 if spin[at] > 0.10 or speed[at] > 0.05 else still + 1
    return (start + at + still) * GRID_S


def rise_begun_by_hand(motion: Motion, start: int, seat_off: float, standing: float) -> float:
    """First movement: back from seat-off by tenths of the highest so far, to a rest of a quarter of what follows."""
    off, up = (int(t / GRID_S) - start for t in (seat_off, standing))
    spin, speed = speeds_by_hand(motion, start, start + up)
    deepest = off + int(np.argmax(motion.trunk.pitch[start + off : start + up + 1]))
    highest, fastest = spin[off : max(deepest, off + 1)].max(), speed[off:].max()
    at, still = off, 0
    while at > 0 and still < 0.25 * (up - at - still):
        at -= 1
        highest = max(highest, spin[at])
        still = 0 if spin[at] > 0.1 * highest or speed[at] > 0.1 * fastest else still + 1
    return (start + at + still) * GRID_S


@pytest.mark.parametrize("name", PRESETS)
def test_first_movement_and_onset(session: Get, name: str) -> None:
    motion = session(name).motion
    for trial in session(name).truth.trials:
        have = times(trial, "first_movement") or times(trial, "onset")
        if not have or trial.failed_rises:
            continue
        start = window(trial).start
        if times(trial, "onset"):
            want = begun_by_hand(motion, start, times(trial, "first_foot_off")[0])
        else:
            want = rise_begun_by_hand(motion, start, times(trial, "seat_off")[0], times(trial, "standing")[0])
        assert have[0] == pytest.approx(want, abs=2 * TOLERANCE_S)
        assert have[0] > times(trial, "cue")[0]


def lowest_by_hand(foot: Pose, sole: float) -> Array:
    heel = foot.position[:, 2] + sole / 2 * np.sin(foot.pitch)
    toe = foot.position[:, 2] - sole / 2 * np.sin(foot.pitch)
    return np.minimum(heel, toe)


@pytest.mark.parametrize("name", PRESETS)
def test_contacts_and_first_foot_off(session: Get, name: str) -> None:
    motion = session(name).motion
    for trial in trials(session(name), Test.WALK_4M, Test.WALK_6M):
        offs, contacts = [], []
        for foot in (motion.foot_left, motion.foot_right):
            low = lowest_by_hand(foot, motion.build.sole)
            for i in window(trial):
                if low[i] > 0.001 >= low[i - 1]:
                    offs.append(i * GRID_S)
                if low[i] <= 0.001 < low[i - 1]:
                    contacts.append(i * GRID_S)
        assert times(trial, "initial_contact") == pytest.approx(sorted(contacts), abs=TOLERANCE_S)
        assert times(trial, "first_foot_off") == [pytest.approx(min(offs), abs=TOLERANCE_S)]
        assert times(trial, "last_contact") == [pytest.approx(max(contacts), abs=TOLERANCE_S)]
        assert trial.steps == len(contacts)


def trunk_front_by_hand(motion: Motion, i: int, height: float) -> float:
    """Foremost point at a height of many points on the surface of the leaning elliptical cylinder."""
    build = motion.build
    around = np.linspace(0, 2 * np.pi, 181)
    along = np.linspace(0, build.trunk, 400)
    across = np.stack([build.trunk_depth / 2 * np.cos(around), build.trunk_width / 2 * np.sin(around)], axis=1)
    upright = Rotation.from_euler("ZY", [motion.trunk.yaw[i], motion.trunk.pitch[i]])
    ring = upright.apply(np.column_stack([across, np.zeros(len(across))]))
    axis = upright.apply([0, 0, 1.0])
    points = motion.trunk.position[i] + (ring[:, None, :] + along[None, :, None] * axis).reshape(-1, 3)
    near = np.abs(points[:, 2] - height) < 0.003
    return float(points[near, 0].max())


@pytest.mark.parametrize("name", ["robust", "frail_walker"])
def test_trunk_crossings(session: Get, name: str) -> None:
    motion = session(name).motion
    places = {0: 0.0, 1: 3.0, 2: 4.0, 3: 6.0}
    for trial in trials(session(name), Test.WALK_4M, Test.WALK_6M):
        for gate, x in places.items():
            for at in times(trial, "crossing", gate):
                before, after = int((at - 0.02) / GRID_S), int((at + 0.02) / GRID_S) + 1
                assert trunk_front_by_hand(motion, before, 1.1) < x + 0.003
                assert trunk_front_by_hand(motion, after, 1.1) > x - 0.003
        assert len(times(trial, "crossing", 2)) == 1


@pytest.mark.parametrize("name", ["frail_walker", "cannot_rise", "tandem_step_out"])
def test_step_out(session: Get, name: str) -> None:
    motion = session(name).motion
    stepped = [t for t in session(name).truth.trials if t.step_out_s is not None]
    assert len(stepped) == 1
    begin = times(stepped[0], "begin")[0]
    first = round(begin / GRID_S)
    for i in range(first, motion.pelvis.yaw.size):
        moved = 0.0
        for foot in (motion.foot_left, motion.foot_right):
            for end in (-0.5, 0.5):
                shift = sole_end(foot, i, end, motion) - sole_end(foot, first, end, motion)
                moved = max(moved, float(np.linalg.norm(shift)))
        if moved >= 0.010:
            break
    assert stepped[0].step_out_s == pytest.approx(i * GRID_S - begin, abs=TOLERANCE_S)
    assert stepped[0].held_s == stepped[0].step_out_s


def sole_end(foot: Pose, i: int, share: float, motion: Motion) -> Array:
    turn = Rotation.from_euler("ZY", [foot.yaw[i], foot.pitch[i]])
    return np.asarray(foot.position[i] + turn.apply([share * motion.build.sole, 0, 0]))


@pytest.mark.parametrize("name", ["robust", "pre_frail", "frail_walker", "tandem_step_out"])
def test_turns_and_phases_of_tug(session: Get, name: str) -> None:
    motion = session(name).motion
    (trial,) = trials(session(name), Test.TUG)
    starts = [e for e in trial.events if e.name == "turn_start"]
    ends = [e for e in trial.events if e.name == "turn_end"]
    assert len(starts) == len(ends) == 2
    heading = motion.trunk.yaw
    for start, end in zip(starts, ends, strict=True):
        a, b = int(second(start.t_ns) / GRID_S), int(second(end.t_ns) / GRID_S)
        assert start.value == pytest.approx(180, abs=4)
        assert math.degrees(heading[b] - heading[a]) == pytest.approx(0.9 * (start.value or 0), abs=1.0)
        assert (np.diff(heading[a:b]) > -0.02).all()
    assert [p.name for p in trial.phases] == [
        "sit_to_stand",
        "walk_out",
        "turn",
        "walk_back",
        "turn_to_sit",
        "stand_to_sit",
    ]
    assert all(p.end_ns == q.start_ns for p, q in zip(trial.phases, trial.phases[1:], strict=False))
    assert all(p.start_ns < p.end_ns for p in trial.phases)
    assert second(trial.phases[0].start_ns) == times(trial, "first_movement")[0]
    assert second(trial.phases[-1].end_ns) == times(trial, "seated")[0]


def test_seated_is_when_the_pelvis_has_come_to_rest(session: Get) -> None:
    motion = session("robust").motion
    (trial,) = trials(session("robust"), Test.TUG)
    at = int(times(trial, "seated")[0] / GRID_S)
    speed = np.linalg.norm(np.gradient(motion.pelvis.position, GRID_S, axis=0), axis=1)
    assert (speed[at + 1 : window(trial).stop] < 0.05).all()
    assert times(trial, "seated")[0] >= times(trial, "seat_on")[-1]
    assert (speed[at - 60 : at] >= 0.05).any()


INTERVALS = {
    ("walk_4m", "sppb"): ("first_foot_off", "gate2"),
    ("walk_4m", "gates"): ("gate0", "gate2"),
    ("walk_4m", "cue"): ("cue", "gate2"),
    ("walk_6m", "sppb"): ("first_foot_off", "gate3"),
    ("walk_6m", "gates"): ("gate0", "gate3"),
    ("walk_6m", "cue"): ("cue", "gate3"),
    ("chair_single", "sppb"): ("cue", "standing"),
    ("chair_single", "movement"): ("first_movement", "standing"),
    ("chair", "sppb"): ("cue", "standing"),
    ("chair", "five_sits"): ("cue", "seat_on"),
    ("chair", "movement"): ("first_movement", "standing"),
    ("tug", "sppb"): ("cue", "seated"),
    ("tug", "movement"): ("first_movement", "seated"),
}


@pytest.mark.parametrize("name", PRESETS)
def test_times_are_differences_of_the_named_events(session: Get, name: str) -> None:
    for trial in session(name).truth.trials:
        at: dict[str, list[float]] = {}
        for e in trial.events:
            at.setdefault(e.name if e.gate is None else f"gate{e.gate}", []).append(second(e.t_ns))
        for profile, value in trial.times_s.items():
            start, end = INTERVALS.get((trial.test, profile), ("begin", "hold_end"))
            assert value == pytest.approx(at[end][-1 if trial.test == "chair" else 0] - at[start][0], abs=2e-6)
        assert trial.times_s or trial.unable
