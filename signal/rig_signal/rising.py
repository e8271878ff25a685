"""When, within the transfers found from the trunk, each landmark was passed.

A sensor at the back or the chest sits on a lever: while the trunk leans it moves, although the pelvis rests on
the seat. The lever is fitted to the seated part of the person's own rises, where the pelvis does not move, and
taken out; what is left is the pelvis' own height, on which docs/landmarks.md defines the events.

Uncertainties are standard deviations of the errors on scripted bodies of several movement shapes
(tests/rig_signal/synth_chair.py), which grow with the duration of the transfer.
"""

from dataclasses import dataclass

import numpy as np

from rig_signal import motion
from rig_signal.attitude import rest_bias
from rig_signal.rises import SEAT_M, landing_height
from rig_signal.transfers import Transfer, Trunk, rest_to_rest
from rig_signal.types import Array, Moment

FULL_SHARE = 0.95
"""Share of the excursion from which on a person stands (docs/landmarks.md, full stand)."""

UPRIGHT_RAD = float(np.radians(15))
HOLD_S = 0.10

_FIRST_SPEED_M_S = 0.05
_LEVER_M = {"lower_back": (0.10, -0.10), "chest": (0.38, 0.10)}  # up the trunk, ahead of the hip
_LEVER_SPREAD_M = np.array([0.06, 0.06, 0.02])
_SEATED_NOISE_M = 0.02
_INDEPENDENT_S = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Pelvis:
    """Height (m, from the first sample) and vertical speed (m/s) of the pelvis between two rests.

    `first` is the sample they begin at, `rate_hz` their rate.
    """

    first: int
    rate_hz: float
    height: Array
    speed: Array


def fit_lever(trunk: Trunk, placement: str) -> Array:
    """(3,) place of the sensor beside the hip, m, sensor's frame.

    Least squares over the seated part of every rise, drawn towards the place usual for the placement.
    """
    axes = body_axes(trunk)
    usual = np.array([*_LEVER_M[placement], 0.0])
    precision = axes.T @ np.diag(_LEVER_SPREAD_M**-2.0) @ axes
    target = precision @ axes.T @ usual
    weight = 1 / (trunk.u.rate_hz * _INDEPENDENT_S * _SEATED_NOISE_M**2)
    for transfer in trunk.transfers:
        if transfer.height_m > 0:
            n = _fastest_bend(trunk, transfer, axes) + 1
            swing = _swing(trunk, transfer)[:n]
            height = rest_to_rest(_acc(trunk, transfer), trunk.u.rate_hz)[1][:n]
            precision = precision + weight * swing.T @ swing
            target = target + weight * swing.T @ height
    return np.asarray(np.linalg.solve(precision, target), dtype=np.float64)


def body_axes(trunk: Trunk) -> Array:
    """(3, 3) rows: up the trunk when it is upright, forward, to the side; in the sensor's frame."""
    upright = trunk.up[trunk.nodes].mean(axis=0)
    upright /= np.linalg.norm(upright)
    forward = trunk.forward - (trunk.forward @ upright) * upright
    forward /= np.linalg.norm(forward)
    return np.stack([upright, forward, np.cross(upright, forward)])


def follow_pelvis(trunk: Trunk, transfer: Transfer, lever: Array) -> Pelvis:
    """Height and speed of the pelvis over a transfer, low-passed in keeping with its pace."""
    rate_hz = trunk.u.rate_hz
    height = rest_to_rest(_acc(trunk, transfer), rate_hz)[1] - _swing(trunk, transfer) @ lever
    cutoff_hz = min(4.0, max(0.7, 4.0 / duration_of(trunk, transfer)))
    height = motion.smooth(height, rate_hz, cutoff_hz)
    height = height - height[0]
    return Pelvis(transfer.first, rate_hz, height, np.gradient(height) * rate_hz)


def seat_off(pelvis: Pelvis) -> float:
    """Fractional sample at which the pelvis left its seat."""
    return pelvis.first + motion.leave_rest(pelvis.speed, SEAT_M, pelvis.rate_hz)


def seat_on(pelvis: Pelvis) -> float:
    """Fractional sample at which the pelvis met the seat."""
    down = -pelvis.speed[::-1]
    return pelvis.first + len(down) - 1 - motion.leave_rest(down, landing_height(float(down.max())), pelvis.rate_hz)


def full_stand(trunk: Trunk, pelvis: Pelvis, transfer: Transfer, upright: float) -> float:
    """Fractional sample from which a rise's full stand was held.

    Parameters
    ----------
    trunk, pelvis, transfer
        What the trunk did, and the rise in question.
    upright
        The person's own upright lean, rad, by `lean_over`.
    """
    tall = pelvis.height - FULL_SHARE * pelvis.height[-1]
    straight = (UPRIGHT_RAD - (lean_over(trunk, transfer) - upright)) * abs(pelvis.height[-1])
    held = motion.held_from(np.minimum(tall, straight), max(1, round(HOLD_S * pelvis.rate_hz)))
    return float(transfer.last) if held is None else transfer.first + held


def first_movement(trunk: Trunk, pelvis: Pelvis, off: float, after: int) -> float | None:
    """Fractional sample of the first movement that leads to a seat-off without a rest of 0.5 s.

    Not looked for before sample `after`; None if the recording begins in the movement.
    """
    speed = np.zeros(len(trunk.up))
    speed[pelvis.first : pelvis.first + len(pelvis.speed)] = np.abs(pelvis.speed)
    turning = trunk_turning(trunk)
    moving = np.maximum(turning / motion.FIRST_MOVEMENT_RAD_S, speed / _FIRST_SPEED_M_S)
    begun = motion.onset(moving[after:], trunk.u.rate_hz, int(off) - after, 1.0)
    if begun is None:
        return float(after) if after else None
    return after + begun


def trunk_turning(trunk: Trunk) -> Array:
    """(n,) angular speed of the trunk, rad/s; from the lean alone where there is no gyroscope."""
    u = trunk.u
    if u.gyr is None:
        return np.asarray(np.abs(np.gradient(trunk.lean)) * u.rate_hz, dtype=np.float64)
    return np.asarray(np.linalg.norm(motion.smooth(u.gyr - rest_bias(u), u.rate_hz, 5.0), axis=1), dtype=np.float64)


def lean_over(trunk: Trunk, transfer: Transfer) -> Array:
    """Forward lean over a transfer, rad, low-passed at 5 Hz."""
    axes = body_axes(trunk)
    up = motion.smooth(trunk.up[transfer.first : transfer.last + 1], trunk.u.rate_hz, 5.0)
    return np.asarray(np.arctan2(-up @ axes[1], up @ axes[0]), dtype=np.float64)


def duration_of(trunk: Trunk, transfer: Transfer) -> float:
    """Seconds from rest to rest."""
    return (transfer.last - transfer.first) / trunk.u.rate_hz


def moment(trunk: Trunk, at: float, u_s: float) -> Moment:
    """A fractional sample as a time."""
    return Moment(float(trunk.u.start_s + at / trunk.u.rate_hz), float(u_s))


def _fastest_bend(trunk: Trunk, transfer: Transfer, axes: Array) -> int:
    """Index within a rise at which the trunk bends forward fastest; the pelvis is still seated."""
    up = motion.smooth(trunk.up[transfer.first : transfer.last + 1], trunk.u.rate_hz, 5.0)
    lean = np.arctan2(-up @ axes[1], up @ axes[0])
    deepest = int(np.argmax(lean))
    return int(np.argmax(np.gradient(lean)[: deepest + 1])) if deepest > 0 else 0


def _acc(trunk: Trunk, transfer: Transfer) -> Array:
    return trunk.acc[transfer.first : transfer.last + 1]


def _swing(trunk: Trunk, transfer: Transfer) -> Array:
    return trunk.up[transfer.first : transfer.last + 1] - trunk.up[transfer.first]
