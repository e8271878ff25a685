"""What every placement's search for a Timed Up and Go starts from, and what it hands back."""

import math
from dataclasses import dataclass, replace

import numpy as np

from rig_signal.attitude import estimate_up, rest_bias, vertical_acceleration
from rig_signal.motion import smooth, still_mask
from rig_signal.timebase import GRAVITY, Mask, Uniform
from rig_signal.types import Array, Moment, Turn

_RATE_CUTOFF_HZ = 4.0
_USUAL_S = 3.55  # from half of one turn to half of the other: pace 1


@dataclass(frozen=True, slots=True, eq=False)
class Motion:
    """What turns show in: samples, up (n, 3), rates without bias (n, 3), upward acceleration (n,), yaw rate (n,)."""

    u: Uniform
    up: Array
    rates: Array
    vertical: Array
    yaw: Array


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Motion of one sensor, all on one even time base.

    Attributes
    ----------
    start_s, rate_hz
        Time of the first sample, samples per second.
    up
        (n, 3) unit vector up in the sensor's frame.
    acc
        (n, 3) specific force, m/s².
    rates
        (n, 3) angular rate without its bias, rad/s.
    slow_rates
        (n, 3) the same, smoothed.
    yaw
        (n,) rad/s about the vertical.
    speed
        (n,) angular speed, rad/s, smoothed.
    vertical
        (n,) acceleration upward, m/s².
    still
        (n,) True where the sensor is as quiet as this recording gets.
    """

    start_s: float
    rate_hz: float
    up: Array
    acc: Array
    rates: Array
    slow_rates: Array
    yaw: Array
    speed: Array
    vertical: Array
    still: Mask

    @property
    def time_s(self) -> Array:
        """(n,) times of the samples."""
        return self.start_s + np.arange(len(self.yaw)) / self.rate_hz

    def tilting(self, part: slice) -> Array:
        """(m,) angular speed about level axes alone in a part of the recording, rad/s, smoothed."""
        turning = _about(self.slow_rates[part], self.up[part])
        return np.asarray(np.sqrt(np.maximum(self.speed[part] ** 2 - turning**2, 0)), dtype=np.float64)

    def index(self, t_s: float) -> int:
        """Sample at or after a time, inside the recording."""
        return min(max(math.ceil((t_s - self.start_s) * self.rate_hz - 1e-6), 0), len(self.yaw) - 1)

    def at(self, index: float) -> float:
        """Time of a sample, fractional ones too."""
        return self.start_s + index / self.rate_hz


@dataclass(frozen=True, slots=True)
class Pair:
    """The turn at the far end and the turn before sitting, and when half of the one and of the other is done.

    Where a turn begins and ends is a matter of a few degrees, its half is not.
    """

    far: Turn
    last: Turn
    walk_s: tuple[float, float]

    @property
    def pace(self) -> float:
        """How slow the person walks and turns against a usual pace."""
        return (self.walk_s[1] - self.walk_s[0]) / _USUAL_S

    @property
    def doubt_deg(self) -> float:
        """How far both are from half a turn."""
        return abs(abs(self.far.angle_deg) - 180) + abs(abs(self.last.angle_deg) - 180)


@dataclass(frozen=True, slots=True)
class Ends:
    """The chair's part of a Timed Up and Go: how it begins and how it ends.

    `leaves_stand` is when the way down to the seat begins, where the sensor can tell.
    """

    first_movement: Moment
    seated: Moment
    standing: Moment | None = None
    leaves_stand: Moment | None = None
    quality: tuple[str, ...] = ()


def motion_of(u: Uniform) -> Motion:
    """Find gravity and what follows from it."""
    bias = np.zeros(3) if u.gyr is None else rest_bias(u)
    up = estimate_up(u, bias)
    rates = np.zeros_like(u.acc) if u.gyr is None else u.gyr - bias
    return Motion(u, up, rates, vertical_acceleration(u, up), _about(rates, up))


def pair_of(motion: Motion, far: Turn, last: Turn) -> Pair:
    """Two turns and the walk between them."""
    return Pair(far, last, (_half_done(motion, far), _half_done(motion, last)))


def _half_done(motion: Motion, turn: Turn) -> float:
    """When half of a turn is done, s."""
    first, last = (round((t_s - motion.u.start_s) * motion.u.rate_hz) for t_s in (turn.start_s, turn.end_s))
    turned = math.copysign(1.0, turn.angle_deg) * motion.yaw[first : last + 1].cumsum()
    level = float(turned[-1]) / 2
    half = first_index(turned >= level) or 0
    return motion.u.start_s + (first + crossed(turned, half, level)) / motion.u.rate_hz


def body_of(motion: Motion) -> Body:
    """See where and how the sensor turns and rests."""
    u = motion.u
    slow = smooth(motion.rates, u.rate_hz, _RATE_CUTOFF_HZ)
    return Body(
        start_s=u.start_s,
        rate_hz=u.rate_hz,
        up=motion.up,
        acc=u.acc,
        rates=motion.rates,
        slow_rates=slow,
        yaw=motion.yaw,
        speed=np.sqrt(np.einsum("ij,ij->i", slow, slow)),
        vertical=motion.vertical,
        still=still_mask(u),
    )


def _about(rates: Array, up: Array) -> Array:
    return np.asarray(np.einsum("ij,ij->i", rates, up), dtype=np.float64)


def at_usual_pace(motion: Motion, pair: Pair) -> tuple[Body, Pair]:
    """The same movement as a person of usual pace makes it: shorter by the pace, faster by it, gravity kept.

    What is read off it (filters, thresholds, delays) then fits the slow as it fits the brisk.
    """
    pace, own = pair.pace, motion.u
    gravity = GRAVITY * motion.up
    acc, rates = gravity + (own.acc - gravity) * pace**2, motion.rates * pace
    u = Uniform(own.start_s / pace, own.rate_hz * pace, acc, rates, own.bridged)
    walk_s = (pair.walk_s[0] / pace, pair.walk_s[1] / pace)
    far, last = (replace(turn, start_s=turn.start_s / pace, end_s=turn.end_s / pace) for turn in (pair.far, pair.last))
    paced = Motion(u, motion.up, rates, motion.vertical * pace**2, motion.yaw * pace)
    return body_of(paced), Pair(far, last, walk_s)


def at_own_pace(ends: Ends, pace: float) -> Ends:
    """Undo `at_usual_pace` for what was found."""

    def stretched(moment: Moment) -> Moment:
        return Moment(moment.t_s * pace, moment.u_s * pace)

    return replace(
        ends,
        first_movement=stretched(ends.first_movement),
        seated=stretched(ends.seated),
        standing=None if ends.standing is None else stretched(ends.standing),
    )


def crossed(x: Array, index: int, level: float) -> float:
    """Where between the sample before and this one `x` passed a level; the sample itself where it did not."""
    if index == 0 or (x[index - 1] - level) * (x[index] - level) >= 0:
        return float(index)
    return index - 1 + float((level - x[index - 1]) / (x[index] - x[index - 1]))


def last_index(mask: Mask) -> int | None:
    """Index of the last True, or None."""
    found = mask.nonzero()[0]
    return int(found[-1]) if len(found) else None


def first_index(mask: Mask) -> int | None:
    """Index of the first True, or None."""
    found = mask.nonzero()[0]
    return int(found[0]) if len(found) else None


def last_start(moving: Mask, rest: int) -> int | None:
    """Where the movement that goes on at the end began: after the last pause of more than `rest` samples."""
    above = moving.nonzero()[0]
    if not len(above):
        return None
    pause = (above[1:] - above[:-1] > rest).nonzero()[0]
    return int(above[pause[-1] + 1] if len(pause) else above[0])
