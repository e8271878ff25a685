"""The body's centre over its feet, as a linear inverted pendulum.

The centre of mass follows the centre of pressure by  c'' = w^2 (c - p)  (Kajita 2001,
doi:10.1109/IROS.2001.973365; as a model of human gait: Hof 2005, doi:10.1016/j.jbiomech.2004.03.025). The only
solution that does not fall over is p convolved with (w/2) exp(-w |t|): it moves before the foot does, as people do.
Deviation: the kernel ends after `REACH_S`, so that anticipation is finite.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.signal import oaconvolve

from rig.virtual.body.curves import minimum_jerk
from rig.virtual.body.feet import FootTrack
from rig.virtual.motion import GRID_S, Array, Build

GRAVITY = 9.80665
REACH_S = 0.9
ROUNDED_S = 0.085
ARC_SHARE = 1.1
CROUCH = 0.06
"""Knees bend in walking: metres lower for a metre between the feet, on average."""


def hip_height(build: Build) -> float:
    """Height of the hips in a quiet stand."""
    return build.ankle + 0.985 * (build.shank + build.thigh)


def centre_of_mass(left: FootTrack, right: FootTrack, build: Build) -> Array:
    """(n, 2) path of the body's centre above the floor, from where the feet stand and bear load."""
    share = _left_share(left, right)
    pressure = share * left.ankle + (1 - share) * right.ankle
    kernel = _kernel(np.sqrt(GRAVITY / (1.1 * hip_height(build))))
    pad = kernel.size // 2
    padded = np.pad(pressure, ((pad, pad), (0, 0)), mode="edge")
    return oaconvolve(padded, kernel[:, None], mode="valid", axes=0)


def _left_share(left: FootTrack, right: FootTrack) -> Array:
    return (left.load / (left.load + right.load))[:, None]


def left_share(left: FootTrack, right: FootTrack) -> Array:
    """(n,) part of the weight on the left foot."""
    return _left_share(left, right)[:, 0]


def _kernel(omega: float) -> Array:
    t = np.arange(-round(REACH_S / GRID_S), round(REACH_S / GRID_S) + 1) * GRID_S
    taper = minimum_jerk((REACH_S - np.abs(t)) / (0.4 * REACH_S))
    kernel = np.exp(-omega * np.abs(t)) * taper
    return np.asarray(kernel / kernel.sum())


def sinking(centre: Array, left: FootTrack, right: FootTrack, build: Build, stand_width: float) -> Array:
    """(n,) metres by which the hips are lower than in the usual stand, for legs that stand apart.

    The arc of a pendulum, rounded where weight passes from leg to leg as knees and ankles do. `ARC_SHARE` and
    `ROUNDED_S` together leave about two thirds of the arc at a usual cadence.
    """
    share = left_share(left, right)
    apart = [((centre - foot.ankle) ** 2).sum(axis=1) for foot in (left, right)]
    squared = share * apart[0] + (1 - share) * apart[1] - (stand_width / 2) ** 2
    arc = gaussian_filter1d(ARC_SHARE * squared / (2 * hip_height(build)), ROUNDED_S / GRID_S, mode="nearest")
    striding = np.linalg.norm(left.ankle - right.ankle, axis=1) - stand_width
    return arc + CROUCH * gaussian_filter1d(striding, 0.4 / GRID_S, mode="nearest")
