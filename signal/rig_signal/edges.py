"""Where a walk begins and ends: the first foot-off and the closing step, seen from the trunk.

The first steps out of a stand are not like those in mid-walk. The trunk already rises when the first foot is
pushed off, which on the step clock looks like one contact too many; and the closing step, a short one onto the
spot, hardly shows, which is one too few. What tells them apart is the same at every pace: how many steps ago the
trunk left its rest, and how much of its speed it has gained (at the end: how soon it comes to rest, and how much
speed is still to be lost).
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from rig_signal.contacts import FEWEST, JOLT_AFTER_S, Lag, Sequence, summit
from rig_signal.order import median, quantile
from rig_signal.rests import comes_to_rest, leaves_rest, stops_between
from rig_signal.rhythm import TICKS, StepClock, clock_times
from rig_signal.timebase import lengths
from rig_signal.types import Array, Moment

_LEAST_SPEED_M_S = 0.1  # below that what is integrated is mostly the sensor's error
_FIRST_AFTER, _FIRST_SPEED = 1.15, 0.38
_UNDECIDED, _UNSURE = -0.1, 0.03  # between the lowest score of a first contact and the highest of a push-off
_FIRST_CONTACT_AFTER_CUE_S = 0.8  # reaction, weight shift and swing of the fastest
_LAST_BEFORE, _LAST_SPEED, _BY_SPEED = 0.91, 0.30, 3.0  # steps, share: ipol_gait and two virtual families
_SEEN, _PLAINLY_SEEN = 0.2, 0.15  # what a last peak adds, by its power, if it is that part of the walk's waves
_LAST_UNSURE = 0.1  # how far what tells whether a step follows may be off
_FAINT = 0.09  # of the walk's waves: a last peak as low as that says as much as the rest does of where its step lies
_UNSHAKEN = 0.25  # of the jolt that goes with such a wave
_LOW_WAVE = 0.6  # of the walk's waves
_UNLIKE, _FEWEST_BY_TWOS = 0.3, 4  # of a step: more than most who limp; steps that tell
_SWING_SCATTER = 0.8  # of what steps scatter: a usual swing half as much, a first one more (ipol_gait)
_SWING_SHARE = 0.55  # of what one foot's steps last longer, its swings do: the rest is double support (ipol_gait)
_USUAL_STEP_S = 0.55
_USUAL_SCATTER, _USUAL_COUNTS = 0.035, 2  # of a step, steps
_JOLTED_SPREAD_S, _PUSHED_SPREAD_S, _PLAIN_JOLT = 0.012, 0.03, 2.5  # the contacts, by jolts and without; counts half
_LONG_START, _EARLIEST, _APART, _LEAST_WAVE = 2.1, 0.6, 0.45, 0.25  # steps, steps, steps, of the walk's waves
_MISSED_DOUBT = 0.3  # of the time by which a step found late comes earlier: one in ten is none
_LIFT_S, _LIFT_SPREAD_S = 0.02, 0.02  # the trunk's upward push peaks this long after the toe leaves (ipol_gait)
_UNQUIET_SPREAD = 0.5  # of a step: the first contact may be another one
_LIFT_WINDOW, _LIFT_EDGE = (1.1, 0.55), 0.05  # steps before the first contact; over which they grow to count
_LIFT_FITS_S = 0.12
_BY_NOISE = 11.0  # times the noise in the band of the steps, by which it lifts the trunk
_PLAIN_LIFT = 0.45  # of a step's wave: a push as high as that counts half


@dataclass(frozen=True, slots=True)
class Edge:
    """How a sequence of steps joins the rest before or after it.

    Attributes
    ----------
    at_rest
        Tick at which the trunk leaves its rest (comes to rest), or None where it never rests there.
    contacts
        (k,) ticks of the peaks that belong to contacts, after correction of this end.
    quiet
        Whether the rest is a quiet one; else the trunk sways in it as much as in the walk, and steps may be missed
        or made up.
    doubt_s
        What is to be added to the uncertainty, since another contact may be the first (the last).
    """

    at_rest: int | None
    contacts: Array
    quiet: bool = True
    doubt_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Swing:
    """How long the first foot is in the air, s, and how much that differs from person to person.

    Who is faster than usual swings it in less time, by that power of the pace.
    """

    mean_s: float
    spread_s: float
    hurry: float


USUAL_SWING = Swing(0.40, 0.01, 0.3)
"""0.40 to 0.43 s on ipol_gait, 0.39 and 0.40 s in two virtual families."""

FRAME_SWING = Swing(0.33, 0.03, 0.0)
"""Between the moves of a pick-up frame steps are short and quick: 0.35 and 0.31 s in two virtual families."""


def first_edge(clock: StepClock, sequence: Sequence, cue_s: float | None = None) -> Edge:
    """Leave out what the first foot's push-off added before the first contact.

    The walk begins with the first foot-off after the cue (rules section 6): contacts too soon after it are left out.
    """
    rest, quiet = leaves_rest(clock, sequence)
    earliest_s = -np.inf if cue_s is None else cue_s + _FIRST_CONTACT_AFTER_CUE_S
    late = _after(clock, sequence.ticks, earliest_s)
    peaks = late if len(late) >= FEWEST else sequence.ticks
    if rest is None:
        return Edge(None, peaks, quiet=False)
    rest = min(rest, int(peaks[0]) - 1)
    speed = _speed_from(clock, rest, int(peaks[min(5, len(peaks) - 1)]) + 1)
    gained = speed[peaks[:6].astype(int) - rest]
    after = ((peaks[:6] - rest) / TICKS).clip(0.0, 1.5) - _FIRST_AFTER
    score = 0.3 * after + 1.5 * _share(gained, quantile(gained, 0.7), _FIRST_SPEED)
    stepped = (score[:4] > _UNDECIDED).nonzero()[0]
    found = peaks[stepped[0] if len(stepped) else 0 :]
    another_s = float(clock.period_s[int(found[0])]) * _either_way(score[:4] - _UNDECIDED, _UNSURE)
    missed = _after(clock, _missed(clock, rest, found), earliest_s)
    if not len(missed):
        return Edge(rest, found, quiet, another_s)
    earlier_s = float(np.subtract(*clock_times(clock, np.array([found[0], missed[0]]))))
    return Edge(rest, np.append(missed, found), quiet, math.hypot(_MISSED_DOUBT * earlier_s, another_s))


def _either_way(scores: Array, unsure: float) -> float:
    """Standard deviation, in steps, of which contact is at the edge, by the one least plainly a contact or not."""
    doubt = 1 / (1 + math.exp(np.abs(scores).min() / unsure))
    return math.sqrt(doubt * (1 - doubt))


def _missed(clock: StepClock, rest: int, peaks: Array) -> Array:
    """Steps before the first one, where it is so long after the rest that nobody takes so long to begin.

    Who hesitates after a step, or moves a frame, makes steps too uneven for one sequence.
    """
    first = int(peaks[0])
    if first - rest <= _LONG_START * TICKS:
        return np.empty(0)
    low, high = rest + round(_EARLIEST * TICKS), first - round(_APART * TICKS)
    wave = clock.wave
    tops = np.arange(low, high)[
        (wave[low:high] > wave[low - 1 : high - 1]) & (wave[low:high] >= wave[low + 1 : high + 1])
    ]
    tops = tops[wave[tops] > _LEAST_WAVE * median(wave[peaks.astype(int)])]
    return summit(wave, tops)


def _after(clock: StepClock, peaks: Array, earliest_s: float) -> Array:
    """Peaks later than that."""
    return peaks if earliest_s == -np.inf else peaks[clock_times(clock, peaks) > earliest_s]


def last_edge(clock: StepClock, sequence: Sequence, lag: Lag) -> Edge:
    """Add the closing step where the trunk comes to rest too late for the last peak to be it, or drop a peak.

    A last peak that is low may be chosen for a step or not, for a hair's breadth. So it speaks for a step as far as it
    rises, and where its step lies is told by it and by the rest together.
    """
    peaks = sequence.ticks
    rest = comes_to_rest(clock, sequence)
    if rest is None:
        return Edge(None, _whole_waves(clock, peaks))
    heights = clock.wave[peaks.astype(int)]
    rise = max(float(heights[-1]), 0.0) / max(median(heights), 1e-9)
    goes_on = _goes_on_after(clock, peaks, rest)[-2:] + _lands_after(clock, peaks, lag, rise)
    goes_on[:-1] += _SEEN * min(rise / _PLAINLY_SEEN, 1.0) ** 2
    doubt_s = lag.step_s * _either_way(goes_on, _LAST_UNSURE)
    if len(goes_on) > 1 and goes_on[0] <= 0:
        contacts = peaks[:-1]
    elif goes_on[-1] > 0:
        contacts = np.append(peaks, _closing(peaks[-1], rest))
    else:
        plain = (rise / _FAINT) ** 4
        last = (plain * peaks[-1] + _closing(peaks[-2], rest)) / (plain + 1) if len(peaks) > 1 else peaks[-1]
        contacts = np.append(peaks[:-1], last)
    return Edge(math.ceil(rest), contacts, doubt_s=doubt_s)


def _closing(peak: float, rest: float) -> float:
    """Tick at which the step after a peak closes a walk that comes to rest."""
    return peak + TICKS * min(max(0.36 + 0.385 * (rest - peak) / TICKS, 0.5), 1.2)  # fitted on ipol_gait


def _whole_waves(clock: StepClock, peaks: Array) -> Array:
    """Without a last peak that is low and so near the recording's end that it may belong to no step."""
    unfinished = len(clock.wave) - peaks[-1] < TICKS / 2
    heights = clock.wave[peaks.astype(int)]
    return peaks[:-1] if unfinished and heights[-1] < _LOW_WAVE * median(heights) else peaks


def _goes_on_after(clock: StepClock, peaks: Array, rest: float) -> Array:
    """Whether another step follows each of the last peaks (above 0), by the time and the speed left until rest.

    Read between ticks: at which ticks peaks and rest fall is chance.
    """
    last = peaks[-6:]
    start = int(last[0])
    left = _speed_to(clock, start, math.ceil(max(rest, float(last[-1]))))
    share = _share(np.interp(last - start, np.arange(len(left)), left), float(left.max()), _LAST_SPEED)
    return ((rest - last) / TICKS - _LAST_BEFORE).clip(-0.6, 0.6) + _BY_SPEED * share


def _lands_after(clock: StepClock, peaks: Array, lag: Lag, rise: float) -> Array:
    """(2,) what it adds that the trunk is shaken a step after each of the last two peaks, as hard as steps shake it.

    Where single jolts are plain, that is a step; in who walks softly they say nothing. A last peak that lifts the trunk
    and hardly shakes it is none.
    """
    due_s = clock_times(clock, peaks[-2:] - lag.steps * TICKS) + JOLT_AFTER_S
    bounds = clock.sample_s.searchsorted(due_s + np.array([[0.45], [1.4]]) * lag.step_s).T.tolist()
    hardest = np.array([clock.shaking[first:last].max(initial=0.0) for first, last in bounds]) / max(lag.jolt, 1e-9)
    landing = lag.own * ((hardest - 0.3) / 0.2).clip(0.0, 1.0)
    landing[0] -= min(max((_UNSHAKEN * rise - float(hardest[0])) / 0.1, 0.0), 1.0)
    return landing


def split_at_rests(clock: StepClock, sequence: Sequence) -> list[Sequence]:
    """Part a sequence where the trunk rests between two of its peaks for twice as long as a rest must last."""
    stops = stops_between(clock, sequence)
    if not stops:
        return [sequence]
    parts = zip(np.split(sequence.ticks, stops), np.split(sequence.strength, stops), strict=True)
    return [Sequence(ticks, strength) for ticks, strength in parts if len(ticks) >= FEWEST]


def foot_off(clock: StepClock, first: Edge, contacts: Array, lag: Lag, frame: bool | None = None) -> Moment:
    """When the first foot left the floor, from what the trunk does before the first contact.

    The first swing lasts much the same in slow and usual walkers, a little less in fast ones, and less in who puts a
    frame forward before every second step. Who limps swings the first foot as much longer or shorter as in the walk.
    Where the trunk is plainly pushed up in the time in which the swing may have begun, the peak of that push follows
    the toe closely. The two are weighed by how far each can be trusted.

    The uncertainty is the walker's own: a first swing differs from the usual one by most of what this person's steps
    differ from each other. To it comes what the swing of an unusual pace may differ (between as long as anybody's and
    in proportion to the step), and what the two ways disagree.

    Parameters
    ----------
    clock
        The walk on its step clock.
    first
        How the walk begins.
    contacts
        (k,) ticks of the walk's initial contacts; their spacing tells who limps.
    lag
        How far the walk's contacts precede their peaks.
    frame
        Whether a walking frame is lifted before every second step; None: the contacts tell.
    """
    peaks, steps_s = first.contacts, np.diff(clock_times(clock, contacts))
    swing = _first_swing(steps_s, frame)
    step_s = float(clock.period_s[int(peaks[0])])
    # Not by its own jolt: the first has no neighbour to bound it, and a frame that is set down may be taken for a step.
    contact = float(peaks[0]) - lag.steps * TICKS
    pace = step_s / _USUAL_STEP_S
    unsure_s = swing.mean_s * abs(pace - 1)
    scatter_s = _SWING_SCATTER * _scatter_s(np.diff(clock_times(clock, peaks)))
    spread_s = math.hypot(scatter_s, unsure_s / math.sqrt(12), swing.spread_s)
    times = [float(clock_times(clock, np.array(contact))) - swing.mean_s * min(1.0, pace**swing.hurry)]
    weights = [spread_s**-2]
    for lift, height in _lifts(clock, contact, median(clock.wave[peaks.astype(int)])):
        times.append(float(clock_times(clock, np.array(lift))) - _LIFT_S)
        plain = 1 / (1 + (_PLAIN_LIFT / height) ** 4)
        fitting = math.exp(-0.5 * ((times[1] - times[0]) / (_LIFT_FITS_S + unsure_s)) ** 2)
        weights.append(plain * (fitting + plain**2 * (1 - fitting)) / _LIFT_SPREAD_S**2)
    off_s = _mean(times, weights)
    unlike_s = math.sqrt(_mean([(time - off_s) ** 2 for time in times], weights))
    another_s = 0.0 if first.quiet else _UNQUIET_SPREAD * step_s
    parts = (sum(weights) ** -0.5, unlike_s, _contact_spread_s(lag), another_s, first.doubt_s)
    return Moment(off_s, math.hypot(*parts))


def _mean(values: list[float], weights: list[float]) -> float:
    return sum(value * weight for value, weight in zip(values, weights, strict=True)) / sum(weights)


def _contact_spread_s(lag: Lag) -> float:
    """How well the time of the contacts is known: well where jolts stand out, as in two virtual families."""
    jolted = 1 / (1 + (_PLAIN_JOLT / lag.plain) ** 6)
    return math.hypot(jolted * _JOLTED_SPREAD_S, (1 - jolted) * _PUSHED_SPREAD_S)


def _first_swing(steps_s: Array, frame: bool | None) -> Swing:
    """What the walk's steps say of the first swing; steps by twos, of which the frame is not known, may be a limp's."""
    limping = replace(USUAL_SWING, mean_s=USUAL_SWING.mean_s + _limp_s(steps_s))
    if frame is None and _by_twos(steps_s):
        return replace(FRAME_SWING, spread_s=(limping.mean_s - FRAME_SWING.mean_s) / 2)
    return FRAME_SWING if frame else limping


def _by_twos(steps_s: Array) -> bool:
    """Whether there is a longer pause before every second step, as for a walking frame that is lifted.

    It is lifted before the first step, too; so is the foot that steps first the one whose steps are longer.
    """
    if len(steps_s) < _FEWEST_BY_TWOS or median(steps_s[1::2]) < median(steps_s[::2]):
        return False
    next_one, next_same = np.abs(np.diff(steps_s)), np.abs(steps_s[2:] - steps_s[:-2])
    return median(next_one) > max(_UNLIKE * median(steps_s), 1.5 * median(next_same))


def _limp_s(steps_s: Array) -> float:
    """How much longer the foot that steps first swings than both feet do on the mean, s; shorter is negative.

    Half of what its steps last longer than the other's, and of that the part which is swing. It counts by the share of
    its square that is beyond the variance of so few steps: chance alone makes no limp. The last two steps slow down.
    """
    steps = steps_s[:-2]
    if len(steps) < 2:
        return 0.0
    own, other = steps[1::2], steps[::2]
    longer_s = float(own.mean() - other.mean())
    chance = _scatter_s(steps_s) ** 2 * (1 / len(own) + 1 / len(other))
    return _SWING_SHARE * (longer_s - chance / longer_s) / 2 if longer_s**2 > chance else 0.0


def _scatter_s(steps_s: Array) -> float:
    """Standard deviation of the walk's steps, s, left ones among left and right ones among right.

    So that neither a limp nor a pick-up frame counts, nor the slowing down of the last two steps. What is usual counts
    as two steps more.
    """
    usual_s = _USUAL_SCATTER * median(steps_s)
    steps = steps_s[:-2]
    change = (steps[2:] - steps[:-2]) / np.sqrt(2)
    return float(np.sqrt((change @ change + _USUAL_COUNTS * usual_s**2) / (len(change) + _USUAL_COUNTS)))


def _lifts(clock: StepClock, contact: float, step_height: float) -> list[tuple[float, float]]:
    """The plainest upward push of the trunk before the first contact: its tick, and its height over a step's."""
    first, last = contact - _LIFT_WINDOW[0] * TICKS, contact - _LIFT_WINDOW[1] * TICKS
    edge = _LIFT_EDGE * TICKS
    low, high = max(1, int(first - edge)), max(1, int(last + edge) + 2)
    up = clock.lift
    tops = np.arange(low, high)[(up[low:high] > up[low - 1 : high - 1]) & (up[low:high] >= up[low + 1 : high + 1])]
    half = TICKS // 2
    sides = [max(up[max(0, t - half) : t].min(), up[t : t + half].min()) for t in tops]
    at = summit(up, tops)
    within = (0.5 + np.minimum(at - first, last - at) / (2 * edge)).clip(0.0, 1.0)
    height = within * np.sqrt(np.maximum((up[tops] - sides) ** 2 - (_BY_NOISE * clock.noise[tops]) ** 2, 0.0))
    if height.max(initial=0.0) <= 0:
        return []
    best = int(np.argmax(height))
    return [(float(at[best]), float(height[best]) / step_height)]


def _speed_from(clock: StepClock, rest: int, stop: int) -> Array:
    """Level speed from `rest` on, m/s, by what the accelerometer reads beyond its mean in the rest before."""
    before = clock.acc[max(0, rest - TICKS) : rest + 1, :2].mean(axis=0)
    change = (clock.acc[rest:stop, :2] - before) * clock.period_s[rest:stop, None] / TICKS
    return lengths(change.cumsum(axis=0).T)


def _speed_to(clock: StepClock, start: int, rest: int) -> Array:
    """Level speed from `start` on that is lost until `rest`, m/s."""
    after = clock.acc[rest : rest + TICKS, :2].mean(axis=0)
    change = (clock.acc[start : rest + 1, :2] - after) * clock.period_s[start : rest + 1, None] / TICKS
    return lengths(change[::-1].cumsum(axis=0).T)[::-1]


def _share(speed: Array, walking: float, expected: float) -> Array:
    """Share of the walking speed beyond the expected one; nothing where no speed can be told."""
    if walking < _LEAST_SPEED_M_S:
        return np.zeros_like(speed)
    return (speed / walking).clip(0.0, 1.0) - expected
