"""`python -m tests.accuracy.invariances 200`: how often a result moves that must not, over many draws.

The tests draw a few each time they run; this draws as many as asked for, and once from every real recording that is
there, and writes docs/invariances.md.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import partial
from itertools import product
from pathlib import Path
from typing import Protocol

import numpy as np
from scipy.interpolate import CubicSpline
from scipy.signal import butter, sosfiltfilt

from rig_signal.losses import restore_losses
from rig_signal.timebase import Mask
from rig_signal.types import Array, Imu, Placement, SignalError
from tests.accuracy.lost_for_good import Loss, lose
from tests.accuracy.recordings import recordings
from tests.cohort.figures import share
from tests.cohort.report import table
from tests.rig_signal.test_invariances import CASES, MEASURES, Case, Found, basis, is_same, noisy, thinned, turned

PAGE = Path(__file__).resolve().parents[2] / "docs" / "invariances.md"
FIRST_SEED = 14_000_000
"""These draws were not looked at while anything was being set."""
HEADING = """# What must not matter

Made by `make invariances`: what every measure says after a change that must not matter, against what it says without.
A draw fails where a count or a phase differs, or an instant moves by more than 10 ms (under noise: more than the
larger of 10 ms and its `u_s`). Of those that fail, the last column counts the ones with another count or phase, or an
instant that moves by more than its `u_s`, too: what the analysis did not say that it could not tell. Virtual: what
perfect sensors would feel of people of two movement families. Real: recordings of other groups (`../shared/data`,
development part), one draw each; before they are thinned out they are low-passed at 0.4 of the new rate, as a sensor
of that rate would, and what lost packets left empty stays empty. The phone and the watch stamp samples when they
arrive, 0 to 73 ms apart, so that a curve through them is another signal: they are not resampled. Brackets hold 95 %
intervals. What this cannot show: other movements of the same people, and sensors with errors of scale.

What a lost sample held is known only as far as the samples around it tell. The table of losses beside what was lost for
good puts every lost sample back where it is mended, off by as much as the mending of another of the same recording was,
a dozen times: these recordings are as likely as the one that was. As often as what is said of them lies off their own
middle, by what counts as failed, no analysis of the samples that are left can be expected to do better, be it told how
good its mending is.
"""
REAL: tuple[tuple[str, Placement, str, str], ...] = (
    ("chair", "lower_back", "bench_5sts", "pelvis"),
    ("chair", "chest", "bench_5sts", "trunk"),
    ("chair", "thigh", "bench_5sts", "thigh"),
    ("chair", "chest", "ngimu_sts", "chest"),
    ("chair", "thigh", "ngimu_sts", "thigh"),
    ("walk", "lower_back", "ipol_gait", "lower_back"),
    ("walk", "lower_back", "mobgap_tvs", "lower_back"),
    ("tug", "pocket", "geotec_tug", "phone_left_front_pocket"),
)
STAMPED_LATE = "geotec_tug"
_LONGEST_PERIODS = 2.5


class Source(Protocol):
    """Something that can be sampled, and when its stance begins."""

    @property
    def mark_s(self) -> float:
        """On the clock of the samples."""

    def sampled(self, rate_hz: float = ...) -> Imu:
        """Samples as they are, or at a rate."""


@dataclass(frozen=True, eq=False)
class Recorded:
    """A real recording."""

    imu: Imu
    mark_s: float = 0.0

    def sampled(self, rate_hz: float = 0.0) -> Imu:
        """As recorded, or at another rate."""
        if not rate_hz:
            return self.imu
        whole = restore_losses(self.imu)
        assert whole.gyr is not None
        new = np.concatenate([[True], np.diff(whole.time_s) > 0])
        time_s, values = whole.time_s[new], np.hstack([whole.acc, whole.gyr])[new]
        own_hz = 1 / float(np.median(np.diff(time_s)))
        if rate_hz < own_hz:
            values = sosfiltfilt(butter(4, 0.4 * rate_hz, fs=own_hz, output="sos"), values, axis=0)
        at_s = np.arange(time_s[0], time_s[-1], 1 / rate_hz)
        at_s = at_s[_within_packets(at_s, time_s, _LONGEST_PERIODS / own_hz)]
        curve = CubicSpline(time_s, values)(at_s)
        return Imu(at_s, curve[:, :3], curve[:, 3:])


def _within_packets(at_s: Array, time_s: Array, longest_s: float) -> Mask:
    """(n,) False where a lost packet left more than `longest_s` empty: a curve through that would be an invention."""
    before = np.searchsorted(time_s, at_s, side="right") - 1
    return np.asarray(np.diff(time_s)[before] <= longest_s, dtype=np.bool_)


Draw = tuple[Imu, float]
"""Samples, and what their times were moved by."""


def _rate(source: Source, seed: int) -> Draw:
    return source.sampled(float(np.random.default_rng(seed).uniform(50, 400))), 0.0


def _origin(source: Source, seed: int) -> Draw:
    imu, shift_s = source.sampled(), float(np.random.default_rng(seed).uniform(-1e5, 1e5))
    return replace(imu, time_s=imu.time_s + shift_s), shift_s


def _changed(change: Callable[[Imu, int], Imu], source: Source, seed: int) -> Draw:
    return change(source.sampled(), seed), 0.0


RATE, LOSS = "sampled 50 to 400 times a second", "one sample in ten lost"
DRAWS_OF_LOSSES = 4
CHANGES: dict[str, Callable[[Source, int], Draw]] = {
    RATE: _rate,
    "the sensor mounted any way": partial(_changed, turned),
    "the origin of time moved by up to a day": _origin,
    LOSS: partial(_changed, thinned),
    "white noise of 0.1 m/s² and 0.02 rad/s": partial(_changed, noisy),
}


class Stay(Enum):
    """What became of a result: it stayed, an instant moved by no more than its `u_s`, or it is another."""

    SAME = auto()
    WITHIN_U = auto()
    OTHER = auto()


def virtual_stays(change: str, case: Case, draws: int) -> list[Stay]:
    """Of each draw, whether the result stayed."""
    measure, placement, _, _ = case
    source, wanted = basis(*case)
    return [_stays(change, source, measure, placement, wanted, FIRST_SEED + draw) for draw in range(draws)]


def real_stays(change: str, case: tuple[str, Placement, str, str]) -> list[Stay]:
    """Of each recording, whether the result stayed."""
    measure, placement, data_set, stream = case
    sources = [Recorded(trial.imu(stream)) for trial in recordings(data_set) if trial.has(stream)]
    return [
        _stays(change, source, measure, placement, MEASURES[measure](source.imu, placement, 0.0), FIRST_SEED + draw)
        for draw, source in enumerate(sources)
    ]


def real_losses(case: tuple[str, Placement, str, str]) -> list[Loss]:
    """A few draws of every recording."""
    measure, placement, data_set, stream = case
    trials = [trial for trial in recordings(data_set) if trial.has(stream)]
    return [
        lose(trial.imu(stream), lambda imu: MEASURES[measure](imu, placement, 0.0), FIRST_SEED + 1000 * k + draw)
        for draw, trial in enumerate(trials)
        for k in range(DRAWS_OF_LOSSES)
    ]


def _stays(change: str, source: Source, measure: str, placement: Placement, wanted: Found, seed: int) -> Stay:
    imu, shift_s = CHANGES[change](source, seed)
    try:
        found = MEASURES[measure](imu, placement, source.mark_s + shift_s)
    except SignalError:
        return Stay.OTHER
    if is_same(found, wanted, shift_s=shift_s, noisy="noise" in change):
        return Stay.SAME
    return Stay.WITHIN_U if is_same(found, wanted, shift_s=shift_s, noisy=True) else Stay.OTHER


def tables(draws: int, jobs: int) -> Iterator[tuple[str, str]]:
    """Title and Markdown of every change's tables."""
    virtual = list(product(CHANGES, CASES))
    real = [(change, case) for change, case in product(CHANGES, REAL) if change != RATE or STAMPED_LATE not in case]
    with ProcessPoolExecutor(jobs) as pool:
        of_virtual = list(pool.map(partial(virtual_stays, draws=draws), *zip(*virtual, strict=True)))
        of_real = list(pool.map(real_stays, *zip(*real, strict=True)))
        losses = list(pool.map(real_losses, REAL))
    for change in CHANGES:
        title = change[0].upper() + change[1:]
        yield f"{title}: virtual", _table(("family", "who"), _of(change, virtual, of_virtual))
        yield f"{title}: real", _table(("recordings", "stream"), _of(change, real, of_real))
        if change == LOSS:
            yield f"{title}: real, beside what was lost for good", _loss_table(losses)


Row = tuple[tuple[str, ...], list[Stay]]


def _of(change: str, asked: Sequence[tuple[str, tuple[str, ...]]], found: Sequence[list[Stay]]) -> list[Row]:
    return [(case, stays) for (name, case), stays in zip(asked, found, strict=True) if name == change]


def _table(whose: tuple[str, str], rows: Sequence[Row]) -> str:
    head = ("measure", "worn at", *whose, "failed", "stays (95 %)", "beyond u_s")
    return table(head, [[*case, *_counted(stays)] for case, stays in rows])


def _loss_table(losses: Sequence[list[Loss]]) -> str:
    """By case and for all together: draws on which a result moved, and on how many it must be expected to."""
    head = ("measure", "worn at", "recordings", "stream", "draws", "failed", "expected to fail for what was lost")
    whole = (("all", "", "", ""), [loss for own in losses for loss in own])
    return table(head, [(*case, *_expected(own)) for case, own in [*zip(REAL, losses, strict=True), whole]])


def _expected(losses: Sequence[Loss]) -> tuple[int, int, str]:
    return len(losses), sum(loss.failed for loss in losses), f"{sum(loss.open_share for loss in losses):.1f}"


def _counted(stays: Sequence[Stay]) -> tuple[str, str, int]:
    same = [stay is Stay.SAME for stay in stays]
    return f"{same.count(False)} of {len(same)}", share(same).shown(), stays.count(Stay.OTHER)


def main() -> int:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("draws", type=int, help="of each change, for each virtual case")
    parser.add_argument("--jobs", type=int, default=1)
    told = parser.parse_args()
    parts = [f"## {title}\n\n{text}" for title, text in tables(told.draws, told.jobs)]
    PAGE.write_text("\n\n".join([HEADING.rstrip(), *parts]) + "\n", encoding="utf-8")
    print(f"wrote {PAGE.name}: {told.draws} draws of each change in each case")
    return 0


if __name__ == "__main__":
    sys.exit(main())
