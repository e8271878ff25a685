"""The browsers that look on: each has a short queue, and one of them the controls."""

import asyncio
from collections.abc import AsyncIterator

WAITING = 40
"""Frames that wait for a slow browser: two seconds. It then loses the oldest, and asks for the state anew."""


class Audience:
    """Sends frames to all browsers; never waits for one."""

    def __init__(self) -> None:
        self._queues: dict[str, asyncio.Queue[tuple[str, bytes]]] = {}
        self.controller: str | None = None

    @property
    def present(self) -> frozenset[str]:
        """Who looks on."""
        return frozenset(self._queues)

    def send(self, kind: str, frame: bytes) -> None:
        """Give a frame to everybody."""
        for queue in self._queues.values():
            if queue.full():
                queue.get_nowait()
            queue.put_nowait((kind, frame))

    def take_controls(self, browser: str) -> None:
        """From now on this browser's presses count."""
        self.controller = browser

    def dismiss(self) -> None:
        """End everybody's stream: the server goes."""
        self.send("", b"")

    async def frames(self, browser: str) -> AsyncIterator[bytes]:
        """A browser's frames as server-sent events, until it goes; the first one to come has the controls."""
        queue: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue(WAITING)
        self._queues[browser] = queue
        if self.controller is None:
            self.controller = browser
        try:
            yield b"retry: 1000\n\n"
            while True:
                kind, frame = await queue.get()
                if not kind:
                    return
                yield b"event: " + kind.encode() + b"\ndata: " + frame + b"\n\n"
        finally:
            if self._queues.get(browser) is queue:
                del self._queues[browser]
            if self.controller == browser and browser not in self._queues:
                self.controller = next(iter(self._queues), None)
