"""Movesense: JSON Lines of what went over the link, one object a sample out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

import msgspec
import numpy as np

from firmware_protocol.wearables.base import Blocks, Floats, sample_times
from firmware_protocol.wearables.movesense import NOTIFY_UUID, WRITE_UUID, MovesenseDecoder
from rig.cli.decoders import Answer

_MAX_LINE = 65_536
_GAP_PERIODS = 1.5
_UNREMARKABLE = ("blocks",)


class _Packet(msgspec.Struct, frozen=True):
    """One line of the input."""

    hex: str
    t_ns: Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)] | None = None
    char: str | None = None
    write: bool = False


class MovesenseStream:
    """Packets in, samples out at the end, since a sample's time depends on the block after it."""

    def __init__(self) -> None:
        self._decoder = MovesenseDecoder()
        self._json = msgspec.json.Decoder(_Packet)
        self._pending = b""
        self._t_ns = 0
        self._counts: Counter[str] = Counter()

    def feed(self, data: bytes) -> Iterable[Answer]:
        """Take packets; nothing is given before the end."""
        *closed, rest = (self._pending + data).split(b"\n")
        for line in closed:
            self._line(line)
        self._pending = rest[: _MAX_LINE + 1]
        return ()

    def finish(self) -> Iterable[Answer]:
        """Give all samples."""
        self.feed(b"\n")
        return _samples(self._decoder.take(), self._decoder.nominal_rate_hz)

    @property
    def warnings(self) -> Mapping[str, int]:
        """Input lines and notifications by the reason why they were not used."""
        refused = Counter({name: n for name, n in self._decoder.counts.items() if name not in _UNREMARKABLE})
        return refused + self._counts

    def _line(self, line: bytes) -> None:
        if not line.strip():
            return
        try:
            packet = self._json.decode(line)
            data = bytes.fromhex(packet.hex)
        except ValueError:
            self._counts["bad_line"] += 1
            return
        expected = WRITE_UUID if packet.write else NOTIFY_UUID
        if (packet.char or expected).lower() != expected:
            self._counts["other_characteristic"] += 1
        elif packet.write:
            self._decoder.wrote(expected, data)
        else:
            self._notified(packet, data)

    def _notified(self, packet: _Packet, data: bytes) -> None:
        """Pass a notification on; without a host time it counts as coming with the one before it.

        The decoder then takes a hole of over 10 s for a restart of the sensor's clock.
        """
        self._t_ns = self._t_ns if packet.t_ns is None else packet.t_ns
        self._decoder.feed(NOTIFY_UUID, data, self._t_ns)


def _samples(blocks: Blocks, nominal_rate_hz: float) -> Iterator[Answer]:
    first = np.cumsum(blocks.count) - blocks.count
    for epoch in np.unique(blocks.epoch):
        here = blocks.epoch == epoch
        times, period = sample_times(blocks.device_ns[here], blocks.count[here], nominal_rate_hz)
        at = int(first[here][0])
        gaps = np.flatnonzero(np.diff(times) > _GAP_PERIODS * period) + 1
        marks = {int(row): "gap" for row in gaps} | ({0: "restart"} if epoch else {})
        for row, t_ns in enumerate(times.tolist()):
            yield _sample(blocks, at + row, t_ns, [marks[row]] if row in marks else [])


def _sample(blocks: Blocks, row: int, t_ns: int, flags: list[str]) -> Answer:
    acc = _vector(blocks.acc, row)
    gyr = None if blocks.gyr is None else _vector(blocks.gyr, row)
    flags = flags + ["acc_not_finite"] * (acc is None) + ["gyr_not_finite"] * (blocks.gyr is not None and gyr is None)
    return {"device_time_s": t_ns / 1e9, "acc": acc, "gyr": gyr, "flags": flags}


def _vector(values: Floats, row: int) -> list[float] | None:
    """Three numbers, or None where one of them is none."""
    vector: list[float] = values[row].tolist()
    return vector if np.isfinite(values[row]).all() else None
