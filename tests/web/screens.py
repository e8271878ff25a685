"""`python -m tests.web.screens [FOLDER]`: pictures of the page for the documentation, by default into docs/screens."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from rig.web.certificate import own_certificate
from tests.web.bench import AtOnce
from tests.web.browser import DESKTOP, TABLET, Assessor, chromium, key_hash, resize, until
from tests.web.stage import NS, Stage

DOCS = Path(__file__).parents[2] / "docs" / "screens"
SIZES = {"desktop": DESKTOP, "tablet": TABLET}
LANGUAGES = {"zh": "zh_Hant_TW", "en": "en"}
SESSION = "2026-03-04-0930"


class Photographer:
    """Takes pictures of an assessor's page, in a language and at a size."""

    def __init__(self, assessor: Assessor, folder: Path) -> None:
        self._assessor = assessor
        self._folder = folder

    def take(self, name: str, language: str, size: str) -> None:
        assessor = self._assessor
        resize(assessor.browser, SIZES[size])
        if assessor.js("return localStorage.getItem('language')") != LANGUAGES[language]:
            assessor.element("#language").click()
            assessor.watch_moment(f"document.documentElement.lang.startsWith('{language}')")
        assessor.settle()
        # The language button keeps the focus, and Enter would be its own.
        assessor.js("(document.querySelector('#form input') ?? document.querySelector('#main')).focus()")
        save(assessor.browser, self._folder / f"{name}-{language}-{size}.png")


def save(browser: Chrome, path: Path) -> None:
    """A picture, once fonts and drawing are done."""
    browser.execute_async_script(
        "const done = arguments[0];"
        "document.fonts.ready.then(() => requestAnimationFrame(() => setTimeout(() => done(), 300)))"
    )
    picture = Image.open(BytesIO(browser.get_screenshot_as_png())).convert("RGB")
    picture.quantize(128, dither=Image.Dither.NONE).save(path, optimize=True)
    print(path.name, flush=True)


@contextmanager
def _page(folder: Path, person: str, out: Path) -> Iterator[tuple[Assessor, Photographer]]:
    stage = Stage(folder / person / SESSION, person, analyst=AtOnce())
    with chromium() as browser, stage.served() as address:
        assessor = Assessor(browser, stage, address)
        yield assessor, Photographer(assessor, out)
    stage.desk.close()


def _begin(assessor: Assessor, seconds: float) -> None:
    """Start a trial, and let it run for a while."""
    assessor.ready()
    assessor.start()
    assessor.go()
    assessor.wait(seconds)


def _end(assessor: Assessor) -> None:
    while assessor.stage.desk.state.active is not None:
        done = assessor.stage.lab.actor.done
        if done is not None and assessor.stage.now_ns >= done.at_s * 1e9:
            assessor.done(done.reason)
            break
        assessor.wait(0.5)
    assessor.finish()


def battery(folder: Path, out: Path) -> None:
    """An assessment, step by step."""
    with _page(folder, "pre_frail", out) as (assessor, photographer):
        take = photographer.take
        pictures = {
            "participant": [("participant", "zh", "desktop")],
            "eligibility": [("eligibility", "en", "desktop"), ("eligibility", "zh", "tablet")],
            "devices": [("devices", "en", "tablet")],
        }

        def look(name: str) -> None:
            for each in pictures.pop(name, []):
                take(*each)

        assessor.look = look
        assessor.introduce()
        take("side-by-side", "zh", "desktop")
        assessor.trial()
        assessor.trial()
        for step, seconds, size in (("tandem", 6.5, "desktop"), ("walk_4m", 4.0, "tablet"), ("chair", 9.0, "desktop")):
            assessor.to(step)
            _begin(assessor, seconds)
            take(f"{step.replace('_', '-')}-running", "en" if step == "chair" else "zh", size)
            _end(assessor)
        assessor.to("tug")
        assessor.wait(2)
        take("tug", "zh", "tablet")
        assessor.keys("u")
        until(lambda: assessor.js("return document.querySelector('dialog').open"), "the question")
        take("unable", "zh", "desktop")
        assessor.keys(Keys.ESCAPE)
        _last_pages(assessor, photographer)


def _last_pages(assessor: Assessor, photographer: Photographer) -> None:
    assessor.to("questions")
    photographer.take("questions", "zh", "desktop")
    assessor.answer()
    assessor.to("result")
    assessor.finish()
    photographer.take("result", "zh", "desktop")
    photographer.take("result", "en", "tablet")
    assessor.js("document.querySelector('tr[data-trial=chair-1] button').click()")
    assessor.watch_moment("document.querySelector('[data-event=standing-5]')")
    assessor.element("[data-event=standing-5]").send_keys(Keys.ARROW_RIGHT * 3)
    assessor.js("scrollTo(0, 0)")
    photographer.take("review", "en", "desktop")
    assessor.to("bottle")
    assessor.fill("millilitres", 300)
    for _ in range(12):
        assessor.wait(1)
        assessor.keys(Keys.PAGE_DOWN)
    photographer.take("bottle", "en", "desktop")


def doubt(folder: Path, out: Path) -> None:
    """Key and sensors disagree."""
    with _page(folder, "tandem_step_out", out) as (assessor, photographer):
        assessor.introduce()
        assessor.to("tandem")
        _begin(assessor, 0.0)
        until(lambda: assessor.stage.lab.actor.done is not None, "the step")
        done = assessor.stage.lab.actor.done
        assessor.until(round((done.at_s if done else 0.0) * 1e9) + 9 * NS // 10)
        assessor.press(Keys.PAGE_DOWN)
        assessor.finish()
        photographer.take("who-is-right", "zh", "desktop")


def password(folder: Path, out: Path) -> None:
    """Before a tablet is let in."""
    certificate, key = own_certificate(folder, "127.0.0.1")
    stage = Stage(folder / "password", "robust")
    trusted = (
        f"--user-data-dir={folder / 'browser'}",
        f"--ignore-certificate-errors-spki-list={key_hash(certificate)}",
    )
    with (
        stage.served(password="correct horse", certificate=certificate, key=key) as address,
        chromium(TABLET, trusted) as tablet,
    ):
        tablet.get(address.partition("/?")[0])
        until(lambda: tablet.find_elements(By.ID, "password"), "the question for the password")
        save(tablet, out / "password-tablet.png")
    stage.desk.close()


def main() -> None:
    """Take them all."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        battery(Path(place), out)
        doubt(Path(place), out)
        password(Path(place), out)


if __name__ == "__main__":
    main()
