"""From everybody's answers to one table a task."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.accuracy.stats import match
from tests.bench.files import RATE_HZ, File

OURS = "sppb-rig"
TOLERANCE_S = 0.25
NEAR_TURN_S = 1.5
TICK_S = 0.1
Answer = dict[str, Any]
Said = dict[str, dict[str, Answer]]
"""By who says it, then by file."""
Judge = Callable[[list[File], list[Answer]], tuple[str, ...]]


def contacts(files: list[File], answers: list[Answer]) -> tuple[str, ...]:
    """Initial contacts, n, and their F1."""
    hits = missed = false = 0
    for file, answer in zip(files, answers, strict=True):
        last = len(file.table) / RATE_HZ
        times = [t for t in answer.get("times_s", []) if -TOLERANCE_S <= t <= last + TOLERANCE_S]
        found = match(times, [t - file.origin_s for t in file.truth["contacts_s"]], TOLERANCE_S)
        hits, missed, false = hits + len(found.errors), missed + found.missed, false + found.false
    return str(hits + missed), f"{2 * hits / max(2 * hits + missed + false, 1):.3f}"


def cadence(files: list[File], answers: list[Answer]) -> tuple[str, ...]:
    """Walks, and the median error in steps per minute."""
    errors = []
    for file, answer in zip(files, answers, strict=True):
        if answer.get("spm") is not None and len(file.truth["contacts_s"]) > 3:
            errors.append(abs(answer["spm"] - 60 / float(np.median(np.diff(file.truth["contacts_s"])))))
    return str(len(errors)), f"{np.median(errors):.1f}" if errors else "-"


def sequences(files: list[File], answers: list[Answer]) -> tuple[str, ...]:
    """Seconds of walking, and the F1 of every tenth of a second."""
    both = said = true = 0
    for file, answer in zip(files, answers, strict=True):
        ticks = np.arange(0, len(file.table) / RATE_HZ, TICK_S)
        walks = _inside(ticks, [(a - file.origin_s, b - file.origin_s) for a, b in file.truth["bouts_s"]])
        found = _inside(ticks, answer.get("bouts_s", []))
        both, said, true = both + (walks & found).sum(), said + found.sum(), true + walks.sum()
    return f"{true * TICK_S:.0f}", f"{2 * both / max(said + true, 1):.3f}"


def _inside(ticks: Any, spans: list[tuple[float, float]]) -> Any:
    inside = np.zeros(len(ticks), dtype=bool)
    for start, end in spans:
        inside |= (ticks >= start) & (ticks <= end)
    return inside


def turns(files: list[File], answers: list[Answer]) -> tuple[str, ...]:
    """Turns of 90 degrees and more; how many are found within 1.5 s; median error of their middles and angles."""
    n, middles, angles = 0, [], []
    for file, answer in zip(files, answers, strict=True):
        at = np.array(answer.get("middles_s", []))
        for middle_s, angle in zip(file.truth["turns_s"], file.truth["angles_deg"], strict=True):
            n += 1
            off = at - (middle_s - file.origin_s)
            if len(off) and np.abs(off).min() <= NEAR_TURN_S:
                nearest = int(np.argmin(np.abs(off)))
                middles.append(abs(off[nearest]))
                angles.append(abs(answer["angles_deg"][nearest] - angle))
    errors = (f"{np.median(middles):.2f}", f"{np.median(angles):.0f}") if middles else ("-", "-")
    return str(n), str(len(middles)), *errors


def stands(files: list[File], answers: list[Answer]) -> tuple[str, ...]:
    """True count and count."""
    return str(sum(f.truth["count"] for f in files)), str(sum(a.get("count", 0) for a in answers))


TASKS: dict[str, tuple[str, str, tuple[str, ...], Judge]] = {
    "contacts": ("Initial contacts", "walk", ("n", "F1 at 0.25 s"), contacts),
    "cadence": ("Cadence", "walk", ("walks", "median error, steps/min"), cadence),
    "sequences": ("Gait sequences", "whole", ("walking, s", "F1 of time"), sequences),
    "turns": ("Turns of 90 degrees and more", "whole", ("n", "found", "middle off, s", "angle off, deg"), turns),
    "stands": ("Chair stands", "chair", ("stands", "counted"), stands),
}


def table(task: str, files: list[File], said: Said) -> Iterator[str]:
    """Lines of one task's table; every program by group of recordings."""
    title, kind, columns, judge = TASKS[task]
    yield f"## {title}\n"
    yield f"| program | recordings | {' | '.join(columns)} | failed files | ms per minute / ours |"
    yield "|---" * (len(columns) + 4) + "|"
    own = [file for file in files if file.name.startswith(kind)]
    for group in dict.fromkeys(file.group for file in own):
        members = [file for file in own if file.group == group]
        ours_ms = _median_ms(said[OURS], members)
        for who, answers in said.items():
            judged = judge(members, [answers[file.name] for file in members])
            failed = sum("error" in answers[file.name] for file in members)
            ratio = _median_ms(answers, members) / ours_ms
            yield f"| {who} | {group} | {' | '.join(judged)} | {failed} | {ratio:.1f} |"
    yield ""


def speed(files: list[File], said: dict[str, Said]) -> Iterator[str]:
    """Lines of the summary: ours against the fastest peer on the same file."""
    yield "## Ours against the fastest peer, file by file\n"
    yield "| task | files | ours, ms per minute | fastest peer / ours, median | least | files on which ours is slower |"
    yield "|---|---|---|---|---|---|"
    for task, (title, kind, _, _) in TASKS.items():
        own = [file for file in files if file.name.startswith(kind)]
        ours = np.array([said[task][OURS][file.name]["ms"] for file in own])
        peers = np.array([_fastest(said[task], file.name) for file in own])
        ratio = peers / ours
        slower = int((ratio < 1).sum())
        yield (
            f"| {title} | {len(own)} | {np.median(ours):.1f} | {np.nanmedian(ratio):.1f} "
            f"| {np.nanmin(ratio):.1f} | {slower} |"
        )
    yield ""


def slower(files: list[File], said: dict[str, Said], preparing_ms: Callable[[File], float]) -> Iterator[str]:
    """Lines about each file on which a peer is faster: what of our time goes into what peers are spared."""
    yield "Where ours is slower, ms per minute; samples checked and the vertical found is what peers are spared.\n"
    yield "| task | file | length, s | ours | of which samples and vertical | fastest peer |"
    yield "|---|---|---|---|---|---|"
    for task, (title, kind, _, _) in TASKS.items():
        for file in (file for file in files if file.name.startswith(kind)):
            own, peer = said[task][OURS][file.name]["ms"], _fastest(said[task], file.name)
            if peer < own:
                what = f"{title} | {file.name.removeprefix(f'{kind}-')} | {60 * file.minutes:.0f}"
                yield f"| {what} | {own:.1f} | {preparing_ms(file):.1f} | {peer:.1f} |"
    yield ""


def _fastest(said: Said, name: str) -> float:
    times = [answers[name]["ms"] for who, answers in said.items() if who != OURS and "ms" in answers[name]]
    return min(times, default=float("nan"))


def _median_ms(answers: dict[str, Answer], files: list[File]) -> float:
    times = [answers[file.name]["ms"] for file in files if "ms" in answers[file.name]]
    return float(np.median(times)) if times else float("nan")
