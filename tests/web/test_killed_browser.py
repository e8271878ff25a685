"""A rig that is killed while a real browser looks on: the same browser goes on with the rig that is started anew."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import sleep
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from rig.recording import read_session
from rig.web.serve import listen
from tests.web.browser import UNABLE, chromium, until
from tests.web.process import children, replayed, started

BOUNCE_S = 0.4
STATE = "const done = arguments[0]; fetch('/state').then((answer) => answer.json()).then(done);"


class Keyboard:
    """An assessor who knows of the rig only what the page says."""

    def __init__(self, browser: Chrome) -> None:
        self.browser = browser

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = self.browser.execute_async_script(STATE)
        return found

    def keys(self, *keys: str) -> None:
        ActionChains(self.browser, duration=0).send_keys(*keys).perform()

    def press(self, key: str, done: Callable[[dict[str, Any]], object]) -> None:
        """Press as soon as the page is up to date and lets a key count, and wait for what comes of it."""
        sleep(BOUNCE_S)
        version = self.state()["version"]
        shown = f"return Number(document.body.dataset.version) >= {version}"
        until(lambda: self.browser.execute_script(shown), "the page to show the present")
        self.keys(key)
        until(lambda: done(self.state()), key)

    def main(self, step: str) -> None:
        """The big key, which leads to a step."""
        self.press(Keys.PAGE_DOWN, lambda state: state["step"] == step)

    def phase(self, phase: str) -> None:
        """The big key, which leads to a phase of the running trial."""
        self.press(Keys.PAGE_DOWN, lambda state: state["trial"] is not None and state["trial"]["phase"] == phase)

    def choose(self, action: str, place: int) -> None:
        """A question that a button asks, answered by a digit."""
        step = self.state()["step"]
        button = f"#others [data-action={action}]:not([disabled])"
        until(lambda: self.browser.find_elements(By.CSS_SELECTOR, button), action)[0].click()
        until(lambda: self.browser.execute_script("return document.querySelector('dialog').open"), "the question")
        self.press(str(place + 1), lambda state: state["step"] != step)

    def fill(self, name: str, value: object) -> None:
        self.browser.find_element(By.ID, name).send_keys(str(value))

    def walk(self) -> None:
        """Timed by the page's stopwatch, after the page's beep."""
        self.phase("ready")
        self.phase("running")
        self.press("w", lambda state: state["trial"]["watch_ms"] is not None)
        sleep(1.2)
        self.press("w", lambda state: state["trial"]["manual_us"] is not None)
        self.phase("tail")
        self.press(Keys.PAGE_DOWN, lambda state: state["trial"] is None)


@pytest.fixture
def keyboard() -> Iterator[Keyboard]:
    with chromium() as browser:
        yield Keyboard(browser)


def test_the_same_browser_goes_on_with_a_rig_that_was_killed(keyboard: Keyboard, tmp_path: Path) -> None:
    (tmp_path / "rig.toml").write_text("schema = 1\n", encoding="utf-8")
    with _free_port() as port:
        where = "--port", str(port)
    with started(tmp_path, "--setup", "rig.toml", *where) as (process, address):
        keyboard.browser.get(address)
        _until_stance(keyboard)
        helpers = children(process.pid)
        process.kill()
        process.wait()
    _says_so(keyboard, "lost")
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in helpers), "what it had started to end as well")
    (session,) = (tmp_path / "sessions").iterdir()
    left = {path.name: path.read_bytes() for path in session.glob("*.mcap")}
    assert [fault.kind for fault in read_session(session).faults] == ["cut"]

    with started(tmp_path, "--resume", str(session), *where) as (process, address):
        until(lambda: "網址" in _alert(keyboard, "lost"), "the page to ask for the new address")
        keyboard.browser.get(address)
        state = keyboard.state()
        assert (state["step"], state["participant"]["id"]) == ("side_by_side", "p1")
        assert [trial["aborted"] for trial in state["trials"]] == ["interrupted"]
        _rest(keyboard)
        live = keyboard.state()["result"]
        process.terminate()
        process.wait(20)

    assert {name: (session / name).read_bytes()[: len(data)] for name, data in left.items()} == left
    assert json.loads(replayed(tmp_path, str(session))) == live
    assert [(trial["trial"], trial["status"]) for trial in live["trials"]] == [
        ("side_by_side-1", "aborted"),
        ("walk_4m-1", "completed"),
    ]
    assert 1_200_000 <= live["trials"][1]["manual_time_us"] < 5_000_000
    assert live["scores"]["sppb"] == {"balance": 0, "gait": 4, "chair": 0, "total": 4, "total_range": [4, 4]}
    assert (live["scores"]["category"], live["scores"]["fall_risk_because"]) == ("B", ["falls"])
    (cue,) = (event for event in live["trials"][1]["events"] if event["name"] == "cue")
    assert cue["source"] == "page"


def _until_stance(keyboard: Keyboard) -> None:
    """Into the middle of the first stance."""
    until(lambda: keyboard.browser.find_elements(By.ID, "age_years"), "the form")
    keyboard.fill("id", "p1")
    keyboard.fill("age_years", 80)
    keyboard.main("eligibility")
    keyboard.main("devices")
    keyboard.main("side_by_side")
    keyboard.phase("ready")
    keyboard.phase("running")
    # More than the second that a crash may take.
    sleep(1.5)


def _rest(keyboard: Keyboard) -> None:
    """A walk; all else is refused, left out or answered."""
    while (step := keyboard.state()["step"]) != "close":
        if step == "walk_4m" and len(keyboard.state()["trials"]) == 1:
            keyboard.walk()
        elif step in {"walk_4m", "bottle"}:
            keyboard.choose("skip", 0)
        elif step == "questions":
            keyboard.fill("falls_last_year", 2)
            keyboard.main("result")
        elif step == "result":
            keyboard.main("bottle")
        else:
            keyboard.choose("unable", UNABLE.index("refused"))
    keyboard.press(Keys.PAGE_DOWN, lambda state: state["over"])


@contextmanager
def _free_port() -> Iterator[int]:
    with listen("127.0.0.1", 0) as bound:
        yield bound.getsockname()[1]


def _alert(keyboard: Keyboard, kind: str) -> str:
    script = f"return document.querySelector('#alerts .{kind}')?.textContent ?? ''"
    return str(keyboard.browser.execute_script(script))


def _says_so(keyboard: Keyboard, kind: str) -> None:
    until(lambda: _alert(keyboard, kind), "the page to say that the link is lost")
