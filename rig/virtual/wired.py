"""A lab one can plug into: gates on a real pty, sensors on an air of their own, and a participant; in real time."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from msgspec.structs import replace

from rig.model.clock import SystemClock
from rig.model.marks import Test
from rig.model.setup import Device, Role, Setup
from rig.virtual.actor import Actor
from rig.virtual.ble_air import Air, air
from rig.virtual.ble_movesense import MovesenseVoice
from rig.virtual.ble_voice import Sampler
from rig.virtual.clocks import Oscillator
from rig.virtual.participant import Participant
from rig.virtual.pty_gate_timer import PtyGateTimer
from rig.virtual.radio import Radio
from rig.virtual.randomness import stream

BEAT_S = 0.01
CUE_DELAY_S = 0.2
"""The timer's beep comes so long after it was asked for."""
RATE_HZ = 104.0


class WiredLab:
    """What is in the room.

    Attributes
    ----------
    setup
        The lab as `rig.toml` has to declare it: with the port and the addresses of this room.
    actor
        The participant.
    air
        The sensors, to be stalled, hung up and carried away.
    timer
        The gates, to be pulled and plugged in again.
    """

    def __init__(self, setup: Setup, actor: Actor, room: Air, timer: PtyGateTimer) -> None:
        self.setup = setup
        self.actor = actor
        self.air = room
        self.timer = timer
        self._clock = SystemClock()
        self._guard = threading.Lock()
        self._test: Test | None = None

    def prepare(self, test: Test) -> None:
        """A test comes next."""
        with self._guard:
            self.actor.prepare(test, self._now_s())

    def start(self, test: Test) -> None:
        """A trial begins: get ready."""
        with self._guard:
            self._test = test
            self.actor.start(test, self._now_s())

    def go(self, *, beeped: bool = False) -> None:
        """The cue is given, or the stance begins."""
        with self._guard:
            if self._test is not None:
                self.actor.go(self._test, self._now_s() + (CUE_DELAY_S if beeped else 0.0))

    def beat(self) -> None:
        """Cut and free the beams as the participant moves."""
        with self._guard:
            now_s = self._now_s()
            self.actor.keep_up(now_s)
            edges = self.actor.edges(now_s + 2 * BEAT_S)
        for edge in edges:
            self.timer.beam(edge.gate, edge.beam, edge.level, round(edge.at_s * 1e9))

    def _now_s(self) -> float:
        return self._clock.monotonic_ns() / 1e9


@contextmanager
def wired_lab(
    setup: Setup, person: Participant, port: Path, *, family: str = "pendulum", seed: int = 1
) -> Iterator[WiredLab]:
    """Open the room.

    Parameters
    ----------
    setup
        The gates and Movesense sensors that are in it; ports and addresses are put in.
    person, family, seed
        Who is assessed.
    port
        Where the serial port of the gates shall be.

    Raises
    ------
    RuntimeError
        `dbus-daemon` is not installed.
    """
    clock = SystemClock()
    actor = Actor(person, setup.course, family, seed, clock.monotonic_ns() / 1e9)
    here = replace(setup, devices=tuple(_placed(n, d, port) for n, d in enumerate(setup.devices, 1)))
    with air(_voices(here, actor, seed), Radio(), seed) as room, PtyGateTimer(setup.course.gates, port, clock) as timer:
        lab = WiredLab(here, actor, room, timer)
        over = threading.Event()
        thread = threading.Thread(target=_beats, args=(lab, over), name="virtual participant", daemon=True)
        thread.start()
        try:
            yield lab
        finally:
            over.set()
            thread.join()


def _beats(lab: WiredLab, over: threading.Event) -> None:
    while not over.wait(BEAT_S):
        lab.beat()


def _placed(number: int, device: Device, port: Path) -> Device:
    if device.role is None:
        return replace(device, port=str(port))
    return replace(device, address=f"C0:00:00:00:00:{number:02X}")


def _voices(setup: Setup, actor: Actor, seed: int) -> Mapping[str, MovesenseVoice]:
    worn = [device for device in setup.devices if device.role is not None]
    return {str(device.address): _voice(number, device, actor, seed) for number, device in enumerate(worn, 1)}


def _voice(number: int, device: Device, actor: Actor, seed: int) -> MovesenseVoice:
    rng = stream(seed, device.id)
    started_s = SystemClock().monotonic_ns() / 1e9 - float(rng.uniform(60, 4000))
    clock = Oscillator(started_s, float(rng.uniform(-60, 60)))
    return MovesenseVoice(f"{number:012d}", Sampler(clock, RATE_HZ, 8, actor.felt(device.role or Role.LOWER_BACK)))
