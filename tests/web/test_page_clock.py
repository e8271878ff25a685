"""A browser's clock on the rig's, from four stamps, whatever it shows and however the network delays."""

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rig.battery import RefusedError
from rig.pipeline.evidence import OPERATOR_U_US
from rig.web.page_clock import KEPT_NS, Heard, PageClock
from rig.web.sound import LATENCY_TOLD_U_US, LATENCY_UNTOLD_U_US, Sounded, when

NS = 1_000_000_000
BEGIN_NS = 4_000 * NS


class Page:
    """A page with a clock of its own, behind a network with delays of its own."""

    def __init__(
        self, zero_ns: int = 0, rate: float = 0.0, there_s: float = 0.0, back_s: float = 0.0, grain_us: int = 1
    ) -> None:
        self.clock = PageClock()
        self.now_ns = BEGIN_NS
        self._zero_ns, self._rate = zero_ns, rate
        self._there_s, self._back_s = there_s, back_s
        self._grain_us = grain_us
        self._chance = random.Random(3)

    def us(self, t_ns: int) -> int:
        """What the page's clock shows at a moment of the rig's."""
        us = round((t_ns - BEGIN_NS) * (1 + self._rate) + self._zero_ns) // 1000
        return us // self._grain_us * self._grain_us

    def exchange(self, times: int) -> None:
        """Stamps once a second, with some more delay on top at random."""
        for _ in range(times):
            self.now_ns += NS
            told_ns = self.now_ns
            heard_ns = told_ns + round((self._back_s + self._chance.expovariate(1 / 0.004)) * NS)
            sent_ns = heard_ns + 300_000
            self.now_ns = sent_ns + round((self._there_s + self._chance.expovariate(1 / 0.004)) * NS)
            self.clock.take(Heard(told_ns // 1000, self.us(heard_ns), self.us(sent_ns)), self.now_ns)

    def error_us(self) -> tuple[float, float]:
        """How far off the rig is about a moment just now, and how far it says it may be."""
        at_ns = self.now_ns - NS // 10
        found = self.clock.at(self.us(at_ns), self.now_ns)
        assert found is not None
        return (found[0] - at_ns) / 1000, found[1]


def test_nothing_is_known_before_the_first_exchange() -> None:
    assert PageClock().at(5, BEGIN_NS) is None
    with pytest.raises(RefusedError):
        when(_told(5), PageClock(), BEGIN_NS)


def test_a_quick_network_tells_a_clock_to_a_millisecond_or_two() -> None:
    page = Page(zero_ns=3 * 3600 * NS)
    page.exchange(30)
    error_us, bound_us = page.error_us()
    assert abs(error_us) < 1_000
    assert bound_us < 2_000


@given(
    zero_s=st.integers(0, 10**6),
    rate=st.floats(-2e-4, 2e-4),
    there_s=st.floats(0, 0.3),
    back_s=st.floats(0, 0.3),
    times=st.integers(1, 40),
    grain_us=st.sampled_from([1, 100, 1_000, 100_000]),
)
def test_the_error_is_never_larger_than_the_bound(
    zero_s: int, rate: float, there_s: float, back_s: float, times: int, grain_us: int
) -> None:
    """Browsers make their clocks coarse on purpose, by 0.1, 1 or 100 ms."""
    page = Page(zero_s * NS, rate, there_s, back_s, grain_us)
    page.exchange(times)
    error_us, bound_us = page.error_us()
    assert abs(error_us) <= bound_us


def test_a_slow_way_back_is_half_an_error_and_the_bound_says_so() -> None:
    page = Page(back_s=0.2)
    page.exchange(20)
    error_us, bound_us = page.error_us()
    assert error_us == pytest.approx(-100_000, abs=5_000)
    assert bound_us == pytest.approx(100_000, abs=6_000)


def test_a_clock_that_stood_still_makes_the_bound_wide_until_old_stamps_are_forgotten() -> None:
    page = Page()
    page.exchange(10)
    page._zero_ns -= 5 * NS
    page.exchange(3)
    assert page.error_us()[1] > 1_000_000
    page.now_ns += KEPT_NS
    page.exchange(3)
    assert page.error_us()[1] < 10_000


@pytest.mark.parametrize(
    ("told_s", "heard_us", "sent_us"), [(0.1, 5, 4), (-0.1, 4, 5), (61.0, 4, 5)], ids=["order", "future", "old"]
)
def test_stamps_that_cannot_be_are_refused(told_s: float, heard_us: int, sent_us: int) -> None:
    clock = PageClock()
    with pytest.raises(RefusedError):
        clock.take(Heard((BEGIN_NS - round(told_s * NS)) // 1000, heard_us, sent_us), BEGIN_NS)
    assert clock.at(4, BEGIN_NS) is None


def _told(sound_us: int, *, spread_us: int = 0, behind_us: int = 40_000, latency_us: int | None = 32_000) -> Sounded:
    return Sounded(1, sound_us, spread_us, behind_us, latency_us)


@pytest.fixture
def page() -> Page:
    found = Page(zero_ns=77 * NS)
    found.exchange(30)
    return found


def test_a_sound_is_as_certain_as_what_it_is_known_by(page: Page) -> None:
    at_us = page.us(page.now_ns)
    found = page.clock.at(at_us, page.now_ns)
    assert found is not None
    t_ns, bound_us = found
    clock_u_us = bound_us / math.sqrt(3)
    assert when(_told(at_us), page.clock, page.now_ns) == (t_ns, math.ceil(math.hypot(clock_u_us, LATENCY_TOLD_U_US)))
    scattered = when(_told(at_us, spread_us=60_000), page.clock, page.now_ns)[1]
    assert scattered == math.ceil(math.hypot(clock_u_us, 60_000 / math.sqrt(12), LATENCY_TOLD_U_US))
    untold = when(_told(at_us, latency_us=None), page.clock, page.now_ns)[1]
    assert untold == math.ceil(math.hypot(clock_u_us, LATENCY_UNTOLD_U_US))


def test_latency_that_the_output_stamps_leave_out_is_added(page: Page) -> None:
    at_us = page.us(page.now_ns)
    plain = when(_told(at_us), page.clock, page.now_ns)[0]
    more = when(_told(at_us, behind_us=0, latency_us=120_000), page.clock, page.now_ns)[0]
    part = when(_told(at_us, behind_us=100_000, latency_us=120_000), page.clock, page.now_ns)[0]
    assert more - plain == pytest.approx(120_000_000, abs=50_000)
    assert part - plain == pytest.approx(20_000_000, abs=50_000)


def test_a_sound_that_is_known_no_better_than_the_press_is_refused() -> None:
    page = Page(back_s=0.6)
    page.exchange(5)
    assert page.error_us()[1] / math.sqrt(3) > OPERATOR_U_US
    with pytest.raises(RefusedError):
        when(_told(page.us(page.now_ns)), page.clock, page.now_ns)
