"""The floor of one-way delays: where many packets agree, and what stalls do not move."""

import numpy as np
import pytest

from firmware_protocol.clock_sync import one_way
from rig.timeline.floor import levelled

S = 1_000_000_000


def delays(seconds: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Ticks of 13 packets a second and arrivals: 5 ms, three waits that are rarely short at once, 20 ppm."""
    rng = np.random.default_rng(seed)
    ticks = (np.arange(0, seconds, 1 / 13) * S).astype(np.int64)
    waits = rng.uniform(0, 0.03, ticks.size) + rng.uniform(0, 0.001, ticks.size) + rng.exponential(0.001, ticks.size)
    return ticks, np.rint(ticks * (1 + 20e-6) + (0.005 + waits) * S).astype(np.int64)


def late_ms(seconds: float, seed: int, *, floor: bool) -> float:
    """How late the end of a stretch is mapped."""
    ticks, arrival_ns = delays(seconds, seed)
    clock = one_way(ticks, arrival_ns)
    clock = levelled(clock, ticks, arrival_ns, 0) if floor else clock
    return float((clock.to_ns(int(ticks[-1])) - ticks[-1] * (1 + 20e-6)) / 1e6)


def test_windows_of_one_link_are_late_by_the_same() -> None:
    floor = [late_ms(120, seed, floor=True) for seed in range(40)]
    hull = [late_ms(120, seed, floor=False) for seed in range(40)]
    assert np.std(floor) < 0.75 * np.std(hull)
    assert 5 < np.mean(floor) < 7.5


def test_a_stall_moves_nothing() -> None:
    ticks, arrival_ns = delays(120, 1)
    stalled = arrival_ns.copy()
    held = (ticks > 60 * S) & (ticks < 68 * S)
    stalled[held] = np.maximum(stalled[held], 68 * S)
    maps = [levelled(one_way(ticks, a), ticks, a, 0) for a in (arrival_ns, stalled)]
    assert maps[0].to_ns(60 * S) == pytest.approx(maps[1].to_ns(60 * S), abs=300_000)
    assert maps[1].bound_s < 0.004


def test_one_packet_and_few_keep_the_lowest_line() -> None:
    ticks, arrival_ns = delays(3, 1)
    for n in (1, 20):
        clock = one_way(ticks[:n], arrival_ns[:n], resolution_ns=1000)
        assert levelled(clock, ticks[:n], arrival_ns[:n], 1000).to_ns(0) == clock.to_ns(0)


@pytest.mark.parametrize("ppm", [-400, 400])
def test_no_slope_is_beyond_a_crystals(ppm: float) -> None:
    ticks, arrival_ns = delays(120, 2)
    skewed = arrival_ns + np.rint(ticks * ppm * 1e-6).astype(np.int64)
    assert abs(levelled(one_way(ticks, skewed), ticks, skewed, 0).rate) == 1e-4
