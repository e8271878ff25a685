"""Who is tested: everything about a virtual participant that a session depends on."""

from typing import Literal, TypeAlias

import msgspec

from rig.model.marks import Test

Aid = Literal["none", "cane", "walker", "rollator"]
Unable = Literal[
    "tried_unable",
    "not_unassisted",
    "assessor_unsafe",
    "participant_unsafe",
    "not_understood",
    "other",
    "refused",
]

Answer: TypeAlias = bool | int | str | list[str] | None
"""Value of an answer, as in the `answers` mark."""


class FailedRise(msgspec.Struct, frozen=True):
    """An attempt that does not become a stand.

    Attributes
    ----------
    before
        Number of the rise it comes before (1 is the first).
    height
        Part of the person's excursion that is reached; 0 is a trunk that leans and comes back.
    """

    before: int
    height: float


class Pause(msgspec.Struct, frozen=True):
    """A rest on the seat after the given rise of the five."""

    after: int
    seconds: float


class WalkStop(msgspec.Struct, frozen=True):
    """A stop in the middle of every trial of one walking test."""

    test: Test
    at_m: float
    seconds: float


def _no_falls() -> dict[str, Answer]:
    return {"falls_last_year": 0, "fall_needed_care": False, "cognitive_impairment": False}


class Participant(msgspec.Struct, frozen=True):
    """A virtual participant. The defaults are a healthy older adult.

    Speeds in m/s, times in s, lengths in m unless the name says otherwise. Times name what the person
    aims at; what the body then does is in the truth.

    Attributes
    ----------
    speed_mps
        Steady walking speed, 0.2 to 1.6.
    cadence_spm
        Steps per minute; None takes what goes with the speed.
    step_time_cv, step_width_m
        Variability of step time (standard deviation over mean), distance between the feet.
    rise_time_s, sit_time_s
        First movement to full stand; leaving the stand to seat contact.
    standing_pause_s, seated_pause_s
        Rest at the top and on the seat between the five rises.
    flexion_deg, stoop_deg, recline_deg
        Greatest trunk lean in a rise; lean of the upright stand; backward lean on the seat.
    landing
        Part of the descent under control, 0.75 (drops into the seat) to 0.97 (sits down softly).
    rises_possible
        How many of the five rises succeed.
    failed_rises, chair_pauses
        Attempts that fail before a rise; rests on the seat.
    needs_arms, cannot_rise
        Rises by the armrests only; not at all, unless lifted.
    sway_mm
        Root mean square sway of the pelvis in quiet standing.
    step_out_s
        Stance to seconds after "begin" at which a foot moves; a stance not named is held.
    tremor_deg
        Root mean square tremor of the trunk in effort.
    aid
        Walking aid, in all walks.
    turn_time_s, turn_steps, turn_hesitation_s
        For half a turn: duration, steps, and a standstill in its middle.
    tug_turn_at_m
        Where the body turns in TUG; 3.0 is inside the beam.
    sit_overlap_s
        How long before the end of the last turn the person already sits down.
    walk_stop
        A stop inside a walk.
    reaction_s
        Cue to the command of the first movement.
    refusals
        Test to the reason why it is not attempted.
    answers
        What the participant tells the assessor, keys of the `answers` mark.
    """

    id: str = "robust"
    age_years: int = 74
    sex: Literal["f", "m", "x"] = "f"
    rules: Literal["vivifrail", "nia"] = "vivifrail"
    height_m: float = 1.62
    trunk_depth_m: float = 0.23
    trunk_width_m: float = 0.36
    seat_height_m: float = 0.45
    speed_mps: float = 1.15
    cadence_spm: float | None = None
    step_time_cv: float = 0.03
    step_width_m: float = 0.10
    reaction_s: float = 0.35
    rise_time_s: float = 0.95
    sit_time_s: float = 0.75
    standing_pause_s: float = 0.10
    seated_pause_s: float = 0.0
    flexion_deg: float = 38.0
    stoop_deg: float = 3.0
    recline_deg: float = 10.0
    landing: float = 0.87
    rises_possible: int = 99
    failed_rises: tuple[FailedRise, ...] = ()
    chair_pauses: tuple[Pause, ...] = ()
    needs_arms: bool = False
    cannot_rise: bool = False
    sway_mm: float = 4.0
    step_out_s: dict[Test, float] = {}
    tremor_deg: float = 0.02
    aid: Aid = "none"
    turn_time_s: float = 1.6
    turn_steps: int = 4
    turn_hesitation_s: float = 0.0
    tug_turn_at_m: float = 3.45
    sit_overlap_s: float = 0.0
    walk_stop: WalkStop | None = None
    refusals: dict[Test, Unable] = {}
    answers: dict[str, Answer] = msgspec.field(default_factory=_no_falls)


ROBUST = Participant()

PRE_FRAIL = Participant(
    id="pre_frail",
    age_years=79,
    height_m=1.58,
    speed_mps=0.78,
    step_time_cv=0.05,
    step_width_m=0.12,
    reaction_s=0.5,
    rise_time_s=1.5,
    sit_time_s=1.1,
    standing_pause_s=0.15,
    seated_pause_s=0.1,
    stoop_deg=6.0,
    landing=0.84,
    sway_mm=6.0,
    turn_time_s=2.4,
    turn_steps=6,
    answers={"falls_last_year": 1, "fall_needed_care": False, "cognitive_impairment": False},
)

FRAIL_WALKER = Participant(
    id="frail_walker",
    age_years=86,
    height_m=1.54,
    trunk_depth_m=0.25,
    speed_mps=0.38,
    step_time_cv=0.10,
    step_width_m=0.15,
    reaction_s=0.8,
    rise_time_s=2.8,
    sit_time_s=1.6,
    standing_pause_s=0.5,
    seated_pause_s=0.5,
    flexion_deg=44.0,
    stoop_deg=11.0,
    recline_deg=16.0,
    landing=0.80,
    failed_rises=(FailedRise(before=3, height=0.2),),
    sway_mm=7.5,
    step_out_s={Test.TANDEM: 4.2},
    tremor_deg=0.06,
    aid="walker",
    turn_time_s=4.2,
    turn_steps=9,
    answers={"falls_last_year": 2, "fall_needed_care": True, "cognitive_impairment": False},
)

CANNOT_RISE = Participant(
    id="cannot_rise",
    age_years=88,
    height_m=1.55,
    speed_mps=0.48,
    step_time_cv=0.12,
    step_width_m=0.16,
    reaction_s=0.9,
    rise_time_s=3.2,
    sit_time_s=1.5,
    stoop_deg=12.0,
    recline_deg=16.0,
    landing=0.78,
    failed_rises=(FailedRise(before=1, height=0.0), FailedRise(before=1, height=0.15)),
    cannot_rise=True,
    sway_mm=8.0,
    step_out_s={Test.SIDE_BY_SIDE: 7.4},
    tremor_deg=0.06,
    aid="rollator",
    turn_time_s=4.5,
    turn_steps=10,
    answers={"falls_last_year": 1, "fall_needed_care": False, "cognitive_impairment": True},
)

TANDEM_STEP_OUT = Participant(
    id="tandem_step_out",
    age_years=77,
    sex="m",
    height_m=1.70,
    speed_mps=0.95,
    step_time_cv=0.04,
    reaction_s=0.45,
    rise_time_s=1.2,
    sit_time_s=0.9,
    sway_mm=5.5,
    step_out_s={Test.TANDEM: 6.4},
    turn_time_s=2.0,
    turn_steps=5,
)

PRESETS = {p.id: p for p in (ROBUST, PRE_FRAIL, FRAIL_WALKER, CANNOT_RISE, TANDEM_STEP_OUT)}
