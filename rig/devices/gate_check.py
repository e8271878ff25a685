"""Whether the beams of a gate timer are well: blocked, stuck or flickering, by what it says in its self-test."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from firmware_protocol.gate_timer import BEAMS_PER_GATE, Info, SelfTest

Verdict = Literal["clear", "blocked", "flickering", "stuck", "unknown"]
FLICKER_PER_S = 4
"""More changes of one beam in a second than people cause: a beam on the edge of its reflector, or sunlight."""


@dataclass(frozen=True, slots=True)
class BeamCheck:
    """One fitted beam over a self-test.

    Attributes
    ----------
    gate, beam, height_mm
        Which one.
    blocked
        Whether it was blocked at the end; None when the timer said nothing.
    blocked_share
        Part of the self-test during which it was blocked, 0 to 1.
    changes_per_s
        Most changes in any one second.
    verdict
        `stuck` blocked for 5 s or more without a change, `flickering`, `blocked` or `clear` at the end.
    """

    gate: int
    beam: int
    height_mm: int
    blocked: bool | None
    blocked_share: float | None
    changes_per_s: int
    verdict: Verdict


def fitted_beams(info: Info) -> Iterator[tuple[int, int, int]]:
    """Gate, beam and height (mm) of every beam that the timer has."""
    for index, height in enumerate(info.height_mm):
        if info.beams_fitted >> index & 1:
            yield index // BEAMS_PER_GATE, index % BEAMS_PER_GATE, height


def check_beams(info: Info, said: Sequence[SelfTest]) -> tuple[BeamCheck, ...]:
    """Judge every fitted beam by the timer's SELF_TEST messages, in order."""
    return tuple(_check(*place, said) for place in fitted_beams(info))


def _check(gate: int, beam: int, height_mm: int, said: Sequence[SelfTest]) -> BeamCheck:
    if not said:
        return BeamCheck(gate, beam, height_mm, None, None, 0, "unknown")
    index = BEAMS_PER_GATE * gate + beam
    levels = [bool(message.levels >> index & 1) for message in said]
    changes = max(message.edges[index] for message in said)
    stuck = bool(said[-1].stuck >> index & 1)
    share = sum(levels) / len(levels)
    return BeamCheck(gate, beam, height_mm, levels[-1], share, changes, _verdict(levels[-1], stuck, changes))


def _verdict(blocked: bool, stuck: bool, changes: int) -> Verdict:
    if stuck:
        return "stuck"
    if changes > FLICKER_PER_S:
        return "flickering"
    return "blocked" if blocked else "clear"
