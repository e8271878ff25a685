"""A virtual board that speaks our own profile, written from docs/imu-profile.md."""

import struct
from collections.abc import Mapping, Sequence

import numpy as np

from rig.virtual.ble_voice import Said, Sampler, Trait
from rig.virtual.imu import GRAVITY, Chip
from rig.virtual.worn import Script

SERVICE = "7d1a0000-52b6-4c55-9c0e-3a8f2b6d41e7"
DATA = "7d1a0001-52b6-4c55-9c0e-3a8f2b6d41e7"
INFO = "7d1a0002-52b6-4c55-9c0e-3a8f2b6d41e7"
CONTROL = "7d1a0003-52b6-4c55-9c0e-3a8f2b6d41e7"
SCRIPT = Script(begin=((CONTROL, b"\x01"),), end=((CONTROL, b"\x00"),))


class RigImuVoice:
    """A home-made wearable.

    Parameters
    ----------
    sampler
        Its samples, in batches of up to 14.
    chip
        What a count is worth.
    """

    def __init__(self, sampler: Sampler, chip: Chip | None = None) -> None:
        self.name = "rig-imu 01"
        self.advertised: Sequence[str] = (SERVICE,)
        self.sampler = sampler
        chip = chip or Chip()
        self._acc_lsb, self._gyr_lsb = chip.acc_range_g * GRAVITY / 32768, float(np.radians(chip.gyr_lsb))
        self.info = struct.pack("<B3xfff", 1, sampler.rate_hz, self._acc_lsb, self._gyr_lsb)
        chars = (Trait(DATA, ("notify",)), Trait(INFO, ("read",), self.info), Trait(CONTROL, ("write",)))
        self.services: Mapping[str, Sequence[Trait]] = {SERVICE: chars}
        self._sequence = 0

    def hear(self, uuid: str, data: bytes, now_s: float) -> Sequence[Said]:
        """Start or stop."""
        if uuid == CONTROL and data == b"\x01":
            self.sampler.begin(now_s)
        elif uuid == CONTROL and data == b"\x00":
            self.sampler.end()
        return ()

    def due_s(self) -> float | None:
        """When the batch in work is complete."""
        return self.sampler.due_s()

    def speak(self) -> Sequence[Said]:
        """A numbered, stamped batch."""
        first, acc, gyr = self.sampler.take()
        us = int(first * 1e6 / self.sampler.rate_hz) % 2**32
        header = struct.pack("<BBHIB", 0x11, 0, self._sequence, us, len(acc))
        self._sequence = (self._sequence + 1) % 65536
        counts = np.hstack([acc / self._acc_lsb, gyr / self._gyr_lsb])
        return (Said(DATA, header + np.clip(np.round(counts), -32768, 32767).astype("<i2").tobytes()),)

    def hang_up(self) -> None:
        """Stop, as the profile demands."""
        self.sampler.end()
