"""`python -m tests.archive.soak [N] [--keep DIR]`: 2,000 long sessions through the archive, killed twice on the way.

Needs about 10 GB of disk for 2,000 sessions. Prints what it measured and exits 1 when a criterion is not met: nothing
lost or doubled, the same numbers from one process, at least 300 x real time per core, 1.7 x from a second worker.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rig.archive.batch import Tally, add_sessions, run_local
from rig.archive.store import Store
from rig.archive.work import find_sessions
from tests.archive.generate import generate

WANTED_RATE = 300.0
WANTED_GAIN = 1.7
SAMPLE = 60
"""Sessions for the comparison of one worker with two."""


def main() -> int:
    """Run it all."""
    parser = argparse.ArgumentParser(prog="python -m tests.archive.soak", description=__doc__)
    parser.add_argument("sessions", type=int, nargs="?", default=2000)
    parser.add_argument("--keep", type=Path, metavar="DIR", help="keep the sessions here, and take them from here")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rig-soak-") as scratch:
        sessions = told.keep or Path(scratch) / "sessions"
        began = time.perf_counter()
        generate(told.sessions, sessions, jobs=os.cpu_count() or 1)
        print(f"{told.sessions} sessions made in {time.perf_counter() - began:.0f} s", flush=True)
        checks = [*_killed_twice(sessions, told.sessions, Path(scratch)), *_workers(sessions, Path(scratch))]
    for good, line in checks:
        print("ok  " if good else "BAD ", line)
    return 0 if all(good for good, _ in checks) else 1


def _killed_twice(sessions: Path, count: int, scratch: Path) -> Iterator[tuple[bool, str]]:
    """Kill the command after a third and two thirds of the sessions, let it finish, count."""
    archive = scratch / "killed.sqlite"
    command = [sys.executable, "-c", "from rig.cli import main; main()", "archive", "--archive", str(archive), "add"]
    for third in (1, 2):
        _kill_at(command, sessions, archive, count * third // 3)
    ended = subprocess.run([*command, str(sessions)], capture_output=True, text=True, check=False)
    print(ended.stdout.strip(), ended.stderr.strip()[-300:], flush=True)
    with Store(archive) as store:
        entries = store.entries()
        doubled = len(store.entries(superseded=True)) - len(entries)
    yield len(entries) == count and doubled == 0, f"{len(entries)} of {count} sessions, {doubled} doubled"
    yield len({entry.content for entry in entries}) == count, "all of them distinct"


def _kill_at(command: list[str], sessions: Path, archive: Path, results: int) -> None:
    with subprocess.Popen([*command, str(sessions)], stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and (not archive.exists() or _results(archive) < results):
            time.sleep(0.2)
        if process.poll() is not None:
            raise SystemExit(f"the command ended before it could be killed: {process.returncode}")
        os.kill(process.pid, signal.SIGKILL)
    print(f"killed at {_results(archive)} results", flush=True)


def _results(archive: Path) -> int:
    with Store(archive) as store:
        return len(store.entries())


def _workers(sessions: Path, scratch: Path) -> Iterator[tuple[bool, str]]:
    """One worker against two on the same sessions, processes started before the clock."""
    found = find_sessions((sessions,))[:SAMPLE]
    one, two = (_timed(found, scratch / f"{jobs}.sqlite", jobs) for jobs in (1, 2))
    yield one.rate >= WANTED_RATE, f"{one.rate:.0f} x real time on one core (wanted {WANTED_RATE:.0f}, aim 1000)"
    gain = two.rate / one.rate
    yield gain >= WANTED_GAIN, f"two workers are {gain:.2f} x as fast as one (wanted {WANTED_GAIN}; quiet machine only)"


def _timed(found: list[Path], archive: Path, jobs: int) -> Tally:
    run = run_local(jobs)
    with Store(archive.with_suffix(".warm")) as store:
        list(add_sessions(store, found[: 2 * jobs], run))
    with Store(archive) as store:
        *_, last = add_sessions(store, found, run)
    return last


if __name__ == "__main__":
    sys.exit(main())
