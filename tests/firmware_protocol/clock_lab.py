"""Simulated clocks and links with truth: four-stamp exchanges over a serial line, notifications over a radio.

The serial cases A to H are those of the project's clock findings: a resonator that drifts and wanders, delays that
only ever add, out and back differently.
"""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from scipy.optimize import linprog

from firmware_protocol.clock_sync import Exchange

Floats = NDArray[np.float64]
OUT_S, BACK_S, TURN_S = 90 / 115_200, 270 / 115_200, 60e-6


def _up_to(rng: Generator, n: int, low_ms: float, high_ms: float) -> Floats:
    return rng.uniform(low_ms, high_ms, n) * 1e-3


def _tail(rng: Generator, n: int, mean_ms: float) -> Floats:
    return rng.exponential(mean_ms, n) * 1e-3


def _busy(rng: Generator, n: int) -> Floats:
    return np.where(rng.random(n) < 0.08, _up_to(rng, n, 5, 60), 0.0)


def delays(case: str, rng: Generator, n: int) -> tuple[Floats, Floats]:
    """Extra delays out and back, seconds."""
    out, back = _up_to(rng, n, 0, 1) + _tail(rng, n, 0.05), _tail(rng, n, 0.1)
    match case:
        case "A":
            return out, back + _up_to(rng, n, 0, 1)
        case "B":
            return out, back + _up_to(rng, n, 0, 1) + _up_to(rng, n, 0, 1)
        case "D":
            return _up_to(rng, n, 1, 16), _up_to(rng, n, 1, 16)
        case "E":
            return 0.2e-3 + _up_to(rng, n, 0, 1), 2.2e-3 + _up_to(rng, n, 0, 16)
        case "F":
            out = _up_to(rng, n, 0, 1) + _tail(rng, n, 0.2) + _busy(rng, n)
            return out, _up_to(rng, n, 0, 16) + _tail(rng, n, 1) + _busy(rng, n)
    return out, back + _up_to(rng, n, 0, 16)


@dataclass(frozen=True, eq=False)
class Mcu:
    """A microcontroller's clock: readings in seconds against host seconds, both from zero."""

    host: Floats
    reading: Floats

    @classmethod
    def wandering(cls, case: str, rng: Generator, length_s: float = 610.0) -> "Mcu":
        base, wave, warm = (2000.0, 10.0, 30.0) if case == "G" else (50.0, 2.0, 3.0)
        t = np.arange(0, length_s, 0.1)
        walk = np.cumsum(rng.normal(0, 0.02 * np.sqrt(0.1), len(t)))
        ppm = base + wave * np.sin(2 * np.pi * t / 420 + rng.uniform(0, 2 * np.pi)) + warm * np.exp(-t / 150) + walk
        rate = 1 + 1e-6 * ppm
        return cls(t, np.concatenate([[0.0], np.cumsum((rate[1:] + rate[:-1]) / 2 * 0.1)]))

    def at(self, host_s: Floats) -> Floats:
        return np.interp(host_s, self.host, self.reading)


@dataclass(frozen=True, eq=False)
class SerialRun:
    """Ten minutes of pings; ticks are microseconds."""

    mcu: Mcu
    exchanges: list[Exchange]
    t4_s: Floats

    @classmethod
    def of(cls, case: str, seed: int) -> "SerialRun":
        rng = np.random.default_rng([seed, ord(case)])
        mcu = Mcu.wandering(case, rng)
        period = 0.25 if case == "H" else 1.0
        t1 = np.arange(period, 600, period)
        t1 = t1 + rng.uniform(-0.05, 0.05, len(t1)) * period
        out, back = delays(case, rng, len(t1))
        t2 = t1 + OUT_S + out
        t4 = t2 + TURN_S + BACK_S + back
        ticks = [np.floor(mcu.at(t) * 1e6).astype(int) for t in (t2, t2 + TURN_S)]
        stamps = zip((t1 * 1e9).astype(int), *ticks, (t4 * 1e9).astype(int), strict=True)
        return cls(mcu, [Exchange(*map(int, stamp)) for stamp in stamps], t4)

    def ticks_at(self, host_s: float) -> float:
        return float(self.mcu.at(np.array(host_s))) * 1e6

    def between(self, start_s: float, end_s: float) -> list[Exchange]:
        first, last = np.searchsorted(self.t4_s, [start_s, end_s])
        return self.exchanges[first:last]


OUT_NS, BACK_NS = round(OUT_S * 1e9), round(BACK_S * 1e9)


@dataclass(frozen=True, slots=True)
class Envelope:
    """The two lines of the findings' linear program: host seconds since `host0` over device seconds since `tick0`."""

    tick0: int
    host0_ns: int
    slope: float
    low: float
    high: float

    def host_s(self, ticks: float) -> float:
        """Host time midway between them."""
        return self.host0_ns * 1e-9 + self.slope * (ticks - self.tick0) * 1e-6 + (self.low + self.high) / 2


def linear_program(exchanges: list[Exchange]) -> Envelope:
    """The estimator that the published figures are of, by a general solver; ticks are microseconds."""
    tick0, host0 = exchanges[0].rx_ticks, exchanges[0].t1_ns
    sent_x = np.array([e.rx_ticks - tick0 for e in exchanges]) * 1e-6
    read_x = np.array([e.tx_ticks - tick0 for e in exchanges]) * 1e-6
    sent = np.array([e.t1_ns + OUT_NS - host0 for e in exchanges]) * 1e-9
    read = np.array([e.t4_ns - BACK_NS - host0 for e in exchanges]) * 1e-9
    n, one, zero = len(exchanges), np.ones(len(exchanges)), np.zeros(len(exchanges))
    solved = linprog(
        [sent_x.sum() - read_x.sum(), n, -n],
        A_ub=np.vstack([np.column_stack([-sent_x, -one, zero]), np.column_stack([read_x, zero, one])]),
        b_ub=np.concatenate([-sent, read]),
        bounds=[(0.99, 1.01), (None, None), (None, None)],
    )
    assert solved.x is not None
    return Envelope(tick0, host0, *map(float, solved.x))


@dataclass(frozen=True, eq=False)
class RadioRun:
    """Blocks of samples over a BLE link; times in seconds.

    Attributes
    ----------
    true_s
        (m,) host time of each block's last sample.
    device_s
        (m,) the same on the device's clock.
    arrival_s
        (m,) host time of arrival.
    """

    true_s: Floats
    device_s: Floats
    arrival_s: Floats

    @classmethod
    def of(
        cls,
        seed: int,
        length_s: float,
        *,
        rate_hz: float = 104.0,
        block: int = 8,
        interval_s: float = 0.030,
        missed: float = 0.05,
        stall: tuple[float, float] = (0.0, 0.0),
        ppm: float = 40.0,
    ) -> "RadioRun":
        rng = np.random.default_rng(seed)
        # No radio keeps time with a sensor: without some difference the arrivals would fall on few phases only.
        ready = np.arange(int(length_s * rate_hz / block)) * block / rate_hz * (1 + rng.uniform(-2e-4, 2e-4))
        events = rng.uniform(0, interval_s) + np.arange(0, length_s + 5, interval_s)
        events = events[(rng.random(len(events)) >= missed) & ~((events >= stall[0]) & (events < stall[1]))]
        sent = events[np.searchsorted(events, ready)]
        arrival = np.maximum.accumulate(sent + 4e-4 * _place_in_event(sent))
        return cls(ready, 17.0 + ready * (1 + ppm * 1e-6), arrival)


def _place_in_event(sent: Floats) -> Floats:
    """How many packets of the same connection event came before each."""
    first = np.searchsorted(sent, sent)
    return (np.arange(len(sent)) - first).astype(np.float64)
