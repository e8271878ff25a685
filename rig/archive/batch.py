"""Many sessions into the archive: each is replayed once per algorithm version, wherever there are workers."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from rig.archive.store import ArchiveError, Store
from rig.archive.version import algorithm_version
from rig.archive.work import Failure, Result, replay_one
from rig.recording import RecordingError, content_hash

Outcomes: TypeAlias = Iterable[Result | Failure]
Run: TypeAlias = Callable[[Iterable[str]], Outcomes]
"""Something that replays folders and gives the outcomes as they come, in any order."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How far a batch is.

    Attributes
    ----------
    added, known, failed
        Sessions replayed now, already there, not replayable.
    replayed_s, elapsed_s
        Recorded time that was replayed, and the time it took.
    """

    added: int = 0
    known: int = 0
    failed: int = 0
    replayed_s: float = 0.0
    elapsed_s: float = 0.0

    @property
    def sessions(self) -> int:
        """All sessions dealt with."""
        return self.added + self.known + self.failed

    @property
    def rate(self) -> float:
        """Times faster than real time, all workers together."""
        return self.replayed_s / self.elapsed_s if self.elapsed_s else 0.0


def add_sessions(store: Store, folders: Iterable[Path], run: Run) -> Iterator[Tally]:
    """Replay what the archive does not have yet and keep it, one transaction a session; the tally after each.

    What is there under the same content and algorithms is passed over, so a batch that was broken off goes on where
    it was. The store is written by this process only.

    Raises
    ------
    ArchiveError
        A worker has other algorithms than this process.
    """
    began = time.perf_counter()
    todo = _Unknown(folders, store.done(algorithm_version()))
    tally = Tally()
    for outcome in run(todo):
        _check_version(outcome)
        tally = _kept(store, outcome, tally)
        yield replace(tally, known=todo.known, elapsed_s=time.perf_counter() - began)
    for content, folder in todo.kept:
        store.moved(content, folder)
    if todo.known:
        yield replace(tally, known=todo.known, elapsed_s=time.perf_counter() - began)


def _kept(store: Store, outcome: Result | Failure, tally: Tally) -> Tally:
    """The tally with one session more, which is in the store now."""
    if isinstance(outcome, Failure):
        store.fail(outcome)
        return replace(tally, failed=tally.failed + 1)
    store.put(outcome)
    return replace(tally, added=tally.added + 1, replayed_s=tally.replayed_s + outcome.duration_s)


def _check_version(outcome: Result | Failure) -> None:
    if outcome.version != algorithm_version():
        raise ArchiveError(
            f"{outcome.folder}: replayed by {outcome.version}, this process has {algorithm_version()}; "
            "install the same rig on every worker and add again"
        )


class _Unknown:
    """Folders without a result, each content once.

    They are looked at as workers ask for more, so that nobody waits until 100,000 folders have been hashed. Another
    thread may ask: the store is not touched here.

    Attributes
    ----------
    known
        How many were passed over.
    kept
        Content and folder of those that the archive has.
    """

    def __init__(self, folders: Iterable[Path], done: set[str]) -> None:
        self.known = 0
        self.kept: list[tuple[str, str]] = []
        self._folders, self._done, self._seen = folders, done, set(done)

    def __iter__(self) -> Iterator[str]:
        for folder in map(str, self._folders):
            content = _content(folder)
            if content in self._done:
                self.kept.append((content, folder))
            if content in self._seen:
                self.known += 1
            else:
                self._seen.add(content)
                yield folder


def _content(folder: str) -> str:
    """The content hash; a folder that cannot be read stands for itself, and replaying it says why."""
    try:
        return content_hash(folder)
    except RecordingError:
        return folder


def run_here(folders: Iterable[str]) -> Outcomes:
    """Replay one after the other in this process."""
    return map(replay_one, folders)


def run_local(jobs: int) -> Run:
    """Replay in processes on this machine; -1 uses every core."""
    from joblib import Parallel, delayed

    def run(folders: Iterable[str]) -> Outcomes:
        parallel = Parallel(n_jobs=jobs, return_as="generator_unordered", batch_size=1)
        outcomes: Outcomes = parallel(delayed(replay_one)(folder) for folder in folders)
        return outcomes

    return run


@contextmanager
def on_cluster(address: str) -> Iterator[Run]:
    """Replay on a Dask cluster whose workers see the same folders and have the same rig.

    Raises
    ------
    OSError
        No scheduler answers at the address.
    """
    from distributed import Client
    from joblib import parallel_config

    scheduler: Any = Client  # distributed has no types
    with scheduler(address, timeout=10, set_as_default=False) as client, parallel_config(backend="dask", client=client):
        yield run_local(-1)
