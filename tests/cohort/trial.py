"""One person through the virtual lab and the pipeline, beside the truth."""

import pickle
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from rig.model.document import Document
from rig.model.document import Trial as Found
from rig.model.setup import parse_setup
from rig.pipeline.session import Source, analyse_session
from rig.virtual import VirtualSession, run_session
from rig.virtual.imu import Chip
from rig.virtual.lab import Options
from tests.cohort.people import Frailty, Person, person_of
from tests.expected import STANCES, expected, score_time

PARTS = ("balance", "gait", "chair")
HELD_S = 10.0


@dataclass(frozen=True, slots=True)
class Timed:
    """A time that the truth has, and what was found: None with the reason where there is none."""

    trial: str
    test: str
    truth_s: float
    found_s: float | None
    u_s: float | None
    flags: tuple[str, ...]

    @property
    def error_s(self) -> float | None:
        """Found less true."""
        return None if self.found_s is None else self.found_s - self.truth_s

    @property
    def limited(self) -> bool:
        """A stance held to the end: not a measurement of an instant."""
        return self.test in STANCES and self.truth_s >= HELD_S


@dataclass(frozen=True, slots=True)
class Count:
    """Full stands of the five rises."""

    trial: str
    truth: int
    found: int | None
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """All that is compared for one person; `points` are (truth, found) by part."""

    seed: int
    frailty: Frailty
    aid: str
    times: tuple[Timed, ...]
    counts: tuple[Count, ...]
    points: dict[str, tuple[int, int | None]]
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """A person, their truth, and what the rig would have recorded of them."""

    person: Person
    truth: dict[str, Any]
    source: Source


def run_cohort(people: int, family: str, seed: int, jobs: int = 1, kept: Path | None = None) -> list[Outcome]:
    """Everybody, in the order of their seeds; recordings are kept in and taken from the folder `kept`, if given."""
    seeds = range(seed * 1_000_000, seed * 1_000_000 + people)
    one = partial(outcome_of, family=family, kept=kept)
    if jobs == 1:
        return [one(each) for each in seeds]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(one, seeds, chunksize=4))


def outcome_of(seed: int, family: str, kept: Path | None = None) -> Outcome:
    """Draw, run, analyse, compare."""
    recorded = _recorded(seed, family) if kept is None else _kept(kept / f"{family}-{seed}.pickle", seed, family)
    person = recorded.person
    try:
        document = analyse_session(recorded.source).document
    except ValueError as error:
        return Outcome(seed, person.frailty, person.who.aid, (), (), {}, f"{type(error).__name__}: {error}")
    return _compared(person, recorded.truth, document)


def _kept(path: Path, seed: int, family: str) -> Recorded:
    """The recording in the file, made if there is none. Whoever changes the virtual lab empties the folder."""
    if path.exists():
        recorded: Recorded = pickle.loads(path.read_bytes())
        return recorded
    recorded = _recorded(seed, family)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(recorded, protocol=5))
    return recorded


def _recorded(seed: int, family: str) -> Recorded:
    person = person_of(seed, family)
    session = session_of(person, family)
    return Recorded(person, _truth(session), source_of(session))


def session_of(person: Person, family: str) -> VirtualSession:
    """The session of a person; every fifth wears the sensor any way round, every fourth is followed."""
    rng = np.random.default_rng([person.seed, 78])
    chip = Chip(mounting_deg=180.0) if rng.random() < 0.2 else Chip()
    options = Options(family=family, chip=chip, assessor_follows=bool(rng.random() < 0.25))
    return run_session(person.who, seed=person.seed, options=options)


def source_of(session: VirtualSession) -> Source:
    """What the pipeline takes, without a file."""
    epoch_ns = int(str(session.facts["monotonic_start_ns"]))
    return Source("cohort", "2026-01-01T00:00:00Z", epoch_ns, parse_setup(session.setup_toml), tuple(session.records))


def _truth(session: VirtualSession) -> dict[str, Any]:
    """The truth as plain data; five rises that were not finished in time count as tried in vain (rules section 3)."""
    truth: dict[str, Any] = msgspec.to_builtins(session.truth)
    for trial in truth["trials"]:
        if trial["test"] == "chair" and "sppb" not in trial.get("times_s", {}) and not trial.get("unable"):
            trial["unable"] = "tried_unable"
    return truth


def _compared(person: Person, truth: dict[str, Any], document: Document) -> Outcome:
    wanted = expected(truth, truth["answers"])
    found = {trial.trial: trial for trial in document.trials}
    trials = [trial for trial in truth["trials"] if trial["test"] != "chair_single"]
    return Outcome(
        person.seed,
        person.frailty,
        person.who.aid,
        tuple(_times(trials, found)),
        tuple(_counts(trials, found)),
        {part: (wanted["points"][part], document.scores["sppb"][part]) for part in PARTS},
    )


def _times(trials: list[dict[str, Any]], found: dict[str, Found]) -> Iterator[Timed]:
    for trial in trials:
        truth_s = score_time(trial)
        if truth_s is None:
            continue
        other = found[trial["trial"]]
        time = next((time for time in other.times if time.profile == "sppb"), None)
        found_s = None if time is None or time.time_us is None else time.time_us / 1e6
        u_s = None if time is None or time.u_us is None else time.u_us / 1e6
        reasons = (time.reason,) if time is not None and time.reason else ()
        deviations = (time.deviation,) if time is not None and time.deviation else ()
        yield Timed(trial["trial"], trial["test"], truth_s, found_s, u_s, (*reasons, *deviations, *other.quality))


def _counts(trials: list[dict[str, Any]], found: dict[str, Found]) -> Iterator[Count]:
    for trial in trials:
        if trial["test"] == "chair":
            other = found[trial["trial"]]
            value = next((measure.value for measure in other.measures if measure.name == "rises"), None)
            yield Count(trial["trial"], trial.get("rises", 0), None if value is None else int(value), other.quality)
