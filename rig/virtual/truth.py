"""What really happened in a virtual session: the landmarks of every trial, by their definitions."""

import msgspec

from rig.virtual.participant import Answer, Participant


class Event(msgspec.Struct, frozen=True, omit_defaults=True):
    """One landmark of docs/landmarks.md.

    Attributes
    ----------
    name
        As in docs/landmarks.md.
    ordinal
        1-based among the events of this name in the trial (crossings: of this name and gate).
    t_ns
        Host monotonic time.
    gate
        Gate number of a crossing.
    value
        `turn_start`, `turn_end`: the turn's angle in degrees. `pause`, `failed_rise`: duration in seconds.
    """

    name: str
    ordinal: int
    t_ns: int
    gate: int | None = None
    value: float | None = None


class Phase(msgspec.Struct, frozen=True):
    """One phase of Timed Up and Go."""

    name: str
    start_ns: int
    end_ns: int


class TrialTruth(msgspec.Struct, frozen=True):
    """What happened in one trial.

    Attributes
    ----------
    trial, test, ordinal, aid
        As in the `trial_start` mark.
    start_ns, end_ns
        Instants of `trial_start` and `trial_end`.
    events
        In order of time.
    times_s
        Seconds by timing profile; a profile whose events did not happen is absent.
    rises, failed_rises, steps
        Full stands; seat-offs without one; initial contacts. All within the trial.
    held_s
        Stances: `begin` to hold end, at most 10.
    step_out_s
        Stances: `begin` to step-out, where there is one.
    phases
        Timed Up and Go.
    unable
        The reason where the test was given up.
    """

    trial: str
    test: str
    ordinal: int
    aid: str
    start_ns: int
    end_ns: int
    events: tuple[Event, ...] = ()
    times_s: dict[str, float] = {}
    rises: int = 0
    failed_rises: int = 0
    steps: int = 0
    held_s: float | None = None
    step_out_s: float | None = None
    phases: tuple[Phase, ...] = ()
    unable: str | None = None


class Truth(msgspec.Struct, frozen=True):
    """The truth of one session.

    Attributes
    ----------
    trials
        Those that were started, in order.
    not_attempted
        Test to reason, for tests with an `unable` mark and no trial.
    """

    participant: Participant
    seed: int
    family: str
    answers: dict[str, Answer]
    trials: tuple[TrialTruth, ...]
    not_attempted: dict[str, str]


def encode(truth: Truth) -> bytes:
    """As JSON, indented, one line feed at the end."""
    return msgspec.json.format(msgspec.json.encode(truth, order="sorted"), indent=1) + b"\n"


def decode(data: bytes) -> Truth:
    """Read what `encode` wrote."""
    return msgspec.json.decode(data, type=Truth)
