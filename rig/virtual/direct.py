"""A lab without wires: virtual gates and sensors whose packets come at once, by whatever clock is given.

For time that is not real: a room of the air and a pty run by the wall clock, this one by any clock that goes on.
"""

import heapq
from collections.abc import Callable
from functools import partial
from operator import itemgetter

import numpy as np

from rig.model.clock import Clock
from rig.model.marks import Test
from rig.model.records import Direction, LinkEvent, Packet
from rig.model.setup import Device, Role, Setup
from rig.virtual.actor import Actor
from rig.virtual.ble_movesense import MovesenseVoice
from rig.virtual.ble_voice import Sampler
from rig.virtual.clocks import Oscillator
from rig.virtual.frames import frame
from rig.virtual.gate_brain import GateBrain
from rig.virtual.movesense import NOTIFY, SUBSCRIBE, WRITE
from rig.virtual.participant import Participant
from rig.virtual.randomness import stream

Sink = Callable[[Packet], None]
PING_NS = 500_000_000
LINE_NS = 1_500_000
"""A serial line and its driver, one way, and as much again at random."""
BYTE_NS = 86_800
RADIO_NS = 30_000_000
"""A connection interval."""
RATE_HZ = 104
CUE_DELAY_MS = 200
"""The timer's beep comes so long after it was asked for."""


class DirectLab:
    """Devices and a participant.

    Parameters
    ----------
    setup
        Gate timers and Movesense sensors that are there.
    person, family, seed
        Who is assessed.
    sink, clock
        Take and stamp the packets; `advance` is to be called as the clock goes on.
    """

    def __init__(
        self, setup: Setup, person: Participant, sink: Sink, clock: Clock, *, family: str = "pendulum", seed: int = 1
    ) -> None:
        self.setup = setup
        self.actor = Actor(person, setup.course, family, seed, clock.monotonic_ns() / 1e9)
        self._clock = clock
        self._sink = sink
        self._test: Test | None = None
        self._under_way: list[tuple[int, int, Packet]] = []
        self._count = 0
        self._sensors: dict[str, _Sensor] = {}
        self._timer: _Timer | None = None
        now_ns = clock.monotonic_ns()
        for device in setup.devices:
            if device.kind == "gate-timer":
                self._timer = _Timer(device, setup, now_ns, stream(seed, device.id))
            else:
                self._sensors[device.id] = _Sensor(device, self.actor, now_ns, seed)
        self.lost: set[str] = set()

    def connect(self) -> None:
        """Switch everything on and begin to stream."""
        now_ns = self._clock.monotonic_ns()
        for device in self.setup.devices:
            self._sink(Packet(device.id, "serial" if device.role is None else "", Direction.LINK, now_ns, b"connected"))
        for sensor in self._sensors.values():
            self._post(sensor.begin(now_ns))
        if self._timer is not None:
            self._post(self._timer.begin(now_ns))

    def lose(self, source: str) -> None:
        """A device falls silent: its link is lost for good."""
        self.lost.add(source)
        self._sink(Packet(source, "", Direction.LINK, self._clock.monotonic_ns(), LinkEvent.LOST.value.encode()))

    def prepare(self, test: Test) -> None:
        """The participant is told what comes next."""
        self.actor.prepare(test, self._now_s())

    def start(self, test: Test) -> None:
        """The participant gets ready."""
        self._test = test
        self.actor.start(test, self._now_s())

    def go(self, *, beeped: bool = False) -> None:
        """The cue is given, or the stance begins."""
        if self._test is not None:
            self.actor.go(self._test, self._now_s() + (CUE_DELAY_MS / 1000 if beeped else 0.0))

    def give_cue(self, token: int) -> bool:
        """Let the timer beep in a moment; whether there is a timer."""
        if self._timer is None or self._timer.source in self.lost:
            return False
        now_ns = self._clock.monotonic_ns()
        request = frame("CUE_REQUEST", token, 3, CUE_DELAY_MS)
        self._post([(now_ns, Packet(self._timer.source, "serial", Direction.TX, now_ns, request))])
        self._timer.ask(request, now_ns)
        return True

    def advance(self) -> None:
        """Everything up to now."""
        now_ns = self._clock.monotonic_ns()
        self.actor.keep_up(now_ns / 1e9)
        for sensor in self._sensors.values():
            self._post(sensor.until(now_ns))
        if self._timer is not None:
            edges = self.actor.edges(now_ns / 1e9)
            self._post(self._timer.until(now_ns, [(round(e.at_s * 1e9), e.gate, e.beam, e.level) for e in edges]))
        while self._under_way and self._under_way[0][0] <= now_ns:
            packet = heapq.heappop(self._under_way)[2]
            if packet.source not in self.lost:
                self._sink(packet)

    def _now_s(self) -> float:
        return self._clock.monotonic_ns() / 1e9

    def _post(self, packets: "list[tuple[int, Packet]]") -> None:
        for t_ns, packet in packets:
            self._count += 1
            heapq.heappush(self._under_way, (t_ns, self._count, packet))


class _Sensor:
    """One Movesense."""

    def __init__(self, device: Device, actor: Actor, now_ns: int, seed: int) -> None:
        self.source = device.id
        rng = stream(seed, device.id)
        clock = Oscillator(now_ns / 1e9 - float(rng.uniform(60, 4000)), float(rng.uniform(-60, 60)))
        source = actor.felt(device.role or Role.LOWER_BACK)
        self._voice = MovesenseVoice("0123", Sampler(clock, float(RATE_HZ), 8, source))
        self._rng = rng

    def begin(self, now_ns: int) -> list[tuple[int, Packet]]:
        """Subscribe."""
        command = bytes([SUBSCRIBE, 99]) + f"/Meas/IMU6/{RATE_HZ}".encode()
        said = self._voice.hear(WRITE, command, now_ns / 1e9)
        sent = (now_ns, Packet(self.source, WRITE, Direction.TX, now_ns, command))
        return [sent, *((now_ns + RADIO_NS, self._packet(each.value, now_ns + RADIO_NS)) for each in said)]

    def until(self, now_ns: int) -> list[tuple[int, Packet]]:
        """What was complete by now, a connection interval or so later."""
        found = []
        while (due_s := self._voice.due_s()) is not None and due_s * 1e9 <= now_ns:
            at_ns = round(due_s * 1e9) + int(self._rng.uniform(0, RADIO_NS)) + 2_000_000
            found += [(at_ns, self._packet(each.value, at_ns)) for each in self._voice.speak()]
        return found

    def _packet(self, value: bytes, t_ns: int) -> Packet:
        return Packet(self.source, NOTIFY, Direction.RX, t_ns, value)


class _Timer:
    """The gate timer and its line."""

    def __init__(self, device: Device, setup: Setup, now_ns: int, rng: np.random.Generator) -> None:
        self.source = device.id
        self._brain = GateBrain(setup.course.gates, 1, now_ns - 3_000_000_000, float(rng.uniform(-50, 50)))
        self._rng = rng
        self._ping_ns = now_ns
        self._token = 0
        self._last_ns = 0
        self._requests: list[tuple[int, bytes]] = []

    def begin(self, now_ns: int) -> list[tuple[int, Packet]]:
        """Say who it is."""
        return [self._heard(now_ns, self._brain.info(now_ns))]

    def ask(self, request: bytes, now_ns: int) -> None:
        """Put a request on the line."""
        self._requests.append((now_ns + LINE_NS + int(self._rng.uniform(0, LINE_NS)), request))

    def until(self, now_ns: int, edges: "list[tuple[int, int, int, int]]") -> list[tuple[int, Packet]]:
        """What it says up to now, in the order of its doing."""
        found = []
        while self._ping_ns <= now_ns:
            ping = frame("PING", self._token)
            found.append((self._ping_ns, Packet(self.source, "serial", Direction.TX, self._ping_ns, ping)))
            self.ask(ping, self._ping_ns)
            self._token += 1
            self._ping_ns += PING_NS
        doings = [(edge[0], partial(self._brain.beam, *edge)) for edge in edges]
        doings += [(t_ns, partial(self._brain.heard, asked, t_ns)) for t_ns, asked in self._requests if t_ns <= now_ns]
        self._requests = [request for request in self._requests if request[0] > now_ns]
        for t_ns, doing in sorted(doings, key=itemgetter(0)):
            found.append(self._heard(t_ns, self._brain.due(t_ns) + doing()))
        found.append(self._heard(now_ns, self._brain.due(now_ns)))
        return [each for each in found if each[1].data]

    def _heard(self, t_ns: int, data: bytes) -> tuple[int, Packet]:
        late_ns = t_ns + LINE_NS + int(self._rng.uniform(0, LINE_NS)) + len(data) * BYTE_NS
        self._last_ns = at_ns = max(late_ns, self._last_ns + len(data) * BYTE_NS)
        return at_ns, Packet(self.source, "serial", Direction.RX, at_ns, data)
