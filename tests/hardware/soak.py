"""Ten virtual hours of people at the gates of the simulated timer, twice each: `python -m tests.hardware.soak`."""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.random import Generator

from firmware_protocol.gate_timer import Edge, Heartbeat, Ping, Pong
from tests.hardware.lab import TICK_US, Lab, Run, ask, build_firmware, build_runner, missing_packages, pin

HOUR_US = 3600e6
N_BEAMS = 8
EVERY_US = 2e6
"""Mean time between two people."""
TOGETHER = 0.3
"""Share of people with whom another one enters, and another one leaves, a different beam at nearly the same time."""
GUARD_US = 1e3
"""Shortest time between two passes of one beam."""

PinEdge = tuple[float, int, int]


def crowd(rng: Generator, until_us: float) -> list[PinEdge]:
    """Edges (us, beam, level) of people who pass the gates, some of them microseconds after one another."""
    free_at = np.zeros(N_BEAMS)
    edges: list[PinEdge] = []
    t = 3e5
    while (t := t + rng.exponential(EVERY_US)) < until_us:
        for beam, begin, end in _passes(rng, t):
            if begin > free_at[beam]:
                edges += [(_cycle(begin), beam, 1), (_cycle(end), beam, 0)]
                free_at[beam] = end + GUARD_US
    return sorted(edges)


def _passes(rng: Generator, t: float) -> Iterator[tuple[int, float, float]]:
    """One person's beam with begin and end; and the other person's."""
    first, second = rng.choice(N_BEAMS, 2, replace=False).tolist()
    end = t + rng.uniform(0.2e6, 1.5e6)
    yield first, t, end
    if rng.random() < TOGETHER:
        yield second, t + _shortly(rng), end + _shortly(rng)


def _shortly(rng: Generator) -> float:
    """From a microsecond to ten milliseconds, each order of magnitude as often."""
    return float(10 ** rng.uniform(0, 4))


def _cycle(us: float) -> float:
    return round(us * 16) / 16


@dataclass(frozen=True, slots=True)
class Figures:
    """What a soak came to; times in microseconds.

    Attributes
    ----------
    sent, arrived
        Edges of the script, and those told, each with its beam and level.
    nearest
        Shortest time between two edges of the script.
    offset, sd, largest
        Of stamp minus script: mean, and spread and farthest about the mean.
    gaps
        Edges whose number is not the next.
    overruns
        Edges that the timer counted as lost.
    pings, pongs
        Asked and answered.
    speed
        Virtual seconds in a second.
    is_same
        Whether a second run put out the same bytes at the same times.
    """

    sent: int
    arrived: int
    nearest: float
    offset: float
    sd: float
    largest: float
    gaps: int
    overruns: int
    pings: int
    pongs: int
    speed: float
    is_same: bool

    @property
    def is_good(self) -> bool:
        """Whether this is what the timer promises."""
        all_told = self.arrived == self.sent and self.pongs == self.pings and not self.overruns and not self.gaps
        return all_told and self.sd < 1.0 and self.largest < 10.0 and self.is_same


def soak(lab: Lab, seed: int, hours: float) -> Figures:
    until = hours * HOUR_US
    edges = crowd(np.random.default_rng(seed), until - 3e6)
    pings = [ask(5e5 + 1e6 * k, Ping(k)) for k in range(int(until / 1e6) - 3)]
    script = [*(pin(*edge) for edge in edges), *pings]
    began = time.monotonic()
    run = lab.run(script, until, timeout_s=3600)
    speed = until * 1e-6 / (time.monotonic() - began)
    again = lab.run(script, until, timeout_s=3600)
    is_same = sha256(run.text.encode()).digest() == sha256(again.text.encode()).digest()
    return _figures(run, edges, len(pings), speed, is_same)


def _figures(run: Run, edges: list[PinEdge], pings: int, speed: float, is_same: bool) -> Figures:
    # Edges of one stamp are told in the order of the beams, not of the script: so each beam is compared by itself.
    told = sorted(run.all(Edge), key=_beam)
    right = sorted(edges, key=lambda edge: edge[1])
    pairs = list(zip(told, right, strict=False))
    arrived = sum((_beam(edge), edge.level) == (beam, level) for edge, (_, beam, level) in pairs)
    error = np.array([edge.ticks * TICK_US - t for edge, (t, _, _) in pairs])
    numbers = [edge.sequence for edge in run.all(Edge)]
    last = run.all(Heartbeat)[-1]
    return Figures(
        sent=len(edges),
        arrived=arrived,
        nearest=float(np.diff([t for t, _, _ in edges]).min()),
        offset=float(error.mean()),
        sd=float(error.std()),
        largest=float(np.abs(error - error.mean()).max()),
        gaps=sum(number != k % 65536 for k, number in enumerate(numbers)),
        overruns=last.overruns,
        pings=pings,
        pongs=len(run.all(Pong)),
        speed=speed,
        is_same=is_same,
    )


def _beam(edge: Edge) -> int:
    return 2 * edge.gate + edge.beam


def report(seed: int, hours: float, figures: Figures) -> str:
    return (
        f"script {seed}, {hours:g} virtual hours at {figures.speed:.0f} times real time\n"
        f"  edges sent {figures.sent}, arrived {figures.arrived}, gaps {figures.gaps}, overruns {figures.overruns};"
        f" nearest two {figures.nearest:.2f} us apart\n"
        f"  stamp error: mean {figures.offset:.2f} us (reset to timer start), about it SD {figures.sd:.3f} us,"
        f" largest {figures.largest:.2f} us\n"
        f"  PING {figures.pings}, PONG {figures.pongs}; rerun {'identical' if figures.is_same else 'DIFFERENT'}"
        f" -> {'good' if figures.is_good else 'BAD'}"
    )


def main() -> int:
    """Print the figures of each script; 1 where one is bad."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=10.0)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    asked = parser.parse_args()
    if missing := missing_packages():
        sys.exit(f"the firmware cannot be run: apt-get install {' '.join(missing)}")
    good = True
    with tempfile.TemporaryDirectory() as folder:
        lab = Lab(build_runner(Path(folder)), build_firmware(Path(folder)))
        for seed in asked.seeds:
            figures = soak(lab, seed, asked.hours)
            good &= figures.is_good
            print(report(seed, asked.hours, figures), flush=True)
    return int(not good)


if __name__ == "__main__":
    sys.exit(main())
