"""Gates on the session clock: edges at their time, and a flag for everything that may have gone missing."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_protocol.gate_timer import Cue, Edge, GateTimerDecoder, Heartbeat, Info, Ping, Pong, encode
from rig.model.records import Direction, LinkEvent, Packet
from rig.timeline import BeamEdge, GateTrack, GateWindow, decode_session
from tests.timeline.lab import INFO, SETUP, Oscillator, S, Timer, link, rx, session

T0 = 9_000 * S
MS = 1_000_000
Action = Callable[[Timer, int], None]
"""What happens at the timer at a host time."""


def timer(ppm: float = 1500.0, jitter_ns: int = MS) -> Timer:
    return Timer(Oscillator(T0 - 400 * S, ppm), jitter_ns=jitter_ns)


def lived(story: Sequence[tuple[float, Action]], own: Timer, *, seconds: int = 60) -> list[Packet]:
    """Let a timer live: INFO at 0 s, a ping and a heartbeat every second, and the story at its times."""
    happens = [(0.05, Timer.info), *story]
    happens += [(k + 0.5, Timer.heartbeat) for k in range(seconds)]
    happens += [(k + 0.1, ping(k)) for k in range(seconds)]
    for second, action in sorted(happens, key=lambda pair: pair[0]):
        action(own, T0 + round(second * S))
    return own.packets


def ping(token: int) -> Action:
    return lambda t, at: t.ping(at, token)


def cut(gate: int, beam: int = 0, *, lost: bool = False) -> Action:
    return lambda t, at: t.edge(at, gate, beam, blocked=True, lost=lost)


def free(gate: int, beam: int = 0, *, lost: bool = False) -> Action:
    return lambda t, at: t.edge(at, gate, beam, blocked=False, lost=lost)


WALK = [(20.25, cut(0)), (20.75, free(0)), (24.2, cut(1)), (24.7, free(1)), (26.2, cut(2, 1)), (26.7, free(2, 1))]


def track(packets: list[Packet]) -> GateTrack:
    gates = decode_session(packets, SETUP).gates
    assert isinstance(gates, GateTrack)
    return gates


def window(packets: list[Packet], start_s: float, end_s: float, known_s: float | None = None) -> GateWindow:
    known = end_s + 2 if known_s is None else known_s
    return track(packets).window(*(T0 + round(t * S) for t in (start_s, end_s, known)))


def seconds(edges: tuple[BeamEdge, ...]) -> list[tuple[int, int, bool]]:
    return [(e.gate, e.beam, e.blocked) for e in edges]


def test_edges_are_at_their_time_within_the_bound() -> None:
    found = window(lived(WALK, timer()), 19, 30)
    assert seconds(found.edges) == [
        (0, 0, True), (0, 0, False), (1, 0, True), (1, 0, False), (2, 1, True), (2, 1, False),
    ]  # fmt: skip
    for edge, (second, _) in zip(found.edges, WALK, strict=True):
        assert abs(edge.t_ns - T0 - second * S) <= found.clock.bound_ns
    assert found.flags == ()
    assert found.clock.kind == "two_way"
    assert found.clock.bound_ns < 1 * MS
    assert found.clock.rate_ppm == pytest.approx(1500, abs=20)
    assert found.clock.age_s == 0


def test_a_latency_timer_costs_less_than_a_millisecond() -> None:
    found = window(lived(WALK, timer(jitter_ns=16 * MS)), 19, 30)
    errors = [edge.t_ns - T0 - second * S for edge, (second, _) in zip(found.edges, WALK, strict=True)]
    assert max(map(abs, errors)) < 1 * MS
    assert max(map(abs, errors)) <= found.clock.bound_ns


def test_windows_are_half_open() -> None:
    packets = lived(WALK, timer())
    at = window(packets, 19, 30).edges[2].t_ns
    own = track(packets)
    assert own.window(at, at + S, T0 + 32 * S).edges[0].t_ns == at
    assert at not in [e.t_ns for e in own.window(at - S, at, T0 + 32 * S).edges]


def test_levels_at_the_start_come_from_heartbeats_and_the_edges_since() -> None:
    packets = lived([(10.2, cut(3)), (20.6, cut(0, 1)), (20.9, cut(1)), (20.95, free(1))], timer())
    found = window(packets, 20, 22)
    blocked_s = (next(e for e in found.edges if (e.gate, e.beam) == (0, 1)).t_ns - T0) / S
    levels = window(packets, 21, 22).levels_at_start
    assert {beam for beam, blocked in levels.items() if blocked} == {(3, 0), (0, 1)}
    assert levels[1, 0] is False
    assert set(levels) == {(gate, beam) for gate in range(4) for beam in range(2)}
    assert window(packets, blocked_s, 22).levels_at_start[0, 1] is False


def test_levels_are_unknown_before_anything_was_heard() -> None:
    assert set(window(lived([], timer()), 0.2, 5).levels_at_start.values()) == {None}


def test_a_level_lost_as_an_edge_heals_by_the_next_heartbeat() -> None:
    packets = lived([(20.2, cut(0, lost=True))], timer())
    assert window(packets, 20.4, 30).levels_at_start[0, 0] is False
    assert window(packets, 21, 30).levels_at_start[0, 0] is True
    packets = lived([(20.2, cut(0)), (20.4, free(0, lost=True))], timer())
    assert window(packets, 20.45, 30).levels_at_start[0, 0] is True
    assert window(packets, 21, 30).levels_at_start[0, 0] is False


def test_cues_have_their_time() -> None:
    story = [(20.0, lambda t, at: t.say(at, Cue(7, 3, t.ticks(at))))]
    found = window(lived(story, timer()), 19, 21)
    assert [(c.token, c.kind) for c in found.cues] == [(7, 3)]
    assert abs(found.cues[0].t_ns - T0 - 20 * S) <= found.clock.bound_ns
    assert window(lived(story, timer()), 20.1, 21).cues == ()


# -- flags -------------------------------------------------------------------------------------------------------


def test_a_lost_edge_is_a_sequence_gap_where_it_happened() -> None:
    packets = lived([*WALK, (24.3, cut(3, lost=True)), (24.4, free(3, lost=True))], timer())
    assert window(packets, 19, 30).flags == ("sequence_gap",)
    assert window(packets, 19, 24).flags == ()
    assert window(packets, 25, 30).flags == ()
    summary = decode_session(packets, SETUP).device_summaries["gates"]
    assert summary["lost_edges"] == 2


def test_numbers_of_edges_go_on_after_their_largest() -> None:
    own = timer()
    own.sequence = 65533
    packets = lived([*WALK, (28.0, cut(3, lost=True))], own)
    assert window(packets, 19, 27.2).flags == ()
    assert "sequence_gap" in window(packets, 27.6, 30).flags
    assert decode_session(packets, SETUP).device_summaries["gates"]["lost_edges"] == 1


def test_the_last_edge_lost_shows_by_the_heartbeat() -> None:
    packets = lived([(20.2, cut(0)), (29.7, free(0, lost=True))], timer())
    assert window(packets, 19, 30).flags == ("levels_disagree", "sequence_gap")
    assert window(packets, 19, 29).flags == ()


def test_a_corrupt_edge_is_not_an_edge_but_a_gap() -> None:
    packets = lived(WALK, timer())
    broken = [k for k, p in enumerate(packets) if p.direction is Direction.RX and p.data[2:3] == b"\x02"][2]
    data = bytearray(packets[broken].data)
    data[-4] ^= 0x40
    packets[broken] = rx("gates", packets[broken].t_ns, bytes(data))
    found = window(packets, 19, 30)
    assert len(found.edges) == 5
    assert "sequence_gap" in found.flags


def test_an_overrun_is_flagged() -> None:
    def overrun(t: Timer, _: int) -> None:
        t.overruns += 3
        t.sequence += 3

    packets = lived([*WALK, (23.0, overrun)], timer())
    assert window(packets, 19, 30).flags == ("overrun", "sequence_gap")
    assert window(packets, 25, 30).flags == ()
    assert decode_session(packets, SETUP).device_summaries["gates"]["overruns"] == 3


def test_a_count_of_overruns_that_is_a_little_older_is_no_overrun() -> None:
    def older(t: Timer, _: int) -> None:
        t.overruns -= 1

    own = timer()
    own.overruns = 5
    assert window(lived([*WALK, (23.0, older)], own), 19, 30).flags == ()


def test_levels_that_disagree_with_the_edges_are_flagged() -> None:
    def silently(t: Timer, _: int) -> None:
        t.levels |= 1

    packets = lived([(22.0, silently), (26.2, free(0)), (40.0, cut(0))], timer())
    assert window(packets, 19, 30).flags == ("levels_disagree",)
    assert window(packets, 23, 30).flags == ()


def test_an_edge_beside_a_heartbeat_is_no_disagreement() -> None:
    def confused(t: Timer, at: int) -> None:
        """A heartbeat whose stamp was read after an edge, its levels and counter before it."""
        t.say(at, Heartbeat(t.ticks(at), 0b100, 1, 0, 0))

    story = [(20.2, cut(1)), (20.8, cut(0)), (20.8005, confused)]
    assert window(lived(story, timer()), 19, 30).flags == ()


def test_a_reset_inside_the_window_is_flagged_and_nothing_is_joined_across_it() -> None:
    before, after = timer(), Timer(Oscillator(T0 + 25 * S, -900.0), seed=3)
    packets = [p for p in lived([(20.2, cut(0))], before) if p.t_ns < T0 + 25 * S]
    after.info(T0 + 25 * S + MS, boot_id=8)
    after.live(T0 + 26 * S, T0 + 30 * S)
    after.edge(T0 + 30 * S, 2, 0, blocked=True)
    after.live(T0 + 30 * S, T0 + 60 * S)
    packets = session(packets, after.packets)
    found = window(packets, 19, 40)
    assert found.flags == ("device_reset",)
    assert seconds(found.edges) == [(0, 0, True), (2, 0, True)]
    assert abs(found.edges[1].t_ns - T0 - 30 * S) < 1 * MS
    assert window(packets, 30.5, 40).flags == ()
    assert window(packets, 57, 58).flags == ()
    assert window(packets, 10, 22).flags == ()
    assert decode_session(packets, SETUP).device_summaries["gates"]["resets"] == 1


def test_a_new_boot_id_is_a_reset_even_where_the_clock_hardly_went_back() -> None:
    before, after = Timer(Oscillator(T0 - 100 * MS)), Timer(Oscillator(T0 + 600 * MS), seed=3)
    before.info(T0)
    before.ping(T0 + 300 * MS, 1)
    after.info(T0 + 610 * MS, boot_id=8)
    after.live(T0 + S, T0 + 20 * S)
    packets = session(before.packets, after.packets)
    assert window(packets, 0, 10).flags == ("device_reset",)


def test_a_clock_that_runs_away_from_the_host_is_a_reset() -> None:
    ahead = Timer(Oscillator(T0 - 500 * S), seed=3)
    ahead.info(T0 + 25 * S)
    ahead.live(T0 + 26 * S, T0 + 60 * S)
    packets = session([p for p in lived([], timer()) if p.t_ns < T0 + 25 * S], ahead.packets)
    assert window(packets, 19, 30).flags == ("device_reset",)
    assert window(packets, 30, 40).flags == ()


def test_a_clock_that_goes_back_is_a_reset_even_where_info_was_lost() -> None:
    after = Timer(Oscillator(T0 + 25 * S), seed=3)
    after.live(T0 + 26 * S, T0 + 60 * S)
    packets = [p for p in lived([], timer()) if p.t_ns < T0 + 25 * S]
    assert "device_reset" in window(session(packets, after.packets), 20, 30).flags
    assert "no_sync" in window(session(packets, after.packets), 30, 40).flags


def test_a_lost_link_is_flagged_and_the_clock_is_not_carried_over() -> None:
    packets = lived(WALK, timer())
    kept = [p for p in packets if not T0 + 21 * S < p.t_ns < T0 + 23 * S]
    links = [link("gates", T0 + 22 * S, LinkEvent.LOST), link("gates", T0 + 22 * S + S // 2, LinkEvent.CONNECTED)]
    found = window(session(kept, links), 19, 30)
    assert "link_lost" in found.flags
    assert "no_sync" in found.flags  # the timer did not say again who it is
    assert seconds(found.edges) == [(0, 0, True), (0, 0, False)]


def test_without_pings_there_are_no_times() -> None:
    own = timer()
    packets = [p for p in lived(WALK, own) if p.direction is Direction.RX]
    found = window(packets, 19, 30)
    assert found.edges == ()
    assert found.flags == ("no_sync",)
    assert found.clock.kind == "none"
    assert decode_session(packets, SETUP).device_summaries["gates"]["clock"] == "none"


def test_without_info_there_are_no_times() -> None:
    packets = [p for p in lived(WALK, timer()) if p.data[2:3] != b"\x01" and p.data[1:3] != b"\x03\x01"]
    assert window(packets, 19, 30).flags == ("no_sync",)


def test_a_sync_older_than_thirty_seconds_is_flagged() -> None:
    packets = [p for p in lived(WALK, timer()) if p.direction is Direction.RX or p.t_ns < T0 + 5 * S]
    assert "sync_old" not in window(packets, 19, 30).flags
    old = window(packets, 30, 40)
    assert "sync_old" in old.flags
    assert old.clock.age_s == pytest.approx(35.8, abs=0.3)


def test_a_bound_above_five_milliseconds_is_flagged() -> None:
    packets = [p for p in lived(WALK, timer(jitter_ns=16 * MS)) if p.direction is Direction.RX or p.t_ns < T0 + 3 * S]
    found = window(packets, 19, 30)
    assert found.clock.bound_ns > 5 * MS
    assert "sync_bound" in found.flags


def test_a_timer_that_falls_silent_is_flagged() -> None:
    packets = [p for p in lived(WALK, timer()) if p.t_ns < T0 + 25 * S or p.direction is Direction.TX]
    assert "silent" in window(packets, 19, 30).flags
    assert "silent" not in window(packets, 10, 20).flags


def test_reads_dropped_by_the_host_are_flagged_and_not_joined() -> None:
    half = rx("gates", T0 + 22 * S, lived([], timer())[0].data[:20])
    packets = session(lived(WALK, timer()), [half, link("gates", T0 + 22 * S + 1, LinkEvent.QUEUE_DROPPED)])
    assert window(packets, 19, 30).flags == ("queue_dropped",)
    facts = decode_session(packets, SETUP).device_summaries["gates"]
    assert facts["crc_errors"] == facts["frame_errors"] == 0


def test_before_the_timer_was_connected_it_is_silent() -> None:
    found = window(lived(WALK, timer()), -20, -10)
    assert found.flags == ("no_sync", "silent")
    assert found.edges == ()


# -- pairing and independence ------------------------------------------------------------------------------------


def test_a_pong_without_its_ping_is_not_used() -> None:
    own = timer()
    packets = lived(WALK, own)
    stray = [rx("gates", T0 + 22 * S, encode(Pong(10**6, own.ticks(T0), own.ticks(T0 + 22 * S))))]
    again = [p for p in packets if p.data[2:3] == b"\x03"][:3]
    late = [rx("gates", p.t_ns + S // 3, p.data) for p in again]
    asked = [Packet("gates", "serial", Direction.TX, T0 + 30 * S, encode(Ping(10**7)))]
    gone = [link("gates", T0 + 31 * S, LinkEvent.LOST)]
    answer = [rx("gates", T0 + 32 * S, encode(Pong(10**7, own.ticks(T0 + 32 * S), own.ticks(T0 + 32 * S))))]
    for more in ([*stray, *late], [*asked, *gone, *answer]):
        facts = decode_session(session(packets, more), SETUP).device_summaries["gates"]
        assert facts["exchanges"] == 60
    with_stray = window(session(packets, stray, late), 19, 30)
    assert with_stray.clock == window(packets, 19, 30).clock


def test_a_ping_and_its_pong_of_one_host_time_are_a_pair() -> None:
    """Some hosts count in steps of 16 ms."""
    coarse = [
        Packet(p.source, p.endpoint, p.direction, p.t_ns // (16 * MS) * (16 * MS), p.data) for p in lived(WALK, timer())
    ]
    coarse.sort(key=lambda p: (p.t_ns, p.direction is Direction.TX))
    assert decode_session(coarse, SETUP).device_summaries["gates"]["exchanges"] == 60


def test_a_ping_is_paired_wherever_it_stands_among_packets_of_its_time() -> None:
    packets = lived(WALK, timer())
    assert window(list(reversed(packets)), 19, 30) == window(packets, 19, 30)


@settings(max_examples=25)
@given(st.randoms(use_true_random=False))
def test_windows_do_not_depend_on_how_the_bytes_were_read(random: Random) -> None:
    packets = lived(WALK, timer())
    pieces: list[Packet] = []
    for p in packets:
        at = sorted(random.randrange(len(p.data) + 1) for _ in range(random.randrange(4)))
        parts = [p.data[a:b] for a, b in pairwise([0, *at, len(p.data)])]
        pieces += [p] if p.direction is Direction.TX else [rx("gates", p.t_ns, part) for part in parts]
    assert window(pieces, 19, 30) == window(packets, 19, 30)


@settings(max_examples=30)
@given(st.integers(5, 50), st.integers(1, 20), st.sampled_from([0.0, 0.4, 2.0]))
def test_a_window_knows_nothing_of_what_came_later(start_s: int, length_s: int, known_s: float) -> None:
    known = start_s + length_s + known_s
    part = [p for p in LONG if p.t_ns <= T0 + known * S]
    marker = [rx("back", T0 + round(known * S), b"")]
    later = [rx("back", T0 + 500 * S, b"")]
    now = window([*part, *marker], start_s, start_s + length_s, known)
    assert now == window([*LONG, *later], start_s, start_s + length_s, known)


LONG = lived([*WALK, (33.3, cut(1, lost=True)), (33.8, free(1))], timer())


def test_a_reset_cannot_be_seen_before_it_happened() -> None:
    after = Timer(Oscillator(T0 + 70 * S), seed=3)
    after.info(T0 + 70 * S + MS, boot_id=8)
    after.live(T0 + 71 * S, T0 + 90 * S)
    packets = lived(WALK, timer())
    assert window(session(packets, after.packets), 19, 30) == window(packets, 19, 30)


def test_messages_of_impossible_beams_are_not_edges() -> None:
    story = [(20.1, lambda t, at: t.say(at, Edge(9, 0, 1, t.sequence, 0, t.ticks(at))))]
    assert window(lived(story, timer()), 19, 30).edges == ()


def test_ticks_near_the_end_of_their_range_neither_crash_nor_lose_precision() -> None:
    base = 2**64 - 2**40
    packets = lived(WALK, timer())
    high = [Packet(p.source, p.endpoint, p.direction, p.t_ns, shifted(p.data, base)) for p in packets]
    assert [e.t_ns for e in window(high, 19, 30).edges] == [e.t_ns for e in window(packets, 19, 30).edges]


def shifted(data: bytes, ticks: int) -> bytes:
    """The same messages from a timer that has counted so many ticks more."""
    for received in GateTimerDecoder().feed(data, 0):
        match received.message:
            case Pong() as m:
                return encode(replace(m, rx_ticks=m.rx_ticks + ticks, tx_ticks=m.tx_ticks + ticks))
            case (Info() | Edge() | Heartbeat()) as other:
                return encode(replace(other, ticks=other.ticks + ticks))
    return data


def test_info_and_ping_of_the_stand_in_are_what_the_page_says() -> None:
    assert encode(INFO)[:4] == bytes.fromhex("00 03 01 01")
    assert encode(Ping(1)) == bytes.fromhex("00 03 82 01 01 01 03 01 eb 00")
