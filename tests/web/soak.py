"""The live page under load: `python -m tests.web.soak [MINUTES]`, one after the other what `make soak` asks for.

Twelve IMUs at 200 Hz and eight beams are fed where a driver would call, while a real browser looks on and stalls for a
minute in the middle. Printed: what was lost, the share of one core the server used, how its memory grew, and how long
it took from a beam's edge to its pixel.
"""

import multiprocessing
import resource
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from selenium.webdriver import Chrome

from rig.model.clock import SystemClock
from rig.model.records import Direction, LinkEvent, Packet
from rig.model.setup import Course, Device, Gate, Role, Setup
from rig.recording import read_session
from rig.virtual.gate_brain import GateBrain
from rig.virtual.movesense import DATA, DATA_PART2, NOTIFY, OK, RESPONSE, SPLIT, STREAM_REF, SUBSCRIBE, WRITE
from rig.virtual.setup_file import write_setup
from rig.web.access import Access
from rig.web.analyst import process_analyst
from rig.web.desk import Desk
from rig.web.opening import begin
from rig.web.serve import listen, server
from rig.web.server import application
from tests.web.browser import chromium
from tests.web.served import NoDevices

IMUS, RATE_HZ, BATCH = 12, 208, 8
EDGE_EVERY_S = 0.9
SETTLING_S = 30.0
"""Until the packets that are kept for a look back are as many as they get: from then on memory has to be flat."""
GATES = tuple(Gate(n, float(n), (1100, 900)) for n in range(4))
SETUP = Setup(
    Course("static", GATES),
    (
        Device("gates", "gate-timer"),
        *(Device(f"imu-{n}", "movesense", list(Role)[n % len(Role)]) for n in range(IMUS)),
    ),
)
WATCH = """
window.seen = [];
const gate = document.querySelector('[data-beam="0.0"]');
new MutationObserver(() => {
  const state = gate.getAttribute('class');
  requestAnimationFrame(() => setTimeout(() => window.seen.push([performance.timeOrigin + performance.now(), state])));
}).observe(gate, {attributes: true, attributeFilter: ['class']});
"""


def main(minutes: float) -> None:
    """Run, and print the figures."""
    folder = Path(tempfile.mkdtemp()) / "soak"
    here, there = multiprocessing.Pipe()
    rig = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, minutes, there))
    rig.start()
    with chromium() as browser:
        address = str(here.recv())
        browser.get(address)
        time.sleep(2)
        browser.execute_script(WATCH)
        stall(browser, minutes)
        seen = browser.execute_script("return window.seen")
    told = here.recv()
    rig.join()
    report(told, seen, folder)


def stall(browser: Chrome, minutes: float) -> None:
    """Look on, with a script in the middle that lets the page do nothing else for a minute (or a third of the run)."""
    blocked_s = min(60.0, 20 * minutes)
    time.sleep((60 * minutes - blocked_s) / 2)
    browser.set_script_timeout(90)
    browser.execute_script(
        "const end = performance.now() + arguments[0]; while (performance.now() < end);", 1000 * blocked_s
    )
    time.sleep((60 * minutes - blocked_s) / 2)


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
            before, at_s, memory = used_s(), time.monotonic(), memory_kb()
            time.sleep(60 * minutes)
            share = (used_s() - before) / (time.monotonic() - at_s)
            grown = memory_kb() - memory
        running.should_exit = True
        thread.join(10)
        desk.opened.recorder.close()
        fed = feed.used_s / (60 * minutes + SETTLING_S)
        told = {"cpu": share, "fed_cpu": fed, "grown_kb": grown, "peak_kb": peak_kb()}
        pipe.send(told | {"fed": feed.count, "dropped": desk.opened.recorder.dropped, "edges": feed.edges})


class Feed:
    """Calls the desk as twelve radios and a serial line would."""

    def __init__(self, desk: Desk, clock: SystemClock) -> None:
        self.count = 0
        self.used_s = 0.0
        self.edges: list[tuple[float, int]] = []
        self._desk, self._clock = desk, clock
        self._brain = GateBrain(SETUP.course.gates, 1, clock.monotonic_ns(), 0.0)
        self._over = threading.Event()
        self._threads = [threading.Thread(target=each, daemon=True) for each in (self._radios, self._line)]

    def start(self) -> None:
        now_ns = self._clock.monotonic_ns()
        for n in range(IMUS):
            command = bytes([SUBSCRIBE, STREAM_REF]) + f"/Meas/IMU6/{RATE_HZ}".encode()
            self._put(Packet(f"imu-{n}", "", Direction.LINK, now_ns, LinkEvent.CONNECTED.value.encode()))
            self._put(Packet(f"imu-{n}", WRITE, Direction.TX, now_ns, command))
            self._put(Packet(f"imu-{n}", NOTIFY, Direction.RX, now_ns, bytes([RESPONSE, STREAM_REF]) + OK))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _put(self, packet: Packet) -> None:
        self._desk.put(packet)
        self.count += 1

    def _radios(self) -> None:
        """A batch of each sensor, one sensor after the other, at the pace of their rate."""
        began, made, pause = time.monotonic(), 0, BATCH / RATE_HZ
        while not self._over.wait(max(0.0, began + made * pause - time.monotonic())):
            parts = notifications(made)
            for n in range(IMUS):
                for part in parts:
                    self._put(Packet(f"imu-{n}", NOTIFY, Direction.RX, self._clock.monotonic_ns(), part))
            made += 1
        self.used_s += time.thread_time()

    def _line(self) -> None:
        """Edges of all beams in turn, the first beam's with their moment."""
        level, beam, due_s = 1, 0, time.monotonic()
        while not self._over.wait(max(0.0, due_s - time.monotonic())):
            due_s += EDGE_EVERY_S / 8
            now_ns = self._clock.monotonic_ns()
            data = self._brain.due(now_ns) + self._brain.beam(now_ns, beam // 2, beam % 2, level)
            if beam == 0:
                self.edges.append((time.time() * 1000, level))
            self._put(Packet("gates", "serial", Direction.RX, now_ns, data))
            beam, level = (beam + 1, level) if beam < 7 else (0, 1 - level)
        self.used_s += time.thread_time()


@contextmanager
def feeding(desk: Desk, clock: SystemClock) -> Iterator[Feed]:
    feed = Feed(desk, clock)
    feed.start()
    try:
        yield feed
    finally:
        feed.stop()


def notifications(made: int) -> tuple[bytes, bytes]:
    """A batch of `/Meas/IMU6` in its two parts: milliseconds, then accelerations and rates."""
    at_ms = round(1000 * made * BATCH / RATE_HZ)
    values = np.zeros((2, BATCH, 3), "<f4")
    values[0, :, 2] = 9.81 + 0.5 * np.sin(np.arange(BATCH) / 3 + made)
    payload = at_ms.to_bytes(4, "little") + values.tobytes()
    return bytes([DATA, STREAM_REF]) + payload[:SPLIT], bytes([DATA_PART2, STREAM_REF]) + payload[SPLIT:]


def used_s() -> float:
    return time.process_time()


def memory_kb() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() // 1024


def peak_kb() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def report(told: dict[str, object], seen: list[tuple[float, str]], folder: Path) -> None:
    delays = latencies(told["edges"], seen)  # type: ignore[arg-type]
    kept = sum(isinstance(record, Packet) for record in read_session(folder).records)
    print(f"packets fed {told['fed']}, recorded {kept}, dropped {told['dropped']}")
    print(f"server {told['cpu']:.0%} of a core, of which feeding {told['fed_cpu']:.0%}")
    print(f"memory grew {told['grown_kb']} kB, peak {told['peak_kb']} kB")
    p50, p95 = np.percentile(delays, [50, 95])
    print(f"edge to pixel: {len(delays)} edges, p50 {p50:.0f} ms, p95 {p95:.0f} ms")


def latencies(edges: list[tuple[float, int]], seen: list[tuple[float, str]]) -> list[float]:
    """Milliseconds from each edge to the first drawing of its level before the next; none where the browser stalled."""
    found = []
    for (at, level), (after, _) in pairwise(edges):
        wanted = "blocked" if level else "free"
        drawn = next((t for t, state in seen if at <= t < after and state.endswith(wanted)), None)
        if drawn is not None:
            found.append(drawn - at)
    return found


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0)
