"""Wearables: JSON Lines of what went over the link, one object a sample out."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated

import msgspec
import numpy as np

from firmware_protocol.wearables import wearable
from firmware_protocol.wearables.base import Blocks, Floats, Mark, Rates
from rig.cli.decoders import Answer

_MAX_LINE = 65_536
_GAP_PERIODS = 1.5
_UNREMARKABLE = ("blocks",)
_MARKS = {mark: mark.name.lower() for mark in Mark if mark.name}


class _Packet(msgspec.Struct, frozen=True):
    """One line of the input."""

    hex: str
    t_ns: Annotated[int, msgspec.Meta(ge=-(2**62), le=2**62)] | None = None
    char: str | None = None
    write: bool = False


class WearableStream:
    """Packets in, samples out at the end, since a sample's time depends on the block after it."""

    def __init__(self, kind: str) -> None:
        self._sensor = wearable(kind)
        self._decoder = self._sensor.decoder()
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
        return _answers(self._decoder.take(), self._decoder.nominal_rate_hz, counted=self._decoder.counted)

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
        uuid = (packet.char or self._sensor.characteristic(data, write=packet.write)).lower()
        if uuid not in (self._sensor.write_uuids if packet.write else self._heard):
            self._counts["other_characteristic"] += 1
        elif packet.write:
            self._decoder.wrote(uuid, data)
        else:
            self._notified(packet, uuid, data)

    @property
    def _heard(self) -> tuple[str, ...]:
        return self._sensor.notify_uuids + self._sensor.read_uuids

    def _notified(self, packet: _Packet, uuid: str, data: bytes) -> None:
        """Pass a notification on; without a host time it counts as coming with the one before it.

        The decoder then takes a hole of over 10 s for a restart of the sensor's clock.
        """
        self._t_ns = self._t_ns if packet.t_ns is None else packet.t_ns
        self._decoder.feed(uuid, data, self._t_ns)


def _answers(blocks: Blocks, nominal_rate_hz: float, *, counted: bool) -> Iterator[Answer]:
    """Give all samples, epoch by epoch; angular rates of their own in between, by time."""
    streams: list[Blocks | Rates] = [blocks] if blocks.rates is None else [blocks, blocks.rates]
    for epoch in sorted({int(e) for stream in streams for e in np.unique(stream.epoch)}):
        found = [s for stream in streams for s in _samples(stream, epoch, nominal_rate_hz)]
        found.sort(key=lambda sample: sample["device_time_s"])
        for sample in found:
            yield {**sample, "flags": ["counted", *sample["flags"]]} if counted else sample


def _samples(stream: Blocks | Rates, epoch: int, nominal_rate_hz: float) -> Iterator[Answer]:
    here = stream.epoch == epoch
    if not here.any():
        return
    times, period = stream.times(here, nominal_rate_hz)
    at = int(stream.count[: int(np.argmax(here))].sum())
    gaps = np.flatnonzero(np.diff(times) > _GAP_PERIODS * period) + 1
    notes = {int(row): "gap" for row in gaps} | ({0: "restart"} if epoch else {})
    for row, t_ns in enumerate(times.tolist()):
        yield _sample(stream, at + row, t_ns, [notes[row]] if row in notes else [])


def _sample(stream: Blocks | Rates, row: int, t_ns: int, flags: list[str]) -> Answer:
    marks = Mark(int(stream.marks[row]))
    acc, gyr = stream.acc if isinstance(stream, Blocks) else None, stream.gyr
    flags = flags + [name for mark, name in _MARKS.items() if mark in marks]
    return {"device_time_s": t_ns / 1e9, "acc": _vector(acc, row), "gyr": _vector(gyr, row), "flags": flags}


def _broken(values: Floats | None, row: int) -> bool:
    return values is not None and not bool(np.isfinite(values[row]).all())


def _vector(values: Floats | None, row: int) -> list[float] | None:
    """Three numbers, or None where there are none or one of them is none."""
    if values is None or _broken(values, row):
        return None
    vector: list[float] = values[row].tolist()
    return vector
