"""The decoders of the wearables: notifications of virtual sensors, spoilt, dropped, doubled and out of order."""

import time
from collections.abc import Callable
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
_STEP_NS = 8_000_000
_FAULTLESS = 0.1

Heard = tuple[str, bytes]


def target(kind: str) -> Callable[[Random, int], Report]:
    """Make the fuzz target of a kind; `n` is notifications."""
    return partial(_fuzz, kind)


def _corpus(kind: str) -> tuple[Wearable, list[Heard]]:
    """Everything a sensor sends in the first minute."""
    link = talk(kind, voice_of(kind, motion))
    heard = [p for p in link.packets if p.direction == "rx"] + link.stream(60.0, STILL_AIR)
    return link.sensor, [(p.endpoint, p.data) for p in heard]


def _fuzz(kind: str, rng: Random, n: int) -> Report:
    sensor, corpus = _corpus(kind)
    decoder = sensor.decoder()
    fed = notifications = samples = at = 0
    problems: set[str] = set()
    seconds = 0.0
    while notifications < n:
        batch = [_spoilt(rng, corpus, (at + k) % len(corpus)) for k in range(min(BATCH, n - notifications))]
        seconds += _feed(decoder, batch, at * _STEP_NS)
        blocks = decoder.take()
        problems |= _problems(kind, decoder, blocks, (at + len(batch)) * _STEP_NS)
        at += len(batch)
        notifications += len(batch)
        fed += sum(len(data) for _, data in batch)
        samples += len(blocks.acc)
    problems |= {"nothing came through"} if not samples else set()
    figures = {
        "notifications": notifications,
        "samples": samples,
        "a second": round(notifications / max(seconds, 1e-9)),
    }
    return Report(max(fed, n), figures | dict(sorted(decoder.counts.items())), tuple(sorted(problems)))


def _spoilt(rng: Random, corpus: list[Heard], at: int) -> Heard:
    """A notification with one or two faults, one in ten as it was; or its neighbour in its place."""
    uuid, data = corpus[at if rng.random() < 0.95 else rng.randrange(len(corpus))]
    if not data or rng.random() < _FAULTLESS:
        return uuid, data
    return uuid, mutate(rng, data, corpus[at - 1][1] or data)


def _feed(decoder: Decoder, batch: list[Heard], t_ns: int) -> float:
    began = time.perf_counter()
    for k, (uuid, data) in enumerate(batch):
        decoder.feed(uuid, data, t_ns + k * _STEP_NS)
        decoder.replies()
    return time.perf_counter() - began


def _problems(kind: str, decoder: Decoder, blocks: Blocks, until_ns: int) -> set[str]:
    streams: list[Blocks | Rates] = [blocks] if blocks.rates is None else [blocks, blocks.rates]
    found = {problem for stream in streams for problem in _of_stream(stream)}
    if any(not _marked(stream) for stream in streams):
        found.add("what is no number has no mark")
    if kind in INTEGERS and any(np.any(stream.marks & BROKEN) for stream in streams):
        found.add("integers became what is no number")
    track = ImuTrack(
        "imu", Role.CHEST, blocks, (), decoder.nominal_rate_hz, decoder.resolution_ns, until_ns, decoder.counted
    )
    window = track.window(0, until_ns, until_ns)
    vectors = [window.acc, *([] if window.gyr is None else [window.gyr])]
    if not all(np.isfinite(v).all() for v in vectors):
        found.add("a window holds what is no number")
    if np.any(np.diff(window.t_ns) <= 0):
        found.add("a window's times do not increase")
    return found


def _of_stream(stream: Blocks | Rates) -> set[str]:
    found = set()
    if not len(stream.device_ns) == len(stream.epoch) == len(stream.count):
        found.add("columns of several lengths")
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
