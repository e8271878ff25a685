"""ALGE Timy and TdC: every kind of line, and nothing broken gets through."""

import pytest

from firmware_protocol.timers import alge
from tests.firmware_protocol.timer_lines import Row, refused, run, us

ROWS: tuple[Row, ...] = (
    (b"n0007", "", None, "other", 7),
    (b"n1234", "", None, "other", 1234),
    (b" 1234 C9  09:15:02.1234 99", "C9", us(9, 15, 2, 123_400), "impulse", 1234),
    (b"n0000", "", None, "other", None),
    (b" 0007 C0  09:15:02.1234 00", "C0", us(9, 15, 2, 123_400), "impulse", 7),
    (b" 0007 C1  09:15:09.8765 00", "C1", us(9, 15, 9, 876_500), "impulse", 7),
    (b" 0007 RT  00:00:07.75   00", "RT", us(0, 0, 7, 750_000), "run_time", 7),
    (b" 0007 TT  01:00:07.75   00", "TT", us(1, 0, 7, 750_000), "total_time", 7),
    (b" 0007 SQ  00:00:03.2    00", "SQ", us(0, 0, 3, 200_000), "lap", 7),
    (b" 0008 C0M 09:16:00.12   00", "C0", us(9, 16, 0, 120_000), "manual", 8),
    (b" 0008 RTM 00:00:07.7    00", "RT", us(0, 0, 7, 700_000), "run_time", 8),
    (b"?0009 C1M 09:16:05.2    00", "C1", us(9, 16, 5, 200_000), "manual", None),
    (b"      C1  09:16:05.2000 00", "C1", us(9, 16, 5, 200_000), "impulse", None),
    (b"   10 c8  09:16:05,0199 00", "C8", us(9, 16, 5, 19_900), "impulse", 10),
    (b"m0010 C2   9:16:05.     00", "C2", us(9, 16, 5), "impulse", 10),
    (b"c0010 C1  09:16:07      00", "C1", us(9, 16, 7), "cleared", 10),
    (b"C0010 RT  00:00:07.75   00", "RT", us(0, 0, 7, 750_000), "cleared", 10),
    (b"i0010 C1M 09:16:08.12   00", "C1", us(9, 16, 8, 120_000), "inserted", 10),
    (b"d0010 C1  09:16:08.1234 00", "C1", us(9, 16, 8, 123_400), "other", 10),
    (b"n0011 C1  09:16:08.1234 00", "C1", us(9, 16, 8, 123_400), "other", 11),
    (b" 0010 kmh        12.34  00", "KMH", None, "other", 10),
    (b" 0012 C0  23:59:59.9999 00", "C0", us(24, 0, 0) - 100, "impulse", 12),
    (b" 0012 C1  00:00:00.0000 00", "C1", 0, "impulse", 12),
    (b" 0013 C0  09:20:00.5000", "C0", us(9, 20, 0, 500_000), "impulse", 13),
    (b" 0013 C1  09:20:04.5000 02   3", "C1", us(9, 20, 4, 500_000), "impulse", 13),
    (b" 0013 C1  09:20:04.5000 02    ", "C1", us(9, 20, 4, 500_000), "impulse", 13),
    # The 26 bytes add up to 0x4CB.
    (b" 0014 C0  09:21:00.5000 00<;", "C0", us(9, 21, 0, 500_000), "impulse", 14),
)

BROKEN = (
    (b" 0014 C0  09:21:00.5000 00<:", "bad_checksum"),
    (b" 0014 C0  09:21:00.5001 00<;", "bad_checksum"),
    (b" 0014 C0  09:21:00.5001 00LM", "bad_checksum"),
    (b" 0014 C0  24:00:00.0000 00", "bad_time"),
    (b" 0014 C0  09:60:00.0000 00", "bad_time"),
    (b" 0014 C0  09:21:60.0000 00", "bad_time"),
    (b" 0014 RT  00:00:61.0000 00", "bad_time"),
    (b" 0014 C0     21:00.0000 00", "bad_time"),
    (b" 0014 C0                00", "bad_time"),
    (b" 0014 C0  09:21:00 .5   00", "bad_time"),
    (b" 0014 C0  09:21:00.50", "unknown_line"),
    (b" 0014 C0  09:21:00.500", "unknown_line"),
    (b" 0014 C0  09:21:00.5000 0", "unknown_line"),
    (b" 0014 C0  09:21:00.5000 00 3", "unknown_line"),
    (b"x0014 C0  09:21:00.5000 00", "unknown_line"),
    (b" 0\xb914 C0  09:21:00.5000 00", "unknown_line"),
    (b" 0 14 C0  09:21:00.5000 00", "unknown_line"),
    (b"n007", "unknown_line"),
    (b"\x00TIMY:\xff", "unknown_line"),
)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0].decode())
def test_a_line(row: Row) -> None:
    line, channel, time, kind, number = row
    (event,) = run(alge.decoder(), line + b"\r")
    assert (event.channel, event.time_of_day_us, event.kind, event.number) == (channel, time, kind, number)
    assert event.raw == line.decode()


@pytest.mark.parametrize(("line", "reason"), BROKEN)
def test_a_broken_line_is_refused_and_counted(line: bytes, reason: str) -> None:
    decoder = alge.decoder()
    assert run(decoder, line + b"\r") == ()
    assert decoder.counts[reason] == 1


def test_every_flipped_bit_of_a_checked_line_is_refused() -> None:
    line = b" 0014 C0  09:21:00.5000 00<;"
    for at in range(len(line)):
        for bit in range(8):
            decoder = alge.decoder()
            broken = line[:at] + bytes([line[at] ^ 1 << bit]) + line[at + 1 :]
            assert run(decoder, broken + b"\r") == (), broken
            assert refused(decoder), broken


def test_the_checksum_of_one_line_by_hand() -> None:
    assert sum(b" 0014 C0  09:21:00.5000 00") & 0xFF == 0xCB
    assert alge.checksum(" 0014 C0  09:21:00.5000 00<;") == "<;"
