"""Blocks that are big for a moment do not stay in the rig's memory."""

import os
import platform
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc alone keeps such blocks")

LOOKS = """
import ctypes
from rig.web.memory import give_back_big_blocks
{asked}

class Heap(ctypes.Structure):
    "What mallinfo2(3) tells; `mapped` are blocks that go back to the system when they are freed."
    _fields_ = [(name, ctypes.c_size_t) for name in ("arena", "free", "fast", "mapped", *"abcdef")]

def mapped():
    told = ctypes.CDLL(None).mallinfo2
    told.restype = Heap
    return told().mapped

first = b"x" * (24 << 20)
del first
before = mapped()
look = b"x" * (1 << 20)
print(mapped() - before)
"""


def mapped(asked: str) -> int:
    """How many blocks a look of a megabyte maps, in a process that has had a larger one before.

    Whoever starts workers of `distributed` leaves glibc's own settings in the environment: they are taken out.
    """
    script = [sys.executable, "-c", LOOKS.format(asked=asked)]
    around = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    return int(subprocess.run(script, capture_output=True, text=True, check=True, env=around).stdout)


def test_a_look_is_mapped_by_itself_whatever_came_before() -> None:
    assert mapped("give_back_big_blocks()") == 1


def test_left_alone_the_next_one_is_part_of_a_heap() -> None:
    assert mapped("") == 0
