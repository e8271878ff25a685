"""The vocabulary of marks: everything a person decides that can change a result.

Each mark's `data` is listed beside its name. A trial is opened by `TRIAL_START` and closed by `TRIAL_END`;
marks of the trial carry its id. A trial never spans two segments of a recording.
"""

from enum import StrEnum


class MarkKind(StrEnum):
    """Names of marks, with the keys of their data."""

    PARTICIPANT = "participant"
    """`id` (pseudonym), `age_years` or absent, `sex` (`f | m | x`) or absent, `rules` (`vivifrail | nia`)."""
    ANSWERS = "answers"
    """Any of `falls_last_year`, `fall_needed_care`, `cognitive_impairment`, `contraindications`, `osteoporosis`."""
    TRIAL_START = "trial_start"
    """`test` (a `Test`), `ordinal` (1-based), `aid` (`none | cane | walker | rollator | other`)."""
    TRIAL_END = "trial_end"
    """Nothing. Sensors are read up to here."""
    CUE = "cue"
    """`source` (`gate_timer | page | operator`), `token` (of the timer's CUE message; else the page's own count).

    The page's cue comes twice: as pressed, and as it sounded, with `u_us` (standard uncertainty) and `by`. The second
    stands; without it nobody knows when it sounded, or whether."""
    BEGIN = "begin"
    """Stances: in position and unsupported."""
    OPERATOR_STOP = "operator_stop"
    """`reason`: `stepped | grasped | ten_seconds | finished | used_arms | sixty_seconds | unsafe`."""
    HOLD = "hold"
    """Key and sensors disagree about a stance, and the operator was asked: `choice` (`key | sensors`)."""
    UNABLE = "unable"
    """`reason`: one of the seven of the rules; `test` where no trial was started."""
    ABORT = "abort"
    """The trial is void (operator's mistake, device failure); it is missing, not 0. `reason` in words."""
    MANUAL_TIME = "manual_time"
    """`time_us` by the page's stopwatch; the operator's word wins. `profile` it stands for."""
    EDIT = "edit"
    """A review's correction: `event`, `ordinal`, `t_ns` (absolute), `who`, `why`."""
    SHOWN = "shown"
    """What the operator was shown of a trial and decided on: `status`, `time_us` of the counted profile or null."""
    SKIP = "skip"
    """A step is left out: `step`, `reason` in words. What it would have measured is missing, not 0."""
    STEP = "step"
    """The operator went to a step out of turn: `step`."""
    CONFIRMED = "confirmed"
    """The operator is done with a step that measures nothing: `step`."""
    ROUTE = "route"
    """`six_metres`: the battery cannot be done, the 6 m walk stands for it; `sppb`: the whole battery after all."""
    BOTTLE = "bottle"
    """The load for training: `millilitres` a bottle, `lifts`, `lifted_full` (full ones were lifted 30 times),
    `counted_by` (`key | wrist`)."""
    COUNT = "count"
    """From here on a sensor at the wrist counts the lifts of the load."""
    WATCH_START = "watch_start"
    """The page's stopwatch was started; `manual_time` ends it."""
    UNDO = "undo"
    """`marks`: what is taken back, each as [kind, nanoseconds before the undo, trial or null]."""
    RESUMED = "resumed"
    """The recording was broken off and goes on in a new segment; nothing before can be taken back any more."""
    CLOSED = "closed"
    """The assessment is over."""
    NOTE = "note"
    """`text`."""


class Test(StrEnum):
    """The tests of the battery, in the guide's order."""

    __test__ = False  # not a test case of pytest

    SIDE_BY_SIDE = "side_by_side"
    SEMI_TANDEM = "semi_tandem"
    TANDEM = "tandem"
    CHAIR_SINGLE = "chair_single"
    CHAIR = "chair"
    WALK_4M = "walk_4m"
    TUG = "tug"
    WALK_6M = "walk_6m"


STANCES = (Test.SIDE_BY_SIDE, Test.SEMI_TANDEM, Test.TANDEM)
