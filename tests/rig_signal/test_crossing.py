"""Crossings against simulated corridors with truth, invariances, and every code of doubt."""

import math
from collections.abc import Iterable
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rig_signal.crossing import Code, CrossingResult, Gate, GateCrossing, Hands, find_crossings
from rig_signal.impulse import Impulse, find_impulse_crossings
from rig_signal.laps import LapResult, find_laps
from rig_signal.occlusion import Edge, Occlusion, beam_history, blocked_together, clean
from rig_signal.types import SignalError
from tests.rig_signal import corridor

CHEST = (corridor.CHEST_M,)
BOTH = (corridor.HIP_M, corridor.CHEST_M)
TOLERANCE_S = 0.002
END_S = 60.0


@cache
def run(case: str, seed: int) -> corridor.Scene:
    return corridor.scene(case, np.random.default_rng(seed))


@cache
def edges(case: str, seed: int, heights_m: tuple[float, ...] = CHEST) -> tuple[Edge, ...]:
    return tuple(corridor.edges_of(run(case, seed), heights_m))


def find(own: Iterable[Edge], heights_m: tuple[float, ...] = CHEST, start_s: float = 0.0) -> CrossingResult:
    return find_crossings(list(own), corridor.gates(heights_m), start_s=start_s, end_s=start_s + END_S)


def times(result: CrossingResult) -> list[float | None]:
    return [None if g.crossing is None else g.crossing.t_s for g in result.gates]


def codes(result: CrossingResult | LapResult) -> set[Code]:
    return {f.code for f in result.flags}


def pulse(gate: int, start_s: float, lasts_s: float, beam: int = 0) -> list[Edge]:
    return [Edge(gate, beam, True, start_s), Edge(gate, beam, False, start_s + lasts_s)]


def walk(speed: float = 1.0, depth: float = 0.25, places: tuple[float, ...] = corridor.PLACES_M) -> list[Edge]:
    """A bare trunk at a constant speed, at 0 m at 1 s."""
    return [e for gate, place in enumerate(places) for e in pulse(gate, 1.0 + place / speed, depth / speed)]


def assert_true(result: CrossingResult, scene: corridor.Scene) -> None:
    for g in result.gates:
        assert g.crossing is not None, (g.gate, g.reason)
        assert abs(g.crossing.t_s - scene.truth_s(g.position_m)) <= TOLERANCE_S, g


@pytest.mark.parametrize("heights_m", [CHEST, BOTH])
@pytest.mark.parametrize("case", corridor.CASES)
def test_trunk_is_timed_with_aids_arms_and_followers(case: str, heights_m: tuple[float, ...]) -> None:
    for seed in range(12):
        assert_true(find(edges(case, seed, heights_m), heights_m), run(case, seed))


@pytest.mark.parametrize("heights_m", [CHEST, BOTH])
@pytest.mark.parametrize("case", corridor.CASES)
def test_stop_anywhere_even_in_a_beam_changes_no_edge(case: str, heights_m: tuple[float, ...]) -> None:
    for seed in range(8):
        rng = np.random.default_rng(1000 + seed)
        calm = run(case, seed)
        scene = corridor.with_stop(calm, rng.uniform(0.5, calm.time_s[-1] - 0.5), rng.uniform(1, 6))
        assert_true(find(corridor.edges_of(scene, heights_m), heights_m), scene)


def test_hip_beam_alone_is_early_where_a_frame_leads() -> None:
    """The corridor can tell a good rule from a bad course: the hip beam sees the frame."""
    heights = (corridor.HIP_M,)
    result, scene = find(edges("frame", 1, heights), heights), run("frame", 1)
    assert any(
        t is not None and t < scene.truth_s(g.position_m) - 0.2
        for t, g in zip(times(result), result.gates, strict=True)
    )


def test_two_gates_alone_time_a_walk_with_a_pause() -> None:
    gates = corridor.gates(CHEST, (0.0, 4.0))
    for pause in (0.0, 2.0, 15.0):
        scene = corridor.with_stop(run("independent", 3), 2.5, pause)
        result = find_crossings(
            corridor.edges_of(scene, CHEST, (0.0, 4.0)), gates, start_s=0.0, end_s=float(scene.time_s[-1])
        )
        assert_true(result, scene)
        assert (Code.NO_TRUNK_LENGTH in codes(result)) == (pause > 2.0)


@given(st.sampled_from(corridor.CASES), st.integers(0, 5), st.floats(-1e4, 1e4))
def test_time_shift(case: str, seed: int, by: float) -> None:
    moved = find([Edge(e.gate, e.beam, e.blocked, e.t_s + by) for e in edges(case, seed)], start_s=by)
    still = find(edges(case, seed))
    assert codes(moved) == codes(still)
    assert times(moved) == pytest.approx([None if t is None else t + by for t in times(still)], abs=1e-9)


@given(st.sampled_from(corridor.CASES), st.integers(0, 5), st.floats(0.6, 2.0))
def test_slower_and_faster_people(case: str, seed: int, k: float) -> None:
    slow = find([Edge(e.gate, e.beam, e.blocked, e.t_s * k) for e in edges(case, seed)])
    assert times(slow) == pytest.approx(
        [None if t is None else t * k for t in times(find(edges(case, seed)))], abs=1e-9
    )


@given(st.sampled_from(corridor.CASES), st.integers(0, 5), st.randoms(use_true_random=False))
def test_order_of_edges_does_not_matter(case: str, seed: int, rng: "np.random.Generator") -> None:
    together = [Edge(e.gate, e.beam, e.blocked, round(e.t_s, 2)) for e in edges(case, seed, BOTH)]
    shuffled = list(together)
    rng.shuffle(shuffled)
    assert find(shuffled, BOTH) == find(together, BOTH)


@settings(max_examples=60)
@given(
    st.sampled_from(corridor.CASES),
    st.integers(0, 5),
    st.lists(st.tuples(st.integers(0, 3), st.floats(0.01, 25.0), st.floats(1e-5, 0.0019)), max_size=12),
)
def test_glitches_change_nothing(case: str, seed: int, glitches: list[tuple[int, float, float]]) -> None:
    own = edges(case, seed)
    free = [g for g in glitches if clear_of(own, *g)]
    apart = [g for i, g in enumerate(free) if all(abs(g[1] - h[1]) > 0.01 for h in free[:i])]
    assert find([*own, *(e for g in apart for e in pulse(*g))]) == find(own)


def clear_of(own: Iterable[Edge], gate: int, start_s: float, lasts_s: float) -> bool:
    before = [e for e in own if e.gate == gate and e.t_s <= start_s]
    near = any(e.gate == gate and abs(e.t_s - start_s) < 2 * lasts_s for e in own)
    return not near and (not before or not before[-1].blocked)


@settings(max_examples=60)
@given(
    st.sampled_from(["independent", "cane", "frame", "rollator"]),
    st.integers(0, 30),
    st.sampled_from([CHEST, BOTH]),
    st.floats(0.45, 1.5),
)
def test_follower_never_changes_the_crossings(
    case: str, seed: int, heights_m: tuple[float, ...], behind_m: float
) -> None:
    alone = run(case, seed)
    other = tuple(corridor.Part(p.back_m - behind_m, p.front_m - behind_m, p.low_m, p.high_m) for p in alone.parts[:2])
    both = corridor.Scene(alone.time_s, alone.parts + other, alone.trunk_front_m)
    assert times(find(corridor.edges_of(both, heights_m), heights_m)) == times(
        find(edges(case, seed, heights_m), heights_m)
    )


@given(st.lists(st.tuples(st.integers(4, 9), st.floats(0, 30), st.floats(0.001, 5)), max_size=8))
def test_other_gates_do_not_matter(others: list[tuple[int, float, float]]) -> None:
    assert find([*walk(), *(e for o in others for e in pulse(*o))]) == find(walk())


def test_splits_and_speeds() -> None:
    result = find(walk(speed=0.8))
    assert [s.speed_m_s for s in result.splits] == pytest.approx([0.8] * 3)
    assert [s.duration_s for s in result.splits] == pytest.approx([3.75, 1.25, 2.5])
    assert [g.length_m for g in result.gates] == pytest.approx([0.25] * 4)
    assert result.flags == ()
    at_4 = result.at(4.0)
    assert at_4 is not None
    assert at_4.crossing is not None
    assert at_4.crossing.u_s == pytest.approx(math.hypot(0.001, 0.01 / math.sqrt(3) / 0.8))
    assert result.at(5.0) is None


def test_who_stands_in_the_first_beam_has_no_leading_edge_even_when_followed() -> None:
    own = [Edge(0, 0, False, 1.4), *pulse(0, 2.2, 0.25), *walk()[2:]]
    result = find_crossings(own, corridor.gates(CHEST), start_s=0.0, end_s=END_S, blocked_at_start={(0, 0)})
    assert result.gates[0].crossing is None
    assert result.gates[0].reason is Code.IN_BEAM_AT_START
    assert times(result)[1:] == [4.0, 5.0, 7.0]


def test_beam_blocked_at_arm_time_is_flagged_and_used_once_free() -> None:
    own = [Edge(2, 0, False, 2.0), *walk()]
    result = find_crossings(own, corridor.gates(CHEST), start_s=0.0, end_s=END_S, blocked_at_start={(2, 0)})
    assert times(result) == [1.0, 4.0, 5.0, 7.0]
    assert codes(result) == {Code.BLOCKED_AT_ARM}


def test_missing_gate_is_none_with_a_reason() -> None:
    result = find([e for e in walk() if e.gate != 2])
    assert times(result) == [1.0, 4.0, None, 7.0]
    assert result.gates[2].reason is Code.GATE_MISSING
    assert [(s.from_gate, s.to_gate) for s in result.splits] == [(0, 1), (1, 3)]


def test_arms_alone_are_no_trunk() -> None:
    own = [e for e in walk() if e.gate != 1] + pulse(1, 3.7, 0.06) + pulse(1, 4.0, 0.06)
    result = find(own)
    assert result.gates[1].crossing is None
    assert result.gates[1].reason is Code.NO_TRUNK_LENGTH


def test_somebody_at_a_later_gate_first_is_out_of_order() -> None:
    result = find([*walk(), *pulse(3, 2.0, 0.25)])
    assert times(result) == [1.0, 4.0, 5.0, 7.0]
    assert Code.OUT_OF_ORDER in codes(result)


def test_wrong_way_gives_no_numbers() -> None:
    result = find([Edge(3 - e.gate, 0, e.blocked, e.t_s) for e in walk()])
    assert times(result) == [None] * 4
    assert {g.reason for g in result.gates} == {Code.REVERSE_ORDER}


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        (pulse(1, 4.25 + 0.2, 0.25), Code.CANDIDATES_TOO_CLOSE),
        (pulse(1, 4.25 + 0.6, 0.25), Code.FOLLOWER),
        (pulse(1, 3.8, 0.05), Code.EARLY_BREAK),
        ([Edge(1, 0, True, 4.1)], Code.EDGES_CONTRADICT),
    ],
)
def test_company_is_flagged(extra: list[Edge], code: Code) -> None:
    result = find([*walk(), *extra])
    assert times(result) == [1.0, 4.0, 5.0, 7.0]
    assert code in codes(result)
    assert {f.gate for f in result.flags if f.code is code} == {1}


def test_plain_walk_has_no_doubts() -> None:
    assert codes(find(walk(0.3))) == codes(find(walk(1.8))) == set()


def test_long_occlusions_are_flagged() -> None:
    own = [e for e in walk() if e.gate != 3] + pulse(3, 7.0, 5.5)
    assert {Code.OCCLUSION_OVER_5_S, Code.LONGER_THAN_TRUNK} <= codes(find(own))
    assert times(find(own))[3] == 7.0


def test_pause_between_gates_shows_in_the_split_ratio() -> None:
    own = [Edge(e.gate, 0, e.blocked, e.t_s + (4.0 if e.gate >= 2 else 0.0)) for e in walk()]
    assert Code.SPLIT_RATIO in codes(find(own))


def test_upper_beam_defines_the_front_of_a_leaning_trunk() -> None:
    own = [
        e for g, p in enumerate(corridor.PLACES_M) for e in pulse(g, 1.1 + 2 * p, 0.5, 0) + pulse(g, 1 + 2 * p, 0.5, 1)
    ]
    assert times(find(own, BOTH)) == [1.0, 7.0, 9.0, 13.0]


def test_arm_at_the_chest_beam_is_cut_off_by_the_hip_beam() -> None:
    """A forearm in front joins the chest's occlusion: what both beams see begins later, and u_s says so."""
    own = [e for g, p in enumerate(corridor.PLACES_M) for e in pulse(g, 1.0 + p, 0.25, 0) + pulse(g, 0.6 + p, 0.65, 1)]
    result = find(own, BOTH)
    assert times(result) == [1.0, 4.0, 5.0, 7.0]
    assert all(g.crossing is not None and g.crossing.u_s > 0.04 for g in result.gates)


def finish(own: Iterable[Edge], heights_m: tuple[float, ...], hands: Hands = Hands.FREE) -> GateCrossing:
    """What the last of three gates saw."""
    gates = corridor.gates(heights_m, (0.0, 3.0, 4.0))
    return find_crossings(list(own), gates, start_s=0.0, end_s=END_S, hands=hands).gates[-1]


def shadow(own: Iterable[Edge], beam: int, later_s: float = 0.0) -> list[Edge]:
    """The same edges at another beam, or later."""
    return [Edge(e.gate, beam, e.blocked, e.t_s + later_s) for e in own]


@pytest.mark.parametrize(
    ("hands", "height_m", "ahead_m"),
    [
        (Hands.FREE, 1.20, 0.0),
        (Hands.FREE, 1.10, 0.008),
        (Hands.FREE, 1.00, 0.028),
        (Hands.ON_FRAME, 1.10, 0.0),
        (Hands.ON_FRAME, 1.00, 0.060),
    ],
)
def test_lower_beams_are_less_sure_since_arms_come_first(hands: Hands, height_m: float, ahead_m: float) -> None:
    for speed in (0.4, 1.2):
        moment = finish(walk(speed), (height_m,), hands=hands).crossing
        assert moment is not None
        assert moment.t_s == pytest.approx(1 + 4 / speed)
        assert moment.u_s == pytest.approx(math.hypot(0.001, 0.01 / math.sqrt(3) / speed, ahead_m / speed))


def test_two_beams_are_as_sure_as_the_upper_one() -> None:
    own = walk()
    assert finish([*own, *shadow(own, 1)], (0.9, 1.1)).crossing == finish(own, (1.1,)).crossing


def test_follower_does_not_stand_in_for_somebody_whom_the_hip_beam_missed() -> None:
    tall, follower = shadow(walk(), 1), walk(depth=0.28)
    late = [*shadow(follower, 0, 1.2), *shadow(follower, 1, 1.2)]
    result = find([*tall, *late], BOTH)
    assert times(result) == [1.0, 4.0, 5.0, 7.0]
    assert {f.gate for f in result.flags if f.code is Code.NO_TRUNK_LENGTH} == {0, 1, 2, 3}
    assert all(g.crossing is not None and g.crossing.u_s > 1.2 / math.sqrt(12) for g in result.gates)


def test_hip_beam_that_never_sees_anybody_does_not_lose_the_walk() -> None:
    result = find(shadow(walk(), 1), BOTH)
    assert times(result) == [1.0, 4.0, 5.0, 7.0]
    assert Code.NO_TRUNK_LENGTH in codes(result)


def test_chest_beam_that_is_blocked_as_the_watch_begins_is_not_a_front() -> None:
    own = walk()
    both = [*own, *shadow(own, 1), Edge(0, 1, False, 0.5)]
    result = find_crossings(both, corridor.gates(BOTH), start_s=0.0, end_s=END_S, blocked_at_start={(0, 1)})
    assert times(result) == [1.0, 4.0, 5.0, 7.0]


@pytest.mark.parametrize("places_m", [(0.0, 4.0), (4.0,)])
@pytest.mark.parametrize("rest_s", [3.0, 9.0, 20.0])
def test_rest_before_a_lone_finish_gate_does_not_hand_the_walk_to_a_follower(
    places_m: tuple[float, ...], rest_s: float
) -> None:
    """One leg holds the rest, so that every length seems too short, and the follower's seems long enough first."""
    rested = [Edge(e.gate, 0, e.blocked, e.t_s + rest_s * (e.t_s > 4.5)) for e in walk(1.0, 0.2, places_m)]
    late = [
        Edge(e.gate, 0, e.blocked, e.t_s + rest_s * (e.t_s > 4.5)) for e in shadow(walk(1.0, 0.3, places_m), 0, 0.8)
    ]
    gates = corridor.gates(CHEST, places_m)
    result = find_crossings([*rested, *late], gates, start_s=0.5, end_s=END_S)
    assert times(result)[-1] == 5.0 + rest_s
    assert Code.NO_TRUNK_LENGTH in codes(result)
    last = result.gates[-1].crossing
    assert last is not None
    assert last.u_s > 0.01


@pytest.mark.parametrize("heights_m", [CHEST, BOTH])
@pytest.mark.parametrize("speed", [0.3, 1.0])
def test_arm_before_the_thinnest_trunk_is_not_alike(heights_m: tuple[float, ...], speed: float) -> None:
    own = walk(speed, 0.19)
    arms = [e for g, p in enumerate(corridor.PLACES_M) for e in pulse(g, 1 + (p - 0.3) / speed, 0.09 / speed)]
    chest = len(heights_m) - 1
    result = find([*shadow(own + arms, chest), *(own if chest else [])], heights_m)
    assert times(result) == pytest.approx([1 + p / speed for p in corridor.PLACES_M])
    assert codes(result) == {Code.EARLY_BREAK}


def test_arm_that_both_beams_see_is_flagged_by_the_trunk_after_it() -> None:
    own = [e for g, p in enumerate(corridor.PLACES_M) for e in pulse(g, 0.7 + p, 0.08) + pulse(g, 1 + p, 0.25)]
    result = find([*own, *shadow(own, 1)], BOTH)
    assert {f.gate for f in result.flags if f.code is Code.NO_TRUNK_LENGTH} == {0, 1, 2, 3}


def test_slow_follower_does_not_make_a_thin_trunk_doubtful() -> None:
    own = [e for g, p in enumerate(corridor.PLACES_M) for e in pulse(g, 1 + p, 0.15) + pulse(g, 2.5 + p, 0.4)]
    assert codes(find(own)) == set()


def test_break_that_a_slow_walker_reached_ahead_to_is_flagged() -> None:
    result = find([*walk(0.3), *pulse(1, 11.0 - 1.5, 0.1)])
    assert {(f.code, f.gate) for f in result.flags} == {(Code.EARLY_BREAK, 1)}


def test_light_between_an_arm_and_the_trunk_shows_where_the_trunk_begins() -> None:
    own = [e for g, p in enumerate(corridor.PLACES_M) for e in pulse(g, 0.91 + p, 0.08) + pulse(g, 1 + p, 0.25)]
    result = find(own)
    assert times(result) == [1.0, 4.0, 5.0, 7.0]
    assert all(g.crossing is not None and g.crossing.u_s > 0.09 / math.sqrt(12) for g in result.gates)


@pytest.mark.parametrize(
    ("gates", "window", "says"),
    [
        ([], (0.0, 1.0), "no gates"),
        ([Gate(0, 0.0), Gate(0, 4.0)], (0.0, 1.0), "share a number"),
        ([Gate(0, 4.0), Gate(1, 4.0)], (0.0, 1.0), "share a number or a place"),
        ([Gate(0, 0.0)], (1.0, 1.0), "window"),
    ],
)
def test_bad_courses_are_refused(gates: list[Gate], window: tuple[float, float], says: str) -> None:
    with pytest.raises(SignalError, match=says):
        find_crossings([], gates, start_s=window[0], end_s=window[1])


def test_no_edges_at_all() -> None:
    assert times(find([])) == [None] * 4
    assert {g.reason for g in find([]).gates} == {Code.GATE_MISSING}


# --- beams ---------------------------------------------------------------------------------------


def test_beam_still_blocked_at_the_end_is_blocked_up_to_there() -> None:
    history = beam_history([Edge(0, 0, True, 2.0)], blocked_at_start=False, start_s=0.0, end_s=3.0)
    assert history.occlusions == (Occlusion(2.0, 3.0),)


def test_trunk_with_a_slit_is_one_trunk() -> None:
    """Between arm and body light may pass for a centimetre; neither half alone is of trunk length."""
    own = [e for g, p in enumerate(corridor.PLACES_M) for e in pulse(g, 1 + p, 0.095) + pulse(g, 1 + p + 0.105, 0.095)]
    result = find(own)
    assert times(result) == [1.0, 4.0, 5.0, 7.0]
    assert codes(result) == set()


def test_edges_of_one_instant_cancel() -> None:
    for pair in ([True, False], [False, True]):
        own = [Edge(0, 0, blocked, 1.0) for blocked in pair]
        for level in (False, True):
            history = beam_history(own, blocked_at_start=level, start_s=0.0, end_s=3.0)
            assert history.occlusions == ((Occlusion(0.0, 3.0),) if level else ())
            assert history.contradictions == 0


def test_edges_outside_the_window_are_left_out() -> None:
    own = [*pulse(0, -1.0, 0.5), *pulse(0, 1.0, 0.5), *pulse(0, 3.0, 1.0)]
    history = beam_history(own, blocked_at_start=False, start_s=0.0, end_s=3.0)
    assert history.occlusions == (Occlusion(1.0, 1.5),)


intervals = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 12)), max_size=8).map(
    lambda spans: clean([Occlusion(float(a), float(a + n)) for a, n in sorted(spans)], 0.5)
)


@given(intervals, intervals)
def test_two_beams_are_blocked_where_both_are(a: list[Occlusion], b: list[Occlusion]) -> None:
    def inside(beam: list[Occlusion], t: float) -> bool:
        return any(o.start_s <= t < o.end_s for o in beam)

    both = blocked_together([a, b])
    for t in np.arange(0.5, 75):
        assert inside(both, t) == (inside(a, t) and inside(b, t))


# --- laps ----------------------------------------------------------------------------------------

LINE = Gate(1, 3.0)


def laps(own: list[Edge]) -> LapResult:
    return find_laps(own, LINE, start_s=0.0, end_s=END_S)


def test_out_and_back() -> None:
    found = laps([*pulse(1, 6.0, 0.5), *pulse(1, 9.0, 0.6)])
    assert found.out is not None
    assert found.back is not None
    assert (found.out.t_s, found.back.t_s, found.left_s, found.flags) == (6.0, 9.0, 9.6, ())


def test_laps_are_as_sure_as_the_hands_let_them_be() -> None:
    low, own = Gate(1, 3.0, (1.0,)), [*pulse(1, 6.0, 0.5), *pulse(1, 9.0, 0.6)]
    free, held = (find_laps(own, low, start_s=0.0, end_s=END_S, hands=hands).out for hands in Hands)
    assert free is not None
    assert held is not None
    speed = 1.5 * 3.0 / 6.0
    assert free.u_s == pytest.approx(math.hypot(0.001, 0.01 / math.sqrt(3) / speed, 0.028 / speed))
    assert held.u_s == pytest.approx(math.hypot(0.001, 0.01 / math.sqrt(3) / speed, 0.060 / speed))


def test_turn_inside_the_beam_is_one_long_occlusion() -> None:
    found = laps(pulse(1, 6.0, 3.5))
    assert found.out is not None
    assert (found.out.t_s, found.back, found.left_s) == (6.0, None, 9.5)
    assert codes(found) == {Code.TURNED_INSIDE}


def test_only_one_way_seen_misses_a_lap() -> None:
    assert codes(laps(pulse(1, 6.0, 0.4))) == {Code.GATE_MISSING}
    assert laps([]) == LapResult(None, None, None, laps([]).flags)
    assert codes(laps([])) == {Code.GATE_MISSING}


def test_assessor_beside_the_participant_is_behind_both_ways() -> None:
    found = laps([e for t in (6.0, 6.8, 9.9, 10.7) for e in pulse(1, t, 0.5)])
    assert found.out is not None
    assert found.back is not None
    assert (found.out.t_s, found.back.t_s) == (6.0, 9.9)
    assert codes(found) == {Code.LAPS_UNCLEAR, Code.FOLLOWER}


# --- single impulses -----------------------------------------------------------------------------

COURSE = [Gate(0, 0.0), Gate(1, 4.0)]


def test_single_impulses_are_taken_in_order_with_a_lower_grade() -> None:
    impulses = [Impulse(1, 0.5), Impulse(0, 1.0), Impulse(1, 5.0), Impulse(1, 5.4)]
    result = find_impulse_crossings(impulses, COURSE, start_s=0.0, end_s=20.0)
    assert times(result) == [1.0, 5.0]
    assert codes(result) == {Code.SINGLE_IMPULSE, Code.OUT_OF_ORDER, Code.FOLLOWER}
    assert all(g.crossing is not None and g.crossing.u_s == pytest.approx(0.0577, abs=1e-3) for g in result.gates)


def test_impulse_that_never_came() -> None:
    result = find_impulse_crossings([Impulse(1, 5.0)], COURSE, start_s=0.0, end_s=20.0)
    assert times(result) == [None, 5.0]
    assert result.gates[0].reason is Code.GATE_MISSING
