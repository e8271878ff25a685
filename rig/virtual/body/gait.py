"""From a route to footfalls: where each foot goes and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator

from rig.virtual.body import Turn, Walk
from rig.virtual.body.feet import Footfall, Placement, Side
from rig.virtual.participant import Participant


@dataclass(frozen=True, slots=True)
class Style:
    """How a person steps: step length (m), step time (s), and what follows from them."""

    length: float
    step_s: float
    step_cv: float
    width: float
    double_support: float
    frame_s: float

    @property
    def vigour(self) -> float:
        """1 at 1.2 m/s; angles, lifts and shocks go with it."""
        return float(np.clip(self.length / self.step_s / 1.2, 0.08, 1.4))


def style_of(person: Participant, *, with_aid: bool = True) -> Style:
    """Step length and time that give the person's speed.

    Cadence grows with speed as 60 + 50 v^0.6 steps/min, a smooth curve through published means of older adults
    (about 115 at 1.2 m/s, 90 at 0.4). A pick-up walking frame adds a standstill before every second
    step; the steps between are shorter.
    """
    speed = person.speed_mps
    cadence = person.cadence_spm or 60 + 50 * speed**0.6
    framed = with_aid and person.aid == "walker"
    step_s = 60 / cadence * (0.85 if framed else 1.0)
    support = float(np.clip(0.42 - 0.19 * speed, 0.16, 0.42))
    frame_s = _frame_move_s(speed, step_s) if framed else 0.0
    length = speed * (step_s + frame_s / 2)
    return Style(length, step_s, person.step_time_cv, person.step_width_m, support, frame_s)


def _frame_move_s(speed: float, step_s: float) -> float:
    """Time to lift a walking frame and put it down; who walks faster hardly stops for it."""
    return 0.65 * step_s * float(np.clip((1.0 - speed) / 0.6, 0.1, 1.0))


@dataclass(frozen=True, slots=True)
class Target:
    """Where the body's path is when a foot lands there; `step_s` after the last landing, `delay_s` more."""

    path: Placement
    step_s: float
    delay_s: float = 0.0


def walk_targets(here: Placement, leg: Walk, style: Style, rng: Generator) -> list[Target]:
    """Steps along a straight line, the last one exactly at the goal, slowing down over the last two."""
    distance = leg.to_m - here.x
    length = style.length if abs(distance) > 2 * style.length else min(style.length, 0.3)
    count = max(1, round((abs(distance) - 0.7 * length) / length) + 1)
    shares = np.cumsum(np.concatenate([[0.7], np.ones(count - 1)]) * np.exp(rng.normal(0, 0.03, count)))
    slowing = np.ones(count)
    slowing[-2:] = (1.06, 1.16)[-min(2, count) :]
    delays = np.where(np.arange(count) % 2 == 0, style.frame_s, 0.0)
    return [
        Target(Placement(here.x + distance * share, here.y, here.yaw), style.step_s * slow, float(delay))
        for share, slow, delay in zip(shares / shares[-1], slowing, delays, strict=True)
    ]


def turn_targets(here: Placement, leg: Turn, person: Participant) -> list[Target]:
    """Steps on the spot, each a part of the angle; the last two with both feet at the new heading."""
    half_turns = abs(leg.angle) / np.pi
    count = max(3, round(person.turn_steps * half_turns))
    step_s = person.turn_time_s * half_turns / (count - 0.5)
    targets = []
    for i in range(1, count + 1):
        done = min(1.0, i / (count - 1))
        path = Placement(here.x + leg.drift_m * done, here.y, here.yaw + leg.angle * done)
        pause = person.turn_hesitation_s if leg.hesitates and i == count // 2 + 1 else 0.0
        targets.append(Target(path, step_s, pause))
    return targets


def closing(last: Target, style: Style) -> Target:
    """The step that puts the other foot beside the last one."""
    return Target(last.path, 1.1 * style.step_s)


def footfalls(
    targets: Sequence[Target], first: Side, now: float, style: Style, rng: Generator, apa_s: float
) -> Iterator[Footfall]:
    """Time the steps: the first after an anticipatory shift, each later one from the landing before it."""
    landed = now + apa_s - style.double_support * style.step_s
    side = first
    for i, target in enumerate(targets):
        step_s = target.step_s * np.exp(rng.normal(0, style.step_cv))
        shift = style.double_support * step_s
        off = landed + shift + target.delay_s
        on = landed + step_s + target.delay_s
        unload = apa_s if i == 0 else shift
        yield replace(_swing(target, side, style, rng), off_s=off, on_s=on, unload_s=unload, load_s=shift)
        landed, side = on, "right" if side == "left" else "left"


def _swing(target: Target, side: Side, style: Style, rng: Generator) -> Footfall:
    vigour = style.vigour
    return Footfall(
        side,
        beside(target.path, side, style.width, float(np.clip(rng.normal(0, 0.08), -0.16, 0.16)) * style.width),
        off_s=0,
        on_s=0,
        unload_s=0,
        load_s=0,
        heel_rise=0.06 + 0.35 * vigour,
        toe_up=0.02 + 0.25 * vigour,
        lift=0.012 + 0.02 * vigour,
    )


def beside(path: Placement, side: Side, width: float, error: float = 0.0) -> Placement:
    """The place of one foot, half a step width from the path."""
    out = (width / 2 if side == "left" else -width / 2) + error
    return Placement(path.x - out * np.sin(path.yaw), path.y + out * np.cos(path.yaw), path.yaw)
