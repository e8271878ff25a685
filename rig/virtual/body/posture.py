"""Performs a score: from footfalls, joint tracks and shocks to the poses of all segments."""

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from scipy.ndimage import gaussian_filter1d

from rig.virtual.body import balance, chair
from rig.virtual.body.curves import Landing, Shock, Track, slow_noise, tremor_noise
from rig.virtual.body.feet import Footfall, FootTrack, Placement, Side, track_foot
from rig.virtual.motion import GRID_S, Array, Build, Motion, Pose, Rest
from rig.virtual.participant import Participant

LUMBAR_SHARE = 0.8
"""Part of the trunk's lean that the pelvis and lower back make."""


@dataclass(slots=True)
class Score:
    """What is to be performed, in session seconds."""

    left: Placement
    right: Placement
    falls: list[Footfall]
    chair: chair.ChairTracks
    sway: Track = field(default_factory=lambda: Track(1.0))
    tremor: Track = field(default_factory=lambda: Track(0.0))
    landings: list[Landing] = field(default_factory=list)
    pitch_shocks: list[Shock] = field(default_factory=list)
    contact_shocks: list[tuple[Shock, Side]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, eq=False)
class Oscillation:
    """Small rotations (rad, each (n,)) and displacements (m) on top of the path and the joints."""

    yaw: Array
    pitch: Array
    roll: Array
    ahead: Array
    aside: Array
    up: Array


def perform(score: Score, person: Participant, build: Build, seconds: float, rng: Generator) -> Motion:
    """Lay everything on the grid and put the segments together."""
    count = int(seconds / GRID_S) + 1
    left = track_foot(score.left, [f for f in score.falls if f.side == "left"], build, count)
    right = track_foot(score.right, [f for f in score.falls if f.side == "right"], build, count)
    shank, thigh, lean = (t.sample(count) for t in (score.chair.shank, score.chair.thigh, score.chair.trunk))
    seated = chair.share_seated(thigh, build)
    heading = _heading(left, right)
    centre = balance.centre_of_mass(left, right, build)
    sinking = balance.sinking(centre, left, right, build, person.step_width_m)
    small = _combine(_sway(score, person, build, 1 - seated, rng), _gait(score, left, right, heading, sinking))
    ahead, up = chair.hip_offset(shank, thigh, build)
    hips = _hips(centre, heading, ahead + small.ahead, small.aside, balance.hip_height(build) + up + small.up - sinking)
    for landing in score.landings:
        landing.add_to(hips[:, 2])
    return _assemble(hips, heading, lean, small, left, right, build, _rest(person, build))


def _rest(person: Participant, build: Build) -> Rest:
    standing = balance.hip_height(build)
    return Rest(standing - chair.seated_drop(build), standing, float(np.radians(person.stoop_deg)))


def _heading(left: FootTrack, right: FootTrack) -> Array:
    """The trunk's heading runs between the feet's directions and a little ahead of them."""
    feet = 0.5 * (left.pose.yaw + right.pose.yaw)
    smooth = gaussian_filter1d(feet, 0.16 / GRID_S, mode="nearest")
    early = round(0.12 / GRID_S)
    return np.concatenate([smooth[early:], np.full(early, smooth[-1])])


def _hips(centre: Array, heading: Array, ahead: Array, aside: Array, height: Array) -> Array:
    x = centre[:, 0] + ahead * np.cos(heading) - aside * np.sin(heading)
    y = centre[:, 1] + ahead * np.sin(heading) + aside * np.cos(heading)
    return np.stack([x, y, height], axis=1)


def _sway(score: Score, person: Participant, build: Build, standing: Array, rng: Generator) -> Oscillation:
    """Quiet sway about the ankles, breathing, tremor in effort."""
    count = standing.size
    gain = score.sway.sample(count) * standing * person.sway_mm * 1e-3 / np.sqrt(2)
    ahead, aside = (gain * slow_noise(count, rng, (1.3, 0.45, 0.12), (1.0, 0.45, 0.07)) for _ in range(2))
    tremor = score.tremor.sample(count) * np.radians(person.tremor_deg) * tremor_noise(count, rng, 4.7)
    breath = np.radians(0.25) * np.sin(2 * np.pi * 0.24 * np.arange(count) * GRID_S + rng.uniform(0, 6))
    lean = np.radians(0.15) * slow_noise(count, rng, (0.8, 0.2), (1.0, 0.15))
    height = balance.hip_height(build)
    zero = np.zeros(count)
    return Oscillation(zero, ahead / height + tremor + breath + lean, -aside / height, ahead, aside, zero)


def _gait(score: Score, left: FootTrack, right: FootTrack, heading: Array, sinking: Array) -> Oscillation:
    """Rotations that go with the feet, and the shake of every contact."""
    apart = left.ankle - right.ankle
    stride = apart[:, 0] * np.cos(heading) + apart[:, 1] * np.sin(heading)
    stride = gaussian_filter1d(stride, 0.07 / GRID_S, mode="nearest")
    share = gaussian_filter1d(balance.left_share(left, right), 0.06 / GRID_S, mode="nearest")
    swinging = gaussian_filter1d(np.abs(stride), 0.4 / GRID_S, mode="nearest")
    roll = 0.30 * swinging * (share - 0.5)
    pitch = 0.2 * np.gradient(sinking, GRID_S)
    up, ahead, aside, jolt = (np.zeros(heading.size) for _ in range(4))
    for shock, side in score.contact_shocks:
        shock.add_to(up)
        _scaled(shock, -0.6).add_to(ahead)
        _scaled(shock, 0.5 if side == "left" else -0.5).add_to(aside)
        _scaled(shock, 4.0).add_to(jolt)
    for shock in score.pitch_shocks:
        shock.add_to(jolt)
    return Oscillation(-0.13 * stride, pitch + jolt, roll, ahead, aside, up)


def _scaled(shock: Shock, factor: float) -> Shock:
    return Shock(shock.at, shock.size * factor, shock.sigma)


def _combine(a: Oscillation, b: Oscillation) -> Oscillation:
    return Oscillation(
        a.yaw + b.yaw, a.pitch + b.pitch, a.roll + b.roll, a.ahead + b.ahead, a.aside + b.aside, a.up + b.up
    )


def _assemble(
    hips: Array,
    heading: Array,
    lean: Array,
    small: Oscillation,
    left: FootTrack,
    right: FootTrack,
    build: Build,
    rest: Rest,
) -> Motion:
    pelvis = Pose(hips, heading + small.yaw, LUMBAR_SHARE * lean + small.pitch, small.roll)
    trunk = Pose(hips, heading - 0.5 * small.yaw, lean + 0.7 * small.pitch, -0.4 * small.roll)
    femur = _thigh(hips, heading, right, build)
    nothing = np.full(heading.size, np.nan)
    return Motion(pelvis, trunk, femur, left.pose, right.pose, nothing, rest, build)


def _thigh(hips: Array, heading: Array, foot: FootTrack, build: Build) -> Pose:
    """The thigh between hip and ankle: two segments, the knee in front of the line between them."""
    ankle = _ankle(foot, build)
    reach = ankle - hips
    ahead = reach[:, 0] * np.cos(heading) + reach[:, 1] * np.sin(heading)
    down = -reach[:, 2]
    span = np.minimum(np.hypot(ahead, down), 0.999 * (build.thigh + build.shank))
    bend = np.arccos((build.thigh**2 + span**2 - build.shank**2) / (2 * build.thigh * span))
    forward = np.arctan2(ahead, down) + bend
    return Pose(hips, heading, gaussian_filter1d(-forward, 2.0), np.zeros(heading.size))


def _ankle(foot: FootTrack, build: Build) -> Array:
    """Ankle joint of a foot that may be pitched: behind and above the sole's middle."""
    back, up = -build.sole_ahead, build.ankle
    pitch, yaw = foot.pose.pitch, foot.pose.yaw
    along = back * np.cos(pitch) + up * np.sin(pitch)
    height = -back * np.sin(pitch) + up * np.cos(pitch)
    offset = np.stack([along * np.cos(yaw), along * np.sin(yaw), height], axis=1)
    return np.asarray(foot.pose.position + offset)
