"""`python -m tests.accuracy.invariances 200`: how often a result moves that must not, over many draws.

The tests draw a few each time they run; this draws as many as asked for and writes docs/invariances.md.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path

import numpy as np

from rig_signal.types import Imu
from tests.cohort.figures import share
from tests.cohort.report import table
from tests.rig_signal.lab_signals import Signal
from tests.rig_signal.test_invariances import CASES, MEASURES, Case, assert_same, basis, noisy, thinned, turned

PAGE = Path(__file__).resolve().parents[2] / "docs" / "invariances.md"
FIRST_SEED = 5_000_000
"""These draws were not looked at while anything was being set."""
HEADING = """# What must not matter

Made by `make invariances`. Every measure, on what perfect sensors would feel of virtual people of two movement
families: what it says after a change that must not matter, against what it says without. A draw fails where a count or
a phase differs, or an instant moves by more than 10 ms (under noise: more than the larger of 10 ms and its `u_s`).
Brackets hold 95 % intervals. What this cannot show: one movement of each person, and sensors without errors of scale.
"""
Draw = tuple[Imu, float]
"""Samples, and what their times were moved by."""


def _rate(signal: Signal, seed: int) -> Draw:
    return signal.sampled(float(np.random.default_rng(seed).uniform(50, 400))), 0.0


def _origin(signal: Signal, seed: int) -> Draw:
    imu, shift_s = signal.sampled(), float(np.random.default_rng(seed).uniform(-1e5, 1e5))
    return replace(imu, time_s=imu.time_s + shift_s), shift_s


def _changed(change: Callable[[Imu, int], Imu], signal: Signal, seed: int) -> Draw:
    return change(signal.sampled(), seed), 0.0


CHANGES: dict[str, Callable[[Signal, int], Draw]] = {
    "sampled 50 to 400 times a second": _rate,
    "the sensor mounted any way": partial(_changed, turned),
    "the origin of time moved by up to a day": _origin,
    "one sample in ten lost": partial(_changed, thinned),
    "white noise of 0.1 m/s² and 0.02 rad/s": partial(_changed, noisy),
}


def moved(change: str, case: Case, draws: int) -> int:
    """In how many draws the result did not stay."""
    return sum(not _stays(change, case, FIRST_SEED + draw) for draw in range(draws))


def _stays(change: str, case: Case, seed: int) -> bool:
    measure, placement, _, _ = case
    signal, wanted = basis(*case)
    imu, shift_s = CHANGES[change](signal, seed)
    found = MEASURES[measure](imu, placement, signal.mark_s + shift_s)
    try:
        assert_same(found, wanted, shift_s=shift_s, noisy="noise" in change)
    except AssertionError:
        return False
    return True


def tables(draws: int, jobs: int) -> Iterator[tuple[str, str]]:
    """Title and Markdown of every change's table."""
    asked = list(product(CHANGES, CASES))
    with ProcessPoolExecutor(jobs) as pool:
        found = list(pool.map(partial(moved, draws=draws), *zip(*asked, strict=True)))
    for change in CHANGES:
        rows = [(case, n) for (of, case), n in zip(asked, found, strict=True) if of == change]
        yield change.capitalize(), table(("measure", "worn at", "family", "who", "failed", "stays (95 %)"), [
            [*case, f"{n} of {draws}", share([True] * (draws - n) + [False] * n).shown()] for case, n in rows
        ])  # fmt: skip


def main() -> int:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("draws", type=int, help="of each change, for each of the cases")
    parser.add_argument("--jobs", type=int, default=1)
    told = parser.parse_args()
    parts = [f"## {title}\n\n{text}" for title, text in tables(told.draws, told.jobs)]
    PAGE.write_text("\n\n".join([HEADING.rstrip(), *parts]) + "\n", encoding="utf-8")
    print(f"wrote {PAGE.name}: {told.draws} draws of each change in each case")
    return 0


if __name__ == "__main__":
    sys.exit(main())
