"""Every kind of wearable on the session clock: how well times are known, what is missing, rates that come apart."""

import itertools
from dataclasses import dataclass, replace

import msgspec.structs
import numpy as np
import pytest
from numpy.random import default_rng

from rig.model.records import Direction, LinkEvent, Packet
from rig.model.setup import Device, Role, Setup, parse_setup
from rig.timeline import ImuTrack, ImuWindow, decode_session
from rig.virtual.ble_voice import Sampler
from rig.virtual.clocks import Oscillator, host_ns
from rig.virtual.metamotion import MetaMotionVoice
from rig.virtual.radio import Radio
from rig.virtual.setup_file import write_setup
from tests.firmware_protocol.wearable_lab import (
    LINK,
    Talk,
    motion,
    numbered,
    numbers,
    polar,
    talk,
    voice_of,
    with_stalls,
)

S = 1_000_000_000
CLOCK = Oscillator(-1000.0, 40.0)
"""A crystal 40 ppm fast that warms up a little."""
RATES_HZ = {"movesense": 104.0, "polar": 52.0, "movella-dot": 60.0, "rig-imu": 104.0, "witmotion": 47.0}
LIMITS_MS = {"witmotion": (4.0, 2.0)}
"""Its stamps are cut to milliseconds, and most frames are whole only with the notification after: a coarse sensor."""
LEAST_DELAY_S = 0.0055
"""Of the virtual link: constant, so no stamps can show it; a tap does."""
AIR = replace(LINK, interval_s=0.02875)
"""An interval that no period is a multiple of: else the least delay depends on where the two happen to stand."""
STALLS = with_stalls(AIR, (30.0, 1.0), (55.0, 0.4), (70.0, 2.0))


@dataclass(frozen=True)
class Session:
    """What went over the link, and of the samples that arrived, when each was taken."""

    track: ImuTrack
    clock: Oscillator
    rate_hz: float

    def window(self, start_s: float, end_s: float, known_s: float) -> ImuWindow:
        return self.track.window(host_ns(start_s), host_ns(end_s), host_ns(known_s))

    def truth_ns(self, found: ImuWindow) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        """When the samples of a window were taken: their number, modulo 5000, next to where they were put."""
        about = self.clock.reading((found.t_ns - host_ns(0)) / S - LEAST_DELAY_S) * self.rate_hz
        rest = np.array(numbers(found.acc))
        number = rest + 5000 * np.round((about - rest) / 5000)
        return self.clock.instants(number / self.rate_hz) * S + host_ns(0)

    def errors_ms(self, found: ImuWindow) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
        """Errors of times, without the constant of the link."""
        return (found.t_ns - self.truth_ns(found)) / 1e6 - LEAST_DELAY_S * 1e3


def decoded(packets: list[Packet], kind: str) -> ImuTrack:
    own = Setup(devices=(Device("imu", kind, Role.CHEST),))  # type: ignore[arg-type]  # a name of the registry
    return decode_session(packets, own).imus[Role.CHEST]


CUT_S = (90.0, 92.5)


def session(kind: str, radio: Radio, seed: int, *, lost: float = 0.01) -> Session:
    """Two minutes with stalls, lost notifications and a lost link."""
    link = talk(kind, voice_of(kind, numbered, CLOCK))
    heard = link.stream(CUT_S[0], radio, seed)
    link.voice.hang_up()
    heard.append(Packet("imu", "", Direction.LINK, host_ns(CUT_S[0] + 1.0), LinkEvent.LOST.value.encode()))
    link.now_s = CUT_S[1]
    link.begin()
    heard += link.stream(120.0, radio, seed + 1)
    kept = default_rng(seed).random(len(heard)) >= lost
    packets = [p for p, keep in zip(heard, kept, strict=True) if keep or p.direction == Direction.LINK]
    return Session(decoded(sorted(packets + link.packets, key=lambda p: p.t_ns), kind), CLOCK, RATES_HZ[kind])


@pytest.mark.parametrize("kind", RATES_HZ)
def test_times_are_within_2_ms_and_durations_within_1_ms_whatever_the_link_does(kind: str) -> None:
    errors, durations = [], []
    for seed in range(2):
        own = session(kind, STALLS, seed)
        for start, end in ((40.0, 85.0), (95.0, 118.0)):
            for known in (end + 1.0, 125.0):
                found = own.window(start, end, known)
                error = own.errors_ms(found)
                errors += error.tolist()
                third = len(error) // 3
                durations += (error[third:] - error[:-third]).tolist()
                assert np.max(np.abs(error)) * 1e6 <= found.clock.bound_ns + found.clock.delay_bound_ns
                assert found.clock.kind == "one_way"
    times_ms, durations_ms = LIMITS_MS.get(kind, (2.0, 1.0))
    assert np.quantile(np.abs(errors), 0.95) < times_ms
    assert np.quantile(np.abs(durations), 0.95) < durations_ms


@pytest.mark.parametrize("kind", RATES_HZ)
def test_every_gap_is_found_with_its_length(kind: str) -> None:
    own = session(kind, AIR, 7)
    found = own.window(20.0, 85.0, 125.0)
    truth = own.truth_ns(found)
    steps = np.rint(np.diff(truth) / S * RATES_HZ[kind]).astype(int)
    assert found.lost_samples == int((steps - 1).sum())
    assert len(found.gaps) == int((steps > 1).sum())
    lost = {round((b - a) / S * RATES_HZ[kind]) - 1 for a, b in found.gaps}
    assert lost == set((steps[steps > 1] - 1).tolist())
    assert len(found.t_ns) + found.lost_samples == pytest.approx(65 * RATES_HZ[kind], abs=2)


@pytest.mark.parametrize("kind", RATES_HZ)
def test_a_lost_link_is_a_gap_of_its_length_between_two_epochs(kind: str) -> None:
    own = session(kind, AIR, 3, lost=0.0)
    found = own.window(80.0, 110.0, 125.0)
    assert found.flags == ("link_lost",)
    assert len(found.gaps) == 1
    start, end = found.gaps[0]
    truth = own.truth_ns(found)
    at = int(np.searchsorted(found.t_ns, end))
    assert found.lost_samples == pytest.approx((truth[at] - truth[at - 1]) / S * RATES_HZ[kind] - 1, abs=1)
    assert np.max(np.abs(own.errors_ms(found))) < 5.0
    assert 2.0 < (end - start) / S < 6.0


# -- rates on times of their own ---------------------------------------------------------------------------------


def verity(lost: set[int] | None = None) -> tuple[Session, Talk]:
    """A minute of a Verity whose vectors tell their instants; `lost` are indices of frames."""
    link = talk("polar", polar(motion, CLOCK))
    heard = [p for k, p in enumerate(link.stream(60.0, AIR)) if k not in (lost or set())]
    return Session(decoded(link.packets + heard, "polar"), CLOCK, 52.0), link


def swing(t_ns: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> "np.ndarray[tuple[int, int], np.dtype[np.float64]]":
    return motion(t_ns, (t_ns - host_ns(0)) / S - LEAST_DELAY_S)[1]


def test_angular_rates_of_their_own_are_interpolated_at_the_instants_of_the_accelerations() -> None:
    found = verity()[0].window(10.0, 50.0, 60.0)
    assert found.gyr is not None
    assert found.flags == ()
    assert found.lost_samples == 0
    assert found.gyr.shape == found.acc.shape
    acc = motion(found.t_ns, (found.t_ns - host_ns(0)) / S - LEAST_DELAY_S)[0]
    assert np.sqrt(np.mean((found.acc - acc) ** 2)) < 0.03
    assert np.sqrt(np.mean((found.gyr - swing(found.t_ns)) ** 2)) < 0.01


def test_where_angular_rates_are_missing_samples_are_missing() -> None:
    frames = verity()[1]
    assert frames.sensor.kind == "polar"
    own, _ = verity({60})
    found = own.window(10.0, 50.0, 60.0)
    assert found.gyr is not None
    assert len(found.gaps) == 1
    assert found.lost_samples == pytest.approx(33, abs=5)
    assert np.sqrt(np.mean((found.gyr - swing(found.t_ns)) ** 2)) < 0.01


def test_on_line_samples_wait_for_their_angular_rates() -> None:
    own, _ = verity()
    for known in np.arange(20.0, 30.0, 0.37):
        live = own.window(15.0, float(known), float(known))
        late = own.window(15.0, float(known), 60.0)
        assert live.gyr is not None
        assert live.lost_samples == 0 or live.gaps[-1][1] >= host_ns(float(known) - 0.6)
        shared = min(len(live.t_ns), len(late.t_ns))
        assert live.acc[:shared].tolist() == late.acc[:shared].tolist()
        assert np.abs(live.t_ns[:shared] - late.t_ns[:shared]).max() < 3e6


def test_a_sensor_without_a_gyroscope_has_accelerations_and_says_so() -> None:
    link = talk("polar", polar(motion, CLOCK, h10=True))
    found = Session(decoded(link.packets + link.stream(60.0, AIR), "polar"), CLOCK, 100.0).window(10.0, 50.0, 60.0)
    assert found.gyr is None
    assert found.flags == ("no_gyr",)
    assert found.lost_samples == 0
    assert len(found.t_ns) == pytest.approx(4000, abs=2)


def test_counts_without_a_scale_are_left_out() -> None:
    link = talk("polar", polar(motion, CLOCK))
    mute = [p for p in link.packets if not p.data.startswith(b"\xf0\x02\x02")]
    found = Session(decoded(mute + link.stream(30.0, AIR), "polar"), CLOCK, 52.0).window(10.0, 25.0, 30.0)
    assert len(found.t_ns) == 0
    assert set(found.flags) == {"no_scale", "no_data"}


# -- samples that are only counted -------------------------------------------------------------------------------


def counted(true_hz: float, lost: set[int], seed: int = 0) -> Session:
    voice = MetaMotionVoice(Sampler(CLOCK, true_hz, 3, numbered), Sampler(CLOCK, true_hz, 3, numbered))
    link = talk("metamotion", voice)
    heard = [p for k, p in enumerate(link.stream(60.0, AIR, seed)) if k not in lost]
    return Session(decoded(link.packets + heard, "metamotion"), CLOCK, true_hz)


@pytest.mark.parametrize("true_hz", [97.0, 100.0, 101.7])
def test_counted_samples_find_their_rate_by_their_arrivals_and_are_graded_lower(true_hz: float) -> None:
    own = counted(true_hz, set())
    found = own.window(10.0, 50.0, 60.0)
    assert found.clock.kind == "counted"
    assert found.flags == ("counted_clock",)
    assert found.lost_samples == 0
    assert found.clock.rate_ppm == pytest.approx((true_hz / 100 - 1) * 1e6, abs=100)
    assert np.quantile(np.abs(own.errors_ms(found)), 0.95) < 3.0


def test_a_counted_sample_that_is_lost_unseen_shows_in_the_bound() -> None:
    whole, spoilt = counted(100.0, set()), counted(100.0, set(itertools.chain(range(1000, 1012), range(1800, 1812))))
    better, worse = (own.window(10.0, 55.0, 60.0).clock.bound_ns for own in (whole, spoilt))
    assert worse > 2 * better + 10_000_000


def test_a_short_stretch_of_counted_samples_keeps_the_nominal_rate() -> None:
    link = talk("metamotion", voice_of("metamotion", numbered, CLOCK))
    own = Session(decoded(link.packets + link.stream(3.0, AIR), "metamotion"), CLOCK, 100.0)
    assert own.window(1.0, 4.0, 4.0).clock.rate_ppm == 0


def test_a_measured_delay_is_taken_off_and_leaves_less_unknown() -> None:
    link = talk("rig-imu", voice_of("rig-imu", numbered, CLOCK))
    packets = [*link.packets, *link.stream(40.0, STALLS, 1)]
    plain = Device("imu", "rig-imu", Role.CHEST)
    both = [Setup(devices=(plain,)), Setup(devices=(msgspec.structs.replace(plain, delay_ms=6.5),))]
    without, tapped = (decode_session(packets, own).imus[Role.CHEST] for own in both)
    at = host_ns(5.0), host_ns(35.0), host_ns(39.0)
    moved = tapped.window(at[0] - 6_500_000, at[1] - 6_500_000, at[2])
    assert np.array_equal(without.window(*at).t_ns - 6_500_000, moved.t_ns)
    assert np.array_equal(without.window(*at).acc, moved.acc)
    assert (without.window(*at).clock.delay_bound_ns, moved.clock.delay_bound_ns) == (10_000_000, 6_000_000)
    assert parse_setup(write_setup(both[1])) == both[1]
