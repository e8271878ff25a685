"""A new file whose bytes reach the disk when told, without keeping the caller waiting for the disk."""

import os
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path


class DurableFile:
    """Collects writes in memory; `commit` hands them to the operating system and has them made durable.

    fsync of a slow card can take a good part of a second, in which no packet must wait for its time stamp: it runs
    in a thread of its own. A failure there is raised by the next `commit` or by `close`.

    Parameters
    ----------
    path
        The file to create; it must not exist.

    Raises
    ------
    OSError
        If the file exists or cannot be created.
    """

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666)
        self._pending = bytearray()
        self._size = 0
        self._syncer = ThreadPoolExecutor(1, thread_name_prefix="recording-fsync")
        self._syncs: list[Future[None]] = []

    def write(self, data: bytes) -> int:
        """Append bytes in memory."""
        self._pending += data
        self._size += len(data)
        return len(data)

    def tell(self) -> int:
        """Bytes written so far, in memory or on disk."""
        return self._size

    def flush(self) -> None:
        """Nothing: the MCAP writer calls it in the middle of what belongs together; see `commit`."""

    def commit(self) -> None:
        """Write what is pending and ask for fsync.

        Raises
        ------
        OSError
            If the disk refuses, now or at an earlier fsync.
        """
        while self._pending:
            del self._pending[: os.write(self._fd, self._pending)]
        self._collect(wait=False)
        if not any(not (sync.running() or sync.done()) for sync in self._syncs):  # a waiting one covers these bytes too
            self._syncs.append(self._syncer.submit(os.fsync, self._fd))

    def _collect(self, *, wait: bool) -> None:
        finished = [sync for sync in self._syncs if wait or sync.done()]
        self._syncs = [sync for sync in self._syncs if sync not in finished]
        for sync in finished:
            sync.result()

    def close(self) -> None:
        """Wait for the disk and close the file; bytes not committed are dropped.

        Raises
        ------
        OSError
            If an fsync failed.
        """
        try:
            self._collect(wait=True)
        finally:
            self._syncer.shutdown()
            os.close(self._fd)
