"""The other end of the soak, in a process of its own: sensors, and what goes wrong with them."""

import time
from dataclasses import dataclass
from multiprocessing.connection import Connection

from numpy.random import Generator

from rig.virtual.ble_air import Air, air
from rig.virtual.ble_movesense import MovesenseVoice
from rig.virtual.ble_voice import Sampler, counting
from rig.virtual.clocks import Oscillator
from rig.virtual.radio import Radio
from rig.virtual.randomness import stream
from tests.ble.rooms import address

RATE_HZ = 104.0
RADIO = Radio(interval_s=0.030, missed=0.05)
STALLS, HANG_UPS, WALKS, SWALLOWS = 3, 1, 1, 2
AWAY_S = 6.0


@dataclass(frozen=True, slots=True)
class Truth:
    """What happened on the air.

    Attributes
    ----------
    clocks
        Of the sensors, session seconds being host seconds.
    delivered
        By sensor: every value that its link delivered, in order.
    back_s
        By sensor: host seconds at which it could be connected to again.
    """

    clocks: tuple[Oscillator, ...]
    delivered: tuple[tuple[bytes, ...], ...]
    back_s: tuple[tuple[float, ...], ...]


@dataclass(frozen=True, slots=True)
class Event:
    """A fault of one sensor, seconds after the start."""

    at_s: float
    number: int
    kind: str
    size: float = 0.0


def plan(sensors: int, seconds: float, rng: Generator) -> list[Event]:
    """Faults of every sensor, each in a part of the time of its own, so that none hides another."""
    kinds = ["stall"] * STALLS + ["hang_up"] * HANG_UPS + ["walk"] * WALKS + ["swallow"] * SWALLOWS
    part = (seconds - 8.0) / len(kinds)
    assert part > AWAY_S + 8.0, "too short for all faults"
    events = []
    for number in range(1, sensors + 1):
        for place, kind in enumerate(rng.permutation(kinds)):
            at_s = 4.0 + part * (place + rng.uniform(0.05, 0.3))
            events.append(Event(at_s, number, str(kind), float(rng.uniform(0.5, 3.0))))
    events += [Event(e.at_s + AWAY_S, e.number, "back") for e in events if e.kind == "walk"]
    return sorted(events, key=lambda event: event.at_s)


def serve(pipe: Connection, sensors: int, seconds: float, seed: int) -> None:
    """Say where the bus is, wait for the word, let things go wrong, tell the truth when asked."""
    rng = stream(seed, "soak")
    begun = time.perf_counter()
    clocks = tuple(
        Oscillator(begun - float(rng.uniform(60, 4000)), float(rng.uniform(-60, 60))) for _ in range(sensors)
    )
    voices = {
        address(number): MovesenseVoice(f"{number:012d}", Sampler(clock, RATE_HZ, 8, counting))
        for number, clock in enumerate(clocks, 1)
    }
    with air(voices, RADIO, seed) as made:
        pipe.send(made.bus_address)
        pipe.recv()
        back_s = _happen(made, plan(sensors, seconds, rng))
        pipe.recv()
        pipe.send(_truth(made, clocks, back_s))
        pipe.recv()


def _happen(made: Air, events: list[Event]) -> dict[int, list[float]]:
    begun = time.perf_counter()
    back_s: dict[int, list[float]] = {}
    for event in events:
        time.sleep(max(0.0, begun + event.at_s - time.perf_counter()))
        _do(made, event)
        if event.kind in ("hang_up", "back"):
            back_s.setdefault(event.number, []).append(time.perf_counter())
    return back_s


def _do(made: Air, event: Event) -> None:
    where = address(event.number)
    match event.kind:
        case "stall":
            made.stall(where, event.size)
        case "hang_up":
            made.hang_up(where)
        case "walk" | "back":
            made.set_range(where, within=event.kind == "back")
        case "swallow":
            made.swallow(where, 1 + event.number % 3)


def _truth(made: Air, clocks: tuple[Oscillator, ...], back_s: dict[int, list[float]]) -> Truth:
    delivered = tuple(
        tuple(value for mac, _, value in made.bluez.delivered if mac == address(number))
        for number in range(1, len(clocks) + 1)
    )
    return Truth(clocks, delivered, tuple(tuple(back_s.get(n, ())) for n in range(1, len(clocks) + 1)))
