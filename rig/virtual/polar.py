"""A virtual Polar: Verity Sense (acceleration and rate) or H10 (acceleration), written from the vendor's description.

Control point ``[command][type]…``, answers ``F0 [command][type][status][more]…``. Data ``[type][u64 ns since 2000, of
the last sample][frame type]``; the H10 sends milli-g as int16, the Verity a reference sample and packed differences.
"""

import struct
from collections.abc import Mapping, Sequence

import numpy as np

from rig.virtual.ble_voice import Said, Sampler, Trait, battery
from rig.virtual.imu import GRAVITY
from rig.virtual.motion import Array
from rig.virtual.worn import Script

SERVICE = "fb005c80-02e7-f387-1cad-8acd2d8df0c8"
CONTROL = "fb005c81-02e7-f387-1cad-8acd2d8df0c8"
DATA = "fb005c82-02e7-f387-1cad-8acd2d8df0c8"
ACC, GYR = 2, 5
ASK, START, STOP = 1, 2, 3
OK, NOT_SUPPORTED, ALREADY = 0, 3, 6
SINCE_2000_S = 800_000_000
"""What the clock of the Verity says at its zero; the H10 starts in 2019."""
H10_SINCE_2000_S = 599_616_000
FACTOR = {ACC: 8 / 32768, GYR: 0.07}
CHUNK = 8
"""Differences that share one width."""
VERITY_SCRIPT = Script(
    begin=tuple(
        (CONTROL, bytes.fromhex(data))
        for data in ("0102", "02020001340001011000020108000401 03", "0105", "0205000134000101100002 01d007 040103")
    ),
    end=((CONTROL, b"\x03\x02"), (CONTROL, b"\x03\x05")),
)


class PolarVoice:
    """A Polar sensor.

    Parameters
    ----------
    serial
        The end of its name.
    samplers
        By type; the H10 has accelerations only. Batches of both fit a notification.
    h10
        Which sensor it is.
    """

    def __init__(self, serial: str, samplers: Mapping[int, Sampler], *, h10: bool = False) -> None:
        self.name = f"Polar {'H10' if h10 else 'Sense'} {serial}"
        self.advertised: Sequence[str] = (SERVICE,)
        chars = (Trait(CONTROL, ("write", "notify")), Trait(DATA, ("notify",)))
        self.services: Mapping[str, Sequence[Trait]] = {SERVICE: chars, **battery(80)}
        self.samplers = dict(samplers)
        self._h10 = h10
        self._zero_s = H10_SINCE_2000_S if h10 else SINCE_2000_S

    def hear(self, uuid: str, data: bytes, now_s: float) -> Sequence[Said]:
        """Answer a command."""
        if uuid != CONTROL or len(data) < 2:
            return ()
        command, kind = data[:2]
        sampler = self.samplers.get(kind)
        if sampler is None:
            return (self._answer(command, kind, NOT_SUPPORTED),)
        if command == ASK:
            return (self._answer(command, kind, OK, self._offer(kind)),)
        if command == START and sampler.next is not None:
            return (self._answer(command, kind, ALREADY),)
        if command == START:
            sampler.begin(now_s)
            return (
                self._answer(command, kind, OK, b"" if self._h10 else b"\x05\x01" + struct.pack("<f", FACTOR[kind])),
            )
        sampler.end()
        return (self._answer(command, kind, OK),)

    @staticmethod
    def _answer(command: int, kind: int, status: int, parameters: bytes = b"") -> Said:
        return Said(CONTROL, bytes([0xF0, command, kind, status]) + (b"\0" + parameters if status == OK else b""))

    def _offer(self, kind: int) -> bytes:
        rate = round(self.samplers[kind].rate_hz)
        rates = (25, 50, 100, 200) if self._h10 else (rate,)
        ranges = (2, 4, 8) if self._h10 else ((8,) if kind == ACC else (2000,))
        offer = bytes([0, len(rates)]) + struct.pack(f"<{len(rates)}H", *rates) + b"\x01\x01\x10\x00"
        offer += bytes([2, len(ranges)]) + struct.pack(f"<{len(ranges)}H", *ranges)
        return offer if self._h10 else offer + b"\x04\x01\x03"

    def _due(self) -> list[tuple[float, int]]:
        """When each running stream's batch is complete."""
        return sorted((due, kind) for kind, s in self.samplers.items() if (due := s.due_s()) is not None)

    def due_s(self) -> float | None:
        """When the next batch of either stream is complete."""
        return next((due for due, _ in self._due()), None)

    def speak(self) -> Sequence[Said]:
        """The frame that is due."""
        kind = self._due()[0][1]
        sampler = self.samplers[kind]
        first, acc, gyr = sampler.take()
        last_s = self._zero_s + (first + sampler.batch - 1) / sampler.rate_hz
        stamp = struct.pack("<BQ", kind, round(last_s * 1e9))
        if self._h10:
            return (Said(DATA, stamp + b"\x01" + _whole(acc / GRAVITY * 1000).astype("<i2").tobytes()),)
        units = acc / GRAVITY if kind == ACC else np.degrees(gyr)
        return (Said(DATA, stamp + b"\x80" + deltas(_whole(units / np.float32(FACTOR[kind])))),)

    def hang_up(self) -> None:
        """Streams run on: a Polar does not stop by itself."""


def _whole(values: Array) -> "np.ndarray[tuple[int, ...], np.dtype[np.int64]]":
    return np.clip(np.round(values), -32768, 32767).astype(np.int64)


def deltas(counts: "np.ndarray[tuple[int, ...], np.dtype[np.int64]]") -> bytes:
    """Reference sample, then blocks of differences in as few bits as they need."""
    out: bytes = counts[0].astype("<i2").tobytes()
    for at in range(1, len(counts), CHUNK):
        steps = [int(v) for row in np.diff(counts[at - 1 : at + CHUNK], axis=0) for v in row]
        bits = 1 + max((~v if v < 0 else v).bit_length() for v in steps)
        packed = sum((v & ((1 << bits) - 1)) << (bits * place) for place, v in enumerate(steps))
        out += bytes([bits, len(steps) // 3]) + packed.to_bytes((bits * len(steps) + 7) // 8, "little")
    return out
