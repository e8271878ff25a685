"""What an inertial sensor on the body measures: from poses to counts."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.transform import Rotation

from rig.model.setup import Role
from rig.virtual.motion import GRID_S, Array, Build, Motion, Pose, grid_times

GRAVITY = 9.80665
BANDWIDTH_S = 0.004
"""Width of the Gaussian that stands for the sensor's own low-pass filter (-3 dB at 33 Hz, no delay)."""


@dataclass(frozen=True, slots=True)
class Chip:
    """Ranges, resolution and faults of a sensor chip.

    Attributes
    ----------
    acc_range_g, gyr_range_dps
        Full scale of the 16-bit output.
    acc_noise, gyr_noise
        Standard deviation of one sample, m/s² and rad/s.
    acc_bias, gyr_bias, scale
        Standard deviations from which a unit's own constant errors are drawn (m/s², rad/s, parts of 1).
    mounting_deg
        Standard deviation of the angles by which it is worn askew; 180 turns it any way round.
    """

    acc_range_g: float = 8.0
    gyr_range_dps: float = 1000.0
    acc_noise: float = 0.012
    gyr_noise: float = 0.0012
    acc_bias: float = 0.06
    gyr_bias: float = 0.006
    scale: float = 0.005
    mounting_deg: float = 8.0

    @property
    def acc_lsb(self) -> float:
        """One count in m/s²."""
        return self.acc_range_g * GRAVITY / 32768

    @property
    def gyr_lsb(self) -> float:
        """One count in deg/s, with the usual headroom of these chips (35 mdps at 1000 dps)."""
        return self.gyr_range_dps * 0.035 / 1000


@dataclass(frozen=True, slots=True, eq=False)
class Felt:
    """Specific force (m/s²) and angular rate (rad/s) in the segment's axes, (n, 3) on the grid."""

    force: Array
    rate: Array


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """Counts as the chip gives them, (n, 3) int16 each."""

    acc: NDArray[np.int16]
    gyr: NDArray[np.int16]


def site(role: Role, motion: Motion) -> tuple[Pose, Array]:
    """The segment a sensor is strapped to and its place on it (m, segment axes)."""
    build: Build = motion.build
    back, front = -0.45 * build.trunk_depth, 0.5 * build.trunk_depth
    places = {
        Role.LOWER_BACK: (motion.pelvis, (back, 0.0, 0.09)),
        Role.CHEST: (motion.trunk, (front, 0.0, 0.75 * build.trunk)),
        Role.THIGH: (motion.thigh, (0.07, 0.0, -0.5 * build.thigh)),
        Role.FOOT_LEFT: (motion.foot_left, (0.02, 0.0, 0.07)),
        Role.FOOT_RIGHT: (motion.foot_right, (0.02, 0.0, 0.07)),
        # The body has no arms: they are taken for crossed on the chest.
        Role.WRIST: (motion.trunk, (front, 0.1, 0.6 * build.trunk)),
    }
    pose, offset = places[role]
    return pose, np.array(offset)


def feel(role: Role, motion: Motion) -> Felt:
    """Differentiate the sensor's path twice, add gravity, turn into the segment's axes."""
    pose, offset = site(role, motion)
    rotation = pose.rotation()
    path = pose.position + rotation @ offset
    acceleration = np.zeros_like(path)
    acceleration[1:-1] = (path[2:] - 2 * path[1:-1] + path[:-2]) / GRID_S**2
    acceleration[:, 2] += GRAVITY
    return Felt(np.einsum("nji,nj->ni", rotation, acceleration), pose.rate())


def mounting(chip: Chip, rng: Generator) -> Array:
    """(3, 3) matrix from segment axes to sensor axes, worn a little askew on top of a quarter-turn frame."""
    if chip.mounting_deg >= 180:
        return Rotation.random(rng=rng).as_matrix()
    upright = Rotation.from_euler("y", 90, degrees=True)  # sensor x points up, as wearables at the back are worn
    askew = Rotation.from_rotvec(np.radians(rng.normal(0, chip.mounting_deg, 3)))
    return np.asarray((askew * upright).as_matrix())


def measure(felt: Felt, times_s: Array, chip: Chip, rng: Generator) -> Samples:
    """Sample what is felt at the sensor's own instants (session seconds)."""
    turn = mounting(chip, rng)
    acc = _sample(felt.force, times_s) @ turn.T
    gyr = _sample(felt.rate, times_s) @ turn.T
    acc = _imperfect(acc, chip.scale, chip.acc_bias, chip.acc_noise, rng)
    gyr = _imperfect(gyr, chip.scale, chip.gyr_bias, chip.gyr_noise, rng)
    return Samples(_counts(acc / chip.acc_lsb), _counts(np.degrees(gyr) / chip.gyr_lsb))


def felt_source(felt: Felt, chip: Chip, rng: Generator) -> Callable[[NDArray[np.int64], Array], tuple[Array, Array]]:
    """Sample what is felt batch by batch: specific force (m/s²) and angular rate (rad/s), in whole counts."""
    turn = mounting(chip, rng)
    gains, biases = 1 + rng.normal(0, chip.scale, (2, 3)), rng.normal(0, 1, (2, 3)) * [[chip.acc_bias], [chip.gyr_bias]]
    lsb = np.array([chip.acc_lsb, np.radians(chip.gyr_lsb)])
    noise = (chip.acc_noise, chip.gyr_noise)
    smooth = [gaussian_filter1d(v, BANDWIDTH_S / GRID_S, axis=0) @ turn.T for v in (felt.force, felt.rate)]
    splines = [CubicSpline(grid_times(0, len(v)), v) for v in smooth]
    last_s = float(splines[0].x[-1])

    def source(_numbers: NDArray[np.int64], times_s: Array) -> tuple[Array, Array]:
        at = np.clip(times_s, 0, last_s)
        felt_now = [s(at) * g + b for s, g, b in zip(splines, gains, biases, strict=True)]
        counts = [_counts((v + rng.normal(0, n, v.shape)) / u) for v, n, u in zip(felt_now, noise, lsb, strict=True)]
        return counts[0] * lsb[0], counts[1] * lsb[1]

    return source


def _sample(values: Array, times_s: Array) -> Array:
    smooth = gaussian_filter1d(values, BANDWIDTH_S / GRID_S, axis=0)
    grid = grid_times(0, len(values))
    return np.asarray(CubicSpline(grid, smooth)(np.clip(times_s, 0, grid[-1])))


def _imperfect(values: Array, scale: float, bias: float, noise: float, rng: Generator) -> Array:
    gain = 1 + rng.normal(0, scale, 3)
    return values * gain + rng.normal(0, bias, 3) + rng.normal(0, noise, values.shape)


def _counts(values: Array) -> NDArray[np.int16]:
    return np.clip(np.round(values), -32768, 32767).astype(np.int16)
