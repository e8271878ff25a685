"""What of a document counts: for every test the trial whose time was scored."""

from dataclasses import dataclass

import msgspec

from rig.model.document import Document, Time, Trial
from rig.model.marks import Test
from rig.pipeline.assess import counted_time
from rig.scoring import Assessment, read_assessment
from rig.scoring.tables import WALK_4M_TRIALS, WALK_6M_TRIALS
from rig.scoring.vocabulary import RuleSet


@dataclass(frozen=True, slots=True)
class Reading:
    """A trial and the time it counts with."""

    trial: Trial
    time: Time

    @property
    def time_us(self) -> int:
        """Microseconds."""
        return self.time.time_us or 0

    @property
    def u_us(self) -> int:
        """Standard uncertainty in microseconds; 0 where the clock itself ended it."""
        return self.time.u_us or 0


def assessment_of(document: Document) -> Assessment:
    """Read what was scored again, checked."""
    return read_assessment(msgspec.json.encode(document.assessment))


def time_of(trial: Trial, document: Document) -> Time | None:
    """The time a trial would count with; None where it has none."""
    return counted_time(trial, str(document.course.get("start", "static")))


def counted(document: Document) -> dict[Test, Reading]:
    """The trial that made the points, by test: the fastest walk, else the last trial that was not aborted."""
    found = {test: _counted(document, test) for test in Test}
    return {test: reading for test, reading in found.items() if reading is not None}


def _counted(document: Document, test: Test) -> Reading | None:
    held = [trial for trial in document.trials if trial.test == test and trial.status != "aborted"]
    timed = [Reading(trial, time) for trial in held if (time := time_of(trial, document)) is not None]
    most = _walks_that_count(document).get(test)
    if most is not None:
        return min(timed[:most], key=lambda reading: reading.time_us, default=None)
    return next((reading for reading in timed if reading.trial is held[-1]), None)


def _walks_that_count(document: Document) -> dict[Test, int]:
    rules = RuleSet(document.scores["rules"])
    return {Test.WALK_4M: WALK_4M_TRIALS[rules], Test.WALK_6M: WALK_6M_TRIALS}
