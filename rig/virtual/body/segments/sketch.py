"""What a body is told to do, before it is laid on the grid; times in session seconds."""

from dataclasses import dataclass, field

from rig.virtual.body.segments.chain import Joints, Touch
from rig.virtual.body.segments.feet import Place, Side, Step
from rig.virtual.body.segments.shapes import Course


@dataclass(frozen=True, slots=True)
class Blow:
    """A contact that shakes the body; strength 1 is a heel strike at 1.2 m/s."""

    at: float
    strength: float
    side: Side


@dataclass(frozen=True, slots=True)
class Fall:
    """A loss of balance: metres the hips would go ahead and to the left, radians the trunk twists, about `at`."""

    at: float
    ahead: float
    aside: float
    twist: float
    up_s: float
    down_s: float


@dataclass(frozen=True, slots=True)
class Heading:
    """A part of a turn of the trunk about an instant."""

    at: float
    constant_s: float
    angle: float


@dataclass(slots=True)
class Sketch:
    """Everything in the order it was asked for."""

    feet: dict[Side, Place]
    joints: Joints
    sway: Course
    effort: Course
    steps: list[Step] = field(default_factory=list)
    headings: list[Heading] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)
    blows: list[Blow] = field(default_factory=list)
    falls: list[Fall] = field(default_factory=list)
    aid_in_use: list[tuple[float, float]] = field(default_factory=list)
    frame_moves: list[tuple[float, float]] = field(default_factory=list)
