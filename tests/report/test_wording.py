"""How a time is written: cut like a stopwatch's, never promising more than was measured."""

import pytest

from rig.report.wording import measured, metres_of


@pytest.mark.parametrize(
    ("time_us", "u_us", "written"),
    [
        (4_819_999, 20_000, "4.81 s ± 0.02 s"),
        (4_820_000, 20_001, "4.82 s ± 0.03 s"),
        (11_195_000, 1, "11.19 s ± 0.01 s"),
        (10_000_000, 0, "10.00 s"),
        (10_000_000, None, "10.00 s"),
        (60_000_000, 150_000, "60.00 s ± 0.15 s"),
    ],
)
def test_a_time_is_cut_and_its_uncertainty_rounded_up(time_us: int, u_us: int | None, written: str) -> None:
    assert measured(time_us, u_us) == written


@pytest.mark.parametrize(("event", "metres"), [("crossing_4m", "4"), ("crossing_2.5m", "2.5"), ("crossing", None)])
def test_a_crossing_names_its_place(event: str, metres: str | None) -> None:
    assert metres_of(event) == metres
