"""Recordings begin and end anywhere, in mid-movement, too: there is a result, or an error in words."""

from contextlib import suppress
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig_signal.chair import analyse_chair
from rig_signal.types import Imu, Placement, SignalError
from tests.rig_signal.lab_signals import signal_of
from tests.rig_signal.test_invariances import MEASURES

PLACES: dict[str, tuple[Placement, ...]] = {
    "chair": ("lower_back", "chest", "thigh"),
    "tug": ("lower_back", "chest", "thigh", "pocket", "wrist"),
    "walk": ("lower_back", "chest"),
}
WORN: dict[Placement, Placement] = {"pocket": "thigh", "wrist": "lower_back"}
"""What the lab feels there; where it feels nothing, the signal of another place will do."""
CASES = [(measure, place) for measure, places in PLACES.items() for place in places]
PERFORMED = list(product(("walk", "tug", "chair"), ("pendulum", "segments"), ("robust", "frail_walker")))


def cut(place: Placement, done: tuple[str, str, str], first: int, last: int) -> Imu:
    performance, family, who = done
    imu = signal_of(performance, family, WORN.get(place, place), who).sampled()
    assert imu.gyr is not None
    return Imu(imu.time_s[first:last], imu.acc[first:last], imu.gyr[first:last])


@pytest.mark.parametrize(("measure", "place"), CASES)
@given(done=st.sampled_from(PERFORMED), ends=st.tuples(st.floats(0, 1), st.floats(0, 1)))
@settings(max_examples=50)
def test_a_recording_may_be_cut_anywhere(
    measure: str, place: Placement, done: tuple[str, str, str], ends: tuple[float, float]
) -> None:
    performance, family, who = done
    n = len(signal_of(performance, family, WORN.get(place, place), who).sampled().time_s)
    first, last = sorted(round(end * n) for end in ends)
    part = cut(place, done, first, last)
    with suppress(SignalError):  # too short, or never at rest
        found = MEASURES[measure](part, place, 0.0)
        assert all(np.isfinite((moment.t_s, moment.u_s)).all() and moment.u_s >= 0 for moment in found.moments)


@pytest.mark.parametrize(
    ("measure", "place", "done", "first", "last"),
    [
        pytest.param("chair", "lower_back", ("chair", "pendulum", "robust"), 1406, None, id="no rest at the beginning"),
        pytest.param("chair", "chest", ("tug", "pendulum", "robust"), 651, 1273, id="slower than its error"),
        pytest.param("chair", "thigh", ("walk", "pendulum", "robust"), 115, 708, id="one sample on the seat"),
        pytest.param("tug", "lower_back", ("tug", "segments", "frail_walker"), 136, 3423, id="ends in the descent"),
    ],
)
def test_cuts_that_were_hard(measure: str, place: Placement, done: tuple[str, str, str], first: int, last: int) -> None:
    MEASURES[measure](cut(place, done, first, last), place, 0.0)


def test_who_is_not_yet_at_rest_on_the_seat_has_no_time() -> None:
    found = MEASURES["tug"](cut("chest", ("tug", "segments", "robust"), 356, 1459), "chest", 0.0)
    assert found.moments == ()


@pytest.mark.parametrize(("family", "who"), list(product(("pendulum", "segments"), ("robust", "frail_walker"))))
@pytest.mark.parametrize("place", ["lower_back", "chest"])
def test_a_descent_that_the_recording_does_not_see_the_end_of_has_no_contact(
    place: Placement, family: str, who: str
) -> None:
    imu = signal_of("chair", family, place, who).sampled()
    contact = analyse_chair(imu, place).rises[-1].seat_on
    assert contact is not None
    last = int(np.searchsorted(imu.time_s, contact.t_s - 0.2))
    ended = analyse_chair(cut(place, ("chair", family, who), 0, last), place).rises
    assert len(ended) == 5
    assert ended[-1].seat_on is None
