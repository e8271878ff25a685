"""What a fuzz target is: a function that feeds so many bytes to a decoder and tells what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import TypeAlias

from scipy.stats import poisson

Figure: TypeAlias = int | float | str


@dataclass(frozen=True, slots=True)
class Report:
    """What a target saw.

    Attributes
    ----------
    fed
        Bytes that went through the decoder.
    figures
        Name and value of whatever is worth reading, in order.
    problems
        One line for each promise that was broken; none where all is well.
    """

    fed: int
    figures: Mapping[str, Figure]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """One way of being nasty to one decoder.

    Attributes
    ----------
    run
        Takes a source of randomness and the least number of bytes to feed. What the decoder raises is let through.
    full, small
        Bytes of `make fuzz` and of the suite.
    """

    run: Callable[[Random, int], Report]
    full: int
    small: int


def chance_bound(candidates: int, bits: int = 16) -> int:
    """Most wrong frames that a checksum of so many bits lets through in all but one of a million such runs."""
    return int(poisson.ppf(1 - 1e-6, candidates / 2**bits))
