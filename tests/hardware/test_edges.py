"""Every change of a beam arrives once, in order, with its time."""

from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from firmware_protocol.gate_timer import Edge, Heartbeat, Ping, Pong
from tests.hardware.lab import EIGHT_BEAMS, PROBES, TICK_US, WRAP_US, Lab, Run, ask, build_firmware, clock_start_us, pin

Floats = NDArray[np.float64]

MINUTE_US = 60e6


def human_edges(seconds: float, per_second: float, seed: int) -> list[tuple[float, int, int]]:
    """Beams of four gates cut and freed at random, (us, beam, level), from 0.2 s on."""
    rng = np.random.default_rng(seed)
    times = 2e5 + np.cumsum(rng.exponential(1e6 / per_second, int(seconds * per_second)))
    beams = rng.integers(0, 8, len(times))
    level = [0] * 8
    edges = []
    for t, beam in zip(times.tolist(), beams.tolist(), strict=True):
        level[beam] ^= 1
        edges.append((round(t * 16) / 16, beam, level[beam]))
    return edges


def errors_us(run: Run, edges: list[tuple[float, int, int]]) -> Floats:
    """How far each stamp lies from the script, about the constant time from reset to the timer's start."""
    error = np.array([e.ticks * TICK_US for e in run.all(Edge)]) - np.array([t for t, _, _ in edges])
    centred: Floats = error - np.median(error)
    return centred


def told(run: Run) -> list[tuple[int, int]]:
    return [(2 * edge.gate + edge.beam, edge.level) for edge in run.all(Edge)]


def test_ten_minutes_of_human_edges_arrive_exactly(lab: Lab) -> None:
    edges = human_edges(590, 5, seed=1)
    pings = [ask(3e5 + 1e5 * k, Ping(k)) for k in range(5900)]
    run = lab.run([*(pin(*edge) for edge in edges), *pings], 10.5 * MINUTE_US)
    # As arrays: pytest takes minutes to tell two long lists apart.
    assert np.array_equal(told(run), [(beam, level) for _, beam, level in edges])
    assert np.array_equal([edge.sequence for edge in run.all(Edge)], range(len(edges)))
    error = errors_us(run, edges)
    assert error.std() < 1.0
    assert np.abs(error).max() < 10.0
    assert np.array_equal([pong.token for pong in run.all(Pong)], range(5900))
    assert run.thrown_away == 0


def test_a_run_is_the_same_when_run_again(lab: Lab) -> None:
    script = [*(pin(*edge) for edge in human_edges(20, 20, seed=2)), ask(5e6, Ping(7))]
    first, second = lab.run(script, 25e6).text, lab.run(script, 25e6).text
    assert len(first) > 100_000
    assert sha256(first.encode()).digest() == sha256(second.encode()).digest()


def test_stamps_run_through_every_wrap_of_the_timer(lab: Lab) -> None:
    # Steps of 1/8 us across 256 wraps: the wrap is pending and uncounted at some, and the count passes a byte.
    start = clock_start_us(lab.run([pin(*edge) for edge in PROBES], 1e6), PROBES)
    edges = [(start + k * (WRAP_US + 0.125) - 24, 2, (k + 1) % 2) for k in range(8, 400)]
    run = lab.run([pin(*edge) for edge in edges], 15e6)
    error = errors_us(run, edges)
    assert len(error) == len(edges)
    assert error.min() >= -2.0
    assert error.max() <= 8.0


def test_the_whole_time_around_a_wrap_is_swept(lab: Lab) -> None:
    start = clock_start_us(lab.run([pin(*edge) for edge in PROBES], 1e6), PROBES)
    edges = [(start + 3 * k * WRAP_US + offset, 0, (k + 1) % 2) for k, offset in enumerate(np.arange(-30, 30, 0.25), 8)]
    run = lab.run([pin(*edge) for edge in edges], 30e6)
    error = errors_us(run, edges)
    assert np.abs(error).max() <= 8.0


def test_an_edge_while_the_main_loop_is_about_to_sleep_is_not_slept_over(lab: Lab) -> None:
    # A wrap wakes the main loop for some tens of microseconds; nothing else happens before the next wrap.
    start = clock_start_us(lab.run([pin(*edge) for edge in PROBES], 1e6), PROBES)
    offsets = np.arange(0, 80, 1 / 16)
    edges = [(start + k * WRAP_US + offset, 0, (k + 1) % 2) for k, offset in enumerate(offsets, 8)]
    run = lab.run([pin(*edge) for edge in edges], 43e6)
    said = [said.first_us for said in run.said if isinstance(said.message, Edge)]
    assert len(said) == len(edges)
    assert max(us - t for us, (t, _, _) in zip(said, edges, strict=True)) < 5_000


@pytest.mark.parametrize("wraps", [0xFFFF, 0xFFFFFF])
def test_the_clock_grows_past_its_lower_bytes(runner: Path, tmp_path: Path, wraps: int) -> None:
    late = Lab(runner, build_firmware(tmp_path, f"{EIGHT_BEAMS} -DFIRST_WRAPS={wraps}UL"))
    run = late.run([pin(2e4, 0, 1), pin(5e4, 0, 0), pin(9e4, 0, 1)], 2e6)
    ticks = [edge.ticks for edge in run.all(Edge)]
    assert ticks[0] >> 16 == wraps
    assert np.abs(np.diff(ticks) - [6e4, 8e4]).max() <= 4
    assert run.all(Heartbeat)[0].ticks > ticks[2]


def test_two_beams_at_one_instant_carry_one_stamp(lab: Lab) -> None:
    # D7 and D8 lie on different ports, each with its own interrupt.
    run = lab.run([pin(1e6, 5, 1), pin(1e6, 6, 1), pin(2e6, 6, 0), pin(2e6, 5, 0)], 4e6)
    first, second, third, fourth = run.all(Edge)
    assert first.ticks == second.ticks
    assert third.ticks == fourth.ticks
    assert sorted(told(run)) == [(5, 0), (5, 1), (6, 0), (6, 1)]
    assert run.all(Heartbeat)[-1].overruns == 0


@pytest.mark.parametrize(("first", "second"), [(0, 1), (3, 2), (5, 6), (6, 5), (7, 6)])
def test_two_beams_shortly_one_after_the_other_are_two_edges(lab: Lab, first: int, second: int) -> None:
    gaps_us = [k / 16 for k in range(480)]
    times = [(1e6 + 2e4 * k, gap, (k + 1) % 2) for k, gap in enumerate(gaps_us)]
    script = [pin(t, first, level) for t, _, level in times] + [pin(t + gap, second, level) for t, gap, level in times]
    run = lab.run(script, 12e6)
    assert len(run.all(Edge)) == 2 * len(gaps_us)
    assert run.all(Heartbeat)[-1].overruns == 0


def test_edges_faster_than_the_line_wait_in_order(lab: Lab) -> None:
    edges = [(1e6 + 300 * k, 4, (k + 1) % 2) for k in range(20)]
    run = lab.run([pin(*edge) for edge in edges], 2.5e6)
    assert told(run) == [(4, level) for _, _, level in edges]
    assert np.abs(errors_us(run, edges)).max() < 10


def test_a_flood_is_counted_and_breaks_no_sequence(lab: Lab) -> None:
    edges = [pin(1e6 + 100 * k, k % 2, (k // 2 + 1) % 2) for k in range(400)]
    run = lab.run([*edges, pin(5e6, 7, 1)], 8e6)
    arrived, last = run.all(Edge), run.all(Heartbeat)[-1]
    assert last.overruns > 100
    assert len(arrived) + last.overruns == 401 == last.next_sequence
    assert [e.sequence for e in arrived] == sorted({e.sequence for e in arrived})
    assert arrived[-1].overruns == last.overruns
    assert arrived[-1].sequence == 400
    assert [e.ticks for e in arrived] == sorted(e.ticks for e in arrived)


def test_a_pulse_arrives_or_is_counted_however_short(lab: Lab) -> None:
    widths_us = np.arange(1, 400) / 16
    script = [pin(1e6 + 1e5 * k, 3, 1) for k in range(len(widths_us))]
    script += [pin(1e6 + 1e5 * k + width, 3, 0) for k, width in enumerate(widths_us.tolist())]
    run = lab.run(script, 42e6)
    begun = {int(edge.ticks * TICK_US // 1e5) for edge in run.all(Edge)}
    last = run.all(Heartbeat)[-1]
    unseen = len(widths_us) - len(begun)
    assert 0 < unseen / 16 < 12  # microseconds
    assert 2 * unseen <= last.overruns <= 4 * unseen
    assert last.next_sequence == last.overruns + len(run.all(Edge))


def test_the_sequence_goes_on_from_zero_after_65535(runner: Path, tmp_path: Path) -> None:
    late = Lab(runner, build_firmware(tmp_path, f"{EIGHT_BEAMS} -DFIRST_SEQUENCE=65530"))
    run = late.run([pin(1e6 + 1e4 * k, 0, (k + 1) % 2) for k in range(12)], 3e6)
    assert [edge.sequence for edge in run.all(Edge)] == [*range(65530, 65536), *range(6)]
    assert run.all(Heartbeat)[-1].next_sequence == 6
