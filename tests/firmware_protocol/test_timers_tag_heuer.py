"""TAG Heuer CP: lines with a checksum and without, and nothing broken gets through."""

import pytest

from firmware_protocol.timers import tag_heuer
from tests.firmware_protocol.timer_lines import Row, refused, run, us

LOG = b"20260102 10:11:12.345  info:(t:7)Tag Heuer CP 520:"

ROWS: tuple[Row, ...] = (
    (b"TN 0016 0072 05 12:13:56.7800 12345 06D9", "05", us(12, 13, 56, 780_000), "impulse", 16),
    (b"TN 0016 0072 M2 12:13:56.7800 12345 06F3", "M2", us(12, 13, 56, 780_000), "manual", 16),
    (b"TN      0072  5  2:13:56.78   12345 0651", "5", us(2, 13, 56, 780_000), "impulse", None),
    (b"T- 0016 0072 05 12:13:56.7800 12345 06B8", "05", us(12, 13, 56, 780_000), "cleared", 16),
    (b"T= 0016 0072 05 12:13:56.7800 12345 06C8", "05", us(12, 13, 56, 780_000), "other", 16),
    (b"AK F 00F2", "", None, "other", None),
    (b"T        31  1  3:04:05.670000", "1", us(3, 4, 5, 670_000), "impulse", 31),
    (b"T        31 M1  3:04:05.678000", "M1", us(3, 4, 5, 678_000), "manual", 31),
    (b"T           12 13:04:05.678123", "12", us(13, 4, 5, 678_123), "impulse", None),
    (b"T-       31 M1  3:04:05.678000", "M1", us(3, 4, 5, 678_000), "cleared", 31),
    (b"TC       31 M2  3:04:05,678000", "M2", us(3, 4, 5, 678_000), "cleared", 31),
    (b"T?       31 M2  3:04:05,678000", "M2", us(3, 4, 5, 678_000), "other", 31),
    (b"T        32  1 23:59:59.999999", "1", us(24, 0, 0) - 1, "impulse", 32),
    (b"T        32  2  0:00:00.000000", "2", 0, "impulse", 32),
    (b"R   2    31           9.990000", "", us(0, 0, 9, 990_000), "run_time", 31),
    (b"R   2    31        1:09.990000", "", us(0, 1, 9, 990_000), "run_time", 31),
    (b"R   2    31          75.990000", "", us(0, 1, 15, 990_000), "run_time", 31),
    (b"R   2    31         175.990000", "", us(0, 2, 55, 990_000), "run_time", 31),
    (b"R  21  1234          75.990000", "", us(0, 1, 15, 990_000), "run_time", 1234),
    (b"R  21  1234     1:00:15.990000", "", us(1, 0, 15, 990_000), "run_time", 1234),
    (b"T      1234 12 13:04:05.678123", "12", us(13, 4, 5, 678_123), "impulse", 1234),
    (b"S 002          NET TIME       ", "", None, "other", None),
    (LOG + b"T        31 M1  3:04:05.678000", "M1", us(3, 4, 5, 678_000), "manual", 31),
    (LOG + b"TN 0016 0072 05 12:13:56.7800 12345 06D9", "05", us(12, 13, 56, 780_000), "impulse", 16),
    (b"FINISH Bib=31   elapsed time=9.990000", "", None, "other", None),
)

BROKEN = (
    (b"TN 0016 0072 05 12:13:56.7800 12345 06DA", "bad_checksum"),
    (b"TN 0016 0072 05 12:13:56.7801 12345 06D9", "bad_checksum"),
    (b"TN 0016 0072 05 12:13:56.7800 12345", "unknown_line"),
    (b"TN 0016 0072 05 12:13:56.7800 12345 06D9 1", "unknown_line"),
    (b"TN 0016 0072 05 12:73:56.7800 12345 06DF", "bad_time"),
    (b"T        31 M1  3:04:05.67800", "unknown_line"),
    (b"T        31 M1 24:04:05.678000", "bad_time"),
    (b"T        31 M1     4:05.678000", "bad_time"),
    (b"R   2    31        1:69.990000", "bad_time"),
    (b"R   2    31         1:9.990000", "bad_time"),
    (b"R   2    31                   ", "bad_time"),
    (b"hello", "unknown_line"),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].decode())
def test_a_line(row: Row) -> None:
    line, channel, time, kind, number = row
    (event,) = run(tag_heuer.decoder(), line + b"\r\n")
    assert (event.channel, event.time_of_day_us, event.kind, event.number) == (channel, time, kind, number)
    assert event.raw == line.decode()


@pytest.mark.parametrize(("line", "reason"), BROKEN)
def test_a_broken_line_is_refused_and_counted(line: bytes, reason: str) -> None:
    decoder = tag_heuer.decoder()
    assert run(decoder, line + b"\r") == ()
    assert refused(decoder) == {reason: 1}


def test_every_flipped_bit_of_a_checked_line_is_refused() -> None:
    line = b"TN 0016 0072 05 12:13:56.7800 12345 06D9"
    for at in range(len(line)):
        for bit in range(8):
            decoder = tag_heuer.decoder()
            broken = line[:at] + bytes([line[at] ^ 1 << bit]) + line[at + 1 :]
            assert run(decoder, broken + b"\r") == (), broken
            assert refused(decoder), broken
