"""What the firmware says by itself, and what it answers."""

from pathlib import Path

import numpy as np
import pytest

from firmware_protocol.framing import encode_frame
from firmware_protocol.gate_timer import (
    SCHEMA_HASH,
    Cue,
    CueRequest,
    Edge,
    Heartbeat,
    Hello,
    Info,
    Ping,
    Pong,
    SelfTest,
    SelfTestRequest,
    TimerError,
    encode,
)
from tests.hardware.lab import BYTE_US, PROBES, TICK_US, Lab, ask, build_firmware, clock_start_us, pin, rx

PING_BYTES = 10


def test_info_comes_first_and_says_what_is_fitted(runner: Path, tmp_path: Path) -> None:
    run = Lab(runner, build_firmware(tmp_path, defines="")).run([pin(5e5, 1, 1), pin(6e5, 0, 1)], 1.5e6)
    info = run.said[0].message
    assert isinstance(info, Info)
    assert (info.protocol_major, info.protocol_minor, info.schema_hash) == (1, 0, SCHEMA_HASH)
    assert (info.n_gates, info.beams_fitted, info.tick_ns) == (4, 0x55, 500)
    assert info.height_mm == (1100, 0, 1100, 0, 1100, 0, 1100, 0)
    # Beam 1 is not fitted: its pin says nothing, by itself or along with another.
    assert [(edge.gate, edge.beam) for edge in run.all(Edge)] == [(0, 0)]
    assert run.all(Heartbeat)[-1].levels == 0x01


def test_a_heartbeat_a_second_tells_levels_and_counts(lab: Lab) -> None:
    run = lab.run([pin(0, 7, 1), pin(0.5e6, 0, 1), pin(2.5e6, 7, 0), pin(2.6e6, 3, 1)], 30.5e6)
    beats = run.all(Heartbeat)
    assert len(beats) == 30
    assert np.abs(np.diff([b.ticks for b in beats]) * TICK_US - 1e6).max() < 40e3
    assert abs(beats[-1].ticks * TICK_US - 30e6) < 40e3
    assert [b.levels for b in beats[:3]] == [0x81, 0x81, 0x09]
    assert [b.next_sequence for b in beats[:3]] == [1, 1, 3]
    assert {(b.overruns, b.rx_errors) for b in beats} == {(0, 0)}


def test_hello_is_answered_with_info(lab: Lab) -> None:
    run = lab.run([ask(1e6, Hello())], 2e6)
    assert len(run.all(Info)) == 2
    assert run.all(TimerError) == []


def test_hello_of_another_major_version_is_told(lab: Lab) -> None:
    run = lab.run([ask(1e6, Hello(2, 0))], 2e6)
    assert [(e.code, e.detail) for e in run.all(TimerError)] == [(3, 2)]
    assert len(run.all(Info)) == 2


def test_pong_carries_the_delimiter_and_its_own_first_byte(lab: Lab) -> None:
    asked = [1e6 + 50e3 * k + 7.3 * k for k in range(100)]
    run = lab.run([*(pin(*edge) for edge in PROBES), *(ask(t, Ping(k)) for k, t in enumerate(asked))], 7e6)
    start = clock_start_us(run, PROBES)
    pongs = [said for said in run.said if isinstance(said.message, Pong)]
    assert len(pongs) == 100
    for t, said in zip(asked, pongs, strict=True):
        pong = said.message
        assert isinstance(pong, Pong)
        assert 0 <= pong.rx_ticks * TICK_US + start - (t + PING_BYTES * 86.8) < 130
        assert abs(pong.tx_ticks * TICK_US + start - said.first_us) < 5


def test_pings_that_wait_keep_their_own_stamps(lab: Lab) -> None:
    asked = [1e6 + 1000 * k for k in range(4)]
    run = lab.run([ask(t, Ping(k)) for k, t in enumerate(asked)], 2e6)
    pongs = run.all(Pong)
    assert [pong.token for pong in pongs] == [0, 1, 2, 3]
    assert np.abs(np.diff([pong.rx_ticks for pong in pongs]) * TICK_US - 1000).max() < 10
    assert np.diff([pong.tx_ticks for pong in pongs]).min() * TICK_US > 20 * BYTE_US


def test_more_requests_than_fit_are_counted(lab: Lab) -> None:
    run = lab.run([ask(1e6 + 900 * k, Ping(k)) for k in range(60)], 3e6)
    lost = run.all(Heartbeat)[-1].rx_errors
    assert lost > 0
    assert len(run.all(Pong)) + lost == 60


def test_a_cue_is_given_on_its_pins_and_stamped(lab: Lab) -> None:
    asked = [ask(1e6, CueRequest(9, 3, 1500)), ask(4e6, CueRequest(10, 1, 0))]
    run = lab.run([*(pin(*edge) for edge in PROBES), *asked], 6e6)
    start = clock_start_us(run, PROBES)
    (beep_on, light_on, *offs), second = run.pins()[:4], run.pins()[4:]
    cues = run.all(Cue)
    assert [(cue.token, cue.kind) for cue in cues] == [(9, 3), (10, 1)]
    assert [beep_on[1:], light_on[1:]] == [("B2", 1), ("B3", 1)]
    assert abs(cues[0].ticks * TICK_US + start - beep_on[0]) < 10
    assert abs(cues[1].ticks * TICK_US + start - second[0][0]) < 10
    asked_at = 1e6 + len(encode(CueRequest(9, 3, 1500))) * 86.8
    assert 0 <= beep_on[0] - asked_at - 1.5e6 < 200
    assert 0 <= second[0][0] - (asked_at + 3e6) < 600
    assert all(0.2e6 <= off[0] - beep_on[0] < 0.24e6 for off in offs)
    assert [event[1:] for event in second] == [("B2", 1), ("B2", 0)]


def test_a_cue_keeps_its_token_until_it_is_told(lab: Lab) -> None:
    # INFO keeps the line busy while the first is given and the second is asked for.
    asked = [ask(1e6, Hello()), ask(1.001e6, CueRequest(7, 1, 0)), ask(1.003e6, CueRequest(8, 2, 500))]
    cues = lab.run(asked, 3e6).all(Cue)
    assert [(cue.token, cue.kind) for cue in cues] == [(7, 1), (8, 2)]
    assert (cues[1].ticks - cues[0].ticks) * TICK_US == pytest.approx(502e3, abs=1e3)


def test_a_younger_request_takes_the_place_of_a_cue_that_waits(lab: Lab) -> None:
    asked = [ask(1e6, CueRequest(7, 3, 1000)), ask(1.5e6, CueRequest(8, 1, 100))]
    run = lab.run(asked, 4e6)
    assert [(cue.token, cue.kind) for cue in run.all(Cue)] == [(8, 1)]
    assert [event[1:] for event in run.pins()] == [("B2", 1), ("B2", 0)]


def test_what_waits_for_the_line_is_told_in_order_of_urgency(lab: Lab) -> None:
    # While INFO is on the line a second ends; before that an edge, then a cue, a PING, and an id that nobody knows.
    asked = [
        ask(5e5, SelfTestRequest(1)),
        ask(9.995e5, Hello()),
        pin(1.0003e6, 0, 1),
        ask(1.0004e6, CueRequest(7, 1, 0)),
    ]
    asked += [ask(1.0014e6, Ping(1)), rx(1.0023e6, encode_frame(b"\x90"))]
    said = [s.message for s in lab.run(asked, 1.09e6).said if s.first_us > 0.9995e6]
    assert [type(message) for message in said] == [Info, Pong, TimerError, Cue, Heartbeat, SelfTest, Edge]


def test_a_cue_does_not_touch_the_beams(lab: Lab) -> None:
    run = lab.run([pin(0, 6, 1), ask(1e6, CueRequest(1, 3, 0))], 3e6)
    assert run.all(Edge) == []
    assert run.all(Heartbeat)[-1].levels == 0x40


def test_the_self_test_names_a_stuck_beam_and_counts_edges(lab: Lab) -> None:
    flicker = [pin(8e6 + 1e4 * k, 2, (k + 1) % 2) for k in range(50)]
    script = [pin(5e5, 5, 1), *flicker, ask(1e6, SelfTestRequest(1)), ask(10e6, SelfTestRequest(0))]
    run = lab.run(script, 12e6)
    tests = run.all(SelfTest)
    assert 85 <= len(tests) <= 92
    early = [t for t in tests if t.ticks * TICK_US < 5e6]
    late = [t for t in tests if t.ticks * TICK_US > 5.7e6]
    assert {t.stuck for t in early} == {0}
    assert {t.stuck for t in late} == {0x20}
    assert all(t.levels & 0x20 for t in tests)
    assert max(t.edges[2] for t in tests) == 50
    assert tests[-1].edges[2] == 0 or tests[-1].ticks * TICK_US < 9.6e6
    assert sum(t.edges[3] for t in tests) == 0


def test_an_unknown_id_and_a_short_payload_are_refused(lab: Lab) -> None:
    script = [rx(1e6, encode_frame(b"\x90abc")), rx(1.1e6, encode_frame(b"\x82\x01")), ask(1.2e6, Ping(5))]
    run = lab.run(script, 3e6)
    assert [(e.code, e.detail) for e in run.all(TimerError)] == [(1, 0x90), (2, 0x82)]
    assert [pong.token for pong in run.all(Pong)] == [5]
    assert run.all(Heartbeat)[-1].rx_errors == 2


def test_a_longer_payload_of_a_known_id_is_accepted(lab: Lab) -> None:
    run = lab.run([rx(1e6, encode_frame(b"\x82\x05\0\0\0" + bytes(range(50))))], 2e6)
    assert [pong.token for pong in run.all(Pong)] == [5]


def test_a_corrupt_frame_is_counted_and_not_answered(lab: Lab) -> None:
    frame = bytearray(encode(Ping(0x01020304)))
    frame[4] ^= 0x40  # a byte of the token: the COBS codes stay whole, so only the CRC can tell
    run = lab.run([rx(1e6, bytes(frame)), ask(1.5e6, Ping(6))], 3e6)
    assert [pong.token for pong in run.all(Pong)] == [6]
    assert run.all(TimerError) == []
    assert run.all(Heartbeat)[-1].rx_errors == 1


def test_the_tail_of_an_earlier_frame_is_not_an_error(lab: Lab) -> None:
    run = lab.run([rx(1e6, b"\x12\x34"), ask(1.1e6, Ping(6))], 3e6)
    assert [pong.token for pong in run.all(Pong)] == [6]
    assert run.all(Heartbeat)[-1].rx_errors == 0


def test_noise_on_the_line_costs_no_edge_and_no_answer_after_it(lab: Lab) -> None:
    rng = np.random.default_rng(3)
    noise = [rx(1e6 + 1e4 * k, rng.bytes(100)) for k in range(300)]
    edges = [pin(1e6 + 1e5 * k, k % 8, (k // 8 + 1) % 2) for k in range(40)]
    run = lab.run([*noise, *edges, ask(6e6, Ping(1))], 8e6)
    assert [e.sequence for e in run.all(Edge)] == list(range(40))
    assert [pong.token for pong in run.all(Pong)] == [1]
    last = run.all(Heartbeat)[-1]
    assert last.rx_errors > 50
    assert last.overruns == 0
    assert run.thrown_away == 0


def test_a_frame_longer_than_any_is_counted_once(lab: Lab) -> None:
    run = lab.run([rx(1e6, b"\0" + b"\x55" * 300 + b"\0"), ask(1.1e6, Ping(2))], 3e6)
    assert [pong.token for pong in run.all(Pong)] == [2]
    assert run.all(Heartbeat)[-1].rx_errors == 1


def test_a_reset_in_the_middle_is_another_boot(lab: Lab) -> None:
    script = [pin(1e6, 0, 1), "1500000 reset", pin(2.5e6, 0, 0), "4000000 reset", pin(5e6, 0, 1)]
    run = lab.run(script, 6e6)
    boots = [info.boot_id for info in run.all(Info)]
    assert len(set(boots)) == len(boots) == 3
    assert [edge.sequence for edge in run.all(Edge)] == [0, 0, 0]
    assert run.all(Info)[1].ticks * TICK_US < 1e5
    assert run.all(Edge)[1].ticks * TICK_US < 1.1e6


def test_the_watchdog_sleeps_through_a_quiet_minute(lab: Lab) -> None:
    assert len(lab.run([], 60e6).all(Info)) == 1
