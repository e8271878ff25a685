"""Walks and bouts: which steps belong together.

docs/landmarks.md leaves open when a walk that stops is still one walk. The rule here: walks are one bout if no more
than 2 s, or three and a half of their steps, lie between them and the trunk does not come to rest in it (weak steps,
a turn on the spot); and, rest or not, up to 10 s if the walk then goes on in the direction it had: its next six
steps keep within 30 degrees. Who stops and then steps aside or turns has finished one walk and begun another.
A stop of 2 s or more inside a bout is a pause.
"""

from dataclasses import dataclass

import numpy as np

from rig_signal.contacts import FEWEST, Lag, Sequence, contact_lag, find_sequences, firm_peaks, own_contacts
from rig_signal.edges import Edge, first_edge, last_edge, split_at_rests
from rig_signal.order import median
from rig_signal.rhythm import TICKS, StepClock, clock_times
from rig_signal.types import Array
from rig_signal.walk_result import Bout

LONGEST_STOP_S = 10.0
SAME_DIRECTION_RAD = np.radians(30)
PAUSE_S = 2.0
"""No contact for so long is a pause (docs/landmarks.md)."""

_JOIN_STEPS = 3.0  # sequences closer than this were broken by a weak step, not by a stop
_WEAK_S, _WEAK_STEPS = 2.0, 3.5
_WEAK_PART = 0.35  # of the strength of the walk that a rest parts it from
_DIRECTION_STEPS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """Steps without a stop.

    Attributes
    ----------
    contacts
        (k,) ticks of the initial contacts on the step clock.
    start
        How it begins, with the peaks of the contacts.
    lag
        How far the contacts precede their peaks.
    end
        How it ends.
    """

    contacts: Array
    start: Edge
    lag: Lag
    end: Edge


def find_bouts(clock: StepClock, cue_s: float | None = None) -> list[list[Walk]]:
    """All bouts of three or more steps, each as the walks it is made of; `cue_s` is the time of a start signal."""
    whole = (_with_edges(clock, walk, cue_s) for walk in find_walking(clock))
    walks = [walk for walk in whole if len(walk.contacts) >= FEWEST]
    bouts: list[list[Walk]] = []
    for walk in walks:
        if bouts and _goes_on(clock, bouts[-1][-1], walk):
            bouts[-1].append(walk)
        else:
            bouts.append([walk])
    return bouts


def find_walking(clock: StepClock) -> list[Sequence]:
    """Where somebody walks without a stop, by the peaks of three or more steps: their contacts and edges are open."""
    return [part for s in _joined(find_sequences(clock)) for part in _strong(split_at_rests(clock, s))]


def find_pauses(contacts_s: Array) -> list[Bout]:
    """Stops of 2 s or more between the contacts of a bout."""
    stops = np.flatnonzero(np.diff(contacts_s) >= PAUSE_S)
    return [Bout(float(contacts_s[i]), float(contacts_s[i + 1])) for i in stops]


def _joined(sequences: tuple[Sequence, ...]) -> list[Sequence]:
    """Sequences that only a weak step has parted, put together."""
    joined: list[Sequence] = []
    for sequence in sequences:
        whole = sequence
        if joined and sequence.ticks[0] - joined[-1].ticks[-1] < _JOIN_STEPS * TICKS:
            before = joined.pop()
            whole = Sequence(np.append(before.ticks, sequence.ticks), np.append(before.strength, sequence.strength))
        joined.append(whole)
    return joined


def _strong(parts: list[Sequence]) -> list[Sequence]:
    """Parts without those that are weak next to the strongest: who has come to rest and shuffles about."""
    strengths = [median(part.strength) for part in parts]
    least = _WEAK_PART * max(strengths, default=0.0)
    return [part for part, strength in zip(parts, strengths, strict=True) if strength > least]


def _with_edges(clock: StepClock, sequence: Sequence, cue_s: float | None) -> Walk:
    first = first_edge(clock, sequence, cue_s)
    lag = contact_lag(clock, first.contacts)
    last = last_edge(clock, Sequence(first.contacts, sequence.strength), lag)
    added = max(len(last.contacts) - len(first.contacts), 0)
    contacts = own_contacts(clock, firm_peaks(clock, last.contacts, added) - lag.steps * TICKS, lag)
    return Walk(contacts, first, lag, last)


def _goes_on(clock: StepClock, before: Walk, after: Walk) -> bool:
    stop_s = float(np.subtract(*clock_times(clock, np.array([after.contacts[0], before.contacts[-1]]))))
    step_s = float(clock.period_s[int(before.contacts[-1])])
    rested = after.start.at_rest is not None and after.start.at_rest > before.contacts[-1]
    if not rested and stop_s <= max(_WEAK_S, _WEAK_STEPS * step_s):
        return True
    was = clock.heading[int(before.contacts[-FEWEST]) : int(before.contacts[-1])].mean()
    went = clock.heading[int(after.contacts[0]) : int(after.contacts[:_DIRECTION_STEPS][-1])]
    return stop_s <= LONGEST_STOP_S and bool(np.abs(went - was).max() < SAME_DIRECTION_RAD)
