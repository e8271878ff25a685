"""`make bench`: export the recordings, run the peers and ourselves on them, write docs/bench.md."""

import json
import os
import platform
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from tests.accuracy.recordings import DATA
from tests.bench import ours, own_use
from tests.bench.clock import ROUNDS
from tests.bench.files import File, files
from tests.bench.tables import OURS, TASKS, Said, slower, speed, table

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "bench.md"
PEERS = {"mobgap": "tests.bench.peer_mobgap", "skdh": "tests.bench.peer_skdh"}
HEAD = """# Peers on the same recordings

Made by `make bench`: every program on the same files, in one run, on one core. All are given the same samples at
100 Hz, peers in the body's frame, as they ask for. Walks are cut out for them; ours gets two seconds around them, since
it looks for their edges, and its time is divided by the same length as theirs. Ours checks the samples and finds the
vertical within its time; peers are spared that. Its gait sequences last from the peak of the first step to that of the
last: contacts and edges are not asked for, there. Times are processor time, the least of six rounds of three runs after
one that does not count (what else the machine does only adds), as ratios to ours: above 1 the peer takes longer. The
first table alone is about the recordings as they were made, where the way onto an even time base counts, too; its last
column has the same at 100 Hz.
The recordings stay outside the project (`../shared/data`, development part): healthy adults, few people.

"""


def machine() -> str:
    """What the figures were taken on, as a class."""
    return f"Machine: {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}.\n"


def versions() -> str:
    """The peers' pinned versions."""
    pins = (Path(__file__).with_name("peers.txt")).read_text(encoding="utf-8").splitlines()
    return f"Peers: {', '.join(pin.split(' ', 1)[1].replace('==', ' ') for pin in pins)}.\n"


def peers(folder: Path) -> dict[str, Said]:
    """What every installed peer answers, by task."""
    found: dict[str, Said] = {}
    for name, module in PEERS.items():
        python = ROOT / ".peers" / name / "bin" / "python"
        if not python.exists():
            raise SystemExit(f"{name} is not installed: run `make bench`")
        command = [str(python), "-W", "ignore", "-m", module, str(folder)]
        single = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=single, cwd=ROOT)
        found |= json.loads(done.stdout.splitlines()[-1])
    return found


def everybody(own: list[File]) -> dict[str, Said]:
    """By task, by who answers, by file; ours first."""
    with tempfile.TemporaryDirectory() as folder:
        for file in own:
            np.save(Path(folder) / f"{file.name}.npy", file.table)
        return fastest([once(own, Path(folder)) for _ in range(ROUNDS)])


def once(own: list[File], folder: Path) -> dict[str, Said]:
    """One round: ours, then theirs."""
    mine, theirs = {file.name: ours.answers(file) for file in own}, peers(folder)
    return {
        task: {OURS: {name: answers[task] for name, answers in mine.items() if task in answers}, **theirs[task]}
        for task in TASKS
    }


def fastest(rounds: list[dict[str, Said]]) -> dict[str, Said]:
    """The first round's answers with the least time of all rounds: a machine is not as fast at all times."""
    for task, said in rounds[0].items():
        for who, answers in said.items():
            for name, answer in answers.items():
                if "ms" in answer:
                    answer["ms"] = min(other[task][who][name]["ms"] for other in rounds)
    return rounds[0]


def main() -> int:
    """Write the page."""
    if not DATA.is_dir():
        print("../shared/data is not here: the recordings are kept outside the project", file=sys.stderr)
        return 1
    own = files()
    said = everybody(own)
    tables = (line for task in TASKS for line in table(task, own, said[task]))
    lines = [*own_use.table(), *speed(own, said), *slower(own, said, ours.preparing_ms), *tables]
    PAGE.write_text(HEAD + machine() + versions() + "\n" + "\n".join(lines).rstrip() + "\n", encoding="utf-8")
    print(PAGE.read_text(encoding="utf-8"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
