"""Whatever comes over the lines, a window is given, and nothing in it is out of order or not a number."""

import random

import numpy as np
import pytest

from firmware_protocol.gate_timer import Cue, Edge, Heartbeat, Info, Message, Ping, Pong, encode
from firmware_protocol.wearables.movesense import NOTIFY_UUID
from rig.model.records import Direction, LinkEvent, Packet
from rig.model.setup import Role
from rig.timeline import decode_session
from tests.timeline.lab import SETUP, Oscillator, S, Worn, link, rx

T0 = 9_000 * S
WIDTHS = (0, 1, 255, 65535, 2**32 - 1, 2**64 - 1)


def some(rng: random.Random, bits: int) -> int:
    """A number of so many bits, often at the edge of its range."""
    number: int = rng.choice((*WIDTHS, rng.getrandbits(bits), rng.getrandbits(bits)))
    return min(number, (1 << bits) - 1)


def message(rng: random.Random, ticks: int) -> Message:
    """A valid message; its ticks are near the true ones, or anything."""
    ticks = rng.choice((ticks, ticks, ticks, some(rng, 64)))
    byte, word, long = some(rng, 8), some(rng, 16), some(rng, 32)
    kinds: list[Message] = [
        Info(1, 0, 1, 0, long, rng.choice((7, 7, long)), byte, byte, rng.choice((500, word)), ticks, (word,) * 8),
        Edge(rng.choice((0, 1, byte)), rng.choice((0, 1, byte)), rng.choice((0, 1, byte)), word, word, ticks),
        Pong(rng.randrange(20), ticks, rng.choice((ticks + 100, ticks)) % 2**64),
        Heartbeat(ticks, byte, word, word, word),
        Cue(word, byte, ticks),
        Ping(rng.randrange(20)),
    ]
    return rng.choice(kinds)


def gate_packet(rng: random.Random, t_ns: int) -> Packet:
    data = encode(message(rng, (t_ns - T0) // 500))
    direction = Direction.TX if data[2] >= 0x80 or data[3] >= 0x80 else rng.choice((Direction.RX, Direction.TX))
    return Packet("gates", "serial", direction, t_ns, mutated(rng, data))


def mutated(rng: random.Random, data: bytes) -> bytes:
    broken = bytearray(data)
    if rng.random() < 0.1 and broken:
        broken[rng.randrange(len(broken))] = rng.randrange(256)
    return bytes(broken[: rng.randrange(len(broken) + 1)]) if rng.random() < 0.1 else bytes(broken)


def noisy_session(seed: int) -> list[Packet]:
    rng = random.Random(seed)
    packets = [gate_packet(rng, T0 + rng.randrange(60 * S)) for _ in range(150)]
    packets += [
        rx("back", packet.t_ns + rng.randrange(S // 50), mutated(rng, packet.data), NOTIFY_UUID)
        for packet in Worn(Oscillator(T0 - 5 * S)).packets(range(65, 65 + 30 * 13))
        if rng.random() < 0.9
    ]
    for _ in range(rng.randrange(5)):
        source = rng.choice(("gates", "back"))
        packets.append(link(source, T0 + rng.randrange(60 * S), rng.choice(list(LinkEvent))))
    rng.shuffle(packets)
    return packets


@pytest.mark.parametrize("seed", range(60))
def test_windows_of_noisy_sessions_are_sound(seed: int) -> None:
    timeline = decode_session(noisy_session(seed), SETUP)
    assert timeline.gates is not None
    for start in range(0, 60, 15):
        window = (T0 + start * S, T0 + (start + 15) * S, T0 + (start + 17) * S)
        imu, gates = timeline.imus[Role.LOWER_BACK].window(*window), timeline.gates.window(*window)
        assert np.all(np.diff(imu.t_ns) > 0)
        assert np.all((imu.t_ns >= window[0]) & (imu.t_ns < window[1]))
        assert np.all(np.isfinite(imu.acc))
        assert imu.gyr is not None
        assert np.all(np.isfinite(imu.gyr))
        assert imu.lost_samples >= 0
        assert [e.t_ns for e in gates.edges] == sorted(e.t_ns for e in gates.edges)
        assert all(window[0] <= e.t_ns < window[1] for e in gates.edges)
        if gates.clock.kind == "none":
            assert "no_sync" in gates.flags
            assert gates.edges == ()
