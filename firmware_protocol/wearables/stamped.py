"""The part that decoders share whose blocks hold both vectors and one stamp, of their first sample."""

from collections import Counter
from collections.abc import Mapping

from firmware_protocol.wearables.base import Blocks, Write
from firmware_protocol.wearables.blocks import Block, Layout, whole
from firmware_protocol.wearables.device_clock import StampedClock


class StampedDecoder:
    """Keeps blocks and counts; a decoder adds what is its own, `wrote` and `feed`.

    Parameters
    ----------
    unit_ns, bits
        Of the sensor's clock.
    rate_hz
        The rate to expect where the recording does not tell.
    """

    def __init__(self, unit_ns: int, bits: int, rate_hz: float) -> None:
        self._counts: Counter[str] = Counter()
        self._clock = StampedClock(unit_ns, bits, self._counts)
        self._blocks: list[Block] = []
        self._unit_ns = unit_ns
        self._rate_hz = rate_hz

    @property
    def counts(self) -> Mapping[str, int]:
        """Notifications by fate: `blocks`, and by name those that were thrown away."""
        return self._counts

    @property
    def nominal_rate_hz(self) -> float:
        """The rate that was asked for."""
        return self._rate_hz

    @property
    def resolution_ns(self) -> int:
        """One tick of the sensor's clock."""
        return self._unit_ns

    @property
    def counted(self) -> bool:
        """The sensor has a clock."""
        return False

    def replies(self) -> tuple[Write, ...]:
        """Nothing: the start says it all."""
        return ()

    def missed(self) -> None:
        """Every notification stands alone: nothing to void."""

    def interrupt(self) -> None:
        """Void what is half received and begin a new epoch."""
        self.missed()
        self._clock.interrupt()

    def take(self) -> Blocks:
        """Give the blocks completed since the last call."""
        blocks, self._blocks = self._blocks, []
        return whole(blocks)

    def _add(self, raw: int, layout: Layout, payload: bytes, arrival_ns: int, complete_ns: int) -> None:
        """Keep a block, unless it was seen before."""
        device_ns = self._clock.place(raw, arrival_ns)
        if device_ns is not None:
            self._blocks.append(Block(device_ns, self._clock.epoch, arrival_ns, complete_ns, layout, payload))
            self._counts["blocks"] += 1
