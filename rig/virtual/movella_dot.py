"""A virtual Movella DOT: one sample a notification, in the mode that is asked for, stamped in microseconds."""

import struct
from collections.abc import Mapping, Sequence

import numpy as np

from rig.virtual.ble_voice import Said, Sampler, Trait
from rig.virtual.worn import Script

SERVICE = "15172000-4947-11e9-8646-d663bd873d93"
SETTINGS = "15171000-4947-11e9-8646-d663bd873d93"
CONTROL = "15171002-4947-11e9-8646-d663bd873d93"
MEASURE = "15172001-4947-11e9-8646-d663bd873d93"
LONG, MEDIUM = "15172002-4947-11e9-8646-d663bd873d93", "15172003-4947-11e9-8646-d663bd873d93"
SCRIPT = Script(
    begin=((CONTROL, b"\x10" + bytes(23) + b"\x3c\x00" + bytes(6)), (MEASURE, b"\x01\x01\x14")),
    end=((MEASURE, b"\x01\x00\x14"),),
)


class MovellaDotVoice:
    """A DOT.

    Parameters
    ----------
    sampler
        Its samples, in batches of one.
    """

    def __init__(self, sampler: Sampler) -> None:
        self.name = "Movella DOT"
        self.advertised: Sequence[str] = ()
        self.services: Mapping[str, Sequence[Trait]] = {
            SETTINGS: (Trait(CONTROL, ("read", "write")),),
            SERVICE: (Trait(MEASURE, ("read", "write")), Trait(LONG, ("notify",)), Trait(MEDIUM, ("notify",))),
        }
        self.sampler = sampler
        self._mode = 0

    def hear(self, uuid: str, data: bytes, now_s: float) -> Sequence[Said]:
        """Take rate, start and stop."""
        if uuid == CONTROL and len(data) == 32 and data[0] & 0x10:
            self.sampler.rate_hz = float(int.from_bytes(data[24:26], "little"))
        elif uuid == MEASURE and data[:2] == b"\x01\x01":
            self._mode = data[2]
            self.sampler.begin(now_s)
        elif uuid == MEASURE:
            self.sampler.end()
        return ()

    def due_s(self) -> float | None:
        """When the sample in work is complete."""
        return self.sampler.due_s()

    def speak(self) -> Sequence[Said]:
        """A sample in the mode's payload."""
        first, acc, gyr = self.sampler.take()
        stamp = struct.pack("<I", int(first * 1e6 / self.sampler.rate_hz) % 2**32)
        force, rate = acc.astype("<f4").tobytes(), np.degrees(gyr).astype("<f4").tobytes()
        match self._mode:
            case 20:
                return (Said(MEDIUM, stamp + force + rate + struct.pack("<3h", 1200, -300, 4096)),)
            case 22:
                return (Said(MEDIUM, stamp + struct.pack("<3f", 10, 20, 30) + bytes(12) + rate),)
            case 26:
                return (Said(LONG, stamp + struct.pack("<4f", 1, 0, 0, 0) + force + rate),)
        return (Said(MEDIUM, stamp + force + rate),)

    def hang_up(self) -> None:
        """Stop."""
        self.sampler.end()
