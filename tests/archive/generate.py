"""`python -m tests.archive.generate 2000 OUT`: long virtual sessions, fast: for the archive's speed and endurance.

A session is one person who goes through the battery again and again until the wanted time is over, so that most of it
is trials. Every session is a person, a body, a day and devices of its own, drawn from its number; four visits a person,
three assessors.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from unittest import mock

import msgspec
import numpy as np

import rig
from rig.model.clock import ManualClock
from rig.model.marks import MarkKind, Test
from rig.model.records import Mark, Record
from rig.model.session import SessionHeader
from rig.recording import SessionWriter
from rig.virtual import PRESETS, VirtualSession, run_session
from rig.virtual.assessor import Assessor, Log, Trial
from rig.virtual.participant import Participant

LASTS_S = 20 * 60.0
VISITS = 4
ASSESSORS = ("ann", "ben", "cho")
FIRST_DAY = datetime(2025, 3, 4, 1, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Visit:
    """One session to be made: number, length, who comes for which time, and who measures."""

    number: int
    lasts_s: float = LASTS_S

    @property
    def person(self) -> int:
        """The participant's number."""
        return self.number // VISITS

    @property
    def assessor(self) -> str:
        """Assessors take turns."""
        return ASSESSORS[(self.person + self.number) % len(ASSESSORS)]

    @property
    def day(self) -> datetime:
        """Visits are a week apart."""
        return FIRST_DAY + timedelta(days=7 * (self.number % VISITS), minutes=25 * (self.person % 20))


def person_of(number: int) -> Participant:
    """Somebody between two presets, who can do the whole battery."""
    rng = np.random.default_rng([number, 5])
    base = PRESETS[("robust", "pre_frail", "tandem_step_out")[number % 3]]
    return msgspec.structs.replace(
        base,
        id=f"p{number:05d}",
        age_years=int(rng.integers(70, 96)),
        speed_mps=base.speed_mps * float(rng.uniform(0.85, 1.1)),
        rise_time_s=base.rise_time_s * float(rng.uniform(0.9, 1.4)),
        reaction_s=base.reaction_s * float(rng.uniform(0.8, 1.4)),
    )


class AllDay(Assessor):
    """Runs the battery until the time is over; trials of a test are numbered through."""

    lasts_s = LASTS_S

    def run(self) -> Log:
        """The battery, again and again."""
        self._introduce()
        while self.body.now < self.lasts_s:
            self._balance()
            self._walks(Test.WALK_4M, 4.0, 3)
            self._to_chair()
            self._chair()
            self._tug()
            self._from_chair()
            self._walks(Test.WALK_6M, 6.0, 2)
        self.body.wait(1.0)
        return self.log

    def _open(self, test: Test, ordinal: int = 1, aid: str = "none") -> Trial:  # noqa: ARG002  # counts by itself
        return super()._open(test, sum(trial.test == test for trial in self.log.trials) + 1, aid)


def session_of(visit: Visit) -> VirtualSession:
    """Run one session in the virtual lab."""
    wanted = type("AllDay", (AllDay,), {"lasts_s": visit.lasts_s})
    no_truth = mock.patch(
        "rig.virtual.lab.truth_of_trials", return_value=()
    )  # half of the work, and nobody asks for it
    with mock.patch("rig.virtual.lab.Assessor", wanted), no_truth:
        return run_session(person_of(visit.person), seed=visit.number)


def record(visit: Visit, out: Path) -> Path:
    """Record one session in a folder of its own; one that is there is left as it is."""
    folder = out / f"session-{visit.number:05d}"
    if folder.exists():
        return folder
    unfinished = out / f"unfinished-{visit.number:05d}"
    session = session_of(visit)
    clock = ManualClock(int(str(session.facts["monotonic_start_ns"])), visit.day, f"virtual-{visit.number}")
    header = SessionHeader(folder.name, {"sppb-rig": rig.__version__})
    with mock.patch("os.fsync"), SessionWriter.create(unfinished, header, session.setup_toml, clock) as writer:
        for each in session.records:
            writer.write(_named(each, visit.assessor))
    return unfinished.rename(folder)


def _named(record: Record, assessor: str) -> Record:
    if isinstance(record, Mark) and record.kind == MarkKind.PARTICIPANT:
        return msgspec.structs.replace(record, data={**record.data, "assessor": assessor})
    return record


def generate(sessions: int, out: Path, lasts_s: float = LASTS_S, jobs: int = 1) -> list[Path]:
    """Make sessions 0 to N - 1 in the folder `out`."""
    out.mkdir(parents=True, exist_ok=True)
    visits = [Visit(number, lasts_s) for number in range(sessions)]
    if jobs == 1:
        return [record(visit, out) for visit in visits]
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(partial(record, out=out), visits, chunksize=4))


def main() -> int:
    """Make what the command line says."""
    parser = argparse.ArgumentParser(prog="python -m tests.archive.generate", description=__doc__)
    parser.add_argument("sessions", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--minutes", type=float, default=LASTS_S / 60)
    parser.add_argument("--jobs", type=int, default=2)
    told = parser.parse_args()
    generate(told.sessions, told.out, told.minutes * 60, told.jobs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
