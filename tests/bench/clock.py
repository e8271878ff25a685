"""How long a task takes. Imports nothing of ours: peers' scripts use it in their own environments."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
REPEATS, ROUNDS = 3, 6


def timed(task: Callable[[], T], minutes: float) -> tuple[T, float]:
    """The answer, and the least processor time, milliseconds per minute of data: what else runs only adds to it."""
    answer = task()
    spent = []
    for _ in range(REPEATS):
        started = time.process_time()
        answer = task()
        spent.append(time.process_time() - started)
    return answer, 1000 * min(spent) / minutes
