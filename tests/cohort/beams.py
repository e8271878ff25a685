"""`python -m tests.cohort.beams 200 --seed 1`: what meets a beam before the trunk does, by the height of the beam.

Virtual people walk through beams at 3, 4 and 6 m. Where an arm, a head or a forearm on a frame comes into the beam
ahead of the trunk and leaves no gap before it, the edges look like those of the trunk alone, and the crossing is early
by the lead. How large a lead may be is for the height of the beams to limit.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rig.virtual.beams import blocked, crossings, sections, trunk_section
from rig.virtual.body import Walk
from rig.virtual.lab import FAMILIES
from rig.virtual.motion import Motion
from rig.virtual.participant import Participant
from rig.virtual.randomness import stream
from rig.virtual.spans import Span
from tests.cohort.people import person_of

GATES_M = (3.0, 4.0, 6.0)
WALKED_M = 7.5
PLAIN_S = 0.05
"""Leads up to this are within what `u_s` of a crossing allows for arms."""


@dataclass(frozen=True, slots=True)
class Height:
    """Of a beam: so many metres, or such a part of the person's stature."""

    metres: float = 0.0
    of_stature: float = 0.0

    def of(self, who: Participant) -> float:
        """Metres, for a person."""
        return self.metres + self.of_stature * who.height_m

    @property
    def shown(self) -> str:
        """As in a table."""
        return f"{self.of_stature:.2f} of the stature" if self.of_stature else f"{self.metres:.2f} m"


HEIGHTS = (
    *(Height(of_stature=share) for share in (0.60, 0.63, 0.66, 0.70, 0.72, 0.74, 0.77, 0.80)),
    *(Height(metres=metres) for metres in (0.95, 1.10, 1.20)),
)


def walked(who: Participant, family: str, seed: int) -> Motion:
    """A walk through all gates, from rest to rest."""
    body = FAMILIES[family](who, -0.3, stream(seed, "body"))
    body.wait(1.0)
    body.go((Walk(WALKED_M),))
    body.wait(1.0)
    return body.motion()


def leads(who: Participant, motion: Motion, height_m: float) -> Iterator[float | None]:
    """Seconds by which each gate's beam is cut before the trunk cuts it; None where the trunk passes below."""
    parts, trunk = sections(motion, who, height_m), trunk_section(motion, height_m)
    span = Span(0.0, float(motion.time_s[-1]))
    for x in GATES_M:
        met = next(iter(crossings(trunk, x, span)), None)
        yield None if met is None else _lead(blocked(parts, x), met)


def _lead(blocks: list[tuple[float, float | None]], met_s: float) -> float:
    """How long the block in which the trunk comes has lasted by then."""
    return next(met_s - cut for cut, free in blocks if cut <= met_s and (free is None or met_s < free))


def _row(family: str, height: Height, found: list[float | None]) -> str:
    known = np.array([lead for lead in found if lead is not None])
    shares = 1 - len(known) / len(found), np.mean(known > PLAIN_S)
    figures = f"{len(found)}", *(f"{share:.1%}" for share in shares), f"{known.max(initial=0.0):.2f}"
    return " | ".join(("", family, height.shown, *figures, "")).strip()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.cohort.beams", description=__doc__)
    parser.add_argument("people", type=int)
    parser.add_argument("--seed", type=int, required=True, help="of the first")
    told = parser.parse_args()
    heads = ("family", "height of the beam", "crossings", "above the trunk", "lead > 0.05 s", "longest lead, s")
    print(f"| {' | '.join(heads)} |", "|---" * len(heads) + "|", sep="\n")
    for family in FAMILIES:
        people = [(seed, person_of(seed, family).who) for seed in range(told.seed, told.seed + told.people)]
        walks = [(who, walked(who, family, seed)) for seed, who in people]
        for height in HEIGHTS:
            found = [lead for who, motion in walks for lead in leads(who, motion, height.of(who))]
            print(_row(family, height, found), flush=True)


if __name__ == "__main__":
    main()
