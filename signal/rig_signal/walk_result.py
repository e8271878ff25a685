"""What a walk's analysis gives."""

from dataclasses import dataclass

from rig_signal.regularity import Regularity
from rig_signal.types import Moment, Turn


@dataclass(frozen=True, slots=True)
class Bout:
    """A walk from first foot-off to last contact, or a pause from one contact to the next; seconds."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class WalkResult:
    """What a recording says about walking; what it cannot say is None, and `quality` says why.

    Attributes
    ----------
    bouts
        Walks in order of time.
    first_foot_off, last_contact, onset
        Of the longest bout; onset is the trunk's first movement.
    initial_contacts_s
        All initial contacts of all bouts; from a sensor on a foot, this foot's.
    cadence_steps_per_min, step_time_cv, regularity
        Of the longest bout, without its pauses; variability and regularity without turns and edges.
    straight_steps
        How many step times `step_time_cv` is made of; of n steps it is known to about 1 / sqrt(2 n) of itself.
    turns
        Of 45 degrees or more, anywhere in the recording.
    pauses
        Stops of 2 s or more inside bouts, from contact to contact.
    reaction_s
        From the cue to the onset, whose uncertainty it has, beside the cue's own.
    quality
        Codes: those of `timebase.Uniform.flags`, and
        `no_walk` (fewer than three steps in a row),
        `starts_in_walk`, `ends_in_walk` (no rest there: the edge may be cut off, first foot-off and onset unknown),
        `unquiet_start` (the trunk sways so much before the walk that its first step may be another one),
        `no_onset` (the first movement is lost in what came before),
        `few_steps` (too few straight steps for variability or regularity),
        `gap_in_walk` (samples are missing for more than 0.5 s inside a bout: contacts and turns may be),
        `no_gyroscope` (no turns; a pause is not told from a new walk),
        `bouts_only` (the placement shows no more), `one_foot` (the other foot may have stepped first and last).
    """

    bouts: tuple[Bout, ...] = ()
    first_foot_off: Moment | None = None
    last_contact: Moment | None = None
    onset: Moment | None = None
    initial_contacts_s: tuple[float, ...] = ()
    cadence_steps_per_min: float | None = None
    step_time_cv: float | None = None
    straight_steps: int = 0
    regularity: Regularity | None = None
    turns: tuple[Turn, ...] = ()
    pauses: tuple[Bout, ...] = ()
    reaction_s: float | None = None
    quality: tuple[str, ...] = ()
