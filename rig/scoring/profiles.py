"""Timing profiles: which two events a time lies between (rules section 6, docs/landmarks.md).

Every event of a trial is stored; a profile only names two of them, so one recording can be read under several.
"""

from typing import Literal, NamedTuple

import msgspec

from rig.model.marks import Test
from rig.scoring.vocabulary import DeviationCode


class Landmark(NamedTuple):
    """An event of a trial: its name, and which of its kind (1-based)."""

    event: str
    ordinal: int = 1


class Fallback(NamedTuple):
    """What stands for the start where it cannot be told, and the deviation that says so."""

    start: Landmark
    deviation: DeviationCode


class Profile(msgspec.Struct, frozen=True):
    """A named way to read a time.

    Attributes
    ----------
    test
        The test it belongs to.
    name
        `sppb`, `gates`, `cue`, `five_sits` or `movement`.
    start, end
        The two events; the time is end minus start.
    fallback
        Where the start is not in the recording; None: then there is no time.
    """

    test: Test
    name: str
    start: Landmark
    end: Landmark
    fallback: Fallback | None = None


CUE = Landmark("cue")
FIRST_FOOT_OFF = Landmark("first_foot_off")
FIRST_MOVEMENT = Landmark("first_movement")
SEATED = Landmark("seated")
FIFTH_STAND = Landmark("standing", 5)
FIFTH_SEAT_CONTACT = Landmark("seat_on", 5)
START_GATE = Landmark("crossing_0m")

_GATE_STARTS = Fallback(START_GATE, DeviationCode.START_BY_GATE)
_FOOT_STARTS = Fallback(FIRST_FOOT_OFF, DeviationCode.NO_CUE)
_MOVEMENT_STARTS = Fallback(FIRST_MOVEMENT, DeviationCode.NO_CUE)


def _stance(test: Test) -> tuple[Profile, ...]:
    return (Profile(test, "sppb", Landmark("begin"), Landmark("hold_end")),)


def _walk(test: Test, end_gate: Landmark) -> tuple[Profile, ...]:
    return (
        Profile(test, "sppb", FIRST_FOOT_OFF, end_gate, _GATE_STARTS),
        Profile(test, "gates", START_GATE, end_gate),
        Profile(test, "cue", CUE, end_gate, _FOOT_STARTS),
    )


PROFILES: tuple[Profile, ...] = (
    *_stance(Test.SIDE_BY_SIDE),
    *_stance(Test.SEMI_TANDEM),
    *_stance(Test.TANDEM),
    *_walk(Test.WALK_4M, Landmark("crossing_4m")),
    Profile(Test.CHAIR, "sppb", CUE, FIFTH_STAND, _MOVEMENT_STARTS),
    Profile(Test.CHAIR, "five_sits", CUE, FIFTH_SEAT_CONTACT, _MOVEMENT_STARTS),
    Profile(Test.CHAIR, "movement", FIRST_MOVEMENT, FIFTH_STAND),
    Profile(Test.TUG, "sppb", CUE, SEATED, _MOVEMENT_STARTS),
    Profile(Test.TUG, "movement", FIRST_MOVEMENT, SEATED),
    *_walk(Test.WALK_6M, Landmark("crossing_6m")),
)
"""All profiles by test in the order of the battery; the first of a test is its default."""

_RUN_IN_PROFILE = "gates"


def profiles_of(test: Test) -> tuple[Profile, ...]:
    """All profiles of a test, the default first; none for the single test rise, which is not timed."""
    return tuple(profile for profile in PROFILES if profile.test is test)


def default_profile(test: Test, course_start: Literal["static", "run_in"] = "static") -> Profile:
    """Give the profile that scores a test.

    Parameters
    ----------
    test
        A timed test.
    course_start
        How walks start; with a run-in the trunk is timed from gate to gate.

    Raises
    ------
    LookupError
        The test is not timed.
    """
    found = profiles_of(test)
    if not found:
        raise LookupError(f"{test} is not timed")
    run_in = [profile for profile in found if profile.name == _RUN_IN_PROFILE]
    return run_in[0] if run_in and course_start == "run_in" else found[0]
