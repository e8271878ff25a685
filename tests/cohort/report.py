"""The cohort's tables, in Markdown."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product

from tests.cohort.figures import Figure, kappa, mean, rms, share, spread
from tests.cohort.people import CUTS_S, GROUPS, NEAR_S
from tests.cohort.trial import PARTS, Outcome, Timed
from tests.expected import STANCES

Pair = tuple[Outcome, Timed]
AID = {"none": "none", "cane": "cane", "walker": "frame", "rollator": "frame"}
TESTS = ("stance", "walk_4m", "walk_6m", "chair", "tug")
FEW = 15
"""A stratum with fewer times than this is left out."""
WORST = 25
ERRORS = (
    "test", "n", "without a time", "bias, s", "SD, s", "abs error 95 %, s", "largest, s", "error/u_s SD", "RMS",
)  # fmt: skip
STRATA = ("test", "frailty", "aid", "n", "bias, s", "SD, s", "mean u_s", "error/u_s SD", "RMS", "SD in 0.6-1.6")


def cohort_tables(family: str, outcomes: Sequence[Outcome]) -> Iterator[tuple[str, str]]:
    """Title and Markdown of every table of one family."""
    title = f"Virtual cohort, family `{family}`, {len(outcomes)} people"
    yield f"{title}: who they are", table(("", "n", "share (95 %)"), _who(outcomes))
    yield f"{title}: criteria", table(("figure", "n", "value (95 %)", "target", "met"), _criteria(outcomes))
    yield f"{title}: errors of times", table(ERRORS, _errors(outcomes))
    yield f"{title}: error/u_s by stratum (at least {FEW} times)", table(STRATA, _strata(outcomes))
    yield (
        f"{title}: worst cases",
        table(("seed", "who", "trial", "true", "found", "error/u_s", "flags"), _worst(outcomes)),
    )


def table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Markdown."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return "\n".join(lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows])


def pairs_of(outcomes: Sequence[Outcome], *tests: str) -> list[Pair]:
    """Times of some tests with whose they are."""
    return [(o, t) for o in outcomes for t in o.times if t.test in tests]


def _who(outcomes: Sequence[Outcome]) -> Iterator[tuple[object, ...]]:
    for group in GROUPS:
        yield _line(group, [o.frailty == group for o in outcomes])
    yield _line("frail or dependent", [o.frailty in ("frail", "dependent") for o in outcomes])
    yield _line("with a walking aid", [o.aid != "none" for o in outcomes])
    times = [t for o in outcomes for t in o.times if not t.limited]
    yield _line(f"times within {NEAR_S} s of a cut point", [near_cut(t) for t in times])
    yield _line("analysis refused the session", [o.failure is not None for o in outcomes])


def _line(name: str, hits: Sequence[bool]) -> tuple[object, ...]:
    return name, len(hits), share(hits).shown()


def near_cut(time: Timed) -> bool:
    """Whether a true time is close to a limit of a table."""
    return any(abs(time.truth_s - cut) <= NEAR_S for cut in CUTS_S.get(time.test, ()))


def _criteria(outcomes: Sequence[Outcome]) -> Iterator[tuple[object, ...]]:
    counts = [c.found == c.truth for o in outcomes for c in o.counts]
    yield _judged("counts of rises exact", len(counts), share(counts), "0.995", lambda v: v >= 0.995)
    for part in PARTS:
        pairs = [o.points[part] for o in outcomes if part in o.points]
        scored = [(a, b) for a, b in pairs if b is not None]
        figure = kappa([a for a, _ in scored], [b for _, b in scored])
        yield _judged(f"{part}: weighted kappa", len(scored), figure, "0.98", lambda v: v >= 0.98)
        yield _judged(f"{part}: points exact", len(pairs), share([a == b for a, b in pairs]), "", None)
        if len(scored) < len(pairs):
            yield _judged(f"{part}: no points", len(pairs), share([b is None for _, b in pairs]), "", None)
    holds = [t for _, t in pairs_of(outcomes, *STANCES)]
    yield _within("hold within 0.10 s", holds, 0.10, 0.99)
    yield _within("hold within 0.10 s, stepped out", [t for t in holds if not t.limited], 0.10, None)
    yield _within("TUG within 0.30 s", [t for _, t in pairs_of(outcomes, "tug")], 0.30, 0.98)
    ratios = _ratios([(o, t) for o in outcomes for t in o.times])
    figure = spread([r for _, r in ratios], [o.seed for o, _ in ratios])
    yield _judged("error/u_s: SD, all times", len(ratios), figure, "0.8-1.25", lambda v: 0.8 <= v <= 1.25)


def _judged(
    name: str, n: int, figure: Figure, target: str, meets: Callable[[float], bool] | None
) -> tuple[object, ...]:
    met = "" if meets is None else "yes" if meets(figure.value) else "no"
    return name, n, figure.shown(), target, met


def _within(name: str, times: Sequence[Timed], limit_s: float, target: float | None) -> tuple[object, ...]:
    figure = share([t.error_s is not None and abs(t.error_s) <= limit_s for t in times])
    if target is None:
        return _judged(name, len(times), figure, "", None)
    return _judged(name, len(times), figure, str(target), lambda v: v >= target)


def _ratios(pairs: Sequence[Pair]) -> list[tuple[Outcome, float]]:
    """Error over stated uncertainty; a stance held to the end measures nothing."""
    return [(o, t.error_s / t.u_s) for o, t in pairs if t.error_s is not None and t.u_s and not t.limited]


def _errors(outcomes: Sequence[Outcome]) -> Iterator[tuple[object, ...]]:
    for test in TESTS:
        pairs = _measured(outcomes, test)
        known = [(o, t.error_s) for o, t in pairs if t.error_s is not None]
        if not known:
            continue
        values, people = [e for _, e in known], [o.seed for o, _ in known]
        sizes = sorted(abs(e) for e in values)
        ratios = _ratios(pairs)
        rated = [r for _, r in ratios], [o.seed for o, _ in ratios]
        yield (
            test, len(pairs), len(pairs) - len(known), mean(values, people).shown(), spread(values, people).shown(),
            f"{sizes[int(0.95 * (len(sizes) - 1))]:.3f}", f"{sizes[-1]:.3f}", spread(*rated).shown(2),
            rms(*rated).shown(2),
        )  # fmt: skip


def _measured(outcomes: Sequence[Outcome], test: str) -> list[Pair]:
    wanted = STANCES if test == "stance" else (test,)
    return [(o, t) for o, t in pairs_of(outcomes, *wanted) if not t.limited]


def _strata(outcomes: Sequence[Outcome]) -> Iterator[tuple[object, ...]]:
    for test, frailty, aid in product(TESTS, GROUPS, ("none", "cane", "frame")):
        pairs = [(o, t) for o, t in _measured(outcomes, test) if o.frailty == frailty and AID[o.aid] == aid]
        ratios = _ratios(pairs)
        if len(ratios) < FEW:
            continue
        people = [o.seed for o, _ in ratios]
        known = [(t.error_s, t.u_s) for _, t in pairs if t.error_s is not None and t.u_s]
        errors = [e for e, _ in known]
        rated = [r for _, r in ratios]
        honest = spread(rated, people)
        u_s = sum(u for _, u in known) / len(known)
        yield (
            test, frailty, aid, len(ratios), mean(errors, people).shown(), spread(errors, people).shown(),
            f"{u_s:.3f}", honest.shown(2), rms(rated, people).shown(2), "yes" if 0.6 <= honest.value <= 1.6 else "no",
        )  # fmt: skip


def _worst(outcomes: Sequence[Outcome]) -> Iterator[tuple[object, ...]]:
    """Sessions refused, wrong counts, times that are not there, then the errors far beyond their uncertainty."""
    yield from ((o.seed, _is(o), "session", "", "", "", o.failure) for o in outcomes if o.failure)
    for o in outcomes:
        for c in o.counts:
            if c.found != c.truth:
                yield o.seed, _is(o), f"{c.trial} count", c.truth, c.found, "", " ".join(c.flags)
    pairs = [(o, t) for o in outcomes for t in o.times]
    yield from (_case(o, t, "") for o, t in pairs if t.error_s is None)
    rated = [(o, t, _strain(t)) for o, t in pairs if t.error_s is not None and not t.limited]
    for o, t, strain in sorted(rated, key=lambda each: -abs(each[2]))[:WORST]:
        yield _case(o, t, f"{strain:.1f}")
    yield from (_case(o, t, "") for o, t in pairs if t.limited and t.error_s is not None and abs(t.error_s) > 0.1)


def _strain(time: Timed) -> float:
    """Error in uncertainties, or where there is none in tenths of a second."""
    return (time.error_s or 0.0) / (time.u_s or 0.1)


def _case(o: Outcome, t: Timed, strain: str) -> tuple[object, ...]:
    found = "none" if t.found_s is None else f"{t.found_s:.2f}"
    return o.seed, _is(o), t.trial, f"{t.truth_s:.2f}", found, strain, " ".join(t.flags)


def _is(o: Outcome) -> str:
    return f"{o.frailty}, {o.aid}"
