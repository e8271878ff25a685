"""Chair rises: count and time every rise from one inertial sensor at the lower back, the chest or the thigh.

No duration, speed or angle of a healthy person is assumed, and nothing depends on the sampling rate: rises are
found as changes between two levels of the person's own (`transfers` from the trunk, `thigh_rises` from the
thigh), and timed by docs/landmarks.md.
"""

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from rig_signal import thigh_rises, trunk_rises
from rig_signal.attitude import RATES_INFERRED, with_inferred_rates
from rig_signal.losses import lost_share, restore_losses
from rig_signal.rises import FailedRise, Found, Rise
from rig_signal.timebase import Uniform, regularise, touches_gap
from rig_signal.types import Imu, Moment, Placement, SignalError

__all__ = ["ChairResult", "FailedRise", "Rise", "analyse_chair"]

Tried = TypeVar("Tried", Rise, FailedRise)
RISES = 5
_NO_TIME = frozenset({"gap_in_rise", "count_unsure"})
_INFERRED_U_S = {"start": 0.15, "seat_off": 0.06, "standing": 0.09, "seat_on": 0.06}
"""What it adds, s, to have the tilt from acceleration alone: against the virtual lab's truth, back and chest."""

_RATE_HZ = 50.0  # rising is slower than 10 Hz; times are interpolated between samples


@dataclass(frozen=True, slots=True)
class ChairResult:
    """What happened on the chair.

    Attributes
    ----------
    rises
        Full rises in order.
    failed
        Attempts that did not reach the person's own full stand, in order; not counted.
    first_movement
        First movement that led to the first rise, or to the failed attempt before it: who tries has begun. None
        with a reason in `quality`.
    quality
        Flags of the time base, and `no_rise`, `begins_in_movement` (no rest before the first rise: no first
        movement), `movement_before_cue`, `gap_in_rise` (samples are missing for long: no five-rise time),
        `start_inferred` (a thigh does not show the trunk's lean: wide `u_s`), `rates_inferred` (no gyroscope: wide
        `u_s`; rises of less than half the way count as failed, not those of more), `count_unsure` (and bends that
        belong to no rise found; or in no stand the trunk straightened again: what was counted may be attempts of who
        cannot rise. No five-rise time).
    """

    rises: tuple[Rise, ...]
    failed: tuple[FailedRise, ...]
    first_movement: Moment | None
    quality: tuple[str, ...]

    @property
    def five_rise_time(self) -> Moment | None:
        """First movement to the fifth full stand (SPPB), with its uncertainty; None if it cannot be had."""
        return self._time_to(self.rises[RISES - 1].standing if len(self.rises) >= RISES else None)

    @property
    def five_sits_time(self) -> Moment | None:
        """First movement to the fifth seat contact, with its uncertainty; None if it cannot be had."""
        return self._time_to(self.rises[RISES - 1].seat_on if len(self.rises) >= RISES else None)

    def _time_to(self, end: Moment | None) -> Moment | None:
        if end is None or self.first_movement is None or not _NO_TIME.isdisjoint(self.quality):
            return None
        return Moment(end.t_s - self.first_movement.t_s, float(np.hypot(end.u_s, self.first_movement.u_s)))


def analyse_chair(imu: Imu, placement: Placement, *, cue_s: float | None = None) -> ChairResult:
    """Find and time every chair rise.

    Parameters
    ----------
    imu
        Samples as they were taken; walking, sitting down and anything else before and after may be among them.
    placement
        `lower_back`, `chest` or `thigh`.
    cue_s
        When the start signal sounded, on the clock of the samples: rises that left the seat earlier do not count.

    Raises
    ------
    SignalError
        For another placement, or samples that cannot be used (`timebase.regularise`).
    """
    restored = restore_losses(imu)
    u = with_inferred_rates(regularise(restored, _RATE_HZ))
    u = replace(u, lost=lost_share(imu, restored, u.time_s))
    if placement == "thigh":
        found = thigh_rises.find_rises(u)
    elif placement in ("lower_back", "chest"):
        found = trunk_rises.find_rises(u, placement)
    else:
        raise SignalError(f"chair rises do not show at the {placement}: wear a sensor at lower back, chest or thigh")
    return _conclude(u, _widened(found) if RATES_INFERRED in u.flags else found, cue_s)


def _widened(found: Found) -> Found:
    return replace(
        found,
        rises=tuple(_less_sure(rise) for rise in found.rises),
        failed=tuple(_less_sure(attempt) for attempt in found.failed),
    )


def _less_sure(tried: Tried) -> Tried:
    """The same with the uncertainty that a missing gyroscope adds to each of its moments."""

    def wider(moment: Moment | None, name: str) -> Moment | None:
        return None if moment is None else Moment(moment.t_s, float(np.hypot(moment.u_s, _INFERRED_U_S[name])))

    off = wider(tried.seat_off, "seat_off") or tried.seat_off
    common = replace(tried, start=wider(tried.start, "start"), seat_off=off, seat_on=wider(tried.seat_on, "seat_on"))
    if isinstance(common, Rise):
        return replace(common, standing=wider(common.standing, "standing") or common.standing)
    return common


def _conclude(u: Uniform, found: Found, cue_s: float | None) -> ChairResult:
    since = -np.inf if cue_s is None else cue_s
    rises = tuple(rise for rise in found.rises if rise.seat_off.t_s >= since)
    failed = tuple(attempt for attempt in found.failed if attempt.seat_off.t_s >= since)
    flags = [*u.flags, *found.flags]
    tries: list[Rise | FailedRise] = sorted([*rises, *failed], key=lambda tried: tried.seat_off.t_s) if rises else []
    first = tries[0].start if tries else None
    if not tries:
        flags.append("no_rise")
    elif first is None:
        flags.append("begins_in_movement")
    elif first.t_s < since:
        flags.append("movement_before_cue")
    if rises and touches_gap(u, (first or tries[0].seat_off).t_s, rises[-1].standing.t_s):
        flags.append("gap_in_rise")
    return ChairResult(rises, failed, first, tuple(flags))
