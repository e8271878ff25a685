"""Rooms with virtual sensors, and what a test asks of the packets that the rig took from them."""

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_protocol.wearables import wearable
from rig.devices.ble_hub import BleHub
from rig.model.clock import SystemClock
from rig.model.records import Direction, Packet
from rig.model.setup import Device, Role, Setup
from rig.timeline import decode_session
from rig.virtual.ble_air import Air
from rig.virtual.ble_air import air as virtual_air
from rig.virtual.ble_movesense import MovesenseVoice
from rig.virtual.ble_peripheral import Peripheral
from rig.virtual.ble_voice import Sampler, battery, counting
from rig.virtual.clocks import Oscillator
from rig.virtual.radio import Radio
from tests.ble.vm.kernel_air import kernel_air

ROLES = tuple(Role)
ON_KERNEL = os.environ.get("RIG_BLUEZ") == "kernel"
"""Whether this runs in the emulated machine of `tests/ble/vm`."""
PATIENCE = 8.0 if ON_KERNEL else 1.0
"""How many times longer things may take there, where every instruction is emulated."""
LISTEN = 2.0 if ON_KERNEL else 1.0
"""How many times longer a stream is listened to there: its first samples come late."""
LATE = 2.0 if ON_KERNEL else 1.0
"""How many times later something may be noticed there."""
BACK_S = 20.0 if ON_KERNEL else 5.0
"""Within which a lost sensor streams again; the promise of 5 s is judged where nothing is emulated."""
air = kernel_air if ON_KERNEL else virtual_air
small_bluez_only = pytest.mark.skipif(ON_KERNEL, reason="BlueZ neither refuses on demand nor is told strengths")
swift_only = pytest.mark.skipif(ON_KERNEL, reason="emulated, Python at both ends does not speak that fast")
FAST = Radio(interval_s=0.0075, missed=0.0)
USUAL = Radio(interval_s=0.030, missed=0.05)


_series = 0


def next_series() -> None:
    """Give the sensors of the next test addresses of their own: BlueZ remembers names and services by address."""
    global _series
    _series += 1


def address(number: int) -> str:
    return f"C0:00:00:00:{_series:02X}:{number:02X}"


def movesense(number: int, rate_hz: float = 104.0, ppm: float = 20.0) -> MovesenseVoice:
    clock = Oscillator(time.perf_counter() - 100 * number, ppm)
    return MovesenseVoice(f"{number:012d}", Sampler(clock, rate_hz, 8, counting))


def declared(number: int) -> Device:
    return Device(f"sensor-{number}", "movesense", ROLES[number - 1], address=address(number))


@contextmanager
def room(count: int, radio: Radio = USUAL, rate_hz: float = 104.0) -> Iterator[Air]:
    with air({address(n): movesense(n, rate_hz) for n in range(1, count + 1)}, radio) as made:
        yield made


@contextmanager
def hub(devices: Sequence[Device], packets: list[Packet]) -> Iterator[BleHub]:
    """A started hub, that has let go of everything when the context ends."""
    made = BleHub(devices, packets.append, SystemClock())
    for sensor in made.sensors:
        sensor.start()
    try:
        yield made
    finally:
        for sensor in made.sensors:
            sensor.stop()
        for thread in threading.enumerate():
            if thread.name == "bluetooth":
                thread.join(10)


def wait(condition: Callable[[], bool], seconds: float = 15.0) -> float:
    """How long it took until something was so."""
    begun = time.perf_counter()
    while not condition():
        assert time.perf_counter() - begun < seconds * PATIENCE, "it did not happen in time"
        time.sleep(0.02)
    return time.perf_counter() - begun


def connected(made: BleHub) -> Callable[[], bool]:
    return lambda: all(sensor.status().connected for sensor in made.sensors)


def of(packets: Sequence[Packet], source: str, direction: Direction) -> list[Packet]:
    return [packet for packet in packets if packet.source == source and packet.direction is direction]


def links(packets: Sequence[Packet], source: str) -> list[str]:
    return [packet.data.decode() for packet in of(packets, source, Direction.LINK)]


def numbers(packets: Sequence[Packet], source: str) -> NDArray[np.int64]:
    """Numbers of the samples that came from a counting sensor, in order of arrival."""
    decoder = wearable("movesense").decoder()
    for packet in (p for p in packets if p.source == source):
        match packet.direction:
            case Direction.RX:
                decoder.feed(packet.endpoint, packet.data, packet.t_ns)
            case Direction.TX:
                decoder.wrote(packet.endpoint, packet.data)
            case Direction.LINK:
                decoder.interrupt()
    return np.rint(decoder.take().acc[:, 0]).astype(np.int64)


def lost(came: NDArray[np.int64]) -> list[int]:
    """Lengths of the holes; fails where a sample came twice or out of order."""
    steps = np.diff(came)
    assert np.all(steps > 0)
    return [int(step) - 1 for step in steps if step > 1]


def same_as_delivered(packets: Sequence[Packet], made: Air) -> None:
    """Check that every value that the links delivered is there once, in order, unchanged (the kernel does not tell)."""
    if ON_KERNEL:
        return
    for number, mac in enumerate(made.wearables, 1):
        delivered = [(uuid, value) for at, uuid, value in made.bluez.delivered if at == mac]
        notifying = {uuid for uuid, _ in delivered}
        taken = [(p.endpoint, p.data) for p in of(packets, f"sensor-{number}", Direction.RX)]
        assert delivered
        assert [each for each in taken if each[0] in notifying] == delivered


def forget_delivered(made: Air) -> None:
    """Check that values were delivered, and look from now on only at what follows (the kernel does not tell)."""
    if ON_KERNEL:
        return
    assert len(made.bluez.delivered) > 5
    time.sleep(0.3)
    made.bluez.delivered.clear()


def counted_as_lost(packets: Sequence[Packet], number: int) -> int:
    """How many samples the timeline misses from a sensor."""
    device = declared(number)
    track = decode_session([p for p in packets if p.source == device.id], Setup(devices=(device,))).imus[
        ROLES[number - 1]
    ]
    return track.lost_samples()


class Stranger(MovesenseVoice):
    """Advertises like a sensor and has nothing of it."""

    def __init__(self, name: str) -> None:
        super().__init__("0", Sampler(Oscillator(0.0, 0.0), 104.0, 8, counting))
        self.name = name
        self.services = battery(50)


def stranger(made: Air, number: int, name: str) -> Peripheral:
    """Let a stranger advertise in a sensor's place."""
    return made.run(made.add(address(number), Stranger(name)))
