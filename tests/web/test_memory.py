"""Blocks that are big for a moment do not stay in the rig's memory."""

import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone keeps such blocks")

LOOKS = """
import resource
from pathlib import Path
from rig.web.memory import give_back_big_blocks
{asked}

def resident_mb():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20

before, kept = resident_mb(), []
for megabytes in (24, 16, 8, 4, 2, 1):
    looks = [b"x" * (megabytes << 20) for _ in range(2)]
    kept.append(b"y" * 4096)
    del looks
print(resident_mb() - before)
"""


def grown_mb(asked: str) -> float:
    """What a process has more of, after it held big blocks and kept a small one behind each."""
    done = subprocess.run([sys.executable, "-c", LOOKS.format(asked=asked)], capture_output=True, text=True, check=True)
    return float(done.stdout)


def test_big_blocks_leave_nothing_behind() -> None:
    assert grown_mb("give_back_big_blocks()") < 1.0


def test_left_alone_they_do() -> None:
    assert grown_mb("") > 4.0
