"""Chair rises: the fifth full stand ends the time, whoever sits down afterwards or not."""

from rig.model.document import Event, Measure
from rig.model.setup import Role
from rig.pipeline.evidence import PLACEMENTS, Evidence, TrialData, cue, measure
from rig_signal.chair import ChairResult, Rise, analyse_chair
from rig_signal.types import Moment

UNSURE = "count_unsure"
"""Rises cannot be told from bends (no gyroscope) or attempts (no trunk straightens): ordinals would be guesses."""


def analyse(data: TrialData) -> Evidence:
    """Events of every rise, the cue and the first movement; counts as measures."""
    signal = cue(data)
    flags = signal.flags
    role = data.role()
    if role is None:
        return Evidence(signal.events, quality=(*flags, "no_trunk_imu"))
    result = analyse_chair(data.imu(role), PLACEMENTS[role], cue_s=signal.t_s)
    first = _first_movement(data, role, result)
    told = () if UNSURE in result.quality else tuple(enumerate(result.rises, 1))
    rises = tuple(event for number, rise in told for event in _rise(data, role, number, rise))
    measures = (*_counts(result), *_reaction(signal.events, first))
    return Evidence((*signal.events, *first, *rises), measures, (*flags, *result.quality))


def _first_movement(data: TrialData, role: Role, result: ChairResult) -> tuple[Event, ...]:
    if result.first_movement is None:
        return ()
    return (data.imu_event("first_movement", result.first_movement, role),)


def _rise(data: TrialData, role: Role, number: int, rise: Rise) -> tuple[Event, ...]:
    moments: dict[str, Moment | None] = {
        "seat_off": rise.seat_off,
        "standing": rise.standing,
        "seat_on": rise.seat_on,
    }
    return tuple(data.imu_event(name, moment, role, number) for name, moment in moments.items() if moment is not None)


def _counts(result: ChairResult) -> tuple[Measure, ...]:
    unsure = UNSURE in result.quality
    return (
        measure("rises", None if unsure else len(result.rises), "1"),
        measure("failed_rises", None if unsure else len(result.failed), "1"),
    )


def _reaction(signal: tuple[Event, ...], first: tuple[Event, ...]) -> tuple[Measure, ...]:
    if not signal or not first:
        return ()
    return (measure("reaction", (first[0].t_us - signal[0].t_us) / 1e6, "s"),)
