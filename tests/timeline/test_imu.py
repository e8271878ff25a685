"""Wearables on the session clock: every sample where it was taken, every missing one missed, nothing joined."""

import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_protocol.wearables.movesense import NOTIFY_UUID
from rig.model.records import LinkEvent, Packet
from rig.model.setup import Role
from rig.timeline import ImuTrack, ImuWindow, decode_session
from tests.timeline.lab import SETUP, Oscillator, S, Worn, link, rx, session

T0 = 5_000 * S
WORN = Worn(Oscillator(T0 - 60 * S, 30.0))
FIRST = 60 * 13
"""The block that the sensor makes at about T0."""
MINUTES_2 = range(FIRST, FIRST + 120 * 13)
PERIOD_NS = S / 104


def track(packets: list[Packet]) -> ImuTrack:
    return decode_session(packets, SETUP).imus[Role.LOWER_BACK]


def window(packets: list[Packet], start_s: float, end_s: float, known_s: float | None = None) -> ImuWindow:
    known = end_s + 2 if known_s is None else known_s
    return track(packets).window(*(T0 + round(t * S) for t in (start_s, end_s, known)))


def numbers(found: ImuWindow) -> list[int]:
    """Which samples a window holds; both vectors must tell the same."""
    assert found.gyr is not None
    assert np.allclose(np.degrees(found.gyr[:, 2]), found.acc[:, 0])
    return [int(x) for x in found.acc[:, 0]]


def errors_ms(found: ImuWindow, worn: Worn = WORN) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    truth = np.array([worn.host_ns(n) for n in numbers(found)])
    errors: np.ndarray[tuple[int], np.dtype[np.float64]] = (found.t_ns - truth) / 1e6
    return errors


def without(packets: list[Packet], *lost: int) -> list[Packet]:
    return [p for k, p in enumerate(packets) if k not in lost]


def place(second: float) -> int:
    """Index of the first notification of the block that is made at about this second."""
    return 2 * round(second * 13)


def test_every_sample_is_there_once_at_its_time() -> None:
    found = window(WORN.packets(MINUTES_2), 20, 80)
    came = numbers(found)
    assert came == list(range(came[0], came[-1] + 1))
    assert len(came) == pytest.approx(60 * 104, abs=1)
    errors = errors_ms(found)
    assert 0 < errors.mean() < 10
    assert errors.std() < 0.5
    assert np.max(np.abs(errors)) * 1e6 <= found.clock.bound_ns + found.clock.delay_bound_ns
    assert found.gaps == ()
    assert found.lost_samples == 0
    assert found.flags == ()
    assert found.clock.kind == "one_way"
    assert found.clock.rate_ppm == pytest.approx(30, abs=15)


@pytest.mark.parametrize("known_s", [52.0, 100.0])
def test_within_a_trial_times_are_finer_than_the_sensor_s_milliseconds(known_s: float) -> None:
    """On line, when nothing is known of what follows, and later, to within what the clock's rate is unknown by."""
    packets = without(WORN.packets(MINUTES_2), place(30), place(30) + 1)
    errors = errors_ms(window(packets, 20, 50, known_s))
    even = np.polyval(np.polyfit(np.arange(len(errors)), errors, 1), np.arange(len(errors)))
    assert np.max(np.abs(errors - even)) < 0.2


def test_windows_that_touch_share_no_sample_and_lose_none() -> None:
    packets = WORN.packets(MINUTES_2)
    own = track(packets)
    known = T0 + 100 * S
    whole = numbers(own.window(T0 + 20 * S, T0 + 40 * S, known))
    cut = int(own.window(T0 + 20 * S, T0 + 40 * S, known).t_ns[777])
    assert numbers(own.window(T0 + 20 * S, cut, known)) == whole[:777]
    assert numbers(own.window(cut, T0 + 40 * S, known)) == whole[777:]


@pytest.mark.parametrize("blocks", [1, 5, 40])
def test_lost_blocks_are_a_gap_of_their_length(blocks: int) -> None:
    packets = WORN.packets(MINUTES_2)
    lost = range(place(50), place(50) + 2 * blocks)
    found = window(without(packets, *lost), 20, 80)
    assert found.lost_samples == 8 * blocks
    ((start, end),) = found.gaps
    assert end - start == pytest.approx((8 * blocks + 1) * PERIOD_NS, abs=2e6)
    after = FIRST * 8 + 8 * (place(50) // 2 + blocks)
    assert numbers(found)[np.searchsorted(found.t_ns, end)] == after
    assert errors_ms(found).std() < 0.5


def test_of_a_gap_only_the_part_inside_the_window_counts() -> None:
    packets = without(WORN.packets(MINUTES_2), *range(place(50), place(52)))
    assert window(packets, 20, 80).lost_samples == 208
    inside = window(packets, 51, 51.5)
    assert inside.t_ns.size == 0
    assert inside.gaps == ((T0 + 51 * S, T0 + 51 * S + S // 2),)
    assert inside.lost_samples == pytest.approx(52, abs=1)
    halves = window(packets, 20, 51).lost_samples + window(packets, 51, 80).lost_samples
    assert halves == 208


def test_a_stream_that_begins_late_or_ends_early_leaves_gaps_at_the_edges() -> None:
    packets = WORN.packets(range(FIRST + 5 * 13, FIRST + 60 * 13))
    rest = [rx("gates", T0 + 90 * S, b"")]
    late = window(session(packets, rest), 2, 20)
    assert late.gaps[0][0] == T0 + 2 * S
    assert late.lost_samples == pytest.approx(3 * 104, abs=2)
    early = window(session(packets, rest), 50, 70)
    assert early.gaps[-1][1] == T0 + 70 * S
    assert early.lost_samples == pytest.approx(10 * 104, abs=2)


def test_samples_that_are_still_on_their_way_are_not_missing() -> None:
    found = window(WORN.packets(range(FIRST, FIRST + 60 * 13)), 50, 60)
    assert found.lost_samples == 0
    assert found.gaps == ()
    live = window([p for p in WORN.packets(MINUTES_2) if p.t_ns <= T0 + 60 * S], 50, 60, 60)
    assert live.t_ns[-1] < T0 + 60 * S - 20_000_000
    assert live.lost_samples == 0
    assert live.gaps == ()


def test_halves_of_two_blocks_are_not_taken_for_one() -> None:
    packets = WORN.packets(MINUTES_2)
    found = window(without(packets, place(50) + 1, place(50) + 2), 40, 60)
    assert found.flags == ("doubtful_blocks",)
    assert found.lost_samples == 16
    numbers(found)


def test_a_block_before_a_gap_is_kept_where_its_second_half_came_in_time() -> None:
    packets = WORN.packets(MINUTES_2)
    found = window(without(packets, place(50) + 2, place(50) + 3), 40, 60)
    assert found.flags == ()
    assert found.lost_samples == 8


def test_a_lost_link_begins_a_new_epoch_and_is_flagged() -> None:
    packets = WORN.packets(MINUTES_2)
    kept = packets[: place(50)] + packets[place(55) :]
    links = [link("back", T0 + 51 * S, LinkEvent.LOST), link("back", T0 + 54 * S, LinkEvent.CONNECTED)]
    found = window(session(kept, links), 40, 60)
    assert found.flags == ("link_lost",)
    assert found.lost_samples == pytest.approx(5 * 104, abs=8)
    assert errors_ms(found).std() < 3
    assert window(session(kept, links), 20, 45).flags == ()


def test_a_clock_that_slipped_while_the_link_was_lost_is_mapped_anew() -> None:
    slipped = Worn(Oscillator(WORN.clock.start_ns - 3 * S // 2, 30.0))
    before = WORN.packets(range(FIRST, FIRST + 50 * 13))
    after = slipped.packets(range(FIRST + 54 * 13, FIRST + 100 * 13))
    links = [link("back", T0 + 51 * S, LinkEvent.LOST), link("back", T0 + 52 * S, LinkEvent.CONNECTED)]
    found = window(session(before, links, after), 40, 80)
    early, late = (replace_rows(found, found.t_ns < T0 + 51 * S), replace_rows(found, found.t_ns > T0 + 52 * S))
    assert min(early.t_ns.size, late.t_ns.size) > 1000
    assert np.max(np.abs(errors_ms(early))) < 10
    assert np.max(np.abs(errors_ms(late, slipped))) < 10


def test_a_half_before_a_lost_link_is_not_joined_with_one_after_it() -> None:
    packets = WORN.packets(MINUTES_2)
    cut = place(50)
    gone = link("back", packets[cut].t_ns + 1, LinkEvent.LOST)
    made = link("back", packets[cut].t_ns + 2, LinkEvent.CONNECTED)
    found = window(session(without(packets, cut + 1, cut + 2), [gone, made]), 40, 60)
    assert found.lost_samples == 16
    numbers(found)


def test_a_sensor_that_starts_again_is_mapped_anew() -> None:
    again = Worn(Oscillator(T0 + 50 * S, -40.0), seed=1)
    before = WORN.packets(range(FIRST, FIRST + 49 * 13))
    after = again.packets(range(70 * 13))
    found = window(session(before, after), 40, 80)
    assert found.flags == ("device_reset",)
    split = int(np.flatnonzero(np.diff(found.t_ns) > S // 2)[0]) + 1
    assert np.max(np.abs(errors_ms(replace_rows(found, slice(0, split))))) < 10
    assert np.max(np.abs(errors_ms(replace_rows(found, slice(split, None)), again))) < 10


def replace_rows(found: ImuWindow, rows: "slice | np.ndarray[tuple[int], np.dtype[np.bool_]]") -> ImuWindow:
    assert found.gyr is not None
    return replace(found, t_ns=found.t_ns[rows], acc=found.acc[rows], gyr=found.gyr[rows])


def test_numbers_that_are_none_are_left_out_counted_and_flagged() -> None:
    packets = WORN.packets(MINUTES_2)
    spoiled = packets[place(50)]
    data = bytearray(spoiled.data)
    data[6:10] = struct.pack("<f", float("nan"))
    packets[place(50)] = rx("back", spoiled.t_ns, bytes(data), NOTIFY_UUID)
    found = window(packets, 40, 60)
    assert found.flags == ("non_finite",)
    assert found.lost_samples == 1
    assert np.all(np.isfinite(found.acc))
    assert window(packets, 20, 40).flags == ()


def test_dropped_packets_of_the_host_are_flagged() -> None:
    packets = session(WORN.packets(MINUTES_2), [link("back", T0 + 50 * S, LinkEvent.QUEUE_DROPPED)])
    assert window(packets, 40, 60).flags == ("queue_dropped",)
    assert window(packets, 51, 60).flags == ()


def test_a_sensor_without_data_has_an_empty_window_and_says_so() -> None:
    found = window([], 0, 10)
    assert found.acc.shape == (0, 3)
    assert found.flags == ("no_data",)
    assert found.clock.kind == "none"
    assert found.lost_samples > 900


def test_other_characteristics_are_not_samples() -> None:
    packets = WORN.packets(MINUTES_2)
    between = packets[place(50)].t_ns + 1
    battery = [rx("back", between + k, b"\x02\x63\x01\x02", "00002a19") for k in range(5)]
    assert window(session(packets, battery), 40, 60).lost_samples == 0


@settings(max_examples=30)
@given(st.integers(30, 110), st.integers(1, 30), st.sampled_from([0.0, 0.3, 2.0]))
def test_a_window_knows_nothing_of_what_came_later(start_s: int, length_s: int, known_s: float) -> None:
    start, end = T0 + start_s * S, T0 + (start_s + length_s) * S
    known = end + round(known_s * S)
    whole = TWO_MINUTES_TRACK.window(start, end, known)
    part = [p for p in TWO_MINUTES if p.t_ns <= known]
    cut = track([*part, rx("gates", known, b"")]).window(start, end, known)
    assert cut.t_ns.tolist() == whole.t_ns.tolist()
    assert cut.clock == whole.clock
    assert cut.gaps == whole.gaps
    assert cut.flags == whole.flags


TWO_MINUTES = without(WORN.packets(MINUTES_2), place(33), place(50) + 1, place(50) + 2, place(70))
TWO_MINUTES_TRACK = track([*TWO_MINUTES, rx("gates", T0 + 500 * S, b"")])


def test_evidence_older_than_two_minutes_is_not_used() -> None:
    fast = Worn(Oscillator(T0 - 60 * S, 80.0))
    packets = fast.packets(range(FIRST, FIRST + 300 * 13))
    own = track(packets)
    early = own.window(T0 + 100 * S, T0 + 110 * S, T0 + 112 * S)
    stripped = track([p for p in packets if p.t_ns > T0 + 170 * S])
    late = (T0 + 290 * S, T0 + 295 * S, T0 + 297 * S)
    assert stripped.window(*late).t_ns.tolist() == own.window(*late).t_ns.tolist()
    assert early.clock != own.window(*late).clock
