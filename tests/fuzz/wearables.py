"""The decoders of the wearables: notifications of virtual sensors, spoilt, dropped, doubled and out of order."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

import numpy as np

from firmware_protocol.wearables.base import Blocks, Bools, Decoder, Floats, Mark, Rates, Wearable
from rig.model.setup import Role
from rig.timeline import ImuTrack
from tests.firmware_protocol.wearable_lab import STILL_AIR, motion, talk, voice_of
from tests.fuzz.mutate import mutate
from tests.fuzz.target import Report

BATCH = 2000
"""Notifications between two looks at what came out."""
INTEGERS = ("metamotion", "rig-imu", "witmotion")
"""Kinds whose values are integers times a scale: nothing but a number can come of them."""
BROKEN = Mark.ACC_NOT_FINITE | Mark.GYR_NOT_FINITE
WINDOW_EVERY = 4
"""Batches of which one goes through the timeline too, which takes longer than all decoding."""
_STEP_NS = 8_000_000
_FAULTLESS, _STRAY = 0.1, 0.05
_UPSET = 0.1
"""How often a batch begins with a lost link; with a known loss; with a decoder that heard spoilt settings."""

Heard = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Corpus:
    """What goes over a sensor's link in the first minute: what it is told, and what it sends."""

    sensor: Wearable
    told: list[Heard]
    sent: list[Heard]


@dataclass(slots=True)
class _Tally:
    """What was fed so far, and what came of it; `counts` are those of decoders that were left behind."""

    fed: int = 0
    batches: int = 0
    notifications: int = 0
    mutated: int = 0
    samples: int = 0
    seconds: float = 0.0
    counts: Counter[str] = field(default_factory=Counter)
    problems: set[str] = field(default_factory=set)


def target(kind: str) -> Callable[[Random, int], Report]:
    """Make the fuzz target of a kind; `n` is mutated notifications."""
    return partial(_fuzz, kind)


def corpus_of(kind: str) -> Corpus:
    """Everything that a virtual sensor hears and says."""
    link = talk(kind, voice_of(kind, motion))
    told = [(p.endpoint, p.data) for p in link.packets if p.direction == "tx"]
    heard = [p for p in link.packets if p.direction == "rx"] + link.stream(60.0, STILL_AIR)
    return Corpus(link.sensor, told, [(p.endpoint, p.data) for p in heard])


def _fuzz(kind: str, rng: Random, n: int) -> Report:
    corpus, tally = corpus_of(kind), _Tally()
    decoder = corpus.sensor.decoder()
    while tally.mutated < n:
        decoder = _upset(rng, corpus, decoder, tally)
        at, size = tally.notifications, min(BATCH, n - tally.mutated)
        batch, mutated = _batch(rng, corpus.sent, at, size)
        tally.seconds += _feed(decoder, batch, at * _STEP_NS)
        blocks = decoder.take()
        tally.problems |= of_blocks(kind, blocks)
        if tally.batches % WINDOW_EVERY == 0:
            tally.problems |= _of_window(decoder, blocks, (at + size) * _STEP_NS)
        tally.batches += 1
        tally.notifications += size
        tally.mutated += mutated
        tally.fed += sum(len(data) for _, data in batch)
        tally.samples += len(blocks.acc)
    return _report(tally, tally.counts + Counter(decoder.counts))


def _report(tally: _Tally, counts: Counter[str]) -> Report:
    problems = tally.problems | (set() if tally.samples else {"nothing came through"})
    figures = {
        "notifications": tally.notifications,
        "mutated": tally.mutated,
        "samples": tally.samples,
        "a second of processor time": round(tally.notifications / max(tally.seconds, 1e-9)),
    }
    refused = sum(n for name, n in counts.items() if name.startswith("refused_"))
    fates = {name: n for name, n in counts.items() if not name.startswith("refused_")}
    fates |= {"refused": refused} if refused else {}
    return Report(tally.fed, figures | dict(sorted(fates.items())), tuple(sorted(problems)))


def _upset(rng: Random, corpus: Corpus, decoder: Decoder, tally: _Tally) -> Decoder:
    """Do to a decoder what happens between notifications, now and then."""
    chance = rng.random()
    if chance < _UPSET:
        decoder.interrupt()
    elif chance < 2 * _UPSET:
        decoder.missed()
    elif chance < 3 * _UPSET:
        tally.counts += Counter(decoder.counts)
        decoder = corpus.sensor.decoder()
        for uuid, data in corpus.told:
            decoder.wrote(uuid, data if rng.random() < 0.5 else mutate(rng, data, data))
    return decoder


def _batch(rng: Random, sent: list[Heard], at: int, size: int) -> tuple[list[Heard], int]:
    """Give the next notifications, each with one or two faults, and how many of them have; one in ten has none."""
    batch, mutated = [], 0
    for k in range(at, at + size):
        uuid, data = sent[k % len(sent) if rng.random() >= _STRAY else rng.randrange(len(sent))]
        if data and rng.random() >= _FAULTLESS:
            data = mutate(rng, data, sent[(k - 1) % len(sent)][1] or data)
            mutated += 1
        batch.append((uuid, data))
    return batch, mutated


def _feed(decoder: Decoder, batch: list[Heard], t_ns: int) -> float:
    began = time.process_time()
    for k, (uuid, data) in enumerate(batch):
        decoder.feed(uuid, data, t_ns + k * _STEP_NS)
        decoder.replies()
    return time.process_time() - began


def of_blocks(kind: str, blocks: Blocks) -> set[str]:
    """What is wrong with blocks that a decoder gave."""
    streams: list[Blocks | Rates] = [blocks] if blocks.rates is None else [blocks, blocks.rates]
    found = {problem for stream in streams for problem in _of_stream(stream)}
    if any(not _marked(stream) for stream in streams):
        found.add("what is no number has no mark")
    if kind in INTEGERS and any(np.any(stream.marks & BROKEN) for stream in streams):
        found.add("integers became what is no number")
    return found


def _of_window(decoder: Decoder, blocks: Blocks, until_ns: int) -> set[str]:
    """What is wrong with the window that results would be made of."""
    track = ImuTrack(
        "imu", Role.CHEST, blocks, (), decoder.nominal_rate_hz, decoder.resolution_ns, until_ns, decoder.counted
    )
    window = track.window(0, until_ns, until_ns)
    vectors = [window.acc, *([] if window.gyr is None else [window.gyr])]
    found = set()
    if not all(np.isfinite(v).all() for v in vectors):
        found.add("a window holds what is no number")
    if np.any(np.diff(window.t_ns) <= 0):
        found.add("a window's times do not increase")
    return found


def _of_stream(stream: Blocks | Rates) -> set[str]:
    if not len(stream.device_ns) == len(stream.epoch) == len(stream.count):
        return {"columns of several lengths"}
    found = set()
    same = np.diff(stream.epoch) == 0
    if np.any(np.diff(stream.device_ns)[same] <= 0):
        found.add("device times do not increase")
    if np.any(stream.count <= 0) or int(stream.count.sum()) != len(stream.marks):
        found.add("counts do not fit the samples")
    return found


def _marked(stream: Blocks | Rates) -> bool:
    """Whether exactly those samples that are no numbers say so."""
    acc = stream.acc if isinstance(stream, Blocks) else None
    vectors = ((acc, Mark.ACC_NOT_FINITE | Mark.NO_ACC), (stream.gyr, Mark.GYR_NOT_FINITE))
    return all(v is None or np.array_equal((stream.marks & mark) > 0, _broken(v)) for v, mark in vectors)


def _broken(vectors: Floats) -> Bools:
    return np.asarray(~np.isfinite(vectors).all(axis=1))
