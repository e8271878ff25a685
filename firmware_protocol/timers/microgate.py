"""Microgate timers (Racetime2, REI2): fixed columns without a checksum, in two versions of the protocol.

Channel 000 is the start and 255 the finish.
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

_CONTROL = "\x10\x12\x14"
"""First byte of a version 2 line: sent as it happens, sent again, reduced."""

_V1 = re.compile(
    r"(?P<number>[ 0-9]{3})(?P<what>[ -~])[ -~](?P<channel>[0-9]{3})"
    r"(?P<time>[ 0-9]{2}:[0-9]{2}:[0-9]{2}[.,][0-9]{3})[ -~]{2}"
)
_V2 = re.compile(
    r"[^0-9]{0,5}SO[ 0-9]{6}(?P<number>[ 0-9]{5})[ 0-9]{9}"
    r"(?P<channel>[0-9]{3})(?P<what>[0-9])(?P<h>[ 0-9]{2})(?P<m>[0-9]{2})(?P<s>[0-9]{2})(?P<fraction>[0-9]{4})"
    r"[+0-9-][0-9]{7} *"
)
_V1_KINDS: dict[str, Kind] = {" ": "impulse", "0": "impulse"}
_V2_KINDS: dict[str, Kind] = {"0": "impulse", "1": "run_time", "2": "total_time"}


def decoder() -> TimerDecoder:
    """Decode what such a timer sends."""
    return TimerDecoder(parse_line, _CONTROL)


def parse_line(line: str) -> Fields:
    """Read one line; `LineError` if it is none of this timer's."""
    if match := _V2.fullmatch(line):
        time = "{h}:{m}:{s}.{fraction}".format(**match.groupdict())
        return _fields(match, time, _V2_KINDS.get(match["what"], "other"))
    if match := _V1.fullmatch(line):
        return _fields(match, match["time"], _V1_KINDS.get(match["what"], "other"))
    raise LineError("unknown_line")


def _fields(match: re.Match[str], time: str, kind: Kind) -> Fields:
    read = time_of_day_us if kind == "impulse" else duration_us
    return Fields(match["channel"], read(time), kind, start_number(match["number"]))
