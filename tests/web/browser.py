"""A real browser without a screen, and an assessor at its keyboard."""

import json
import os
import shutil
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from time import monotonic, sleep
from typing import Any, TypeVar

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, ChromeService
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement

from rig.battery import Phase, Step, current_step
from tests.web.stage import NS, Stage

T = TypeVar("T")
AXE = Path(__file__).parent / "vendor" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--mute-audio",
    "--hide-scrollbars",
    "--lang=zh-TW",
)
DESKTOP, TABLET = (1280, 800), (820, 1180)
PATIENCE_S = 30.0


def need_chromium() -> tuple[str, str]:
    """Where the browser and its driver are; without them a test fails in CI and skips elsewhere."""
    found = shutil.which("chromium"), shutil.which("chromedriver")
    if found[0] is None or found[1] is None:
        reason = "chromium and chromedriver are needed: apt-get install chromium chromium-driver"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found[0], found[1]


@contextmanager
def chromium(size: tuple[int, int] = DESKTOP, more: tuple[str, ...] = ()) -> Iterator[Chrome]:
    binary, driver = need_chromium()
    options = ChromeOptions()
    options.binary_location = binary
    for switch in (*SWITCHES, *more):
        options.add_argument(switch)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = Chrome(options=options, service=ChromeService(driver))
    try:
        resize(browser, size)
        browser.set_script_timeout(60)
        yield browser
    finally:
        browser.quit()


def key_hash(certificate: Path) -> str:
    """A certificate's key as Chromium's switch names it: base64 of its SHA-256."""
    key = x509.load_pem_x509_certificate(certificate.read_bytes()).public_key()
    encoded = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b64encode(sha256(encoded).digest()).decode()


def resize(browser: Chrome, size: tuple[int, int]) -> None:
    """Set the size of the page, not of a window around it."""
    metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def until(found: Callable[[], T], what: str) -> T:
    """Wait in real time for something that is about to be."""
    end = monotonic() + PATIENCE_S
    while not (result := found()):
        assert monotonic() < end, f"waited {PATIENCE_S} s for {what}"
        sleep(0.01)
    return result


class Assessor:
    """Presses keys on the page, and looks at it.

    Attributes
    ----------
    look
        Called whenever the page has changed, with the name of what is on it.
    """

    def __init__(self, browser: Chrome, stage: Stage, address: str) -> None:
        self.browser = browser
        self.stage = stage
        self.look: Callable[[str], None] = lambda _: None
        self.requests()
        self.complaints()
        browser.get(address)
        self.origin = address.partition("/?")[0]
        self.settle()

    def js(self, script: str, *arguments: object) -> Any:
        return self.browser.execute_script(script, *arguments)

    def element(self, selector: str) -> WebElement:
        return self.browser.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector: str) -> str:
        return str(self.js("return document.querySelector(arguments[0])?.innerText ?? ''", selector))

    def settle(self) -> None:
        """Wait until the page shows the present version."""
        until(
            lambda: self.js("return document.body.dataset.version") == str(self.stage.desk.version),
            "the page to show the present",
        )

    def keys(self, *keys: str) -> None:
        ActionChains(self.browser, duration=0).send_keys(*keys).perform()

    def press(self, *keys: str) -> None:
        """Press keys, and wait until they have done what they do."""
        self.settle()
        before = self.stage.desk.version
        self.keys(*keys)
        until(lambda: self.stage.desk.version > before, f"{keys} to be taken")
        self.settle()

    def wait(self, seconds: float) -> None:
        """Let the lab's time pass."""
        self.until(self.stage.now_ns + round(seconds * NS))

    def until(self, t_ns: int) -> None:
        """Let the lab's time go on to an instant, and stand still there."""
        self.stage.limit_ns = max(self.stage.limit_ns, t_ns)
        until(lambda: self.stage.now_ns >= self.stage.limit_ns, "time to pass")
        heard = f"return Number(document.body.dataset.heard) >= {self.stage.now_ns // 1_000_000}"
        until(lambda: self.js(heard), "the page to hear of it")

    def fill(self, name: str, value: object) -> None:
        field = self.element(f"#{name}")
        field.clear()
        field.send_keys(str(value))

    def pill(self, name: str, value: str) -> None:
        self.js("document.querySelector(`input[name=${arguments[0]}][value='${arguments[1]}']`).click()", name, value)

    # --- The rounds of an assessment

    def introduce(self) -> None:
        self.wait(5)
        who = self.stage.person
        self.fill("id", who.id.replace("_", "-"))
        self.fill("age_years", who.age_years)
        self.pill("sex", who.sex)
        self.pill("aid", who.aid)
        self.look("participant")
        self.press(Keys.ENTER)
        self.wait(1)
        self.look("eligibility")
        self.press(Keys.PAGE_DOWN)
        self.wait(4)
        self.look("devices")
        self.press(Keys.ENTER)

    def round(self) -> None:
        """Do what the page asks for next, as the participant does it."""
        self.wait(1)
        step = current_step(self.stage.desk.state).value
        refused = self.stage.person.refusals.get(step)  # type: ignore[call-overload]  # steps that are no tests are asked for, too
        if step == "questions":
            self.answer()
        elif step == "bottle":
            self.lift()
        elif step in {"result", "close"}:
            self.result(step)
        elif refused is not None:
            self.choose("U", UNABLE.index(refused))
        else:
            self.trial()

    def choose(self, key: str, place: int) -> None:
        """Open a question and answer it with a digit."""
        self.keys(key)
        until(lambda: self.js("return document.querySelector('dialog').open"), "the question")
        self.look(f"asked_{key}")
        self.press(str(place + 1))

    def answer(self) -> None:
        answers = self.stage.person.answers
        self.fill("falls_last_year", answers.get("falls_last_year", 0))
        for name in ("fall_needed_care", "cognitive_impairment"):
            answer = answers.get(name)
            self.pill(name, "" if answer is None else json.dumps(answer))
        self.look("questions")
        self.press(Keys.PAGE_DOWN)

    def lift(self) -> None:
        self.fill("millilitres", 300)
        for _ in range(3):
            self.wait(1)
            self.keys(Keys.PAGE_DOWN)
        until(lambda: "3/30" in self.text("#main"), "three lifts to be counted")
        self.look("bottle")
        self.fill("lifts", 30)
        self.wait(1)
        self.press(Keys.PAGE_DOWN)

    def result(self, step: str) -> None:
        while self.stage.desk.busy:
            self.wait(0.5)
        self.settle()
        self.look(step)
        self.press(Keys.PAGE_DOWN)

    def trial(self) -> None:
        """Run one trial by the big key alone, unless the participant cannot do it."""
        self.ready()
        self.start()
        self.go()
        while (active := self.stage.desk.state.active) is not None and active.phase is Phase.RUNNING:
            done = self.stage.lab.actor.done
            if done is not None and self.stage.now_ns >= done.at_s * 1e9:
                self.look(f"{active.test.value}_running")
                self.done(done.reason)
            else:
                self.until(self.stage.now_ns + NS // 2 if done is None else round(done.at_s * 1e9) + 1_000_000)
        self.finish()

    def start(self) -> None:
        self.look(current_step(self.stage.desk.state).value)
        self.press(Keys.ENTER)
        self.wait(0.5)
        self.ready()
        self.look(f"{current_step(self.stage.desk.state).value}_ready")

    def go(self) -> None:
        self.press(Keys.PAGE_DOWN)
        self.wait(0.5)

    def to(self, step: str) -> None:
        """Go to a step out of turn."""
        self.wait(0.5)
        self.keys("g")
        until(lambda: self.js("return document.querySelector('dialog').open"), "the steps")
        before = self.stage.desk.version
        self.js("document.querySelectorAll('.choices button')[arguments[0]].click()", list(Step).index(Step(step)))
        until(lambda: self.stage.desk.version > before, "the step")
        self.settle()

    def close(self) -> bytes:
        """End the assessment; the document."""
        self.to("close")
        self.wait(1)
        self.press(Keys.PAGE_DOWN)
        self.watch_moment("document.body.dataset.over === 'true'")
        assert self.stage.desk.result is not None
        return self.stage.desk.result.document

    def watch_moment(self, script: str) -> None:
        """Wait until something holds on the page."""
        until(lambda: self.js(f"return Boolean({script})"), script)

    def ready(self) -> None:
        """Wait for the participant, and two quiet seconds more."""
        self.until(max(self.stage.now_ns, round(self.stage.lab.actor.ready_s * 1e9)) + 2 * NS + NS // 2)

    def done(self, reason: str) -> None:
        self.settle()
        if reason == "tried_unable":
            self.choose("U", UNABLE.index(reason))
        elif reason in OTHER_STOPS:
            self.press(OTHER_STOPS[reason])
        else:
            self.press(Keys.PAGE_DOWN)

    def finish(self) -> None:
        while self.stage.desk.state.active is not None or self.stage.desk.busy:
            self.wait(0.5)
        self.settle()

    def whole(self) -> None:
        """From the first press to the last."""
        self.introduce()
        self.rest()

    def rest(self) -> None:
        """Everything that is left."""
        while not self.stage.desk.state.closed:
            self.round()
        self.watch_moment("document.body.dataset.over === 'true'")
        self.look("closed")

    # --- What must hold of any page

    def violations(self) -> list[str]:
        """What axe-core finds against WCAG 2.2 AA."""
        if not self.js("return 'axe' in window"):
            self.js(AXE.read_text(encoding="utf-8"))
        found = self.browser.execute_async_script(
            "const [rules, done] = arguments; axe.run({runOnly: rules}).then(done)", RULES
        )
        return [
            f"{v['id']}: {node['target']} {node['failureSummary']}" for v in found["violations"] for node in v["nodes"]
        ]

    def requests(self) -> list[str]:
        """Addresses that the browser has asked for since the last look."""
        entries = [json.loads(entry["message"])["message"] for entry in self.browser.get_log("performance")]  # type: ignore[no-untyped-call]  # selenium's own
        return [e["params"]["request"]["url"] for e in entries if e["method"] == "Network.requestWillBeSent"]

    def complaints(self) -> list[str]:
        """What the browser itself complains about."""
        return [entry["message"] for entry in self.browser.get_log("browser") if entry["level"] == "SEVERE"]  # type: ignore[no-untyped-call]  # selenium's own


UNABLE = (
    "tried_unable",
    "not_unassisted",
    "assessor_unsafe",
    "participant_unsafe",
    "not_understood",
    "other",
    "refused",
)
OTHER_STOPS = {"used_arms": "a", "unsafe": "x", "grasped": "h", "sixty_seconds": "6"}
