"""A question that is put to the analyst again and again, and the latest answer."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Generic, TypeVar

T = TypeVar("T")


class Asking(Generic[T]):
    """Asks at most so often, and never while an answer is on its way.

    Attributes
    ----------
    answer
        The latest; None before the first, and where the analyst could not say.
    """

    def __init__(self, every_ns: int) -> None:
        self.answer: T | None = None
        self._every_ns = every_ns
        self._asked_ns: int | None = None
        self._pending: Future[T] | None = None

    def ask(self, now_ns: int, question: Callable[[], Future[T]]) -> None:
        """Take an answer that has come, and ask again if it is time."""
        if self._pending is not None and self._pending.done():
            done, self._pending = self._pending, None
            self.answer = None if done.exception() is not None else done.result()
        if self._pending is None and (self._asked_ns is None or now_ns - self._asked_ns >= self._every_ns):
            self._asked_ns = now_ns
            self._pending = question()

    def forget(self) -> None:
        """It is about something else from now on."""
        self.answer, self._asked_ns, self._pending = None, None, None
