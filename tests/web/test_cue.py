"""When the page's own start signal sounds: in a real browser, in real time, with a real network's faults."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.keys import Keys

from firmware_protocol.clock_sync import RESONATOR_LIMIT, two_way
from rig.model.clock import SystemClock
from rig.model.document import to_json
from rig.model.marks import MarkKind
from rig.model.records import Mark
from rig.pipeline.evidence import OPERATOR_U_US
from rig.recording import read_session
from rig.replay import replay
from rig.web.analyst import Result
from rig.web.desk import Desk
from rig.web.opening import begin
from rig.web.page_clock import US
from rig.web.sound import LATENCY_TOLD_U_US
from tests.web.bench import AtOnce
from tests.web.browser import chromium, until
from tests.web.served import Served, served

HOURS = 5
WELL_KNOWN_US = 7_000
"""As the page's clock is known before any first trial; on a busy machine that takes more than its first second."""
GRAIN_US = 200
"""The steps of the browser's clock, 100 us, with room for the rounding of what is told in whole microseconds."""
AHEAD = f"""
const ahead = {HOURS} * 3600e3;
const now = performance.now.bind(performance);
performance.now = () => now() + ahead;
const stamp = AudioContext.prototype.getOutputTimestamp;
AudioContext.prototype.getOutputTimestamp = function () {{
  const {{ contextTime, performanceTime }} = stamp.call(this);
  return {{ contextTime, performanceTime: performanceTime + ahead }};
}};
"""
SILENT = """
Object.defineProperty(AudioContext.prototype, "state", { get: () => "suspended" });
AudioContext.prototype.resume = () => Promise.resolve();
"""
STALLED = """
const real = OscillatorNode.prototype.start;
OscillatorNode.prototype.start = function (at) {
  real.call(this, at);
  for (const end = performance.now() + 4000; performance.now() < end;);
};
"""
LOST = """
const send = window.fetch;
window.fetch = (address, more) => (address === "/sounded" ? new Promise(() => {}) : send(address, more));
"""
SPYING = """
window.beeped = null;
const send = window.fetch;
window.fetch = (address, more) => {
  if (address === "/sounded") window.beeped = JSON.parse(more.body);
  return send(address, more);
};
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as found:
        yield found


@dataclass
class Assessment:
    """A desk without devices, its page in the browser, and a TUG that is about to be cued."""

    desk: Desk
    browser: Chrome
    known_ns: int
    known_us: float

    def press(self, kind: str, **data: object) -> None:
        """Press as the page would."""
        script = """
        const [body, done] = arguments;
        const headers = {"content-type": "application/json", "x-browser": sessionStorage.getItem("browser")};
        fetch("/press", {method: "POST", headers, body}).then((answer) => done(answer.status));
        """
        assert self.browser.execute_async_script(script, json.dumps({"kind": kind, "data": data})) == 200

    def cue(self) -> None:
        """By the big key, as people do: only then may a page sound."""
        ready = "return document.body.dataset.phase === 'ready' && !document.querySelector('#main').disabled"
        until(lambda: self.browser.execute_script(ready), "the page to be ready")
        ActionChains(self.browser, duration=0).send_keys(Keys.PAGE_DOWN).perform()
        until(lambda: self.cues(), "the press")

    def cues(self) -> list[Mark]:
        """The cue's marks so far: as pressed, and as sounded."""
        return [mark for mark in self.desk._marks if mark.kind == MarkKind.CUE]

    def sound(self) -> tuple[Mark, Mark]:
        until(lambda: len(self.cues()) == 2, "the beep")
        pressed, sounded = self.cues()
        return pressed, sounded

    def true_ns(self) -> int:
        """When it sounded by the browser's own clock, the machine's; the rig never sees it."""
        metrics = self.browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        begun_s: float = next(metric["value"] for metric in metrics if metric["name"] == "NavigationStart")
        return round(begun_s * 1e9) + int(self.browser.execute_script("return window.beeped.sound_us")) * 1000

    def allowed_us(self, sounded: Mark) -> float:
        """How far off the page's clock may be called at the beep.

        It was known to `known_us` at `known_ns`; since then the clock and the rig's line may have run apart, which a
        busy machine gives them time for.
        """
        since_us = (sounded.t_ns - self.known_ns) / 1000
        spread_us = int(self.browser.execute_script("return window.beeped.spread_us"))
        return self.known_us + 2 * RESONATOR_LIMIT * since_us + spread_us / 2 + GRAIN_US

    def end(self) -> dict[str, Any]:
        """End the trial and the assessment; its document, which is the replay's byte for byte."""
        self.press("stop", reason="finished")
        until(lambda: self.desk.state.active is None, "the trial's end")
        self.press("go", step="close")
        self.press("close")
        result = until(lambda: self.desk.over and self.desk.result, "the end")
        assert isinstance(result, Result)
        assert result.document == to_json(replay(self.desk.opened.folder).document)
        found: dict[str, Any] = json.loads(result.document)["trials"][0]
        return found


def bound_us(sounded: Mark) -> float:
    """How far off the page's clock may be, by the mark's own uncertainty."""
    u_us = sounded.data["u_us"]
    assert isinstance(u_us, int)
    assert u_us > LATENCY_TOLD_U_US
    return math.sqrt(3 * (u_us**2 - LATENCY_TOLD_U_US**2))


def known_us(desk: Desk, page: Served) -> float:
    """How far off the rig may take the clock of the only page to be."""
    exchanges = [found for clock in list(page.clocks.values()) for found in list(clock._exchanges)]
    now_ns = desk.now_ns
    return two_way(exchanges, US, used_ns=(now_ns, now_ns)).bound_s * 1e6 if exchanges else math.inf


@contextmanager
def assessment(
    browser: Chrome, folder: Path, delays_s: tuple[float, float] | None = None, *scripts: str
) -> Iterator[Assessment]:
    clock = SystemClock()
    desk = Desk(begin(folder, "cue", "schema = 1\n", clock), clock, AtOnce())
    browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "timeTicks"})
    added = [
        browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": f"{{{script}}}"})["identifier"]
        for script in (SPYING, *scripts)
    ]
    with served(desk, delays_s=delays_s) as page:
        browser.get(f"{page.origin}/?token={page.access.token}")
        allowed_us = sum(delays_s or (0.0, 0.0)) / 2 * 1e6 + WELL_KNOWN_US
        found = Assessment(desk, browser, 0, allowed_us)
        until(lambda: browser.execute_script("return document.body.dataset.version === '0'"), "the page")
        found.press("participant", id="p1", age_years=80)
        found.press("eligibility", contraindications=[])
        found.press("confirm")
        found.press("go", step="tug")
        found.press("start")
        until(lambda: known_us(desk, page) < allowed_us, "the clocks to be compared")
        found.known_ns = desk.now_ns
        try:
            yield found
        finally:
            browser.get("about:blank")
            for identifier in added:
                browser.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": identifier})
    desk.close()


def test_a_beep_is_stamped_when_it_sounds(browser: Chrome, tmp_path: Path) -> None:
    with assessment(browser, tmp_path / "s") as found:
        found.cue()
        pressed, sounded = found.sound()
        arrived_ns = found.desk.now_ns
        true_ns = found.true_ns()
        allowed_us = found.allowed_us(sounded)
        trial = found.end()
    assert pressed.t_ns + 30_000_000 < sounded.t_ns < arrived_ns
    assert abs(sounded.t_ns - true_ns) / 1000 <= bound_us(sounded) < allowed_us
    u_us = sounded.data["u_us"]
    (cue,) = (event for event in trial["events"] if event["name"] == "cue")
    assert (cue["source"], cue["u_us"]) == ("page", u_us)
    epoch_ns = read_session(tmp_path / "s").segments[0].anchor_ns
    assert cue["t_us"] == (sounded.t_ns - epoch_ns) // 1000
    assert "cue_by_mark" not in trial["quality"]


def test_a_page_whose_clock_is_hours_off_gives_the_same_time(browser: Chrome, tmp_path: Path) -> None:
    with assessment(browser, tmp_path / "s", None, AHEAD) as found:
        found.cue()
        pressed, sounded = found.sound()
        assert found.browser.execute_script("return window.beeped.sound_us") > HOURS * 3600e6
        true_ns = found.true_ns() - HOURS * 3_600_000_000_000
        allowed_us = found.allowed_us(sounded)
    assert pressed.t_ns < sounded.t_ns
    assert abs(sounded.t_ns - true_ns) / 1000 <= bound_us(sounded) < allowed_us


@pytest.mark.parametrize("delays_s", [(0.08, 0.0), (0.0, 0.15), (0.1, 0.1)], ids=["there", "back", "both"])
def test_a_slow_network_is_told_in_the_uncertainty(
    browser: Chrome, tmp_path: Path, delays_s: tuple[float, float]
) -> None:
    """The truth is never farther off than the half round trip, of which `u_us` is the standard uncertainty."""
    with assessment(browser, tmp_path / "s", delays_s) as found:
        found.cue()
        pressed, sounded = found.sound()
        true_ns = found.true_ns()
        allowed_us = found.allowed_us(sounded)
    half_us = sum(delays_s) / 2 * 1e6
    error_us = (sounded.t_ns - true_ns) / 1000
    assert pressed.t_ns < sounded.t_ns
    assert abs(error_us) <= bound_us(sounded)
    # The rig takes the middle: off by half of how unlike the two ways are.
    assert error_us == pytest.approx((delays_s[0] - delays_s[1]) / 2 * 1e6, abs=allowed_us - half_us)
    assert half_us <= bound_us(sounded) < allowed_us


def test_a_page_that_stalls_tells_later_when_it_sounded(browser: Chrome, tmp_path: Path) -> None:
    with assessment(browser, tmp_path / "s", None, STALLED) as found:
        found.cue()
        pressed, sounded = found.sound()
        arrived_ns = found.desk.now_ns
        true_ns = found.true_ns()
        allowed_us = found.allowed_us(sounded)
    assert arrived_ns - pressed.t_ns > 4_000_000_000
    assert abs(sounded.t_ns - true_ns) / 1000 <= bound_us(sounded) < allowed_us


@pytest.mark.parametrize("script", [SILENT, LOST], ids=["silent", "lost"])
def test_where_nobody_knows_of_the_beep_the_press_stands_and_says_so(
    browser: Chrome, tmp_path: Path, script: str
) -> None:
    with assessment(browser, tmp_path / "s", None, script) as found:
        found.cue()
        if script is SILENT:
            seen = "return document.querySelector('#alerts .refused')?.textContent"
            assert "口令" in str(until(lambda: browser.execute_script(seen), "the page to say so"))
        trial = found.end()
        (pressed,) = found.cues()
    (cue,) = (event for event in trial["events"] if event["name"] == "cue")
    assert (cue["source"], cue["u_us"]) == ("operator", OPERATOR_U_US)
    epoch_ns = read_session(tmp_path / "s").segments[0].anchor_ns
    assert cue["t_us"] == (pressed.t_ns - epoch_ns) // 1000
    assert "cue_by_mark" in trial["quality"]
