"""The tests of a session in words: every trial, its time, what it brought, and what was decided by hand."""

from collections.abc import Iterator

from rig.model.document import Document, Event, Time, Trial
from rig.model.marks import STANCES, Test
from rig.report.content import Item, TrialLine
from rig.report.flags import meanings
from rig.report.readings import Reading, counted, time_of
from rig.report.wording import measured, metres_of
from rig.report.words import Words
from rig.scoring.profiles import default_profile
from rig.scoring.tables import TUG_OVER_LIMIT, WALK_6M_OVER_LIMIT

MISSING_REASONS = ("end_before_start", "implausible", "trial_not_ended")
LEAST_PERCENT = 1
LIMITS_CS = {Test.TUG: TUG_OVER_LIMIT.edges[0] - 1, Test.WALK_6M: WALK_6M_OVER_LIMIT.edges[0] - 1}
"""The largest time, in hundredths of a second, that is not over the limit of fall risk."""


def items(document: Document, words: Words) -> tuple[Item, ...]:
    """All tests in the order of the battery; a part that was not done is there too."""
    readings = counted(document)
    parts = (
        ("balance", "balance", STANCES),
        ("walk_4m", "gait", (Test.WALK_4M,)),
        ("chair", "chair", (Test.CHAIR_SINGLE, Test.CHAIR)),
    )
    sppb = [
        Item(
            name=words.t(f"part.{name}"),
            timing=_timing(tests[-1], document, words),
            trials=_trials(tests, document, readings, words),
            outcome=_points(document.scores["sppb"][part], words),
            doubts=_neighbours(part, document, words),
        )
        for name, part, tests in parts
    ]
    return (*sppb, *(_limited(test, document, readings, words) for test in (Test.TUG, Test.WALK_6M)))


def _points(points: int | None, words: Words) -> str:
    return words.t("score.missing") if points is None else f"{points} / 4"


def _neighbours(part: str, document: Document, words: Words) -> tuple[str, ...]:
    """Which other points are probable, where the part is borderline."""
    if part not in document.scores.get("borderline", ()):
        return ()
    given = str(document.scores["sppb"][part])
    found = document.scores["points_probability"][part] or {}
    return tuple(
        words.say("report.points_probability", points=points, percent=round(100 * p))
        for points, p in found.items()
        if points != given and 100 * p >= LEAST_PERCENT
    )


def _limited(test: Test, document: Document, readings: dict[Test, Reading], words: Words) -> Item:
    """A test without points: on which side of the limit of fall risk it came out."""
    limit = f"{LIMITS_CS[test] / 100:.2f} s"
    if test in document.scores["fall_risk_because"]:
        outcome = words.say("report.limit.over", limit=limit) if test in readings else words.t("status.unable")
    else:
        outcome = words.say("report.limit.under", limit=limit) if test in readings else words.t("score.missing")
    doubts: tuple[str, ...] = ()
    if test in document.scores.get("borderline", ()):
        over = document.scores["over_limit_probability"][test]
        doubts = (words.say("report.over_probability", percent=round(100 * over)),)
    trials = _trials((test,), document, readings, words)
    return Item(words.t(f"part.{test}"), _timing(test, document, words), trials, outcome, doubts)


def _timing(test: Test, document: Document, words: Words) -> str:
    profile = default_profile(test, "run_in" if document.course.get("start") == "run_in" else "static")
    return words.t(f"profile.{test}.{profile.name}")


def _trials(
    tests: tuple[Test, ...], document: Document, readings: dict[Test, Reading], words: Words
) -> tuple[TrialLine, ...]:
    lines: list[TrialLine] = []
    for test in tests:
        held = [trial for trial in document.trials if trial.test == test]
        lines += [_trial(trial, document, readings.get(test), words) for trial in held]
        if not held and test != Test.CHAIR_SINGLE and not (test == Test.CHAIR and _no_single_rise(document)):
            lines += _untried(test, document, words)
    return tuple(lines)


def _untried(test: Test, document: Document, words: Words) -> Iterator[TrialLine]:
    """A test without a trial: unable as told, not attempted behind a failed stance, or missing."""
    told = _told_unable(test, document)
    name = words.t(f"part.{test}")
    if told is not None:
        yield TrialLine(name, words.t("status.unable"), (words.t(f"unable.{told}"),), by_hand=True)
    elif test in STANCES and document.scores["sppb"]["balance"] is not None:
        yield TrialLine(name, words.t("report.not_done"), (words.t("report.not_attempted"),))
    else:
        yield TrialLine(name, words.t("report.not_done"))


def _no_single_rise(document: Document) -> bool:
    """Whether the single test rise failed, so that five were not asked for."""
    return any(trial.test == Test.CHAIR_SINGLE and trial.status == "unable" for trial in document.trials)


def _told_unable(test: Test, document: Document) -> str | None:
    part = document.assessment.get("stances" if test in STANCES else test.value, {})
    found = part.get(test.value, part) if test in STANCES else part
    reason = found.get("unable") if isinstance(found, dict) else None
    return None if reason is None else str(reason)


def _trial(trial: Trial, document: Document, reading: Reading | None, words: Words) -> TrialLine:
    time = time_of(trial, document)
    hand = _hand(trial, time, words)
    return TrialLine(
        name=_name(trial, document, words),
        time=_result(trial, time, words),
        notes=(
            *_reasons(trial, words),
            *hand,
            *_beside(trial, time, words),
            *_rises(trial, words),
            *_doubts(trial, words),
        ),
        counted=reading is not None and reading.trial is trial,
        by_hand=bool(hand),
    )


def _name(trial: Trial, document: Document, words: Words) -> str:
    several = sum(other.test == trial.test for other in document.trials) > 1
    number = words.say("report.trial_number", number=trial.ordinal)
    if trial.test in STANCES or trial.test == Test.CHAIR_SINGLE or trial.test == Test.CHAIR:
        name = words.t(f"part.{trial.test}")
        return f"{name} {trial.ordinal}" if several else name
    return number


def _result(trial: Trial, time: Time | None, words: Words) -> str:
    if time is not None:
        return measured(time.time_us or 0, time.u_us)
    return words.t(f"status.{trial.status}")


def _reasons(trial: Trial, words: Words) -> Iterator[str]:
    """Why there is no time."""
    if trial.status == "unable":
        yield words.t(f"unable.{trial.reason}")
    elif trial.status == "aborted":
        yield str(trial.reason)
    elif trial.status == "missing":
        yield missing_reason(str(trial.reason), words)


def missing_reason(reason: str, words: Words) -> str:
    """Word the code of a time that could not be had."""
    if reason in MISSING_REASONS:
        return words.t(f"report.missing.{reason}")
    if not reason.startswith("no_"):
        return words.say("report.missing.other", reason=reason)
    name, _, ordinal = reason.removeprefix("no_").rpartition("_")
    if not ordinal.isdigit():
        name, ordinal = reason.removeprefix("no_"), ""
    return words.say("report.missing.no_event", event=f"{full_event_name(name, words)} {ordinal}".strip())


def full_event_name(name: str, words: Words) -> str:
    """The event's name in the language, for sentences."""
    position = metres_of(name)
    return words.t(f"event.{name}") if position is None else words.say("event.crossing_at", position=position)


def short_event_name(event: Event, words: Words) -> str:
    """The event's name for a picture, with its number where it comes again."""
    position = metres_of(event.name)
    name = (
        words.t(f"report.event.{event.name}")
        if position is None
        else words.say("report.event.crossing", position=position)
    )
    return name if event.ordinal == 1 else f"{name} {event.ordinal}"


def _hand(trial: Trial, time: Time | None, words: Words) -> tuple[str, ...]:
    """What a person decided about this time."""
    decisive = () if time is None else (time.start, time.end)
    cue_by_key = any(e.name == "cue" and e.source == "operator" and "cue" in decisive for e in trial.events)
    found = {
        "stopwatch": time is not None and time.profile == "manual",
        "edit": any(event.source == "edit" for event in trial.events),
        "key": "by_operator_key" in trial.quality,
        "cue": cue_by_key,
    }
    return tuple(words.t(f"report.hand.{code}") for code, holds in found.items() if holds)


def _beside(trial: Trial, time: Time | None, words: Words) -> Iterator[str]:
    """The stopwatch's time where the sensors' counts."""
    if trial.manual_time_us is not None and (time is None or time.profile != "manual"):
        yield words.say("report.stopwatch_beside", time=measured(trial.manual_time_us))


def _rises(trial: Trial, words: Words) -> Iterator[str]:
    figures = {measure.name: measure.value for measure in trial.measures}
    for name in ("rises", "failed_rises"):
        count = figures.get(name)
        if count and (name == "failed_rises" or trial.test == Test.CHAIR_SINGLE or _is_short(trial, count)):
            yield words.say(f"report.{name}", count=int(count))


def _is_short(trial: Trial, count: float) -> bool:
    """Whether the chair test ended with other than five rises."""
    return trial.test == Test.CHAIR and count != 5


def _doubts(trial: Trial, words: Words) -> tuple[str, ...]:
    """What the sensors leave open; of a trial that a person ended, nothing is asked of them."""
    if trial.status in ("unable", "aborted"):
        return ()
    found = [(message, flag) for message, flag in meanings(trial.quality) if message not in _SAID_ELSEWHERE]
    return tuple(words.say(message, flag=flag) for message, flag in found)


_SAID_ELSEWHERE = {"report.flag.by_operator_key", "report.flag.few_steps"}
"""What a person decided is told as such; few steps take nothing from a time, and gait stability then has no figure."""
