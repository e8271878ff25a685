"""The README's console blocks are real: `python -m tests.readme` runs their commands and writes what they print."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "README.md"
BLOCK = re.compile(r"```console\n\$ (.+)\n(?:.*\n)*?```\n")
WIDTH = "110"


def run(command: str) -> str:
    """What a command prints in the project's root."""
    binaries = str(Path(sys.executable).parent)
    environment = os.environ | {
        "PATH": binaries + os.pathsep + os.environ["PATH"],
        "COLUMNS": WIDTH,
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", check=True
    )
    return "\n".join(line.rstrip() for line in done.stdout.splitlines())


def refreshed(page: str) -> str:
    """The page with the output of today."""
    return BLOCK.sub(lambda found: f"```console\n$ {found[1]}\n{run(found[1])}\n```\n", page)


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
