"""Sensors made by the virtual lab, which knows no decoder, and the rig's side of the talk with them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import default_rng
from numpy.typing import NDArray

from firmware_protocol.wearables import wearable
from firmware_protocol.wearables.base import Blocks, Decoder, Wearable, Write
from rig.model.records import Direction, LinkEvent, Packet
from rig.virtual.ble_movesense import MovesenseVoice
from rig.virtual.ble_voice import Said, Sampler, Source, Voice
from rig.virtual.clocks import Oscillator, host_ns
from rig.virtual.metamotion import MetaMotionVoice
from rig.virtual.movella_dot import MovellaDotVoice
from rig.virtual.polar import ACC, GYR, PolarVoice
from rig.virtual.radio import Radio, arrivals
from rig.virtual.rig_imu import RigImuVoice
from rig.virtual.witmotion import WitMotionVoice

Array = NDArray[np.float64]
CLOCK = Oscillator(-100.0, 30.0, wave_ppm=0.0, warm_ppm=0.0)
"""Of a sensor that was switched on 100 s before the session."""


def numbered(numbers: NDArray[np.int64], _times_s: Array) -> tuple[Array, Array]:
    """Samples that tell their number (modulo 5000): in acc x by 1/1000 g steps, in gyr z by 0.1 deg/s."""
    rest = numbers % 5000
    acc, gyr = np.zeros((len(numbers), 3)), np.zeros((len(numbers), 3))
    acc[:, 0], acc[:, 1], acc[:, 2] = rest * 0.00980665, -9.80665, 1.0
    gyr[:, 2], gyr[:, 0] = np.radians(rest * 0.1), -0.5
    return acc, gyr


def motion(_numbers: NDArray[np.int64], times_s: Array) -> tuple[Array, Array]:
    """A slow swing whose value tells its instant."""
    acc = np.stack([np.sin(2 * np.pi * 0.7 * times_s) * 3, np.cos(times_s), np.full_like(times_s, 9.8)], axis=1)
    gyr = np.stack([np.sin(2 * np.pi * 0.7 * times_s), np.cos(times_s), 0.1 * np.cos(3 * times_s)], axis=1)
    return acc, gyr


def polar(source: Source = numbered, clock: Oscillator = CLOCK, *, h10: bool = False) -> Voice:
    if h10:
        return PolarVoice("A1", {ACC: Sampler(clock, 100.0, 36, source)}, h10=True)
    return PolarVoice("A1", {ACC: Sampler(clock, 52.0, 36, source), GYR: Sampler(clock, 52.0, 31, source)})


def voice_of(kind: str, source: Source = numbered, clock: Oscillator = CLOCK) -> Voice:
    """Make a sensor of a kind; the DOT runs at 60 Hz, the MetaMotion at 100 Hz, WitMotion at 50 Hz with a calendar."""
    match kind:
        case "movesense":
            return MovesenseVoice("1", Sampler(clock, 104.0, 8, source))
        case "polar":
            return polar(source, clock)
        case "movella-dot":
            return MovellaDotVoice(Sampler(clock, 60.0, 1, source))
        case "metamotion":
            return MetaMotionVoice(Sampler(clock, 100.0, 3, source), Sampler(clock, 100.0, 3, source))
        case "witmotion":
            return WitMotionVoice(Sampler(clock, 47.0, 1, source), calendar=True)
        case _:
            return RigImuVoice(Sampler(clock, 104.0, 8, source))


NEW_KINDS = ("metamotion", "movella-dot", "polar", "rig-imu", "witmotion")


@dataclass
class Talk:
    """A connection from the rig's side: reads, subscribes, starts, answers, and keeps what went over it."""

    sensor: Wearable
    voice: Voice
    decoder: Decoder
    packets: list[Packet]
    now_s: float

    def begin(self) -> None:
        self._keep(Direction.LINK, "", LinkEvent.CONNECTED.value.encode())
        values = {t.uuid: t.value for traits in self.voice.services.values() for t in traits}
        for uuid in self.sensor.read_uuids:
            self._heard(uuid, values[uuid])
        assert set(self.sensor.notify_uuids) | set(self.sensor.read_uuids) <= set(values)
        self._write(self.sensor.start())

    def _write(self, writes: Sequence[Write]) -> None:
        for write in writes:
            self.now_s += 0.05
            self._keep(Direction.TX, write.uuid, write.data)
            self.decoder.wrote(write.uuid, write.data)
            for said in self.voice.hear(write.uuid, write.data, self.now_s):
                self.now_s += 0.03
                self._heard(said.uuid, said.value)
            self._write(self.decoder.replies())

    def _heard(self, uuid: str, data: bytes) -> None:
        self._keep(Direction.RX, uuid, data)
        self.decoder.feed(uuid, data, host_ns(self.now_s))

    def _keep(self, direction: Direction, uuid: str, data: bytes) -> None:
        self.packets.append(Packet("imu", uuid, direction, host_ns(self.now_s), data))

    def stream(self, until_s: float, radio: Radio, seed: int = 0) -> list[Packet]:
        """Notifications up to a session second, not yet fed to the decoder."""
        said: list[Said] = []
        ready: list[float] = []
        while (due := self.voice.due_s()) is not None and due < until_s:
            batch = self.voice.speak()
            said += batch
            ready += [due + 0.004] * len(batch)
        times = arrivals(np.array(ready), radio, default_rng(seed))
        return [
            Packet("imu", s.uuid, Direction.RX, host_ns(float(t)), s.value) for s, t in zip(said, times, strict=True)
        ]

    def end(self, at_s: float) -> None:
        self.now_s = at_s
        self._write(self.sensor.stop())


def talk(kind: str, voice: Voice | None = None, at_s: float = 1.0) -> Talk:
    """Connect to a sensor and start it."""
    sensor = wearable(kind)
    one = Talk(sensor, voice or voice_of(kind), sensor.decoder(), [], at_s)
    one.begin()
    return one


def fed(decoder: Decoder, packets: Sequence[Packet]) -> Blocks:
    for packet in packets:
        decoder.feed(packet.endpoint, packet.data, packet.t_ns)
    return decoder.take()


def numbers(acc: Array) -> list[int]:
    """Which samples came, by their acc x."""
    return [round(float(x) / 0.00980665) for x in acc[:, 0]]


def turning_numbers(gyr: Array) -> list[int]:
    """Which samples came, by their gyr z."""
    return [round(float(z) * 10) for z in np.degrees(gyr[:, 2])]


STILL_AIR = Radio(interval_s=0.0075, missed=0.0, per_event=10, host_s=0.0)
LINK = Radio(interval_s=0.030, missed=0.05, per_event=6)


def with_stalls(radio: Radio, *stalls: tuple[float, float]) -> Radio:
    return replace(radio, stalls=stalls)
