"""Performs a score: from footfalls, joint tracks and shakes to the poses of all segments."""

from dataclasses import dataclass, field

import numpy as np
from numpy.random import Generator
from scipy.ndimage import gaussian_filter1d

from rig.virtual.body import balance, chair, wobble
from rig.virtual.body.curves import minimum_jerk
from rig.virtual.body.feet import Footfall, FootTrack, Placement, Side, track_foot
from rig.virtual.motion import GRID_S, Array, Build, Motion, Pose, Rest, grid_times
from rig.virtual.participant import Participant

LUMBAR_SHARE = 0.8
"""Part of the trunk's lean that the pelvis and lower back make."""
AID_AHEAD_M = {"none": np.nan, "cane": 0.12, "walker": 0.25, "rollator": 0.50}
"""Front of the aid ahead of the pelvis when it is put down."""


@dataclass(slots=True)
class Score:
    """What is to be performed, in session seconds."""

    feet: dict[Side, Placement]
    joints: chair.ChairTracks
    falls: list[Footfall] = field(default_factory=list)
    shakes: wobble.Shakes = field(default_factory=wobble.Shakes)
    aid_in_use: list[tuple[float, float]] = field(default_factory=list)
    frame_moves: list[tuple[float, float]] = field(default_factory=list)


def perform(score: Score, person: Participant, build: Build, seconds: float, rng: Generator) -> Motion:
    """Lay everything on the grid and put the segments together."""
    count = int(seconds / GRID_S) + 1
    left, right = (_track(score, side, build, count) for side in ("left", "right"))
    shank, raised, lean = (t.sample(count) for t in (score.joints.shank, score.joints.height, score.joints.trunk))
    rest = _rest(person, build)
    heading = _heading(left, right)
    centre = balance.centre_of_mass(left, right, build)
    standing = minimum_jerk(raised)
    sinking = standing * balance.sinking(centre, left, right, build, person.step_width_m)
    small = wobble.sway(score.shakes, person, build, standing, rng)
    small += wobble.lopsided(lean, rest.upright_pitch, rng)
    small += wobble.steps(score.shakes, left, right, heading, sinking)
    ahead, up = chair.hip_offset(shank, raised, build)
    height = rest.standing_height + up + small.up - sinking
    hips = _hips(centre, heading, ahead + small.ahead, small.aside, height)
    for landing in score.shakes.landings:
        landing.add_to(hips[:, 2])
    pelvis = Pose(hips, heading + small.yaw, LUMBAR_SHARE * lean + small.pitch, small.roll)
    trunk = Pose(hips, heading - 0.5 * small.yaw, lean + 0.7 * small.pitch, -0.4 * small.roll)
    aid = _aid_ahead(score, person, centre, heading)
    return Motion(pelvis, trunk, _thigh(hips, heading, right, build), left.pose, right.pose, aid, rest, build)


def _track(score: Score, side: Side, build: Build, count: int) -> FootTrack:
    return track_foot(score.feet[side], [fall for fall in score.falls if fall.side == side], build, count)


def _rest(person: Participant, build: Build) -> Rest:
    standing = balance.hip_height(build)
    return Rest(standing - chair.excursion(build), standing, float(np.radians(person.stoop_deg)))


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


def _aid_ahead(score: Score, person: Participant, centre: Array, heading: Array) -> Array:
    """Where the aid stands: with the body, or (a frame that is picked up) still until it is moved."""
    ahead = np.full(heading.size, AID_AHEAD_M[person.aid])
    if score.frame_moves:
        ahead += _frame_lead(score.frame_moves, centre, heading)
    time = grid_times(0, heading.size)
    in_use = np.zeros(heading.size, dtype=bool)
    for start, end in score.aid_in_use:
        in_use |= (time >= start) & (time < end)
    return np.where(in_use, ahead, np.nan)


def _frame_lead(moves: list[tuple[float, float]], centre: Array, heading: Array) -> Array:
    """How much further the frame is than the body; a move brings it to where the body is at the next move."""
    pace = np.gradient(centre, axis=0)
    walked = np.cumsum(pace[:, 0] * np.cos(heading) + pace[:, 1] * np.sin(heading))
    lead = -walked
    ends = [start for start, _ in moves[1:]] + [heading.size * GRID_S]
    for (start, end), until in zip(moves, ends, strict=True):
        first, last, stays = (min(round(t / GRID_S), heading.size - 1) for t in (start, end, until))
        share = np.linspace(0, 1, last - first, endpoint=False)
        lead[first:last] += share * walked[stays] + (1 - share) * walked[first]
        lead[last:stays] += walked[stays]
    lead[: round(moves[0][0] / GRID_S)] = 0.0
    return lead


def _thigh(hips: Array, heading: Array, foot: FootTrack, build: Build) -> Pose:
    """The thigh between hip and ankle: two segments, the knee in front of the line between them."""
    reach = _ankle(foot, build) - hips
    ahead = reach[:, 0] * np.cos(heading) + reach[:, 1] * np.sin(heading)
    down = -reach[:, 2]
    span = _reachable(np.hypot(ahead, down), build.thigh + build.shank)
    bend = np.arccos((build.thigh**2 + span**2 - build.shank**2) / (2 * build.thigh * span))
    forward = np.arctan2(ahead, down) + bend
    return Pose(hips, heading, gaussian_filter1d(-forward, 2.0), np.zeros(heading.size))


def _reachable(span: Array, leg: float) -> Array:
    """The distance, held below the leg's length without a kink."""
    soft = 0.01 * leg
    return np.asarray(leg - soft * np.logaddexp(0.0, (leg - span) / soft))


def _ankle(foot: FootTrack, build: Build) -> Array:
    """Ankle joint of a foot that may be pitched: behind and above the sole's middle."""
    back, up = -build.sole_ahead, build.ankle
    pitch, yaw = foot.pose.pitch, foot.pose.yaw
    along = back * np.cos(pitch) + up * np.sin(pitch)
    height = -back * np.sin(pitch) + up * np.cos(pitch)
    offset = np.stack([along * np.cos(yaw), along * np.sin(yaw), height], axis=1)
    return np.asarray(foot.pose.position + offset)
