"""Rising and sitting: shank, thigh and trunk turn about ankle, knee and hip of feet that stand still."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from rig.virtual.body.balance import hip_height
from rig.virtual.body.curves import Landing, Track, in_pieces, minimum_jerk
from rig.virtual.motion import GRID_S, Array, Build, grid_times
from rig.virtual.participant import Participant

SHANK_STANDING = 0.06
SHANK_SEATED = 0.17
SHANK_MOST = 0.30
ONSET_TO_STAND = 0.83
"""Part of a rise's full length between the two landmarks that `rise_time_s` names (found by trial)."""
STAND_SHARE = 0.96
STAND_LEAN = np.radians(14)
"""A person feels to be standing a little later than the landmark says (95 %, 15 degrees)."""
STAND_TO_CONTACT = 0.80


@dataclass(slots=True)
class ChairTracks:
    """Joint angles (rad): shank leaning forward, thigh above horizontal, trunk leaning forward."""

    shank: Track
    thigh: Track
    trunk: Track


def thigh_standing(build: Build) -> float:
    """Thigh angle at which the hips have their standing height."""
    up = hip_height(build) - build.ankle - build.shank * np.cos(SHANK_STANDING)
    return float(np.arcsin(up / build.thigh))


def thigh_seated(build: Build) -> float:
    """Thigh angle on the seat; the hip joint is 8 cm above it."""
    up = build.seat_height + 0.08 - build.ankle - build.shank * np.cos(SHANK_SEATED)
    return float(np.arcsin(np.clip(up / build.thigh, -0.5, 0.5)))


def seated_drop(build: Build) -> float:
    """How much lower the hips are on the seat than in the stand."""
    return float(-hip_offset(np.array(SHANK_SEATED), np.array(thigh_seated(build)), build)[1])


def hip_offset(shank: Array, thigh: Array, build: Build) -> tuple[Array, Array]:
    """Hips relative to where they are in a stand on the same feet: ahead and up."""
    ahead = build.shank * np.sin(shank) - build.thigh * np.cos(thigh)
    up = build.shank * np.cos(shank) + build.thigh * np.sin(thigh)
    straight = thigh_standing(build)
    at_rest = (
        build.shank * np.sin(SHANK_STANDING) - build.thigh * np.cos(straight),
        build.shank * np.cos(SHANK_STANDING) + build.thigh * np.sin(straight),
    )
    return ahead - at_rest[0], up - at_rest[1]


def rise(tracks: ChairTracks, person: Participant, build: Build, start: float, length: float, rng: Generator) -> float:
    """Lean forward, leave the seat, extend. `length` is the whole movement, its slow ends included.

    Returns
    -------
    float
        When the person feels to be standing; the rest of the movement may overlap what follows.
    """
    peak = np.radians(person.flexion_deg + rng.normal(0, 1.5))
    pieces = 1 + int(length / 2.2)
    in_pieces(tracks.trunk, peak, start, start + 0.48 * length, pieces, rng)
    tracks.trunk.to(np.radians(person.stoop_deg), start + 0.40 * length, start + length)
    tracks.shank.to(SHANK_MOST, start + 0.20 * length, start + 0.45 * length)
    tracks.shank.to(SHANK_STANDING, start + 0.45 * length, start + length)
    in_pieces(tracks.thigh, thigh_standing(build), start + 0.28 * length, start + length, pieces, rng)
    return _standing_at(tracks, build, grid_times(int(start / GRID_S), int((start + length) / GRID_S) + 2))


def _standing_at(tracks: ChairTracks, build: Build, time: Array) -> float:
    up = hip_offset(tracks.shank.at(time), tracks.thigh.at(time), build)[1]
    lean = tracks.trunk.at(time)
    high = up >= (STAND_SHARE - 1) * seated_drop(build)
    return float(time[np.argmax(high & (lean <= tracks.trunk.value + STAND_LEAN))])


def attempt(
    tracks: ChairTracks, person: Participant, build: Build, start: float, height: float
) -> tuple[Landing | None, float]:
    """Lean forward, leave the seat as far as `height` of the excursion, fall back; how it lands and when it is over."""
    flexion = 0.45 * person.rise_time_s / ONSET_TO_STAND
    seated = thigh_seated(build)
    tracks.trunk.to(np.radians(0.85 * person.flexion_deg), start, start + flexion)
    top = start + 1.5 * flexion
    tracks.trunk.to(np.radians(-person.recline_deg), top, top + 1.2)
    if height <= 0:
        return None, top + 1.2
    reach = np.arcsin(min(1.0, np.sin(seated) + height * seated_drop(build) / build.thigh))
    tracks.thigh.to(float(reach), start + 0.7 * flexion, top)
    landing = _drop(tracks.thigh, build, top, top + 0.35 + 0.5 * height, 0.85)
    return landing, top + 1.4


def sit(tracks: ChairTracks, person: Participant, build: Build, start: float, length: float, *, fully: bool) -> Landing:
    """Bend, lower the hips, meet the seat; `fully` brings the trunk back against the backrest."""
    tracks.trunk.to(np.radians(0.75 * person.flexion_deg), start, start + 0.6 * length)
    tracks.shank.to(SHANK_MOST, start, start + 0.5 * length)
    tracks.shank.to(SHANK_SEATED, start + 0.5 * length, start + length)
    landing = _drop(tracks.thigh, build, start + 0.1 * length, start + length, person.landing)
    if fully:
        tracks.trunk.to(np.radians(-person.recline_deg), start + 0.85 * length, start + length + 0.9)
    else:
        tracks.trunk.to(np.radians(0.1 * person.flexion_deg), start + 0.9 * length, start + length + 0.45)
    return landing


def _drop(thigh: Track, build: Build, start: float, end: float, cut: float) -> Landing:
    """Lower the thigh to the seat and say how hard it lands."""
    seated = thigh_seated(build)
    thigh.to(seated, start, end, cut=cut)
    before = float(thigh.ramps[-1].at(np.array(end - GRID_S)) - thigh.ramps[-1].change)
    return Landing(end, build.thigh * np.cos(seated) * before / GRID_S)


def share_seated(thigh: Array, build: Build) -> Array:
    """1 on the seat, 0 in the stand, between them smoothly."""
    low, high = thigh_seated(build), thigh_standing(build)
    return 1 - minimum_jerk((thigh - low) / (high - low))
