"""From trials to an assessment: which trials count for which part."""

from collections.abc import Sequence

import msgspec

from rig.model.document import Time, Trial
from rig.model.marks import STANCES, MarkKind, Test
from rig.model.records import Json
from rig.pipeline.marks import SessionMarks
from rig.pipeline.stances import ASKS, FELT
from rig.scoring import Assessment, Deviation, DeviationCode, Part, Stances, Timing, UnableReason, read_assessment
from rig.scoring.profiles import default_profile
from rig.scoring.tables import STANCE_LIMIT_US, plausible_from_us

ANSWERS = ("falls_last_year", "fall_needed_care", "cognitive_impairment", "contraindications", "osteoporosis")
MANUAL_U_US = 150_000
"""Standard uncertainty of a stopwatch time: start and stop by hand, each with SD 0.10 s or so (clinical anchors)."""


def assess(marks: SessionMarks, trials: Sequence[Trial], course_start: str) -> Assessment:
    """The assessment that a session's trials and answers make.

    Raises
    ------
    AssessmentError
        An answer that the rules refuse, or a time that no person can reach.
    """
    counted = _Counted(marks, trials, course_start)
    stances = {test.value: counted.single(test) for test in STANCES}
    told = {key: marks.participant.get(key) for key in ("id", "rules", "age_years")}
    told |= {key: marks.answers.get(key) for key in ANSWERS}
    told = {key: value for key, value in told.items() if value is not None}
    return msgspec.structs.replace(
        read_assessment(msgspec.json.encode(told)) if told else Assessment(),
        stances=Stances(**stances) if any(stances.values()) else None,
        walk_4m=counted.several(Test.WALK_4M),
        chair=counted.chair(),
        tug=counted.single(Test.TUG),
        walk_6m=counted.several(Test.WALK_6M),
        deviations=counted.deviations(),
    )


def counted_time(trial: Trial, course_start: str) -> Time | None:
    """The time of a trial that counts, as its default profile or the stopwatch gives it; None if it has none.

    A stopwatch's time stands in where the sensors have none; where they have one, both are kept and theirs counts.
    """
    if trial.status != "completed" or trial.test == Test.CHAIR_SINGLE:
        return None
    profile = default_profile(Test(trial.test), "run_in" if course_start == "run_in" else "static")
    found = next((time for time in trial.times if time.profile == profile.name), None)
    if found is not None and found.time_us is not None:
        return found
    test = Test(trial.test)
    if trial.manual_time_us is None or trial.manual_time_us < plausible_from_us(test):
        return None
    time_us = min(trial.manual_time_us, STANCE_LIMIT_US) if test in STANCES else trial.manual_time_us
    return Time("manual", "hand", "hand", time_us, MANUAL_U_US, deviation=DeviationCode.MANUAL_TIME)


def what_is_shown(trial: Trial, course_start: str) -> dict[str, Json]:
    """What an operator is shown of a trial and decides on: the content of a `shown` mark.

    `felt_us` is there where the operator is asked: a stance as long as the sensors alone have it.
    """
    time = counted_time(trial, course_start)
    shown: dict[str, Json] = {"status": trial.status, "time_us": None if time is None else time.time_us}
    felt_us = _asked_us(trial)
    return shown if felt_us is None else shown | {"felt_us": felt_us}


def _asked_us(trial: Trial) -> int | None:
    """The hold by the sensors alone, where it disagrees with the key and nobody has confirmed either (rules 6)."""
    events = {event.name: event.t_us for event in trial.events}
    asked = trial.status == "completed" and ASKS in trial.quality
    return events[FELT] - events["begin"] if asked and FELT in events else None


class _Counted:
    """Picks the trials that count."""

    def __init__(self, marks: SessionMarks, trials: Sequence[Trial], course_start: str) -> None:
        self._marks = marks
        self._trials = [trial for trial in trials if trial.status != "aborted"]
        self._course_start = course_start

    def single(self, test: Test) -> Timing | UnableReason | None:
        """A part with one time: the last trial that was not aborted counts."""
        held = self._of(test)
        if not held:
            return self._told_unable(test)
        if held[-1].status == "unable":
            return UnableReason(str(held[-1].reason))
        return self._timing(held[-1])

    def chair(self) -> Timing | UnableReason | None:
        """The five rises, or what the single test rise said of them."""
        if self._of(Test.CHAIR) or Test.CHAIR in self._marks.unable:
            return self.single(Test.CHAIR)
        single = self.single(Test.CHAIR_SINGLE)
        return single if isinstance(single, UnableReason) else None

    def several(self, test: Test) -> tuple[Timing, ...] | UnableReason | None:
        """A part with several trials: every timed one in the order they were walked."""
        held = self._of(test)
        found = tuple(timing for trial in held if (timing := self._timing(trial)) is not None)
        if found:
            return found
        reasons = [UnableReason(str(trial.reason)) for trial in held if trial.status == "unable"]
        return reasons[-1] if reasons else self._told_unable(test)

    def deviations(self) -> tuple[Deviation, ...]:
        """What the times that count are not, by the book."""
        found = [
            Deviation(Part(trial.test), DeviationCode(time.deviation))
            for trial in self._trials
            if (time := counted_time(trial, self._course_start)) is not None and time.deviation is not None
        ]
        found += [
            Deviation(Part(trial.test), DeviationCode.CHANGED_AFTER_DISPLAY)
            for trial in self._trials
            if trial.test != Test.CHAIR_SINGLE and self._changed(trial)
        ]
        return tuple(dict.fromkeys(found))

    def _changed(self, trial: Trial) -> bool:
        """Whether the operator was last shown something else of the trial."""
        marks = next(found for found in self._marks.trials if found.trial == trial.trial)
        shown = marks.last(MarkKind.SHOWN)
        if shown is None:
            return False
        now = what_is_shown(trial, self._course_start)
        return any(shown.data.get(key) != now[key] for key in ("status", "time_us"))

    def _of(self, test: Test) -> list[Trial]:
        return [trial for trial in self._trials if trial.test == test]

    def _told_unable(self, test: Test) -> UnableReason | None:
        return UnableReason(self._marks.unable[test]) if test in self._marks.unable else None

    def _timing(self, trial: Trial) -> Timing | None:
        time = counted_time(trial, self._course_start)
        return None if time is None or time.time_us is None else Timing(time.time_us, time.u_us)
