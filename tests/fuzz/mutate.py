"""Spoilt bytes: what lines, cables and other people's programs do to them."""

from collections.abc import Callable
from random import Random


def flip_bits(rng: Random, data: bytes, _: bytes) -> bytes:
    out = bytearray(data)
    for _bit in range(rng.randint(1, 4)):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def replace_bytes(rng: Random, data: bytes, _: bytes) -> bytes:
    at = rng.randrange(len(data))
    length = min(rng.randint(1, 4), len(data) - at)
    return data[:at] + rng.randbytes(length) + data[at + length :]


def set_special(rng: Random, data: bytes, _: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + rng.choice((b"\x00", b"\x01", b"\x7f", b"\x80", b"\xff")) + data[at + 1 :]


def drop(rng: Random, data: bytes, _: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.randint(1, 3) :]


def insert(rng: Random, data: bytes, _: bytes) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + rng.randbytes(rng.randint(1, 3)) + data[at:]


def swap(rng: Random, data: bytes, _: bytes) -> bytes:
    out = bytearray(data)
    a, b = rng.randrange(len(out)), rng.randrange(len(out))
    out[a], out[b] = out[b], out[a]
    return bytes(out)


def repeat(rng: Random, data: bytes, _: bytes) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at : at + rng.randint(1, 8)] + data[at:]


def cross(rng: Random, data: bytes, other: bytes) -> bytes:
    """The head of one and the tail of another: bytes lost between two frames."""
    return data[: rng.randint(1, len(data))] + other[rng.randrange(len(other)) :]


Mutation = Callable[[Random, bytes, bytes], bytes]
MUTATIONS: tuple[Mutation, ...] = (flip_bits, replace_bytes, set_special, drop, insert, swap, repeat, cross)


def mutate(rng: Random, data: bytes, other: bytes) -> bytes:
    """`data` with one or two faults, certainly different from what it was."""
    spoilt = data
    while spoilt == data:
        for mutation in rng.choices(MUTATIONS, k=rng.choice((1, 1, 2))):
            spoilt = mutation(rng, spoilt or data, other)
    return spoilt


def pieces(rng: Random, stream: bytes) -> list[bytes]:
    """The stream as reads of any size."""
    cuts, at = [], 0
    while at < len(stream):
        size = rng.choice((1, 7, 64, 500, 4096))
        cuts.append(stream[at : at + size])
        at += size
    return cuts
