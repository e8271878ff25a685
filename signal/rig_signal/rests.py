"""Where the trunk rests before, after and between steps, by what it does in the walk itself.

All of its movement is looked at first. Who sways much while standing never rests in that sense; then only rising and
falling counts, which is what steps add to swaying.
"""

from typing import TYPE_CHECKING

import numpy as np

from rig_signal.motion import crossing
from rig_signal.order import median
from rig_signal.rhythm import REST_STEPS, TICKS, Movement, StepClock

if TYPE_CHECKING:
    from rig_signal.contacts import Sequence

_LEAVING, _COMING = 0.15, 0.25  # share of the walking movement that counts as having left, as not yet at rest
_HISS_SHARE = 0.5  # of the noise in the jolts' band: what peaks in who sways gain by it beyond the calmest
_REST_TICKS = round(REST_STEPS * TICKS)
_CALMEST = 0.3  # share of the walking movement that the calmest stretch of a recording may have and still be rest
_NEAR_TICKS = 4 * TICKS  # a rest farther away belongs to something else


def leaves_rest(clock: StepClock, sequence: "Sequence") -> tuple[int | None, bool]:
    """Last tick of the rest before a sequence of steps, if there is one near, and whether it was a quiet one.

    A rest twice as long as the shortest goes before: who halts after the first step has begun to walk before it. The
    sensor's noise, which moves it more at some times than in the calmest, ends no rest.
    """
    peak = int(sequence.ticks[0])
    low = max(_REST_TICKS, peak - _NEAR_TICKS)
    for movement in clock.movements():
        level = _level(movement, sequence, _LEAVING) + _HISS_SHARE * clock.hiss
        resting = movement.busy[low : peak + 1] < level
        lasting = resting[_REST_TICKS:] & resting[:-_REST_TICKS]
        ends = np.flatnonzero(lasting) + _REST_TICKS if lasting.any() else np.flatnonzero(resting)
        if len(ends):
            return low + int(ends[-1]), movement is clock.all_movement
    return None, False


def comes_to_rest(clock: StepClock, sequence: "Sequence") -> float | None:
    """Tick, or between which, the rest after a sequence of steps begins, if there is one near."""
    peak = int(sequence.ticks[-1])
    ahead = slice(peak + _REST_TICKS - 1, peak + _REST_TICKS + _NEAR_TICKS)
    for movement in clock.movements():
        busy, level = movement.busy[ahead], _level(movement, sequence, _COMING)
        resting = np.flatnonzero(busy < level)
        if len(resting):
            return peak + (crossing(busy, level, int(resting[0]) - 1) if resting[0] else 0.0)
    return None


def stops_between(clock: StepClock, sequence: "Sequence") -> list[int]:
    """Indices of the peaks before which the trunk rests, for twice as long as a rest must last."""
    calm = clock.all_movement.busy < _level(clock.all_movement, sequence, _COMING)
    calm[_REST_TICKS:] &= calm[:-_REST_TICKS]
    rested = np.logical_or.reduceat(calm, sequence.ticks.astype(int))[:-1]
    return (np.flatnonzero(rested) + 1).tolist()


def _level(movement: Movement, sequence: "Sequence", share: float) -> float:
    """What the trunk may move in a rest: a share of its movement in the walk, beyond its calmest."""
    walking = median(movement.amount[int(sequence.ticks[0]) : int(sequence.ticks[-1]) + 1])
    calmest = min(movement.calmest, _CALMEST * walking)
    return calmest + share * (walking - calmest)
