"""Helpers of the timers' tests."""

from collections.abc import Sequence

from firmware_protocol.timers.base import Kind, TimerDecoder, TimerEvent

Row = tuple[bytes, str, int | None, Kind, int | None]
"""A line, and channel, microseconds, kind and number that it says."""


def us(hours: int, minutes: int, seconds: int, micros: int = 0) -> int:
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + micros


def run(decoder: TimerDecoder, *pieces: bytes) -> tuple[TimerEvent, ...]:
    return tuple(event for piece in pieces for event in decoder.feed(piece)) + decoder.finish()


def expected(rows: Sequence[Row]) -> tuple[TimerEvent, ...]:
    return tuple(
        TimerEvent(channel, time, kind, number, line.decode("latin-1")) for line, channel, time, kind, number in rows
    )


def stream(rows: Sequence[Row], end: bytes) -> bytes:
    return b"".join(line + end for line, *_ in rows)


def refused(decoder: TimerDecoder) -> dict[str, int]:
    return {name: count for name, count in decoder.counts.items() if name != "events"}
