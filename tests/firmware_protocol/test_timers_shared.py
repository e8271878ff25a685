"""Real races: every line is read, and every run time is the difference of its impulses, cut off at 1/100 s."""

import csv
from pathlib import Path

import pytest

from firmware_protocol.timers import alge, microgate, tag_heuer
from firmware_protocol.timers.base import TimerEvent, elapsed_us
from tests.firmware_protocol.timer_lines import refused, run

DECODERS = {"alge": alge.decoder, "tagheuer": tag_heuer.decoder, "microgate": microgate.decoder}
CENTISECOND_US = 10_000


def events_of(path: Path) -> tuple[TimerEvent, ...]:
    """One event a line, so that events and lines count alike."""
    decoder = DECODERS[path.name.partition("_")[0]]()
    data = path.read_bytes()
    events = run(decoder, data)
    assert not refused(decoder)
    assert [event.raw for event in events] == data.decode("latin-1").splitlines()
    return events


def dumps(shared_data: Path) -> dict[str, tuple[TimerEvent, ...]]:
    return {path.name: events_of(path) for path in sorted((shared_data / "timer_dumps").glob("*_*.txt"))}


@pytest.mark.shared
def test_every_run_time_is_the_difference_of_its_impulses(shared_data: Path) -> None:
    found = dumps(shared_data)
    with (shared_data / "timer_dumps" / "truth.csv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table))
    for row in rows:
        events = found[row["file"]]
        event = events[int(row["line"]) - 1]
        start, stop = (impulse(events, row[name]) for name in ("start_s", "stop_s"))
        elapsed = elapsed_us(start, stop)
        assert event.number == int(row["bib"])
        assert event.time_of_day_us == elapsed - elapsed % CENTISECOND_US, row
    known = {(row["file"], int(row["line"])) for row in rows}
    run_times = {(f, i) for f, events in found.items() for i, e in enumerate(events, 1) if e.kind == "run_time"}
    assert run_times
    assert run_times <= known


def impulse(events: tuple[TimerEvent, ...], second: str) -> int:
    """The time of the one impulse (given perhaps more than once) at this second of the day."""
    whole, _, fraction = second.partition(".")
    wanted = int(whole) * 1_000_000 + int(fraction.ljust(6, "0"))
    times = {
        e.time_of_day_us for e in events if e.kind in ("impulse", "manual", "inserted") and e.channel[-1:].isdigit()
    }
    assert wanted in times
    return wanted
