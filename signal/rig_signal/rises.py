"""What a rise from a chair is, whichever sensor saw it."""

from dataclasses import dataclass

from rig_signal.types import Moment

SEATED_M = 0.005
"""Height of the pelvis within which it is on the seat (docs/landmarks.md, seat-off and seat contact)."""

FREE_S = 0.04
"""How long before the landmark the seat is said to be left: amid the landmark and what a force plate says.

The sensors of bench_5sts lag its plate, by the jolts of the landings (which vary by 2 ms within a recording): at the
pelvis by 0.12 s in one recording and by 0.07 s in the other. The landmark comes there 0.07 s and 0.00 s after the plate
says that the seat is free, and 0.05 and 0.07 s before, were the clocks set right. A lag of clocks is a time, the same
for slow and for fast rises.
"""

_SOFT_LANDING_M_S = 0.6


@dataclass(frozen=True, slots=True)
class Rise:
    """One rise to a full stand.

    Attributes
    ----------
    start
        First movement of this rise, None if the recording begins in it; in a row of rises without rest, that after
        the turning point that follows the last sitting down.
    seat_off, standing
        docs/landmarks.md.
    seat_on
        None if the person did not sit down again.
    """

    start: Moment | None
    seat_off: Moment
    standing: Moment
    seat_on: Moment | None


@dataclass(frozen=True, slots=True)
class FailedRise:
    """An attempt that left the seat and came back to it without a full stand.

    `start` is its first movement, None if the recording begins in it; `reach` the height reached as a share of
    the person's own excursion; `seat_on` is None if the recording ends before.
    """

    start: Moment | None
    seat_off: Moment
    seat_on: Moment | None
    reach: float


@dataclass(frozen=True, slots=True)
class Found:
    """Rises and failed attempts in order of time, and what to say about them."""

    rises: tuple[Rise, ...]
    failed: tuple[FailedRise, ...]
    flags: tuple[str, ...] = ()


def when_free(landmark: float, rate_hz: float) -> float:
    """Sample at which the seat is said to be left, by the fractional one at which the landmark is reached."""
    return max(0.0, landmark - FREE_S * rate_hz)


def landing_height(speed_m_s: float, give_s2_m: float) -> float:
    """Height above its place of rest, m, at which a pelvis that comes down with this peak speed meets the seat.

    The landmark is the height of rest to within 5 mm. Who comes down fast meets the seat centimetres above that
    and sinks into it: the height is raised by `give_s2_m` times the square of the speed beyond a soft landing, so that
    slow, controlled sitting is judged by the landmark. The factors are those that agree with the force plate of
    bench_5sts (4 to 6 cm at 0.8 to 0.9 m/s), whose clock the sensors lag (`FREE_S`): were the clocks set right, plate
    and landmark would meet there within 0.02 s without any give.
    """
    return float(SEATED_M + give_s2_m * max(0.0, speed_m_s - _SOFT_LANDING_M_S) ** 2)
