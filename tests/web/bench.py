"""A desk under test: a clock moved by hand, analyses done at once, a fixture's packets fed as time passes."""

import json
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

from rig.battery import Action, ActionKind, options
from rig.model.clock import ManualClock
from rig.model.document import to_json
from rig.model.records import Json, Packet, Record
from rig.replay import replay
from rig.web.analyst import Analyst, trial_so_far
from rig.web.desk import Desk
from rig.web.opening import Opened

P = ParamSpec("P")
T = TypeVar("T")
NS = 1_000_000_000


class AtOnce:
    """An analyst that is done when it is asked."""

    def submit(self, task: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(task(*args, **kwargs))
        except ValueError as error:
            future.set_exception(error)
        return future


class Incurious(AtOnce):
    """Replays at once, but never finishes a live look: what is shown while a trial runs decides nothing."""

    def submit(self, task: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        return Future() if task is trial_so_far else super().submit(task, *args, **kwargs)


class Bench:
    """Drives a desk along a recorded session's packets."""

    def __init__(
        self,
        opened: Opened,
        clock: ManualClock,
        records: tuple[Record, ...] = (),
        analyst: Analyst | None = None,
    ) -> None:
        self.clock = clock
        self.desk = Desk(opened, clock, analyst or AtOnce())
        self.packets = [record for record in records if isinstance(record, Packet)]

    def until(self, t_ns: int, step_s: float = 0.05) -> None:
        """Let time pass, with its packets."""
        while (now := self.clock.monotonic_ns()) < t_ns:
            self.clock.advance(min(round(step_s * NS), t_ns - now))
            while self.packets and self.packets[0].t_ns <= self.clock.monotonic_ns():
                self.desk.put(self.packets.pop(0))
            self.desk.tick()

    def wait(self, seconds: float) -> None:
        self.until(self.clock.monotonic_ns() + round(seconds * NS))

    def press(self, kind: str, **data: Json) -> None:
        self.desk.press(Action(ActionKind(kind), data))


def finish(bench: Bench) -> bytes:
    """Close the assessment; the bytes of its result, which are those of a replay."""
    while "close" not in {option.kind for option in options(bench.desk.state)}:
        bench.press("go", step="close")
    bench.press("close")
    before = bench.desk.result
    bench.wait(0.2)
    assert bench.desk.over
    assert bench.desk.result is not None
    assert bench.desk.result.document == to_json(replay(bench.desk.opened.folder).document)
    if before is not None:
        # A trial that was shown is a trial final.
        assert _trials(before.document) == _trials(bench.desk.result.document)
    return bench.desk.result.document


def _trials(document: bytes) -> object:
    return json.loads(document)["trials"]
