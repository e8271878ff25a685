"""A planar body that rises and sits, with its truth by docs/landmarks.md.

Written apart from the algorithms: heights and angles are scripted as curves over time, sensors are carried
rigidly by trunk or thigh, and every landmark is read off the curves themselves.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from rig_signal.types import Array, Imu, Placement

RATE_HZ = 500.0
GRAVITY = 9.80665
THIGH_M = 0.42
LEVER_M = {"lower_back": (-0.09, 0.08), "chest": (0.10, 0.40)}

Shape = Callable[[Array], Array]


def minimum_jerk(s: Array) -> Array:
    return s**3 * (10 - 15 * s + 6 * s**2)


def half_cosine(s: Array) -> Array:
    return (1 - np.cos(np.pi * s)) / 2


def early(s: Array) -> Array:
    """Fast at first, creeping into the end."""
    return minimum_jerk(1 - (1 - s) ** 1.5)


def late(s: Array) -> Array:
    """Creeping out of the start, fast at the end."""
    return minimum_jerk(s**1.4)


@dataclass(frozen=True)
class Style:
    """How a person rises and sits; angles in rad, lengths in m, times in s."""

    excursion: float = 0.38
    lean: float = 0.6
    lean_s: float = 0.6
    rise_s: float = 1.2
    sit_s: float = 1.3
    overlap: float = 0.3
    stoop: float = 0.05
    recline: float = 0.05
    shape: Shape = minimum_jerk
    hardness: float = 0.0
    tremor: float = 0.0


@dataclass
class Body:
    """Curves that grow as actions are appended: pelvis height, forward place and trunk pitch."""

    style: Style
    seed: int = 0
    height: list[Array] = field(default_factory=list)
    forward: list[Array] = field(default_factory=list)
    pitch: list[Array] = field(default_factory=list)
    z: float = 0.0
    x: float = 0.0
    theta: float = 0.0
    truth: dict[str, list[float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rng = np.random.default_rng(self.seed)
        self.theta = -self.style.recline
        self.upright_seated = self.theta
        self.marks: list[tuple[str, int, int, float]] = []

    @property
    def samples(self) -> int:
        return sum(map(len, self.height))

    def _append(self, z: Array, x: Array, theta: Array) -> None:
        self.height.append(z)
        self.forward.append(x)
        self.pitch.append(theta)
        self.z, self.x, self.theta = float(z[-1]), float(x[-1]), float(theta[-1])

    def rest(self, seconds: float) -> "Body":
        n = max(1, round(seconds * RATE_HZ))
        self._append(np.full(n, self.z), np.full(n, self.x), np.full(n, self.theta))
        return self

    def lean(self, angle: float, seconds: float) -> "Body":
        s = self.style.shape(np.linspace(0, 1, round(seconds * RATE_HZ)))
        self._append(np.full(len(s), self.z), np.full(len(s), self.x), self.theta + (angle - self.theta) * s)
        return self

    def rise(self, reach: float = 1.0, scale: float = 1.0) -> "Body":
        st = self.style
        full = reach >= 1
        lean, up = st.lean_s * scale, st.rise_s * scale
        begin, total = lean * (1 - st.overlap), lean * (1 - st.overlap) + up
        t = np.arange(round(total * RATE_HZ)) / RATE_HZ
        z = self.z + (st.excursion * reach - self.z) * st.shape(np.clip((t - begin) / up, 0, 1))
        x = self.x + 0.35 * reach * st.shape(np.clip((t - 0.5 * begin) / (total - 0.5 * begin), 0, 1))
        end = st.stoop if full else st.lean * 0.7
        down = st.shape(np.clip(t / lean, 0, 1))
        back = st.shape(np.clip((t - lean) / (total - lean), 0, 1))
        theta = self.theta + (st.lean - self.theta) * down + (end - st.lean) * back
        self.marks.append(("rise" if full else "failed", self.samples, self.samples + len(t), reach))
        self._append(z + self._shake(len(t), 0.004), x, theta + self._shake(len(t), 0.02))
        return self

    def sit(self, scale: float = 1.0) -> "Body":
        st = self.style
        total = st.sit_s * scale
        t = np.arange(round(total * RATE_HZ)) / RATE_HZ
        fall = np.clip(t / (0.85 * total), 0, 1)
        path = st.shape(fall * (1 - st.hardness * 0.35) / 1.0)
        path = np.clip(path / path.max(), 0, 1)
        z = self.z * (1 - path)
        x = self.x - 0.35 * self.z / st.excursion * st.shape(fall)
        flex = st.shape(np.clip(t / (0.7 * total), 0, 1))
        back = st.shape(np.clip((t - 0.7 * total) / (0.3 * total), 0, 1))
        top = st.lean * 0.8
        theta = self.theta + (top - self.theta) * flex + (self.upright_seated - top) * back
        self.marks.append(("sit", self.samples, self.samples + len(t), 0.0))
        self._append(z, x, theta)
        return self

    def bob(self, depth: float, seconds: float, angle: float) -> "Body":
        """Go down by `depth` and up again, bending by `angle`: a half squat or a bend."""
        s = np.linspace(0, 1, round(seconds * RATE_HZ))
        wave = np.sin(np.pi * self.style.shape(s)) ** 2
        self._append(self.z - depth * wave, np.full(len(s), self.x), self.theta + angle * wave)
        return self

    def walk(self, seconds: float, steps_hz: float = 1.7, bounce: float = 0.02) -> "Body":
        t = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
        ramp = np.clip(np.minimum(t, t[-1] - t) / 0.8, 0, 1)
        phase = 2 * np.pi * steps_hz * t
        z = self.z + bounce * ramp * (np.cos(phase) - 1) / 2
        x = self.x + np.cumsum(0.8 * ramp) / RATE_HZ + 0.02 * ramp * np.sin(phase)
        theta = self.theta + ramp * (0.03 * np.sin(phase + 0.5) + 0.03 * np.sin(phase / 2))
        self._append(z, x, theta)
        return self

    def _shake(self, n: int, size: float) -> Array:
        t = np.arange(n) / RATE_HZ
        envelope = np.sin(np.pi * np.linspace(0, 1, n)) ** 2
        return self.style.tremor * size * envelope * np.sin(2 * np.pi * self.rng.uniform(4, 6) * t)

    def curves(self) -> tuple[Array, Array, Array]:
        """Pelvis height, forward place, trunk pitch, lightly smoothed (nothing in a body jumps)."""
        kernel = np.hanning(round(0.06 * RATE_HZ))
        kernel /= kernel.sum()
        half = len(kernel) // 2

        def soft(parts: list[Array]) -> Array:
            joined = np.pad(np.concatenate(parts), 2 * half, mode="edge")
            return np.convolve(np.convolve(joined, kernel, "same"), kernel, "same")[2 * half : -2 * half]

        return soft(self.height), soft(self.forward), soft(self.pitch)


@dataclass(frozen=True)
class Truth:
    first_movement: float
    seat_off: list[float]
    standing: list[float]
    seat_on: list[float]
    failed: int


def truth_of(body: Body) -> Truth:
    z, x, theta = body.curves()
    st = body.style
    rises = [m for m in body.marks if m[0] == "rise"]
    tops = z[z > 0.9 * st.excursion] if rises else z
    full = float(np.median(tops)) if rises else st.excursion
    speed = np.hypot(np.gradient(z), np.gradient(x)) * RATE_HZ
    off, up, on = [], [], []
    for _, begin, end, _ in rises:
        off.append(begin + int(np.argmax(z[begin:] > 0.005)))
        tall = (z >= 0.95 * full) & (np.abs(theta - st.stoop) <= np.radians(15))
        up.append(_held(tall, begin, round(0.1 * RATE_HZ)))
        low = np.flatnonzero(z[end:] < 0.005)
        if len(low):
            on.append(end + int(low[0]))
    first = _first(np.abs(np.gradient(theta)) * RATE_HZ, speed, off[0], up[0], theta) if off else -1
    failed = sum(m[0] == "failed" for m in body.marks)
    return Truth(first / RATE_HZ, _times(off), _times(up), _times(on), failed)


def _times(samples: list[int]) -> list[float]:
    return [s / RATE_HZ for s in samples]


def _held(mask: Array, begin: int, n: int) -> int:
    run = np.convolve(mask[begin:].astype(int), np.ones(n, dtype=int), "valid")
    return begin + int(np.argmax(run == n))


def _first(turning: Array, speed: Array, off: int, up: int, theta: Array) -> int:
    """Back from the seat-off over what exceeds tenths of the highest speeds, to a rest of a quarter of what follows."""
    highest, fastest = turning[off : off + int(np.argmax(theta[off : up + 1])) + 1].max(), speed[off : up + 1].max()
    first = at = off
    while at > 0 and first - at < 0.25 * (up - first):
        at -= 1
        highest = max(highest, turning[at])
        if turning[at] > 0.1 * highest or speed[at] > 0.1 * fastest:
            first = at
    return first


def wear(
    body: Body,
    placement: Placement,
    *,
    rate_hz: float = 100.0,
    noise: tuple[float, float] = (0.03, 0.005),
    offset: float = 0.0,
    seed: int = 0,
    slip: tuple[float, float] | None = None,
    pelvis_lag_s: float = 0.0,
) -> Imu:
    """What a sensor at `placement`, mounted in any attitude, records.

    `noise` of accelerometer (m/s²) and gyroscope (rad/s), `offset` of the accelerometer (m/s²), `slip`: (time, rad);
    at the lower back the pelvis may tilt later than the trunk above it.
    """
    rng = np.random.default_rng(seed)
    z, x, theta = body.curves()
    if placement == "thigh":
        angle = _thigh_angle(z / body.style.excursion)
        swing = -angle
        px, pz = x - 0.5 * THIGH_M * np.cos(angle), z - 0.5 * THIGH_M * np.sin(angle)
    else:
        ahead, above = LEVER_M[placement]
        swing = theta if placement == "chest" else _later(theta, pelvis_lag_s)
        px = x + ahead * np.cos(swing) + above * np.sin(swing)
        pz = z - ahead * np.sin(swing) + above * np.cos(swing)
    if slip is not None:
        swing = swing + slip[1] / (1 + np.exp(-(np.arange(len(z)) / RATE_HZ - slip[0]) / 0.05))
    ax, az = (np.gradient(np.gradient(c)) * RATE_HZ**2 for c in (px, pz))
    forward = ax * np.cos(swing) - (az + GRAVITY) * np.sin(swing)
    upward = ax * np.sin(swing) + (az + GRAVITY) * np.cos(swing)
    side = 0.02 * np.cumsum(rng.normal(size=len(z))) / np.sqrt(RATE_HZ)
    acc = np.stack([forward, 0 * side, upward], axis=1)
    gyr = np.stack([0 * swing, np.gradient(swing) * RATE_HZ, 0 * swing], axis=1)
    turn = random_rotation(rng)
    t = np.arange(int((len(z) - 1) / RATE_HZ * rate_hz) + 1) / rate_hz
    source = np.arange(len(z)) / RATE_HZ
    acc_s, gyr_s = (np.stack([np.interp(t, source, c) for c in turn @ m.T], axis=1) for m in (acc, gyr))
    acc_s += rng.normal(0, noise[0], (len(t), 3)) + offset * _unit(rng)
    return Imu(t, acc_s, gyr_s + rng.normal(0, noise[1], (len(t), 3)))


def _later(curve: Array, lag_s: float) -> Array:
    at = np.arange(len(curve))
    return np.asarray(np.interp(at - lag_s * RATE_HZ, at, curve))


def _thigh_angle(share: Array) -> Array:
    """Thigh above the horizontal, rad: two links, the shank leaning in mid-rise; 10° on the seat, 90° standing."""
    share = np.clip(share, 0, 1)
    shank = 0.35 * 4 * share * (1 - share)
    knee_drop = 0.40 * (1 - np.cos(shank)) / THIGH_M
    low = np.sin(np.radians(10))
    return np.asarray(np.arcsin(np.clip(low + share * (1 - low) + knee_drop, 0, 1)))


def _unit(rng: np.random.Generator) -> Array:
    v = rng.normal(size=3)
    return np.asarray(v / np.linalg.norm(v))


def random_rotation(rng: np.random.Generator) -> Array:
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q if np.linalg.det(q) > 0 else -q)


def five(style: Style, *, pause_s: float = 0.3, last_sit: bool = True, seed: int = 0) -> Body:
    body = Body(style, seed).rest(3.0)
    for number in range(5):
        body.rise()
        body.rest(pause_s)
        if number < 4 or last_sit:
            body.sit()
            body.rest(pause_s)
    return body.rest(2.0)
