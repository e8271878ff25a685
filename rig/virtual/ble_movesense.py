"""A virtual Movesense that can be spoken to: the GATT SensorData Protocol over a live connection."""

from collections.abc import Mapping, Sequence

import numpy as np

from rig.virtual.ble_voice import Said, Sampler, Trait, battery
from rig.virtual.movesense import DATA, DATA_PART2, HELLO, NOTIFY, OK, RESPONSE, SPLIT, SUBSCRIBE, UNSUBSCRIBE, WRITE

SERVICE = "34802252-7185-4d5d-b431-630e7050e8f0"
NOT_FOUND = b"\x01\x94"


class MovesenseVoice:
    """IMU6 of one sensor; the sensor drops its subscription when the link ends.

    Parameters
    ----------
    serial
        The number in its name.
    sampler
        Its samples.
    battery_percent
        As the standard battery service tells it.
    """

    def __init__(self, serial: str, sampler: Sampler, battery_percent: int = 87) -> None:
        self.name = f"Movesense {serial}"
        self.advertised: Sequence[str] = (SERVICE,)
        chars = (Trait(WRITE, ("write", "write-without-response")), Trait(NOTIFY, ("notify",)))
        self.services: Mapping[str, Sequence[Trait]] = {SERVICE: chars, **battery(battery_percent)}
        self.sampler = sampler
        self._reference = 0

    def hear(self, uuid: str, data: bytes, now_s: float) -> Sequence[Said]:
        """Answer a command."""
        if uuid != WRITE or len(data) < 2:
            return ()
        match data[0]:
            case 0 if data[0] == HELLO:
                return (self._response(data[1], b"\x01" + self.name.encode()),)
            case _ if data[0] == SUBSCRIBE and data[2:] == f"/Meas/IMU6/{self.sampler.rate_hz:.0f}".encode():
                self._reference = data[1]
                self.sampler.begin(now_s)
                return (self._response(data[1], OK),)
            case _ if data[0] == UNSUBSCRIBE:
                self.sampler.end()
                return (self._response(data[1], OK),)
        return (self._response(data[1], NOT_FOUND),)

    @staticmethod
    def _response(reference: int, payload: bytes) -> Said:
        return Said(NOTIFY, bytes([RESPONSE, reference]) + payload)

    def due_s(self) -> float | None:
        """When the batch in work is complete."""
        return self.sampler.due_s()

    def speak(self) -> Sequence[Said]:
        """A batch in two notifications, in one where it is short."""
        first, acc, gyr = self.sampler.take()
        stamp = np.uint32(int(first / self.sampler.rate_hz * 1000) % 2**32).tobytes()
        payload = stamp + acc.astype("<f4").tobytes() + np.degrees(gyr).astype("<f4").tobytes()
        parts = [(DATA, payload[:SPLIT]), (DATA_PART2, payload[SPLIT:])]
        return [Said(NOTIFY, bytes([kind, self._reference]) + part) for kind, part in parts if part]

    def hang_up(self) -> None:
        """Forget the subscription."""
        self.sampler.end()
