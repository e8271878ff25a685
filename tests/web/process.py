"""`rig run` in a process of its own, and its page over HTTP: what a browser would send and hear."""

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import httpx

BROWSER = "browser-of-a-test"
PATIENCE_S = 90.0


class Rig:
    """A running rig.

    Attributes
    ----------
    state, live
        The latest frames of each kind.
    """

    def __init__(self, process: "subprocess.Popen[str]", client: httpx.Client) -> None:
        self.process = process
        self.state: dict[str, Any] = {}
        self.live: dict[str, Any] = {}
        self._client = client
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        self.until(lambda: self.live.get("controller") == BROWSER, "the page")

    def _listen(self) -> None:
        with suppress(httpx.HTTPError), self._client.stream("GET", "/events", params={"browser": BROWSER}) as stream:
            kind = ""
            for line in stream.iter_lines():
                if line.startswith("event: "):
                    kind = line[7:]
                elif line.startswith("data: "):
                    setattr(self, kind, json.loads(line[6:]))

    def press(self, kind: str, **data: object) -> None:
        answer = self._client.post("/press", json={"kind": kind, "data": data}, headers={"x-browser": BROWSER})
        assert answer.status_code == 200, answer.text
        version = answer.json()["version"]
        self.until(lambda: self.state["version"] >= version, kind)

    def until(self, found: Callable[[], object], what: str) -> None:
        end = monotonic() + PATIENCE_S
        while not found():
            assert monotonic() < end, f"waited {PATIENCE_S} s for {what}"
            assert self.process.poll() is None, "the rig has ended"
            sleep(0.05)

    def until_connected(self) -> None:
        """Wait for all devices."""
        self.until(
            lambda: self.live["devices"] and all(each["connected"] for each in self.live["devices"]), "the devices"
        )

    def kill(self) -> None:
        """As a power cut would: no word, no clean end; the bus it had started goes as well."""
        helpers = children(self.process.pid)
        self.process.kill()
        self.process.wait()
        for helper in helpers:
            subprocess.run(["kill", "-9", str(helper)], check=False, stderr=subprocess.DEVNULL)
        self._thread.join(10)

    def stop(self) -> str:
        """Ctrl-C; what it said in the end."""
        self.process.send_signal(signal.SIGINT)
        said, _ = self.process.communicate(timeout=60)
        self._thread.join(10)
        return said


def children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += map(int, (task / "children").read_text(encoding="ascii").split())
    return found


@contextmanager
def started(folder: Path, *arguments: str) -> "Iterator[tuple[subprocess.Popen[str], str]]":
    """Start `rig run` in a folder; its process, and the page's address."""
    command = [sys.executable, "-c", "from rig.cli import main; main()", "run", "--no-browser", *arguments]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        address = ""
        while "token=" not in address:
            line = process.stdout.readline()
            assert line, "the rig did not start"
            address = next((word for word in line.split() if "token=" in word), "")
        try:
            yield process, address
        finally:
            _end(process)


@contextmanager
def rig_run(folder: Path, *arguments: str) -> Iterator[Rig]:
    """Start `rig run` in a folder, and open its page."""
    with started(folder, *arguments) as (process, address):
        origin = address.partition("/?")[0]
        with httpx.Client(base_url=origin, headers={"origin": origin}, timeout=30) as client:
            assert client.get(address).status_code == 303
            yield Rig(process, client)


def _end(process: "subprocess.Popen[str]") -> None:
    """Stop it, if nothing has; a test that failed does not wait for ever."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()


def replayed(folder: Path, session: str) -> bytes:
    """What `rig replay --json` prints."""
    command = [sys.executable, "-c", "from rig.cli import main; main()", "replay", "--json", session]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True).stdout
