"""TAG Heuer CP timers: THCOM08 lines with a checksum, and the older 30-column lines of the CP 520 without one.

Lines that a logging program kept may stand behind its own words, up to ``CP 520:``; these are passed over.
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

_LOGGED = re.compile(r"[0-9][ -~]*?CP ?[0-9]{3}:")
_LOGGERS_OWN = re.compile(r"FINISH Bib=[ -~]*")
_THCOM08 = re.compile(r"(?P<record>[A-Z][ A-Z+*=-] [ -~]*?) (?P<check>[0-9A-F]{4}) *")
_THCOM08_TIME = re.compile(
    r"T(?P<state>[ -~]) (?P<number>[ 0-9]{4}) [ 0-9]{4} (?P<channel>[ M0-9][0-9]) (?P<time>[ 0-9:.,]+) [ 0-9]{5}"
)
_IMPULSE = re.compile(
    r"T(?P<state>[ -~])[ 0-9]{5}(?P<number>[ 0-9]{4}) (?P<channel>[ M0-9][0-9]) (?P<time>[ 0-9:.,]{15})"
)
_RESULT = re.compile(r"R[ 0-9]{6}(?P<number>[ 0-9]{4})(?P<time>[ 0-9:.,]{19})")
_STATUS = re.compile(r"S [ 0-9]{3}[ -~]{0,25}")
_TAKEN_BACK = "-C"
"""``T-`` cancels an impulse, ``TC`` repeats the one that a correction replaces; the new one follows as ``T``."""


def decoder() -> TimerDecoder:
    """Decode what such a timer sends."""
    return TimerDecoder(parse_line)


def parse_line(line: str) -> Fields:
    """Read one line; `LineError` if it is none of this timer's, or broken."""
    if _LOGGERS_OWN.fullmatch(line):
        return Fields("", None, "other", None)
    logged = _LOGGED.match(line)
    record = line[logged.end() :] if logged else line
    if match := _IMPULSE.fullmatch(record):
        return _impulse(match)
    if match := _RESULT.fullmatch(record):
        return Fields("", duration_us(match["time"]), "run_time", start_number(match["number"]))
    if _STATUS.fullmatch(record):
        return Fields("", None, "other", None)
    return _thcom08(record)


def checksum(record: str) -> str:
    """16-bit sum of the bytes before it, without the blank between them, as four hex digits."""
    return f"{sum(map(ord, record)) & 0xFFFF:04X}"


def _thcom08(line: str) -> Fields:
    match = _THCOM08.fullmatch(line)
    if match is None:
        raise LineError("unknown_line")
    if match["check"] != checksum(match["record"]):
        raise LineError("bad_checksum")
    time = _THCOM08_TIME.fullmatch(match["record"])
    return _impulse(time) if time else Fields("", None, "other", None)


def _impulse(match: re.Match[str]) -> Fields:
    channel = match["channel"].strip()
    return Fields(channel, time_of_day_us(match["time"]), _kind(match["state"], channel), start_number(match["number"]))


def _kind(state: str, channel: str) -> Kind:
    if state in _TAKEN_BACK:
        return "cleared"
    if state not in " N":
        return "other"
    return "manual" if channel.startswith("M") else "impulse"
