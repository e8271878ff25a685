"""Sports timers: one object a line."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict

from firmware_protocol.timers import alge, tag_heuer
from firmware_protocol.timers import microgate as microgate_timer
from firmware_protocol.timers.base import TimerDecoder, TimerEvent
from rig.cli.decoders import Answer


class TimerStream:
    """A timer's decoder, printed."""

    def __init__(self, decoder: TimerDecoder) -> None:
        self._decoder = decoder

    def feed(self, data: bytes) -> Iterable[Answer]:
        """Give the lines that this completed."""
        return _answers(self._decoder.feed(data))

    def finish(self) -> Iterable[Answer]:
        """Give the last line where nothing ended it."""
        return _answers(self._decoder.finish())

    @property
    def warnings(self) -> Mapping[str, int]:
        """Lines by the reason why they were refused, and bytes of line noise."""
        return {name: count for name, count in self._decoder.counts.items() if name != "events"}


def _answers(events: tuple[TimerEvent, ...]) -> Iterable[Answer]:
    return [asdict(event) for event in events]


def alge_timy() -> TimerStream:
    """ALGE Timy and TdC."""
    return TimerStream(alge.decoder())


def tag_heuer_cp() -> TimerStream:
    """TAG Heuer CP."""
    return TimerStream(tag_heuer.decoder())


def microgate() -> TimerStream:
    """Microgate Racetime2 and REI2."""
    return TimerStream(microgate_timer.decoder())
