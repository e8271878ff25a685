"""No stamp is more than 10 us off, whatever else the board does at that instant; floods beyond that are counted."""

from collections.abc import Callable

import numpy as np
import pytest

from firmware_protocol.gate_timer import CueRequest, Edge, Heartbeat, Hello, Ping, encode
from tests.hardware.lab import TICK_US, Lab, Run, ask, pin
from tests.hardware.soak import soak

BEAM = 4
OTHERS = (0, 1, 2, 3, 5, 6, 7)


def _other(beam: int) -> Callable[[int, float], list[str]]:
    return lambda k, t: [pin(t, beam, (k + 1) % 2)]


def _all_others(k: int, t: float) -> list[str]:
    return [pin(t, beam, (k + 1) % 2) for beam in OTHERS]


def _cue_after(delay_ms: int) -> Callable[[int, float], list[str]]:
    asked_us = delay_ms * 1000 + len(encode(CueRequest(0, 3, 0))) * 86.8125
    return lambda k, t: [ask(t - asked_us, CueRequest(k, 3, delay_ms))]


@pytest.mark.parametrize(
    ("disturb", "from_us", "to_us", "apart_us"),
    [
        pytest.param(_other(2), -5, 40, 2e4, id="another beam of the port"),
        pytest.param(_other(7), -5, 40, 2e4, id="a beam of the other port"),
        pytest.param(_all_others, -5, 60, 3e4, id="all other beams"),
        pytest.param(lambda k, t: [ask(t - 868.125, Ping(k))], -120, 400, 2e4, id="PING and its answer"),
        pytest.param(lambda _, t: [ask(t - 695, Hello())], -120, 400, 2e4, id="HELLO and its answer"),
        pytest.param(_cue_after(8), -100, 100, 2.2e5, id="a cue"),
        pytest.param(_cue_after(0), -100, 200, 2.2e5, id="a cue at once"),
    ],
)
def test_an_edge_beside_anything_else_is_stamped_within_ten_microseconds(
    lab: Lab, disturb: Callable[[int, float], list[str]], from_us: float, to_us: float, apart_us: float
) -> None:
    offsets = np.arange(from_us, to_us, 0.5)
    begins = 1e6 + apart_us * np.arange(len(offsets))
    script = [line for k, t in enumerate(begins.tolist()) for line in disturb(k, t)]
    edges = [(t, BEAM, (k + 1) % 2) for k, t in enumerate((begins + offsets).tolist())]
    run = lab.run([*script, *(pin(*edge) for edge in edges)], float(begins[-1]) + 3e6)
    stamps = [edge.ticks * TICK_US for edge in run.all(Edge) if 2 * edge.gate + edge.beam == BEAM]
    assert len(stamps) == len(edges)
    error = np.array(stamps) - np.array([t for t, _, _ in edges])
    assert np.abs(error - np.median(error)).max() < 10.0
    assert run.all(Heartbeat)[-1].overruns == 0


def burst(lab: Lab, n: int, apart_us: float) -> Run:
    """All beams in turn, up and then down; then, when all is quiet, beam 7 and beam 0."""
    edges = [pin(1e6 + apart_us * k, k % 8, (k // 8 + 1) % 2) for k in range(n)]
    return lab.run([*edges, pin(4e6, 7, 1), pin(5e6, 0, 1)], 7e6)


def test_a_burst_faster_than_the_main_loop_is_counted_edge_by_edge(lab: Lab) -> None:
    run = burst(lab, 320, 14)
    arrived, last = run.all(Edge), run.all(Heartbeat)[-1]
    assert len(arrived) + last.overruns == 322 == last.next_sequence
    assert [edge.sequence for edge in arrived[-2:]] == [320, 321]


@pytest.mark.parametrize("apart_us", [1, 2, 3, 5, 7, 9, 11])
def test_a_burst_faster_than_the_interrupt_is_counted_and_heals(lab: Lab, apart_us: float) -> None:
    run = burst(lab, 1600, apart_us)
    arrived, last = run.all(Edge), run.all(Heartbeat)[-1]
    assert last.overruns > 500
    assert len(arrived) + last.overruns == last.next_sequence
    assert last.levels == 0x81
    assert [(2 * edge.gate + edge.beam, edge.level) for edge in arrived[-2:]] == [(7, 1), (0, 1)]
    assert [edge.sequence for edge in arrived] == sorted(edge.sequence for edge in arrived)
    assert arrived[-1].overruns == last.overruns


def test_a_gap_lies_where_the_edges_were_lost(lab: Lab) -> None:
    # The numbers of the edges between two that arrived are those of the script between them.
    run = burst(lab, 320, 14)
    began = run.all(Edge)[0].ticks
    for edge in run.all(Edge)[:-2]:
        assert edge.sequence == pytest.approx((edge.ticks - began) * TICK_US / 14, abs=1.01)


def test_pulses_faster_than_the_main_loop_are_counted(lab: Lab) -> None:
    script = [line for k in range(320) for line in (pin(1e6 + 22 * k, 3, 1), pin(1e6 + 22 * k + 2, 3, 0))]
    run = lab.run(script, 4e6)
    last = run.all(Heartbeat)[-1]
    assert last.levels == 0
    assert len(run.all(Edge)) + last.overruns == last.next_sequence
    assert 2 * 320 <= last.next_sequence <= 4 * 320


def test_people_at_the_gates_for_six_virtual_minutes(lab: Lab) -> None:
    figures = soak(lab, seed=3, hours=0.1)
    assert figures.sent > 300
    assert figures.nearest < 10
    assert figures.is_good, figures
