"""What every sports timer's decoder gives: one event for each line that the timer printed."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["impulse", "manual", "run_time", "total_time", "lap", "cleared", "inserted", "other"]

MAX_LINE = 256
"""Longest line that is looked at, in bytes; the timers' own are below 100 even inside a log."""

DAY_US = 24 * 3600 * 1_000_000

_FRACTION = r"(?:[.,](?P<fraction>[0-9]{0,6}))? *"
_TIME_OF_DAY = re.compile(r" *(?P<h>[0-9]{1,2}):(?P<m>[0-9]{2}):(?P<s>[0-9]{2})" + _FRACTION)
_DURATION = re.compile(r" *(?:(?:(?P<h>[0-9]{1,2}):)?(?P<m>[0-9]{1,2}):(?=[0-9]{2}))?(?P<s>[0-9]{1,6})" + _FRACTION)
_LINE_END = re.compile(rb"[\r\n]")
_BYTES = frozenset(map(chr, range(0x100)))
_PRINTABLE = frozenset(map(chr, range(0x20, 0x7F)))


@dataclass(frozen=True, slots=True)
class TimerEvent:
    """One line of a timer.

    Attributes
    ----------
    channel
        Input as the timer names it; for computed times what the timer prints there, which may be nothing.
    time_of_day_us
        Microseconds since midnight of the timer's clock. For `run_time`, `total_time` and `lap` (and for such a
        time cleared or inserted) the duration instead, as the timer computed it. None where the line has no time.
    kind
        `manual` was pressed on the keypad, `cleared` is a time taken back, `inserted` one typed in by a person.
    number
        Start number; None where it is blank, zero or marked as not valid.
    raw
        The line as it came, without its end, one character a byte (Latin-1).
    """

    channel: str
    time_of_day_us: int | None
    kind: Kind
    number: int | None
    raw: str


@dataclass(frozen=True, slots=True)
class Fields:
    """What a line says, without the line itself."""

    channel: str
    time_us: int | None
    kind: Kind
    number: int | None


class LineError(ValueError):
    """A line is refused; the message is the name under which it is counted."""


def time_of_day_us(text: str) -> int:
    """Read ``hh:mm:ss`` with an optional fraction behind ``.`` or ``,`` as microseconds since midnight.

    Raises
    ------
    LineError
        If it is no time of one day.
    """
    us = _microseconds(_TIME_OF_DAY.fullmatch(text))
    if us >= DAY_US:
        raise LineError("bad_time")
    return us


def duration_us(text: str) -> int:
    """Read ``[[hh:]mm:]ss`` with an optional fraction as microseconds; `LineError` if it is none."""
    return _microseconds(_DURATION.fullmatch(text))


def _microseconds(match: re.Match[str] | None) -> int:
    if match is None:
        raise LineError("bad_time")
    hours, minutes, seconds = (int(match[part] or 0) for part in "hms")
    if minutes > 59 or (match["m"] is not None and seconds > 59):
        raise LineError("bad_time")
    return (hours * 3600 + minutes * 60 + seconds) * 1_000_000 + int((match["fraction"] or "").ljust(6, "0"))


def start_number(text: str) -> int | None:
    """Read a right-aligned start number; None for blanks and zero, which no starter wears."""
    digits = text.strip()
    if digits and not digits.isdecimal():
        raise LineError("unknown_line")
    return int(digits or 0) or None


def elapsed_us(start_us: int, stop_us: int) -> int:
    """Time between two impulses less than a day apart: over midnight the clock begins again at zero."""
    return (stop_us - start_us) % DAY_US


class TimerDecoder:
    """Bytes of a timer's serial line to events, in bounded memory.

    Lines end with CR, LF or both. Bytes before or behind a line that are no printable ASCII are line noise: they
    are counted as `stray_bytes` and the line is read without them.

    Parameters
    ----------
    parse
        Gives what one line says, or raises `LineError`.
    control
        Control characters that belong to the format.
    """

    def __init__(self, parse: Callable[[str], Fields], control: str = "") -> None:
        self._parse = parse
        self._stray = "".join(sorted(_BYTES - _PRINTABLE - set(control)))
        self._pending = b""
        self._counts: Counter[str] = Counter()

    @property
    def counts(self) -> Mapping[str, int]:
        """Lines by fate: `events`, and what was not understood.

        The latter are `unknown_line`, `bad_time`, `bad_checksum`, `too_long`; and `stray_bytes`, in bytes.
        """
        return self._counts

    def feed(self, data: bytes) -> tuple[TimerEvent, ...]:
        """Take what was read; give the events of the lines that this completed."""
        *closed, rest = _LINE_END.split(data)
        events = []
        for piece in closed:
            events += self._close(self._pending + piece)
            self._pending = b""
        # One byte above the limit is enough to know that the line is too long.
        self._pending = (self._pending + rest)[: MAX_LINE + 1]
        return tuple(events)

    def finish(self) -> tuple[TimerEvent, ...]:
        """Take the end of the stream as the end of the last line."""
        return self.feed(b"\n")

    def _close(self, line: bytes) -> list[TimerEvent]:
        if len(line) > MAX_LINE:
            self._counts["too_long"] += 1
            return []
        raw = line.decode("latin-1")
        text = raw.strip(self._stray)
        if len(text) < len(raw):
            self._counts["stray_bytes"] += len(raw) - len(text)
        if not text.strip():
            return []
        try:
            fields = self._parse(text)
        except LineError as error:
            self._counts[str(error)] += 1
            return []
        self._counts["events"] += 1
        return [TimerEvent(fields.channel, fields.time_us, fields.kind, fields.number, raw)]
