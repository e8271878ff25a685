"""All timers: pieces of any size, noise between the lines, bounded memory."""

from itertools import pairwise
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol.timers import alge, microgate, tag_heuer
from firmware_protocol.timers.base import MAX_LINE, TimerDecoder, TimerEvent, elapsed_us
from tests.firmware_protocol import test_timers_alge, test_timers_microgate, test_timers_tag_heuer
from tests.firmware_protocol.timer_lines import Row, expected, refused, run, stream, us

TIMERS: dict[ModuleType, tuple[Row, ...]] = {
    alge: test_timers_alge.ROWS,
    tag_heuer: test_timers_tag_heuer.ROWS,
    microgate: test_timers_microgate.ROWS,
}
ENDS = (b"\r", b"\n", b"\r\n", b"\r\r\n")
NOISE = b"\r\x00\xff\x80\rgarbage \x07 0001\r"

every_timer = pytest.mark.parametrize("timer", TIMERS, ids=lambda timer: timer.__name__.rpartition(".")[2])


def decoder_of(timer: ModuleType) -> TimerDecoder:
    decoder = timer.decoder()
    assert isinstance(decoder, TimerDecoder)
    return decoder


@every_timer
@pytest.mark.parametrize("end", ENDS)
def test_whole_and_cut_at_every_byte(timer: ModuleType, end: bytes) -> None:
    data = stream(TIMERS[timer], end)
    events = expected(TIMERS[timer])
    assert run(decoder_of(timer), data) == events
    assert run(decoder_of(timer), *(data[at : at + 1] for at in range(len(data)))) == events
    for at in range(len(data)):
        assert run(decoder_of(timer), data[:at], data[at:]) == events


@every_timer
def test_the_last_line_needs_no_end_but_is_never_given_early(timer: ModuleType) -> None:
    line, *_ = TIMERS[timer][0]
    decoder = decoder_of(timer)
    assert decoder.feed(line) == ()
    assert decoder.finish() == expected(TIMERS[timer][:1])
    assert decoder.finish() == ()


@every_timer
def test_noise_between_lines_is_counted_and_costs_no_line(timer: ModuleType) -> None:
    decoder = decoder_of(timer)
    assert run(decoder, NOISE + stream(TIMERS[timer], NOISE)) == expected(TIMERS[timer])
    times = len(TIMERS[timer]) + 1
    assert refused(decoder) == {"stray_bytes": 3 * times, "unknown_line": times}
    assert decoder.counts["events"] == len(TIMERS[timer])


@every_timer
def test_line_noise_at_the_ends_of_a_line(timer: ModuleType) -> None:
    line, channel, time, kind, number = TIMERS[timer][3]
    decoder = decoder_of(timer)
    noisy = b"\x00\x80" + line + b"\xff"
    assert run(decoder, noisy) == (TimerEvent(channel, time, kind, number, noisy.decode("latin-1")),)
    assert refused(decoder) == {"stray_bytes": 3}


@every_timer
def test_memory_is_bounded(timer: ModuleType) -> None:
    decoder = decoder_of(timer)
    for _ in range(100):
        assert decoder.feed(b"T" * 1000) == ()
        assert len(decoder._pending) <= MAX_LINE + 1
    line, *_ = TIMERS[timer][0]
    assert run(decoder, b"\r" + line + b"\r") == expected(TIMERS[timer][:1])
    assert refused(decoder) == {"too_long": 1}


@every_timer
def test_a_line_of_noise_cut_at_the_limit_is_not_taken_for_a_line(timer: ModuleType) -> None:
    line, *_ = TIMERS[timer][0]
    noise = b"\x00" * (MAX_LINE + 1 - len(line))
    decoder = decoder_of(timer)
    assert run(decoder, noise + line, b"more\r") == ()
    assert refused(decoder) == {"too_long": 1}
    assert len(run(decoder, noise[1:] + line)) == 1


@every_timer
@given(data=st.data())
def test_pieces_do_not_matter(timer: ModuleType, data: st.DataObject) -> None:
    lines = st.sampled_from([line for line, *_ in TIMERS[timer]])
    noise = st.binary(max_size=300)
    content = b"".join(data.draw(st.lists(st.one_of(lines, st.sampled_from(ENDS), noise), max_size=20)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(content)), max_size=10)))
    edges = [0, *cuts, len(content)]
    whole, cut = decoder_of(timer), decoder_of(timer)
    assert run(whole, content) == run(cut, *(content[a:b] for a, b in pairwise(edges)))
    assert whole.counts == cut.counts


@every_timer
@given(noise=st.binary(max_size=2000))
def test_random_bytes_never_crash(timer: ModuleType, noise: bytes) -> None:
    assert isinstance(run(decoder_of(timer), noise), tuple)


@every_timer
@given(data=st.data())
def test_a_damaged_line_gives_an_event_or_a_count(timer: ModuleType, data: st.DataObject) -> None:
    line = bytearray(data.draw(st.sampled_from([line for line, *_ in TIMERS[timer]])))
    for _ in range(data.draw(st.integers(1, 3))):
        line[data.draw(st.integers(0, len(line) - 1))] = data.draw(st.integers(0x21, 0x7E))
    decoder = decoder_of(timer)
    events = run(decoder, bytes(line))
    assert len(events) + sum(refused(decoder).values()) == 1
    assert all(event.time_of_day_us is None or event.time_of_day_us >= 0 for event in events)


def test_a_run_over_midnight() -> None:
    assert elapsed_us(us(23, 59, 58), us(0, 0, 4, 500_000)) == 6_500_000
    assert elapsed_us(us(9, 0, 0), us(9, 0, 4)) == 4_000_000
