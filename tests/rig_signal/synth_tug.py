"""A Timed Up and Go made of equations: smooth steps of height, lean and heading, and sines for the gait.

Poses at 500 Hz give positions of sensors on trunk and thigh; differences of those give what the sensors feel. The
truth is read off the poses by the definitions of docs/landmarks.md.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from rig_signal.types import Array, Imu

FINE_HZ = 500.0
SENSORS = {"lower_back": (-0.11, 0.0, 0.09), "chest": (0.12, 0.0, 0.36)}  # ahead, left, up from the hip, m


@dataclass(frozen=True)
class Script:
    """What the person does; seconds, metres, degrees."""

    quiet_before: float = 3.0
    quiet_after: float = 3.0
    rise: float = 1.4
    lean_deg: float = 38.0
    recline_deg: float = 12.0
    failed_rises: int = 0
    failed_rest: float = 0.15
    stand: float = 0.4
    walk: float = 4.0
    step: float = 0.55
    turn: float = 1.8
    turn_deg: tuple[float, float] = (180.0, 180.0)
    hesitation: float = 0.0
    stop: float = 0.0
    sit: float = 1.5
    overlap: float = 0.0
    seat_drop: float = 0.38
    sinks_evenly: bool = False


@dataclass(frozen=True)
class Truth:
    """Borders of the six phases: first movement, standing, both turns' starts and ends, seated."""

    borders: tuple[float, ...]
    turned_deg: tuple[float, float]

    @property
    def duration(self) -> float:
        return self.borders[-1] - self.borders[0]


@dataclass(frozen=True)
class Poses:
    time_s: Array
    hip: Array
    heading: Array
    lean: Array
    roll: Array
    thigh: Array


def smooth_step(t: Array, start: float, length: float) -> Array:
    """From 0 to 1 with speed and acceleration zero at both ends."""
    x = np.clip((t - start) / length, 0, 1)
    return x**3 * (10 - 15 * x + 6 * x**2)


def bump(t: Array, start: float, length: float) -> Array:
    """From 0 to 1 and back."""
    return smooth_step(t, start, length / 2) - smooth_step(t, start + length / 2, length / 2)


def _timetable(s: Script) -> dict[str, float]:
    at = {"first": s.quiet_before}
    at["rise"] = at["first"] + s.failed_rises * (s.rise + s.failed_rest)
    at["out"] = at["rise"] + s.rise + s.stand
    at["turn"] = at["out"] + s.walk + s.stop
    at["back"] = at["turn"] + s.turn + s.hesitation
    at["last"] = at["back"] + s.walk
    at["sit"] = at["last"] + s.turn - s.overlap
    at["seated"] = at["sit"] + s.sit
    at["end"] = at["seated"] + 0.8 + s.quiet_after
    return at


def _turn(t: Array, at: float, s: Script, hesitation: float) -> Array:
    if not hesitation:
        return smooth_step(t, at, s.turn)
    first, second = smooth_step(t, at, s.turn / 2), smooth_step(t, at + s.turn / 2 + hesitation, s.turn / 2)
    return 0.5 * first + 0.5 * second


def _walking(t: Array, s: Script, at: dict[str, float]) -> Array:
    """How far the gait is under way, 0 to 1."""
    ramp = 0.5 * s.step
    out, stop, back = at["out"], at["out"] + s.walk / 2, at["back"]
    gait = smooth_step(t, out, ramp) - smooth_step(t, at["last"] + 0.7 * s.turn, ramp)
    if s.stop:
        gait = gait - smooth_step(t, stop - ramp, ramp) + smooth_step(t, stop + s.stop, ramp)
    if s.hesitation:
        halt = at["turn"] + s.turn / 2
        gait = (
            gait
            - smooth_step(t, halt - ramp / 2, ramp)
            + smooth_step(t, min(halt + s.hesitation, back) - ramp / 2, ramp)
        )
    return np.asarray(gait)


def _descent(t: Array, start: float, s: Script) -> Array:
    if not s.sinks_evenly:
        return smooth_step(t, start, s.sit)
    return np.asarray(gaussian_filter1d(np.clip((t - start) / s.sit, 0, 1), 0.05 * s.sit * FINE_HZ))


def _bending(t: Array, sit: float, s: Script) -> Array:
    """The lean of the descent; who sinks evenly holds it all the way."""
    if not s.sinks_evenly:
        return bump(t, sit - 0.1 * s.sit, 1.2 * s.sit)
    return smooth_step(t, sit - 0.1 * s.sit, 0.3 * s.sit) - smooth_step(t, sit + 0.95 * s.sit, 0.4 * s.sit)


def make_poses(s: Script) -> tuple[Poses, dict[str, float]]:
    """Poses at 500 Hz and the timetable."""
    at = _timetable(s)
    t = np.arange(0, at["end"], 1 / FINE_HZ)
    gait, phase = _walking(t, s, at), np.pi * t / s.step
    up = smooth_step(t, at["rise"] + 0.35 * s.rise, 0.65 * s.rise)
    down = _descent(t, at["sit"], s)
    lean = np.radians(s.lean_deg) * (bump(t, at["rise"], s.rise) + _bending(t, at["sit"], s))
    for k in range(s.failed_rises):
        start = at["first"] + k * (s.rise + s.failed_rest)
        lean = lean + np.radians(s.lean_deg) * bump(t, start, s.rise)
        up = up + 0.25 * bump(t, start + 0.35 * s.rise, 0.6 * s.rise)
    seated = 1 - smooth_step(t, at["rise"], 0.6 * s.rise) + smooth_step(t, at["seated"], 0.8)
    speed = 0.5 * gait / s.step
    heading = np.radians(s.turn_deg[0]) * _turn(t, at["turn"], s, s.hesitation)
    heading = heading + np.radians(s.turn_deg[1]) * _turn(t, at["last"], s, 0.0)
    walked = np.cumsum(np.stack([speed * np.cos(heading), speed * np.sin(heading)], axis=1), axis=0) / FINE_HZ
    z = 0.5 + s.seat_drop * (up - down) + gait * 0.018 * np.cos(2 * phase)
    poses = Poses(
        time_s=t,
        hip=np.column_stack([walked[:, 0], walked[:, 1] + 0.02 * gait * np.sin(phase), z]),
        heading=heading + gait * np.radians(3.5) * np.sin(phase),
        lean=lean - np.radians(s.recline_deg) * seated + gait * np.radians(2.0) * np.sin(2 * phase + 0.5),
        roll=gait * np.radians(2.5) * np.cos(phase),
        thigh=np.radians(-82) * (1 - np.clip(up, 0, 1) + down) + gait * np.radians(20) * np.sin(phase),
    )
    return poses, at


def truth_of(poses: Poses, at: dict[str, float], s: Script) -> Truth:
    """Landmarks by their definitions."""
    t, hip = poses.time_s, poses.hip
    speed = np.linalg.norm(np.gradient(hip, axis=0), axis=1) * FINE_HZ
    turning = np.abs(np.gradient(poses.lean)) * FINE_HZ
    stand = np.flatnonzero(
        (t > at["rise"]) & (hip[:, 2] >= 0.5 + 0.95 * s.seat_drop) & (np.abs(poses.lean) < np.radians(15))
    )
    off = int(np.argmax((t > at["rise"]) & (hip[:, 2] > 0.505)))
    deepest = off + int(np.argmax(poses.lean[off : stand[0]]))
    highest = np.maximum.accumulate(turning[deepest::-1])[::-1][: off + 1]
    moving = (turning[: off + 1] > 0.1 * highest) | (speed[: off + 1] > 0.1 * speed[off : stand[0]].max())
    first = _movement_that_leads_to(t[: off + 1], moving, t[stand[0]])
    fast = np.flatnonzero((speed > 0.05) & (t < at["seated"] + 0.05))
    turns = [
        _turn_borders(t, poses.heading, at["turn"], at["back"]),
        _turn_borders(t, poses.heading, at["last"], at["last"] + s.turn),
    ]
    high = np.flatnonzero((t < at["seated"]) & (hip[:, 2] >= 0.5 + 0.95 * s.seat_drop))
    borders = (first, t[stand[0]], *turns[0], turns[1][0], min(turns[1][1], t[high[-1]]), t[fast[-1]])
    return Truth(tuple(float(x) for x in borders), s.turn_deg)


def _movement_that_leads_to(t: Array, moving: NDArray[np.bool_], up: float) -> float:
    """Start of the movement under way at the end, after the last rest of a quarter of the time from there to `up`."""
    starts = np.flatnonzero(moving)
    pauses = np.flatnonzero(np.diff(t[starts]) >= 0.25 * (up - t[starts][1:]))
    return float(t[starts[pauses[-1] + 1 if len(pauses) else 0]])


def _turn_borders(t: Array, heading: Array, start: float, end: float) -> tuple[float, float]:
    inside = (t >= start) & (t <= end)
    smooth = gaussian_filter1d(heading, 0.15 * FINE_HZ)[inside]
    part = (smooth - smooth[0]) / (smooth[-1] - smooth[0])
    return float(t[inside][np.argmax(part > 0.05)]), float(t[inside][np.argmax(part > 0.95)])


def feel(poses: Poses, placement: str, *, rate_hz: float = 100.0) -> Imu:
    """Specific force and angular rate at a sensor, in its own axes: ahead, left, up on trunk or thigh."""
    pitch = poses.thigh if placement == "thigh" else poses.lean
    roll = 0 * pitch if placement == "thigh" else poses.roll
    turned = Rotation.from_euler("ZYX", np.column_stack([poses.heading, pitch, roll]))
    place = (0.07, 0.0, -0.2) if placement == "thigh" else SENSORS[placement]
    path = gaussian_filter1d(poses.hip + turned.apply(np.array(place)), 0.01 * FINE_HZ, axis=0)
    force = np.gradient(np.gradient(path, axis=0), axis=0) * FINE_HZ**2 + np.array([0, 0, 9.80665])
    rates = (turned[:-1].inv() * turned[1:]).as_rotvec() * FINE_HZ
    rates = gaussian_filter1d(np.vstack([rates, rates[-1:]]), 0.01 * FINE_HZ, axis=0)
    t = np.arange(poses.time_s[0], poses.time_s[-1], 1 / rate_hz)
    acc = turned.inv().apply(force)
    columns = [np.interp(t, poses.time_s, x) for x in (*acc.T, *rates.T)]
    return Imu(t, np.stack(columns[:3], axis=1), np.stack(columns[3:], axis=1))


def make_tug(s: Script, placement: str = "lower_back", *, rate_hz: float = 100.0, seed: int = 1) -> tuple[Imu, Truth]:
    """Samples with the errors of a usual sensor, and what really happened."""
    poses, at = make_poses(s)
    imu = feel(poses, placement, rate_hz=rate_hz)
    rng = np.random.default_rng(seed)
    assert imu.gyr is not None
    acc = imu.acc * (1 + rng.normal(0, 0.004, 3)) + rng.normal(0, 0.04, 3) + rng.normal(0, 0.02, imu.acc.shape)
    gyr = imu.gyr + rng.normal(0, 0.005, 3) + rng.normal(0, 0.003, imu.gyr.shape)
    return Imu(imu.time_s, acc, gyr), truth_of(poses, at, s)
