"""From a route to steps: uneven people with a walk ratio of their own put one foot before the other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from rig.virtual.body import Turn, Walk
from rig.virtual.body.segments.feet import EVEN, Place, Side, Step
from rig.virtual.body.segments.manner import Manner
from rig.virtual.participant import Participant

BACKWARD_M = 0.22
UNEVEN = 0.03
"""Standard deviation of a step length, relative."""
FRAMED_SHORTER = 0.8
"""Steps into a pick-up frame are shorter and quicker."""
FIRST_PUSH = 0.3
"""From rest, less of a step's way is done before its foot lands."""


@dataclass(frozen=True, slots=True)
class Style:
    """Step length (m) and time (s) for a speed, with what goes with them."""

    length: float
    time_s: float
    cv: float
    width: float
    double: float
    frame_s: float
    manner: Manner

    @property
    def pace(self) -> float:
        """Speed relative to 1.2 m/s."""
        return float(np.clip(self.length / self.time_s / 1.2, 0.1, 1.3))


@dataclass(frozen=True, slots=True)
class Aim:
    """Where the middle of the body's path is when the next foot lands, how long the step takes, what delays it.

    `exact` steps land there; the others are as uneven as the person.
    """

    middle: Place
    time_s: float
    delay_s: float = 0.0
    turns: bool = False
    exact: bool = False


def style_of(person: Participant, manner: Manner, *, with_aid: bool) -> Style:
    """Step length and time that give the speed.

    Step length is cadence times the walk ratio. With a pick-up frame, the frame is moved before every
    second step; the speed over the whole cycle is kept.
    """
    speed = person.speed_mps
    cadence = person.cadence_spm or float(np.clip(np.sqrt(60 * speed / manner.walk_ratio), 48, 132))
    framed = with_aid and person.aid == "walker"
    time_s = 60 / cadence * (FRAMED_SHORTER if framed else 1.0)
    frame_s = 0.35 + 0.3 * float(np.clip(1 - speed, 0, 1)) if framed else 0.0
    length = min(speed * (time_s + frame_s / 2), 0.46 * person.height_m)
    double = float(np.interp(speed, (0.2, 0.7, 1.3), (0.52, 0.36, 0.22)))
    return Style(length, time_s, person.step_time_cv, person.step_width_m, double, frame_s, manner)


def walk_aims(here: Place, leg: Walk, style: Style, rng: Generator) -> list[Aim]:
    """Steps to the goal: a short one, uneven ones, a shorter last one that lands exactly there."""
    way = (leg.to_m - here.x) * float(np.cos(here.yaw))
    length = style.length if way > 0 else min(style.length, BACKWARD_M)
    count = max(1, round(abs(way) / length + 0.6))
    sizes = np.exp(rng.normal(0, UNEVEN, count))
    sizes[0] *= 0.7
    sizes[-1] *= 0.72
    slow = np.ones(count)
    slow[-1] = 1.12
    places = here.x + (leg.to_m - here.x) * np.cumsum(sizes) / sizes.sum()
    delays = np.where(np.arange(count) % 2 == 0, style.frame_s, 0.0)
    return [
        Aim(Place(float(x), here.y, here.yaw), float(style.time_s * late), float(delay), exact=number == count)
        for number, (x, late, delay) in enumerate(zip(places, slow, delays, strict=True), 1)
    ]


def turn_aims(here: Place, leg: Turn, person: Participant, rng: Generator) -> list[Aim]:
    """Unequal parts of the angle, one a step; the last step brings the other foot round."""
    half_turns = abs(leg.angle) / np.pi
    count = max(3, round(person.turn_steps * half_turns))
    parts = np.cumsum(rng.dirichlet(np.full(count - 1, 14.0)))
    shares = [*parts[:-1], 1.0, 1.0]
    time_s = person.turn_time_s * half_turns / (count - 0.3)
    pauses = {int(rng.integers(1, count - 1)): person.turn_hesitation_s} if leg.hesitates else {}
    return [
        Aim(
            Place(here.x + leg.drift_m * share, here.y, here.yaw + leg.angle * float(share)),
            time_s * float(np.exp(rng.normal(0, 0.08))),
            pauses.get(i, 0.0),
            turns=True,
            exact=True,
        )
        for i, share in enumerate(shares)
    ]


def closing(last: Aim, style: Style) -> Aim:
    """The other foot comes beside the last one."""
    return Aim(last.middle, 1.15 * style.time_s, exact=True)


def steps_of(
    aims: Sequence[Aim], first: Side, now: float, prepare_s: float, style: Style, rng: Generator
) -> Iterator[Step]:
    """Time the steps; each follows the landing before it, the first a shift of weight."""
    manner = style.manner
    landed, side = now + prepare_s, first
    for number, aim in enumerate(aims):
        sign = 1 if side == "left" else -1
        time_s = aim.time_s * (1 + sign * manner.slow_left) * float(np.exp(rng.normal(0, style.cv)))
        double = min(style.double * time_s, 0.6)
        lift = landed + aim.delay_s + (double if number else 0.0)
        land = lift + time_s - double
        yield Step(
            side,
            _foot(aim, side, style, rng),
            lift,
            land,
            0.8 * prepare_s if number == 0 else double,
            double,
            peel=0.08 + 0.42 * style.pace * (0.4 if aim.turns else 1.0),
            strike=_strike(style, aim),
            clearance=0.008 + 0.016 * style.pace,
            early=EVEN if number else FIRST_PUSH,
        )
        landed, side = land, "right" if side == "left" else "left"


def _strike(style: Style, aim: Aim) -> float:
    if style.manner.strike < 0:
        return style.manner.strike
    return 0.03 + style.manner.strike * style.pace * (0.3 if aim.turns else 1.0)


def _foot(aim: Aim, side: Side, style: Style, rng: Generator) -> Place:
    """A place scattered about where the foot should be; a lame side falls short."""
    ahead = 0.0 if aim.exact else 0.5 * style.manner.long_left * style.length * (1 if side == "left" else -1)
    width = style.width * float(np.clip(1 + rng.normal(0, 0.12), 0.7, 1.4))
    return aim.middle.beside(side, width, float(ahead))
