"""A virtual WitMotion: a stream of frames without checksum, with the calendar or without, cut into notifications."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from rig.virtual.ble_voice import Said, Sampler, Trait
from rig.virtual.imu import GRAVITY
from rig.virtual.worn import Script

SERVICE = "0000ffe5-0000-1000-8000-00805f9a34fb"
NOTIFY = "0000ffe4-0000-1000-8000-00805f9a34fb"
WRITE = "0000ffe9-0000-1000-8000-00805f9a34fb"
SET_ON = datetime(2026, 6, 22, 14, 41, 1)  # noqa: DTZ001  # the device's calendar knows no zone
SCRIPT = Script(begin=((WRITE, bytes.fromhex("ffaa6988b5")), (WRITE, bytes.fromhex("ffaa030800"))))


class WitMotionVoice:
    """A WitMotion; it begins with the command that sets its rate, which it takes for granted.

    Parameters
    ----------
    sampler
        Its samples, in batches of one; the rate is the device's own business.
    calendar
        Whether frames carry the time.
    cut
        Bytes in a notification; frames straddle them.
    """

    def __init__(self, sampler: Sampler, *, calendar: bool = False, cut: int = 20) -> None:
        self.name = "WT901BLE67"
        self.advertised: Sequence[str] = (SERVICE,)
        chars = (Trait(WRITE, ("write", "write-without-response")), Trait(NOTIFY, ("notify",)))
        self.services: Mapping[str, Sequence[Trait]] = {SERVICE: chars}
        self.sampler = sampler
        self._calendar = calendar
        self._cut = cut
        self._held = b""

    def hear(self, uuid: str, data: bytes, now_s: float) -> Sequence[Said]:
        """Begin."""
        if uuid == WRITE and data[:3] == b"\xff\xaa\x03":
            self.sampler.begin(now_s)
        return ()

    def due_s(self) -> float | None:
        """When the sample in work is complete."""
        return self.sampler.due_s()

    def speak(self) -> Sequence[Said]:
        """The notifications that a frame fills."""
        first, acc, gyr = self.sampler.take()
        values = np.concatenate([acc[0] / GRAVITY / 16, np.degrees(gyr[0]) / 2000, [0.1, -0.2, 0.3]]) * 32768
        self._held += b"\x55\x61" + np.clip(np.round(values), -32768, 32767).astype("<i2").tobytes()
        if self._calendar:
            self._held += _calendar(first / self.sampler.rate_hz)
        said = []
        while len(self._held) >= self._cut:
            said.append(Said(NOTIFY, self._held[: self._cut]))
            self._held = self._held[self._cut :]
        return said

    def hang_up(self) -> None:
        """Stop; half a frame is forgotten."""
        self.sampler.end()
        self._held = b""


def _calendar(seconds: float) -> bytes:
    now = SET_ON + timedelta(milliseconds=int(seconds * 1000))
    parts = (now.year % 100, now.month, now.day, now.hour, now.minute, now.second)
    return bytes(parts) + (now.microsecond // 1000).to_bytes(2, "little")
