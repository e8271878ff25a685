"""Memory that an assessment takes for a moment goes back to the system."""

import ctypes
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # of mallopt(3)
BIG_BYTES = 65_536


def give_back_big_blocks() -> None:
    """Ask glibc to map big blocks one by one, and to keep one heap for all threads.

    A live look hands megabytes to the analyses three times a second. Left alone, glibc learns from the first ones to
    take such blocks out of its heaps, where whatever is kept behind them holds their place: 90 kB more a trial, for as
    long as the rig runs. Other C libraries have no such habit, and are asked nothing.
    """
    if sys.platform != "linux":
        return
    option = getattr(ctypes.CDLL(None), "mallopt", None)
    if option is not None:
        option(_MMAP_THRESHOLD, BIG_BYTES)
        option(_TRIM_THRESHOLD, BIG_BYTES)
        option(_ARENA_MAX, 1)
