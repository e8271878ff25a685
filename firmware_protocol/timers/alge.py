"""ALGE Timy and TdC timers: lines ``yNNNNxCCCxHH:MM:SS.zhtqxGGRRRR`` in fixed columns.

Source: ALGE Timing, Timy manual, "RS232 Interface" (y state, NNNN start number, CCC channel, GG group, RRRR rank).
"""

import re

from firmware_protocol.timers.base import (
    Fields,
    Kind,
    LineError,
    TimerDecoder,
    duration_us,
    start_number,
    time_of_day_us,
)

_LINE = re.compile(
    r"(?P<state>[ ?mcCdin])(?P<number>[ 0-9]{4}) (?P<channel>[ -~]{3}) (?P<time>[ 0-9:.,]{13})"
    r"(?: [ 0-9]{2}(?: *|[ 0-9]{4}|(?P<check>[!-~]{2})))?"
)
_NEXT = re.compile(r"n(?P<number>[ 0-9]{4}) *")
_CHECKED = 26
_COMPUTED: dict[str, Kind] = {"RT": "run_time", "TT": "total_time", "SQ": "lap"}
_STATES: dict[str, Kind] = {"c": "cleared", "C": "cleared", "i": "inserted", "d": "other", "n": "other"}
"""States that outweigh what the channel says; a blank, ``?`` (no valid number) and ``m`` (memory) do not."""


def decoder() -> TimerDecoder:
    """Decode what such a timer sends."""
    return TimerDecoder(parse_line)


def parse_line(line: str) -> Fields:
    """Read one line; `LineError` if it is none of this timer's, or broken."""
    following = _NEXT.fullmatch(line)
    if following:
        return Fields("", None, "other", start_number(following["number"]))
    match = _LINE.fullmatch(line)
    if match is None:
        raise LineError("unknown_line")
    if match["check"] is not None and match["check"] != checksum(line):
        raise LineError("bad_checksum")
    return _fields(match)


def checksum(line: str) -> str:
    """CHK1 of a line: its first 26 bytes added up modulo 256, as two characters of 0x30 plus four bits each."""
    total = sum(map(ord, line[:_CHECKED])) & 0xFF
    return chr(0x30 + (total >> 4)) + chr(0x30 + (total & 0xF))


def _fields(match: re.Match[str]) -> Fields:
    name = match["channel"].upper()
    channel = name.removesuffix("M").strip()
    number = None if match["state"] == "?" else start_number(match["number"])
    time_us, kind = _time_and_kind(channel, match["time"], by_hand=name.endswith("M"))
    return Fields(channel, time_us, _STATES.get(match["state"], kind), number)


def _time_and_kind(channel: str, time: str, *, by_hand: bool) -> tuple[int | None, Kind]:
    """Read the time as what the channel makes of it; other channels (speeds) hold none."""
    if channel in _COMPUTED:
        return duration_us(time), _COMPUTED[channel]
    if re.fullmatch("C[0-9]", channel):
        return time_of_day_us(time), "manual" if by_hand else "impulse"
    return None, "other"
