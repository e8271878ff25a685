"""Microgate: both versions of the line, and nothing broken gets through."""

import pytest

from firmware_protocol.timers import microgate
from tests.firmware_protocol.timer_lines import Row, refused, run, us

ROWS: tuple[Row, ...] = (
    (b"\x10 R SO000001000070000010000000090807123405062026", "000", us(9, 8, 7, 123_400), "impulse", 7),
    (b"  R  SO000002000070000011152550090815123405062026", "255", us(9, 8, 15, 123_400), "impulse", 7),
    (b"\x12 R SO000003000000000010152550090816123405062026", "255", us(9, 8, 16, 123_400), "impulse", None),
    (b"SO000004000070000010150010090816123405062026", "001", us(9, 8, 16, 123_400), "impulse", 7),
    (b"  R  SO0000050000700000101525510000080000+0000000", "255", us(0, 0, 8), "run_time", 7),
    (b"  R  SO0000060000700000101525520000080000+0000000", "255", us(0, 0, 8), "total_time", 7),
    (b"  R  SO0000070000700000101525512359160800-0000001", "255", us(23, 59, 16, 80_000), "run_time", 7),
    (b"  R  SO0000080000700000101525570000080000+0000000", "255", us(0, 0, 8), "other", 7),
    (b"  R  SO000009000080000010000000235959999905062026", "000", us(24, 0, 0) - 100, "impulse", 8),
    (b"  R  SO000010000080000010152550000000000006062026", "255", 0, "impulse", 8),
    (b"  R  SO123456123457890123452550090815123465062026", "255", us(9, 8, 15, 123_400), "impulse", 12345),
    (b"123  25509:08:15.12399", "255", us(9, 8, 15, 123_000), "impulse", 123),
    (b"  7  00009:08:07.12300", "000", us(9, 8, 7, 123_000), "impulse", 7),
    (b"007  255 9:08:15,12300", "255", us(9, 8, 15, 123_000), "impulse", 7),
    (b"     25509:08:15.12300", "255", us(9, 8, 15, 123_000), "impulse", None),
    (b"0071 25509:08:15.12300", "255", us(9, 8, 15, 123_000), "other", 7),
    (b"0070 25509:08:15.12300", "255", us(9, 8, 15, 123_000), "impulse", 7),
    (b"007X 25509:08:15.12300", "255", us(9, 8, 15, 123_000), "other", 7),
)

BROKEN = (
    (b"  R  SO000001000070000010000000240807123405062026", "bad_time"),
    (b"  R  SO000001000070000010000000096807123405062026", "bad_time"),
    (b"  R  SO00000100007000001000000009080712340506202", "unknown_line"),
    (b"  R  SO00000100007000001000000009080712305062026", "unknown_line"),
    (b"  R  SX000001000070000010000000090807123405062026", "unknown_line"),
    (b"  7  00009:08:07.1230", "unknown_line"),
    (b"  7  00009:08:67.12300", "bad_time"),
    (b"\x10", "unknown_line"),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: repr(row[0]))
def test_a_line(row: Row) -> None:
    line, channel, time, kind, number = row
    decoder = microgate.decoder()
    (event,) = run(decoder, line + b"\r")
    assert (event.channel, event.time_of_day_us, event.kind, event.number) == (channel, time, kind, number)
    assert event.raw == line.decode()
    assert not refused(decoder)


@pytest.mark.parametrize(("line", "reason"), BROKEN)
def test_a_broken_line_is_refused_and_counted(line: bytes, reason: str) -> None:
    decoder = microgate.decoder()
    assert run(decoder, line + b"\r") == ()
    assert refused(decoder) == {reason: 1}
