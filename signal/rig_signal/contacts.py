"""Initial contacts from the trunk: one peak of the vertical acceleration to a step, chosen as a sequence.

On the step clock every step is one wave of the vertical acceleration. Its peaks are weighed by the strength of
the walk around them, and the sequence of peaks that is strong and evenly spaced is the walk: two peaks of one
step are too close to each other, a missed one leaves too long a step, and a stop breaks the sequence. So single
peaks need no threshold of their own but the sensor's noise, and weak steps at the edges and in turns are found among
strong neighbours.

Sources: dynamic programming over beats, Ellis, J New Music Res 36(1):51, 2007 (doi:10.1080/09298210701653344);
peaks of the filtered vertical acceleration as steps, Shin & Park, 2011 (doi:10.1016/j.measurement.2011.07.009).
Deviations: strength relative to the walk around it instead of the whole recording's; sequences may break; what
rises and falls more than a walker does, or less, is no step.
"""

from dataclasses import dataclass
from math import hypot, log, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from rig_signal.definite import solve_banded
from rig_signal.filters import butterworth, without_drift
from rig_signal.order import median
from rig_signal.rhythm import TICKS, StepClock, clock_times, sharpened
from rig_signal.timebase import Mask
from rig_signal.types import Array

FEWEST = 3
"""Steps that make a walk."""

_DRIFT = butterworth(1, 0.2, TICKS, "highpass")
_AROUND = 1.25  # steps either side that tell how strong the walk is
_FAINT = 0.2  # of the recording's walking strength: what is weaker than that is judged by it
_WORTH = 0.25  # a peak below this share of the strength around it is worth less than none
_UNEVENNESS = 2.0  # what a step of twice the length costs: 2 ln(2)^2
_BESIDE = np.array([[-TICKS // 4], [TICKS // 4]])  # ticks: from before to after a peak its sideways push changes
_ALTERNATION = 0.4  # what it adds that a step goes to the other side than the one before
_BREAK = 0.6
_USUAL_LAG, _USUAL_LAG_COUNTS = 0.105, 4  # ipol_gait
_USUAL_STEP_S, _SLOW_LAG, _MOST_SLOW_LAG = 0.55, 0.3, 0.06  # of a step for each second that steps last longer
JOLT_AFTER_S = 0.05
"""From a foot's contact to its jolt of the trunk (ipol_gait)."""

_JOLT_SPREAD_S, _PUSH_SPREAD_S = 0.02, 0.03  # contacts by each, from body to body: ipol_gait and two virtual families
_JOLT_SHARE = _PUSH_SPREAD_S**2 / (_JOLT_SPREAD_S**2 + _PUSH_SPREAD_S**2)

_JOLT_TICKS = (14, 6)  # before and after the peak
_JOLT_OFF_PUSH_S = 0.06  # by so much a jolt and the push may tell different contacts
_PUSH_POWER = 6  # of what is near a top: of two alike the middle counts
_SOFT = 0.3  # of the usual jolt: a softer one is believed less
_ONE_JOLT_S = 0.06  # spread of what shakes the trunk about a contact: more is not one jolt, and counts half
_JOLT_REACH = 0.6  # of a step either side of where it is due
_PLAIN_JOLT, _PLAIN_OWN = 2.5, 3.0  # over their surroundings, on the mean and for each step: count half
_LONGEST = 2.3  # steps from peak to peak
_SLOWEST = 1.25  # and on the median of two, or else the tempo is not that of these peaks
_LEAST_RISE_M, _MOST_RISE_M = 0.003, 0.12
_BY_STEPS = 6.0  # times what the steps lift it the trunk may rise
_PLAIN_RISE_M = 0.0035
_LEADS, _ALIKE = np.arange(4, 10)[:, None], 0.6  # ticks
_LEAST_STRENGTH = 0.12
_STRONG = 0.5  # of the recording's walking strength: walks that are weaker must be seen to go forward
_PEAK_ABOVE_NOISE, _EDGE_ABOVE_NOISE, _ABOVE_NOISE = 1.8, 3.0, 4.0
"""Times the noise in the band of the steps, whose peaks lie at 1.2 on the mean: a step, the first and last, a walk."""

_AROUND_ABOVE_NOISE = 8.0  # times as well: what is around a step that hardly rises by itself
_FIRM, _EVENLY_APART = 0.35, 0.25  # of the walk's waves; of a step, by which two steps on end may be long or short
_FIRM_ENDS, _LEAST_FIRM = 1e4, 1e-3
_BENT = ((0, 0, 0.25), (0, 1, 1.0), (0, 2, 0.25), (1, 0, -0.5), (1, 1, -0.5), (2, 0, 0.25))
"""Products of 1/2, -1 and 1/2, by which a peak lies off the middle between its neighbours: band, column and value."""


@dataclass(frozen=True, slots=True, eq=False)
class Sequence:
    """Steps that follow each other without a break.

    Attributes
    ----------
    ticks
        (k,) their peaks of vertical acceleration on the step clock, increasing.
    strength
        (k,) the wave's height at each of them, m/s².
    """

    ticks: Array
    strength: Array


@dataclass(frozen=True, slots=True)
class Lag:
    """How far the contacts of a walk precede their peaks of vertical acceleration.

    Attributes
    ----------
    steps
        In steps, by jolts and push together.
    plain
        How far the mean jolt stands out of the rest.
    step_s
        How long a step of the walk lasts, s.
    jolt, own
        How hard a step shakes the trunk, m/s²; and how far each step's own jolt is believed, 0 to 1.
    """

    steps: float
    plain: float
    step_s: float
    jolt: float
    own: float


def find_sequences(clock: StepClock) -> tuple[Sequence, ...]:
    """All sequences of three or more steps on a step clock, in order of time."""
    wave = clock.wave
    around = np.sqrt(2 * _mean_around(wave**2))
    walking = _walking_strength(around)
    peaks = _peaks(wave)
    peaks = peaks[_out_of_noise(clock, peaks, around)]
    peaks = peaks[_like_walking(clock, around, peaks)]
    if not len(peaks) or walking == 0:
        return ()
    at, heights = summit(wave, peaks), wave[peaks]
    worth = heights / np.hypot(around[peaks], _FAINT * walking) - _WORTH
    chosen = _best_sequences(at / TICKS, worth, _sides(clock, at))
    clear = (heights > _EDGE_ABOVE_NOISE * clock.noise[peaks]).tolist()
    walks = [_clear_ends(c, clear) for c in chosen if len(c) >= FEWEST]
    found = [Sequence(at[c], heights[c]) for c in walks if len(c) >= FEWEST]
    return tuple(sequence for sequence in found if _is_walk(clock, sequence, walking))


def _out_of_noise(clock: StepClock, peaks: NDArray[np.intp], around: Array) -> Mask:
    """(n,) True of peaks that stand out of the noise, or rise where the steps around them do so plainly."""
    wave, noise = clock.wave[peaks], clock.noise[peaks]
    among_steps = (wave > 0) & (around[peaks] > _AROUND_ABOVE_NOISE * noise)
    return np.asarray((wave > _PEAK_ABOVE_NOISE * noise) | among_steps, dtype=np.bool_)


def _clear_ends(chosen: list[int], clear: list[bool]) -> list[int]:
    """Peaks without first and last ones that noise alone may have made."""
    sure = [i for i, peak in enumerate(chosen) if clear[peak]]
    return chosen[sure[0] : sure[-1] + 1] if sure else []


def _is_walk(clock: StepClock, sequence: Sequence, walking: float) -> bool:
    """Whether steps are strong enough, keep the tempo, and lift the trunk plainly or push it forward.

    Who shuffles about on the spot lifts the trunk, too, but goes nowhere: weak steps must push it forward. Strength and
    tempo are those of two steps: who moves a frame before every second one steps by a short and a long, a faint and a
    plain step.
    """
    strength, noise = median(_pair_means(sequence.strength)), median(clock.noise[sequence.ticks.astype(int)])
    lifts = strength > _STRONG * walking and _rise_by_steps(clock, sequence) > _PLAIN_RISE_M
    return (
        strength > max(_LEAST_STRENGTH * walking, _ABOVE_NOISE * noise)
        and median(sequence.ticks[2:] - sequence.ticks[:-2]) < 2 * _SLOWEST * TICKS
        and (lifts or _goes_forward(clock, sequence))
    )


def contact_lag(clock: StepClock, peaks: Array) -> Lag:
    """How far the contacts precede their peaks of vertical acceleration, as a mean over the walk.

    A foot that comes down jolts the trunk about a twentieth of a second later: sooner in who is stiff, later in who is
    soft. The push tells, too, less exactly: the contact lies between the end of the forward push, when the trunk begins
    to be braked, and the middle of double support, when it is lifted most. The slower the walk, the longer double
    support, and the earlier before the peak is the contact. The two are weighed by how far each differs between bodies;
    jolts that do not stand out (a soft step, a slow sensor) count little.
    """
    step_s = median(clock.period_s[peaks.astype(int)])
    push = _push_lag(clock, peaks, step_s)
    jolt, plain = _jolt_lag(clock, peaks, step_s, push)
    trust = _JOLT_SHARE / (1 + (_PLAIN_JOLT / plain) ** 6)
    steps = trust * jolt + (1 - trust) * push
    return Lag(steps, plain, step_s, *_own_jolts(clock, peaks - steps * TICKS, step_s))


def own_contacts(clock: StepClock, contacts: Array, lag: Lag) -> Array:
    """(k,) ticks of contacts, each where the jolt between halfway to its neighbours says, if jolts stand out.

    A step's wave evens out what is uneven: where a frame is moved between the steps, or one leg is weak, it is off by
    up to half a step, and the jolt is not. A jolt that is softer than usual is believed less, and so are two alike that
    lie apart: which of them is the foot's they do not tell.
    """
    rate_hz = clock.trunk.rate_hz
    due = _due(clock, contacts)
    reach = _JOLT_REACH * lag.step_s * rate_hz
    bounded = np.concatenate([due[:1] - 2 * reach, due, due[-1:] + 2 * reach])
    half = (bounded[1:] - bounded[:-1]) / 2
    near, at, shaking = _shaking_near(clock, due, 2 * round(reach) + 1)
    jolt = np.where((near < -half[:-1, None]) | (near > half[1:, None]), 0.0, shaking)
    hardest = np.maximum(jolt.max(axis=1), 1e-9)
    weight = sharpened(jolt / hardest[:, None])
    late = at - due[:, None]
    weighed, total = weight * late, np.maximum(weight.sum(axis=1), 1e-9)
    mean_s = weighed.sum(axis=1) / total / rate_hz
    spread = np.einsum("kn,kn->k", weighed, late) / total / (_ONE_JOLT_S * rate_hz) ** 2 - (mean_s / _ONE_JOLT_S) ** 2
    believed = lag.own * np.minimum(hardest / max(_SOFT * lag.jolt, 1e-9), 1.0) / (1 + spread**2)
    own_s = clock_times(clock, contacts) + believed * mean_s
    return np.asarray(np.interp(own_s, clock.time_s, clock.ticks), dtype=np.float64)


def firm_peaks(clock: StepClock, peaks: Array, added: int) -> Array:
    """(k,) peaks of a walk, of which those that hardly rise lie where the steps around them leave room.

    In a turn the trunk may hardly rise with a step. Where on that flat stretch of the wave the highest point lies, or
    which of two is higher, tells nothing; that steps follow each other evenly does. So peaks are held where they are
    by their height, and bent as little as possible. How far off a closing step was `added` that hardly shows tells
    nothing of the others.
    """
    height = np.maximum(clock.wave.take(peaks.astype(int), mode="clip"), 0.0)  # a closing step may be added at the end
    hold = ((height / max(_FIRM * median(height), 1e-9)) ** 4).clip(_LEAST_FIRM, _FIRM_ENDS)
    hold[[0, -1]] = _FIRM_ENDS
    apart = (peaks[2:] - peaks[:-2]) / (2 * TICKS) - 1
    even = np.exp(-0.5 * (apart / _EVENLY_APART) ** 2)
    even[max(len(even) - added, 0) :] = 0.0
    bands = np.zeros((3, len(peaks)))
    bands[0] = hold
    for band, first, share in _BENT:
        bands[band, first : first + len(even)] += share * even
    return np.asarray(peaks[0] + solve_banded(bands, hold * (peaks - peaks[0])), dtype=np.float64)


def _own_jolts(clock: StepClock, contacts: Array, step_s: float) -> tuple[float, float]:
    """How hard a step shakes the trunk, and how far single jolts are believed, by how far they stand out."""
    due = _due(clock, contacts)
    usual = median(_shaking_near(clock, due, max(1, round(step_s * clock.trunk.rate_hz)))[2].max(axis=1))
    walk = clock.shaking[max(round(due[0]), 0) : round(due[-1]) + 1]
    plain = usual / max(hypot(walk.mean(), clock.hiss), 1e-9)
    return usual, 1 / (1 + (_PLAIN_OWN / max(plain, 1e-9)) ** 12)


def _shaking_near(clock: StepClock, due: Array, width: int) -> tuple[NDArray[np.intp], NDArray[np.intp], Array]:
    """(width,) samples off those where each jolt is due; (k, width) which they are; and the shaking there."""
    near = np.arange(-(width // 2), width - width // 2)
    at = np.minimum(np.maximum(np.rint(due).astype(np.intp)[:, None] + near, 1), len(clock.shaking) - 2)
    return near, at, clock.shaking[at]


def _due(clock: StepClock, contacts: Array) -> Array:
    """(k,) samples, whole or not, at which contacts shake the trunk."""
    return (clock_times(clock, contacts) + JOLT_AFTER_S - clock.trunk.start_s) * clock.trunk.rate_hz


def _jolt_lag(clock: StepClock, peaks: Array, step_s: float, push: float) -> tuple[float, float]:
    """Lag of the contacts by the jolts that follow them, in steps, and how far these stand out of the rest.

    Of several jolts to a step the one near the contact that the push tells counts most.
    """
    around = np.arange(-_JOLT_TICKS[0], _JOLT_TICKS[1] + 1)
    jolt = np.interp(clock_times(clock, peaks[:, None] + around), clock.sample_s, clock.jolt)
    usual = slice((len(jolt) - 1) // 2, len(jolt) // 2 + 1)
    profile = np.sort(jolt, axis=0)[usual].mean(axis=0)
    top = max(float(profile.max()), 1e-9)
    off_s = JOLT_AFTER_S - (around / TICKS + push) * step_s
    weight = sharpened(profile / top) * np.exp(-0.5 * (off_s / _JOLT_OFF_PUSH_S) ** 2)
    plain = top / max(hypot(profile.mean(), clock.hiss), 1e-9)
    return push + float(weight @ off_s) / max(float(weight.sum()), 1e-9) / step_s, max(plain, 1e-3)


def _push_lag(clock: StepClock, peaks: Array, step_s: float) -> float:
    """Lag of the contacts by the forward push; the usual lag counts as a few steps more: it is unsteady in turns."""
    here, before = peaks.astype(int), np.arange(-TICKS // 2, 2)
    push = clock.push.take(here[:, None] + before, mode="clip")
    push = push - push.min(axis=1, keepdims=True)
    weight = (push / np.maximum(push.max(axis=1, keepdims=True), 1e-9)) ** _PUSH_POWER
    pushed = weight @ (before / TICKS) / np.maximum(weight.sum(axis=1), 1e-9)
    total = _USUAL_LAG_COUNTS * _USUAL_LAG - float(pushed.sum()) / 2
    return total / (_USUAL_LAG_COUNTS + len(here)) + min(max(_SLOW_LAG * (step_s - _USUAL_STEP_S), 0.0), _MOST_SLOW_LAG)


def summit(x: Array, peaks: NDArray[np.intp]) -> Array:
    """(k,) fractional positions of local maxima, from a parabola through each and its neighbours."""
    before, here, after = x[peaks - 1], x[peaks], x[peaks + 1]
    bend = before - 2 * here + after
    return np.asarray(peaks + 0.5 * (before - after) / np.where(bend < 0, bend, -np.inf), dtype=np.float64)


def _mean_around(x: Array) -> Array:
    """(m,) mean of a non-negative signal over the steps around; beyond its ends it is 0."""
    mean = uniform_filter1d(x, round(2 * _AROUND * TICKS), output=np.float64, mode="constant")
    return np.asarray(np.maximum(mean, 0.0), dtype=np.float64)  # its running sum may end a rounding error below 0


def _walking_strength(around: Array) -> float:
    """Strength of the steps of the recording, weighted by themselves so that standing does not count."""
    power = around**2
    total = float(power.sum())
    return sqrt(float(power @ power) / total) if total > 0 else 0.0


def _peaks(x: Array) -> NDArray[np.intp]:
    rises = x[1:] > x[:-1]
    return (rises[:-1] & ~rises[1:]).nonzero()[0] + 1


def _like_walking(clock: StepClock, around: Array, peaks: NDArray[np.intp]) -> Mask:
    """(n,) True of peaks around which the trunk rises and falls as in walking, over two steps.

    By more than in standing, by less than in rising from a chair, and mostly by the steps.
    """
    tick_s = clock.period_s / TICKS
    speed = without_drift(_DRIFT, (clock.acc[:, 2] * tick_s).cumsum(), 3 * TICKS)
    height = without_drift(_DRIFT, (speed * tick_s).cumsum(), 3 * TICKS)
    rise = _highest(height, 2 * TICKS) + _highest(-height, 2 * TICKS)
    near, here = _highest(rise, 3 * TICKS)[peaks], rise[peaks]
    by_steps = 2 * around[peaks] * (clock.period_s[peaks] / (2 * np.pi)) ** 2
    return (near > _LEAST_RISE_M) & (here < np.minimum(_MOST_RISE_M, _BY_STEPS * by_steps))


def _highest(x: Array, ticks: int) -> Array:
    """(m,) highest value among as many ticks around each."""
    return np.asarray(maximum_filter1d(x, ticks, output=np.float64), dtype=np.float64)


def _rise_by_steps(clock: StepClock, sequence: Sequence) -> float:
    """How far a step lifts the trunk, m, on the mean of two steps."""
    step_s = clock.period_s[sequence.ticks.astype(int)]
    return median(_pair_means(2 * sequence.strength * (step_s / (2 * np.pi)) ** 2))


def _pair_means(x: Array) -> Array:
    """(m,) means of neighbours."""
    return (x[1:] + x[:-1]) / 2


def _goes_forward(clock: StepClock, sequence: Sequence) -> bool:
    """Whether the trunk is pushed forward ahead of every rise; asked only of steps that are weak or hardly rise.

    In walking the push leads the lift by a quarter of a step. Who sways or shuffles on the spot rises, too, but mostly
    not in this order.
    """
    at = np.arange(max(int(sequence.ticks[0]) - TICKS // 2, TICKS), int(sequence.ticks[-1]) + 1)
    lift, pushes = clock.wave[at], clock.forward_wave[at - _LEADS]
    both = np.sqrt(np.einsum("kn,kn->k", pushes, pushes) * (lift @ lift))
    return bool((pushes @ lift / np.maximum(both, 1e-9)).max() > _ALIKE)


def _sides(clock: StepClock, peaks: Array) -> Array:
    """(n,) which way the trunk's sideways push changes at each peak, -1 to 1: from step to step it alternates.

    Peaks lie between ticks, and so does what is read there: at which ticks a step falls is chance.
    """
    lateral = clock.acc[:, 1]
    strength = np.sqrt(np.interp(peaks, clock.ticks, _mean_around(lateral**2)))
    mean = uniform_filter1d(lateral, TICKS // 2, output=np.float64, mode="nearest")
    before, after = np.interp(peaks + _BESIDE, clock.ticks, mean)
    return np.asarray(((after - before) / np.maximum(2 * strength, 1e-9)).clip(-1.0, 1.0), dtype=np.float64)


def _best_sequences(at: Array, worth: Array, side: Array) -> list[list[int]]:
    """Indices of the peaks of each sequence, from the set of sequences with the highest worth together.

    Parameters
    ----------
    at
        (n,) positions of the peaks, in steps, increasing.
    worth
        (n,) what including a peak adds.
    side
        (n,) to which side the step goes, -1 to 1.
    """
    total, before, follows = _forward(at.tolist(), worth.tolist(), side.tolist())
    sequences: list[list[int]] = []
    i = max(range(len(total)), key=total.__getitem__)
    while i >= 0:
        if not sequences or not follows[sequences[-1][-1]]:
            sequences.append([])
        sequences[-1].append(i)
        i = before[i]
    return [s[::-1] for s in reversed(sequences)]


def _forward(at: list[float], worth: list[float], side: list[float]) -> tuple[list[float], list[int], list[bool]]:
    """Best total that ends at each peak, the peak before it, and whether that one is of the same sequence."""
    total: list[float] = []
    before: list[int] = []
    follows: list[bool] = []
    best_so_far, best_at, first = 0.0, -1, 0
    for i, here in enumerate(at):
        while here - at[first] > _LONGEST:
            first += 1
        value, previous, joined = best_so_far - _BREAK, best_at, False
        for j in range(first, i):
            apart = log(here - at[j])
            linked = total[j] - _UNEVENNESS * apart * apart - _ALTERNATION * side[i] * side[j]
            if linked > value:
                value, previous, joined = linked, j, True
        total.append(worth[i] + value)
        before.append(previous)
        follows.append(joined)
        if total[i] > best_so_far:
            best_so_far, best_at = total[i], i
    return total, before, follows
