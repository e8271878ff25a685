"""From evidence to a trial of the document: people's decisions first, then the times the events give."""

from collections.abc import Iterable

from msgspec.structs import replace

from rig.model.document import Event, Status, Time, Trial
from rig.model.marks import MarkKind, Test
from rig.model.session import Fault
from rig.pipeline.evidence import Evidence, TrialData
from rig.pipeline.times import apply_edits, time_by
from rig.scoring.profiles import profiles_of
from rig.scoring.tables import plausible_from_us

STOPPED_AS_UNABLE = {
    "used_arms": "tried_unable",
    "sixty_seconds": "tried_unable",
    "unsafe": "assessor_unsafe",
}
"""The stop rules: what the operator's key means for the score (rules section 3)."""


def judge(data: TrialData, evidence: Evidence, faults: Iterable[Fault]) -> Trial:
    """Apply edits, derive the times by every profile of the test, and say how the trial ended."""
    marks = data.marks
    events = apply_edits(evidence.events, marks, data.epoch_ns)
    times = _times(data, events)
    manual = marks.last(MarkKind.MANUAL_TIME)
    manual_us = None if manual is None else int(str(manual.data["time_us"]))
    status, reason = _status(data, times, timed_by_hand=manual is not None)
    return Trial(
        trial=marks.trial,
        test=marks.test,
        ordinal=marks.ordinal,
        status=status,
        reason=reason,
        aid=marks.aid,
        started_us=(marks.start_ns - data.epoch_ns) // 1000,
        ended_us=None if marks.end_ns is None else (marks.end_ns - data.epoch_ns) // 1000,
        events=events,
        times=times,
        measures=evidence.measures,
        quality=tuple(
            dict.fromkeys((*evidence.quality, *_data_flags(data, faults), *_manual_flags(marks.test, manual_us)))
        ),
        manual_time_us=manual_us,
    )


def _times(data: TrialData, events: tuple[Event, ...]) -> tuple[Time, ...]:
    clocks = _clocks_u_us(data)
    return tuple(
        _plausible(data.marks.test, time_by(profile, events, clocks)) for profile in profiles_of(data.marks.test)
    )


def _plausible(test: Test, time: Time) -> Time:
    """A time that no person can reach is no time: the rules refuse it, so it is null with a reason."""
    if time.time_us is None or time.time_us >= plausible_from_us(test):
        return time
    return replace(time, time_us=None, u_us=None, reason="implausible")


def _clocks_u_us(data: TrialData) -> dict[str, float]:
    """How well each device's clock is known on the session clock in this trial."""
    clocks = {data.devices[role]: window.clock for role, window in data.imus.items()}
    if data.gates is not None and data.gate_device is not None:
        clocks[data.gate_device] = data.gates.clock
    return {device: clock.u_ns / 1000 for device, clock in clocks.items()}


def _status(data: TrialData, times: tuple[Time, ...], *, timed_by_hand: bool) -> tuple[Status, str | None]:
    """People's word first: aborted, unable, stopped; then what the sensors or the stopwatch could tell."""
    marks = data.marks
    abort, unable, stop = (marks.last(k) for k in (MarkKind.ABORT, MarkKind.UNABLE, MarkKind.OPERATOR_STOP))
    if abort is not None:
        return "aborted", str(abort.data.get("reason", "aborted"))
    if unable is not None:
        return "unable", str(unable.data.get("reason"))
    if stop is not None and stop.data.get("reason") in STOPPED_AS_UNABLE:
        return "unable", STOPPED_AS_UNABLE[str(stop.data["reason"])]
    if marks.end_ns is None and not timed_by_hand:
        return "missing", "trial_not_ended"
    if timed_by_hand or marks.test == Test.CHAIR_SINGLE or any(time.time_us is not None for time in times):
        return "completed", None
    return "missing", times[0].reason


def _manual_flags(test: Test, manual_us: int | None) -> tuple[str, ...]:
    """A stopwatch that was started and stopped by mistake is kept, and not counted."""
    implausible = manual_us is not None and manual_us < plausible_from_us(test)
    return ("implausible_manual_time",) if implausible else ()


def _data_flags(data: TrialData, faults: Iterable[Fault]) -> tuple[str, ...]:
    """What the devices and the recording lost in this trial."""
    flags = [f"{data.devices[role]}:{flag}" for role, window in data.imus.items() for flag in window.flags]
    flags += [f"{data.devices[role]}:lost_samples" for role, window in data.imus.items() if window.lost_samples > 0]
    if data.gates is not None:
        flags += [f"{data.gate_device}:{flag}" for flag in data.gates.flags]
    if any(fault.may_affect(data.marks.start_ns, data.end_ns) for fault in faults):
        flags.append("recording_damaged")
    if data.marks.end_ns is None:
        flags.append("trial_not_ended")
    return tuple(flags)
