"""The live page under load: `python -m tests.web.soak [MINUTES]`, one after the other what `make soak` asks for.

Twelve IMUs and eight beams are fed (`tests.web.feed`) while a real browser looks on, starts and stops walks, and
stalls for a minute in the middle. Printed: what was lost, the share of one core the rig used, how its memory grew, and
how long it took from a beam's edge to its pixel. Ends with 1 where `tests.web.soak_rules` is not met.
"""

import math
import multiprocessing
import os
import resource
import sys
import tempfile
import threading
import time
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path

from mcap.reader import make_reader
from selenium.webdriver import Chrome

from rig.model.clock import SystemClock
from rig.model.records import Packet
from rig.recording import read_session
from rig.virtual.setup_file import write_setup
from rig.web.access import Access
from rig.web.analyst import process_analyst
from rig.web.desk import Desk
from rig.web.opening import begin
from rig.web.serve import listen, server
from rig.web.server import application
from tests.web.browser import chromium
from tests.web.feed import SETUP, feeding
from tests.web.served import NoDevices
from tests.web.soak_rules import Figures, missed, told

SETTLING_S = 120.0
"""Until the packets that are kept for a look back are as many as they get, and a walk or two has been worked out: from
then on memory has to be flat."""
LOOK_S = 5.0
STALL_S = 60.0
CATCHES_UP_S = 2.5
"""What waits for a browser that stalls: two seconds of frames, and a moment to draw them."""
WALK_S, REST_S = 12.0, 48.0
"""A trial a minute, as in an assessment."""
WATCH = """
window.seen = [];
const gate = document.querySelector('[data-beam="0.0"]');
new MutationObserver(() => {
  const state = gate.getAttribute('class');
  requestAnimationFrame(() => setTimeout(() => window.seen.push([performance.timeOrigin + performance.now(), state])));
}).observe(gate, {attributes: true, attributeFilter: ['class']});
"""


PRESS = """
const [presses, done] = arguments;
const headers = {"content-type": "application/json", "x-browser": sessionStorage.getItem("browser")};
const send = async () => {
  const all = [];
  for (const press of presses) {
    all.push((await fetch("/press", {method: "POST", headers, body: JSON.stringify(press)})).status);
  }
  return all;
};
send().then(done);
"""
INTRODUCTION: tuple[tuple[str, dict[str, object]], ...] = (
    ("participant", {"id": "p1"}),
    ("eligibility", {"contraindications": []}),
    ("confirm", {}),
)


def main(minutes: float) -> int:
    """Run, print the figures, and judge them."""
    figures = run(minutes)
    print(*told(figures), sep="\n")
    faults = list(missed(figures))
    for fault in faults:
        print(f"MISSED: {fault}")
    return 1 if faults else 0


def run(minutes: float) -> Figures:
    """Feed and look on for so long, after it has settled."""
    folder = Path(tempfile.mkdtemp()) / "soak"
    here, there = multiprocessing.Pipe()
    rig = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, minutes, there))
    rig.start()
    with chromium() as browser:
        browser.get(str(here.recv()))
        time.sleep(2)
        browser.execute_script(WATCH)
        since_ms = 1000 * time.time()
        stalled = look_on(browser, 60 * minutes + SETTLING_S)
        seen = browser.execute_script("return window.seen")
    measured: Measured = here.recv()
    rig.join()
    edges = tuple((at, level) for at, level in measured.edges if at >= since_ms)
    return figures_of(measured, tuple(delays(edges, seen, stalled)), folder)


def look_on(browser: Chrome, seconds: float) -> tuple[float, float]:
    """Walks, one after the other; in the middle a script that lets the page do nothing else, and when that was."""
    stall_s = min(STALL_S, seconds / 3)
    press(browser, *INTRODUCTION)
    walk(browser, (seconds - stall_s) / 2)
    began = time.time()
    browser.set_script_timeout(90)
    script = "const end = performance.now() + arguments[0]; while (performance.now() < end);"
    browser.execute_script(script, 1000 * stall_s)
    ended = time.time()
    walk(browser, (seconds - stall_s) / 2)
    return 1000 * began, 1000 * (ended + CATCHES_UP_S)


def walk(browser: Chrome, seconds: float) -> None:
    """Let the rig do for so long what it does in an assessment: look at the running trial three times a second."""
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > WALK_S + REST_S:
        press(browser, ("go", {"step": "walk_4m"}), ("start", {}), ("cue", {"source": "operator"}))
        time.sleep(WALK_S)
        press(browser, ("stop", {"reason": "finished"}))
        time.sleep(min(REST_S, left))
    time.sleep(max(0.0, end - time.monotonic()))


def press(browser: Chrome, *presses: tuple[str, dict[str, object]]) -> None:
    answers = browser.execute_async_script(PRESS, [{"kind": kind, "data": data} for kind, data in presses])
    assert answers == [200] * len(presses), f"{presses}: {answers}"


@dataclass(frozen=True)
class Measured:
    """What the rig's process has seen of itself."""

    fed: int
    dropped: int
    core: float
    analyst_core: float
    memory: tuple[tuple[float, float], ...]
    edges: tuple[tuple[float, int], ...]


def serve(folder: Path, minutes: float, pipe: Connection) -> None:
    """The rig: desk, server and feeds, in a process of its own so that its own time can be told."""
    clock = SystemClock()
    with process_analyst() as analyst:
        desk = Desk(begin(folder, "soak", write_setup(SETUP), clock), clock, analyst)
        bound = listen("127.0.0.1", 0)
        origin = f"http://127.0.0.1:{bound.getsockname()[1]}"
        access = Access([origin])
        running = server(application(desk, NoDevices(), access))
        thread = threading.Thread(target=running.run, kwargs={"sockets": [bound]}, daemon=True)
        thread.start()
        pipe.send(f"{origin}/?token={access.token}")
        with feeding(desk, clock) as feed:
            time.sleep(SETTLING_S)
            before = used_s(), analyst_s(), time.monotonic()
            memory = tuple(memory_over(60 * minutes))
            used, analysed, at = used_s(), analyst_s(), time.monotonic()
        running.should_exit = True
        thread.join(10)
        desk.close()
        shares = [(now - then) / (at - before[2]) for then, now in zip(before, (used, analysed), strict=False)]
        edges = tuple(zip(feed.edges_ms, feed.levels, strict=True))
        pipe.send(Measured(feed.count, desk.opened.recorder.dropped, shares[0], shares[1], memory, edges))


def memory_over(seconds: float) -> Iterator[tuple[float, float]]:
    """Resident memory every few seconds."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        yield passed, memory_kb()
        time.sleep(LOOK_S)


def used_s() -> float:
    return time.process_time()


def analyst_s() -> float:
    """Processor time of the children, which are those that analyse."""
    ticks = os.sysconf("SC_CLK_TCK")
    children = [child.pid for child in multiprocessing.active_children()]
    stats = [Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].split() for pid in children]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / ticks


def memory_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 1024


def figures_of(measured: Measured, delays_ms: tuple[float, ...], folder: Path) -> Figures:
    kept = sum(isinstance(record, Packet) for record in read_session(folder).records)
    seconds = measured.memory[-1][0] - measured.memory[0][0]
    return Figures(
        measured.fed,
        kept,
        measured.dropped,
        measured.core,
        measured.analyst_core,
        measured.memory,
        index_kb_a_second(folder) * seconds,
        delays_ms,
    )


def index_kb_a_second(folder: Path) -> float:
    """Memory that the index of the recording takes, as read back: objects like those that the writer keeps."""
    (segment,) = folder.glob("segment-*.mcap")
    tracemalloc.start()
    with segment.open("rb") as stream:
        summary = make_reader(stream).get_summary()
        assert summary is not None
        chunks = summary.chunk_indexes
        with_it, _ = tracemalloc.get_traced_memory()
        seconds = (chunks[-1].message_end_time - chunks[0].message_start_time) / 1e9
        summary.chunk_indexes = []
        del chunks
        without, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return (with_it - without) / 1024 / seconds


def delays(
    edges: tuple[tuple[float, int], ...], seen: list[tuple[float, str]], stalled: tuple[float, float]
) -> Iterator[float]:
    """Milliseconds from each edge to the first drawing of its level before the next; infinite where there is none.

    Edges while the browser stalled are left out.
    """
    for (at, level), (after, _) in pairwise(edges):
        if stalled[0] <= after and at <= stalled[1]:
            continue
        wanted = "blocked" if level else "free"
        yield next((t - at for t, state in seen if at <= t < after and state.endswith(wanted)), math.inf)


if __name__ == "__main__":
    sys.exit(main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0))
