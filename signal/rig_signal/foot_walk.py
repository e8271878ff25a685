"""A walk seen from one foot."""

import numpy as np

from rig_signal.bouts import LONGEST_STOP_S, SAME_DIRECTION_RAD, find_pauses
from rig_signal.foot import Swings, find_swings
from rig_signal.losses import restore_losses
from rig_signal.timebase import Uniform, regularise
from rig_signal.types import Imu, Moment
from rig_signal.walk_result import Bout, WalkResult

_FEWEST_SWINGS = 2
_STANCE_S, _STANCE_STRIDES = 2.0, 2.5  # on the floor for longer is a stop, not a pivot with little swing
_OFF_U_S, _CONTACT_U_S = 0.03, 0.03


def walk_of_foot(u: Uniform) -> WalkResult:
    """Bouts, foot-off, contacts and cadence of one foot.

    Two or more swings make a bout; the rule for stops is that of `bouts`, with the foot's heading.
    """
    swings = find_swings(u)
    bouts = _bouts(swings)
    if not bouts:
        return WalkResult(quality=("no_walk",))
    first, last = max(bouts, key=lambda bout: swings.contact_s[bout[1]] - swings.off_s[bout[0]])
    contacts = swings.contact_s[first : last + 1]
    strides = np.diff(contacts)
    walking = strides[strides < 2 * np.median(strides)]
    return WalkResult(
        bouts=tuple(Bout(float(swings.off_s[a]), float(swings.contact_s[b])) for a, b in bouts),
        first_foot_off=Moment(float(swings.off_s[first]), _OFF_U_S),
        last_contact=Moment(float(contacts[-1]), _CONTACT_U_S),
        initial_contacts_s=tuple(float(t) for a, b in bouts for t in swings.contact_s[a : b + 1]),
        cadence_steps_per_min=120 / float(walking.mean()) if len(walking) else None,
        pauses=tuple(p for a, b in bouts for p in find_pauses(swings.contact_s[a : b + 1]) if _is_stop(p, strides)),
        quality=("one_foot",),
    )


def foot_off_from_foot(imu: Imu) -> Moment | None:
    """When this foot first leaves the floor in the longest walk of the recording, or None without a walk.

    With sensors on both feet the first foot-off is the earlier of the two.

    Raises
    ------
    SignalError
        If the samples cannot be used (see `timebase.regularise`) or have no angular rate.
    """
    return walk_of_foot(regularise(restore_losses(imu))).first_foot_off


def _bouts(swings: Swings) -> list[tuple[int, int]]:
    """First and last swing of each bout."""
    count = len(swings.off_s)
    if count < _FEWEST_SWINGS:
        return []
    stance = swings.off_s[1:] - swings.contact_s[:-1]
    usual = float(np.median(np.diff(swings.off_s)))
    turned = np.abs(np.diff(swings.heading_rad))
    stops = stance > max(_STANCE_S, _STANCE_STRIDES * usual)
    ends = np.flatnonzero(stops & ((stance > LONGEST_STOP_S) | (turned > SAME_DIRECTION_RAD)))
    starts = np.append(0, ends + 1)
    bouts = zip(starts.tolist(), np.append(ends, count - 1).tolist(), strict=True)
    return [(a, b) for a, b in bouts if b - a + 1 >= _FEWEST_SWINGS]


def _is_stop(pause: Bout, strides: np.ndarray) -> bool:
    """Whether the time between two contacts of one foot is more than a slow stride."""
    return pause.end_s - pause.start_s >= 2 * float(np.median(strides))
