"""How fast the steps follow each other, and a clock that ticks in steps.

A step lifts the trunk once and shifts it to one side; the next step shifts it back. So a step frequency is a
frequency at which the trunk goes up and down while at half of it it goes left and right. Both are looked for at
every instant and at every frequency from very slow to very fast walking; only their product counts, which is
what tells steps from strides, from their overtones and from rising or bending.

Everything that follows a walk looks at it on the step clock, on which every step lasts about 1, be it of 0.4 s
or of 2.5 s: nothing else in the analysis knows how fast a person should walk.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.fft import ifft, rfft  # to choose a back end takes SciPy as long as it takes to transform seconds
from scipy.fft import next_fast_len
from scipy.ndimage import maximum_filter1d

from rig_signal.filters import Filter, both_ways, butterworth
from rig_signal.motion import smooth, white_noise
from rig_signal.order import median, quantile
from rig_signal.timebase import lengths
from rig_signal.trunk import Trunk
from rig_signal.types import Array

TICKS = 24
"""Ticks of the step clock to one step."""

REST_STEPS = 0.4
"""Steps of quiet that are a rest."""

_STEPS_HZ = np.geomspace(0.3, 3.0, 28)[:, None]  # from very slow to very fast walking
_LN_HZ = np.log(_STEPS_HZ)
_STRIDES_HZ = _STEPS_HZ / 2
_CENTRES_HZ = np.hstack([_STEPS_HZ, _STRIDES_HZ, _STRIDES_HZ]).T
_HOP_S = 0.25
_BANDWIDTH = 0.18  # standard deviation of a band, as a share of its frequency
_MEMORY = math.sqrt(math.log(2)) / (2 * math.pi * 3.0)  # of the step's frequency: pools three steps either side
_WAVE_BAND = (0.45, 1.5)
_WAVE_WIDTH = _WAVE_BAND[1] - _WAVE_BAND[0]
_WAVE = butterworth(2, _WAVE_BAND, TICKS)
_LIFT, _PUSH = (butterworth(2, per_step, TICKS, "lowpass") for per_step in (3.0, 2.0))
_JOLT_HZ, _SHARP_HZ, _EVEN_HZ = (7.0, 20.0), 11.0, 5.3
_LEVER_M = 0.175
_OVERTONE = np.log(1.3)
_TINY = 1e-300
_NEAR = 0.12  # ln units about the best frequency
_TEMPO_SPREAD = 0.35  # ln units: a walker's tempo keeps within a factor of two of the prevailing one


@dataclass(frozen=True, slots=True, eq=False)
class Movement:
    """How much something moves at each tick, m/s².

    Attributes
    ----------
    amount
        (m,) never negative.
    busy
        (m,) the most of the last `REST_STEPS`.
    calmest
        The low (5 % quantile) of that.
    """

    amount: Array
    busy: Array
    calmest: float


@dataclass(frozen=True, eq=False)
class StepClock:
    """The trunk's motion seen on a clock that advances by 1 with every step; what few ask for is found when asked for.

    Attributes
    ----------
    time_s
        (m,) time of each tick.
    period_s
        (m,) how long a step lasts there.
    acc, gyr
        (m, 3) the motion at the ticks as in `Trunk`, low-passed to what the ticks can carry.
    wave
        (m,) vertical acceleration in the band of the steps, m/s².
    noise
        (m,) root mean square of the wave that the sensor's white noise alone would make, m/s².
    hiss
        Root mean square of what the sensor's white noise alone would shake, m/s².
    all_movement
        How much the trunk moves: length of its acceleration, and of what turning back and forth at the step's pace
        accelerates a point a hand's breadth off the axis, so that both are alike at every pace.
    trunk, sample_s
        The motion as sampled, and (n,) times of its samples.
    """

    time_s: Array
    period_s: Array
    acc: Array
    gyr: Array
    wave: Array
    noise: Array
    hiss: float
    all_movement: Movement
    trunk: Trunk
    sample_s: Array

    def movements(self) -> Iterator[Movement]:
        """All movement; then rise and fall alone, for who never rests in the first sense."""
        yield self.all_movement
        yield self._lifting

    @cached_property
    def ticks(self) -> Array:
        """(m,) numbers of the ticks."""
        return np.arange(len(self.time_s), dtype=np.float64)

    @property
    def jolt(self) -> Array:
        """(n,) how hard the trunk is shaken at the samples, sharply, m/s²: beyond what a body does and its noise."""
        return self._shaken[0]

    @property
    def shaking(self) -> Array:
        """(n,) the same with less detail."""
        return self._shaken[1]

    @cached_property
    def _shaken(self) -> tuple[Array, Array]:
        return _shaking(self.trunk, self.hiss)

    @cached_property
    def heading(self) -> Array:
        """(m,) which way the trunk is turned, to the left of where it was at first, rad."""
        return np.asarray(np.cumsum(self.gyr[:, 2] * self.period_s) / TICKS, dtype=np.float64)

    @cached_property
    def push(self) -> Array:
        """(m,) forward acceleration, without its detail."""
        return on_ticks(_PUSH, self.acc[:, 0])

    @cached_property
    def lift(self) -> Array:
        """(m,) vertical acceleration with more of its detail than the wave has, m/s²."""
        return on_ticks(_LIFT, self.acc[:, 2])

    @cached_property
    def _lifting(self) -> Movement:
        return _movement(np.abs(self.lift))

    @cached_property
    def forward_wave(self) -> Array:
        """(m,) forward acceleration in the band of the steps."""
        return on_ticks(_WAVE, self.acc[:, 0])


def step_clock(trunk: Trunk) -> StepClock:
    """Find the tempo and look at the trunk's motion on its clock."""
    step_hz = _tempo(trunk)
    times = trunk.time_s
    hop_s = times[0] + _HOP_S * np.arange(len(step_hz))
    local_hz = np.interp(times, hop_s, step_hz)
    steps = (local_hz.cumsum() - (local_hz[0] + local_hz) / 2) / trunk.rate_hz
    at_s = np.interp(np.arange(0, steps[-1], 1 / TICKS), steps, times)
    usual_hz = median(step_hz)
    motion = smooth(np.concatenate([trunk.acc.T, trunk.gyr.T]).T, trunk.rate_hz, 6 * usual_hz)
    ticked = _between(motion.T, (at_s - trunk.start_s) * trunk.rate_hz)
    acc, gyr, hz = ticked[:3].T, ticked[3:].T, np.interp(at_s, hop_s, step_hz)
    levers = np.array(3 * [1.0] + 3 * [_LEVER_M * 2 * np.pi * usual_hz])[:, None]
    white = white_noise(trunk.acc[:, 2])
    return StepClock(
        time_s=at_s,
        period_s=1 / hz,
        acc=acc,
        gyr=gyr,
        wave=on_ticks(_WAVE, acc[:, 2]),
        noise=white * np.sqrt(2 * _WAVE_WIDTH * hz / trunk.rate_hz),
        hiss=white * (6 * (_JOLT_HZ[1] - _JOLT_HZ[0]) / trunk.rate_hz) ** 0.5,
        all_movement=_movement(lengths(levers * ticked)),
        trunk=trunk,
        sample_s=times,
    )


def _between(rows: Array, at: Array) -> Array:
    """(k, m) values of (k, n) rows at (m,) samples, whole or not, straight between neighbours."""
    before = np.minimum(at.astype(np.int64), rows.shape[1] - 2)
    here = rows.take(before, axis=1)
    return np.asarray(here + (rows.take(before + 1, axis=1) - here) * (at - before), dtype=np.float64)


def _shaking(trunk: Trunk, hiss: float) -> tuple[Array, Array]:
    """(n,) length of the acceleration in the band of the jolts, beyond the noise there: sharply, and without ripple."""
    low, high = _JOLT_HZ
    fast = both_ways(butterworth(2, (low, min(high, 0.45 * trunk.rate_hz)), trunk.rate_hz), trunk.acc)
    power = np.einsum("nk,nk->n", fast, fast) - hiss**2
    sharp, even = (smooth(power, trunk.rate_hz, cutoff_hz) for cutoff_hz in (_SHARP_HZ, _EVEN_HZ))
    return np.sqrt(np.maximum(sharp, 0)), np.sqrt(np.maximum(even, 0))


def _movement(amount: Array) -> Movement:
    width = round(REST_STEPS * TICKS)
    busy = maximum_filter1d(amount, width, output=np.float64, origin=(width - 1) // 2, mode="nearest")
    return Movement(amount, busy, quantile(busy, 0.05))


def on_ticks(chosen: Filter, x: Array) -> Array:
    """(m,) a signal on the step clock filtered forward and back."""
    return both_ways(chosen, x, 3 * TICKS)


def clock_times(clock: StepClock, ticks: Array) -> Array:
    """Times of ticks, whole or not, in seconds."""
    return np.asarray(np.interp(ticks, clock.ticks, clock.time_s), dtype=np.float64)


def _tempo(trunk: Trunk) -> Array:
    """(m,) step frequency, Hz, every `_HOP_S`."""
    evidence, ln_prevailing = _evidence(trunk)
    pooled = smooth(evidence.T, 1 / _HOP_S, _MEMORY * math.exp(ln_prevailing)).T
    pooled *= np.exp(-0.5 * ((_LN_HZ - ln_prevailing) / _TEMPO_SPREAD) ** 2)
    about = _centroid(sharpened(pooled))
    return np.asarray(np.exp(_centroid(pooled**2 * np.exp(-0.5 * ((_LN_HZ - about) / _NEAR) ** 2))))


def _centroid(evidence: Array) -> Array:
    """(m,) logarithm of the frequency about which (k, m) evidence lies; of the middle one where there is none."""
    some = evidence + _TINY
    return np.asarray(_LN_HZ[:, 0] @ some / some.sum(axis=0), dtype=np.float64)


def sharpened(x: Array) -> Array:
    """Eighth power: the highest outweighs the others, and of two alike the middle counts."""
    return np.asarray(((x**2) ** 2) ** 2, dtype=np.float64)


def _evidence(trunk: Trunk) -> tuple[Array, float]:
    """(k, m) how much speaks for each step frequency, every `_HOP_S`; and the prevailing one's logarithm.

    Sideways acceleration shows the steps best, but weighs most what is quick: where a walking frame is moved between
    the steps it finds three in two. Then it is much quicker than the roll, which is believed; without a gyroscope,
    than the sideways speed.
    """
    roll, power = (trunk.gyr[:, 0], 0.5) if trunk.gyr.any() else (trunk.acc[:, 1], 1.0)
    rows = np.array([trunk.acc[:, 2], trunk.acc[:, 1], roll])
    envelopes = _envelopes(rows, trunk.rate_hz, _CENTRES_HZ)
    envelopes[2] /= _STRIDES_HZ**power
    pushed, rolled = both = envelopes[0] / _STEPS_HZ * envelopes[1:]
    total = both.sum(axis=2).T
    quicker, slower = _centroid(sharpened(total / (total.max(axis=0) + _TINY))).tolist()
    return (rolled, slower) if quicker - slower > _OVERTONE else (pushed, quicker)


def _envelopes(rows: Array, rate_hz: float, centres_hz: Array) -> Array:
    """(r, k, m) amplitude of (r, n) signals in Gaussian bands about their (r, k) frequencies, every `_HOP_S`.

    The envelope of a narrow band needs few samples: only the band's own bins are transformed back.
    """
    hops = max(8, int(np.ceil(rows.shape[1] / rate_hz / _HOP_S)))
    m = next_fast_len(hops)
    n = round(m * _HOP_S * rate_hz)
    centre = centres_hz.ravel() * (n / rate_hz)
    low = np.maximum(np.ceil((1 - 3 * _BANDWIDTH) * centre), 1).astype(np.int64)
    width = np.minimum(np.ceil((1 + 3 * _BANDWIDTH) * centre).astype(np.int64) - low, m)
    band = np.arange(len(low)).repeat(width)
    place = np.arange(len(band)) - (width.cumsum() - width)[band]
    chosen = low[band] + place
    weight = np.exp(-0.5 * ((chosen / centre[band] - 1) / _BANDWIDTH) ** 2)
    spectra, bands = rfft(rows, n), np.zeros((len(low), m), dtype=np.complex128)
    of_row = np.arange(len(low)) // centres_hz.shape[1] * spectra.shape[1]
    bands.put(band * m + place, spectra.take(of_row[band] + chosen) * (weight * (2 * m / n)))
    amplitude = np.abs(ifft(bands)[:, :hops])
    return np.asarray(amplitude.reshape(*centres_hz.shape, hops), dtype=np.float64)
