"""The long run under load is judged: each criterion of its own, and by its exit status."""

import math
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from rig.model.clock import ManualClock
from rig.model.records import Direction, Packet
from rig.virtual.setup_file import write_setup
from rig.web.opening import begin
from tests.web import soak
from tests.web.feed import IMUS, RATE_HZ, SETUP
from tests.web.soak import delays, index_kb_a_second
from tests.web.soak_rules import CORE, MEMORY_KB, PIXEL_MS, Figures, missed, told

NS = 1_000_000_000
NOISE = (0.0, 900.0, -700.0, 400.0, -600.0)


def _memory(grown_kb: float) -> tuple[tuple[float, float], ...]:
    """Twenty minutes that grow by so much, with the noise of an allocator."""
    return tuple((5.0 * n, 150_000 + grown_kb * n / 239 + NOISE[n % 5]) for n in range(240))


GOOD = Figures(778_000, 778_000, 0, 0.08, 0.2, _memory(2300), 2000.0, (40.0,) * 960 + (400.0,) * 40)


def test_a_good_run_is_told_and_misses_nothing() -> None:
    assert list(missed(GOOD)) == []
    assert len(list(told(GOOD))) == 5
    assert GOOD.grown_kb == pytest.approx(2300, abs=60)


@pytest.mark.parametrize(
    ("spoilt", "name"),
    [
        (replace(GOOD, kept=777_999), "lost"),
        (replace(GOOD, dropped=1), "lost"),
        (replace(GOOD, fed=0, kept=0), "lost"),
        (replace(GOOD, core=CORE - 0.1, analyst_core=0.1), "core"),
        (replace(GOOD, memory=_memory(2000 + 1.3 * MEMORY_KB)), "memory"),
        (replace(GOOD, delays_ms=(40.0,) * 940 + (PIXEL_MS,) * 60), "pixel"),
        (replace(GOOD, delays_ms=(40.0,) * 940 + (math.inf,) * 60), "pixel"),
        (replace(GOOD, delays_ms=(40.0,) * 18 + (math.inf,)), "pixel"),
        (replace(GOOD, delays_ms=()), "pixel"),
    ],
)
def test_what_is_missed_is_said(spoilt: Figures, name: str) -> None:
    (line,) = missed(spoilt)
    assert line.startswith(f"{name}: ")
    assert list(told(spoilt))


@pytest.mark.parametrize(("figures", "status"), [(GOOD, 0), (replace(GOOD, dropped=3), 1)])
def test_the_exit_status_says_it(
    figures: Figures, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run: Callable[[float], Figures] = lambda _: figures  # noqa: E731  # one line says it
    monkeypatch.setattr(soak, "run", run)
    assert soak.main(20.0) == status
    assert ("MISSED: lost" in capsys.readouterr().out) == bool(status)


def test_an_edge_that_never_comes_to_the_screen_counts_unless_the_browser_was_kept_busy() -> None:
    edges = ((0.0, 1), (900.0, 0), (1800.0, 1), (2700.0, 0), (3600.0, 1))
    seen = [(30.0, "beam blocked"), (960.0, "beam free"), (3650.0, "beam blocked")]
    of = partial(delays, edges, seen)
    assert list(of((1e9, 1e9))) == [30.0, 60.0, math.inf, math.inf]
    assert list(of((1900.0, 2600.0))) == [30.0, 60.0, math.inf]
    assert list(of((1900.0, 2800.0))) == [30.0, 60.0]


def test_the_soak_is_what_was_asked_for() -> None:
    assert (IMUS, sum(device.kind == "movesense" for device in SETUP.devices)) == (12, 12)
    assert RATE_HZ >= 200
    assert sum(len(gate.beam_heights_mm) for gate in SETUP.course.gates) == 8
    assert soak.STALL_S == 60.0


def test_the_index_of_a_recording_is_about_a_hundred_bytes_a_channel_and_second(tmp_path: Path) -> None:
    clock = ManualClock(5_000 * NS)
    opened = begin(tmp_path / "s", "s", write_setup(SETUP), clock)
    for n in range(400):
        for source in range(13):
            opened.recorder.put(Packet(f"imu-{source}", "x", Direction.RX, clock.monotonic_ns() + n * NS, b"abc"))
    opened.recorder.close()
    assert index_kb_a_second(tmp_path / "s") == pytest.approx(1.45, abs=0.25)
