"""The page in a real browser: whole assessments by keyboard, each ending with the document that a replay gives.

A few run always, the others in the long runs (`RIG_SOAK=1`).
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from rig.battery import Action, ActionKind
from rig.model.clock import ManualClock
from rig.model.document import to_json
from rig.model.setup import Setup
from rig.recording import read_session
from rig.replay import replay
from rig.virtual.setup_file import write_setup
from rig.web.access import Access
from rig.web.certificate import own_certificate
from rig.web.opening import begin, resume
from rig.web.space import STOP_BYTES, WARN_BYTES, Space
from tests.rig_signal.test_lifts import angles
from tests.web.bench import AtOnce
from tests.web.browser import AXE, RULES, TABLET, UNABLE, Assessor, chromium, key_hash, until
from tests.web.stage import BEGIN_NS, NS, Stage
from tests.web.test_lifts import SETUP as WRIST
from tests.web.test_lifts import radio
from tests.web.test_rehearsal import PEOPLE

soak = pytest.mark.skipif("RIG_SOAK" not in os.environ, reason="long: RIG_SOAK=1, or make soak")


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as found:
        yield found


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "session", "pre_frail")


def _document(stage: Stage) -> dict[str, Any]:
    """The last document, which has to be the replay's, byte for byte."""
    assert stage.desk.result is not None
    assert stage.desk.result.document == to_json(replay(stage.desk.opened.folder).document)
    found: dict[str, Any] = json.loads(stage.desk.result.document)
    assert not any("changed_after_display" in deviation for deviation in found["scores"]["deviations"])
    return found


def _scores(stage: Stage) -> dict[str, object]:
    scores = _document(stage)["scores"]
    return {**scores["sppb"], "category": scores["category"]}


def _whole(browser: Chrome, stage: Stage, address: str, person: str) -> None:
    assessor = Assessor(browser, stage, address)
    seen: set[str] = set()

    def look(name: str) -> None:
        if name not in seen:
            seen.add(name)
            assert assessor.violations() == [], name

    assessor.look = look
    assessor.whole()
    found = _scores(stage)
    assert {key: found[key] for key in PEOPLE[person]} == PEOPLE[person]
    assert len(seen) > 15
    assert assessor.complaints() == []
    assert [url for url in assessor.requests() if not url.startswith(assessor.origin)] == []


def test_a_whole_assessment_with_two_keys(browser: Chrome, tmp_path: Path) -> None:
    stage = Stage(tmp_path / "session", "cannot_rise")
    with stage.served() as address:
        _whole(browser, stage, address, "cannot_rise")


@soak
@pytest.mark.parametrize("person", [person for person in PEOPLE if person != "cannot_rise"])
def test_everybody(browser: Chrome, tmp_path: Path, person: str) -> None:
    stage = Stage(tmp_path / "session", person)
    with stage.served() as address:
        _whole(browser, stage, address, person)


def _trials(document: dict[str, Any]) -> list[tuple[str, str]]:
    return [(trial["trial"], trial["status"]) for trial in document["trials"]]


def test_a_refusal_an_abort_in_mid_walk_and_a_repetition(browser: Chrome, stage: Stage) -> None:
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
        assessor.choose("u", UNABLE.index("refused"))
        assessor.to("walk_4m")
        assessor.ready()
        assessor.start()
        assessor.go()
        assessor.wait(2)
        assessor.choose("v", 2)
        assessor.finish()
        assessor.trial()
        assessor.choose("r", 0)
        assessor.trial()
        assessor.close()
    document = _document(stage)
    assert _trials(document) == [("walk_4m-1", "aborted"), ("walk_4m-2", "aborted"), ("walk_4m-3", "completed")]
    assert [trial["reason"] for trial in document["trials"]][:2] == ["interrupted", "repeated: distracted"]
    assert document["scores"]["sppb"]["balance"] == 0


@pytest.mark.parametrize(("key", "choice"), [(Keys.PAGE_DOWN, "key"), (Keys.PAGE_UP, "sensors")])
def test_a_late_key_asks_who_is_right_and_the_answer_counts(
    browser: Chrome, tmp_path: Path, key: str, choice: str
) -> None:
    stage = Stage(tmp_path / "session", "tandem_step_out")
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
        assessor.to("tandem")
        assessor.ready()
        assessor.start()
        assessor.go()
        until(lambda: stage.lab.actor.done is not None, "the step")
        assert stage.lab.actor.done is not None
        assessor.until(round(stage.lab.actor.done.at_s * 1e9) + 9 * NS // 10)
        assessor.press(Keys.PAGE_DOWN)
        assessor.finish()
        assessor.watch_moment("document.querySelector('#last .doubt')")
        assert assessor.violations() == []
        asked = stage.desk.state.trials[-1].shown or {}
        assessor.press(key)
        assessor.finish()
        assert assessor.text("#last .doubt") == ""
        assessor.close()
    trial = _document(stage)["trials"][0]
    assert "hold_confirmed" in trial["quality"]
    end = next(event for event in trial["events"] if event["name"] == "hold_end")
    assert end["source"] == {"key": "operator", "sensors": "waist"}[choice]
    held_us = next(time["time_us"] for time in trial["times"])
    assert held_us == pytest.approx(asked["time_us" if choice == "key" else "felt_us"], abs=100)


def test_a_sensor_lost_in_the_chair_test_leaves_what_can_be_done_by_hand(browser: Chrome, stage: Stage) -> None:
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
        assessor.to("chair")
        assessor.ready()
        assessor.start()
        assessor.go()
        assessor.press("w")
        assessor.wait(3)
        stage.lab.lose("waist")
        assessor.wait(4)
        assessor.watch_moment("document.querySelector('#devices .ill')")
        until(lambda: stage.lab.actor.done is not None, "the rises")
        assert stage.lab.actor.done is not None
        assessor.until(round(stage.lab.actor.done.at_s * 1e9))
        assessor.press("w")
        assessor.press(Keys.PAGE_DOWN)
        assessor.finish()
        assessor.close()
    document = _document(stage)
    assert _trials(document) == [("chair-1", "completed")]
    assert "chair:manual_time" in document["scores"]["deviations"]
    assert document["trials"][0]["manual_time_us"] > 10_000_000


def test_an_event_is_moved_by_keys_with_a_name_and_a_reason(browser: Chrome, stage: Stage) -> None:
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
        assessor.to("walk_4m")
        assessor.trial()
        assessor.to("result")
        before = json.loads(stage.desk.result.document)["trials"][0] if stage.desk.result else {}
        _correct(assessor)
        assert assessor.violations() == []
        assessor.watch_moment("document.querySelector('#sheet .audit')")
        assessor.close()
    after = _document(stage)["trials"][0]
    was, now = (next(e for e in trial["events"] if e["name"] == "first_foot_off") for trial in (before, after))
    assert (now["t_us"] - was["t_us"], now["source"]) == (110_000, "edit")
    assert after["times"][0]["time_us"] == pytest.approx(before["times"][0]["time_us"] - 110_000, abs=100)


def _correct(assessor: Assessor) -> None:
    browser, version = assessor.browser, assessor.stage.desk.version
    browser.find_element(By.CSS_SELECTOR, "tr[data-trial=walk_4m-1] button").send_keys(Keys.ENTER)
    assessor.watch_moment("document.querySelector('[data-event=first_foot_off-1]')")
    event = browser.find_element(By.CSS_SELECTOR, "[data-event=first_foot_off-1]")
    event.send_keys(Keys.SHIFT, Keys.ARROW_RIGHT)
    event.send_keys(Keys.ARROW_RIGHT)
    browser.find_element(By.ID, "edit-who").send_keys("A1")
    browser.find_element(By.ID, "edit-why").send_keys("heel, not toe", Keys.ENTER)
    until(lambda: assessor.stage.desk.version > version, "the correction")
    while assessor.stage.desk.busy:
        assessor.wait(0.5)
    assessor.settle()


def test_an_event_is_dragged_along_the_trace(browser: Chrome, stage: Stage) -> None:
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
        assessor.to("walk_4m")
        assessor.trial()
        assessor.to("result")
        browser.find_element(By.CSS_SELECTOR, "tr[data-trial=walk_4m-1] button").click()
        assessor.watch_moment("document.querySelector('#sheet .u-over')")
        assert stage.desk.result is not None
        trial = json.loads(stage.desk.result.document)["trials"][0]
        plot = browser.find_element(By.CSS_SELECTOR, "#sheet .u-over")
        seconds_px = (trial["ended_us"] - trial["started_us"]) / 1e6 / plot.size["width"]
        cue_s = next(e["t_us"] - trial["started_us"] for e in trial["events"] if e["name"] == "cue") / 1e6
        at = round(cue_s / seconds_px - plot.size["width"] / 2)
        drag = ActionChains(browser).move_to_element_with_offset(plot, at, 0).click_and_hold().move_by_offset(60, 0)
        drag.release().perform()
        before, after = map(float, re.findall(r"\d+\.\d+", assessor.text("#move")))
    assert before == pytest.approx(cue_s, abs=0.01)
    assert after - before == pytest.approx(60 * seconds_px, abs=2 * seconds_px)
    stage.desk.opened.recorder.close()


@soak
def test_the_stopwatch_alone(browser: Chrome, tmp_path: Path) -> None:
    stage = Stage(tmp_path / "session", "robust", Setup())
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
        assessor.go = lambda: _with_stopwatch(assessor)  # type: ignore[method-assign]  # this assessor alone
        assessor.rest()
    scores = _document(stage)["scores"]
    # A stopwatch started at the cue has the reaction in it, which the sensors leave out: 4 points by them.
    assert scores["sppb"] == {"balance": 4, "gait": 3, "chair": 4, "total": 11, "total_range": [11, 11]}
    assert {f"{part}:manual_time" for part in ("walk_4m", "chair", "tug", "walk_6m")} <= {*scores["deviations"]}


def _with_stopwatch(assessor: Assessor) -> None:
    """Beside the big key, the stopwatch's: when it starts, and when it is done."""
    active = assessor.stage.desk.state.active
    assessor.press(Keys.PAGE_DOWN)
    if active is None or active.test == "chair_single":
        return
    assessor.press("w")
    done = assessor.stage.lab.actor.done
    assessor.until(round(done.at_s * 1e9) if done else assessor.stage.now_ns + 10 * NS)
    assessor.press("w")


def test_killed_and_resumed(browser: Chrome, stage: Stage, tmp_path: Path) -> None:
    """What is on the disk in mid-walk is what a killed rig leaves."""
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
        assessor.trial()
        assessor.to("walk_4m")
        assessor.ready()
        assessor.start()
        assessor.go()
        assessor.wait(2)
        stage.desk.opened.recorder.settle()
        shutil.copytree(tmp_path / "session", tmp_path / "left")
    stage.desk.opened.recorder.close()
    stage.clock.advance(30 * NS)
    again = Stage(tmp_path / "left", "pre_frail", opened=resume(tmp_path / "left", stage.clock), clock=stage.clock)
    with again.served() as address:
        assessor = Assessor(browser, again, address)
        assessor.wait(5)
        assert assessor.text("#title") == "半並排站立"
        assessor.to("walk_4m")
        assessor.trial()
        assessor.close()
    expected = [("side_by_side-1", "completed"), ("walk_4m-1", "aborted"), ("walk_4m-2", "completed")]
    assert _trials(_document(again)) == expected


def test_a_second_browser_looks_on_and_takes_over(browser: Chrome, stage: Stage) -> None:
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        first = browser.current_window_handle
        browser.switch_to.new_window("tab")
        browser.get(assessor.origin)
        assessor.watch_moment("document.querySelector('#take-over')")
        assert not browser.find_element(By.ID, "main").is_enabled()
        browser.find_element(By.ID, "take-over").click()
        assessor.watch_moment("!document.querySelector('#main').disabled")
        assessor.introduce()
        browser.close()
        browser.switch_to.window(first)
        assessor.watch_moment("!document.querySelector('#main').disabled")
        assessor.settle()
        assert stage.desk.state.participant["id"] == "pre-frail"
    stage.desk.opened.recorder.close()


def test_what_is_filled_in_stays_when_the_language_changes(browser: Chrome, stage: Stage) -> None:
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.fill("id", "p-7")
        assessor.pill("sex", "m")
        for language in ("en", "zh-Hant-TW"):
            browser.find_element(By.ID, "language").click()
            assessor.watch_moment(f"document.documentElement.lang === '{language}' && document.querySelector('#form')")
            assert assessor.js("return document.querySelector('#id').value") == "p-7"
            assert assessor.js("return document.querySelector('input[name=sex]:checked').value") == "m"
    stage.desk.opened.recorder.close()


def test_letter_keys_can_be_switched_off_and_the_language_changed(browser: Chrome, stage: Stage) -> None:
    """WCAG 2.1.4: single-letter shortcuts can be turned off."""
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
        browser.find_element(By.ID, "help").click()
        browser.find_element(By.ID, "letters").click()
        assessor.keys(Keys.ESCAPE)
        assessor.keys("u")
        assert assessor.js("return document.querySelector('dialog').open") is False
        assessor.js("localStorage.removeItem('letters')")
        browser.find_element(By.ID, "language").click()
        assessor.watch_moment("document.documentElement.lang === 'en'")
        assert assessor.text("#title") == "Side-by-side stance"
        browser.find_element(By.ID, "language").click()
        assessor.watch_moment("document.documentElement.lang === 'zh-Hant-TW'")
    stage.desk.opened.recorder.close()


def test_the_page_beeps_where_no_timer_does(browser: Chrome, tmp_path: Path) -> None:
    stage = Stage(tmp_path / "session", "robust", Setup())
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
        assessor.js(
            "window.beeps = 0; const start = OscillatorNode.prototype.start;"
            "OscillatorNode.prototype.start = function (...a) { window.beeps += 1; return start.apply(this, a); }"
        )
        assessor.to("walk_4m")
        assessor.ready()
        assessor.start()
        assessor.go()
        assessor.watch_moment("window.beeps === 1")
        active = stage.desk.state.active
        assert active is not None
        assert active.cued_by == "page"
    stage.desk.opened.recorder.close()


def test_a_browser_that_loses_the_link_says_so_and_comes_back_by_itself(browser: Chrome, stage: Stage) -> None:
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
        assessor.ready()
        assessor.start()
    assessor.watch_moment("document.querySelector('#alerts .lost')")
    assert not browser.find_element(By.ID, "main").is_enabled()
    # Meanwhile the rig goes on: time passes, and the operator's words count by another page.
    for _ in range(20):
        stage.limit_ns += NS
        stage.desk.tick()
    stage.desk.press(Action(ActionKind.ABORT, {"reason": "interrupted"}))
    with stage.served(again=True):
        assessor.watch_moment("!document.querySelector('#alerts .lost')")
        assessor.settle()
        assert assessor.text("#clock") == ""
        assessor.press("u", "7")
        assert stage.desk.state.unable == {"side_by_side": "refused"}
        assert assessor.violations() == []
        assessor.close()
    assert _trials(_document(stage)) == [("side_by_side-1", "aborted")]


def test_a_page_that_is_refused_for_a_while_asks_again(browser: Chrome, stage: Stage) -> None:
    """A browser gives up a stream that is answered with an error; the page does not."""
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
    ours, stage.access = stage.access, Access(["http://elsewhere.example"])
    with stage.served(again=True):
        until(lambda: any(" 421 " in each for each in assessor.complaints()), "the stream to be refused")
        sleep(1)
    stage.access = ours
    with stage.served(again=True):
        assessor.watch_moment("!document.querySelector('#alerts .lost')")
        assessor.close()
    _document(stage)


def test_a_page_whose_rig_was_started_anew_says_where_to_go(browser: Chrome, stage: Stage) -> None:
    """Another process knows nobody: the page cannot come back by itself, and does not pretend to try."""
    with stage.served() as address:
        Assessor(browser, stage, address).introduce()
    stage.access = None
    with stage.served(again=True):
        until(lambda: "rig run" in browser.find_element(By.ID, "alerts").text, "the page to say so")
    stage.desk.close()


def test_a_tablet_comes_in_by_password_over_a_connection_of_our_own(tmp_path: Path) -> None:
    """The browser is told to trust this certificate and no other."""
    certificate, key = own_certificate(tmp_path, "127.0.0.1")
    stage = Stage(tmp_path / "session", "pre_frail")
    trusted = f"--ignore-certificate-errors-spki-list={key_hash(certificate)}"
    with (
        stage.served(password="correct horse", certificate=certificate, key=key) as address,
        chromium(TABLET, (f"--user-data-dir={tmp_path / 'browser'}", trusted)) as tablet,
    ):
        origin = address.partition("/?")[0]
        assert origin.startswith("https://")
        tablet.get(origin)
        _log_in(tablet, "wrong password", ".wrong")
        assert _axe(tablet) == []
        _log_in(tablet, "correct horse", "#form")
        assessor = Assessor(tablet, stage, origin)
        assessor.introduce()
        cookie = tablet.get_cookie("rig_session")
        assert cookie is not None
        assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
    assert stage.desk.state.participant["id"] == "pre-frail"
    stage.desk.close()


def test_a_browser_refuses_a_certificate_that_nobody_told_it_of(tmp_path: Path) -> None:
    certificate, key = own_certificate(tmp_path, "127.0.0.1")
    stage = Stage(tmp_path / "session", "pre_frail")
    with stage.served(password="correct horse", certificate=certificate, key=key) as address, chromium() as stranger:
        stranger.get(address)
        assert "ERR_CERT_AUTHORITY_INVALID" in stranger.page_source
        assert not stranger.find_elements(By.ID, "password")
    stage.desk.close()


def _log_in(browser: Chrome, password: str, then: str) -> None:
    browser.find_element(By.ID, "password").send_keys(password, Keys.ENTER)
    seen = "return [...document.querySelectorAll(arguments[0])].some((each) => each.checkVisibility())"
    until(lambda: browser.execute_script(seen, then), then)


def _axe(browser: Chrome) -> list[str]:
    browser.execute_script(AXE.read_text(encoding="utf-8"))
    found = browser.execute_async_script("const [rules, done] = arguments; axe.run({runOnly: rules}).then(done)", RULES)
    return [each["id"] for each in found["violations"]]


def test_the_disk_is_warned_of_and_its_end_is_clean(browser: Chrome, stage: Stage) -> None:
    free = [WARN_BYTES - 1]
    stage.desk.space = Space(stage.desk.opened.folder, lambda _: free[0])
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.wait(3)
        assessor.watch_moment("document.querySelector('#alerts .low')")
        assert "499" in assessor.text("#alerts")
        assert assessor.violations() == []
        assessor.introduce()
        free[0] = STOP_BYTES - 1
        assessor.wait(3)
        assessor.watch_moment("document.querySelector('#alerts .full')")
        assert not browser.find_element(By.ID, "main").is_enabled()
    assert read_session(stage.desk.opened.folder).faults == ()


def test_an_event_is_corrected_after_the_end(browser: Chrome, stage: Stage) -> None:
    folder = stage.desk.opened.folder
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
        assessor.to("walk_4m")
        assessor.trial()
        assessor.close()
        before = _document(stage)["trials"][0]
        recorded = (folder / "segment-0001.mcap").read_bytes()
        _correct(assessor)
        assessor.watch_moment("document.querySelector('#sheet .audit')")
        assert assessor.violations() == []
    assert stage.desk.result is not None
    assert stage.desk.result.document == to_json(replay(folder).document)
    document = json.loads(stage.desk.result.document)
    was, now = (next(e for e in t["events"] if e["name"] == "first_foot_off") for t in (before, document["trials"][0]))
    assert (now["t_us"] - was["t_us"], now["source"]) == (110_000, "edit")
    assert "walk_4m:changed_after_display" in document["scores"]["deviations"]
    assert (folder / "segment-0001.mcap").read_bytes() == recorded
    stage.desk.close()


def test_what_the_wrist_sensor_counts_comes_into_the_form(browser: Chrome, tmp_path: Path) -> None:
    clock = ManualClock(BEGIN_NS)
    opened = begin(tmp_path / "s", "s", write_setup(WRIST), clock)
    stage = Stage(tmp_path / "s", "robust", Setup(), opened, clock, AtOnce())
    with stage.served() as address:
        assessor = Assessor(browser, stage, address)
        assessor.introduce()
        assessor.to("bottle")
        browser.find_element(By.CSS_SELECTOR, "[data-action=count]").click()
        until(lambda: stage.desk.state.count_ns, "the count")
        packets = radio(angles(4, 2.0, 90.0, rest_s=3.0), stage.now_ns)
        while packets:
            assessor.wait(1)
            while packets and packets[0].t_ns <= stage.now_ns:
                stage.desk.put(packets.pop(0))
        assessor.wait(3)
        assessor.watch_moment("document.querySelector('#lifts').value === '4'")
        assert "4" in assessor.text("#counted")
        assert assessor.violations() == []
        assessor.keys(Keys.PAGE_DOWN)
        assessor.watch_moment("document.querySelector('#lifts').value === '5'")
        assessor.fill("millilitres", 350)
        browser.find_element(By.CSS_SELECTOR, "[data-action=save]").click()
        until(lambda: stage.desk.state.bottle, "the load")
    assert stage.desk.state.bottle == {"millilitres": 350, "lifts": 5, "lifted_full": False, "counted_by": "wrist"}
    stage.desk.close()
