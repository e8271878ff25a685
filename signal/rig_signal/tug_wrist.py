"""The ends of a Timed Up and Go from the wrist, by signs of the arm (`tug_cues`): there is no phase that it shows.

The arm begins to stir, or ceases to turn, against the same person's walk, its turning changes its level, and the whole
body goes up or down fastest. The delays are medians over 145 filmed tests of 15 people
(doi:10.1109/JBHI.2024.3456169), in units of the person's pace; subjects left out in turn decided on the signs.
"""

from rig_signal.order import median
from rig_signal.tug_body import Body, Ends, Pair
from rig_signal.tug_cues import Delays, Levels, begins, changes, changes_at_last, levels_of, middle, peaks, smooth_peaks

_START_DELAYS: Delays = (0.24, 0.045, -0.925)
_END_DELAYS: Delays = (-0.665, 0.045, -0.14, 1.125, 0.74)
_U_S = 0.27
_BODY_HZ = 0.8  # at pace 1: up to here the arm climbs with the body, above by itself
_SHOCK_HZ = 6.0
_RISE_S = 2.0  # at pace 1, before the body climbs fastest: with rest on the far side


def wrist_ends(body: Body, pair: Pair) -> Ends | None:
    """Find the rise before and the descent after a pair of turns."""
    far, last = (body.index((turn.start_s + turn.end_s) / 2) for turn in (pair.far, pair.last))
    if last - far < 2:
        return None
    pace, second = pair.pace, pair.pace * body.rate_hz
    levels = levels_of(body, pace)
    return Ends(
        first_movement=middle(body, _starts(levels, range(far, last), second), _START_DELAYS, pace, _U_S),
        seated=middle(body, _ends(body, levels, range(far, last), second), _END_DELAYS, pace, _U_S),
    )


def _starts(levels: Levels, walk: range, second: float) -> tuple[float, ...]:
    """Samples at which the arm stirs, changes its level of turning, and the body climbs fastest.

    An arm that stirs early turns early as well: to ask it twice would make it two of four.
    """
    far = walk.start
    jerk, turning = (median(x[far : walk.stop]) for x in (levels.jerk, levels.turning))
    since, until = far - 1.8 * len(walk), far - 0.5 * len(walk)
    climbs = smooth_peaks(levels.climbing[:far], second, _BODY_HZ, since, until, 0.2 * second)
    return (
        begins(levels.jerk[:far], 0.3 * jerk, 0.2 * second),
        changes_at_last(levels.turning[: int(climbs) + 1], turning, _RISE_S * second),
        climbs,
    )


def _ends(body: Body, levels: Levels, walk: range, second: float) -> tuple[float, ...]:
    """Samples at which the arm ceases to turn, changes its levels, and the body sinks fastest and lands."""
    last = walk.stop
    latest = min(len(levels.turning), last + round(1.2 * len(walk)))
    jerk, turning = (median(x[walk.start : last]) for x in (levels.jerk, levels.turning))
    since, until = last + 0.1 * len(walk), last + 2.0 * second
    return (
        len(levels.turning) - 1 - begins(levels.turning[:last:-1], 0.1 * turning, 0.2 * second),
        latest - 1 - changes(levels.turning[last:latest][::-1], turning),
        latest - 1 - changes(levels.jerk[last:latest][::-1], jerk),
        peaks(-levels.climbing, since, until, 0.2 * second),
        last + smooth_peaks(body.vertical[last:], body.rate_hz, _SHOCK_HZ, since - last, until - last, 0.2 * second),
    )
