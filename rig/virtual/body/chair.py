"""Rising and sitting: hips go up and down over feet that stand still; knees follow, the trunk leans."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from rig.virtual.body.balance import hip_height
from rig.virtual.body.curves import Landing, Track, in_pieces
from rig.virtual.motion import GRID_S, Array, Build, grid_times
from rig.virtual.participant import Participant

HIP_ABOVE_SEAT_M = 0.08
SHANK_STANDING = 0.06
SHANK_SEATED = 0.17
SHANK_MOST = 0.30
ONSET_TO_STAND = 0.78
STAND_TO_CONTACT = 0.665
"""Parts of a rise's and a descent's full length between the landmarks that name them (found by trial)."""
STAND_SHARE = 0.96
STAND_LEAN = np.radians(14)
"""A person feels to be standing a little later than the landmark says (95 %, 15 degrees)."""


@dataclass(slots=True)
class ChairTracks:
    """Shank leaning forward (rad), height of the hips from seat (0) to stand (1), trunk leaning forward (rad)."""

    shank: Track
    height: Track
    trunk: Track


def excursion(build: Build) -> float:
    """How much higher the hips are in the stand than on the seat."""
    return hip_height(build) - build.seat_height - HIP_ABOVE_SEAT_M


def hip_offset(shank: Array, height: Array, build: Build) -> tuple[Array, Array]:
    """Hips relative to where they are in a stand on the same feet: ahead and up; the thigh closes the chain."""
    ahead = _reach(shank, height, build) - _reach(np.array(SHANK_STANDING), np.array(1.0), build)
    return ahead, (height - 1) * excursion(build)


def _reach(shank: Array, height: Array, build: Build) -> Array:
    """Hips ahead of the ankles for a shank's lean and a height of the hips."""
    hips = build.seat_height + HIP_ABOVE_SEAT_M + height * excursion(build)
    rise = hips - build.ankle - build.shank * np.cos(shank)
    back = np.sqrt(np.maximum(build.thigh**2 - rise**2, (0.05 * build.thigh) ** 2))
    return np.asarray(build.shank * np.sin(shank) - back)


def rise(tracks: ChairTracks, person: Participant, start: float, length: float, rng: Generator) -> float:
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
    tracks.shank.to(SHANK_MOST, start + 0.26 * length, start + 0.52 * length)
    tracks.shank.to(SHANK_STANDING, start + 0.52 * length, start + length)
    in_pieces(tracks.height, 1.0, start + 0.29 * length, start + 0.90 * length, pieces, rng)
    return _standing_at(tracks, grid_times(int(start / GRID_S), int((start + length) / GRID_S) + 2))


def _standing_at(tracks: ChairTracks, time: Array) -> float:
    upright = tracks.trunk.at(time) <= tracks.trunk.value + STAND_LEAN
    return float(time[np.argmax((tracks.height.at(time) >= STAND_SHARE) & upright)])


def attempt(
    tracks: ChairTracks, person: Participant, build: Build, start: float, height: float
) -> tuple[Landing | None, float]:
    """Lean forward, leave the seat as far as `height`, fall back; how it lands and when it is over."""
    flexion = 0.45 * person.rise_time_s / ONSET_TO_STAND
    tracks.trunk.to(np.radians(0.85 * person.flexion_deg), start, start + flexion)
    top = start + 1.5 * flexion
    tracks.trunk.to(np.radians(-person.recline_deg), top, top + 1.2)
    if height <= 0:
        return None, top + 1.2
    tracks.height.to(height, start + 0.7 * flexion, top)
    landing = _drop(tracks.height, build, top, top + 0.35 + 0.5 * height, 0.85)
    return landing, top + 1.4


def sit(tracks: ChairTracks, person: Participant, build: Build, start: float, length: float, *, fully: bool) -> Landing:
    """Bend, lower the hips, meet the seat; `fully` brings the trunk back against the backrest."""
    tracks.trunk.to(np.radians(0.75 * person.flexion_deg), start, start + 0.6 * length)
    tracks.shank.to(SHANK_MOST, start, start + 0.5 * length)
    tracks.shank.to(SHANK_SEATED, start + 0.5 * length, start + length)
    landing = _drop(tracks.height, build, start + 0.1 * length, start + length, person.landing)
    if fully:
        tracks.trunk.to(np.radians(-person.recline_deg), start + 0.85 * length, start + length + 0.9)
    else:
        tracks.trunk.to(np.radians(0.1 * person.flexion_deg), start + 0.9 * length, start + length + 0.45)
    return landing


def _drop(height: Track, build: Build, start: float, end: float, cut: float) -> Landing:
    """Lower the hips to the seat, the last part of the way unchecked; how hard they land."""
    height.to(0.0, start, end, cut=cut)
    last = height.ramps[-1]
    left = float(last.at(np.array(end - GRID_S)) - last.change)
    return Landing(end, left * excursion(build) / GRID_S)
