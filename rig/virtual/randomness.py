"""Independent streams of random numbers, each found by the session's seed and a name."""

from zlib import crc32

from numpy.random import PCG64, Generator, SeedSequence


def stream(seed: int, name: str) -> Generator:
    """A generator that depends on the seed and the name only, not on what else was drawn."""
    return Generator(PCG64(SeedSequence([seed, crc32(name.encode())])))
