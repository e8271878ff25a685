"""Lays a sketch on the grid: from steps, joint angles, blows and falls to the poses of all segments."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.ndimage import gaussian_filter1d

from rig.virtual.body.segments import chain
from rig.virtual.body.segments.feet import BEAR, EVEN, SIDES, Step, Trail, trail_of
from rig.virtual.body.segments.manner import Manner
from rig.virtual.body.segments.shapes import add_fall, add_hill, add_logistic, add_tone, slot, swinging_noise
from rig.virtual.body.segments.sketch import Sketch
from rig.virtual.motion import GRID_S, Array, Build, Motion, Pose, Rest, grid_times
from rig.virtual.participant import Participant

AID_AHEAD_M = {"none": np.nan, "cane": 0.15, "walker": 0.28, "rollator": 0.46}
ROCKER = 0.75
"""A foot rolls from heel to toe, so that a leg swings over it through less than its full arc (McGeer 1990)."""
YIELD = 0.80
"""Part of the compass's arc that is left when stance knee and ankle give way (Gard 2004 finds less than a compass)."""
CROUCH = 0.10
"""Knees stay a little bent in walking: metres lower for a metre between the feet, on average."""


@dataclass(slots=True)
class Path:
    """The body on the floor: middle between the feet (n, 2), heading, part of the weight on the left foot (n,)."""

    middle: Array
    heading: Array
    left_share: Array


@dataclass(slots=True)
class Small:
    """Small rotations (rad) and displacements (m) in the body's own axes."""

    yaw: Array
    pitch: Array
    roll: Array
    ahead: Array
    aside: Array
    up: Array


def perform(
    sketch: Sketch, person: Participant, manner: Manner, build: Build, seconds: float, rng: Generator
) -> Motion:
    """Poses of the whole session."""
    count = int(seconds / GRID_S) + 1
    left, right = (trail_of(sketch.feet[s], [p for p in sketch.steps if p.side == s], build, count) for s in SIDES)
    path = _path(sketch, left, right, manner, count)
    joints = sketch.joints
    ahead, height = chain.hips(joints.shank.sample(count), joints.thigh.sample(count), build)
    rest = Rest(chain.seated_height(build), chain.standing_height(build), float(np.radians(person.stoop_deg)))
    upness = BEAR((height - rest.seated_height) / rest.excursion)
    small = _small(sketch, person, manner, build, upness, rng)
    lateral = _lateral(path, left, right, person)
    drop = upness * _compass(path, lateral, left, right, person, build)
    height = height - drop + small.up
    _cushion(sketch, manner, height)
    hips = _placed(path, ahead + small.ahead, lateral + small.aside, height)
    pelvis, trunk = _spine(sketch, path, manner, small, hips)
    thigh = _thigh(hips, path.heading, right, build)
    return Motion(pelvis, trunk, thigh, left.pose, right.pose, _aid(sketch, person, path), rest, build)


def _path(sketch: Sketch, left: Trail, right: Trail, manner: Manner, count: int) -> Path:
    """Each step moves the middle by two pushes: one as its foot unloads, one as it takes weight."""
    start = 0.5 * (left.ankle[0] + right.ankle[0])
    x, y = np.full(count, start[0]), np.full(count, start[1])
    feet = dict(sketch.feet)
    for step in sketch.steps:
        here, to = feet[step.side], step.to
        feet[step.side] = to
        for at, constant, part in _pushes(step, manner):
            add_logistic(x, at, constant, 0.5 * part * (to.x - here.x))
            add_logistic(y, at, constant, 0.5 * part * (to.y - here.y))
    heading = np.full(count, sketch.feet["left"].yaw)
    for turn in sketch.headings:
        add_logistic(heading, turn.at, turn.constant_s, turn.angle)
    share = left.bearing / (left.bearing + right.bearing)
    return Path(np.stack([x, y], axis=1), heading, gaussian_filter1d(share, 0.05 / GRID_S, mode="nearest"))


def _pushes(step: Step, manner: Manner) -> tuple[tuple[float, float, float], ...]:
    """Instant, time constant and share of each push."""
    double = min(step.unload_s, step.load_s)
    off, on = step.lift_s - 0.65 * double, step.land_s + 0.35 * step.load_s
    constant = float(np.clip(manner.ripple * (on - off), 0.07, 0.35))
    first = constant if step.early == EVEN else 0.6 * constant
    return (off, first, step.early), (on, constant, 1 - step.early)


def _lateral(path: Path, left: Trail, right: Trail, person: Participant) -> Array:
    """The body goes over the standing foot: all the way when slow, a part of it when walking briskly."""
    apart = left.ankle - right.ankle
    width = -apart[:, 0] * np.sin(path.heading) + apart[:, 1] * np.cos(path.heading)
    follow = float(np.interp(person.speed_mps, (0.2, 0.6, 1.2), (0.75, 0.5, 0.32)))
    return np.asarray(follow * gaussian_filter1d(width * (path.left_share - 0.5), 0.06 / GRID_S, mode="nearest"))


def _compass(path: Path, lateral: Array, left: Trail, right: Trail, person: Participant, build: Build) -> Array:
    """How much lower than in the usual stand the hips are, on stiff legs blended by the weight they bear."""
    leg = chain.standing_height(build) - build.ankle
    sideways = np.stack([-np.sin(path.heading), np.cos(path.heading)], axis=1)
    over = path.middle + lateral[:, None] * sideways
    rest = leg - np.sqrt(leg**2 - (0.5 * person.step_width_m) ** 2)
    drops = []
    for foot in (left, right):
        apart = ROCKER * np.linalg.norm(over - foot.ankle, axis=1)
        drops.append(leg - np.sqrt(leg**2 - np.minimum(apart, 0.7 * leg) ** 2) - rest)
    blended = path.left_share * drops[0] + (1 - path.left_share) * drops[1]
    apart = left.ankle - right.ankle
    stride = np.abs(apart[:, 0] * np.cos(path.heading) + apart[:, 1] * np.sin(path.heading))
    knees = CROUCH * gaussian_filter1d(stride, 0.5 / GRID_S, mode="nearest")
    return np.asarray(gaussian_filter1d(YIELD * blended, 0.055 / GRID_S, mode="nearest") + knees)


def _small(sketch: Sketch, person: Participant, manner: Manner, build: Build, upness: Array, rng: Generator) -> Small:
    count = upness.size
    small = Small(*(np.zeros(count) for _ in range(6)))
    _sway(sketch, person, build, upness, small, rng)
    _strides(sketch, manner, small, rng)
    for blow in sketch.blows:
        _shake(blow.at, blow.strength, 1.0 if blow.side == "left" else -1.0, manner, small, rng)
    for fall in sketch.falls:
        add_fall(small.ahead, fall.at, fall.ahead, fall.up_s, fall.down_s)
        add_fall(small.aside, fall.at, fall.aside, fall.up_s, fall.down_s)
        add_fall(small.pitch, fall.at, fall.ahead / 0.6, fall.up_s, fall.down_s)
        add_fall(small.roll, fall.at, -fall.aside / 0.6, fall.up_s, fall.down_s)
        add_fall(small.yaw, fall.at, fall.twist, fall.up_s, fall.down_s)
    return small


def _sway(sketch: Sketch, person: Participant, build: Build, upness: Array, small: Small, rng: Generator) -> None:
    """The body as a rod on its ankles, pushed at random; breath; shaking in effort."""
    count = upness.size
    gain = sketch.sway.sample(count) * upness * person.sway_mm * 1e-3
    height = chain.standing_height(build)
    for axis, share, angle, sign in ((small.ahead, 0.8, small.pitch, 1.0), (small.aside, 0.6, small.roll, -1.0)):
        slow, fast = swinging_noise(count, rng, 0.12, 0.9), swinging_noise(count, rng, 0.45, 0.5)
        drift = share * gain * (0.87 * slow + 0.5 * fast)
        axis += drift
        angle += sign * drift / height
    breath = np.sin(2 * np.pi * rng.uniform(0.2, 0.3) * grid_times(0, count) + rng.uniform(0, 6))
    shaking = sketch.effort.sample(count) * np.radians(person.tremor_deg) * swinging_noise(count, rng, 5.2, 0.08)
    small.pitch += np.radians(0.2) * breath * np.abs(breath) + shaking
    small.roll += np.radians(0.12) * swinging_noise(count, rng, 0.2, 0.8)


def _strides(sketch: Sketch, manner: Manner, small: Small, rng: Generator) -> None:
    """With every step the hips turn, tilt and nod; how much goes with the length of the step."""
    yaw, roll, nod = 0.16 * np.exp(rng.normal(0, 0.3, 3)) * (1.0, 0.7, 0.5)
    feet = dict(sketch.feet)
    for step in sketch.steps:
        here = feet[step.side]
        way = float(np.hypot(step.to.x - here.x, step.to.y - here.y))
        feet[step.side] = step.to
        sign, end = (-1.0 if step.side == "left" else 1.0), step.land_s + step.load_s
        begin = step.lift_s - 0.5 * min(step.unload_s, step.load_s)
        late = 0.25 * (end - begin)
        add_hill(small.yaw, begin + late, end + 2 * late, 0.5 * sign * yaw * way)
        add_hill(small.roll, begin, end, 0.5 * sign * roll * way)
        add_hill(small.pitch, begin + late, end, -0.5 * nod * way)
        add_hill(small.pitch, end - 2 * late, end + late, 0.3 * nod * way)
    small.pitch -= 0.1 * manner.ripple * np.gradient(small.yaw, GRID_S) * 0.05


def _shake(at: float, strength: float, side: float, manner: Manner, small: Small, rng: Generator) -> None:
    """A blow brakes, dips and rings."""
    size = strength * float(np.exp(rng.normal(0, 0.3)))
    add_tone(small.up, at, -0.8e-3 * size, manner.shock_hz, 0.016)
    add_tone(small.ahead, at + 0.006, -0.8e-3 * size, 0.8 * manner.shock_hz, 0.020)
    add_tone(small.aside, at + 0.010, 0.5e-3 * side * size, 0.7 * manner.shock_hz, 0.022)
    add_tone(small.pitch, at + 0.004, 0.012 * size * rng.normal(1, 0.3), 6.0, 0.028)
    add_tone(small.roll, at + 0.008, 0.009 * side * size * rng.normal(1, 0.3), 7.4, 0.026)
    add_tone(small.yaw, at + 0.008, 0.006 * side * size * rng.normal(0.5, 0.5), 6.8, 0.026)


def _cushion(sketch: Sketch, manner: Manner, height: Array) -> None:
    """The seat gives way and comes back without a rebound."""
    for touch in sketch.touches:
        first, last = slot(touch.at, touch.at + 14 * manner.cushion_s, height.size)
        t = grid_times(first, last) - touch.at
        height[first:last] -= touch.speed * t * np.exp(-t / manner.cushion_s)


def _placed(path: Path, ahead: Array, aside: Array, height: Array) -> Array:
    cos, sin = np.cos(path.heading), np.sin(path.heading)
    x = path.middle[:, 0] + ahead * cos - aside * sin
    y = path.middle[:, 1] + ahead * sin + aside * cos
    return np.stack([x, y, height], axis=1)


def _spine(sketch: Sketch, path: Path, manner: Manner, small: Small, hips: Array) -> tuple[Pose, Pose]:
    """The pelvis takes its part of the lean; the chest follows late, takes all of it and turns against the hips."""
    count = hips.shape[0]
    lean, twist = sketch.joints.trunk.sample(count), sketch.joints.twist.sample(count)
    late = round(manner.chest_late_s / GRID_S)
    chest = np.concatenate([np.full(late, lean[0]), lean[: count - late]])
    pelvis = Pose(
        hips,
        path.heading + small.yaw + 0.5 * twist,
        manner.lumbar_share * lean + small.pitch,
        small.roll + 0.25 * twist,
    )
    trunk = Pose(
        hips, path.heading - 0.4 * small.yaw + twist, chest + 0.6 * small.pitch, -0.3 * small.roll + 0.4 * twist
    )
    return pelvis, trunk


def _thigh(hips: Array, heading: Array, foot: Trail, build: Build) -> Pose:
    """The thigh of the right leg, from hip and ankle by the law of cosines."""
    pose = foot.pose
    along = build.sole_ahead * np.cos(pose.pitch) - build.ankle * np.sin(pose.pitch)
    ankle_x, ankle_y = (pose.position[:, i] - along * f(pose.yaw) for i, f in ((0, np.cos), (1, np.sin)))
    ankle_z = pose.position[:, 2] + build.sole_ahead * np.sin(pose.pitch) + build.ankle * np.cos(pose.pitch)
    ahead = (ankle_x - hips[:, 0]) * np.cos(heading) + (ankle_y - hips[:, 1]) * np.sin(heading)
    down = hips[:, 2] - ankle_z
    leg = build.thigh + build.shank
    reach = np.hypot(ahead, down)
    span = leg * np.tanh((reach / leg) ** 12) ** (1 / 12)
    knee = (build.thigh**2 + span**2 - build.shank**2) / (2 * build.thigh * span)
    forward = np.arctan2(ahead, down) + np.arccos(np.clip(knee, -1.0, 1.0))
    return Pose(hips, heading, gaussian_filter1d(-forward, 3.0), np.zeros(forward.size))


def _aid(sketch: Sketch, person: Participant, path: Path) -> Array:
    """Front of the aid ahead of the hips; a pick-up frame stands still but when it is moved."""
    count = path.heading.size
    ahead = np.full(count, AID_AHEAD_M[person.aid])
    if sketch.frame_moves:
        ahead = ahead + _frame(sketch.frame_moves, path)
    used, time = np.zeros(count, dtype=bool), grid_times(0, count)
    for start, end in sketch.aid_in_use:
        used |= (time >= start) & (time < end)
    return np.where(used, ahead, np.nan)


def _frame(moves: list[tuple[float, float]], path: Path) -> Array:
    """Surplus of the frame's way over the body's: jumps ahead while it is moved, shrinks while it stands."""
    pace = np.gradient(path.middle, axis=0)
    walked = np.cumsum(pace[:, 0] * np.cos(path.heading) + pace[:, 1] * np.sin(path.heading))
    placed = np.full(walked.size, walked[0])
    knots = [slot(start, end, walked.size) for start, end in moves]
    nexts = [first for first, _ in knots[1:]] + [walked.size - 1]
    before = slot(0.0, moves[0][0], walked.size)[1]
    placed[:before] = walked[:before]
    for (first, last), later in zip(knots, nexts, strict=True):
        share = BEAR(np.linspace(0, 1, max(last - first, 0)))
        placed[first:last] = walked[first] + share * (walked[min(later, walked.size - 1)] - walked[first])
        placed[last:later] = walked[min(later, walked.size - 1)]
    placed[nexts[-1] :] = walked[nexts[-1] :]
    return np.asarray(placed - walked)
