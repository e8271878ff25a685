"""Puts a trial's landmarks together into its truth."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from rig.model.marks import STANCES, Test
from rig.model.setup import Setup
from rig.virtual.assessor import Log, Trial
from rig.virtual.beams import crossings
from rig.virtual.clocks import host_ns
from rig.virtual.landmarks import PAUSE_S, Landmarks, Rise, Step, TurnFound
from rig.virtual.spans import Span
from rig.virtual.truth import Event, Phase, TrialTruth

HOLD_S = 10.0
LENGTH_M = {Test.WALK_4M: 4.0, Test.WALK_6M: 6.0}


@dataclass(frozen=True, slots=True)
class Found:
    """A landmark in session seconds."""

    name: str
    at: float
    gate: int | None = None
    value: float | None = None


def truth_of_trials(log: Log, landmarks: Landmarks, setup: Setup) -> tuple[TrialTruth, ...]:
    """The truth of every trial."""
    return tuple(_MAKERS[trial.test](trial, landmarks, setup) for trial in log.trials)


def _events(found: list[Found]) -> tuple[Event, ...]:
    """Number the landmarks of each name (and gate) in order of time."""
    seen: dict[tuple[str, int | None], int] = {}
    events = []
    for f in sorted(found, key=lambda f: f.at):
        seen[f.name, f.gate] = seen.get((f.name, f.gate), 0) + 1
        events.append(Event(f.name, seen[f.name, f.gate], host_ns(f.at), f.gate, f.value))
    return tuple(events)


def _truth(trial: Trial, found: list[Found], times: dict[str, float | None], **rest: Any) -> TrialTruth:
    known = {profile: round(float(t), 6) for profile, t in times.items() if t is not None}
    span = host_ns(trial.start_s), host_ns(trial.end_s)
    head = (trial.id, trial.test.value, trial.ordinal, trial.aid, *span)
    return TrialTruth(*head, _events(_signals(trial) + found), known, unable=trial.unable, **rest)


def _signals(trial: Trial) -> list[Found]:
    signals = {
        "cue": trial.cue.sounds_s if trial.cue else None,
        "begin": trial.begin_s,
        "operator_stop": trial.stop_s,
    }
    return [Found(name, at) for name, at in signals.items() if at is not None]


def _stance(trial: Trial, landmarks: Landmarks, _: Setup) -> TrialTruth:
    begin = trial.begin_s or trial.start_s
    stepped = landmarks.step_out(Span(begin, trial.end_s))
    ends = [t for t in (stepped, trial.stop_s, begin + HOLD_S) if t is not None]
    found = [Found("hold_end", min(ends))]
    found += [Found("step_out", stepped)] if stepped is not None else []
    held = round(min(ends) - begin, 6)
    out = None if stepped is None else round(stepped - begin, 6)
    return _truth(trial, found, {"sppb": held}, held_s=held, step_out_s=out)


def _from_cue(trial: Trial, event: float | None) -> float | None:
    return event - trial.cue.sounds_s if trial.cue and event is not None else None


def _rise_events(rises: list[Rise]) -> list[Found]:
    found = []
    for rise in rises:
        if rise.standing is None:
            lasted = None if rise.seat_on is None else round(rise.seat_on - rise.seat_off, 6)
            found.append(Found("failed_rise", rise.seat_off, value=lasted))
            continue
        found += [Found("seat_off", rise.seat_off), Found("standing", rise.standing)]
        found += [Found("seat_on", rise.seat_on)] if rise.seat_on is not None else []
    return found


def _chair(trial: Trial, landmarks: Landmarks, _: Setup) -> TrialTruth:
    rises = landmarks.rises(Span(trial.start_s, trial.end_s))
    stands = [rise for rise in rises if rise.standing is not None]
    found = _rise_events(rises)
    first = landmarks.first_movement(rises[0], trial.start_s) if rises else None
    found += [Found("first_movement", first)] if first is not None else []
    if rises and rises[-1].seat_on is not None:
        found.append(Found("seated", landmarks.seated(rises[-1].seat_on, trial.end_s)))
    times = _chair_times(trial, stands, first)
    return _truth(trial, found, times, rises=len(stands), failed_rises=len(rises) - len(stands))


def _chair_times(trial: Trial, stands: list[Rise], first: float | None) -> dict[str, float | None]:
    """`sppb`, `five_sits`, `movement`; to the first stand for the test rise, else to the fifth."""
    needed = 1 if trial.test is Test.CHAIR_SINGLE else 5
    if len(stands) < needed or trial.unable:
        return {}
    last = stands[needed - 1]
    moved = last.standing - first if last.standing is not None and first is not None else None
    sits = {"five_sits": _from_cue(trial, last.seat_on)} if needed == 5 else {}
    return {"sppb": _from_cue(trial, last.standing), **sits, "movement": moved}


def _walk(trial: Trial, landmarks: Landmarks, setup: Setup) -> TrialTruth:
    span = Span(trial.cue.sounds_s if trial.cue else trial.start_s, trial.end_s)
    steps = landmarks.steps(span)
    gates = _gate_events(landmarks, setup, span)
    found = gates + _step_events(trial, landmarks, steps)
    at = {f.gate: f.at for f in reversed(gates)}
    end = at.get(_gate_at(setup, LENGTH_M[trial.test]))
    start = at.get(_gate_at(setup, 0.0))
    times = {
        "sppb": end - steps[0].foot_off if end is not None and steps else None,
        "gates": end - start if end is not None and start is not None else None,
        "cue": _from_cue(trial, end),
    }
    return _truth(trial, found, times, steps=len(steps))


def _gate_at(setup: Setup, position: float) -> int | None:
    return next((gate.gate for gate in setup.course.gates if gate.position_m == position), None)


def _gate_events(landmarks: Landmarks, setup: Setup, span: Span) -> list[Found]:
    """Trunk crossings of every gate, at its upper beam."""
    return [
        Found("crossing", at, gate=gate.gate)
        for gate in setup.course.gates
        for at in crossings(landmarks.trunk_at(gate.beam_heights_mm[0] / 1000), gate.position_m, span)
    ]


def _step_events(trial: Trial, landmarks: Landmarks, steps: list[Step]) -> list[Found]:
    if not steps:
        return []
    contacts = [step.contact for step in steps]
    found = [Found("onset", landmarks.onset(steps[0].foot_off, trial.start_s))]
    found += [Found("first_foot_off", steps[0].foot_off), Found("last_contact", contacts[-1])]
    found += [Found("initial_contact", at) for at in contacts]
    return found + [Found("pause", a, value=round(b - a, 6)) for a, b in pairwise(contacts) if b - a >= PAUSE_S]


def _tug(trial: Trial, landmarks: Landmarks, setup: Setup) -> TrialTruth:
    span = Span(trial.cue.sounds_s if trial.cue else trial.start_s, trial.end_s)
    rises = landmarks.rises(span)
    stands = [rise for rise in rises if rise.standing is not None]
    if not stands or stands[-1].seat_on is None:
        return _truth(trial, _rise_events(rises), {}, failed_rises=len(rises) - len(stands))
    first = landmarks.first_movement(stands[0], trial.start_s)
    seated = landmarks.seated(stands[-1].seat_on, trial.end_s)
    turns = landmarks.turns(span)
    steps = landmarks.steps(span)
    found = _rise_events(rises) + _turn_events(turns) + _gate_events(landmarks, setup, span)
    found += [Found("first_movement", first), Found("seated", seated)]
    found += [Found("initial_contact", step.contact) for step in steps]
    return _truth(
        trial,
        found,
        {"sppb": _from_cue(trial, seated), "movement": seated - first},
        rises=len(stands),
        failed_rises=len(rises) - len(stands),
        steps=len(steps),
        phases=_phases(landmarks, first, stands[0], turns, seated),
    )


def _turn_events(turns: list[TurnFound]) -> list[Found]:
    found = []
    for turn in turns:
        degrees = round(turn.angle * 57.29577951308232, 3)
        found += [Found("turn_start", turn.start, value=degrees), Found("turn_end", turn.end, value=degrees)]
    return found


def _phases(landmarks: Landmarks, first: float, rise: Rise, turns: list[TurnFound], seated: float) -> tuple[Phase, ...]:
    """The six phases of docs/landmarks.md; empty where there are not two turns of 90 degrees."""
    big = [turn for turn in turns if abs(turn.angle) >= 1.57]
    if len(big) < 2 or rise.standing is None:
        return ()
    sits = min(big[-1].end, landmarks.leaves_stand(seated))
    bounds = [first, rise.standing, big[0].start, big[0].end, big[-1].start, sits, seated]
    names = ("sit_to_stand", "walk_out", "turn", "walk_back", "turn_to_sit", "stand_to_sit")
    joined = zip(names, bounds, bounds[1:], strict=False)
    return tuple(Phase(name, host_ns(a), host_ns(b)) for name, a, b in joined)


_MAKERS: dict[Test, Callable[[Trial, Landmarks, Setup], TrialTruth]] = {
    **dict.fromkeys(STANCES, _stance),
    Test.CHAIR_SINGLE: _chair,
    Test.CHAIR: _chair,
    Test.WALK_4M: _walk,
    Test.WALK_6M: _walk,
    Test.TUG: _tug,
}
