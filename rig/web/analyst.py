"""Analyses while an assessment runs, in a process of their own, so that no computation delays a packet or a press."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from pathlib import Path
from typing import ParamSpec, Protocol, TypeVar

import msgspec

from rig.model.document import Trial, to_json
from rig.model.records import Json
from rig.pipeline.assess import what_is_shown
from rig.pipeline.session import Source, analyse_session
from rig.replay import replay
from rig.web.memory import give_back_big_blocks

P = ParamSpec("P")
T = TypeVar("T")


class Result(msgspec.Struct, frozen=True):
    """A session replayed: its document, and what is shown of each trial."""

    document: bytes
    shown: dict[str, dict[str, Json]]


class Analyst(Protocol):
    """Runs functions somewhere else."""

    def submit(self, task: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Begin a task."""
        ...


def process_analyst() -> ProcessPoolExecutor:
    """One process, started afresh: it shares no thread and no lock with this one, and does not outlive it."""
    give_back_big_blocks()
    return ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_end_with_parent)


def _end_with_parent() -> None:
    """Leave when the rig was killed: nobody else would tell the worker, which waits for tasks for ever."""
    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_leave_after, args=(parent.sentinel,), daemon=True).start()


def _leave_after(sentinel: int) -> None:
    wait([sentinel])
    os._exit(1)


def trial_so_far(source: Source, trial: str) -> Trial | None:
    """The running trial's part of the document, by the same analysis as at the end, on the data so far."""
    document = analyse_session(source).document
    return next((found for found in document.trials if found.trial == trial), None)


def whole(folder: Path) -> Result:
    """The session as it is recorded now."""
    document = replay(folder).document
    start = str(document.course.get("start", "static"))
    return Result(to_json(document), {trial.trial: what_is_shown(trial, start) for trial in document.trials})
