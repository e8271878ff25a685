"""A virtual MetaMotion: two streams of int16, three samples a notification, and not a word about time."""

from collections.abc import Mapping, Sequence

import numpy as np

from rig.virtual.ble_voice import Said, Sampler, Trait, battery
from rig.virtual.imu import GRAVITY
from rig.virtual.motion import Array
from rig.virtual.worn import Script

SERVICE = "326a9000-85cb-9195-d9dd-464cfbbae75a"
COMMAND = "326a9001-85cb-9195-d9dd-464cfbbae75a"
NOTIFY = "326a9006-85cb-9195-d9dd-464cfbbae75a"
ACC, GYR = 0x03, 0x13
PER_G = {0x03: 16384, 0x05: 8192, 0x08: 4096, 0x0C: 2048}
PER_DPS = {0: 16.4, 1: 32.8, 2: 65.6, 3: 131.2, 4: 262.4}
SCRIPT = Script(
    begin=tuple(
        (COMMAND, bytes.fromhex(data))
        for data in ("03032808", "031c01", "03020100", "030101", "13032801", "130701", "13020100", "130101")
    ),
    end=tuple(
        (COMMAND, bytes.fromhex(data)) for data in ("130100", "13020001", "130700", "030100", "03020001", "031c00")
    ),
)


class MetaMotionVoice:
    """A MetaMotion.

    Parameters
    ----------
    acc, gyr
        Samples of the two chips, in batches of three; their true rates may be off by some percent.
    """

    def __init__(self, acc: Sampler, gyr: Sampler) -> None:
        self.name = "MetaWear"
        self.advertised: Sequence[str] = (SERVICE,)
        chars = (Trait(COMMAND, ("write", "write-without-response")), Trait(NOTIFY, ("notify",)))
        self.services: Mapping[str, Sequence[Trait]] = {SERVICE: chars, **battery(70)}
        self.samplers = {ACC: acc, GYR: gyr}
        self._range = {ACC: 0x08, GYR: 1}

    def hear(self, uuid: str, data: bytes, now_s: float) -> Sequence[Said]:
        """Take configuration, start and stop of a chip."""
        if uuid == COMMAND and data[0] in self.samplers:
            if data[1] == 3:
                self._range[data[0]] = data[3]
            elif data[1:3] == b"\x01\x01":
                self.samplers[data[0]].begin(now_s)
            elif data[1] == 1:
                self.samplers[data[0]].end()
        return ()

    def _due(self) -> list[tuple[float, int]]:
        return sorted((due, chip) for chip, s in self.samplers.items() if (due := s.due_s()) is not None)

    def due_s(self) -> float | None:
        """When the next three samples of either chip are complete."""
        return next((due for due, _ in self._due()), None)

    def speak(self) -> Sequence[Said]:
        """Three samples of the chip that is due."""
        chip = self._due()[0][1]
        _, acc, gyr = self.samplers[chip].take()
        if chip == ACC:
            return (Said(NOTIFY, b"\x03\x1c" + _counts(acc / GRAVITY * PER_G[self._range[ACC]])),)
        return (Said(NOTIFY, b"\x13\x07" + _counts(np.degrees(gyr) * PER_DPS[self._range[GYR]])),)

    def hang_up(self) -> None:
        """Stop."""
        for sampler in self.samplers.values():
            sampler.end()


def _counts(values: Array) -> bytes:
    return np.clip(np.round(values), -32768, 32767).astype("<i2").tobytes()
