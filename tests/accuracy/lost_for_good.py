"""What a tenth of the samples takes away for good when it is lost: results of recordings that could as well have been.

Every lost sample is put back where it is mended, off by what the mending of another lost one of the same recording was
in truth, where the movement is about as rough, to either side. All such recordings are as likely as the one
that was. As often as what an analysis says of them lies off their middle, no mending that is off by as much, and no
analysis of it, can say what was said of the recording itself.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from scipy.ndimage import uniform_filter1d

from rig_signal.losses import restore_losses
from rig_signal.timebase import Mask
from rig_signal.types import Array, Imu, Moment
from tests.rig_signal.test_invariances import Found, is_same, thinned

AGAIN = 12
_AROUND, _ALIKE = 9, 10  # samples, and lost ones of about the same roughness to either side


@dataclass(frozen=True, slots=True)
class Loss:
    """Whether a result moved with one draw of lost samples, and the share of the recordings that leave it open."""

    failed: bool
    open_share: float


def lose(imu: Imu, analyse: Callable[[Imu], Found], seed: int) -> Loss:
    """Take samples out of a recording, analyse what is left, and what could as well have been before."""
    thin, rng = thinned(imu, seed), np.random.default_rng(seed)
    others = [analyse(other) for other in could_have_been(imu, np.isin(imu.time_s, thin.time_s), rng, AGAIN)]
    middle = middle_of(others)
    off = [not is_same(other, middle) for other in others]
    return Loss(not is_same(analyse(thin), analyse(imu)), sum(off) / AGAIN)


def could_have_been(imu: Imu, kept: Mask, rng: Generator, times: int) -> Iterator[Imu]:
    """Recordings with the samples that were kept, and others in place of those that were not."""
    assert imu.gyr is not None
    mended = _mended(imu, kept)
    lost = (~kept).nonzero()[0]
    lost = lost[_roughness(mended)[lost].argsort()]
    off = (np.hstack([imu.acc, imu.gyr]) - mended)[lost]
    for _ in range(times):
        alike = (np.arange(len(lost)) + rng.integers(-_ALIKE, _ALIKE + 1, len(lost))).clip(0, len(lost) - 1)
        values = mended.copy()
        values[lost] += off[alike] * rng.choice([-1, 1], (len(lost), 1))
        yield Imu(imu.time_s, values[:, :3], values[:, 3:])


def _mended(imu: Imu, kept: Mask) -> Array:
    """(n, 6) the samples that were kept, and the others as the analyses fill them in."""
    assert imu.gyr is not None
    whole = restore_losses(Imu(imu.time_s[kept], imu.acc[kept], imu.gyr[kept]))
    assert whole.gyr is not None
    values = [np.interp(imu.time_s, whole.time_s, axis) for axis in (*whole.acc.T, *whole.gyr.T)]
    return np.where(kept[:, None], np.hstack([imu.acc, imu.gyr]), np.array(values).T)


def _roughness(values: Array) -> Array:
    """(n,) what no smooth movement explains, on the mean around each sample and over the axes, each by its own."""
    third = np.abs(np.diff(values, 3, axis=0, prepend=values[:2], append=values[-1:]))
    whole = (third / np.maximum(third.mean(axis=0), 1e-12)).sum(axis=1)
    return np.asarray(uniform_filter1d(whole, _AROUND, output=np.float64), dtype=np.float64)


def middle_of(results: Sequence[Found]) -> Found:
    """Counts and phases as in most of them, and of those the median of every instant."""
    usual = Counter(repr(result.kinds) for result in results).most_common(1)[0][0]
    like = [result for result in results if repr(result.kinds) == usual]
    times = np.median([[moment.t_s for moment in result.moments] for result in like], axis=0)
    return Found(like[0].kinds, tuple(Moment(t, 0.0) for t in times.tolist()))
