"""Figures of agreement with 95 % intervals that respect who is who: the bootstrap draws people, not trials."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from rig_signal.types import Array

DRAWS = 1000


@dataclass(frozen=True)
class Row:
    """One line of a table: errors of one quantity over a data set (result minus truth)."""

    quantity: str
    unit: str
    n: int
    people: int
    missed: int
    false: int
    bias: str
    sd: str
    limits: str
    median: str
    p95: str
    target: str


HEADER = ("quantity", "unit", "n", "people", "missed", "false", "bias", "SD", "LoA", "median abs", "p95 abs", "target")


def _statistic(values: Array, name: str) -> float:
    functions: dict[str, Callable[[Array], float]] = {
        "bias": lambda e: float(np.mean(e)),
        "sd": lambda e: float(np.std(e, ddof=1)) if len(e) > 1 else float("nan"),
        "rmse": lambda e: float(np.sqrt(np.mean(e**2))),
        "median": lambda e: float(np.median(np.abs(e))),
        "p95": lambda e: float(np.percentile(np.abs(e), 95)),
    }
    return functions[name](values)


def interval(errors: Array, subjects: Sequence[str], name: str) -> tuple[float, float]:
    """95 % interval of a statistic, drawing subjects with replacement (seeded: the table repeats itself)."""
    groups = [errors[np.array(subjects) == subject] for subject in sorted(set(subjects))]
    rng = np.random.default_rng(1)
    if len(groups) < 3:
        groups = [errors[i : i + 1] for i in range(len(errors))]
    draws = [
        _statistic(np.concatenate([groups[i] for i in rng.integers(len(groups), size=len(groups))]), name)
        for _ in range(DRAWS)
    ]
    return float(np.percentile(draws, 2.5)), float(np.percentile(draws, 97.5))


def row(
    quantity: str,
    errors: Sequence[float],
    subjects: Sequence[str],
    *,
    missed: int = 0,
    false: int = 0,
    unit: str = "s",
    target: str = "",
) -> Row:
    """Summarise one quantity."""
    e = np.array(errors, dtype=float)
    if not len(e):
        return Row(quantity, unit, 0, 0, missed, false, *("-",) * 5, target)

    def shown(name: str) -> str:
        low, high = interval(e, subjects, name)
        return f"{_statistic(e, name):.3f} ({low:.3f}..{high:.3f})"

    mean, sd = _statistic(e, "bias"), _statistic(e, "sd")
    limits = f"{mean - 1.96 * sd:.3f}..{mean + 1.96 * sd:.3f}"
    people = len(set(subjects))
    return Row(
        quantity, unit, len(e), people, missed, false, shown("bias"), shown("sd"), limits, shown("median"),
        shown("p95"), target,
    )  # fmt: skip


def table(rows: Sequence[Row]) -> str:
    """Markdown."""
    lines = ["| " + " | ".join(HEADER) + " |", "|" + "---|" * len(HEADER)]
    lines += ["| " + " | ".join(str(value) for value in vars(line).values()) + " |" for line in rows]
    return "\n".join(lines)


@dataclass(frozen=True)
class Matches:
    """Greedy one-to-one matches of found events to true ones."""

    errors: tuple[float, ...]
    missed: int
    false: int

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        return 2 * len(self.errors) / max(2 * len(self.errors) + self.missed + self.false, 1)


def match(found: Sequence[float], truth: Sequence[float], tolerance_s: float) -> Matches:
    """Pair events by increasing distance, each at most once, no further apart than the tolerance."""
    pairs = sorted((abs(f - t), i, j) for i, f in enumerate(found) for j, t in enumerate(truth))
    used_found: set[int] = set()
    used_truth: dict[int, float] = {}
    for distance, i, j in pairs:
        if distance > tolerance_s:
            break
        if i not in used_found and j not in used_truth:
            used_found.add(i)
            used_truth[j] = found[i] - truth[j]
    return Matches(tuple(used_truth.values()), len(truth) - len(used_truth), len(found) - len(used_found))
