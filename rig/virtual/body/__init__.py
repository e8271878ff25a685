"""Bodies: what an assessor can tell a person to do, and the families of movement that do it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from numpy.random import Generator

from rig.model.marks import Test
from rig.virtual.motion import Motion
from rig.virtual.participant import Participant


@dataclass(frozen=True, slots=True)
class Walk:
    """Walk straight until the body stands at `to_m` along the corridor (backwards where it lies behind)."""

    to_m: float


@dataclass(frozen=True, slots=True)
class Turn:
    """Turn by `angle` radians in steps, drifting by `drift_m` along the corridor."""

    angle: float
    drift_m: float = 0.0
    hesitates: bool = False


@dataclass(frozen=True, slots=True)
class Stand:
    """Bring the feet together and stand."""

    seconds: float


Leg: TypeAlias = Walk | Turn | Stand


class Body(Protocol):
    """A body that does what it is told, one thing after the other, and remembers how it moved.

    Every method moves `now` (session seconds) to the end of the movement.
    """

    now: float

    def wait(self, seconds: float) -> None:
        """Stay as it is."""

    def take_stance(self, stance: Test | None) -> None:
        """Step into a stance; None is the usual stand."""

    def lose_balance(self, at: float) -> None:
        """Sway more and more and step out at the given time."""

    def rise(self, *, by_arms: bool = False) -> float:
        """Stand up from the seat; returns about when the full stand is reached, and `now` is then."""

    def sit(self, *, overlap_s: float = 0.0, fully: bool = True) -> float:
        """Sit down, from `overlap_s` before now; returns about when the seat is touched.

        `fully` leans back and comes to rest; otherwise `now` is just after the touch.
        """

    def fail_to_rise(self, height: float) -> None:
        """Try to rise, reach `height` (part of the excursion), fall back."""

    def go(self, route: tuple[Leg, ...], *, with_aid: bool = True) -> None:
        """Walk a route without stopping between its legs."""

    def passed(self, x: float) -> float:
        """About when the body last passed the place x in the latest route."""

    def motion(self) -> Motion:
        """All that was done, from session second 0 to now."""


Family: TypeAlias = Callable[[Participant, float, Generator], Body]
"""Makes a body that stands at the given place along the corridor and faces the end gate."""
