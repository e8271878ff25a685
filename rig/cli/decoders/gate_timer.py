"""Our own gate timer: one object a message, with its name and fields."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from firmware_protocol.gate_timer import MESSAGES, GateTimerDecoder, Message
from rig.cli.decoders import Answer

_NAMES = {layout.kind: layout.name for layout in MESSAGES}
_DELIMITER = b"\x00"


class GateTimerStream:
    """What the timer said, as it went over the line."""

    def __init__(self) -> None:
        self._decoder = GateTimerDecoder()

    def feed(self, data: bytes) -> Iterable[Answer]:
        """Give the messages that this completed."""
        return [_answer(received.message) for received in self._decoder.feed(data, 0)]

    def finish(self) -> Iterable[Answer]:
        """Give the last frame where only its delimiter is missing; half a frame is refused by its checksum."""
        return self.feed(_DELIMITER)

    @property
    def warnings(self) -> Mapping[str, int]:
        """Frames by the reason why they were refused."""
        counts = self._decoder.counts
        refused = asdict(counts.frames) | {"unknown_id": counts.unknown_id, "bad_length": counts.bad_length}
        return {name: count for name, count in refused.items() if name not in ("good", "empty")}


def _answer(message: Message) -> Answer:
    return {"name": _NAMES[type(message)], **asdict(message)}
