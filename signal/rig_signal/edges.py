"""Where a walk begins and ends: the first foot-off and the closing step, seen from the trunk.

The first steps out of a stand are not like those in mid-walk. The trunk already rises when the first foot is
pushed off, which on the step clock looks like one contact too many; and the closing step, a short one onto the
spot, hardly shows, which is one too few. What tells them apart is the same at every pace: how many steps ago the
trunk left its rest, and how much of its speed it has gained (at the end: how soon it comes to rest, and how much
speed is still to be lost).
"""

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import maximum_filter1d

from rig_signal.contacts import Sequence, step_wave
from rig_signal.rhythm import TICKS, StepClock
from rig_signal.types import Array

CONTACT_LAG = 0.09
"""Steps by which the peak of the vertical acceleration follows the contact (ipol_gait: 0.05 s of 0.55 s)."""

_LEAVING, _COMING = 0.15, 0.25  # share of the walking activity that counts as having left, as not yet at rest
_REST = 0.4  # steps of quiet that are a rest
_FIRST_AFTER, _FIRST_SPEED = 1.2, 0.45
_LAST_BEFORE, _LAST_SPEED = 0.95, 0.33
_CALMEST = 0.3  # share of the walking activity that the calmest stretch of a recording may have and still be rest
_NEVER_AT_REST = 4.0  # steps


@dataclass(frozen=True, slots=True)
class Edge:
    """How a sequence of steps joins the rest before or after it.

    Attributes
    ----------
    at_rest
        Tick at which the trunk leaves its rest (comes to rest), or None where it never rests there.
    contacts
        (k,) ticks of the peaks that belong to contacts, after correction of this end.
    """

    at_rest: int | None
    contacts: Array


def first_edge(clock: StepClock, sequence: Sequence) -> Edge:
    """Leave out what the first foot's push-off added before the first contact."""
    peaks = sequence.ticks
    rest = _rest_before(_activity(clock, sequence), int(peaks[0]), _LEAVING)
    if rest is None:
        return Edge(None, peaks)
    speed = _speed_from(clock, rest, int(peaks[min(5, len(peaks) - 1)]) + 1)
    gained = speed[peaks[:6].astype(int) - rest]
    score = np.clip((peaks[:6] - rest) / TICKS - _FIRST_AFTER, -0.7, 0.7) + _share(gained, _FIRST_SPEED)
    late = np.flatnonzero(score[:4] > 0)
    return Edge(rest, peaks[late[0] if len(late) else 0 :])


def last_edge(clock: StepClock, sequence: Sequence) -> Edge:
    """Add the closing step where the trunk comes to rest too late for the last peak to be it."""
    peaks = sequence.ticks
    backward = _activity(clock, sequence)[::-1]
    mirrored = _rest_before(backward, len(backward) - 1 - int(peaks[-1]), _COMING)
    if mirrored is None:
        return Edge(None, peaks)
    rest = len(backward) - 1 - mirrored
    first = int(peaks[max(0, len(peaks) - 6)])
    left = -_speed_to(clock, first, rest)[peaks[-6:].astype(int) - first]
    before_rest = (rest - peaks[-1]) / TICKS
    score = np.clip(before_rest - _LAST_BEFORE, -0.6, 0.6) + _share(left[::-1], _LAST_SPEED)[0]
    if score <= 0:
        return Edge(rest, peaks)
    closing = np.clip(0.36 + 0.385 * before_rest, 0.5, 1.2)  # fitted on ipol_gait
    return Edge(rest, np.append(peaks, peaks[-1] + closing * TICKS))


def foot_off(clock: StepClock, first_contact: float) -> tuple[float, float]:
    """Tick at which the first foot leaves the floor, and how far its three signs are from each other, in steps.

    The trunk is pushed up as the foot leaves, sinks in the swing, and the swing lasts most of a step.
    """
    wave = step_wave(clock)
    at = int(first_contact)
    low = max(1, at - round(1.35 * TICKS))
    around = np.arange(low, max(low + 1, at - round(0.45 * TICKS)))
    peaks = around[(wave[around] > wave[around - 1]) & (wave[around] >= wave[around + 1])]
    swing = np.arange(max(0, at - round(0.9 * TICKS)), max(1, at - round(0.1 * TICKS)))
    sinking = swing[np.argmin(wave[swing])] - 0.41 * TICKS
    lasting = first_contact - 0.874 * TICKS
    if not len(peaks):
        return (sinking + lasting) / 2, abs(sinking - lasting) / TICKS
    rising = float(peaks[np.argmin(np.abs(peaks - (sinking + lasting) / 2))])
    together = 0.5 * rising + 0.3 * sinking + 0.2 * lasting
    return together, float(np.ptp([rising, sinking, lasting])) / TICKS


def _activity(clock: StepClock, sequence: Sequence) -> Array:
    """(m,) how much the trunk moves, as a share of its movement in the sequence; 1 rad/s counts as 2 m/s²."""
    moving = np.sqrt((clock.acc**2).sum(axis=1) + 4 * (clock.gyr**2).sum(axis=1))
    walking = float(np.median(moving[int(sequence.ticks[0]) : int(sequence.ticks[-1]) + 1]))
    return np.asarray(moving / max(walking, 1e-9), dtype=np.float64)


def _rest_before(activity: Array, peak: int, level: float) -> int | None:
    """Last tick before `peak` that ends a rest of `_REST` steps below `level`."""
    width = round(_REST * TICKS)
    moving = maximum_filter1d(activity, width, origin=(width - 1) // 2, mode="nearest")
    calmest = min(float(np.quantile(moving, 0.05)), _CALMEST)
    resting = np.flatnonzero(moving[: peak + 1] < calmest + level * (1 - calmest))
    if not len(resting) or resting[-1] < width:
        return None
    return int(resting[-1]) if peak - resting[-1] <= _NEVER_AT_REST * TICKS else None


def _speed_from(clock: StepClock, rest: int, stop: int) -> Array:
    """Forward speed from `rest` on, m/s, by what the accelerometer reads beyond its mean in the rest before."""
    before = clock.acc[max(0, rest - TICKS) : rest + 1, 0].mean()
    return np.asarray(np.cumsum((clock.acc[:, 0] - before)[rest:stop] * clock.period_s[rest:stop]) / TICKS)


def _speed_to(clock: StepClock, start: int, rest: int) -> Array:
    """Minus the forward speed from `start` on that is lost until `rest`, m/s."""
    after = clock.acc[rest : rest + TICKS, 0].mean()
    change = (clock.acc[:, 0] - after)[start : rest + 1] * clock.period_s[start : rest + 1] / TICKS
    return np.asarray(np.cumsum(change[::-1])[::-1])


def _share(speed: Array, expected: float) -> Array:
    """Share of the speed of the walk beyond the expected one; nothing where no speed can be told."""
    walking = float(np.max(speed))
    if walking < 0.1:
        return np.zeros_like(speed)
    return np.asarray(np.clip(speed / walking, 0.0, 1.0) - expected)
